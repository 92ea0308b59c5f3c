"""The agent, the variants and the verdict, against a scripted peer."""
import http.server
import os
import threading
import time

import agent as a
import cose
import evidence as e
import run
import stage
from cbor import decode, encode
from cose import ED25519, ESP256, Key, keyring
from peer import Peer, author
from selftest_base import ROOT, SUITES, Test
from stage import Stage, flip
from variants import VARIANTS


class Sessions(Test):
    def scene(self, alg, payload=b"payload"):
        device = e.Device("scene", alg)
        device.vendor = device.klass = bytes(16)
        signer = Key.new()
        peer = Peer(device, author(signer, payload))
        trust = a.Trust(peer.keys, peer.ecdh, [signer])
        return peer, a.Agent(device, trust, peer.post)

    def test_whole_session(self):
        for alg in SUITES:
            for content in cose.CONTENT_ALGS:
                peer, agent = self.scene(alg)
                agent.device.content_alg = content
                agent.encrypt_reports = content != cose.A128CTR
                trace = agent.session()
                self.assertEqual(trace, [
                    "QueryRequest", "QueryResponse", "Update", "Success",
                    "QueryRequest", "QueryResponse"])
                self.assertTrue(peer.installed)

    def test_evidence_is_complete(self):
        peer, agent = self.scene(ESP256)
        agent.query_request(peer.post().body)
        agent.query_response()
        claims = agent.claims
        self.assertEqual(claims.keys(), set(e.REQUIRED))
        self.assertEqual(len(claims[e.AUD]), 43)
        self.assertEqual(claims[e.NONCE], peer.challenge)
        self.assertNotEqual(claims[e.REPORT_KEY], claims[e.CNF][1])

    def test_unbound_updates(self):
        def drop(label):
            return lambda o: {k: v for k, v in o.items() if k != label}
        for change, reason in (
                (drop(a.TOKEN), "unbound-update"),
                (drop(a.PAYLOAD), "unbound-update"),
                (lambda o: {**o, a.FORMAT: e.FORMAT}, "unbound-update")):
            peer, agent = self.scene(ESP256)
            peer.update_change = change
            self.refused(reason, agent.session)
            self.assertEqual(agent.installed, [])

    def test_foreign_results(self):
        for claim, value, reason in (
                (8, {3: bytes(32)}, "result-not-bound"),
                (8, {1: Key.new().cose}, "result-not-bound"),
                (10, bytes(32), "result-nonce"),
                (4, int(time.time()) - 1, "expired"),
                (256, b"\x01" * 17, "result-claims"),
                (265, "urn:other", "result-claims")):
            peer, agent = self.scene(ESP256)
            peer.result_change = lambda r: {**r, claim: value}
            self.refused(reason, agent.session)
            self.assertEqual(agent.installed, [])

    def test_who_signs_results(self):
        peer, agent = self.scene(ESP256)
        agent.trust.results = [Key.new(), peer.verifier]
        agent.session()
        self.assertEqual(len(agent.installed), 1)
        peer, agent = self.scene(ESP256)
        agent.trust.results = [Key.new()]
        self.refused("unknown-key", agent.session)
        peer, agent = self.scene(ESP256)
        agent.trust.results = [peer.verifier]
        peer.update_change = lambda o: {**o, a.PAYLOAD: flip(o[a.PAYLOAD], -1)}
        self.refused("bad-signature", agent.session)
        self.assertEqual(agent.installed, [])

    def test_foreign_tam_results(self):
        """What a TAM says of itself."""
        result, tam, other = Key.new(), Key.new(), Key.new()
        good = {
            4: int(time.time()) + 60, 6: int(time.time()),
            8: {3: tam.kid}, 10: b"challenge", 256: b"\x01" + bytes(16),
            258: bytes(16), 259: b"tamd", 260: ["none"],
            265: e.RESULT_PROFILE, 272: [e.manifest_entry("", bytes(32))]}

        def check(claims, key=result):
            return e.check_tam_result(
                cose.sign1(key, encode(claims), tagged=False), [result],
                tam.kid, b"challenge", bytes(32))

        self.assertEqual(check(good), good)
        self.refused("unknown-key", check, good, other)
        for claim, value, reason in (
                (8, {3: other.kid}, "result-not-bound"),
                (10, bytes(32), "result-nonce"),
                (4, int(time.time()) - 1, "expired"),
                (256, b"\x02" + bytes(16), "result-claims"),
                (265, e.PROFILE, "result-claims"),
                (272, [e.manifest_entry("", bytes(31) + b"x")],
                 "result-claims")):
            self.refused(reason, check, {**good, claim: value})
        for claim in e.RESULT_REQUIRED:
            self.refused("result-claims", check, {
                k: v for k, v in good.items() if k != claim})

    def test_tam_that_does_not_attest_itself(self):
        peer, agent = self.scene(ESP256)
        agent.query_request(peer.post().body)
        agent.demand()
        self.refused("attestation-required", agent.query_request,
                     peer.post().body)

    def test_replayed_update(self):
        peer, agent = self.scene(ESP256)
        agent.query_request(peer.post().body)
        update = peer.post(agent.query_response()).body
        agent.update(update)
        self.refused("no-open-exchange", agent.update, update)
        agent.query_request(peer.post().body)
        agent.query_response()
        self.refused("unbound-update", agent.update, update)

    def test_foreign_signer(self):
        peer, agent = self.scene(ESP256)
        peer.envelope = author(Key.new(), b"payload")
        self.refused("bad-signature", agent.session)

    def test_failed_install_is_reported(self):
        peer, agent = self.scene(ESP256)
        agent.device.vendor = bytes([1] * 16)
        agent.query_request(peer.post().body)
        agent.update(peer.post(agent.query_response()).body)
        kind, options, code = decode(cose.verify1(
            agent.success(), keyring(agent.device.teep))[0])
        self.assertEqual((kind, code), (a.ERROR, 11))
        report = decode(cose.verify1(
            options[a.REPORTS][0], keyring(agent.device.report))[0])
        self.assertEqual(report[4][7], a.CONDITION_FAILED)
        self.assertEqual(agent.installed, [])

    def test_tam_error(self):
        peer, agent = self.scene(ESP256)
        peer.update_change = lambda o: {a.ERR_CODE: 7, a.ERR_MSG: "no"}
        with self.assertRaises(a.TamError) as caught:
            agent.session()
        self.assertEqual(caught.exception.code, 7)


class Http(Test):
    """The agent over a real socket."""

    def serve(self, post, headers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                reply = post(self.rfile.read(
                    int(self.headers["Content-Length"])))
                self.send_response(reply.status)
                if reply.status == 200:
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", len(reply.body))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,),
                         daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return a.Http(f"http://127.0.0.1:{server.server_port}/tam")

    def test_session(self):
        peer, agent = Sessions.scene(self, ED25519)
        agent.post = self.serve(peer.post, a.RESPONSE_HEADERS).post
        self.assertEqual(len(agent.session()), 6)
        self.assertTrue(peer.installed)

    def test_missing_header(self):
        for missing in a.RESPONSE_HEADERS:
            peer, agent = Sessions.scene(self, ED25519)
            agent.post = self.serve(peer.post, {
                k: v for k, v in a.RESPONSE_HEADERS.items()
                if k != missing}).post
            self.refused("http-status", agent.session)

    def test_raw(self):
        peer, _ = Sessions.scene(self, ED25519)
        client = self.serve(peer.post, a.RESPONSE_HEADERS)
        reply = client.raw(b"POST /tam HTTP/1.0\r\nContent-Length: 1"
                           b"\r\n\r\nx")
        self.assertEqual(reply.status, 204)


class Judge(Test):
    """The verdict itself: what is not expected must not pass."""

    def test_judge(self):
        peer, agent = Sessions.scene(self, ESP256)
        scene = Stage(agent.device, None, agent.trust, None, None)
        agent.query_request(peer.post().body)
        request = peer.post()
        install = peer.post(agent.query_response())
        key = peer.key

        def error(code, text, **more):
            return a.Reply(200, {}, cose.sign1(key, encode(
                [3, {a.ERR_CODE: code, a.ERR_MSG: text, **more}])))

        empty = a.Reply(204, {}, b"")
        refusal = error(7, "evidence-nonce")
        replies = (empty, request, install, refusal, a.Reply(413, {}, b""),
                   a.Reply(200, {}, b""), a.Reply(204, {}, b"x"),
                   error(1, "evidence-nonce"), error(7, "claim-mismatch"),
                   error(7, "evidence-nonce: other"),
                   a.Reply(200, {}, cose.sign1(Key.new(), encode(
                       [3, {a.ERR_CODE: 7, a.ERR_MSG: "evidence-nonce"}]))))
        for expect, good in (
                (stage.EMPTY, empty), (stage.REQUEST, request),
                (stage.UPDATE, install), (stage.ATTEST, refusal),
                (stage.APPRAISED, refusal),
                (stage.http(413), replies[4])):
            variant = stage.Variant("x", expect, "evidence-nonce", None)
            for reply in replies:
                if reply is good:
                    run.judge(variant, scene, reply)
                else:
                    self.refused(None, run.judge, variant, scene, reply)


    def test_log(self):
        variant = stage.Variant("x", stage.EMPTY, "replay", None)
        line = {"reason": "replay", "status": 204}
        run.judge_log(variant, [line])
        unseen = stage.Variant("x", stage.http(405), None, None)
        run.judge_log(unseen, [])
        for v, lines in (
                (variant, []), (variant, [line, line]), (unseen, [line]),
                (variant, [{**line, "reason": "expired"}]),
                (variant, [{**line, "status": 200}])):
            self.refused("wrong outcome", run.judge_log, v, lines)

    def test_state(self):
        old = {"reason": "accepted", "proves": True}

        def state(**more):
            return {"mine": {"verdict": "accepted", "appraisals": [old],
                             "components": [], **more}, "other": {}}

        record = {"reason": "evidence-nonce", "proves": False}
        refused = {"verdict": "evidence-nonce", "appraisals": [record, old]}
        silent, recorded = (stage.Variant("x", e, "evidence-nonce", None)
                            for e in (stage.EMPTY, stage.APPRAISED))
        run.judge_state(silent, "mine", state(), state())
        run.judge_state(recorded, "mine", state(), state(**refused))
        for v, after in (
                (silent, state(**refused)), (recorded, state()),
                (recorded, state(**refused, components=["new"])),
                (recorded, {**state(**refused), "other": {"new": 1}}),
                (recorded, state(verdict="evidence-nonce", appraisals=[
                    {**record, "proves": True}, old])),
                (recorded, state(verdict="evidence-nonce", appraisals=[
                    record, {**old, "proves": False}])),
                (recorded, state(verdict="accepted", appraisals=[
                    record, old]))):
            self.refused("wrong outcome", run.judge_state, v, "mine",
                         state(), after)


class Variants(Test):
    """Each variant can be played, sends something, and no two share a name;
    what tamd makes of them is run.py's matter."""

    def test_names(self):
        names = [v.name for v in VARIANTS]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreater(len(names), 25)

    def test_reasons_are_known(self):
        header = ROOT / "include/tamarind/base.h"
        text = header.read_text()
        for v in VARIANTS:
            for reason in (v.reason, v.told):
                if reason is not None:
                    self.assertIn(f'"{reason}"', text, v.name)

    def test_play(self):
        for alg in SUITES:
            for v in VARIANTS:
                with self.subTest(v.name):
                    mine, other = e.Device("a", alg), e.Device("b", alg)
                    mine.vendor = mine.klass = bytes(16)
                    other.vendor = other.klass = bytes(16)
                    signer = Key.new()
                    peer = Peer(mine, author(signer, b"payload"))
                    trust = a.Trust(peer.keys, peer.ecdh, [signer])
                    scene = Stage(mine, other, trust, peer,
                                  lambda: os.urandom(32), 0)
                    scene.keep_old()
                    if "stolen" in v.name or "token-of-another" in v.name:
                        # Two devices: one peer plays for one only.
                        scene.other = mine
                    self.assertIsInstance(v.play(scene), a.Reply)
