"""The manifests that the TEEP draft publishes, through the real programs:
what can be installed is, and the rest is refused by name.

usage: published.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from real_world import ORIGIN, TrustsTamd, World, device_id, run
from tamd_process import Tamd
from tee_world import (
    CLASS, MESSAGE, POLICY_CHECK, TAM_URI, VENDOR, Broker, Device, Key, Makers,
    Refused, Tam, attest, decode, evidence, install, sha256, sign1, teep,
    text_uuid)

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors/teep/suit"
SHARED = HERE.parents[2] / "shared/vectors/teep"
INTEGRATED, BY_URI, PERSONAL, UPDATE = (
    VECTORS / f"{name}.cbor" for name in (
        "suit_integrated", "suit_uri", "suit_personalization", "update"))
PAYLOAD = VECTORS / "8d82573a-926d-4754-9353-32dc29997f74.ta"
SIGNER = VECTORS / "suit_signer_p256_public.pem"

SECURE_FS = [b"TEEP-Device", b"SecureFS"]
FOLDER = "TEEP-Device/SecureFS/%8D%82W%3A%92mGT%93S2%DC%29%99%7Ft"
MANIFEST, COMPONENT = FOLDER + "/suit", FOLDER + "/ta"
DIGEST = "8cf71ac86af31be184ec7a05a411a8c3a14fd9b77a30d046397481469468ece8"


def refused(reason, action, *words):
    try:
        action(*words)
    except Refused as e:
        assert e.status == 1 and f" {reason}: " in e.text, e
        return
    raise AssertionError(f"{words} was not refused")


def old_manifest():
    """The envelope in the published Update."""
    _, options = decode(UPDATE.read_bytes())
    return options[teep.MANIFEST_LIST][0]


# What the tools say


def vectors(w):
    """Ours are those that were handed down, where those are at hand."""
    if SHARED.is_dir():
        for file in VECTORS.iterdir():
            for there in SHARED.rglob(file.name):
                if file.name != "README.md" and "pre26" not in there.parts:
                    assert there.read_bytes() == file.read_bytes(), there
    assert PAYLOAD.read_bytes() == b"Hello, Secure World!"
    assert sha256(PAYLOAD.read_bytes()).hex() == DIGEST


def tools(w):
    """suit and teep: whole, authentic, and why not good enough."""
    keys, stranger = w.home / "keys", w.home / "stranger.pem"
    old = w.home / "old.suit"
    keys.mkdir()
    shutil.copy(SIGNER, keys)
    stranger.write_bytes(Key.new().pem())
    old.write_bytes(old_manifest())
    signer = Key.from_pem(SIGNER.read_bytes())
    for file in (INTEGRATED, BY_URI, PERSONAL, old):
        assert "SUIT_Envelope" in run(w.tool("teep"), "show", file)
        shown = run(w.tool("teep"), "show", "--keys", keys, file)
        assert f"signature verified by {SIGNER.name}" in shown, shown
        run(w.tool("suit"), "show", file)
        refused("bad-signature", run, w.tool("suit"), "verify", "--key",
                stranger, file)
    for file in (INTEGRATED, BY_URI):
        said = json.loads(run(w.tool("suit"), "verify", "--json", "--key",
                              SIGNER, file))
        assert said["manifest"] == MANIFEST and said["sequence"] == 3
        assert said["components"] == [COMPONENT]
        assert said["signers"][0]["kid"] == evidence.key_id_text(signer.kid)
        assert said["payload_checked"] == (file == INTEGRATED)
    # it names its dependency beyond the components, and does not check it
    refused("dependency", run, w.tool("suit"), "verify", "--key", SIGNER,
            PERSONAL)
    run(w.tool("suit"), "verify", "--key", SIGNER, PERSONAL, "--compat",
        "dependency-beyond-components", "--compat",
        "dependency-integrity-implied")
    refused("command-misplaced", run, w.tool("suit"), "verify", "--key",
            SIGNER, old)
    assert "Update" in run(w.tool("teep"), "show", UPDATE)


# Through tamd


def unknown_signer(w):
    """Before an anchor for its key is there, a manifest is nobody's."""
    refused("bad-signature", w.tamctl, "component", "add", INTEGRATED)
    w.tamctl("anchor", "add", "draft", "--key", SIGNER, "--for", "manifests")


def integrated(w):
    """Assigned, installed, and proven by Evidence."""
    a = w.devices["first"]
    w.tamctl("component", "add", INTEGRATED)
    w.tamctl("group", "join", "one", "first")
    w.tamctl("assign", "one", MANIFEST)
    assert a.becomes(MANIFEST, 3, "proven")
    row = a.status()[MANIFEST]
    assert (row["owner"], row["authority"]) == ("tamd", "draft"), row
    part, = row["components"]
    assert (part["id"], part["sha256"], part["octets"]) == (
        COMPONENT, DIGEST, 20), part
    stored = a.device.state / "agent/store/blobs" / DIGEST
    assert stored.read_bytes() == b"Hello, Secure World!"
    assert MANIFEST not in w.devices["second"].status()
    assert w.payloads.served == []


def clash(w):
    """Another manifest under the same id and number: not in one TAM, and
    not on a device that has ever had the first."""
    a = w.devices["first"]
    refused("sequence-clash", w.tamctl, "component", "add", BY_URI)
    digest = w.digest(INTEGRATED)
    refused("busy", w.tamctl, "component", "remove", digest)
    w.tamctl("unassign", "one", MANIFEST)
    assert a.becomes(MANIFEST, 3, "proven gone")
    w.tamctl("component", "remove", digest)
    w.tamctl("component", "add", BY_URI)
    w.tamctl("assign", "one", MANIFEST)
    assert '"reason":"sequence-clash"' in a.check()
    assert MANIFEST not in a.status()
    w.tamctl("unassign", "one", MANIFEST)


def by_uri(w):
    """A fresh device takes it, with the payload from the mirror."""
    b = w.devices["second"]
    w.payloads.files[PAYLOAD.name] = PAYLOAD.read_bytes()[::-1]
    w.tamctl("group", "join", "two", "second")
    w.tamctl("assign", "two", MANIFEST)
    assert '"reason":"image-digest"' in b.check()
    assert MANIFEST not in b.status()
    # the operator is told where, of what, and why; not what the network sent
    said = "failed: condition-failed, at image-match in "
    part, = [p for p in json.loads(w.tamctl(
        "--json", "device", "show", "second"))["components"]
             if p["id"] == MANIFEST]
    why = part["failure"]
    assert why["command"] == "image-match", why
    assert why["section"] == "install" and why["offset"] > 0, why
    assert why["component"] == COMPONENT and "measured" not in why, why
    assert why["error"] == "image-digest", why
    shown = w.tamctl("device", "show", "second")
    assert said + "install, octet " in shown, shown
    assert f"for component {COMPONENT}; the device says: image-digest\n" \
        in shown, shown
    w.payloads.files[PAYLOAD.name] = PAYLOAD.read_bytes()
    assert b.becomes(MANIFEST, 3, "proven")
    assert b.status()[MANIFEST]["components"][0]["sha256"] == DIGEST
    assert w.payloads.served == [PAYLOAD.name] * 2, w.payloads.served


def tam_refuses(w):
    """What a device could not process, the TAM does not store."""
    refused("command-misplaced", w.tamctl, "component", "add",
            w.home / "old.suit")
    listed = json.loads(w.tamctl("--json", "component", "list"))
    assert [c["digest"] for c in listed] == [w.digest(BY_URI)], listed


def created(w):
    """What suit create writes: in the envelope, by URI, and removed."""
    both = w.devices.values()
    first, second = os.urandom(3000), os.urandom(100000)
    w.create("own/app", 1, first)
    w.tamctl("assign", "all", "own/app")
    for d in both:
        assert d.becomes("own/app", 1, "proven")
    w.payloads.files["app-2"] = second
    w.create("own/app", 2, second, "--uri", ORIGIN + "app-2")
    for d in both:
        assert d.becomes("own/app", 2, "proven")
        part, = d.status()["own/app"]["components"]
        assert part["sha256"] == sha256(second).hex()
    assert w.payloads.served.count("app-2") == 2
    w.tamctl("unassign", "all", "own/app")
    for d in both:
        assert d.becomes("own/app", 2, "proven gone")
        assert "own/app" not in d.status()
        assert MANIFEST not in d.status() or d.name == "second"


def depending(w):
    """What another manifest needs comes with it, and goes with the last."""
    both = w.devices.values()
    recipe = w.home / "recipe.yaml"
    head = ("delivery:\n  sequence: 1\n  manifest-id: %%s\n  vendor: %s\n"
            "  class: %s\n" % (text_uuid(VENDOR), text_uuid(CLASS)))

    def made(name, rest):
        recipe.write_text(head % name + rest)
        out = w.home / (name.replace("/", "-") + ".suit")
        run(w.tool("suit"), "create", recipe, "--key",
            w.home / "author.pem", "-o", out)
        return out

    library = made("own/library.m", """
  images:
    - {name: l, component: own/library, payload: {text: everybody's}}
""")
    w.payloads.files["library.suit"] = library.read_bytes()
    for name, uri in (("own/one", ""), ("own/two", ORIGIN + "library.suit")):
        w.tamctl("component", "add", made(name + ".m", f"""
  dependencies:
    - {{name: l, component: own/held, manifest: {library}
       {", uri: '" + uri + "'" if uri else ""}}}
  images:
    - {{name: app, component: {name}, payload: {{text: of {name}}}}}
"""))
        w.tamctl("assign", "all", name + ".m")
        for d in both:
            assert d.becomes(name + ".m", 1, "proven")
    assert w.payloads.served.count("library.suit") == 2
    for d in both:
        assert {p["id"] for p in d.status()["own/library.m"]["components"]} \
            == {"own/held", "own/library"}
    w.tamctl("unassign", "all", "own/one.m")
    for d in both:
        assert d.becomes("own/one.m", 1, "proven gone")
        assert "own/library.m" in d.status()
    w.tamctl("unassign", "all", "own/two.m")
    for d in both:
        assert d.becomes("own/two.m", 1, "proven gone")
        assert "own/library.m" not in d.status()


def asked(w):
    """Conditions about this one device, and about the version that it has."""
    recipe = w.home / "asked.yaml"
    first, second = w.devices["first"], w.devices["second"]

    def add(sequence, version, parameters, condition):
        recipe.write_text(f"""
manifest:
  manifest-sequence-number: {sequence}
  components:
    app: own/asked
  manifest-component-id: own/asked
  set-version: {version}
  shared-sequence:
    - override-parameters:
        vendor-identifier: {text_uuid(VENDOR)}
        class-identifier: {text_uuid(CLASS)}
        image-digest: {{text: 'asked {sequence}'}}
        image-size: {{text: 'asked {sequence}'}}
    - vendor-identifier
    - class-identifier
  install:
    - override-parameters: {{{parameters}}}
    - {condition}
    - override-parameters: {{content: {{text: 'asked {sequence}'}}}}
    - write
    - image-match
  validate: [image-match]
  uninstall: [unlink]
""")
        run(w.tool("suit"), "create", recipe, "--key", w.home / "author.pem",
            "-o", w.home / "out.suit")
        w.tamctl("component", "add", w.home / "out.suit")

    add(1, "1.1.0", f"device-identifier: {device_id('first')}",
        "device-identifier")
    w.tamctl("assign", "all", "own/asked")
    assert first.becomes("own/asked", 1, "proven")
    assert '"reason":"condition-failed"' in second.check()
    assert "own/asked" not in second.status()
    # the version is that of what is there, also after a restart
    add(2, "1.2.0", "version: '>= 1.1'", "version")
    assert first.stop() == (0, 0)
    shutil.rmtree(first.home / "broker")
    first.start()
    assert first.becomes("own/asked", 2, "proven")
    add(3, "1.3.0", "version: '= 1.1'", "version")
    assert '"reason":"condition-failed"' in first.check()
    assert first.status()["own/asked"]["sequence"] == 2
    w.tamctl("unassign", "all", "own/asked")
    assert first.becomes("own/asked", 2, "proven gone")


def other_prefix(w):
    """The draft's key, whose private half everybody has, signs what it may
    not: the device's policy ends there."""
    a = w.devices["first"]
    w.create("own/theirs", 1, b"gotcha", key=VECTORS /
             "suit_signer_p256_private.pem")
    w.tamctl("assign", "one", "own/theirs")
    assert '"reason":"component-not-allowed-for-signer"' in a.check()
    assert "own/theirs" not in a.status()
    w.tamctl("unassign", "one", "own/theirs")


# From a TAM that does not look


class TrustsDraft(Makers):
    """The TAM in Python, with a row of its own, and the draft's signer."""

    def rules(self):
        draft = Key.from_pem(SIGNER.read_bytes())
        return {**super().rules(), 3: [{
            1: "script", 2: [self.tam.cose],
            4: TAM_URI, 5: [SECURE_FS], 8: {6: 1}}], 4: [{
                1: "draft", 2: [draft.cose], 3: [SECURE_FS], 4: [ORIGIN]}]}


def careless_tam(w):
    """The agent itself refuses what tamd would not have sent."""
    home = w.home / "third"
    home.mkdir()
    device = Device(w.build, home, TrustsDraft())
    device.init()
    device.start()
    try:
        with Broker(device) as b:
            careless(b, Tam(device))
            published_update(b, Tam(device))
    finally:
        status = device.stop()
    assert status == 0, status


def careless(b, tam):
    def expect(reason, envelope, **files):
        kind, options, code = install(b, tam, envelope, **files)
        assert (kind, code) == (
            teep.ERROR, teep.ERR_MANIFEST_PROCESSING_FAILED), (kind, code)
        assert options[teep.ERR_MSG] == reason, options
        assert attest(b, tam)[evidence.MANIFESTS] == before

    before = attest(b, tam)[evidence.MANIFESTS]
    expect("dependency", PERSONAL.read_bytes())
    expect("command-misplaced", old_manifest())
    assert install(b, tam, INTEGRATED.read_bytes())[0] == teep.SUCCESS
    claims = attest(b, tam)
    before = claims[evidence.MANIFESTS]
    assert decode(before[-1][1])[1] == [-16, decode(decode(
        decode(INTEGRATED.read_bytes())[2])[0])[1]], before
    measured = decode(claims[evidence.MEASUREMENTS][-1][1])
    assert measured[1] == ["component:" + COMPONENT], measured
    assert measured[2][1].hex() == DIGEST, measured
    files = {ORIGIN + PAYLOAD.name: PAYLOAD.read_bytes()}
    expect("sequence-clash", BY_URI.read_bytes(), files=files)
    # The same one again changes nothing.
    assert install(b, tam, INTEGRATED.read_bytes())[0] == teep.SUCCESS
    assert attest(b, tam)[evidence.MANIFESTS] == before


def published_update(b, tam):
    """As it is: of nobody's TAM; under a good signature: bound to nobody."""
    b.ask(POLICY_CHECK, True)
    _, (reply,) = b.ask(MESSAGE, UPDATE.read_bytes())
    kind, options, code = tam.outcome(reply)
    assert (kind, code) == (teep.ERROR, 1), (kind, code)
    assert options == {teep.ERR_MSG: "message refused"}, options
    attest(b, tam)
    _, (reply,) = b.ask(MESSAGE, sign1(tam.makers.tam, UPDATE.read_bytes()))
    kind, options, _ = tam.outcome(reply)
    assert kind == teep.ERROR, kind
    assert options[teep.ERR_MSG] == "unbound-update", options


class Story(World):
    def __init__(self, build, home, tamd):
        super().__init__(build, home, tamd)
        self.author = Key.new()
        self.file("author.pem").write_bytes(self.author.private_pem())
        self.file("author.pub.pem").write_bytes(self.author.pem())
        draft = Key.from_pem(SIGNER.read_bytes())
        self.add_devices(TrustsTamd(
            tamd, [("draft", draft, SECURE_FS),
                   ("author", self.author, [b"own"])],
            [SECURE_FS, [b"own"]]), "first", "second")
        self.tamctl("anchor", "add", "author", "--key",
                    self.file("author.pub.pem"), "--for", "manifests")

    def file(self, name):
        return self.home / name

    def digest(self, file):
        return json.loads(run(self.tool("suit"), "verify", "--json", "--key",
                              SIGNER, file))["digest"]

    def create(self, component, sequence, payload, *more, key=None):
        """suit create, and tell tamd."""
        self.file("payload").write_bytes(payload)
        run(self.tool("suit"), "create", "--component", component,
            "--payload", self.file("payload"), "--sequence", sequence,
            "--vendor", text_uuid(VENDOR), "--class", text_uuid(CLASS),
            "--key", key or self.file("author.pem"), "-o",
            self.file("out.suit"), *more)
        self.tamctl("component", "add", self.file("out.suit"))


TESTS = (vectors, tools, unknown_signer, integrated, clash, by_uri,
         tam_refuses, created, depending, asked, other_prefix, careless_tam)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    home = pathlib.Path(tempfile.mkdtemp(prefix="published-"))
    home.chmod(0o755)
    try:
        with Tamd(sys.argv[1]) as tamd:
            world = Story(sys.argv[1], home, tamd)
            try:
                for test in TESTS:
                    start = time.monotonic()
                    test(world)
                    print(f"ok     {test.__name__} "
                          f"({time.monotonic() - start:.1f} s)", flush=True)
            finally:
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
    finally:
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
