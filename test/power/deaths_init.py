#!/usr/bin/python3
"""`tamd init` dies, or its disk fails, at every moment.

    deaths_init.py BUILD [all|SEED] [--only tamd:KIND:N:WHAT] [--said]

Afterwards either all is there, and the TAM runs with the keys whose ids init
has printed; or nothing runs, which says so and what to do, and a second init
makes everything anew.  Never is anything taken away that was finished.
"""
import json
import subprocess
import sys

import sweep
from power import Power
from tamd_life import Life, Programs, integrity, litter
from tamd_story import Http, Wrong

ROLES = ("tamd",)


class World:
    """A finished TAM to compare with."""

    def __init__(self, build, home):
        self.build, self.programs = build, Programs(build)
        self.home = home
        self.good = home / "good"
        self.init(self.good)

    def command(self, folder):
        return [self.programs.path("tamd"), "init", "--json", "--dir",
                str(folder), "--listen", "127.0.0.1:0"]

    def init(self, folder):
        done = subprocess.run(self.command(folder), check=False, timeout=120,
                              capture_output=True)
        return done.returncode, done.stdout, done.stderr.decode()

    def harmed(self, report, folder, words):
        power = Power(self.build, report, folder, *words)
        done = subprocess.run(
            power.command(*self.command(folder)), check=False, timeout=120,
            capture_output=True, env=power.environment)
        return done.returncode, done.stdout, done.stderr.decode(), power.read()


def count(world):
    status, _, text, report = world.harmed(
        world.home / "report", world.home / "counted", [])
    assert status == 0 and report.ended, text
    return report


def runs(world, folder, name):
    """Does it serve?  None, or what it says."""
    life = Life(world, folder, name)
    try:
        if life.uri is None:
            return " ".join(life.texts()) or repr(life.events())
        if Http(life.uri).post(b"").status != 200:
            raise Wrong("no question is asked")
        if life.stop() != 0:
            raise Wrong("ended badly")
        return None
    finally:
        life.kill()


def run(world, home, job, out):
    folder = home / "tam"
    status, keys, text, report = world.harmed(
        home / "report", folder, sweep.words_of(job))
    out.reached = report.reached
    if sweep.is_error(job) and status != 0:
        out.told.append(("init", text.replace(str(folder), "DIR").strip()))
        if status != 1 or text.count("\n") != 1 or text.count(": ") < 2:
            out.wrong.append(f"not refused by name: {status} {text}")
    first = None
    if status == 0:
        json.loads(keys)
    if (folder / "tamd.ini").exists():
        first = runs(world, folder, "first")
        if status == 0 and first:
            raise Wrong(f"init has ended, and it does not run: {first}")
        if first and "tamd init" not in first:
            raise Wrong(f"does not say what to do: {first}")
    again, _, told = world.init(folder)
    if first is None and (folder / "tamd.ini").exists() and again == 1:
        if "exists" not in told:
            raise Wrong(f"init again: {told}")
    elif again != 0:
        raise Wrong(f"init again: {again} {told}")
    last = runs(world, folder, "last")
    if last:
        raise Wrong(f"does not run: {last}")
    out.wrong += integrity(folder, home / "copy")
    out.wrong += litter(world.good, folder)


if __name__ == "__main__":
    sys.exit(sweep.main(__doc__, ROLES, World, count, run,
                        without=("cut",)))  # there is one process
