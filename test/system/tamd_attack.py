#!/usr/bin/python3
"""tamd against those who may speak to it: the network, and devices that it
knows.  Whatever they do, others are served, and nothing grows.

    tamd_attack.py BUILD
"""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

from agent import ERR_CODE, ERR_MSG, Agent                   # noqa: E402
from cbor import decode                                      # noqa: E402
from cose import verify1                                     # noqa: E402
from http_rules import ACCEPT, CONTENT, EMPTY, Rules, Wire, body, head  # noqa
from tamd_process import Tamd                                # noqa: E402
from world import World                                      # noqa: E402

MEBI = 1 << 20
BIG = 8 * MEBI


# ---- the network


def long_bodies(r, build):
    """Who sends as much as he may, and never ends, keeps no device out."""
    with Tamd(build) as tamd:
        wire, held = Wire(tamd.port), []
        start = head(ACCEPT, CONTENT, f"Content-Length: {MEBI}")
        for _ in range(80):
            s = wire.connect()
            s.sendall(start + b"x" * (MEBI - 1))
            held.append(s)
        time.sleep(1)
        for size in (8, 16384):
            got, _ = wire.ask(body(b"x" * size))
            r.check(f"long bodies: {size} octets",
                    [a.status for a in got] == [204],
                    [a.status for a in got])
        for s in held:
            s.close()
        r.check("long bodies: end", tamd.stop() == 0)


def one_source(r, build):
    """One source cannot take all connections."""
    with Tamd(build, TAMD_CONNECTIONS="64", TAMD_THREADS="1") as tamd:
        wire = Wire(tamd.port)
        held = [wire.connect() for _ in range(100)]
        time.sleep(0.5)
        try:
            with socket.create_connection(
                    ("127.0.0.1", tamd.port), 5,
                    source_address=("127.0.0.2", 0)) as s:
                s.sendall(EMPTY)
                got = s.recv(65536)
        except OSError as e:
            got = repr(e).encode()
        r.check("one source: another is served",
                got.startswith(b"HTTP/1.1 200"), got[:40])
        for s in held:
            s.close()
        r.check("one source: end", tamd.stop() == 0)


# ---- the machine

NOBODY = 65534
STRANGER = """
import os, socket, sys
os.setgroups([])
os.setgid(%d)
os.setuid(%d)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
except PermissionError:
    print("no way in")
    sys.exit()
s.sendall(b"DELETE /v1/devices/x HTTP/1.1\\r\\nHost: t\\r\\n\\r\\n")
print(s.recv(65536).split(b"\\r\\n")[0].decode())
""" % (NOBODY, NOBODY)


def other_users(r, build):
    """Who is on the same machine, and not the operator."""
    if os.getuid() != 0:
        print("other users: skipped, needs root")
        return
    with Tamd(build) as tamd:
        path = tamd.home + "/run/admin.sock"

        def tries():
            return subprocess.run(
                [sys.executable, "-c", STRANGER, path], check=True,
                stdout=subprocess.PIPE, timeout=30).stdout.decode().strip()

        r.check("other users: the socket", tries() == "no way in")
        os.chmod(path, 0o666)
        found = tries()
        r.check("other users: the peer", found.startswith("HTTP/1.1 403"),
                found)
        for name in ("keys", "state", "policy"):
            mode = os.stat(os.path.join(tamd.home, name)).st_mode
            r.check(f"other users: {name}", mode & 0o007 == 0, oct(mode))


# ---- devices


class Known:
    """A world whose TAM knows four devices; its log is read whole."""

    def __init__(self, build, **environment):
        self.build, self.environment = build, environment

    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="attack-")
        self.kept = {k: os.environ.get(k) for k in self.environment}
        os.environ.update(self.environment)
        for name in ("tam", "foreign-tam"):
            self.prepare(pathlib.Path(self.home) / name)
        self.world = World(self.build, self.home)
        self.world.start()
        self.tam = self.world.tam
        self.port = int(self.tam.uri.split(":")[2].split("/")[0])
        return self

    def prepare(self, folder):
        """What is in a TAM's folder before it starts."""

    def __exit__(self, *unused):
        self.world.stop()
        for name, value in self.kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(self.home)

    def log(self):
        lines = (pathlib.Path(self.home) / "tam" / "tamd.log").read_text()
        return [json.loads(n) for n in lines.splitlines()]

    def agent(self, device):
        return Agent(device, self.world.trust, self.world.http.post)

    def answer(self, device):
        """A QueryResponse to a fresh question."""
        agent = self.agent(device)
        agent.query_request(self.world.http.post(b"").body)
        return agent.query_response()

    def attest(self, device):
        """What the TAM says to a device's Evidence: (code, word) of an Update
        that refuses, "installs", or None if there is nothing to do."""
        reply = self.world.http.post(self.answer(device))
        if reply.status == 204:
            return None
        keys = {k.kid: k for k in self.tam.teep_keys
                if k.alg == device.teep.alg}
        options = decode(verify1(reply.body, keys)[0])[1]
        if ERR_CODE not in options:
            return "installs"
        return options[ERR_CODE], options[ERR_MSG]


def clone(r, build):
    """One device's keys in two places: the second of them that comes back
    ends both, and somebody is told."""
    with Known(build, TAMD_CLOCK_SKEW="0") as k:
        device, other = k.world.devices[:2]
        k.agent(device).session()
        first = device.bootseed
        r.check("clone: before", k.attest(device) == "installs")
        device.bootseed = os.urandom(32)
        r.check("clone: a boot", k.attest(device) == "installs")
        time.sleep(1.1)
        second, device.bootseed = device.bootseed, first
        r.check("clone: told", k.attest(device) == (7, "clone"))
        device.bootseed = second
        r.check("clone: the other, too", k.attest(device) == (7, "clone"))
        events = [n for n in k.log() if n["event"] == "clone"]
        r.check("clone: logged once", len(events) == 1 and
                events[0]["level"] == "error" and
                events[0]["device"] == device.name and
                events[0]["ueid"] == device.ueid.hex(), events)
        shown = k.tam.shown(device)
        r.check("clone: shown", shown["verdict"] == "clone", shown["verdict"])
        r.check("clone: another device", k.attest(other) == "installs")
        # the operator has looked into it
        k.tam.ctl("device", "remove", device.name)
        k.tam.ctl("device", "add", device.name, "--key",
                  k.world.home / f"{device.name}-teep.pem")
        k.agent(device).session()
        r.check("clone: afterwards",
                k.tam.shown(device)["verdict"] == "accepted")


def recordings(r, build):
    """Old messages, sent again and again, fill no log and get no answer."""
    with Known(build) as k:
        old = k.answer(k.world.devices[0])
        k.world.http.post(old)
        before = len(k.log())
        began = time.monotonic()
        wire = Wire(k.port)
        statuses = []
        for _ in range(10):
            answers, _ = wire.ask(body(old) * 60)
            statuses += [a.status for a in answers]
        took = time.monotonic() - began
        lines = k.log()[before:]
        r.check("recordings: answers", statuses == [204] * 600,
                set(statuses))
        r.check("recordings: lines", len(lines) <= 50 * (took + 2),
                (len(lines), took))
        time.sleep(1.1)
        k.world.http.post(old)
        lines = k.log()[before:]
        counted = len(lines) + sum(n.get("unlogged", 0) for n in lines)
        r.check("recordings: counted", counted == 601 and
                lines[-1]["reason"] == "replay", (counted, lines[-1]))


def big_component(k):
    """Eight mebioctets for every device."""
    run, home = k.world.programs.run, k.world.home
    device = k.world.devices[0]
    (home / "big").write_bytes(bytes(BIG))
    run("suit", "create", "--component", "interop/big", "--payload",
        home / "big", "--sequence", "1", "--vendor",
        str(uuid.UUID(bytes=device.vendor)), "--class",
        str(uuid.UUID(bytes=device.klass)), "--key",
        home / "author.pem", "-o", home / "big.suit")
    k.tam.ctl("component", "add", home / "big.suit")
    k.tam.ctl("assign", "all", "interop/big")


def slow_readers(r, build):
    """Who asks for much and does not read it holds what he is to get, and
    not four times of it."""
    with Known(build, TAMD_MEMORY=str(64 * MEBI)) as k:
        big_component(k)
        slow, honest = k.world.devices[0], k.world.devices[2]
        with contextlib.ExitStack() as held:
            for i in range(3):
                wire = k.answer(slow)
                s = held.enter_context(socket.socket())
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.settimeout(20)
                s.connect(("127.0.0.1", k.port))
                s.sendall(body(wire))
                got = s.recv(12)
                r.check(f"slow readers: {i}", got == b"HTTP/1.1 200", got)
            agent = k.agent(honest)
            agent.session()
            r.check("slow readers: another device", sorted(
                len(i) for _, found in agent.installed
                for i in found.values())[-1] == BIG)


def at_once(k, wire, times=8):
    """The same message on as many connections, as nearly at once as can be:
    the statuses, sorted."""
    held = []
    for _ in range(times):
        s = socket.create_connection(("127.0.0.1", k.port), 20)
        s.sendall(body(wire)[:-1])
        held.append(s)
    time.sleep(0.2)
    for s in held:
        s.sendall(body(wire)[-1:])
    got = [int(s.recv(65536).split()[1]) for s in held]
    for s in held:
        s.close()
    return sorted(got)


def races(r, build):
    """Of the same message in several hands one is answered."""
    with Known(build, TAMD_THREADS="4") as k:
        device = k.world.devices[0]
        for i in range(5):
            got = at_once(k, k.answer(device))
            r.check(f"races: QueryResponse {i}",
                    got == [200] + [204] * 7, got)
            agent = k.agent(device)
            agent.query_request(k.world.http.post(b"").body)
            agent.update(k.world.http.post(agent.query_response()).body)
            got = at_once(k, agent.success())
            r.check(f"races: Success {i}", got == [200] + [204] * 7, got)


class Asking(Known):
    """One that asks a Verifier which takes connections and says nothing."""

    def prepare(self, folder):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        (folder / "verifier").mkdir(parents=True)
        (folder / "verifier" / "v.pem").write_bytes(key.public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo))


def errands(r, build):
    """Of the same message in several hands one is carried to a Verifier."""
    with contextlib.closing(socket.create_server(
            ("127.0.0.1", 0), backlog=64)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Asking(build, TAMD_VERIFIER_URI=uri,
                    TAMD_VERIFIER_SECONDS="4") as k:
            wire = k.answer(k.world.devices[0])
            got = at_once(k, wire)
            r.check("errands: one", got == [200] + [503] * 7, got)
            reply = k.world.http.post(wire)
            r.check("errands: spent", reply.status == 204, reply.status)
            away = [n for n in k.log() if n.get("reason") == "rate-limited"]
            r.check("errands: in the log", len(away) == 7, away)
            silent.setblocking(False)
            n = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    silent.accept()[0].close()
                    n += 1
            r.check("errands: sessions", n == 1, n)


def replies_lost(r, build):
    """What the TAM said and nobody heard is said again, and proven once."""
    with Known(build) as k:
        device = k.world.devices[0]
        agent = k.agent(device)
        for _ in range(12):
            k.world.http.post(k.answer(device))  # its Update is lost
        agent.query_request(k.world.http.post(b"").body)
        agent.update(k.world.http.post(agent.query_response()).body)
        k.world.http.post(agent.success())  # the next question is lost
        known = k.tam.shown(device)["components"]
        r.check("replies lost: reported",
                [c["state"] for c in known] == ["reported"], known)
        time.sleep(1.1)  # a proof is asked for after the report
        trace = agent.session()
        r.check("replies lost: nothing is left to do",
                trace == ["QueryRequest", "QueryResponse"], trace)
        known = k.tam.shown(device)["components"]
        r.check("replies lost: proven",
                [c["state"] for c in known] == ["proven"], known)
        path = pathlib.Path(k.home) / "tam" / "state" / "state.db"
        with contextlib.closing(sqlite3.connect(path)) as db:
            open_ones = db.execute("SELECT count(*) FROM token").fetchone()[0]
        r.check("replies lost: few tokens", open_ones <= 8, open_ones)


def store_fails(r, build):
    """What cannot be made durable is not answered, and not lost either."""
    with Known(build) as k:
        wire = k.answer(k.world.devices[0])
        path = pathlib.Path(k.home) / "tam" / "state" / "state.db"
        with contextlib.closing(sqlite3.connect(
                path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            reply = k.world.http.post(wire)
            r.check("store fails: 503", reply.status == 503, reply.status)
            db.execute("ROLLBACK")
        reply = k.world.http.post(wire)
        r.check("store fails: again", reply.status == 200, reply.status)
        reply = k.world.http.post(wire)
        r.check("store fails: once", reply.status == 204, reply.status)


PARTS = [long_bodies, one_source, other_users, clone, recordings, slow_readers,
         races, errands, replies_lost, store_fails]


def main():
    build, wanted = sys.argv[1], sys.argv[2:]
    r = Rules(None)
    for part in PARTS:
        if not wanted or part.__name__ in wanted:
            part(r, build)
    print(f"{r.good} ok, {r.bad} not ok")
    return 1 if r.bad or not r.good else 0


if __name__ == "__main__":
    sys.exit(main())
