"""Every harm at every point: the frame of a sweep.

A sweep gives the roles that it is about and three functions:
    prepare(build, home)  what all runs begin with
    count(world)          power's report of a story without harm
    run(world, job, out)  one run; what must not be goes to out.wrong
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import shutil
import tempfile
import time

# What can be done to a point of each kind; torn only to what writes octets.
# cut: all processes die at once; +: from then on the disk stays like that.
HARMS = {
    "store": ("kill-before", "kill-after", "torn", "cut", "ENOSPC",
              "ENOSPC+", "EIO", "EIO+"),
    "load": ("EIO",),
    "send": ("kill-before", "kill-after", "torn", "EIO"),
    "receive": ("kill-before", "kill-after", "EIO"),
}
# A disk that is full takes no more, but lets names and locks go.
ROOM = {"write", "pwrite64", "openat", "open", "ftruncate", "fallocate",
        "fsync", "fdatasync", "rename", "renameat", "mkdir", "mkdirat",
        "link", "linkat"}
QUICK = 2  # of each role, kind and harm that there is
EVER_FEWER = 0.05  # of all runs may never come to their point

Job = collections.namedtuple("Job", "role kind n what call target")


def name_of(job):
    return f"{job.role}:{job.kind}:{job.n}:{job.what}"


def words_of(job):
    """What power is told."""
    what, more = job.what, []
    if what == "cut":
        what, more = "kill-after", ["--whole"]
    elif what.endswith("+"):
        what, more = what[:-1], ["--stay"]
    return ["--at", f"{job.role}:{job.kind}:{job.n}", "--do", what, *more]


def is_error(job):
    return job.what.startswith("E")


def harms(points):
    for p in points:
        for what in HARMS[p.kind]:
            if what == "torn" and p.what != "octets":
                continue
            if what.startswith("ENOSPC") and p.call not in ROOM:
                continue
            yield Job(p.role, p.kind, p.n, what, p.call, p.target)


def choose(jobs, seed, always):
    """A few of each sort, another sample with each seed, and those that have
    once found something that no other does."""
    chance = random.Random(seed)
    sorts = collections.defaultdict(list)
    for job in jobs:
        sorts[job.role, job.kind, job.what].append(job)
    chosen = {job for sort in sorted(sorts)
              for job in chance.sample(sorts[sort],
                                       min(QUICK, len(sorts[sort])))}
    return sorted(chosen | {job for job in jobs if always(job)})


class Outcome:
    def __init__(self, job):
        self.job, self.wrong, self.reached = job, [], True
        self.told = []  # (how, text): what somebody heard instead of a yes
        self.logged = []  # (event, reason)


class Workers:
    """Forked when the world is there."""

    world = run = None

    @classmethod
    def work(cls, job):
        out = Outcome(job)
        home = pathlib.Path(tempfile.mkdtemp(prefix="power-"))
        try:
            home.chmod(0o755)
            cls.run(cls.world, home, job, out)
        except Exception as e:  # a run that fails must not end the sweep
            out.wrong.append(f"{type(e).__name__}: {e}")
        finally:
            shutil.rmtree(home)
        return out


def table(roles, report, outcomes):
    """Points, runs and violations of each process and kind."""
    print(f"{'process':9}{'kind':9}{'points':>7}{'runs':>7}"
          f"{'not reached':>13}{'violations':>12}")
    for role in roles:
        for kind in HARMS:
            points = report.totals.get((role, kind), 0)
            mine = [o for o in outcomes
                    if (o.job.role, o.job.kind) == (role, kind)]
            if points:
                print(f"{role:9}{kind:9}{points:7}{len(mine):7}"
                      f"{sum(not o.reached for o in mine):13}"
                      f"{sum(bool(o.wrong) for o in mine):12}")


def said(outcomes):
    """What people and logs were told of errors, and how often."""
    texts = collections.Counter()
    for o in outcomes:
        if is_error(o.job):
            texts.update({("told", *t) for t in o.told})
            texts.update({("log", *t) for t in o.logged})
    for text, n in sorted(texts.items()):
        print(f"{n:5}  {' | '.join(text)}"[:200].rstrip())


def parse(text):
    parser = argparse.ArgumentParser(description=text.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("choice", nargs="?", metavar="all|SEED",
                        default=os.environ.get("TEST_SEED"),
                        help="every point, or a choice by this seed")
    parser.add_argument("--only", default="", metavar="ROLE:KIND:N:WHAT",
                        help="those that begin like this")
    parser.add_argument("--said", action="store_true",
                        help="print what people and logs were told")
    parser.add_argument("--workers", type=int, default=os.cpu_count() + 1)
    return parser.parse_args()


def all_runs(jobs, workers):
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        coming = [pool.submit(Workers.work, job) for job in jobs]
        for got in concurrent.futures.as_completed(coming):
            out = got.result()
            for text in out.wrong:
                print(f"not ok  {name_of(out.job)} ({out.job.call} "
                      f"{out.job.target}): {text}", flush=True)
            yield out


def main(text, roles, prepare, count, run, without=(),
         always=lambda job: False):
    """without: harms that say nothing new here; always: jobs that are not
    left to the choice."""
    args = parse(text)
    if os.geteuid() != 0:
        print("skipped: power needs root")
        return 77
    whole = args.choice == "all" or bool(args.only)
    if not whole:
        seed = int(args.choice or str(random.randrange(1 << 32)), 0)
        print(f"TEST_SEED={seed}", flush=True)
    began = time.monotonic()
    home = pathlib.Path(tempfile.mkdtemp(prefix="power-"))
    home.chmod(0o755)
    try:
        Workers.world, Workers.run = prepare(args.build, home), run
        report = count(Workers.world)
        points = [p for p in report.points if p.role in roles]
        jobs = [j for j in harms(points) if j.what not in without and
                name_of(j).startswith(args.only)]
        if not whole:
            jobs = choose(jobs, seed, always)
        outcomes = list(all_runs(jobs, args.workers))
    finally:
        shutil.rmtree(home)
    table(roles, report, outcomes)
    if args.said:
        said(outcomes)
    bad = sum(bool(o.wrong) for o in outcomes)
    missed = sum(not o.reached for o in outcomes)
    print(f"{len(points)} points, {len(outcomes)} runs, {missed} not "
          f"reached, {bad} violations, {time.monotonic() - began:.0f} s")
    empty = [r for r in roles if not any(p.role == r for p in points)]
    if empty or not outcomes:
        print(f"no points: {empty}")
        return 1
    return 1 if bad or missed > EVER_FEWER * len(outcomes) + 1 else 0
