#!/usr/bin/python3
"""No secret is compared by a function that stops at the first difference.

Every call of memcmp, strcmp and bytes_same in lib, port and cmd whose words
speak of a token, nonce, challenge, MAC, tag or key material must be
bytes_same_ct (but in cmd/teep, a tool whose time nobody can measure); what only sounds like it stands in the list below, and what no
longer stands in the code is no longer in the list.        [security 22]
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CALL = re.compile(r"\b(memcmp|strcmp|strncmp|bytes_same)\s*\(")
SECRET = re.compile(r"token|nonce|challenge|\bmac\b|\btag\b|secret|password|"
                    r"\bseal|\bkek\b|\bcek\b|spent", re.I)
# file, words of the call: why it may stop early
KNOWN = {
    ("lib/tam/outcome.c", "a->token.kid"): "a key id, which is public",
    ("cmd/teep-agentd/options.c", "o->seal"): "a word of the command line",
}


def calls(text):
    for m in CALL.finditer(text):
        depth, at = 0, m.end() - 1
        for at in range(m.end() - 1, len(text)):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if depth == 0:
                break
        yield (text.count("\n", 0, m.start()) + 1,
               " ".join(text[m.end():at].split()), m.group(1))


def main():
    bad, seen, used = [], 0, set()
    for path in sorted(glob.glob(os.path.join(ROOT, "lib/*/*.c")) +
                       glob.glob(os.path.join(ROOT, "port/*/*.c")) +
                       glob.glob(os.path.join(ROOT, "cmd/*/*.c"))):
        name = os.path.relpath(path, ROOT)
        if name.startswith("cmd/teep/"):
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
        code = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                      text, flags=re.S)
        code = re.sub(r'"(\\.|[^"\\\n])*"', '""', code)
        for line, words, function in calls(code):
            seen += 1
            if not SECRET.search(words):
                continue
            why = [k for k in KNOWN if k[0] == name and k[1] in words]
            used.update(why)
            if not why:
                bad.append("%s:%d: %s(%s): use bytes_same_ct"
                           % (name, line, function, words))
    bad += ["%s: no such compare: %s" % k for k in KNOWN if k not in used]
    print("\n".join(bad + ["%d compares, %d known to be of public values"
                           % (seen, len(used))]))
    return 1 if bad or seen < 50 else 0


sys.exit(main())
