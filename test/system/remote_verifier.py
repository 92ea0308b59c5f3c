#!/usr/bin/python3
"""A Verifier that does wrong, one thing at a time: tamd names each, tells the
device that it passes, and goes on when the Verifier does.

usage: remote_verifier.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import base64
import datetime
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import \
    decode_dss_signature

from real_world import TrustsTamd, World
from tamd_process import Tamd
import evidence as eat
from cbor import decode

SESSION = "application/vnd.veraison.challenge-response-session+json"
PROFILE = "tag:ietf.org,2026:rats/ear#03"


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwt(key, claims, header=None):
    text = b64(json.dumps(header or {"alg": "ES256"}).encode()) + "." + \
        b64(json.dumps(claims).encode())
    r, s = decode_dss_signature(key.sign(text.encode(),
                                         ec.ECDSA(hashes.SHA256())))
    return text + "." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


class Verifier:
    """By default all is well; `wrong` changes one thing."""

    def __init__(self):
        self.key, self.other = (ec.generate_private_key(ec.SECP256R1())
                                for _ in range(2))
        self.wrong, self.asked, self.deleted = {}, 0, 0
        verifier = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(
                    int(self.headers.get("Content-Length") or 0))
                verifier.asked += 1
                verifier.appraise(body)
                if "newSession" in self.path:
                    verifier.new_session(self)
                else:
                    assert body or self.command == "GET", self.path
                    verifier.evidence(self)

            def do_GET(self):
                self.do_POST()

            def do_DELETE(self):
                verifier.deleted += 1
                self.say(204, None, b"")

            def say(self, status, media, body, **headers):
                self.send_response(status)
                if media:
                    self.send_header("Content-Type", media)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # who asks may hang up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def appraise(self, body):
        """Who it is, which a real one would know by its endorsement."""
        if body:
            told = decode(decode(body).value[2])
            self.who = {"ueid": b64(told[eat.UEID]),
                        "oemid": b64(told[eat.OEMID]),
                        "hwmodel": b64(told[eat.HWMODEL])}

    def new_session(self, request):
        query = urllib.parse.parse_qs(
            urllib.parse.urlsplit(request.path).query)
        self.nonce, self.kid = query["nonce"][0], query["kid"][0]
        assert len(query["audience"]) == 2, query
        if "sleep" in self.wrong:
            time.sleep(self.wrong["sleep"])
        body = json.dumps(self.session({"status": "waiting"})).encode()
        request.say(self.wrong.get("status", 201),
                    self.wrong.get("media", SESSION),
                    self.wrong.get("body", body),
                    Location=self.wrong.get(
                        "location", "/challenge-response/v1/session/1"))

    def session(self, more):
        padding = "=" * (-len(self.nonce) % 4)
        nonce = self.wrong.get("session_nonce", base64.b64encode(
            base64.urlsafe_b64decode(self.nonce + padding)).decode())
        return {"nonce": nonce, "expiry": "2030-01-01T00:00:00Z",
                "accept": [], **more}

    def evidence(self, request):
        if self.wrong.get("slow", 0) > 0 and request.command == "POST":
            return request.say(202, SESSION, json.dumps(
                self.session({"status": "processing"})).encode())
        if self.wrong.get("slow", 0) > 1:
            self.wrong["slow"] -= 1
            return request.say(200, SESSION, json.dumps(
                self.session({"status": "processing"})).encode())
        if "problem" in self.wrong:
            status, detail = self.wrong["problem"]
            return request.say(status, "application/problem+json",
                               json.dumps({"detail": detail}).encode())
        session = self.session({"status": "complete", "result": self.result()})
        session.update(self.wrong.get("session", {}))
        request.say(200, SESSION, json.dumps(session).encode())

    def result(self):
        now = int(time.time())
        claims = {"eat_profile": PROFILE, "iat": now, "exp": now + 60,
                  "eat_nonce": self.nonce, "cnf": {"kid": self.kid},
                  "ear_verifier_id": {"developer": "d", "build": "b"},
                  "submods": {"EAT": {"ear_status": "affirming",
                                      "ear_teep_claims": self.who}}}
        for name, value in self.wrong.get("claims", {}).items():
            claims[name] = value(now) if callable(value) else value
        return jwt(self.wrong.get("key", self.key), claims,
                   self.wrong.get("header"))


def certificate(home):
    """Of nobody's authority, for this machine's address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "v")])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(
        name).public_key(key.public_key()).serial_number(7).not_valid_before(
        now - datetime.timedelta(1)).not_valid_after(
        now + datetime.timedelta(9)).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]),
        False).add_extension(x509.BasicConstraints(True, None), True).sign(
        key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    (home / "ca.pem").write_bytes(pem)
    (home / "server.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) + pem)


def refusal(reason):
    return {"submods": {"EAT": {
        "ear_status": "contraindicated",
        "tamarind_refusal": {
            "reason": reason, "claim": "measurement agent",
            "expected": "a", "found": "b\x1b", "source": "gateway"}}}}


# What is wrong, the name that it gets, a part of what is found.
def faults(v):
    other = base64.b64encode(bytes(32)).decode()
    return [
        ({"status": 500}, "http-status", "status 500"),
        ({"status": 302, "location": "http://127.0.0.1:1/"}, "http-status",
         "status 302"),
        ({"status": 429, "media": "application/problem+json",
          "body": b'{"detail":"come back \\u001b later"}'}, "http-status",
         "come back"),
        ({"session_nonce": other}, "result-nonce", "another challenge"),
        ({"location": "http://127.0.0.2/x"}, "uri-not-allowed", "elsewhere"),
        ({"location": "https://127.0.0.1:%d/x" % v.port}, "uri-not-allowed",
         "elsewhere"),
        ({"body": b"{"}, "bad-text", "not a session"),
        ({"media": "text/html"}, "wrong-type", "not a session"),
        ({"body": b" " * 2500000}, "too-long", ""),
        ({"problem": (415, "no such Evidence here")}, "http-status",
         "no such Evidence here"),
        ({"session": {"status": "failed"}}, "http-status", "failed"),
        ({"session": {"result": None}}, "bad-text", "not a session"),
        ({"session": {"result": "x" * 70000}}, "too-long", ""),
        ({"session": {"result": "a.b.c"}}, "bad-text", ""),
        ({"key": v.other}, "bad-signature", ""),
        ({"header": {"alg": "none"}}, "bad-cose-header", ""),
        ({"claims": {"eat_nonce": b64(bytes(32))}}, "result-nonce", ""),
        ({"claims": {"exp": lambda now: now - 1}}, "expired", ""),
        ({"claims": {"iat": lambda now: now + 4000,
                     "exp": lambda now: now + 5000}}, "out-of-range", ""),
        ({"claims": {"eat_profile": "urn:x"}}, "unexpected-field", ""),
        ({"claims": {"submods": {}}}, "out-of-range", ""),
    ]


class Case:
    def __init__(self, world):
        self.world, self.device = world, world.devices["one"]

    def last(self):
        shown = json.loads(self.world.tamctl("--json", "device", "show", "one"))
        return shown["appraisals"][0] if shown["appraisals"] else None

    def wrong(self, **wrong):
        self.world.verifier.wrong = wrong
        self.device.check()
        return self.last()


def cases(world, v):
    case = Case(world)
    for wrong in ({}, {"slow": 2}):
        last = case.wrong(**wrong)
        assert last["reason"] == "accepted", last
    n = 0
    for wrong, reason, found in faults(v):
        last = case.wrong(**wrong)
        key = "Verifier" if last["what"] == "Verifier" else last["source"]
        assert last["reason"] == reason, (wrong, last)
        assert found in last["found"] and "\x1b" not in last["found"], last
        assert key in ("Verifier", world.uri), last
        n += 1
    assert case.wrong()["reason"] == "accepted"
    # the Verifier says no
    last = case.wrong(claims=refusal("measurement-mismatch"))
    assert (last["reason"], last["what"], last["source"]) == (
        "measurement-mismatch", "measurement agent", "gateway"), last
    assert last["found"] == "b\\x1b", last
    last = case.wrong(claims={"submods": {"EAT": {"ear_status": "warning"}}})
    assert (last["reason"], last["what"]) == (
        "attestation-required", "ear_status"), last
    last = case.wrong(claims={"submods": {"EAT": {
        "ear_status": "affirming",
        "ear_teep_claims": {
            **v.who, "ueid": b64(b"\x01" + bytes(16))}}}})
    assert (last["reason"], last["what"]) == ("claim-mismatch", "ueid"), last
    for name in "ueid", "oemid", "hwmodel":
        who = {n: c for n, c in v.who.items() if n != name}
        last = case.wrong(claims={"submods": {"EAT": {
            "ear_status": "affirming", "ear_teep_claims": who}}})
        assert (last["reason"], last["what"], last["source"]) == (
            "missing-field", name, world.uri), last
    last = case.wrong(claims={"submods": {"EAT": {
        "ear_status": "affirming"}}})
    assert (last["reason"], last["what"]) == ("missing-field", "ueid"), last
    # about another key it says nothing of this device, and nobody is told
    before = len(world.tamd.lines)
    assert case.wrong(claims={"cnf": {"kid": b64(bytes(32))}}) == last
    assert any(line.get("reason") == "result-not-bound"
               for line in world.tamd.lines[before:])
    assert case.wrong()["reason"] == "accepted"
    assert v.deleted > n / 2, v.deleted
    return n + 10


def slow(world, tamd):
    """One that takes longer than it may."""
    case = Case(world)
    tamd.stop()
    tamd.environment.update(TAMD_VERIFIER_SECONDS="1")
    assert tamd.run(), tamd.lines[-3:]
    for wrong in ({"sleep": 3}, {"slow": 1000}):
        last = case.wrong(**wrong)
        assert (last["reason"], last["what"]) == ("network", "Verifier"), last
    tamd.environment.update(TAMD_VERIFIER_SECONDS="30")
    return 2


def over_tls(world, v, home, tamd):
    """Who it is, is looked at."""
    certificate(home)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "server.pem")
    v.server.socket = context.wrap_socket(v.server.socket, server_side=True)
    case = Case(world)
    for ca, name, reason in (("", "localhost", "bad-certificate"),
                             ("ca.pem", "127.0.0.1", "bad-certificate"),
                             ("ca.pem", "localhost", "accepted")):
        tamd.stop()
        tamd.environment.update(
            TAMD_VERIFIER_URI=f"https://{name}:{v.port}/",
            TAMD_VERIFIER_CA_FILE=str(home / ca) if ca else "")
        assert tamd.run(), tamd.lines[-3:]
        last = case.wrong()
        assert last["reason"] == reason, (ca, name, last)
    return 3


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    home = pathlib.Path(tempfile.mkdtemp(prefix="remote-"))
    home.chmod(0o755)
    v = Verifier()
    try:
        uri = f"http://127.0.0.1:{v.port}"
        tamd = Tamd(sys.argv[1], TAMD_VERIFIER_URI=uri,
                    TAMD_VERIFIER_SECONDS="30",
                    TAMD_VERIFIER_ASSURANCE="process-grade")
        folder = pathlib.Path(tamd.home) / "verifier"
        subprocess.run([tamd.program, "init", "--dir", tamd.home], check=True,
                       stdout=subprocess.DEVNULL)
        folder.mkdir()
        folder.joinpath("v.pem").write_bytes(v.key.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo))
        tamd._start = tamd.run
        with tamd:
            world = World(sys.argv[1], home, tamd)
            world.verifier, world.uri = v, uri
            try:
                world.add_devices(TrustsTamd(tamd, [], [[b"own"]]), "one")
                n = cases(world, v) + slow(world, tamd) + over_tls(
                    world, v, home, tamd)
            finally:
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
    finally:
        v.close()
        shutil.rmtree(home)
    print(f"remote verifier: {n} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
