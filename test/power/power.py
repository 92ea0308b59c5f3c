"""power from Python: its command line, and what it reports.

    power = Power(build, report, folder, "--at", "front:store:3",
                  "--do", "kill-before")
    process = subprocess.Popen(power.command(program, ...),
                               env=power.environment)
    ...
    power.read().hits
"""
import collections
import os
import pathlib

Point = collections.namedtuple("Point", "role kind n call target what")


def killed(signal):
    """The exit status of power when a signal ended the program."""
    return 128 + signal


class Report:
    def __init__(self, text):
        self.text, self.points, self.hits, self.totals = text, [], [], {}
        self.reached, self.ended = True, False
        for line in text.splitlines():
            word, *rest = line.split(" ")
            if word in ("point", "hit"):
                role, kind, n, *others = rest
                point = Point(role, kind, int(n), *others)
                (self.points if word == "point" else self.hits).append(point)
            elif word == "total":
                self.totals[rest[0], rest[1]] = int(rest[2])
            elif word == "not-reached":
                self.reached = False
            elif word == "end":
                self.ended = True


class Power:
    def __init__(self, build, report, under, *words):
        """under: the folder whose files count, None for all of them."""
        self.program = pathlib.Path(build) / "test" / "power" / "power"
        self.report = pathlib.Path(report)
        self.words = [*words, "--report", report]
        if under is not None:
            self.words += ["--under", under]
        # the search for leaks wants to trace, too, and ends what it cannot
        options = os.environ.get("ASAN_OPTIONS", "")
        self.environment = {
            **os.environ,
            "ASAN_OPTIONS": options + ":detect_leaks=0"}

    def command(self, *program):
        return [str(w) for w in (self.program, *self.words, "--", *program)]

    def read(self):
        return Report(self.report.read_text())
