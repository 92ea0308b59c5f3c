"""The TAM that is played against: one tamd of this tree, or any other.

The only file that knows tamd's and tamctl's command lines, its log and its
admin API.  A TAM here has: start(), uri, teep_keys, encryption,
results, binary, challenge_life, know(files), stop(), and where it is `open` also messages(),
ueid, state(device) and shown(device).
"""
import configparser
import ctypes
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import time

from cose import Key, sha256

START_SECONDS, STOP_SECONDS = 60, 40
# Short, so that a challenge that is too old can be waited for.
CHALLENGE_LIFE = 15
LIMITS = f"""[limits]
challenge_life = {CHALLENGE_LIFE}
"""
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """A program did not do what it was asked."""


class Programs:
    """The programs of a build directory."""

    def __init__(self, build):
        self.build = pathlib.Path(build)

    def path(self, name):
        path = self.build / "cmd" / name / name
        if not path.is_file():
            raise Failed(f"there is no {path}")
        return str(path)

    def run(self, name, *arguments):
        done = subprocess.run(
            [self.path(name), *map(str, arguments)], timeout=60,
            stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise Failed(f"{name} {' '.join(map(str, arguments))}: "
                         f"{done.returncode}: {done.stderr.decode()}")
        return done.stdout


class Unix(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("tamd", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Log:
    """The JSON lines that tamd writes to its stderr, which is a file: a line
    about a message stands in it before the reply leaves."""

    def __init__(self, path):
        self.path, self.at = path, 0
        self.foreign = []  # lines that no log of tamd has: a sanitizer's

    def new(self):
        """The lines since the last call."""
        with open(self.path, "rb") as f:
            f.seek(self.at)
            data = f.read()
        data = data[:data.rfind(b"\n") + 1]
        self.at += len(data)
        lines = []
        for raw in data.splitlines():
            try:
                lines.append(json.loads(raw))
            except ValueError:
                self.foreign.append(raw.decode(errors="replace"))
        return lines


class Tamd:
    """One tamd with keys and databases of its own."""

    open = True  # its log can be read, and what it has stored
    challenge_life = CHALLENGE_LIFE + 2  # it counts whole seconds

    def __init__(self, programs, home, settings=LIMITS):
        self.programs, self.home, self.settings = programs, home, settings
        self.socket = home / "run" / "admin.sock"
        self.process = None
        self.faults = []

    def start(self):
        self.programs.run("tamd", "init", "--dir", self.home,
                          "--listen", "127.0.0.1:0")
        with open(self.home / "tamd.ini", "a", encoding="ascii") as config:
            config.write(self.settings)
        path = self.home / "tamd.log"
        with open(path, "wb") as log:
            self.process = subprocess.Popen(
                [self.programs.path("tamd"), "run", "--dir",
                 str(self.home)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, preexec_fn=self._dies_with_us)
        self.log = Log(path)
        ready = self._wait_ready()
        self.uri = ready["uri"]
        self.teep_keys = [self._key("teep-esp256"), self._key("teep-ed25519")]
        self.encryption = self._key("encryption-p256")
        self.results = [self._key("result-esp256")]
        self.binary = sha256(
            pathlib.Path(self.programs.path("tamd")).read_bytes())
        self.ueid = self._ueid()

    @staticmethod
    def _dies_with_us():
        # However this program ends, tamd is told to end too.
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def _wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self._events():
                if line.get("event") == "ready":
                    return line
            time.sleep(0.02)
        raise Failed(f"tamd did not start: {self.log.path.read_text()}")

    def _key(self, name):
        path = self.home / "public" / f"{name}.pem"
        return Key.from_pem(path.read_bytes())

    def _ueid(self):
        settings = configparser.ConfigParser()
        settings.read(self.home / "tamd.ini")
        return bytes.fromhex(settings["identity"]["ueid"])

    def ctl(self, *arguments):
        return self.programs.run(
            "tamctl", "--socket", self.socket, *arguments)

    def know(self, files):
        """Make the world's files known, as an operator would."""
        for name, key in files.devices:
            self.ctl("device", "add", name, "--key", key)
        self.ctl("anchor", "add", "maker", "--key", files.maker, "--for",
                 "reference,endorsed,attest-key", "--vendor", files.vendor)
        self.ctl("corim", "add", files.corim)
        self.ctl("anchor", "add", "author", "--key", files.author, "--for",
                 "manifests")
        self.ctl("component", "add", files.envelope)
        self.ctl("assign", "all", files.component)

    def _events(self):
        """New lines of the log; faults of its own are kept for the end."""
        lines = self.log.new()
        for line in lines:
            if line["level"] == "error" or line.get("status", 0) >= 500:
                self.faults.append(json.dumps(line))
        return lines

    def messages(self):
        """What was said of messages since the last call."""
        return [x for x in self._events() if x["event"] == "message"]

    def state(self, device):
        """What is known of a device: as `tamctl --json device show`, but
        without a process for each look."""
        conn = Unix(self.socket)
        try:
            conn.request("GET", f"/v1/devices/{device.name}")
            return json.loads(conn.getresponse().read())
        finally:
            conn.close()

    def shown(self, device):
        return json.loads(self.ctl("--json", "device", "show", device.name))

    def stop(self):
        """End it; what was wrong with it, as a list of texts."""
        if self.process is None:
            return []
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._events()
        wrong = self.faults + self.log.foreign
        if status != 0:
            wrong.append(f"tamd ended with status {status}")
        return wrong


class Other:
    """A TAM that somebody else runs: only what it answers is judged."""

    open = False
    challenge_life = None

    def __init__(self, uri, keys):
        """keys: folder with esp256.pem, ed25519.pem and, if it decrypts,
        encryption.pem: its public keys; result.pem, if it attests itself."""
        self.uri = uri
        folder = pathlib.Path(keys)
        self.teep_keys = [Key.from_pem((folder / f).read_bytes())
                          for f in ("esp256.pem", "ed25519.pem")]
        encryption = folder / "encryption.pem"
        self.encryption = Key.from_pem(encryption.read_bytes()) \
            if encryption.exists() else None
        result = folder / "result.pem"
        self.results = [Key.from_pem(result.read_bytes())] \
            if result.exists() else []
        self.binary = None

    def start(self):
        pass

    def know(self, files):
        print(f"Make known to the TAM at {self.uri}:")
        for name, key in files.devices:
            print(f"  device {name}, by its TEEP key: {key}")
        print(f"  the maker of vendor {files.vendor}: {files.maker}")
        print(f"  its endorsements: {files.corim}")
        print(f"  the author of components: {files.author}")
        print(f"  component {files.component}, for all four devices: "
              f"{files.envelope}")
        input("Then press Enter. ")

    def stop(self):
        return []
