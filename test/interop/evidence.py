"""Evidence and Attestation Results, from docs/evidence.md alone."""
import os
import time

from cbor import decode, encode, need
from cose import (
    A128GCM, EAT_ENCRYPTION, ESP256, ED25519, Key, encrypt, key_id_text,
    keyring, read_headers, sha256, sign1, untag, verify1)
from suit import SHA256

PROFILE = "tag:tamarind.example,2026:evidence#1"
FORMAT = f'application/eat+cwt; eat_profile="{PROFILE}"'
RESULT_PROFILE = "urn:ietf:rfc:rfcXXXX"
CONTENT_FORMAT = 60
NAMED_SHA256 = 1

(AUD, EXP, IAT, CNF, NONCE, UEID, OEMID, HWMODEL, HWVERSION, EAT_PROFILE,
 BOOTSEED, MANIFESTS, MEASUREMENTS) = (
    3, 4, 6, 8, 10, 256, 258, 259, 260, 265, 268, 272, 273)
REPORT_KEY, PAYLOAD_KEYS, STORE_COUNTER = -80001, -80002, -80003
REQUIRED = (AUD, CNF, NONCE, UEID, OEMID, HWMODEL, HWVERSION, EAT_PROFILE,
            BOOTSEED, MANIFESTS, MEASUREMENTS, REPORT_KEY, STORE_COUNTER)
RESULT_REQUIRED = (EXP, IAT, CNF, NONCE, UEID, OEMID, HWMODEL, HWVERSION,
                   EAT_PROFILE, MANIFESTS)


class Device:
    """What a device is and holds: identity, software and keys."""

    def __init__(self, name, alg=ESP256, evidence_alg=None):
        self.name = name
        self.teep = Key.new(alg)
        self.evidence = Key.new(alg if evidence_alg is None
                                else evidence_alg)
        self.report = Key.new(alg)
        self.ueid = b"\x01" + os.urandom(32)
        self.oemid = bytes.fromhex("894823")
        self.hwmodel = b"interop-model-1"
        self.hwversion = ["1.0.0"]
        self.bootseed = os.urandom(32)
        self.counter = "none"
        self.launcher = sha256(b"launcher of the interop device")
        self.binary = sha256(b"agent of the interop device")
        self.policy = sha256(b"policy of the interop device")
        self.own_manifest = sha256(b"manifest of the agent binary")
        self.policy_manifest = sha256(b"manifest of the policy")
        self.vendor = self.klass = None  # SUIT identifiers, 16 octets
        self.content_alg = A128GCM


def component_text(identifier):
    """A component identifier as text.                          [section 6]"""
    plain = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             b"0123456789._-")
    if not identifier:
        return "/"
    return "/".join(
        "".join(chr(o) if o in plain else f"%{o:02X}" for o in segment)
        for segment in identifier)


def manifest_entry(uri, digest):
    return [CONTENT_FORMAT, encode([uri, [SHA256, digest]])]


def measurement(name, digest):
    return [CONTENT_FORMAT,
            encode({1: [name], 2: [NAMED_SHA256, digest]})]


def claims(device, challenge, audience, installed=()):
    """The claims of section 2.

    audience: kid of the TAM key that verified the QueryRequest;
    installed: list of (Manifest, {component: image}) in order.
    """
    manifests = [manifest_entry("", device.own_manifest),
                 manifest_entry("", device.policy_manifest)]
    measured = [measurement("launcher", device.launcher),
                measurement("agent", device.binary),
                measurement("policy", device.policy)]
    for manifest, images in installed:
        manifests.append(manifest_entry(manifest.uri, manifest.digest[1]))
        for component, image in images.items():
            measured.append(measurement(
                "component:" + component_text(component), sha256(image)))
    return {
        AUD: key_id_text(audience),
        CNF: {1: device.teep.cose},
        NONCE: challenge,
        UEID: device.ueid,
        OEMID: device.oemid,
        HWMODEL: device.hwmodel,
        HWVERSION: device.hwversion,
        EAT_PROFILE: PROFILE,
        BOOTSEED: device.bootseed,
        MANIFESTS: manifests,
        MEASUREMENTS: measured,
        REPORT_KEY: device.report.cose,
        STORE_COUNTER: device.counter,
    }


def evidence(device, claims_map, recipient):
    """Signed, and encrypted when the policy names a key."""
    signed = sign1(device.evidence, encode(claims_map))
    if recipient is None:
        return signed
    return encrypt(recipient, signed, EAT_ENCRYPTION, device.content_alg)


def cnf_kid(cnf):
    """The thumbprint that a cnf claim stands for."""
    need(isinstance(cnf, dict) and len(cnf) == 1, "result-not-bound")
    (form, value), = cnf.items()
    if form == 1:
        return Key.from_cose(value).kid
    need(form in (3, 5), "result-not-bound")
    return value


def check_result(data, teep_kid, challenge, sent, result_keys=()):
    """The Attestation Result of a bound Update.                [section 7]

    sent: the claims of the Evidence it must be about.  Where nobody said
    who signs Results, its own signature is not checked: the Update's covers
    it.
    """
    body = untag(decode(data))
    need(isinstance(body, list) and len(body) == 4, "unbound-update")
    _, inside = read_headers(body[0], body[1])
    need(inside.get(1) in (ESP256, ED25519), "algorithm-not-allowed")
    if result_keys:
        verify1(data, keyring(*result_keys))
    result = decode(body[2])
    for claim in RESULT_REQUIRED:
        need(claim in result, "result-claims", str(claim))
    need(cnf_kid(result[CNF]) == teep_kid, "result-not-bound")
    need(result[NONCE] == challenge, "result-nonce")
    need(result[EAT_PROFILE].lower() == RESULT_PROFILE.lower(),
         "result-claims", "profile")
    need(result[EXP] > time.time(), "expired")
    for claim in (UEID, OEMID, HWMODEL, HWVERSION, MANIFESTS):
        need(result[claim] == sent[claim], "result-claims", str(claim))
    return result


def check_tam_result(data, result_keys, tam_kid, challenge, binary=None):
    """The Attestation Result of a TAM about itself.            [section 7]

    tam_kid: of the key that verified the message it came in; challenge: of
    the Error that asked for it; binary: digest of the TAM's program, if known.
    """
    payload, _ = verify1(data, keyring(*result_keys))
    result = decode(payload)
    for claim in RESULT_REQUIRED:
        need(claim in result, "result-claims", str(claim))
    need(cnf_kid(result[CNF]) == tam_kid, "result-not-bound")
    need(result[NONCE] == challenge, "result-nonce")
    need(result[EAT_PROFILE].lower() == RESULT_PROFILE.lower(),
         "result-claims", "profile")
    need(result[IAT] <= time.time() + 1, "result-claims", "iat")
    need(result[EXP] > time.time(), "expired")
    need(len(result[UEID]) in (17, 25, 33) and result[UEID][0] == 1,
         "result-claims", "ueid")
    (form, reference), = result[MANIFESTS]
    uri, (alg, digest) = decode(reference)
    need((form, uri, alg, len(digest)) == (CONTENT_FORMAT, "", SHA256, 32),
         "result-claims", "manifests")
    need(binary in (None, digest), "result-claims", "another program")
    return result
