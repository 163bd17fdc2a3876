"""What our side must write where Debezium's value does not tell: from what the generator wrote, or from Debezium's by a rule.

SPDX-License-Identifier: Apache-2.0
"""

import base64
import bisect
import collections
import decimal
import hashlib
import itertools
import json
import re
import struct

BITS_OF_TEXT = re.compile(r"(\d+)-(\d+)-(\d+)(?:[ T](\d+):(\d+):(\d+)(?:\.(\d+))?)?(Z|[+-]\d+(?::\d+){0,2})?( BC)?")


# ---------------------------------------------------------------- arrays

def parsed_array(words, comma=","):
    """An array literal as nested lists of texts and None."""
    stack, text, quoted, at = [[]], "", False, 0
    while at < len(words):
        char = words[at]
        if char == '"':
            quoted, at = True, at + 1
            while words[at] != '"':
                at += words[at] == "\\"
                text += words[at]
                at += 1
        elif char == "{":
            stack.append([])
        elif char in (comma, "}"):
            if quoted or text:
                stack[-1].append(text if quoted or text != "NULL" else None)
            text, quoted = "", False
            if char == "}":
                done = stack.pop()
                stack[-1].append(done)
        else:
            text += char
        at += 1
    return stack[0][0]


def flat(found):
    """An array's texts, of whatever depth."""
    return [text for part in found for text in flat(part)] if isinstance(found, list) else [] if found is None else [found]


def nulls(array):
    """An array's length and where it has its nulls: what it is looked up by."""
    return len(array), tuple(number for number, found in enumerate(array) if found is None)


def constant(default):
    """The text of a column's DEFAULT that is a literal, perhaps with a cast; None if it is none."""
    match = re.fullmatch(r"'((?:[^']|'')*)'(?:::.*)?", default or "", re.DOTALL)
    return match[1].replace("''", "'") if match else None


class Written:
    """All that the generator wrote, by the column."""

    def __init__(self):
        self.texts = collections.defaultdict(set)
        self.arrays = collections.defaultdict(lambda: collections.defaultdict(list))
        self.known = {}

    def note(self, column, words):
        if words is None:
            return
        if not column.type.kind.endswith("[]"):
            self.texts[column.number].add(words)
            return
        found = parsed_array(words, column.type.comma)
        self.arrays[column.number][nulls(found)].append(found)
        self.known.clear()

    def texts_of(self, columns):
        """All that columns that are no arrays have."""
        return {text for column in columns for text in (*self.texts[column.number], constant(column.default)) if text is not None}

    def elements(self, columns):
        """All that arrays have in columns."""
        return set().union(*map(self.elements_of, columns))

    def elements_of(self, column):
        if column.number not in self.known:
            self.known[column.number] = {text for arrays in self.arrays[column.number].values() for array in arrays for text in flat(array)}
        return self.known[column.number]

    def instants(self, column):
        """The same of dates and timestamps, in their order."""
        if ("instants", column.number) not in self.known:
            self.known["instants", column.number] = sorted(map(instant, self.elements_of(column)))
        return self.known["instants", column.number]

    def has_array(self, columns, ours, is_element, fit=lambda elements: True):
        """Whether an array of ours may be one that was written, and fits: lists and nulls are where they were; is_element(ours, text) for the rest."""
        def same(written, found):
            if written is None or isinstance(written, list):
                return found is None if written is None else isinstance(found, list) and len(found) == len(written) and all(map(same, written, found))
            return found is not None and is_element(found, written)
        return isinstance(ours, list) and any(fit(written) and same(written, ours) for column in columns for written in self.arrays[column.number][nulls(ours)])

    def has_nested(self, columns, length):
        """Whether an array of more than one dimension was written that has so many parts."""
        return any(isinstance(written[0], list) for column in columns for written in self.arrays[column.number][length, ()] if written)

    def has_instant(self, column, shown, low, high):
        """Whether an array had an instant between the two that a column's precision may have rounded to the one shown."""
        found = self.instants(column)
        at = bisect.bisect_left(found, shown - 500000)
        return any(low <= one <= high and (one == shown or abs(one - shown) <= 500000) for one in
                   itertools.takewhile(lambda one: one <= shown + 500000, found[at:at + 100]))


# ---------------------------------------------------------------- bits and numbers

def bits_of(words):
    """A bit string as the connector's bytes: the last bit is the first byte's lowest, and no byte after the last that has a bit."""
    return base64.b64encode(int(words or "0", 2).to_bytes((len(words) + 7) // 8, "little").rstrip(b"\0")).decode()


def numbers(words):
    return [float(found) for found in re.findall(r"-?\d[\d.]*(?:e[+-]?\d+)?", words)]


# ---------------------------------------------------------------- times

def utc_time(words):
    """Microseconds of a timetz in UTC, within a day but for 24:00:00 itself."""
    match = re.fullmatch(r"(\d+):(\d+):(\d+)(?:\.(\d+))?(Z|[+-]\d+(?::\d+){0,2})", words)
    if not match:
        return None
    hour, minute, second = map(int, match.groups()[:3])
    return ((hour * 60 + minute) * 60 + second) * 1000000 + int((match[4] or "").ljust(6, "0")) - offset(match[5])


def offset(zone):
    """Microseconds east of UTC."""
    if zone in (None, "Z"):
        return 0
    parts = [int(part) for part in zone[1:].split(":")] + [0, 0]
    return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * (1000000 if zone[0] == "+" else -1000000)


def same_time(found, words):
    """The time of day in UTC, at any of a column's precisions."""
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z", found) if isinstance(found, str) else None
    if not match or utc_time(words) is None:
        return False
    shown = ((int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])) * 1000000 + int((match[4] or "").ljust(6, "0"))
    unit = 10 ** (6 - len(match[4] or ""))
    day = 86400 * 1000000
    return min((shown - utc_time(words)) % day, (utc_time(words) - shown) % day) <= unit / 2


def day_of(year, month, day):
    """Days after 1970-01-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era, month = year // 400, (month + 9) % 12
    of_era = year - era * 400
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + (153 * month + 2) // 5 + day - 1 - 719468


def instant(words):
    """A date's or a timestamptz' microseconds after 1970; the ends of time are ±infinity."""
    if words.endswith("infinity"):
        return float(words)
    match = BITS_OF_TEXT.fullmatch(words)
    year, month, day = (int(part) for part in match.groups()[:3])
    hour, minute, second = (int(part or 0) for part in match.groups()[3:6])
    year = 1 - year if match[9] else year
    return (((day_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000000 + int((match[7] or "").ljust(6, "0")) - offset(match[8])


def shown_instant(kind, found):
    """The same of ours, in any of its forms; None if it is none."""
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int):
        ends = {2147483647: float("inf"), -2147483648: float("-inf")}
        return ends.get(found, found * 86400 * 1000000) if kind == "date" else None
    if isinstance(found, dict):
        if found["specialValue"] is not None:
            return float("-inf" if "NEGATIVE" in found["specialValue"] else "inf")
        clock = ((found.get("hour", 0) * 60 + found.get("minute", 0)) * 60 + found.get("second", 0)) * 1000000 + found.get("nanos", 0) // 1000
        return day_of(found["year"], found["month"], found["day"]) * 86400 * 1000000 + clock
    if not isinstance(found, str):
        return None
    if found in ("infinity", "-infinity"):
        return float(found)
    match = re.fullmatch(r"([+-]?\d+)-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?Z", found)
    if not match:
        return None
    clock = [int(part or 0) for part in match.groups()[3:6]]
    return (day_of(*(int(part) for part in match.groups()[:3])) * 86400 + (clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000000 + int(
        (match[7] or "").ljust(6, "0")[:6])


def same_instant(kind, found, words):
    shown, written = shown_instant(kind, found), instant(words)
    return shown is not None and (shown == written or abs(shown - written) <= 500000)     # a column's precision rounds


# ---------------------------------------------------------------- numbers

def unscaled(value, scale, is_text):
    """A number as any decimal.handling.mode shows it; is_text: as string does, for base64 may look like one."""
    if isinstance(value, str) and is_text:
        try:
            return decimal.Decimal(value)
        except decimal.InvalidOperation:
            return None
    if isinstance(value, str):
        try:
            with decimal.localcontext(prec=5000):
                return decimal.Decimal(int.from_bytes(base64.b64decode(value, validate=True), "big", signed=True)).scaleb(-scale)
        except ValueError:
            return None
    return decimal.Decimal(value) if isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool) else None


# ---------------------------------------------------------------- masks

def serialized(words):
    """A text as Java writes an object."""
    units = words.encode("utf-16-be", "surrogatepass")
    points = [int.from_bytes(units[at:at + 2], "big") for at in range(0, len(units), 2)]
    content = b"".join(bytes([point]) if 0 < point < 0x80 else bytes([0xc0 | point >> 6, 0x80 | point & 0x3f]) if point < 0x800
                       else bytes([0xe0 | point >> 12, 0x80 | point >> 6 & 0x3f, 0x80 | point & 0x3f]) for point in points)
    length = struct.pack(">H", len(content)) if len(content) < 65536 else struct.pack(">Q", len(content))
    return b"\xac\xed\x00\x05" + (b"t" if len(content) < 65536 else b"|") + length + content


def hashed(words, algorithm, salt, version):
    """As column.mask.hash and its second version make it."""
    digest = hashlib.new(algorithm.replace("-", "").lower())
    digest.update(salt.encode())
    digest.update(serialized(words) if version == 1 else words.encode())
    return digest.hexdigest()


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
