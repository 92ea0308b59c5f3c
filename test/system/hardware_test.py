#!/usr/bin/python3
"""Evidence that hardware signs, through tamd and through verifierd, over
HTTP: of a PSA, a CCA, an SNP and a TDX device, as it should be, and wrong in
every way that its maker here knows.  The makers share no code with the
readers.
"""
import base64
import json
import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

import agent as a  # noqa: E402
import evidence  # noqa: E402
import hardware  # noqa: E402
from cbor import Tag, encode  # noqa: E402
from cose import Key, encrypt, EAT_ENCRYPTION  # noqa: E402
from tam import Programs, Tamd  # noqa: E402
from verifierd_test import Verifierd  # noqa: E402
from world import CLASS, VENDOR  # noqa: E402

# What a statement can be wrong in beside its report: how, and how it is told.
STATEMENTS = {
    "cnf": (lambda c: {**c, 8: {1: Key.new().cose}},
            "evidence-not-bound", "cnf"),
    "report-key": (lambda c: {k: v for k, v in c.items()
                              if k != evidence.REPORT_KEY},
                   "missing-field", "report-key"),
    "agent": (lambda c: {**c, evidence.MEASUREMENTS: [
        evidence.measurement("launcher", bytes(32))
        if i == 0 else m for i, m in enumerate(c[evidence.MEASUREMENTS])]},
        "measurement-mismatch", "measurement launcher"),
}


# A TAM has to know first whose challenge is answered; a Verifier's client has
# a session.
UNASKED = {"no statement": ("missing-field", "statement")}
# To him, a report without a statement has to answer the challenge itself.
ALONE = {"no statement": ("evidence-nonce", "report data")}


class HardwareAgent(a.Agent):
    """One whose Evidence its hardware signs."""

    def __init__(self, maker, device, trust, post):
        super().__init__(device, trust, post, {"response": self.name_it})
        self.maker, self.spoil, self.claims_of = maker, None, None

    @staticmethod
    def name_it(self, message):
        return [message[0], {**message[1], a.FORMAT: self.maker.media}]

    def attestation(self):
        claims = evidence.claims(self.device, self.challenge,
                                 self.tam_key.kid, self.installed)
        if self.claims_of:
            claims = self.claims_of(claims)
        self.claims = {**claims, **self.maker.identity}
        return encrypt(self.trust.encryption, self.maker.evidence(
            encode(Tag(601, claims)), self.spoil), EAT_ENCRYPTION)


class House:
    """A tamd, a verifierd, and whatever they have to know."""

    def __init__(self, build, home):
        self.home = pathlib.Path(home)
        self.programs = Programs(build)
        self.tam = Tamd(self.programs, self.home / "tam")
        self.verifier = Verifierd(build, home)
        self.devices = {}
        for maker in hardware.MAKERS:
            device = evidence.Device(maker.name)
            device.vendor, device.klass = VENDOR.bytes, CLASS.bytes
            # a statement's word on these counts for nothing
            self.devices[device.name] = device
        self.makers = [m(d.launcher, d.binary) for m, d in
                       zip(hardware.MAKERS, self.devices.values())]
        for maker in self.makers:
            self.devices[maker.name].ueid = maker.ueid

    def write(self, name, data):
        path = self.home / name
        path.write_bytes(data)
        os.chmod(path, 0o600)
        return path

    def key(self, name):
        key = Key.new()
        self.write(f"{name}.pem", key.private_pem())
        self.write(f"{name}.pub.pem", key.pem())
        return key

    def start(self):
        run, home = self.programs.run, self.home
        self.key("maker")
        for maker in self.makers:
            self.write(f"{maker.name}.corim", maker.corim())
            run("teep", "corim", "sign", "--key", home / "maker.pem",
                "--name", "makers.example", home / f"{maker.name}.corim",
                "-o", home / f"{maker.name}.signed")
        author = self.key("author")
        self.write("payload", b"for hardware")
        run("suit", "create", "--component", "hardware/app", "--payload",
            home / "payload", "--sequence", "1", "--vendor", VENDOR,
            "--class", CLASS, "--key", home / "author.pem", "-o",
            home / "app.suit")
        self.tam.start()
        ctl = self.tam.ctl
        ctl("anchor", "add", "maker", "--key", home / "maker.pub.pem",
            "--for", "reference,endorsed,attest-key")
        ctl("anchor", "add", "author", "--key", home / "author.pub.pem",
            "--for", "manifests")
        ctl("component", "add", home / "app.suit")
        ctl("assign", "all", "hardware/app")
        for device in self.devices.values():
            ctl("device", "add", device.name, "--key", self.write(
                f"{device.name}-teep.pem", device.teep.pem()))
        self.trust = a.Trust(self.tam.teep_keys, self.tam.encryption,
                             [author], self.tam.results, self.tam.binary)

    def agent(self, maker):
        return HardwareAgent(maker, self.devices[maker.name], self.trust,
                             a.Http(self.tam.uri).post)


def through_tamd(house):
    """First right, then wrong, then right."""
    wrong = 0
    for maker in house.makers:
        name = maker.name
        house.tam.ctl("corim", "add", house.home / f"{name}.signed")
        agent = house.agent(maker)
        trace = agent.session()
        assert trace == ["QueryRequest", "QueryResponse", "Update", "Success",
                         "QueryRequest", "QueryResponse"], (name, trace)
        state = house.tam.state(agent.device)
        assert state["verdict"] == "accepted", state
        assert state["assurance"] == "hardware-rooted", state
        cases = [(spoil, None, *UNASKED.get(spoil, told))
                 for spoil, told in maker.wrong.items()]
        cases += [(None, how, *told)
                  for how, *told in STATEMENTS.values()]
        for spoil, how, reason, what in cases:
            house.tam.messages()
            agent.spoil, agent.claims_of = spoil, how
            agent.installed = []
            try:
                trace = agent.session()
            except a.TamError as e:
                # only whom the TAM knows to be there now hears of it
                assert (e.code, e.text) == (7, reason), (name, spoil, e)
            else:
                assert trace[-1] == "QueryResponse", (name, spoil, trace)
            said = [m for m in house.tam.messages() if m.get("reason")]
            assert any(m["reason"] == reason and m.get("what") == what
                       for m in said), (name, spoil, what, said)
            wrong += 1
        agent.spoil = agent.claims_of = None
        agent.session()
        state = house.tam.state(agent.device)
        assert state["verdict"] == "accepted", state
    return wrong


def verdict(v, maker, device, spoil=None, how=None, nonce=None):
    where, session = v.session()
    challenge = base64.b64decode(session["nonce"])
    claims = evidence.claims(device, nonce or challenge, bytes(32))
    if how:
        claims = how(claims)
    status, _, body = v.ask("POST", where, maker.evidence(
        encode(Tag(601, claims)), spoil), Content_Type=maker.media)
    assert status == 200, (maker.name, spoil, status, body)
    return json.loads(body)


def through_verifierd(house, v):
    wrong = 0
    house.programs.run("verifierd", "anchor", "add", "maker",
                       house.home / "maker.pub.pem",
                       "reference,endorsed,attest-key", "--dir", v.dir)
    for maker in house.makers:
        name, device = maker.name, house.devices[maker.name]
        unknown = verdict(v, maker, device)["refusal"]["reason"]
        assert unknown == "evidence-key-not-endorsed", (name, unknown)
        status, _, body = v.ask(
            "POST", "/endorsement-provisioning/v1/submit",
            (house.home / f"{name}.signed").read_bytes(),
            Content_Type="application/rim+cose")
        assert status == 200, (name, body)
        good = verdict(v, maker, device)
        assert "refusal" not in good, (name, good)
        cases = [(s, None, *ALONE.get(s, t))
                 for s, t in maker.wrong.items()]
        where, session = v.session()
        challenge = base64.b64decode(session["nonce"])
        status, _, body = v.ask("POST", where, maker.wrapped(
            maker.report(challenge + bytes(64 - len(challenge)), None)),
            Content_Type=maker.media)
        assert status == 200 and b"refusal" not in body, (name, body)
        # whose key it is, is for whoever relies on the Result to ask
        cases += [(None, how, *t) for s, (how, *t) in STATEMENTS.items()
                  if s != "cnf"]
        for spoil, how, reason, what in cases:
            refusal = verdict(v, maker, device, spoil, how)["refusal"]
            assert (refusal["reason"], refusal["claim"]) == (reason, what), (
                name, spoil, refusal)
            wrong += 1
        refusal = verdict(v, maker, device, nonce=bytes(32))["refusal"]
        assert refusal["reason"] == "evidence-nonce", refusal
        wrong += 1
    return wrong


def main():
    home = tempfile.mkdtemp(prefix="hardware-")
    os.chmod(home, 0o755)
    house = House(sys.argv[1], home)
    try:
        house.start()
        at_tamd = through_tamd(house)
        with house.verifier as v:
            at_verifierd = through_verifierd(house, v)
    finally:
        faults = house.tam.stop()
        shutil.rmtree(home)
    assert not faults, faults
    assert at_tamd > 40 and at_verifierd > 40, (at_tamd, at_verifierd)
    print(f"{len(house.makers)} makers; wrong and refused by name: "
          f"{at_tamd} through tamd, {at_verifierd} through verifierd")


if __name__ == "__main__":
    main()
