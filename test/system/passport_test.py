"""The passport's way with the real programs: a device proves itself to one
TAM, is handed its Verifier's word, and shows it: to another TAM, which asks
for passports, and to a Relying Party on the device.

usage: passport_test.py BUILD-DIRECTORY SOURCE-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from real_world import Managed, TrustsTamd, World, run
from tamd_process import Tamd
from tee_world import ESP256, OEMID, Key, decode, encode, envelope, sign1
from cose import key_id_text  # beside tee_world's, which has found it

PARTY = "https://door.example/"
EAR = 'application/eat+cwt; eat_profile="tag:ietf.org,2026:rats/ear#03"'
EAR_PROFILE = "tag:ietf.org,2026:rats/ear#03"
HOUR = 3600


class TwoTams(TrustsTamd):
    """The policy names both, each with a part of the device."""

    def __init__(self, first, second, signers):
        super().__init__(first, signers, [[b"app"]])
        other = TrustsTamd(second, [], [[b"more"]]).row
        self.rows = [self.row, {**other, 1: "second"}]

    def rules(self):
        return {**super().rules(), 3: self.rows}


class Story:
    def __init__(self, build, source, home, first, second):
        self.build, self.home = build, home
        self.first, self.second = first, second
        self.author = Key.new(ESP256)
        self.world = World(build, home, first)
        makers = TwoTams(first, second, [
            ("acme", Key.new(ESP256), [b"app"]),
            ("bolt", self.author, [b"more"])])
        self.world.makers = makers
        for number, name in enumerate(("alpha", "beta"), 1):
            device = Managed(self.world, name, number)
            device.allow = [f"http://127.0.0.1:{second.port}/"]
            self.world.devices[name] = device
        self.world._endorse()
        result_key = pathlib.Path(first.home) / "public/result-esp256.pem"
        self.to_second("anchor", "add", "verifier", "--key", result_key,
                       "--for", "results", "--vendor", OEMID.hex())
        for d in self.world.devices.values():
            key = d.device.public / "teep.pub.pem"
            self.world.tamctl("device", "add", d.name, "--key", key)
            self.to_second("device", "add", d.name, "--key", key)
        self.result_key = result_key
        self.party = self.compile(source)

    def to_second(self, *words):
        return run(self.world.tool("tamctl"), "--socket",
                   f"{self.second.home}/run/admin.sock", *words)

    def compile(self, source):
        """The example as a stranger compiles it: by its first comment."""
        stage = self.home / "stage"
        subprocess.run(["cmake", "--install", str(self.build), "--prefix",
                        str(stage), "--component", "library"], check=True,
                       stdout=subprocess.DEVNULL)
        library = next(stage.glob("**/libtamarind.so")).parent
        self.environment = {
            **os.environ, "LD_LIBRARY_PATH": str(library),
            "PKG_CONFIG_PATH": str(library / "pkgconfig")}
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "tamarind-openssl"],
            check=True, capture_output=True, text=True,
            env=self.environment).stdout
        program = self.home / "relying-party"
        subprocess.run(["gcc", str(source / "examples/relying-party/main.c"),
                        *shlex.split(flags), "-o", str(program)], check=True,
                       env=self.environment)
        return program

    # the Relying Party

    def challenge(self):
        return subprocess.run([str(self.party), "--challenge"], check=True,
                              capture_output=True, text=True,
                              env=self.environment).stdout.strip()

    def door(self, shown, challenge, key=None, party=PARTY, *more):
        """(exit status, what it says)."""
        done = subprocess.run(
            [str(self.party), str(key or self.result_key), party, challenge,
             *more], input=shown, capture_output=True, check=False,
            env=self.environment)
        return done.returncode, (done.stdout + done.stderr).decode().strip()

    def shows(self, device, challenge, party=PARTY):
        return subprocess.run(
            [self.world.tool("teep-broker"), "--control",
             str(device.home / "broker/sock"), "passport", party, challenge],
            check=True, capture_output=True, timeout=60).stdout

    def refused(self, reason, *words):
        status, said = self.door(*words)
        assert status == 1 and said.startswith(f"refused: {reason} "), said

    def known(self, name):
        return json.loads(self.to_second("--json", "device", "show", name))

    def last(self, event="message"):
        return [x for x in self.second.lines if x["event"] == event][-1]


def handed(s):
    """First contact: proven at the first TAM, shown to the second."""
    alpha = s.world.devices["alpha"]
    alpha.check()
    assert '"event":"passport-kept"' in alpha.device.events()
    first = json.loads(s.world.tamctl("--json", "device", "show", "alpha"))
    assert first["verdict"] == "accepted" and "verifier" not in first, first
    known = s.known("alpha")
    assert (known["verdict"], known["assurance"], known["proven"]) == (
        "accepted", "process-grade", None), known
    assert known["verifier"] == key_id_text(Key.from_pem(
        s.result_key.read_bytes()).kid), known
    # no longer than the Verifier said
    assert known["until"] <= first["until"], (known, first)
    line = s.last()
    assert (line["reason"], line["status"]) == ("ok", 204), line
    assert "verifier" in line, line


def let_in(s):
    """The Relying Party of the example, and each wrong thing."""
    alpha, challenge = s.world.devices["alpha"], s.challenge()
    shown = s.shows(alpha, challenge)
    status, said = s.door(shown, challenge)
    assert status == 0 and alpha.device.ueid.hex() in said and \
        "process-grade" in said, said
    s.refused("foreign-challenge", shown, s.challenge())
    s.refused("peer-not-allowed", shown, challenge, None,
              "https://other.example/")
    s.refused("unknown-key", shown, challenge,
              pathlib.Path(s.second.home) / "public/result-esp256.pem")
    s.refused("unsigned", b"nothing of the kind", challenge)
    for at in range(20, len(shown), 23):
        spoilt = bytearray(shown)
        spoilt[at] ^= 1
        status, said = s.door(bytes(spoilt), challenge)
        assert status == 1 and said.startswith("refused: "), (at, said)
    return shown


def stolen(s, shown):
    """Another device's Result, a thief's key; the thief's own challenge."""
    thief, challenge = Key.new(ESP256), s.challenge()
    payload = decode(decode(shown).value[2])
    result = payload[4]
    s.refused("result-not-bound", present(thief, challenge, result),
              challenge)
    # the true owner's key in it: he has to sign for that
    s.refused("unknown-key", present(thief, challenge, result,
                                     cose=payload[5]), challenge)


def present(key, challenge, result, form="", cose=None):
    return sign1(key, encode(["passport", PARTY, bytes.fromhex(challenge),
                              form, result, cose or key.cose]))


def other_words(s):
    """Results of a Verifier in Python: over, and not affirming."""
    verifier, device = Key.new(ESP256), Key.new(ESP256)
    pem = s.home / "python-verifier.pem"
    pem.write_bytes(verifier.pem())
    challenge = s.challenge()
    now = int(time.time())
    good = {4: now + HOUR, 6: now, 8: {3: device.kid}, 10: bytes(16),
            256: b"\x01" + bytes(16), 258: OEMID, 259: b"m", 260: ["1"],
            265: "urn:ietf:rfc:rfcXXXX",
            272: [[60, encode(["", [-16, bytes(32)]])]],
            -80004: "hardware-rooted"}

    def says(claims, form="", *more):
        result = sign1(verifier, encode(claims), tagged=False)
        return s.door(present(device, challenge, result, form), challenge,
                      pem, PARTY, *more)

    def no(reason, *words):
        status, said = says(*words)
        assert status == 1 and said.startswith(f"refused: {reason} "), said

    assert says(good)[0] == 0
    no("expired", {**good, 4: now})
    no("expired", {**good, 5: now + HOUR})
    no("out-of-range", {**good, 6: now + HOUR})
    no("result-claims", {k: v for k, v in good.items() if k != 4})
    no("result-claims", {k: v for k, v in good.items() if k != 256})
    no("result-not-bound", {**good, 8: {3: verifier.kid}})
    ear = {4: now + HOUR, 6: now, 8: {3: device.kid}, 265: EAR_PROFILE,
           1004: {0: "https://example.com", 1: "python"}}
    for status, taken, warned in ((2, True, True), (32, False, True),
                                  (96, False, False), (0, False, False)):
        said = {**ear, 266: {"eat": {1000: status}}}
        assert (says(said, EAR)[0] == 0) == taken, says(said, EAR)
        assert (says(said, EAR, "warning")[0] == 0) == warned, status
    no("attestation-required", {**ear, 266: {"eat": {1000: 96}}}, EAR)


def kept(s):
    """It outlives the agent, and is replaced by the next one."""
    alpha = s.world.devices["alpha"]
    before = decode(decode(s.shows(alpha, "00" * 8)).value[2])[4]
    assert alpha.device.stop() == 0
    alpha.device.start()
    again = decode(decode(s.shows(alpha, "00" * 8)).value[2])[4]
    assert again == before
    alpha.check()
    assert decode(decode(s.shows(alpha, "00" * 8)).value[2])[4] != before


def nothing_on_its_word(s):
    """Something to do: the second TAM asks for Evidence, and has nobody who
    could appraise it; then it has."""
    alpha = s.world.devices["alpha"]
    file = s.home.joinpath
    file("author.pub.pem").write_bytes(s.author.pem())
    file("more.suit").write_bytes(envelope(
        [s.author], 1, [b"more", b"x"], b"something more", False))
    s.to_second("anchor", "add", "author", "--key", file("author.pub.pem"),
                "--for", "manifests")
    s.to_second("component", "add", file("more.suit"))
    s.to_second("assign", "all", "more/x")
    alpha.check()
    assert "more/x" not in alpha.status(), alpha.status()
    reasons = [x.get("reason") for x in s.second.lines]
    assert "evidence-key-not-endorsed" in reasons, reasons
    s.to_second("anchor", "add", "maker", "--key", file("maker.pub.pem"),
                "--for", "reference,endorsed,attest-key", "--vendor",
                OEMID.hex())
    s.to_second("corim", "add", file("corim.signed"))
    alpha.check()
    assert "more/x" in alpha.status(), alpha.status()
    known = s.known("alpha")
    assert [c["state"] for c in known["components"]] == ["proven"], known
    assert known["proven"] and "verifier" not in known, known


def gone(s):
    """What was said of the set that was is not shown any more; the next
    proof brings another."""
    alpha = s.world.devices["alpha"]
    try:
        s.shows(alpha, s.challenge())
        raise AssertionError("shown of another set")
    except subprocess.CalledProcessError as e:
        assert b"not-found" in e.stderr, e.stderr
    alpha.check()
    challenge = s.challenge()
    assert s.door(s.shows(alpha, challenge), challenge)[0] == 0


class Timed:
    """A TAM that takes times alone, a device with a clock and one without."""

    def __init__(self, build, home, tamd):
        self.tamd = tamd
        self.world = World(build, home, tamd)
        self.author = Key.new(ESP256)
        self.world.makers = TrustsTamd(
            tamd, [("acme", self.author, [b"app"])], [[b"app"]])
        self.world.endorsed = {"clock": "trusted"}
        for number, name in enumerate(("clock", "plain"), 1):
            self.world.devices[name] = Managed(self.world, name, number)
        self.world.devices["clock"].device.options = ["--clock", "system"]
        self.world._endorse()
        for d in self.world.devices.values():
            self.world.tamctl("device", "add", d.name, "--key",
                              d.device.public / "teep.pub.pem")
            d.start()

    def types(self, name):
        return [(x["type"], x["reason"], x.get("sent"))
                for x in self.tamd.lines
                if x["event"] == "message" and x.get("device") == name]

    def known(self, name):
        return json.loads(self.world.tamctl("--json", "device", "show", name))

    def story(self):
        for d in self.world.devices.values():
            d.check()
        # one answer a session and second, and it proves nothing
        first, *more = self.types("clock")
        assert first == ("QueryResponse", "ok", None), first
        assert set(more) <= {first, ("QueryResponse", "replay", None)}, more
        known = self.known("clock")
        assert (known["verdict"], known["proven"]) == ("accepted", None), known
        # no clock: it says that it has nonces, and is given a challenge
        assert self.types("plain")[:2] == [
            ("Error", "ok", "QueryRequest"),
            ("QueryResponse", "ok", None)], self.types("plain")
        assert self.known("plain")["proven"], self.known("plain")
        # something to do: a challenge for both
        file = self.world.home.joinpath
        file("acme.pub.pem").write_bytes(self.author.pem())
        file("app.suit").write_bytes(envelope(
            [self.author], 1, [b"app", b"x"], b"something", False))
        self.world.tamctl("anchor", "add", "acme", "--key",
                          file("acme.pub.pem"), "--for", "manifests")
        self.world.tamctl("component", "add", file("app.suit"))
        self.world.tamctl("assign", "all", "app/x")
        time.sleep(1.1)  # a later second than the last answer
        for name, d in self.world.devices.items():
            assert d.becomes("app/x", 1, "proven"), self.known(name)
        assert ("QueryResponse", "ok", "QueryRequest") in self.types("clock")


def by_time(build, home):
    folder = home / "timed"
    folder.mkdir()
    folder.chmod(0o755)
    with Tamd(build, TAMD_FRESHNESS="timestamp") as tamd:
        t = Timed(build, folder, tamd)
        try:
            t.story()
        except BaseException:
            for d in t.world.devices.values():
                print(d.device.events()[-3000:])
            for line in tamd.lines[-8:]:
                print(line)
            raise
        finally:
            statuses = t.world.close()
        assert statuses == {(0, 0)}, statuses


def main():
    if os.geteuid() != 0:
        print("needs root")
        return 77
    build, source = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    home = pathlib.Path(tempfile.mkdtemp(prefix="passport."))
    home.chmod(0o755)
    try:
        with Tamd(build, TAMD_PASSPORTS="yes") as first, \
                Tamd(build, TAMD_ASK="passport",
                     TAMD_FRESHNESS="both") as second:
            s = Story(build, source, home, first, second)
            alpha = s.world.devices["alpha"]
            try:
                alpha.start()
                handed(s)
                shown = let_in(s)
                stolen(s, shown)
                other_words(s)
                kept(s)
                nothing_on_its_word(s)
                gone(s)
            except BaseException:
                print(alpha.device.events()[-4000:])
                for line in second.lines[-6:]:
                    print(line)
                raise
            finally:
                statuses = s.world.close()
            assert statuses == {(0, 0)}, statuses
        by_time(build, home)
    finally:
        shutil.rmtree(home)
    print("handed, shown to another TAM and a Relying Party, refused by name")
    return 0


if __name__ == "__main__":
    sys.exit(main())
