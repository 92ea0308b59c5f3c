#!/usr/bin/python3
"""A TEEP Agent in Python that presents what a Verifier in Python has said of
it, and a tamd that asks for passports: taken, or refused by name.

usage: passport.py --build BUILD

Whole sessions in both suites and both forms of Results first, then one wrong
thing at a time, then a whole session again.
"""
import argparse
import json
import signal
import sys
import tempfile
import time

import ear
import evidence as e
from agent import (
    CHALLENGE, ERR_CODE, ERR_MSG, FORMAT, FRESHNESS, MANIFEST_LIST, PAYLOAD,
    QUERY_REQUEST, TOKEN, UPDATE, Agent)
from cbor import decode, encode
from cose import EAT_ENCRYPTION, ESP256, Key, encrypt, sign1, verify1
from cose import verify_any
from tam import LIMITS, Tamd
from world import COMPONENT, PAYLOAD as IMAGE, World

EAR_FORMAT = f'application/eat+cwt; eat_profile="{ear.PROFILE}"'
ASSURANCE, NBF, TEEP_CLAIMS = -80004, 5, 65000
SKEW, AGE = 300, 900
SETTINGS = LIMITS + f"""[attestation]
ask = passport
freshness = both
least = process-grade
result_age = {AGE}
"""
ROUND = ["QueryRequest", "QueryResponse"]
INSTALLING = ROUND + ["Update", "Success"] + ROUND


class Holder(Agent):
    """Presents Results that carry the token, or the challenge."""

    ear = False
    evidence_next = False  # answer a challenge with Evidence

    def __init__(self, verifier, *more, **change):
        super().__init__(*more, **change)
        self.verifier, self.mechanisms = verifier, {0, 1}

    def said(self, now):
        """What the Verifier says, as the TEEP profile has it."""
        d = self.device
        sent = e.claims(d, self.challenge, self.tam_key.kid, self.installed)
        keep = (e.UEID, e.OEMID, e.HWMODEL, e.HWVERSION, e.MANIFESTS,
                e.REPORT_KEY)
        return {**{k: sent[k] for k in keep}, e.EXP: now + 600,
                e.IAT: now - 5, e.CNF: {3: d.teep.kid},
                e.NONCE: self.challenge, e.EAT_PROFILE: e.RESULT_PROFILE,
                ASSURANCE: "process-grade"}

    def as_ear(self, said):
        outer = {k: said[k] for k in (e.EXP, e.IAT, e.CNF, e.NONCE)
                 if k in said}
        inner = {k: v for k, v in said.items()
                 if k not in outer and k not in (e.EAT_PROFILE, NBF)}
        return {**outer, ear.EAT_PROFILE: ear.PROFILE,
                ear.SUBMODS: {"eat": {ear.STATUS: ear.AFFIRMING,
                                      TEEP_CLAIMS: inner}},
                ear.VERIFIER_ID: {0: "https://example.com", 1: "interop"}}

    def attestation(self):
        if self.evidence_next and CHALLENGE in self.request:
            self.format = e.FORMAT
            return super().attestation()
        self.format = EAR_FORMAT if self.ear else None
        self.claims = self.step("said", self.said(int(time.time())))
        claims = self.step("ear", self.as_ear(self.claims)) \
            if self.ear else self.claims
        key = self.step("verifier-key", self.verifier)
        signed = self.step("result", sign1(
            key, encode(claims), unprotected={4: key.kid}, tagged=False))
        return self.step("sealed-result", signed)


def without(key):
    return lambda agent, said: {k: v for k, v in said.items() if k != key}


def put(key, value):
    return lambda agent, said: {**said, key: value(agent) if callable(value)
                                else value}


def now(seconds):
    return lambda agent: int(time.time()) + seconds


def status(value):
    def change(agent, said):
        one = {**said[ear.SUBMODS]["eat"], ear.STATUS: value}
        return {**said, ear.SUBMODS: {"eat": one}}
    return change


def flip(at):
    def change(agent, data):
        spoilt = bytearray(data)
        spoilt[at] ^= 1
        return bytes(spoilt)
    return change


# step, what is done to it, the reason, what it is told with
WRONG = {
    "another signer": ("verifier-key", lambda a, k: Key.new(ESP256),
                       "unknown-key", "Verifier"),
    "the agent itself": ("verifier-key", lambda a, k: a.device.teep,
                         "unknown-key", "Verifier"),
    "signature": ("result", flip(-1), "bad-signature", "signature"),
    "a claim changed": ("result", flip(90), "bad-signature", "signature"),
    "cut off": ("result", lambda a, d: d[:-1], "truncated",
                "signed message"),
    "another agent": ("said", put(e.CNF, lambda a: {3: a.other.teep.kid}),
                      "result-not-bound", "cnf"),
    "another agent's key": (
        "said", put(e.CNF, lambda a: {1: a.other.teep.cose}),
        "result-not-bound", "cnf"),
    "no cnf": ("said", without(e.CNF), "result-claims", "cnf"),
    "over": ("said", put(e.EXP, now(0)), "expired", "exp"),
    "not yet": ("said", put(NBF, now(SKEW + 60)), "expired", "nbf"),
    "from the future": ("said", put(e.IAT, now(SKEW + 60)), "out-of-range",
                        "iat"),
    "too old, of another exchange": (
        "said", lambda a, s: {**s, e.NONCE: bytes(32),
                              e.IAT: int(time.time()) - AGE - 60},
        "expired", "iat"),
    "of no time": (
        "said", lambda a, s: {k: v for k, v in s.items()
                              if k not in (e.NONCE, e.IAT)},
        "result-claims", "iat"),
    "no ueid": ("said", without(e.UEID), "result-claims", "ueid"),
    "no oemid": ("said", without(e.OEMID), "result-claims", "oemid"),
    "no hwmodel": ("said", without(e.HWMODEL), "result-claims", "hwmodel"),
    "no hwversion": ("said", without(e.HWVERSION), "result-claims",
                     "hwversion"),
    "no manifests": ("said", without(e.MANIFESTS), "result-claims",
                     "manifests"),
    "another profile": ("said", put(e.EAT_PROFILE, e.PROFILE),
                        "result-claims", "eat_profile"),
    "assurance too weak": ("said", put(ASSURANCE, "self-reported"),
                           "weaker-assurance", "assurance"),
    "no assurance": ("said", without(ASSURANCE), "weaker-assurance",
                     "assurance"),
    "another vendor": ("said", put(e.OEMID, b"xyz"), "outside-signer-scope",
                       "Verifier"),
    "another device": (
        "said", put(e.UEID, lambda a: a.other.ueid), "claim-mismatch",
        "ueid"),
    "a report key that signs messages": (
        "said", put(e.REPORT_KEY, lambda a: a.device.teep.cose),
        "wrong-key-purpose", "report-key"),
    "EAR: warning": ("ear", status(ear.WARNING), "attestation-required",
                     "ear_status"),
    "EAR: contraindicated": ("ear", status(ear.CONTRAINDICATED),
                             "attestation-required", "ear_status"),
    "EAR: no status": ("ear", status(ear.NONE), "attestation-required",
                       "ear_status"),
    "EAR: another agent": (
        "ear", put(e.CNF, lambda a: {3: a.other.teep.kid}),
        "result-not-bound", "cnf"),
    "EAR: over": ("ear", put(e.EXP, now(0)), "expired", "exp"),
    "EAR: no cnf": ("ear", without(e.CNF), "result-not-bound", "cnf"),
}


class Run:
    def __init__(self, world):
        self.world, self.done = world, 0
        self.verifier = Key.new(ESP256)
        path = world.home / "verifier.pub.pem"
        path.write_bytes(self.verifier.pem())
        world.tam.ctl("anchor", "add", "verifier", "--key", path, "--for",
                      "results", "--vendor", world.files.vendor)

    def expect(self, what, found, wanted):
        if found != wanted:
            raise SystemExit(f"{what}: {found!r}, not {wanted!r}")
        self.done += 1

    def holder(self, device, other=None, **change):
        agent = Holder(self.verifier, device, self.world.trust,
                       self.world.http.post, change=change)
        agent.other = other
        return agent

    def session(self, device, is_ear, with_evidence):
        name = f"{device.name}, {'EAR' if is_ear else 'TEEP'}"
        agent = self.holder(device)
        agent.ear, agent.evidence_next = is_ear, with_evidence
        self.expect(name, agent.session(), INSTALLING)
        images = [i for _, found in agent.installed for i in found.values()]
        self.expect(name, images, [IMAGE])
        self.expect(name + " again", agent.session(), ROUND)
        known = self.world.tam.state(device)
        self.expect(name, known["verdict"], "accepted")
        self.expect(name, known["assurance"], "process-grade")
        self.expect(name, [(c["id"], c["state"])
                           for c in known["components"]],
                    [(COMPONENT, "proven")])
        self.expect(name, known["verifier"], self.kid())
        # and not a second longer than the Verifier said
        self.expect(name, known["until"] <= time.time() + 600, True)
        return agent

    def kid(self):
        listed = self.world.tam.ctl("--json", "anchor", "list")
        return next(a["kid"] for a in json.loads(listed)
                    if a["name"] == "verifier")

    def asked(self, agent):
        """The QueryRequest of a new session, taken in."""
        agent.close()
        body = self.world.http.post(b"").body
        agent.query_request(body)
        return agent.request

    def question(self, agent):
        request = self.asked(agent)
        self.expect("a token", len(request[TOKEN]), 32)
        self.expect("no challenge", CHALLENGE in request, False)
        self.expect("mechanisms", request[FRESHNESS], [0, 1])

    def told(self, agent, reply):
        keys = {k.kid: k for k in self.world.trust.tam.values()
                if k.alg == agent.device.teep.alg}
        kind, options = decode(verify1(reply.body, keys)[0])
        return kind, options.get(ERR_CODE), options.get(ERR_MSG), \
            MANIFEST_LIST in options

    def wrong(self, device, other, name, row):
        step, change, reason, what = row
        agent = self.holder(device, other, **{step: change})
        agent.ear = step == "ear"
        self.asked(agent)
        self.world.tam.messages()
        wire = agent.query_response()
        reply = self.world.http.post(wire)
        self.expect(name, self.told(agent, reply), (UPDATE, 7, reason, False))
        line, = self.world.tam.messages()
        self.expect(name, (line["reason"], line["what"]), (reason, what))
        known = self.world.tam.state(device)
        self.expect(name, known["verdict"], reason)
        self.expect(name, known["appraisals"][0]["reason"], reason)
        # whoever sends it again hears nothing
        self.expect(name, self.world.http.post(wire).status, 204)
        line, = self.world.tam.messages()
        self.expect(name, line["reason"], "replay")

    def stolen(self, device, thief):
        """A healthy device's Result, in another's message."""
        victim = self.holder(device)
        taken = []
        victim.change = {"result": lambda a, d: taken.append(d) or d}
        self.asked(victim)
        victim.query_response()
        agent = self.holder(thief, result=lambda a, d: taken[0])
        self.asked(agent)
        reply = self.world.http.post(agent.query_response())
        self.expect("stolen", self.told(agent, reply),
                    (UPDATE, 7, "result-not-bound", False))

    def silent(self, device):
        """What is of no exchange gets no answer."""
        agent = self.holder(device)
        self.asked(agent)
        agent.request = {**agent.request,
                         TOKEN: bytes([agent.request[TOKEN][0] ^ 1]) +
                         agent.request[TOKEN][1:]}
        self.world.tam.messages()
        reply = self.world.http.post(agent.query_response())
        self.expect("foreign token", reply.status, 204)
        line, = self.world.tam.messages()
        self.expect("foreign token", line["reason"], "foreign-challenge")

    def sealed(self, device):
        agent = self.holder(device)
        agent.change = {"sealed-result": lambda a, d: encrypt(
            a.trust.encryption, d, EAT_ENCRYPTION, a.device.content_alg)}
        agent.installed = self.installed[device.name]
        self.expect("encrypted", agent.session(), ROUND)

    def by_time(self, device):
        """A Result of another exchange says how the device was, and gets
        nothing: for that the TAM asks for Evidence."""
        agent = self.holder(device, said=lambda a, s: {
            **s, e.NONCE: bytes(32), e.IAT: int(time.time()) - AGE + 60})
        agent.evidence_next = True
        self.asked(agent)
        reply = self.world.http.post(agent.query_response())
        keys = {k.kid: k for k in self.world.trust.tam.values()}
        message = decode(verify_any(reply.body, keys)[0])
        self.expect("by time", message[0], QUERY_REQUEST)
        self.expect("by time", CHALLENGE in message[1], True)
        self.expect("by time", TOKEN in message[1], False)
        agent.query_request(reply.body)
        reply = self.world.http.post(agent.query_response())
        self.expect("by time", self.told(agent, reply),
                    (UPDATE, None, None, True))
        # with nothing to do, that is all
        agent = self.holder(device, said=without(e.NONCE))
        agent.installed = self.installed[device.name]
        self.asked(agent)
        before = self.world.tam.state(device)["proven"]
        self.expect("by time", self.world.http.post(
            agent.query_response()).status, 204)
        known = self.world.tam.state(device)
        self.expect("by time", known["verdict"], "accepted")
        self.expect("by time", known["proven"], before)
        self.expect("by time", known["until"] <= time.time() + AGE, True)

    def falls_back(self, device):
        """No passport at hand: Error 3, and the TAM asks for Evidence."""
        agent = self.holder(device)
        agent.evidence_next = True
        self.asked(agent)
        error = agent._send("error", [5, {
            TOKEN: agent.request[TOKEN], FRESHNESS: [0]}, 3])
        reply = self.world.http.post(error)
        agent.query_request(reply.body)
        self.expect("falls back", FRESHNESS in agent.request, True)
        self.expect("falls back", agent.request[FRESHNESS], [0])
        agent.installed = self.installed[device.name]
        self.expect("falls back", self.world.http.post(
            agent.query_response()).status, 204)
        # once for each question
        self.expect("again", self.world.http.post(error).status, 204)

    def withdrawn(self, device):
        """Whom the operator does not believe any more, nobody hears."""
        self.world.tam.ctl("anchor", "remove", "verifier")
        agent = self.holder(device)
        self.asked(agent)
        reply = self.world.http.post(agent.query_response())
        self.expect("withdrawn", reply.status, 204)

    def whole(self):
        esp, esp_other, ed, ed_other = self.world.devices
        self.question(self.holder(esp))
        self.installed = {}
        for device, is_ear, evidence in (
                (esp, False, True), (esp_other, True, True),
                (ed, True, False), (ed_other, False, False)):
            agent = self.session(device, is_ear, evidence)
            self.installed[device.name] = agent.installed
        for device, other in ((esp, esp_other), (ed, ed_other)):
            for name, row in WRONG.items():
                self.wrong(device, other, name, row)
            self.stolen(other, device)
            self.silent(device)
            self.by_time(device)
            self.sealed(device)
            self.falls_back(device)
        self.session(esp, True, False)
        self.withdrawn(esp)





def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="passport-") as home:
        world = World(args.build, home)
        world.tam = Tamd(world.programs, world.home / "tam", SETTINGS)
        try:
            world.start()
            run = Run(world)
            run.whole()
        finally:
            wrong = world.stop()
        if wrong:
            raise SystemExit("\n".join(wrong))
    print(f"{run.done} passed, {len(WRONG)} wrong Results in both suites")


if __name__ == "__main__":
    main()
