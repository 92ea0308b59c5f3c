"""TEEP messages, read strictly: the grammar, sizes and the rules between
fields of one message.  From the draft; shares no code with lib/teep."""
import cbor2

from cbor import Refused, decode, need

U32 = (1 << 32) - 1
LIST, WORK, FORMAT = 256, 64, 512


def _int(v):
    return isinstance(v, int) and not isinstance(v, bool)


def uint(most, least=0):
    return lambda v: need(_int(v) and least <= v <= most, "uint")


def octets(least=0, most=None):
    return lambda v: need(isinstance(v, bytes) and least <= len(v) and
                          (most is None or len(v) <= most), "bstr")


def text(most):
    def check(v):
        need(isinstance(v, str) and 1 <= len(v.encode()) <= most, "tstr")
        need(all(ord(c) >= 0x20 and not 0x7f <= ord(c) <= 0x9f for c in v),
             "control character")
    return check


def listing(item, most, least=1):
    def check(v):
        need(isinstance(v, list) and least <= len(v) <= most, "list")
        for one in v:
            item(one)
    return check


def integer(v):
    need(_int(v) and -(1 << 63) <= v < 1 << 63, "int")


def operation(v):
    need(isinstance(v, list) and len(v) == 2, "operation")
    uint((1 << 64) - 1)(v[0])
    integer(v[1])


def profile(v):
    need(isinstance(v, list) and len(v) == 4, "profile")
    for number in v:
        integer(number)


component = listing(octets(), LIST, 0)


def claims(v):
    need(isinstance(v, dict) and len(v) >= 2 and 0 in v, "claims")
    component(v[0])
    for key in v:
        integer(key)


def requested(v):
    need(isinstance(v, dict) and set(v) <= {15, 16, 17}, "requested")
    need(15 in v, "component-id")
    component(v[15])
    if 16 in v:
        uint(U32)(v[16])
    need(isinstance(v.get(17, False), bool), "have-binary")
    need(not v.get(17) or 16 in v, "have-binary without a number")


suites = listing(listing(operation, LIST), LIST)
profiles = listing(profile, LIST)
OPTIONS = {
    1: suites, 2: octets(8, 512), 3: listing(uint(U32), LIST), 4: profiles,
    5: uint(U32), 6: octets(), 7: listing(claims, LIST, 0),
    8: listing(uint(U32), LIST, 0), 9: listing(octets(), WORK),
    10: text(128), 11: text(128), 12: text(FORMAT),
    13: listing(requested, LIST), 14: listing(component, LIST),
    18: listing(octets(), WORK), 19: octets(8, 64),
    20: listing(uint((1 << 64) - 1), LIST), 21: text(35), 22: uint(U32, 1)}
ALLOWED = {
    1: {2, 3, 6, 12, 18, 19, 20}, 2: {5, 6, 7, 8, 12, 13, 14, 18, 19},
    3: {6, 9, 11, 12, 14, 19, 21, 22}, 4: {10, 18, 19},
    5: {1, 2, 3, 4, 11, 18, 19, 20, 21}}
MEMBERS = {1: 5, 2: 2, 3: 2, 4: 2, 5: 3}


def rules(kind, options, message):
    need(12 not in options or 6 in options, "format without payload")
    if kind != 1:
        return
    attest = message[4] & 1
    need(attest or 19 in options, "token")
    need(attest or not {2, 20} & set(options), "challenge without attestation")


def read(data):
    """The message as it would be written again: unknown options left out,
    the others in the order of their labels."""
    message = decode(data)
    need(isinstance(message, list) and message and _int(message[0]), "array")
    kind = message[0]
    need(kind in MEMBERS, "unknown-message-type")
    need(len(message) == MEMBERS[kind] and isinstance(message[1], dict),
         "members")
    options = {}
    for label, value in message[1].items():
        need(_int(label) or isinstance(label, str), "label")
        if label in ALLOWED[kind]:
            OPTIONS[label](value)
            options[label] = value
    if kind == 1:
        suites(message[2])
        profiles(message[3])
        uint((1 << 64) - 1)(message[4])
    if kind == 5:
        uint(U32, 1)(message[2])
    rules(kind, options, message)
    return cbor2.dumps([kind, dict(sorted(options.items())), *message[2:]])


def accepts(data):
    try:
        return read(data)
    except Refused:
        return None
