#!/usr/bin/python3
"""A Relying Party in Python, and verifierd: Evidence of Python's devices is
appraised, and the Result in all its forms is verified and believed, or not.

usage: verifier.py --build BUILD

Nothing of the library is used: keys, claims, signatures and JSON are read by
python3-cryptography and by the codec of this folder, which cbor2 checks.
"""
import argparse
import base64
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import \
    encode_dss_signature

import ear
import evidence as e
from cbor import Refused, decode
from cose import ED25519, ESP256, Key, keyring, verify1
from tam import Programs
from world import recipe

TEEP = f'application/eat+cwt; eat_profile="{e.RESULT_PROFILE}"'
EAR = f'application/eat+cwt; eat_profile="{ear.PROFILE}"'
JWT = "application/eat+jwt"
TIERS = {"none": ear.NONE, "affirming": ear.AFFIRMING,
         "warning": ear.WARNING, "contraindicated": ear.CONTRAINDICATED}
CLAIMS = ("instance-identity", "configuration", "executables", "file-system",
          "hardware", "runtime-opaque", "storage-opaque", "sourced-data")


def text64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwt(text, key):
    """Claims of a JWT that key signed, with ES256 and nothing else."""
    head, body, signature = text.split(".")
    if json.loads(octets64(head))["alg"] != "ES256":
        raise Refused("algorithm-not-allowed")
    raw = octets64(signature)
    if len(raw) != 64:
        raise Refused("bad-signature")
    try:
        key.public.verify(
            encode_dss_signature(int.from_bytes(raw[:32], "big"),
                                 int.from_bytes(raw[32:], "big")),
            f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("bad-signature") from None
    return json.loads(octets64(body))


def as_cbor(said):
    """An EAR in JSON, with the labels and values that it has in CBOR."""
    subs = {name: {ear.STATUS: TIERS[one["ear_status"]],
                   ear.VECTOR: {CLAIMS.index(k): v for k, v in one[
                       "ear_trustworthiness_vector"].items()}}
            for name, one in said["submods"].items()}
    return {ear.EXP: said["exp"], ear.IAT: said["iat"],
            ear.CNF: {3: octets64(said["cnf"]["kid"])},
            ear.NONCE: octets64(said["eat_nonce"]),
            ear.EAT_PROFILE: said["eat_profile"], ear.SUBMODS: subs,
            ear.VERIFIER_ID: {0: said["ear_verifier_id"]["developer"],
                              1: said["ear_verifier_id"]["build"]}}


class Verifierd:
    def __init__(self, programs, home):
        self.programs, self.dir = programs, home / "verifier"
        self.log = open(home / "log", "wb")

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.programs.path("verifierd"), "--dev", str(self.dir),
             "--listen", "127.0.0.1:0"], stderr=self.log)
        deadline = time.monotonic() + 60
        while not (self.dir / "run/port").exists():
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                sys.exit("verifierd did not start")
            time.sleep(0.02)
        self.port = int((self.dir / "run/port").read_text())
        self.key = Key.from_pem(
            (self.dir / "public/result-esp256.pem").read_bytes())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.log.close()
        if status != 0:
            sys.exit(f"verifierd ended with {status}")

    def ask(self, method, path, body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request(method, path, body,
                  {k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        got = answer.status, answer.getheader("Location"), answer.read()
        c.close()
        return got

    def appraise(self, data, nonce, **query):
        """The session of this Evidence."""
        extra = "".join(f"&{k}={v}" for k, v in query.items())
        status, where, body = self.ask(
            "POST", "/challenge-response/v1/newSession?nonce="
            + text64(nonce) + extra)
        if status != 201:
            sys.exit(f"no session: {body}")
        status, _, body = self.ask("POST", where, data, Content_Type=e.FORMAT)
        if status != 200:
            sys.exit(f"Evidence: {body}")
        return where, json.loads(body)

    def form(self, where, media):
        status, _, body = self.ask("GET", where, Accept=media)
        return body if status == 200 else None


def endorse(v, home, devices):
    run = v.programs.run
    maker = Key.new(ESP256)
    for name, pem in [("maker.pem", maker.private_pem()),
                      ("maker.pub.pem", maker.pem())] + [
            (f"{d.name}-evidence.pem", d.evidence.pem()) for d in devices]:
        (home / name).write_bytes(pem)
        os.chmod(home / name, 0o600)
    (home / "recipe.json").write_text(json.dumps(recipe(devices)))
    run("verifierd", "anchor", "add", "maker", home / "maker.pub.pem",
        "reference,endorsed,attest-key", devices[0].oemid.hex(), "--dir", v.dir)
    run("teep", "corim", "create", home / "recipe.json", "-o", home / "corim")
    run("teep", "corim", "sign", "--key", home / "maker.pem", "--name",
        "maker", home / "corim", "-o", home / "corim.signed")
    status, _, body = v.ask(
        "POST", "/endorsement-provisioning/v1/submit",
        (home / "corim.signed").read_bytes(),
        Content_Type="application/rim+cose")
    if status != 200:
        sys.exit(f"CoRIM: {body}")


class Checks:
    def __init__(self):
        self.n = 0

    def same(self, what, is_, wanted):
        if is_ != wanted:
            sys.exit(f"{what}: {is_!r} instead of {wanted!r}")
        self.n += 1

    def refused(self, what, reason, function, *arguments):
        try:
            function(*arguments)
        except Refused as r:
            self.same(what, r.reason, reason)
        else:
            sys.exit(f"{what}: believed")


def healthy(c, v, device):
    """One verdict in every form; each names nonce and key, and no form says
    more than another."""
    nonce, audience = os.urandom(32), bytes(32)
    sent = e.claims(device, nonce, audience)
    where, session = v.appraise(e.evidence(device, sent, None), nonce)
    c.same("refusal", session.get("refusal"), None)
    # TEEP: all that a TAM asks of it
    result = v.form(where, TEEP)
    said = e.check_result(result, device.teep.kid, nonce, sent, [v.key])
    payload = cbor2.loads(result)[2]
    c.same("cbor2 of the Result", cbor2.loads(payload), said)
    # EAR, twice the same
    cwt = v.form(where, EAR)
    cbor = decode(verify1(cwt, keyring(v.key))[0])
    json_ = as_cbor(jwt(v.form(where, JWT).decode(), v.key))
    c.same("the session's JWT", as_cbor(jwt(session["result"], v.key)), json_)
    for member in (ear.EXP, ear.IAT, ear.CNF, ear.NONCE, ear.EAT_PROFILE,
                   ear.VERIFIER_ID):
        c.same(f"EAR {member}", json_[member], cbor[member])
    ours, theirs = cbor[ear.SUBMODS]["eat"], json_[ear.SUBMODS]["eat"]
    c.same("status", theirs[ear.STATUS], ours[ear.STATUS])
    c.same("vector", theirs[ear.VECTOR], ours[ear.VECTOR])
    c.same("process-grade", ours[ear.STATUS], ear.WARNING)
    c.same("worst", ear.worst(ours[ear.VECTOR]), ear.WARNING)
    c.same("cnf", e.cnf_kid(cbor[ear.CNF]), device.teep.kid)
    c.same("nonce", cbor[ear.NONCE], nonce)
    # what nobody may take
    other = Key.new(ESP256)
    c.refused("another Verifier", "unknown-key", e.check_result, result,
              device.teep.kid, nonce, sent, [other])
    c.refused("another agent", "result-not-bound", e.check_result, result,
              other.kid, nonce, sent, [v.key])
    c.refused("another nonce", "result-nonce", e.check_result, result,
              device.teep.kid, bytes(32), sent, [v.key])
    for at in (-1, -100):
        changed = bytearray(cwt)
        changed[at] ^= 1
        c.refused("a changed EAR", "bad-signature", verify1, bytes(changed),
                  keyring(v.key))
    head, body, sig = session["result"].split(".")
    for text in (f"{head}.{body[:-2]}AA.{sig}",
                 f"{head}.{body}.{text64(bytes(64))}"):
        c.refused("a changed JWT", "bad-signature", jwt, text, v.key)
    none = text64(json.dumps({"alg": "none"}).encode())
    c.refused("a JWT without algorithm", "algorithm-not-allowed", jwt,
              f"{none}.{body}.", v.key)


def wrong(c, v, device, other):
    """Evidence that Python makes wrong: the reason in the session and in a
    signed EAR that contraindicates, and no Result of the TEEP profile."""
    def case(what, reason, change=None, data=None, **query):
        nonce = os.urandom(32)
        sent = e.claims(device, nonce, bytes(32))
        if change is not None:
            sent = change(sent)
        made = e.evidence(device, sent, None)
        where, session = v.appraise(data(made) if data else made, nonce,
                                    **query)
        c.same(what, session.get("refusal", {}).get("reason"), reason)
        c.same(f"{what}: TEEP", v.form(where, TEEP), None)
        said = jwt(session["result"], v.key)["submods"]["eat"]
        c.same(f"{what}: EAR", said["ear_status"], "contraindicated")

    case("signature", "bad-signature",
         data=lambda m: m[:-1] + bytes([m[-1] ^ 1]))
    case("nonce", "evidence-nonce", lambda s: {**s, e.NONCE: bytes(32)})
    for claim in e.REQUIRED:
        if claim != e.NONCE:
            case(f"no claim {claim}", "missing-field",
                 lambda s, claim=claim: {
                     k: x for k, x in s.items() if k != claim})
    case("another device", "claim-mismatch",
         lambda s: {**s, e.UEID: other.ueid})
    case("another launcher", "measurement-mismatch",
         lambda s: {**s, e.MEASUREMENTS: [
             e.measurement("launcher", bytes(32)),
             *s[e.MEASUREMENTS][1:]]})
    case("another agent", "evidence-not-bound",
         kid=text64(other.teep.kid))
    case("another audience", "evidence-audience",
         audience=text64(other.teep.kid))
    case("hwversion", "measurement-mismatch",
         lambda s: {**s, e.HWVERSION: ["9"]})


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--build", required=True)
    args = ask.parse_args()
    c = Checks()
    with tempfile.TemporaryDirectory(prefix="verifier-") as folder:
        home = pathlib.Path(folder)
        home.chmod(0o755)
        devices = [e.Device("esp", ESP256), e.Device("ed", ED25519)]
        with Verifierd(Programs(args.build), home) as v:
            endorse(v, home, devices)
            for device in devices:
                healthy(c, v, device)
            wrong(c, v, *devices)
    print(f"{c.n} passed")


if __name__ == "__main__":
    main()
