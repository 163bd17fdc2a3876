# The loader as a member of its consumer group, and what it does with records that make no row.
#
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import time

import confluent_kafka
import pytest
import stack
from confluent_kafka.admin import AdminClient

from fake_bigquery import Fault
from lab import PROJECT, Workload

LAG = "walferry_loader_lag_records"


def loader(lab):
    return lab.shipper.status()["legs"]["loader"]


def lines_with(lab, text):
    return [line for line in lab.shipper.log().splitlines() if text in line]


@pytest.mark.limit(180)
def test_dead_member_of_the_group_is_missed_soon(fake_lab, fake):
    """After a crash the group waits for the dead member: not long, and not silently."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 100) i")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 100)
    lab.shipper.kill9()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(101, 200) i")
    lab.restart()
    start = time.monotonic()
    stack.wait_until(lambda: "consumer group" in (loader(lab)["error"] or ""), 8, "the leg's word that it waits")
    assert loader(lab)["state"] == "waiting"
    assert lab.shipper.get("/ready")[0] != 200
    assert LAG not in lab.shipper.metrics()
    assert lab.shipper.status()["metrics"][LAG] is None
    fake.wait_rows(PROJECT, lab.dataset, "work__history",
                   lambda rows: {row["n"] for row in rows} == set(range(1, 201)), 30)
    assert time.monotonic() - start < 25
    stack.wait_until(lambda: lab.shipper.metrics().get(LAG) == 0, 10, "the lag")
    assert lab.shipper.get("/ready")[0] == 200
    assert len(lines_with(lab, "waiting for the consumer group to hand out partitions")) == 1


def test_topics_under_another_delimiter(fake_lab, fake):
    """They are read by it, and what holds no rows is known by its name."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start(topic_delimiter="-")
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 10) i; SELECT pg_logical_emit_message(true, 'a', 'b')")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", 10)
    assert {row["n"] for row in rows} == set(range(1, 11))
    stack.wait_until(lambda: lab.shipper.metrics().get(LAG) == 0, 10, "the lag")
    assert lab.shipper.metrics()["walferry_loader_errors_total"] == 0
    assert set(lab.topics()) >= {f"{lab.prefix}-public-work", f"{lab.prefix}.message"}


def test_first_start_is_no_fault(fake_lab, fake):
    """No topic matches the subscription before the first change: nobody is told of a fault."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    time.sleep(2)  # the topics are asked for ten times (Lab.settings)
    metrics = lab.shipper.metrics()
    assert metrics["walferry_loader_errors_total"] == 0
    assert metrics[LAG] == 0
    assert lab.shipper.get("/ready")[0] == 200
    assert not lines_with(lab, "not available")
    lab.sql("INSERT INTO work (n) VALUES (1)")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)


def test_standby_is_ready(fake_lab, fake):
    """With as many members as partitions, one more has nothing to do, and nothing to wait for."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("work"), 1)
    lab.start()
    first = lab.shipper
    settings = {name: value for name, value in lab.settings().items() if not name.startswith(("database.", "slot."))}
    with stack.RunDirectory() as run:
        second = stack.Shipper(run, settings).start(wait="ready")
        lab.sql("INSERT INTO work (n) VALUES (1)")
        fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)
        shares = sorted(shipper.metrics()["walferry_loader_assigned_partitions"] for shipper in (first, second))
        assert shares == [0, 1]
        stack.wait_until(lambda: all(shipper.get("/ready")[0] == 200 for shipper in (first, second)), 20, "both ready")


@pytest.mark.slow
@pytest.mark.limit(240)
def test_hung_calls_do_not_cost_the_membership(fake_lab, fake):
    """However many calls about tables hang, the group sees the loader alive, and the tables that are known go on."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start(kafka_max_poll_interval_ms="25000")
    lab.sql("INSERT INTO work (n) VALUES (0)")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)
    fault = fake.faults.add(Fault("tables.get", hang=True, count=None))
    for i in range(5):
        lab.sql(f"CREATE TABLE t{i} (id integer PRIMARY KEY)")
        lab.sql(f"INSERT INTO t{i} VALUES (1)")
    stack.wait_until(lambda: fault.hits > 0, 30, "a call that hangs")
    for n in range(1, 6):
        time.sleep(10)
        lab.sql("INSERT INTO work (n) VALUES (%s)", n)
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 6, 60)
    assert not lines_with(lab, "max.poll"), "the group threw the loader out"
    assert lab.shipper.get("/live")[0] == 200
    fake.faults.remove(fault)
    for i in range(5):
        fake.wait_rows(PROJECT, lab.dataset, f"t{i}__history", 1, 60)


def test_record_of_another_producer(fake_lab, fake):
    """An event without our header holds its own partition only; what is wrong is said once, and at once."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("foreign"), 1)
    lab.start()
    producer = confluent_kafka.Producer({"bootstrap.servers": lab.kafka.bootstrap})
    producer.produce(lab.topic("foreign"), key=json.dumps({"id": 1}),
                     value=json.dumps({"op": "c", "before": None, "after": {"id": 1}, "source": {}}))
    assert producer.flush(20) == 0
    stack.wait_until(lambda: lines_with(lab, "a partition stands still"), 8, "the error")
    lab.sql("INSERT INTO work (n) VALUES (1)")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)
    line, = lines_with(lab, "a partition stands still")
    assert f"topic={lab.topic('foreign')} partition=0 offset=0" in line
    assert "__walferry.schema" in line and "walferry.headers.enabled=true" in line


def test_row_over_the_request_limit(fake_lab, fake):
    """It becomes a dead letter, which names the limit and the size."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("work"), 1, {"max.message.bytes": "16777216"})
    lab.start(kafka_message_max_bytes="16000000")
    lab.sql("INSERT INTO work (n, note) VALUES (1, repeat('x', 8100000)), (2, 'small')")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)
    assert [row["n"] for row in rows] == [2]
    line, = lines_with(lab, "a record makes no row")
    assert "more than 8000000 bytes" in line and "the record's value has 81" in line
    assert "error=" not in line
    letter, = lab.wait_records(f"__walferry.dead-letters.{lab.prefix}", 1)
    assert "8000000" in letter.value["reason"]
    record, = [record for record in lab.records(lab.topic("work")) if record.after["id"] == 1]
    assert (letter.value["topic"], letter.value["partition"], letter.value["offset"], letter.value["position"]) == (
        record.topic, record.partition, record.offset, record.position)
    assert letter.value["key"] == record.raw_key.decode()
    assert letter.value["value_bytes_at_least"] == len(record.raw_value)


def check_history(rows, count):
    """Every id from 1 is there, and in each partition in the order of Kafka, repetitions aside."""
    assert {row["id"] for row in rows} == set(range(1, count + 1))
    last = {}
    seen = set()
    for row in rows:
        place = row["_kafka_partition"], row["_kafka_offset"]
        if place not in seen:
            assert row["_kafka_offset"] > last.get(row["_kafka_partition"], -1), f"{place} came late"
            last[row["_kafka_partition"]] = row["_kafka_offset"]
        seen.add(place)
    return len(rows) - len(seen)


def test_partitions_held_go_on(fake_lab, fake):
    """Partitions that waited for their table go on where they stood: nothing missing, nothing twice, in order."""
    lab = fake_lab
    lab.sql("CREATE TABLE many (id integer PRIMARY KEY)")
    lab.create_topic(lab.topic("many"), 12)
    fault = fake.faults.add(Fault("tables.insert", status=503, count=None))
    lab.start()
    lab.sql("INSERT INTO many SELECT i FROM generate_series(1, 600) i")
    stack.wait_until(lambda: lab.shipper.metrics()["walferry_loader_held_partitions"] == 12, 30, "held partitions")
    lab.sql("INSERT INTO many SELECT i FROM generate_series(601, 1200) i")
    lab.delivered()
    fake.faults.remove(fault)
    rows = fake.wait_rows(PROJECT, lab.dataset, "many__history", 1200)
    assert check_history(rows, 1200) == 0
    stack.wait_until(lambda: lab.shipper.metrics().get(LAG) == 0, 10, "the lag")
    assert lab.shipper.metrics()["walferry_loader_held_partitions"] == 0


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "INVALID_ARGUMENT"])
def test_refused_table_does_not_stop_others(fake_lab, fake, code):
    """It has a share of the buffer, and its partitions wait; when it is mended they go on by themselves."""
    lab = fake_lab
    lab.sql("CREATE TABLE bad (id integer PRIMARY KEY, v text); CREATE TABLE good (id integer PRIMARY KEY)")
    lab.start(bigquery_buffer_bytes="1048576")
    lab.sql("INSERT INTO good VALUES (1); INSERT INTO bad VALUES (1, 'x')")
    for table in "good", "bad":
        fake.wait_rows(PROJECT, lab.dataset, f"{table}__history", 1)
    fault = fake.faults.add(Fault("AppendRows", status=code, table="bad__history", count=None, message="not this one"))
    lab.sql("INSERT INTO bad SELECT i, repeat('y', 1000) FROM generate_series(2, 3000) i")
    stack.wait_until(lambda: lines_with(lab, "a table takes no rows"), 30, "the error")
    for i in range(2, 5):
        lab.sql("INSERT INTO good VALUES (%s)", i)
        fake.wait_rows(PROJECT, lab.dataset, "good__history", i, 10)
    line, = lines_with(lab, "a table takes no rows")
    assert " error " in line and "table=bad__history" in line and "not this one" in line
    stack.wait_until(lambda: loader(lab)["state"] == "running", 5, "the status")
    assert "bad__history" in loader(lab)["error"] and "not this one" in loader(lab)["error"]
    assert lab.shipper.metrics()["walferry_loader_buffer_bytes"] < 700000
    fake.faults.remove(fault)
    rows = fake.wait_rows(PROJECT, lab.dataset, "bad__history",
                          lambda rows: len({row["id"] for row in rows}) == 3000)
    check_history(rows, 3000)
    stack.wait_until(lambda: loader(lab)["error"] in (None, ""), 20, "the end of the error")


def test_record_over_the_answers_limit(fake_lab, fake):
    """What librdkafka would not let in, were its limit lower than record.max.bytes, is read all the same."""
    lab = fake_lab
    lab.sql("CREATE TABLE big (id integer PRIMARY KEY, v text)")
    lab.create_topic(lab.topic("big"), 1, {"max.message.bytes": "10000000"})
    lab.start(kafka_receive_message_max_bytes="2000000", kafka_message_max_bytes="9000000")
    lab.sql("INSERT INTO big SELECT 1, string_agg(md5(i::text), '') FROM generate_series(1, 100000) i")
    lab.sql("INSERT INTO big VALUES (2, 'x')")
    rows = fake.wait_rows(PROJECT, lab.dataset, "big__history", 2)
    assert [len(row["v"]) for row in rows] == [3200000, 1]


def test_fault_of_the_consumer_is_told(fake_lab, kafka):
    """Whatever librdkafka only says in passing is in the log, once, and counted."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    before = lab.shipper.metrics()["walferry_loader_errors_total"]
    kafka.stop()
    try:
        stack.wait_until(lambda: lines_with(lab, "a fault of a connection to Kafka"), 20, "the warning")
        time.sleep(3)
        assert lab.shipper.metrics()["walferry_loader_errors_total"] > before
        kinds = [line.split("client=")[1].split(" error=")[0] for line in lines_with(lab, "a fault of a connection to Kafka")]
        assert len(kinds) == len(set(kinds))
    finally:
        kafka.start()


def test_records_without_a_description(fake_lab):
    """What waits says why; what was captured under another prefix is passed over."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("other", "eu.public"), 1)
    for name in "lost", "newer":
        lab.create_topic(lab.topic(name), 1)
    lab.start()
    lab.sql("INSERT INTO work (n) VALUES (1)")
    lab.delivered()
    producer = confluent_kafka.Producer({"bootstrap.servers": lab.kafka.bootstrap})
    newer = '{"format":9}'
    fingerprint = hashlib.sha256(newer.encode()).hexdigest()[:32]
    producer.produce(f"__walferry.schemas.{lab.prefix}", key=fingerprint, value=newer, partition=0)
    for topic, source, schema in ((lab.topic("lost"), lab.prefix, "0" * 32), (lab.topic("newer"), lab.prefix, fingerprint),
                                  (lab.topic("other", "eu.public"), f"{lab.prefix}.eu", "1" * 32)):
        producer.produce(topic, key="{}", headers={"__walferry.schema": schema}, value=json.dumps(
            {"before": None, "after": {"id": 1}, "source": {"version": "0", "name": source}, "op": "c"}))
    assert producer.flush(20) == 0
    stack.wait_until(lambda: len(lines_with(lab, "a partition stands still")) == 2, 30, "two errors")
    lost, newer = sorted(lines_with(lab, "a partition stands still"), key=lambda line: lab.topic("newer") in line)
    assert f"{'0' * 32} is not in __walferry.schemas.{lab.prefix}" in lost and "consumer group" in lost
    assert "format that this version does not read" in newer and "newer one" in newer
    line, = lines_with(lab, "another topic.prefix are passed over")
    assert lab.topic("other", "eu.public") in line
    assert lab.shipper.metrics()["walferry_loader_held_partitions"] == 2


def test_fatal_consumer_ends_the_process(fake_lab):
    """A member that another one has taken the place of never reads again: it does not stay as if it did."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("work"), 1)
    lab.start(kafka_group_instance_id="one")
    other = confluent_kafka.Consumer({"bootstrap.servers": lab.kafka.bootstrap, "group.instance.id": "one",
                                      "group.id": f"walferry-{lab.prefix}-{lab.dataset}", "enable.auto.commit": False})
    try:
        other.subscribe([lab.topic("work")])
        other.poll(5)
        assert lab.shipper.wait_exit(40) == 1
        line, = lines_with(lab, "the consumer cannot go on")
        assert "fenced" in line.lower() or "instance" in line.lower()
    finally:
        other.close()


def test_records_removed_before_they_were_loaded(fake_lab, fake):
    """Retention was faster than the loader: told, counted, and it goes on with what is left."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    topic = lab.topic("work")
    lab.create_topic(topic, 1)
    lab.start()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 30) i")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 30)
    lab.shipper.stop()
    lab.start(bigquery_project=None, bigquery_dataset=None, bigquery_endpoint=None, bigquery_grpc_endpoint=None)
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(31, 60) i")
    lab.delivered()
    admin = AdminClient({"bootstrap.servers": lab.kafka.bootstrap})
    for future in admin.delete_records([confluent_kafka.TopicPartition(topic, 0, 60)]).values():
        future.result(20)
    lab.shipper.stop()
    lab.start()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(61, 90) i")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", 60)
    assert {row["n"] for row in rows} == {*range(1, 31), *range(61, 91)}
    line, = lines_with(lab, "the history has a gap")
    assert "from_offset=30" in line and "to_offset=60" in line
    assert lab.shipper.metrics()["walferry_loader_gaps_total"] == 1
