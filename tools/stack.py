"""The deepest stack of the rooms, from what the compiler wrote (*.ci): frame
sizes and calls.  A call through a pointer is resolved by tools/calls.txt, by
the name of the member that is called."""
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"'
                  r'(?: label: "([^"]+)")?')
# What the compiler calls by itself, with frames of a few words.
LIBRARY = {"memcpy", "memmove", "memset", "memcmp", "strlen", "strchr",
           "strcmp", "__aeabi_uldivmod", "__aeabi_uidivmod", "__aeabi_llsr",
           "__aeabi_llsl", "__aeabi_lasr", "__aeabi_lmul"}
LIBRARY_FRAME = 32


class Trouble(Exception):
    """The graph cannot be walked."""


def name_of(title):
    """lib/suit/nest.c:nest, or suit_next."""
    path, colon, name = title.rpartition(":")
    if not colon:
        return title
    path = os.path.relpath(path, ROOT) if os.path.isabs(path) else path
    return path + ":" + name


def member_called(where):
    """The struct members, or the parameter, called in the statement at
    FILE:LINE:COLUMN."""
    path, line, column = where.rsplit(":", 2)
    if not os.path.isabs(path):
        path = os.path.join(ROOT, path)
    with open(path, encoding="utf-8") as f:
        text = f.read().split("\n")
    rest = text[int(line) - 1][max(0, int(column) - 1):]
    rest = "\n".join([rest] + text[int(line):int(line) + 6])
    rest = re.split(r"[;{]", rest, maxsplit=1)[0]
    return re.findall(r"(?:->|\.|^)(\w+)\s*\(", rest)


class Graph:
    def __init__(self, folders, calls):
        self.frame, self.calls, self.indirect = {}, {}, {}
        for folder in folders:
            for ci in glob.glob(os.path.join(folder, "**", "*.ci"),
                                recursive=True):
                self._read(ci)
        self.table = self._table(calls)
        self.deepest = {}

    def _read(self, ci):
        with open(ci, encoding="utf-8") as f:
            for line in f:
                m = NODE.match(line)
                if m:
                    size = re.search(r"(\d+) bytes \(([^)]*)\)", m.group(2))
                    if not size:
                        continue
                    name = name_of(m.group(1))
                    if size.group(2) != "static":
                        raise Trouble(f"{name}: its frame is "
                                      f"{size.group(2)}, not fixed")
                    self.frame[name] = int(size.group(1))
                    self.calls.setdefault(name, set())
                    continue
                m = EDGE.match(line)
                if not m:
                    continue
                name = name_of(m.group(1))
                if m.group(2) == "__indirect_call":
                    self.indirect.setdefault(name, set()).add(m.group(3))
                else:
                    self.calls.setdefault(name, set()).add(
                        name_of(m.group(2)))

    def _table(self, path):
        """{member: functions}, of functions that are there."""
        plain = {}
        for name in self.frame:
            short = name.rpartition(":")[2].split(".")[0]
            plain.setdefault(short, []).append(name)
        table = {}
        with open(path, encoding="utf-8") as f:
            for line in f:
                member, *targets = line.split("#")[0].split() or [None]
                if member is None:
                    continue
                found = set()
                for t in targets:
                    if t == "-":
                        continue
                    file, _, short = t.rpartition(":")
                    named = [n for n in plain.get(short, ())
                             if file in n.rpartition(":")[0]]
                    if not named:
                        raise Trouble(f"{path}: {member}: there is no {t}")
                    found.update(named)
                table.setdefault(member, set()).update(found)
        return table

    def _targets(self, name):
        targets = set(self.calls.get(name, ()))
        for where in self.indirect.get(name, ()):
            members = member_called(where)
            known = [m for m in members if m in self.table]
            if not known:
                raise Trouble(
                    f"{name}: the call at {os.path.relpath(where, ROOT)} goes "
                    f"through {members or 'a pointer'}, which is not in "
                    "tools/calls.txt")
            for m in known:
                targets |= self.table[m]
        return targets

    def walk(self, name, above=()):
        """(octets, path) of the deepest chain of calls from name on."""
        if name in self.deepest:
            return self.deepest[name]
        if name in above:
            raise Trouble("recursion: " + " -> ".join((*above, name)))
        if name not in self.frame:
            if name not in LIBRARY:
                raise Trouble(f"{above[-1]} calls {name}, of which no frame "
                              "is known")
            return LIBRARY_FRAME, (name,)
        best = (0, ())
        for t in self._targets(name):
            best = max(best, self.walk(t, (*above, name)))
        self.deepest[name] = (self.frame[name] + best[0], (name, *best[1]))
        return self.deepest[name]
