#!/usr/bin/python3
"""suit replay of reports in all that may protect them, made by Python.

usage: suit_report_test.py SUIT VECTORS"""
import hashlib
import hmac
import os
import subprocess
import sys
import tempfile

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

SUIT, VECTORS = sys.argv[1:]
MANIFEST = os.path.join(VECTORS, "m0-secure-boot.signed.suit")
MAC, KEY, IV = b"m" * 32, b"k" * 16, b"i" * 12
P256 = {"format": serialization.PrivateFormat.PKCS8,
        "encoding": serialization.Encoding.PEM,
        "encryption_algorithm": serialization.NoEncryption()}
done = 0


def enc(x):
    return cbor2.dumps(x)


def mac0(payload, key=MAC):
    prot = enc({1: 5})
    tag = hmac.new(key, enc(["MAC0", prot, b"", payload]), hashlib.sha256)
    return enc(cbor2.CBORTag(17, [prot, {}, payload, tag.digest()]))


def sealed(context, plain):
    prot = enc({1: 1})
    return prot, AESGCM(KEY).encrypt(IV, plain, enc([context, prot, b""]))


def encrypt0(plain):
    prot, text = sealed("Encrypt0", plain)
    return enc(cbor2.CBORTag(16, [prot, {5: IV}, text]))


def encrypt(plain, to):
    prot, text = sealed("Encrypt", plain)
    own = ec.generate_private_key(ec.SECP256R1())
    n = own.public_key().public_numbers()
    party, inner = [None] * 3, enc({1: -29})
    info = enc([-3, party, party, [128, inner, b"SUIT Report Encryption"]])
    kek = HKDF(hashes.SHA256(), 16, None, info).derive(
        own.exchange(ec.ECDH(), to))
    point = {1: 2, -1: 1, -2: n.x.to_bytes(32, "big"),
             -3: n.y.to_bytes(32, "big")}
    return enc(cbor2.CBORTag(96, [prot, {5: IV}, text, [
        [inner, {-1: point}, aes_key_wrap(kek, KEY)]]]))


def replay(report, status, word, *options):
    global done
    with open("report", "wb") as f:
        f.write(report)
    run = subprocess.run(
        [SUIT, "replay", "-p", "invoke", *options, MANIFEST, "report"],
        capture_output=True, text=True, timeout=60)
    said = run.stdout + run.stderr
    if run.returncode != status or word not in said:
        sys.exit("%s: %d, %r wanted: %d %s" % (
            options, status, word, run.returncode, said))
    done += 1


with open(os.path.join(VECTORS, "own-report-success.cbor"), "rb") as vector:
    bare = vector.read()
os.chdir(tempfile.mkdtemp(dir=os.environ.get("TMPDIR", "/tmp")))
device = ec.generate_private_key(ec.SECP256R1())
for name, data in (("mac", MAC), ("key", KEY), ("other", b"o" * 16),
                   ("short", b"s" * 15), ("pem", device.private_bytes(**P256))):
    with open(name, "wb") as out:
        out.write(data)
to = device.public_key()
M, K, P = ("--mac", "mac"), ("--decrypt", "key"), ("--decrypt", "pem")

replay(bare, 0, "result: success")
replay(mac0(bare), 0, "result: success", *M)
replay(mac0(enc(bare)), 0, "result: success", *M)
replay(mac0(encrypt0(enc(bare))), 0, "result: success", *M, *K)
replay(mac0(encrypt0(bare)), 0, "result: success", *M, *K, *P)
replay(mac0(encrypt(bare, to)), 0, "result: success", *M, *P)
replay(encrypt0(enc(bare)), 0, "result: success", *K)
replay(mac0(bare, b"x" * 32), 1, "bad-signature", *M)
replay(mac0(bare), 1, "report", *K)
replay(bare, 1, "report", *M)
replay(mac0(encrypt0(bare)), 1, "no --decrypt key", *M)
replay(mac0(encrypt(bare, to)), 1, "no --decrypt key", *M, *K)
replay(mac0(encrypt0(bare)), 1, "undecryptable", *M, "--decrypt", "other")
replay(encrypt(bare, ec.generate_private_key(ec.SECP256R1()).public_key()), 1,
       "undecryptable", *P)
replay(bare, 1, "short", "--decrypt", "short")
replay(bare, 1, "octets", "--mac", "key")
for name in ("mac", "key", "other", "short", "pem", "report"):
    os.unlink(name)
os.rmdir(os.getcwd())
print("%d replays" % done)
