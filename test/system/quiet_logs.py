#!/usr/bin/python3
"""What must not stand in a log: a whole story through the real programs, and
then every log of theirs is searched for keys, Evidence and messages.

usage: quiet_logs.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import base64
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

from real_world import TrustsTamd, World, run
from tamd_process import Tamd
from tee_world import CLASS, VENDOR, Key, text_uuid

# No name or key id is as long; a digest is.
LONG = re.compile(r"[A-Za-z0-9_+=-]{49,}")
DIGEST = re.compile(r"[0-9a-f]{64}")


def story(world):
    """Installed, refused, replaced and removed."""
    key = Key.new()
    file = world.home.joinpath
    file("author.pem").write_bytes(key.private_pem())
    file("author.pub.pem").write_bytes(key.pem())
    world.add_devices(TrustsTamd(world.tamd, [("author", key, [b"own"])],
                                 [[b"own"]]), "one")
    world.tamctl("anchor", "add", "author", "--key", file("author.pub.pem"),
                 "--for", "manifests")
    device = world.devices["one"]
    for component, sequence in (("own/app", 1), ("own/app", 2),
                                ("other/app", 1)):
        file("payload").write_bytes(os.urandom(3000))
        run(world.tool("suit"), "create", "--component", component,
            "--payload", file("payload"), "--sequence", str(sequence),
            "--vendor", text_uuid(VENDOR), "--class", text_uuid(CLASS),
            "--key", file("author.pem"), "-o", file("out.suit"))
        world.tamctl("component", "add", file("out.suit"))
        world.tamctl("assign", "all", component)
        device.check()
    assert device.becomes("own/app", 2, "proven"), "the story went wrong"
    assert device.becomes("other/app", 1, "failed"), "it was not refused"
    world.tamctl("unassign", "all", "own/app")
    device.check()


def private_keys(tamd):
    """Lines of the PEM files, and the octets in them."""
    for path in (pathlib.Path(tamd.home) / "keys").iterdir():
        lines = path.read_text().splitlines()[1:-1]
        yield from lines
        der = base64.b64decode("".join(lines))
        for at in range(0, len(der) - 16, 4):
            yield der[at:at + 16].hex()


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    home = pathlib.Path(tempfile.mkdtemp(prefix="logs-"))
    home.chmod(0o755)
    bad = []
    try:
        with Tamd(sys.argv[1], TAMD_LOG_LEVEL="debug") as tamd:
            world = World(sys.argv[1], home, tamd)
            try:
                story(world)
            finally:
                texts = {p.name + " of " + p.parent.name: p.read_text()
                         for p in home.rglob("*.log")}
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
            secrets = list(private_keys(tamd))
            texts["tamd's"] = "\n".join(
                json.dumps(line, default=str) for line in tamd.lines)
        for name, text in texts.items():
            assert text.count("\n") > 5, f"{name} is empty"
            # where files are is no secret
            found = LONG.findall(re.sub(r'"(/|unix:)[^"]*"', '""', text))
            bad += [f"{name}: {f}" for f in found if not DIGEST.fullmatch(f)]
            bad += [f"{name}: a private key" for s in secrets if s in text]
    finally:
        shutil.rmtree(home)
    for line in bad:
        print("not ok  " + line)
    print(f"{len(texts)} logs, {len(bad)} not ok")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
