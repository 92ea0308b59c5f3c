#!/usr/bin/python3
"""Nothing survives; and where one file forgets to wipe, it is found.

    survivors.py PROGRAM SECRET...      beside it stands PROGRAM_planted, in
                                        which these must be found
"""
import re
import subprocess
import sys


def run(program):
    p = subprocess.run([program], capture_output=True, text=True, check=False,
                       timeout=120)
    m = re.match(r"(\d+) cases, (\d+) secrets, (\d+) survived\n", p.stdout)
    if m is None:
        sys.exit("%s: status %d\n%s" % (program, p.returncode, p.stderr))
    return p.returncode, [int(x) for x in m.groups()], p.stderr


def main():
    status, (cases, secrets, survived), err = run(sys.argv[1])
    if status != 0 or survived != 0 or cases < 10 or secrets < 50:
        sys.exit("%d cases, %d secrets, %d survived\n%s"
                 % (cases, secrets, survived, err))
    status, (_, _, planted), err = run(sys.argv[1] + "_planted")
    for name in sys.argv[2:]:
        if status != 1 or "decrypt: %s survived" % name not in err:
            sys.exit("the planted fault was not found: %s\n%s" % (name, err))
    print("%d cases, %d secrets searched for, none survived; "
          "%d found where one file does not wipe" % (cases, secrets, planted))


main()
