"""COSE as TEEP uses it: Sign1, Sign, Encrypt with ECDH-ES+A128KW, and key
thumbprints.                     [RFC 9052, RFC 9679; docs/evidence.md 1, 8]

Written from the specifications, sharing nothing with lib/cose.
"""
import base64
import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cbor import Refused, Tag, decode, encode, need

ES256, ESP256, ED25519 = -7, -9, -19
ECDH_ES_A128KW, A128KW = -29, -3
A128GCM, CHACHA20, A128CTR = 1, 24, -65534
CONTENT_ALGS = (A128GCM, CHACHA20, A128CTR)
ALG, CRIT, KID, IV, EPHEMERAL, SALT = 1, 2, 4, 5, -1, -20
EAT_ENCRYPTION = b"EAT Encryption"
REPORT_ENCRYPTION = b"SUIT Report Encryption"
PAYLOAD_ENCRYPTION = b"SUIT Payload Encryption"


def sha256(data):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


class Key:
    """A P-256 or Ed25519 key, public or both halves."""

    def __init__(self, public, private=None):
        self.public, self.private = public, private
        self.ec = isinstance(public, ec.EllipticCurvePublicKey)
        self.alg = ESP256 if self.ec else ED25519
        self.cose = self._cose()
        self.kid = sha256(encode(self.cose))

    @classmethod
    def new(cls, alg=ESP256):
        if alg == ED25519:
            return cls.of(ed25519.Ed25519PrivateKey.generate())
        return cls.of(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of(cls, private):
        return cls(private.public_key(), private)

    @classmethod
    def from_pem(cls, data):
        """A private (PKCS#8) or public (SPKI) key."""
        if b"PRIVATE" in data:
            return cls.of(serialization.load_pem_private_key(data, None))
        return cls(serialization.load_pem_public_key(data))

    @classmethod
    def from_cose(cls, key):
        """A COSE_Key map, with or without its private part."""
        need(isinstance(key, dict), "bad-key")
        x, y, d = key.get(-2), key.get(-3), key.get(-4)
        try:
            if (key.get(1), key.get(-1)) == (1, 6):
                if d is not None:
                    return cls.of(
                        ed25519.Ed25519PrivateKey.from_private_bytes(d))
                return cls(ed25519.Ed25519PublicKey.from_public_bytes(x))
            need((key.get(1), key.get(-1)) == (2, 1), "bad-key")
            if d is not None:
                return cls.of(ec.derive_private_key(
                    int.from_bytes(d, "big"), ec.SECP256R1()))
            need(len(x) == 32 and len(y) == 32, "bad-key")
            return cls(ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256R1(), b"\x04" + x + y))
        except (ValueError, TypeError):
            raise Refused("bad-key") from None

    def _cose(self):
        if not self.ec:
            raw = self.public.public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {1: 1, -1: 6, -2: raw}
        need(isinstance(self.public.curve, ec.SECP256R1), "bad-key")
        n = self.public.public_numbers()
        return {1: 2, -1: 1, -2: n.x.to_bytes(32, "big"),
                -3: n.y.to_bytes(32, "big")}

    def pem(self):
        return self.public.public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo)

    def private_pem(self):
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    def sign(self, data):
        if not self.ec:
            return self.private.sign(data)
        r, s = utils.decode_dss_signature(
            self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, signature, data):
        need(len(signature) == 64, "bad-signature")
        try:
            if not self.ec:
                self.public.verify(signature, data)
                return
            r = int.from_bytes(signature[:32], "big")
            s = int.from_bytes(signature[32:], "big")
            self.public.verify(utils.encode_dss_signature(r, s), data,
                               ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Refused("bad-signature") from None

    def agree(self, peer):
        need(self.ec and peer.ec, "bad-key")
        return self.private.exchange(ec.ECDH(), peer.public)


def key_id_text(kid):
    return base64.urlsafe_b64encode(kid).rstrip(b"=").decode()


def keyring(*keys):
    return {k.kid: k for k in keys}


# Headers


def read_headers(protected, unprotected):
    """Both buckets as one map; alg must be protected or absent."""
    need(isinstance(protected, bytes) and isinstance(unprotected, dict),
         "not-cose")
    inside = decode(protected) if protected else {}
    need(isinstance(inside, dict), "bad-cose-header")
    need(not inside.keys() & unprotected.keys(), "bad-cose-header")
    need(CRIT not in unprotected, "bad-cose-header")
    need(CRIT not in inside, "unknown-crit")
    return {**unprotected, **inside}, inside


def _chosen(protected, unprotected, keys, algs):
    """The key that a signature's headers name, or all that fit."""
    headers, inside = read_headers(protected, unprotected)
    alg = inside.get(ALG)
    need(alg in algs, "algorithm-not-allowed", repr(alg))
    if headers.get(KID):  # of no octets: none
        need(headers[KID] in keys, "unknown-key")
        found = [keys[headers[KID]]]
    else:
        found = list(keys.values())
    fit = [k for k in found if k.alg == alg or (k.ec and alg == ES256)]
    need(fit, "algorithm-not-allowed", "another kind of key")
    return fit


def _try(keys, signature, data):
    need(isinstance(signature, bytes), "not-cose")
    for key in keys:
        try:
            key.verify(signature, data)
            return key
        except Refused:
            continue
    raise Refused("bad-signature")


# Signatures


def sign1(key, payload, protected=None, unprotected=None, tagged=True,
          detached=False):
    """COSE_Sign1; the header arguments replace {alg} and {kid}."""
    if protected is None:
        protected = {ALG: key.alg}
    if unprotected is None:
        unprotected = {KID: key.kid}
    prot = encode(protected) if protected else b""
    tbs = encode(["Signature1", prot, b"", payload])
    body = [prot, unprotected, None if detached else payload, key.sign(tbs)]
    return encode(Tag(18, body) if tagged else body)


def untag(item, *tags):
    if isinstance(item, Tag):
        need(item.tag in tags, "not-cose", f"tag {item.tag}")
        return item.value
    return item


def verify1(data, keys, algs=(ESP256, ED25519), payload=None):
    """(payload, key) of a COSE_Sign1 that one of keys (by kid) signed.

    With payload given, the structure must be detached.
    """
    body = untag(decode(data), 18)
    need(isinstance(body, list) and len(body) == 4, "not-cose")
    prot, unprot, inside, signature = body
    if payload is None:
        need(isinstance(inside, bytes), "not-cose")
        payload = inside
    else:
        need(inside is None, "not-cose", "payload not detached")
    fit = _chosen(prot, unprot, keys, algs)
    tbs = encode(["Signature1", prot, b"", payload])
    return payload, _try(fit, signature, tbs)


def sign(keys, payload):
    """COSE_Sign with one signature for each key."""
    signatures = []
    for key in keys:
        prot = encode({ALG: key.alg})
        tbs = encode(["Signature", b"", prot, b"", payload])
        signatures.append([prot, {KID: key.kid}, key.sign(tbs)])
    return encode(Tag(98, [b"", {}, payload, signatures]))


def verify_sign(data, keys, algs=(ESP256, ED25519)):
    """(payload, key) of a COSE_Sign: one signature we can check must hold.

    Signatures with keys or algorithms we do not know are passed over; one
    that names a known key and fails refuses the whole.
    """
    body = untag(decode(data), 98)
    need(isinstance(body, list) and len(body) == 4, "not-cose")
    body_prot, body_unprot, payload, signatures = body
    need(isinstance(payload, bytes) and isinstance(signatures, list),
         "not-cose")
    read_headers(body_prot, body_unprot)
    if body_prot == b"\xa0":
        body_prot = b""
    good, last = None, Refused("unsigned")
    for entry in signatures:
        need(isinstance(entry, list) and len(entry) == 3, "not-cose")
        prot, unprot, signature = entry
        try:
            fit = _chosen(prot, unprot, keys, algs)
        except Refused as e:
            last = e
            continue
        tbs = encode(["Signature", body_prot, prot, b"", payload])
        good = _try(fit, signature, tbs)
    if good is None:
        raise last
    return payload, good


def verify_any(data, keys):
    """Sign1 or Sign, told apart by tag or by the fourth element."""
    item = decode(data)
    body = untag(item, 18, 98)
    need(isinstance(body, list) and len(body) == 4, "unsigned")
    if isinstance(body[3], list):
        return verify_sign(data, keys)
    return verify1(data, keys)


# Encryption


def _kek(z, protected, other, salt=None):
    context = encode([A128KW, [None] * 3, [None] * 3,
                      [128, protected, other]])
    return HKDF(hashes.SHA256(), 16, salt, context).derive(z)


def wrapped(recipient, cek, other):
    """A COSE_recipient: the content key for one P-256 key."""
    ephemeral = Key.new(ESP256)
    rprot = encode({ALG: ECDH_ES_A128KW})
    kek = _kek(ephemeral.agree(recipient), rprot, other)
    return [rprot, {EPHEMERAL: ephemeral.cose, KID: recipient.kid},
            keywrap.aes_key_wrap(kek, cek)]


def encrypt(recipient, plaintext, other, alg=A128GCM):
    """COSE_Encrypt (tag 96) for one P-256 key.          [TEEP reference 13]"""
    cek = os.urandom(32 if alg == CHACHA20 else 16)
    if alg == A128CTR:
        prot, iv = b"", os.urandom(16)
        unprot = {ALG: alg, IV: iv}
        coder = Cipher(algorithms.AES(cek), modes.CTR(iv)).encryptor()
        ciphertext = coder.update(plaintext) + coder.finalize()
    else:
        prot, iv = encode({ALG: alg}), os.urandom(12)
        unprot = {IV: iv}
        aead = ChaCha20Poly1305(cek) if alg == CHACHA20 else AESGCM(cek)
        ciphertext = aead.encrypt(
            iv, plaintext, encode(["Encrypt", prot, b""]))
    return encode(Tag(96, [prot, unprot, ciphertext,
                           [wrapped(recipient, cek, other)]]))


def decrypt(key, data, other):
    """The plaintext; every fault is one reason."""
    try:
        return _decrypt(key, data, other)
    except (Refused, InvalidTag, keywrap.InvalidUnwrap, ValueError,
            TypeError, KeyError, IndexError, AttributeError):
        raise Refused("undecryptable") from None


def _decrypt(key, data, other):
    prot, unprot, ciphertext, recipients = untag(decode(data), 96)
    headers, inside = read_headers(prot, unprot)
    alg = headers[ALG]
    need(alg in CONTENT_ALGS, "algorithm-not-allowed")
    # CTR has no protection to stand in; an AEAD's alg must be protected.
    need((ALG in inside) == (alg != A128CTR), "bad-cose-header")
    (rprot, runprot, wrapped), = recipients
    rheaders, rinside = read_headers(rprot, runprot)
    need(rinside.get(ALG) == ECDH_ES_A128KW, "algorithm-not-allowed")
    need(rheaders.get(KID, key.kid) == key.kid, "unknown-key")
    kek = _kek(key.agree(Key.from_cose(rheaders[EPHEMERAL])), rprot, other,
               rheaders.get(SALT))
    cek = keywrap.aes_key_unwrap(kek, wrapped)
    need(len(cek) == (32 if alg == CHACHA20 else 16), "bad-key")
    if alg == A128CTR:
        coder = Cipher(algorithms.AES(cek),
                       modes.CTR(headers[IV])).decryptor()
        return coder.update(ciphertext) + coder.finalize()
    aead = ChaCha20Poly1305(cek) if alg == CHACHA20 else AESGCM(cek)
    return aead.decrypt(headers[IV], ciphertext,
                        encode(["Encrypt", prot, b""]))
