"""A maker of TPMs who certifies P-256 endorsement keys."""
import datetime
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from soft_tpm import PASSWORD, sized

OWNER, ENDORSEMENT = 0x40000001, 0x4000000b
POLICY = bytes.fromhex("837197674484b3f81a90cc8d46a5d724"
                       "fd52d76e06520b64f2a1da1b331469aa")
TEMPLATE = (struct.pack(">HHI", 0x23, 0x0b, 0x300b2) + sized(POLICY)
            + struct.pack(">HHHHHH", 6, 128, 0x43, 0x10, 3, 0x10)
            + sized(bytes(32)) * 2)
NV = 0x01c0000a
NV_ATTRIBUTES = 1 << 1 | 1 << 17 | 1 << 18 | 1 << 25
EK_CERTIFICATE = x509.ObjectIdentifier("2.23.133.8.1")
SERVER = x509.oid.ExtendedKeyUsageOID.SERVER_AUTH


def named(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Maker:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.anchor = self._sign(named("maker"), self.key.public_key(), [
            (x509.BasicConstraints(True, None), True),
            (x509.KeyUsage(False, False, False, False, False, True, False,
                           False, False), True)])

    def _sign(self, subject, public, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(
            issuer_name=named("maker"), subject_name=subject,
            public_key=public, serial_number=x509.random_serial_number(),
            not_valid_before=now - datetime.timedelta(days=1),
            not_valid_after=now + datetime.timedelta(days=30))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def pem(self):
        return self.anchor.public_bytes(serialization.Encoding.PEM)

    def certificate(self, tpm, purposes=(EK_CERTIFICATE,), agree=True):
        """DER, about the P-256 endorsement key of this TPM."""
        made = tpm.command(
            struct.pack(">I", ENDORSEMENT) + PASSWORD + sized(bytes(4))
            + sized(TEMPLATE) + sized(b"") + bytes(4), 0x131)
        tpm.command(made[:4], 0x165, sessions=False)
        n, = struct.unpack(">H", made[8:10])
        public = made[10:10 + n]
        key = ec.EllipticCurvePublicNumbers(
            int.from_bytes(public[-66:-34], "big"),
            int.from_bytes(public[-32:], "big"),
            ec.SECP256R1()).public_key()
        extensions = [(x509.KeyUsage(not agree, False, False, False, agree,
                                     False, False, False, False), True)]
        if purposes:
            extensions.append((x509.ExtendedKeyUsage(purposes), False))
        return self._sign(named("a TPM"), key, extensions).public_bytes(
            serialization.Encoding.DER)

    def put(self, tpm, certificate):
        """Where the TCG says that the certificate of such a key is."""
        public = struct.pack(">IHI", NV, 0x0b, NV_ATTRIBUTES) + sized(b"") \
            + struct.pack(">H", len(certificate))
        owner = struct.pack(">I", OWNER)
        tpm.command(owner + PASSWORD + sized(b"") + sized(public), 0x12a)
        tpm.command(owner + struct.pack(">I", NV) + PASSWORD
                    + sized(certificate) + b"\0\0", 0x137)
