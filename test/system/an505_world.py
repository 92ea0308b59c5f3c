"""A microcontroller under test: teep-device on QEMU's mps2-an505, with what its
maker put into it, a serial line to the broker, and its store kept by us.

There is no hardware here: QEMU does what the board would, and says nothing of
side channels or of a fault's injection.
"""
import ctypes
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess

from tee_world import (
    CLASS, OEMID, PATIENCE, VENDOR, Key, encode, eventually, sha256)

# As port/an505/an505.ld has it.
PROVISION, SEED, FLASH, FLASH_OCTETS = (
    0x383e0000, 0x383f0000, 0x80000000, 4 << 20)
HWMODEL = b"an505"
HWVERSION = "qemu"
# As port/region/region_store.c has it: heads of the store's parts.
PART, HEAD, MARK_BLOB = 65536 + 4096, 64, 0x54420001


def die_with_parent():
    """Whoever kills the test leaves no emulation behind."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def scalar(key):
    return key.private.private_numbers().private_value.to_bytes(32, "big")


class Board:
    def __init__(self, image, home, ueid):
        self.image, self.home = pathlib.Path(image), pathlib.Path(home)
        self.ueid = ueid
        self.teep, self.report, self.evidence = (Key.new() for _ in range(3))
        self.link, self.log = self.home / "link.sock", self.home / "log"
        self.binary = self.home / "image.bin"
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", self.image,
                        self.binary], check=True, timeout=PATIENCE)
        for name, key in (("teep", self.teep), ("evidence", self.evidence)):
            (self.home / f"{name}.pub.pem").write_bytes(key.pem())
        (self.home / "flash.bin").write_bytes(bytes(FLASH_OCTETS))
        self.process = None

    def provision(self, policy):
        """What docs/porting.md calls the provisioning of a device."""
        blob = encode({
            1: 1, 2: scalar(self.teep), 3: scalar(self.report),
            4: scalar(self.evidence), 5: os.urandom(16), 6: self.ueid,
            7: OEMID, 8: HWMODEL, 9: HWVERSION, 10: [VENDOR], 11: [CLASS],
            12: policy, 13: "", 14: sha256(b"no manifest of its own")})
        (self.home / "provision.bin").write_bytes(
            struct.pack(">I", len(blob)) + blob)

    def start(self, seed=None):
        """Run until it says that it has started, or stopped."""
        (self.home / "seed.bin").write_bytes(
            os.urandom(32) if seed is None else seed)
        for path in (self.link, self.home / "qmp.sock", self.log):
            path.unlink(missing_ok=True)
        words = ["qemu-system-arm", "-M", "mps2-an505", "-nodefaults",
                 "-display", "none", "-no-reboot", "-kernel", self.image,
                 "-chardev", f"socket,id=link,path={self.link},"
                 "server=on,wait=off", "-serial", "chardev:link",
                 "-serial", f"file:{self.log}",
                 "-qmp", f"unix:{self.home}/qmp.sock,server=on,wait=off"]
        for name, at in (("provision", PROVISION), ("seed", SEED),
                         ("flash", FLASH)):
            file = self.home / f"{name}.bin"
            if file.exists():
                words += ["-device", f"loader,file={file},addr={at:#x},"
                          "force-raw=on"]
        with open(self.home / "qemu.log", "ab") as said:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                preexec_fn=die_with_parent)
        eventually(lambda: self.process.poll() is not None or
                   "\nstarted\n" in self.events() or
                   "stopped: " in self.events())

    def events(self):
        return self.log.read_text() if self.log.exists() else ""

    def last(self, event):
        """The number that was logged last under this event."""
        return int([line.split()[1] for line in self.events().split("\n")
                    if line.startswith(event + " ")][-1])

    def stop(self):
        """Cut the power; what stands for flash is kept."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(str(self.home / "qmp.sock"))
            said = s.makefile("rw", encoding="utf-8")
            said.readline()
            for command, arguments in (
                    ("qmp_capabilities", {}), ("stop", {}),
                    ("pmemsave", {"val": FLASH, "size": FLASH_OCTETS,
                                  "filename": str(self.home / "flash.bin")}),
                    ("quit", {})):
                said.write(json.dumps({"execute": command,
                                       "arguments": arguments}) + "\n")
                said.flush()
                while "return" not in (answer := json.loads(said.readline())):
                    assert "error" not in answer, answer
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def blobs(self):
        """{SHA-256: octets} of what the store holds."""
        found = {}
        flash = (self.home / "flash.bin").read_bytes()
        for at in range(2 * PART, len(flash) - PART, PART):
            mark, n = struct.unpack_from("<II", flash, at)
            if mark == MARK_BLOB:
                found[flash[at + 8:at + 40]] = flash[at + HEAD:at + HEAD + n]
        return found
