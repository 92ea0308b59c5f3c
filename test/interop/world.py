"""The world of a run: TAM, device rows, endorsements, one component.

The only file that knows the command lines of tamd, tamctl, suit and teep
and the form of a CoRIM recipe.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import uuid

from agent import Http, Trust
from cbor import decode
from cose import ED25519, ESP256, Key
from evidence import Device

PAYLOAD = b"interop component\n" * 100
VENDOR = uuid.UUID("c0ddd5f1-5243-5660-87db-4f5b0aa26c2f")
CLASS = uuid.UUID("db42f709-3d8c-55ba-a8c5-265fc5820f4e")
START_SECONDS, STOP_SECONDS = 30, 30


class Failed(Exception):
    """A program did not do what it was asked."""


class Log:
    """The JSON lines that a daemon writes to stderr."""

    def __init__(self, stream, path):
        self.lines, self.path = [], path
        self.changed = threading.Condition()
        threading.Thread(target=self._read, args=(stream,),
                         daemon=True).start()

    def _read(self, stream):
        with open(self.path, "wb") as copy:
            for raw in stream:
                copy.write(raw)
                copy.flush()
                try:
                    line = json.loads(raw)
                except ValueError:
                    continue
                with self.changed:
                    self.lines.append(line)
                    self.changed.notify_all()

    def mark(self):
        return len(self.lines)

    def reason_since(self, mark, wanted, seconds=5):
        """Wait for a line with one of the wanted reasons; the reasons that
        were seen."""
        def seen():
            return [line["reason"] for line in self.lines[mark:]
                    if isinstance(line, dict) and "reason" in line]
        with self.changed:
            self.changed.wait_for(
                lambda: any(r in wanted for r in seen()), seconds)
        return seen()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tam:
    """One tamd with keys and a store of its own."""

    def __init__(self, build, home):
        self.build, self.home = pathlib.Path(build), pathlib.Path(home)
        self.home.mkdir()
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}/"
        self.socket = self.home / "admin.sock"
        self.process = None
        self.keys = {}

    def program(self, name):
        for path in (self.build / "cmd" / name / name,
                     self.build / "bin" / name, self.build / name):
            if path.is_file():
                return str(path)
        raise Failed(f"no program {name} under {self.build}")

    def run(self, name, *arguments):
        done = subprocess.run(
            [self.program(name), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if done.returncode != 0:
            raise Failed(f"{name} {' '.join(map(str, arguments))}: "
                         f"{done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def ctl(self, *arguments):
        return self.run("tamctl", "--socket", self.socket, *arguments)

    def start(self):
        for name, alg in (("esp256", "esp256"), ("ed25519", "ed25519"),
                          ("result", "esp256"), ("ecdh", "p256-ecdh")):
            path = self.home / f"{name}.pem"
            self.run("teep", "key", "new", "--alg", alg, path)
            self.keys[name] = Key.from_pem(path.read_bytes())
        config = self.home / "tamd.ini"
        config.write_text(
            f"[tamd]\nlisten = 127.0.0.1:{self.port}\n"
            f"store = {self.home}/tam.db\nsocket = {self.socket}\n"
            f"[keys]\nesp256 = {self.home}/esp256.pem\n"
            f"ed25519 = {self.home}/ed25519.pem\n"
            f"result = {self.home}/result.pem\n"
            f"encryption = {self.home}/ecdh.pem\n")
        self.process = subprocess.Popen(
            [self.program("tamd"), "--config", str(config)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = Log(self.process.stderr, self.home / "tamd.log")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                if self.socket.exists():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise Failed(f"tamd did not start; see {self.log.path}")

    def stop(self):
        """True if it drained and left with 0."""
        if self.process is None:
            return True
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False


def recipe(devices):
    """What the manufacturer says about its devices, as a CoRIM recipe."""
    first = devices[0]
    return {
        "id": "interop",
        "class": first.hwmodel.hex(),
        "vendor": first.oemid.hex(),
        "keys": [{"ueid": d.ueid.hex(), "key": f"{d.name}-evidence.pem"}
                 for d in devices],
        "reference": {
            "launcher": [first.launcher.hex()],
            "agent": [first.binary.hex()],
            "hwversion": [first.hwversion[0]],
        },
        "assurance": "process-grade",
    }


class World:
    def __init__(self, build, directory):
        self.home = pathlib.Path(directory)
        self.tam = Tam(build, self.home / "tam")
        self.foreign = Tam(build, self.home / "foreign-tam")
        self.devices = [Device("esp-a", ESP256), Device("esp-b", ESP256),
                        Device("ed-a", ED25519), Device("ed-b", ED25519)]
        for d in self.devices:
            d.vendor, d.klass = VENDOR.bytes, CLASS.bytes

    def start(self):
        tam, home = self.tam, self.home
        tam.start()
        self.foreign.start()
        for d in self.devices:
            (home / f"{d.name}-teep.pem").write_bytes(d.teep.pem())
            (home / f"{d.name}-evidence.pem").write_bytes(d.evidence.pem())
            tam.ctl("device", "add", d.name, "--key",
                    home / f"{d.name}-teep.pem")
        self._endorse()
        self._component()
        tam_keys = [tam.keys["esp256"], tam.keys["ed25519"]]
        self.trust = Trust(tam_keys, tam.keys["ecdh"], [self.signer])
        self.http = Http(tam.uri)

    def _endorse(self):
        tam, home = self.tam, self.home
        tam.run("teep", "key", "new", "--alg", "esp256",
                home / "manufacturer.pem")
        maker = Key.from_pem((home / "manufacturer.pem").read_bytes())
        (home / "manufacturer.pub.pem").write_bytes(maker.pem())
        (home / "recipe.json").write_text(json.dumps(recipe(self.devices)))
        tam.run("teep", "corim", "create", home / "recipe.json", "-o",
                home / "interop.corim")
        tam.run("teep", "corim", "sign", "--key", home / "manufacturer.pem",
                home / "interop.corim")
        tam.ctl("anchor", "add", home / "manufacturer.pub.pem")
        tam.ctl("corim", "add", home / "interop.corim")

    def _component(self):
        tam, home = self.tam, self.home
        self.signer = Key.new(ESP256)
        (home / "signer.pem").write_bytes(self.signer.private_pem())
        os.chmod(home / "signer.pem", 0o600)
        (home / "payload").write_bytes(PAYLOAD)
        tam.run("suit", "create", "--component", "interop/app", "--payload",
                home / "payload", "--sequence", "1", "--vendor", VENDOR,
                "--class", CLASS, "-o", home / "app.suit")
        tam.run("suit", "sign", "--key", home / "signer.pem",
                home / "app.suit")
        tam.ctl("component", "add", home / "app.suit")
        tam.ctl("assign", "all", "interop/app")

    def foreign_challenge(self):
        """A fresh, genuine challenge of a TAM with other keys."""
        body = Http(self.foreign.uri).post(b"").body
        message = decode(decode(body).value[2])
        return message[1][2]

    def stop(self):
        # Both are always told to stop.
        return all([self.tam.stop(), self.foreign.stop()])
