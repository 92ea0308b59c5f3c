"""A policy from its recipe to what k of n administrators have signed, each of
them for himself, with `teep policy`.

usage: teep_policy_test.py TEEP SUIT
What was signed is verified by test/interop, which shares no code.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

from cbor import decode  # noqa: E402
from cose import Key, keyring, sha256, verify1  # noqa: E402

TEEP, SUIT = sys.argv[1:3]
checks = 0


def run(status, words, *text, program=TEEP):
    """What it prints; every text stands in it, or in its one line of
    error."""
    global checks
    done = subprocess.run([program, *map(str, words)], capture_output=True,
                          timeout=60, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == status, (words, done.returncode, said)
    assert done.stderr.count(b"\n") == (status != 0), (words, said)
    for t in text:
        assert t in said, (words, t, said)
    checks += 1
    return done.stdout.decode()


def check(status, name, *text, since=None):
    words = ["policy", "check", name]
    return run(status, words + (["--from", since] if since else []), *text)


def sign(name, out, *keys, text=(), status=0, more=()):
    words = ["policy", "sign", name, "-o", out, *more]
    for k in keys:
        words += ["--key", f"{k}.pem"]
    return run(status, words, *text)


def keys():
    made = {}
    for name in ("a", "b", "c", "d", "tam", "enc", "acme", "bolt", "new", "enc2",
                 "rescue"):
        run(0, ["key", "new", "--alg", "esp256", "-o", f"{name}.pem",
                "--public", f"{name}.pub"])
        made[name] = Key.from_pem(pathlib.Path(f"{name}.pub").read_bytes())
    return made


def recipe(name, admins="abc", threshold=2, **change):
    rules = {
        "admins": {"threshold": threshold,
                   "keys": [f"{a}.pub" for a in admins]},
        "tams": [{"name": "main", "keys": ["tam.pub"], "encryption":
                  "enc.pub", "uri": "https://tam.example/", "prefixes":
                  ["ta", "policy"]}],
        "signers": [{"name": "acme", "keys": ["acme.pub"], "prefixes":
                     ["ta"]},
                    {"name": "bolt", "keys": ["bolt.pub"], "prefixes":
                     ["ta/b"]}],
        "recovery": {"name": "rescue", "keys": ["rescue.pub"], "uri":
                     "https://r.example/", "prefixes": ["policy"],
                     "dialect": {"evidence": "if-key"}},
        **change}
    rules = {k: v for k, v in rules.items() if v is not None}
    pathlib.Path(f"{name}.json").write_text(json.dumps(rules))
    run(0, ["policy", "create", f"{name}.json", "-o", f"{name}.cbor"])


def first(made):
    """Two of three, one after the other; and what is refused meanwhile."""
    recipe("one")
    check(1, "one.cbor", "without a manifest", "unsigned")
    run(2, ["policy", "sign", "--key", "a.pem", "one.cbor", "-o", "x"],
        "--sequence")
    sign("one.cbor", "one.1", "a", more=["--sequence", 1],
         text=["administrators of this policy: 1 of 2 wanted"])
    out = check(1, "one.1", "too-few-signatures", "1 of 2 wanted")
    assert f"{made['a'].kid.hex()[:8]} signed" in out, out
    assert f"{made['b'].kid.hex()[:8]} -" in out, out
    # neither again, nor by somebody else, nor under another number
    sign("one.1", "x", "a", status=1, text=["exists"])
    sign("one.1", "x", "acme", status=1, text=["wrong-key-purpose"])
    run(2, ["policy", "sign", "--key", "b.pem", "--sequence", 9, "one.1",
            "-o", "x"], "has its number")
    run(1, ["policy", "sign", "--key", "b.pub", "one.1", "-o", "x"], "b.pub")
    assert not pathlib.Path("x").exists()
    sign("one.1", "one.2", "b", text=["2 of 2 wanted"])
    check(0, "one.2", "accepted as the first policy", "policy number 1")
    # one who has his key in a token, or signs elsewhere, uses `suit sign`
    run(0, ["sign", "--key", "c.pem", "one.1", "-o", "one.ac"], program=SUIT)
    check(0, "one.ac", "2 of 2 wanted")
    envelope = decode(pathlib.Path("one.2").read_bytes()).value
    digest, *blocks = decode(envelope[2])
    assert len(blocks) == 2
    for name, block in zip("ab", blocks):
        verify1(block, keyring(made[name]), payload=digest)
    assert sha256(envelope["#policy"]) == \
        sha256(pathlib.Path("one.cbor").read_bytes())


def flipped():
    """Whatever octet is another one: no device takes it."""
    good = pathlib.Path("one.2").read_bytes()
    n = 0
    for at in range(8, len(good), 97):
        bad = bytearray(good)
        bad[at] ^= 1
        pathlib.Path("bad").write_bytes(bad)
        done = subprocess.run([TEEP, "policy", "check", "bad"],
                              capture_output=True, timeout=60, check=False)
        # the key ids and the payload's name are hints that nobody signs
        if done.returncode == 0:
            assert good[at - 40:at + 40].count(b"\x58\x20") or \
                b"#policy" in good[at - 8:at + 8], at
            continue
        assert done.returncode == 1, done
        n += 1
    assert n > 10, n


def swapped():
    """Whoever signs has seen the object whose digest he signs."""
    recipe("evil", tams=[{"name": "main", "keys": ["new.pub"], "encryption":
                          "enc.pub", "uri": "https://tam.example/",
                          "prefixes": ["ta", "policy"]}])
    evil = pathlib.Path("evil.cbor").read_bytes()
    good = pathlib.Path("one.cbor").read_bytes()
    assert len(evil) == len(good) and evil != good
    sign("evil.cbor", "evil.1", "a", more=["--sequence", "1"])
    whole = pathlib.Path("evil.1").read_bytes()
    assert whole.count(evil) == 1
    pathlib.Path("mask.1").write_bytes(whole.replace(evil, good))
    check(1, "mask.1", "image-digest")
    run(1, ["policy", "sign", "--key", "b.pem", "mask.1", "-o", "x"],
        "image-digest")
    assert not pathlib.Path("x").exists()
    check(1, "one.2", "image-digest", since="mask.1")


def root():
    """N to N+1 takes the thresholds of both."""
    recipe("two", "bcd")
    sign("two.cbor", "two.d", "c", "d", more=["--from", "one.2"],
         text=["administrators of this policy: 2 of 2",
               "administrators in force: 1 of 2"])
    check(0, "two.d", "first policy", "policy number 2")
    out = check(1, "two.d", "too-few-signatures", "admins in force",
                since="one.2")
    assert "administrators: other keys" in out, out
    # an administrator of before may sign, who is none any more
    sign("two.d", "two.3", "a", more=["--from", "one.2"], text=["2 of 2"])
    check(0, "two.3", "accepted by a device that has number 1", since="one.2")
    sign("two.cbor", "two.ab", "a", "b", more=["--from", "one.2"])
    check(1, "two.ab", "too-few-signatures", since="one.2")
    # a lower threshold is no help to one alone
    recipe("low", threshold=1)
    sign("low.cbor", "low.a", "a", more=["--from", "one.2"])
    check(1, "low.a", "admins in force", since="one.2")
    # who never was an administrator
    sign("two.cbor", "x", "a", more=["--sequence", 2], status=1,
         text=["wrong-key-purpose"])


def numbers():
    """Versions never fall, and one number is one policy."""
    sign("one.cbor", "old", "a", "b", more=["--sequence", 4])
    recipe("other", signers=[])
    for number, status, text in ((3, 1, "rollback"), (4, 1, "sequence"),
                                 (5, 0, "accepted"),
                                 (2**33, 1, "jump")):
        sign("other.cbor", "next", "b", "c", more=["--sequence", number])
        check(status, "next", text, since="old")
    check(0, "old", "nothing", "accepted", since="old")


def changes():
    """What an administrator is asked to sign."""
    recipe("next", tams=[{
        "name": "main", "keys": ["tam.pub"], "encryption": "enc.pub",
        "uri": "https://other.example/", "prefixes": ["ta", "policy"]}],
        signers=[{"name": "acme", "keys": ["new.pub"], "prefixes": ["ta"]},
                 {"name": "core", "keys": ["acme.pub"], "prefixes": ["c"]}],
        recovery={"name": "rescue", "keys": ["enc2.pub"], "uri":
                  "https://r.example/", "prefixes": ["policy"],
                  "dialect": {"evidence": "if-key"}})
    sign("next.cbor", "next", "a", "b", more=["--from", "one.2"])
    check(0, "next", "  tam main: other rights", "  signer acme: other keys",
          "  signer bolt: gone", "  signer core: new",
          "  recovery rescue: other keys", since="one.2")
    told = json.loads(run(0, ["policy", "check", "--json", "--from", "one.2",
                              "next"]))
    assert told["accepted"], told
    assert told["before"]["administrators"]["signed"] == 2, told
    assert {(c["what"], c["change"]) for c in told["changes"]} == {
        ("tam", "other rights"), ("signer", "other keys"),
        ("signer", "gone"), ("signer", "new"), ("recovery", "other keys")}, told
    told = json.loads(run(1, ["policy", "check", "--json", "one.1"]))
    assert "too-few-signatures" in json.dumps(told["why"]), told
    run(1, ["policy", "check", "--from", "one.cbor", "next"], "one.cbor")
    run(1, ["policy", "check", "a.pub"], "a.pub")
    run(0, ["policy", "show", "next"], "object of an agent")


def floors():
    """Whether numbers may fall, for whoever signs it."""
    def of(*keys, **more):
        return [{"name": "acme", "keys": list(keys), "prefixes": ["ta"],
                 **more}]

    def told(name, since):
        all_of = json.loads(run(0, ["policy", "check", "--json", "--from",
                                    since, name]))
        return [(f["signer"], f.get("manifest"), f["sequence"], f["replaces"])
                for f in all_of["floors"]]

    lowers = "in place of what was counted"
    some = [{"sequence": 4}, {"manifest": "ta/a", "sequence": 3}]
    recipe("raised", signers=of("acme.pub", "new.pub", floors=some))
    sign("raised.cbor", "raised", "a", "b", more=["--from", "one.2"])
    out = check(0, "raised", "floor of acme, all others: 4\n",
                "floor of acme, ta/a: 3\n", since="one.2")
    assert lowers not in out, out
    assert told("raised", "one.2") == [("acme", None, 4, False),
                                       ("acme", "ta/a", 3, False)]
    # the key goes; those that were there before do nothing any more
    recipe("gone", signers=of("new.pub", floors=[
        some[0], {"manifest": "ta/a", "sequence": 2},
        {"manifest": "ta/b", "sequence": 9}]))
    sign("gone.cbor", "gone", "a", "b", more=["--from", "raised"])
    check(0, "gone", "floor of acme, all others: 4\n",
          f"floor of acme, ta/a: 2, {lowers}\n",
          f"floor of acme, ta/b: 9, {lowers}\n", since="raised")
    assert [f[3] for f in told("gone", "raised")] == [False, True, True]
    # and for a signer that comes back, all of them
    recipe("none", signers=[])
    sign("none.cbor", "none", "a", "b", more=["--from", "one.2"])
    recipe("back", signers=of("acme.pub", floors=some))
    sign("back.cbor", "back", "a", "b", more=["--from", "none"])
    assert [f[3] for f in told("back", "none")] == [True, True]


def logs():
    """Logs in a recipe, and a receipt in an envelope, which signs nothing."""
    recipe("logged", logs=["new.pub"], signers=[
        {"name": "acme", "keys": ["acme.pub"], "prefixes": ["ta"],
         "logged": True}])
    rules = decode(pathlib.Path("logged.cbor").read_bytes())
    assert rules[4][0][7] is True and len(rules[8]) == 1, rules
    sign("logged.cbor", "logged", "a", "b", more=["--from", "one.2"])
    check(0, "logged", "  logs: other keys", "  signer acme: other rights",
          since="one.2")
    run(0, ["policy", "show", "logged"], "logged (7)", "logs (8)")
    before = decode(pathlib.Path("logged").read_bytes()).value
    pathlib.Path("receipt").write_bytes(b"a receipt")
    run(0, ["sign", "--receipt", "receipt", "--receipt", "receipt", "logged",
            "-o", "told"], program=SUIT)
    after = decode(pathlib.Path("told").read_bytes()).value
    one, two = decode(before[2]), decode(after[2])
    assert one[:-1] == two[:-1] and before[3] == after[3]
    last = decode(two[-1]).value
    assert last[1][394] == [b"a receipt"] * 2, last
    check(0, "told", "2 of 2 wanted")
    pathlib.Path("bad.json").write_text(pathlib.Path("logged.json").read_text(
        ).replace('"logs": ["new.pub"]', '"callers": []'))
    run(1, ["policy", "create", "bad.json", "-o", "x"], "missing-field")


def attested():
    """Who has to vouch for a TAM before it is heard."""
    def main_(**more):
        return [{"name": "main", "keys": ["tam.pub"], "encryption": "enc.pub",
                 "uri": "https://tam.example/", "prefixes": ["ta", "policy"],
                 **({"attested": more} if more else {})}]

    def bad(*text, rows=("new.pub",), **more):
        pathlib.Path("bad.json").write_text(json.dumps({
            **json.loads(pathlib.Path("vouched.json").read_text()),
            "verifiers": [{"name": f"v{i}", "keys": [k]}
                          for i, k in enumerate(rows)],
            "tams": main_(**{"verifiers": ["v0"], "seconds": 60, **more})}))
        run(1, ["policy", "create", "bad.json", "-o", "x"], *text)

    verifiers = [{"name": "v0", "keys": ["new.pub"]}]
    recipe("vouched", verifiers=verifiers, tams=main_(
        verifiers=["v0"], seconds=3600, status="warning"))
    rules = decode(pathlib.Path("vouched.cbor").read_bytes())
    assert rules[3][0][9] == {1: ["v0"], 2: 3600, 3: 32}, rules
    run(0, ["policy", "show", "vouched.cbor"], "attested (9)", "seconds (2)",
        "warning")
    sign("vouched.cbor", "vouched", "a", "b", more=["--from", "one.2"])
    check(0, "vouched", "  tam main: other rights", "  verifiers: other keys",
          since="one.2")
    recipe("plain", verifiers=verifiers, tams=main_(
        verifiers=["v0"], seconds=3600))
    rules = decode(pathlib.Path("plain.cbor").read_bytes())
    assert rules[3][0][9] == {1: ["v0"], 2: 3600}, rules
    bad("attested", "missing-field", rows=())
    bad("attested", "missing-field", verifiers=["v1"])
    bad("attested", "duplicate-key", verifiers=["v0", "v0"])
    bad("status", status="contraindicated")
    bad("seconds", seconds=0)
    bad("attested", "wrong-key-purpose", rows=("new.pub", "new.pub"))


def readings():
    """Which readings of the drafts a signer's manifests are let have."""
    def of(*names):
        return [{"name": "acme", "keys": ["acme.pub"], "prefixes": ["ta"],
                 "readings": list(names)}]

    names = ["dependency-beyond-components", "dependency-integrity-implied",
             "dependency-sections-left-out", "shared-checks-demanded"]
    recipe("read", signers=of(names[0], names[2], names[3]))
    policy = decode(pathlib.Path("read.cbor").read_bytes())
    assert policy[4][0][8] == 13, policy
    out = run(0, ["policy", "show", "read.cbor"], "readings", names[0],
              names[2])
    assert names[1] not in out, out
    run(0, ["show", "read.cbor"], "readings")
    for wrong in (["anything"], []):
        pathlib.Path("wrong.json").write_text(json.dumps({
            **json.loads(pathlib.Path("read.json").read_text()),
            "signers": of(*wrong)}))
        run(1, ["policy", "create", "wrong.json", "-o", "x"], "readings")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        made = keys()
        first(made)
        flipped()
        swapped()
        root()
        numbers()
        changes()
        floors()
        logs()
        attested()
        readings()
        os.chdir("/")
    assert checks > 50, checks
    print(f"{checks} commands")


if __name__ == "__main__":
    main()
