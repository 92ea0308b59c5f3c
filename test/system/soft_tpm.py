"""A machine with an emulated TPM: its firmware, its boots, and what root of it
can have its TPM do."""
import hashlib
import os
import pathlib
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time

PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)


def sized(data):
    return struct.pack(">H", len(data)) + data


def sha(data):
    return hashlib.sha256(data).digest()


def take(stream, n):
    """n octets, or fewer where it ends."""
    data = b""
    while len(data) < n:
        more = stream.recv(n - len(data))
        if not more:
            break
        data += more
    return data


def message(stream):
    head = take(stream, 10)
    if len(head) < 10:
        return b""
    return head + take(stream, struct.unpack(">I", head[2:6])[0] - 10)


class Many(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """What /dev/tpmrm0 is to a real TPM: several speak to one, in turn."""

    daemon_threads = True

    def __init__(self, path, to):
        self.to, self.turn = to, threading.Lock()
        super().__init__(str(path), One)


class One(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            command = message(self.request)
            if not command:
                return
            with self.server.turn:
                self.server.to.sendall(command)
                answer = message(self.server.to)
            self.request.sendall(answer)


class SoftTpm:
    """swtpm with a certificate of its maker's; one boot after another."""

    def __init__(self, home, certificate="--create-ek-cert"):
        self.home = pathlib.Path(home)
        self.state, self.ca = self.home / "state", self.home / "ca"
        self.socket = self.home / "tpm.sock"
        self.log = self.home / "event.log"
        self.process, self.server = None, None
        for folder in (self.state, self.ca):
            folder.mkdir(parents=True)
        (self.home / "ca.conf").write_text(
            f"statedir = {self.ca}\nsigningkey = {self.ca}/key.pem\n"
            f"issuercert = {self.ca}/issuer.pem\n"
            f"certserial = {self.ca}/serial\n")
        (self.home / "setup.conf").write_text(
            "create_certs_tool = /usr/bin/swtpm_localca\n"
            f"create_certs_tool_config = {self.home}/ca.conf\n"
            "create_certs_tool_options = /etc/swtpm-localca.options\n"
            "active_pcr_banks = sha256\n")
        subprocess.run(
            ["swtpm_setup", "--tpm2", "--tpmstate", str(self.state),
             "--config", str(self.home / "setup.conf"), certificate],
            check=True, stdout=subprocess.DEVNULL, timeout=60)

    def anchors(self):
        return [self.ca / "issuer.pem",
                self.ca / "swtpm-localca-rootca-cert.pem"]

    def on(self):
        self.off()
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}",
             "--server", f"type=unixio,path={self.home}/raw", "--flags",
             "not-need-init,startup-clear"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        raw = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + 60
        while True:
            try:
                raw.connect(str(self.home / "raw"))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                # its place is there a moment before it listens
                if time.monotonic() > end:
                    self.off()
                    raise
            time.sleep(0.02)
        self.server = Many(self.socket, raw)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def off(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
        self.process = None
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server.to.close()
        self.server = None
        self.socket.unlink(missing_ok=True)
        (self.home / "raw").unlink(missing_ok=True)

    # as root of the machine

    def ask(self, body, code, sessions=True):
        """(its code, what it answers)."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(str(self.socket))
            s.sendall(struct.pack(">HII", 0x8002 if sessions else 0x8001,
                                  10 + len(body), code) + body)
            answer = message(s)
        return struct.unpack(">I", answer[6:10])[0], answer[10:]

    def command(self, body, code, sessions=True):
        status, answer = self.ask(body, code, sessions)
        assert status == 0, hex(status)
        return answer

    def extend(self, pcr, digest):
        self.command(struct.pack(">I", pcr) + PASSWORD
                     + struct.pack(">IH", 1, 0x000b) + digest, 0x182)

    # the firmware

    def boot(self, command_line="quiet"):
        """Power off and on; the firmware measures and logs."""
        self.on()
        head = struct.pack("<II", 0, 3) + bytes(20) + struct.pack("<I", 33)
        log = head + b"Spec ID Event03\0" + bytes(4) + b"\0\2\2\2" + \
            struct.pack("<IHH", 1, 0x0b, 32) + b"\0"
        events = [(n, 4, bytes(4), None) for n in range(8)]
        events += [
            (4, 0x80000003, b"a kernel", None),
            (9, 6, b"LOADED_IMAGE::LoadOptions", command_line.encode()),
            (9, 6, b"Linux initrd", b"initrd and launcher")]
        for pcr, kind, data, measured in events:
            digest = sha(data if measured is None else measured)
            self.extend(pcr, digest)
            log += struct.pack("<IIIH", pcr, kind, 1, 0x0b) + digest + \
                struct.pack("<I", len(data)) + data
        self.log.write_bytes(log)


def there():
    return all(shutil.which(p) for p in ("swtpm", "swtpm_setup")) and \
        os.geteuid() == 0
