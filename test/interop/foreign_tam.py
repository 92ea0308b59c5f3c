"""A TAM in Python that shares no code with ours, over HTTP on loopback.

It is written from the drafts and docs/evidence.md: it asks, opens the
Evidence, appraises it against what it knows of the device, sends what is
missing with this exchange's Attestation Result, checks Success and its SUIT
Reports, and asks again.  A message it cannot accept ends the session (204).

Every message is made in named steps that a test may change, as in agent.py:
`change` is {step: function(tam, value)}.  The step "proof" has the options by
which it attests itself, where an agent demands that.  The steps "first" and "again" answer
a function that makes another message than a QueryRequest.
"""
import http.server
import os
import threading
import time

import agent as a
import cose
import evidence as e
from cbor import Refused, Tag, decode, encode, need
from cose import Key, keyring, sign, sign1, verify1

PROFILES = [[-16, -9, -29, -65534], [-16, -19, -29, -65534],
            [-16, -9, -29, 1], [-16, -19, -29, 24]]
ITEMS = a.ATTESTATION | a.COMPONENTS | a.SUIT_REPORTS
BODY_MAX = 1 << 20


class Known:
    """A device as this TAM knows it, before it has ever said anything."""

    def __init__(self, teep, evidence_key, report, identity, reference):
        """identity: {claim: value}; reference: {measurement: digest}."""
        self.teep, self.evidence, self.report = teep, evidence_key, report
        self.identity, self.reference = identity, reference


class ForeignTam:
    def __init__(self, alg, known):
        """alg: of its TEEP key, and so the suite that it speaks."""
        self.key, self.result_key = Key.new(alg), Key.new()
        self.encryption = Key.new()
        self.known = known
        self.wanted = []  # envelopes
        self.unneeded = []  # component identifiers
        self.voucher = None  # key of the Verifier that vouches for it
        self.change = {}
        self.heard = []  # ("Success", None), ("Error", err-msg, code), ...
        self.manifests = None  # digests of the last good Evidence
        self.applied = None  # challenge, QueryRequest, Update: the last one
        self.demanded = False  # in this session
        self.lock = threading.Lock()
        self._open()

    def _open(self):
        self.challenge = self.token = self.claims = None
        self.sent = {}

    def step(self, name, value):
        change = self.change.get(name)
        return change(self, value) if change else value

    # What it says

    def _send(self, kind, message, signed):
        data = self.step(kind + "-bytes",
                         encode(self.step(kind, message)))
        wire = self.step(kind + "-wire",
                         signed(self.step(kind + "-key", self.key), data))
        self.sent[kind] = wire
        return wire

    def query_request(self, proof=None):
        """proof: options that attest this TAM."""
        self._open()
        self.challenge = self.step("challenge", os.urandom(32))
        return self._send("query", [
            1, {a.CHALLENGE: self.challenge, a.VERSIONS: [0],
                **(proof or {})},
            [a.SUITES[self.key.alg]], PROFILES, ITEMS],
            lambda key, data: sign([key], data))

    def about_itself(self, challenge):
        """Options with a Result about this TAM.       [docs/evidence.md 7]"""
        now = int(time.time())
        claims = self.step("about", {
            e.EXP: now + 3600, e.IAT: now, e.CNF: {3: self.key.kid},
            e.NONCE: challenge, e.UEID: b"\x01" + bytes(16),
            e.OEMID: bytes(3), e.HWMODEL: b"python", e.HWVERSION: ["none"],
            e.EAT_PROFILE: e.RESULT_PROFILE,
            e.MANIFESTS: [e.manifest_entry("", bytes(32))]})
        signed = sign1(self.step("voucher", self.voucher), encode(claims),
                       tagged=False)
        return self.step("proof", {a.PAYLOAD: signed})

    def result(self):
        """The Attestation Result of this exchange.  [docs/evidence.md 7]"""
        now = int(time.time())
        claims = {k: self.claims[k] for k in (
            e.NONCE, e.UEID, e.OEMID, e.HWMODEL, e.HWVERSION, e.MANIFESTS)}
        claims |= {e.EXP: now + 3600, e.IAT: now,
                   e.CNF: {3: self.known.teep.kid},
                   e.EAT_PROFILE: e.RESULT_PROFILE}
        return sign1(self.result_key, encode(self.step("result", claims)),
                     tagged=False)

    def update(self):
        self.token = self.step("token", os.urandom(32))
        options = {a.TOKEN: self.token,
                   a.PAYLOAD: self.step("payload", self.result())}
        if self.missing():
            options[a.MANIFEST_LIST] = self.missing()
        if self.unneeded:
            options[a.UNNEEDED] = self.unneeded
        return self._send("update", [a.UPDATE, options], sign1)

    def missing(self):
        return [m for m in self.wanted
                if e.manifest_entry("", digest_of(m)) not in self.manifests]

    # What it hears

    def answer(self, body):
        if not body:
            self.demanded = False
            first = self.step("first", None)
            return first() if first else self.query_request()
        payload, _ = verify1(body, keyring(self.known.teep))
        kind, options, *rest = decode(payload)
        if kind == a.QUERY_RESPONSE:
            return self._response(options)
        if kind == a.SUCCESS:
            return self._success(options)
        need(kind == a.ERROR and len(rest) == 1, "unknown-message-type")
        self.heard.append(("Error", options.get(a.ERR_MSG), rest[0]))
        if rest[0] == a.ERR_ATTESTATION_REQUIRED and self.voucher is not None:
            return self._demanded(options)
        return b""

    def _demanded(self, options):
        """The agent wants to know first whom it talks to; once a session."""
        need(options.get(a.FRESHNESS) == [0] and
             8 <= len(options.get(a.CHALLENGE, b"")) <= 64,
             "no-common-freshness-mechanism")
        if self.demanded:
            return b""
        request = self.query_request(self.about_itself(options[a.CHALLENGE]))
        self.demanded = True
        return request

    def _response(self, options):
        need(self.challenge is not None, "unsolicited")
        need(options.get(a.FORMAT) == e.FORMAT, "attestation-required")
        data = cose.decrypt(self.encryption, options[a.PAYLOAD],
                            cose.EAT_ENCRYPTION)
        signed, _ = verify1(data, keyring(self.known.evidence))
        claims = decode(signed)
        for claim in e.REQUIRED:
            need(claim in claims, "missing-field", str(claim))
        need(claims[e.NONCE] == self.challenge, "evidence-nonce")
        need(claims[e.AUD] == cose.key_id_text(self.key.kid),
             "evidence-audience")
        need(claims[e.EAT_PROFILE] == e.PROFILE, "unexpected-field")
        need(e.cnf_kid(claims[e.CNF]) == self.known.teep.kid,
             "evidence-not-bound")
        for claim, value in self.known.identity.items():
            need(claims[claim] == value, "claim-mismatch", str(claim))
        measured = [decode(m) for _, m in claims[e.MEASUREMENTS]]
        for name, digest in self.known.reference.items():
            need({1: [name], 2: [e.NAMED_SHA256, digest]} in measured,
                 "measurement-mismatch", name)
        self.claims, self.manifests = claims, claims[e.MANIFESTS]
        self.heard.append(("QueryResponse", None))
        if not self.missing() and not self.unneeded:
            self._open()
            return b""
        return self.update()

    def _success(self, options):
        need(self.token is not None and options.get(a.TOKEN) == self.token,
             "unknown-token")
        good = {digest_of(m) for m in self.missing()}
        for data in options.get(a.REPORTS, []):
            plain, _ = verify1(data, keyring(self.known.report))
            if isinstance(decode(plain), Tag):
                plain = cose.decrypt(self.encryption, plain,
                                     cose.REPORT_ENCRYPTION)
            report = decode(plain)
            need(report[2] == self.token, "report-nonce")
            need(report[4] is True, "report-result")
            good.discard(report[99][1][1])
        need(not good, "report-manifest")
        self.heard.append(("Success", None))
        self.applied = (self.challenge, self.sent["query"],
                        self.sent["update"])
        self.unneeded = []
        again = self.step("again", None)
        return again() if again else self.query_request()

    def post(self, body):
        """(status, body) for one POST."""
        with self.lock:
            try:
                reply = self.answer(body)
            except (Refused, LookupError, ValueError, TypeError) as fault:
                self.heard.append(("Refused", str(fault)))
                self._open()
                reply = b""
            return (200, reply) if reply else (204, b"")


def digest_of(envelope):
    """The manifest digest that an envelope's wrapper states."""
    return decode(decode(decode(envelope).value[2])[0])[1]


class Served:
    """A ForeignTam behind HTTP on a free port of loopback."""

    def __init__(self, tam):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                n = int(self.headers.get("Content-Length") or 0)
                media = self.headers.get("Accept") or ""
                if n > BODY_MAX or "application/teep+cbor" not in media:
                    self.send_error(400)
                    return
                status, body = tam.post(self.rfile.read(n))
                self.send_response(status)
                if body:
                    self.send_header("Content-Type", "application/teep+cbor")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/tam"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
