# Every supported type, value by value: as written in PostgreSQL, as Debezium's JSON in Kafka, as a
# typed value in BigQuery.
#
# SPDX-License-Identifier: Apache-2.0

import base64
import datetime
import decimal
import json
import math
import uuid

import stack

from lab import PROJECT

D = decimal.Decimal
UTC = datetime.timezone.utc


class Overflow:
    """The value BigQuery cannot hold: the column is NULL, and _overflow has its text (None: any text)."""

    def __init__(self, text=None):
        self.text = text


def unscaled(number):
    """What the JSON of a Decimal holds: base64 of the unscaled value, as short as two's complement can be."""
    length = (number + (number < 0)).bit_length() // 8 + 1
    return base64.b64encode(number.to_bytes(length, "big", signed=True)).decode()


def variable(scale, number):
    return {"scale": scale, "value": unscaled(number)}


def days(year, month, day):
    return (datetime.date(year, month, day) - datetime.date(1970, 1, 1)).days


# type in PostgreSQL, type in BigQuery, [(SQL literal, JSON in Kafka, value in BigQuery)]
TYPES = [
    ("boolean", "BOOLEAN", [("true", True, True), ("false", False, False)]),
    ("smallint", "INTEGER", [("-32768", -32768, -32768), ("32767", 32767, 32767)]),
    ("integer", "INTEGER", [("-2147483648", -2147483648, -2147483648), ("0", 0, 0)]),
    ("bigint", "INTEGER", [("9223372036854775807", 9223372036854775807, 9223372036854775807),
                           ("-9223372036854775808", -9223372036854775808, -9223372036854775808)]),
    ("oid", "INTEGER", [("4294967295", 4294967295, 4294967295)]),
    ("real", "FLOAT", [("3.3", 3.3, 3.3), ("'NaN'", "NaN", math.nan), ("'-Infinity'", "-Infinity", -math.inf),
                       ("1e-45", 1.4e-45, 1.4e-45)]),
    ("double precision", "FLOAT", [("0.1", 0.1, 0.1), ("1.7976931348623157e308", 1.7976931348623157e308,
                                                       1.7976931348623157e308),
                                   ("'Infinity'", "Infinity", math.inf), ("-5e-324", -5e-324, -5e-324)]),
    ("numeric(12,2)", "NUMERIC", [("1234.56", unscaled(123456), D("1234.56")), ("-0.01", unscaled(-1), D("-0.01")),
                                  ("0", unscaled(0), D(0)), ("-9999999999.99", unscaled(-999999999999),
                                                             D("-9999999999.99"))]),
    ("numeric(4)", "NUMERIC", [("-129", unscaled(-129), D(-129)), ("128", unscaled(128), D(128))]),
    ("numeric(60,30)", "BIGNUMERIC", [("1.000000000000000000000000000001", unscaled(10**30 + 1),
                                       D("1.000000000000000000000000000001"))]),
    ("numeric(100,2)", "STRING", [("1" + "0" * 97 + ".25", unscaled(10**99 + 25), "1" + "0" * 97 + ".25")]),
    ("numeric", "BIGNUMERIC", [("1.500", variable(1, 15), D("1.5")), ("100", variable(0, 100), D(100)),
                               ("1e50", variable(0, 10**50), Overflow("1" + "0" * 50)), ("'NaN'", None, None),
                               ("1e-60", variable(60, 1), Overflow())]),
    ("money", "NUMERIC", [("12.34", unscaled(1234), D("12.34")), ("'-92233720368547758.08'", unscaled(-2**63),
                                                                   D("-92233720368547758.08"))]),
    ("char(5)", "STRING", [("'ab'", "ab   ", "ab   ")]),
    ("varchar(20)", "STRING", [("''", "", ""), ("'it''s'", "it's", "it's")]),
    ("text", "STRING", [("E'ünï 𝄞 \"quoted\" \\\\ \\n\\t\\x01 \\u2028 \\x7f'", "ünï 𝄞 \"quoted\" \\ \n\t\x01 \u2028 \x7f",
                         "ünï 𝄞 \"quoted\" \\ \n\t\x01 \u2028 \x7f"),
                        ("'__debezium_unavailable_value'",) + ("__debezium_unavailable_value",) * 2,
                        ("repeat('x', 100000)", "x" * 100000, "x" * 100000)]),
    ("name", "STRING", [("'pg_class'", "pg_class", "pg_class")]),
    ('"char"', "STRING", [("'x'", "x", "x")]),
    ("bytea", "BYTES", [(r"'\x00ff80'", "AP+A", b"\x00\xff\x80"), (r"'\x'", "", b"")]),
    ("date", "DATE", [("'2024-02-29'", days(2024, 2, 29), datetime.date(2024, 2, 29)),
                      ("'0001-01-01'", days(1, 1, 1), datetime.date(1, 1, 1)),
                      ("'infinity'", 2147483647, Overflow()), ("'0044-03-15 BC'", -735160 + 0, Overflow())]),
    ("time", "TIME", [("'23:59:59.999999'", 86399999999, datetime.time(23, 59, 59, 999999)),
                      ("'24:00:00'", 86400000000, Overflow())]),
    ("time(3)", "TIME", [("'12:34:56.789'", 45296789, datetime.time(12, 34, 56, 789000))]),
    ("timetz", "STRING", [("'11:51:30.123789+02'",) + ("09:51:30.123789Z",) * 2]),
    ("timestamp", "DATETIME", [("'2024-02-29 12:34:56.789012'", (days(2024, 2, 29) * 86400 + 45296) * 10**6 + 789012,
                                datetime.datetime(2024, 2, 29, 12, 34, 56, 789012)),
                               ("'1969-12-31 23:59:59.999999'", -1, datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)),
                               ("'infinity'", 9223372036854775807, Overflow()),
                               ("'-infinity'", -9223372036854775808, Overflow())]),
    ("timestamp(3)", "DATETIME", [("'1969-12-31 23:59:59.999'", -1, datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)),
                                  ("'infinity'", 9223372036825200000, Overflow())]),
    ("timestamptz", "TIMESTAMP", [("'2016-11-04 13:51:30+02'", "2016-11-04T11:51:30.000000Z",
                                   datetime.datetime(2016, 11, 4, 11, 51, 30, tzinfo=UTC)),
                                  ("'0044-03-15 12:00:00+00 BC'", "-0043-03-15T12:00:00.000000Z", Overflow()),
                                  ("'infinity'", "infinity", Overflow())]),
    ("timestamptz(0)", "TIMESTAMP", [("'2016-11-04 13:51:30+02'", "2016-11-04T11:51:30Z",
                                      datetime.datetime(2016, 11, 4, 11, 51, 30, tzinfo=UTC))]),
    ("interval", "STRING", [("'1 year 2 mons 3 days 04:05:06.78'", 37091106780000, str)]),
    ("uuid", "STRING", [(f"'{uuid.UUID(int=2**127 + 5)}'",) + (str(uuid.UUID(int=2**127 + 5)),) * 2]),
    ("json", "JSON", [("""'{"b": 1,  "a": [1, 2.50, null]}'""", '{"b": 1,  "a": [1, 2.50, null]}',
                       {"b": 1, "a": [1, 2.5, None]}),
                      ("'123456789012345678901234567890'", "123456789012345678901234567890", Overflow())]),
    ("jsonb", "JSON", [("""'{"b": 1,  "a": "ü"}'""", '{"a": "ü", "b": 1}', {"a": "ü", "b": 1}),
                       ("'null'", "null", {"json": None})]),
    ("mood", "STRING", [("'so, so'",) + ("so, so",) * 2]),
    ("price", "NUMERIC", [("1.5", unscaled(1500), D("1.5"))]),
    ("inet", "STRING", [("'192.168.0.1/24'",) + ("192.168.0.1/24",) * 2]),
    ("int4range", "STRING", [("'[1,5)'",) + ("[1,5)",) * 2]),
    ("integer[]", "JSON", [("'{1,NULL,-3}'", [1, None, -3], [1, None, -3]), ("'{}'", [], [])]),
    ("text[]", "JSON", [("""ARRAY['a "b"', '', NULL, '{x}']""",) + (['a "b"', "", None, "{x}"],) * 2]),
    ("boolean[]", "JSON", [("'{t,f,NULL}'",) + ([True, False, None],) * 2]),
    ("numeric(10,2)[]", "JSON", [("'{1.50,NULL}'", [unscaled(150), None], None)]),
    ("timestamptz[]", "JSON", [("ARRAY['2016-11-04 13:51:30+02'::timestamptz]", ["2016-11-04T11:51:30.000000Z"], None)]),
    ("mood[]", "JSON", [("ARRAY['happy'::mood]",) + (["happy"],) * 2]),
]
ROWS = max(len(cases) for _, _, cases in TYPES)


def create(lab):
    columns = ", ".join(f"c{i} {sql_type}" for i, (sql_type, _, _) in enumerate(TYPES))
    lab.sql("CREATE TYPE mood AS ENUM ('happy', 'so, so')")
    lab.sql("CREATE DOMAIN price AS numeric(8,3)")
    lab.sql(f"CREATE TABLE types (id integer PRIMARY KEY, {columns})")


def fill(lab):
    for row in range(ROWS):
        values = ", ".join(cases[row][0] if row < len(cases) else "NULL" for _, _, cases in TYPES)
        lab.sql(f"INSERT INTO types VALUES ({row}, {values})")


def check_json(row, image):
    for column, (sql_type, _, cases) in enumerate(TYPES):
        expected = cases[row][1] if row < len(cases) else None
        got = image[f"c{column}"]
        assert got == expected and type(got) is type(expected), \
            f"{sql_type} {cases[row][0]}: {got!r:.200} instead of {expected!r:.200}"


def test_each_value_in_kafka_and_bigquery(fake_lab, fake):
    lab = fake_lab
    create(lab)
    lab.start()
    fill(lab)
    lab.sql("ALTER TABLE types REPLICA IDENTITY FULL")
    lab.sql("UPDATE types SET id = id")
    lab.sql("DELETE FROM types")
    lab.delivered()

    records = [record for record in lab.records(lab.topic("types")) if record.raw_value is not None]
    for op, image in (("c", "after"), ("u", "before"), ("u", "after"), ("d", "before")):
        images = {record.value[image]["id"]: record.value[image] for record in records if record.op == op}
        assert len(images) == ROWS
        for row in range(ROWS):
            check_json(row, images[row])

    rows = fake.wait_rows(PROJECT, lab.dataset, "types__history", 3 * ROWS)
    resource = fake.table(PROJECT, lab.dataset, "types__history")
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    for column, (sql_type, expected, _) in enumerate(TYPES):
        assert types[f"c{column}"] == expected, sql_type
    for stored in rows:
        assert stored["_op"] in ("c", "u", "d")
        overflow = json.loads(stored["_overflow"] or "{}")
        for column, (sql_type, kind, cases) in enumerate(TYPES):
            name = f"c{column}"
            literal, _, expected = cases[stored["id"]] if stored["id"] < len(cases) else ("NULL", None, None)
            got = stored[name]
            what = f"{stored['_op']} {sql_type} {literal}: {got!r:.200} instead of {expected!r:.200}"
            if isinstance(expected, Overflow):
                assert got is None and name in overflow, what
                if expected.text is not None:
                    assert overflow[name] == expected.text, f"{what}; overflow {overflow[name]!r:.200}"
                continue
            assert name not in overflow, f"{what}; overflow {overflow[name]!r:.200}"
            if expected is str:
                assert isinstance(got, str), what
            elif kind == "JSON" and got is not None:
                if expected is not None:
                    expected = None if expected == {"json": None} else expected
                    assert json.loads(got) == expected, what
            elif isinstance(expected, float) and math.isnan(expected):
                assert math.isnan(got), what
            elif literal != "NULL" and kind == "JSON":
                assert got is not None, what
            else:
                assert got == expected and type(got) is type(expected), what


INVENTORY = """
CREATE TYPE unit AS ENUM ('piece', 'kg');
CREATE TABLE products (
    id integer PRIMARY KEY, name text NOT NULL, price numeric(10,2) NOT NULL, weight double precision,
    sold_by unit NOT NULL DEFAULT 'piece', attributes jsonb, image bytea, added date, changed timestamptz, active boolean);
"""


def test_happy_path_into_the_emulator(emulator_lab):
    """Both legs, read back with google-cloud-bigquery from an emulator that is not ours."""
    lab = emulator_lab
    lab.sql(INVENTORY)
    lab.start()
    lab.sql("""INSERT INTO products SELECT i, 'bolt ' || i, i * 1.25, i / 3.0, 'kg', jsonb_build_object('n', i),
               decode(lpad(to_hex(i), 4, '0'), 'hex'), date '2024-01-01' + i,
               timestamptz '2024-01-01 00:00:00+00' + i * interval '1 s', i % 2 = 0 FROM generate_series(1, 50) i""")
    lab.sql("UPDATE products SET price = price + 1, name = 'ünï' WHERE id <= 10")
    lab.sql("DELETE FROM products WHERE id > 45")
    lab.delivered()
    records = lab.records(lab.topic("products"))
    events = [record for record in records if record.raw_value is not None]
    assert len(events) == 65 and len(records) == 70

    rows = lab.wait_rows("products__history", 65)
    coordinates = {(row["_kafka_partition"], row["_kafka_offset"]) for row in rows}
    assert coordinates == {(record.partition, record.offset) for record in events} and len(rows) == 65
    expected = {row[0]: row for row in lab.sql(
        "SELECT id, name, price, weight, sold_by::text, attributes, image, added, changed, active FROM products")}
    newest = {row["id"]: row for row in rows}
    for key, wanted in expected.items():
        row = newest[key]
        attributes = row["attributes"]
        attributes = json.loads(attributes) if isinstance(attributes, str) else attributes
        assert (row["id"], row["name"], row["price"], row["weight"], row["sold_by"], attributes, row["image"],
                row["added"], row["changed"], row["active"]) == wanted
    by_op = [row["_op"] for row in rows]
    assert (by_op.count("c"), by_op.count("u"), by_op.count("d")) == (50, 10, 5)
    for row, record in zip(rows, sorted(events, key=lambda record: record.position), strict=True):
        assert row["_position"] == record.position and row["_kafka_topic"] == record.topic
        key = json.loads(row["_key"]) if isinstance(row["_key"], str) else row["_key"]
        assert key == record.key
        assert row["_tx_id"] == record.value["source"]["txId"] and row["_lsn"] == record.value["source"]["lsn"]
        assert int(row["_commit_ts"].timestamp() * 10**6 + 0.5) == record.value["source"]["ts_us"]


def test_new_columns_into_the_emulator(emulator_lab, emulator):
    """Its tables.patch changes the catalogue only; the launcher sees to the rest."""
    lab = emulator_lab
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, a text)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'x')")
    lab.wait_rows("t__history", 1)
    lab.sql("ALTER TABLE t ADD COLUMN loyalty int, ADD COLUMN score numeric(60,30), ADD COLUMN tags text[]")
    lab.sql("UPDATE t SET loyalty = 7, score = 1.5, tags = '{p,q}' WHERE id = 1")
    lab.wait_rows("t__history", 2)
    lab.sql("ALTER TABLE t DROP COLUMN a, ADD COLUMN seen timestamptz")
    lab.sql("INSERT INTO t VALUES (2, 8, NULL, NULL, '2024-01-01 00:00:00+00')")
    rows = lab.wait_rows("t__history", 3)
    assert [(row["_op"], row["id"], row["a"], row["loyalty"], row["seen"] and row["seen"].year) for row in rows] == [
        ("c", 1, "x", None, None), ("u", 1, "x", 7, None), ("c", 2, None, 8, 2024)]
    tags = rows[1]["tags"]
    assert D(rows[1]["score"]) == D("1.5") and (json.loads(tags) if isinstance(tags, str) else tags) == ["p", "q"]
    assert lab.shipper.metrics()["walferry_loader_fallback_rows_total"] == 0
