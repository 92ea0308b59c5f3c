"""What the self-tests share: vectors and the expectation of a refusal."""
import pathlib
import unittest

from cbor import Refused
from cose import ED25519, ESP256

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "test" / "vectors" / "interop"
SUITES = (ESP256, ED25519)


def vectors(*parts):
    return VECTORS.joinpath(*parts)


class Test(unittest.TestCase):
    def refused(self, reason, function, *arguments):
        with self.assertRaises(Refused) as caught:
            function(*arguments)
        if reason is not None:
            self.assertEqual(caught.exception.reason, reason)
