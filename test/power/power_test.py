#!/usr/bin/python3
"""Does power count and do exactly what it is told to?

    power_test.py BUILD
Needs root, as power does; without it nothing is tested and the test says so
(77).
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from power import Power, killed

COUNTS = {("victim", "store"): 7, ("victim", "send"): 1,
          ("victim", "receive"): 1, ("child", "send"): 1,
          ("child", "receive"): 1, ("hidden", "store"): 2}


class Case:
    """One run of the victim in a folder of its own."""

    def __init__(self, build, *words):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="power-"))
        folder.chmod(0o755)
        try:
            power = Power(build, folder / "report", folder / "files", *words)
            (folder / "files").mkdir()
            victim = pathlib.Path(build) / "test" / "power" / "victim"
            self.status = subprocess.run(
                power.command(victim, folder / "files"), check=False,
                env=power.environment, stderr=subprocess.DEVNULL,
                timeout=20).returncode
            self.report = power.read()
            self.files = {p.name: p.read_bytes()
                          for p in (folder / "files").iterdir()}
        finally:
            shutil.rmtree(folder)


class Tests:
    def __init__(self, build):
        self.build, self.bad, self.n = build, 0, 0

    def check(self, name, good, what=None):
        self.n += 1
        if not good:
            self.bad += 1
            print(f"not ok  {name}: {what}", flush=True)

    def case(self, at, act, status, files, *more):
        c = Case(self.build, "--at", at, "--do", act, *more)
        name = f"{act} at {at}"
        self.check(name + ": status", c.status == status, c.status)
        self.check(name + ": files", c.files == files, c.files)
        self.check(name + ": hit", c.report.hits, c.report.text)
        return c

    def counts(self):
        c = Case(self.build)
        self.check("count: status", c.status == 0, c.status)
        mine = {k: n for k, n in c.report.totals.items() if k[1] != "load"}
        self.check("count: totals", mine == COUNTS, mine)
        calls = [p.call for p in c.report.points
                 if p.role == "victim" and p.kind == "store"]
        self.check("count: calls", calls == [
            "openat", "write", "fsync", "rename", "openat", "pwrite64",
            "openat"], calls)
        names = {p.target for p in c.report.points if p.role == "hidden"}
        self.check("count: the hidden one's file", "h" in names, names)
        self.check("count: files", c.files == {
            "b": b"0123456789", "t": b"thread", "h": b"hidden"}, c.files)

    def deaths(self):
        whole = b"0123456789"
        steps = [{}, {"a": b""}, {"a": whole}, {"a": whole}, {"b": whole}]
        for n in range(1, 5):
            self.case(f"victim:store:{n}", "kill-before", killed(9),
                      steps[n - 1])
            self.case(f"victim:store:{n}", "kill-after", killed(9), steps[n])
        self.case("victim:store:2", "torn", killed(9), {"a": b"01234"})
        # half of an fsync or rename is none: the next write, by a thread
        self.case("victim:store:3", "torn", killed(9),
                  {"b": whole, "t": b"thr"})
        self.case("victim:store:6", "kill-before", killed(9),
                  {"b": whole, "t": b""})

    def frames(self):
        after = {"b": b"0123456789"}
        self.case("victim:send:1", "kill-before", killed(9), after)
        self.case("victim:receive:1", "kill-after", killed(9), after)
        # the other one dies, and its parent sees it
        for act in ("kill-before", "kill-after"):
            self.case("child:receive:1", act, 23, after)
        self.case("child:send:1", "kill-before", 23, after)
        self.case("child:send:1", "kill-after", 24, after)
        # four octets out of two pieces
        c = self.case("victim:send:1", "torn", killed(9), after)
        self.check("torn frame", "child" not in
                   {p.role for p in c.report.points}, c.report.text)
        self.case("victim:send:1", "EPIPE", 22, after)
        self.case("child:receive:1", "ECONNRESET", 23, after)

    def hidden(self):
        after = {"b": b"0123456789", "t": b"thread"}
        self.case("hidden:store:1", "kill-before", 42, {**after, "h": b""})
        self.case("hidden:store:1", "torn", 42, {**after, "h": b"hid"})
        self.case("hidden:store:2", "kill-after", 42,
                  {**after, "h": b"hidden"})
        self.case("hidden:store:1", "EIO", 42, {**after, "h": b""})

    def errors(self):
        whole = b"0123456789"
        self.case("victim:store:1", "ENOSPC", 11, {})
        self.case("victim:store:2", "ENOSPC", 12, {"a": b""})
        self.case("victim:store:2", "short", 12, {"a": b"01234"})
        self.case("victim:store:3", "EIO", 13, {"a": whole})
        self.case("victim:store:4", "EIO", 14, {"a": whole})
        c = self.case("victim:store:5", "EIO", 31, {"b": whole})
        self.check("once", len(c.report.hits) == 1, c.report.hits)
        c = self.case("victim:store:5", "EIO", 31, {"b": whole}, "--stay")
        self.check("stay", len(c.report.hits) == 1, c.report.hits)

    def whole(self):
        after = {"b": b"0123456789"}
        self.case("child:receive:1", "kill-before", killed(9), after,
                  "--whole")

    def never(self):
        c = Case(self.build, "--at", "victim:store:999", "--do", "EIO")
        self.check("never: status", c.status == 0, c.status)
        self.check("never: said", not c.report.reached, c.report.text)

    def wrong(self):
        for words in (["--at", "victim:store:0", "--do", "EIO"],
                      ["--at", "victim:nothing:1", "--do", "EIO"],
                      ["--at", "victim:store:1"], ["--do", "EIO"],
                      ["--at", "victim:store:1", "--do", "ESRCH"]):
            power = pathlib.Path(self.build) / "test" / "power" / "power"
            done = subprocess.run([power, *words, "--", "true"], check=False,
                                  stderr=subprocess.DEVNULL)
            self.check(f"wrong {words}", done.returncode == 125,
                       done.returncode)


def main():
    if os.geteuid() != 0:
        print("skipped: power needs root")
        return 77
    tests = Tests(sys.argv[1])
    for name in ("counts", "deaths", "frames", "hidden", "errors", "whole",
                 "never", "wrong"):
        getattr(tests, name)()
    print(f"{tests.n} checks, {tests.bad} not ok")
    return 1 if tests.bad or not tests.n else 0


if __name__ == "__main__":
    sys.exit(main())
