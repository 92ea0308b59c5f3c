"""One tamd with a directory of its own, for the tests of its outside."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time


class Tamd:
    """`with Tamd(build, TAMD_CONNECTS="5") as tamd:` runs until the end."""

    def __init__(self, build, **environment):
        self.program = str(pathlib.Path(build) / "cmd" / "tamd" / "tamd")
        self.home = tempfile.mkdtemp(prefix="tamd-")
        # users of its own must get through
        os.chmod(self.home, 0o755)
        self.environment = {**os.environ, **environment}
        self.lines = []
        self.changed = threading.Condition()
        self.process = None
        self.under, self.port = [], 0  # what runs it, with its arguments

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        subprocess.run([self.program, "init", "--dir", self.home], check=True,
                       stdout=subprocess.DEVNULL)
        assert self.run(), f"tamd did not start: {self.lines}"

    def run(self, seconds=60):
        """At the port of before, if there was one.  Does it serve?"""
        before = len(self.lines)
        self.process = subprocess.Popen(
            [*self.under, self.program, "run", "--dir", self.home, "--listen",
             f"127.0.0.1:{self.port}"], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=self.environment)
        reader = threading.Thread(target=self._read,
                                  args=(self.process.stderr,), daemon=True)
        reader.start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready = self.wait_for("ready", 0.2, before)
            if ready:
                self.port = int(ready["uri"].split(":")[2].split("/")[0])
                return True
            if self.process.poll() is not None:
                reader.join(5)
                return False
        return False

    def __exit__(self, *unused):
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.home)

    def _read(self, stream):
        for raw in stream:
            with self.changed:
                try:
                    self.lines.append(json.loads(raw))
                except ValueError:
                    self.lines.append({"event": "noise", "text": raw})
                self.changed.notify_all()

    def wait_for(self, event, seconds=20, after=0):
        """The first line with this event after so many lines, or None."""
        def seen():
            return [line for line in self.lines[after:]
                    if line.get("event") == event]
        with self.changed:
            self.changed.wait_for(seen, seconds)
        return (seen() or [None])[0]

    def stop(self):
        """The exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def children(self):
        """Process ids by the name each gives itself when it has begun."""
        deadline = time.monotonic() + 10
        found = {}
        while len(found) < 3 and time.monotonic() < deadline:
            found = self._children()
            time.sleep(0.02)
        return found

    def _children(self):
        found = {}
        for task in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                stat = (task / "stat").read_text()
            except OSError:
                continue
            name = stat[stat.index("(") + 1:stat.rindex(")")]
            parent = int(stat[stat.rindex(")") + 2:].split()[1])
            if parent == self.process.pid and name != "tamd":
                found[name] = int(task.name)
        return found
