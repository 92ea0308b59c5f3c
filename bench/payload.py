#!/usr/bin/python3
"""A rehearsed update with a large payload, against what it cannot do without.

    bench/payload.py BUILD [MIB]

`suit run` fetches the payload from a file, hashes it, stores it, and matches
it.  The same work without it is `openssl dgst -sha256` of that file and `cp`
of it, in the same minute on the same disk; the least of five rounds of each
counts, in processor seconds, for others use this machine too.
Prints NAME<TAB>SECONDS<TAB>SECONDS OF THE REFERENCE<TAB>RATIO<TAB>PEAK KiB."""
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDS = 5
RECIPE = """
manifest:
  manifest-sequence-number: 1
  components: {app: app}
  shared-sequence:
    - override-parameters:
        {vendor-identifier: example.com, class-identifier: board,
         image-digest: {file: payload}, image-size: {file: payload}}
    - vendor-identifier
    - class-identifier
  install:
    - override-parameters: {uri: "https://x/payload"}
    - fetch
    - image-match
  validate: [image-match]
"""


def cost(*argv):
    """Processor seconds and peak KiB of a command that must succeed."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(argv[0], argv)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit("bench/payload.py: %s: %#x" % (" ".join(argv), status))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: bench/payload.py BUILD [MIB]")
    suit = os.path.abspath(os.path.join(sys.argv[1], "cmd/suit/suit"))
    mib = int(sys.argv[2]) if len(sys.argv) == 3 else 1024
    key = os.path.join(ROOT, "test/vectors/suit/key-es256-author.%s.pem")
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        os.environ["TMPDIR"] = work
        with open("payload", "wb") as f:
            block = os.urandom(1 << 20)
            for _ in range(mib):
                f.write(block)
        with open("recipe.yaml", "w", encoding="ascii") as f:
            f.write(RECIPE)
        cost(suit, "create", "recipe.yaml", "--key", key % "priv",
             "-o", "manifest")
        ours, theirs, peak = [], [], 0
        for _ in range(ROUNDS):
            seconds, kib = cost(suit, "run", "--quiet", "--key", key % "pub",
                                "--payload", "https://x/payload=payload",
                                "manifest")
            ours.append(seconds)
            peak = max(peak, kib)
            theirs.append(cost("openssl", "dgst", "-sha256", "payload")[0] +
                          cost("cp", "--reflink=never", "payload", "copy")[0])
            os.unlink("copy")
        print("plain\t%.2f\t%.2f\t%.2f\t%d" % (
            min(ours), min(theirs), min(ours) / min(theirs), peak))


main()
