#!/usr/bin/python3
"""Nothing that valgrind reports depends on a secret; and what is planted does.

    constant_time.py VALGRIND PROGRAM
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REPORTED = 9


def run(*args):
    p = subprocess.run(
        [sys.argv[1], "--quiet", "--error-exitcode=%d" % REPORTED,
         "--suppressions=" + os.path.join(HERE, "libraries.supp"),
         "--track-origins=no", sys.argv[2], *args],
        capture_output=True, text=True, check=False, timeout=300)
    return p.returncode, p.stdout, p.stderr


def main():
    status, out, err = run()
    checks = re.match(r"(\d+) checks\n", out)
    if status != 0 or checks is None or int(checks.group(1)) < 500:
        sys.exit("status %d, %s%s" % (status, out, err))
    for planted, want, where in (
            ("early", "Conditional jump", "early_challenge_check"),
            ("address", "Use of uninitialised value", "look_up")):
        status, out, err = run(planted)
        if status != REPORTED or want not in err or where not in err:
            sys.exit("planted '%s' was not caught: status %d\n%s"
                     % (planted, status, err))
    print("%s checks without a report; both planted leaks caught"
          % checks.group(1))


main()
