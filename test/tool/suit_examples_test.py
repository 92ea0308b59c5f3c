#!/usr/bin/python3
"""Recipes of examples/recipes: each agrees with docs/suit-recipe.schema.json
and is built, signed, explained and looked through; the schema knows the very
keys that the reader knows; members and payloads are taken out and put back;
a bill of materials is bound.

usage: suit_examples_test.py SUIT SOURCE"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cbor2
import jsonschema
import yaml

SUIT = os.path.abspath(sys.argv[1])
SOURCE = pathlib.Path(sys.argv[2]).resolve()
VECTORS = SOURCE / "test/vectors/suit"
KEY = str(VECTORS / "key-es256-author.priv.pem")
PUB = str(VECTORS / "key-es256-author.pub.pem")
SCHEMA = json.loads((SOURCE / "docs/suit-recipe.schema.json").read_text())
count = 0
keys = 0
failed = []


def fail(*words):
    failed.append(" ".join(str(w) for w in words))
    print("FAILED:", *words, file=sys.stderr)


def run(*words):
    global count
    count += 1
    done = subprocess.run([SUIT, *words], capture_output=True, check=False,
                          timeout=120)
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        fail(words, done.stderr.decode())
    return done


def good(*words):
    done = run(*words)
    if done.returncode != 0:
        fail(words, "->", done.returncode, done.stderr.decode())
    return done.stdout


def refused(text, *words):
    done = run(*words)
    if done.returncode != 1 or text not in done.stderr.decode():
        fail(words, "->", done.returncode, done.stderr.decode())


def schema_keys(name):
    node = SCHEMA["$defs"][name]
    return set(node["properties"])


def keys_agree():
    reader = {}
    for line in good("recipe", "--keys").decode().splitlines():
        cell = line.split("\t")
        reader.setdefault(cell[0], set()).add(cell[1])
    mine = {"manifest": {"common", "components", "dependencies",
                         "shared-sequence"}, "text": {"components"}}
    for where in ("manifest", "command", "parameter", "text",
                  "component-text", "wait-info", "component-metadata",
                  "delivery", "image", "slot", "dependency", "envelope"):
        want = reader[where] | mine.get(where, set())
        if schema_keys(where) != want:
            fail(where, "differs:", schema_keys(where) ^ want)
    if set(SCHEMA["properties"]) != reader["envelope"] | {"delivery"}:
        fail("the top differs")
    print(sum(map(len, reader.values())), "keys on both sides")


def valid(doc, name):
    try:
        jsonschema.validate(doc, SCHEMA)
        return True
    except jsonschema.ValidationError as e:
        fail(name, "is not as the schema says:", e.message[:300],
             list(e.absolute_path))
        return False


def walk(raw, at, seen):
    """Where the item at this place ends.  seen: of each map, and of each in
    a string that is one item, whether it is in the order of RFC 8949 4.2.1."""
    kind, arg = raw[at] >> 5, raw[at] & 31
    n = {24: 1, 25: 2, 26: 4, 27: 8}.get(arg, 0)
    at += 1 + n
    if n:
        arg = int.from_bytes(raw[at - n:at], "big")
    if kind in (2, 3):
        inside = raw[at:at + arg]
        if at + arg > len(raw):
            raise IndexError
        deeper = []
        try:
            if kind == 2 and walk(inside, 0, deeper) == arg:
                seen += deeper
        except IndexError:
            pass
        return at + arg
    last = b""
    for i in range({4: arg, 5: 2 * arg, 6: 1}.get(kind, 0)):
        begin, at = at, walk(raw, at, seen)
        if kind == 5 and i % 2 == 0:
            seen.append(raw[begin:at] > last)
            last = raw[begin:at]
    return at


def in_order(name):
    global keys
    seen = []
    walk(pathlib.Path(name).read_bytes(), 0, seen)
    keys += len(seen)
    if len(seen) < 10 or not all(seen):
        fail(name, "has a map that is not in order")


def examples():
    built = 0
    names = sorted(p.name for p in pathlib.Path(".").glob("*.yaml"))
    names.sort(key=lambda n: n != "library.yaml")
    for name in names:
        text = pathlib.Path(name).read_text()
        valid(yaml.safe_load(text), name)
        out = name.replace(".yaml", ".suit")
        done = run("create", name, "-k", KEY, "-o", out)
        if done.returncode != 0:
            fail(name, done.stderr.decode())
            continue
        good("verify", "--key", PUB, out)
        good("explain", out)
        in_order(out)
        again = good("recipe", out)
        pathlib.Path("x.yml").write_bytes(again)
        if good("create", "x.yml") != pathlib.Path(out).read_bytes():
            fail(name, "does not come back")
        if good("create", name, "-o", "-") != good("create", name):
            fail(name, "is not reproducible")
        built += 1
    print(built, "examples built,", keys, "keys in order")
    if built < 9:
        fail("only", built)


def of_the_wrapper():
    """A dependency is known by the digest of its own wrapper."""
    top = cbor2.loads(pathlib.Path("library.suit").read_bytes()).value
    digest = cbor2.loads(cbor2.loads(top[2])[0])[1]
    outer = cbor2.loads(pathlib.Path("dependency.suit").read_bytes()).value
    if len(digest) != 32 or digest not in outer[3]:
        fail("dependency.suit does not name library.suit by its digest")


def published():
    n = 0
    for path in sorted(VECTORS.glob("*.suit")):
        valid(json.loads(good("recipe", "--json", str(path))), path.name)
        done = subprocess.run(
            f"'{SUIT}' recipe '{path}' | '{SUIT}' create -", shell=True,
            capture_output=True, check=False)
        if done.stdout != path.read_bytes():
            fail(path.name, "differs", done.stderr.decode())
        n += 1
    print(n, "published manifests")


def wrong():
    for text, what in (
            ("delivery: {sequence: 1, colour: red}", "colour"),
            ("delivery: {sequence: 1}", "images, dependencies or remove"),
            ("delivery: {images: []}", "sequence"),
            ("delivery: {sequence: 1, images: [{name: a}]}", "component"),
            ("delivery: {sequence: 1, images: [{name: a, component: a, "
             "payload: {file: none}}]}", "none"),
            ("delivery: {sequence: 1, class: x, remove: [a]}", "vendor"),
            ("delivery: {sequence: 1, remove: [a]}\nmanifest: {}",
             "exclude each other")):
        pathlib.Path("w.yml").write_text(text + "\n")
        refused(what, "create", "w.yml")


def parts():
    good("create", "uri.yaml", "-k", KEY, "-o", "full.suit")
    good("extract", "--member", "text", "full.suit", "-o", "text.bin")
    good("sever", "full.suit", "-o", "cut.suit")
    if len(pathlib.Path("cut.suit").read_bytes()) >= \
            len(pathlib.Path("full.suit").read_bytes()):
        fail("nothing was severed")
    good("verify", "--key", PUB, "cut.suit")
    good("attach", "--member", "text", "--payload", "text.bin", "cut.suit",
         "-o", "back.suit")
    if pathlib.Path("back.suit").read_bytes() != \
            pathlib.Path("full.suit").read_bytes():
        fail("attach is not sever's opposite")
    refused("another digest", "attach", "--member", "text", "--payload",
            "app.bin", "cut.suit")
    refused("not in the envelope", "sever", "--member", "text", "cut.suit")
    refused("no such member", "sever", "--member", "validate", "cut.suit")
    good("create", "single.yaml", "-k", KEY, "-o", "full.suit")
    if good("extract", "--list", "full.suit") != b"#app\t15\n":
        fail("extract --list")
    if good("extract", "--uri", "#app", "full.suit") != \
            pathlib.Path("app.bin").read_bytes():
        fail("extract")
    good("sever", "--uri", "#app", "full.suit", "-o", "cut.suit")
    good("attach", "--uri", "#app", "--payload", "app.bin", "cut.suit", "-o",
         "back.suit")
    if pathlib.Path("back.suit").read_bytes() != \
            pathlib.Path("full.suit").read_bytes():
        fail("a payload does not come back")
    refused("there is a payload already", "attach", "--uri", "#app",
            "--payload", "app.bin", "back.suit")
    refused("no payload", "sever", "--uri", "#b", "back.suit")
    good("remove", "-c", "ta/hello", "-s", "9", "--vendor", "example.com",
         "-k", KEY, "-o", "gone.suit")
    good("verify", "--key", PUB, "gone.suit")
    if b"unlink" not in good("recipe", "gone.suit"):
        fail("nothing is removed")


def bills():
    for name, text, kind in (
            ("a.json", '{"spdxVersion": "SPDX-2.3"}', "SPDX"),
            ("b.spdx", "SPDXVersion: SPDX-2.3\n", "SPDX"),
            ("c.json", '{"bomFormat": "CycloneDX"}', "CycloneDX")):
        pathlib.Path(name).write_text(text)
        good("create", "uri.yaml", "--sbom", name, "-k", KEY, "-o", "b.suit")
        good("verify", "--key", PUB, "b.suit")
        want = f"{kind} sha-256 {hashlib.sha256(text.encode()).hexdigest()} "
        if want.encode() not in good("recipe", "b.suit"):
            fail(name, "is not bound")
    tag = cbor2.dumps({0: "example.com/hello", 12: 0, 1: "hello", 2: []})
    pathlib.Path("d.coswid").write_bytes(tag)
    good("create", "uri.yaml", "--sbom", "d.coswid", "-k", KEY, "-o",
         "b.suit")
    good("verify", "--key", PUB, "b.suit")
    if good("extract", "--member", "coswid", "b.suit") != tag:
        fail("the CoSWID is not there")
    if b"bill of materials: CoSWID example.com/hello." not in good(
            "explain", "b.suit"):
        fail("the CoSWID is not told")
    refused("neither SPDX", "create", "uri.yaml", "--sbom", "app.bin")
    refused("no bill", "create", "uri.yaml", "--sbom", "none")


def encrypted():
    """personal.yaml with data encrypted here and now."""
    pathlib.Path("settings.bin").write_bytes(os.urandom(40))
    pathlib.Path("kek").write_bytes(os.urandom(16))
    good("encrypt", "--kek", "kek", "--kid", "device-7", "--info",
         "settings.cose", "-o", "settings.enc", "settings.bin")
    good("create", "personal.yaml", "-k", KEY, "-o", "p.suit")
    good("verify", "--key", PUB, "p.suit")
    plain = pathlib.Path("settings.bin").read_bytes()
    if plain in pathlib.Path("p.suit").read_bytes():
        fail("the plaintext is in the manifest")
    if hashlib.sha256(plain).hexdigest().encode() not in \
            good("recipe", "p.suit"):
        fail("the digest is not that of the plaintext")
    decrypted()
    sealed_wrong()


WAYS = {
    "inline": "payload: {file: settings.enc}, inline: true",
    "carried": "payload: {file: settings.enc}",
    "fetched": "payload: {file: settings.enc}, uri: 'https://x/s'",
    "digest": "digest: %s, size: 40, uri: 'https://x/s'",
    "staged": "payload: {file: settings.enc}, uri: 'https://x/s', "
              "staging: ta/staging",
}


def decrypted():
    """Each way that encrypted data takes, on a device that has the key."""
    plain = pathlib.Path("settings.bin").read_bytes()
    key = pathlib.Path("kek").read_bytes().hex()
    pathlib.Path("d.yaml").write_text(
        f"keys: ['{PUB}']\ndecrypt: [{{kek: '{key}', kid: device-7}}]\n"
        "payloads: {'https://x/s': settings.enc}\n"
        "components: {ta/settings: {slot: 1}}\n")
    sealed = "encryption-info: {file: settings.cose}"
    known = sealed + ", plaintext: {file: settings.bin}"
    ways = {k: f"{v}, {known}" for k, v in WAYS.items()}
    ways["digest"] = f"{WAYS['digest']}, {sealed}" % hashlib.sha256(
        plain).hexdigest()
    ways["slots"] = "slots: [" + ", ".join(
        f"{{slot: {n}, payload: {{file: settings.enc}}, "
        f"uri: 'https://x/s', {known}}}" for n in (0, 1)) + "]"
    for name, way in ways.items():
        pathlib.Path("way.yaml").write_text(
            "delivery: {sequence: 7, vendor: example.com, class: board-1, "
            f"images: [{{name: s, component: ta/settings, {way}}}]}}\n")
        valid(yaml.safe_load(pathlib.Path("way.yaml").read_text()),
              "way " + name)
        good("create", "way.yaml", "-k", KEY, "-o", "way.suit")
        shutil.rmtree("into", ignore_errors=True)
        said = good("run", "-d", "d.yaml", "--into", "into", "way.suit")
        if not any(f.read_bytes() == plain
                   for f in pathlib.Path("into").iterdir()):
            fail("no plaintext:", name, said.decode())
        if run("lint", "way.suit").returncode != 0:
            fail("lint", name)


def sealed_wrong():
    for way, what in (
            ("payload: {file: settings.enc}, encryption-info: "
             "{file: settings.cose}", "plaintext, or digest and size"),
            ("payload: {file: settings.enc}, plaintext: {file: settings.bin}",
             "encryption-info is missing"),
            (WAYS["digest"] % ("00" * 32) + ", staging: ta/x, "
             "encryption-info: {file: settings.cose}",
             "its payload is wanted"),
            ("slots: [], encryption-info: {file: settings.cose}",
             "each of the slots"),
            ("payload: {file: app.bin}, inline: true, staging: ta/x",
             "do not go together"),
            ("payload: {file: app.bin}, inline: true, uri: 'https://x/s'",
             "not fetched"),
            ("payload: {file: app.bin}, present: true, plaintext: "
             "{file: app.bin}, encryption-info: {file: settings.cose}",
             "not decrypted")):
        pathlib.Path("w.yml").write_text(
            "delivery: {sequence: 1, images: [{name: s, component: a, "
            f"{way}}}]}}\n")
        refused(what, "create", "w.yml")


def three_commands():
    """From a binary to a signed, explained, linted manifest."""
    good("create", "--component", "ta/hello", "--payload", "app.bin",
         "--sequence", "1", "--vendor", "example.com", "--class", "board-1",
         "--key", KEY, "-o", "hello.suit")
    good("explain", "--key", PUB, "hello.suit")
    good("lint", "hello.suit")
    good("create", "single.yaml", "-k", KEY, "-o", "new.suit")
    if b"ta/hello" not in good("explain", "--key", PUB, "new.suit"):
        fail("explain says nothing of the component")
    done = run("lint", "new.suit")
    if done.returncode != 0:
        fail("lint:", done.stdout.decode(), done.stderr.decode())


def json_delivery():
    """A delivery in JSON is what it is in YAML."""
    pathlib.Path("single.json").write_text(json.dumps({"delivery": {
        "sequence": 1, "vendor": "example.com", "class": "board-1",
        "description": "The hello application", "images": [{
            "name": "app", "component": "ta/hello", "version": "1.0",
            "payload": {"file": "app.bin"}, "invoke": True}]}}))
    if good("create", "single.json") != good("create", "single.yaml"):
        fail("single.json is not single.yaml")
    pathlib.Path("wrong.json").write_text('{"delivery": {"sequenze": 1}}')
    refused("sequenze", "create", "wrong.json")


def long_words():
    """Text of a manifest does not flood whoever has it explained."""
    pathlib.Path("long.yaml").write_text(
        "checked: false\nmanifest:\n  manifest-sequence-number: 1\n"
        "  components: {app: ta/app}\n  text:\n    en:\n"
        "      components: {app: {component-description: %s}}\n"
        % ("x" * 5000))
    good("create", "long.yaml", "-k", KEY, "-o", "long.suit")
    said = good("explain", "long.suit")
    if b"x" * 300 not in said or b"x" * 301 in said:
        fail("explain says", len(said), "octets of a long description")


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder) / "recipes"
    shutil.copytree(SOURCE / "examples/recipes", work)
    os.chdir(work)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    keys_agree()
    examples()
    of_the_wrapper()
    published()
    wrong()
    parts()
    bills()
    encrypted()
    three_commands()
    long_words()
    json_delivery()
    os.chdir("/")
print(count, "commands")
sys.exit(1 if failed else 0)
