"""differences.toml: where a recording and what we write may differ, each place by place.

    [[difference]]
    row = "`name` columns"                  the row of docs/format.md, "Where we differ and why", that decides it
    cases = ["*/t_text"]                    configuration/file, as file names are matched
    place = "ref.public.s_char value.after.n"    topic and path; * stands for any part of it
    values = [['null', '"nm"']]             what Debezium wrote and what we write, as JSON; … stands for any part of it
    compat = true                           compat=debezium writes what Debezium wrote
    compat = "only"                         the difference is there with compat=debezium alone

In a path an array's element is its number, a value with an inline schema is shown without "payload", a field of a schema
has its name, and "record" is a record that one side does not have, as compare.summary() shows it.

SPDX-License-Identifier: Apache-2.0
"""

import fnmatch
import json
import pathlib
import re
import tomllib

import json_difference

TABLE = pathlib.Path(__file__).parent / "differences.toml"
MEMBERS = {"row", "cases", "place", "values", "compat"}


def text_of(value):
    """A value as the table has it."""
    return "absent" if value is json_difference.ABSENT else json.dumps(value, ensure_ascii=False)


def place_of(difference):
    path = [str(part) for part in difference.path]
    if path[1:2] == ["payload"]:
        del path[1]
    return f"{difference.topic} {'.'.join(path)}"


def shown(differences):
    """The first few differences, for a reader."""
    return "\n".join(f"{place_of(found)} [{found.number}]\n  - {text_of(found.theirs)}\n  + {text_of(found.ours)}" for found in differences[:5])


def pattern(words, wildcard):
    return re.compile(".*".join(map(re.escape, words.split(wildcard))), re.DOTALL)


class Entry:
    def __init__(self, members):
        if not members.keys() <= MEMBERS:
            raise ValueError(f"{TABLE.name} has an entry with {sorted(members.keys() - MEMBERS)}")
        self.row = members["row"]
        self.cases = members["cases"]
        self.place = pattern(members["place"], "*")
        self.values = [tuple(pattern(side, "…") for side in pair) for pair in members["values"]]
        self.compat = members.get("compat", False)
        if self.compat not in (False, True, "only"):
            raise ValueError(f"{TABLE.name} has an entry with compat = {self.compat!r}")
        self.title = f"{members['row']}: {members['place']}"
        self.shown = members["values"]

    def explains(self, case, difference):
        """The parts of the entry that the difference is an instance of; empty if it is none."""
        cases = [glob for glob in self.cases if fnmatch.fnmatchcase(case, glob)]
        if not cases or not self.place.fullmatch(place_of(difference)):
            return []
        found = [number for number, (theirs, ours) in enumerate(self.values)
                 if theirs.fullmatch(text_of(difference.theirs)) and ours.fullmatch(text_of(difference.ours))]
        return [("value", number) for number in found] + [("case", glob) for glob in cases if found]

    def parts(self):
        """What has to be of use: each pair of values, each pattern of cases."""
        return [("value", number) for number in range(len(self.values))] + [("case", glob) for glob in self.cases]

    def show(self, part):
        what, which = part
        return f"{self.title}: {which if what == 'case' else self.shown[which]}"


def entries(path=TABLE):
    return [Entry(members) for members in tomllib.loads(path.read_text(encoding="utf-8"))["difference"]]


class Judge:
    """Holds differences against the table, and keeps which of its entries were of use.

    compat: the differences are those of compat=debezium, where entries that it takes away explain nothing; those that it
    brings explain nothing elsewhere.
    """

    def __init__(self, compat, path=TABLE):
        self.entries = [entry for entry in entries(path) if entry.compat is False or compat == (entry.compat == "only")]
        self.used = set()

    def unexplained(self, case, differences):
        found = []
        for difference in differences:
            uses = [(entry, part) for entry in self.entries for part in entry.explains(case, difference)]
            self.used.update(uses)
            if not uses:
                found.append(difference)
        return found

    def useless(self):
        return [entry.show(part) for entry in self.entries for part in entry.parts() if (entry, part) not in self.used]
