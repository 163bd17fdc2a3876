"""A finding with what the generator knows of the column and the table it is in.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import typing

import compare
import expected


@dataclasses.dataclass
class Place:
    finding: compare.Finding
    configuration: typing.Any
    column: typing.Any = None       # tables.Column or None
    table: typing.Any = None        # tables.Table or None
    columns: list = dataclasses.field(default_factory=list)     # the column, and where the record does not tell its time, those that had its name at another
    history: list = dataclasses.field(default_factory=list)     # the table so, too
    written: expected.Written = dataclasses.field(default_factory=expected.Written)
    labels: list = dataclasses.field(default_factory=list)      # that the enum had been given by then
    comments: list = dataclasses.field(default_factory=list)    # of all columns
    is_by_pgoutput: bool = False

    @property
    def path(self):
        return self.finding.path

    @property
    def theirs(self):
        return self.finding.theirs

    @property
    def ours(self):
        return self.finding.ours

    @property
    def kind(self):
        return self.column.type.kind if self.column else None

    @property
    def element(self):
        """The element type's kind of an array; else the type's own."""
        return (self.kind or "").removesuffix("[]")

    @property
    def is_array(self):
        return (self.kind or "").endswith("[]")

    def was(self, *elements):
        """Whether the column, or one of its name, is of such a type, alone or as elements."""
        return any(column.type.kind.removesuffix("[]") in elements for column in self.columns)

    @property
    def of_outbox(self):
        """In a record that the EventRouter made."""
        return self.table is None and self.configuration.outbox is not None

    @property
    def in_row(self):
        path = compare.payload_path(self.path)
        if not path or path[:1] == ("schema",) or path[:2] == ("key", "schema"):
            return False
        unwrapped = self.column is not None and ("unwrap" in self.configuration.levels["transforms"] or self.of_outbox)
        return unwrapped or path[0] in ("before", "after", "key")

    def of_ours(self, end):
        """Our value at the path as far as end(name, the name before) says, or ABSENT where ours does not go so far."""
        if self.path[0] == "key":
            found, path = self.finding.other.key, self.path[1:]
        elif self.path[0] == "before" and self.finding.record.payload is not self.finding.record.value:
            found, path = self.finding.other.payload, self.path     # of a delete held against an update
        else:
            found, path = self.finding.other.value, self.path
        for place, part in enumerate(path):
            if end(part, path[place - 1] if place else None):
                break
            if not isinstance(found, (dict, list)) or isinstance(found, dict) and part not in found:
                return compare.ABSENT
            found = found[part]
        return found

    @property
    def whole(self):
        """Our value of the column, or its element, that the finding is in."""
        return self.of_ours(lambda _, before: isinstance(before, int))

    @property
    def of_column(self):
        """Our value of the whole column."""
        return self.of_ours(lambda part, _: isinstance(part, int))
