"""What root of a measured machine can have its TPM do, and say with it: a
TPM Evidence made by hand, each part true or not as the attack wants it.
                                        [security 9; docs/evidence.md 9]
"""
import http.client
import struct

import agent as teep
import evidence
from cbor import decode, encode
from cose import Key
from soft_tpm import PASSWORD, sha, sized
from tee_world import HWMODEL, OEMID

FORMAT = "application/vnd.tamarind.tpm-evidence+cbor"
PCRS = [*range(10), 15]
SELECTED = struct.pack(">IHB", 1, 0x000b, 3) + b"\xff\x83\0"
# A restricted P-256 key: the template that the launcher uses.
AK = struct.pack(">HHIHHHHHHHH", 0x23, 0x0b, 0x50472, 0, 0x10, 0x18, 0x0b, 3,
                 0x10, 0, 0)
# The storage key under which the launcher has secrets sealed.
STORAGE = struct.pack(">HHIHHHHHHH", 0x23, 0x0b, 0x30472, 0, 6, 128, 0x43,
                      0x10, 3, 0x10) + sized(bytes(32)) * 2
POLICY_FAIL = 0x99d  # TPM_RC_POLICY_FAIL, first session


class Root:
    """Root of a device whose launcher has bound its keys to this boot."""

    def __init__(self, tpm, device, kid):
        """kid: the attestation key's, as it was enrolled."""
        self.tpm, self.device, self.kid = tpm, device, kid

    def primary(self, hierarchy, template):
        return self.tpm.command(
            struct.pack(">I", hierarchy) + PASSWORD + sized(b"\0" * 4)
            + sized(template) + sized(b"") + b"\0" * 4, 0x131)[:4]

    def unseal(self):
        """What the TPM says to who would have the device's secrets now."""
        _, _, _, private, public = decode(
            (self.device.state / "launcher/sealed.tpm").read_bytes())
        parent = self.primary(0x40000001, STORAGE)
        item = self.tpm.command(parent + PASSWORD + sized(private)
                                + sized(public), 0x157)[:4]
        session = self.tpm.command(
            struct.pack(">II", 0x40000007, 0x40000007) + sized(bytes(16))
            + sized(b"") + b"\1" + struct.pack(">HH", 0x10, 0x0b), 0x176,
            False)[:4]
        self.tpm.command(session + sized(b"") + SELECTED, 0x17f, False)
        status, answer = self.tpm.ask(
            item + struct.pack(">I", 9) + session + b"\0\0\1\0\0", 0x15e)
        for handle in (parent, item, session):
            self.tpm.command(handle, 0x165, sessions=False)
        return status, answer

    def quote(self, extra):
        """(quote, signature) about what the PCRs hold now."""
        key = self.primary(0x4000000b, AK)
        try:
            got = self.tpm.command(
                key + PASSWORD + sized(extra) + struct.pack(">H", 0x10)
                + SELECTED, 0x158)
        finally:
            self.tpm.command(key, 0x165, sessions=False)
        got = got[4:4 + struct.unpack(">I", got[:4])[0]]
        n, = struct.unpack(">H", got[:2])
        return got[2:2 + n], got[2 + n:]

    def pcrs(self):
        values = []
        for n in PCRS:
            bits = (1 << n).to_bytes(3, "little")
            got = self.tpm.command(
                struct.pack(">IHB", 1, 0x0b, 3) + bits, 0x17e, False)
            values.append(got[-32:])
        return values

    def keys(self, teep_key=None):
        """What the launcher extended, or the same with another TEEP key."""
        public = {n: Key.from_pem((self.device.public / f"{n}.pub.pem")
                                  .read_bytes()).cose
                  for n in ("evidence", "teep", "report")}
        return encode([1, public["evidence"],
                       [teep_key.cose if teep_key else public["teep"]],
                       public["report"], []])

    def evidence_key(self):
        """It lies on the disk."""
        return Key.from_pem(
            (self.device.state / "launcher/evidence.pem").read_bytes())

    def says(self, eat, quote, keys):
        return encode([1, self.kid, *quote, self.pcrs(),
                       self.tpm.log.read_bytes(),
                       sha(self.device.agent.read_bytes()), keys, eat])


class Impostor:
    """An agent of root's own making: another TEEP key, this machine's TPM."""

    def __init__(self, root, tamd, launcher):
        self.root, self.tamd = root, tamd
        device = evidence.Device("impostor")
        device.ueid, device.oemid, device.hwmodel = (
            root.device.ueid, OEMID, HWMODEL)
        device.evidence = root.evidence_key()
        device.report = Key.from_pem(
            (root.device.public / "report.pub.pem").read_bytes())
        device.launcher = sha(launcher)
        device.binary = sha(root.device.agent.read_bytes())
        self.device = device

    def trust(self):
        home = f"{self.tamd.home}/public/"
        keys = [Key.from_pem(open(f"{home}{n}.pem", "rb").read())
                for n in ("teep-esp256", "encryption-p256")]
        return teep.Trust(keys[:1], keys[1], [])

    def tries(self, quote=None, keys=None, nonce=None):
        """Answer one QueryRequest; what the TAM says then.

        quote: an old one instead of one about the challenge; keys: others
        than were extended; nonce: of the EAT, instead of the challenge.
        """
        root = self.root

        def wrap(a, signed):
            return root.says(signed, quote or root.quote(a.challenge),
                             keys or root.keys())

        def ours(_, message):
            message[1][teep.FORMAT] = FORMAT
            return message

        def other(_, claims):
            return {**claims, evidence.NONCE: nonce} if nonce else claims

        agent = teep.Agent(self.device, self.trust(), self.post, {
            "evidence": wrap, "response": ours, "claims": other})
        agent.query_request(self.post(b"").body)
        self.challenge = agent.challenge
        return self.post(agent.query_response())

    def post(self, body):
        return post(self.tamd, body)


def post(tamd, body):
    """One message to tamd, and what it answers."""
    c = http.client.HTTPConnection("127.0.0.1", tamd.port, timeout=60)
    c.request("POST", "/tam", body, {"Accept": teep.MEDIA_TYPE,
                                     "Content-Type": teep.MEDIA_TYPE}
              if body else {"Accept": teep.MEDIA_TYPE,
                            "Content-Length": "0"})
    got = c.getresponse()
    answer = teep.Reply(got.status, got.headers, got.read())
    c.close()
    return answer


def told(reply):
    """err-code and words of an Update that says only why."""
    options = decode(decode(reply.body).value[2])[1]
    return options[teep.ERR_CODE], options.get(teep.ERR_MSG, "")
