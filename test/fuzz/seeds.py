#!/usr/bin/python3
"""Write test/fuzz/corpus/<target>/ from test/vectors and a few forms made here.

    test/fuzz/seeds.py [--into FOLDER]

Files are named by the SHA-1 of their content, as libFuzzer does, so that the
same input is there once.  Those that reach nothing new are not kept:
    test/fuzz/seeds.py --into SEEDS
    build/fuzz/test/fuzz/fuzz_X -merge=1 test/fuzz/corpus/X SEEDS/X
What a fuzzer finds later is added by tools/fuzz --keep.
"""
import base64
import glob
import hashlib
import os
import sys

import cbor2
from cryptography.hazmat.primitives import serialization

import seeds_cc
import seeds_shell as shell
import seeds_world

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
INTO = sys.argv[2] if sys.argv[1:2] == ["--into"] else os.path.join(
    HERE, "corpus")
P_256, ED25519 = 1, 6


JSON = [
    b'{"$as":"teep","$item":{"type":"Update","options":{"token":"00"}}}',
    b'{"$as":"cbor","$item":[{"$map":[[1,2],[1,3]]},{"$head":4,"$item":1},'
    b'{"$chunks":["00"],"$of":"bytes"},{"$float":"7e00"},{"$int":"-1"}],'
    b'"$after":"ff"}',
    b'{"$as":"cose","$item":{"$tag":"COSE_Sign1","$item":{"protected":{"alg":'
    b'-7},"unprotected":{"kid":"00"},"payload":{"$cbor":{"iat":'
    b'"2026-01-31T12:00:00Z"},"$as":"eat"},"signature":""}}}',
    b'{"$as":"suit-manifest","$item":{"install":[{"fetch":["record-failure"]}'
    b',{"set-component-index":true}],"manifest-component-id":"a/b"}}',
]


def tpm():
    """Of each structure that test/fuzz/target/tpm.c reads, one that is whole."""
    be = lambda n, v: v.to_bytes(n, "big")
    le = lambda n, v: v.to_bytes(n, "little")
    b2 = lambda b: be(2, len(b)) + b
    p256 = lambda n: {1: 2, -1: 1, -2: bytes([n]) * 32, -3: bytes([n]) * 32}
    h = bytes(32)
    yield b"\0" + bytes.fromhex("ff5443478018") + b2(b"\0\x0b" + h) + b2(
        h) + be(8, 9) + be(8, 1) + b"\1" + be(8, 2) + be(4, 1) + bytes.fromhex(
        "000b03ff8300") + b2(h)
    yield b"\1" + bytes.fromhex("0018000b") + b2(h) + b2(h[1:])
    yield b"\2" + bytes.fromhex("0023000b000500720000001000180" +
                                "00b00030010") + b2(h) + b2(h)
    yield b"\2" + bytes.fromhex("0001000b000300b2") + b2(h) + bytes.fromhex(
        "00060080004300100800") + be(4, 0) + b2(h * 8)
    head = le(8, 3 << 32) + bytes(20) + le(4, 37) + \
        b"Spec ID Event03\0" + bytes(4) + b"\0\2\2\2" + le(4, 2) + \
        bytes.fromhex("040014000b00200000")
    event = lambda pcr, kind, data: le(4, pcr) + le(4, kind) + bytes.fromhex(
        "01000000" "0b00") + hashlib.sha256(data).digest() + le(
        4, len(data)) + data
    yield b"\3" + head + event(0, 3, b"StartupLocality\0\3") + event(
        4, 6, b"kernel") + event(4, 4, bytes(4))
    yield b"\3" + head + event(4, 4, bytes(4)).replace(b"\x0b\0", b"\x0b\0a")
    keys = [1, p256(1), [p256(2), {1: 1, -1: 6, -2: h}], p256(3),
            [["author", p256(4)]]]
    yield b"\4" + cbor2.dumps(keys, canonical=True)
    yield b"\5" + cbor2.dumps([1, h, b"q", b"s", [h] * 11, b"", h, b"k", b"e"])


def put(target, data):
    folder = os.path.join(INTO, target)
    os.makedirs(folder, exist_ok=True)
    name = hashlib.sha1(data).hexdigest()
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def raw(pattern):
    for path in sorted(glob.glob(os.path.join(VECTORS, pattern))):
        with open(path, "rb") as f:
            yield f.read()


def digits(pattern):
    for data in raw(pattern):
        yield bytes.fromhex("".join(data.decode().split()))


def each(target, inputs):
    for data in inputs:
        put(target, data.encode() if isinstance(data, str) else data)


def cose_key(n, crv=P_256):
    """Not a point, most likely: the target's port believes it."""
    fill = bytes([n]) * 32
    if crv == ED25519:
        return {1: 1, -1: ED25519, -2: fill}
    return {1: 2, -1: P_256, -2: fill, -3: fill[::-1]}


def key_of(pem):
    """The COSE_Key of a public key in PEM; None if it is of another kind."""
    key = serialization.load_pem_public_key(pem)
    if hasattr(key, "curve"):
        if key.curve.name != "secp256r1":
            return None
        n = key.public_numbers()
        return {1: 2, -1: P_256, -2: n.x.to_bytes(32, "big"),
                -3: n.y.to_bytes(32, "big")}
    return {1: 1, -1: ED25519, -2: key.public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)}


def enc(value):
    return cbor2.dumps(value)


def manifests():
    """(manifest, payload) of every envelope, payload empty if elsewhere."""
    for data in raw("suit/*.suit"):
        envelope = cbor2.loads(data)
        if isinstance(envelope, cbor2.CBORTag):
            envelope = envelope.value
        inside = [v for k, v in envelope.items() if isinstance(k, str)]
        yield envelope[3], inside[0] if inside else b""
    # Every command and parameter of the profile, and severed members.
    image = b"image"
    digest = [-16, hashlib.sha256(image).digest()]
    shared = [12, True, 19, {1: bytes(16), 2: bytes(16)},
              20, {3: enc(digest), 14: len(image)}, 1, 15, 2, 15]
    common = {2: [[b"a"], [b"b", b"c"]], 4: enc(shared)}
    install = [12, 0, 20, {21: "#tc"}, 21, 2, 3, 15, 12, 1, 20, {18: image},
               18, 2, 6, 15, 3, 15]
    tries = [12, 0, 15, [enc([20, {13: True, 21: "https://h/x"}, 14, 5]),
                         enc([12, True, 20, {21: "#tc"}, 21, 2, 3, 15])]]
    nested = [12, [0, 1], 32, enc([20, {21: "#tc"}, 21, 2, 3, 15])]
    run = [12, 0, 20, {23: b"args"}, 23, 2]
    for sequence in (install, tries, nested):
        yield enc({1: 1, 2: 7, 3: enc(common), 4: "https://h/m",
                   5: [b"m"], 20: enc(sequence), 7: enc([12, True, 3, 15]),
                   9: enc(run), 24: enc([12, True, 33, 0])}), image
    yield enc({1: 1, 2: 7, 3: enc(common), 16: digest, 23: digest,
               20: enc(install)}), image


def dependents():
    """(manifest, inner): the second is depended on, by 32 zeros."""
    zero = enc([-16, bytes(32)])
    get = [12, 0, 21, 2, 7, 15, 11, 15]
    check = [12, 0, 7, 15, 11, 15]
    for compat, index in ((0, 0), (7, 1)):
        get[1] = check[1] = index
        ids = [[b"d"], [b"a"]] if index == 0 else [[b"a"]]
        outer = {1: 1, 2: compat, 3: enc({
            1: {index: {} if index == 0 else {1: [b"d"]}}, 2: ids,
            4: enc([12, index, 20, {3: zero, 21: "#tc"}])}),
            7: enc(check), 9: enc(check), 15: enc(get),
            20: enc([*check, 12, True, 15, [enc([8, 15]), None],
                     12, 0, 3, 15]), 24: enc(check)}
        for content in ([20, {18: b"x"}, 18, 2, 3, 15], [14, 15],
                        [20, {21: "#tc"}, 21, 2]):
            yield enc(outer), enc({1: 1, 2: 3, 3: enc({2: [[b"a"]]}),
                                   7: enc([]), 9: enc([23, 2]),
                                   20: enc(content), 24: enc([33, 2])})


def rims():
    """Published ones; bare tags get what stands around them."""
    yield from raw("rats/corim/corim-*.cbor")
    yield from raw("rats/corim/veraison/*.cbor")
    yield from raw("rats/cots/*.cbor")
    tags = [cbor2.CBORTag(506, b) for b in raw("rats/corim/comid-*.cbor")]
    tags += [cbor2.CBORTag(508, b) for b in raw("rats/corim/cotl-*.cbor")]
    for tag in tags:
        yield enc(cbor2.CBORTag(501, {0: "id", 1: [tag]}))


def claims():
    """What is said leads to what is said next, and a series decides."""
    place = {0: {1: "v"}}
    a, b = ([{0: n, 1: {1: 5}}] for n in ("a", "b"))
    c = [{0: "c", 1: {11: "n"}}]
    triples = {0: [[place, a]], 1: [[place, c]],
               8: [[[place, a], [[c, b]]], [[place, []], [[b, a], [a, c]]]],
               10: [[[[place, a], [place, c]], [[place, b]]]]}
    comid = cbor2.CBORTag(506, enc({1: {0: "t"}, 4: triples}))
    yield enc(cbor2.CBORTag(501, {0: "id", 1: [comid]}))


def stores():
    keys = {0: [[0, b"c"], [2, b"k"]], 1: [b"a"]}
    yield enc([{2: [], 6: keys}])
    yield enc([{1: {0: "i"}, 2: [{0: {0: {1: "v"}}, 2: "m"}], 6: keys},
               {0: "en", 2: [{1: {0: {1: "v"}}}, {3: "n"}], 3: ["eat", "cots"],
                4: [{10: 1}], 5: [{2: 3}], 6: keys}])
    for corim in raw("rats/cots/*.cbor"):
        tag = cbor2.loads(cbor2.loads(corim).value[2])[1][0]
        yield enc(cbor2.loads(tag).value)


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def results():
    """EAR: what all the members look like, and a Result to believe."""
    key = enc({1: 1, -1: 6, -2: bytes(32)})
    body = {4: 5, 6: 1, 8: {3: hashlib.sha256(key).digest()}, 10: b"12345678",
            265: "tag:ietf.org,2026:rats/ear#03", 1000: 2, 1002: b"e",
            1004: {0: "d", 1: "b"}}
    one = {10: b"12345678", 265: "p", 1000: 2, 1001: {i: 2 for i in range(8)},
           1003: ["policy"], 65000: {10: b"12345678"},
           -70002: {"akpub": bytes(44)}}
    for status, value in ((2, 2), (0, 2), (32, -40), (96, 99)):
        one[1000], one[1001][3], body[1000] = status, value, status
        yield enc({**body, 266: {"PSA": one}})
        yield enc({**body, 266: {"a": one, "PSA": one}})


def signed_results():
    """Both forms, about the key that the target asks for; one as a CWT."""
    sign1 = lambda claims: [enc({1: -19}), {4: bytes(32)}, enc(claims),
                            bytes(64)]
    device = {256: b"\x01" + bytes(16), 258: b"abc", 259: b"m", 260: ["1"],
              272: [[60, enc(["", [-16, bytes(32)]])]]}
    teep = {**device, 4: 2**31, 5: 1, 6: 1, 8: {3: bytes(32)}, 10: bytes(8),
            265: "urn:ietf:rfc:rfcXXXX", -80004: "process-grade"}
    one = {1000: 32, 1001: {2: 32}, 10: bytes(8), 65000: device,
           -70002: {"akpub": bytes.fromhex("302a300506032b6570032100") +
                    bytes(32)}}
    ear = {6: 1, 8: {3: bytes(32)}, 265: "tag:ietf.org,2026:rats/ear#03",
           266: {"eat": one}, 1004: {0: "d", 1: "b"}}
    yield enc(sign1(teep))
    yield enc(cbor2.CBORTag(61, cbor2.CBORTag(18, sign1(ear))))
    yield enc(sign1({k: v for k, v in ear.items() if k != 8}))


def corims():
    place = {0: {0: cbor2.CBORTag(560, b"model"), 1: "0a0b0c"}}
    device = dict(place)
    device[1] = cbor2.CBORTag(550, b"\x01" + bytes(16))
    triples = {
        0: [[place, [{0: "agent", 1: {2: [[1, bytes(32)]]}}]],
            [place, [{0: "hwversion", 1: {0: {0: "rev-b"}}}]]],
        1: [[place, [{0: "assurance", 1: {11: "process-grade"}}]]],
        3: [[device, [cbor2.CBORTag(558, cose_key(7))]],
            [device, [cbor2.CBORTag(558, cose_key(8, ED25519))]]],
    }
    comid = cbor2.CBORTag(506, enc({1: {0: "tag"}, 4: triples}))
    other = cbor2.CBORTag(506, enc({1: {0: bytes(16), 1: 0}, 4: {
        0: triples[0]}}))
    time = {0: cbor2.CBORTag(1, 0), 1: cbor2.CBORTag(1, 4000000000)}
    for body in ({0: "id", 1: [comid]}, {0: bytes(16), 1: [other, comid],
                                        4: time, 5: [{0: "n", 2: [1]}]}):
        plain = enc(cbor2.CBORTag(501, body))
        yield plain
        for prot in ({1: -9, 3: "application/rim+cbor",
                      8: enc({0: {0: "maker"}, 1: time})},
                     {1: -19, 3: "application/rim+cbor",
                      15: {1: "maker", 4: 4000000000, 5: 0}}):
            yield enc(cbor2.CBORTag(18, [enc(prot), {4: b"kid"}, plain,
                                         bytes(64)]))


def policies():
    prefix = [[b"app"], [b"policy"]]
    tam = {1: "tam", 2: [cose_key(1), cose_key(2, ED25519)], 3: cose_key(3),
           4: "https://tam.example/tam", 5: prefix, 6: 1 << 20, 7: True,
           8: {1: 1, 2: 1, 3: 1, 4: 1, 5: 2, 6: 1},
           9: {1: ["v"], 2: 60, 3: 32}}
    signer = {1: "maker", 2: [cose_key(4)], 3: prefix,
              4: ["https://tam.example/"], 5: 1,
              6: [[None, 2], [[b"app"], 9]]}
    recovery = {1: "rescue", 2: [cose_key(5)], 4: "https://r.example/",
                5: [[b"policy"]], 8: {6: 1}}
    full = {1: 1, 2: {1: 2, 2: [cose_key(6), cose_key(7), cose_key(8)]},
            3: [tam], 4: [signer], 5: [{1: "v", 2: [cose_key(9)]}],
            6: recovery, 7: [{1: [b"app"], 2: [0, 1000]}, {1: []}]}
    yield enc(full)
    yield enc({1: 1, 2: {1: 1, 2: [cose_key(6)]}, 3: [], 4: [], 6: recovery})


def frames():
    a, uri = [b"app", b"1"], "https://tam.example/tam"
    for frame in ([1, 1, a], [1, 1, a, uri], [2, 1, a], [3, 1, True],
                  [4, 1, b"body"], [4, 1, b""], [5, 1, 0x253],
                  [6, 1, 0, b"piece", False], [6, 1, 65536, b"", True],
                  [7, 1, a, b"in", 1000], [8, 1], [16, 1], [17, 1, uri],
                  [17, 1, uri, b"m"], [18, 1, b"m"], [19, 1, uri, 0, 65536],
                  [20, 1, 0x253], [21, 1, 0, b"out"], [21, 1 << 40, 1, b""]):
        yield enc(frame)


def make_recipes():
    """The recipes of docs/make.md, each after the number of its kind."""
    with open(os.path.join(HERE, "..", "..", "docs", "make.md"),
              encoding="utf-8") as f:
        page = f.read()
    blocks = ["".join(line[4:] or "\n" for line in part.splitlines(True))
              for part in page.split("\n\n") if part.startswith("    # ")]
    order = ["A QueryRequest", "A QueryResponse", "An Update", "A Success",
             "An Error", "Evidence", "An Attestation", "A SUIT Report",
             "A SUIT manifest"]
    for text in blocks:
        for n, name in enumerate(order):
            if text.startswith("# " + name):
                yield bytes([n]) + text.encode()


def tables():
    every = {0: 1, 1: -2, 2: True, 3: b"abc", 4: "abc", 5: {1: [2]}, 6: {},
             7: [1], 8: [1, "a", b""], 9: [b"a", b""], 24: [0, 24, 256],
             256: [{1: 2}], -1: [[], [1]], -25: enc([1])}
    yield enc(every) + b""
    for key, value in every.items():
        yield enc({0: 1, key: value})
    yield enc({0: 0, 99: 1, "text": 2})


def reports():
    """A manifest, a procedure, and a report of it, true or not."""
    zero = [-16, bytes(32)]
    records = [[[], 3, 11, 0, {}], [[], 3, 81, 0, {1: bytes(16)}],
               [[], 20, 5, 1, {3: enc(zero)}], [[0], 7, 1, 0, {}],
               {0: [b"a"], 3: enc(zero)}]
    results = [True] + [{5: -1, 6: record, 7: reason}
                        for record in records[:4] for reason in (10, 11, 12)]
    for m, _ in manifests():
        for n, result in enumerate(results):
            yield m + enc(n % 3) + enc(
                {3: records[:n % 6], 4: result, 8: {1: [[b"a", True]]},
                 99: ["", zero]})


each("cbor", digits("cbor/*.hex"))
each("cbor", digits("teep/v26_*.hex"))
each("cbor", raw("suit/own-report-*.cbor"))
each("cbor_other", digits("cbor/*.hex"))
each("cbor_table", tables())
each("cose_signed", raw("cose/*sign*.cbor"))
each("cose_signed", raw("cose/attestation_*.cbor"))
each("cose_signed", raw("cose/libteep_*.cbor"))
each("cose_signed", raw("cose/suit_td0_auth.cbor"))
each("cose_encrypted", raw("cose/*encrypted*.cbor"))
each("cose_symmetric", map(bytes.fromhex, (
    "d18443a10105a04a7265706f7274206865726558" "20" + 32 * "61",
    "d18443a10105a1044161f6582000" + 31 * "00",
    "d08343a10101a1054c010101010101010101010101582400" + 35 * "11",
    "d08340a20139fffd0550" + 16 * "02" + "5400" + 19 * "22")))
each("cose_encrypted", raw("cose/*.cose"))
each("public_key", raw("cose/*.pub.pem"))
each("public_key", raw("cose/*.cert.pem"))
each("path", seeds_cc.paths())
each("hardware", seeds_cc.reports())
for pem in raw("cose/*.pub.pem"):
    if key_of(pem) is not None:
        each("cose_key", [enc(key_of(pem))])
        each("public_key", [enc(key_of(pem))])
each("teep", digits("teep/*.hex"))
each("eat", digits("eat/*.hex"))
each("ear", raw("rats/ear/*.cbor"))
each("ear", results())
each("result", signed_results())
each("cmw", raw("rats/cmw/*.cbor"))
each("rats_json", raw("rats/*/*.json"))
each("rats_json", (
    b'{"exp":2,"cnf":{"kid":"AAEC"},"eat_nonce":"MDEyMzQ1Njc","ear_status":0,'
    b'"submods":{"a":{"ear_status":32,"eat_profile":"p","eat_nonce":"AA"}}}',
    b'{"submods":{"a":{"ear_status":"x"}}}', b'{"iat":-1}', b'{"iat":1.5}',
    b'{"submods":{"a":{"ear_teep_claims":{"hwversion":["1",1,1]}}}}',
    b'{"a":{"a":{"a":{"a":{"a":{"a":["a/b","AA"]}}}}}}', b'[60,"AA",4]',
    b'[true,"A"]', b'["a/b"]', b'{"__cmwc_t":5}', b'[0,0]', b'[0,""] '))
each("rats_jwt", (
    b".".join((b64(head), b64(b'{"eat_profile":"tag:ietf.org,2026:rats/ear#03"'
                              b',"iat":1,"ear_verifier_id":{"developer":"d",'
                              b'"build":"b"},%s"submods":{"a":{"ear_status":'
                              b'"%s"%s}}}' % (cnf, status, sub)), b64(bytes(64))))
    for head in (b'{"alg":"ES256"}', b'{"alg":"none"}', b'{')
    for cnf in (b'"cnf":{"kid":"' + 43 * b"A" + b'"},', b"")
    for status in (b"affirming", b"contraindicated")
    for sub in (b"", b',"tamarind_refusal":{"reason":"bad-signature",'
                b'"claim":"c","found":"f"}')))
each("cots", stores())
each("measured", raw("rats/measured-component/*.cbor"))
each("receipt", raw("rats/receipts/*.cbor"))
each("cmw", [enc({1: {"a": {2: {3: [4, b"x", 4]}, "__cmwc_t": b"U"}}})])
each("link", frames())
each("suit_envelope", raw("suit/*.suit"))
each("suit_run", (m + p for m, p in manifests()))
each("suit_run", (m + p for m, p in dependents()))
each("suit_report", raw("suit/own-report-*.cbor"))
each("suit_replay", reports())
each("suit_capabilities", map(enc, (
    {1: [[b"ta", True]], 2: [1, 2, 3, 20, 21], 3: [1, 2, 3, 14, 21],
     4: [-16, -9, -19]},
    {1: [[True], [], [b"a", b"b"]], 2: [-300], 3: [3], 4: [1], 10: [1],
     (3, 3, 1): [3]})))
each("corim", corims())
each("corim_whole", rims())
each("acs", rims())
each("acs", claims())
each("policy", policies())
each("json", digits("teep/v26_*.hex"))
each("json", digits("cbor/indefinite-*.hex"))
each("json", digits("cbor/*-unsorted.hex"))
each("json", raw("suit/teep-uri.suit"))
each("json", raw("cose/attestation_*.cbor"))
each("json", JSON)
each("make_recipe", make_recipes())
each("agent", (b"".join(f) for f in seeds_world.frames()))
each("tam", seeds_world.messages())

# A record that an agent has written, and what the keeper may be asked to sign.
record = next(raw("../fuzz/corpus/agent_record/fresh"))
structures = list(raw("../fuzz/corpus/keeper/*"))
signed = [c.replace(b"Ckid", b"\x58\x20" + shell.OWN_KID) for c in corims()
          if b"Ckid" in c]
each("keeper_answer", shell.questions(structures))
each("keeper_frames", shell.keeper_frames())
each("keeper_client", shell.keeper_answers())
each("http_rules", shell.heads())
each("admin", shell.admin(signed))
each("tamd_ini", shell.tamd_ini())
each("veraison", shell.veraison())
each("records", shell.rows(signed))
each("channel", map(enc, shell.channel()))
each("launcher", shell.requests())
each("agent_apps", shell.app_answers())
each("agent_serve", shell.serve())
each("agent_keys", shell.sealed_keys())
each("file_store", shell.store_files(record))
each("agentd_state", shell.device_files())
each("agentd_public", shell.published())
each("agentd_ini", shell.agentd_ini())
each("ta", shell.calls())
each("broker", shell.broker())
each("broker_status", shell.statuses())
each("broker_uri", shell.uris())
each("broker_ini", shell.broker_ini())
each("recipe", shell.recipes())
for target in ("teep_show", "suit_tool"):
    each(target, raw("suit/*.suit"))
each("teep_show", digits("teep/v26_*.hex"))
each("teep_show", digits("eat/*.hex"))
each("teep_show", raw("cose/*.cbor"))
each("teep_show", raw("suit/own-report-*.cbor"))
each("teep_show", corims())
each("teep_show", policies())
each("teep_show", seeds_world.messages())
each("teep_check", shell.checked(digits("teep/v26_*.hex")))
each("teep_check", (m.replace(seeds_world.kid(5), shell.OWN_KID).replace(
    seeds_world.kid(2), shell.OWN_KID) for m in seeds_world.messages()))
each("teep_tools", raw("cose/*.pem"))
each("teep_tools", corims())
each("tamctl", shell.answers())
each("private_key", shell.private_keys())
each("mbedtls_key", shell.private_keys())
each("mbedtls_key", raw("cose/*.pem"))
each("text", shell.texts())
each("suit_id", shell.identifiers())
each("challenge", shell.challenges())
each("evidence", [seeds_world.CHALLENGE + seeds_world.evidence()])
each("author", raw("suit/*.suit"))
each("author", corims())
each("tpm", tpm())
