#!/usr/bin/python3
"""Resident memory of each process while the main path runs.

    bench/memory.py BUILD

Prints NAME<TAB>LAST KiB<TAB>MOST KiB, read from /proc every 20 ms: what it
had when last seen, and the most it ever had.  As root, like the scenario.
"""
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What the kernel calls a process, and what the table calls it.
NAMES = {
    "tamd": "tamd supervisor", "front": "tamd front", "admin": "tamd admin",
    "keeper": "tamd keeper", "teep-agentd": "teep-agentd launcher",
    "memfd:teep-agen": "teep-agent", "memfd:app": "application",
    "teep-broker": "teep-broker",
}


def children():
    """Every process as (pid, parent, name, resident now, resident most)."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii",
                      errors="replace") as f:
                field = dict(line.rstrip("\n").split(":\t", 1)
                             for line in f if ":\t" in line)
        except OSError:
            continue
        if "VmRSS" in field:
            yield (int(pid), int(field["PPid"]), field["Name"],
                   int(field["VmRSS"].split()[0]),
                   int(field["VmHWM"].split()[0]))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: bench/memory.py BUILD")
    story = subprocess.Popen(
        [os.path.join(ROOT, "scenarios/main-path/run"), sys.argv[1],
         "--once"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = {}
    while story.poll() is None:
        rows = list(children())
        ours = {story.pid}
        while True:
            more = {r[0] for r in rows if r[1] in ours} - ours
            if not more:
                break
            ours |= more
        for pid, _, name, now, most in rows:
            if pid in ours and name in NAMES:
                seen[(NAMES[name], pid)] = (now, most)
        time.sleep(0.02)
    if story.returncode != 0:
        sys.exit("bench/memory.py: the main path did not hold")
    for name in NAMES.values():
        of = [v for (n, _), v in seen.items() if n == name]
        if of:
            print(f"{name}\t{max(v[0] for v in of)}"
                  f"\t{max(v[1] for v in of)}")


main()
