"""Inputs of programs: frames between processes, requests, settings, recipes,
records and keys, as ends.h, sock.h, mhd.h and records.h take them."""
import base64
import hashlib
import json

import cbor2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

import seeds_world as world

enc = world.enc
PKCS8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
         serialization.NoEncryption())
SEC1 = (serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption())
SPKI = (serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)
# The key of ends.c.
OWN = ec.derive_private_key(int("0123456789abcdef" * 4, 16), ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ID = [b"app"]
ID_RAW = enc(ID)
DIGEST = bytes(32)


def point(key):
    n = key.public_key().public_numbers()
    return {1: 2, -1: 1, -2: n.x.to_bytes(32, "big"),
            -3: n.y.to_bytes(32, "big")}


OWN_KID = hashlib.sha256(enc(point(OWN))).digest()


def signed(payload, kid=OWN_KID):
    return enc(cbor2.CBORTag(18, [enc({1: -9}), {4: kid}, payload,
                                  bytes(64)]))


def frame(item):
    data = enc(item)
    return len(data).to_bytes(4, "big") + data


def raw_frame(data):
    return len(data).to_bytes(4, "big") + data


# ---- tamd: keeper, HTTP, admin API, settings, databases

def questions(structures):
    for s in structures:
        for op, alg in ((2, -9), (2, -19), (3, -9)):
            yield enc([op, alg, s])
    for purpose in range(5):
        yield enc([1, purpose, b""])
    yield enc([4, 0, enc(world.key(9))])
    yield enc([4, 1, b""])
    yield enc([5, 0, b""])


def keeper_frames():
    yield frame([1, 0, b""])
    yield frame([1, 0, b""]) + frame([4, 0, bytes(100)])
    yield raw_frame(bytes(300)) + raw_frame(b"") + raw_frame(b"x")
    yield b"\x00\x10\x00\x00" + bytes(70)
    yield b"\xff\xff\xff\xff" + bytes(70)


def keeper_answers():
    keys = b"".join(frame([0, enc(world.key(n))]) for n in (1, 2, 3, 4))
    yield keys + frame([0, bytes(64)]) + frame([0, bytes(32)])
    yield keys + frame([0x50a, b""]) + frame([0x124, b""])
    yield keys[:-5] + frame([0, b"short"])
    yield frame([0, b"no key"])


def heads():
    good = ("Host: h\nAccept: application/teep+cbor\n"
            "Content-Type: application/teep+cbor\n")
    yield "POST /tam HTTP/1.1\n" + good + "Content-Length: 10\n\n"
    yield "POST /tam HTTP/1.1\n" + good + "Transfer-Encoding: chunked\n\n"
    yield "POST /tam HTTP/1.1\n" + good + "Content-Length: 1\n" * 2 + "\n"
    yield ("POST /tam HTTP/1.1\n" + good + "Content-Length: 1\n"
           "Transfer-Encoding: chunked\n\n")
    yield "POST /tam HTTP/1.0\n" + good + "Transfer-Encoding: chunked\n\n"
    yield "POST /tam?a=1&b HTTP/1.1\n" + good + "\n"
    yield "GET /tam HTTP/1.1\nAccept: a/b;q=0, */*;q=0.1\nHost : h\n\n"
    yield ("POST /tam HTTP/1.1\nAccept: application/*, text/plain;q=0.000\n"
           "Content-Type:  APPLICATION/teep+cbor ; x=y \nContent-Length: "
           "18446744073709551616\n\n")


def request(method, path, body=b""):
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    return b"%s %s HTTP/1.1\n\n%s" % (method.encode(), path.encode(), body)


def admin(corims):
    pem = OWN.public_key().public_bytes(*SPKI).decode()
    device = request("POST", "/v1/devices", {"name": "d", "key": pem})
    anchor = request("POST", "/v1/anchors", {
        "name": "a", "key": pem, "scopes": [
            {"kinds": ["reference", "endorsed", "attest-key"],
             "vendor": "0a0b0c", "class": "6d6f64656c"},
            {"kinds": ["manifests"]}]})
    add = request("POST", "/v1/components", envelope())
    group = request("PUT", "/v1/groups/g/devices/d")
    assign = request("PUT", "/v1/assignments",
                     {"group": "g", "component": "app"})
    grant = request("PUT", "/v1/grants", {"device": "d", "component": "app"})
    repair = {"group": "g", "cause": "agent", "component": "app"}
    lists = [request("GET", "/v1/%s?most=5&after=%%41" % name) for name in
             ("devices", "groups", "anchors", "corims", "components",
              "assignments", "grants")]
    yield b"\f".join([device, device, group, request("GET", "/v1/devices/d"),
                      request("DELETE", "/v1/groups/g/devices/d"),
                      request("DELETE", "/v1/devices/d")] + lists)
    yield b"\f".join([anchor, add, device, group, assign, grant,
                      request("GET", "/v1/devices/d")] + lists)
    yield b"\f".join([anchor, add, device, assign, grant, request(
        "DELETE", "/v1/grants", {"device": "d", "component": "app"}), request(
        "DELETE", "/v1/assignments", {"group": "g", "component": "app"}),
        request("DELETE", "/v1/anchors/a")])
    yield b"\f".join([anchor, add, request("PUT", "/v1/repairs", repair), request(
        "GET", "/v1/repairs"), request("DELETE", "/v1/repairs", repair)])
    yield b"\f".join([device, request(
        "PUT", "/v1/devices/d/certificate", {"certificate": "x"}), request(
        "POST", "/v1/devices", {"name": "e", "certificate": "x"}), request(
        "POST", "/v1/devices",
        {"name": "e", "key": pem, "certificate": "x"})])
    for corim in corims:
        yield b"\f".join([anchor, request("POST", "/v1/corims", corim),
                          request("GET", "/v1/corims"),
                          request("DELETE", "/v1/corims/id")])
    yield request("POST", "/v1/devices", b'{"name": "d", "name": 1}')
    yield request("POST", "/v1/anchors", b'{"name":"a","scopes":[{"x":1}]}')
    yield request("GET", "/v1/components/" + "0" * 64)
    yield request("DELETE", "/v1/components/zz")
    yield request("PATCH", "/v1/devices/%00")


def envelope():
    """World's envelope, signed by the key of ends.c."""
    return world.envelope(b"image").replace(world.kid(world.SIGNER), OWN_KID)


def tamd_ini():
    yield ("[tamd]\ndir = /d\nlisten = [::1]:80\nthreads = 2\n"
           "log_level = debug\n[limits]\nmemory = 16777216\n"
           "result_life=60\n[uids]\nkeeper = 5\nfront = root\n"
           "[identity]\nueid = 01" + "ab" * 16 + "\noemid = 0a0b0c\n")
    yield "; comment\n[tamd]\npath = tam\n"
    yield ("[verifier]\nuri = https://v/\nresult = teep\naccepts = warning\n"
           "assurance = process-grade\nseconds = 5\nsessions = 16\n")
    for host in ("v", "127.evil.example:8580", "127.0.0.1:8580", "[::1]"):
        yield f"[verifier]\nuri = http://{host}/\n"
    yield "[verifier]\nresult = xml\n"
    yield "[limits]\nconnects = 0\n"
    yield "[identity]\nhwmodel = \x1b[m\n"


def veraison():
    yield '{"nonce":"AAECAwQFBgc=","status":"waiting","accept":["a/b"]}'
    yield '{"nonce":"+/8","status":"complete","result":"a.b.c"}'
    yield '{"nonce":"+/8","status":"complete"}'
    yield '{"detail":"no such session","title":"Not Found","status":404}'
    yield '{"title":"Not Found"}'
    yield ('{"ear-verification-key":{"kty":"EC","crv":"P-256","x":"%s",'
           '"y":"%s"}}' % (43 * "A", 43 * "A"))
    yield enc(["a/b", bytes(32), [43 * "A"], bytes(32), b"Evidence"])
    yield enc(["a/b", bytes(8), [], b"", b""])


def rows(corims):
    k = enc(world.key(1))
    manifests = [[0, "g", 1], [4, DIGEST, "app", ID_RAW, 1, ID_RAW, DIGEST, 5,
                              DIGEST, 1, 3, b"env"], [5, "g", "app", None],
                 [5, "all", "app", DIGEST], [6, 1, "app"], [1, "g", 1],
                 [0, 1, "d", DIGEST, k, "", 1],
                 [0, 2, "e", bytes(31) + b"\x01", k, "numbering=legacy", 1]]
    trust = [[2, DIGEST, "a", k, 1], [3, DIGEST, 0, 15, "v", b"c"],
             [3, DIGEST, 1, 8, "", b""],
             [7, "id", DIGEST, 0, 1 << 62, 1, 1, 2, 1, corims[0]],
             [8, DIGEST, "id", k, b"c", "v", b"\x01" + bytes(16)]]
    state = [[9, 1, 1, 1, 1, 1, 1, 1, k, b"\x01" + bytes(16), bytes(32), 3,
              1, 0x20a, 2, 2, 1, 1, bytes(64), bytes(64), 1,
              enc([60, enc({1: ["x"], 2: [1, DIGEST]})])],
             [10, bytes(32), DIGEST, 1], [11, bytes(16), DIGEST, 1, bytes(64),
                                         enc([[b"app"]])[1:]],
             [12, 1, DIGEST, ID_RAW, ID_RAW, 1, 1, 1, 0x501, 2, 1, 0, 0],
             [13, 1, 3, 1, 0x20a, 2, 1, "what", "e", "f", "s"],
             [14, 1, ID_RAW, 1], [15, 1, bytes(32), 1]]
    repairs = manifests[1:2] + [[16, "all", "agent", "app", DIGEST],
                                [16, "g", "component:app", "app", None]]
    for group in (manifests, trust, state, repairs):
        yield b"".join(map(enc, group))
    for one in manifests + trust + state + repairs[1:]:
        yield enc(one)
        yield enc(one[:1] + [x if isinstance(x, int) else x * 9 if x else x
                             for x in one[1:]])


# ---- launcher and agent

def key_bytes(n):
    return enc(world.key(n))


def channel():
    entry = [60, enc({1: ["policy"], 2: [1, DIGEST]})]
    part = [60, enc({1: ["component:app"], 2: [1, DIGEST]})]
    manifest = [60, enc(["", [-16, DIGEST]])]
    yield [1, 1, 61103, bytes(16), [bytes(16)], [bytes(16)], [1, 6], b"env"]
    yield [2, 0, 3, b"evidence"]
    yield [3]
    yield [16, [world.key(1), world.key(2)], key_bytes(6)]
    yield [17, bytes(32), "YWJj", enc(point(OWN)), key_bytes(6), [manifest],
           [entry, part]]
    yield [17, bytes(8), "YWJj", key_bytes(5), key_bytes(6), [], []]
    yield [18, ID_RAW, DIGEST, 5, b"args"]
    yield [19, 3]


def even(item):
    """An odd octet brings a descriptor along: make the length even."""
    while len(enc(item)) % 2:
        item[2] += "A"
    return item


def requests():
    frames = [even(f) if f[0] == 17 else f for f in channel()]
    yield b"".join(map(frame, frames[4:]))
    for f in frames:
        yield frame(f)
        yield frame(f) + frame(f)


def app_answers():
    # an odd octet in the head brings a descriptor along
    started = frame([2, 0, 3, b"\x00" * 6])
    evidence = frame([2, 0, 3, b"e"])
    yield started + raw_frame(b"answer") * 3 + frame([2, 0, 0, b""])
    yield started + raw_frame(b"") + b"\x00\x02\x00\x00" + bytes(9)
    yield evidence + frame([3]) + started
    yield frame([2, 0x205, 0, b""]) * 3
    yield frame([16, [world.key(1)], key_bytes(6)])


def serve():
    for session in world.frames():
        yield b"".join(map(raw_frame, session))
    yield b"\x00\x00"
    yield b"\x02\x11\x00\x00" + bytes(9)


def sealed_keys():
    pem = OWN.private_bytes(*PKCS8)
    for keys in ([pem], [pem, ED.private_bytes(*PKCS8)], []):
        yield bytes(12) + enc([1, keys, pem]) + bytes(16)
    yield bytes(12) + enc([1, [b"no key"], pem]) + bytes(16)


def store_files(record):
    for content in (record, b""):
        yield (b"tamarind-store-1" + bytes(12) + bytes(8) + content +
               bytes(16))


def device_files():
    full = {1: b"\x01" + bytes(16), 2: b"oem", 3: b"model", 4: "1",
            5: [bytes(16)], 6: [bytes(16), bytes(16)]}
    yield enc(full)
    yield enc({**full, 7: 1})
    yield envelope()
    sealed = [1, [bytes(32)] * 10, DIGEST, b"private", b"public"]
    yield enc(sealed)
    yield enc([*sealed[:3], b"", b"public"])


def published():
    k = world.key
    yield enc([[k(1), k(2)], k(3), k(4), DIGEST, DIGEST, DIGEST])
    yield enc([[point(OWN)], point(OWN), point(OWN), DIGEST, DIGEST, DIGEST])
    yield enc([[], k(3), k(4), DIGEST, DIGEST, b""])


def agentd_ini():
    yield "[agentd]\nstate = /s\nsocket = /k\n[uids]\napps = 5\nagent=20\n"
    yield "[agentd]\nstate = /s\nsocket = /k\n[uids]\napps = 61100\n"
    yield "[uids]\nbroker = 0\n"
    yield "[agentd]\nno = 1\n[other]\nx = y\n"


def calls():
    yield raw_frame(b"one") + raw_frame(b"")
    yield raw_frame(bytes(2000))
    yield b"\x00\x00"


# ---- broker

def broker():
    uri = "https://t/"
    ask = frame([8, 1])
    yield ask + frame([21, 1, 0, b"status"])
    yield frame([3, 1, True]) + frame([17, 1, uri]) + frame(
        [18, 1, b"mm"]) + frame([16, 1]) + frame([16, 1])
    yield frame([1, 1, ID]) + frame([17, 1, uri, b"mm"]) + frame(
        [19, 1, uri, 0, 65536]) + frame([19, 1, uri, 500, 1]) + frame(
            [20, 1, 0x253])
    yield frame([7, 1, ID, b"in", 0]) + frame([21, 1, 0x205])
    yield frame([7, 1, ID, b"in", 0]) + frame([18, 1, b"m"])
    yield frame([17, 1, uri])
    yield ask + frame([8, 1])


def statuses():
    component = [ID, DIGEST, 5, True]
    full = {1: 1, 2: [7, DIGEST],
            3: [[ID, 1, DIGEST, "tam", "maker\x1b", "u", [component]]],
            4: [[ID, "tam"]], 5: [ID], 6: [["tam", "https://t/"]], 7: 1,
            8: [DIGEST], 9: DIGEST}
    yield enc(full)
    for member, value in full.items():
        yield enc({member: value})
    yield enc({3: [[ID, -1]]})


def uris():
    for a, b in (("https://h/", "https://h/a/b?c#d"),
                 ("https://h/a", "https://h/a/../b"),
                 ("https://h/a", "https://h/a/%2e%2E/b"),
                 ("http://[::1]:80/x", "http://[::1]/x/"),
                 ("https://u:p@h/", "https://h/"),
                 ("h", "HTTPS://H:443/a\\b")):
        yield (a + "\0" + b).encode()


def broker_ini():
    yield ("[broker]\nagent = /a\ncontrol = /c\nallow = http://127.0.0.1:1/\n"
           "map = https://a/ https://b/\nfetch_max = 5\ncheck_every = 60\n"
           "transfer_seconds=9\ncontrol_mode = 0660\nca_file = /x\n")
    yield "[broker]\nmap = https://a/\n"
    yield "[broker]\ncontrol_mode = 1777\n"
    yield "[other]\nagent = /a\n"


# ---- tools

def recipes():
    tam = {"name": "tam", "keys": ["k"], "uri": "https://t/",
           "prefixes": ["app", "policy"], "quota": 5, "unbound": "allow"}
    signer = {"name": "s", "keys": ["k"], "prefixes": ["app"],
              "hosts": ["https://h/"], "payload-key": 1}
    policy = {"admins": {"threshold": 1, "keys": ["k"]}, "tams": [tam],
              "signers": [signer], "verifiers": [{"name": "v",
                                                  "keys": ["k"]}],
              "recovery": {"name": "r", "keys": ["k"], "uri": "https://r/",
                           "prefixes": ["policy"]},
              "callers": [{"prefix": "app", "uids": [0, 1000]}]}
    yield json.dumps(policy)
    yield json.dumps({"admins": {"threshold": 1, "keys": ["k"]}, "tams": [],
                      "signers": []})
    yield json.dumps({"admins": {"threshold": 9}})
    place = {"oemid": "0a0b0c", "hwmodel": "6d6f", "assurance":
             "process-grade", "hwversion": "rev-b", "reference": [
                 {"name": "agent", "sha256": "ab" * 32},
                 {"name": "launcher", "file": "f"}],
             "attest-keys": [{"ueid": "01" + "00" * 16, "key": "k"}]}
    corim = {"id": "i", "tag-id": "t", "not-before": "2026-01-31",
             "not-after": "2027-01-31T12:00:00Z", "environments": [place]}
    yield json.dumps(corim)
    yield json.dumps({**corim, "not-after": 5, "environments": []})
    yield '{"id": "\\u0000", "x": 1}'


def checked(queries):
    """Messages under the key that `teep check` is given."""
    for payload in queries:
        yield signed(payload)


def answers():
    device = {"name": "d", "kid": "k", "verdict": "stale", "added": 1,
              "appraised": -9223372036854775808, "proven": None,
              "components": [{"id": "app", "sequence": 1, "wanted": 2,
                              "state": "failed", "reason": "r",
                              "reported": 5}],
              "appraisals": [{"time": 5, "reason": "bad-signature",
                              "what": "w\x1b", "found": "f"}],
              "requests": [{"component": "c", "time": 5}]}
    yield json.dumps(device)
    yield json.dumps({"items": [device, {"id": "x" * 30, "time": "t",
                                         "not-after": 1 << 62, "n": True,
                                         "scopes": [{"kinds": ["a", "b"],
                                                     "vendor": "v",
                                                     "class": "c"}]}]})
    yield '{"items": {"a": [[1.5]]}, "\\u001b": 1}'
    yield '{"components": [5], "appraisals": "x"}'


def private_keys():
    for key in (OWN, ED):
        yield key.private_bytes(*PKCS8)
        yield key.public_key().public_bytes(*SPKI)
    yield OWN.private_bytes(*SEC1)
    d = OWN.private_numbers().private_value.to_bytes(32, "big")
    yield enc({**point(OWN), -4: d})
    yield enc({1: 1, -1: 6, -2: ED.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw),
        -4: bytes(range(32))})
    yield ec.derive_private_key(5, ec.SECP384R1()).private_bytes(*PKCS8)
    yield OWN.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).replace(b"\n", b"\r\n")


def texts():
    kid = base64.urlsafe_b64encode(OWN_KID).decode().rstrip("=")
    for text in ("0", "1000", "1001", "0x1", "-1", "18446744073709551616",
                 "aBcD", "abc", kid, kid + "=", "A", "debug",
                 "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                 "6ba7b810-9dad-11d1-80b4-00c04fd430c",
                 "application/eat+cwt; eat_profile=p",
                 'Application/EAT+cwt ;eat_profile="p"',
                 'application/eat+cwt; a="\\""; eat_profile=p', "\x1b[2J\\\n\t",
                 "x" * 70):
        yield text.encode()


def identifiers():
    for segments in ([b"app"], [b"a", b"b/c"], [b"\x00\xff"], [b"%"], [b""],
                     [], [b"x" * 200], [b"a"] * 9):
        yield enc(segments)
    for text in ("app", "a/b", "%00%ff", "a//b", "a%", "a%zz", "", "/", "x" * 300,
                 "hex:00ff/b"):
        yield text.encode()


def challenges():
    yield (100).to_bytes(4, "big") + bytes(28)
    yield (1000000).to_bytes(4, "big") + bytes([7]) * 12 + bytes(16)
    yield (1000000).to_bytes(4, "big") + bytes(27) + b"\x01"
    yield bytes([255]) * 32
