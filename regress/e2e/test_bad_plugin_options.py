# The plugin by itself: options that it refuses, and values that it has no form for.
#
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import subprocess

import pytest
import stack


def recvlogical(lab, *options, plugin="walferry"):
    """What pg_recvlogical prints until the present end of the WAL."""
    slot = "by_hand"
    tool = lab.postgres.bin / "pg_recvlogical"
    environment = dict(os.environ, PGPASSWORD=lab.postgres.password)
    connection = ["-h", "127.0.0.1", "-p", str(lab.postgres.port), "-U", "postgres", "-d", lab.database, "--slot", slot]
    end = lab.postgres.psql("SELECT pg_current_wal_insert_lsn()").strip()
    arguments = [word for option in options for word in ("-o", option)]
    return subprocess.run([tool, *connection, "--start", "-n", "--endpos", end, "-f", "-", *arguments],
                          capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture
def by_hand(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.postgres.psql("SELECT pg_create_logical_replication_slot('by_hand', 'walferry')", lab.database)
    yield lab
    lab.postgres.psql("SELECT pg_drop_replication_slot('by_hand')", lab.database)


@pytest.mark.parametrize("option, words", [
    ("no.such.option=1", ["no.such.option"]),
    ("output=xml", ["output", "xml", "envelope", "record", "frame"]),
    ("tombstones.on.delete=perhaps", ["tombstones.on.delete", "perhaps", "true", "false"]),
    ("skipped.operations=q", ["skipped.operations", "q"]),
    ("record.max.bytes=1", ["record.max.bytes", "1024"]),
    ("schemas.enable=1", ["schemas.enable", "true", "false"]),
    ("position.epoch=0", ["position.epoch"]),
    ("frame.version=99", ["frame.version", "99"]),
    ("topic.prefix=", ["topic.prefix"]),
])
def test_plugin_options(by_hand, option, words):
    result = recvlogical(by_hand, option, *(["output=frame"] if "frame.version" in option else []))
    assert result.returncode != 0
    for word in words:
        assert word in result.stderr, result.stderr
    assert by_hand.sql("SELECT 1") == [(1,)]


def test_pg_recvlogical_prints_one_envelope_a_line(by_hand):
    import json

    by_hand.sql("INSERT INTO t SELECT i, E'line\\nbreak \"' || i FROM generate_series(1, 100) i")
    by_hand.sql("UPDATE t SET v = NULL WHERE id = 1")
    by_hand.sql("DELETE FROM t WHERE id = 2")
    result = recvlogical(by_hand)
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["op"] for event in events] == ["c"] * 100 + ["u", "d"]
    assert list(events[0]) == ["before", "after", "source", "transaction", "op", "ts_ms", "ts_us", "ts_ns"]
    assert events[99]["after"] == {"id": 100, "v": 'line\nbreak "100'}


def jackson(text):
    """A JSON string as Jackson writes it: UTF-8, but for controls and what takes two UTF-16 units."""
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}

    def written(character):
        code = ord(character)
        if code in short:
            return short[code]
        if code < 0x20:
            return f"\\u{code:04X}"
        if code > 0xFFFF:
            high, low = divmod(code - 0x10000, 0x400)
            return f"\\u{0xD800 + high:04X}\\u{0xDC00 + low:04X}"
        return character

    return '"' + "".join(map(written, text)) + '"'


def test_every_code_point(by_hand):
    """Byte for byte, in both textual outputs and, read by Python, the same text again."""
    text = "".join(chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF)
    by_hand.sql("INSERT INTO t VALUES (1, %s)", text)
    expected = f'"after":{{"id":1,"v":{jackson(text)}}},"source":'
    for options in ((), ("output=record",)):
        with by_hand.connect() as connection:
            words = [word for option in options for word in option.split("=")]
            (line,), = connection.execute("SELECT data FROM pg_logical_slot_peek_changes('by_hand', NULL, NULL, VARIADIC %s::text[])", (words,)).fetchall()
        assert expected in line
        event = json.loads(line)
        assert event.get("value", event)["after"]["v"] == text


def test_values_without_a_form(by_hand):
    """What pg_recvlogical and the server's log say of them."""
    by_hand.sql("CREATE TABLE s (id int PRIMARY KEY, n numeric(8,2), m numeric)")
    by_hand.sql("INSERT INTO s SELECT i, 'NaN', CASE WHEN i < 3 THEN 'Infinity'::numeric END FROM generate_series(1, 50) i")
    before = len(by_hand.postgres.log())
    failed = recvlogical(by_hand, "event.converting.failure.handling.mode=fail")
    assert failed.returncode != 0
    assert 'a value of column "n" of table "public.s" has no form in the event' in failed.stderr
    assert "associated LSN" in by_hand.postgres.log()[before:]

    result = recvlogical(by_hand)
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 50
    assert sorted(re.findall('WARNING:  a value of column "(.)"', result.stderr)) == ["m", "n"]
    stack.wait_until(lambda: "52 values were not written as what they are in this session" in by_hand.postgres.log()[before:],
                     10, "the count in the server's log")


def test_values_without_a_form_are_counted(lab):
    lab.sql("CREATE TABLE s (id int PRIMARY KEY, n numeric(8,2))")
    lab.start()
    lab.sql("INSERT INTO s SELECT i, 'NaN' FROM generate_series(1, 50) i")
    lab.sql("INSERT INTO s VALUES (51, 1)")
    lab.delivered()
    assert lab.shipper.metrics()["walferry_capture_values_without_form_total"] == 50
    assert lab.shipper.log().count("has no form in the event and was written as null") == 1


@pytest.mark.limit(240)
def test_a_jsonb_of_100_mb(lab):
    """A dead letter, and the stream goes on."""
    lab.sql("CREATE TABLE j (id integer PRIMARY KEY, v jsonb)")
    lab.start()
    lab.sql("INSERT INTO j SELECT 1, jsonb_build_object('text', repeat('0123456789', 10 * 1024 * 1024))")
    lab.sql("""INSERT INTO j VALUES (2, '"after it"')""")
    lab.delivered(150)
    record, = lab.records(lab.topic("j"))
    assert record.after == {"id": 2, "v": '"after it"'}
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["key"] == '{"id":1}' and "record.max.bytes" in letter.value["reason"]


def test_salt_that_is_not_there(lab):
    """As at a row: nothing but somebody's doing changes that."""
    code, log = lab.fails(**{"column.mask.hash.v2.SHA-256.with.salt.@nobody": "public.t.v"})
    assert code == 1 and 'there is no salt "nobody"' in log


def test_salts_file_that_is_not_there(lab):
    """It is the plugin that misses it, and the plugin that is there."""
    lab.postgres.psql("LOAD 'walferry';\nALTER SYSTEM SET walferry.salts = 'file:no_such_file';\nSELECT pg_reload_conf()")
    try:
        code, log = lab.fails(**{"column.mask.hash.v2.SHA-256.with.salt.@users": "public.t.v"})
        assert code == 1 and 'could not open the file of the setting "walferry.salts": No such file' in log
        assert "does not have the output plugin" not in log
        assert re.search(r'DETAIL:  It is "no_such_file"', lab.postgres.log())
    finally:
        lab.postgres.psql("LOAD 'walferry';\nALTER SYSTEM RESET walferry.salts;\nSELECT pg_reload_conf()")
