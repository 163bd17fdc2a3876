"""The column types that the generator draws from: how each is declared and what values it takes.

Everything that DEBEZIUM's mapping knows, and what it leaves out. Types of extensions are drawn
only where the server has the extension.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import decimal
import typing

import values

# Extensions whose types Debezium maps, by the name CREATE EXTENSION takes.
EXTENSIONS = ("hstore", "citext", "ltree", "isn", "postgis", "vector")

# Types that every database of a round has, made by types.sql's statements.
ENUM_LABELS = ("red", "green", "BLUE", "with space", "with,comma", "with'quote", 'with"double', "ünï")
STATEMENTS = (
    "CREATE TYPE colour AS ENUM ({})".format(", ".join("'" + label.replace("'", "''") + "'" for label in ENUM_LABELS)),
    'CREATE TYPE "Odd Enum" AS ENUM (\'a\', \'b\')',
    "CREATE TYPE pair AS (a integer, b text)",
    "CREATE TYPE span AS RANGE (subtype = float8)",
    "CREATE DOMAIN d_amount AS numeric(12,3)",
    "CREATE DOMAIN d_plain AS numeric",
    "CREATE DOMAIN d_label AS varchar(20)",
    "CREATE DOMAIN d_of_d AS d_amount CHECK (VALUE IS NULL OR VALUE <> 42)",
    "CREATE DOMAIN d_colour AS colour",
    "CREATE DOMAIN d_needed AS integer NOT NULL",
    "CREATE DOMAIN d_stamp AS timestamp(3)",
    "CREATE DOMAIN d_list AS integer[]",
    "CREATE DOMAIN d_texts AS text[]",
)


STATEMENTS_WITH_HSTORE = ("CREATE DOMAIN d_pairs AS hstore",)

FIXED = ("boolean", "smallint", "integer", "bigint", "oid", "real", "double precision", "money", '"char"', "uuid", "macaddr", "macaddr8", "date",
         "time", "timestamp", "timestamptz", "interval", "point", "line", "lseg", "box", "circle", "enum", "serial")


@dataclasses.dataclass(frozen=True)
class Type:
    """kind names the mapping for reports; sql is the declaration; maker gives values as text."""
    kind: str
    sql: str
    maker: typing.Callable
    key: bool = False        # may be part of a key
    default: bool = True     # may have a literal default
    large: typing.Callable = None   # gives values stored out of line
    required: bool = None    # None: may be NOT NULL; False: never, True: always
    exact: typing.Callable = None   # maker for where null must not come out: no NaN, no infinity
    nullable_key: bool = True       # may be a nullable column of a key
    comma: str = ","                # between the elements of an array

    @property
    def fixed(self):
        """Of a fixed length, so that no value is ever stored out of line."""
        return self.kind in FIXED


def number_order(words):
    return decimal.Decimal(words)


def text_order(words):
    return words


def needed(maker, *unfit):
    """The maker without the values that Debezium has no form for."""
    def value(rng):
        while True:
            found = maker(rng)
            if not any(part in found for part in unfit):
                return found
    return value


def numerics(rng, levels):
    # AVOIDED "no form of NaN in a key"
    in_keys = levels["decimal"] in ("double", "string")
    precision = rng.choice((1, 4, 5, 10, 18, 19, 38, 100))
    scale = rng.choice((0, 1, 2, precision // 2, precision))
    found = [(precision, min(scale, precision)), (rng.choice((3, 5)), rng.choice((-2, -1, 7)))]
    for p, s in found:
        name = "numeric(p,-s)" if s < 0 else "numeric(p,s)"
        yield Type(name, f"numeric({p},{s})", values.numeric(p, s), key=s >= 0, required=None,
                   exact=values.numeric(p, s, special=False), nullable_key=in_keys)
    yield Type("numeric", "numeric", values.numeric(), key=True, exact=values.numeric(special=False),
               large=lambda r: values.digits(r, 9000), nullable_key=in_keys)


def scalars(rng, levels):
    yield Type("boolean", "boolean", values.boolean, key=True)
    yield Type("smallint", "smallint", values.integer(16), key=True)
    yield Type("integer", "integer", values.integer(32), key=True)
    yield Type("bigint", "bigint", values.integer(64), key=True)
    yield Type("oid", "oid", values.integer(32, signed=False), key=True, default=False)
    yield Type("real", "real", values.real, key=True)
    yield Type("double precision", "double precision", values.double, key=True)
    yield from numerics(rng, levels)
    yield Type("money", "money", values.money, default=False)
    size = rng.choice((1, 5, 30))
    yield Type("char(n)", f"char({size})", lambda r: values.cut(values.text(r), size), key=True)
    yield Type("varchar(n)", f"varchar({size})", lambda r: values.cut(values.text(r), size), key=True)
    yield Type("varchar", "varchar", values.text, key=True, large=values.large_text)
    yield Type("text", "text", values.text, key=True, large=values.large_text)
    yield Type('"char"', '"char"', lambda r: r.choice(("", "a", "Z", " ", "0")), default=False)
    yield Type("name", "name", lambda r: values.cut(values.text(r, 20), 15), default=False, required=False)
    yield Type("bytea", "bytea", values.bytea, default=False, key=True, large=values.large_bytea)
    yield Type("json", "json", values.json_text, large=lambda r: '"' + "".join(r.choices("abcdefgh0123456789", k=7000)) + '"')
    yield Type("jsonb", "jsonb", needed(values.json_text, "\\u0000"), key=True,
               large=lambda r: '{"a":"' + "".join(r.choices("abcdefgh0123456789ABCDEFGH", k=7000)) + '"}')
    yield Type("xml", "xml", values.xml, large=lambda r: "<a>" + "".join(r.choices("abcdefgh0123456789", k=7000)) + "</a>")
    yield Type("uuid", "uuid", values.uuid, key=True)
    yield Type("inet", "inet", values.inet, key=True, default=False)
    yield Type("cidr", "cidr", values.cidr, key=True, default=False)
    yield Type("macaddr", "macaddr", values.macaddr(6), key=True, default=False)
    yield Type("macaddr8", "macaddr8", values.macaddr(8), key=True, default=False)
    yield Type("int2vector", "int2vector", values.small_vector, default=False, required=False)
    yield Type("oidvector", "oidvector", values.small_vector, default=False, required=False)


def bit_strings(rng):
    yield Type("bit(1)", "bit(1)", values.bits(1))
    size = rng.choice((2, 8, 9, 24, 64, 65))
    yield Type("bit(n)", f"bit({size})", values.bits(size))
    yield Type("varbit(n)", f"varbit({size})", values.bits(size, fixed=False))
    yield Type("varbit", "varbit", values.bits(0, fixed=False), large=lambda r: "".join(r.choices("01", k=24000)))


def times(rng, levels):
    # the connector has no stand-in for a timestamp's nanoseconds in the image of a key
    standing_in = levels["time"] != "nanoseconds"
    yield Type("date", "date", values.date, key=True, exact=needed(values.date, "infinity"))
    for p in ("", *rng.sample(("(0)", "(1)", "(2)", "(3)", "(4)", "(5)", "(6)"), 2)):
        # AVOIDED "no form of 24:00 in a key"
        yield Type("time", f"time{p}", values.clock, key=True, nullable_key=levels["time"] != "structured",
                   exact=lambda r: needed(values.clock, "24:", "59.9")(r))
        yield Type("timetz", f"timetz{p}", values.timetz, default=False, required=False)
        yield Type("timestamp", f"timestamp{p}", values.timestamp, key=standing_in, required=None if standing_in else False,
                   exact=lambda r: values.modern_stamp(r))
        yield Type("timestamptz", f"timestamptz{p}", values.timestamptz, key=True)
    yield Type("interval", rng.choice(("interval", "interval(3)", "interval year to month", "interval day to second(0)")), values.interval)


def unmapped(_rng):
    for sql, maker in (("tsquery", values.tsquery), ("pg_lsn", lambda r: f"{r.getrandbits(32):X}/{r.getrandbits(32):X}"),
                       ("regclass", lambda r: r.choice(("pg_class", "pg_type"))), ("xid", lambda r: str(r.getrandbits(32))),
                       ("tid", lambda r: f"({r.getrandbits(16)},{r.getrandbits(8)})"), ("pair", values.record_of((values.small_integer, values.text))),
                       ("jsonpath", lambda r: r.choice(("$.a", "$[*] ? (@ > 1)"))), ("txid_snapshot", lambda r: "10:20:10,14,15"),
                       ("int4multirange", values.multirange(values.range_of(values.small_integer, number_order))),
                       ("datemultirange", values.multirange(values.range_of(values.modern_date, text_order))),
                       ("refcursor", values.text), ("pg_snapshot", lambda r: "10:20:10,14,15"),
                       ("span", values.range_of(values.small_integer, number_order))):
        yield Type(f"unmapped {sql}", sql, maker, default=False)


def ranges(_rng):
    yield Type("int4range", "int4range", values.range_of(values.small_integer, number_order), key=True, default=False)
    yield Type("int8range", "int8range", values.range_of(values.small_integer, number_order), default=False)
    yield Type("numrange", "numrange", values.range_of(values.numeric(10, 3, special=False), number_order), default=False)
    yield Type("tsrange", "tsrange", values.range_of(values.modern_stamp, text_order), default=False)
    yield Type("tstzrange", "tstzrange", values.range_of(values.modern_stamp, text_order), default=False)
    yield Type("daterange", "daterange", values.range_of(values.modern_date, text_order), default=False)


def geometry(_rng):
    for sql, maker in (("point", values.point), ("line", values.line), ("lseg", values.lseg), ("box", values.box), ("path", values.path),
                       ("polygon", values.polygon), ("circle", values.circle)):
        large = (lambda r: f"({values.points(r, 300)})") if sql in ("path", "polygon") else None
        yield Type(sql, sql, maker, default=False, large=large)


def own(levels):
    yield Type("enum", "colour", lambda r: r.choice(ENUM_LABELS), key=True)
    yield Type("enum", '"Odd Enum"', lambda r: r.choice("ab"), key=True)
    yield Type("domain numeric(p,s)", "d_amount", values.numeric(12, 3), exact=values.numeric(12, 3, special=False))
    yield Type("domain numeric", "d_plain", values.numeric(), exact=values.numeric(special=False))
    yield Type("domain varchar", "d_label", lambda r: values.cut(values.text(r), 20), key=True)
    yield Type("enum domain", "d_colour", lambda r: r.choice(ENUM_LABELS), key=True, default=False)
    yield Type("domain of domain", "d_of_d", values.numeric(12, 3), exact=values.numeric(12, 3, special=False))
    yield Type("domain NOT NULL", "d_needed", values.integer(32), required=True, default=False)
    yield Type("domain timestamp", "d_stamp", values.timestamp, exact=lambda r: values.modern_stamp(r),
               required=False if levels["time"] == "nanoseconds" else None)
    # nor for a domain's array, nor for a vector
    yield Type("domain array", "d_list", values.array_of(values.integer(32)), default=False, required=False, large=values.long_array(values.integer(32)))
    yield Type("domain array", "d_texts", values.array_of(values.text), default=False, required=False, large=values.array_of(values.large_text, nulls=False))
    yield Type("tsvector", "tsvector", values.tsvector, default=False)


def of_extensions(rng, extensions, levels):
    if "hstore" in extensions:
        def large(rng):
            return "a=>" + "".join(rng.choices("abcdefgh0123456789ABCDEFGH", k=7000))
        yield Type("hstore", "hstore", values.hstore, default=False, large=large)
        if levels["hstore"] == "json":  # an unchanged one is a text to the connector, which a map refuses: the task ends
            yield Type("domain hstore", "d_pairs", values.hstore, default=False, required=False, large=large)
    if "citext" in extensions:
        yield Type("citext", "citext", values.text, key=True, default=False, large=values.large_text)
    if "ltree" in extensions:
        yield Type("ltree", "ltree", values.ltree, key=True, default=False)
    if "isn" in extensions:
        yield Type("isbn", "isbn", lambda r: r.choice(("978-0-393-04002-9", "0-393-04002-X")), default=False)
    if "postgis" in extensions:
        maker = lambda r: r.choice(("POINT(1 2)", "SRID=4326;POINT(3 -4)", "LINESTRING(0 0,1 1)", "SRID=3187;POLYGON((0 0,0 1,1 1,0 0))",
                                    "POINT EMPTY", "POINT Z (1 2 3)", "SRID=4326;POINT ZM (1 2 3 4)", "MULTIPOLYGON(((0 0,0 1,1 1,0 0)))",
                                    "GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1))", "GEOMETRYCOLLECTION EMPTY"))
        yield Type("geometry", "geometry", maker, default=False)
        yield Type("geometry", "geometry(Point,4326)", lambda r: f"SRID=4326;POINT({values.coordinate(r)} 0)", default=False)
        yield Type("geography", "geography", lambda r: r.choice(("POINT(1 2)", "LINESTRING(0 0,1 1)")), default=False)
    if "vector" in extensions:
        size = rng.choice((1, 3, 16))
        yield Type("vector", rng.choice((f"vector({size})", "vector")), values.vector(size), default=False, required=False)
        yield Type("halfvec", rng.choice((f"halfvec({size})", "halfvec")), values.vector(size), default=False, required=False)
        # Debezium has no stand-in for it in the image of a key
        yield Type("sparsevec", f"sparsevec({size})", values.sparse_vector(size), default=False, required=False)


def unmapped_of_extensions(extensions):
    if "isn" in extensions:
        yield Type("unmapped ean13", "ean13", lambda r: "978-0-393-04002-9", default=False)
    if "ltree" in extensions:
        yield Type("unmapped lquery", "lquery", lambda r: r.choice(("*.a.*", "Top.*{1,2}")), default=False)
    if "postgis" in extensions:
        yield Type("unmapped box2d", "box2d", lambda r: "BOX(1 2,3 4)", default=False)


TEXTS = ("text", "varchar", "varchar(n)", "char(n)", "citext")

# Types without arrays, and a domain whose arrays the generator would fill with nulls.
NO_ARRAYS = ("domain array", "domain hstore", "domain NOT NULL", "int2vector", "oidvector")

# Elements whose arrays always have a form with Debezium; of other arrays no column is NOT NULL.
FORMED_ELEMENTS = ("boolean", "smallint", "integer", "bigint", "real", "double precision", "varchar", "text", "date", "uuid", "json", "jsonb",
                   "inet", "citext", "bytea")


def large_array(element):
    if element.large:
        return values.array_of(element.large, nulls=False)
    if element.kind in ("integer", "bigint", "smallint", "uuid", "date", "double precision", "boolean", "timestamp", "numeric(p,s)"):
        return values.long_array(element.exact or element.maker)
    return None


def arrays(rng, elements):
    """One array type for each of some element types."""
    for element in elements:
        if element.kind in NO_ARRAYS:
            continue
        # AVOIDED "no form in NOT NULL": Debezium has none for nested arrays
        comma = {"box": ";", "geometry": ":", "geography": ":"}.get(element.kind, ",")  # pg_type.typdelim
        flat = values.array_of(element.exact or element.maker, comma=comma)
        required = None if element.kind in FORMED_ELEMENTS else False
        yield Type(element.kind + "[]", element.sql + "[]", values.array_of(element.exact or element.maker, nested=rng.random() < 0.1, comma=comma),
                   exact=flat, required=required, default=False, large=large_array(element), comma=comma)


def draw(rng, extensions, levels):
    """The types of one round, declared at random; levels are its configuration's."""
    mapped = [*scalars(rng, levels), *bit_strings(rng), *times(rng, levels), *ranges(rng), *geometry(rng), *own(levels), *of_extensions(rng, extensions, levels)]
    without = [*unmapped(rng), *unmapped_of_extensions(extensions)]
    # what masks and truncation fit, often enough that they are seen
    hidden = [found for found in mapped if found.kind in TEXTS for _ in range(6)] if levels["columns"] in ("mask", "hash", "truncate") else []
    return [*mapped, *without, *arrays(rng, [*mapped, *without]), *hidden]
