#!/usr/bin/python3
"""Hold an Agent that shares no code with ours against a TAM: whole sessions
in both suites, then every variant of variants.py, then whole sessions again.

    run.py --build DIR [--only PART-OF-NAME] [--keep]
    run.py --build DIR --tam URI --keys FOLDER    a TAM that runs elsewhere

Exit status 0 if every line says ok.
"""
import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
import time

from agent import ERR_CODE, ERR_MSG, MANIFEST_LIST, QUERY_REQUEST, UPDATE
from agent import Agent, UNNEEDED
from cbor import decode, need
from cose import verify1, verify_any
from evidence import UEID
from stage import ACCEPTED, APPRAISED, EMPTY, REQUEST, Skip, Stage
from stage import UPDATE as INSTALL
from tam import Failed
from variants import VARIANTS
from world import COMPONENT, PAYLOAD, World

ROUND = ["QueryRequest", "QueryResponse"]
INSTALLING = ROUND + ["Update", "Success"] + ROUND
DEMANDING = ["QueryRequest", "Error"] + INSTALLING
# tamd writes at most 20 lines a second on senders it does not know.
STRANGER_PAUSE = 1 / 15
# What a refused appraisal may change in what is known of a device.
RECORD = ("verdict", "assurance", "appraised", "appraisals")


def wrong(condition, text):
    need(condition, "wrong outcome", text)


def judge(variant, stage, reply):
    """Raise Refused if the reply is not what is expected."""
    expect = variant.expect
    wrong(reply.status == expect.status,
          f"HTTP {reply.status}, expected {expect}")
    if expect is EMPTY:
        wrong(reply.body == b"", "204 with a body")
    if expect.status != 200:
        return
    keys = {kid: k for kid, k in stage.trust.tam.items()
            if k.alg == stage.mine.teep.alg}
    if expect is REQUEST:
        message = decode(verify_any(reply.body, keys)[0])
        wrong(message[0] == QUERY_REQUEST, repr(message))
        return
    kind, options = decode(verify1(reply.body, keys)[0])
    wrong(kind == UPDATE, f"type {kind}")
    if expect is INSTALL:
        wrong(ERR_CODE not in options and MANIFEST_LIST in options,
              f"not an install: {options.get(ERR_MSG)}")
        return
    wrong(not options.keys() & {MANIFEST_LIST, UNNEEDED},
          "an Update that repairs what it must not")
    said = options.get(ERR_CODE), options.get(ERR_MSG)
    wrong(said == (expect.code, variant.told),
          f"told {said}, expected {(expect.code, variant.told)}")


def judge_log(variant, lines):
    """Exactly one line on the message, with exactly that reason."""
    said = [(line["reason"], line["status"]) for line in lines]
    expected = [] if variant.reason is None else [
        (variant.reason, variant.expect.status)]
    wrong(said == expected, f"the log says {said}, expected {expected}")


def judge_state(variant, mine, before, after):
    """Nothing was stored but, if that is expected, a refused appraisal."""
    if variant.expect in ACCEPTED:
        return
    before, after = dict(before), dict(after)
    if variant.expect is APPRAISED:
        was, now = before.pop(mine), after.pop(mine)
        first, *rest = now["appraisals"]
        wrong((first["reason"], first["proves"]) == (variant.reason, False),
              f"recorded {first}")
        wrong(rest == was["appraisals"][:len(rest)], "records changed")
        wrong(now["verdict"] == variant.reason, f"verdict {now['verdict']}")
        before["more"], after["more"] = (
            {k: v for k, v in x.items() if k not in RECORD}
            for x in (was, now))
    wrong(before == after, f"was {before}, is {after}")


class Run:
    def __init__(self, world, only):
        self.world, self.only = world, only
        self.passed = self.failed = 0

    def failure(self, name, why):
        self.failed += 1
        print(f"not ok  {name}: {why}", flush=True)

    def case(self, name, function):
        try:
            function()
        except Skip as e:
            print(f"skip    {name}: {e}", flush=True)
        except Exception as e:  # a failed case must not end the run
            self.failure(name, f"{type(e).__name__}: {e}")
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)

    def states(self, stage):
        return {d: self.world.tam.state(d) for d in (stage.mine, stage.other)}

    def variant(self, variant, stage):
        tam, noted = self.world.tam, []

        def note():
            noted.append(self.states(stage))
            tam.messages()

        stage.note = note if tam.open else lambda: None
        reply = variant.play(stage)
        if tam.open:
            lines, (before,) = tam.messages(), noted
            if any("device" not in line for line in lines):
                time.sleep(STRANGER_PAUSE)
            judge_log(variant, lines)
            judge_state(variant, stage.mine, before, self.states(stage))
        judge(variant, stage, reply)

    def session(self, device):
        agent = Agent(device, self.world.trust, self.world.http.post)
        trace = agent.session()
        wrong(trace == INSTALLING, " ".join(trace))
        images = [i for _, found in agent.installed for i in found.values()]
        wrong(images == [PAYLOAD], "another image")
        # Nothing is left to do: the next session ends after one round.
        trace = agent.session()
        wrong(trace == ROUND, "again: " + " ".join(trace))
        if self.world.tam.open:
            self.proven(device)

    def demanding(self, device):
        """The TAM has to attest itself before anything else."""
        trust = self.world.trust
        if not trust.results:
            raise Skip("who vouches for that TAM is not known")
        agent = Agent(device, trust, self.world.http.post)
        agent.demands = True
        trace = agent.session()
        wrong(trace == DEMANDING, " ".join(trace))
        if self.world.tam.open:
            wrong(agent.tam_result[UEID] == self.world.tam.ueid,
                  "another TAM's ueid")
            self.proven(device)

    def proven(self, device):
        """The TAM knows, and tamctl shows, what the session came to."""
        known = self.world.tam.shown(device)
        wrong(known == self.world.tam.state(device), "tamctl differs")
        wrong(known["verdict"] == "accepted", known["verdict"])
        states = [(c["id"], c["state"]) for c in known["components"]]
        wrong(states == [(COMPONENT, "proven")], repr(states))

    def sessions(self, when):
        for d in self.world.devices:
            self.case(f"{d.name}: session {when}",
                      lambda d=d: self.session(d))
            self.case(f"{d.name}: session {when}, the TAM attests itself",
                      lambda d=d: self.demanding(d))

    def whole(self):
        by_name = {d.name: d for d in self.world.devices}
        stages = [
            Stage(by_name[suite + "-a"], by_name[suite + "-b"],
                  self.world.trust, self.world.http,
                  self.world.foreign_challenge,
                  self.world.tam.challenge_life)
            for suite in ("esp", "ed")]
        for stage in stages:
            stage.keep_old()
        self.sessions("before")
        for stage in stages:
            for v in VARIANTS:
                if self.only in v.name:
                    self.case(f"{stage.mine.name}: {v.name}",
                              lambda v=v: self.variant(v, stage))
        # No refusal may have harmed what an honest device can do.
        self.sessions("after")


@contextlib.contextmanager
def folder(keep):
    home = tempfile.mkdtemp(prefix="interop-")
    try:
        yield home
    finally:
        if keep:
            print(f"kept {home}")
        else:
            shutil.rmtree(home)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true",
                        help="leave the run's folder, and say where")
    parser.add_argument("--tam", help="URI of a TAM that runs elsewhere")
    parser.add_argument("--keys", help="folder with its public keys")
    args = parser.parse_args()
    if bool(args.tam) != bool(args.keys):
        parser.error("--tam and --keys belong together")
    # End in order, and so end tamd, when told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with folder(args.keep) as home:
        world = World(args.build, home, args.tam, args.keys)
        run = Run(world, args.only)
        try:
            world.start()
            run.whole()
        except Failed as e:
            run.failure("the world", e)
        finally:
            for fault in world.stop():
                run.failure("the TAM", fault)
    print(f"{run.passed} passed, {run.failed} failed")
    return 1 if run.failed or not run.passed else 0


if __name__ == "__main__":
    sys.exit(main())
