#!/usr/bin/python3
"""suit run: described devices, every outcome, and payloads of any size
through the same memory.

usage: suit_run_test.py SUIT VECTORS"""
import os
import resource
import subprocess
import sys
import tempfile

suit, vectors = sys.argv[1:3]
work = tempfile.mkdtemp()
os.chdir(work)
KEY = os.path.join(vectors, "key-es256-author.priv.pem")
PUB = os.path.join(vectors, "key-es256-author.pub.pem")
OTHER = os.path.join(vectors, "key-es256-distributor.pub.pem")
checks = failed = 0


def write(name, text):
    with open(name, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)


def say(*args, **more):
    done = subprocess.run([suit, *args], capture_output=True, timeout=120,
                          **more)
    out = (done.stdout + done.stderr).decode("ascii")
    if "Sanitizer" in out or "runtime error" in out:
        sys.exit(out)
    return done.returncode, out


def expect(status, lines, *args):
    """This exit status, and these texts in this order."""
    global checks, failed
    got, out = say(*args)
    at = 0
    for line in lines:
        found = out.find(line, at)
        if found < 0:
            failed += 1
            print("FAILED: no %r after %d in: %s\n%s"
                  % (line, at, " ".join(args), out))
            return
        at = found + len(line)
    checks += 1
    if got != status:
        failed += 1
        print("FAILED: %d: %s\n%s" % (got, " ".join(args), out))


def made(name, recipe):
    write(name + ".yaml", recipe)
    status, out = say("create", name + ".yaml", "-k", KEY, "-o",
                      name + ".suit")
    if status != 0:
        sys.exit("%s: %s" % (name, out))
    return name + ".suit"


DEVICE = """
vendor: example.com
class: board
keys: [%s]
""" % PUB
write("hello", "Hello, world")
write("moon", "Hello, moon!")
for name, how in (("fetched", ["--uri", "https://x/y"]), ("carried", [])):
    status, out = say("create", "-c", "ta/hello", "-p", "hello", "-s", "5",
                      "--vendor", "example.com", "--class", "board",
                      "--invoke=-v", "-k", KEY, "-o", name, *how)
    if status != 0:
        sys.exit(out)

write("d.yaml", DEVICE)
write("full.yaml", DEVICE + """
components: {ta/hello: hello}
payloads: {"https://x/y": hello}
""")

# A whole update: each command, the fetch, what is there, the report.
expect(0, ["shared-sequence\n", "vendor-identifier ta/hello: holds",
           "install\n", "fetch ta/hello\n",
           "waits for https://x/y, at most 12 octets",
           "12 octets from hello", "image-match ta/hello: holds",
           "validate\n", "image-match ta/hello: holds", "done\n",
           "ta/hello: written, 12 octets, SHA-256 4ae7c3b6ac0beff6",
           "suit-report-result / 4: true"],
       "run", "-d", "full.yaml", "fetched")
expect(0, ["fetch ta/hello\n", "image-match ta/hello: holds", "done"],
       "run", "-d", "d.yaml", "carried")
# Without a description it is of every vendor and class.
expect(0, ["done"], "run", "-k", PUB, "carried")
# What is said last counts; what is not right is seen, and dropped.
expect(1, ["image-match ta/hello: does not hold: image-digest",
           "FAILED: ta/hello: image-digest",
           "written, and dropped, for the procedure failed",
           "/ properties / {}", "10 / condition-failed /"],
       "run", "-d", "full.yaml", "--payload", "https://x/y=moon", "fetched")
write("long", "Hello, world and more")
expect(1, ["waits for", "FAILED: ta/hello: image-size", "ta/hello: absent"],
       "run", "-d", "d.yaml", "--payload", "https://x/y=long", "fetched")
expect(1, ["FAILED: ta/hello: image-size"],
       "run", "-d", "d.yaml", "--payload", "https://x/y=/dev/null", "fetched")
expect(1, ["which is not there: say --payload", "FAILED: ta/hello: fetch-"],
       "run", "-d", "d.yaml", "fetched")
expect(1, ["none: not-found"],
       "run", "-d", "d.yaml", "--payload", "https://x/y=none", "fetched")

# To start and to remove.
expect(0, ["validate\n", "invoke\n", "invoke ta/hello\n", "done",
           "as it was, 12 octets", ", started"],
       "run", "-d", "full.yaml", "-p", "invoke", "fetched")
expect(1, ["does not hold: not-installed", "ta/hello: absent"],
       "run", "-d", "d.yaml", "-p", "invoke", "fetched")
expect(1, ["image-match ta/hello: does not hold: image-digest",
           "/ image-digest / 3: <<", "10 / condition-failed /"],
       "run", "-d", "d.yaml", "-c", "ta/hello=moon", "-p", "invoke",
       "fetched")
expect(0, ["unlink ta/hello\n", "ta/hello: removed"],
       "run", "-d", "full.yaml", "-p", "uninstall", "fetched")
expect(0, ["unlink ta/hello\n", "ta/hello: removed"], "run", "-d", "d.yaml",
       "-c", "ta/hello=hello", "-p", "uninstall", "fetched")
if not os.path.exists("hello"):
    failed += 1
    print("FAILED: a rehearsal removed a file of its user's")

# Whom it trusts, and with what.
expect(1, ["unknown-key"], "run", "-k", OTHER, "carried")
write("other.yaml", DEVICE.replace("example.com", "example.org"))
expect(1, ["vendor-identifier ta/hello: does not hold: vendor-mismatch",
           "FAILED: ta/hello: vendor-mismatch"],
       "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE.replace("board", "bread"))
expect(1, ["class-identifier ta/hello: does not hold: class-mismatch"],
       "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE + "access: [{key: %s, components: [ta]}]\n" % PUB)
expect(0, ["done"], "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE + "access: [{key: %s, components: [tb]}]\n" % PUB)
expect(1, ["component-not-allowed-for-signer", "ta/hello: absent"],
       "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE + "access: []\n")
expect(1, ["component-not-allowed-for-signer"],
       "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE + "sequence: {ta/hello: 6}\n")
expect(1, ["rollback", "expected 6, found 5"],
       "run", "-d", "other.yaml", "carried")
write("other.yaml", DEVICE + "sequence: {ta/hello: 5}\n")
expect(0, ["done"], "run", "-d", "other.yaml", "carried")

# Alternatives, slots, copies, versions, time, battery, waits.
AB = """
manifest:
  manifest-sequence-number: 1
  components: {app: app, old: old}
  shared-sequence:
    - set-component-index: app
    - override-parameters:
        {vendor-identifier: example.com, class-identifier: board,
         image-digest: {file: hello}, image-size: {file: hello}}
    - vendor-identifier
    - class-identifier
  install:
    - set-component-index: app
    - try-each:
      - - override-parameters: {component-slot: 0, uri: "https://x/a"}
        - component-slot
      - - override-parameters: {component-slot: 1, uri: "https://x/b"}
        - component-slot
    - fetch
    - image-match
    - try-each:
      - - override-parameters: {%s}
        - %s
      - null
    - override-parameters: {source-component: old}
    - copy
    - image-match
  validate:
    - set-component-index: app
    - image-match
"""
manifest = made("ab", AB % ("version: '>= 2'", "version"))
SLOT = DEVICE + """
components:
  app: {slot: 1, version: 1.2}
  old: hello
payloads: {"https://x/b": hello}
"""
write("ab1.yaml", SLOT)
expect(0, ["try-each\n", "-> the next way",
           "component-slot app: does not hold", "-> the next way",
           "component-slot app: holds", "waits for https://x/b",
           "version app: does not hold", "-> the way that does nothing",
           "copy app\n", "image-match app: holds", "done",
           "app: written, 12 octets", "old: as it was",
           "/ component-slot / 5: 1", "suit-report-result / 4: true"],
       "run", "-d", "ab1.yaml", manifest)
write("ab2.yaml", SLOT.replace("version: 1.2", "version: 2.0.1"))
expect(0, ["version app: holds", "done"], "run", "-d", "ab2.yaml", manifest)
write("ab3.yaml", SLOT.replace("slot: 1", "slot: 2"))
expect(1, ["component-slot app: does not hold",
           "component-slot app: does not hold", "FAILED"],
       "run", "-d", "ab3.yaml", manifest)
for parameter, command, description in (
        ("minimum-battery: 100", "minimum-battery", "battery: %s"),
        ("use-before: '2027-01-01'", "use-before", "time: '%s'"),
        ("update-priority: 3", "update-authorized", "authorized: %s")):
    manifest = made("um", AB % (parameter, command))
    values = {"battery: %s": ("100", "99"),
              "time: '%s'": ("2026-06-01", "2027-06-01"),
              "authorized: %s": ("true", "false")}[description]
    for value, verdict in zip(values, ("holds", "does not hold")):
        write("um1.yaml", SLOT + description % value + "\n")
        expect(0, [command + " app: " + verdict, "done"],
               "run", "-d", "um1.yaml", manifest)
    # nobody decides: no; what the device lacks refuses the manifest, whatever
    # alternative it has
    refused = command != "update-authorized"
    expect(int(refused), [command + " app: does not hold: " + (
        "cannot-here" if refused else "condition-failed")],
           "run", "-d", "ab1.yaml", manifest)
manifest = made("wait", AB % ("wait-info: {power: 1}", "wait"))
write("w.yaml", SLOT + "events: [power]\n")
expect(0, ["wait app\n", "done"], "run", "-d", "w.yaml", manifest)
expect(1, ["wait app\n", "waits for events", "FAILED"],
       "run", "-d", "ab1.yaml", manifest)

# Encrypted payloads, with the published keys.
with open("kid-2.pem", "wb") as f:
    f.write(open(os.path.join(vectors, "..", "cose",
                              "key-ecdh-recipient-kid-2.priv.pem"),
                 "rb").read())
write("e.yaml", "keys: [%s]\ndecrypt: [{key: kid-2.pem, kid: kid-2}]\n" % PUB)
expect(0, ["write", "done", "30 octets, SHA-256 36921488fe66"],
       "run", "-d", "e.yaml", os.path.join(vectors, "fe-esdh-write.suit"))
write("e.yaml", "keys: [%s]\ndecrypt: [{key: kid-2.pem, kid: kid-2, "
      "signer: %s}]\n" % (PUB, OTHER))
expect(1, ["write", "FAILED"],
       "run", "-d", "e.yaml", os.path.join(vectors, "fe-esdh-write.suit"))
expect(1, ["FAILED"], "run", "-k", PUB,
       os.path.join(vectors, "fe-esdh-write.suit"))

# Where what is written stays, and the report.
expect(0, ["ta/hello: written", ", in kept/0-ta_hello"],
       "run", "-d", "d.yaml", "--into", "kept", "--report", "r.cbor",
       "-q", "carried")
with open("kept/0-ta_hello", "rb") as f:
    if f.read() != b"Hello, world":
        failed += 1
        print("FAILED: another content was kept")
expect(0, ["# SUIT, not a SUIT envelope", "suit-report-result / 4: true"],
       "show", "r.cbor")
os.mkdir("tmp")
os.environ["TMPDIR"] = os.path.join(work, "tmp")
say("run", "-d", "d.yaml", "carried")
say("run", "-d", "full.yaml", "--payload", "https://x/y=moon", "fetched")
if os.listdir("tmp"):
    failed += 1
    print("FAILED: a temporary folder was left behind")

# What is wrong in a description is told with its place.
for text, what in (("frobnicate: 1", 'no field "frobnicate"'),
                   ("battery: much", "battery"),
                   ("device: 7", "a UUID is wanted"),
                   ("events: [doomsday]", "no such event"),
                   ("keys: [none.pem]", "none.pem"),
                   ("components: {a//b: hello}", "identifier"),
                   ("components: {a: {version: new}}", "a version such as")):
    write("bad.yaml", "vendor: example.com\n" + text + "\n")
    expect(1, ["bad.yaml:2:", what], "run", "-d", "bad.yaml", "carried")
expect(2, ["a key that is trusted"], "run", "carried")
expect(2, ["is not NAME=FILE"], "run", "-k", PUB, "--payload", "x", "carried")
expect(2, ["none of update"], "run", "-k", PUB, "-p", "x", "carried")

# The published ones, on a device that knows nothing: each ends with a verdict.
for name in sorted(os.listdir(vectors)):
    if name.endswith(".suit"):
        status, out = say("run", "-k", PUB, os.path.join(vectors, name))
        checks += 1
        if status not in (0, 1) or not ("done" in out or "FAILED" in out or
                                        out.startswith("suit: ")):
            failed += 1
            print("FAILED: %s: %d %s" % (name, status, out))

# A payload of 96 MiB takes no more memory than one of 1 MiB.
RECIPE = """
manifest:
  manifest-sequence-number: 1
  components: {app: app}
  shared-sequence:
    - override-parameters:
        {vendor-identifier: example.com, class-identifier: board,
         image-digest: {file: %s}, image-size: {file: %s}}
    - vendor-identifier
    - class-identifier
  install:
    - override-parameters: {uri: "https://x/p"}
    - fetch
    - image-match
  validate: [image-match]
"""
SANITIZED = b"libasan" in subprocess.run(
    ["ldd", suit], capture_output=True, check=False).stdout
peak = {}
for name, size in (("m1", 1 << 20), ("m96", 96 << 20)):
    with open(name, "wb") as f:
        f.truncate(size)
    manifest = made(name + "-r", RECIPE % (name, name))
    child = os.fork()
    if child == 0:
        if not SANITIZED:  # its shadow memory is terabytes
            resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.execv(suit, [suit, "run", "-q", "-d", "d.yaml", "--payload",
                        "https://x/p=" + name, manifest])
    _, status, usage = os.wait4(child, 0)
    checks += 1
    if status != 0:
        failed += 1
        print("FAILED: %s ends with %#x" % (name, status))
    peak[name] = usage.ru_maxrss
if peak["m96"] - peak["m1"] > 8 << 10:
    failed += 1
    print("FAILED: %d KiB more for 96 MiB" % (peak["m96"] - peak["m1"]))
print("peak memory %d KiB for 1 MiB, %d KiB for 96 MiB"
      % (peak["m1"], peak["m96"]))


# manifests that depend on others
write("a.bin", "an application")
made("library", """
delivery:
  sequence: 4
  manifest-id: library-manifest
  vendor: example.com
  class: board
  images:
    - {name: library, component: lib/common, payload: {text: a library}}
""")
PRODUCT = """
delivery:
  sequence: 6
  manifest-id: product
  vendor: example.com
  class: board
  dependencies:
    - {name: library, component: manifests/library, manifest: library.suit%s}
  images:
    - {name: app, component: ta/hello, payload: {file: a.bin}}
"""
made("product", PRODUCT % "")
made("pointing", PRODUCT % ', uri: "https://x/l"')
write("plain.yaml", DEVICE)
expect(0, ["dependency-resolution", "dependency-integrity manifests/library: "
           "holds", "  manifests/library: shared-sequence", "install",
           "  manifests/library: install", "    @", "fetch lib/common",
           "image-match lib/common: holds", "fetch ta/hello",
           "  manifests/library: validate", "done",
           "lib/common: written, 9 octets"], "run", "-d", "plain.yaml",
       "product.suit")
expect(1, ["waits for https://x/l", "which is not there"], "run", "-d",
       "plain.yaml", "pointing.suit")
expect(0, ["waits for https://x/l", "octets from library.suit", "done"],
       "run", "-d", "plain.yaml", "--payload", "https://x/l=library.suit",
       "--report", "pointing.report", "pointing.suit")
expect(1, ["pointing.suit", "not-found"], "replay", "pointing.suit",
       "pointing.report")
expect(0, ["result: success", "lib/common: image-size 9"], "replay", "-d",
       "library.suit", "pointing.suit", "pointing.report")
# and away with it, all of it
expect(0, ["  manifests/library: uninstall", "unlink lib/common",
           "unlink manifests/library", "unlink ta/hello", "done",
           "removed"], "run", "-d", "plain.yaml", "-p", "uninstall",
       "-c", "manifests/library=library.suit", "-c", "lib/common=hello",
       "-c", "ta/hello=hello", "product.suit")
# what its own signer may, and what the device has seen of it
ACCESS = "access: [{key: %s, components: [manifests, ta%s]}]\n"
write("narrow.yaml", DEVICE + ACCESS % (PUB, ""))
write("wide.yaml", DEVICE + ACCESS % (PUB, ", lib"))
write("later.yaml", DEVICE + "sequence: {library-manifest: 5}\n")
expect(1, ["dependency-integrity manifests/library",
           "FAILED: lib/common: component-not-allowed", "lib/common: absent"],
       "run", "-d", "narrow.yaml", "product.suit")
expect(0, ["done"], "run", "-d", "wide.yaml", "product.suit")
expect(1, ["sequence"], "run", "-d", "later.yaml", "product.suit")
# a device that holds another vendor's library runs none of it
write("other.yaml", DEVICE.replace("board", "[other, board-2]"))
expect(1, ["class-mismatch"], "run", "-d", "other.yaml", "product.suit")
# the drafts' own, by the readings that they need
TD = [os.path.join(vectors, "td%s.suit" % n)
      for n in ("1-process", "2-integrated")]
expect(1, ["dependency beyond the components"], "run", "-k", PUB, TD[1])
write("beyond.yaml", "compat: [dependency-beyond-components]\n")
write("both.yaml", "compat: [dependency-beyond-components,"
      " dependency-integrity-implied]\n")
write("none.yaml", "compat: [whatever]\n")
expect(1, ["FAILED: dependent.suit: ", "process-dependency"], "run", "-d",
       "beyond.yaml", "-k", PUB, TD[1])
expect(0, ["done", "00: written, 11 octets"], "run", "-d", "both.yaml", "-k",
       PUB, TD[1])
expect(0, ["done", "00: written, 11 octets"], "run", "-d", "beyond.yaml",
       "-k", PUB, "--payload", "http://example.com/dependent.suit=" +
       os.path.join(vectors, "td0-dependency.suit"), TD[0])
expect(1, ["none.yaml", "no such reading"], "run", "-d", "none.yaml", "-k",
       PUB, TD[1])

subprocess.run(["rm", "-rf", work], check=True)
print("%d checks, %d failures" % (checks, failed))
sys.exit(1 if failed or checks < 65 else 0)
