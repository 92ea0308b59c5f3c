#!/usr/bin/python3
"""A large payload through the agent, plain and encrypted to it, against what
it cannot do without.  Needs root, as the launcher does.

    bench/payload_agent.py BUILD [MIB]

A broker in Python hands the agent the pieces that it asks for; what counts are
the processor seconds of the agent's own process, from the Update to its
Success: frames off a socket, A128GCM under a key agreed with the device's key
for this signer, SHA-256, the store, the flush.  The reference is that of
payload.py, in the same minute on the same disk; the least of three rounds.
Prints NAME<TAB>SECONDS<TAB>SECONDS OF THE REFERENCE<TAB>RATIO<TAB>PEAK KiB."""
import os
import pathlib
import sys
import tempfile

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "test/system"), str(ROOT / "test/interop")]
import cose  # noqa: E402
import evidence  # noqa: E402
import payload as reference  # noqa: E402
import tee_world as tee  # noqa: E402

ROUNDS = 3
URI = "https://payloads.example/large"
TICKS = os.sysconf("SC_CLK_TCK")


class Makers(tee.Makers):
    """The signer has a key on the device for what he encrypts."""

    def rules(self):
        rules = super().rules()
        rules[4][0][5] = 1
        return rules


def used(pid):
    """Processor seconds of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return sum(int(n) for n in fields.split()[11:13]) / TICKS


def manifest(makers, sequence, size, digest, info):
    """Fetch one component, decrypt it if info says how, match it."""
    name = [b"app", b"large"]
    shared = [20, {1: tee.VENDOR, 2: tee.CLASS, 14: size,
                   3: tee.encode([-16, digest])}, 1, 15, 2, 15]
    fetch = {21: URI} | ({19: info} if info else {})
    raw = tee.encode({1: 1, 2: sequence, 5: name,
                      3: tee.encode({2: [name], 4: tee.encode(shared)}),
                      7: tee.encode([3, 15]),
                      20: tee.encode([20, fetch, 21, 15, 3, 15])})
    signed = tee.encode([-16, tee.sha256(tee.encode(raw))])
    block = cose.sign1(makers.signer, signed,
                       unprotected={4: makers.signer.kid}, detached=True)
    return tee.encode(tee.Tag(107, {2: tee.encode([signed, block]), 3: raw}))


def encrypt(claims):
    """payload -> sealed, to the key in Evidence; the encryption-info."""
    (name, key), = claims[evidence.PAYLOAD_KEYS]
    assert name == "acme", name
    cek, iv = os.urandom(16), os.urandom(12)
    head = tee.encode({1: 1})
    gcm = Cipher(algorithms.AES(cek), modes.GCM(iv)).encryptor()
    gcm.authenticate_additional_data(tee.encode(["Encrypt", head, b""]))
    with open("payload", "rb") as f, open("sealed", "wb") as out:
        while block := f.read(1 << 20):
            out.write(gcm.update(block))
        out.write(gcm.finalize() + gcm.tag)
    return tee.encode(tee.Tag(96, [head, {5: iv}, None, [
        cose.wrapped(cose.Key.from_cose(key), cek,
                     cose.PAYLOAD_ENCRYPTION)]]))


def update(broker, tam, pid, envelope, path):
    """Processor seconds from the Update to Success, or nothing at all."""
    claims = tee.attest(broker, tam)
    before = used(pid)
    op, members = broker.ask(tee.MESSAGE, tam.update(claims, envelope))
    with open(path, "rb") as f:
        size = os.fstat(f.fileno()).st_size
        while op == tee.FETCH:
            _, offset, most = members
            piece = os.pread(f.fileno(), most, offset)
            op, members = broker.ask(tee.DATA, offset, piece,
                                     offset + len(piece) == size)
    kind, said, code = tam.outcome(members[0])
    if kind != tee.teep.SUCCESS:
        sys.exit(f"bench/payload_agent.py: {path}: Error "
                 f"{code} {said}")
    return used(pid) - before


def measure(device, makers, mib, digest):
    tam, sequence = tee.Tam(device), 0
    pid = next(p for p, uid in device.children().items()
               if uid == tee.UID_AGENT)
    with tee.Broker(device) as broker:
        info = encrypt(tee.attest(broker, tam))
        for name, path, how in (("plain", "payload", None),
                                ("encrypted", "sealed", info)):
            ours, theirs = [], []
            for _ in range(ROUNDS):
                sequence += 1
                ours.append(update(
                    broker, tam, pid, manifest(makers, sequence, mib << 20,
                                               digest, how), path))
                theirs.append(reference.outside(how is not None))
            peak, _ = tee.status_of(pid, "VmHWM")
            print("%s\t%.2f\t%.2f\t%.2f\t%d" % (
                name, min(ours), min(theirs), min(ours) / min(theirs), peak),
                flush=True)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: bench/payload_agent.py BUILD [MIB]")
    if os.getuid() != 0:
        sys.exit("bench/payload_agent.py: the launcher needs root")
    build = pathlib.Path(sys.argv[1]).resolve()
    mib = int(sys.argv[2]) if len(sys.argv) == 3 else 1024
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        os.chdir(work)
        digest = reference.make("payload", mib)
        makers = Makers()
        device = tee.Device(build, work, makers)
        device.init()
        device.start()
        try:
            measure(device, makers, mib, digest)
        finally:
            device.stop()


main()
