"""A machine that measures what it boots: QEMU, OVMF and swtpm, from Debian;
its initrd is made here.  QEMU's machine has no memory encryption: who runs it
can read it.  What it shows is that measurements are what they should be.
"""
import contextlib
import ctypes
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

FIRMWARE = pathlib.Path("/usr/share/OVMF")
CODE, VARS = FIRMWARE / "OVMF_CODE_4M.fd", FIRMWARE / "OVMF_VARS_4M.fd"
MEMORY = 1024  # MiB
# virtio is modules; each after what it needs.
MODULES = ["drivers/virtio/virtio_ring", "drivers/virtio/virtio",
           "drivers/virtio/virtio_pci_legacy_dev",
           "drivers/virtio/virtio_pci_modern_dev",
           "drivers/virtio/virtio_pci", "drivers/block/virtio_blk",
           "net/core/failover", "drivers/net/net_failover",
           "drivers/net/virtio_net"]
HOST = "10.0.2.2"  # what the machine calls our 127.0.0.1
OUTSIDE = "10.0.2.100"  # where it finds who wants to be told
PATIENCE = 300  # seconds of a boot: one takes ten where nothing else runs
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def there(kernel):
    """What it needs, or what is missing."""
    wanted = [CODE, VARS, *map(shutil.which, (
        "qemu-system-x86_64", "swtpm", "swtpm_setup", "mkfs.ext4"))]
    missing = [str(w) for w in wanted if w is None or not
               pathlib.Path(w).exists()]
    if not list(pathlib.Path(kernel).glob("boot/vmlinuz-*")):
        missing.append("a kernel (tools/vm-kernel)")
    return missing


def listens(path):
    """Without a connection: swtpm would end with it."""
    accepts = "00010000"  # __SO_ACCEPTCON
    for line in pathlib.Path("/proc/net/unix").read_text().splitlines():
        words = line.split()
        if words[3] == accepts and words[-1] == str(path):
            return True
    return False


def dies_with_us():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# The initrd: a cpio archive, the same octets from the same files.


def member(number, name, mode, data=b""):
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1,
              0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields)
    out = head + name.encode() + b"\0"
    out += bytes(-len(out) % 4) + data
    return out + bytes(-len(out) % 4)


def archive(files):
    """{path: octets}; all may be executed by all."""
    folders = sorted({str(f) for path in files
                      for f in pathlib.PurePath(path).parents} - {"."})
    out = b""
    for i, name in enumerate(folders + sorted(files)):
        data = files.get(name)
        out += member(i + 1, name, 0o40755 if data is None else 0o100755,
                      data or b"")
    return out + member(0, "TRAILER!!!", 0)


def with_libraries(program):
    """A program and what the loader would map for it."""
    said = subprocess.run(["ldd", str(program)], check=True, timeout=60,
                          capture_output=True, text=True).stdout
    files = {f"bin/{program.name}": program.read_bytes()}
    for path in re.findall(r"(/\S+) \(0x", said):
        files[path.lstrip("/")] = pathlib.Path(path).read_bytes()
    return files


def initrd(kernel, programs, more):
    """programs: paths; the first becomes /init.  more: {path: octets}"""
    root, = pathlib.Path(kernel).glob("lib/modules/*")
    files = {f"modules/{pathlib.Path(m).name}.ko":
             (root / f"kernel/{m}.ko").read_bytes() for m in MODULES}
    files["modules/list"] = "".join(
        f"{pathlib.Path(m).name}.ko\n" for m in MODULES).encode()
    init, *others = programs
    files["init"] = init.read_bytes()
    for p in others:
        files |= with_libraries(p)
    return archive({**files, **more})


def disk(path, folder, megabytes=64):
    """An ext4 file system that holds what folder does, owners included."""
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-d", str(folder), str(path)],
                   check=True, timeout=120, stdout=subprocess.DEVNULL)


class Vm:
    """One boot: `with Vm(...) as vm`; at the end it is off."""

    def __init__(self, home, tpm_state, kernel, ramdisk, append, drive):
        self.home, self.state = pathlib.Path(home), tpm_state
        self.kernel, = pathlib.Path(kernel).glob("boot/vmlinuz-*")
        self.ramdisk, self.append, self.drive = ramdisk, append, drive
        self.console = self.home / "console.log"
        self.told, self.tpm, self.qemu, self.peer = {}, None, None, None

    def __enter__(self):
        self.home.mkdir(parents=True)
        listener = socket.create_server(("127.0.0.1", 0))
        try:
            self._start(listener.getsockname()[1])
            self._hear(listener)
        except BaseException:
            self.__exit__()
            raise
        finally:
            listener.close()
        return self

    def _start(self, port):
        control = self.home / "tpm.sock"
        self.tpm = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}",
             "--ctrl", f"type=unixio,path={control}", "--terminate"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=dies_with_us)
        end = time.monotonic() + PATIENCE
        while not listens(control) and time.monotonic() < end:
            time.sleep(0.02)
        shutil.copy(VARS, self.home / "vars.fd")
        with open(self.home / "qemu.log", "wb") as log:
            self.qemu = subprocess.Popen(
                ["qemu-system-x86_64", "-nodefaults", "-display", "none",
                 "-no-reboot", "-monitor", "none",
                 "-M", "q35,accel=tcg,smm=off", "-cpu", "max",
                 "-m", str(MEMORY),
                 "-drive", "if=pflash,format=raw,readonly=on,file="
                 f"{CODE}",
                 "-drive", f"if=pflash,format=raw,file={self.home}/vars.fd",
                 "-chardev", f"socket,id=tpm,path={control}",
                 "-tpmdev", "emulator,id=t0,chardev=tpm",
                 "-device", "tpm-crb,tpmdev=t0",
                 "-chardev", f"file,id=c0,path={self.console}",
                 "-serial", "chardev:c0",
                 "-drive", f"if=none,id=d0,format=raw,file={self.drive}",
                 "-device", "virtio-blk-pci,drive=d0",
                 "-netdev", f"user,id=n0,guestfwd=tcp:{OUTSIDE}:1"
                 f"-tcp:127.0.0.1:{port}",
                 "-device", "virtio-net-pci,netdev=n0,romfile=",
                 "-kernel", str(self.kernel), "-initrd", str(self.ramdisk),
                 "-append", self.append],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=dies_with_us)

    def _hear(self, listener):
        """What it tells once it is up: event log and PCRs."""
        listener.settimeout(1)
        end = time.monotonic() + PATIENCE
        while self.peer is None:
            assert self.qemu.poll() is None, self.why("QEMU has ended")
            assert time.monotonic() < end, self.why("it does not come up")
            with contextlib.suppress(socket.timeout):
                self.peer, _ = listener.accept()
        self.peer.settimeout(PATIENCE)
        with self.peer.makefile("rb") as stream:
            while "pcr-15" not in self.told:
                name, n = stream.readline().decode().split()
                self.told[name] = stream.read(int(n))

    def log(self):
        return self.told["log"]

    def pcr(self, n):
        return bytes.fromhex(self.told[f"pcr-{n}"].decode())

    def why(self, what):
        """The fault, and the last that firmware and kernel said."""
        text = [what]
        for path in (self.home / "qemu.log", self.console):
            if path.exists():
                text.append(path.read_bytes()[-3000:].decode(errors="replace"))
        return "\n".join(text)

    def said(self):
        return self.console.read_bytes().decode(errors="replace")

    def __exit__(self, *_):
        """Tell it to go, and see that it does."""
        if self.peer is not None:
            with contextlib.suppress(OSError):
                self.peer.sendall(b"\n")
        for process, patience in ((self.qemu, 60), (self.tpm, 20)):
            if process is None:
                continue
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.peer is not None:
            self.peer.close()
