# What arrives in Kafka: topics, partitions, headers, and tables and databases of odd shapes.
#
# SPDX-License-Identifier: Apache-2.0

import base64
import json

import pytest
import stack

from lab import PROJECT, unique_events


def murmur2(data):
    """org.apache.kafka.common.utils.Utils.murmur2, from the published algorithm (seed 0x9747b28c)."""
    mask = 0xFFFFFFFF
    m = 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little")
        k = k * m & mask
        k ^= k >> 24
        k = k * m & mask
        h = h * m & mask
        h ^= k
    rest = data[whole:]
    if rest:
        h ^= int.from_bytes(rest, "little")
        h = h * m & mask
    h ^= h >> 13
    h = h * m & mask
    return h ^ h >> 15


def java_partition(key, count):
    return (murmur2(key) & 0x7FFFFFFF) % count


def test_murmur2_is_javas():
    """Values of Kafka's own UtilsTest."""
    for data, expected in ((b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
                           (b"a-little-bit-longer-string", -1486304829), (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
                           (b"abc", 479470107)):
        assert (murmur2(data) ^ 0x80000000) - 0x80000000 == expected


def test_partitions_are_those_of_java(lab):
    lab.sql("CREATE TABLE t (id bigint, code text, PRIMARY KEY (id, code))")
    lab.create_topic(lab.topic("t"), 6)
    lab.start()
    lab.sql("INSERT INTO t SELECT i, 'ä' || i FROM generate_series(1, 300) i")
    lab.delivered()
    records = lab.records(lab.topic("t"))
    assert len(records) == 300
    for record in records:
        assert record.partition == java_partition(record.raw_key, 6)
    assert {record.partition for record in records} == set(range(6))


def test_inline_schemas(lab):
    """What the JsonConverter would read: a key and a value that describe themselves, on either side alone, too."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY, x text)")
    lab.start(key_converter_schemas_enable=None, value_converter_schemas_enable=None, provide_transaction_metadata="true")
    for statement in ("INSERT INTO t VALUES (1, 'a')", "DELETE FROM t", "ALTER TABLE t ADD y int", "INSERT INTO t VALUES (2, 'b', 3)"):
        lab.sql(statement)
    lab.delivered()
    insert, delete, tombstone, second = sorted(lab.records(lab.topic("t")), key=lambda record: record.position)
    for record in (insert, delete, tombstone, second):
        assert record.key["schema"]["name"] == f"{lab.topic('t')}.Key" and list(record.key["payload"]) == ["id"]
    assert tombstone.raw_value is None
    for record, op in ((insert, "c"), (delete, "d"), (second, "c")):
        schema = record.value["schema"]
        assert (schema["name"], schema["version"]) == (f"{lab.topic('t')}.Envelope", 2)
        assert [field["field"] for field in schema["fields"]] == list(record.value["payload"])
        assert record.value["payload"]["op"] == op
        assert record.header("__walferry.schema") is None and record.position
    assert second.value["payload"]["after"] == {"id": 2, "x": "b", "y": 3}
    assert [field["field"] for field in second.value["schema"]["fields"][1]["fields"]] == ["id", "x", "y"]
    assert all(record.value["schema"]["name"].endswith("TransactionMetadataValue")
               for record in lab.records(f"{lab.prefix}.transaction"))
    assert "__walferry.schemas." + lab.prefix not in lab.topics()


def test_schemas_beside_keys_of_a_later_identity(lab):
    """Deletes that tell another index than the key bring that key's schema along; the value's stands beside it from the first on."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY, u int NOT NULL UNIQUE, v text)")
    lab.start(key_converter_schemas_enable=None, value_converter_schemas_enable=None)
    lab.sql("INSERT INTO t SELECT i, i * 10, 'a' FROM generate_series(1, 3) i")
    lab.sql("DELETE FROM t WHERE id = 1")
    lab.sql("ALTER TABLE t REPLICA IDENTITY USING INDEX t_u_key")
    lab.sql("DELETE FROM t WHERE id = 2")
    lab.sql("ALTER TABLE t REPLICA IDENTITY DEFAULT")
    lab.sql("DELETE FROM t WHERE id = 3")
    lab.delivered()
    records = [(record.key, record.value) for record in sorted(lab.records(lab.topic("t")), key=lambda record: record.position)
               if record.raw_value]
    assert [(key["payload"], value["payload"]["op"]) for key, value in records] == [
        ({"id": 1}, "c"), ({"id": 2}, "c"), ({"id": 3}, "c"), ({"id": 1}, "d"), ({"u": 20}, "d"), ({"id": 3}, "d")]
    for key, value in records:
        assert [field["field"] for field in key["schema"]["fields"]] == list(key["payload"])
        assert [field["field"] for field in value["schema"]["fields"]][:2] == ["before", "after"]


def test_schema_changes(fake_lab, fake):
    """Told before the rows, again by each session, in Kafka only: the loader has nothing to do with them."""
    lab = fake_lab
    lab.sql("CREATE TABLE t (id int PRIMARY KEY, x text DEFAULT 'a')")
    lab.start(schema_changes_enabled="true")
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    lab.sql("ALTER TABLE t ADD y int")
    lab.sql("INSERT INTO t VALUES (2, 'b', 3)")
    lab.delivered()
    lab.shipper.kill9()
    lab.restart()
    lab.sql("INSERT INTO t VALUES (3, 'c', 4)")
    lab.delivered()

    told = sorted(lab.records(lab.prefix), key=lambda record: record.position)
    changes = [record.value["tableChanges"][0] for record in told]
    assert [change["type"] for change in changes] == ["CREATE", "ALTER", "CREATE"]
    assert {change["id"] for change in changes} == {'"public"."t"'}
    assert [[column["name"] for column in change["table"]["columns"]] for change in changes] == [["id", "x"], *[["id", "x", "y"]] * 2]
    assert all(record.key == {"databaseName": lab.name} for record in told)
    assert all(record.header("__walferry.schema") is None for record in told)
    rows = unique_events(lab.records(lab.topic("t")))
    assert [record.value["source"]["lsn"] for record in told] == [row.value["source"]["lsn"] for row in rows]
    assert all(before.position < row.position for before, row in zip(told, rows))
    assert [row["id"] for row in sorted(fake.wait_rows(PROJECT, lab.dataset, "t__history", 3), key=lambda row: row["id"])] == [1, 2, 3]
    assert lab.shipper.metrics()["walferry_loader_errors_total"] == 0


def test_key_change(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    lab.sql("UPDATE t SET id = 2, v = 'b'")
    lab.delivered()
    created, deleted, tombstone, again = unique_events(lab.records(lab.topic("t")))
    assert (created.op, created.key, created.after) == ("c", {"id": 1}, {"id": 1, "v": "a"})
    assert (deleted.op, deleted.key, deleted.header("__debezium.newkey")) == ("d", {"id": 1}, '{"id":2}')
    assert deleted.value["before"] == {"id": 1, "v": None} and deleted.header("__walferry.before") == "key"
    assert (tombstone.raw_value, tombstone.key, tombstone.header("__debezium.newkey")) == (None, {"id": 1}, '{"id":2}')
    assert (again.op, again.key, again.after) == ("c", {"id": 2}, {"id": 2, "v": "b"})
    assert again.header("__debezium.oldkey") == '{"id":1}'
    positions = [record.position.split("/") for record in (deleted, tombstone, again)]
    assert [int(position[3], 16) for position in positions] == [0, 1, 2]
    assert len({tuple(position[:3]) for position in positions}) == 1
    assert deleted.value["source"]["lsn"] == int(positions[0][2], 16)


def test_key_change_in_bigquery(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    lab.sql("UPDATE t SET id = 2")
    lab.sql("DELETE FROM t")
    rows = sorted(fake.wait_rows(PROJECT, lab.dataset, "t__history", 4), key=lambda row: row["_position"])
    assert [(row["_op"], row["id"], json.loads(row["_key"])) for row in rows] == [
        ("c", 1, {"id": 1}), ("d", 1, {"id": 1}), ("c", 2, {"id": 2}), ("d", 2, {"id": 2})]
    assert json.loads(rows[2]["_key_before"]) == {"id": 1} and rows[0]["_key_before"] is None


def test_null_in_a_column_with_a_default(fake_lab, fake):
    """On Kafka as Debezium has it, in BigQuery as the row has it."""
    lab = fake_lab
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, n integer DEFAULT 42, body text DEFAULT 'b')")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, NULL, NULL), (2, NULL, 'x'), (3, DEFAULT, DEFAULT)")
    lab.delivered()
    records = unique_events(lab.records(lab.topic("t")))
    assert [(record.after["n"], record.after["body"]) for record in records] == [(42, "b"), (42, "x"), (42, "b")]
    assert [json.loads(record.header("__walferry.defaulted") or "[]") for record in records] == [["n", "body"], ["n"], []]
    rows = sorted(fake.wait_rows(PROJECT, lab.dataset, "t__history", 3), key=lambda row: row["id"])
    assert [(row["n"], row["body"]) for row in rows] == [(None, None), (None, "x"), (42, "b")]
    assert [row["_unavailable_columns"] for row in rows] == [[], [], []]


def test_toast(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, n integer, body text, data bytea)")
    lab.sql("ALTER TABLE t ALTER body SET STORAGE EXTERNAL, ALTER data SET STORAGE EXTERNAL")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 1, repeat('x', 5000), decode(repeat('ab', 5000), 'hex'))")
    lab.sql("UPDATE t SET n = 2")
    lab.sql("ALTER TABLE t REPLICA IDENTITY FULL")
    lab.sql("UPDATE t SET n = 3")
    lab.delivered()
    records = unique_events(lab.records(lab.topic("t")))
    assert records[0].after["body"] == "x" * 5000 and records[0].header("__walferry.unavailable") is None
    assert records[1].after["body"] == "__debezium_unavailable_value"
    assert base64.b64decode(records[1].after["data"]) == b"__debezium_unavailable_value"
    assert json.loads(records[1].header("__walferry.unavailable")) == ["body", "data"]
    assert records[2].after["body"] == "x" * 5000 and records[2].header("__walferry.unavailable") is None
    assert records[2].header("__walferry.before") == "full"
    rows = sorted(fake.wait_rows(PROJECT, lab.dataset, "t__history", 3), key=lambda row: row["_position"])
    assert [row["_unavailable_columns"] for row in rows] == [[], ["body", "data"], []]
    assert [row["body"] for row in rows] == ["x" * 5000, None, "x" * 5000]
    assert [row["data"] for row in rows] == [b"\xab" * 5000, None, b"\xab" * 5000]


def test_truncate(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO a VALUES (1)")
    lab.sql("TRUNCATE a, b")
    lab.delivered()
    first, second = unique_events(lab.records(lab.topic("a")))
    assert (first.op, second.op, second.raw_key) == ("c", "t", None)
    assert second.value["before"] is None and second.value["after"] is None
    other, = lab.records(lab.topic("b"))
    assert (other.op, other.value["source"]["lsn"]) == ("t", second.value["source"]["lsn"])
    rows = fake.wait_rows(PROJECT, lab.dataset, "a__history", 2)
    assert sorted(row["_op"] for row in rows) == ["c", "t"]
    fake.wait_rows(PROJECT, lab.dataset, "b__history", 1)


def test_truncate_is_left_out_by_default(lab):
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY)")
    lab.start(skipped_operations="t")
    lab.sql("INSERT INTO a VALUES (1)")
    lab.sql("TRUNCATE a")
    lab.sql("INSERT INTO a VALUES (2)")
    lab.delivered()
    assert [record.op for record in unique_events(lab.records(lab.topic("a")))] == ["c", "c"]


def test_logical_messages(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    lab.start()
    with lab.connect(autocommit=False) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("SELECT pg_logical_emit_message(true, 'inside', 'ü')")
        connection.execute("SELECT pg_logical_emit_message(false, 'beside', '\\x00ff'::bytea)")
        connection.execute("SELECT pg_logical_emit_message(true, '__walferry', 'ours')")
        connection.commit()
        connection.execute("SELECT pg_logical_emit_message(true, 'lost', 'x')")
        connection.execute("SELECT pg_logical_emit_message(false, 'kept', 'x')")
        connection.rollback()
    lab.sql("INSERT INTO t VALUES (2)")
    lab.delivered()
    messages = {record.key["prefix"]: record for record in lab.records(f"{lab.prefix}.message")}
    assert set(messages) == {"inside", "beside", "kept"}
    contents = {name: base64.b64decode(record.value["message"]["content"]) for name, record in messages.items()}
    assert contents == {"inside": "ü".encode(), "beside": b"\x00\xff", "kept": b"x"}
    assert all(record.op == "m" for record in messages.values())
    assert messages["inside"].value["source"]["txId"] is not None
    assert messages["beside"].value["source"]["txId"] is None
    assert messages["beside"].position.split("/")[2] == "0" * 16


def test_history_and_positions_agree_with_the_wal(lab):
    """lsn, txId, commit time are what PostgreSQL's own decoding says."""
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    lab.sql("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", lab.slot_name + "_td")
    lab.start()
    for i in range(3):
        lab.sql("INSERT INTO t VALUES (%s), (%s)", 2 * i, 2 * i + 1)
    lab.delivered()
    rows = lab.sql("SELECT lsn - '0/0'::pg_lsn, xid::text::bigint, data FROM pg_logical_slot_get_changes(%s, NULL, NULL)",
                   lab.slot_name + "_td")
    lab.sql("SELECT pg_drop_replication_slot(%s)", lab.slot_name + "_td")
    expected = [(int(lsn), xid) for lsn, xid, data in rows if data.startswith("table public.t: INSERT")]
    records = unique_events(lab.records(lab.topic("t")))
    assert [(record.value["source"]["lsn"], record.value["source"]["txId"]) for record in records] == expected
    for record in records:
        source = record.value["source"]
        assert source["ts_ms"] == source["ts_us"] // 1000 and source["ts_ns"] == source["ts_us"] * 1000
        assert int(record.position.split("/")[2], 16) == source["lsn"]


# ---------------------------------------------------------------- shapes that change


def test_a_new_column_appears_in_the_history(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, a text)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'x')")
    fake.wait_rows(PROJECT, lab.dataset, "t__history", 1)
    lab.sql("ALTER TABLE t ADD COLUMN b numeric(8,2)")
    lab.sql("INSERT INTO t VALUES (2, 'y', 1.5)")
    lab.sql("ALTER TABLE t DROP COLUMN a")
    lab.sql("INSERT INTO t VALUES (3, 2.5)")
    rows = sorted(fake.wait_rows(PROJECT, lab.dataset, "t__history", 3), key=lambda row: row["id"])
    assert [(row["a"], None if row.get("b") is None else float(row["b"])) for row in rows] == [
        ("x", None), ("y", 1.5), (None, 2.5)]
    fields = {field["name"]: field["type"] for field in
              fake.table(PROJECT, lab.dataset, "t__history")["schema"]["fields"]}
    assert fields["b"] == "NUMERIC" and "a" in fields


def test_history_table_is_as_promised(fake_lab, fake):
    """Columns, partitioning, clustering, label."""
    lab = fake_lab
    lab.sql("CREATE TABLE t (k2 text, k1 integer, v jsonb, PRIMARY KEY (k1, k2)); CREATE SCHEMA sales;"
            "CREATE TABLE sales.t (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO t VALUES ('a', 1, '{}'); INSERT INTO sales.t VALUES (1)")
    fake.wait_rows(PROJECT, lab.dataset, "t__history", 1)
    fake.wait_rows(PROJECT, lab.dataset, "sales__t__history", 1)
    resource = fake.table(PROJECT, lab.dataset, "t__history")
    fields = {field["name"]: (field["type"], field["mode"]) for field in resource["schema"]["fields"]}
    expected = {
        "_op": "STRING", "_position": "STRING", "_commit_ts": "TIMESTAMP", "_ingested_at": "TIMESTAMP",
        "_tx_id": "INTEGER", "_lsn": "INTEGER", "_snapshot": "STRING", "_key": "JSON", "_key_before": "JSON",
        "_unavailable_columns": "STRING", "_overflow": "JSON", "_schema": "STRING", "_kafka_topic": "STRING",
        "_kafka_partition": "INTEGER", "_kafka_offset": "INTEGER", "k1": "INTEGER", "k2": "STRING", "v": "JSON",
    }
    assert fields == {name: (kind, "REPEATED" if name == "_unavailable_columns" else "NULLABLE")
                      for name, kind in expected.items()}
    assert resource["timePartitioning"] == {"type": "DAY", "field": "_commit_ts"}
    assert resource["clustering"]["fields"] == ["k1", "k2", "_position"]
    assert "walferry_source" in resource["labels"]


def test_foreign_table_is_never_written(fake_lab, fake):
    lab = fake_lab
    fake.store.dataset_insert(PROJECT, {"datasetReference": {"datasetId": lab.dataset}})
    fake.store.table_insert(PROJECT, lab.dataset, {
        "tableReference": {"tableId": "t__history"}, "schema": {"fields": [{"name": "id", "type": "INTEGER"}]}})
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)")
    fake.wait_rows(PROJECT, lab.dataset, "u__history", 1)
    stack.wait_until(lambda: "t__history" in lab.shipper.log(), 30, "a word about the foreign table")
    assert fake.rows(PROJECT, lab.dataset, "t__history") == []
    assert [field["name"] for field in fake.table(PROJECT, lab.dataset, "t__history")["schema"]["fields"]] == ["id"]


# ---------------------------------------------------------------- odd names and encodings

ODD_TABLE = 'Ünï.cødé "x"'
ODD_COLUMNS = ['with "quotes"', "a,comma", "new\nline", "back\\slash", "x" * 63, "ä" * 31, "_op", "_PARTITIONTIME", "Case",
               "case", "select", " "]


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def test_odd_names(fake_lab, fake):
    lab = fake_lab
    columns = ", ".join(f"{quote(name)} text" for name in ODD_COLUMNS)
    lab.sql(f"CREATE TABLE {quote(ODD_TABLE)} (id integer PRIMARY KEY, {columns})")
    lab.start()
    values = [f"value {i}" for i in range(len(ODD_COLUMNS))]
    lab.sql(f"INSERT INTO {quote(ODD_TABLE)} VALUES (1, {', '.join(['%s'] * len(values))})", *values)
    lab.delivered()
    topic = f"{lab.prefix}.public._n_.c_d___x_"
    record, = lab.records(topic)
    assert record.value["source"]["table"] == ODD_TABLE
    assert record.after == {"id": 1} | dict(zip(ODD_COLUMNS, values, strict=True))
    tables = stack.wait_until(lambda: [key for key in list(fake.store.tables) if key[1] == lab.dataset], 30, "a table")
    row, = fake.wait_rows(*tables[0], 1)
    resource = fake.table(*tables[0])
    described = {field["name"]: field.get("description", "") for field in resource["schema"]["fields"]}
    for name, value in zip(ODD_COLUMNS, values, strict=True):
        holder = [column for column, stored in row.items() if stored == value]
        assert len(holder) == 1, f"{name!r} is in {holder}"
        if holder[0] != name:
            # as a JSON string, so that any name can be told
            assert json.dumps(name, ensure_ascii=False) in described[holder[0]], \
                f"{holder[0]} does not say that it holds {name!r}: {described[holder[0]]}"


@pytest.mark.parametrize("encoding, locale, text", [
    ("LATIN1", "C", "Grüße, ¿qué? ÿ"), ("EUC_JP", "C", "日本語テキスト"),
])
def test_databases_that_are_not_utf8(make_lab, fake, encoding, locale, text):
    lab = make_lab(bigquery=(fake.rest_url, fake.grpc_url), encoding=encoding, locale=locale)
    column = text[:6].replace(",", "")
    lab.sql(f"CREATE TABLE t (id integer PRIMARY KEY, {quote(column)} text, doc jsonb, list text[])")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, %s, jsonb_build_object('k', %s::text), ARRAY[%s::text])", text, text, text)
    lab.delivered()
    record, = lab.records(lab.topic("t"))
    assert record.after[column] == text and record.after["list"] == [text]
    assert json.loads(record.after["doc"]) == {"k": text}
    row, = fake.wait_rows(PROJECT, lab.dataset, "t__history", 1)
    assert text in row.values()


def test_sql_ascii_with_invalid_bytes(make_lab, fake):
    """Replaced and counted, never a stop."""
    lab = make_lab(bigquery=(fake.rest_url, fake.grpc_url), encoding="SQL_ASCII", locale="C")
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.start()
    lab.sql(r"INSERT INTO t VALUES (1, E'a\xff\xfeb'), (2, E'\xc3\xbc'), (3, 'plain')")
    lab.delivered()
    values = [record.after["v"] for record in unique_events(lab.records(lab.topic("t")))]
    assert values[1:] == ["ü", "plain"]
    assert values[0].startswith("a\ufffd") and values[0].endswith("b")
    assert lab.shipper.metrics()["walferry_capture_replaced_characters_total"] == 2
    assert len(fake.wait_rows(PROJECT, lab.dataset, "t__history", 3)) == 3


def test_1600_columns(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE t (" + ", ".join(f"column_{i} smallint" for i in range(1600)) + ")")
    lab.start()
    lab.sql("INSERT INTO t SELECT " + ", ".join(str(i) for i in range(1600)))
    lab.delivered()
    record, = lab.records(lab.topic("t"))
    assert record.after == {f"column_{i}": i for i in range(1600)} and record.raw_key is None
    row, = fake.wait_rows(PROJECT, lab.dataset, "t__history", 1)
    assert all(row[f"column_{i}"] == i for i in range(1600))


def test_table_without_columns(fake_lab, fake):
    lab = fake_lab
    lab.sql("CREATE TABLE t (); CREATE TABLE u (id integer)")
    lab.start()
    lab.sql("INSERT INTO t DEFAULT VALUES; INSERT INTO u VALUES (1)")
    lab.delivered()
    record, = lab.records(lab.topic("t"))
    assert record.after == {} and record.raw_key is None
    fake.wait_rows(PROJECT, lab.dataset, "u__history", 1)
    row, = fake.wait_rows(PROJECT, lab.dataset, "t__history", 1)
    assert row["_op"] == "c"


@pytest.mark.limit(240)
def test_a_value_of_200_mb(lab):
    """Goes to the dead letters with its reason; the stream goes on."""
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'small')")
    lab.sql("INSERT INTO t SELECT 2, repeat(md5('x'), 6250000)")
    lab.sql("INSERT INTO t VALUES (3, 'small again')")
    lab.delivered(150)
    assert [record.after["id"] for record in unique_events(lab.records(lab.topic("t")))] == [1, 3]
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["topic"] == lab.topic("t")
    assert letter.raw_key.decode() == letter.value["position"]
    assert letter.value["value_bytes_at_least"] > 60 * 1024 * 1024
    assert letter.value["key"] == '{"id":2}' and letter.value["reason"]
    assert letter.value["partition"] is None and letter.value["offset"] is None
    assert lab.shipper.metrics()["walferry_capture_dead_letters_total"] == 1


def test_a_record_the_broker_refuses(lab):
    """Over the topic's own limit, below ours."""
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.create_topic(lab.topic("t"), 1, {"max.message.bytes": "100000"})
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 'small')")
    lab.sql("INSERT INTO t SELECT 2, string_agg(md5(i::text), '') FROM generate_series(1, 10000) i")
    lab.sql("INSERT INTO t VALUES (3, 'small again')")
    lab.delivered(60)
    assert [record.after["id"] for record in unique_events(lab.records(lab.topic("t")))] == [1, 3]
    letters = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert {letter.value["key"] for letter in letters} == {'{"id":2}'}


def test_without_a_key(lab):
    lab.sql("CREATE TABLE t (v integer)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1), (1), (2)")
    lab.sql("ALTER TABLE t REPLICA IDENTITY FULL")
    lab.sql("UPDATE t SET v = 3 WHERE v = 2")
    lab.sql("DELETE FROM t WHERE v = 1")
    lab.delivered()
    records = unique_events(lab.records(lab.topic("t")))
    assert all(record.raw_key is None for record in records)
    assert [(record.op, record.value["before"], record.value["after"]) for record in records] == [
        ("c", None, {"v": 1}), ("c", None, {"v": 1}), ("c", None, {"v": 2}), ("u", {"v": 2}, {"v": 3}),
        ("d", {"v": 1}, None), ("d", {"v": 1}, None)]


def test_epoch_of_positions(lab):
    """On a server whose LSNs begin again lower, positions go on higher."""
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1)")
    lab.delivered()
    lab.shipper.stop()
    lab.start(position_epoch="2")
    lab.sql("INSERT INTO t VALUES (2)")
    lab.delivered()
    epochs = {record.key["id"]: record.position.split("/")[0] for record in lab.records(lab.topic("t"))}
    assert epochs == {1: f"{1:016X}", 2: f"{2:016X}"}


def test_schema_descriptions(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, n numeric(8,2))")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1, 1)")
    lab.sql("ALTER TABLE t ADD COLUMN more text")
    lab.sql("INSERT INTO t VALUES (2, 2, 'x')")
    lab.delivered()
    descriptions = {record.raw_key.decode(): record for record in lab.records(f"__walferry.schemas.{lab.prefix}")}
    named = [record.header("__walferry.schema") for record in unique_events(lab.records(lab.topic("t")))]
    assert len(set(named)) == 2
    columns = [[column["name"] for column in descriptions[fingerprint].value["columns"]] for fingerprint in named]
    assert columns == [["id", "n"], ["id", "n", "more"]]
    import hashlib

    for fingerprint, record in descriptions.items():
        assert hashlib.sha256(record.raw_value).hexdigest()[:32] == fingerprint
        assert record.value["topic"] == lab.topic("t") and record.value["key"] == ["id"]
