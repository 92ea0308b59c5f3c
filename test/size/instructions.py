#!/usr/bin/python3
"""An install costs an agent fewer instructions besides crypto than the design
allows.  Instructions are counted, not timed: a busy machine changes nothing.

usage: instructions.py VALGRIND PROGRAM VECTORS
"""
import re
import subprocess
import sys

VALGRIND, PROGRAM, VECTORS = sys.argv[1:]
BAR = 40000
# words of the program, octets of the manifest or envelope that it prints
CASES = [(["install"], None),
         (["example", f"{VECTORS}/teep-integrated.suit",
           f"{VECTORS}/key-teep-signer.pub.pem"], 353)]

failed = False
for words, octets in CASES:
    run = subprocess.run(
        [VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=measured_work", "--toggle-collect=outside_*",
         PROGRAM] + words, capture_output=True, text=True, timeout=120)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{words}: {run.stderr}")
    count, size = int(found[1]), int(run.stdout)
    print(f"{words[0]}, {size} octets: {count} instructions, bar {BAR}")
    # so few cannot have opened and run a manifest
    if not 10000 < count < BAR or octets not in (None, size):
        print(f"FAILED: {words}")
        failed = True
sys.exit(failed)
