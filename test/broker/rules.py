#!/usr/bin/python3
"""The broker's rules, one case each, between a scripted agent (a Unix socket)
and a scripted TAM (HTTP on loopback).  Exit status is the verdict."""
import http.server
import io
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import cbor2

(REQUEST_TA, UNREQUEST_TA, POLICY_CHECK, MESSAGE, ERROR, DATA, CALL, STATUS) = \
    range(1, 9)
NONE, CONNECT, REPLY, FETCH, ABORT, RESULT = range(16, 22)
TEEP = "application/teep+cbor"


class Tam(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []
    answers = []

    def reply(self, status, body=b"", ctype=TEEP, extra=()):
        self.send_response(status)
        if body:
            self.send_header("Content-Type", ctype)
        for k, v in extra:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        n = int(self.headers.get("Content-Length", "0"))
        Tam.seen.append((self.path, dict(self.headers), self.rfile.read(n)))
        if self.path == "/tam/slow":
            self.drip()
            return
        self.reply(*(Tam.answers.pop(0) if Tam.answers else (204,)))

    def drip(self):
        """An answer that never stands still and never ends."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", TEEP)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            for _ in range(300):
                self.wfile.write(bytes(300))
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    def do_GET(self):
        Tam.seen.append((self.path, dict(self.headers), None))
        body = b"".join(bytes([i & 255]) * 1000 for i in range(150))
        self.reply(200 if self.path == "/pay/load" else 404, body,
                   "application/octet-stream")

    def log_message(self, *args):
        pass


def read_frame(conn):
    head = b""
    while len(head) < 4:
        more = conn.recv(4 - len(head))
        if not more:
            return None
        head += more
    n = struct.unpack(">I", head)[0]
    body = b""
    while len(body) < n:
        body += conn.recv(n - len(body))
    return cbor2.loads(body)


def send_frame(conn, items):
    body = cbor2.dumps(items)
    conn.sendall(struct.pack(">I", len(body)) + body)


class Agent(threading.Thread):
    """Answers each frame with script(frame): a list of frames to send; None at
    its end, or instead of it, hangs up."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.script = lambda f: [[NONE, f[1]]]
        self.seen = []

    def run(self):
        while True:
            conn, _ = self.listener.accept()
            try:
                while self.answer(conn):
                    pass
            except OSError:
                pass
            conn.close()

    def answer(self, conn):
        f = read_frame(conn)
        if f is None:
            return False
        self.seen.append(f)
        out = self.script(f)
        for g in out or []:
            if g is not None:
                send_frame(conn, g)
        return out is not None and None not in out


passed = failed = 0


def expect(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s %s" % (name, detail))


def main(program):
    tmp = tempfile.mkdtemp(prefix="broker.")
    os.chmod(tmp, 0o755)
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tam)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    base = "http://127.0.0.1:%d" % httpd.server_address[1]
    agent = Agent(tmp + "/agent.sock")
    agent.start()
    with open(tmp + "/b.ini", "w", encoding="utf-8") as f:
        f.write("[broker]\nagent=%s/agent.sock\ncontrol=%s/b.sock\n"
                "check_every=3600\nallow=%s/tam\nallow=%s/pay\n"
                "map=https://payloads.example/x %s/pay\nfetch_max=200000\n"
                "map=https://mirror.example %s\ntransfer_seconds=4\n"
                % (tmp, tmp, base, base, base, base))
    log = open(tmp + "/log", "wb")
    daemon = subprocess.Popen([program, "-c", tmp + "/b.ini", "daemon"],
                              stderr=log)

    def run(*args, stdin=b""):
        return subprocess.run([program, "-c", tmp + "/b.ini", *args],
                              input=stdin, capture_output=True, timeout=60)

    def case(script, *args, answers=(), stdin=b""):
        agent.script = script
        agent.seen.clear()
        Tam.seen.clear()
        Tam.answers[:] = list(answers)
        return run(*args, stdin=stdin)

    try:
        for _ in range(100):
            # its first policy check is over
            if os.path.exists(tmp + "/b.sock") and agent.seen:
                break
            signal.sigtimedwait([], 0.05)

        def to(path, then):
            """connect to path first; `then` answers what comes back."""
            def script(f):
                if f[0] in (POLICY_CHECK, REQUEST_TA):
                    if f[0] == POLICY_CHECK and not f[2]:
                        return [[NONE, f[1]]]
                    return [[CONNECT, f[1], base + path]]
                return then(f)
            return script

        # a session: empty POST, message, reply, 204
        r = case(to("/tam", lambda f: [[REPLY, f[1], b"\x82answer"]]), "check",
                 answers=[(200, b"question"), (204,)])
        expect("session", r.returncode == 0, r.stderr)
        expect("empty POST first", Tam.seen[0][2] == b"" and
               Tam.seen[0][1].get("Content-Length") == "0" and
               "Content-Type" not in Tam.seen[0][1])
        expect("Accept", all(s[1].get("Accept") == TEEP for s in Tam.seen))
        expect("reply to the same TAM", Tam.seen[1][0] == "/tam" and
               Tam.seen[1][2] == b"\x82answer" and
               Tam.seen[1][1].get("Content-Type") == TEEP)
        expect("no cookies, no cache control", all(
            h not in s[1] for s in Tam.seen
            for h in ("Cookie", "Cache-Control", "Authorization")))
        expect("message bytes unchanged",
               [f for f in agent.seen if f[0] == MESSAGE][0][2] == b"question")
        expect("policy check repeats until none",
               [f[2] for f in agent.seen if f[0] == POLICY_CHECK]
               == [True, False])

        # a TAM that the agent does not name speaks first
        r = case(lambda f: [[REPLY, f[1], b"heard"]] if f[0] == MESSAGE
                 else [[NONE, f[1]]], "recover", base + "/tam",
                 answers=[(200, b"question"), (204,)])
        expect("recover", r.returncode == 0 and
               [f[0] for f in agent.seen] == [MESSAGE] and
               [s[2] for s in Tam.seen] == [b"", b"heard"], r.stderr)
        r = case(lambda f: [], "recover", base + "/unlisted")
        expect("recover: the guard holds", r.returncode == 1 and
               not Tam.seen and b"uri-not-allowed" in r.stderr, r.stderr)

        # TAMs that misbehave: the agent is told, the command fails
        for name, answer, word in (
                ("status 500", (500,), b"http-status"),
                ("redirect not followed",
                 (302, b"", TEEP, [("Location", base + "/tam/other")]),
                 b"http-status"),
                ("wrong media type", (200, b"<html>", "text/html"),
                 b"wrong-type")):
            r = case(to("/tam", lambda f: []), "check", answers=[answer])
            expect(name, r.returncode == 1 and word in r.stderr, r.stderr)
            expect(name + ": the operator is told where",
                   (base + "/tam").encode() in r.stderr and
                   r.stderr.count(b"\n") == 1, r.stderr)
            expect(name + ": ProcessError",
                   [f[0] for f in agent.seen].count(ERROR) == 1)
            expect(name + ": one POST", len(Tam.seen) == 1, Tam.seen)

        # slow, but never slow enough to look dead
        began = time.monotonic()
        r = case(to("/tam/slow", lambda f: []), "check")
        expect("slow answer", r.returncode == 1 and b"network" in r.stderr and
               time.monotonic() - began < 15, r.stderr)

        # the guard: loopback is closed unless listed, path by path
        for name, uri in (("unlisted path", base + "/tamother"),
                          ("unlisted root", base + "/"),
                          ("other scheme", "file:///etc/passwd"),
                          ("credentials", base.replace("//", "//a:b@") +
                           "/tam"),
                          ("https to loopback",
                           base.replace("http:", "https:") + "/tam"),
                          ("http by name", "http://example.org/tam"),
                          ("dots", base + "/tam/../other"),
                          ("encoded dots", base + "/tam/%2e%2E/other"),
                          ("half of them", base + "/tam/.%2e/other"),
                          ("encoded slash", base + "/tam/..%2fother"),
                          ("backslash", base + "/tam/..\\other"),
                          ("path parameter", base + "/tam/..;/other")):
            r = case(lambda f, u=uri: [[CONNECT, f[1], u]] if
                     f[0] == REQUEST_TA else [], "request", "a/b")
            expect("guard: " + name, r.returncode == 1 and not Tam.seen,
                   r.stderr)

        # fetch: mapped, in pieces, to the end
        got = io.BytesIO()

        def fetching(uri):
            def script(f):
                if f[0] == REQUEST_TA:
                    return [[FETCH, f[1], uri, 0, 65536]]
                if f[0] == DATA:
                    got.write(f[3])
                    if f[4]:
                        return [[RESULT, f[1], 0, b""]]
                    return [[FETCH, f[1], uri, f[2] + len(f[3]), 65536]]
                return [[ABORT, f[1], f[2]]]
            return script

        r = case(fetching("https://payloads.example/x/load"), "request", "a")
        expect("mapped fetch", r.returncode == 0 and
               len(got.getvalue()) == 150000 and
               got.getvalue()[149999] == 149, r.stderr)
        expect("one download", len(Tam.seen) == 1)
        r = case(fetching("https://payloads.example/x/none"), "request", "a")
        expect("missing payload", r.returncode == 1 and
               b"fetch-failed" in r.stderr, r.stderr)
        r = case(fetching("https://payloads.example/xy/load"), "request", "a")
        expect("mapping ends at a segment", r.returncode == 1 and
               not Tam.seen, r.stderr)

        r = case(fetching("https://payloads.example/x/%2e%2e/tam"),
                 "request", "a")
        expect("mapping ends where it says", r.returncode == 1 and
               not Tam.seen, Tam.seen)
        got.truncate(0)
        r = case(fetching("https://mirror.example/pay/load"), "request", "a")
        expect("mapped root", r.returncode == 0 and Tam.seen[0][0] ==
               "/pay/load", r.stderr)
        r = case(fetching("https://mirror.example/pay/load\0/x"), "request",
                 "a")
        expect("NUL in a URI", r.returncode == 1 and not Tam.seen, Tam.seen)

        # calls: identity from the socket
        r = case(lambda f: [[RESULT, f[1], 0, b"<" + f[3] + b">"]],
                 "call", "ta/hello", stdin=b"ping")
        expect("call", r.returncode == 0 and r.stdout == b"<ping>", r.stderr)
        expect("caller's uid", agent.seen[0][4] == os.getuid() and
               agent.seen[0][2] == [b"ta", b"hello"], agent.seen)
        agent.script = lambda f: [[RESULT, f[1], 0, b"\x1b[2J\x9b\xc2\x9b1m"]]
        mine, theirs = pty.openpty()
        subprocess.run([program, "-c", tmp + "/b.ini", "call", "x", "y"],
                       stdout=theirs, timeout=60, check=True)
        shown = os.read(mine, 4096)
        expect("a terminal gets no escapes", shown and not any(
            c < 32 and c not in b"\r\n" or c > 126 for c in shown), shown)
        r = case(lambda f: [[RESULT, f[1], 0x258, b""]], "call", "x", "y")
        expect("refused call", r.returncode == 1 and
               b"not-installed" in r.stderr, r.stderr)

        # an agent that speaks nonsense, or dies
        r = case(lambda f: [[99, f[1]]], "status")
        expect("unknown op", r.returncode == 1, r.stdout)
        r = case(lambda f: None, "status")
        expect("agent gone", r.returncode == 1 and b"network" in r.stderr)
        r = case(lambda f: [[RESULT, f[1] + 5, 0, b"\xa0"],
                            [RESULT, f[1], 0, b"\xa0"]], "status")
        expect("late frame of another session", r.returncode == 0, r.stderr)

        r = case(lambda f: [[RESULT, f[1], 0, b"\xa0"], None], "status")
        expect("last word", r.returncode == 0, r.stderr)
        r = case(lambda f: [[RESULT, f[1], 0, b"\xa0"]], "status")
        expect("agent restarted meanwhile", r.returncode == 0, r.stderr)

        # what stands where the socket should is not swept away
        with open(tmp + "/file", "w", encoding="utf-8") as f:
            f.write("precious")
        r = run("--control", tmp + "/file", "daemon")
        expect("a file in the way", r.returncode == 1 and
               os.path.isfile(tmp + "/file"), r.stderr)
        # nor is a daemon's that is still there
        r = run("daemon")
        expect("a second daemon", r.returncode == 1 and
               b"already" in r.stderr, r.stderr)
        r = run("status")
        expect("the first is still served", r.returncode == 0, r.stderr)
        r = run("--control", tmp + "/nowhere", "status")
        expect("no daemon", r.returncode == 1 and b"nowhere" in r.stderr and
               r.stderr.count(b"\n") == 1, r.stderr)
        expect("socket's mode", os.stat(tmp + "/b.sock").st_mode & 0o777 ==
               0o600)

        # usage
        for args in ((), ("nonsense",), ("request",), ("call",),
                     ("request", "a//%zz")):
            r = run(*args)
            expect("usage %r" % (args,), r.returncode == 2 and
                   r.stderr.count(b"\n") == 1, r.stderr)
    finally:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
        expect("stops cleanly", daemon.returncode == 0, daemon.returncode)
        log.close()
        if failed:
            with open(tmp + "/log", encoding="utf-8") as f:
                print(f.read()[-4000:])
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
