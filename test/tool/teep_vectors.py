"""What `teep show` and `teep check` say of every TEEP vector.

usage: teep_vectors.py TEEP VECTORS...    folders with generated/ and v26/
"""
import json
import pathlib
import subprocess
import sys

# The clock of the vectors' Attestation Results.
NOW, LATER = "2033-05-18T03:35:00Z", "2033-05-18T05:00:00Z"
TEEP = sys.argv[1]

# file: receiver, reason ("" is accepted), field of the reason
RULES = {
    "error_attestation_required.sign1-esp256": ("tam", "", ""),
    "error_manifest_failed.sign1-esp256": ("tam", "", ""),
    "error_permanent.sign1-esp256": ("tam", "", ""),
    "error_unsupported_cipher.sign1-esp256": ("tam", "", ""),
    "error_unsupported_freshness.sign1-esp256": ("tam", "", ""),
    "error_unsupported_suit_report.sign1-esp256": ("tam", "", ""),
    "error_unsupported_version.sign1-esp256": ("tam", "", ""),
    "query_request_attest.sign": ("agent", "", ""),
    "query_request_bare.sign": ("agent", "", ""),
    "query_request_token.sign": ("agent", "", ""),
    "query_request_token.sign1-ed25519": ("agent", "", ""),
    "query_response_attest.sign1-esp256": ("tam", "", ""),
    "query_response_token.sign1-ed25519": ("tam", "", ""),
    "success_plain.sign1-ed25519": ("tam", "", ""),
    "success_report.sign1-esp256": ("tam", "", ""),
    "update_error.sign1-esp256": ("agent", "", ""),
    "update_manifest.sign1-esp256": ("agent", "", ""),
    "update_unlink.sign1-ed25519": ("agent", "", ""),
    # by themselves no messages, but a private key opens them
    "eat_encrypted_a128ctr": ("tam", "", ""),
    "eat_encrypted_a128gcm": ("tam", "", ""),
    "eat_encrypted_chacha20poly1305": ("tam", "", ""),
    "suit_report_encrypted_a128ctr": ("tam", "", ""),
    "suit_report_encrypted_a128gcm": ("tam", "", ""),
    # a Result is no TEEP message
    "attestation_result_untagged": ("tam", "wrong-type", "type"),
    "neg_query_request_alg_es256.sign1":
        ("agent", "algorithm-not-allowed", "signature"),
    "neg_query_request_bad_signature": ("agent", "bad-signature",
                                        "signature"),
    "neg_query_request_empty_suites.sign1-esp256":
        ("agent", "out-of-range", "QueryRequest"),
    "neg_query_request_legacy_labels.sign":
        ("agent", "wrong-type", "supported-freshness-mechanisms"),
    "neg_query_request_short_token.sign1-esp256":
        ("agent", "out-of-range", "token"),
    "neg_query_request_token_and_attest.sign": ("agent", "", ""),
    "neg_success_legacy_type.sign1-ed25519": ("tam", "out-of-range", "Error"),
    "neg_update_err_code_zero.sign1-esp256":
        ("agent", "out-of-range", "err-code"),
    "unsigned_query_request_attest": ("agent", "unsigned", None),
}
# Good under a signature that show does not look at, or that says nothing of
# the grammar.
SHOWN = {"neg_query_request_alg_es256.sign1",
         "neg_query_request_bad_signature",
         "neg_query_request_token_and_attest.sign"}
KINDS = {"attestation_result": "cose", "eat_encrypted": "cose",
         "suit_report": "cose", "unsigned": "teep"}

failed = 0


def fail(*words):
    global failed
    failed += 1
    print("FAILED:", *words, file=sys.stderr)


def run(*words, data=None):
    done = subprocess.run([TEEP, *map(str, words)], input=data,
                          capture_output=True, timeout=60, check=False)
    if done.returncode not in (0, 1, 2) or b"Sanitizer" in done.stderr:
        fail(*words, done.returncode, done.stderr.decode())
    if done.returncode != 1 and b"runtime error" in done.stderr:
        fail(*words, done.stderr.decode())
    for c in done.stdout + done.stderr:
        if c != 10 and not 32 <= c < 127:
            fail(*words, "prints octet", c)
            break
    return done


def once(pairs):
    """An object of JSON without the same name twice."""
    if len({k for k, _ in pairs}) != len(pairs):
        fail("JSON", [k for k, _ in pairs])
    return dict(pairs)


def names(tree):
    for node in tree:
        if "name" in node:
            yield node["name"]
        yield from names(node.get("items", []))


def check(path, receiver, reason, field, *options):
    words = ("check", "--as", receiver, "--keys", path.parent / "keys",
             *options, path)
    done = run(*words)
    first = done.stdout.decode().splitlines()[0]
    said = json.loads(run(words[0], "--json", *words[1:]).stdout,
                      object_pairs_hook=once)
    if reason == "":
        if done.returncode != 0 or not first.startswith("accepted: ") or \
                said["accepted"] is not True:
            fail(*words, done.returncode, first)
        return done.stdout.decode()
    if done.returncode != 1 or not first.startswith(f"refused: {reason}: ") \
            or said["accepted"] is not False or \
            said["result"]["error"] != reason:
        fail(*words, done.returncode, first)
    if field is not None and (said["result"]["what"] != field or
                              field not in first):
        fail(*words, first)
    return done.stdout.decode()


def show(path, good, *options):
    done = run("show", *options, path)
    if done.returncode != (0 if good else 1):
        fail("show", *options, path, done.returncode, done.stderr.decode())
    if not good and b"(offset " not in done.stderr and \
            b": bad-signature: " not in done.stderr:
        fail("show", path, "says not where:", done.stderr.decode())
    tree = json.loads(run("show", "--json", *options, path).stdout,
                      object_pairs_hook=once)
    if tree["result"]["ok"] is not good:
        fail("show --json", path, tree["result"])
    return done.stdout.decode(), tree


def generated(folder):
    seen = set()
    for path in sorted(folder.glob("*.cbor")):
        name = path.name[:-len(".cbor")]
        seen.add(name)
        if name not in RULES:
            fail(path, "has no row here")
            continue
        receiver, reason, field = RULES[name]
        check(path, receiver, reason, field, "--time", NOW)
        other = "tam" if receiver == "agent" else "agent"
        if reason == "":
            # the other side takes none of it
            text = check(path, other, "unknown-message-type"
                         if ".sign1" in name else "not-cose", None,
                         "--time", NOW)
            if "accepted" in text:
                fail(path, other, text)
        text, tree = show(path, not name.startswith("neg_") or name in SHOWN)
        if "signature verified" in text:
            fail("show", path, "verified without keys")
        if name.startswith("unsigned") != (", unsigned" in text) and \
                "encrypted" not in name:
            fail("show", path, "unsigned?", text)
        kind = next((k for p, k in KINDS.items() if name.startswith(p)),
                    "cose")
        if tree["kind"] != kind:
            fail("show", path, tree["kind"])
    if seen != set(RULES):
        fail(folder, "lacks", set(RULES) - seen)
    keys = folder / "keys"
    token = folder / "neg_query_request_token_and_attest.sign.cbor"
    check(token, "agent", "message-rule", "token", "--strict-token")
    response = folder / "query_response_attest.sign1-esp256.cbor"
    check(response, "tam", "expired", "exp", "--time", LATER)
    check(response, "tam", "out-of-range", "iat", "--time", "1700000000")
    text, _ = show(response, True, "--keys", keys)
    if text.count("signature verified by ") != 4 or "not verified" in text:
        fail("show --keys", response, text)
    text, _ = show(folder / "neg_query_request_bad_signature.cbor", False,
                   "--keys", keys)
    if "signature WRONG" not in text:
        fail("show --keys", text)
    for name in ("a128ctr", "a128gcm", "chacha20poly1305"):
        text, _ = show(folder / f"eat_encrypted_{name}.cbor", True, "--keys",
                       keys)
        if "eat_nonce (10)" not in text or "43e17aca" not in text:
            fail("show --keys", name, text)
    for path in keys.glob("*.cbor"):
        secret = path.read_bytes()
        text, _ = show(path, True)
        at = secret.index(b"\x23\x58\x20") + 3
        if secret[at:at + 32].hex() in text or "not shown" not in text:
            fail("show", path, "shows the private part")


# What must be named in the draft's own messages.
DRAFT = {
    "query_request": ["token", "versions", "data-item-requested"],
    "query_response": ["selected-version", "tc-list", "image-digest"],
    "update": ["manifest-list", "authentication-wrapper", "components"],
    "success": ["token"],
    "error": ["err-msg", "err-code"],
}


def draft(folder):
    for name, wanted in DRAFT.items():
        path = folder / f"{name}.cbor"
        text, tree = show(path, True)
        if tree["kind"] != "teep" or ", unsigned" not in text:
            fail("show", path, text)
        if not set(wanted) <= set(names(tree["tree"])):
            fail("show", path, "names not", wanted)
        hexed, _ = show(folder / f"{name}.hex", True)
        if hexed != text:
            fail("show", name, "hex and octets differ")
        if run("show", "-", data=path.read_bytes()).stdout.decode() != text:
            fail("show", name, "stdin differs")
        for receiver in ("agent", "tam"):
            done = run("check", "--as", receiver, "--keys",
                       folder.parent / "generated" / "keys", path)
            if done.returncode != 1 or \
                    not done.stdout.startswith(b"refused: unsigned: "):
                fail("check", path, done.stdout)


folders = [pathlib.Path(f) for f in sys.argv[2:]]
for folder in folders:
    if folder.is_dir():
        generated(folder / "generated")
        draft(folder / "v26")
if not folders[0].is_dir():
    fail(folders[0], "is missing")
sys.exit(1 if failed else 0)
