"""A scripted peer that stands in for a TAM while the agent is tested."""
import os
import time
import urllib.parse

import agent as a
import cose
import evidence as e
import suit
from cbor import Refused, Tag, decode, encode
from cose import Key, keyring


def author(signer, payload, sequence=1, vendor=bytes(16), klass=bytes(16)):
    """A signed envelope with one integrated payload."""
    shared = [20, {1: vendor, 2: klass, 3: encode(suit.digest(payload)),
                   14: len(payload)}, 1, 15, 2, 15]
    manifest = encode({
        1: 1, 2: sequence,
        3: encode({2: [[b"interop", b"app"]], 4: encode(shared)}),
        5: [b"interop", b"app", b"suit"],
        20: encode([20, {21: "#app"}, 21, 15, 3, 15]),
        7: encode([3, 15])})
    signed = encode(suit.digest(encode(manifest)))
    return encode(Tag(107, {
        2: encode([signed, cose.sign1(signer, signed, unprotected={},
                                      detached=True)]),
        3: manifest, "#app": payload}))


class Peer:
    """Plays back the TAM's side of the three rounds.  It decides nothing: a
    message it cannot open ends the session."""

    def __init__(self, device, envelope):
        self.device, self.envelope = device, envelope
        self.keys = [Key.new(alg) for alg in a.SUITES]
        self.key = next(k for k in self.keys if k.alg == device.teep.alg)
        self.ecdh, self.verifier = Key.new(), Key.new()
        self.update_change = lambda options: options
        self.result_change = lambda result: result
        self.installed = False
        self.requests = []

    def query_request(self):
        self.challenge = os.urandom(32)
        message = encode([
            1, {a.CHALLENGE: self.challenge, a.VERSIONS: [0]},
            list(a.SUITES.values()), [[-16, -9, -29, 1]], 3])
        return cose.sign(self.keys, message)

    def update(self, claims):
        result = self.result_change({
            **{k: claims[k] for k in (256, 258, 259, 260, 272)},
            4: int(time.time()) + 60, 6: int(time.time()),
            8: {3: self.device.teep.kid}, 10: claims[10],
            265: e.RESULT_PROFILE})
        self.token = os.urandom(16)
        options = self.update_change({
            a.TOKEN: self.token, a.MANIFEST_LIST: [self.envelope],
            a.PAYLOAD: cose.sign1(self.verifier, encode(result),
                                  tagged=False)})
        return cose.sign1(self.key, encode([3, options]))

    def post(self, body=b""):
        answer = self.query_request() if not body else self.open(body)
        return a.Reply(200 if answer else 204, {}, answer)

    def open(self, body):
        self.requests.append(body)
        try:
            payload, _ = cose.verify1(body, keyring(self.device.teep))
            kind, options = decode(payload)
            if kind == a.SUCCESS:
                report = options[a.REPORTS][0]
                plain, _ = cose.verify1(report, keyring(self.device.report))
                if decode(plain).__class__ is Tag:
                    plain = cose.decrypt(self.ecdh, plain,
                                         cose.REPORT_ENCRYPTION)
                self.installed = decode(plain)[2] == self.token
                return self.query_request() if self.installed else b""
            signed = cose.decrypt(self.ecdh, options[a.PAYLOAD],
                                  cose.EAT_ENCRYPTION)
            data, _ = cose.verify1(signed, keyring(self.device.evidence))
            claims = decode(data)
            if len(claims[e.MANIFESTS]) > 2:
                return b""
            return self.update(claims)
        except (Refused, LookupError, ValueError, TypeError):
            return b""

    # What variants of the HTTP layer use.
    uri = urllib.parse.urlsplit("http://127.0.0.1/")

    def request(self, method, body, headers):
        return a.Reply(400, {}, b"")

    def raw(self, data):
        return a.Reply(400, {}, b"")
