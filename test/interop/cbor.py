"""Strict CBOR: one decoder that refuses what this project refuses, and
deterministic writing.

cbor2 reads leniently (it takes trailing bytes, doubled keys and indefinite
lengths), so it is used for writing only; selftest.py compares the two.
"""
import struct

import cbor2

Tag = cbor2.CBORTag
FLOATS = {25: ">e", 26: ">f", 27: ">d"}
DEPTH = 16


class Refused(Exception):
    """A refusal by name; the names are those of ERR_TABLE in base.h."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def need(condition, reason, detail=""):
    if not condition:
        raise Refused(reason, detail)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(n <= len(self.data) - self.at, "truncated")
        self.at += n
        return self.data[self.at - n:self.at]

    def head(self):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        need(info != 31 or major not in (2, 3, 4, 5), "indefinite-length")
        need(info < 28, "reserved-encoding")
        data = self.take(1 << (info - 24))
        value = int.from_bytes(data, "big")
        if major == 7:
            need(info != 24 or value >= 32, "reserved-encoding")
            return major, (struct.unpack(FLOATS[info], data)[0]
                           if info in FLOATS else value)
        least = 24 if info == 24 else 1 << (8 << (info - 25))
        need(value >= least, "not-shortest-form")
        return major, value

    def item(self, depth, as_key=False):
        need(depth > 0, "too-deep")
        major, n = self.head()
        if major == 0:
            return n
        if major == 1:
            return -1 - n
        if major == 2:
            return self.take(n)
        if major == 3:
            try:
                return self.take(n).decode()
            except UnicodeDecodeError:
                raise Refused("bad-utf8") from None
        if major == 4:
            # An array can be no longer than the bytes that are left.
            need(n <= len(self.data) - self.at, "truncated")
            items = [self.item(depth - 1, as_key) for _ in range(n)]
            return tuple(items) if as_key else items
        if major == 5:
            need(not as_key, "wrong-type", "a map as key")
            need(n <= (len(self.data) - self.at) // 2, "truncated")
            out = {}
            for _ in range(n):
                key = self.item(depth - 1, True)
                # True == 1 in Python: such keys would fall together.
                need(not isinstance(key, bool), "wrong-type", "key")
                need(key not in out, "duplicate-key", repr(key))
                out[key] = self.item(depth - 1)
            return out
        if major == 6:
            need(not as_key, "wrong-type", "a tag as key")
            return Tag(n, self.item(depth - 1))
        if isinstance(n, float):
            return n
        return {20: False, 21: True, 22: None}.get(
            n, cbor2.CBORSimpleValue(n))


def decode(data, depth=DEPTH):
    """The one item that data holds."""
    need(isinstance(data, bytes), "wrong-type")
    reader = _Reader(data)
    value = reader.item(depth)
    need(reader.at == len(data), "trailing-bytes")
    return value


def _ordered(value):
    if isinstance(value, dict):
        return {k: _ordered(value[k]) for k in sorted(value, key=encode)}
    if isinstance(value, (list, tuple)):
        return [_ordered(v) for v in value]
    if isinstance(value, Tag):
        return Tag(value.tag, _ordered(value.value))
    return value


def encode(value):
    """Deterministic encoding: maps in bytewise order of their keys.

    cbor2's canonical mode sorts length-first (RFC 7049), which differs.
    """
    return cbor2.dumps(_ordered(value))
