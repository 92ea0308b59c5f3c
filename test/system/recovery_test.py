"""The drills of docs/recovery.md with the real programs: a key is stolen, the
thief does what he can, and the administrators take it from him.

usage: recovery_test.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from real_world import ORIGIN, TrustsTamd, World, run
from tamd_process import Tamd
from tee_world import (
    ESP256, INVOKE_FAILED, MESSAGE, OK, POLICY_CHECK, REPLY, UID_BROKER,
    Broker, Device, Key, Makers, Refused, Tam, attest, decode, encode,
    envelope, evidence, eventually, install, sign, teep)

UNKNOWN_KEY, THRESHOLD, TAM_ACCESS = (
    "unknown-key", "too-few-signatures", "component-not-allowed-for-tam")
ROLLBACK = "rollback"


class Owners(Makers):
    """Three administrators, two of whom have to agree."""

    def __init__(self):
        super().__init__()
        self.admins = [Key.new(ESP256) for _ in range(3)]
        self.floors = None

    def rules(self):
        signer = {1: "acme", 2: [self.signer.cose], 3: [[b"app"]]}
        if self.floors is not None:
            signer[6] = self.floors
        return {**super().rules(),
                2: {1: 2, 2: [k.cose for k in self.admins]}, 4: [signer]}

    def write(self, sequence, signers):
        return envelope(signers, sequence, [b"policy"],
                        encode(self.rules()), False)

    def policy(self, admin=None):
        return self.write(1, self.admins[:2])


def listens(port):
    """No connection is made: `teep tam` would take it for a session."""
    wanted = f":{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as f:
        return any(row.split()[1].endswith(wanted) and row.split()[3] == "0A"
                   for row in list(f)[1:])


class Lost:
    """One device, its owners, and a broker that goes to their recovery
    TAM."""

    def __init__(self, build, home):
        self.build, self.home = pathlib.Path(build), home
        self.owners = Owners()
        self.device = Device(build, home, self.owners)
        self.device.init()
        self.device.start()
        self.tam = Tam(self.device)
        self.sequence = 1
        self.app = (self.build / "examples/ta-hello-1.0.0").read_bytes()

    def tool(self, name):
        return str(self.build / "cmd" / name / name)

    def by_hand(self):
        return Broker(self.device)

    def update(self, *manifests, unneeded=()):
        """What the agent says to an Update of its TAM: a reason, or
        None."""
        with self.by_hand() as b:
            claims = attest(b, self.tam)
            _, (reply,) = b.ask(MESSAGE, self.tam.update(
                claims, *manifests, unneeded=unneeded))
            kind, options, _ = self.tam.outcome(reply)
        return None if kind == teep.SUCCESS else options[teep.ERR_MSG]

    def call(self, name):
        with self.by_hand() as b:
            return b.call(name, b"hello")

    def installed(self):
        with self.by_hand() as b:
            manifests = attest(b, self.tam)[evidence.MANIFESTS]
        return len(manifests) - 1  # the agent has one, too

    def recover(self, *manifests, key=None):
        """Bring it through the recovery TAM: an administrator's machine with
        `teep tam`.  What that saw, and how the command went."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        uri = f"http://127.0.0.1:{port}/recovery"
        folder = self.home / "broker"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        os.chown(folder, UID_BROKER, UID_BROKER)
        (self.home / "broker.ini").write_text(
            f"[broker]\nagent = {self.device.socket}\n"
            f"control = {folder}/sock\ncheck_every = 3600\nallow = {uri}\n")
        words = []
        for i, m in enumerate(manifests):
            path = self.home / f"update-{i}.suit"
            path.write_bytes(m)
            words += ["--manifest", path]
        for name, k in (("recovery", key or self.owners.recovery),
                        ("result", self.owners.verifier)):
            (self.home / f"{name}.pem").write_bytes(k.private_pem())
        keys = self.home / "keys"
        keys.mkdir(exist_ok=True)
        shutil.copy(self.device.public / "teep.pub.pem", keys)
        shutil.copy(self.device.public / "evidence.pub.pem", keys)
        story = open(self.home / "story", "w+b")
        with open(self.home / "broker.log", "ab") as log:
            tam = subprocess.Popen(
                [self.tool("teep"), "tam", "--key", self.home /
                 "recovery.pem", "--result", self.home / "result.pem",
                 "--keys", keys, *words, uri], stdin=subprocess.DEVNULL,
                stdout=story, stderr=story)
            broker = subprocess.Popen(
                [self.tool("teep-broker"), "-c", self.home / "broker.ini",
                 "daemon"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                user=UID_BROKER, group=UID_BROKER, extra_groups=[])
        try:
            assert eventually((folder / "sock").exists)
            assert eventually(lambda: listens(port))
            done = subprocess.run(
                [self.tool("teep-broker"), "--control", folder / "sock",
                 "recover", uri], capture_output=True, timeout=120,
                check=False)
        finally:
            for p in (tam, broker):
                p.terminate()
                p.wait(30)
        story.seek(0)
        return story.read().decode(), done

    def new_policy(self, signers, key=None):
        """Replace it, in a world where only the recovery TAM is left."""
        self.sequence += 1
        story, done = self.recover(
            self.owners.write(self.sequence, signers), key=key)
        assert done.returncode == 0, done
        assert taken(story), story
        assert self.device.logs('"policy-replaced"', self.sequence - 1)

    def close(self):
        return self.device.stop()


def taken(story):
    """Did the agent answer Success to the recovery TAM?"""
    return "Success" in story


# The drills


def stolen_tam(w):
    """A thief speaks as the TAM; then nobody hears him any more."""
    o = w.owners
    assert w.update(o.app(b"hello", 1, w.app)) is None
    assert w.call(b"hello")[0] == OK
    # no policy by this way, and no other signer's word
    assert w.update(o.write(9, o.admins[:2])) == TAM_ACCESS
    assert w.update(envelope([o.tam], 2, [b"app", b"hello"], w.app, True)) \
        == UNKNOWN_KEY
    thief, o.tam = o.tam, Key.new(ESP256)
    w.new_policy(o.admins[:2])
    with w.by_hand() as b:
        b.ask(POLICY_CHECK, True)
        challenge = os.urandom(32)
        op, (reply,) = b.ask(MESSAGE, sign([thief], encode(
            [teep.QUERY_REQUEST, {teep.CHALLENGE: challenge},
             [[[18, ESP256]]], [[-16, -9, -29, -65534]], 0])))
        assert op == REPLY
        kind, options, _ = w.tam.outcome(reply)
        assert kind == teep.ERROR, kind
        assert options == {teep.ERR_MSG: "message refused"}, options
    # the new one finds everything as it was
    assert w.installed() == 2, w.installed()
    assert w.update(o.app(b"hello", 2, w.app)) is None
    assert w.call(b"hello")[0] == OK


def stolen_signer(w):
    """A thief signs as acme, and uses its numbers up; then what he brought
    goes, and acme counts from where it was."""
    o = w.owners
    assert w.update(o.app(b"hello", 2**32 - 1, w.app)) is None
    assert w.update(o.app(b"theirs", 7, w.app)) is None
    assert w.update(o.app(b"hello", 3, w.app)) == ROLLBACK
    thief, o.signer = o.signer, Key.new(ESP256)
    o.floors = [[[b"app", b"hello"], 3]]
    w.new_policy(o.admins[:2])
    # by the agent's own records: both were signed by the old key alone
    assert w.installed() == 1, w.installed()
    assert w.call(b"hello")[0] != OK
    assert w.update(envelope([thief], 2**32, [b"app", b"hello"], w.app,
                             True)) == UNKNOWN_KEY
    assert w.update(o.app(b"hello", 1, w.app)) == ROLLBACK
    assert w.update(o.app(b"hello", 3, w.app)) is None
    assert w.call(b"hello")[0] == OK
    # what nobody named goes on from what was seen
    assert w.update(o.app(b"theirs", 6, w.app)) == ROLLBACK
    # and the same floor once more is none any more: it does not fall again
    assert w.update(o.app(b"hello", 5, w.app)) is None
    w.new_policy(o.admins[:2])
    assert w.installed() == 2, w.installed()
    assert w.update(o.app(b"hello", 4, w.app)) == ROLLBACK


def revoked_manifest(w):
    """One manifest is bad, its signer is not: the floor n + 1."""
    o = w.owners
    assert w.call(b"hello")[0] == OK
    o.floors = [[[b"app", b"hello"], 6]]
    w.new_policy(o.admins[1:])
    assert w.installed() == 1, w.installed()
    assert w.update(o.app(b"hello", 5, w.app)) == "sequence-clash"
    assert w.update(o.app(b"hello", 6, w.app)) is None
    assert w.call(b"hello")[0] == OK


def stolen_verifier(w):
    """Its key alone moves nothing: a Result counts inside an Update of a TAM
    that policy names.  Another key takes its place there."""
    o = w.owners
    thief, o.verifier = o.verifier, Key.new(ESP256)
    with w.by_hand() as b:
        claims = attest(b, w.tam)
        honest, o.tam, o.verifier = o.tam, thief, thief
        forged = w.tam.update(claims, o.app(b"more", 1, w.app))
        o.tam, o.verifier = honest, Key.new(ESP256)
        _, (reply,) = b.ask(MESSAGE, forged)
        kind, options, _ = w.tam.outcome(reply)
        assert (kind, options) == (
            teep.ERROR, {teep.ERR_MSG: "message refused"}), options
    assert w.update(o.app(b"more", 1, w.app)) is None


def refuses(w, policy, reason, key=None):
    """The recovery TAM brings it, and the agent says why not."""
    mark = len(w.device.events())
    story, _ = w.recover(policy, key=key)
    said = w.device.events()[mark:]
    assert not taken(story), story
    assert f'"reason":"{reason}"' in said, said


def stolen_administrator(w):
    """One of three is no policy, by whichever TAM; the two others replace
    it."""
    o = w.owners
    thief, *honest = o.admins
    before, number = w.installed(), w.sequence + 1
    refuses(w, o.write(number, [thief]), THRESHOLD)
    refuses(w, o.write(number, [thief, o.signer]), THRESHOLD)
    # a thief who makes himself two: one of the old, two of the new
    other = Key.new(ESP256)
    o.admins = [thief, other]
    refuses(w, o.write(number, [thief, other]), THRESHOLD)
    o.admins = [Key.new(ESP256), *honest]
    w.new_policy(honest)
    refuses(w, o.write(w.sequence + 1, [thief, honest[0]]), THRESHOLD)
    assert w.installed() == before


def stolen_recovery(w):
    """The recovery TAM brings a policy that administrators signed, and
    nothing else."""
    o = w.owners
    before = w.installed()
    refuses(w, o.app(b"evil", 1, w.app), TAM_ACCESS)
    refuses(w, o.write(99, [o.recovery]), UNKNOWN_KEY)
    assert w.installed() == before
    thief, o.recovery = o.recovery, Key.new(ESP256)
    # an ordinary TAM brings policies only where its row says so
    assert w.update(o.write(w.sequence + 1, o.admins[:2])) == TAM_ACCESS
    w.new_policy(o.admins[:2], thief)
    refuses(w, o.write(w.sequence + 1, o.admins[:2]), UNKNOWN_KEY, thief)


# With tamd


def with_tamd(build, home):
    with Tamd(build) as tamd:
        author = Key.new()
        world = World(build, home, tamd)
        try:
            world.add_devices(TrustsTamd(
                tamd, [("author", author, [b"own"])], [[b"own"]]), "one")
            stolen_endorser(world)
            reset(world)
        finally:
            statuses = world.close()
        assert statuses == {(0, 0)}, statuses


def verdict(world):
    """What tamd's book says of the device after a check."""
    try:
        world.devices["one"].check()
    except Refused:
        pass  # the TAM has nothing for a device that it does not know
    shown = json.loads(world.tamctl("--json", "device", "show", "one"))
    return shown.get("verdict"), json.dumps(shown)


def stolen_endorser(world):
    """The maker's key signs any device into the world: what it said goes, and
    comes again under another one."""
    assert verdict(world)[0] == "accepted"
    world.tamctl("anchor", "remove", "maker")
    found, all_of_it = verdict(world)
    assert found != "accepted", all_of_it
    assert "evidence-key-not-endorsed" in all_of_it, all_of_it
    # what the thief signs now is from nobody
    try:
        world.tamctl("corim", "add", world.home / "corim.signed")
    except Refused as e:
        assert UNKNOWN_KEY in e.text, e.text
    else:
        raise AssertionError("a CoRIM of the stolen key was taken")
    world._endorse()
    found, all_of_it = verdict(world)
    assert found == "accepted", all_of_it


def reset(world):
    """Everything of a device is made again: other keys, the policy of
    today."""
    one = world.devices["one"]
    kid = Key.from_pem((one.device.public / "teep.pub.pem").read_bytes()).kid
    one.broker.terminate()
    one.broker.wait(30)
    assert one.device.stop() == 0
    for path in (one.device.state, one.device.public, one.home / "broker"):
        shutil.rmtree(path)
    one.device.init()
    one.start()
    assert Key.from_pem((one.device.public / "teep.pub.pem")
                        .read_bytes()).kid != kid
    world.tamctl("device", "remove", "one")
    world.tamctl("device", "add", "one", "--key",
                 one.device.public / "teep.pub.pem")
    found, all_of_it = verdict(world)
    assert found != "accepted", all_of_it
    world.tamctl("anchor", "remove", "maker")
    world._endorse()
    found, all_of_it = verdict(world)
    assert found == "accepted", all_of_it


DRILLS = [stolen_tam, stolen_signer, revoked_manifest, stolen_verifier,
          stolen_administrator, stolen_recovery]


def main():
    if os.geteuid() != 0:
        print("needs root")
        return 77
    build = pathlib.Path(sys.argv[1]).resolve()
    home = pathlib.Path(tempfile.mkdtemp(prefix="recovery."))
    home.chmod(0o755)
    try:
        device = home / "device"
        device.mkdir()
        w = Lost(build, device)
        try:
            for drill in DRILLS:
                began = time.monotonic()
                drill(w)
                print(f"{drill.__name__}: {time.monotonic() - began:.1f} s")
        except BaseException:
            print(w.device.events())
            raise
        finally:
            status = w.close()
        assert status == 0, status
        with_tamd(build, home)
        print("stolen_endorser, reset")
    finally:
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
