"""A process TEE under test: its makers, its TAM and its broker, in Python.

Everything that is signed comes from test/interop, which shares no code with
the library.  The link is written from docs/link.md, the policy from
docs/policy.md.
"""
import contextlib
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import agent as teep  # noqa: E402
import evidence  # noqa: E402
from cbor import Tag, decode, encode  # noqa: E402
from cose import (  # noqa: E402
    ESP256, Key, keyring, sha256, sign, sign1, verify1)

UID_LAUNCHER, UID_AGENT, UID_BROKER, UID_APPS = 61101, 61102, 61103, 61200
UEID = b"\x01" + bytes(range(16))
OEMID = bytes.fromhex("894823")
HWMODEL = b"process"
VENDOR = bytes.fromhex("c0ddd5f152435660" "87db4f5b0aa26c2f")
CLASS = bytes.fromhex("db42f7093d8c55ba" "a8c5265fc5820f4e")
TAM_URI = "https://tam.example/"
PROFILES = [[-16, -9, -29, -65534], [-16, -19, -29, -65534],
            [-16, -9, -29, 1], [-16, -19, -29, 24]]
ITEMS = teep.ATTESTATION | teep.COMPONENTS | teep.SUIT_REPORTS

# Frames of the link.                                         [docs/link.md]
REQUEST_TA, UNREQUEST_TA, POLICY_CHECK, MESSAGE, ERROR, DATA, CALL, STATUS = (
    range(1, 9))
NONE, CONNECT, REPLY, FETCH, ABORT, RESULT = range(16, 22)
OK, INVOKE_FAILED = 0, 0x259


# Manifests


def envelope(keys, sequence, component, payload, invoke, digest=None,
             uri=None):
    """One component, its payload integrated, or to be fetched from uri."""
    declared = encode([-16, digest or sha256(payload)])
    shared = [20, {1: VENDOR, 2: CLASS, 3: declared, 14: len(payload)},
              1, 15, 2, 15]
    common = {2: [component], 4: encode(shared)}
    manifest = {1: 1, 2: sequence, 3: encode(common), 5: component,
                7: encode([3, 15]),
                20: encode([20, {21: uri or "#payload"}, 21, 15, 3, 15])}
    if invoke:
        manifest[9] = encode([23, 15])
    raw = encode(manifest)
    signed = encode([-16, sha256(encode(raw))])
    blocks = [sign1(k, signed, unprotected={4: k.kid}, detached=True)
              for k in keys]
    members = {2: encode([signed, *blocks]), 3: raw}
    if uri is None:
        members["#payload"] = payload
    return encode(Tag(107, members))


class Makers:
    """Administrator, signer, TAM and Verifier of one device."""

    def __init__(self):
        (self.admin, self.signer, self.tam, self.verifier,
         self.recovery) = (Key.new(ESP256) for _ in range(5))

    def rules(self):
        return {
            1: 1,
            2: {1: 1, 2: [self.admin.cose]},
            3: [{1: "main", 2: [self.tam.cose], 4: TAM_URI, 5: [[b"app"]],
                 8: {6: 1}}],  # no key 3: Evidence in the clear
            4: [{1: "acme", 2: [self.signer.cose], 3: [[b"app"]]}],
            6: {1: "recovery", 2: [self.recovery.cose],
                4: "https://recovery.example/", 5: [[b"policy"]], 8: {6: 1}},
            7: [{1: [b"app"]}],
        }

    def policy(self, admin=None):
        return envelope([admin or self.admin], 1, [b"policy"],
                        encode(self.rules()), False)

    def app(self, name, sequence, image, digest=None, uri=None):
        return envelope([self.signer], sequence, [b"app", name], image, True,
                        digest, uri)


# Waiting

PATIENCE = 120  # seconds: a busy machine is no fault


def eventually(condition, seconds=PATIENCE):
    """Does it come true?  No test depends on how fast it does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# The device


class Refused(Exception):
    """A program left with another status than 0."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class Device:
    def __init__(self, build, home, makers, ueid=UEID):
        self.build, self.home = pathlib.Path(build), pathlib.Path(home)
        self.makers, self.ueid = makers, ueid
        self.state = self.home / "state"
        self.public = self.home / "public"
        self.socket = self.home / "agent.sock"
        self.log = self.home / "agentd.log"
        self.agent = self.build / "cmd/teep-agentd/teep-agent"
        self.process = None
        self.under = []  # what runs it, with its arguments
        self.options = []  # of run

    def program(self):
        return str(self.build / "cmd/teep-agentd/teep-agentd")

    def init(self, policy=None, extra=(), uid=None, program=None):
        (self.home / "policy.suit").write_bytes(
            policy or self.makers.policy())
        (self.home / "agent.suit").write_bytes(envelope(
            [self.makers.signer], 1, [b"agent"],
            self.agent.read_bytes()[:64], False))
        arguments = {
            "state": self.state, "public": self.public,
            "policy": self.home / "policy.suit",
            "agent-manifest": self.home / "agent.suit",
            "agent": self.agent, "ueid": self.ueid.hex(), "oemid": OEMID.hex(),
            "hwmodel": HWMODEL.hex(), "hwversion": "1.0.0",
            "vendor": text_uuid(VENDOR), "class": text_uuid(CLASS)}
        words = [*self.under, str(program or self.program()), "init"]
        for name, value in arguments.items():
            words += [f"--{name}", str(value)]
        done = subprocess.run([*words, *extra], capture_output=True,
                              timeout=PATIENCE, user=uid, check=False)
        if done.returncode != 0:
            raise Refused(done.returncode, done.stderr.decode())

    def start(self):
        """Run until the socket takes connections; the log goes to a file."""
        stream = open(self.log, "ab")
        self.process = subprocess.Popen(
            [*self.under, self.program(), "run", "--state", str(self.state),
             "--socket", str(self.socket), "--agent", str(self.agent),
             *self.options],
            stdin=subprocess.DEVNULL, stderr=stream)
        stream.close()
        eventually(lambda: self.process.poll() is not None or
                   b'"event":"started"' in self.log.read_bytes())
        status = self.process.poll()
        if status is None and '"event":"started"' in self.events():
            return
        self.kill()
        text = self.log.read_text()
        self.log.unlink()
        raise Refused(status, text)

    def stop(self):
        """Its exit status, None if it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        eventually(lambda: self.process.poll() is not None)
        status = self.process.poll()
        self.kill()
        self.log.unlink()
        return status

    def kill(self):
        """Leave nothing behind: what it has started dies with it."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def events(self):
        return self.log.read_text()

    def logs(self, text, times=1):
        """Does text stand in the log so often, now or soon?"""
        eventually(lambda: self.events().count(text) >= times)
        return self.events().count(text) == times

    def connect(self, uid=UID_BROKER):
        """A connection as this user."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with user(uid):
            s.connect(str(self.socket))  # waits for a place in the queue
        s.settimeout(PATIENCE)
        return s

    def children(self, pid=None):
        """{pid: uid} of everything that the launcher has started."""
        pid = pid or self.process.pid
        found = {}
        path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        for child in path.read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found[int(child)] = status_of(child, "Uid")[0]
        return found


def text_uuid(raw):
    h = raw.hex()
    return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


@contextlib.contextmanager
def user(uid):
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def status_of(pid, key):
    """The values of a line of /proc/PID/status."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return [int(v) if v.isdigit() else v for v in value.split()]
    raise KeyError(key)


# Broker and TAM


class Broker:
    """One connection to the agent."""

    def __init__(self, device, uid=UID_BROKER):
        self.socket = device.connect(uid)
        self.session = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, op, *members):
        body = encode([op, self.session, *members])
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def receive(self):
        n, = struct.unpack(">I", self._take(4))
        op, session, *members = decode(self._take(n))
        assert session == self.session, (session, self.session)
        return op, members

    def ask(self, op, *members):
        self.send(op, *members)
        return self.receive()

    def closed(self):
        """Has the agent hung up?"""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _take(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the agent hung up")
            data += more
        return data

    def call(self, name, body, uid=1000):
        """(error, answer) of one call."""
        op, (error, answer) = self.ask(CALL, [b"app", name], body, uid)
        assert op == RESULT, op
        return error, answer


class Tam:
    """What a TAM would say, and what it would make of the answers."""

    def __init__(self, device):
        self.makers = device.makers
        self.clock = time.time
        pem = device.public.joinpath
        self.teep = Key.from_pem(pem("teep.pub.pem").read_bytes())
        self.report = Key.from_pem(pem("report.pub.pem").read_bytes())
        self.evidence = Key.from_pem(pem("evidence.pub.pem").read_bytes())

    def query(self, challenge):
        return sign([self.makers.tam], encode(
            [teep.QUERY_REQUEST, {teep.CHALLENGE: challenge},
             [[[18, ESP256]]], PROFILES, ITEMS]))

    def claims(self, response):
        """Claims of the Evidence in a QueryResponse."""
        payload, _ = verify1(response, keyring(self.teep))
        kind, options = decode(payload)
        assert kind == teep.QUERY_RESPONSE, kind
        assert options[teep.FORMAT] == evidence.FORMAT
        signed, _ = verify1(options[teep.PAYLOAD], keyring(self.evidence))
        return decode(signed)

    def update(self, claims, *manifests, token=None, unneeded=()):
        result = {k: claims[k] for k in (
            evidence.NONCE, evidence.UEID, evidence.OEMID, evidence.HWMODEL,
            evidence.HWVERSION, evidence.MANIFESTS)}
        now = int(self.clock())
        result |= {evidence.EAT_PROFILE: evidence.RESULT_PROFILE,
                   evidence.CNF: {3: self.teep.kid}, evidence.IAT: now,
                   evidence.EXP: now + 3600}
        options = {
            teep.TOKEN: token or os.urandom(32),
            teep.PAYLOAD: sign1(self.makers.verifier, encode(result),
                                tagged=False)}
        if manifests:
            options[teep.MANIFEST_LIST] = list(manifests)
        if unneeded:
            options[teep.UNNEEDED] = list(unneeded)
        return sign1(self.makers.tam, encode([teep.UPDATE, options]))

    def outcome(self, reply):
        """(type, options, err-code or None) of Success or Error."""
        payload, _ = verify1(reply, keyring(self.teep))
        kind, options, *code = decode(payload)
        return kind, options, code[0] if code else None


def attest(broker, tam):
    """A whole attestation; the claims."""
    op, (uri, *_) = broker.ask(POLICY_CHECK, True)
    assert (op, uri) == (CONNECT, TAM_URI), (op, uri)
    challenge = os.urandom(32)
    op, (reply,) = broker.ask(MESSAGE, tam.query(challenge))
    assert op == REPLY, op
    claims = tam.claims(reply)
    assert claims[evidence.NONCE] == challenge
    return claims


def install(broker, tam, *manifests, files=None):
    """Attest, update; what the agent says of it.  files: {URI: octets}."""
    claims = attest(broker, tam)
    op, members = broker.ask(MESSAGE, tam.update(claims, *manifests))
    while op == FETCH:
        uri, offset, most = members
        piece = files[uri][offset:offset + most]
        op, members = broker.ask(
            DATA, offset, piece, offset + len(piece) == len(files[uri]))
    assert op == REPLY, op
    return tam.outcome(members[0])
