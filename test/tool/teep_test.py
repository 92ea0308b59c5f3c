"""The teep tool: what it makes, what it takes, and what it refuses and why.

usage: teep_test.py TEEP VECTORS
Messages are written by test/interop, which shares no code with the tool.
"""
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

from cbor import Tag, decode, encode  # noqa: E402
from cose import (  # noqa: E402
    EAT_ENCRYPTION, ED25519, ESP256, REPORT_ENCRYPTION, Key, encrypt,
    key_id_text, sha256, sign, sign1, verify1, keyring)
import evidence  # noqa: E402

TEEP, VECTORS = sys.argv[1], pathlib.Path(sys.argv[2])
FORMAT = ('application/eat+cwt; eat_profile='
          '"tag:tamarind.example,2026:evidence#1"')
TOKEN = bytes(range(16))
PROFILE = [-16, -9, -29, 1]
failed = 0


def fail(*words):
    global failed
    failed += 1
    print("FAILED:", *words, file=sys.stderr)


def expect(status, text, *words, data=None):
    """Exit status, and text on either stream; answers stdout."""
    done = subprocess.run([TEEP, *map(str, words)], input=data,
                          capture_output=True, timeout=60, check=False)
    said = (done.stdout + done.stderr).decode()
    if done.returncode != status or text not in said or "Sanitizer" in said:
        fail(*words, "->", done.returncode, said)
    if status != 0 and words[0] != "check" and done.stderr.count(b"\n") != 1:
        fail(*words, "-> not one line:", done.stderr.decode())
    return done.stdout.decode()


def usage():
    for words in (["--help"], ["-h"], ["show", "--help"], ["key", "--help"],
                  ["check", "-h"], ["key", "new", "--help"],
                  ["key", "show", "--help"], ["corim", "sign", "--help"],
                  ["corim", "create", "-h"], ["policy", "create", "-h"]):
        expect(0, "usage: teep", *words)
    expect(0, "teep 0.", "--version")
    for words in ([], ["nonsense"], ["key"], ["key", "nonsense"], ["show"],
                  ["show", "a", "b"], ["show", "--nonsense", "a"],
                  ["show", "--as", "nonsense", VECTORS / "v26/error.cbor"],
                  ["check", "a"], ["check", "--as", "tam", "a"],
                  ["check", "--as", "broker", "--keys", ".", "a"],
                  ["check", "--as", "tam", "--keys", ".", "--time", "soon",
                   "a"],
                  ["key", "new"], ["key", "new", "--alg", "rsa", "-o", "x"],
                  ["key", "new", "--alg", "esp256", "-o", "-"],
                  ["corim", "create", "x"], ["corim", "sign", "x", "-o", "y"],
                  ["policy", "create", "x"]):
        done = subprocess.run([TEEP, *map(str, words)], capture_output=True,
                              timeout=60, check=False)
        if done.returncode != 2 or b"; try 'teep --help'" not in \
                done.stderr.splitlines()[-1]:
            fail(*words, done.returncode, done.stderr)
    for words in (["show", "missing"], ["key", "show", "missing"],
                  ["check", "--as", "tam", "--keys", ".", "missing"],
                  ["corim", "create", "missing", "-o", "x"],
                  ["policy", "create", "missing", "-o", "x"]):
        expect(1, "", *words)
    expect(1, "no key in it", "check", "--as", "tam", "--keys",
           VECTORS / "v26", VECTORS / "v26/error.cbor")
    expect(1, "--keys wants a folder", "show", "--keys", "missing",
           VECTORS / "v26/error.cbor")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TEEP, "show", VECTORS / "v26/error.cbor"],
                              stdout=full, stderr=subprocess.PIPE,
                              timeout=60, check=False)
    if done.returncode != 1:
        fail("a full disk is no success", done.returncode)


def show_input():
    expect(1, "bad-text", "show", "-", data=b"8401 0\n")
    expect(1, "not CBOR of a known kind", "show", "-", data=b"hello world")
    expect(1, "not CBOR of a known kind", "show", "-", data=b"")
    expect(0, "Update", "show", "-",
           data=(VECTORS / "v26/update.hex").read_bytes().upper())
    # foreign text drives no terminal
    out = expect(0, "\\x1b[2J", "show", "-",
                 data=encode([4, {10: "\x1b[2Jgone\u202e"}]).replace(
                     b"\x0a", b"\x18\x63"))
    if "\x1b" in out:
        fail("escape sequence printed")
    # duplicate keys, trailing octets, long forms: said where
    expect(1, "duplicate-key", "show", "-",
           data=bytes.fromhex("8204a213480000000000000000"
                              "13480000000000000000"))
    expect(1, "trailing-bytes: bytes follow the item (offset 3", "show", "-",
           data=bytes.fromhex("8204a000"))
    expect(1, "not-shortest-form", "show", "-",
           data=bytes.fromhex("820418a0"[:4] + "1804a0"))
    # a demand that nobody understands
    key = Key.new(ESP256)
    expect(1, "unknown-crit", "show", "-", data=sign1(
        key, encode([4, {}]), protected={1: -9, 2: [99], 99: 1}))
    expect(0, "SUIT_Envelope", "show", VECTORS / "suit/suit_integrated.cbor")
    expect(1, "wrong-type", "show", "--as", "teep",
           VECTORS / "suit/suit_integrated.cbor")


def keys():
    for alg, kind in (("esp256", "P-256"), ("ed25519", "Ed25519"),
                      ("p256-ecdh", "P-256")):
        out = expect(0, kind, "key", "new", "--alg", alg, "-o", f"{alg}.pem",
                     "--public", f"{alg}.pub")
        path = pathlib.Path(f"{alg}.pem")
        if stat.S_IMODE(path.stat().st_mode) != 0o600:
            fail(path, "is readable by others")
        key = Key.from_pem(path.read_bytes())
        if key.private is None or key.kid.hex() not in out or \
                key_id_text(key.kid) not in out:
            fail("key new", out)
        for name in (f"{alg}.pem", f"{alg}.pub"):
            if expect(0, "", "key", "thumbprint", name).strip() != \
                    key.kid.hex():
                fail("thumbprint of", name)
        said = json.loads(expect(0, "", "key", "show", "--json", path))
        if said["kind"] != kind or said["private"] is not True or \
                said["thumbprint"] != key.kid.hex():
            fail("key show --json", said)
        if "public" not in expect(0, "", "key", "show", f"{alg}.pub"):
            fail("key show", alg)
        before = path.read_bytes()
        expect(1, "--force", "key", "new", "--alg", alg, "-o", path)
        if path.read_bytes() != before:
            fail("overwritten:", path)
        expect(0, "", "key", "new", "--alg", alg, "-o", path, "--force")
        if path.read_bytes() == before:
            fail("not overwritten:", path)
        (pathlib.Path(f"{alg}.cose")).write_bytes(encode(key.cose))
        expect(0, key.kid.hex(), "key", "show", f"{alg}.cose")
    expect(1, "", "key", "new", "--alg", "esp256", "-o", "no/such/folder")
    expect(1, "", "key", "show", VECTORS / "v26/error.cbor")
    secret = VECTORS / "generated/keys/agent-esp256.cose_key.cbor"
    d = decode(secret.read_bytes())[-4].hex()
    if d in expect(0, "private", "key", "show", secret):
        fail("private part shown")


def recipe(name, value):
    pathlib.Path(name).write_text(
        value if isinstance(value, str) else json.dumps(value))
    return name


def corim():
    made = Key.from_pem(pathlib.Path("esp256.pem").read_bytes())
    good = {
        "id": "demo", "tag-id": "demo-1", "not-before": "2026-01-01",
        "not-after": "2036-01-31T12:00:00Z",
        "environments": [{
            "oemid": "894823", "hwmodel": "0102", "hwversion": ["1.0", "1.1"],
            "assurance": "process-grade",
            "reference": [{"name": "agent", "sha256": "ab" * 32},
                          {"name": "launcher", "file": "esp256.pub"}],
            "attest-keys": [{"ueid": "01" + "22" * 16, "key": "esp256.pem"}],
        }, {"oemid": 64242, "hwmodel": "03",
            "reference": [{"name": "agent", "sha256": "cd" * 32}]}],
    }
    os.makedirs("deep", exist_ok=True)
    for name in ("esp256.pub", "esp256.pem"):  # beside the recipe, not here
        (pathlib.Path("deep") / name).write_bytes(
            pathlib.Path(name).read_bytes())
    expect(0, "", "corim", "create", recipe("deep/c.json", good), "-o",
           "c.corim")
    body = decode(pathlib.Path("c.corim").read_bytes())
    comid = decode(body.value[1][0].value)
    reference = [m for _, ms in comid[4][0] for m in ms]
    if body.tag != 501 or body.value[0] != "demo" or \
            body.value[4] != {0: Tag(1, 1767225600), 1: Tag(1, 2085393600)}:
        fail("corim", body)
    if {m[0]: m[1] for m in reference if 2 in m[1]} != {
            "agent": {2: [[1, b"\xcd" * 32]]},
            "launcher": {2: [[1, sha256(
                pathlib.Path("esp256.pub").read_bytes())]]}}:
        fail("corim", reference)
    if [e[0] for e, _ in comid[4][0]][-1] != {0: Tag(560, b"\x03"),
                                              1: "64242"}:
        fail("corim", comid[4][0])
    (environment, (key,)), = comid[4][3]
    if key != Tag(558, made.cose) or environment[1] != Tag(
            550, b"\x01" + b"\x22" * 16):
        fail("corim", environment, key)
    if comid[4][1][0][1] != [{0: "assurance", 1: {11: "process-grade"}}]:
        fail("corim", comid[4][1])
    expect(0, "CoRIM, unsigned", "corim", "show", "c.corim")
    expect(0, "", "corim", "sign", "--key", "ed25519.pem", "--name", "Maker",
           "c.corim", "-o", "s.corim")
    maker = Key.from_pem(pathlib.Path("ed25519.pem").read_bytes())
    payload, _ = verify1(pathlib.Path("s.corim").read_bytes(),
                         keyring(maker))
    if payload != pathlib.Path("c.corim").read_bytes():
        fail("corim sign", payload)
    expect(0, "signer-name (0): \"Maker\"", "show", "s.corim")
    expect(1, "exists", "corim", "sign", "--key", "ed25519.pem", "s.corim",
           "-o", "t.corim")
    expect(1, "", "corim", "sign", "--key", "ed25519.pub", "c.corim", "-o",
           "t.corim")
    expect(1, "", "corim", "sign", "--key", "ed25519.pem",
           VECTORS / "v26/error.cbor", "-o", "t.corim")
    for path, change in (
            ("line 1", '{"id": "a", "id": "b"}'),
            ("line 1", "{"),
            ("an object is wanted", "[]"),
            ("id: is missing", {"id": None}),
            ("there is no member \"colour\"", {"colour": 1}),
            ("not-after: lies before", {"not-after": "2025-01-01"}),
            ("not-after: a time", {"not-after": "soon"}),
            ("environments: 1 to", {"environments": []}),
            ("environments[0]: says nothing",
             {"environments": [{"oemid": 1, "hwmodel": "01"}]}),
            ("environments[0].oemid", {"environments": [
                {"oemid": "8948", "hwmodel": "01"}]}),
            ("environments[0].hwmodel: hex text", {"environments": [
                {"oemid": 1, "hwmodel": "xyz"}]}),
            ("environments[0].assurance", {"environments": [
                {"oemid": 1, "hwmodel": "01", "assurance": "perfect"}]}),
            ("environments[0].reference[0]: one of sha256 and file",
             {"environments": [{"oemid": 1, "hwmodel": "01", "reference": [
                 {"name": "a"}]}]}),
            ("environments[0].reference[0].sha256", {"environments": [
                {"oemid": 1, "hwmodel": "01", "reference": [
                    {"name": "a", "sha256": "00"}]}]}),
            ("environments[0].attest-keys[0].key: missing", {"environments": [
                {"oemid": 1, "hwmodel": "01", "attest-keys": [
                    {"ueid": "01" * 17, "key": "missing"}]}]}),
            ("environments[0].attest-keys[0].ueid", {"environments": [
                {"oemid": 1, "hwmodel": "01", "attest-keys": [
                    {"ueid": "01", "key": "esp256.pub"}]}]})):
        bad = change
        if isinstance(change, dict):
            bad = {k: v for k, v in {**good, **change}.items()
                   if v is not None}
        expect(1, path, "corim", "create", recipe("bad.json", bad), "-o",
               "bad.corim")
        if pathlib.Path("bad.corim").exists():
            fail("written in spite of", path)


def policy():
    made = {}
    for name in ("admin", "tam", "enc", "signer", "recovery"):
        expect(0, "", "key", "new", "--alg", "esp256", "-o", f"{name}.pem",
               "--public", f"{name}.pub")
        made[name] = Key.from_pem(pathlib.Path(f"{name}.pub").read_bytes())
    good = {
        "admins": {"threshold": 1, "keys": ["admin.pub"]},
        "tams": [{"name": "main", "keys": ["tam.pub"], "encryption":
                  "enc.pub", "uri": "https://tam.example/tam",
                  "prefixes": ["ta", "ta/deep%20er"], "quota": 1000,
                  "unbound": "allow"}],
        "signers": [{"name": "acme", "keys": ["signer.pub"], "prefixes":
                     ["ta"], "hosts": ["https://a.example/"]}],
        "callers": [{"prefix": "ta", "uids": [1000]}, {"prefix": "/"}],
        "recovery": {"name": "rescue", "keys": ["recovery.pub"], "uri":
                     "https://r.example/", "prefixes": ["policy"],
                     "dialect": {"evidence": "if-key"}},
    }
    expect(0, "", "policy", "create", recipe("p.json", good), "-o", "p.cbor")
    if decode(pathlib.Path("p.cbor").read_bytes()) != {
            1: 1, 2: {1: 1, 2: [made["admin"].cose]},
            3: [{1: "main", 2: [made["tam"].cose], 3: made["enc"].cose,
                 4: "https://tam.example/tam",
                 5: [[b"ta"], [b"ta", b"deep er"]], 6: 1000, 7: True}],
            4: [{1: "acme", 2: [made["signer"].cose], 3: [[b"ta"]],
                 4: ["https://a.example/"]}],
            6: {1: "rescue", 2: [made["recovery"].cose],
                4: "https://r.example/", 5: [[b"policy"]], 8: {6: 1}},
            7: [{1: [b"ta"], 2: [1000]}, {1: []}]}:
        fail("policy", decode(pathlib.Path("p.cbor").read_bytes()))
    # a coordinate that begins like a COSE_Encrypt0 is a coordinate
    pathlib.Path("y.hex").write_text(
        "a401022001215820" + "ee" * 32 + "225820d0" + "83" * 31)
    expect(0, "d08383", "show", "y.hex")
    out = expect(0, "object of an agent", "policy", "show", "p.cbor")
    for word in ("ta/deep%20er", made["signer"].kid.hex(), "unbound (7)"):
        if word not in out:
            fail("policy show lacks", word)

    if "evidence (6): if-key" not in out:
        fail("policy show lacks the dialect", out)

    def without(name, *path):
        bad = json.loads(json.dumps(good))
        at = bad
        for step in path:
            at = at[step]
        del at[name]
        return bad

    def having(value, name, *path):
        bad = json.loads(json.dumps(good))
        at = bad
        for step in path:
            at = at[step]
        at[name] = value
        return bad

    for dialect, want in (
            ("default", None),
            ("legacy", {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 1}),
            ({"numbering": "legacy"}, {1: 1}),
            ({"algorithms": "polymorphic", "profiles": "two"}, {2: 1, 3: 1}),
            ({"first": "sign1", "reports": "sealed"}, {4: 1, 5: 1})):
        expect(0, "", "policy", "create",
               recipe("d.json", having(dialect, "dialect", "tams", 0)), "-o",
               "d.cbor")
        row = decode(pathlib.Path("d.cbor").read_bytes())[3][0]
        if row.get(8) != want:
            fail("policy dialect", dialect, row.get(8))
    for text, bad in (
            ("admins: is missing", without("admins")),
            ("recovery: is missing", without("recovery")),
            ("tams[0].uri: is missing", without("uri", "tams", 0)),
            ("tams[0]: there is no member \"colour\"",
             having(1, "colour", "tams", 0)),
            ("tams[0].unbound: \"allow\"", having("deny", "unbound", "tams",
                                                    0)),
            ("tams[0].prefixes[0]: a component identifier",
             having(["a b"], "prefixes", "tams", 0)),
            ("callers[0].uids[0]: a number",
             having(["root"], "uids", "callers", 0)),
            ("tams[0]: \"encryption\" is missing",
             without("encryption", "tams", 0)),
            ("tams[0].dialect: \"legacy\"",
             having("old", "dialect", "tams", 0)),
            ("tams[0].dialect: there is no member \"update\"",
             having({"update": "unbound"}, "dialect", "tams", 0)),
            ("tams[0].dialect.reports: this axis",
             having({"reports": "none"}, "dialect", "tams", 0)),
            # what the agent would refuse
            ("out-of-range", having(2, "threshold", "admins")),
            ("wrong-key-purpose", having(["tam.pub"], "keys", "signers", 0)),
            ("uri-not-allowed", having(["https://a.example"], "hosts",
                                       "signers", 0)),
            ("unexpected-field", having(["ta"], "prefixes", "recovery")),
            ("", having(["missing.pub"], "keys", "admins"))):
        expect(1, text, "policy", "create", recipe("bad.json", bad), "-o",
               "bad.cbor")
        if pathlib.Path("bad.cbor").exists():
            fail("written in spite of", text)


class Peers:
    """Keys of both sides, and the folder that holds the public ones."""

    def __init__(self):
        self.folder = pathlib.Path("ring")
        self.folder.mkdir()
        self.device = evidence.Device("d", ESP256, ED25519)
        self.tam, self.tam2 = Key.new(ED25519), Key.new(ESP256)
        self.verifier, self.ecdh = Key.new(ESP256), Key.new(ESP256)
        d = self.device
        for name, key in (("agent", d.teep), ("report", d.report),
                          ("evidence", d.evidence), ("tam", self.tam),
                          ("tam2", self.tam2), ("verifier", self.verifier)):
            (self.folder / f"{name}.pem").write_bytes(key.pem())
        (self.folder / "ecdh.pem").write_bytes(self.ecdh.private_pem())
        (self.folder / "notes.txt").write_text("no key\n")

    def check(self, receiver, data, reason, *options):
        status = 0 if reason == "" else 1
        text = f"refused: {reason}: " if reason else "accepted: "
        out = expect(status, text, "check", "--as", receiver, "--keys",
                     self.folder, *options, "-", data=data)
        if "\n" not in out or "Sanitizer" in out:
            fail(out)
        return out

    def result(self, key=None, **change):
        d = self.device
        body = {8: {3: d.teep.kid}, 10: bytes(32), 256: d.ueid,
                258: d.oemid, 259: d.hwmodel, 260: d.hwversion,
                265: "urn:ietf:rfc:rfcXXXX",
                272: [evidence.manifest_entry("", bytes(32))]}
        for claim, value in change.items():
            if value is None:
                del body[int(claim[1:])]
            else:
                body[int(claim[1:])] = value
        return sign1(key or self.verifier, encode(body), tagged=False)


def messages():
    p = Peers()
    d, agent = p.device, p.device.teep
    request = encode([1, {19: TOKEN}, [[[18, -9]]], [PROFILE], 2])
    p.check("agent", sign([p.tam, p.tam2], request), "")
    p.check("agent", sign1(p.tam, request), "")
    p.check("agent", sign1(Key.new(ESP256), request), "unknown-key")
    p.check("agent", request, "unsigned")
    p.check("agent", sign1(p.tam, request)[:-1], "truncated")
    p.check("tam", sign1(agent, request), "unknown-message-type")
    p.check("tam", sign([agent], encode([4, {}])), "not-cose")
    p.check("agent", sign([p.tam], encode([3, {}])), "not-cose")
    p.check("agent", sign1(p.tam, encode([4, {}])), "unknown-message-type")
    # no private key is a peer
    p.check("agent", sign1(p.ecdh, request), "unknown-key")

    # a sender is pinned to a dialect, and heard in no other
    legacy = encode([1, {3: [0], 20: TOKEN}, [[[18, -9]]], [PROFILE], 2])
    two = encode([1, {19: TOKEN}, [[[18, -9]]], [[-9, 1]], 2])
    for message, dialect in ((legacy, "numbering=legacy"),
                             (two, "profiles=two"), (request, "default"),
                             (request, "first=sign1,reports=bare")):
        p.check("agent", sign1(p.tam, message), "", "--dialect", dialect)
    for message, dialect in ((legacy, "default"), (two, "default"),
                             (request, "numbering=legacy"),
                             (request, "profiles=two"),
                             (request, "algorithms=polymorphic")):
        p.check("agent", sign1(p.tam, message), "wrong-dialect", "--dialect",
                dialect)
    p.check("agent", sign([p.tam], request), "wrong-dialect", "--dialect",
            "first=sign1")
    out = expect(0, "token (20)", "show", "--dialect", "numbering=legacy",
                 "-", data=legacy)
    if "versions (3)" not in out or "!!" in out:
        fail(out)
    for bad in ("numbering", "numbering=old", "colour=blue", "update"):
        expect(2, "--dialect", "show", "--dialect", bad, "-", data=legacy)

    # an Error carries what its code is about
    p.check("tam", sign1(agent, encode([5, {3: [0]}, 4])), "")
    for code in (3, 4, 5, 7, 8):
        p.check("tam", sign1(agent, encode([5, {}, code])), "message-rule")

    # Results
    def response(payload, **options):
        return sign1(agent, encode([2, {6: payload, **options}]))

    p.check("tam", response(p.result()), "")
    out = p.check("tam", response(p.result(Key.new(ESP256))), "")
    if "signature not verified: no key for it" not in out:
        fail(out)
    out = p.check("tam", response(encrypt(p.ecdh, p.result(),
                                          EAT_ENCRYPTION)), "")
    if "Attestation Result: decrypted" not in out:
        fail(out)
    out = p.check("tam", response(encrypt(Key.new(ESP256), p.result(),
                                          EAT_ENCRYPTION)), "undecryptable")
    for claim in ("_256", "_258", "_259", "_260", "_272"):
        p.check("tam", response(p.result(**{claim: None})), "result-claims")
    p.check("tam", response(p.result(_265="urn:other")), "result-claims")
    p.check("tam", response(p.result(_8={3: d.report.kid})),
            "result-not-bound")
    p.check("tam", response(p.result(_8={1: agent.cose})), "")
    p.check("tam", response(p.result(_4=1000)), "expired")
    p.check("tam", response(p.result(_4=1000)), "", "--time", "999")
    p.check("tam", response(p.result(_5=1000)), "out-of-range", "--time",
            "600")
    flipped = bytearray(p.result())
    flipped[-1] ^= 1
    p.check("tam", response(bytes(flipped)), "bad-signature")
    p.check("tam", response(b""), "truncated")
    # in an Update it is about somebody else than who signs
    p.check("agent", sign1(p.tam, encode([3, {6: p.result()}])), "")

    # Evidence
    def proof(recipient=None, **change):
        body = evidence.claims(d, bytes(32), p.tam.kid)
        for claim, value in change.items():
            body[int(claim[1:])] = value
        return sign1(agent, encode([2, {
            6: evidence.evidence(d, body, recipient), 12: FORMAT}]))

    p.check("tam", proof(p.ecdh), "")
    p.check("tam", proof(), "")
    p.check("tam", proof(_8={1: d.report.cose}), "evidence-not-bound")
    p.check("tam", proof(_256=b"\x02" + bytes(16)), "out-of-range")
    p.check("tam", proof(_265="urn:other"), "unexpected-field")
    out = p.check("tam", sign1(agent, encode([2, {
        6: b"{}", 12: "application/eat+jwt"}])), "")
    if "not looked into" not in out:
        fail(out)

    # reports
    def success(report, token=TOKEN):
        return sign1(agent, encode([4, {18: [report], 19: token}]))

    ok = {2: TOKEN, 3: [], 4: True, 99: ["", [-16, bytes(32)]]}
    p.check("tam", success(sign1(d.report, encode(ok))), "")
    p.check("tam", success(encode(ok)), "")
    p.check("tam", success(encrypt(p.ecdh, encode(ok), REPORT_ENCRYPTION)),
            "")
    p.check("tam", success(sign1(d.report, encrypt(
        p.ecdh, encode(ok), REPORT_ENCRYPTION))), "")
    p.check("tam", success(sign1(agent, encode(ok))), "report-key")
    p.check("tam", success(sign1(d.report, encode({**ok, 2: b"8 octets"}))),
            "report-nonce")
    p.check("tam", success(sign1(d.report, encode(
        {k: v for k, v in ok.items() if k != 2}))), "report-nonce")
    p.check("tam", success(sign1(d.report, encode({**ok, 4: 1}))),
            "wrong-type")
    flipped = bytearray(sign1(d.report, encode(ok)))
    flipped[-1] ^= 1
    p.check("tam", success(bytes(flipped)), "bad-signature")

    # manifests
    suit = (VECTORS / "suit/suit_integrated.cbor").read_bytes()

    def update(envelope):
        return sign1(p.tam, encode([3, {9: [envelope], 19: TOKEN}]))

    out = p.check("agent", update(suit), "")
    if "signature not verified: no key for it" not in out or \
            "no Attestation Result" not in out:
        fail(out)
    signer = VECTORS / "keys/suit_signer_p256_public.pem"
    (p.folder / "signer.pem").write_bytes(signer.read_bytes())
    out = p.check("agent", update(suit), "")
    if "signature verified by signer.pem (ca9e35f2)" not in out:
        fail(out)
    broken = bytearray(suit)
    broken[suit.index(b"TEEP-Device")] ^= 1
    p.check("agent", update(bytes(broken)), "manifest-digest")
    p.check("agent", update(b"\xa0"), "missing-field")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in (usage, show_input, keys, corim, policy, messages):
            part()
        os.chdir("/")
    return 1 if failed else 0


TEEP, VECTORS = str(pathlib.Path(TEEP).resolve()), VECTORS.resolve()
sys.exit(main())
