#!/usr/bin/python3
"""tamd dies, or its disk and connections fail, at every moment.

    deaths_tamd.py BUILD [all|SEED] [--only ROLE:KIND:N:WHAT] [--said]

One story without harm counts the points of each process.  Then, for each point
and each harm that can be done to it, tamd is started anew on the same folder,
harmed once, and started again as a service manager would.  Whatever was
acknowledged must be there, nothing may count twice, and the story must come to
its end.  Without "all" a seeded choice is made: TEST_SEED repeats it.  Needs
root, as power does; without it nothing is tested and the test says so (77).
"""
import pathlib
import shutil
import sys
import tempfile

import sweep
from tamd_life import Life, Template, integrity, litter
from tamd_story import TRIES, Story, Wrong

ROLES = ("tamd", "keeper", "front", "admin")


def logged(life):
    """What the log names: (event, reason) of lines that are no good news."""
    found = [(line["event"], line.get("reason", ""))
             for line in life.events()
             if line["level"] in ("error", "warn")]
    return found + [("text", t) for t in life.texts()]


def sanitizers(life):
    return [t for t in life.texts() if "Sanitizer" in t or
            "runtime error" in t or "Assert" in t]


def harmed(template, folder, job, story, out):
    """The life in which it happens."""
    life = Life(template, folder, "harmed", sweep.words_of(job))
    try:
        if life.uri is not None:
            story.go(life, TRIES if job.what.endswith("+") else None)
        status = life.stop()
        out.reached = life.power.read().reached
        out.logged, out.told = logged(life), list(story.refusals)
        out.wrong += sanitizers(life)
        if sweep.is_error(job) and job.kind in ("store", "load"):
            if (out.told or life.uri is None) and not out.logged:
                out.wrong.append("refused, and the log names no reason")
            out.wrong += [f"no answer: {t}" for how, t in out.told
                          if how == "lost" and status == 0]
    finally:
        life.kill()


def healed(template, folder, story, out):
    """The life afterwards."""
    life = Life(template, folder, "healed")
    try:
        if life.uri is None:
            raise Wrong(f"does not start again: {logged(life)}")
        story.kept(life)
        if not story.go(life):
            raise Wrong(f"does not go on: {story.refusals} {logged(life)}")
        story.end(life)
        if life.stop() != 0:
            raise Wrong("ended badly")
        bad = [line for line in life.events() if line["level"] == "error"]
        out.wrong += [str(line) for line in bad] + life.texts()
    finally:
        life.kill()


def run(template, home, job, out):
    folder = home / "tam"
    template.copy(folder)
    story = Story(template)
    harmed(template, folder, job, story, out)
    out.wrong += integrity(folder, home / "copy")
    healed(template, folder, story, out)
    out.wrong += integrity(folder, home / "copy")
    out.wrong += litter(template.tam.home, folder)


def commits_are_safe(report):
    """The end of the journal is the commit: is its folder told to keep it,
    before anything is answered?"""
    admin = [p for p in report.points if p.role == "admin" and
             p.kind in ("store", "send")]
    ends = [i for i, p in enumerate(admin) if p.call == "unlink" and
            p.target == "policy/policy.db-journal"]
    assert ends
    for i in ends:
        following = admin[i + 1]
        assert (following.call, following.target) == (
            "fdatasync", "policy"), following


def count(template):
    """The points of a story without harm."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="power-"))
    try:
        home.chmod(0o755)
        template.copy(home / "tam")
        life = Life(template, home / "tam", "counted", [])
        try:
            assert life.uri and Story(template).go(life), logged(life)
            assert life.stop() == 0, logged(life)
        finally:
            life.kill()
        report = life.power.read()
        assert report.ended
        commits_are_safe(report)
        return report
    finally:
        shutil.rmtree(home)


def always(job):
    """A database that could not be opened for writing in that moment."""
    return (job.what, job.call, job.role) == ("EIO", "openat", "admin") and \
        job.target.endswith("/policy.db")


if __name__ == "__main__":
    sys.exit(sweep.main(__doc__, ROLES, Template, count, run, always=always))
