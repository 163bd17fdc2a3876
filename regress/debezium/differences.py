"""What is known to differ, each entry by the name of its row in docs/format.md, "Where we differ and why".

A finding that an entry explains is counted under it. One that none explains makes the run fail.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import decimal
import json
import re
import typing

import compare
import documented
import outbox

# Debezium has arrays of these in schemas whose items are required.
ELEMENTS_WITHOUT_NULL = ("enum", "ltree", "tsvector", "isbn", "vector", "halfvec", "sparsevec", "domain", "unmapped")
FLOATS = ("double precision", "vector", "sparsevec", "point", "line", "circle")
COUNTS = ("event_count", "total_order", "data_collection_order")
ELEMENTS_LOST = ("line", "lseg", "box", "path", "polygon", "circle", "sparsevec")
JAVA_OBJECT = re.compile(r"\[[BCDFIJSZ]@[0-9a-f]+|\[+L[\w.]+;@[0-9a-f]+")
FIRST_GREGORIAN_DAY = -141427   # 1582-10-15


@dataclasses.dataclass
class Place:
    """A finding with what the generator knows of the column it is in."""
    finding: compare.Finding
    configuration: typing.Any
    column: typing.Any       # tables.Column or None
    table: typing.Any        # tables.Table or None
    columns: list            # the column, and where the record does not tell its time, those that had its name at another
    history: list            # the table so, too
    tables: list             # all of the round

    @property
    def kind(self):
        return self.column.type.kind if self.column else None

    @property
    def element(self):
        """The element type's kind of an array; else the type's own."""
        return (self.kind or "").removesuffix("[]")

    def was(self, *elements):
        """Whether the column, or one of its name, is of such a type, alone or as elements."""
        return any(column.type.kind.removesuffix("[]") in elements for column in self.columns)

    @property
    def theirs(self):
        return self.finding.theirs

    @property
    def ours(self):
        return self.finding.ours

    @property
    def of_outbox(self):
        """In a record that the EventRouter made."""
        return self.table is None and self.configuration.outbox is not None

    @property
    def is_array(self):
        return (self.kind or "").endswith("[]")

    @property
    def whole(self):
        """Our value of the column, or its element, that the finding is in."""
        found = self.finding.other.key if self.finding.path[0] == "key" else self.finding.other.value
        path = self.finding.path[1:] if self.finding.path[0] == "key" else self.finding.path
        for place, part in enumerate(path):
            if place and isinstance(path[place - 1], int):
                break
            if not isinstance(found, (dict, list)) or isinstance(found, dict) and part not in found:
                return compare.ABSENT   # under a member that ours does not have
            found = found[part]
        return found

    @property
    def in_row(self):
        path = compare.payload_path(self.finding.path)
        if not path or path[:1] == ("schema",) or path[:2] == ("key", "schema"):
            return False
        unwrapped = self.column is not None and ("unwrap" in self.configuration.levels["transforms"] or self.of_outbox)
        return unwrapped or path[0] in ("before", "after", "key")


def same_float(place):
    """Digits differ, the number does not."""
    if place.finding.path == ("key bytes",):
        key = place.finding.record.key
        return any(isinstance(value, (float, decimal.Decimal)) for value in key.get("payload", key).values())
    if place.of_outbox and place.finding.path[0] == "header":
        return place.was("real") and compare.single(place.theirs) == compare.single(place.ours) is not None
    if not isinstance(place.theirs, (float, decimal.Decimal)) or not isinstance(place.ours, (float, decimal.Decimal)):
        return False
    if place.of_outbox and place.configuration.outbox.expands and place.was("text", "varchar", "json", "jsonb"):
        return float(place.theirs) == float(place.ours)     # of the expanded text
    if place.was("real", "halfvec"):
        return compare.single(place.theirs) == compare.single(place.ours)
    return place.element in FLOATS and float(place.theirs) == float(place.ours)


def only_theirs(place, record):
    return place.finding.path == ("record",) and place.theirs == "written" and record(place.finding.record)


def text_for_null(place):
    return place.theirs is None and isinstance(place.ours, str)


def in_nested_array(place):
    """The value of a column, or an element of it, is an array where Debezium has none."""
    if isinstance(place.ours, list):
        return isinstance(place.finding.path[-1], int) or any(isinstance(element, list) for element in place.ours)
    # with inline schemas ours has no form, and theirs shows Java's objects
    return place.ours is None and isinstance(place.theirs, list) and all(
        element is None or isinstance(element, str) and JAVA_OBJECT.fullmatch(element) for element in place.theirs)


def key_left_out(place):
    """The key's schema of a column that no value has."""
    path = place.finding.path
    return (place.configuration.levels["columns"] in ("include", "exclude", "unchanged") and path[:2] == ("key", "schema")
            and (path[-1] == "optional" and place.theirs is True or "default" in path and place.theirs is compare.ABSENT))


def several_rules(place):
    """A column that is propagated beside what masks or truncates it: Debezium takes one of the two."""
    levels = place.configuration.levels
    if levels["propagate"] == "off" or levels["columns"] not in ("mask", "hash", "truncate") or not place.column:
        return False
    path = place.finding.path
    if "__debezium.source" in str(path[-1]) or path[-1] in ("parameters", "masked"):
        return place.theirs is compare.ABSENT
    # what is propagated is not hashed, and keeps its default
    return levels["columns"] == "hash" and (place.in_row and isinstance(place.ours, str) or path[-1] == "default" and place.ours is compare.ABSENT)


def near_fraction(place):
    """The same interval, its seconds less than a nanosecond apart."""
    if place.element != "interval" or not isinstance(place.theirs, str) or not isinstance(place.ours, str):
        return False
    theirs, ours = (words.removesuffix("S").rpartition("M") for words in (place.theirs, place.ours))
    return theirs[0] == ours[0] and abs(decimal.Decimal(theirs[2]) - decimal.Decimal(ours[2])) <= decimal.Decimal("1E-9")


def cut_in_two(place):
    """Theirs ends in half a character, which ours leaves out."""
    return (isinstance(place.theirs, str) and isinstance(place.ours, str) and place.theirs[:-1] == place.ours
            and "\ud800" <= place.theirs[-1:] <= "\udbff")


def counts(place, fit, ours_more=False):
    """A count or an ordinal that follows from events of a table that fits: a delete and a create in place of an update."""
    if place.finding.path[-1] not in COUNTS and "data_collections" not in place.finding.path:
        return False
    theirs, ours = (0 if found is compare.ABSENT else found for found in (place.theirs, place.ours))
    return (ours > theirs if ours_more else theirs > ours) and any(map(fit, place.tables))


def in_key(place):
    """A key, or the records that follow from it."""
    return place.finding.path[0] in ("key", "record", "headers")


def of_chosen_key(place):
    """The key of an old row that does not have it."""
    def fits(table):
        return table.identity != "full"
    return place.configuration.is_at(key="chosen") and (counts(place, fits) or any(map(fits, place.history)) and in_key(place))


def of_odd_index(place):
    return counts(place, lambda table: table.odd) or place.table is not None and bool(place.table.odd) and in_key(place)


def of_other_identity(place):
    return counts(place, lambda table: table.other) or place.table is not None and bool(place.table.other) and in_key(place)


def null_and_default(place):
    """A key with a default that NULL is shown as, too."""
    def fits(table):
        return any(column.default is not None for column in table.columns)
    if not place.configuration.is_at(key="chosen"):
        return False
    # unwrapped, and without the deletion (skipped.operations), nothing but the create's header shows it
    created = place.finding.path == ("headers",) and set(place.theirs) - set(place.ours) == {"__debezium.oldkey"} and set(place.ours) <= set(place.theirs)
    return counts(place, fits) or (created or place.finding.path == ("record",)) and any(map(fits, place.history))


def change_half_seen(place):
    """An update whose old row is known in part."""
    def fits(table):
        return table.identity != "full"
    if not place.configuration.is_at(columns="unchanged"):
        return False
    return counts(place, fits, ours_more=True) or (place.finding.path == ("record",) and place.theirs == "missing"
                                                   and any(map(fits, place.history)))


def change_not_shown(place):
    """An update of what Debezium's value does not show, or between NULL and the default that stands for it."""
    if not place.configuration.is_at(columns="unchanged"):
        return False
    if place.finding.path != ("record",):
        return any(counts(place, lambda table: table.identity == "full", ours_more=more) for more in (True, False))
    before, after = (place.finding.record.payload.get(side) for side in ("before", "after"))
    changed = isinstance(before, dict) and isinstance(after, dict) and {name for name in after if before.get(name) != after[name]}
    if not isinstance(before, dict) and "unwrap" in place.configuration.levels["transforms"]:
        return any(table.identity == "full" for table in place.history)     # the record does not tell what changed
    kinds = {column.name: column.type.kind for column in place.table.columns} if place.table else {}
    lost = changed is not False and all(kinds.get(name, "[]").endswith("[]") or kinds[name] in ("name", "timetz", "int2vector", "oidvector", "date")
                                        for name in changed)
    if place.theirs == "written":
        return lost     # perhaps nothing has changed
    if place.finding.record.payload.get("op") in ("c", "d") or place.finding.record.value is None:
        return True     # of a change of the key
    return bool(changed) and lost


def infinite_date(place):
    """Theirs is a date near the ends of what 32 bits hold, ours these ends."""
    return (place.was("date") and re.match(r"214\d{7}$|-214\d{7}$|[+-]58\d{5}-", str(place.theirs))
            and (str(place.ours) in ("2147483647", "-2147483648") or str(place.ours).startswith(("-5877641-", "+5881580-"))))


def message_collection(place):
    path = compare.payload_path(place.finding.path)
    return "MESSAGE" in path or path[-1:] == ("data_collection_order",) and place.finding.record.payload.get("op") == "m" and place.theirs == 1


def last_hour(place):
    if place.element != "time" or not place.in_row:
        return False
    return str(place.whole).startswith("24:00:00") or isinstance(place.whole, dict) and place.whole["hour"] == 24


def beyond_microseconds(place):
    """Theirs has run over, ours is null, or what stands for it."""
    if not place.was("timestamp", "domain timestamp") or not isinstance(place.theirs, int):
        return False
    null = place.ours is None or place.configuration.is_at(null="default") and any(column.default is not None for column in place.columns)
    return null and (place.theirs == (1 << 63) - 1 or place.theirs < -9 * 10 ** 18)


def changed_columns(place):
    """A header that lists what has changed, where the values themselves differ."""
    path, record, other = place.finding.path, place.finding.record, place.finding.other
    if path not in (("header", "Changed"), ("header", "Unchanged")) or not place.configuration.is_at(transforms="changed"):
        return False
    theirs, ours = (set(json.loads(found)) for found in (place.theirs, place.ours))
    hidden = place.configuration.levels["columns"] in ("mask", "hash", "truncate")
    for name in theirs ^ ours:
        shown, our_shown = (((found.payload.get("before") or {}).get(name), (found.payload.get("after") or {}).get(name)) for found in (record, other))
        says, we_say = ((name in names) == (path[1] == "Changed") for names in (theirs, ours))
        if says != (shown[0] != shown[1]):
            return False
        # a change of what is hidden, or has no form, does not show
        if we_say != (our_shown[0] != our_shown[1]) and not (we_say and (our_shown[0] is None or hidden)):
            return False
    return True


def envelope_name(place):
    """Another row's name of the route for the row's own."""
    if place.finding.path[-2:] != ("schema", "name") or not place.configuration.is_at(transforms="outbox"):
        return False
    theirs, ours = [found.rpartition(".outbox.")[2].removesuffix(".Value") for found in (place.theirs, place.ours)]
    topic = place.finding.topic
    return theirs in outbox.ROUTES and ours in outbox.ROUTES and (topic.endswith("." + ours) or ours.startswith(topic.rpartition(".")[2]))


def placeholder(place):
    """The bytes that stand for an unchanged value."""
    words = place.configuration.settings.get("unavailable.value.placeholder", "__debezium_unavailable_value")
    return bytes.fromhex(words.removeprefix("hex:")) if words.startswith("hex:") else words.encode()


def placeholder_in_disguise(place):
    return (place.configuration.levels["columns"] in ("truncate", "hash") and place.in_row
            and place.ours == placeholder(place).decode(errors="replace"))


def masked_citext(place):
    return place.kind == "citext" and place.configuration.levels["columns"] in ("mask", "hash") and isinstance(place.ours, str)


def default_of_hidden(place):
    if place.configuration.levels["columns"] not in ("mask", "hash"):
        return False
    in_schema = place.finding.path[-1] == "default" and place.ours is compare.ABSENT
    return in_schema or (place.in_row and place.ours is None and isinstance(place.theirs, str) and place.column.default is not None)


def reordered_hstore(place):
    """The same members in another order."""
    if not place.was("hstore", "domain hstore") or not isinstance(place.theirs, str) or not isinstance(place.ours, str):
        return False
    try:
        return place.theirs != place.ours and json.loads(place.theirs) == json.loads(place.ours)
    except ValueError:
        return False


def array_for_null(place):
    return place.theirs is None and isinstance(place.ours, list)


def optional_items(place):
    """Elements that may be null, in a schema that says so."""
    return place.finding.path[-2:] == ("items", "optional") and place.theirs is False and place.ours is True


def cut_time(place):
    """The same time of day without its microseconds."""
    if place.kind != "time[]":
        return False
    if place.finding.path[-1] == "nanos":
        return place.theirs == place.ours // 1000000 * 1000000
    theirs, ours = str(place.theirs), str(place.ours)
    if theirs.isdigit() and ours.isdigit():
        unit = 1000000 if len(place.configuration.settings.get("time.precision.mode", "")) == len("nanoseconds") else 1000
        return int(theirs) == int(ours) // unit * unit
    return theirs.endswith("Z") and ours.startswith(theirs.removesuffix("Z"))


def null_element(place):
    if place.column is None:
        return optional_items(place)    # a record that does not tell when it was written
    return place.element.startswith(ELEMENTS_WITHOUT_NULL) and (optional_items(place) or array_for_null(place) and None in place.ours)


def old_day(place):
    """A day of an array before the Gregorian calendar's first, or of a year before 1."""
    if place.element not in ("date", "timestamptz") or not place.is_array or not place.in_row:
        return False
    found = place.whole
    if isinstance(found, dict):
        return found["year"] is not None and found["year"] < 1583
    if isinstance(found, int):
        return found < FIRST_GREGORIAN_DAY
    return isinstance(found, str) and (found.startswith("-") or not found.startswith("+") and int(found[:4]) < 1583)


def domain_placeholder(place):
    """Null for an array, the bare text for an hstore."""
    words = placeholder(place)
    text = words.decode(errors="replace")
    if place.was("domain array"):
        numbers = [byte - 256 if byte > 127 else byte for byte in words]
        return place.in_row and place.theirs is None and place.ours in (numbers, [text])
    return place.was("domain hstore") and place.in_row and (place.theirs, place.ours) == (text, json.dumps({text: text}, ensure_ascii=False, separators=(",", ":")))


# Row of the table, and whether a place is such a one.
KNOWN = (
    ("a key column that the column lists leave out", key_left_out),
    ("a column that several of truncation, mask, propagation and hash name", several_rules),
    ("`__debezium.source.column.scale` of an interval with fields and no precision (`interval year to month`)",
     lambda p: p.element == "interval" and p.finding.path[-1] == "__debezium.source.column.scale" and (p.theirs, p.ours) == ("65535", "6")),
    ("an unchanged large value of a domain over an array or hstore", domain_placeholder),
    ("an unchanged large bytea with `binary.handling.mode` base64 or base64-url-safe",
     lambda p: p.kind == "bytea" and p.in_row and p.configuration.levels["binary"].startswith("base64") and p.theirs is None
     and p.ours == placeholder(p).decode(errors="replace")),
    ("an enum's labels after `ALTER TYPE … ADD VALUE`",
     lambda p: p.finding.path[-1] == "allowed" and isinstance(p.theirs, str) and p.ours.startswith(p.theirs + ",")),
    ("DEFAULT of an enum whose label has a quote",
     lambda p: isinstance(p.theirs, str) and "''" in p.theirs and p.theirs.replace("''", "'") == p.ours
     and (p.kind == "enum" or p.finding.path[-1] == "default")),
    ("DEFAULT of a timestamptz(p) with more than p fraction digits",
     lambda p: p.kind == "timestamptz" and isinstance(p.theirs, str) and isinstance(p.ours, str) and p.theirs.startswith(p.ours[:-1])
     and (p.finding.path[-1] == "default" or p.column.default is not None)),
    ("fractions of a second in an interval, with `interval.handling.mode=string`", near_fraction),
    ("`message.key.columns` with columns that the old row does not tell", of_chosen_key),
    ("key of a table without a primary key", of_odd_index),
    ("delete when the identity index is not the key", lambda p: p.finding.record.payload.get("op") == "d" and of_other_identity(p)),
    ("update of the identity's columns when they are not the key", of_other_identity),
    ("keys that differ by NULL and the default that stands for it", null_and_default),
    ("`skip.messages.without.change` and an old row that is known in part", change_half_seen),
    ("`skip.messages.without.change` and a change that the value does not show", change_not_shown),
    ("infinity in `timestamptz[]` with `time.precision.mode=structured`",
     lambda p: p.is_array and p.element == "timestamptz" and p.in_row and isinstance(p.whole, dict) and p.whole["specialValue"] is not None),
    ("headers of `ExtractChangedRecordState`", changed_columns),
    ("the name of an envelope's schema", envelope_name),
    ("logical messages in transaction metadata", message_collection),
    ("timestamp in microseconds after 294247-01-10, which int64 does not reach",
     beyond_microseconds),
    ("timestamp in nanoseconds within the first second that int64 reaches",
     lambda p: p.element.endswith("timestamp") and isinstance(p.ours, int) and p.ours < -9223372036 * 10 ** 9),
    ("`int2vector` and `oidvector`", lambda p: p.element in ("int2vector", "oidvector") and p.theirs in ([], None)),
    ("a character beyond the BMP that truncation cuts in two", cut_in_two),
    ("placeholder of a truncated or hashed column's unchanged TOAST value", placeholder_in_disguise),
    ("`citext` columns that are masked or hashed", masked_citext),
    ("DEFAULT of a masked or hashed column", default_of_hidden),
    ("added headers of a tombstone (`ExtractNewRecordState`, `rewrite-with-tombstone`)",
     lambda p: p.finding.path == ("headers",) and p.finding.record.value is None and set(p.theirs) == set(p.ours)),
    ("tombstone without a key", lambda p: only_theirs(p, lambda record: record.value is None and record.key is None)),
    ("timetz whose offset has seconds", lambda p: p.element == "timetz" and text_for_null(p)),
    ("the smallest normal `real`, and some other numbers", same_float),
    ("`name` columns", lambda p: p.element == "name" and text_for_null(p)),
    ("arrays of more than one dimension", lambda p: p.kind and p.kind.endswith("[]") and in_nested_array(p)),
    ("time 24:00:00", last_hour),
    ("`date` ±infinity", infinite_date),
    ("arrays of bit strings",
     lambda p: p.is_array and p.element.startswith(("bit(", "varbit")) and (array_for_null(p) or not p.in_row)),
    ("arrays of enums, isbn, `ltree`, `tsvector`, pgvector's types or unknown types with a null element", null_element),
    ("microseconds in `time[]`", cut_time),
    ("the order of an hstore's members in `json` mode", reordered_hstore),
    ("numeric with negative scale", lambda p: p.element == "numeric(p,-s)"),
    ("arrays of lines, segments, boxes, paths, polygons, circles, sparsevec", lambda p: p.element in ELEMENTS_LOST and array_for_null(p)),
    ("a `timetz[]` with 24:00:00 or an offset with seconds", lambda p: p.element == "timetz" and array_for_null(p)),
    ("dates before 1582-10-15 and years BC in `date[]` and `timestamptz[]`", old_day),
    ("`include.schema.comments`", lambda p: p.finding.path[-1] in ("doc", "__debezium.source.column.comment") and p.configuration.is_at(comments="on")),
)


ROWS = documented.rows()


def check_rows():
    """Every entry names a row that a reader finds."""
    missing = [row for row, _ in KNOWN if row not in ROWS]
    if missing:
        raise SystemExit(f"docs/format.md has no row {missing} in \"{documented.HEADING[3:]}\", which regress/debezium/differences.py names")


def explain(place):
    """The row that explains it, or None; a row says whether compat=debezium takes the difference away."""
    compat = place.configuration.is_at(compat="debezium")
    return next((row for row, matches in KNOWN if not (compat and ROWS[row] == "theirs") and matches(place)), None)
