"""The story that tamd dies in: three orders of its operator, and one session
of a device from the question to the proof.

Each step is taken again until it is acknowledged, by the same process or by
the next one, as operators and devices do.  What was acknowledged is
remembered, and so is every message, to be sent once more.
"""
import http.client
import time

from agent import Agent, Http, TamError
from cbor import Refused
from tamd_life import LATE, PATIENCE
from world import COMPONENT, PAYLOAD

TRIES = 3  # of one step by one process whose disk stays broken
SESSIONS = 8  # until a proof is there
AGAIN = 0.1  # seconds, before a step is taken again


class Wrong(Exception):
    """What must not happen, whatever dies."""


class NoAnswer(Exception):
    """Nothing was acknowledged."""


def names_a_reason(text):
    """tamctl's one line on a refusal: what was asked, a reason, its text; or
    that nobody answers.  A status alone is none."""
    return text.count("\n") == 1 and (
        "tamd does not answer" in text or text.count(": ") >= 3)


class Story:
    # "again" only after the device was told nothing
    STEPS = ("device", "component", "assign", "connect", "response",
             "success", "proof", "again")

    def __init__(self, template):
        self.template = template
        self.agent = Agent(template.device, template.trust, self._post)
        self.at = 0
        self.acked = set()
        self.tried = set()  # orders that may have been carried out
        self.wire, self.sent = None, False  # of the step that is under way
        self.answered = []  # (type, message)
        self.responses = 0  # QueryResponses that were sent, each once
        self.refusals = []  # what somebody was told instead of an answer
        self.life = None

    # Talking

    def _post(self, body=b""):
        try:
            reply = Http(self.life.uri, 60).post(body)
        except (OSError, http.client.HTTPException) as e:
            self.refusals.append(("lost", repr(e)))
            raise NoAnswer(repr(e)) from None
        if reply.status == 503:
            self.refusals.append(("503", ""))
            raise NoAnswer("503")
        if reply.status not in (200, 204):
            raise Wrong(f"HTTP {reply.status}")
        if reply.status == 200 and "Content-Length" not in reply.headers:
            raise NoAnswer("half a head")
        return reply

    def _send(self, make):
        """The message of this step, made once; was it sent before?"""
        if self.wire is None:
            self.wire, self.sent = make(), False
            self.responses += make == self.agent.query_response
        before, self.sent = self.sent, True
        return self._post(self.wire), before

    # Steps: each returns the next one's number, or raises NoAnswer

    def _order(self, name, *words):
        status, text = self.life.ctl(*words)
        again, self.tried = name in self.tried, self.tried | {name}
        if status == 0 or (again and ": exists:" in text):
            self.acked.add(name)
            return self.at + 1
        if status != 1 or not names_a_reason(text):
            raise Wrong(f"tamctl {words[0]}: {status}: {text}")
        self.refusals.append(("tamctl", text))
        raise NoAnswer(text)

    def device(self):
        return self._order("device", "device", "add", LATE, "--key",
                           self.template.late_key)

    def component(self):
        return self._order("component", "component", "add",
                           self.template.files.envelope)

    def assign(self):
        return self._order("assign", "assign", "all", COMPONENT)

    def connect(self):
        self.agent.query_request(self._post(b"").body)
        return self.at + 1

    def response(self):
        reply, before = self._send(self.agent.query_response)
        if reply.status == 204:
            return self._refused(before)
        try:
            self.agent.update(reply.body)
        except TamError as e:
            raise Wrong(f"the TAM will not: {e}") from None
        if [i for _, i in self.agent.installed] == []:
            raise Wrong("an Update without what is assigned")
        self._answered("response")
        return self.at + 1

    def success(self):
        reply, before = self._send(self.agent.success)
        if reply.status == 204:
            return self._refused(before)
        self.agent.query_request(reply.body)
        self._answered("success")
        return self.at + 1

    def proof(self):
        reply, before = self._send(self.agent.query_response)
        if reply.status != 204 or self.state() != "proven":
            return self._refused(before)
        self._answered("proof")
        return len(self.STEPS)

    def _answered(self, name):
        self.answered.append((name, self.wire))
        self.acked.add(name)
        self.wire = None

    def _refused(self, before):
        """It was told nothing.  That is right only for what may have been
        counted already: then new sessions must bring it to its end."""
        if not before:
            raise Wrong(f"{self.STEPS[self.at]}: refused at once")
        self.wire = None
        return self.STEPS.index("again")

    def again(self):
        for _ in range(SESSIONS):
            self._session()
            if self.state() == "proven":
                self.acked.add("proof")
                return len(self.STEPS)
            time.sleep(0.3)
        raise Wrong(f"not proven after {SESSIONS} more sessions")

    def _session(self):
        """A session of the whole, every message remembered."""
        self.agent.close()
        reply = self._post(b"")
        for _ in range(8):
            if reply.status == 204:
                return
            try:
                message = self.agent.answer(reply.body)
            except TamError as e:
                raise Wrong(f"the TAM will not: {e}") from None
            kind = "success" if self.agent.trace[-1] == "Success" else \
                "response"
            self.responses += kind == "response"
            reply = self._post(message)
            self.answered.append((kind, message))
        raise Wrong("a session without end")

    # What is known

    def book(self):
        return self.life.get(f"/v1/devices/{self.template.device.name}")

    def state(self):
        try:
            found = [c["state"] for c in self.book()["components"]
                     if c["id"] == COMPONENT]
        except (OSError, http.client.HTTPException, AssertionError) as e:
            raise NoAnswer(repr(e)) from None
        return found[0] if found else None

    # The whole

    def go(self, life, tries_most=None):
        """As far as this process lets it; true: to the end.  Without a
        number of tries it has to come back by itself, or end."""
        self.life = life
        tries, until = 0, time.monotonic() + PATIENCE
        while self.at < len(self.STEPS):
            step = getattr(self, self.STEPS[self.at])
            try:
                self.at = step()
                tries = 0
            except NoAnswer:
                tries += 1
                if not life.alive() or tries == tries_most:
                    return False
                if time.monotonic() > until:
                    raise Wrong("alive, and does not come back by itself"
                                ) from None
                time.sleep(AGAIN)
            except Refused as e:
                raise Wrong(f"{self.STEPS[self.at]}: {e}") from None
        return True

    def kept(self, life):
        """Is there what was acknowledged, and nothing counts twice?"""
        self.life = life
        has = {
            "device": LATE in [d["name"] for d in
                               life.get("/v1/devices")["items"]],
            "component": COMPONENT in [
                c["id"] for c in life.get("/v1/components")["items"]],
            "assign": COMPONENT in [
                a["component"] for a in
                life.get("/v1/assignments")["items"]],
            "success": self.state() in ("reported", "proven"),
            "proof": self.state() == "proven",
        }
        for name, there in has.items():
            if name in self.acked and not there:
                raise Wrong(f"{name} was acknowledged and is lost")
        self.replay()

    def replay(self):
        before = self.book()
        for name, wire in self.answered:
            reply = self._post(wire)
            if reply.status != 204 or reply.body:
                raise Wrong(f"{name} counts twice: {reply.status}")
        if self.book() != before:
            raise Wrong("a replay has left a trace")

    def end(self, life):
        """Everything is there, each once, and there is nothing to do."""
        self.acked |= {"device", "component", "assign", "proof"}
        self.kept(life)
        images = [i for _, found in self.agent.installed
                  for i in found.values()]
        if images != [PAYLOAD]:
            raise Wrong("another image")
        seen = len(self.book()["appraisals"])
        if not 1 <= seen <= self.responses:
            raise Wrong(f"{seen} appraisals of {self.responses} messages")
        self._session()
        if self.state() != "proven":
            raise Wrong("a session took the proof away")
