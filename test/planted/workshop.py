"""A copy of this tree in which one thing at a time is changed, built, tried
and put back.  What is tried is the caller's business.

    shop = Workshop("build/planted", ["tamd"])
    with shop.changed(hunks):
        ...   # shop.build has programs with the change

The copy follows the tree by content, so that only what differs is compiled
again; without sanitizers, through ccache where there is one.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What no program is made of.
LEFT_OUT = ("docs/", "test/", "scenarios/")


class Moved(Exception):
    """The source is not what a hunk expects any more."""


class Broken(Exception):
    """A change that does not compile."""


class Hunk:
    """In this file, which has `old` exactly once, it becomes `new`."""

    def __init__(self, file, old, new):
        self.file, self.old, self.new = file, old, new

    def fits(self, source):
        """The file's text, which has `old` once."""
        path = source / self.file
        if not path.is_file():
            raise Moved(f"{self.file} is gone")
        text = path.read_text()
        if text.count(self.old) != 1:
            raise Moved(f"{self.file} has this {text.count(self.old)} times, "
                        f"wanted is once:\n{self.old}")
        return text

    def apply(self, source):
        text = self.fits(source)
        (source / self.file).write_text(text.replace(self.old, self.new))


class Workshop:
    def __init__(self, place, targets):
        """place: folder of the copy and its build; targets: of CMake."""
        self.place = pathlib.Path(place).resolve()
        self.source, self.build = self.place / "src", self.place / "out"
        self.targets = targets
        self.source.mkdir(parents=True, exist_ok=True)
        self._copy()
        self._configure()
        self.make()

    def _files(self):
        names = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], check=True,
            capture_output=True).stdout.decode().split("\0")
        if names == [""]:  # no history: the tree is all there is
            names = []
        return [n for n in names if n and not n.startswith(LEFT_OUT) and
                (ROOT / n).is_file()]

    def _copy(self):
        names = set(self._files())
        if not names:
            raise Broken("git lists no files of this tree")
        for name in names:
            self._refresh(name)
        for path in list(self.source.rglob("*")):
            if path.is_file() and \
                    str(path.relative_to(self.source)) not in names:
                path.unlink()

    def _refresh(self, name):
        """The copy of one file, touched only if it differs."""
        old, new = ROOT / name, self.source / name
        if new.is_file() and new.read_bytes() == old.read_bytes():
            return
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(old, new)
        shutil.copymode(old, new)

    def _run(self, *words):
        done = subprocess.run(
            ["nice", *map(str, words)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=1200)
        if done.returncode != 0:
            raise Broken(done.stdout.decode(errors="replace")[-3000:])

    def _configure(self):
        words = ["-DCMAKE_BUILD_TYPE=Debug", "-DTAMARIND_TESTS=OFF",
                 "-DCMAKE_C_FLAGS=-O0 -g0 -w"]
        if "CMAKE_C_COMPILER_LAUNCHER" not in os.environ and \
                shutil.which("ccache"):
            words.append("-DCMAKE_C_COMPILER_LAUNCHER=ccache")
        self._run("cmake", "-G", "Ninja", "-S", self.source, "-B", self.build,
                  *words)

    def make(self):
        self._run("cmake", "--build", self.build, "--target", *self.targets)

    @contextlib.contextmanager
    def changed(self, hunks):
        """Built with these changes; put back afterwards.  Programs are not
        built again after that: the next change or make() does it."""
        try:
            for hunk in hunks:
                hunk.apply(self.source)
            self.make()
            yield self
        finally:
            for hunk in hunks:
                if (ROOT / hunk.file).is_file():
                    self._refresh(hunk.file)
