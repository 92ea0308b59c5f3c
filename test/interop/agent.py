"""A TEEP Agent over HTTP.           [TEEP reference 3 to 15; evidence.md]

Every message is made in named steps, and each step can be changed, so that
variants.py can forge one thing at a time and leave all else correct.
"""
import http.client
import os
import socket
import urllib.parse

import evidence
from cbor import Refused, decode, encode, need
from cose import (
    ED25519, EAT_ENCRYPTION, ESP256, REPORT_ENCRYPTION, encrypt, keyring,
    sha256, sign1, verify1, verify_any)
from suit import Manifest, Processor, report, report_failure

MEDIA_TYPE = "application/teep+cbor"
QUERY_REQUEST, QUERY_RESPONSE, UPDATE, SUCCESS, ERROR = 1, 2, 3, 4, 5
# Option labels of draft -26.
(CHALLENGE, VERSIONS, SELECTED_VERSION, PAYLOAD, TC_LIST, EXT_LIST,
 MANIFEST_LIST, MSG, ERR_MSG, FORMAT, UNNEEDED, REPORTS, TOKEN, FRESHNESS,
 ERR_LANG, ERR_CODE) = (
    2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 18, 19, 20, 21, 22)
ATTESTATION, COMPONENTS, EXTENSIONS, SUIT_REPORTS = 1, 2, 4, 8
ERR_ATTESTATION_REQUIRED, ERR_MANIFEST_PROCESSING_FAILED = 7, 11
CONDITION_FAILED, OPERATION_FAILED = 10, 11  # suit-report-reason
CONDITIONS = {"vendor-mismatch", "class-mismatch", "image-digest",
              "image-size", "condition-failed"}
SUITES = {ESP256: [[18, ESP256]], ED25519: [[18, ED25519]]}
ROUNDS_MAX = 8
RESPONSE_HEADERS = {
    "Content-Type": MEDIA_TYPE,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


class TamError(Exception):
    """An Update that says only why the TAM could not go on."""

    def __init__(self, code, text):
        super().__init__(f"err-code {code}: {text}")
        self.code, self.text = code, text


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Http:
    """POSTs to one TAM URI, a connection each.       [TEEP reference 15]"""

    def __init__(self, uri, timeout=30):
        self.uri = urllib.parse.urlsplit(uri)
        self.timeout = timeout

    def request(self, method, body, headers):
        conn = http.client.HTTPConnection(
            self.uri.hostname, self.uri.port, timeout=self.timeout)
        try:
            try:
                conn.request(method, self.uri.path or "/", body, headers)
            except (BrokenPipeError, ConnectionResetError):
                # Refused before the whole body was sent: read why.
                pass
            got = conn.getresponse()
            return Reply(got.status, got.headers, got.read())
        finally:
            conn.close()

    def raw(self, data):
        """Send octets that http.client would not write."""
        with socket.create_connection(
                (self.uri.hostname, self.uri.port), self.timeout) as s:
            s.sendall(data)
            got = http.client.HTTPResponse(s, method="POST")
            got.begin()
            return Reply(got.status, got.headers, got.read())

    def post(self, body=b""):
        headers = {"Accept": MEDIA_TYPE}
        if body:
            headers["Content-Type"] = MEDIA_TYPE
        else:
            headers["Content-Length"] = "0"
        reply = self.request("POST", body, headers)
        if reply.body:
            for name, value in RESPONSE_HEADERS.items():
                need(reply.headers.get(name) == value, "http-status",
                     f"{name}: {reply.headers.get(name)}")
        return reply


class Trust:
    """The agent's policy: whom it believes."""

    def __init__(self, tam_keys, encryption, signers, results=(),
                 tam_binary=None):
        """results: keys that sign this TAM's Results; tam_binary: digest of
        its program, if that is known."""
        self.tam = keyring(*tam_keys)
        self.results, self.tam_binary = results, tam_binary
        self.encryption = encryption  # Key, or None
        self.signers = keyring(*signers)


class Agent:
    def __init__(self, device, trust, post, change=None):
        """post(body) -> Reply; change: {step: function(agent, value)}."""
        self.device, self.trust, self.post = device, trust, post
        self.change = change or {}
        self.installed = []  # (Manifest, images), in order
        self.tokens = set()  # of every Update acted upon
        self.trace = []
        self.encrypt_reports = False
        self.mechanisms = {0}  # what makes its attestation fresh
        self.format = evidence.FORMAT  # of that
        self.demands = False  # does the TAM have to attest itself?
        self.demanded = None  # the challenge it has to answer
        self.tam_result = None  # and what it said
        self.close()

    def close(self):
        """No exchange is open."""
        self.request = self.challenge = self.claims = None
        self.pending = None  # what the next Success reports

    def step(self, name, value):
        change = self.change.get(name)
        return change(self, value) if change else value

    def _send(self, kind, message):
        """Encode and sign; steps KIND, KIND-bytes, -key, -headers, -wire."""
        data = self.step(kind + "-bytes",
                         encode(self.step(kind, message)))
        key = self.step(kind + "-key", self.device.teep)
        headers = self.step(kind + "-headers", {
            "protected": {1: key.alg}, "unprotected": {4: key.kid}})
        return self.step(kind + "-wire", sign1(key, data, **headers))

    def _mine(self):
        """TAM keys of the suite that this agent speaks."""
        return {kid: k for kid, k in self.trust.tam.items()
                if k.alg == self.device.teep.alg}

    # QueryRequest

    def query_request(self, body):
        payload, key = verify_any(body, self._mine())
        message = decode(payload)
        need(isinstance(message, list) and len(message) == 5 and
             message[0] == QUERY_REQUEST, "unknown-message-type")
        _, options, suites, profiles, items = message
        need(SUITES[key.alg] in suites, "no-common-cipher-suite")
        need(profiles, "no-common-suit-profile")
        need(0 in options.get(VERSIONS, [0]), "no-common-version")
        if items & ATTESTATION:
            need(self.mechanisms & set(options.get(FRESHNESS, [0])),
                 "no-common-freshness-mechanism")
            # a passport is asked for with a token
            fresh = options.get(CHALLENGE, options.get(TOKEN, b""))
            need(8 <= len(fresh) <= 64 or 1 in self.mechanisms,
                 "message-rule", "challenge")
        else:
            need(CHALLENGE not in options and FRESHNESS not in options,
                 "message-rule", "challenge without attestation")
            need(TOKEN in options, "message-rule", "token")
        need(8 <= len(options.get(TOKEN, bytes(8))) <= 64, "out-of-range")
        if self.demanded is not None:
            challenge, self.demanded = self.demanded, None
            need(PAYLOAD in options and FORMAT not in options,
                 "attestation-required", "the TAM does not attest itself")
            self.tam_result = evidence.check_tam_result(
                options[PAYLOAD], self.trust.results, key.kid, challenge,
                self.trust.tam_binary)
        self.close()
        self.request, self.tam_key = options, key
        self.items = items
        self.challenge = options.get(CHALLENGE, options.get(TOKEN))

    def demand(self):
        """Error 7: let the TAM attest itself first.    [TEEP reference 12.4]"""
        self.demanded = os.urandom(32)
        return self._send("demand", [
            ERROR, {FRESHNESS: [0], CHALLENGE: self.demanded},
            ERR_ATTESTATION_REQUIRED])

    def attestation(self):
        """The attestation payload, in steps."""
        self.claims = self.step("claims", evidence.claims(
            self.device, self.challenge, self.tam_key.kid, self.installed))
        data = self.step("claims-bytes", encode(self.claims))
        key = self.step("evidence-key", self.device.evidence)
        headers = self.step("evidence-headers", {
            "protected": {1: key.alg}, "unprotected": {4: key.kid}})
        signed = self.step("evidence", sign1(key, data, **headers))
        recipient = self.step("recipient", self.trust.encryption)
        if recipient is None:
            return signed
        context = self.step("context", EAT_ENCRYPTION)
        return self.step("sealed", encrypt(
            recipient, signed, context, self.device.content_alg))

    def query_response(self):
        need(self.request is not None, "no-open-exchange")
        options = {}
        if TOKEN in self.request:
            options[TOKEN] = self.request[TOKEN]
        if self.items & ATTESTATION:
            options[PAYLOAD] = self.attestation()
            if self.format is not None:
                options[FORMAT] = self.format
        if self.items & COMPONENTS:
            options[TC_LIST] = [
                {0: component, 3: encode([-16, sha256(image)]),
                 14: len(image)}
                for _, images in self.installed
                for component, image in images.items()]
        if self.items & EXTENSIONS:
            options[EXT_LIST] = []
        return self._send("response", [QUERY_RESPONSE, options])

    # Update

    def update(self, body):
        """Carry it out; query_response must have been called before."""
        payload, key = verify1(body, self._mine())
        message = decode(payload)
        need(isinstance(message, list) and len(message) == 2 and
             message[0] == UPDATE, "unknown-message-type")
        options = message[1]
        token = options.get(TOKEN)
        if ERR_CODE in options:
            need(not options.keys() & {MANIFEST_LIST, UNNEEDED},
                 "message-rule")
            raise TamError(options[ERR_CODE], options.get(ERR_MSG, ""))
        # A recorded Update, or one made for another device, stops here.
        need(self.claims is not None, "no-open-exchange")
        need(key.kid == self.tam_key.kid, "unbound-update", "other TAM")
        need(token is not None and token not in self.tokens,
             "unbound-update", "token")
        need(PAYLOAD in options and FORMAT not in options,
             "unbound-update", "no Attestation Result")
        evidence.check_result(options[PAYLOAD], self.device.teep.kid,
                              self.challenge, self.claims,
                              self.trust.results)
        self.tokens.add(token)
        self.close()
        unlink = {tuple(i) for i in options.get(UNNEEDED, [])}
        self.installed = [(m, i) for m, i in self.installed
                          if m.id not in unlink]
        self.pending = [token, [], None]
        for data in options.get(MANIFEST_LIST, []):
            self._install(data, token)

    def _install(self, data, token):
        manifest = Manifest(data, self.trust.signers)
        for old, _ in self.installed:
            need(old.id != manifest.id or old.sequence < manifest.sequence
                 or old.digest == manifest.digest, "rollback")
        processor = Processor(manifest, self.device.vendor,
                              self.device.klass, self.fetch)
        try:
            images = processor.update()
        except Refused as e:
            self.pending[1].append(report_failure(
                manifest, processor.where or [0, 0, 0],
                CONDITION_FAILED if e.reason in CONDITIONS
                else OPERATION_FAILED, token))
            self.pending[2] = e
            return
        self.installed = [(m, i) for m, i in self.installed
                          if m.id != manifest.id]
        self.installed.append((manifest, images))
        self.pending[1].append(report(manifest, token))

    def fetch(self, uri):
        raise Refused("uri-not-allowed", uri)

    # Success and Error

    def reports(self, reports):
        out = []
        for plain in reports:
            data = encode(self.step("report", plain))
            if self.encrypt_reports:
                context = self.step("report-context", REPORT_ENCRYPTION)
                data = self.step("report-sealed", encrypt(
                    self.trust.encryption, data, context,
                    self.device.content_alg))
            key = self.step("report-key", self.device.report)
            out.append(self.step("report-signed", sign1(key, data)))
        return out

    def success(self):
        """The answer to an Update: Success, or Error 11."""
        token, reports, failure = self.pending
        self.pending = None
        options = {TOKEN: token}
        if reports:
            options[REPORTS] = self.reports(reports)
        if failure is None:
            return self._send("success", [SUCCESS, options])
        options[ERR_MSG] = failure.reason
        return self._send("error", [
            ERROR, options, ERR_MANIFEST_PROCESSING_FAILED])

    # The whole

    def answer(self, body):
        """The next message to the TAM."""
        payload, _ = verify_any(body, self._mine())
        message = decode(payload)
        need(isinstance(message, list) and message, "wrong-type")
        if message[0] == QUERY_REQUEST:
            self.query_request(body)
            if self.demands and self.tam_result is None:
                self.trace += ["QueryRequest", "Error"]
                return self.demand()
            self.trace += ["QueryRequest", "QueryResponse"]
            return self.query_response()
        self.update(body)
        wire = self.success()
        self.trace += ["Update", "Success"]
        return wire

    def session(self):
        """From the empty POST until the TAM has nothing more to say."""
        self.close()
        self.trace = []
        reply = self.post(b"")
        for _ in range(ROUNDS_MAX):
            if reply.status == 204:
                need(reply.body == b"", "http-status", "204 with a body")
                return self.trace
            need(reply.status == 200, "http-status", str(reply.status))
            reply = self.post(self.answer(reply.body))
        raise Refused("exchange-limit")
