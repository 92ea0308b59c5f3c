"""The vectors of test/vectors through the readers as they run on a Cortex-M33:
each verdict is that of the index, and so that of every other machine; but for
CBOR that is deeper than a microcontroller takes it.

usage: an505_vectors.py
"""
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from an505_world import Board
from tee_world import PATIENCE, UEID, Key, decode, encode

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "test/vectors"
# Twelve levels, where a server has sixteen.
DEEPER = {"depth-16": "too-deep@12", "depth-17": "too-deep@12",
          "depth-17-tags": "too-deep@12"}
LEAST = {"cbor": 190, "teep": 100, "eat": 30, "suit": 20}


def refusals():
    """{number: name} of include/tamarind/base.h."""
    text = (ROOT / "include/tamarind/base.h").read_text()
    found = {int(n, 16): name for n, name in re.findall(
        r'X\(\w+,\s*(0x[0-9a-f]+|0),\s*"([a-z0-9-]+)"', text)}
    assert found[0] == "ok" and len(found) > 100, len(found)
    return found


def rows(room):
    """(name, verdict, octets) of an index."""
    for line in (VECTORS / room / "index").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, _, verdict = line.split("\t")[:3]
        file = VECTORS / room / f"{name}.hex"
        yield name, verdict, (
            bytes.fromhex("".join(file.read_text().split())) if file.exists()
            else (VECTORS / room / f"{name}.suit").read_bytes())


class Reader:
    def __init__(self, board):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(board.link))
        self.stream = self.socket.makefile("rb")

    def ask(self, room, octets):
        body = encode([room, octets])
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        n, = struct.unpack(">I", self.stream.read(4))
        return decode(self.stream.read(n))


def main():
    images = subprocess.run([ROOT / "tools/an505"], check=True, text=True,
                            capture_output=True).stdout.strip()
    home = pathlib.Path(tempfile.mkdtemp(prefix="an505-"))
    names, wrong = refusals(), []
    board = Board(f"{images}/test/device/device-vectors.elf", home, UEID)
    try:
        board.start()
        reader = Reader(board)
        for pem in sorted(VECTORS.glob("suit/key-*.pub.pem")):
            key = Key.from_pem(pem.read_bytes())
            assert reader.ask("key", encode(key.cose)) == [0, 0], pem
        for room, least in LEAST.items():
            start, n, good = time.monotonic(), 0, 0
            for name, verdict, octets in rows(room):
                if room == "cbor":
                    verdict = DEEPER.get(name, verdict)
                e, at = reader.ask(room, octets)
                said = names[e]
                if "@" in verdict:
                    said += f"@{at}"
                if said != verdict:
                    wrong.append(f"{room}/{name}: {said}, not {verdict}")
                n, good = n + 1, good + (e == 0)
            print(f"{room:5}{n:4} vectors, {good} good "
                  f"({time.monotonic() - start:.1f} s)", flush=True)
            assert n >= least and 0 < good < n, (room, n, good)
    except BaseException:
        print(board.events(), file=sys.stderr)
        raise
    finally:
        board.kill()
        shutil.rmtree(home)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
