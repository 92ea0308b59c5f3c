#!/usr/bin/python3
"""An install costs an agent, and an appraisal a Verifier, fewer instructions
besides crypto than allowed.  Instructions are counted, not timed: a busy
machine changes nothing.

usage: instructions.py VALGRIND PROGRAM APPRAISAL VECTORS
"""
import re
import subprocess
import sys

VALGRIND, PROGRAM, APPRAISAL, VECTORS = sys.argv[1:]
# program and its words, octets of the manifest, envelope or Evidence that it
# prints, and how many instructions are too many
CASES = [([PROGRAM, "install"], None, 40000),
         ([PROGRAM, "example", f"{VECTORS}/teep-integrated.suit",
           f"{VECTORS}/key-teep-signer.pub.pem"], 353, 40000),
         ([APPRAISAL, "once"], None, 205000)]
# and of how many models the Verifier knows makes no difference
CASES += [([APPRAISAL, "once", n], None, 205000) for n in ("1", "1000")]

failed = False
for words, octets, bar in CASES:
    run = subprocess.run(
        [VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=measured_work", "--toggle-collect=outside_*",
         *words], capture_output=True, text=True, timeout=120)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{words}: {run.stderr}")
    count, size = int(found[1]), int(run.stdout)
    print(f"{' '.join(words[1:])}, {size} octets: {count} instructions, bar {bar}")
    # so few cannot have done it
    if not 10000 < count < bar or octets not in (None, size):
        print(f"FAILED: {words}")
        failed = True
sys.exit(failed)
