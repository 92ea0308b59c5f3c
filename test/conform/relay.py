#!/usr/bin/python3
"""A TAM on a socket, made of one at a URL: u32 length and message on standard
input, the same on standard output.                      [docs/conform.md]

    relay.py URL
"""
import struct
import sys
import urllib.request


def take(n):
    data = sys.stdin.buffer.read(n)
    if len(data) < n:
        sys.exit(0)
    return data


TYPE = "application/teep+cbor"
while True:
    message = take(struct.unpack(">I", take(4))[0])
    headers = {"Accept": TYPE}
    if message:
        headers["Content-Type"] = TYPE
    request = urllib.request.Request(sys.argv[1], message, headers)
    if not message:
        request.add_unredirected_header("Content-Type", "")
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()
