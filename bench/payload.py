#!/usr/bin/python3
"""A rehearsed update with a large payload, against what it cannot do without.

    bench/payload.py BUILD [MIB]

`suit run` fetches the payload from a file, decrypts it if it is encrypted
(A128GCM), hashes it, stores it, and matches it.  The same work without it is
`openssl dgst -sha256` of the plaintext, `cp` of it, and A128GCM of as many
octets in pieces of 64 KiB (`openssl speed`), in the same minute on the same
disk; the least of five rounds of each counts, in processor seconds, for others
use this machine too.
Prints NAME<TAB>SECONDS<TAB>SECONDS OF THE REFERENCE<TAB>RATIO<TAB>PEAK KiB."""
import hashlib
import os
import subprocess
import sys
import tempfile

import cbor2
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDS = 5
RECIPE = """
manifest:
  manifest-sequence-number: 1
  components: {app: app}
  shared-sequence:
    - override-parameters:
        {vendor-identifier: example.com, class-identifier: board,
         image-digest: {file: payload}, image-size: {file: payload}}
    - vendor-identifier
    - class-identifier
  install:
    - override-parameters: {uri: "https://x/payload"%s}
    - fetch
    - image-match
  validate: [image-match]
"""


def make(path, mib):
    """The payload; its SHA-256."""
    block, digest = os.urandom(1 << 20), hashlib.sha256()
    with open(path, "wb") as f:
        for _ in range(mib):
            f.write(block)
            digest.update(block)
    return digest.digest()


def cost(*argv):
    """Processor seconds and peak KiB of a command that must succeed."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(argv[0], argv)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit("bench/payload.py: %s: %#x" % (" ".join(argv), status))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def encrypt(kek):
    """payload -> sealed; answers the COSE_Encrypt."""
    cek, iv, head = os.urandom(16), os.urandom(12), cbor2.dumps({1: 1})
    gcm = Cipher(algorithms.AES(cek), modes.GCM(iv)).encryptor()
    gcm.authenticate_additional_data(cbor2.dumps(["Encrypt", head, b""]))
    with open("payload", "rb") as f, open("sealed", "wb") as out:
        while block := f.read(1 << 20):
            out.write(gcm.update(block))
        out.write(gcm.finalize() + gcm.tag)
    return cbor2.dumps(cbor2.CBORTag(96, [head, {5: iv}, None, [
        [b"", {1: -3, 4: b"device"}, aes_key_wrap(kek, cek)]]]))


def outside(encrypted):
    """What the same work costs without suit."""
    total = (cost("openssl", "dgst", "-sha256", "payload")[0] +
             cost("cp", "--reflink=never", "payload", "copy")[0])
    os.unlink("copy")
    if encrypted:
        rate = subprocess.run(
            ["openssl", "speed", "-mr", "-seconds", "1", "-bytes", "65536",
             "-decrypt", "-evp", "aes-128-gcm"], capture_output=True,
            check=True).stdout.decode().strip().split(":")[-1]
        total += os.path.getsize("payload") / float(rate)
    return total


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: bench/payload.py BUILD [MIB]")
    suit = os.path.abspath(os.path.join(sys.argv[1], "cmd/suit/suit"))
    mib = int(sys.argv[2]) if len(sys.argv) == 3 else 1024
    key = os.path.join(ROOT, "test/vectors/suit/key-es256-author.%s.pem")
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        os.environ["TMPDIR"] = work
        make("payload", mib)
        kek = os.urandom(16)
        with open("device.yaml", "w", encoding="ascii") as f:
            f.write("keys: [%s]\ndecrypt: [{kek: %s, kid: device}]\n"
                    % (key % "pub", kek.hex()))
        for name, sent, more in (
                ("plain", "payload", ""),
                ("encrypted", "sealed", ", encryption-info: {cbor: %s}")):
            if more:
                more %= cbor2.dumps(encrypt(kek)).hex()
            with open("recipe.yaml", "w", encoding="ascii") as f:
                f.write(RECIPE % more)
            cost(suit, "create", "recipe.yaml", "--key", key % "priv",
                 "-o", "manifest")
            ours, theirs, peak = [], [], 0
            for _ in range(ROUNDS):
                seconds, kib = cost(
                    suit, "run", "--quiet", "--device", "device.yaml",
                    "--payload", "https://x/payload=" + sent, "manifest")
                ours.append(seconds)
                peak = max(peak, kib)
                theirs.append(outside(bool(more)))
            print("%s\t%.2f\t%.2f\t%.2f\t%d" % (
                name, min(ours), min(theirs), min(ours) / min(theirs), peak))


if __name__ == "__main__":
    main()
