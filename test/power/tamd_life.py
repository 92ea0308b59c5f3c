"""One tamd on a folder that was made before, with or without power, and the
folder's template: keys, a known device with its endorsements, an author.
"""
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

from agent import Trust  # noqa: E402
from power import Power  # noqa: E402
from tam import LIMITS, Log, Programs, Tamd, Unix  # noqa: E402
from world import World  # noqa: E402

PATIENCE = 120  # seconds: a busy machine is no fault
DATABASES = ("policy/policy.db", "state/state.db")
LATE = "late"  # the device that the operator adds in the story


class Template(World):
    """What every run begins with; nothing of it runs any more."""

    def __init__(self, build, home):
        super().__init__(build, home)
        self.build = build
        self.tam.start()
        for d in self.devices[:2]:
            self._write(f"{d.name}-teep.pem", d.teep.pem())
        for d in self.devices:
            self._write(f"{d.name}-evidence.pem", d.evidence.pem())
        self._endorse()
        self._component()
        self._know()
        wrong = self.tam.stop()
        assert not wrong, wrong
        self.device = self.devices[0]
        self.late_key = self.files.devices[1][1]
        self.trust = Trust(self.tam.teep_keys, self.tam.encryption,
                           [self.author], self.tam.results, self.tam.binary)
        # no challenge may grow old because the machine is busy
        ini = self.tam.home / "tamd.ini"
        ini.write_text(ini.read_text().replace(LIMITS, ""))

    def _know(self):
        ctl, files = self.tam.ctl, self.files
        name, key = files.devices[0]
        ctl("device", "add", name, "--key", key)
        ctl("anchor", "add", "maker", "--key", files.maker, "--for",
            "reference,endorsed,attest-key", "--vendor", files.vendor)
        ctl("corim", "add", files.corim)
        ctl("anchor", "add", "author", "--key", files.author, "--for",
            "manifests")

    def copy(self, to):
        shutil.copytree(self.tam.home, to)
        (to / "tamd.log").unlink()


def integrity(folder, scratch):
    """What SQLite finds wrong with copies of the databases."""
    wrong = []
    for name in DATABASES:
        source = folder / name
        scratch.mkdir()
        for path in source.parent.glob(source.name + "*"):
            if path.suffix != ".lock":
                shutil.copy(path, scratch / path.name)
        base = sqlite3.connect(scratch / source.name)
        try:
            base.execute("PRAGMA busy_timeout = 1000")
            found = [row[0] for row in
                     base.execute("PRAGMA integrity_check").fetchall()]
            found += base.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.Error as e:
            found = [str(e)]
        finally:
            base.close()
        if found != ["ok"]:
            wrong.append(f"{name}: {found}")
        shutil.rmtree(scratch)
    return wrong


def litter(before, after):
    """Files that nobody will ever look at again."""
    known = {str(p.relative_to(before)) for p in before.rglob("*")}
    known |= {"run/port", "state/state.db.lock", "tamd.log"}
    return [f"left behind: {p.relative_to(after)}" for p in after.rglob("*")
            if str(p.relative_to(after)) not in known]


class Life:
    """tamd from its start to its end."""

    def __init__(self, template, folder, name, words=None):
        """words: what power is to do, [] to count; None: without it."""
        self.template, self.folder = template, folder
        self.programs = Programs(template.build)
        self.socket = folder / "run" / "admin.sock"
        self.noise = []
        path = folder.parent / f"{name}.log"
        command = [self.programs.path("tamd"), "run", "--dir", str(folder)]
        environment = None
        self.power = None
        if words is not None:
            self.power = Power(template.build, folder.parent / "report",
                               folder, *words)
            command = self.power.command(*command)
            environment = self.power.environment
        with open(path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, preexec_fn=Tamd._dies_with_us)
        self.log, self.lines = Log(path), []
        self.uri = self._uri()

    def events(self):
        """All lines so far."""
        self.lines += self.log.new()
        return self.lines

    def _uri(self):
        """None if it ended before it was ready."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            for line in self.events():
                if line["event"] == "ready":
                    return line["uri"]
            if ended:
                return None
            time.sleep(0.01)
        self.kill()
        raise AssertionError("tamd neither serves nor ends")

    def hits(self):
        return self.power.read().hits if self.power else []

    def alive(self):
        """Is it, and will it stay?  Who was killed takes all with him."""
        if any(hit.what == "done" for hit in self.hits()):
            self.wait()
        return self.process.poll() is None

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("tamd does not end") from None

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        self.events()
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def texts(self):
        """Lines that are not JSON."""
        self.events()
        return self.log.foreign

    def ctl(self, *words):
        """Exit status and errors of tamctl."""
        done = subprocess.run(
            [self.programs.path("tamctl"), "--socket", str(self.socket),
             *map(str, words)], timeout=PATIENCE, check=False,
            stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode, done.stderr.decode()

    def get(self, path):
        """What the admin front answers, without a process for each look."""
        conn = Unix(self.socket)
        try:
            conn.request("GET", path)
            got = conn.getresponse()
            body = got.read()
            assert got.status == 200, (path, got.status, body)
            return json.loads(body)
        finally:
            conn.close()
