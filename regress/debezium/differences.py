"""What is known to differ, each entry by the name of its row in docs/format.md, "Where we differ and why".

A finding that an entry explains is counted under it. One that none explains makes the run fail.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import decimal
import json
import struct
import typing

import compare
import documented


@dataclasses.dataclass
class Place:
    """A finding with what the generator knows of the column it is in."""
    finding: compare.Finding
    configuration: typing.Any
    column: typing.Any       # tables.Column or None
    table: typing.Any        # tables.Table or None

    @property
    def kind(self):
        return self.column.type.kind if self.column else None

    @property
    def element(self):
        """The element type's kind of an array; else the type's own."""
        return (self.kind or "").removesuffix("[]")

    @property
    def theirs(self):
        return self.finding.theirs

    @property
    def ours(self):
        return self.finding.ours

    @property
    def in_row(self):
        path = compare.payload_path(self.finding.path)
        return path[0] in ("before", "after", "key") if path else False


def single(number):
    try:
        return struct.pack("f", float(number))
    except (OverflowError, TypeError, ValueError):
        return None


def same_real(place):
    return (place.element == "real" and isinstance(place.theirs, (float, decimal.Decimal)) and isinstance(place.ours, (float, decimal.Decimal))
            and single(place.theirs) == single(place.ours))


def only_theirs(place, record):
    return place.finding.path == ("record",) and place.theirs == "written" and record(place.finding.record)


def text_for_null(place):
    return place.theirs is None and isinstance(place.ours, str)


def in_nested_array(place):
    """The value of a column, or an element of it, is an array where Debezium has none."""
    if isinstance(place.ours, list) and isinstance(place.finding.path[-1], int):
        return True
    return isinstance(place.ours, list) and any(isinstance(element, list) for element in place.ours)


def cut_in_two(place):
    """Theirs ends in half a character, which ours leaves out."""
    return (isinstance(place.theirs, str) and isinstance(place.ours, str) and place.theirs[:-1] == place.ours
            and "\ud800" <= place.theirs[-1:] <= "\udbff")


def of_chosen_key(place):
    """The key of an old row that does not have it, or the records that follow from it."""
    return (place.configuration.is_at(key="chosen") and place.table is not None and place.table.identity != "full"
            and place.finding.path[0] in ("key", "record"))


def placeholder_in_disguise(place):
    usual = place.configuration.settings.get("unavailable.value.placeholder", "__debezium_unavailable_value")
    return place.configuration.levels["columns"] in ("truncate", "hash") and place.in_row and place.ours == usual


def masked_citext(place):
    return place.kind == "citext" and place.configuration.levels["columns"] in ("mask", "hash") and isinstance(place.ours, str)


def default_of_hashed(place):
    hashed = [setting for setting in place.configuration.settings if setting.startswith("column.mask.")]
    return hashed and place.in_row and place.ours is None and isinstance(place.theirs, str) and place.column.default is not None


def reordered_hstore(place):
    """The same members in another order."""
    if place.element != "hstore" or not isinstance(place.theirs, str) or not isinstance(place.ours, str):
        return False
    try:
        return place.theirs != place.ours and json.loads(place.theirs) == json.loads(place.ours)
    except ValueError:
        return False


def array_for_null(place):
    return place.theirs is None and isinstance(place.ours, list)


def cut_time(place):
    """The same time of day without its microseconds."""
    if place.kind != "time[]":
        return False
    theirs, ours = str(place.theirs), str(place.ours)
    if theirs.isdigit() and ours.isdigit():
        unit = 1000000 if len(place.configuration.settings.get("time.precision.mode", "")) == len("nanoseconds") else 1000
        return int(theirs) == int(ours) // unit * unit
    return theirs.endswith("Z") and ours.startswith(theirs.removesuffix("Z"))


def null_element(place):
    return place.element in ("enum", "ltree", "tsvector", "isbn") and array_for_null(place) and None in place.ours


# Row of the table, and whether a place is such a one.
KNOWN = (
    ("`message.key.columns` with columns that the old row does not tell", of_chosen_key),
    ("a character beyond the BMP that truncation cuts in two", cut_in_two),
    ("placeholder of a truncated or hashed column's unchanged TOAST value", placeholder_in_disguise),
    ("`citext` columns that are masked or hashed", masked_citext),
    ("DEFAULT of a masked or hashed column", default_of_hashed),
    ("tombstone without a key", lambda p: only_theirs(p, lambda record: record.value is None and record.key is None)),
    ("timetz whose offset has seconds", lambda p: p.element == "timetz" and text_for_null(p)),
    ("the smallest normal `real`, and some other numbers", same_real),
    ("`name` columns", lambda p: p.element == "name" and text_for_null(p)),
    ("arrays of more than one dimension", lambda p: p.kind and p.kind.endswith("[]") and in_nested_array(p)),
    ("`date` ±infinity", lambda p: p.element == "date" and p.ours in (2147483647, -2147483648)),
    ("arrays of bit strings", lambda p: p.element.startswith(("bit(", "varbit")) and array_for_null(p)),
    ("arrays of enums, `ltree` or `tsvector` with a null element", null_element),
    ("microseconds in `time[]`", cut_time),
    ("the order of an hstore's members in `json` mode", reordered_hstore),
    ("numeric with negative scale", lambda p: p.element == "numeric(p,-s)"),
)


def check_rows():
    """Every entry names a row that a reader finds."""
    missing = [row for row, _ in KNOWN if row not in documented.rows()]
    if missing:
        raise SystemExit(f"docs/format.md has no row {missing} in \"{documented.HEADING[3:]}\", which regress/debezium/differences.py names")


def explain(place):
    """The row that explains it, or None."""
    return next((row for row, matches in KNOWN if matches(place)), None)
