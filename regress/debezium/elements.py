"""Whether a value of ours is how an element that the generator wrote is shown, under the round's settings.

Where an array of Debezium's is null or a Java object, this is all that ours is held against. So a form that is not known
here is none: is_element() is false of it.

SPDX-License-Identifier: Apache-2.0
"""

import base64
import binascii
import dataclasses
import decimal
import ipaddress
import json
import re
import struct

import expected
import json_difference

INFINITE = {float("inf"): ((1 << 63) - 1, 9223372036825200000), float("-inf"): (-1 << 63, -9223372036832400000)}
SPECIAL_NUMBERS = {"NaN": ("NaN", "NAN"), "Infinity": ("Infinity", "POSITIVE_INFINITY"), "-Infinity": ("-Infinity", "NEGATIVE_INFINITY")}
AS_WRITTEN = ("enum", "ltree", "text", "varchar", "varchar(n)", "citext", "name", '"char"', "json", "macaddr", "macaddr8")
TEXT_AS_WRITTEN = ("pg_lsn", "xid", "tid", "txid_snapshot", "pg_snapshot", "refcursor", "regclass", "box2d", "lquery", "ean13")
NO_FORM = (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, binascii.Error, struct.error)


@dataclasses.dataclass(frozen=True)
class Element:
    kind: str       # of the element
    sql: str        # the column's type
    levels: dict    # of the configuration

    def is_shown(self, found, words):
        """Whether ours is how the text is shown."""
        try:
            shows = FORMS.get(self.kind) or FORMS.get(self.kind.partition(" ")[0])
            return shows is not None and bool(shows(self, found, words))
        except NO_FORM:
            return False    # it has another form than that of the kind

    @property
    def numbers(self):
        """Of the declaration: a length, a precision and a scale."""
        match = re.search(r"\((-?\d+)(?:,(-?\d+))?\)", self.sql)
        return [int(part) for part in match.groups() if part is not None] if match else []

    @property
    def digits(self):
        """Of a second's fraction."""
        return 3 if self.kind == "domain timestamp" else (self.numbers or [6])[0]

    @property
    def rounding(self):
        """By how many microseconds the column's precision may move a value."""
        return 0 if self.digits == 6 else 10 ** (6 - self.digits) // 2

    @property
    def is_milliseconds(self):
        """Of times and timestamps that are integers."""
        mode = self.levels["time"]
        return mode == "connect" or self.digits <= 3 and (mode == "adaptive" or mode == "adaptive_time_microseconds" and self.kind != "time")

    def microseconds(self, number):
        """Of an integer that stands for a time; None if it has a fraction of one."""
        if self.levels["time"] == "nanoseconds":
            return None if number % 1000 else number // 1000
        return number * 1000 if self.is_milliseconds else number

    def is_near(self, shown, written):
        if shown == written:
            return True
        cut = 999 if self.levels["time"] == "connect" else 0
        return shown is not None and -self.rounding - cut <= shown - written <= self.rounding


def is_element(element, found, words):
    return found is not None and element.is_shown(found, words)


# ---------------------------------------------------------------- numbers

def same_double(found, words):
    number = float(words)
    if number != number or number in (float("inf"), float("-inf")):
        return found == words
    return isinstance(found, (float, decimal.Decimal)) and json_difference.same_number(float(found), number)


def same_single(found, words):
    number = float(words)
    if number != number or number in (float("inf"), float("-inf")):
        return found == words
    return isinstance(found, (float, decimal.Decimal)) and struct.pack("f", float(found)) == struct.pack("f", number)


def same_numeric(element, found, words):
    mode = element.levels["decimal"]
    if words in SPECIAL_NUMBERS:
        return mode in ("double", "string") and found in SPECIAL_NUMBERS[words]
    written = decimal.Decimal(words)
    if mode == "double":
        return found == float(written) if isinstance(found, float) else float(words) == float(found) in (float("inf"), float("-inf"))
    if mode == "string":
        return isinstance(found, str) and re.fullmatch(r"-?\d+(\.\d+)?", found) is not None and decimal.Decimal(found) == written
    if element.kind == "numeric":
        return found.keys() == {"scale", "value"} and of_bytes(found["value"], found["scale"]) == written
    scale = 2 if element.kind == "money" else max(0, (element.numbers + [0])[1])
    if mode == "numeric":
        return isinstance(found, (int, decimal.Decimal)) and not isinstance(found, bool) and decimal.Decimal(found) == written
    return of_bytes(found, scale) == written


def of_bytes(found, scale):
    with decimal.localcontext(prec=20000):
        return decimal.Decimal(int.from_bytes(base64.b64decode(found, validate=True), "big", signed=True)).scaleb(-scale)


# ---------------------------------------------------------------- bytes and what is shown as bytes

def bytes_of(element, found):
    """Of a value in the form of binary.handling.mode."""
    if element.levels["binary"] == "hex":
        return bytes.fromhex(found) if found == found.lower() else None
    if element.levels["binary"] == "base64-url-safe":
        return base64.b64decode(found, altchars=b"-_", validate=True)
    return base64.b64decode(found, validate=True)


def text_in_bytes(element, found):
    return bytes_of(element, found).decode()


def composite(words):
    """The fields of a composite literal."""
    fields, text, quoted, at = [], "", False, 1
    while at < len(words) - 1:
        char = words[at]
        if char == '"' and quoted and words[at + 1] == '"':
            text, at = text + '"', at + 1
        elif char == '"':
            quoted = not quoted
        elif char == "\\":
            at += 1
            text += words[at]
        elif char == "," and not quoted:
            fields, text = [*fields, text], ""
        else:
            text += char
        at += 1
    return [*fields, text]


def same_unmapped(element, found, words):
    """A type without a mapping: the bytes of its text, which may be another than what was written."""
    kind, text = element.kind.removeprefix("unmapped "), text_in_bytes(element, found)
    if kind in TEXT_AS_WRITTEN:
        return text == words
    if kind == "tsquery":
        return text.replace("'", "") == words
    if kind == "jsonpath":
        return re.sub('[" ]', "", text) == words.replace(" ", "")
    if kind == "pair":
        return composite(text) == composite(words)
    if kind == "span":
        return same_range(kind, text, words)
    return kind.endswith("multirange") and text[:1] + text[-1:] == "{}"     # how ranges are put together is not told


def same_domain(element, found, words):
    """A domain's array is one of the bytes of its text."""
    text = text_in_bytes(element, found)
    if element.kind == "domain varchar":
        return text == words
    if element.kind == "domain timestamp":
        return element.is_near(expected.instant(text), expected.instant(words))
    if text in SPECIAL_NUMBERS or words in SPECIAL_NUMBERS:
        return text == words
    return decimal.Decimal(text) == decimal.Decimal(words)


# ---------------------------------------------------------------- texts

def same_inet(_element, found, words):
    return ipaddress.ip_interface(found) == ipaddress.ip_interface(words)


def same_cidr(_element, found, words):
    return "/" in found and ipaddress.ip_network(found) == ipaddress.ip_network(words)


def same_jsonb(_element, found, words):
    first, second = (json.loads(text, parse_float=decimal.Decimal) for text in (found, words))
    return first == second


def lexemes(words):
    """Of a tsvector, without their places."""
    return {re.sub(r":[\dA-D,]+$", "", part).replace("'", "") for part in words.split()}


def hstore_of(words):
    """An hstore literal's pairs."""
    found = {}
    for key, value in re.findall(r'("(?:\\.|[^"\\])*"|\w+)=>("(?:\\.|[^"\\])*"|\w+)', words, re.DOTALL):
        key, value = (re.sub(r"\\(.)", r"\1", part[1:-1], flags=re.DOTALL) if part[:1] == '"' else None if part == "NULL" else part for part in (key, value))
        found[key] = value
    return found


def same_hstore(element, found, words):
    shown = found if element.levels["hstore"] == "map" else json.loads(found)
    return isinstance(shown, dict) and shown == hstore_of(words)


# ---------------------------------------------------------------- ranges

DISCRETE = {"int4range": int, "int8range": int, "daterange": lambda words: expected.instant(words) // 86400000000}
CONTINUOUS = {"numrange": decimal.Decimal, "tsrange": expected.instant, "tstzrange": expected.instant, "span": float}


def bounds(kind, words):
    """A range's bounds in one form of all that are the same: (lower, whether it is in it, upper, whether it is); None if it is empty."""
    if words == "empty":
        return None
    match = re.fullmatch(r'([\[(])("(?:\\.|""|[^"\\])*"|[^",]*),("(?:\\.|""|[^"\\])*"|[^",]*)([\])])', words)
    value = DISCRETE.get(kind) or CONTINUOUS[kind]
    lower, upper = (value(part.strip('"')) if part.strip('"') else None for part in match.group(2, 3))
    from_lower, to_upper = match[1] == "[" and lower is not None, match[4] == "]" and upper is not None
    if kind in DISCRETE:
        lower, from_lower = (lower + (not from_lower), True) if lower is not None else (None, False)
        upper, to_upper = upper + to_upper if upper is not None else None, False
    if lower is not None and lower == upper and not (from_lower and to_upper):
        return None
    return lower, from_lower, upper, to_upper


def same_range(kind, found, words):
    return bounds(kind, found) == bounds(kind, words)


# ---------------------------------------------------------------- geometry

def points_of(found):
    """The kind and the numbers of little-endian well-known binary of points, lines and polygons of one ring."""
    data = base64.b64decode(found, validate=True)
    order, kind = struct.unpack_from("<BI", data)
    rings = {1: 0, 2: 1, 3: 2}[kind]    # how many counts there are before the points
    counts = struct.unpack_from(f"<{rings}I", data, 5)
    numbers = struct.unpack(f"<{(len(data) - 5 - 4 * rings) // 8}d", data[5 + 4 * rings:])
    fits = order == 1 and (rings < 2 or counts[0] == 1) and len(numbers) == 2 * (counts[-1] if counts else 1)
    return (kind, list(numbers)) if fits else None


def same_shape(element, found, words):
    n = expected.numbers(words)
    kind, shown = points_of(found["wkb"])
    if element.kind == "point":
        return (kind, shown, found["x"], found["y"]) == (1, n, *n)
    if found["extensions"]["type"] != element.kind:
        return False
    if element.kind == "box":
        left, right, low, high = min(n[0], n[2]), max(n[0], n[2]), min(n[1], n[3]), max(n[1], n[3])
        return (kind, shown) == (3, [right, high, right, low, left, low, left, high, right, high])
    if element.kind == "polygon":
        return kind == 3 and shown in (n, [*n, *n[:2]]) and shown[:2] == shown[-2:]
    closed = element.kind != "path" or found["extensions"]["closed"] == str(words.startswith("(")).lower()
    return (kind, shown) == (2, n) and closed


def same_circle(_element, found, words):
    center = found["center"]
    return [float(center["x"]), float(center["y"]), float(found["radius"])] == expected.numbers(words) and points_of(center["wkb"]) == (1, expected.numbers(words)[:2])


def same_postgis(_element, found, words):
    """Well-known binary, and the SRID; of the points that there are one."""
    data = base64.b64decode(found["wkb"], validate=True)
    match = re.match(r"SRID=(\d+);", words)
    srid = int(match[1]) if match else found["srid"] if found["srid"] in (None, 4326) else -1
    kinds = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION")
    kind = re.sub(r"^SRID=\d+;", "", words).partition("(")[0].split()[0]
    return data[0] == 1 and found["srid"] == srid and (struct.unpack_from("<I", data, 1)[0] & 0xff) % 1000 == kinds.index(kind) + 1


def same_vector(pack):
    def same(_element, found, words):
        return isinstance(found, list) and [struct.pack(pack, float(one)) for one in found] == [struct.pack(pack, one) for one in expected.numbers(words)]
    return same


def same_sparse(_element, found, words):
    places, _, size = words.partition("/")
    pairs = dict(part.split(":") for part in places.strip("{}").split(","))
    shown = found["vector"] if isinstance(found["vector"], dict) else dict(found["vector"])
    return found["dimensions"] == int(size) and {str(place): struct.pack("f", float(one)) for place, one in shown.items()} == {
        place: struct.pack("f", float(one)) for place, one in pairs.items()}


# ---------------------------------------------------------------- times

def clock(part):
    """Microseconds of a structured time."""
    return ((part["hour"] * 60 + part["minute"]) * 60 + part["second"]) * 1000000 + part["nanos"] // 1000


def same_clock(element, found, words):
    hour, minute, second = words.split(":")
    written = (int(hour) * 60 + int(minute)) * 60000000 + int(decimal.Decimal(second) * 1000000)
    if isinstance(found, int) and not isinstance(found, bool):
        return element.is_near(element.microseconds(found), written)
    if isinstance(found, dict):
        return found["precision"] == element.digits and element.is_near(clock(found), written)
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d(?:\.\d{1,6})?)Z", found)
    return element.is_near((int(match[1]) * 60 + int(match[2])) * 60000000 + int(decimal.Decimal(match[3]) * 1000000), written)


def same_zoned_clock(element, found, words):
    if isinstance(found, dict):
        shown, day = clock(found) - found["offsetSeconds"] * 1000000, 86400 * 1000000
        written = expected.utc_time(words)
        return min((shown - written) % day, (written - shown) % day) <= element.rounding
    return expected.utc_time(words) is not None and expected.same_time(found, words)


def same_timestamp(element, found, words):
    written = expected.instant(words)
    if isinstance(found, int) and not isinstance(found, bool):
        return found in INFINITE[written] if written in INFINITE else element.is_near(element.microseconds(found), written)
    shown = expected.shown_instant(element.kind, found)
    return shown == written or written not in INFINITE and shown not in INFINITE and element.is_near(shown, written)


def same_date(_element, found, words):
    return expected.shown_instant("date", found) == expected.instant(words)


FORMS = dict((
    *((kind, lambda e, found, words: found == words) for kind in AS_WRITTEN),
    *((kind, lambda e, found, words: type(found) is int and found == int(words)) for kind in ("smallint", "integer", "bigint", "oid")),
    ("boolean", lambda e, found, words: found is (words == "t")),
    ("bit(1)", lambda e, found, words: found is (words == "1")),
    *((kind, lambda e, found, words: found == expected.bits_of(words)) for kind in ("bit(n)", "varbit(n)", "varbit")),
    ("double precision", lambda e, found, words: same_double(found, words)),
    ("real", lambda e, found, words: same_single(found, words)),
    *((kind, same_numeric) for kind in ("numeric", "numeric(p,s)", "numeric(p,-s)", "money")),
    ("char(n)", lambda e, found, words: found == words.ljust(e.numbers[0])),
    ("bytea", lambda e, found, words: bytes_of(e, found) == bytes.fromhex(words[2:])),
    ("unmapped", same_unmapped),
    ("domain", same_domain),
    ("uuid", lambda e, found, words: found == words.lower()),
    ("inet", same_inet),
    ("cidr", same_cidr),
    ("jsonb", same_jsonb),
    ("tsvector", lambda e, found, words: lexemes(found) == lexemes(words)),
    ("isbn", lambda e, found, words: found == "0-393-04002-X"),
    ("hstore", same_hstore),
    *((kind, lambda e, found, words: same_range(e.kind, found, words)) for kind in (*DISCRETE, "numrange", "tsrange", "tstzrange")),
    ("line", lambda e, found, words: [float(found[name]) for name in "abc"] == expected.numbers(words)),
    *((kind, same_shape) for kind in ("point", "lseg", "box", "path", "polygon")),
    ("circle", same_circle),
    *((kind, same_postgis) for kind in ("geometry", "geography")),
    ("vector", same_vector("f")),
    ("halfvec", same_vector("e")),
    ("sparsevec", same_sparse),
    ("date", same_date),
    ("time", same_clock),
    ("timetz", same_zoned_clock),
    *((kind, same_timestamp) for kind in ("timestamp", "timestamptz")),
))
