#!/usr/bin/python3
"""tamd as processes: start, flood, overload, reload, death, end.

    tamd_test.py BUILD
"""
import base64
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives import serialization

from http_rules import EMPTY, Rules, Wire
from tamd_process import Tamd


def flood(r, build):
    """Beyond its number, sessions of one second share one challenge."""
    with Tamd(build, TAMD_CONNECTS="3") as tamd:
        wire = Wire(tamd.port)
        answers = []
        with wire.connect() as s:
            s.sendall(EMPTY * 40)
            s.settimeout(3)
            got = b""
            while got.count(b"HTTP/1.1 200") < 40 or len(got) % 40:
                try:
                    got += s.recv(65536)
                except TimeoutError:
                    break
        answers = [a.partition(b"\r\n\r\n")[2]
                   for a in got.split(b"HTTP/1.1 200")[1:]]
        # a second may have turned meanwhile, once
        r.check("flood: answers", len(answers) == 40, len(answers))
        r.check("flood: shared", 4 <= len(set(answers)) <= 8,
                len(set(answers)))


def overload(r, build):
    """What the keeper will not sign is no judgement: 503, later again."""
    with Tamd(build, TAMD_SIGN_RATE="2") as tamd:
        wire = Wire(tamd.port)
        answers, _ = wire.ask(EMPTY * 20)
        found = [a.status for a in answers]
        r.check("overload", found[:2] == [200, 200] and
                set(found) == {200, 503} and found[-1] == 503, found)
        r.check("overload: retry",
                answers[-1].headers.get("retry-after") == "5")
        time.sleep(1.5)
        answers, _ = wire.ask(EMPTY)
        r.check("overload: later", answers[0].status == 200)
        r.check("overload: end", tamd.stop() == 0)
        line = [n for n in tamd.lines if n["event"] == "keeper"][-1]
        r.check("keeper counts", line["rate-limited"] >= 1, line)


def reload(r, build):
    with Tamd(build) as tamd:
        rules = Rules(Wire(tamd.port))
        before = tamd.children()
        mark = len(tamd.lines)
        config = pathlib.Path(tamd.home, "tamd.ini")
        good = config.read_text()
        config.write_text(good + "nonsense = 1\n")
        tamd.process.send_signal(signal.SIGHUP)
        r.check("reload: refused", tamd.wait_for("reload", after=mark))
        rules.status("reload: still there", 200, EMPTY)
        r.check("reload: same", tamd.children() == before)
        mark = len(tamd.lines)
        config.write_text(good.replace("/tam\n", "/other\n"))
        tamd.process.send_signal(signal.SIGHUP)
        r.check("reload", tamd.wait_for("ready", after=mark))
        rules.status("reload: new path", 200, EMPTY.replace(b"/tam", b"/other"))
        rules.status("reload: old path", 404, EMPTY)
        r.check("reload: operator", subprocess.run(
            [pathlib.Path(build) / "cmd/tamctl/tamctl", "--socket",
             f"{tamd.home}/run/admin.sock", "device", "list"], check=False,
            capture_output=True).returncode == 0)
        r.check("reload: statuses", rules.bad == 0)
        r.check("reload: new processes",
                not set(tamd.children().values()) & set(before.values()))
        r.check("reload: end", tamd.stop() == 0)


def death(r, build):
    """One dies, all end, and the status says so."""
    for name in ("keeper", "front", "admin"):
        with Tamd(build) as tamd:
            children = tamd.children()
            r.check(name + ": is there", name in children, children)
            os.kill(children[name], signal.SIGKILL)
            died = tamd.wait_for("died")
            r.check(name + ": logged", died and died["process"] == name, died)
            r.check(name + ": status", tamd.process.wait(30) == 1)
            left = [p for p in children.values()
                    if pathlib.Path(f"/proc/{p}").exists()]
            r.check(name + ": nobody left", not left, left)
    with Tamd(build) as tamd:
        children = tamd.children()
        tamd.process.kill()
        tamd.process.wait()
        deadline = time.monotonic() + 10
        left = children
        while left and time.monotonic() < deadline:
            left = [p for p in children.values()
                    if pathlib.Path(f"/proc/{p}").exists()]
            time.sleep(0.05)
        r.check("supervisor killed: nobody left", not left, left)


def confined(r, build):
    """Who could be asked what he may: the kernel's own words."""
    with Tamd(build) as tamd:
        for name in ("keeper", "front"):
            pid = tamd.children()[name]
            status = dict(
                line.split(":\t", 1) for line in
                pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line)
            r.check(name + ": filter", status["Seccomp"] == "2", status)
            r.check(name + ": no new privileges", status["NoNewPrivs"] == "1")
            maps = subprocess.run(["ls", "-l", f"/proc/{pid}/fd"],
                                  stdout=subprocess.PIPE).stdout.decode()
            r.check(name + ": no key file open", "/keys/" not in maps, maps)
        mode = os.stat(pathlib.Path(tamd.home, "run", "admin.sock")).st_mode
        r.check("admin socket", stat.S_IMODE(mode) == 0o600, oct(mode))
        for key in pathlib.Path(tamd.home, "keys").iterdir():
            r.check(key.name, stat.S_IMODE(key.stat().st_mode) == 0o600)
        port = pathlib.Path(tamd.home, "run", "port").read_text()
        r.check("port file", int(port) == tamd.port, port)


def users(r, build):
    """With a user for each, nobody can even ask for another's files."""
    if os.getuid() != 0:
        print("users: skipped, needs root")
        return
    own = {"keeper": 64001, "admin": 64002, "front": 64003}
    names = {f"TAMD_UID_{n.upper()}": str(u) for n, u in own.items()}
    with Tamd(build, **names) as tamd:
        r.check("users: serves", Wire(tamd.port).ask(EMPTY)[0][0].status == 200)
        for name, pid in tamd.children().items():
            deadline = time.monotonic() + 10
            uids = []
            while uids != [str(own[name])] * 4 and time.monotonic() < deadline:
                text = pathlib.Path(f"/proc/{pid}/status").read_text()
                uids = [line.split()[1:] for line in text.splitlines()
                        if line.startswith("Uid:")][0]
            r.check(f"users: {name}", uids == [str(own[name])] * 4, uids)
            r.check(f"users: {name} has no capability",
                    "CapBnd:\t0000000000000000" in
                    pathlib.Path(f"/proc/{pid}/status").read_text())
        # the admin front reads what the TEEP front writes
        ctl = str(pathlib.Path(build) / "cmd" / "tamctl" / "tamctl")
        done = subprocess.run(
            [ctl, "--socket", tamd.home + "/run/admin.sock", "device", "list"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        r.check("users: tamctl", done.returncode == 0, done.stderr)
        r.check("users: end", tamd.stop() == 0)
    bad = {**names, "TAMD_UID_FRONT": "64001"}
    try:
        with Tamd(build, **bad):
            r.check("users: the same twice", False)
    except AssertionError:
        r.check("users: the same twice", True)


def systemd(r, build):
    """What a service manager is told, when."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(20)
        with Tamd(build, NOTIFY_SOCKET=path) as tamd:
            r.check("notify: ready", s.recv(100) == b"READY=1")
            tamd.process.send_signal(signal.SIGHUP)
            r.check("notify: reload", s.recv(100) == b"RELOADING=1")
            r.check("notify: again", s.recv(100) == b"READY=1")
            tamd.stop()
            r.check("notify: stopping", s.recv(100) == b"STOPPING=1")
    shutil.rmtree(folder)


def files(r, build):
    """A soft limit of the shell's is no limit of ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with Tamd(build) as tamd:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            wire = Wire(tamd.port)
            open_ones = [wire.connect() for _ in range(200)]
            r.check("files", wire.ask(EMPTY)[0][0].status == 200)
            for one in open_ones:
                one.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def verifier_uris(r, run, home):
    """In the clear to this machine's own addresses only, not to names that
    begin like one."""
    def at(uri):
        return run("run", "--dir", home, "--listen", "127.0.0.1:0",
                   TAMD_VERIFIER_URI=uri)
    for uri in ("http://127.evil.example:8580", "http://127.0.0.1.nip.io:9",
                "http://127.0.0.1:80@evil.example", "http://localhost:8580",
                "http://[::1].evil.example", "http://128.0.0.1", "127.0.0.1",
                "http://[::2]:8580", "ftp://127.0.0.1", "https:/"):
        status, text = at(uri)
        r.check(f"verifier {uri}", status == 2 and "neither https" in text,
                (status, text))
    for uri in ("http://127.0.0.1:8580", "http://127.1.2.3/",
                "http://[::1]:8580/under", "https://verifier.example"):
        status, text = at(uri)  # what is wrong then is another thing
        r.check(f"verifier {uri}", status == 1 and "neither" not in text,
                (status, text))


def made(r, program):
    """init tells the ids of all keys that it makes."""
    for json_too in ((), ("--json",)):
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [program, "init", *json_too, "--dir", home + "/t"],
                stdout=subprocess.PIPE, timeout=60, check=True)
            told = json.loads(done.stdout)["keys"] if json_too else dict(
                line.split() for line in done.stdout.decode().splitlines())
            public = pathlib.Path(home, "t", "public")
            r.check(f"keys made {json_too}", len(told) > 3 and set(told) ==
                    {p.stem for p in public.iterdir()}, told)
            n = serialization.load_pem_public_key(
                (public / "evidence-esp256.pem").read_bytes()).public_numbers()
            key = (b"\xa4\x01\x02\x20\x01\x21\x58\x20" +  # RFC 9679
                   n.x.to_bytes(32, "big") + b"\x22\x58\x20" +
                   n.y.to_bytes(32, "big"))
            kid = base64.urlsafe_b64encode(hashlib.sha256(key).digest())
            r.check("its id", told["evidence-esp256"] ==
                    kid.decode().rstrip("="), told)


def usage(r, build):
    program = str(pathlib.Path(build) / "cmd" / "tamd" / "tamd")

    def run(*arguments, **environment):
        done = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, **environment}, timeout=30)
        return done.returncode, done.stderr.decode()

    r.check("help", run("--help")[0] == 0)
    r.check("version", run("--version")[0] == 0)
    made(r, program)
    for arguments in ((), ("fly",), ("run", "now"), ("init",), ("--fly",)):
        status, text = run(*arguments)
        r.check(f"usage {arguments}", status == 2 and text.count("\n") == 1,
                (status, text))
    with Tamd(build) as tamd:
        status, text = run("init", "--dir", tamd.home)
        r.check("init twice", status == 1 and "exists" in text, text)
        # a second one on the same state
        status, text = run("run", "--dir", tamd.home, "--listen",
                           "127.0.0.1:0",
                           TAMD_ADMIN_SOCKET=tamd.home + "/run/other.sock")
        r.check("run twice", status == 1 and '"busy"' in text, text)
        status, text = run("run", "--dir", tamd.home, "--listen",
                           f"127.0.0.1:{tamd.port}")
        r.check("port taken", status == 1 and "cannot listen" in text, text)
        status, text = run("run", "--dir", tamd.home, "--listen",
                           "127.0.0.1:0")
        r.check("the other's admin socket stays", status == 1 and
                "admin.sock" in text and
                os.path.exists(tamd.home + "/run/admin.sock"), text)
        verifier_uris(r, run, tamd.home)
        r.check("bad variable",
                run("run", "--dir", tamd.home, TAMD_THREADS="0")[0] == 2)
    status, text = run("run", "--dir", "/nonexistent", "--listen",
                       "127.0.0.1:0", TAMD_ADMIN_SOCKET="/tmp/nonexistent/x")
    r.check("no directory", status == 1 and "tamd init" in text and
            text.count("\n") == 1, (status, text))


def main():
    build = sys.argv[1]
    r = Rules(None)
    for part in (usage, confined, users, systemd, files, flood, overload,
                 reload, death):
        part(r, build)
    print(f"{r.good} ok, {r.bad} not ok")
    return 1 if r.bad else 0


if __name__ == "__main__":
    sys.exit(main())
