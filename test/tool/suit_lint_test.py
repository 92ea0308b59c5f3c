#!/usr/bin/python3
"""suit lint: every rule is broken once, and found; the manifest that breaks
none is clean.

Nor do the recipes that people begin with.

usage: suit_lint_test.py SUIT RECIPES KEY"""
import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

import cbor2

suit, recipes, key = sys.argv[1:4]
work = tempfile.mkdtemp()
E = cbor2.dumps
VENDOR = uuid.uuid5(uuid.NAMESPACE_DNS, "example.com").bytes
CLASS = uuid.uuid5(uuid.UUID(bytes=VENDOR), "board").bytes
PAYLOAD = b"Hello, world"


def digest(raw):
    return [-16, hashlib.sha256(raw).digest()]


def seq(*commands):
    return E(list(commands))


def block(alg=-9):
    return E(cbor2.CBORTag(18, [E({1: alg}), {4: b"k"}, None, bytes(64)]))


def encryption(alg, kid=b"to"):
    aead = alg > 0
    return E(cbor2.CBORTag(96, [
        E({1: alg}) if aead else b"",
        {5: bytes(12)} if aead else {1: alg, 5: bytes(16)}, None,
        [[b"", {1: -3, 4: kid} if kid else {1: -3}, bytes(24)]]]))


class Envelope:
    """The clean one; what a case wants otherwise it changes."""

    def __init__(self):
        self.vendor, self.class_id = VENDOR, CLASS
        self.parameters = {3: E(digest(PAYLOAD)), 14: len(PAYLOAD)}
        self.checks = [1, 15, 2, 15]
        self.components = [[b"a"]]
        self.dependencies = None
        self.uri = "https://example.com/a"
        self.common = None      # the shared sequence, whole
        self.manifest = {
            1: 1, 2: 7,
            7: seq(3, 15),
            9: seq(23, 2),
            20: seq(20, {21: self.uri}, 21, 2, 3, 15),
            24: seq(33, 2),
        }
        self.envelope = {}
        self.blocks = [block()]
        self.break_digest = False

    def install(self, *commands):
        self.manifest[20] = seq(*commands)
        return self

    def encoded(self):
        shared = self.common
        if shared is None:
            shared = [20, {1: self.vendor, 2: self.class_id,
                           **self.parameters}] + self.checks
        common = {2: self.components, 4: seq(*shared)}
        if self.dependencies is not None:
            common[1] = self.dependencies
        manifest = dict(self.manifest)
        manifest[3] = E(common)
        body = E(dict(sorted(manifest.items())))
        d = digest(E(body))
        if self.break_digest:
            d[1] = bytes(32)
        top = {2: E([E(d)] + self.blocks), 3: body}
        top.update(self.envelope)
        return E(cbor2.CBORTag(107, top))


def lint(data, *options):
    path = os.path.join(work, "x.suit")
    with open(path, "wb") as f:
        f.write(data)
    done = subprocess.run([suit, "lint", "--json", *options, path],
                          capture_output=True, timeout=60)
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout), done.returncode


failed = 0
found = set()


def expect(rules, e, *options):
    """These rules and no others."""
    global failed
    said, status = lint(e.encoded() if isinstance(e, Envelope) else e,
                        *options)
    got = {f["rule"] for f in said["findings"]}
    found.update(got)
    if got != set(rules):
        failed += 1
        print("FAILED: %s instead of %s: %s" % (sorted(got), sorted(rules),
                                                json.dumps(said, indent=1)))
    errors = any(f["severity"] == "error" for f in said["findings"])
    if status != (1 if errors else 0) or said["ok"] == errors:
        failed += 1
        print("FAILED: status %d for %s" % (status, got))
    for f in said["findings"]:
        if f["rule"] in rules and "offset" not in f or not f["text"]:
            failed += 1
            print("FAILED: no place in %s" % f)


def change(**what):
    e = Envelope()
    for k, v in what.items():
        setattr(e, k, v)
    return e


def manifest(**what):
    e = Envelope()
    for k, v in what.items():
        e.manifest[int(k[1:])] = v
    return e


def without(key):
    e = Envelope()
    del e.manifest[key]
    return e


FETCH = [20, {21: "https://example.com/a"}, 21, 2]

# Nothing to find.
expect([], Envelope())
expect([], Envelope(), "--after", "6")

# The envelope.
expect(["digest-mismatch"], change(break_digest=True))
expect(["unsigned"], change(blocks=[]))
expect(["polymorphic-algorithm"], change(blocks=[block(-7)]))
expect(["stray-member"], change(envelope={16: seq(14, 15)}))
expect(["stray-member"], change(envelope={99: b""}))
expect(["severed-mismatch"], change(
    manifest={**Envelope().manifest, 16: digest(b"x")},
    envelope={16: seq(14, 15)}))
expect(["severed-away"], manifest(_16=digest(b"x")))
text = E({"en": {1: "x" * 200}})
expect(["could-be-severed"], manifest(_23=text))
e = manifest(_23=digest(E(text)))
e.envelope = {23: text}
expect([], e)
small = seq(8, 15)
e = manifest(_16=digest(E(small)))
e.envelope = {16: small}
expect(["severed-too-small"], e)
expect(["payload-unused"], change(envelope={"#b": PAYLOAD}))
e = Envelope().install(20, {21: "#a"}, 21, 2, 3, 15)
expect(["payload-missing"], e)
e = copy.deepcopy(e)
e.envelope = {"#a": PAYLOAD}
expect([], e)
e.envelope = {"#a": b"HELLO, WORLD"}
expect(["payload-mismatch"], e)
e.envelope = {"#a": b"Hello"}
expect(["payload-mismatch"], e)

# The manifest.
expect(["manifest-version"], manifest(_1=2))
expect(["sequence-not-above"], Envelope(), "--after", "7")
e = Envelope()
last = os.path.join(work, "last.suit")
with open(last, "wb") as f:
    f.write(manifest(_2=8).encoded())
expect(["sequence-not-above"], Envelope(), "--after", last)
expect(["sequence-jump"], manifest(_2=1 << 33), "--after", "7")
e = change(components=[], common=[])
e.manifest = {1: 1, 2: 7}
expect(["no-components", "no-vendor-check", "no-class-check"], e)
expect(["no-vendor-check"], change(checks=[2, 15]))
expect(["no-class-check"], change(checks=[1, 15]))
expect(["odd-identifier"], change(class_id=b"short"))
expect(["odd-identifier"], change(vendor=bytes(16)))
expect([], change(vendor=cbor2.CBORTag(112, b"\x01\x02")))
expect(["no-validate"], without(7))
expect(["no-uninstall"], without(24))
two = change(components=[[b"a"], [b"b"]],
             common=[12, 0, 20, {1: VENDOR, 2: CLASS,
                                 **Envelope().parameters}, 1, 15, 2, 15])
two.manifest = {1: 1, 2: 7, 7: seq(12, 0, 3, 15), 9: seq(12, 0, 23, 2),
                20: seq(12, 0, *FETCH, 3, 15), 24: seq(12, [0, 1], 33, 2)}
expect([], two)
e = copy.deepcopy(two)
e.manifest[24] = seq(12, 0, 33, 2)
expect(["unused-component"], e)


def with_text(component, texts=None):
    """cbor2 has no maps whose keys are arrays; by hand."""
    inner = b"\xa1" + E(component) + E(texts or {5: "t"})
    return b"\xa1" + E("en") + inner


expect([], manifest(_23=with_text([b"a"])))
expect(["text-without-component"], manifest(_23=with_text([b"z"])))

# Characters: all categories that the draft allows, then each kind of others.
expect([], manifest(_23=with_text([b"a"], {
    7: ">=1.2, <2 \u00e9\u0301\u4e2d\u0661\u00ab\u20ac\u00a0\u3000"
       "\U0001f600", 8: "2.0-rc.1+build.5"})))
for odd in ("\n", "\x00", "\x1b[2J", "\x7f", "\x85", "\u00ad", "\u200b",
            "\u200f", "\u2028", "\u202e", "\u2066", "\ue000", "\ufdd0",
            "\ufeff", "\uffff", "\U000110bd", "\U000e0041", "\U000f0000",
            "\U0002fffe", "\U0010ffff"):
    for label in (7, 8):
        expect(["invisible-characters"], manifest(
            _23=with_text([b"a"], {label: "1.0" + odd})))
# other texts have lines
expect([], manifest(_23=with_text([b"a"], {5: "one\ntwo"})))
written = [18, 2, 3, 15]
expect([], Envelope().install(
    20, {18: PAYLOAD, 30: E({8: "me, myself"})}, *written))
expect(["invisible-characters"], Envelope().install(
    20, {18: PAYLOAD, 30: E({8: "me\u202e"})}, *written))
expect(["invisible-characters"], Envelope().install(
    20, {18: PAYLOAD, 30: E({2: {"root\r": 1}})}, *written))

# Payloads.
expect(["missing-digest"], change(parameters={14: 12}))
expect(["missing-size"], change(parameters={3: E(digest(PAYLOAD))}))
expect(["insecure-uri"], Envelope().install(
    20, {21: "http://example.com/a"}, 21, 2, 3, 15))
expect(["no-match-after-fill"], Envelope().install(*FETCH))
e = change(parameters={14: 12})
e.install(20, {21: "https://example.com/a", 19: encryption(-65534)}, 21, 2)
e.manifest[7] = seq(24, 15)
expect(["encryption-without-integrity", "missing-digest",
        "parameter-not-set"], e)
e.install(20, {21: "https://example.com/a", 19: encryption(1)}, 21, 2)
expect(["parameter-not-set"], e)
e.manifest[7] = seq(14, 15)
expect([], e)
e.install(20, {21: "https://example.com/a", 19: encryption(1, None)}, 21, 2)
expect(["recipient-without-name"], e)
expect(["large-content"], Envelope().install(
    20, {18: bytes(2000)}, 18, 2))
e = copy.deepcopy(two)
e.manifest[20] = seq(12, 0, 20, {22: 0}, 22, 2, 3, 15)
expect(["copy-to-itself"], e)
# A tag speaks for what it was computed over.
e = copy.deepcopy(two)
e.manifest[20] = seq(12, 1, 20, {21: "https://example.com/a", 14: 28}, 21, 2,
                     12, 0, 20, {22: 1, 19: encryption(1)}, 22, 2, 3, 15)
expect([], e)
e.manifest[20] = seq(12, 1, 20, {21: "https://example.com/a", 14: 28}, 21, 2,
                     12, 0, 20, {22: 1, 19: encryption(-65534)}, 22, 2, 3, 15)
expect(["missing-digest"], e)

# Commands.
expect(["malformed"], Envelope().install(*FETCH, 3, 15, 14))
expect(["malformed"], Envelope().install(*FETCH, 3, 15, 12, 3))
expect(["unknown-command"], Envelope().install(*FETCH, 3, 15, 99, 1))
expect(["custom-command"], Envelope().install(*FETCH, 3, 15, -300, 1))
expect(["custom-parameter"], Envelope().install(
    20, {-300: 1}, *FETCH, 3, 15))
expect(["misplaced-command"], change(checks=[1, 15, 2, 15, -300, 1]))
expect(["misplaced-command"], manifest(_7=seq(3, 15, 23, 2)))
e = copy.deepcopy(two)
e.manifest[7] = seq(3, 15)
expect(["no-component-index"], e)
expect(["unreachable"], Envelope().install(*FETCH, 3, 15, 14, 15, 3, 15))
expect(["unreachable"], Envelope().install(
    15, [seq(20, {21: "https://example.com/a"}), seq(14, 15)],
    21, 2, 3, 15))
expect(["unreachable"], Envelope().install(
    *FETCH, 3, 15, 15, [seq(20, {23: b"x"}), None]))
expect(["single-alternative"], Envelope().install(
    *FETCH, 3, 15, 15, [seq(14, 15)]))
expect(["parameter-not-set"], manifest(_20=seq(21, 2, 3, 15)))
expect(["parameter-not-on-every-path"], Envelope().install(
    15, [seq(20, {5: 0}, 5, 15), seq(20, {5: 1}, 5, 15, 20, {
        21: "https://example.com/a"}), None], 21, 2, 3, 15))
# A failed way leaves behind what it set.
expect([], Envelope().install(
    15, [seq(20, {5: 0, 21: "https://example.com/a"}, 5, 15),
         seq(20, {5: 1}, 5, 15)], 21, 2, 3, 15))
expect(["set-not-override"], Envelope().install(
    19, {14: 12}, *FETCH, 3, 15))
expect(["soft-failure-misplaced"], Envelope().install(
    20, {13: True}, *FETCH, 3, 15))
expect([], Envelope().install(
    *FETCH, 3, 15, 32, seq(20, {13: True}, 3, 15)))
e = copy.deepcopy(two)
e.manifest[24] = seq(12, True, 33, 2)
expect(["wildcard"], e)
expect(["loose-order"], Envelope().install(
    20, {12: False}, *FETCH, 3, 15))

# Dependencies.
inner = manifest(_5=[b"d"])
del inner.manifest[9]


def outer(*install, **more):
    e = change(components=[[b"b"], [b"d"]], dependencies={1: {1: [b"d"]}},
               common=[12, 0, 20, {1: VENDOR, 2: CLASS}, 1, 15, 2, 15, 12, 1,
                       20, {3: E(cbor2.loads(cbor2.loads(cbor2.loads(
                           inner.encoded()).value[2])[0])),
                           21: "#d"}])
    e.manifest = {1: 1, 2: 7, 5: [b"o"],
                  20: seq(*install),
                  7: seq(12, 1, 7, 15, 11, 15),
                  24: seq(12, [0, 1], 33, 2)}
    e.envelope = {"#d": inner.encoded()}
    for k, v in more.items():
        setattr(e, k, v)
    return e


DEPENDENT = [12, 1, 21, 2, 7, 15, 11, 15]
expect([], outer(*DEPENDENT))
e = outer(*DEPENDENT)
e.components = [[b"b"]]
expect(["dependency-not-listed"], e)
expect(["dependency-unchecked", "no-match-after-fill"],
       outer(12, 1, 21, 2, 11, 15))
e = outer(*DEPENDENT)
e.manifest[7] = seq(12, 1, 7, 15)
expect(["dependency-section-ignored"], e)

# What is chosen.
e = Envelope().install(20, {21: "http://example.com/a"}, 21, 2, 3, 15)
said, status = lint(e.encoded(), "--strict")
if status != 1:
    failed += 1
    print("FAILED: --strict ends with %d" % status)
said, status = lint(e.encoded(), "--ignore", "insecure-uri", "--strict")
if status != 0 or said["findings"]:
    failed += 1
    print("FAILED: --ignore says %s" % said)

# The examples; the dependency is of one that another makes.
shutil.copytree(recipes, os.path.join(work, "recipes"))
os.chdir(os.path.join(work, "recipes"))
examples = sorted((n for n in os.listdir(".") if n.endswith(".yaml")),
                  key=lambda n: (n != "library.yaml", n))
for name in examples:
    out = name[:-len("yaml")] + "suit"
    if name == "dependency.yaml":
        # whatever the device's profile says of dependencies
        whole = subprocess.run([suit, "create", "--expand", name],
                               capture_output=True, check=True).stdout
        with open(name, "wb") as f:
            f.write(b"checked: false\n" + whole)
    subprocess.run([suit, "create", name, "--key", key, "-o", out],
                   check=True)
    with open(out, "rb") as f:
        said, status = lint(f.read())
    if said["errors"] or said["warnings"]:
        failed += 1
        print("FAILED: %s: %s" % (name, json.dumps(said, indent=1)))

rules = {r["rule"] for r in json.loads(subprocess.run(
    [suit, "lint", "--list", "--json"], capture_output=True,
    check=True).stdout)}
if rules != found:
    failed += 1
    print("FAILED: never broken: %s" % sorted(rules - found))
print("%d rules, each broken and found; %d failures" % (len(rules), failed))
print("%d examples" % len(examples))
sys.exit(1 if failed or len(rules) < 30 or len(examples) < 8 else 0)
