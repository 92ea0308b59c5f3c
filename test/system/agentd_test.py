"""teep-agentd from init to the last application, with the real programs.

usage: agentd_test.py BUILD-DIRECTORY [TEST ...]
Needs root, as the launcher does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import unittest.mock

from tee_world import (
    CALL, FETCH, INVOKE_FAILED, MESSAGE, OK, PATIENCE, RESULT, STATUS,
    UID_AGENT, UID_APPS, UID_BROKER, UID_LAUNCHER, UEID, Broker, Device,
    Makers, Refused, Tam, attest, decode, envelope, eventually, evidence,
    install, sha256, status_of, teep)

KILLED = ("open", "escape", "socket", "ptrace", "fork", "clone", "exec",
          "execveat", "kill", "unshare", "memory", "uring", "bpf",
          "userfaultfd", "keyctl", "perf", "code", "setuid", "dump", "mount")
NAMESPACES = ("user", "pid", "net", "mnt", "ipc", "uts")


def refused(action, *words):
    """action must fail, and say each of words."""
    try:
        action()
    except Refused as e:
        for word in words:
            assert word in e.text, f"{word!r} is not in: {e.text}"
        return e
    raise AssertionError("was not refused")


def gone(pid):
    """Does it end?  Who reaps it, once its parent is gone, is not ours."""
    def ended():
        try:
            return status_of(pid, "State")[0] in ("Z", "X")
        except (FileNotFoundError, ProcessLookupError):
            return True
    return eventually(ended)


class World:
    """One device, initialised; each test starts and stops what it needs."""

    def __init__(self, build, home):
        self.build, self.home = pathlib.Path(build), home
        self.makers = Makers()
        self.device = Device(build, home, self.makers)
        self.apps = self.build / "examples"

    def app(self, name, sequence, file):
        return self.makers.app(name, sequence,
                               (self.apps / file).read_bytes())


def running(test):
    """Run test with the device started, and stop it: cleanly."""
    def run(w):
        w.device.start()
        try:
            with Broker(w.device) as b:
                test(w, b, Tam(w.device))
        except BaseException:
            print(w.device.events())
            raise
        finally:
            status = w.device.stop()
        assert status == 0, f"status {status}"
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


# Both programs are their files


def segments(path):
    """Types of the program headers of a 64-bit little-endian ELF file."""
    raw = path.read_bytes()
    at, = struct.unpack_from("<Q", raw, 32)
    size, n = struct.unpack_from("<HH", raw, 54)
    return [struct.unpack_from("<I", raw, at + i * size)[0] for i in range(n)]


def static(w):
    """No interpreter, hence no library: what is measured is all there is."""
    load, dynamic, interpreter = 1, 2, 3
    for program in (w.device.agent, pathlib.Path(w.device.program())):
        found = segments(program)
        assert load in found and dynamic in found, program
        assert interpreter not in found, program


def loads_nothing(w):
    """What the environment names for a library to load is left alone."""
    pipe = w.home / "pipe"
    os.mkfifo(pipe)  # who opens it to read waits for a writer
    names = ("OPENSSL_CONF", "OPENSSL_MODULES", "LD_PRELOAD", "LD_AUDIT")
    with unittest.mock.patch.dict(os.environ, dict.fromkeys(names, str(pipe))):
        w.device.start()
    assert w.device.stop() == 0


# Initialisation


def init_needs_root(w):
    """A user other than root is refused with a sentence."""
    # a copy: the build may stand where only root gets
    program = shutil.copy(w.device.program(), w.home)
    e = refused(lambda: w.device.init(uid=65534, program=program),
                "must be started by root")
    assert e.status == 1, e.status


def init_refuses_policy(w):
    """A policy that its administrators did not sign; nothing is published."""
    device = Device(w.build, w.home / "other", w.makers)
    device.home.mkdir()
    refused(lambda: device.init(policy=w.makers.policy(w.makers.signer)),
            "unknown-key")
    assert not device.public.exists()
    refused(lambda: device.start(), "device.cbor")


def init_refuses_another_manifest(w):
    """What is no policy is refused before anything is made."""
    device = Device(w.build, w.home / "third", w.makers)
    device.home.mkdir()
    other = envelope([w.makers.admin], 1, [b"ta"], b"x" * 64, False)
    refused(lambda: device.init(policy=other), "another component")
    refused(lambda: device.init(policy=other[1:]), "policy.suit")
    assert not device.state.exists()


def init_refuses_users(w):
    """Two processes under one user."""
    e = refused(lambda: w.device.init(extra=("--uid-agent", "61101")),
                "different uids")
    assert e.status == 2, e.status
    refused(lambda: w.device.init(extra=("--uid-agent", "61205")),
            "different uids")
    refused(lambda: w.device.init(extra=("--uid-broker", "0")),
            "above 0")


def init(w):
    """Who owns what; keys for the world; not twice."""
    w.device.init()
    for folder, uid in (("launcher", UID_LAUNCHER), ("agent", UID_AGENT)):
        path = w.device.state / folder
        assert path.stat().st_uid == uid
        assert path.stat().st_mode & 0o777 == 0o700
        for file in path.rglob("*"):
            assert file.stat().st_uid == uid, file
    for secret in ("evidence.pem", "sealing.key", "device.cbor"):
        mode = (w.device.state / "launcher" / secret).stat().st_mode
        assert mode & 0o777 == 0o600, secret
    for name in ("teep", "report", "evidence"):
        text = (w.device.public / f"{name}.pub.pem").read_text()
        assert "PRIVATE" not in text and "PUBLIC KEY" in text
    device = (w.device.public / "device.json").read_text()
    assert UEID.hex() in device
    # the agent's private keys are sealed
    stored = (w.device.state / "agent/keys").read_bytes()
    assert b"PRIVATE" not in stored
    refused(lambda: w.device.init(), "exists")


# Running


@running
def attests(w, b, tam):
    """Evidence says what runs, bound to challenge, TAM and keys."""
    claims = attest(b, tam)
    tam_kid = w.makers.tam.kid
    assert claims[evidence.AUD] == evidence.key_id_text(tam_kid)
    assert claims[evidence.CNF] == {1: tam.teep.cose}
    assert claims[evidence.REPORT_KEY] == tam.report.cose
    assert claims[evidence.UEID] == UEID
    assert claims[evidence.HWVERSION] == ["1.0.0"]
    assert len(claims[evidence.BOOTSEED]) == 32
    assert claims[evidence.STORE_COUNTER] == "none"
    assert set(evidence.REQUIRED) <= set(claims)
    measured = [decode(m[1]) for m in claims[evidence.MEASUREMENTS]]
    assert [m[1][0] for m in measured] == ["launcher", "agent", "policy"]
    program = pathlib.Path(w.device.program()).read_bytes()
    assert measured[0][2][1] == sha256(program)
    assert measured[1][2][1] == sha256(w.device.agent.read_bytes())
    w.bootseed = claims[evidence.BOOTSEED]


@running
def reboots(w, b, tam):
    """Another start, another boot seed."""
    assert attest(b, tam)[evidence.BOOTSEED] != w.bootseed


@running
def other_users(w, b, tam):
    """Only the broker's user is served, root included."""
    b.socket.close()
    for uid in (UID_AGENT, 0):
        try:
            with Broker(w.device, uid) as other:
                other.send(STATUS)
                assert other.closed()
        except BrokenPipeError:
            assert uid == 0  # the kernel let it in, the agent did not
        except PermissionError:
            assert uid != 0
    assert w.device.logs('"peer-refused"')
    with Broker(w.device) as again:
        assert again.ask(STATUS)[0] == RESULT


@running
def nonsense(w, b, tam):
    """Frames that are none end the connection, not the agent."""
    for raw in (b"\xff\xff\xff\xff", b"\0\0\0\1\xff", b"\0\0\0\2\x81\x18",
                b"\0\0\0\3\x82\x18\x40"):
        b.socket.close()
        b.__init__(w.device)
        b.socket.sendall(raw)
        assert b.closed(), raw
    b.__init__(w.device)
    assert b.ask(STATUS)[0] == RESULT


@running
def processes(w, b, tam):
    """Users, capabilities, namespaces and filters of every process."""
    kind, _, _ = install(b, tam, w.app(b"hello", 1, "ta-hello-1.0.0"))
    assert kind == teep.SUCCESS
    error, answer = b.call(b"hello", b"who are you?")
    assert error == OK, hex(error)
    assert b"ta-hello 1.0.0 (app/hello)" in answer
    assert b'"who are you?"' in answer and b"not authenticated" in answer
    launcher = w.device.process.pid
    assert status_of(launcher, "Uid") == [UID_LAUNCHER] * 4
    assert int(str(status_of(launcher, "CapBnd")[0]), 16) == 0xc0
    assert status_of(launcher, "CapEff") == status_of(launcher, "CapBnd")
    children = w.device.children()
    assert sorted(children.values()) == [UID_AGENT, UID_APPS]
    for pid in (launcher, *children):
        assert status_of(pid, "NoNewPrivs") == [1]
        assert status_of(pid, "Seccomp") == [2]
        assert status_of(pid, "Groups") == []
        # nobody but root may look into it: not dumpable
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0, pid
    for pid, uid in children.items():
        for caps in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(str(status_of(pid, caps)[0]), 16) == 0
        for kind in NAMESPACES:
            assert (os.readlink(f"/proc/{pid}/ns/{kind}") !=
                    os.readlink(f"/proc/self/ns/{kind}"))
        assert os.listdir(f"/proc/{pid}/root") == []
        fds = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
        if uid == UID_APPS:
            assert fds == [3], fds
        assert pathlib.Path(f"/proc/{pid}/environ").read_bytes() == b""


@running
def upgrades(w, b, tam):
    """2.0.0 replaces 1.0.0, also while it runs; 1.0.0 does not come back."""
    assert b"1.0.0" in b.call(b"hello", b"")[1]
    old = [p for p, u in w.device.children().items() if u == UID_APPS]
    kind, _, _ = install(b, tam, w.app(b"hello", 2, "ta-hello-2.0.0"))
    assert kind == teep.SUCCESS
    error, answer = b.call(b"hello", b"")
    assert error == OK and b"ta-hello 2.0.0" in answer, (error, answer)
    assert all(gone(p) for p in old)
    kind, options, code = install(
        b, tam, w.app(b"hello", 1, "ta-hello-1.0.0"))
    assert kind == teep.ERROR and options[teep.ERR_MSG] == "rollback", options
    assert b"2.0.0" in b.call(b"hello", b"")[1]


@running
def not_an_application(w, b, tam):
    """What is installed but cannot be executed answers no call."""
    image = b"#!/bin/sh\necho gotcha\n"
    kind, _, _ = install(b, tam, w.makers.app(b"script", 1, image))
    assert kind == teep.SUCCESS
    assert b.call(b"script", b"")[0] == INVOKE_FAILED
    assert w.device.logs('"request":"start"')
    assert b.call(b"absent", b"")[0] not in (OK, INVOKE_FAILED)
    assert b"2.0.0" in b.call(b"hello", b"")[1]


@running
def hostile_applications(w, b, tam):
    """An application that does what none may is killed, and nothing else
    is."""
    kind, _, _ = install(b, tam, w.app(b"hostile", 1, "ta-hostile"))
    assert kind == teep.SUCCESS
    assert b.call(b"hostile", b"none") == (OK, b"none: 0")
    assert b.call(b"hostile", b"files") == (OK, b"files: 0")
    for attack in KILLED:
        error, answer = b.call(b"hostile", attack.encode())
        assert error == INVOKE_FAILED, (attack, answer)
        assert b.call(b"hostile", b"none") == (OK, b"none: 0"), attack
    assert w.device.logs('"application-killed"', len(KILLED))
    assert b.call(b"hostile", b"oversize")[0] == INVOKE_FAILED
    assert b.call(b"hostile", b"none") == (OK, b"none: 0")
    # half an answer, and silence for longer than a call may take
    assert b.call(b"hostile", b"late")[0] == INVOKE_FAILED
    assert w.device.logs('"application-killed"', len(KILLED))
    assert w.device.logs('"application-failed","reason":"network"',
                         len(KILLED) + 1)
    assert b"2.0.0" in b.call(b"hello", b"")[1]


@running
def many_calls(w, b, tam):
    """One instance serves many calls; the largest goes through whole."""
    b.call(b"hello", b"first")
    before = w.device.children()
    for i in range(50):
        assert b'"%d"' % i in b.call(b"hello", b"%d" % i)[1]
    assert w.device.children() == before
    error, answer = b.call(b"hello", b"x" * 60000)
    assert error == OK and b"x" * 60000 in answer
    op, (error, _) = b.ask(CALL, [b"app", b"hello"], b"", 1000)
    assert (op, error) == (RESULT, OK)


def memory_of(pid):
    """Resident kilobytes."""
    return status_of(pid, "VmRSS")[0]


@running
def large_updates(w, b, tam):
    """A message of 20 MiB, and an image in pieces; the memory is given
    back."""
    agent = [p for p, u in w.device.children().items() if u == UID_AGENT][0]
    before = memory_of(agent)
    large = os.urandom(20 << 20)
    kind, _, _ = install(b, tam, w.makers.app(b"large", 1, large))
    assert kind == teep.SUCCESS
    # It answers, then gives back, then takes the next frame.
    assert b.ask(STATUS)[0] == RESULT
    assert memory_of(agent) < before + 4096, (before, memory_of(agent))
    image = (w.apps / "ta-hello-1.0.0").read_bytes()
    uri = "https://files.example/hello"
    assert len(image) < 65536 < len(large)
    kind, _, _ = install(
        b, tam, w.makers.app(b"small", 1, image, uri=uri),
        w.makers.app(b"large", 2, large[::-1], uri=uri + "2"),
        files={uri: image, uri + "2": large[::-1]})
    assert kind == teep.SUCCESS
    assert b"(app/small)" in b.call(b"small", b"")[1]
    # left alone with a message that it works on
    claims = attest(b, tam)
    op, _ = b.ask(MESSAGE, tam.update(
        claims, w.makers.app(b"small", 2, image, uri=uri),
        w.makers.app(b"large", 3, large)))
    assert op == FETCH, op
    assert memory_of(agent) > before + 16384
    b.socket.close()
    assert eventually(lambda: memory_of(agent) < before + 4096), (
        before, memory_of(agent))
    # more than any frame may be
    b.__init__(w.device)
    b.socket.sendall((34 << 20).to_bytes(4, "big"))
    assert b.closed()


@running
def idle(w, b, tam):
    """After a minute without a call an application ends; the next call
    starts it again.                                      (long, by name)"""
    assert b.call(b"hello", b"")[0] == OK
    time.sleep(20)
    last = time.monotonic()
    assert b.call(b"hello", b"")[0] == OK
    assert eventually(lambda: UID_APPS not in w.device.children().values(),
                      180)
    assert time.monotonic() - last >= 60
    assert b.call(b"hello", b"")[0] == OK


def dies_with_agent(w):
    """Without its agent the launcher ends, and every application with it."""
    w.device.start()
    with Broker(w.device) as b:
        assert b.call(b"hello", b"")[0] == OK
        children = w.device.children()
        agent = [p for p, u in children.items() if u == UID_AGENT]
        os.kill(agent[0], signal.SIGKILL)
        assert w.device.process.wait(PATIENCE) == 1
        assert all(gone(p) for p in children)
    assert w.device.logs('"agent-gone"')
    w.device.log.unlink()


def dies_with_launcher(w):
    """Nothing outlives the launcher."""
    w.device.start()
    with Broker(w.device) as b:
        assert b.call(b"hello", b"")[0] == OK
        children = w.device.children()
        assert len(children) == 2
        w.device.kill()
        assert all(gone(p) for p in children)
    w.device.log.unlink()


def one_at_a_time(w):
    """A second one on the same state is refused; the first goes on."""
    second = Device(w.build, w.home / "second", w.makers)
    second.home.mkdir()
    second.state = w.device.state
    w.device.start()
    refused(second.start, "in use")
    with Broker(w.device) as b:
        assert b.call(b"hello", b"")[0] == OK
    assert w.device.stop() == 0


def other_agent(w):
    """Another executable runs, and Evidence says so: the Verifier decides."""
    changed = w.home / "teep-agent"
    changed.write_bytes(w.device.agent.read_bytes() + b"\0")
    good, w.device.agent = w.device.agent, changed
    try:
        w.device.start()
        with Broker(w.device) as b:
            claims = attest(b, Tam(w.device))
        assert w.device.stop() == 0
    finally:
        w.device.agent = good
    measured = decode(claims[evidence.MEASUREMENTS][1][1])
    assert measured[1] == ["agent"]
    assert measured[2][1] == sha256(changed.read_bytes())
    assert measured[2][1] != sha256(good.read_bytes())


def cpu_of(pid):
    """Seconds of processor time."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()
    return sum(map(int, words[11:13])) / os.sysconf("SC_CLK_TCK")


def greedy_agent(w):
    """An agent that has been taken over asks and writes without end: it is
    refused by name, and neither log nor launcher run away."""
    good = w.device.agent
    w.device.agent = w.build / "test/agentd/hostile-agent"
    begin = time.monotonic()
    try:
        w.device.start()
        assert w.device.logs('"event":"flooded"')
        counts = json.loads(next(
            line for line in w.device.events().splitlines()
            if '"flooded"' in line))
        assert counts["attest"] >= 512 and counts["start"] >= 64, counts
        for request in ("attest", "start"):
            assert w.device.logs(f'"request":"{request}",'
                                 '"reason":"rate-limited"', 3)
        # by then it has written what it may at once
        assert eventually(lambda: w.device.log.stat().st_size > 1 << 18)
        launcher = w.device.process.pid
        used, window = cpu_of(launcher), time.monotonic() + 3
        while time.monotonic() < window:
            size = w.device.log.stat().st_size
            allowed = (time.monotonic() - begin) * 4096 + (1 << 20)
            assert size < allowed + (1 << 18), (size, allowed)
            time.sleep(0.1)
        assert cpu_of(launcher) - used < 1
        children = w.device.children()
    finally:
        w.device.agent = good
        w.device.kill()
    assert all(gone(p) for p in children)
    w.device.log.unlink()


def with_file(path, content, action):
    """action while a file of the state holds something else."""
    good = path.read_bytes()
    path.write_bytes(content)
    try:
        action()
    finally:
        path.write_bytes(good)


def changed_state(w):
    """Changed, exchanged and foreign state is refused at start."""
    keys = w.device.state / "agent/keys"
    raw = keys.read_bytes()
    for changed in (raw[:-1], raw[:-1] + bytes([raw[-1] ^ 1]), b""):
        with_file(keys, changed, lambda: refused(
            w.device.start, "undecryptable"))
    seal = w.device.state / "launcher/sealing.key"
    with_file(seal, bytes(16), lambda: refused(w.device.start, "agent"))
    with_file(seal, bytes(15), lambda: refused(
        w.device.start, "sealing.key"))
    pem = w.device.state / "launcher/evidence.pem"
    with_file(pem, b"", lambda: refused(w.device.start, "evidence.pem"))
    os.chown(w.device.state / "agent", UID_BROKER, UID_BROKER)
    try:
        refused(w.device.start, "peer-not-allowed")
    finally:
        os.chown(w.device.state / "agent", UID_AGENT, UID_AGENT)
    os.chmod(w.device.state / "launcher", 0o755)
    try:
        refused(w.device.start, "peer-not-allowed")
    finally:
        os.chmod(w.device.state / "launcher", 0o700)


TESTS = (static, init_needs_root, init_refuses_users, init_refuses_policy,
         init_refuses_another_manifest, init, loads_nothing, attests, reboots, other_users, nonsense,
         processes, upgrades, not_an_application, hostile_applications,
         many_calls, large_updates, dies_with_agent, dies_with_launcher,
         one_at_a_time, other_agent, greedy_agent, changed_state)
LONG = (idle,)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    with tempfile.TemporaryDirectory(prefix="agentd-") as folder:
        home = pathlib.Path(folder)
        home.chmod(0o755)
        world = World(sys.argv[1], home)
        try:
            return run_all(world, sys.argv[2:])
        finally:
            world.device.kill()


def run_all(world, wanted):
    failed = 0
    for test in (*TESTS, *LONG):
        # Every run needs a device; "processes" installs what is called.
        if wanted and test.__name__ not in (*wanted, "init", "processes"):
            continue
        if test in LONG and test.__name__ not in wanted:
            continue
        start = time.monotonic()
        try:
            test(world)
            verdict = "ok"
        except Exception:
            traceback.print_exc()
            failed, verdict = failed + 1, "FAILED"
        print(f"{verdict:7}{test.__name__} "
              f"({time.monotonic() - start:.1f} s)", flush=True)
        if test is init and verdict != "ok":
            break  # there is no device to go on with
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
