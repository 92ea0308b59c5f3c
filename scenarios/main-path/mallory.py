#!/usr/bin/python3
"""Mallory: what stands between a device and its TAM, and owns it.

usage: mallory.py DIR UPSTREAM

A proxy on loopback (its port goes to DIR/port) that forwards POSTs to UPSTREAM
and serves GET /payloads/NAME from DIR/payloads.  DIR/mode, read for every
request, says what it does besides; once it has struck, the mode is "pass":

Everything that passes, in either direction, is appended to DIR/capture.

  pass            nothing
  record FILE     keep the next Update in FILE
  flip            flip one bit in the next Update
  replay FILE     answer the next QueryResponse with FILE
  flip-payload    flip one bit in the next payload served
  half            serve half of the next payload, and keep quiet
  swallow         let the next Success go nowhere, and keep quiet
  away            answer nothing but 503, until told otherwise
"""
import http.server
import os
import sys
import time
import urllib.error
import urllib.request

DIR, UPSTREAM = sys.argv[1], sys.argv[2]
TEEP = "application/teep+cbor"
SUCCESS = 4
QUIET = 60  # seconds; whoever waits is killed long before
HEAD = 42  # tag, array, protected, kid: what precedes the payload


def mode():
    try:
        with open(os.path.join(DIR, "mode"), encoding="utf-8") as f:
            return (f.read().split() or ["pass"])
    except FileNotFoundError:
        return ["pass"]


def struck(what):
    with open(os.path.join(DIR, "mode"), "w", encoding="utf-8") as f:
        f.write("pass\n")
    print("mallory: " + what, file=sys.stderr, flush=True)


def captured(data):
    with open(os.path.join(DIR, "capture"), "ab") as f:
        f.write(data)


def teep_type(message):
    """The type of the message in a COSE_Sign1, 0 if it is none."""
    if len(message) < HEAD + 8 or message[0] != 0xd2:
        return 0
    head = message[HEAD]
    if not 0x41 <= head <= 0x5a:
        return 0
    at = HEAD + {0x58: 2, 0x59: 3, 0x5a: 5}.get(head, 1)
    return message[at + 1]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, ctype):
        captured(body)
        self.send_response(status)
        if body:
            self.send_header("Content-Type", ctype)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        captured(body)
        m = mode()
        if m[0] == "away":
            self.answer(503, b"", TEEP)
            return
        if m[0] == "swallow" and teep_type(body) == SUCCESS:
            struck("swallowed a Success")
            time.sleep(QUIET)
            return
        if m[0] == "replay" and teep_type(body) == 2:
            struck("replayed an Update captured from another device")
            with open(m[1], "rb") as f:
                self.answer(200, f.read(), TEEP)
            return
        headers = {"Accept": self.headers.get("Accept", "")}
        if body:
            headers["Content-Type"] = self.headers.get("Content-Type", "")
        request = urllib.request.Request(UPSTREAM, data=body, headers=headers,
                                         method="POST")
        if not body:
            request.add_unredirected_header("Content-type", "")
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                status, out = r.status, r.read()
        except urllib.error.HTTPError as e:
            status, out = e.code, b""
        if teep_type(out) == 3 and m[0] == "record":
            struck("kept a copy of an Update")
            with open(m[1], "wb") as f:
                f.write(out)
        elif teep_type(out) == 3 and m[0] == "flip":
            struck("flipped one bit of an Update")
            out = flipped(out, len(out) // 2)
        self.answer(status, out, TEEP)

    def do_GET(self):
        name = os.path.basename(self.path)
        path = os.path.join(DIR, "payloads", name)
        if self.path != "/payloads/" + name or not os.path.isfile(path):
            self.answer(404, b"no such payload\n", "text/plain")
            return
        with open(path, "rb") as f:
            out = f.read()
        if mode()[0] == "flip-payload":
            struck("flipped one bit of a payload")
            out = flipped(out, len(out) // 2)
        if mode()[0] == "half":
            struck("served half of a payload")
            self.send_response(200)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out[:len(out) // 2])
            time.sleep(QUIET)
            return
        self.answer(200, out, "application/octet-stream")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(DIR, "port.new"), "w", encoding="utf-8") as out_file:
    out_file.write("%d\n" % server.server_address[1])
os.rename(os.path.join(DIR, "port.new"), os.path.join(DIR, "port"))
server.serve_forever()
