#!/usr/bin/python3
"""What tamd's TEEP front makes of HTTP: every status and framing rule, from
raw octets to raw octets.

    http_rules.py BUILD [slow]
"""
import socket
import sys
import threading
import time

from tamd_process import Tamd

MEBI = 1 << 20
TYPE = "application/teep+cbor"
SECURE = {"content-type": TYPE, "x-content-type-options": "nosniff",
          "content-security-policy": "default-src 'none'",
          "referrer-policy": "no-referrer"}


def head(*lines, method="POST", path="/tam", version="HTTP/1.1", host="tam"):
    start = [f"{method} {path} {version}"] + ([f"Host: {host}"] if host else [])
    return "\r\n".join([*start, *lines, "", ""]).encode()


ACCEPT = f"Accept: {TYPE}"
CONTENT = f"Content-Type: {TYPE}"
EMPTY = head(ACCEPT, "Content-Length: 0")


def body(data, *lines):
    return head(ACCEPT, CONTENT, f"Content-Length: {len(data)}", *lines) + data


def chunked(*pieces, lines=(ACCEPT, CONTENT), version="HTTP/1.1"):
    out = head(*lines, "Transfer-Encoding: chunked", version=version)
    for p in pieces:
        out += f"{len(p):x}\r\n".encode() + p + b"\r\n"
    return out + b"0\r\n\r\n"


class Answer:
    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content


def split(data, methods):
    """All answers in the octets that came."""
    answers = []
    while data:
        top, gap, data = data.partition(b"\r\n\r\n")
        assert gap, f"half an answer: {top[:80]}"
        start, *lines = top.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        status = int(start.split()[1])
        n = int(headers.get("content-length", 0))
        if methods and methods[min(len(answers), len(methods) - 1)] == "HEAD":
            n = 0
        answers.append(Answer(status, headers, data[:n]))
        data = data[n:]
        if status == 100:
            answers.pop()
    return answers


class Wire:
    def __init__(self, port):
        self.port = port

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def raw(self, data, more=b""):
        """Send everything, read until the server closes or is silent; the
        octets, and whether it closed."""
        with self.connect() as s:
            try:
                s.sendall(data)
                if more:
                    s.sendall(more)
            except OSError:
                pass  # it may close before it has read all
            got, closed = b"", False
            s.settimeout(0.5)
            while True:
                try:
                    piece = s.recv(65536)
                except TimeoutError:
                    break
                except OSError:
                    closed = True
                    break
                if not piece:
                    closed = True
                    break
                got += piece
        return got, closed

    def ask(self, data, method="POST"):
        """The answers, and whether it closed."""
        got, closed = self.raw(data)
        return split(got, [method]), closed


class Rules:
    def __init__(self, wire):
        self.wire, self.good, self.bad = wire, 0, 0

    def check(self, name, ok, found=""):
        if ok:
            self.good += 1
        else:
            self.bad += 1
            print(f"not ok  {name}: {found}")

    def status(self, name, expected, data, method="POST", closes=None,
               headers=None):
        """One request: this status, and nothing but one answer."""
        answers, closed = self.wire.ask(data, method)
        found = [a.status for a in answers]
        self.check(name, found == [expected], f"{found}, not [{expected}]")
        if found != [expected]:
            return None
        answer = answers[0]
        if closes is not None:
            self.check(name + ": closes", closed == closes, closed)
        for key, value in (headers or {}).items():
            self.check(f"{name}: {key}", answer.headers.get(key) == value,
                       answer.headers)
        if expected != 200:
            self.check(name + ": no content", answer.content == b"",
                       answer.content)
        self.check(name + ": no Cache-Control",
                   "cache-control" not in answer.headers)
        return answer

    def refused(self, name, data, follow=EMPTY):
        """Framing that could be read in two ways: 400 once, then the end,
        and what follows on the connection is no request.  (The library's
        own refusals write their head twice.)"""
        got, closed = self.wire.raw(data, more=follow)
        self.check(name, got.startswith(b"HTTP/1.1 400 ") and
                   got.count(b"HTTP/1.1 ") == got.count(b"HTTP/1.1 400 "),
                   got)
        self.check(name + ": closes", closed)


def good_requests(r):
    a = r.status("connect", 200, EMPTY, closes=False, headers=SECURE)
    r.check("connect: COSE_Sign", a and a.content[:3] == b"\xd8\x62\x84")
    r.status("connect without a length", 200, head(ACCEPT), closes=False)
    r.status("connect, chunked", 200, chunked())
    r.status("connect with a type", 200,
             head(ACCEPT, CONTENT, "Content-Length: 0"))
    a = r.status("nonsense", 204, body(b"nonsense"), closes=False)
    r.check("204 without a type", a and "content-type" not in a.headers)
    r.status("chunked", 204, chunked(b"non", b"sense"))
    r.status("one mebioctet", 204, body(b"x" * MEBI))
    r.status("one mebioctet, chunked", 204, chunked(*[b"x" * 4096] * 256))
    r.status("expect", 204, body(b"nonsense", "Expect: 100-continue"))
    answers, _ = r.wire.ask(EMPTY + body(b"x") + EMPTY)
    r.check("one connection", [a.status for a in answers] == [200, 204, 200],
            [a.status for a in answers])


def methods_and_paths(r):
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
        r.status(method, 405, head(ACCEPT, "Content-Length: 0", method=method),
                 method, headers={"allow": "POST"})
    r.status("another path", 404, head(ACCEPT, path="/"))
    r.status("a path beneath", 404, head(ACCEPT, path="/tam/"))
    r.status("a query", 404, head(ACCEPT, path="/tam?x=1"))


def types(r):
    for name, lines in (
            ("no type", ()), ("another type", ("Content-Type: text/plain",)),
            ("a longer type", (CONTENT + "x",)),
            ("two types", (CONTENT, CONTENT))):
        r.status(name, 415,
                 head(ACCEPT, "Content-Length: 1", *lines) + b"x")
        r.status(name + ", chunked", 415,
                 chunked(b"x", lines=(ACCEPT, *lines)))
    for name, line in (("upper case", "Content-Type: APPLICATION/TEEP+CBOR"),
                       ("a parameter", CONTENT + "; a=b")):
        r.status("type with " + name, 204,
                 head(ACCEPT, "Content-Length: 1", line) + b"x")
    for value in (None, "text/html", "text/*", "application/cbor", "",
                  f"{TYPE};q=0", "*/*; q=0.000", "application/teep"):
        lines = () if value is None else (f"Accept: {value}",)
        r.status(f"Accept {value}", 406, head(*lines, "Content-Length: 0"))
    for value in (TYPE, "*/*", "application/*", f"text/html, {TYPE};q=0.1",
                  "text/html;q=0,*/*", "Application/TEEP+cbor"):
        r.status(f"Accept {value}", 200,
                 head(f"Accept: {value}", "Content-Length: 0"))
    r.status("Accept twice", 200,
             head("Accept: text/html", ACCEPT, "Content-Length: 0"))


def sizes(r):
    r.status("too large, announced", 413,
             head(ACCEPT, CONTENT, f"Content-Length: {MEBI + 1}"),
             closes=True)
    r.status("too large, chunked", 413,
             chunked(*[b"x" * 4096] * 256, b"x"), closes=True)
    got, closed = r.wire.raw(
        head(ACCEPT, CONTENT, "Transfer-Encoding: chunked") +
        b"ffffffff\r\n" + b"x" * (8 * MEBI))
    r.check("endless", closed and b"HTTP/1.1 2" not in got, got)


def framing(r):
    one = b"x"
    for name, lines in (
            ("two lengths", ("Content-Length: 1", "Content-Length: 2")),
            ("the same length twice", ("Content-Length: 1",) * 2),
            ("length and chunks", ("Content-Length: 1",
                                   "Transfer-Encoding: chunked")),
            ("chunks and length", ("Transfer-Encoding: chunked",
                                   "Content-Length: 1")),
            ("unknown encoding", ("Transfer-Encoding: xchunked",)),
            ("encoding list", ("Transfer-Encoding: gzip, chunked",)),
            ("encoding twice", ("Transfer-Encoding: chunked",) * 2),
            ("length +1", ("Content-Length: +1",)),
            ("length -1", ("Content-Length: -1",)),
            ("length 1abc", ("Content-Length: 1abc",)),
            ("length 0x1", ("Content-Length: 0x1",)),
            ("length 1, 1", ("Content-Length: 1, 1",)),
            ("two hosts", ("Content-Length: 1", "Host: other")),
            ("space before colon", ("Content-Length: 1", "X-A : b")),
            ("length with a space", ("Content-Length : 1",))):
        r.refused(name, head(ACCEPT, CONTENT, *lines) + one)
    for size in (b"0x3", b"-1", b"+3", b"g", b"", b" 3"):
        r.refused(f"chunk size {size}",
                  head(ACCEPT, CONTENT, "Transfer-Encoding: chunked") +
                  size + b"\r\nxxx\r\n0\r\n\r\n")
    r.refused("chunks in HTTP/1.0", chunked(b"x", version="HTTP/1.0"))
    r.refused("no host", head(ACCEPT, CONTENT, "Content-Length: 1",
                              host=None) + one)


def huge_length(r):
    got, closed = r.wire.raw(
        head(ACCEPT, CONTENT, f"Content-Length: {1 << 64}") + b"x")
    r.check("length of 2^64", closed and got[9:12] in (b"400", b"413"), got)


def long_head(r):
    got, closed = r.wire.raw(head(ACCEPT, "X: " + "y" * 65536))
    r.check("long head", closed and got[9:10] in (b"4", b""), got)


def drip(wire, first, piece, limit):
    """How long a sender of one octet a second is listened to."""
    began = time.monotonic()
    with wire.connect() as s:
        s.sendall(first)
        s.settimeout(1)
        while time.monotonic() - began < limit + 15:
            try:
                s.sendall(piece)
                if s.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


def deadlines(r, senders):
    """All at once: they only wait."""
    results = {}

    def run(name, first, piece, limit):
        results[name] = drip(r.wire, first, piece, limit)

    threads = [threading.Thread(target=run, args=s) for s in senders]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for name, _, _, limit in senders:
        r.check(name, limit - 1 <= results[name] <= limit + 4, results[name])


HEADERS = [
    ("slow head", b"POST /tam HTTP/1.1\r\nHost: t\r\nX-A: ", b"x", 10),
    ("second head", EMPTY + b"POST /tam HTTP/1.1\r\nX-A: ", b"x", 10),
    ("silence", b"", b"", 10),
]
BODIES = [
    ("slow body",
     head(ACCEPT, CONTENT, "Content-Length: 1000"), b"x", 30),
    ("slow chunks", head(ACCEPT, CONTENT, "Transfer-Encoding: chunked"),
     b"1\r\nx\r\n", 30),
]


def main():
    build, slow = sys.argv[1], "slow" in sys.argv[2:]
    with Tamd(build) as tamd:
        r = Rules(Wire(tamd.port))
        if slow:
            deadlines(r, BODIES)
        else:
            for part in (good_requests, methods_and_paths, types, sizes,
                         framing, huge_length, long_head):
                part(r)
            deadlines(r, HEADERS)
        # after all that it still serves, and ends in order
        r.status("afterwards", 200, EMPTY)
        r.check("exit status", tamd.stop() == 0)
        r.check("log", not [n for n in tamd.lines if n["event"] == "noise"],
                tamd.lines)
    print(f"{r.good} ok, {r.bad} not ok")
    return 1 if r.bad else 0


if __name__ == "__main__":
    sys.exit(main())
