#!/usr/bin/python3
"""`teep conform` as a tool, and the scripted peers: a TAM behind a socket,
known failures, reports, `teep agent`, `teep tam`, `teep verifier`.

    conform_tool.py BUILD
"""
import base64
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import xml.etree.ElementTree

import conform_tam
from tam import Programs, Tamd

HERE = pathlib.Path(__file__).resolve().parent


class Tool:
    def __init__(self, build):
        self.program = Programs(build).path("teep")
        self.checks = 0

    def run(self, status, *words):
        """What it says, on both outputs; it has to end with this status."""
        done = subprocess.run([self.program, *map(str, words)],
                              capture_output=True, timeout=120)
        text = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, (words, done.returncode, text)
        self.checks += 1
        return text

    def start(self, *words):
        return subprocess.Popen([self.program, *map(str, words)],
                                stdout=subprocess.PIPE)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


def lists(tool):
    for role, least in (("tam", 100), ("agent", 100)):
        lines = tool.run(0, "conform", role, "--list").splitlines()
        ids = [line.split()[0] for line in lines]
        assert len(ids) == len(set(ids)) >= least, role
        assert all(i.startswith(role + ".") for i in ids)
        assert all(line.split()[1] in ("MUST", "SHOULD") for line in lines)


def known_failures(tool, home, common, uri):
    """One that fails as known, one that does not, one that is none."""
    known = home / "known"
    sick = home / "sick"  # without the author's key nothing is in order
    only = ["--only", "tam.update.installs,tam.http.nosniff"]
    known.write_text("tam.http.nosniff it was so once\n")
    out = tool.run(1, "conform", "tam", *common, *only, "--known-failures",
                   known, uri)
    assert "take it out" in out and "1 known failures pass now" in out, out
    known.write_text("# nothing\n\n")
    tool.run(0, "conform", "tam", *common, *only, "--known-failures", known,
             uri)
    known.write_text("tam.no-such-case because\n")
    tool.run(2, "conform", "tam", *common, *only, "--known-failures", known,
             uri)
    known.write_text("tam.http.nosniff\n")
    tool.run(2, "conform", "tam", *common, *only, "--known-failures", known,
             uri)
    # Another TAM's keys: what it signs is nobody's.
    shutil.copytree(common[3], sick)
    key = tool.run(0, "key", "new", "--alg", "esp256", "-o", sick / "x.pem",
                   "--public", sick / "teep-esp256.pem")
    assert key
    words = ["conform", "tam", "--setup", common[1], "--keys", sick,
             "--only", "tam.query.signatures-hold", "--suite", "esp256"]
    out = tool.run(1, *words, uri)
    assert "FAIL" in out, out
    known.write_text("tam.query.signatures-hold keys were changed <b>&\n")
    reports = home / "r"
    tool.run(1, *words, "--known-failures", known, "--html",
             f"{reports}.html", "--junit", f"{reports}.xml", uri)
    return reports


def reports(tool, home, common, uri, known):
    html = pathlib.Path(f"{known}.html").read_text()
    assert "&lt;b&gt;&amp;" in html and "<b>" not in html
    suite = xml.etree.ElementTree.parse(f"{known}.xml").getroot()
    assert suite.get("tests") == "1" and suite.get("failures") == "0"
    path = home / "report.json"
    tool.run(0, "conform", "tam", *common, "--only", "tam.http", "--json",
             path, "--name", "a \"name\"", uri)
    report = json.loads(path.read_text())
    assert report["target"] == 'a "name"' and report["failed"] == 0
    assert report["passed"] == report["cases"] == len(report["results"]) > 10


def socket_target(tool, common, uri):
    out = tool.run(0, "conform", "tam", *common, "--only",
                   "tam.fresh,tam.http.get",
                   f"exec:/usr/bin/python3 -B {HERE}/relay.py {uri}")
    assert "does not speak HTTP" in out and " 1 skipped" in out, out
    tool.run(2, "conform", "tam", *common, "ftp://127.0.0.1/")
    tool.run(2, "conform", "tam", "http://127.0.0.1/")


def peers(tool, home, setup, tamd):
    """`teep agent` against tamd, and against `teep tam`."""
    public = tamd.home / "public"
    device = ["--device", setup / "esp-a.json", "--keys", public,
              "--encrypt-to", public / "encryption-p256.pem"]
    out = tool.run(0, "agent", *device, tamd.uri)
    for word in ("QueryRequest", "QueryResponse", "Update", "Success",
                 "signature holds", "nothing more to say"):
        assert word in out, (word, out)
    keys = home / "keys"
    keys.mkdir()
    for alg, name in (("esp256", "tam"), ("p256-ecdh", "enc"),
                      ("esp256", "verifier")):
        tool.run(0, "key", "new", "--alg", alg, "-o", home / f"{name}.pem",
                 "--public", keys / f"{name}.pub.pem")
    shutil.copy(home / "enc.pem", keys)
    for name in ("teep", "evidence", "report"):
        shutil.copy(setup / f"esp-a-{name}.pub.pem", keys)
    url = f"http://127.0.0.1:{free_port()}/tam"
    played = tool.start(
        "tam", "--key", home / "tam.pem", "--keys", keys, "--result",
        home / "verifier.pem", "--manifest", setup / "app.suit",
        "--sessions", "1", url)
    wait_for(int(url.split(":")[2].split("/")[0]))
    out = tool.run(0, "agent", "--device", setup / "esp-a.json", "--keys",
                   keys, "--encrypt-to", keys / "enc.pub.pem", url)
    assert "Update" in out and "Success" in out, out
    said = played.communicate(timeout=60)[0].decode()
    assert played.returncode == 0, said
    assert said.count("signature holds") == 2 and "eat_nonce" in said, said
    wrong_on_purpose(tool, home, setup, tamd, device, keys)
    # Somebody whom the TAM has no key of is told apart.
    url = f"http://127.0.0.1:{free_port()}/tam"
    played = tool.start("tam", "--key", home / "tam.pem", "--keys", keys,
                        "--sessions", "1", url)
    wait_for(int(url.split(":")[2].split("/")[0]))
    tool.run(0, "agent", "--device", setup / "esp-b.json", "--keys", keys,
             url)
    said = played.communicate(timeout=60)[0].decode()
    assert played.returncode == 1 and "unknown-key" in said, said


def wrong_on_purpose(tool, home, setup, tamd, device, keys):
    """Each peer makes one thing wrong and says so; the other one minds."""
    out = tool.run(1, "agent", *device, "--fault", "evidence:cnf-other",
                   tamd.uri)
    assert "wrong on purpose: cnf-other of evidence" in out, out
    assert "evidence-not-bound" in out, out
    url = f"http://127.0.0.1:{free_port()}/tam"
    agent = ["agent", "--device", setup / "esp-a.json", "--keys", keys,
             "--encrypt-to", keys / "enc.pub.pem", url]
    for fault, said_by_agent in (("update:bad-signature", "bad-signature"),
                                 ("query-request:bad-signature",
                                  "bad-signature")):
        played = tool.start(
            "tam", "--key", home / "tam.pem", "--keys", keys, "--result",
            home / "verifier.pem", "--manifest", setup / "app.suit",
            "--fault", fault, "--sessions", "1", "--prove", url)
        wait_for(int(url.split(":")[2].split("/")[0]))
        out = tool.run(1, *agent)
        assert said_by_agent in out, out
        said = played.communicate(timeout=60)[0].decode()
        kind, name = fault.split(":")
        assert f"wrong on purpose: {name} of {kind}" in said, said
    for fault, why in (("nothing", "KIND:NAME"),
                       ("result:wrong-cnf", "nothing that this peer makes"),
                       ("evidence:no-such", "is no fault of evidence")):
        assert why in tool.run(2, "agent", *device, "--fault", fault,
                               tamd.uri), fault


def foreign_agent(tool, home):
    """An agent that shares no code with ours, with the file of what it is
    known not to do."""
    setup, public = home / "agent-setup", home / "foreign"
    public.mkdir()
    program = ["/usr/bin/python3", "-B", str(HERE / "foreign_agent.py")]
    subprocess.run([*program, "init", str(public)], check=True, timeout=60)
    tool.run(0, "conform", "setup", "agent", "--uri",
             "http://127.0.0.1:1/tam", setup)
    target = "exec:" + " ".join([*program, str(setup), str(public)])
    words = ["conform", "agent", "--setup", setup, "--keys", public]
    out = tool.run(0, *words, "--known-failures", HERE / "foreign.known",
                   target)
    assert " 0 failed, 14 failed as known" in out, out
    # Without the file they are failures, and the second run is no older one.
    out = tool.run(1, *words, "--only", "agent.bound", target)
    assert " 2 failed" in out, out


def ask(method, url, body=None, kind=None):
    request = urllib.request.Request(
        url, body, {"Content-Type": kind} if kind else {}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers, answer.read()


def hostile_words(port):
    """What would drive a terminal, or make a line of its own."""
    for line in (b"GET /%1b]0;x%07%0a--%3e%20200", b"G\x1b[2JT /",
                 b"POST /challenge-response/v1/newSession?nonceSize=%1b[1m"):
        with socket.create_connection(("127.0.0.1", port), 30) as s:
            s.sendall(line + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                      b"\r\n")
            assert s.recv(12).startswith(b"HTTP/1.1 4"), line


def verifier(tool, home):
    port = free_port()
    (home / "result").write_bytes(b"verdict")
    base = f"http://127.0.0.1:{port}"
    played = tool.start("verifier", "--result", home / "result",
                        "--sessions", "1", f"{base}/challenge-response/v1")
    wait_for(port)
    status, headers, body = ask(
        "POST", f"{base}/challenge-response/v1/newSession?nonceSize=16", b"")
    state = json.loads(body)
    assert status == 201 and state["status"] == "waiting"
    assert len(base64.b64decode(state["nonce"])) == 16
    session = base + headers["Location"]
    assert json.loads(ask("GET", session)[2])["status"] == "waiting"
    hostile_words(port)
    state = json.loads(ask("POST", session, b"\xa1\x0a\x41\x01",
                           "application/eat+cwt")[2])
    assert state["status"] == "complete"
    assert base64.b64decode(state["result"]) == b"verdict"
    said = played.communicate(timeout=60)[0].decode()
    assert played.returncode == 0 and "newSession" in said, said
    assert r"<-- GET /\x1b]0;x\x07\n--> 200" in said, said
    assert said.count(r"\x1b") == 3, said
    assert all(c == "\n" or c.isprintable() for c in said), said
    tool.checks += 1


def main():
    build = sys.argv[1]
    tool, home = Tool(build), pathlib.Path(tempfile.mkdtemp(prefix="tool-"))
    tamd = Tamd(Programs(build), home / "tam")
    setup = home / "setup"
    try:
        lists(tool)
        tool.run(0, "conform", "setup", "tam", setup)
        tamd.start()
        conform_tam.know(tamd, setup)
        common = ["--setup", setup, "--keys", tamd.home / "public"]
        known = known_failures(tool, home, common, tamd.uri)
        reports(tool, home, common, tamd.uri, known)
        socket_target(tool, common, tamd.uri)
        peers(tool, home, setup, tamd)
        foreign_agent(tool, home)
        verifier(tool, home)
    finally:
        faults = tamd.stop()
        shutil.rmtree(home)
    assert not faults, faults
    print(f"{tool.checks} runs of the tool went as they should")
    return 0 if tool.checks > 10 else 1


if __name__ == "__main__":
    sys.exit(main())
