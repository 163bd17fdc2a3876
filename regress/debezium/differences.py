"""What is known to differ, each entry by the name of its row in docs/format.md, "Where we differ and why".

A finding that an entry explains is counted under it. One that none explains makes the run fail. So an entry takes
the difference that its row names and no other: it looks at Debezium's value and at ours, which must be the right one
(expected.py). Records that only one side has are reshaped.py's.

SPDX-License-Identifier: Apache-2.0
"""

import collections
import decimal
import json
import re

import column_types
import compare
import documented
import elements
import expected
import json_difference
import outbox
import reshaped
from reshaped import ELEMENTS_WITHOUT_NULL, JAVA_OBJECT, KEYS, RECORDS   # noqa: F401

FLOATS = ("double precision", "vector", "sparsevec", "point", "line", "circle")
ELEMENTS_LOST = ("line", "lseg", "box", "path", "polygon", "circle", "sparsevec")
CLOCK_FRACTION = re.compile(r"(:\d\d\.\d{3})\d+")
HEADER_TIME = re.compile(r"[+-]?\d{4,}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{3}Z)?|\d\d:\d\d:\d\d\.\d{3}Z")
FIRST_GREGORIAN_DAY = expected.day_of(1582, 10, 15) * 86400 * 1000000
TOKEN = re.compile(rb'"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*|[^"]', re.DOTALL)
INFINITE_DATES = [[2146033979, 2147483647], [-2147472691, -2147483648], ["+5877611-06-21Z", "+5881580-07-11Z"], ["-5877611-06-22Z", "-5877641-06-23Z"]]
INFINITE_HEADER_DATES = [["5877611-06-21", "5881580-07-11"], ["-5877611-06-22", "-5877641-06-23"]]
SOURCE = "__debezium.source.column."
INT64_END = (1 << 63) - 1


# ---------------------------------------------------------------- numbers

def same_float(place):
    """Digits differ, the number does not."""
    if place.path == ("key bytes",):
        return same_but_floats(place.theirs, place.ours)
    if place.path[0] == "header" and place.path[1] in compare.HEADERS_OF_KEYS:
        has_real = place.table is not None and any(column.type.kind == "real" for column in place.table.columns)
        return same_but_floats(place.theirs.encode(), place.ours.encode(), lambda one, other: same_double(one, other) or has_real and is_single(one, other))
    if place.of_outbox and place.path[0] == "header":
        return place.was("real") and is_single(place.theirs, place.ours)
    if not isinstance(place.theirs, (float, decimal.Decimal)) or not isinstance(place.ours, (float, decimal.Decimal)):
        return False
    if place.of_outbox and place.configuration.outbox.expands and place.was(*outbox.EXPANDED):
        return same_double(place.theirs, place.ours)     # of the expanded text
    if place.was("real", "halfvec", "vector", "sparsevec"):
        return is_single(place.theirs, place.ours)
    return place.element in FLOATS and same_double(place.theirs, place.ours)


def same_double(theirs, ours):
    return json_difference.same_number(float(theirs), float(ours))


def is_single(theirs, ours):
    return compare.single(theirs) == compare.single(ours) is not None


def same_but_floats(theirs, ours, same_number=same_double):
    """Whether two texts of keys differ in digits of equal numbers with a fraction and in nothing else."""
    theirs, ours = TOKEN.findall(theirs), TOKEN.findall(ours)
    return len(theirs) == len(ours) and all(one == other or is_fraction(one) and is_fraction(other) and same_number(one, other)
                                            for one, other in zip(theirs, ours))


def is_fraction(token):
    return token[:1] in b"-0123456789" and any(point in token for point in b".eE")


def negative_scale(place):
    """Theirs has the scale less 2048, and its digits; ours has the number, at scale 0."""
    if place.element != "numeric(p,-s)":
        return False
    precision, scale = map(int, re.search(r"\((\d+),(-?\d+)\)", place.column.type.sql).groups())
    if "parameters" in place.path:
        return (place.path[-1], place.theirs, place.ours) in (("scale", str(2048 + scale), "0"), (SOURCE + "scale", str(2048 + scale), str(scale)),
                                                              ("connect.decimal.precision", str(precision), str(precision - scale)))
    if place.configuration.is_at(decimal="string") and not re.fullmatch(r"-?\d+", str(place.ours)):
        return False
    is_text = place.configuration.is_at(decimal="string")
    ours = expected.unscaled(place.ours, 0, is_text)
    return ours is not None and expected.unscaled(place.theirs, 2048 + scale, is_text) == ours


# ---------------------------------------------------------------- arrays

def written_array(place):
    """Whether the column's whole array of ours is one that was written."""
    return place.written.has_array(place.columns, place.of_column, shows_element(place))


def shows_element(place):
    form = elements.Element(place.element, place.column.type.sql, place.configuration.levels)
    if place.configuration.is_at(compat="debezium") and place.element in ("date", "time", "timestamp", "timestamptz"):
        in_milliseconds = CLOCK_FRACTION if place.element == "time" else re.compile("(?!)()")
        return lambda found, words: is_moved(words) or elements.is_element(form, found, words) or elements.is_element(form, found, in_milliseconds.sub(r"\1", words))
    return lambda found, words: elements.is_element(form, found, words)


def is_moved(words):
    """Whether Debezium shows another day or time in an array than was written, and compat=debezium with it."""
    return words.startswith("24:") or words.count("-") > 1 and expected.instant(words) < FIRST_GREGORIAN_DAY + 16 * 3600 * 1000000 or words.endswith("infinity")


def in_nested_array(place):
    """The value of a column, or an element of it, is an array where Debezium has none."""
    if not place.is_array or not place.in_row:
        return False
    java = place.theirs is None or isinstance(place.theirs, str) and JAVA_OBJECT.fullmatch(place.theirs)
    if isinstance(place.ours, list):
        nested = isinstance(place.path[-1], int) or any(isinstance(element, list) for element in place.ours)
        return bool(nested and java and written_array(place))
    # with inline schemas ours has no form, and theirs shows Java's objects
    return place.ours is None and isinstance(place.theirs, list) and place.written.has_nested(place.columns, len(place.theirs)) and all(
        element is None or isinstance(element, str) and JAVA_OBJECT.fullmatch(element) for element in place.theirs)


def lost_array(place):
    """Null for an array that was written."""
    return place.in_row and place.theirs is None and isinstance(place.ours, list) and written_array(place)


def optional_items(place):
    """Elements that may be null, in a schema that says so."""
    return place.path[-2:] == ("items", "optional") and place.theirs is False and place.ours is True


def enum_behind_domain(place):
    """No labels, for those of the element's enum, which may have got more."""
    if place.path[-2:] != ("parameters", "allowed") or place.theirs != "" or place.column and not (place.is_array and place.element == "enum domain"):
        return False
    return any(place.ours == ",".join([*column_types.ENUM_LABELS, *place.labels[:count]]) for count in range(len(place.labels) + 1))


def null_element(place):
    if place.column is None:
        return optional_items(place)    # a record that does not tell when it was written
    return place.is_array and place.element.startswith(ELEMENTS_WITHOUT_NULL) and (optional_items(place) or lost_array(place) and None in place.ours)


def bit_array(place):
    if not place.is_array or not place.element.startswith(("bit(", "varbit")):
        return False
    if place.in_row:
        return lost_array(place)
    name = place.path[-1]
    boolean = place.element == "bit(1)"
    if name == "type":
        return (place.theirs, place.ours) == ("boolean" if boolean else "bytes", "array")
    if name == "items":
        of_bits = {"type": "bytes", "optional": True, "name": "io.debezium.data.Bits", "version": 1}
        length = re.search(r"\((\d+)\)", place.column.type.sql)
        return place.theirs is compare.ABSENT and place.ours == ({"type": "boolean", "optional": True} if boolean else {
            **of_bits, "parameters": {"length": length[1] if length else "2147483647"}})
    if name == "parameters" and not boolean and isinstance(place.theirs, dict):
        return place.theirs.keys() == {"length"} and place.ours is compare.ABSENT
    return (name, place.theirs) in (("name", "io.debezium.data.Bits"), ("version", 1), ("length", place.theirs)) and place.ours is compare.ABSENT


def timetz_array(place):
    return place.is_array and place.element == "timetz" and lost_array(place) and written_with(
        place, lambda words: words.startswith("24:") or has_seconds(words))


def written_with(place, fits):
    """Whether the array of ours is a written one that has a fitting element."""
    return place.written.has_array(place.columns, place.of_column, shows_element(place), lambda found: any(map(fits, expected.flat(found))))


def has_seconds(words):
    """An offset from UTC with seconds."""
    return re.search(r"[+-]\d+:\d+:\d+$", words) is not None


def cut_time(place):
    """The same time of day without its microseconds."""
    if place.kind != "time[]" or not place.in_row:
        return False
    if isinstance(place.theirs, int) and isinstance(place.ours, int):
        in_nanoseconds = place.path[-1] == "nanos" or place.configuration.is_at(time="nanoseconds")
        unit = 1000000 if in_nanoseconds else 1000
        return place.ours % unit != 0 and place.theirs == place.ours // unit * unit
    match = re.fullmatch(r"(\d\d:\d\d:\d\d)\.(\d{1,6})Z", place.ours) if isinstance(place.ours, str) else None
    if not match:
        return False
    fraction = match[2][:3].rstrip("0")
    return isinstance(place.theirs, str) and re.sub(r"(\.\d*?)0*Z$", r"\1Z", place.theirs).replace(".Z", "Z") == match[1] + (f".{fraction}" if fraction else "") + "Z"


def is_written_instant(place, low, high):
    """Whether the element of ours that the finding is in is one that was written, of those between the two."""
    shown = expected.shown_instant(place.element, place.whole)
    return shown is not None and any(place.written.has_instant(column, shown, low, high) for column in place.columns if column.type.kind == place.kind)


def old_day(place):
    """A day of an array before the Gregorian calendar's first, or of a year before 1."""
    if place.kind not in ("date[]", "timestamptz[]") or not place.in_row or place.theirs is None:
        return False
    margin = 16 * 3600 * 1000000    # of a time zone
    return is_written_instant(place, -1e300, FIRST_GREGORIAN_DAY + margin)


def infinite_element(place):
    """Infinity as a date far away."""
    if place.kind != "timestamptz[]" or not place.in_row or place.theirs in ("infinity", "-infinity"):
        return False
    infinity = float("inf")
    if not isinstance(place.whole, dict):
        return is_written_instant(place, -infinity, -infinity)
    only = all(value is None for name, value in place.whole.items() if name not in ("specialValue", "precision"))
    return only and (is_written_instant(place, -infinity, -infinity) or is_written_instant(place, infinity, infinity))


# ---------------------------------------------------------------- times

def near_fraction(place):
    """The same interval, its seconds less than a nanosecond apart; ours is what microseconds make."""
    if place.element != "interval" or not place.configuration.is_at(interval="string") or not all(isinstance(found, str) for found in (place.theirs, place.ours)):
        return False
    theirs, ours = (words.removesuffix("S").rpartition("M") for words in (place.theirs, place.ours))
    return theirs[0] == ours[0] and re.fullmatch(r"-?\d+(\.\d{1,6})?", ours[2]) is not None and abs(
        decimal.Decimal(theirs[2]) - decimal.Decimal(ours[2])) <= decimal.Decimal("1E-9")


def infinite_date(place):
    """Theirs is a date near the ends of what 32 bits hold, ours these ends."""
    if place.path[0] == "header" and place.configuration.is_at(time="connect"):
        return differs_by_times(place, lambda theirs, ours: [theirs, ours] in INFINITE_HEADER_DATES)
    if not place.was("date"):
        return False
    if isinstance(place.whole, dict):
        return place.theirs != place.ours and expected.shown_instant("date", place.whole) in (float("inf"), float("-inf"))
    return [number_of_header(place, found) for found in (place.theirs, place.ours)] in INFINITE_DATES


def number_of_header(place, found):
    """A header's text as the number that it is."""
    return int(found) if place.path[0] == "header" and isinstance(found, str) and re.fullmatch(r"-?\d+", found) else found


def last_hour(place):
    if place.element != "time" or not place.in_row:
        return False
    if isinstance(place.ours, dict):
        return place.theirs is None and place.ours["hour"] == 24 and not any(place.ours[name] for name in ("minute", "second", "nanos"))
    return re.fullmatch(r"24:00:00(\.0+)?Z", str(place.ours)) is not None and place.theirs == place.ours.replace("24:", "00:", 1)


def beyond_microseconds(place):
    """Theirs has run over, ours is null, or what stands for it."""
    if not place.was("timestamp", "domain timestamp") or not isinstance(place.theirs, int):
        return False
    stands = [column for column in place.columns if column.default is not None] if shows_default(place) else []
    null = place.ours is None or isinstance(place.ours, int) and -2 ** 62 < place.ours < 2 ** 62 and stands
    return bool(null) and (place.theirs == INT64_END or place.theirs < -9 * 10 ** 18)


def first_second(place):
    """What the first second of int64's nanoseconds has, at the column's precision."""
    digits = re.search(r"\((\d)\)", place.column.type.sql) if place.column else None
    unit = 10 ** (9 - int(digits[1])) if digits else 1
    return (place.element.endswith("timestamp") and place.configuration.is_at(time="nanoseconds") and place.theirs is None and isinstance(place.ours, int)
            and -INT64_END - 1 <= place.ours < -9223372036 * 10 ** 9 and any(
                abs(expected.instant(words) * 1000 - place.ours) < unit for words in place.written.texts_of(place.columns)))


def timetz_with_seconds(place):
    return (place.kind == "timetz" and place.in_row and place.theirs is None and any(
        has_seconds(words) and expected.same_time(place.ours, words) for words in place.written.texts_of(place.columns)))


# ---------------------------------------------------------------- other values

def name_column(place):
    """A text that was written, in a column or an array."""
    if not place.in_row:
        return False
    if place.is_array:
        return place.element == "name" and (lost_array(place) or place.theirs is None and isinstance(place.path[-1], int) and place.ours in place.written.elements(place.columns))
    return place.kind == "name" and place.theirs is None and place.ours in place.written.texts_of(place.columns)


def small_vector(place):
    """The numbers that were written; nothing, or a list of nothing."""
    if place.kind not in ("int2vector", "oidvector") or not place.in_row or not isinstance(place.ours, list):
        return False
    return place.theirs == ([] if place.ours else None) and " ".join(map(str, place.ours)) in place.written.texts_of(place.columns)


def reordered_hstore(place):
    """The same members in another order."""
    if not place.was("hstore", "domain hstore") or not isinstance(place.theirs, str) or not isinstance(place.ours, str):
        return False
    try:
        theirs, ours = (json.loads(found, object_pairs_hook=list) for found in (place.theirs, place.ours))
    except ValueError:
        return False
    return theirs != ours and isinstance(theirs, list) and collections.Counter(map(tuple, theirs)) == collections.Counter(map(tuple, ours))


def domain_placeholder(place):
    """Null for an array, the bare text for an hstore."""
    words = place.configuration.placeholder
    text = words.decode(errors="replace")
    if place.was("domain array"):
        numbers = [byte - 256 if byte > 127 else byte for byte in words]
        form = {"d_list": numbers, "d_texts": [text]}
        return place.in_row and place.theirs is None and any(place.ours == form.get(column.type.sql) for column in place.columns)
    return place.was("domain hstore") and place.in_row and (place.theirs, place.ours) == (text, expected.json_text({text: text}))


def bytea_placeholder(place):
    return ((place.kind or "").startswith(("bytea", "unmapped")) and not place.is_array and place.in_row and place.configuration.levels["binary"].startswith("base64") and place.theirs is None
            and place.ours == place.configuration.placeholder.decode(errors="replace"))


# ---------------------------------------------------------------- schemas and defaults

def labels_added(place):
    """Theirs are those of the connector's start, ours those of the row's time; by pgoutput, until a row has another one, those before."""
    if place.path[-1] != "allowed" or place.column and place.element not in ("enum", "enum domain"):
        return False
    first = list(column_types.ENUM_LABELS)
    if place.theirs != ",".join(first):
        return False
    added = place.labels if place.finding.record.lsn is not None and not place.is_by_pgoutput else None
    if added is not None:
        return bool(added) and place.ours == ",".join(first + added)
    return any(place.ours == ",".join(first + place.labels[:count]) for count in range(1, len(place.labels) + 1))


def quoted_label(place):
    return (place.kind == "enum" and isinstance(place.theirs, str) and "''" in place.theirs and place.theirs.replace("''", "'") == place.ours
            and place.ours in column_types.ENUM_LABELS and (place.path[-1] == "default" or place.in_row and place.column.default is not None))


def cut_default(place):
    """The default of a timestamptz(p) at p digits of its fraction."""
    precision = re.search(r"\((\d)\)", place.column.type.sql) if place.kind == "timestamptz" and place.column.default is not None else None
    if not precision or not all(isinstance(found, str) for found in (place.theirs, place.ours)):
        return False
    digits = int(precision[1])
    match = re.fullmatch(r"(.*:\d\d)\.(\d+)Z", place.theirs)
    ours = re.fullmatch(r"(.*:\d\d)(?:\.(\d+))?Z", place.ours)
    return bool(match and ours) and (path_of_default(place)) and match[1] == ours[1] and len(match[2]) > digits and (ours[2] or "").rstrip("0") == (
        match[2][:digits].rstrip("0")) and len(ours[2] or "") <= max(digits, 1)


def shows_default(place):
    """Whether NULL is shown as the column's default: by the converter, or by ExtractNewRecordState, which has a setting of its own for that."""
    return place.configuration.is_at(null="default") or "unwrap" in place.configuration.levels["transforms"]


def path_of_default(place):
    return place.path[-1] == "default" or place.in_row and shows_default(place)


def interval_scale(place):
    return (place.element == "interval" and place.column.type.sql == "interval year to month" and place.path[-1] == SOURCE + "scale"
            and (place.theirs, place.ours) == ("65535", "6"))


def length_read_anew(place):
    """Of a table that the connector has read anew, for a label that it does not know."""
    found = (place.column.type.sql, place.path[-1], place.theirs, place.ours) if place.column else None
    return has_enum_domain(place) and found in (
        ("numeric", SOURCE + "length", "0", "131089"), ("numeric", SOURCE + "scale", compare.ABSENT, "0"),
        ("int2vector", SOURCE + "length", "5", "2147483647"), ("oidvector", SOURCE + "length", "10", "2147483647"))


def has_enum_domain(place):
    return place.table is not None and any(column.type.kind == "enum domain" for column in place.table.columns)


def comment(place):
    """A column's own comment."""
    if place.path[-1] not in ("doc", SOURCE + "comment") or not place.configuration.is_at(comments="on") or place.theirs is not compare.ABSENT:
        return False
    return place.ours in ([column.comment for column in place.columns] if place.columns else place.comments)


# ---------------------------------------------------------------- filters and masks

def key_left_out(place):
    """The key's schema of a column that no value has."""
    if place.path[:2] != ("key", "schema") or place.column is None or not place.configuration.leaves_out(place.table, place.column):
        return False
    if place.path[-1] == "optional":
        return place.theirs is True and place.ours is False and place.column.required
    has_default = place.column.default is not None or place.kind.endswith("serial")
    return place.path[-1] == "default" and place.theirs is compare.ABSENT and place.ours is not compare.ABSENT and has_default


def key_read_anew(place):
    """With compat=debezium, of a table that the connector has read anew, lists or no lists."""
    if place.path[:2] != ("key", "schema") or not place.configuration.is_at(compat="debezium") or not has_enum_domain(place):
        return False
    if place.column is None or not place.configuration.leaves_out(place.table, place.column):
        return False
    return ((place.path[-1], place.theirs, place.ours) == ("optional", False, True) and place.column.required
            or place.path[-1] == "default" and place.column.default is not None and place.theirs is not compare.ABSENT and place.ours is compare.ABSENT)


def key_renamed_away(place):
    """The same of a column that the include list has by an older name: Debezium knows it still, and compat=debezium does not."""
    if place.path[:2] != ("key", "schema") or place.column is None or not place.column.is_renamed or not place.configuration.is_at(compat="debezium", columns="include"):
        return False
    if not place.configuration.leaves_out(place.table, place.column):
        return False
    if place.path[-1] == "optional":
        return place.theirs is False and place.ours is True and place.column.required
    return place.path[-1] == "default" and place.theirs is not compare.ABSENT and place.ours is compare.ABSENT and place.column.default is not None


def is_hidden(place, *beginnings):
    """Whether a setting that begins so names the column."""
    return place.column is not None and place.kind in column_types.TEXTS and any(name.startswith(beginnings) for name in place.configuration.masks(place.table, place.column))


def hash_of(place, words):
    """What the settings make of the text in this column; None if they do not."""
    for name in place.configuration.masks(place.table, place.column) if place.column else ():
        match = re.fullmatch(r"column\.mask\.hash(\.v2)?\.([^.]+)\.with\.salt\.(.+)", name)
        if match:
            found = expected.hashed(words, match[2], match[3], 2 if match[1] else 1)
            length = re.search(r"\((\d+)\)", place.column.type.sql)
            return found[:int(length[1])] if length else found
    return None


def mask_of(place):
    for name in place.configuration.masks(place.table, place.column) if place.column else ():
        match = re.fullmatch(r"column\.mask\.with\.(\d+)\.chars", name)
        if match:
            return "*" * int(match[1])
    return None


def is_propagated(place):
    level = place.configuration.levels["propagate"]
    return level == "columns" or level == "types" and place.column is not None and place.column.type.sql.startswith("varchar")


def propagated(place):
    """What the schema of a text column tells of the column."""
    sql = place.column.type.sql
    length = re.search(r"\((\d+)\)", sql)
    return {SOURCE + "type": {"char": "BPCHAR"}.get(sql.partition("(")[0], sql.partition("(")[0].upper()), SOURCE + "name": place.column.name,
            SOURCE + "length": length[1] if length else "2147483647", SOURCE + "scale": "0"}


def several_rules(place):
    """A column that is propagated beside what masks or truncates it: Debezium takes one of the two."""
    if not is_propagated(place) or not is_hidden(place, "column."):
        return False
    name = place.path[-1]
    if name == "parameters":
        return place.theirs is compare.ABSENT and place.ours == propagated(place)
    if str(name).startswith(SOURCE):
        return place.theirs is compare.ABSENT and place.ours == propagated(place).get(name)
    if not is_hidden(place, "column.mask.hash"):
        return False
    # what is propagated is not hashed, and keeps its default
    if name == "masked":
        return (place.theirs, place.ours) == (compare.ABSENT, "true")
    if name == "default":
        return isinstance(place.theirs, str) and place.ours is compare.ABSENT
    return place.in_row and isinstance(place.theirs, str) and place.ours == hash_of(place, place.theirs)


def cut_in_two(place):
    """Theirs ends in half a character, which ours leaves out."""
    return (is_hidden(place, "column.truncate") and isinstance(place.theirs, str) and isinstance(place.ours, str) and place.theirs[:-1] == place.ours
            and "\ud800" <= place.theirs[-1:] <= "\udbff")


def placeholder_in_disguise(place):
    text = place.configuration.placeholder.decode(errors="replace")
    return place.in_row and place.ours == text and (is_hidden(place, "column.truncate") and place.theirs == text[:4]
                                                    or is_hidden(place, "column.mask.hash") and place.theirs == hash_of(place, text))


def masked_citext(place):
    if place.kind != "citext" or not place.in_row or place.ours is None:
        return False
    if place.theirs is None:
        return place.ours == mask_of(place)     # of NULL, too, as in other columns
    return isinstance(place.theirs, str) and place.ours in (mask_of(place), hash_of(place, place.theirs))


def default_of_hidden(place):
    if not is_hidden(place, "column.mask") or place.column.default is None:
        return False
    if place.path[-1] == "default":
        return place.ours is compare.ABSENT and isinstance(place.theirs, str)
    return place.in_row and shows_default(place) and place.ours is None and isinstance(place.theirs, str)


# ---------------------------------------------------------------- records of transforms

def changed_columns(place):
    """A header that lists what has changed, where the values themselves differ."""
    path, record, other = place.path, place.finding.record, place.finding.other
    if path not in (("header", "Changed"), ("header", "Unchanged")) or not place.configuration.is_at(transforms="changed"):
        return False
    theirs, ours = (json.loads(found) for found in (place.theirs, place.ours))
    both = set(theirs) & set(ours)
    differ = set(theirs) ^ set(ours)
    if not differ or [name for name in theirs if name in both] != [name for name in ours if name in both] or len({*theirs}) != len(theirs):
        return False
    hidden = place.configuration.levels["columns"] in ("mask", "hash", "truncate")
    for name in differ:
        shown, our_shown = (((found.payload.get("before") or {}).get(name), (found.payload.get("after") or {}).get(name)) for found in (record, other))
        says, we_say = ((name in names) == (path[1] == "Changed") for names in (theirs, ours))
        if says != (shown[0] != shown[1]):
            return False
        # a change of what is hidden, or has no form, does not show
        if we_say != (our_shown[0] != our_shown[1]) and not (we_say and (our_shown[0] is None or hidden)):
            return False
    return True


def changed_in_part(place):
    """What an old row that is known in part says: nothing, but to Debezium that the rest was NULL."""
    path, record = place.path, place.finding.record
    if (path not in (("header", "Changed"), ("header", "Unchanged")) or not place.configuration.is_at(transforms="changed")
            or record.op != "u" or place.table is None or place.table.identity in ("full", "nothing") or place.ours != "[]"):
        return False
    before, after = (record.payload.get(image) or {} for image in ("before", "after"))
    told = reshaped.identity(place.table)
    untold = (column.name for column in place.table.columns if column.name not in told and column.default is None and not column.required)
    return not any(before.get(name) for name in reshaped.names(place, untold)) and json.loads(place.theirs) == [name for name in after if (before.get(name) != after[name]) == (path[1] == "Changed")]


def envelope_name(place):
    """Another row's name of the route for the row's own."""
    if place.path[-2:] != ("schema", "name") or not place.configuration.is_at(transforms="outbox"):
        return False
    theirs, ours = [found.rpartition(".outbox.")[2].removesuffix(".Value") for found in (place.theirs, place.ours)]
    own = place.finding.topic
    return theirs in outbox.ROUTES and ours in outbox.ROUTES and (own.endswith("." + ours) or own.rpartition(".")[2] == re.match("[a-z]+", ours)[0])


def early_in_header(place):
    """A header's text is the same but for what Connect takes for a time of day, and the end of a day that it takes for a date."""
    return place.path[0] == "header" and place.configuration.is_at(time="connect") and differs_by_times(place, is_early)


def differs_by_times(place, may_differ):
    """Whether two headers' texts are the same but for dates and times that may differ so."""
    if not all(isinstance(found, str) for found in (place.theirs, place.ours)):
        return False
    theirs, ours = (HEADER_TIME.findall(found) for found in (place.theirs, place.ours))
    return (HEADER_TIME.sub("", place.theirs) == HEADER_TIME.sub("", place.ours) and theirs != ours and len(theirs) == len(ours)
            and all(one == other or may_differ(one, other) for one, other in zip(theirs, ours)))


def is_early(theirs, ours):
    if ours == "24:00:00.000Z":
        return theirs == "1970-01-02"
    day, _, clock = ours.partition("T")
    return theirs == (clock or "00:00:00.000Z") and day.count("-") > 1 and (day.startswith("-") or len(day) == 10 and day < "1970-01-02")


def null_in_header(place):
    """A NULL of the key, which Connect's Struct shows as the column's default though the converters keep it."""
    if place.path[0] != "header" or place.path[1] not in compare.HEADERS_OF_KEYS or place.table is None or not place.configuration.is_at(null="kept"):
        return False
    with_default = {place.configuration.adjusted(column.name) for column in place.table.columns if column.default is not None and not column.required}
    try:
        theirs, ours = json.loads(place.theirs), json.loads(place.ours)
    except ValueError:
        return False
    return (isinstance(theirs, dict) and isinstance(ours, dict) and theirs.keys() == ours.keys() and theirs != ours
            and all(theirs[name] == ours[name] or ours[name] is None and name in with_default for name in ours))


def message_collection(place):
    record = place.finding.record
    return place.path[-1:] == ("data_collection_order",) and record.op == "m" and place.theirs == 1 and place.ours == place.finding.other.message_number


def doubled_op(place):
    """A tombstone's headers, of which the op stands there a second time."""
    more = collections.Counter(place.theirs) - collections.Counter(place.ours) if place.path == ("headers",) else {}
    return (place.configuration.is_at(transforms="unwrap rewrite-with-tombstone") and place.finding.record.value is None
            and more == {"__op": 1} and len(place.theirs) == len(place.ours) + 1)


# Row of the table, and whether a place is such a one.
KNOWN = (
    ("a key column that the column lists leave out", key_left_out),
    ("a key column that a rename took out of `column.include.list`", key_renamed_away),
    ("a key column that the column lists leave out, with `compat=debezium`, beside an enum", key_read_anew),
    ("a column that several of truncation, mask, propagation and hash name", several_rules),
    ("`__debezium.source.column.scale` of an interval with fields and no precision (`interval year to month`)", interval_scale),
    ("`__debezium.source.column.length` and `scale` of `numeric` without precision, `int2vector` and `oidvector`, beside an enum", length_read_anew),
    ("an unchanged large value of a domain over an array or hstore", domain_placeholder),
    ("an unchanged large bytea, or value of a type without a mapping, with `binary.handling.mode` base64 or base64-url-safe", bytea_placeholder),
    ("an enum's labels after `ALTER TYPE … ADD VALUE`", labels_added),
    ("DEFAULT of an enum whose label has a quote", quoted_label),
    ("DEFAULT of a timestamptz(p) with more than p fraction digits", cut_default),
    ("fractions of a second in an interval, with `interval.handling.mode=string`", near_fraction),
    *KEYS,
    ("infinity in `timestamptz[]`", infinite_element),
    ("headers of `ExtractChangedRecordState` and an old row that is known in part", changed_in_part),
    ("headers of `ExtractChangedRecordState`", changed_columns),
    ("the name of an envelope's schema", envelope_name),
    ("logical messages in transaction metadata", message_collection),
    ("NULL in `__debezium.newkey` and `__debezium.oldkey` of a column with a default, where the converters keep NULL", null_in_header),
    ("headers with dates and times of `time.precision.mode=connect` before 1970-01-02, and 24:00:00", early_in_header),
    ("timestamp in microseconds after 294247-01-10, which int64 does not reach", beyond_microseconds),
    ("timestamp in nanoseconds within the first second that int64 reaches", first_second),
    ("`int2vector` and `oidvector`", small_vector),
    ("a character beyond the BMP that truncation cuts in two", cut_in_two),
    ("placeholder of a truncated or hashed column's unchanged TOAST value", placeholder_in_disguise),
    ("`citext` columns that are masked or hashed", masked_citext),
    ("DEFAULT of a masked or hashed column", default_of_hidden),
    ("added headers of a tombstone (`ExtractNewRecordState`, `rewrite-with-tombstone`)", doubled_op),
    ("timetz whose offset has seconds", timetz_with_seconds),
    ("the smallest normal `real`, and some other numbers", same_float),
    ("`name` columns", name_column),
    ("arrays of more than one dimension", in_nested_array),
    ("time 24:00:00", last_hour),
    ("`date` ±infinity", infinite_date),
    ("arrays of bit strings", bit_array),
    ("arrays of enums, isbn, `ltree`, `tsvector`, pgvector's types or unknown types with a null element", null_element),
    ("the labels of an enum, in the schema of an array of a domain over it", enum_behind_domain),
    ("microseconds in `time[]`", cut_time),
    ("the order of an hstore's members in `json` mode", reordered_hstore),
    ("numeric with negative scale", negative_scale),
    ("arrays of lines, segments, boxes, paths, polygons, circles, sparsevec", lambda p: p.is_array and p.element in ELEMENTS_LOST and lost_array(p)),
    ("a `timetz[]` with 24:00:00 or an offset with seconds", timetz_array),
    ("1582-10-05 to 1582-10-14, and years BC, in `date[]` and `timestamptz[]`", old_day),
    ("`include.schema.comments`", comment),
)

ROWS = documented.rows()


def check_rows():
    """Every entry names a row that a reader finds."""
    missing = [row for row, _ in (*KNOWN, *RECORDS) if row not in ROWS]
    if missing:
        raise SystemExit(f"docs/format.md has no row {missing} in \"{documented.HEADING[3:]}\", which regress/debezium/differences.py names")


def explain(place):
    """The row that explains it, or None; a row says whether compat=debezium takes the difference away.

    A count needs the findings of the records that it counts explained before.
    """
    finding = place.finding
    if finding.path in (("order of records",), ("clock",)):
        return None
    if finding.causes:
        wanted = sum(cause.more for cause in finding.causes)
        theirs, ours = (0 if found is compare.ABSENT else found for found in (finding.theirs, finding.ours))
        return finding.causes[0].row if theirs - ours == wanted and all(cause.row for cause in finding.causes) else None
    compat = place.configuration.is_at(compat="debezium")
    entries = RECORDS if finding.path == ("record",) else KNOWN
    return next((row for row, matches in entries if not (compat and ROWS[row] == "theirs") and matches(place)), None)
