"""Messages for the agent and the TAM of world.h, whose keys are numbers and
whose crypto port believes every signature."""
import base64
import hashlib

import cbor2

CHALLENGE = bytes(4) + bytes([7]) * 12 + bytes(16)  # as the port makes it
TOKEN = b"0123456789abcdef"
TAM, SIGNER, RESULT, TEEP, REPORT, EVIDENCE = 2, 3, 4, 5, 6, 7
# A TAM that has to prove itself, and who vouches for it.
PROVEN, VERIFIER = 8, 9
DEMAND = bytes([7]) * 32
SUITES = [[[18, -9]], [[18, -19]]]
PROFILES = [[-16, -9, -29, 1]]


def enc(value):
    return cbor2.dumps(value)


def key(n):
    return {1: 2, -1: 1, -2: bytes([n]) * 32, -3: bytes([n]) * 32}


def kid(n):
    return hashlib.sha256(enc(key(n))).digest()


def sign1(payload, n, tagged=True):
    body = [enc({1: -9}), {4: kid(n)}, payload, bytes(64)]
    return enc(cbor2.CBORTag(18, body) if tagged else body)


def sign(payload, n):
    return enc(cbor2.CBORTag(98, [b"", {}, payload, [
        [enc({1: -19}), {4: bytes(32)}, bytes(64)],
        [enc({1: -9}), {4: kid(n)}, bytes(64)]]]))


def encrypt(plain):
    """What a port that opens everything takes for COSE_Encrypt."""
    ephemeral = {1: 2, -1: 1, -2: bytes([9]) * 32, -3: bytes([9]) * 32}
    recipient = [enc({1: -29}), {-1: ephemeral, 4: bytes(32)}, bytes(24)]
    return enc(cbor2.CBORTag(96, [enc({1: 1}), {5: bytes(12)},
                                  plain + bytes(16), [recipient]]))


def envelope(image, uri="#tc", sequence=1, integrated=True):
    digest = enc([-16, hashlib.sha256(image).digest()])
    shared = [20, {1: b"v" * 16, 2: b"c" * 16, 3: digest, 14: len(image)}, 1, 15, 2, 15]
    manifest = enc({1: 1, 2: sequence,
                    3: enc({2: [[b"app"]], 4: enc(shared)}), 5: [b"app"],
                    7: enc([3, 15]), 9: enc([23, 2]),
                    20: enc([20, {21: uri}, 21, 15, 3, 15])})
    own = enc([-16, hashlib.sha256(enc(manifest)).digest()])
    block = enc(cbor2.CBORTag(18, [enc({1: -9}), {4: kid(SIGNER)}, None,
                                   bytes(64)]))
    members = {2: enc([own, block]), 3: manifest}
    if integrated:
        members[uri] = image
    return enc(cbor2.CBORTag(107, members))


def query_request(items=3, challenge=CHALLENGE, more=None):
    options = {20: [0], 2: challenge, 3: [0], **(more or {})}
    if items & 1 == 0:
        options = {19: TOKEN}
    return enc([1, options, SUITES, PROFILES, items])


def update(options, challenge=CHALLENGE, token=TOKEN, iat=1000):
    result = sign1(enc({8: {3: kid(TEEP)}, 10: challenge, 6: iat,
                        4: 4000000000}), RESULT, tagged=False)
    return enc([3, {6: result, 19: token, **options}])


def proofs():
    """What a TAM may say for itself."""
    ear = "tag:ietf.org,2026:rats/ear#03"
    digest = bytes([0x22]) * 32
    claims = {4: 2000, 6: 1000, 8: {3: kid(PROVEN)}, 10: DEMAND}
    yield {6: sign1(enc({**claims, 5: 1000, 256: b"\x01" + bytes(16),
                         258: bytes(3), 259: b"tamd", 260: ["none"],
                         265: "urn:ietf:rfc:rfcXXXX",
                         272: [[60, enc(["", [-16, digest]])]]}),
                    VERIFIER, tagged=False)}
    part = {1000: 2, 1001: {0: 2, 2: 2}, 10: DEMAND}
    yield {6: sign1(enc({**claims, 265: ear, 266: {"tamd": part}, 1000: 2,
                         1004: {0: "v", 1: "1"}}), VERIFIER, tagged=False),
           12: f'application/eat+cwt; eat_profile="{ear}"'}
    yield {6: b"Evidence", 12: "application/eat+cwt"}


def proven():
    """Sessions of that TAM."""
    def ask(more=None):
        return enc([4, 1, sign1(query_request(more=more), PROVEN)])

    install = enc([4, 1, sign1(update({9: [envelope(b"image")]}), PROVEN)])
    report = {18: [sign1(b"report", REPORT)]}
    for proof in proofs():
        yield [ask(), ask({**proof, **report}), install, ask(), install]
        yield [ask(proof), ask({6: b"", **report})]


def frames():
    """Sessions of a broker, each a sequence of frames."""
    begin = [enc([3, 1, True]), enc([4, 1, sign(query_request(), TAM)])]
    image = b"image"

    def say(options):
        return enc([4, 1, sign1(update(options), TAM)])

    install = say({9: [envelope(image)]})
    fetched = say({9: [envelope(image, "https://h/i", integrated=False)]})
    call = enc([7, 1, [b"app"], b"in", 0])
    status = enc([8, 1])
    yield begin + [install, call, status]
    yield begin + [fetched, status, enc([6, 1, 0, image, True]), call]
    yield begin + [fetched, enc([5, 1, 0x253])]
    later = CHALLENGE[::-1]
    yield begin + [install,
                   enc([4, 1, sign1(query_request(challenge=later), TAM)]),
                   enc([4, 1, sign1(update({14: [[b"app"]]}, later,
                                           TOKEN[::-1], 1001), TAM)]), status]
    yield begin + [install, *begin[1:], install, status]
    again = enc([4, 1, sign1(query_request(challenge=later), TAM)])
    yield begin + [install, again, enc([4, 1, sign1(update(
        {9: [envelope(b"other")]}, later, TOKEN[::-1], 1001), TAM)]), status]
    yield begin + [say({11: "no", 21: "en", 22: 1}), enc([4, 1, b""])]
    yield [enc([1, 2, [b"app"], "https://tam.example/"]),
           enc([4, 2, sign1(query_request(2), TAM)]), enc([2, 2, [b"app"]])]
    yield [enc([4, 3, b"\x80"]), enc([4, 3, b"\x80"]), status]
    yield from proven()


def evidence():
    digest = bytes([0x22]) * 32
    text = base64.urlsafe_b64encode(kid(TAM)).decode().rstrip("=")
    claims = {
        3: text, 8: {1: key(TEEP)}, 10: CHALLENGE,
        256: b"\x01" + bytes(16), 258: bytes.fromhex("0a0b0c"),
        259: b"model", 260: ["rev-b"],
        265: "tag:tamarind.example,2026:evidence#1", 268: bytes(32),
        272: [[60, enc(["", [-16, digest]])], [60, enc(["u", [-16, digest]])]],
        273: [[60, enc({1: [name], 2: [1, digest]})]
              for name in ("launcher", "agent", "policy")],
        -80001: key(REPORT), -80003: "none",
    }
    return sign1(enc(claims), EVIDENCE)


def messages():
    """What agents send to a TAM."""
    form = ('application/eat+cwt; '
            'eat_profile="tag:tamarind.example,2026:evidence#1"')
    manifest = bytes([0x11]) * 32
    for payload in (evidence(), encrypt(evidence())):
        for options in ({7: []}, {7: [{0: [b"app"], 3: enc([-16, manifest]),
                                       14: 5}],
                                  13: [{15: [b"app"], 16: 1}],
                                  14: [[b"app"]]}):
            yield sign1(enc([2, {6: payload, 12: form, **options}]), TEEP)
    reference = ["u", [-16, manifest]]
    good = enc({2: TOKEN, 3: [], 4: True, 99: reference})
    bad = enc({2: TOKEN, 3: [], 4: {5: -1, 6: [[0], 20, 2, 0, {}], 7: 3},
               99: reference})
    for report in (good, bad, encrypt(good)):
        yield sign1(enc([4, {19: TOKEN, 18: [sign1(report, REPORT)]}]), TEEP)
        yield sign1(enc([5, {19: TOKEN, 18: [sign1(report, REPORT)],
                             11: "no"}, 11]), TEEP)
    for code, options in ((8, {4: PROFILES}), (8, {4: [[-16, -19, -29, 24]]}),
                          (3, {20: [0, 1]}), (4, {3: [0]}), (10, {}),
                          (7, {20: [0]})):
        yield sign1(enc([5, options, code]), TEEP)
    yield sign1(enc([4, {10: "done", 19: TOKEN}]), TEEP)
    yield sign1(enc([5, {1: SUITES, 3: [0], 20: [0]}, 5]), TEEP)
