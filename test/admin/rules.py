#!/usr/bin/python3
"""The operator's API and tamctl: what one name means, and that nothing is
widened by being misspelt.  Exit status is the verdict."""
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

passed = failed = 0


def expect(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s %s" % (name, detail))


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def thumbprint(key):
    n = key.public_key().public_numbers()
    return hashlib.sha256(
        b"\xa4\x01\x02\x20\x01\x21\x58\x20" + n.x.to_bytes(32, "big") +
        b"\x22\x58\x20" + n.y.to_bytes(32, "big")).digest()


def corim(key, name):
    """A signed CoRIM with one reference value."""
    mid = cbor2.dumps({1: {0: "tag"}, 4: {0: [[
        {0: {0: cbor2.CBORTag(560, b"model"), 1: "acme"}},
        [{0: "agent", 1: {2: [[1, bytes(32)]]}}]]]}})
    body = cbor2.dumps(cbor2.CBORTag(501, {0: name, 1: [
        cbor2.CBORTag(506, mid)]}))
    prot = cbor2.dumps({1: -9, 3: "application/rim+cbor",
                        8: cbor2.dumps({0: {0: "maker"}})})
    r, s = utils.decode_dss_signature(key.sign(
        cbor2.dumps(["Signature1", prot, b"", body]),
        ec.ECDSA(hashes.SHA256())))
    return cbor2.dumps(cbor2.CBORTag(18, [
        prot, {4: thumbprint(key)}, body,
        r.to_bytes(32, "big") + s.to_bytes(32, "big")]))


def main(program, tamctl):
    tmp = tempfile.mkdtemp(prefix="admin.")
    path = tmp + "/admin.sock"
    log = open(tmp + "/log", "wb")
    served = subprocess.Popen([program, tmp], stderr=log)

    def http(method, target, body=None):
        """Status and body of one request whose target goes as it is."""
        data = b"" if body is None else json.dumps(body).encode()
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        s.sendall(b"%s %s HTTP/1.1\r\nHost: tamd\r\nConnection: close\r\n"
                  b"Content-Length: %d\r\n\r\n" %
                  (method.encode(), target.encode(), len(data)) + data)
        got = b""
        while more := s.recv(65536):
            got += more
        s.close()
        head, _, rest = got.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest

    def ctl(*args):
        return subprocess.run([tamctl, "--socket", path, *args],
                              capture_output=True, timeout=60)

    def names(what, key):
        return [i[key] for i in json.loads(ctl("--json", what, "list").stdout)]

    def file(name, content):
        with open(tmp + "/" + name, "wb") as f:
            f.write(content)
        return tmp + "/" + name

    try:
        for _ in range(100):
            if os.path.exists(path):
                break
            time.sleep(0.05)
        key = ec.generate_private_key(ec.SECP256R1())
        maker = ec.generate_private_key(ec.SECP256R1())
        pub = file("device.pem", pem(key))

        # one name is one thing, from the command line to the database
        r = ctl("device", "add", "dev1", "--key", pub)
        expect("device add", r.returncode == 0, r.stderr)
        r = ctl("device", "add", "dev1", "--key", pub)
        expect("twice", r.returncode == 1 and b"exists" in r.stderr, r.stderr)
        expect("unknown", ctl("device", "remove", "dev2").returncode == 1)
        for target in ("/v1/devices/dev1%00x", "/v1/devices/%64ev1%00",
                       "/v1/devices/dev%2531"):
            status, _ = http("DELETE", target)
            expect(target, status == 404, status)
        r = ctl("group", "leave", "..", "dev1")
        expect("dots are a name", r.returncode == 1, r.stderr)
        expect("still there", names("device", "name") == ["dev1"])
        status, _ = http("DELETE", "/v1/devices/%64ev1")
        expect("an encoded letter", status == 204, status)

        # an anchor's scope is as narrow as somebody meant it
        anchor = {"name": "maker", "key": pem(maker).decode()}
        for bad in ({"vendor": 5}, {"vendor": ""}, {"vendor": None},
                    {"class": ["6d"]}, {"class": ""}, {"vender": "acme"},
                    {"class-id": "6d6f64656c"}):
            scope = {"kinds": ["reference"], **bad}
            status, got = http("POST", "/v1/anchors",
                               {**anchor, "scopes": [scope]})
            expect("scope %r" % bad, status == 400, (status, got))
        for bad in ("reference", [["reference"]], [5], [], ["refs"]):
            status, got = http("POST", "/v1/anchors",
                               {**anchor, "scopes": [{"kinds": bad}]})
            expect("kinds %r" % bad, status == 400, (status, got))
        expect("no anchor", names("anchor", "name") == [])
        status, got = http("POST", "/v1/anchors", {
            **anchor, "scopes": [{"kinds": ["reference"], "vendor": "acme"}]})
        expect("scope", status in (200, 204), (status, got))
        for bad in (5, None, True, "", "00"):
            status, got = http("PUT", "/v1/assignments", {
                "group": "all", "component": "app/hello", "pin": bad})
            expect("pin %r" % bad, status == 400 and b'"pin"' in got,
                   (status, got))
        status, got = http("PUT", "/v1/assignments", {
            "group": "all", "component": "app/hello", "pinned": "00" * 32})
        expect("pin misspelt", status == 400, (status, got))

        # a repair set says for what, for whom and with what
        for bad in ({"cause": ""}, {"cause": 5}, {"cause": "a b"},
                    {"cause": "n" * 64}, {"group": "a b"}, {"pin": "00"},
                    {"couse": "agent"}):
            status, got = http("PUT", "/v1/repairs", {
                "group": "all", "cause": "agent", "component": "ta/x", **bad})
            expect("repair %r" % bad, status in (400, 413), (status, got))
        r = ctl("repair", "add", "all", "agent", "ta/x")
        expect("repair by what is not there", r.returncode == 1 and
               b"not-found" in r.stderr, r.stderr)
        r = ctl("repair", "remove", "all", "agent", "ta/x")
        expect("no such set", r.returncode == 1 and b"not-found" in r.stderr,
               r.stderr)
        r = ctl("repair", "list", "--pin", "00")
        expect("a pin for a list", r.returncode == 2, r.stderr)
        expect("no sets", names("repair", "cause") == [])

        # ids that makers choose
        ids = ["acme/fw-1", "a%41", "aA", "x\u009b2J\u202ey"]
        for i in ids:
            r = ctl("corim", "add", file("corim", corim(maker, i)))
            expect("corim %r" % i, r.returncode == 0, r.stderr)
        r = ctl("corim", "list")
        expect("table", r.returncode == 0 and r.stdout.isascii(), r.stdout)
        r = ctl("--json", "corim", "list")
        expect("JSON", r.returncode == 0 and r.stdout.isascii(), r.stdout)
        expect("all there", names("corim", "id") == sorted(ids))
        status, got = http("GET", "/v1/corims?most=1&after=a%2541")
        expect("after", status == 200 and
               json.loads(got)["items"][0]["id"] == "aA", got)
        for i in ("a%41", "acme/fw-1", ids[3]):
            r = ctl("corim", "remove", i)
            expect("remove %r" % i, r.returncode == 0, r.stderr)
        expect("the right ones", names("corim", "id") == ["aA"],
               names("corim", "id"))
        r = ctl("corim", "add", file("corim", corim(key, "other")))
        expect("stranger's", r.returncode == 1 and
               b"unknown-key" in r.stderr, r.stderr)

        # what an operator gets wrong is told in one line that names it
        private = file("private.pem", maker.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        for args, status, words in (
                (("device", "show", "ghost"), 1, b"device show ghost"),
                (("device", "add", "d", "--key", private), 1, b"private key"),
                (("device", "add", "d", "--key", tmp + "/none"), 1, b"/none"),
                (("device", "add", "d", "--key", tmp + "/corim"), 1,
                 b"no key"),
                (("assign", "all", "ta/ghost"), 1, b"component list"),
                (("group", "join", "all", "dev1"), 1, b"in 'all' already"),
                (("component", "show", "abcd"), 1, b"begins so"),
                (("device", "list", "--pin", "00"), 2, b"--pin"),
                (("device", "list", "--ghost"), 2, b"--ghost"),
                (("device", "ghost"), 2, b"device ghost")):
            r = ctl(*args)
            expect("wrong %r" % (args[:3],), r.returncode == status and
                   words in r.stderr and r.stderr.count(b"\n") == 1, r.stderr)
        r = subprocess.run([tamctl, "--socket", tmp + "/none", "device",
                            "list"], capture_output=True, timeout=60)
        expect("nobody there", r.returncode == 1 and b"/none" in r.stderr and
               b"No such file" in r.stderr, r.stderr)

        # a refusal without words is no success
        dumb = socket.socket(socket.AF_UNIX)
        dumb.bind(tmp + "/dumb.sock")
        dumb.listen(1)

        def refuse():
            conn, _ = dumb.accept()
            conn.recv(4096)
            conn.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
            conn.close()
        threading.Thread(target=refuse, daemon=True).start()
        r = subprocess.run([tamctl, "--socket", tmp + "/dumb.sock", "device",
                            "remove", "dev1"], capture_output=True, timeout=60)
        expect("status without a body", r.returncode == 1, r)
    finally:
        served.send_signal(signal.SIGTERM)
        try:
            served.wait(10)
        except subprocess.TimeoutExpired:
            served.kill()
        expect("stops cleanly", served.returncode == 0, served.returncode)
        log.close()
        if failed:
            with open(tmp + "/log", encoding="utf-8") as f:
                print(f.read()[-4000:])
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
