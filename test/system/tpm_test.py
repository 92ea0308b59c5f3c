"""A device whose Evidence a TPM stands behind, from the factory to an
application, and every lie that root of it can tell.

usage: tpm_test.py BUILD-DIRECTORY
Real programs on loopback; the TPM is swtpm, the firmware is soft_tpm.py.
"""
import json
import pathlib
import sys
import tempfile

from real_world import TrustsTamd, World, run
from root_of_tpm import POLICY_FAIL, Impostor, Root, post, told
from soft_tpm import SoftTpm, sha, there
from tamd_process import Tamd
from tee_world import (
    CONNECT, HWMODEL, MESSAGE, OEMID, POLICY_CHECK, REPLY, Broker, Key,
    Refused, decode, encode, eventually)
from tpm_maker import SERVER, Maker
from tpm_world import Measured, Story


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


def ecc(s):
    """A TPM whose maker has certified a P-256 key."""
    maker, launcher = Maker(), s.device.launcher
    tpm = SoftTpm(s.world.home / "ecc", "--createek")
    public, secret = s.file("ecc-public"), s.file("ecc-secret")
    credential, answer = s.file("ecc-credential"), s.file("ecc-answer")
    s.file("ecc-maker.pem").write_bytes(maker.pem())
    try:
        tpm.on()
        text = s.refused("no certificate", launcher, "identify", "--tpm",
                         tpm.socket, "--public", public)
        s.holds(text, "EK certificate: not-found" in text)
        maker.put(tpm, maker.certificate(tpm))
        run(launcher, "identify", "--tpm", tpm.socket, "--public", public)
        words = ["tpm", "challenge", "--ak", public / "ak.tpm", "--secret",
                 secret, "-o", credential, "--anchor",
                 s.file("ecc-maker.pem"), "--ek-cert"]
        for what in ({"purposes": ()}, {"purposes": [SERVER]},
                     {"agree": False}):
            s.file("other.crt").write_bytes(maker.certificate(tpm, **what))
            text = s.refused(f"{what}", s.world.tool("teep"), *words,
                             s.file("other.crt"))
            s.holds(text, "wrong-key-purpose" in text)
        s.teep(*words, public / "ek.crt")
        run(launcher, "activate", "--tpm", tpm.socket, "--credential",
            credential, "--answer", answer)
    finally:
        tpm.off()
    s.teep("tpm", "enrol", "--ak", public / "ak.tpm", "--secret", secret,
           "--answer", answer, "--ueid", "01" + "33" * 16, "--oemid",
           OEMID.hex(), "--hwmodel", HWMODEL.hex(), "-o",
           s.file("ecc.corim"))


def sealed(s):
    """A device whose secrets only this boot gives back, and only before the
    launcher's cap."""
    tpm, launcher = s.tpm, s.device.launcher
    tpm.boot()
    device = Measured(s.world, tpm, "sealed", 2, [
        "--seal", "tpm", "--tpm", tpm.socket, "--event-log", tpm.log])
    s.world.devices["sealed"] = device
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

    # Who comes before the launcher in a good boot is measured, too: he would
    # have them, and the launcher would find that somebody was there.
    tpm.boot()
    s.holds("nor before the first step", root.unseal()[0] == POLICY_FAIL)
    tpm.extend(15, sha(device.device.agent.read_bytes()))
    status, given = root.unseal()
    s.holds("after it, yes", status == 0 and given[4:6] == b"\0\x20")

    def fails(what, *words, boot=True):
        if boot:
            tpm.boot(*words)
        try:
            device.device.start()
        except Refused as e:
            s.holds(f"{what} in {e.text}", what in e.text)
            return
        device.device.stop()
        raise AssertionError(what)

    fails("PCR 15 is in use", boot=False)
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
    # what is read after the first step, and before it: the boot is used up
    for name, what in (("evidence.sealed", "evidence.sealed: "),
                       ("device.cbor", "device.cbor: ")):
        file = state / name
        good = file.read_bytes()
        file.write_bytes(good[:-1] + bytes([good[-1] ^ 1])
                         if name == "evidence.sealed" else good[:-1])
        fails(what)
        s.holds(f"{name}: not for root", root.unseal()[0] == POLICY_FAIL)
        tpm.extend(15, sha(agent.read_bytes()))
        s.holds(f"{name}: nor in the launcher's place",
                root.unseal()[0] == POLICY_FAIL)
        file.write_bytes(good)
        fails("PCR 15 is in use", boot=False)
    # without a TPM, and with one that is not this device's
    device.device.program = lambda: launcher
    fails("--attester tpm is wanted")
    theirs = SoftTpm(s.world.home / "theirs")
    ini = device.home / "agentd.ini"
    ini.write_text(ini.read_text().replace(str(tpm.socket),
                                           str(theirs.socket)))
    device.device.program = lambda: str(device.home / "launcher")
    try:
        theirs.boot()
        fails("TPM sealed secret: the TPM refuses")
    finally:
        theirs.off()


def story(s):
    tpm, device = s.tpm, s.device
    ecc(s)
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
            assert s.checks > 54
        finally:
            world.close()
            tpm.off()
    return 0


if __name__ == "__main__":
    sys.exit(main())
