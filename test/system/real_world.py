"""Everything on loopback with the real programs: one tamd, devices with a
broker each, and a server of payloads that only the broker's map knows.
"""
import http.server
import json
import os
import pathlib
import subprocess
import threading
import time
import uuid

from tee_world import (
    HWMODEL, OEMID, UID_BROKER, Device, Key, Makers, Refused)

ORIGIN = "https://example.org/"  # where manifests say that payloads are


def run(program, *words):
    """What a tool prints; Refused when it leaves with another status than
    0."""
    done = subprocess.run([str(program), *map(str, words)], check=False,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise Refused(done.returncode, done.stderr.decode())
    return done.stdout.decode()


class Payloads:
    """`files` by name over HTTP; `served` names what was asked for."""

    def __init__(self):
        self.files, self.served = {}, []
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path[1:]
                world.served.append(name)
                body = world.files.get(name)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class TrustsTamd(Makers):
    """A device's makers whose policy names tamd and these signers."""

    def __init__(self, tamd, signers, prefixes):
        """signers: (name, Key, prefix); prefixes: of the TAM."""
        super().__init__()
        public = pathlib.Path(tamd.home) / "public"
        keys = [Key.from_pem((public / f"{name}.pem").read_bytes()).cose
                for name in ("teep-esp256", "teep-ed25519",
                             "encryption-p256")]
        self.row = {1: "tamd", 2: keys[:2], 3: keys[2],
                    4: f"http://127.0.0.1:{tamd.port}/tam", 5: prefixes}
        self.signers = [{1: name, 2: [key.cose], 3: [prefix], 4: [ORIGIN]}
                        for name, key, prefix in signers]

    def rules(self):
        return {**super().rules(), 3: [self.row], 4: self.signers,
                7: [{1: []}]}


def device_id(name):
    """What suit-condition-device-identifier asks for."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


class Managed:
    """A device and its real broker, known to tamd under a name."""

    def __init__(self, world, name, number, extra=()):
        """extra: options of teep-agentd init."""
        self.world, self.name = world, name
        self.home = world.home / name
        self.home.mkdir()
        self.device = Device(world.build, self.home, world.makers,
                             b"\x01" + bytes([number]) * 16)
        self.device.init(extra=extra)
        self.broker, self.allow = None, []  # URIs besides tamd's

    def start(self):
        run_dir = self.home / "broker"
        run_dir.mkdir()
        os.chown(run_dir, UID_BROKER, UID_BROKER)
        (self.home / "broker.ini").write_text(f"""[broker]
agent = {self.device.socket}
control = {run_dir}/sock
check_every = 3600
allow = http://127.0.0.1:{self.world.tamd.port}/
allow = {self.world.payloads.uri}
map = {ORIGIN} {self.world.payloads.uri}
""" + "".join(f"allow = {uri}\n" for uri in self.allow))
        self.device.start()
        try:
            with open(self.home / "broker.log", "wb") as log:
                self.broker = subprocess.Popen(
                    [self.world.tool("teep-broker"), "-c",
                     self.home / "broker.ini", "daemon"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    user=UID_BROKER, group=UID_BROKER, extra_groups=[])
        except OSError:
            self.device.kill()  # nobody would end it
            raise
        for _ in range(400):
            if (run_dir / "sock").exists():
                break
            time.sleep(0.05)

    def stop(self):
        """Exit status of broker and agent."""
        self.broker.terminate()
        return self.broker.wait(30), self.device.stop()

    def ask(self, *words):
        return run(self.world.tool("teep-broker"), "--control",
                   self.home / "broker/sock", *words)

    def check(self):
        """One policy check to its end; the agent's log of it."""
        before = len(self.device.events())
        self.ask("check")
        return self.device.events()[before:]

    def status(self):
        """{manifest id: row} of what the agent says is installed."""
        return {m["id"]: m
                for m in json.loads(self.ask("--json", "status"))["manifests"]}

    def becomes(self, manifest, sequence, state):
        """Is this what tamd's book says after a check, or some more?  What
        was sent in the second of a challenge may not have been there."""
        for _ in range(4):
            self.check()
            if self.state(manifest, sequence) == [state]:
                return True
            time.sleep(0.5)
        return False

    def state(self, component, sequence):
        """What tamd's book says of it."""
        shown = json.loads(self.world.tamctl("--json", "device", "show",
                                             self.name))
        return [c["state"] for c in shown["components"]
                if c["id"] == component and c.get("sequence") == sequence]


class World:
    def __init__(self, build, home, tamd):
        self.build, self.home, self.tamd = pathlib.Path(build), home, tamd
        self.payloads = Payloads()
        self.makers, self.devices = None, {}
        self.endorsed = {}  # what the maker says besides

    def tool(self, name):
        return str(self.build / "cmd" / name / name)

    def tamctl(self, *words):
        return run(self.tool("tamctl"), "--socket",
                   f"{self.tamd.home}/run/admin.sock", *words)

    def add_devices(self, makers, *names):
        """Initialise, endorse and start them."""
        self.makers = makers
        for i, name in enumerate(names):
            self.devices[name] = Managed(
                self, name, i + 1, ("--device", device_id(name)))
        self._endorse()
        for d in self.devices.values():
            self.tamctl("device", "add", d.name, "--key",
                        d.device.public / "teep.pub.pem")
            d.start()

    def _endorse(self, more=()):
        """A CoRIM of the makers about all devices, and some more."""
        file = self.home.joinpath
        key = Key.new()
        file("maker.pem").write_bytes(key.private_pem())
        file("maker.pub.pem").write_bytes(key.pem())
        one = next(iter(self.devices.values())).device
        recipe = {"id": "devices-1", "tag-id": "devices", "environments": [{
            "oemid": OEMID.hex(), "hwmodel": HWMODEL.hex(),
            "hwversion": ["1.0.0"], "assurance": "process-grade",
            **self.endorsed,
            "reference": [{"name": "launcher", "file": one.program()},
                          {"name": "agent", "file": str(one.agent)}],
            "attest-keys": [
                {"ueid": d.device.ueid.hex(),
                 "key": str(d.device.public / "evidence.pub.pem")}
                for d in [*self.devices.values(), *more]]}]}
        file("corim.json").write_text(json.dumps(recipe))
        run(self.tool("teep"), "corim", "create", file("corim.json"), "-o",
            file("corim"))
        run(self.tool("teep"), "corim", "sign", "--key", file("maker.pem"),
            "--name", "maker", file("corim"), "-o", file("corim.signed"))
        self.believe()

    def believe(self):
        """Have maker.pub.pem and corim.signed believed by who appraises."""
        file = self.home.joinpath
        self.tamctl("anchor", "add", "maker", "--key", file("maker.pub.pem"),
                    "--for", "reference,endorsed,attest-key", "--vendor",
                    OEMID.hex())
        self.tamctl("corim", "add", file("corim.signed"))

    def close(self):
        """Stop all of it; (broker, agent) exit statuses, 0 if it is well."""
        statuses = [d.stop() for d in self.devices.values()
                    if d.broker is not None]
        for d in self.devices.values():
            d.device.kill()  # where a test has ended in between
        self.payloads.close()
        return set(statuses) | {(0, 0)}
