"""The world of a run: four devices, their maker, one component and its
author, as files; a TAM that knows them, and a foreign one.

The only file that knows the command lines of suit and teep and the form of
a CoRIM recipe.
"""
import json
import os
import pathlib
import uuid

from agent import Http, Trust
from cbor import decode
from cose import ED25519, ESP256, Key
from evidence import Device
from tam import Other, Programs, Tamd

PAYLOAD = b"interop component\n" * 100
COMPONENT = "interop/app"
VENDOR = uuid.UUID("c0ddd5f1-5243-5660-87db-4f5b0aa26c2f")
CLASS = uuid.UUID("db42f709-3d8c-55ba-a8c5-265fc5820f4e")


def recipe(devices):
    """What the maker says about its devices, as a CoRIM recipe."""
    first = devices[0]
    return {
        "id": "interop-1",
        "tag-id": "interop",
        "environments": [{
            "oemid": first.oemid.hex(),
            "hwmodel": first.hwmodel.hex(),
            "hwversion": [first.hwversion[0]],
            "assurance": "process-grade",
            "reference": [
                {"name": "launcher", "sha256": first.launcher.hex()},
                {"name": "agent", "sha256": first.binary.hex()}],
            "attest-keys": [
                {"ueid": d.ueid.hex(), "key": f"{d.name}-evidence.pem"}
                for d in devices]}],
    }


class Files:
    """What a TAM has to know of this world before it can serve it."""

    def __init__(self, home, devices):
        self.vendor, self.component = devices[0].oemid.hex(), COMPONENT
        self.devices = [(d.name, home / f"{d.name}-teep.pem")
                        for d in devices]
        self.maker, self.corim = home / "maker.pub.pem", home / "corim.signed"
        self.author = home / "author.pub.pem"
        self.envelope = home / "app.suit"


class World:
    def __init__(self, build, directory, uri=None, keys=None):
        """uri, keys: of another TAM than a tamd of the build."""
        self.home = pathlib.Path(directory)
        self.programs = Programs(build)
        self.tam = Other(uri, keys) if uri else \
            Tamd(self.programs, self.home / "tam")
        self.foreign = Tamd(self.programs, self.home / "foreign-tam")
        self.devices = [Device("esp-a", ESP256), Device("esp-b", ESP256),
                        Device("ed-a", ED25519), Device("ed-b", ED25519)]
        for d in self.devices:
            d.vendor, d.klass = VENDOR.bytes, CLASS.bytes
        self.files = Files(self.home, self.devices)

    def start(self):
        self.tam.start()
        self.foreign.start()
        for d in self.devices:
            self._write(f"{d.name}-teep.pem", d.teep.pem())
            self._write(f"{d.name}-evidence.pem", d.evidence.pem())
        self._endorse()
        self._component()
        self.tam.know(self.files)
        self.trust = Trust(self.tam.teep_keys, self.tam.encryption,
                           [self.author], self.tam.results,
                           self.tam.binary)
        self.http = Http(self.tam.uri)

    def _write(self, name, data):
        path = self.home / name
        path.write_bytes(data)
        os.chmod(path, 0o600)

    def _key(self, name):
        """A new pair as NAME.pem and NAME.pub.pem."""
        key = Key.new(ESP256)
        self._write(f"{name}.pem", key.private_pem())
        self._write(f"{name}.pub.pem", key.pem())
        return key

    def _endorse(self):
        run, home = self.programs.run, self.home
        self._key("maker")
        self._write("recipe.json", json.dumps(recipe(self.devices)).encode())
        run("teep", "corim", "create", home / "recipe.json", "-o",
            home / "corim")
        run("teep", "corim", "sign", "--key", home / "maker.pem", "--name",
            "interop.example", home / "corim", "-o", self.files.corim)

    def _component(self):
        run, home = self.programs.run, self.home
        self.author = self._key("author")
        self._write("payload", PAYLOAD)
        run("suit", "create", "--component", COMPONENT, "--payload",
            home / "payload", "--sequence", "1", "--vendor", VENDOR,
            "--class", CLASS, "--key", home / "author.pem", "-o",
            self.files.envelope)

    def foreign_challenge(self):
        """A fresh, genuine challenge of a TAM with other keys."""
        body = Http(self.foreign.uri).post(b"").body
        message = decode(decode(body).value[2])
        return message[1][2]

    def stop(self):
        """What was wrong with the TAMs, as a list of texts."""
        # Both are always told to stop.
        return self.tam.stop() + self.foreign.stop()
