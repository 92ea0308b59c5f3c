#!/usr/bin/python3
"""Whom the broker takes for a TAM over HTTPS: the certificate, the name in it
and the version, one case each, between a scripted agent and a server on
loopback.  Exit status is the verdict."""
import datetime
import http.server
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rules import CONNECT, NONE, POLICY_CHECK, Agent

DAY = datetime.timedelta(days=1)


class Tam(http.server.BaseHTTPRequestHandler):
    posts = 0

    def do_POST(self):
        Tam.posts += 1
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass  # a client that turns away


class Authority:
    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(
            self.name, self.key.public_key(), x509.BasicConstraints(True, 0),
            True)

    def _sign(self, subject, key, extension, critical, days=(-10, 10)):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder()
                .subject_name(subject).issuer_name(self.name)
                .public_key(key).serial_number(x509.random_serial_number())
                .not_valid_before(now + days[0] * DAY)
                .not_valid_after(now + days[1] * DAY)
                .add_extension(extension, critical)
                .sign(self.key, hashes.SHA256()))

    def server(self, folder, host="localhost", days=(-10, 10)):
        """A TLS context of a server that has this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        own = self._sign(subject, key.public_key(),
                         x509.SubjectAlternativeName([x509.DNSName(host)]),
                         False, days)
        path = os.path.join(folder, "server.pem")
        with open(path, "wb") as f:
            f.write(key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
            f.write(pem(own))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Case:
    """One broker, one agent, one server."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.passed = self.failed = 0

    def check(self, name, context, good, ca="ca.pem", host="localhost"):
        httpd = Server(("127.0.0.1", 0), Tam)
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        uri = f"https://{host}:{httpd.server_address[1]}/tam"
        home = tempfile.mkdtemp(dir=self.folder)
        agent = Agent(home + "/agent.sock")
        agent.script = lambda f: [
            [CONNECT, f[1], uri] if f[0] == POLICY_CHECK and f[2]
            else [NONE, f[1]]]
        agent.start()
        with open(home + "/b.ini", "w", encoding="ascii") as f:
            f.write(f"[broker]\nagent={home}/agent.sock\n"
                    f"control={home}/b.sock\nallow={uri}\n")
            if ca is not None:
                f.write(f"ca_file={self.folder}/{ca}\n")
        Tam.posts = 0
        status, said = self.run(home + "/b.ini")
        httpd.shutdown()
        httpd.server_close()
        ok = (status == 0 and Tam.posts > 0) if good else \
            (status == 1 and Tam.posts == 0 and b"network" in said)
        self.passed += ok
        self.failed += not ok
        if not ok:
            print(f"FAILED: {name}: {status} {Tam.posts} {said}")

    def run(self, config):
        with subprocess.Popen([self.program, "-c", config, "daemon"],
                              stderr=subprocess.DEVNULL) as daemon:
            try:
                for _ in range(100):
                    if os.path.exists(config.replace(".ini", ".sock")):
                        break
                    signal.sigtimedwait([], 0.05)
                Tam.posts = 0
                done = subprocess.run([self.program, "-c", config, "check"],
                                      capture_output=True, timeout=60,
                                      check=False)
                return done.returncode, done.stderr
            finally:
                daemon.send_signal(signal.SIGTERM)


def versions(context, low, high):
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = low, high
    return context


def main(program):
    folder = tempfile.mkdtemp(prefix="broker-tls.")
    ours, others = Authority("ours"), Authority("others")
    for name, authority in (("ca.pem", ours), ("other.pem", others)):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(pem(authority.certificate))
    case = Case(program, folder)
    v = ssl.TLSVersion
    try:
        case.check("the TAM", ours.server(folder), True)
        case.check("TLS 1.2", versions(ours.server(folder), v.TLSv1_2,
                                       v.TLSv1_2), True)
        case.check("another authority", others.server(folder), False)
        case.check("none of the system's", ours.server(folder), False,
                   ca=None)
        case.check("another name", ours.server(folder, "tam.example"), False)
        case.check("an address for a name", ours.server(folder), False,
                   host="127.0.0.1")
        case.check("expired", ours.server(folder, days=(-9, -1)), False)
        case.check("not yet", ours.server(folder, days=(1, 9)), False)
        case.check("TLS 1.1", versions(ours.server(folder), v.TLSv1,
                                       v.TLSv1_1), False)
    finally:
        shutil.rmtree(folder)
    print(f"{case.passed} passed, {case.failed} failed")
    return 1 if case.failed or not case.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
