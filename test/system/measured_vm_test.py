"""A machine measures its boot, and tells a TAM outside of it what it runs.

usage: measured_vm_test.py BUILD-DIRECTORY KERNEL-DIRECTORY
       KERNEL-DIRECTORY: what tools/vm-kernel has unpacked
QEMU, OVMF and swtpm; everything that listens does so on loopback.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from measured_vm import (
    HOST, MEMORY, PATIENCE, Vm, disk, initrd, there as vm_there)
from real_world import TrustsTamd, World
from soft_tpm import SoftTpm, there
from tamd_process import Tamd
from tee_world import Key, eventually
from tpm_world import Story

LINE = "console=ttyS0 panic=-1 quiet secretmem.enable=1"
OTHER = LINE + " debug"
FIRMWARE_ONLY = "console=ttyS0 panic=-1 golden"


class Machine(Story):
    """Its TPM and its disk stay; what it boots does not."""

    def __init__(self, world, tpm, kernel, author):
        super().__init__(world, tpm)
        self.kernel, self.author = pathlib.Path(kernel), author
        self.boots = 0

    def make(self):
        """The images: a small one, to hear the firmware's own part of the
        log; and the device's."""
        cmd = self.world.build / "cmd"
        init = self.world.build / "test/system/vm_init"
        self.file("small").write_bytes(initrd(self.kernel, [init], {}))
        settings = ("[broker]\nagent = /run/agent.sock\n"
                    "control = /run/broker/sock\ncheck_every = 5\n"
                    f"allow = http://{HOST}:{self.world.tamd.port}/\n")
        self.file("initrd").write_bytes(initrd(
            self.kernel,
            [init, cmd / "teep-agentd/teep-agentd",
             cmd / "teep-agentd/teep-agent", cmd / "teep-broker/teep-broker"],
            {"etc/broker.ini": settings.encode()}))
        self.file("disk").mkdir()
        subprocess.run(["cp", "-a", self.device.device.state,
                        self.file("disk")], check=True, timeout=60)
        disk(self.file("disk.img"), self.file("disk"))

    def boot(self, ramdisk, line):
        self.boots += 1
        return Vm(self.file(f"boot-{self.boots}"), self.tpm.state,
                  self.kernel, self.file(ramdisk), line,
                  self.file("disk.img"))

    def expected(self):
        """{n: octets} of the CoRIM that was made beforehand."""
        text = self.teep("corim", "show", self.file("pcrs.corim"))
        return {int(n): bytes.fromhex(digest) for n, digest in re.findall(
            r'mkey \(0\): "pcr-(\d+)"\n(?:[^\n]*\n){4}'
            r'\s+digest: ([0-9a-f]{64})', text)}

    def shown(self):
        return json.loads(self.world.tamctl("--json", "device", "show",
                                            "measured"))

    def answers(self, before):
        return [line for line in self.world.tamd.lines[before:]
                if line.get("type") == "QueryResponse"]


def story(s):
    world = s.world
    s.tpm.on()
    s.enrol()
    s.tpm.off()
    s.make()
    began = time.monotonic()
    with s.boot("small", FIRMWARE_ONLY) as vm:
        s.file("firmware.log").write_bytes(vm.log())
    print(f"a boot to the end: {time.monotonic() - began:.0f} s")
    # before the device is booted for the first time
    kernel, = s.kernel.glob("boot/vmlinuz-*")
    s.endorse(s.file("firmware.log"), "--kernel", kernel, "--initrd",
              s.file("initrd"), "--append", LINE, "--memory", MEMORY)
    world.tamctl("device", "add", "measured", "--key",
                 s.device.device.public / "teep.pub.pem")
    s.component()
    world.tamctl("assign", "all", "app")
    # what was worked out is what its TPM holds
    with s.boot("initrd", LINE) as vm:
        expected = s.expected()
        s.holds("ten PCRs", sorted(expected) == list(range(10)))
        for n, digest in expected.items():
            s.holds(f"PCR {n}", vm.pcr(n) == digest)
        s.holds("nobody has spoken yet", vm.pcr(15) == bytes(32))
        becomes = eventually(lambda: vm.qemu.poll() is not None or [
            c["state"] for c in s.shown()["components"]] == ["proven"],
            PATIENCE)
        s.holds(vm.why(f"provisioned: {world.tamd.lines[-3:]}"),
                becomes and vm.qemu.poll() is None)
        s.holds("assurance", s.shown()["assurance"] == "TPM-measured")
    s.holds("switched itself off", vm.qemu.returncode == 0)
    # the same machine, its disk and its TPM, another command line
    before = len(world.tamd.lines)
    with s.boot("initrd", OTHER) as vm:
        asks = eventually(lambda: s.answers(before), PATIENCE)
        s.holds(vm.why("it asks"), asks)
        for n, digest in s.expected().items():
            s.holds(f"PCR {n}", (vm.pcr(n) == digest) == (n != 9))
    for answer in s.answers(before):
        s.holds(f"refused: {answer}",
                answer["reason"] == "measurement-mismatch")
    shown = s.shown()["appraisals"][0]
    for word in ("PCR 9", "LoadOptions"):
        s.holds(f"{word} in {shown}", word in json.dumps(shown))


def main():
    build, kernel = sys.argv[1:]
    missing = vm_there(kernel)
    if missing or not there():
        print("skipped: needs root, swtpm,", ", ".join(missing))
        return 77
    with tempfile.TemporaryDirectory() as home, Tamd(build) as tamd:
        pathlib.Path(home).resolve().chmod(0o755)
        world = World(pathlib.Path(build).resolve(), pathlib.Path(home), tamd)
        author = Key.new()
        world.makers = TrustsTamd(tamd, [("author", author, [b"app"])],
                                  [[b"app"]])
        world.makers.row[4] = f"http://{HOST}:{tamd.port}/tam"
        tpm = SoftTpm(world.home / "tpm")
        try:
            s = Machine(world, tpm, kernel, author)
            story(s)
            print(f"{s.boots} boots, {s.checks} checks held")
            assert s.checks > 25
        finally:
            tpm.off()
            world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
