"""Orders for scarce, which lets the n-th allocation of a process fail; and
the account of a sweep over all of them.
"""
import collections
import mmap
import os
import pathlib
import random
import re
import struct

HERE = pathlib.Path(__file__).resolve().parent
# Refusals by name: their number, whose high octet says whose fault it is.
REFUSALS = {name: int(number, 16) for number, name in re.findall(
    r'X\(\w+, 0x(\w+), "([a-z0-9-]+)"',
    (HERE.parents[1] / "include/tamarind/base.h").read_text())}
LAYOUT = "=32s8Q32s"  # struct page of scarce.c
ARMED = slice(32, 40)

# A leak found at the end needs ptrace itself; a fault found is a signal.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
               "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1"}


def reasons(text):
    """Names of refusals in a log, and what a program said on its way out."""
    found = re.findall(r'"reason":"([a-z0-9-]+)"', text)
    said = [line for line in text.splitlines() if line[:1] not in ("{", "")]
    return [r for r in found if r != "ok"], said


def blamed(names):
    """Those that say it was the sender's fault, or forbidden: what fails for
    want of memory may be good the next time.  (That something does not run,
    that a TAM answers 503, or asks no more in an exchange of which an Update
    has failed, is nobody's fault; who is there says why.)"""
    return [n for n in names if n not in
            ("invoke-failed", "http-status", "exchange-limit") and
            (REFUSALS.get(n, 0x500) >> 8 not in (3, 4) or
             n == "bad-configuration")]


class Scarce:
    """`under` before a command runs it with its allocations counted."""

    def __init__(self, build, home):
        path = home / "scarce"
        path.write_bytes(bytes(struct.calcsize(LAYOUT)))
        with open(path, "r+b") as f:
            self.page = mmap.mmap(f.fileno(), 0)
        self.under = [f"{build}/test/power/scarce", str(path)]
        os.environ.update(ENVIRONMENT)

    def arm(self, role, at=0, on=False, last=False):
        """From now on: count those of role, fail number at, or all from it
        on; 0: only count.  last: what runs now is not armed again."""
        self.page[:] = struct.pack(LAYOUT, role.encode(), 0, at, on, last, 0,
                                   0, 0, 0, b"")
        self.page[ARMED] = struct.pack("=Q", 1)

    def disarm(self):
        """Nothing more fails; what happened."""
        self.page[ARMED] = bytes(8)
        return Seen(*struct.unpack(LAYOUT, self.page)[5:])


class Seen(collections.namedtuple("Seen", "seen failed caller crash who")):
    def crashed(self):
        """Empty, or which process had which signal that nobody sent."""
        if self.crash == 0:
            return ""
        return f"{self.who.rstrip(bytes(1)).decode()}: signal {self.crash}"


class Account:
    """What was swept, and what was wrong."""

    def __init__(self, seed):
        self.random, self.seed = random.Random(seed), seed
        self.rows, self.violations = {}, []
        self.outcomes = collections.Counter()

    def sample(self, points, most):
        """Numbers from 1 to points: all, or a part with both ends."""
        if most is None or points <= most:
            return list(range(1, points + 1))
        if most < 3:  # any of them
            return sorted(self.random.sample(range(1, points + 1), most))
        inner = self.random.sample(range(2, points), most - 2)
        return [1, *sorted(inner), points]

    def row(self, role, kind, points):
        self.rows[role, kind] = [points, 0]

    def ran(self, role, kind, outcome):
        self.rows[role, kind][1] += 1
        self.outcomes[outcome] += 1

    def wrong(self, where, what):
        self.violations.append(f"{where}: {what}")
        print(f"not ok  {where}: {what}", flush=True)

    def close(self):
        """Print it; the exit status.  A sweep over nothing is a failure."""
        print(f"seed {self.seed}")
        print(f"{'process':<14}{'kind':<22}{'points':>8}{'runs':>8}")
        for (role, kind), (points, runs) in self.rows.items():
            print(f"{role:<14}{kind:<22}{points:>8}{runs:>8}")
            if points == 0 or runs == 0:
                self.wrong(f"{role} {kind}", "nothing was tried")
        for outcome, n in self.outcomes.most_common():
            print(f"  {n:>6}  {outcome}")
        print(f"{sum(r for _, r in self.rows.values())} runs, "
              f"{len(self.violations)} violations")
        return 1 if self.violations else 0
