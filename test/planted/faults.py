"""Planted faults: read from NAME.faults beside this file.

    == skips-cnf
    why: what somebody could have written
    cases: tam.evidence.cnf-stranger ...
    file: lib/verifier/eat.c
    <<<
    the lines as they stand
    ===
    the lines with the fault
    >>>

A fault may have several files.  Its cases, all of them, have to notice it.
"""
import pathlib

from workshop import Hunk

HERE = pathlib.Path(__file__).resolve().parent


class Fault:
    def __init__(self, role, name):
        self.role, self.name = role, name
        self.why, self.cases, self.hunks = "", [], []


def read(role):
    path = HERE / f"{role}.faults"
    faults, state, file, old, new = [], None, None, [], []
    for number, line in enumerate(path.read_text().split("\n"), 1):
        where = f"{path.name}:{number}"
        if state is None and line.startswith("== "):
            faults.append(Fault(role, line[3:]))
        elif state is None and line.startswith("why: "):
            faults[-1].why = line[5:]
        elif state is None and line.startswith("cases: "):
            faults[-1].cases += line[7:].split()
        elif state is None and line.startswith("file: "):
            file = line[6:]
        elif state is None and line == "<<<":
            state, old, new = "old", [], []
        elif state == "old" and line == "===":
            state = "new"
        elif state == "new" and line == ">>>":
            faults[-1].hunks.append(Hunk(
                file, "\n".join(old) + "\n",
                "".join(x + "\n" for x in new)))
            state = None
        elif state is not None:
            (old if state == "old" else new).append(line)
        elif line and not line.startswith("#"):
            raise ValueError(f"{where}: {line!r} is not understood")
    for f in faults:
        if not (f.why and f.cases and f.hunks) or state is not None:
            raise ValueError(f"{path.name}: {f.name} is not whole")
    return faults
