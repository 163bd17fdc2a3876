"""Random values, as text that PostgreSQL's input functions read, over each type's whole range.

Boundaries come far more often than chance would bring them: a mapping breaks at its edges.

SPDX-License-Identifier: Apache-2.0
"""

import json
import string

NICE_TEXTS = (
    "", " ", "  padded  ", "plain", "NULL", "null", "{}", "[]", "\\", "\\N", "'", "''", '"', '"quoted"', "a,b", "{a,\"b\"}",
    "tab\there", "new\nline", "carriage\rreturn", "\x01\x02\x1f", "\b\f\v\x1b", "\x7f", "\u0080\u009f", "\u2028\u2029", "\ufeffbom",
    "\ufffd", "\uffff", "é", "ß", "日本語", "Ελλάδα", "😀", "👩‍👩‍👧", "\U0010ffff", "\U00010000", "a\u0301", "شكرا", "__debezium_unavailable_value",
    "</script>", "a/b", "100%", "$1", "%s", "0", "-1", "1e5", "true",
)


def text(rng, longest=40):
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(NICE_TEXTS)
    if kind < 0.75:
        return "".join(rng.choices(string.ascii_letters + string.digits + " _-", k=rng.randrange(longest)))
    return "".join(code_point(rng) for _ in range(rng.randrange(12)))


def code_point(rng):
    """Any character that PostgreSQL stores: no NUL, no surrogate."""
    while True:
        top = rng.choice((0x20, 0x7f, 0xff, 0x7ff, 0xffff, 0x10ffff))
        point = rng.randint(1, top)
        if not 0xd800 <= point <= 0xdfff:
            return chr(point)


def large_text(rng):
    """Incompressible, so that it is stored out of line."""
    return "".join(rng.choices(string.ascii_letters + string.digits + "é😀\"\\\n", k=rng.randint(3000, 9000)))


def cut(words, count):
    """The first characters, for varchar(n)."""
    return words[:count]


def integer(bits, signed=True):
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)

    def value(rng):
        if rng.random() < 0.4:
            return str(rng.choice([low, low + 1, high, high - 1, 0, 1, max(low, -1), 127, 10, 42]))
        return str(rng.randint(low, high) >> rng.randrange(bits - 1))
    return value


def small_vector(rng):
    """Of int2vector and oidvector."""
    return " ".join(str(rng.randrange(100)) for _ in range(rng.randrange(4)))


def boolean(rng):
    return rng.choice("tf")


FLOAT8 = ("0", "-0", "1", "-1", "0.1", "1e7", "9999999", "1e-3", "9.99e-4", "123456789.125", "1e21", "1e22", "5e-324", "2.2250738585072014e-308",
          "1.7976931348623157e308", "-1.7976931348623157e308", "NaN", "Infinity", "-Infinity", "9007199254740993", "1e23", "2e-3", "8.41e21")
FLOAT4 = ("0", "-0", "1", "-1", "0.1", "3.3", "1e7", "9999999", "1e-3", "9.99e-4", "1.1754944e-38", "1e-45", "3.4028235e38", "-3.4028235e38",
          "NaN", "Infinity", "-Infinity", "16777217", "1e10", "33554432", "8.5e9")


def double(rng):
    if rng.random() < 0.4:
        return rng.choice(FLOAT8)
    if rng.random() < 0.5:
        return repr(rng.uniform(-1e6, 1e6))
    return repr(rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300))


def real(rng):
    if rng.random() < 0.4:
        return rng.choice(FLOAT4)
    return repr(rng.uniform(-1, 1) * 10.0 ** rng.randint(-36, 37))


def finite(maker):
    """The same without NaN and infinities."""
    def value(rng):
        while True:
            found = maker(rng)
            if found[-1].isdigit():
                return found
    return value


def digits(rng, count):
    return "".join(rng.choices("0123456789", k=count))


def numeric(precision=None, scale=None, special=True):
    def value(rng):
        if special and rng.random() < 0.06:
            return rng.choice(("NaN",) if precision is not None else ("NaN", "Infinity", "-Infinity"))
        sign = rng.choice(("", "-"))
        if rng.random() < 0.15:
            return sign + "0"
        if precision is not None:
            whole = precision - scale
            if whole < 0:
                return sign + "0." + "0" * -whole + digits(rng, precision)
            if scale < 0:
                return sign + rng.choice(("9" * precision, digits(rng, rng.randint(1, precision)))) + "0" * -scale
            left = rng.choice(("9" * whole, digits(rng, rng.randint(0, whole)))) or "0"
            right = rng.choice(("9" * scale, "0" * scale, digits(rng, scale)))
            return sign + left + ("." + right if scale else "")
        if rng.random() < 0.03:
            return sign + digits(rng, rng.choice((500, 3000))) + "." + digits(rng, rng.choice((1, 1000)))
        if rng.random() < 0.3:
            return sign + rng.choice(("1e20", "1.500", "100", "22.2200", "1e-20", "0.000", "127", "128", "255", "256", "32768", "1e100",
                                      "9223372036854775808", "0.1e-15", "1234567890.0987654321"))
        return sign + digits(rng, rng.randint(1, 20)) + "." + digits(rng, rng.randint(1, 12))
    return value


def money(rng):
    if rng.random() < 0.3:
        return rng.choice(("-92233720368547758.08", "92233720368547758.07", "0", "-0.01", "0.01", "1234.56"))
    return f"{rng.choice(('', '-'))}{rng.randint(0, 10 ** rng.randint(1, 12))}.{rng.randrange(100):02}"


def bytea(rng, longest=40):
    if rng.random() < 0.2:
        return rng.choice(("\\x", "\\x00", "\\xff", "\\xfbff", "\\x5f5f646562657a69756d5f756e617661696c61626c655f76616c7565"))
    return "\\x" + rng.randbytes(rng.randrange(longest)).hex()


def large_bytea(rng):
    return "\\x" + rng.randbytes(rng.randint(3000, 6000)).hex()


def date(rng):
    if rng.random() < 0.35:
        return rng.choice(("4713-01-01 BC", "0044-03-15 BC", "0001-12-31 BC", "0001-01-01", "1582-10-04", "1582-10-15", "1969-12-31", "1970-01-01",
                           "2000-02-29", "9999-12-31", "10000-01-01", "5874897-12-31", "infinity", "-infinity"))
    return f"{rng.randint(1, 9999):04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def clock(rng, last=True):
    """A time of day; 24:00:00 only where the caller wants it."""
    if rng.random() < 0.3:
        return rng.choice(("00:00:00", "23:59:59.999999", "12:34:56.789", "00:00:00.000001", "01:02:03.100000", "11:51:30")
                          + (("24:00:00",) if last else ()))
    fraction = rng.choice(("", f".{rng.randrange(1000):03}", f".{rng.randrange(1000000):06}"))
    return f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}{fraction}"


def zone(rng, seconds=True):
    if rng.random() < 0.3:
        return rng.choice(("+00", "Z", "+14", "-12", "+05:30", "-03:30") + (("+15:59:59", "-00:19:32") if seconds else ()))
    return f"{rng.choice('+-')}{rng.randrange(15):02}:{rng.choice((0, 15, 30, 45)):02}"


def timetz(rng):
    return clock(rng) + zone(rng)


STAMPS = ("4713-01-01 00:00:00 BC", "0044-03-15 12:00:00.5 BC", "0001-12-31 23:59:59.999999 BC", "0001-01-01 00:00:00", "1582-10-10 01:02:03",
          "1677-09-21 00:12:43.145224", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "2000-02-29 12:00:00.000001", "2038-01-19 03:14:08",
          "2262-04-11 23:47:16.854775", "9999-12-31 23:59:59.999999", "10000-01-01 00:00:00", "294276-12-31 23:59:59.999999",
          "infinity", "-infinity")


def timestamp(rng):
    if rng.random() < 0.35:
        return rng.choice(STAMPS)
    return f"{rng.randint(1, 3000):04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {clock(rng, last=False)}"


def timestamptz(rng):
    stamp = timestamp(rng)
    if stamp.endswith("infinity") or "294276" in stamp or "4713" in stamp:
        return stamp
    if stamp.endswith(" BC"):
        return stamp[:-3] + zone(rng, seconds=False) + " BC"
    return stamp + zone(rng)


def interval(rng):
    if rng.random() < 0.3:
        return rng.choice(("0", "1 mon", "-1 mon", "1 day", "-1 day 1 sec", "1 year 2 mons 3 days 04:05:06.78", "-1 year -2 mons +3 days -04:05:06.78",
                           "178000000 years", "-178000000 years", "2147483647 days", "1 microsecond", "-0.000001 sec", "596523 hours", "24:00:00",
                           "99999 years 11 mons 30 days 23:59:59.999999"))
    parts = [f"{rng.choice(('', '-'))}{rng.randrange(100)} {unit}" for unit in ("years", "months", "days", "hours", "minutes")
             if rng.random() < 0.5]
    parts.append(f"{rng.choice(('', '-'))}{rng.randrange(100)}.{digits(rng, rng.randint(1, 6))} sec")
    return " ".join(parts)


def uuid(rng):
    return rng.choice(("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                       "{:08x}-{:04x}-{:04x}-{:04x}-{:012X}".format(*(rng.getrandbits(bits) for bits in (32, 16, 16, 16, 48)))))


def document(rng, depth=0):
    kind = rng.randrange(8 if depth < 3 else 5)
    if kind < 2:
        return "".join(point for point in text(rng) if point != "\0")
    if kind == 2:
        return rng.choice((None, True, False))
    if kind == 3:
        return rng.choice((0, -1, 10 ** 30, 1.5, 1e-7, 123456789012345678901234567890))
    if kind == 4:
        return rng.choice(([], {}))
    if kind < 7:
        return {text(rng): document(rng, depth + 1) for _ in range(rng.randrange(4))}
    return [document(rng, depth + 1) for _ in range(rng.randrange(4))]


def json_text(rng):
    if rng.random() < 0.15:
        return rng.choice(('{"a":1,"a":2}', ' { "b" :  [1 , 2.50, 1e3 ] } ', "null", '""', '"\\u00e9\\ud83d\\ude00"', "1.0e-10", "-0", "[]"))
    return json.dumps(document(rng), ensure_ascii=rng.random() < 0.5, separators=rng.choice(((",", ":"), (", ", ": "))))


def xml(rng):
    inner = "".join(point for point in text(rng) if point >= " " and point not in "<&>\"'\x7f\ufffe\uffff" and not "\x7f" <= point <= "\x9f")
    return rng.choice(("<a/>", "plain", f"<r x='1'>{inner}</r>", f"<?xml version='1.0'?><r>{inner}</r>", f"<a>{inner}</a><b/>", "<!-- c -->"))


def bits(length, fixed=True):
    def value(rng):
        count = length if fixed else rng.randrange((length or 70) + 1)
        return rng.choice(("0" * count, "1" * count, "1" + "0" * (count - 1) if count else "", "".join(rng.choices("01", k=count))))
    return value


def inet(rng):
    if rng.random() < 0.3:
        return rng.choice(("::1", "::/0", "0.0.0.0/0", "255.255.255.255", "2001:db8::ff00:42:8329/64", "::ffff:1.2.3.4"))
    return ".".join(str(rng.randrange(256)) for _ in range(4)) + rng.choice(("", "/24", "/32", "/1"))


def cidr(rng):
    return rng.choice(("192.168.0.0/16", "10.0.0.0/8", "::/0", "2001:db8::/32", f"{rng.randrange(256)}.{rng.randrange(256)}.0.0/16", "1.2.3.4/32"))


def macaddr(length):
    return lambda rng: ":".join(f"{rng.randrange(256):02x}" for _ in range(length))


def quote_bound(words):
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def range_of(maker, order):
    """A range over values of maker; order gives what they sort by."""
    def value(rng):
        if rng.random() < 0.15:
            return "empty"
        low, high = sorted((maker(rng), maker(rng)), key=order)
        low, high = (quote_bound(low) if rng.random() < 0.85 else "", quote_bound(high) if rng.random() < 0.85 else "")
        return rng.choice("[(") + low + "," + high + rng.choice("])")
    return value


def small_integer(rng):
    return str(rng.randint(-1000, 1000))


def modern_date(rng):
    return f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def modern_stamp(rng):
    return f"{modern_date(rng)} {clock(rng, last=False)}"


def multirange(maker):
    return lambda rng: "{" + ",".join(maker(rng) for _ in range(rng.randrange(3))) + "}"


def coordinate(rng):
    if rng.random() < 0.3:
        return rng.choice(("0", "-0", "1", "-1", "0.1", "1e300", "-1e-300", "123456789.123456789"))
    return repr(rng.uniform(-1000, 1000))


def point(rng):
    return f"({coordinate(rng)},{coordinate(rng)})"


def points(rng, least):
    return ",".join(point(rng) for _ in range(rng.randint(least, least + 4)))


def line(rng):
    return "{" + rng.choice(("1", "-2.5", "0.1")) + "," + coordinate(rng) + "," + coordinate(rng) + "}"


def lseg(rng):
    return f"[{point(rng)},{point(rng)}]"


def box(rng):
    return f"({point(rng)},{point(rng)})"


def path(rng):
    return rng.choice(("[{}]", "({})")).format(points(rng, 1))


def polygon(rng):
    return f"({points(rng, 1)})"


def circle(rng):
    return f"<{point(rng)},{rng.choice(('0', '1', '2.5', '1e10'))}>"


def word(rng):
    return rng.choice(("cat", "dogs", "Élan", "it''s", "a", "x1", "running", "日本"))


def tsvector(rng):
    return " ".join(f"{word(rng)}{rng.choice(('', ':1', ':2A,3', ':16383'))}" for _ in range(rng.randrange(5)))


def tsquery(rng):
    return rng.choice((" & ", " | ", " <-> ")).join(word(rng).replace("''", "") for _ in range(rng.randint(1, 3)))


def ltree(rng):
    return ".".join(rng.choice(("Top", "a", "B_2", "Science")) for _ in range(rng.randrange(5)))


def hstore(rng):
    def quoted(words):
        return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
    pairs = {quoted(text(rng)): quoted(text(rng)) if rng.random() < 0.8 else "NULL" for _ in range(rng.randrange(4))}
    return ",".join(f"{key}=>{value}" for key, value in pairs.items())


def vector(length):
    return lambda rng: "[" + ",".join(repr(round(rng.uniform(-9, 9), rng.randrange(5))) for _ in range(length)) + "]"


def sparse_vector(length):
    def value(rng):
        places = sorted(rng.sample(range(1, length + 1), rng.randint(1, min(4, length))))
        return "{" + ",".join(f"{place}:{rng.uniform(1, 9):.3f}" for place in places) + "}/" + str(length)
    return value


def array_of(maker, nested=False, nulls=True, comma=","):
    """An array literal; nested allows two dimensions."""
    def element(rng):
        if nulls and rng.random() < 0.15:
            return "NULL"
        return '"' + maker(rng).replace("\\", "\\\\").replace('"', '\\"') + '"'

    def value(rng):
        if rng.random() < 0.12:
            return "{}"
        if nested and rng.random() < 0.1:
            width = rng.randint(1, 3)
            return "{" + comma.join("{" + comma.join(element(rng) for _ in range(width)) + "}" for _ in range(rng.randint(1, 3))) + "}"
        return "{" + comma.join(element(rng) for _ in range(rng.choice((1, 2, 3, 5)))) + "}"
    return value


def long_array(maker, comma=","):
    """An array large enough to be stored out of line."""
    return lambda rng: "{" + comma.join('"' + maker(rng).replace("\\", "\\\\").replace('"', '\\"') + '"' for _ in range(1500)) + "}"


def record_of(makers):
    """A composite literal."""
    def field(rng, maker):
        if rng.random() < 0.2:
            return ""
        return '"' + maker(rng).replace("\\", "\\\\").replace('"', '""') + '"'
    return lambda rng: "(" + ",".join(field(rng, maker) for maker in makers) + ")"
