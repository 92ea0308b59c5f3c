"""SUIT: authenticate an envelope, carry out its update procedure on a store
in memory, and write the SUIT Report.         [SUIT reference 1, 2.1, 5]

Knows the commands that an ordinary application manifest uses and refuses
all others.
"""
from cbor import decode, encode, need, Refused
from cose import ES256, ESP256, ED25519, sha256, untag, verify1

SHA256 = -16
PAYLOAD_FETCH, INSTALL, VALIDATE = 16, 20, 7
SEVERABLE = (14, 15, 16, 18, 20, 23)


def digest(data):
    """SUIT_Digest of data."""
    return [SHA256, sha256(data)]


def check_digest(value, data, reason):
    need(isinstance(value, list) and len(value) == 2 and
         value[0] == SHA256, "unsupported-parameter")
    need(value[1] == sha256(data), reason)


class Manifest:
    """An envelope whose signature and digest held."""

    def __init__(self, data, signers):
        """signers: {kid: Key}; at least one block must be by one of them."""
        self.envelope = untag(decode(data), 107)
        need(isinstance(self.envelope, dict), "wrong-type")
        wrapper = decode(self.envelope[2])
        signed, blocks = wrapper[0], wrapper[1:]
        self.signer = self._signer(signed, blocks, signers)
        manifest = self.envelope[3]
        self.digest = decode(signed)
        # The digest covers the head of the byte string too.
        check_digest(self.digest, encode(manifest), "manifest-digest")
        self.map = decode(manifest)
        need(self.map.get(1) == 1, "unsupported-version")
        self.sequence = self.map[2]
        common = decode(self.map[3])
        self.components = [tuple(c) for c in common.get(2, [])]
        self.shared = common.get(4)
        self.uri = self.map.get(4, "")
        self.id = tuple(self.map[5]) if 5 in self.map else None
        need(1 not in common, "dependency")
        for key in SEVERABLE:
            need(key not in self.envelope or
                 isinstance(self.map.get(key), list), "severed-member")

    @staticmethod
    def _signer(signed, blocks, signers):
        last = Refused("unsigned")
        for block in blocks:
            try:
                _, key = verify1(block, signers, (ESP256, ED25519, ES256),
                                 payload=signed)
                return key
            except Refused as e:
                last = e
        raise last

    def sequence_of(self, key):
        """The commands of a member, wherever it stands; [] if absent."""
        member = self.map.get(key)
        if member is None:
            return []
        if isinstance(member, list):
            need(key in self.envelope, "severed-member")
            check_digest(member, encode(self.envelope[key]),
                         "severed-member")
            member = self.envelope[key]
        return decode(member)


class Processor:
    """Carries out the update procedure of one manifest."""

    def __init__(self, manifest, vendor, klass, fetch):
        """vendor, klass: identifiers of the device; fetch(uri) -> bytes."""
        self.m, self.vendor, self.klass = manifest, vendor, klass
        self.fetch = fetch
        self.images = {}
        self.parameters = [{} for _ in manifest.components]
        self.where = None  # [section, offset, component] of the command

    def update(self):
        """{component id: image}, or Refused."""
        for section in (PAYLOAD_FETCH, INSTALL, VALIDATE):
            commands = self.m.sequence_of(section)
            if not commands:
                continue
            self.index = [0]
            if self.m.shared is not None:
                self._run(3, decode(self.m.shared))
            self._run(section, commands)
        return self.images

    def _run(self, section, commands):
        need(len(commands) % 2 == 0, "wrong-type")
        offset = len(encode([0] * len(commands))) - len(commands)
        for at in range(0, len(commands), 2):
            code, argument = commands[at], commands[at + 1]
            if code == 12:
                self.index = self._indexes(argument)
            else:
                for i in self.index:
                    self.where = [section, offset, i]
                    self._command(code, argument, self.m.components[i],
                                  self.parameters[i])
            offset += len(encode(code)) + len(encode(argument))

    def _indexes(self, argument):
        if argument is True:
            return list(range(len(self.m.components)))
        found = argument if isinstance(argument, list) else [argument]
        for i in found:
            need(isinstance(i, int) and i < len(self.m.components),
                 "out-of-range")
        return found

    def _command(self, code, argument, component, parameters):
        if code == 20:
            parameters.update(argument)
        elif code == 19:
            for label, value in argument.items():
                parameters.setdefault(label, value)
        elif code == 1:
            need(parameters[1] == self.vendor, "vendor-mismatch")
        elif code == 2:
            need(parameters[2] == self.klass, "class-mismatch")
        elif code == 3:
            need(component in self.images, "condition-failed")
            image = self.images[component]
            need(parameters.get(14, len(image)) == len(image),
                 "image-size")
            check_digest(decode(parameters[3]), image, "image-digest")
        elif code == 18:
            self.images[component] = parameters[18]
        elif code == 21:
            need(19 not in parameters, "unsupported-encryption")
            uri = parameters[21]
            if uri.startswith("#"):
                need(uri in self.m.envelope, "fetch-failed")
                self.images[component] = self.m.envelope[uri]
            else:
                self.images[component] = self.fetch(uri)
        else:
            raise Refused("unsupported-command", str(code))


# Reports


def report(manifest, nonce=None):
    """SUIT_Report of a success."""
    out = {3: [], 4: True, 99: [manifest.uri, manifest.digest]}
    if nonce is not None:
        out[2] = nonce
    return out


def report_failure(manifest, where, reason, nonce=None):
    """SUIT_Report of a failure at where = [section, offset, component].
    Records are of conditions; a directive stands in the result alone."""
    record = [[], *where, {}]
    out = report(manifest, nonce)
    if reason == 10 and where[0]:
        out[3] = [record]
    out[4] = {5: -1, 6: record, 7: reason}
    return out
