"""A device on a machine that a TPM has measured, its factory, and the maker
who says what its PCRs will hold.
"""
import json

from real_world import Managed, run
from soft_tpm import SoftTpm
from tee_world import HWMODEL, OEMID, Key, Refused, envelope


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
