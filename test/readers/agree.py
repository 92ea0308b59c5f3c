#!/usr/bin/python3
"""One corpus through every reader of the same octets: the full reader, the
diagnostic printer, `teep show`, the keeper's, and the Python one, which shares
no code.  Same verdict, same values, or refused.            [security 15]

    agree.py READERS [SEED [MUTANTS]]

The corpus is every input of test/fuzz/corpus and test/vectors, and mutants of
them from one seed.  Where the two sides differ on purpose, a row of KNOWN says
so; a row that meets nothing is refused.
"""
import collections
import glob
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TEST, "interop"))
import cbor2  # noqa: E402

import suit_read  # noqa: E402
import teep  # noqa: E402
from cbor import Refused, Tag, decode, need  # noqa: E402
from cose import ALG, KID, read_headers, untag  # noqa: E402
from suit_read import hexed, text as item_text  # noqa: E402

LONGEST = 8192
COLUMNS = ("item", "check", "diag", "show", "cose", "teep", "keeper", "told",
           "suit", "report")
I32 = (-(1 << 31), (1 << 31) - 1)
HEADERS_MAX, SIGNERS_MAX, HEADER_PAIRS = 1024, 8, 32

# What one side refuses and the other takes, on purpose: (format, reason in C,
# reason in Python).
KNOWN = {
    ("item", "out-of-range", None): "C bounds the pairs of a map",
    ("item", None, "wrong-type"): "a map, tag or bool as key has no place in "
                                  "a Python dict",
    ("item", None, "too-deep"): "Python counts the innermost scalar too",
    ("item", None, "duplicate-key"): "1 and 1.0 are one key in Python",
}


# ---- inputs ----------------------------------------------------------------

# One for each row above.
MADE = (b"\xb9\x01\x01" + b"".join(cbor2.dumps(i) + b"\x00"
                                  for i in range(257)),
        b"\xa1\xa0\x00", b"\x81" * 16 + b"\x00",
        b"\xa2\x01\x00\xf9\x3c\x00\x00")


def inputs():
    seen = set(MADE)
    yield from MADE
    for path in sorted(glob.glob(os.path.join(TEST, "fuzz/corpus/*/*")) +
                       glob.glob(os.path.join(TEST, "vectors/*/*"))):
        if os.path.isdir(path):
            continue
        with open(path, "rb") as f:
            data = f.read()
        if path.endswith(".hex"):
            data = bytes.fromhex("".join(data.decode().split()))
        elif path.endswith((".diag", ".pem", ".tsv", "index", ".md")):
            continue
        for one in (data, *inner(data)):
            if len(one) <= LONGEST and one not in seen:
                seen.add(one)
                yield one


def inner(data, depth=3):
    """What stands in byte strings, where that is an item of its own: payloads
    of signed messages, frames' bodies, manifests."""
    try:
        pending = [decode(data)]
    except Refused:
        return
    while pending:
        item = pending.pop()
        if isinstance(item, Tag):
            pending.append(item.value)
        elif isinstance(item, (list, tuple)):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, bytes) and len(item) > 2:
            yield item
            if depth > 0:
                yield from inner(item, depth - 1)


def mutants(rng, seeds, n):
    heads = bytes([0x00, 0x17, 0x18, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xd8,
                   0xf4, 0xf6, 0xf9, 0xff, 0x9f, 0x5f])
    for _ in range(n):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            at = rng.randrange(len(data) + 1)
            what = rng.randrange(6)
            if what == 0 and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            elif what == 1 and at < len(data):
                data[at] = rng.choice(heads)
            elif what == 2:
                data[at:at] = bytes([rng.choice(heads)])
            elif what == 3:
                del data[at:at + rng.choice((1, 1, 2, 8))]
            elif what == 4 and at < len(data):
                data[at] = (data[at] + rng.choice((1, 255))) & 255
            else:
                other = rng.choice(seeds)
                cut = rng.randrange(len(other) + 1)
                data[at:at + 4] = other[cut:cut + rng.choice((1, 4, 16))]
        yield bytes(data[:LONGEST])


# ---- the Python side -------------------------------------------------------

def headers(prot, unprot, alg_wanted):
    """(alg, kid) of one pair of buckets."""
    need(isinstance(prot, bytes) and len(prot) <= HEADERS_MAX, "not-cose")
    need(isinstance(unprot, dict) and len(cbor2.dumps(unprot)) <= HEADERS_MAX,
         "not-cose")
    every, inside = read_headers(prot, unprot)
    need(len(unprot) <= HEADER_PAIRS and len(inside) <= HEADER_PAIRS,
         "out-of-range")
    need(ALG not in unprot, "bad-cose-header")
    need(not alg_wanted or ALG in inside, "bad-cose-header")
    for bucket in (unprot, inside):
        for label in bucket:
            need(isinstance(label, (int, str)), "bad-cose-header")
        need(isinstance(bucket.get(KID, b""), bytes), "bad-cose-header")
    alg = inside.get(ALG)
    need(ALG not in inside or (isinstance(alg, int) and alg != 0 and
                               not isinstance(alg, bool) and
                               I32[0] <= alg <= I32[1]),
         "algorithm-not-allowed")
    return alg, every.get(KID, b"")


def signature_text(alg, kid, sig):
    need(isinstance(sig, bytes), "not-cose")
    return "%d%s%s" % (alg, hexed(kid), hexed(sig))


def cose_text(data):
    item = decode(data)
    body = untag(item, 18, 98)
    need(not isinstance(body, Tag), "not-cose")
    need(isinstance(body, list) and len(body) == 4, "not-cose")
    prot, unprot, payload, last = body
    multi = isinstance(last, list)
    need(not isinstance(item, Tag) or multi == (item.tag == 98), "not-cose")
    need(payload is None or isinstance(payload, bytes), "not-cose")
    alg, kid = headers(prot, unprot, not multi)
    inside = decode(prot) if prot else {}
    need(3 not in inside or isinstance(inside[3], str) or
         (isinstance(inside[3], int) and not isinstance(inside[3], bool) and
          inside[3] >= 0), "content type")
    prot = b"" if prot == b"\xa0" else prot
    out = hexed(prot) + ("-" if payload is None else "+") + hexed(
        payload or b"")
    if not multi:
        return out + signature_text(alg, kid, last)
    need(1 <= len(last) <= SIGNERS_MAX, "out-of-range")
    for one in last:
        need(isinstance(one, list) and len(one) == 3, "not-cose")
        out += signature_text(*headers(one[0], one[1], True), one[2])
    return out


def attempt(read, data):
    """(value, None) or (None, reason)."""
    try:
        return read(data), None
    except Refused as e:
        return None, e.reason
    except RecursionError:
        return None, "too-deep"


def has_float(v):
    if isinstance(v, Tag):
        return has_float(v.value)
    if isinstance(v, (list, tuple)):
        return any(map(has_float, v))
    if isinstance(v, dict):
        return any(has_float(k) or has_float(x) for k, x in v.items())
    return isinstance(v, float)


# ---- compare ---------------------------------------------------------------

class Judge:
    def __init__(self):
        self.bad, self.known = [], collections.Counter()
        self.both, self.none = collections.Counter(), collections.Counter()

    def differ(self, data, what):
        if len(self.bad) < 20:
            self.bad.append("%s: %s" % (data.hex()[:400], what))
        else:
            self.bad.append("")

    def pair(self, name, data, ours, read):
        """Our column against a Python reader."""
        refused = ours[1:-1] if ours.startswith("<") else None
        value, reason = attempt(read, data)
        if refused is None and reason is None:
            self.both[name] += 1
            if ours != value:
                self.differ(data, "%s: C read %s, Python %s"
                            % (name, ours[:200], value[:200]))
        elif refused is not None and reason is not None:
            self.none[name] += 1
        else:
            key = (name, refused, reason)
            if key in KNOWN:
                self.known[key] += 1
            else:
                self.differ(data, "%s: C %s, Python %s" % (
                    name, refused or "took it", reason or "took it"))

    def line(self, data, line):
        c = dict(zip(COLUMNS, line.split("\t")))
        self.pair("item", data, c["item"],
                  lambda d: item_text(decode(d)))
        if c["diag"] != c["check"]:
            self.differ(data, "check %s, diag %s" % (c["check"], c["diag"]))
        # it opens byte strings too, and tells what is wrong inside
        if c["check"] != "ok" and c["show"] == "ok":
            self.differ(data, "check %s, show ok" % c["check"])
        if c["item"].startswith("<") != c["check"].startswith("<") or \
                c["item"].endswith(">") != c["check"].endswith(">"):
            self.differ(data, "check %s, getters %s" % (c["check"], c["item"]))
        self.pair("cose", data, c["cose"], cose_text)
        self.pair("suit", data, c["suit"], suit_read.envelope)
        self.pair("report", data, c["report"], suit_read.report)
        self.teep(data, c)

    def teep(self, data, c):
        value, _ = attempt(teep.read, data)
        if value is not None and has_float(decode(value)):
            value = None if c["teep"].startswith("<") else c["teep"]
            self.pair("teep", data, c["teep"], lambda d: value)
        else:
            self.pair("teep", data, c["teep"],
                      lambda d: hexed(teep.read(d)))
        taken = not c["teep"].startswith("<")
        if c["keeper"] == "ok":
            self.both["keeper"] += 1
            if not taken:
                self.differ(data, "the keeper signs what is no message")
        # it reads what is inside too, and options of other messages
        if not taken and c["told"] == "ok":
            self.differ(data, "teep %s, teep show ok" % c["teep"])


def sees(every, lines):
    """Is a reader that is wrong in one place found, in each column?"""
    planted = {"item": 0, "diag": 0, "cose": 0, "teep": 0, "suit": 0,
               "report": 0}
    for data, line in zip(every, lines):
        cells = line.split("\t")
        for name in planted:
            at = COLUMNS.index(name)
            wrong = list(cells)
            if planted[name] or cells[at].startswith("<"):
                continue
            wrong[at] = {"diag": "<truncated>"}.get(name, cells[at][::-1])
            if wrong[at] == cells[at]:
                continue
            judge = Judge()
            judge.line(data, "\t".join(wrong))
            planted[name] = len(judge.bad)
    return all(planted.values())


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261127
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 8000
    seeds = list(inputs())
    rng = random.Random(seed)
    every = seeds + list(mutants(rng, seeds, count))
    # few of those are envelopes, fewer reports
    for read in (suit_read.envelope, suit_read.report):
        taken = [d for d in seeds if attempt(read, d)[1] is None]
        every += mutants(rng, taken, count // 8)
    ours = subprocess.run(
        [sys.argv[1]], check=True, stdout=subprocess.PIPE, timeout=300,
        input=b"".join(len(d).to_bytes(4, "big") + d for d in every)).stdout
    lines = ours.decode("ascii").split("\n")[:-1]
    if len(lines) != len(every):
        sys.exit("%d inputs, %d answers" % (len(every), len(lines)))
    judge = Judge()
    for data, line in zip(every, lines):
        judge.line(data, line)
    if not sees(every, lines):
        judge.bad.append("a planted difference was not seen")
    for name in ("item", "cose", "teep", "keeper", "suit", "report"):
        print("%-6s %6d taken by all, with the same values; %6d refused by all"
              % (name, judge.both[name], judge.none[name]))
        if judge.both[name] < 20:
            judge.bad.append("%s: next to nothing was taken" % name)
    for key, why in KNOWN.items():
        print("known  %6d %s: %s" % (judge.known[key], key[0], why))
        if judge.known[key] == 0:
            judge.bad.append("a known difference that is none: %s" % (key,))
    print("%d inputs, %d of them mutants (seed %d), %d differences"
          % (len(every), len(every) - len(seeds), seed, len(judge.bad)))
    if judge.bad:
        sys.exit("\n".join(judge.bad[:20]))


main()
