# Single message transforms, through the shipper into a real Kafka.
#
# SPDX-License-Identifier: Apache-2.0

import time

import pytest

from lab import unique_events

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
TABLE_ROUTER = "io.debezium.transforms.ByLogicalTableRouter"
REGEX_ROUTER = "org.apache.kafka.connect.transforms.RegexRouter"
MATCHES = "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"


def in_order(records):
    return sorted(records, key=lambda record: record.position)


def test_unwrapped_rows(lab):
    """With inline schemas: a delete's value is null in its schema, and no tombstone follows; a header may be null."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY, x text)")
    lab.start(key_converter_schemas_enable=None, value_converter_schemas_enable=None, transforms="unwrap", transforms_unwrap_type=UNWRAP,
              transforms_unwrap_add_fields="op,lsn:at", transforms_unwrap_add_headers="table,xmin")
    for statement in ("INSERT INTO t VALUES (1, 'a')", "UPDATE t SET id = 2", "DELETE FROM t", "ALTER TABLE t ADD y int", "INSERT INTO t VALUES (3, 'b', 4)"):
        lab.sql(statement)
    lab.delivered()
    records = in_order(lab.records(lab.topic("t")))
    assert [record.value["payload"] and record.value["payload"]["__op"] for record in records] == ["c", None, "c", None, "c"]
    assert {record.value["schema"]["name"] for record in records} == {f"{lab.topic('t')}.Value"}
    assert [[field["field"] for field in record.value["schema"]["fields"]] for record in records] == [
        ["id", "x", "__op", "__at"], ["id", "x"], ["id", "x", "__op", "__at"], ["id", "x"], ["id", "x", "y", "__op", "__at"]]
    assert all(record.header("__table") == "t" and ("__xmin", None) in record.headers for record in records)


def test_rows_that_name_topics(lab):
    """A table without such a column is kept from it by a predicate; a row without a value stays where it is."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY, kind text)")
    lab.sql("CREATE TABLE u (id int PRIMARY KEY)")
    lab.start(transforms="unwrap", transforms_unwrap_type=UNWRAP, transforms_unwrap_route_by_field="kind", transforms_unwrap_predicate="t",
              predicates="t", predicates_t_type=MATCHES, predicates_t_pattern=r".*\\.t")
    lab.sql("INSERT INTO u VALUES (1)")
    lab.sql(f"INSERT INTO t SELECT i, '{lab.name}-' || i % 4 FROM generate_series(1, 40) i")
    lab.delivered()
    assert lab.topic("t") not in lab.topics()           # nothing has gone there
    lab.sql("INSERT INTO t VALUES (0, NULL)")
    lab.delivered()
    assert [record.after for record in lab.records(lab.topic("u"))] == [{"id": 1}]
    assert [record.value for record in lab.records(lab.topic("t"))] == [{"id": 0, "kind": None}]
    for kind in range(4):
        assert [record.value["id"] for record in in_order(lab.records(f"{lab.name}-{kind}"))] == [i for i in range(1, 41) if i % 4 == kind]


@pytest.mark.parametrize("at, of_commit", [("producer", False), ("commit", True)])
def test_kafkas_time_of_a_record(lab, at, of_commit):
    """That of the producer, as with Debezium, or that of the commit: rows, tombstones, BEGIN and END, messages."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY)")
    lab.create_slot()
    lab.sql("INSERT INTO t VALUES (1)")
    lab.sql("DELETE FROM t")
    lab.sql("SELECT pg_logical_emit_message(true, 'p', 'in a transaction')")
    lab.sql("SELECT pg_sleep(2)")
    lab.start(record_timestamp=at, provide_transaction_metadata="true")
    lab.delivered()
    records = lab.records(*(lab.topic("t")[:-len("public.t")] + name for name in ("public.t", "transaction", "message")))
    assert len(records) >= 10
    commits = {record.position.split("/")[1]: record.value["source"]["ts_ms"] for record in records
               if record.value and "source" in record.value}
    for record in records:
        late = record.timestamp - commits[record.position.split("/")[1]]
        assert late == 0 if of_commit else late > 1000, record


@pytest.mark.limit(120)
def test_commit_time_that_the_topic_refuses(lab):
    """It is the setting's, not the row's: the record goes with the time of sending, and nothing becomes a letter."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY)")
    lab.create_topic(lab.topic("t"), 1, {"message.timestamp.before.max.ms": "4000"})
    lab.create_slot()
    lab.sql("INSERT INTO t SELECT i FROM generate_series(1, 100) i")
    committed = time.time()
    lab.sql("SELECT pg_sleep(6)")
    lab.start(record_timestamp="commit")
    lab.delivered(60)
    records = lab.records(lab.topic("t"))
    assert {record.after["id"] for record in unique_events(records)} == set(range(1, 101))
    assert all(record.timestamp / 1000 > committed + 4 for record in records)
    assert f"__walferry.dead-letters.{lab.prefix}" not in lab.topics()
    assert lab.shipper.metrics()["walferry_capture_commit_times_left_away_total"] >= 100
    assert "message.timestamp.before.max.ms" in lab.shipper.log()
    lab.sql("INSERT INTO t VALUES (101)")
    lab.delivered()
    last, = (record for record in lab.records(lab.topic("t")) if record.after["id"] == 101)
    assert last.timestamp == last.value["source"]["ts_ms"]


def test_shards_share_a_topic(lab):
    """Keys tell the tables apart; a compacted topic forgets a row of the right one."""
    for number in (1, 2):
        lab.sql(f"CREATE TABLE part_{number} (id int PRIMARY KEY)")
    lab.start(transforms="route", transforms_route_type=TABLE_ROUTER, transforms_route_topic_regex=r"(.*)\\.part_\\d",
              transforms_route_topic_replacement="$1.parts")
    lab.sql("INSERT INTO part_1 VALUES (1)")
    lab.sql("INSERT INTO part_2 VALUES (1)")
    lab.sql("DELETE FROM part_1")
    lab.delivered()
    records = in_order(lab.records(lab.topic("parts")))
    member = "__dbz__physicalTableIdentifier"
    assert [(record.key[member].rsplit(".", 1)[1], record.value and record.op) for record in records] == [
        ("part_1", "c"), ("part_2", "c"), ("part_1", "d"), ("part_1", None)]


@pytest.mark.parametrize("change, told", [
    ({"transforms_u_add_fields": "op,op"}, ["transforms.u.add.fields", "__op"]),
    ({"transforms_u_predicate": "p"}, ["transforms.u.predicate", '"p"']),
    ({"transforms_u_add_feilds": "op"}, ["transforms.u.add.feilds", "did you mean transforms.u.add.fields"]),
    ({"bigquery_dataset": "d", "bigquery_project": "p"}, ["transforms.u.type", "bigquery.dataset"]),
    ({"transforms": "u,r", "transforms_r_type": REGEX_ROUTER, "transforms_r_regex": ".*", "transforms_r_replacement": "a b"},
     ['transform "r" makes "a b", which cannot be a topic\'s name, of topic "']),
])
def test_what_is_wrong_is_told_before_anything_is_connected(lab, change, told):
    code, log = lab.fails(**{"transforms": "u", "transforms_u_type": UNWRAP} | change)
    assert code == 2 and all(word in log for word in told), log
    assert lab.slot() is None
