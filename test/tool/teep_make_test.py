"""teep make and teep json as people use them: every example works, and what
is wrong is told with its line.

usage: teep_make_test.py TEEP DOCS/MAKE.MD
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TEEP, PAGE = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
MESSAGES = {"query-request": "agent", "query-response": "tam",
            "update": "agent", "success": "tam", "error": "tam"}
THINGS = ["evidence", "result", "report", "manifest"]
failed = ran = 0


def fail(*words):
    global failed
    failed += 1
    print("FAILED:", *words, file=sys.stderr)


def run(*words, data=None):
    global ran
    ran += 1
    done = subprocess.run([TEEP, *map(str, words)], input=data,
                          capture_output=True, timeout=60, check=False)
    if b"Sanitizer" in done.stderr or done.returncode not in (0, 1, 2):
        fail(*words, done.returncode, done.stderr.decode())
    return done


def expect(status, text, *words, data=None):
    done = run(*words, data=data)
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != status or text not in said:
        fail(*words, "->", done.returncode, said)
    return done.stdout


def check(kind, reason, name, *options):
    """What the receiver of a message says."""
    expect(0 if reason == "" else 1,
           "accepted: " if reason == "" else f"refused: {reason}: ",
           "check", "--as", MESSAGES[kind], "--keys", ".", *options, name)


def examples():
    for kind in [*MESSAGES, *THINGS]:
        text = expect(0, "", "make", "--example", kind).decode()
        if "".join(f"    {line}\n" if line else "\n"
                   for line in text.splitlines()) not in PAGE:
            fail("docs/make.md has another example of", kind)
        pathlib.Path(f"{kind}.yaml").write_text(text)
        expect(0, "", "make", kind, f"{kind}.yaml", "-o", f"{kind}.cbor")
    # now that all keys are there
    for kind in MESSAGES:
        check(kind, "", f"{kind}.cbor", "--strict-keys")
    for kind in [*MESSAGES, *THINGS]:
        shown = expect(0, "", "show", "--keys", ".", f"{kind}.cbor").decode()
        if "signature verified by" not in shown or "!!" in shown:
            fail("show", kind, shown)
    check("query-response", "evidence-nonce", "query-response.cbor",
          "--challenge", "00" * 16)
    check("query-response", "", "query-response.cbor", "--challenge",
          bytes(range(16)).hex(), "--audience", "tam.pub.pem")
    check("query-response", "evidence-audience", "query-response.cbor",
          "--audience", "agent.pub.pem")
    check("update", "result-not-bound", "update.cbor", "--about",
          "tam.pub.pem")
    check("success", "unknown-token", "success.cbor", "--token", "00" * 8)


def both_ways():
    for kind in [*MESSAGES, *THINGS]:
        octets = pathlib.Path(f"{kind}.cbor").read_bytes()
        text = expect(0, '"$as"', "json", f"{kind}.cbor")
        again = expect(0, "", "json", "-", data=text)
        if again != octets:
            fail("json", kind, "comes back otherwise")
        if kind in MESSAGES and '"type": ' not in text.decode():
            fail("json", kind, "names nothing")
    expect(0, "", "json", "error.cbor", "-o", "error.json")
    text = pathlib.Path("error.json").read_text()
    pathlib.Path("wrong.json").write_text(text.replace('"err-msg"',
                                                       '"err-mesg"'))
    expect(1, 'options: there is no member "err-mesg"', "json", "wrong.json")
    pathlib.Path("wrong.json").write_text(text[:-3])
    expect(1, "wrong.json: line ", "json", "wrong.json")
    expect(1, "truncated: ", "json", "-", data=b"\x82\x01")
    expect(2, "is none of", "json", "--as", "nonsense", "error.cbor")
    expect(1, "not-found", "json", "missing")
    # a private key is written only when that is asked for
    key = {"$as": "cose-key", "$item": {
        "kty": "OKP", "crv": "Ed25519", "x": "11" * 32, "d": "22" * 32}}
    octets = expect(0, "", "json", "-", data=json.dumps(key).encode())
    expect(1, "a private key is in it", "json", "-", data=octets)
    if json.loads(expect(0, "", "json", "--private", "-",
                         data=octets)) != key:
        fail("json --private")


def faults():
    listed = json.loads(expect(0, "", "make", "--faults", "--json"))
    words = expect(0, "bad-signature", "make", "--faults").decode()
    if len(listed) < 40 or any(f"  {f['name']}: " not in words
                               for f in listed):
        fail("make --faults", len(listed))
    for kind in MESSAGES:
        for fault, reason in (("bad-signature", "bad-signature"),
                              ("trailing-bytes", "trailing-bytes"),
                              ("token-short", "out-of-range")):
            expect(0, "", "make", kind, f"{kind}.yaml", "--fault", fault, "-o",
                   "x.cbor")
            check(kind, reason, "x.cbor")
    # in a recipe inside another, and two together
    recipe("query-response", "  evidence:\n",
           "  evidence:\n    faults: [cnf-other]\n")
    expect(0, "", "make", "query-response", "x.yaml", "-o", "x.cbor")
    check("query-response", "evidence-not-bound", "x.cbor")
    recipe("update", "  - manifest:\n",
           "  - manifest:\n      faults: [manifest-digest]\n")
    expect(0, "", "make", "update", "x.yaml", "-o", "x.cbor")
    check("update", "manifest-digest", "x.cbor")
    recipe("error", "# faults: [bad-signature]",
           "other-key: tam.pub.pem\nfaults: [wrong-kid, unknown-option] #")
    expect(0, "", "make", "error", "x.yaml", "-o", "x.cbor")
    check("error", "bad-signature", "x.cbor")


def recipe(kind, old, new):
    text = pathlib.Path(f"{kind}.yaml").read_text()
    if old not in text:
        fail(kind, "has no", old)
    pathlib.Path("x.yaml").write_text(text.replace(old, new, 1))


def refused():
    for kind, old, new, text in (
            ("error", "err-lang:", "err-langs:",
             'x.yaml:8:1: there is no field "err-langs"'),
            ("error", "err-lang: en", "err-msg: twice",
             'x.yaml:8:1: "err-msg" stands twice'),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: a0a1a2a3a4a5a6",
             "out-of-range"),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: hello",
             "x.yaml:4:8: token: hex text"),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: {colour: 1}",
             'there is no field "colour"'),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: {base64: '!'}",
             "x.yaml:4:17: base64: not base64"),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: {file: none}",
             "x.yaml:4:15: file: none: "),
            ("error", "token: a0a1a2a3a4a5a6a7", "token: [",
             "x.yaml:"),
            ("error", "err-code: ERR_UNSUPPORTED_MSG_VERSION",
             "err-code: ERR_NONE", "no such err-code"),
            ("error", "err-code: ERR_UNSUPPORTED_MSG_VERSION",
             "# none", "err-code: is missing"),
            ("error", "sign: {file: agent.pem", "sign: {file: agent.pub.pem",
             "x.yaml:3:14: file: no private key in it"),
            ("error", "new: esp256", "new: rsa", "esp256, ed25519 or"),
            ("error", "# faults: [bad-signature]", "faults: [nonsense] #",
             'x.yaml:9:10: faults: there is no fault "nonsense"'),
            ("error", "# faults: [bad-signature]", "faults: [cnf-other] #",
             'x.yaml:9:10: faults: the fault "cnf-other" does not apply to error'),
            ("error", "# faults: [bad-signature]", "faults: [wrong-kid] #",
             'the fault "wrong-kid" wants other-key'),
            ("error", "# faults: [bad-signature]",
             "faults: [duplicate-key, indefinite-length, non-shortest] #",
             "does not go together"),
            ("error", "versions: [0]", "versions: 0",
             "x.yaml:6:11: versions: a list is wanted"),
            ("error", "versions: [0]", "versions: [-1]",
             "versions: a number from 0"),
            ("query-request", "[attestation", "[attestation", ""),
            ("query-request", "[esp256, ed25519]", "[rsa]",
             "esp256, ed25519 or the number"),
            ("query-request", "[esp256-a128gcm,", "[rsa,",
             "one of esp256-a128ctr"),
            ("query-request", "[trusted-components,", "[everything,",
             "trusted-components, extensions or"),
            ("query-request", "token:", "msg:", 'no field "msg"'),
            ("result", "iat: now ", "iat: soon ", "iat: a time such as"),
            ("result", "about:", "# about:", "about: is missing"),
            ("evidence", "launcher: {text: the launcher}",
             "launcher: abcd", "the 32 octets of a SHA-256"),
            ("evidence", "alg: A128GCM ", "alg: DES ", "A128GCM, ChaCha20"),
            ("report", "outcome: success", "outcome: perhaps",
             "success, or a reason"),
            ("manifest", "component: ta/hello", "component: ta//x",
             "a component identifier"),
            ("manifest", "payload: {text: an application}",
             "image-size: 4", "uri: is missing"),
            ("success", "- report:", "- repord:", 'no field "repord"')):
        if text == "":
            continue
        recipe(kind, old, new)
        pathlib.Path("x.cbor").unlink(missing_ok=True)
        done = run("make", kind, "x.yaml", "-o", "x.cbor")
        if done.returncode != 1 or text not in done.stderr.decode() or \
                done.stderr.count(b"\n") != 1:
            fail(kind, new, "->", done.returncode, done.stderr.decode())
        if pathlib.Path("x.cbor").exists():
            fail("written in spite of", new)
    for text, data in (("a mapping is wanted", b"- 1\n"),
                       ("nothing in it", b""),
                       ("a second document", b"a: 1\n---\nb: 2\n"),
                       ("-:1:", b"\x00"),
                       ("name of a member is text", b"[1]: 2\n")):
        expect(1, text, "make", "error", "-", data=data)
    expect(1, "not-found", "make", "error", "missing.yaml")
    for words in (["make"], ["make", "error"], ["make", "nonsense", "x.yaml"],
                  ["make", "--example", "nonsense"],
                  ["make", "error", "x.yaml", "--nonsense"]):
        expect(2, "try 'teep --help'", *words)
    expect(0, "usage: teep", "make", "--help")
    expect(0, "usage: teep", "json", "-h")


# Each axis of a dialect: whether those who were told another one see it, by
# the kind of message.
ALL = [*MESSAGES]
AXES = {
    "numbering=legacy": [k for k in ALL if k != "update"],
    "algorithms=polymorphic": ALL,
    "profiles=two": ["query-request"],
    "first=sign1": [],
    "reports=sealed": [],
    "reports=bare": [],
    "evidence=if-key": [],
    "update=unbound": [],
    "legacy": ALL,
}


def dialects():
    one = pathlib.Path("query-request.yaml").read_text().replace(
        "  - {file: tam-ed.pem", "  # - {file: tam-ed.pem")
    pathlib.Path("one.yaml").write_text(one)
    for dialect, seen in AXES.items():
        for kind in ALL:
            name = f"{kind}.yaml"
            if kind == "query-request" and dialect in ("first=sign1",
                                                       "legacy"):
                expect(1, "every message has one signature", "make", kind,
                       name, "--dialect", dialect)
                name = "one.yaml"
            expect(0, "", "make", kind, name, "--dialect", dialect, "-o",
                   "x.cbor")
            expect(0, "accepted: ", "check", "--as", MESSAGES[kind], "--keys",
                   ".", "--dialect", dialect, "x.cbor")
            done = run("check", "--as", MESSAGES[kind], "--keys", ".",
                       "x.cbor")
            if (done.returncode != 0) != (kind in seen):
                fail(dialect, kind, done.stdout.decode())
            # what protects a report is told, and what does not
            if kind == "success" and dialect.startswith("reports="):
                words = done.stdout.decode()
                for note, there in (("SUIT_Report: unsigned",
                                     dialect == "reports=bare"),
                                    ("SUIT_Report: decrypted",
                                     dialect == "reports=sealed"),
                                    ("SUIT_Report: signature verified",
                                     dialect == "reports=sealed")):
                    if (note in words) != there:
                        fail(dialect, note, words)
    pathlib.Path("two.yaml").write_text(one.replace(
        "[esp256-a128gcm, ed25519-chacha-poly]", "[[-9, 1]]"))
    expect(0, "", "make", "query-request", "two.yaml", "--dialect",
           "profiles=two", "-o", "x.cbor")
    expect(1, "two.yaml", "make", "query-request", "two.yaml")
    expect(0, "", "make", "error", "error.yaml", "--fault", "legacy-labels")
    expect(1, "no fault in this dialect", "make", "error", "error.yaml",
           "--fault", "legacy-labels", "--dialect", "legacy")
    expect(2, "--dialect", "make", "error", "error.yaml", "--dialect", "none")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    examples()
    both_ways()
    faults()
    refused()
    dialects()
    os.chdir("/")
print(f"{ran} runs")
if ran < 250:
    fail("only", ran, "runs")
sys.exit(1 if failed else 0)
