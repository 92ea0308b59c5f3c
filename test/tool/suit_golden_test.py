#!/usr/bin/python3
"""What the suit tool says of every published envelope, word for word.

usage: suit_golden_test.py SUIT VECTORS GOLDEN [--write]

--write takes what it says now for right: read the difference before you
commit it."""
import os
import subprocess
import sys

suit, vectors, golden = sys.argv[1:4]
write = sys.argv[4:] == ["--write"]

# What is said, by the name of its file; @ stands for the envelope.
SAID = {
    "show": ["show", "@"],
    "explain": ["explain", "--key", "key-es256-author.pub.pem", "@"],
    "lint": ["lint", "@"],
}
KEYS = ["key-es256-author.pub.pem", "key-es256-distributor.pub.pem"]

failed = compared = 0
for name in sorted(os.listdir(vectors)):
    if not name.endswith(".suit"):
        continue
    for kind, args in SAID.items():
        argv = [suit] + [os.path.join(vectors, name) if a == "@" else
                         os.path.join(vectors, a) if a in KEYS else a
                         for a in args]
        done = subprocess.run(argv, capture_output=True, timeout=60)
        path = os.path.join(golden, name[:-len(".suit")] + "." + kind)
        said = (done.stdout + done.stderr).replace(
            vectors.encode() + b"/", b"") + b"# status %d\n" % done.returncode
        if b"Sanitizer" in said or b"runtime error" in said:
            sys.exit("%s: %s" % (" ".join(argv), said.decode()))
        if max(said) > 126 or min(said) < 10:
            print("FAILED: %s says something unprintable" % argv)
            failed += 1
        if write:
            with open(path, "wb") as f:
                f.write(said)
            continue
        with open(path, "rb") as f:
            want = f.read()
        compared += 1
        if said != want:
            failed += 1
            print("FAILED: %s differs from %s" % (" ".join(argv), path))
            subprocess.run(["diff", "-u", path, "-"], input=said)
if write:
    sys.exit(0)
print("%d texts as expected, %d not" % (compared - failed, failed))
sys.exit(0 if failed == 0 and compared >= 18 * len(SAID) else 1)
