#!/usr/bin/python3
"""Hold an Agent that shares no code with ours against tamd: whole sessions
in both suites, then every variant of variants.py, then whole sessions again.

    run.py --build DIR [--only PART-OF-NAME] [--keep]

Exit status 0 if every line says ok.
"""
import argparse
import shutil
import sys
import tempfile

from agent import ERR_CODE, ERR_MSG, MANIFEST_LIST, QUERY_REQUEST, UPDATE
from agent import Agent, UNNEEDED
from cbor import decode, need
from cose import verify1, verify_any
from stage import EMPTY, REQUEST, Stage, UPDATE as ACCEPTED
from variants import VARIANTS
from world import Failed, PAYLOAD, World

ROUND = ["QueryRequest", "QueryResponse"]
INSTALLING = ROUND + ["Update", "Success"] + ROUND


def judge(variant, stage, reply):
    """Raise Refused if the reply is not what is expected."""
    expect = variant.expect
    need(reply.status == expect.status, "wrong outcome",
         f"HTTP {reply.status}, expected {expect}")
    if expect is EMPTY:
        need(reply.body == b"", "wrong outcome", "204 with a body")
    if expect.status != 200:
        return
    keys = {kid: k for kid, k in stage.trust.tam.items()
            if k.alg == stage.mine.teep.alg}
    if expect is REQUEST:
        message = decode(verify_any(reply.body, keys)[0])
        need(message[0] == QUERY_REQUEST, "wrong outcome", repr(message))
        return
    kind, options = decode(verify1(reply.body, keys)[0])
    need(kind == UPDATE, "wrong outcome", f"type {kind}")
    if expect is ACCEPTED:
        need(ERR_CODE not in options and MANIFEST_LIST in options,
             "wrong outcome", f"not an install: {options.get(ERR_MSG)}")
        return
    need(not options.keys() & {MANIFEST_LIST, UNNEEDED}, "wrong outcome",
         "an Update that repairs what it must not")
    need(options.get(ERR_CODE) == expect.code, "wrong outcome",
         f"err-code {options.get(ERR_CODE)}, expected {expect.code}")
    need(variant.reasons is None or
         any(r in options.get(ERR_MSG, "") for r in variant.reasons),
         "wrong outcome", f"err-msg {options.get(ERR_MSG)!r}")


class Run:
    def __init__(self, world, only):
        self.world, self.only = world, only
        self.good = self.bad = 0

    def case(self, name, function):
        if self.only not in name:
            return
        try:
            function()
        except Exception as e:  # a failed case must not end the run
            self.bad += 1
            print(f"not ok  {name}: {type(e).__name__}: {e}")
        else:
            self.good += 1
            print(f"ok      {name}")
        sys.stdout.flush()

    def session(self, device, expected, encrypt_reports=False):
        agent = Agent(device, self.world.trust, self.world.http.post)
        agent.encrypt_reports = encrypt_reports
        trace = agent.session()
        need(trace == expected, "wrong outcome", " ".join(trace))
        images = [i for _, found in agent.installed for i in found.values()]
        need(images == [PAYLOAD], "wrong outcome", "another image")
        # Nothing is left to do: the next session ends after one round.
        trace = agent.session()
        need(trace == ROUND, "wrong outcome", "again: " + " ".join(trace))

    def variant(self, variant, stage):
        mark = self.world.tam.log.mark()
        judge(variant, stage, variant.play(stage))
        if variant.reasons is None:
            return
        seen = self.world.tam.log.reason_since(mark, variant.reasons)
        need(any(r in seen for r in variant.reasons), "wrong outcome",
             f"log says {seen}, expected {variant.reasons}")

    def sessions(self, when):
        for d in self.world.devices:
            self.case(f"{d.name}: session {when}",
                      lambda d=d: self.session(d, INSTALLING))

    def whole(self):
        self.sessions("before")
        by_name = {d.name: d for d in self.world.devices}
        for suite in ("esp", "ed"):
            mine, other = by_name[suite + "-a"], by_name[suite + "-b"]
            stage = Stage(mine, other, self.world.trust, self.world.http,
                          self.world.foreign_challenge)
            for v in VARIANTS:
                self.case(f"{mine.name}: {v.name}",
                          lambda v=v: self.variant(v, stage))
        # No refusal may have harmed what an honest device can do.
        self.sessions("after")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true",
                        help="leave the run's directory, and say where")
    args = parser.parse_args()
    home = tempfile.mkdtemp(prefix="interop-")
    world = World(args.build, home)
    run = Run(world, args.only)
    try:
        world.start()
        run.whole()
    except Failed as e:
        print(f"not ok  {e}")
        run.bad += 1
    finally:
        if not world.stop():
            print("not ok  tamd did not end with status 0")
            run.bad += 1
        if args.keep:
            print(f"kept {home}")
        else:
            shutil.rmtree(home)
    print(f"{run.good} ok, {run.bad} not ok")
    return 1 if run.bad or not run.good else 0


if __name__ == "__main__":
    sys.exit(main())
