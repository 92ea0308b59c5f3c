#!/usr/bin/python3
"""verifierd from outside: docs/verifierd.md is what happens, line by line,
and everything that a client could do wrong is refused by name.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import \
    encode_dss_signature

import verifierd_refusals

from certificates_test import DER, Bench, Party
from cbor import Tag, encode

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "verifierd.md"
EVIDENCE = 'application/eat+cwt; eat_profile="tag:tamarind.example,2026:' \
    'evidence#1"'
TEEP = 'application/eat+cwt; eat_profile="urn:ietf:rfc:rfcXXXX"'
EAR = 'application/eat+cwt; eat_profile="tag:ietf.org,2026:rats/ear#03"'


class Verifierd:
    """`with Verifierd(build, home) as v:` runs until the end."""

    def __init__(self, build, home, **environment):
        self.program = str(
            pathlib.Path(build).resolve() / "cmd/verifierd/verifierd")
        self.dir = pathlib.Path(home) / "verifier"
        self.environment = {**os.environ, **environment}
        self.port = 0  # a free one; when it starts again, the same

    def __enter__(self):
        self.log = open(self.dir.parent / "log", "w+b")
        self.start()
        return self

    def start(self):
        (self.dir / "run/port").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.program, "--dev", str(self.dir), "--listen",
             f"127.0.0.1:{self.port}"], stderr=self.log, env=self.environment)
        deadline = time.monotonic() + 60
        while not (self.dir / "run/port").exists():
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                raise SystemExit(f"did not start: {self.lines()}")
            time.sleep(0.02)
        self.port = int((self.dir / "run/port").read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __exit__(self, *unused):
        if unused[0] is not None:
            print(self.log_text()[-3000:], file=sys.stderr)
        status = self.stop()
        lines = self.lines()
        self.log.close()
        assert unused[0] is not None or status == 0, (status, lines)

    def log_text(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def lines(self):
        self.log.seek(0)
        return [json.loads(line) for line in self.log if line[:1] == b"{"]

    def ask(self, method, path, body=None, **headers):
        """Status, headers in lower case, body."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        c.request(method, path, body, {
            k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        got = answer.read()
        c.close()
        return answer.status, {
            k.lower(): v for k, v in answer.getheaders()}, got

    def session(self, query="", **headers):
        status, head, body = self.ask(
            "POST", "/challenge-response/v1/newSession" + query, **headers)
        assert status == 201, (status, body)
        return head["location"], json.loads(body)


def same(expected, got):
    pattern = ".*?".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def page(v, home):
    """Every block of commands, in one shell, and what it prints."""
    text = PAGE.read_text()
    blocks = re.findall(r"```sh\n(.*?)```\n(?:```\n(.*?)```\n)?", text, re.S)
    assert len(blocks) > 9 and text.count("```sh") == len(blocks)
    bin_dirs = [str(pathlib.Path(v.program).parents[1] / p)
                for p in ("verifierd", "teep")]
    shell = subprocess.Popen(
        ["bash", "-e"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=home, text=True, env={
            **os.environ, "V": f"http://127.0.0.1:{v.port}",
            "DIR": str(v.dir),
            "PATH": ":".join(bin_dirs + [os.environ["PATH"]])})
    for commands, expected in blocks:
        shell.stdin.write(commands + "\necho; echo END-OF-BLOCK\n")
        shell.stdin.flush()
        got = ""
        while not got.endswith("END-OF-BLOCK\n"):
            line = shell.stdout.readline()
            if not line:
                raise SystemExit(f"ended in:\n{commands}\n{got}")
            got += line
        got = got[:-len("END-OF-BLOCK\n")].rstrip("\n")
        if not same(expected.rstrip("\n"), got):
            raise SystemExit(f"{commands}\nwanted:\n{expected}\ngot:\n{got}")
    shell.stdin.close()
    assert shell.wait() == 0
    return len(blocks)


def evidence(v, home, nonce):
    recipe = pathlib.Path(home) / "device.yaml"
    recipe.write_text(re.sub("(?m)^nonce:.*", "nonce: " + nonce.hex(),
                             recipe.read_text()))
    teep = pathlib.Path(v.program).parents[1] / "teep/teep"
    subprocess.run([str(teep), "make", "evidence", "device.yaml", "-o",
                    "evidence.cbor"], cwd=home, check=True)
    return (pathlib.Path(home) / "evidence.cbor").read_bytes()


def b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwt(v, text):
    """Its claims, if the key in the operator's file has signed it."""
    key = serialization.load_pem_public_key(
        (v.dir / "public/result-esp256.pem").read_bytes())
    head, body, sig = text.split(".")
    raw = b64(sig)
    assert len(raw) == 64 and json.loads(b64(head))["alg"] == "ES256"
    key.verify(encode_dss_signature(int.from_bytes(raw[:32], "big"),
                                    int.from_bytes(raw[32:], "big")),
               f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(b64(body))


def maker_again(v, home):
    """The page has withdrawn it, and has left another agent running."""
    recipe = pathlib.Path(home) / "device.yaml"
    recipe.write_text(recipe.read_text().replace("another agent",
                                                 "the agent"))
    corim = (pathlib.Path(home) / "corim.signed").read_bytes()
    status, _, body = v.ask(
        "POST", "/endorsement-provisioning/v1/submit", corim,
        Content_Type="application/rim+cose")
    # what was withdrawn, nobody brings back but the operator
    assert status == 422 and b"replay" in body, body
    subprocess.run([str(v.program), "corim", "add", "--dir", str(v.dir),
                    str(pathlib.Path(home) / "corim.signed")], check=True,
                   timeout=60, stdout=subprocess.DEVNULL)
    status, _, body = v.ask(
        "POST", "/endorsement-provisioning/v1/submit", corim,
        Content_Type="application/rim+cose")
    assert status == 200, body
    return corim


def results(v, home):
    """One verdict in every form, bound to nonce, audience and key."""
    mine = bytes(range(40))
    query = "?nonce=" + base64.urlsafe_b64encode(mine).decode().rstrip("=")
    where, session = v.session(query)
    assert base64.b64decode(session["nonce"]) == mine
    for accept in (TEEP, EAR, "application/eat+jwt"):
        assert v.ask("GET", where, Accept=accept)[0] == 406
    status, head, body = v.ask("POST", where, evidence(v, home, mine),
                               Content_Type=EVIDENCE)
    assert status == 200, body
    claims = jwt(v, json.loads(body)["result"])
    assert b64(claims["eat_nonce"]) == mine
    assert claims["submods"]["eat"]["ear_status"] == "warning"
    assert 0 < claims["exp"] - claims["iat"] <= 86400
    status, head, body = v.ask("GET", where, Accept="application/eat+jwt")
    assert jwt(v, body.decode()) == claims
    for accept in (TEEP, EAR):
        status, head, body = v.ask("GET", where,
                                   Accept=accept + ";q=0.5, text/html")
        assert (status, head["content-type"]) == (200, accept)
        assert body[:1] == b"\x84"
    assert v.ask("GET", where, Accept="text/html")[0] == 406
    # one answer to one challenge
    status, _, body = v.ask("POST", where, evidence(v, home, mine),
                            Content_Type=EVIDENCE)
    assert status == 409, body
    # what whoever asks knows of it is enforced
    kid = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    for extra, reason in (("audience=" + kid, "evidence-audience"),
                          ("kid=" + kid, "evidence-not-bound")):
        where, session = v.session("?" + extra)
        nonce = base64.b64decode(session["nonce"])
        body = v.ask("POST", where, evidence(v, home, nonce),
                     Content_Type=EVIDENCE)[2]
        refusal = json.loads(body)["refusal"]
        assert refusal["reason"] == reason, refusal
        sub = jwt(v, json.loads(body)["result"])["submods"]["eat"]
        assert sub["ear_status"] == "contraindicated"
        assert sub["tamarind_refusal"] == refusal


def rules(v, home):
    """Rules that cannot be meant are refused, and change nothing."""
    def policy(verb, text=None):
        words = [v.program, "policy", verb, "--dir", str(v.dir)]
        if text is not None:
            (pathlib.Path(home) / "r.json").write_text(text)
            words.insert(3, str(pathlib.Path(home) / "r.json"))
        return subprocess.run(words, capture_output=True, timeout=60,
                              text=True, check=False)
    before = policy("list").stdout
    for text, what in (
            ("{", "bad-text"), ("[]", "rules"), ("{}", "rules"),
            ('{"rules": [], "more": 1}', "rules"),
            ('{"rules": [[]]}', "rules"), ('{"rules": [{"x": 1}]}', "rules"),
            ('{"rules": [{"vendor": ""}]}', "vendor"),
            ('{"rules": [{"vendor": "%s"}]}' % (70 * "v"), "vendor"),
            ('{"rules": [{"model": "6"}]}', "model"),
            ('{"rules": [{"model": "%s"}]}' % (33 * "6b"), "model"),
            ('{"rules": [{"kinds": []}]}', "kinds"),
            ('{"rules": [{"kinds": ["x509"]}]}', "kinds"),
            ('{"rules": [{"assurance": "none"}]}', "assurance"),
            ('{"rules": [{"assurance": 3}]}', "assurance"),
            ('{"rules": [%s]}' % ",".join(65 * ["{}"]), "rules")):
        done = policy("set", text)
        assert done.returncode == 1 and what in done.stderr, (text, done)
    assert policy("list").stdout == before
    # no rule fits
    assert policy("set", '{"rules": [{"vendor": "x"}]}').returncode == 0
    where, session = v.session()
    nonce = base64.b64decode(session["nonce"])
    body = json.loads(v.ask("POST", where, evidence(v, home, nonce),
                            Content_Type=EVIDENCE)[2])
    assert (body["refusal"]["reason"], body["refusal"]["claim"]) == (
        "attestation-required", "policy"), body["refusal"]
    ids = jwt(v, body["result"])["submods"]["eat"]["ear_appraisal_policy_ids"]
    version = before.count("\n") + 1
    assert ids[1] == f"tag:tamarind.example,2026:rules#{version}", ids
    assert policy("set", '{"rules": [{}]}').returncode == 0
    assert policy("show").stdout == '{"rules": [{}]}'


def certificates(v, home):
    """Signers of CoRIMs by certificates, revoked, and out of a store."""
    bench = Bench(pathlib.Path(v.program).parents[2], pathlib.Path(home), v)

    def anchor(verb, *words):
        done = subprocess.run(
            [v.program, "anchor", verb, *map(str, words), "--dir",
             str(v.dir)], capture_output=True, timeout=60, text=True,
            check=False)
        return done.stdout if done.returncode == 0 else done.stderr

    def submit(name, *chain):
        return v.ask("POST", "/endorsement-provisioning/v1/submit",
                     bench.corim(name, chain).read_bytes(),
                     Content_Type="application/rim+cose")[0]
    for kinds in ("endorsement", "reference,key", "", ",", "manifests"):
        said = anchor("add", "n", "no-file", kinds)
        assert "reference, endorsed, attest-key" in said, said
    assert "\nn " not in "\n" + anchor("list"), anchor("list")
    issuer, other = Party("issuer", issues=True), Party("other", issues=True)
    good, bad = Party("good", issuer), Party("bad", issuer)
    assert submit("by-bad", bad, issuer) == 422
    anchor("add", "issuer", bench.file("issuer.pem", issuer.pem()),
           "reference,endorsed", "0a0b0c")
    assert submit("by-bad", bad, issuer) == 200
    assert submit("by-good", good, issuer) == 200
    for content, name, word in (
            (other.revokes(bad), "issuer", "bad-certificate"),
            (b"none", "issuer", "bad-certificate"),
            (issuer.revokes(bad), "nobody", "not-found")):
        said = anchor("crl", name, bench.file("crl", content))
        assert word in said, said
    listed = bench.file("crl", issuer.revokes(bad))
    assert anchor("crl", "issuer", listed) == "1 CoRIMs dropped\n"
    assert submit("again", bad, issuer) == 422
    assert submit("more", good, issuer) == 200
    store = encode(Tag(501, {0: "s", 1: [Tag(507, encode([
        {2: [{0: {0: {1: "0a0b0c"}}}], 3: ["corim"],
         6: {0: [[0, other.certificate.public_bytes(DER)]]}}]))]}))
    said = anchor("import", "stored", bench.file("cots", store))
    assert said == "1 anchors, 0 stores for other purposes\n", said
    assert "stored-1" in anchor("list")
    assert submit("by-third", Party("third", other), other) == 200
    said = anchor("import", "stored", bench.file("cots", store[:-1]))
    assert "truncated" in said, said


def refused_evidence(v, home):
    """Wrong Evidence is a verdict, and names its reason."""
    cases = 0
    for change, reason in (
            (lambda e: e[:-1] + bytes([e[-1] ^ 1]), "bad-signature"),
            (lambda e: e[:-1], "truncated"),
            (lambda e: b"", "truncated"),
            (lambda e: b"\xa0", "unsigned"),
            (lambda e: b"\xff" * 1000, None)):
        where, session = v.session()
        nonce = base64.b64decode(session["nonce"])
        status, _, body = v.ask("POST", where,
                                change(evidence(v, home, nonce)),
                                Content_Type=EVIDENCE)
        session = json.loads(body)
        assert status == 200 and session["status"] == "complete", body
        assert reason in (None, session["refusal"]["reason"]), session
        vector = jwt(v, session["result"])["submods"]["eat"][
            "ear_trustworthiness_vector"]
        assert set(vector.values()) == {99}, vector
        cases += 1
    # the answer to another challenge
    where, _ = v.session()
    body = v.ask("POST", where, evidence(v, home, bytes(32)),
                 Content_Type=EVIDENCE)[2]
    assert json.loads(body)["refusal"]["reason"] == "evidence-nonce"
    return cases + 1


def head(v):
    """HEAD is GET without the body, and nothing where there is no GET."""
    for path in ("/healthz", "/metrics", "/openapi.json",
                 "/.well-known/veraison/verification"):
        with socket.create_connection(("127.0.0.1", v.port), 60) as s:
            s.sendall(f"HEAD {path} HTTP/1.1\r\nHost: v\r\n"
                      "Connection: close\r\n\r\n".encode())
            said = s.makefile("rb").read()
        top, _, body = said.partition(b"\r\n\r\n")
        kind = v.ask("GET", path)[1]["content-type"].encode()
        assert top.startswith(b"HTTP/1.1 200") and kind in top, said
        assert re.search(rb"(?i)content-length: [1-9]", top), said
        assert body == b"", said
    assert v.ask("HEAD", "/challenge-response/v1/newSession")[0] == 405


def limits(build, home):
    """Sessions are counted, and end."""
    with Verifierd(build, home, VERIFIERD_SESSIONS="8",
                   VERIFIERD_SOURCE_SESSIONS="3",
                   VERIFIERD_SESSION_LIFE="1") as v:
        found = [v.ask("POST", "/challenge-response/v1/newSession")[0]
                 for _ in range(5)]
        assert 429 in found and found[:3] == [201] * 3, found
        deadline = time.monotonic() + 20
        while v.ask("POST", "/challenge-response/v1/newSession")[0] != 201:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def processes(v):
    """No key where Evidence is read, and no Evidence where the key is."""
    children = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(v.process.pid)],
        capture_output=True, text=True, check=True).stdout.split()
    names = dict(zip(children[1::2], map(int, children[::2])))
    assert sorted(names) == ["appraiser", "front", "keeper", "writer"], names
    for pid in names.values():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert re.search(r"Seccomp:\s+2", status), status
        assert re.search(r"NoNewPrivs:\s+1", status), status
    # one that dies takes all with it
    os.kill(names["appraiser"], signal.SIGKILL)
    assert v.process.wait(60) == 1


def main():
    build = sys.argv[1]
    home = tempfile.mkdtemp(prefix="verifierd-")
    os.chmod(home, 0o755)
    try:
        with Verifierd(build, home) as v:
            blocks = page(v, home)
            corim = maker_again(v, home)
            results(v, home)
            rules(v, home)
            certificates(v, home)
            bad = refused_evidence(v, home)
            head(v)
            requests = verifierd_refusals.check(v, corim)
            status, _, body = v.ask("GET", "/openapi.json")
            assert status == 200
            paths = json.loads(body)["paths"]
            for path in ("/challenge-response/v1/newSession", "/metrics",
                         "/endorsement-provisioning/v1/submit"):
                assert path in paths, path
            appraised = [x for x in v.lines() if x["event"] == "appraised"]
            assert len(appraised) >= bad + 4, len(appraised)
        # what was there is still there
        with Verifierd(build, home) as v:
            results(v, home)
        limits(build, home)
        v = Verifierd(build, home).__enter__()
        processes(v)
        v.log.close()
    finally:
        shutil.rmtree(home)
    print(f"{blocks} blocks of the page, {bad} wrong proofs, "
          f"{requests} wrong requests")


if __name__ == "__main__":
    main()
