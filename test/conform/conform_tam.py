#!/usr/bin/python3
"""Hold tamd to the cases of `teep conform tam`.

    conform_tam.py BUILD [--target BUILD] [--compare FILE | --write FILE]
                   [options of teep conform tam]

BUILD has the tool; --target names another build whose TAM is the target; FILE
is the published report.  Exit status of the tool; 3 and above: the world.
"""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import tam  # noqa: E402
from common import Report  # noqa: E402
from tam import Failed, Programs, Tamd  # noqa: E402

DEVICES = [f"{s}-{d}" for s in ("esp", "ed") for d in "abc"]
# Every case opens a session or two; under flood QueryRequests are shared.
tam.LIMITS = "[limits]\nconnects = 100000\n"


class Target(Programs):
    """The programs of one build, but the TAM of another."""

    def __init__(self, build, other):
        super().__init__(build)
        self.other = Programs(other)

    def path(self, name):
        return self.other.path(name) if name == "tamd" else super().path(name)


def know(tamd, setup):
    """As setup_tell of the tool says."""
    for name in DEVICES:
        tamd.ctl("device", "add", name, "--key",
                 setup / f"{name}-teep.pub.pem")
    tamd.ctl("anchor", "add", "maker", "--key", setup / "maker.pub.pem",
             "--for", "reference,endorsed,attest-key", "--vendor", "894823")
    tamd.ctl("anchor", "add", "author", "--key", setup / "author.pub.pem",
             "--for", "manifests")
    tamd.ctl("corim", "add", setup / "conform.corim")
    tamd.ctl("component", "add", setup / "app.suit")
    tamd.ctl("assign", "all", "conform/app")


def run(build, tamd_build, options):
    home = pathlib.Path(tempfile.mkdtemp(prefix="conform-tam-"))
    tool = Programs(build).path("teep")
    tamd = Tamd(Target(build, tamd_build), home / "tam")
    setup = home / "setup"
    report = Report(options, home, "tamd")
    try:
        subprocess.run([tool, "conform", "setup", "tam", str(setup)],
                       check=True, stdout=subprocess.DEVNULL, timeout=60)
        tamd.start()
        know(tamd, setup)
        status = subprocess.run(
            [tool, "conform", "tam", "--setup", str(setup), "--keys",
             str(tamd.home / "public"), *report.options, tamd.uri],
            timeout=500).returncode
        status = status or report.settle()
    except Failed as e:
        print(f"tamd: {e}")
        status = 3
    finally:
        faults = tamd.stop()
        shutil.rmtree(home)
    for fault in faults:
        print(f"tamd: {fault}")
    return status or (4 if faults else 0)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build, *options = sys.argv[1:]
    other = build
    if options[:1] == ["--target"]:
        other, options = options[1], options[2:]
    return run(build, other, options)


if __name__ == "__main__":
    sys.exit(main())
