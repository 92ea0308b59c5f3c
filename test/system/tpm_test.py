"""A device whose Evidence a TPM stands behind, from the factory to an
application, and every lie that root of it can tell.

usage: tpm_test.py BUILD-DIRECTORY
Real programs on loopback; the TPM is swtpm, the firmware is soft_tpm.py.
"""
import json
import pathlib
import sys
import tempfile

from real_world import Managed, TrustsTamd, World, run
from root_of_tpm import POLICY_FAIL, Impostor, Root, post, told
from soft_tpm import SoftTpm, sha, there
from tamd_process import Tamd
from tee_world import (
    CONNECT, HWMODEL, MESSAGE, OEMID, POLICY_CHECK, REPLY, Broker, Key,
    Refused, decode, encode, envelope, eventually)


class Measured(Managed):
    """A managed device that starts after a boot of its machine."""

    def __init__(self, world, tpm, name="measured", number=1, extra=()):
        super().__init__(world, name, number, extra)
        self.tpm, self.count = tpm, 0
        launcher = self.device.program()
        ini = self.home / "agentd.ini"
        ini.write_text(f"[agentd]\nattester = tpm\ntpm = {tpm.socket}\n"
                       f"event-log = {tpm.log}\n")
        wrapper = self.home / "launcher"
        wrapper.write_text(
            f'#!/bin/sh\nexec {launcher} "$@" --config {ini}\n')
        wrapper.chmod(0o755)
        self.device.program = lambda: str(wrapper)
        self.launcher = launcher

    def boot(self, *words):
        if self.broker is not None:
            self.stop()
        run_dir = self.home / "broker"
        if run_dir.exists():
            run_dir.rename(self.home / f"broker-{self.count}")
        self.count += 1
        self.tpm.boot(*words)
        self.start()


class Story:
    def __init__(self, world, tpm):
        self.world, self.tpm = world, tpm
        self.file = world.home.joinpath
        self.device = Measured(world, tpm)
        self.checks = 0

    def holds(self, what, is_so):
        assert is_so, what
        self.checks += 1

    def teep(self, *words):
        return run(self.world.tool("teep"), *words)

    def refused(self, what, program, *words):
        try:
            run(program, *words)
        except Refused as e:
            self.checks += 1
            return e.text
        raise AssertionError(what)

    # the factory

    def enrol(self):
        """The certificate leads to an anchor, the keys are of one TPM."""
        launcher = self.device.launcher
        public = self.file("public")
        run(launcher, "identify", "--tpm", self.tpm.socket, "--public",
            public)
        secret, credential = self.file("secret"), self.file("credential")
        words = ["tpm", "challenge", "--ek-cert", public / "ek.crt", "--ak",
                 public / "ak.tpm", "--secret", secret, "-o", credential]
        anchors = [w for a in self.tpm.anchors() for w in ("--anchor", a)]
        text = self.refused("another maker of TPMs", self.world.tool("teep"),
                            *words, "--anchor", self.foreign_anchor())
        self.holds("says what leads nowhere", "certificate issuer" in text)
        self.teep(*words, *anchors)
        answer = self.file("answer")
        run(launcher, "activate", "--tpm", self.tpm.socket, "--credential",
            credential, "--answer", answer)
        device = ["--ak", public / "ak.tpm", "--ueid",
                  self.device.device.ueid.hex(), "--oemid", OEMID.hex(),
                  "--hwmodel", HWMODEL.hex(), "-o", self.file("ak.corim")]
        good = answer.read_bytes()
        answer.write_bytes(bytes([good[0] ^ 1]) + good[1:])
        text = self.refused("an answer that is none", self.world.tool("teep"),
                            "tpm", "enrol", "--secret", secret, "--answer",
                            answer, *device)
        self.holds("says so", "answer of the TPM" in text)
        answer.write_bytes(good)
        self.teep("tpm", "enrol", "--secret", secret, "--answer", answer,
                  *device)
        blob = bytearray(credential.read_bytes())
        blob[-1] ^= 1
        credential.write_bytes(bytes(blob))
        self.refused("a credential that somebody changed", launcher,
                     "activate", "--tpm", self.tpm.socket, "--credential",
                     credential, "--answer", self.file("none"))

    def foreign_anchor(self):
        other = SoftTpm(self.world.home / "other")
        return other.anchors()[0]

    def endorse(self, log, *inputs):
        """What is expected is worked out from a log and from what will be
        booted, and all of it signed."""
        self.teep("tpm", "expect", "--log", log, *inputs, "--oemid",
                  OEMID.hex(), "--hwmodel", HWMODEL.hex(), "-o",
                  self.file("pcrs.corim"))
        recipe = {"id": "class-1", "tag-id": "class", "environments": [{
            "oemid": OEMID.hex(), "hwmodel": HWMODEL.hex(),
            "hwversion": ["1.0.0"], "assurance": "TPM-measured",
            "reference": [
                {"name": "launcher", "file": self.device.launcher},
                {"name": "agent", "file": str(self.device.device.agent)}]}]}
        self.file("class.json").write_text(json.dumps(recipe))
        self.teep("corim", "create", self.file("class.json"), "-o",
                  self.file("class.corim"))
        key = Key.new()
        self.file("maker.pem").write_bytes(key.private_pem())
        self.file("maker.pub.pem").write_bytes(key.pem())
        self.world.tamctl("anchor", "add", "maker", "--key",
                          self.file("maker.pub.pem"), "--for",
                          "reference,endorsed,attest-key", "--vendor",
                          OEMID.hex())
        for name in ("ak", "pcrs", "class"):
            self.add_corim(name)

    def add_corim(self, name):
        signed = self.file(f"{name}.signed")
        self.teep("corim", "sign", "--key", self.file("maker.pem"), "--name",
                  "maker", self.file(f"{name}.corim"), "-o", signed)
        self.world.tamctl("corim", "add", signed)

    def component(self):
        self.file("app.suit").write_bytes(
            envelope([self.author], 1, [b"app"], b"an application", False))
        self.file("author.pem").write_bytes(self.author.pem())
        self.world.tamctl("anchor", "add", "author", "--key",
                          self.file("author.pem"), "--for", "manifests")
        self.world.tamctl("component", "add", self.file("app.suit"))

    # what tamd says of an exchange

    def exchange(self):
        """What tamd logs of one policy check."""
        tamd = self.world.tamd
        before = len(tamd.lines)
        try:
            self.device.ask("check")
        except Refused:
            pass
        return "\n".join(str(line) for line in tamd.lines[before:])

    def refusal(self, *words):
        said = self.exchange()
        for word in words:
            self.holds(f"{word!r} in {said}", word in said)


def alone(s):
    """The device as it is, without its broker."""
    s.device.broker.terminate()
    s.device.broker.wait(30)
    s.device.broker = None


def answers(s, before, n):
    """What tamd logs of n QueryResponses; a log comes after its answer."""
    def seen():
        return [line for line in s.world.tamd.lines[before:]
                if line.get("type") == "QueryResponse"]
    eventually(lambda: len(seen()) >= n)
    return seen()


def old_answers(s):
    """A broker keeps an answer with its quote, and sends it once more."""
    tamd = s.world.tamd
    with Broker(s.device.device) as b:
        op, _ = b.ask(POLICY_CHECK, True)
        s.holds("an exchange", op == CONNECT)
        op, (answer,) = b.ask(MESSAGE, post(tamd, b"").body)
        s.holds("an answer", op == REPLY)
    before = len(tamd.lines)
    post(tamd, answer)
    post(tamd, answer)
    post(tamd, b"")  # a new challenge does not make the old one good
    s.holds("nor later", post(tamd, answer).status == 204)
    said = [(line["reason"], line["status"])
            for line in answers(s, before, 3)]
    s.holds(f"once and no more: {said}",
            said == [("ok", 204), ("replay", 204), ("replay", 204)])


def root_quotes(s):
    """Root has the TPM, whose PCRs are good, and the evidence key; and the
    TEEP key of a device that this TAM knows, which is not this one's."""
    world, device = s.world, s.device.device
    kid = Key.from_pem(s.file("public/ak.pub.pem").read_bytes()).kid
    root = Root(s.tpm, device, kid)
    with open(s.device.launcher, "rb") as f:
        impostor = Impostor(root, world.tamd, f.read())
    s.file("impostor.pem").write_bytes(impostor.device.teep.pem())
    world.tamctl("device", "add", "impostor", "--key", s.file("impostor.pem"))

    def refused(reason, *words, **how):
        before = len(world.tamd.lines)
        reply = impostor.tries(**how)
        answers(s, before, 1)
        said = "\n".join(map(str, world.tamd.lines[before:]))
        for word in (reason, *words):
            s.holds(f"{word!r} in {said}", word in said)
        return reply

    first = refused("evidence-not-bound", "cnf", "extended into PCR 15")
    s.holds("told", told(first)[0] == 7 and
            "evidence-not-bound" in told(first)[1])
    refused("measurement-mismatch", "PCR 15", "other keys",
            keys=root.keys(impostor.device.teep))
    # a quote about the challenge of before
    old = impostor.challenge
    refused("evidence-nonce", old.hex(), quote=root.quote(old))
    shown = json.loads(world.tamctl("--json", "device", "show", "impostor"))
    s.holds(f"nothing gained: {shown}", shown["assurance"] == "none" and
            shown["proven"] is None and
            {c["state"] for c in shown["components"]} == {"pending"})


def sealed(s):
    """A device whose secrets only this boot gives back, and only before the
    launcher's cap."""
    tpm, launcher = s.tpm, s.device.launcher
    tpm.boot()
    device = Measured(s.world, tpm, "sealed", 2, [
        "--seal", "tpm", "--tpm", tpm.socket, "--event-log", tpm.log])
    state = device.device.state / "launcher"
    names = {p.name for p in state.iterdir()}
    s.holds(f"nothing in the clear: {names}", names == {
        "sealed.tpm", "evidence.sealed", "device.cbor", "agent.suit"})
    # the same TPM in another device: endorsed for that one now
    s.world.tamctl("corim", "remove",
                   f"attest-key-{s.device.device.ueid.hex()}")
    s.teep("tpm", "enrol", "--secret", s.file("secret"), "--answer",
           s.file("answer"), "--ak", s.file("public/ak.tpm"), "--ueid",
           device.device.ueid.hex(), "--oemid", OEMID.hex(), "--hwmodel",
           HWMODEL.hex(), "-o", s.file("ak-2.corim"))
    s.add_corim("ak-2")
    s.world.tamctl("device", "add", "sealed", "--key",
                   device.device.public / "teep.pub.pem")
    root = Root(tpm, device.device, b"")
    device.boot()
    s.holds("provisioned", device.becomes("app", 1, "proven"))
    s.holds("the cap is on", root.unseal()[0] == POLICY_FAIL)
    device.stop()
    device.broker = None
    s.holds("for root of the same boot, too", root.unseal()[0] == POLICY_FAIL)

    def fails(what, *words):
        tpm.boot(*words)
        try:
            device.device.start()
        except Refused as e:
            s.holds(f"{what} in {e.text}", what in e.text)
            return
        device.device.stop()
        raise AssertionError(what)

    fails("PCR 9: measurement-mismatch", "quiet init=/bin/sh")
    s.holds("another boot has them no more",
            root.unseal()[0] == POLICY_FAIL)
    # root says that all is as it was; the TPM does not listen to him
    file = state / "sealed.tpm"
    good = file.read_bytes()
    told = decode(good)
    told[1] = root.pcrs()[:10]
    file.write_bytes(encode(told))
    fails("TPM unseal: the TPM refuses", "quiet init=/bin/sh")
    file.write_bytes(good)
    # another agent
    agent = device.device.agent
    other = device.home / "other-agent"
    other.write_bytes(agent.read_bytes() + b"\0")
    device.device.agent = other
    fails("secrets are sealed for another")
    device.device.agent = agent
    # without a TPM, and with one that is not this device's
    device.device.program = lambda: launcher
    fails("--attester tpm is wanted")
    theirs = SoftTpm(s.world.home / "theirs")
    ini = device.home / "agentd.ini"
    ini.write_text(ini.read_text().replace(str(tpm.socket),
                                           str(theirs.socket)))
    device.device.program = lambda: str(device.home / "launcher")
    theirs.boot()
    try:
        fails("TPM sealed secret: the TPM refuses")
    finally:
        theirs.off()


def story(s):
    tpm, device = s.tpm, s.device
    tpm.on()
    s.enrol()
    tpm.boot()
    s.endorse(tpm.log)
    s.world.devices["measured"] = device
    s.world.tamctl("device", "add", "measured", "--key",
                   device.device.public / "teep.pub.pem")
    device.boot()
    # quote, appraise, provision
    s.component()
    said = s.exchange()
    shown = json.loads(s.world.tamctl("--json", "device", "show", "measured"))
    s.holds(f"appraised: {said}", shown.get("assurance") == "TPM-measured")
    s.world.tamctl("assign", "all", "app")
    s.holds("provisioned", device.becomes("app", 1, "proven"))
    # started twice in one boot
    device.stop()
    device.broker = None
    try:
        device.device.start()
        raise AssertionError("started twice")
    except Refused as e:
        s.holds("says why", "PCR 15 is in use" in e.text)
    # good PCRs, and a liar
    device.boot()
    alone(s)
    old_answers(s)
    root_quotes(s)
    device.device.stop()
    # a PCR extended by one octet's digest, behind the log's back
    device.boot()
    tpm.extend(4, sha(b"x"))
    s.refusal("measurement-mismatch", "PCR 4", "after event 2")
    # another command line
    device.boot("quiet init=/bin/sh")
    s.refusal("measurement-mismatch", "PCR 9", "LoadOptions")
    # a forged log: it tells of the command line that is expected
    good = tpm.log.read_bytes()
    device.stop()
    device.broker = None
    (device.home / "broker").rename(device.home / "broker-forged")
    tpm.boot("quiet init=/bin/sh")
    tpm.log.write_bytes(good.replace(sha(b"quiet init=/bin/sh"),
                                     sha(b"quiet")))
    device.start()
    s.refusal("measurement-mismatch", "PCR 9", "the TPM holds")
    device.stop()
    device.broker = None
    sealed(s)


def main():
    if not there():
        print("skipped: needs root and swtpm")
        return 77
    with tempfile.TemporaryDirectory() as home, Tamd(sys.argv[1]) as tamd:
        pathlib.Path(home).resolve().chmod(0o755)
        world = World(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(home), tamd)
        author = Key.new()
        world.makers = TrustsTamd(tamd, [("author", author, [b"app"])],
                                  [[b"app"]])
        tpm = SoftTpm(world.home / "tpm")
        try:
            s = Story(world, tpm)
            s.author = author
            story(s)
            print(f"{s.checks} checks held")
            assert s.checks > 40
        finally:
            world.close()
            tpm.off()
    return 0


if __name__ == "__main__":
    sys.exit(main())
