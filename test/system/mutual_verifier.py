#!/usr/bin/python3
"""One Verifier for both sides: teep-agentd wants its TAM attested, tamd has
itself and its devices appraised by verifierd, and each believes only that.

A tamd that nobody endorses, or whose program is another one, is not heard, and
its log says why; an endorsed one installs, and is remembered.

usage: mutual_verifier.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import configparser
import json
import os
import pathlib
import shutil
import sys
import tempfile

from background_check import Checked, Relying, offer
from real_world import TrustsTamd, run
from tee_world import Key, eventually
from verifierd_test import Verifierd

REMEMBERED = 3600


class Vouched(Relying):
    """A tamd that this Verifier vouches for."""

    def __init__(self, build, verifier):
        super().__init__(build, verifier)
        self.environment |= {"TAMD_VERIFIER_RESULT": "teep",
                             "TAMD_ATTESTED_BY": "verifier"}

    def reasons(self):
        """Why demands of the agent were not met."""
        return [x["reason"] for x in self.lines
                if x.get("event") == "message" and x.get("type") == "Error"
                and x["reason"] != "ok"]


class TrustsVouched(TrustsTamd):
    """A policy that wants tamd attested by that Verifier."""

    def __init__(self, tamd, author, verifier):
        super().__init__(tamd, [("author", author, [b"own"])], [[b"own"]])
        pem = pathlib.Path(verifier.dir) / "public/result-esp256.pem"
        self.vouches = Key.from_pem(pem.read_bytes())
        self.row[9] = {1: ["verifierd"], 2: REMEMBERED}

    def rules(self):
        return super().rules() | {
            5: [{1: "verifierd", 2: [self.vouches.cose]}]}


def identity(tamd):
    settings = configparser.ConfigParser()
    settings.read(pathlib.Path(tamd.home) / "tamd.ini")
    return settings["identity"]


def endorse(world, number, program):
    """The operator's word on tamd: its evidence key, and this program."""
    file, own = world.home.joinpath, identity(world.tamd)
    recipe = {"id": f"tamd-{number}", "tag-id": "tamd", "environments": [{
        "oemid": own["oemid"], "hwmodel": own["hwmodel"].encode().hex(),
        "hwversion": [own["hwversion"]], "assurance": "self-reported",
        "reference": [{"name": "launcher", "file": str(program)},
                      {"name": "agent", "file": str(program)}],
        "attest-keys": [{
            "ueid": own["ueid"],
            "key": str(pathlib.Path(world.tamd.home) /
                       "public/evidence-esp256.pem")}]}]}
    if not file("operator.pem").exists():
        key = Key.new()
        file("operator.pem").write_bytes(key.private_pem())
        file("operator.pub.pem").write_bytes(key.pem())
        world.verifierd("anchor", "add", "operator",
                        file("operator.pub.pem"),
                        "reference,endorsed,attest-key", own["oemid"])
    file("tamd.json").write_text(json.dumps(recipe))
    run(world.tool("teep"), "corim", "create", file("tamd.json"), "-o",
        file("tamd.corim"))
    run(world.tool("teep"), "corim", "sign", "--key", file("operator.pem"),
        "--name", "operator", file("tamd.corim"), "-o", file("tamd.signed"))
    world.verifierd("corim", "add", file("tamd.signed"))


def story(world, tamd):
    world.add_devices(TrustsVouched(tamd, world.author, world.verifier),
                      "one")
    one = world.devices["one"]
    # Nobody has said whose key that is.
    one.check()
    assert eventually(tamd.reasons), tamd.lines[-10:]
    assert set(tamd.reasons()) == {"evidence-key-not-endorsed"}, \
        tamd.reasons()
    log = one.device.events()
    assert "tam-attested" not in log and "query-answered" not in log, log
    # The operator has, but of another program.
    endorse(world, 1, one.device.agent)
    one.check()
    assert eventually(lambda: "measurement-mismatch" in tamd.reasons()), \
        tamd.reasons()
    assert "tam-attested" not in one.device.events()
    world.verifierd("corim", "withdraw", "tamd-1")
    endorse(world, 2, tamd.program)
    offer(world)
    assert one.becomes("own/app", 1, "proven"), world.says("one")
    log = one.device.events()
    assert log.count('"event":"tam-attested"') == 1, log
    # Both keep to what they have: no third proof for a third session.
    one.check()
    assert one.device.events().count('"event":"tam-attested"') == 1


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    build = sys.argv[1]
    home = pathlib.Path(tempfile.mkdtemp(prefix="mutual-"))
    home.chmod(0o755)
    try:
        with Verifierd(build, home) as v, Vouched(build, v) as tamd:
            world = Checked(build, home, tamd, v)
            try:
                story(world, tamd)
            except BaseException:
                print(tamd.lines[-10:])
                raise
            finally:
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
    finally:
        shutil.rmtree(home)
    print("one Verifier for both: not endorsed, another program, vouched for")
    return 0


if __name__ == "__main__":
    sys.exit(main())
