"""SUIT envelopes, manifests and reports, read from their CDDL and from this
project's limits, and told as text.  Shares no code with anybody.
                              [SUIT SUIT_Envelope, SUIT Report SUIT_Report]

Nobody who signed is believed here; digests are compared by nobody either:
this is what suit_parse and suit_report_read do.
"""
import struct

import cbor2

from cbor import Refused, Tag, decode, need

U8, U32, U64 = 255, (1 << 32) - 1, (1 << 64) - 1
SHA256 = -16
PAIRS = 256
SEVERABLE = (14, 15, 16, 18, 20, 23)
SECTIONS = (7, 8, 9) + SEVERABLE + (24,)


def hexed(b):
    return "'%s'" % b.hex()


def text(v):
    """An item, as readers.c writes it."""
    if v is False or v is True or v is None:
        return {False: "s20", True: "s21", None: "s22"}[v]
    if isinstance(v, int):
        return str(v) if v >= 0 else hexed(cbor2.dumps(v))
    if isinstance(v, bytes):
        return "h" + hexed(v)
    if isinstance(v, str):
        return "t" + hexed(v.encode())
    if isinstance(v, cbor2.CBORSimpleValue):
        return "s%d" % v.value
    if isinstance(v, (list, tuple)):
        return "[%s]" % "".join(text(x) + "," for x in v)
    if isinstance(v, dict):
        return "{%s}" % "".join("%s:%s," % (text(k), text(x))
                                for k, x in v.items())
    if isinstance(v, Tag):
        return "%d(%s)" % (v.tag, text(v.value))
    if isinstance(v, float):
        return "fnan" if v != v else "f" + struct.pack(">d", v).hex()
    raise Refused("wrong-type", repr(v))


def uint(v, top=U64, least=0):
    need(isinstance(v, int) and not isinstance(v, bool) and
         least <= v <= top, "out-of-range")
    return v


def number(v):
    need(isinstance(v, int) and not isinstance(v, bool) and
         -(1 << 63) <= v < 1 << 63, "out-of-range")
    return v


def string(v, kind, least=0, most=None):
    need(isinstance(v, kind), "wrong-type")
    n = len(v.encode() if kind is str else v)
    need(n >= least and (most is None or n <= most), "out-of-range")
    return v


def array(v, least=0, most=None):
    need(isinstance(v, (list, tuple)), "wrong-type")
    need(len(v) >= least and (most is None or len(v) <= most), "out-of-range")
    return v


def table(v, required, known=(), strict=False):
    """A map of a table: keys are integers of 64 bits or text."""
    need(isinstance(v, dict) and len(v) <= PAIRS, "wrong-type")
    for key in v:
        need(isinstance(key, str) or isinstance(key, int), "wrong-type")
        if isinstance(key, int):
            number(key)
        need(not strict or key in known, "unexpected-member")
    for key in required:
        need(key in v, "missing-member")
    return v


def digest(v):
    array(v, 2, 2)
    need(isinstance(v[0], int) and v[0] == SHA256, "algorithm")
    return string(v[1], bytes, 32, 32)


def identifier(v):
    array(v, 0, 8)
    for part in v:
        string(part, bytes, 1, 255)
    need(len(cbor2.dumps(list(v))) <= 255, "out-of-range")
    return v


# ---- reports ---------------------------------------------------------------

def record(v):
    array(v, 5, 5)
    for place in array(v[0], 0, 8):
        uint(place, U8)
    uint(v[1], U8)
    uint(v[2], U32)
    uint(v[3], U8)
    need(isinstance(v[4], dict), "wrong-type")


def record_or_claims(v):
    if not isinstance(v, dict):
        record(v)
        return
    need(2 <= len(v) <= PAIRS, "out-of-range")
    for label in v:
        need(isinstance(label, int) and -(1 << 31) <= label < 1 << 31,
             "wrong-type")
    need(0 in v, "missing-member")
    identifier(v[0])


def ints(v):
    for one in array(v, 1, 128):
        number(one)


def capabilities(v):
    need(isinstance(v, dict) and 4 <= len(v) <= PAIRS, "wrong-type")
    for key, value in v.items():
        if isinstance(key, tuple):
            ints(key)
            ints(value)
            continue
        number(key)
        if key == 1:
            for one in array(value, 1, 128):
                array(one, 0, PAIRS)
                for i, part in enumerate(one):
                    if i + 1 < len(one) or part is not True:
                        string(part, bytes, 0, 255)
        elif 1 < key <= 10:
            ints(value)
    for key in (1, 2, 3, 4):
        need(key in v, "missing-member")


def report(data):
    v = decode(data)
    if isinstance(v, bytes):
        v = decode(string(v, bytes, 1))
    table(v, (3, 4, 99))
    nonce = string(v.get(2, b""), bytes, 0, 64)
    for one in array(v[3], 0, 512):
        record_or_claims(one)
    result = v[4]
    if result is True:
        told = "ok"
    else:
        table(result, (5, 6, 7))
        number(result[5])
        uint(result[7], least=1)
        record_or_claims(result[6])
        told = "%d/%d/%s" % (result[5], result[7], text(result[6]))
    if 8 in v:
        capabilities(v[8])
    array(v[99], 2, 2)
    uri = string(v[99][0], str, 0, 2048)
    return "%s %s%s%s%s%s" % (
        told, hexed(nonce), hexed(uri.encode()), hexed(digest(v[99][1])),
        "".join(text(x) + "," for x in v[3]),
        text(v[8]) if 8 in v else "-")


# ---- envelopes -------------------------------------------------------------

def wrapper(data):
    v = array(decode(data), 1, 9)
    for block in v[1:]:
        string(block, bytes, 1)
    return digest(decode(string(v[0], bytes)))


def dependencies(v, parts):
    """{+ index: {? 1: prefix}}: all identifiers that an index can mean.  An
    index behind the components means the prefix."""
    need(isinstance(v, dict) and 1 <= len(v) <= 32, "out-of-range")
    for index, metadata in v.items():
        uint(index, 31)
        need(isinstance(metadata, dict) and set(metadata) <= {1},
             "out-of-range")
        need(1 not in metadata or isinstance(metadata[1], list), "wrong-type")
        if index < len(parts):
            need(metadata.get(1, parts[index]) == parts[index], "dependency")
    beyond = sorted(i for i in v if i >= len(parts))
    need(beyond == list(range(len(parts), len(parts) + len(beyond))),
         "out-of-range")
    for index in beyond:
        need(1 in v[index], "missing-member")
    return parts + [v[i][1] for i in beyond]


def common(data):
    v = table(decode(data), (), (1, 2, 4), True)
    parts = array(v.get(2, []), 0 if 2 not in v else 1, U8)
    for one in parts:
        need(isinstance(one, list), "wrong-type")
    need(len(parts) <= 32, "limit")
    shared = string(v.get(4, b"x"), bytes, 1)
    return parts, shared if 4 in v else b"", v.get(1)


def envelope(data):
    need(0 < len(data) <= 32 << 20, "truncated")
    v = decode(data)
    if isinstance(v, Tag):
        need(v.tag == 107, "wrong-type")
        v = v.value
    table(v, (2, 3))
    for key, value in v.items():
        if isinstance(key, str):
            string(key, str, 0, 2048)
            string(value, bytes)
        else:
            need(key in (1, 2, 3) + SEVERABLE, "severed-member")
    need(list(v).index(2) < list(v).index(3), "bad-order")
    claimed = wrapper(string(v[2], bytes, 0, 65536))
    m = table(decode(string(v[3], bytes, 1, 65536)), (1, 2, 3),
              tuple(range(1, 25)), True)
    for key in m:
        need(key in (1, 2, 3, 4, 5, 6) + SECTIONS, "unexpected-member")
    need(uint(m[1]) == 1, "unsupported-version")
    uint(m[2])
    parts, shared, depends = common(string(m[3], bytes, 1, 65536))
    uri = string(m.get(4, "x"), str, 1, 2048) if 4 in m else ""
    every = parts if depends is None else dependencies(depends, parts)
    need(len(every) > 0, "missing-member")
    for i, one in enumerate(every):
        identifier(one)
        need(one not in every[:i], "duplicate-key")
    own = identifier(m[5]) if 5 in m else every[0]
    need(5 not in m or isinstance(m[5], list), "wrong-type")
    out = "%d %s%s%s%s" % (m[2], hexed(uri.encode()), hexed(claimed),
                           text(own), text(parts))
    out += hexed(shared) + ("-" if depends is None else text(depends))
    for key in SECTIONS:
        out += " %d" % key + member(v, m, key)
    return out


def member(v, m, key):
    inside, outside = m.get(key), v.get(key)
    if key not in SEVERABLE:
        return hexed(string(inside, bytes, 1)) if key in m else "-"
    if key not in m:
        need(key not in v, "severed-member")
        return "-"
    if isinstance(inside, list):
        digest(inside)
        if key not in v:
            return "severed"
        return hexed(string(outside, bytes, 1))
    need(key not in v, "severed-member")
    return hexed(string(inside, bytes, 1))
