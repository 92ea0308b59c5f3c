#!/usr/bin/python3
"""Requests that verifierd refuses, and what it says: docs/refusals-http.md
is what this prints, and system.verifierd sees that it is true.

    verifierd_refusals.py BUILD --print
"""
import json
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "refusals-http.md"
NEW = "/challenge-response/v1/newSession"
SUBMIT = "/endorsement-provisioning/v1/submit"
RIM = "application/rim+cose"
EVIDENCE = 'application/eat+cwt; eat_profile="tag:tamarind.example,2026:' \
    'evidence#1"'
ABOUT = """# Requests that verifierd refuses

What is wrong, which status it is answered with, and the `detail` of that answer's problem document (RFC 9457), or the
`failure-reason` of a submission. `test/system/verifierd_refusals.py` makes each of these requests and sees this answer; the page is
what it prints, and the test fails where it is not. Evidence that is wrong is no wrong request: it has a verdict
(`refusals.md`), which is status 200 with a `refusal`.
"""


def sections(session, other, corim):
    """(title, rows): what is wrong, method, path, body, headers, status.

    session: a session's path; other: one that somebody else has opened;
    corim: a signed one that is accepted.
    """
    flipped = corim[:-1] + bytes([corim[-1] ^ 1])
    yield "A new session", [
        ("nothing", "POST", NEW, None, {}, 201),
        ("a nonce of 7 octets asked for", "POST", NEW + "?nonceSize=7",
         None, {}, 400),
        ("a nonce of 65 octets asked for", "POST", NEW + "?nonceSize=65",
         None, {}, 400),
        ("a size that is no number", "POST", NEW + "?nonceSize=x", None, {},
         400),
        ("a nonce of 3 octets brought", "POST", NEW + "?nonce=AAAA", None, {},
         400),
        ("a nonce of 66 octets brought", "POST", NEW + "?nonce=" + "A" * 88,
         None, {}, 400),
        ("a nonce that is no base64", "POST", NEW + "?nonce=!!!!!!!!!!!!",
         None, {}, 400),
        ("a nonce, and a size", "POST",
         NEW + "?nonce=AAAAAAAAAAAA&nonceSize=8", None, {}, 400),
        ("a key id of 3 octets", "POST", NEW + "?kid=AAAA", None, {}, 400),
        ("an audience of 3 octets", "POST", NEW + "?audience=AAAA", None, {},
         400),
        ("an audience that is no text", "POST",
         NEW + "?audience=" + "%FF" * 43, None, {}, 400),
        ("an audience that is no base64url", "POST",
         NEW + "?audience=" + "!" * 43, None, {}, 400),
        ("an unknown parameter", "POST", NEW + "?other=1", None, {}, 400),
        ("another method", "GET", NEW, None, {}, 405),
    ]
    yield "Evidence, and its session", [
        ("nothing", "GET", session, None, {}, 200),
        ("Evidence of no type", "POST", session, b"x", {}, 415),
        ("Evidence of a type that nobody takes", "POST", session, b"x",
         {"Content-Type": "application/cbor"}, 415),
        ("Evidence of 1 MiB and an octet", "POST", session,
         bytes((1 << 20) + 1), {"Content-Type": EVIDENCE}, 413),
        ("a Result in a form that there is none of", "GET", session, None,
         {"Accept": "text/html"}, 406),
        ("something below a session", "GET", session + "/x", None, {}, 404),
        ("a session that never was", "GET", session[:-1], None, {}, 404),
        ("somebody else's session", "GET", other, None, {}, 404),
        ("Evidence for somebody else's session", "POST", other, b"x",
         {"Content-Type": EVIDENCE}, 404),
        ("somebody else ends it", "DELETE", other, None, {}, 404),
        ("a session is ended", "DELETE", session, None, {}, 204),
        ("a session is ended twice", "DELETE", session, None, {}, 404),
        ("no such path", "GET", "/", None, {}, 404),
    ]
    yield "A CoRIM that is submitted", [
        ("nothing", "POST", SUBMIT, corim, {"Content-Type": RIM}, 200),
        ("of no type", "POST", SUBMIT, corim, {}, 415),
        ("of the type of one that is not signed", "POST", SUBMIT, corim,
         {"Content-Type": "application/rim+cbor"}, 415),
        ("last octet of the signature", "POST", SUBMIT, flipped,
         {"Content-Type": RIM}, 422),
        ("an octet too few", "POST", SUBMIT, corim[:-1],
         {"Content-Type": RIM}, 422),
        ("no octet", "POST", SUBMIT, b"", {"Content-Type": RIM}, 422),
        ("another method", "GET", SUBMIT, None, {}, 405),
    ]


def detail(status, head, body):
    """In words, what an answer says."""
    kind = head.get("content-type", "")
    if status < 400:
        return ""
    if kind == "application/problem+json":
        told = json.loads(body)
        assert told["status"] == status, told
        return told["detail"]
    assert kind == "application/vnd.veraison.provisioning-session+json", head
    return json.loads(body)["failure-reason"].rstrip(": ")


def page(v, corim):
    """What the page has to be; and how many requests were refused."""
    out, refused = [ABOUT], 0
    other, _ = v.session(Authorization="Bearer other")
    session, _ = v.session()
    for title, rows in sections(session, other, corim):
        out += [f"## {title}\n", "| wrong | status | detail |",
                "|---|---|---|"]
        for wrong, method, path, body, headers, status in rows:
            try:
                got, head, text = v.ask(method, path, body, **{
                    k.replace("-", "_"): x for k, x in headers.items()})
            except (BrokenPipeError, ConnectionResetError):
                # it need not read what it will not take
                assert status == 413, wrong
                got, head, text = v.ask(
                    method, path, None, Content_Length=str(len(body)),
                    **{k.replace("-", "_"): x for k, x in headers.items()})
            assert got == status, (wrong, method, path[:60], got, text)
            out.append(f"| {wrong} | {status} | "
                       f"{detail(status, head, text)} |")
            refused += status >= 400
        out.append("")
    mine, _ = v.session(Authorization="Bearer mine")
    assert v.ask("GET", mine)[0] == 404
    assert v.ask("GET", mine, Authorization="Bearer mine")[0] == 200
    return "\n".join(out), refused


def check(v, corim):
    want, refused = page(v, corim)
    have = PAGE.read_text() if PAGE.exists() else ""
    for a, b in zip(want.splitlines() + [""], have.splitlines() + [""]):
        assert a == b, f"{PAGE.name} says:\n  {b}\nverifierd:\n  {a}"
    assert want == have
    assert refused > 25, refused
    return refused


def main():
    import verifierd_test
    with tempfile.TemporaryDirectory(prefix="verifierd-") as home:
        os.chmod(home, 0o755)
        with verifierd_test.Verifierd(sys.argv[1], home) as v:
            verifierd_test.page(v, home)
            print(page(v, verifierd_test.maker_again(v, home))[0], end="")


if __name__ == "__main__":
    main()
