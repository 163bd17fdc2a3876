# Nothing is lost, whoever dies or goes away; and nobody is held up.
#
# SPDX-License-Identifier: Apache-2.0

import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import confluent_kafka
import pytest
import stack

from fake_bigquery import Fault
from lab import PROJECT, Lab, Workload, unique_events
from replication_proxy import ReplicationProxy

SHUTDOWN_LIMIT_S = 15


def everything_arrives(lab, work):
    lab.delivered(90)
    records = lab.records(lab.topic("work"))
    assert work.check(records) > 0
    return records


# ---------------------------------------------------------------- the shipper dies


@pytest.mark.limit(240)
@pytest.mark.parametrize("times", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_kill_9_several_times(fake_lab, fake, times):
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start(kafka_session_timeout_ms="6000")  # the least that a broker takes
    with Workload(lab) as work:
        for _ in range(times):
            time.sleep(random.uniform(0.2, 0.8))
            lab.shipper.kill9()
            lab.restart()
        time.sleep(0.5)
    records = everything_arrives(lab, work)
    unique_events(records)
    covered = {(record.partition, record.offset) for record in records}
    rows = fake.wait_rows(
        PROJECT, lab.dataset, "work__history",
        lambda rows: {(row["_kafka_partition"], row["_kafka_offset"]) for row in rows} >= covered, 120)
    assert {row["id"] for row in rows} == {row[0] for row in lab.sql("SELECT id FROM work")}


def test_sigterm_drains(lab):
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 50000) i")
    end = lab.sql("SELECT pg_current_wal_lsn()")[0][0]
    lab.wait_records(lab.topic("work"), 50000)
    lab.shipper.signal(signal.SIGTERM)
    assert lab.shipper.wait_exit(30) == 0
    assert lab.sql("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                   end, lab.slot_name) == [(True,)]
    # nothing comes again
    before = len(lab.records(lab.topic("work")))
    lab.restart()
    lab.sql("INSERT INTO work (n) VALUES (0)")
    lab.delivered()
    assert len(lab.records(lab.topic("work"))) == before + 1


def test_second_sigterm_leaves_at_once(lab, kafka):
    lab.sql(Workload.TABLE)
    lab.start(**{"shutdown_timeout_ms": "60000"})
    kafka.signal(signal.SIGSTOP)
    try:
        lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 10000) i")
        time.sleep(1.5)
        lab.shipper.signal(signal.SIGTERM)
        time.sleep(1.5)
        assert lab.shipper.is_running(), "there was something to drain, and it did not wait"
        lab.shipper.signal(signal.SIGTERM)
        start = time.monotonic()
        assert lab.shipper.wait_exit(10) == 3
        assert time.monotonic() - start < 3
    finally:
        kafka.signal(signal.SIGCONT)
    lab.restart()
    lab.delivered()
    assert {record.after["n"] for record in lab.records(lab.topic("work"))} == set(range(1, 10001))


def test_drain_ends_at_its_deadline(lab, kafka):
    lab.sql(Workload.TABLE)
    lab.start(**{"shutdown_timeout_ms": "2000"})
    kafka.signal(signal.SIGSTOP)
    try:
        lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 1000) i")
        time.sleep(1)
        lab.shipper.signal(signal.SIGTERM)
        assert lab.shipper.wait_exit(12) == 3
    finally:
        kafka.signal(signal.SIGCONT)


def test_drain_that_ends_by_a_fault(lab):
    """The producer fails, so nothing is in flight any more; but something is not delivered."""
    lab.create_topic(lab.topic("work"), 1, {"max.message.bytes": "2000"})
    lab.sql(Workload.TABLE)
    lab.start(kafka_linger_ms="1000", kafka_batch_size="10000")
    lab.sql("INSERT INTO work (n) VALUES (1)")
    lab.delivered()
    # in one batch, whose refusal asks for smaller ones
    lab.sql("INSERT INTO work (n, note) VALUES (2, ''), (3, repeat('x', 5000))")
    stack.wait_until(lambda: lab.shipper.metrics()["walferry_capture_in_flight_records"] > 0, 10, "records", 0.05)
    lab.shipper.signal(signal.SIGTERM)
    assert lab.shipper.wait_exit(15) == 3
    lab.restart()
    lab.delivered()
    assert {record.after["n"] for record in lab.records(lab.topic("work"))} == {1, 2}
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["value_bytes_at_least"] > 5000


def test_walsender_that_stands_still(lab):
    """It is told, and nothing is ended for it: once it moves, the stream goes on."""
    lab.sql(Workload.TABLE)
    lab.start(status_update_interval_ms="200")
    lab.sql("INSERT INTO work (n) VALUES (1)")
    lab.delivered()
    time.sleep(3)
    assert lab.shipper.get("/ready")[0] == 200, "a server that has nothing to say answers"
    walsender = lab.slot()["active_pid"]
    os.kill(walsender, signal.SIGSTOP)
    try:
        stack.wait_until(lambda: "does not answer" in (lab.shipper.status()["legs"]["capture"]["error"] or ""), 20, "the silence")
        assert lab.shipper.get("/ready")[0] != 200
    finally:
        os.kill(walsender, signal.SIGCONT)
    lab.sql("INSERT INTO work (n) VALUES (2)")
    lab.delivered()
    stack.wait_until(lambda: lab.shipper.get("/ready")[0] == 200, 10, "readiness")
    assert lab.slot()["active_pid"] == walsender


# ---------------------------------------------------------------- the broker goes away


@pytest.mark.limit(180)
def test_broker_stopped_and_started_under_load(lab, kafka):
    lab.sql(Workload.TABLE)
    lab.start(source_release_after_ms="3000")
    with Workload(lab) as work:
        time.sleep(1)
        kafka.stop()
        time.sleep(4.5)
        assert lab.shipper.get("/live")[0] == 200
        assert lab.shipper.get("/ready")[0] != 200
        kafka.start()
        time.sleep(1)
    everything_arrives(lab, work)
    assert lab.shipper.get("/ready")[0] == 200


@pytest.mark.limit(240)
@pytest.mark.parametrize("how, release_after_ms", [
    ("frozen", None), ("stopped", "4000"), pytest.param("stopped", None, marks=pytest.mark.slow),
])
def test_primary_shuts_down_with_the_broker_away(lab, kafka, postgres, how, release_after_ms):
    """A stopping server waits for its walsenders, so a reader that cannot deliver has to let go; None: as soon as by default."""
    lab.sql(Workload.TABLE)
    lab.start(source_release_after_ms=release_after_ms)
    frozen = False
    try:
        with Workload(lab, rows_per_transaction=500, pause_s=0.02) as work:
            time.sleep(1.5)
            if how == "frozen":
                kafka.signal(signal.SIGSTOP)
                frozen = True
            else:
                kafka.stop()
            time.sleep(3)
            start = time.monotonic()
            data = os.path.join(os.fspath(postgres.directory), "postgres", "data")
            result = stack.as_server_user(postgres.bin / "pg_ctl", "-D", data, "-m", "fast", "-w", "-t", "60", "stop",
                                          capture_output=True, text=True)
            took = time.monotonic() - start
            work.stopping.set()
        assert result.returncode == 0, result.stdout + result.stderr
        assert took < SHUTDOWN_LIMIT_S, f"the server took {took:.1f} s to stop"
    finally:
        if frozen:
            kafka.signal(signal.SIGCONT)
        if not kafka.is_running():
            kafka.start()
        postgres.stop()
        postgres.start()
    everything_arrives(lab, work)


@pytest.mark.limit(180)
def test_primary_shuts_down_with_a_drain_that_gets_nowhere(lab, kafka, postgres):
    """A shipper that was asked to stop must not hold up the server either."""
    lab.sql(Workload.TABLE)
    lab.start(source_release_after_ms="3000", shutdown_timeout_ms="60000")
    kafka.signal(signal.SIGSTOP)
    try:
        lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 10000) i")
        time.sleep(1)
        lab.shipper.signal(signal.SIGTERM)
        start = time.monotonic()
        postgres.stop()
        took = time.monotonic() - start
        assert lab.shipper.is_running(), "it did not drain"
        assert took < SHUTDOWN_LIMIT_S, f"the server took {took:.1f} s to stop"
    finally:
        kafka.signal(signal.SIGCONT)
        postgres.stop()
        postgres.start()
    assert lab.shipper.wait_exit(30) == 0
    lab.restart()
    lab.delivered()
    assert {record.after["n"] for record in lab.records(lab.topic("work"))} == set(range(1, 10001))


# ---------------------------------------------------------------- PostgreSQL goes away


@pytest.mark.limit(180)
def test_server_restarts(lab, postgres):
    lab.sql(Workload.TABLE)
    lab.start()
    with Workload(lab) as work:
        time.sleep(1)
        postgres.restart()
        time.sleep(1)
        postgres.kill9()
        postgres.start()
        time.sleep(2)
    everything_arrives(lab, work)


def test_walsender_killed(lab):
    lab.sql(Workload.TABLE)
    lab.start()
    with Workload(lab) as work:
        for _ in range(5):
            time.sleep(0.5)
            lab.end_walsender()
    everything_arrives(lab, work)


@pytest.mark.parametrize("plugin, sink, captured", [("pgoutput", "kafka", False), ("pgoutput", "stdout", False),
                                                    ("pgoutput", "stdout", True), ("walferry", "stdout", True)])
def test_confirmed_while_behind(lab, plugin, sink, captured):
    """What is read of a backlog without anything for Kafka, or printed, is confirmed though the walsender has more: nothing else keeps its WAL."""
    to = {} if sink == "kafka" else {"sink": "stdout", "kafka_bootstrap_servers": None}
    lab.sql("CREATE TABLE other (id int PRIMARY KEY)")
    if plugin == "pgoutput":
        lab.sql("CREATE PUBLICATION dbz_publication FOR ALL TABLES")
    lab.create_slot(plugin)
    lab.sql("INSERT INTO other VALUES (1)")
    place = lab.sql("SELECT pg_current_wal_insert_lsn()::text")[0][0]
    for number in range(2, 5):
        lab.sql("INSERT INTO other VALUES (%s)", number)
    rows = []
    go_on = threading.Event()

    def hold_the_fourth(payload):
        if payload[:1] == (b"I" if plugin == "pgoutput" else b"{"):
            rows.append(payload)
            if len(rows) == 4:
                go_on.wait(60)
        return [payload]

    with ReplicationProxy(lab.postgres.port) as proxy:
        proxy.change = hold_the_fourth
        try:
            lab.start(wait="live", plugin_name=plugin, database_port=proxy.port, database_sslmode="disable",
                      **({} if captured else {"table_exclude_list": "public.other"}), **to)
            lab.confirmed(place, 20)
            assert len(rows) == 4 and lab.slot()["active"]
        finally:
            go_on.set()
        lab.delivered()
        lab.shipper.stop()


@pytest.mark.parametrize("sink", ["kafka", "stdout"])
def test_a_row_that_ends_the_stream_each_time(lab, sink):
    """Each attempt sends again what its transaction has before it, so there are three. What was committed before it is delivered."""
    lab.sql("CREATE TABLE k (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY, n numeric)")
    changes = {"event_converting_failure_handling_mode": "fail"} | ({"sink": "stdout", "kafka_bootstrap_servers": None} if sink == "stdout" else {})
    lab.start(**changes)
    lab.sql("INSERT INTO k VALUES (0)")
    lab.sql("BEGIN; INSERT INTO k SELECT generate_series(1, 500); INSERT INTO u VALUES (1, 'NaN'); COMMIT")
    assert lab.shipper.wait_exit(30) == 1
    log = lab.shipper.log()
    said = 'a value of column "n" of table "public.u" has no form in the event'
    assert log.count(said) == 3 and "it came up 3 times at the same change" in log
    if sink == "kafka":
        ids = [record.after["id"] for record in lab.records(lab.topic("k"))]
        assert ids.count(0) == 1 and set(ids) <= set(range(501)) and len(ids) <= 1 + 3 * 500
        # mended, it goes on there and nothing is missing
        lab.start()
        lab.delivered()
        assert {record.after["id"] for record in lab.records(lab.topic("k"))} == set(range(501))
        assert [record.after["n"] for record in lab.records(lab.topic("u"))] == [None]


@pytest.mark.limit(180)
def test_server_set_back(name, kafka):
    """Its volume is an older one now, on the same timeline: a start where we were would skip what it commits."""
    with stack.RunDirectory() as run:
        server = stack.Postgres(run, {"max_replication_slots": 5, "max_wal_senders": 5}).start()
        lab = Lab(name, server, kafka).create_database()
        try:
            lab.sql(Workload.TABLE)
            lab.start()
            lab.sql("INSERT INTO work (n) VALUES (1)")
            lab.delivered(20)
            data = pathlib.Path(server.psql("SHOW data_directory").strip())
            server.stop()
            subprocess.run(["cp", "-a", data, f"{data}.older"], check=True)
            server.start()
            lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(2, 3000) i")
            lab.delivered(30)
            server.stop()
            shutil.rmtree(data)
            data.with_name(f"{data.name}.older").rename(data)
            server.start()
            assert lab.shipper.wait_exit(30) == 1
            assert re.search("delivered, but the server's WAL ends at [0-9A-F]+/[0-9A-F]+.*start again", lab.shipper.log())
            # from where the older slot stands
            lab.restart()
            lab.sql("INSERT INTO work (n) VALUES (100001)")
            lab.delivered(20)
            assert 100001 in {record.after["n"] for record in lab.records(lab.topic("work"))}
        finally:
            lab.close()


# ---------------------------------------------------------------- BigQuery goes away


def covered_exactly(fake, lab, table="work__history", seconds=90):
    """Every event's coordinates are in BigQuery, and no others.  Returns the rows."""
    lab.delivered()
    wanted = {(record.partition, record.offset) for record in lab.records(lab.topic("work"))
              if record.raw_value is not None}
    rows = fake.wait_rows(PROJECT, lab.dataset, table,
                          lambda rows: {(row["_kafka_partition"], row["_kafka_offset"]) for row in rows} >= wanted,
                          seconds)
    assert {(row["_kafka_partition"], row["_kafka_offset"]) for row in rows} == wanted
    return rows


@pytest.mark.limit(180)
def test_bigquery_away_for_a_while(fake_lab, fake):
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    with Workload(lab) as work:
        time.sleep(1)
        fake.away()
        time.sleep(3)
        assert lab.shipper.get("/live")[0] == 200
        fake.back()
        time.sleep(1)
    rows = covered_exactly(fake, lab)
    assert {row["id"] for row in rows} == {row[0] for row in lab.sql("SELECT id FROM work")}
    assert work.transactions > 0


def wait_slot(lab):
    """A shipper that is live may not have made its slot yet; what comes before the slot is no event."""
    stack.wait_until(lambda: lab.slot() is not None and lab.slot()["active"], 30, "the slot")


@pytest.mark.limit(180)
def test_held_partition_goes_on_after_a_rebalance(fake_lab, fake):
    """A partition that stood still when the group was rebalanced is not forgotten."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    fault = fake.faults.add(Fault("tables.get", status=503, count=None))
    lab.start(wait="live")
    wait_slot(lab)
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 300) i")
    stack.wait_until(lambda: lab.shipper.metrics()["walferry_loader_held_partitions"] > 0, 30, "a held partition")
    partitions = lab.shipper.metrics()["walferry_loader_assigned_partitions"]
    other = confluent_kafka.Consumer({"bootstrap.servers": lab.kafka.bootstrap,
                                      "group.id": f"walferry-{lab.prefix}-{lab.dataset}", "enable.auto.commit": False})
    other.subscribe([lab.topic("work")])

    def shared():
        other.poll(0.2)
        return 0 < len(other.assignment()) < partitions

    stack.wait_until(shared, 60, "the other member's share")
    other.close()
    fake.faults.remove(fault)
    # a rebalance in the middle may bring rows twice
    assert {row["n"] for row in covered_exactly(fake, lab)} == set(range(1, 301))


def test_records_larger_than_a_fetch(fake_lab, fake):
    """kafka.message.max.bytes is the producer's; the loader takes what is there in its small fetches."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.create_topic(lab.topic("work"), 1, {"max.message.bytes": "8388608"})
    lab.start(kafka_message_max_bytes="8000000")
    lab.sql("INSERT INTO work (n, note) SELECT i, repeat('x', 3000000) FROM generate_series(1, 5) i")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", 5)
    assert all(len(row["note"]) == 3000000 for row in rows)


def test_schema_topic_of_several_partitions(fake_lab, fake):
    """Somebody made the topic of descriptions as topics are usually made."""
    lab = fake_lab
    lab.create_topic(f"__walferry.schemas.{lab.prefix}", 6)
    for i in range(5):
        lab.sql(f"CREATE TABLE t{i} (id integer PRIMARY KEY, c{i} text)")
    lab.start()
    for i in range(5):
        lab.sql(f"INSERT INTO t{i} VALUES (1)")
    for i in range(5):
        fake.wait_rows(PROJECT, lab.dataset, f"t{i}__history", 1)


GRPC_FAULTS = [
    dict(status="UNAVAILABLE"), dict(status="INTERNAL"), dict(status="RESOURCE_EXHAUSTED"), dict(status="ABORTED"),
    dict(status="DEADLINE_EXCEEDED"), dict(cut=True), dict(lose_answer=True), dict(status="UNAVAILABLE", lose_answer=True),
    dict(delay_s=1.5),
]


@pytest.mark.limit(240)
def test_storage_write_faults(fake_lab, fake):
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n) VALUES (0)")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 1)
    with Workload(lab):
        for fault in GRPC_FAULTS:
            fault = fake.faults.add(Fault("AppendRows", **fault))
            stack.wait_until(lambda fault=fault: fault.hits >= 1, 30, f"an append that meets {fault}")
            time.sleep(0.3)
    covered_exactly(fake, lab)


REST_FAULTS = [
    dict(status=503), dict(status=403, reason="rateLimitExceeded"), dict(cut=True), dict(lose_answer=True),
    dict(status=429, reason="rateLimitExceeded"), dict(half=True), dict(status=500, reason="backendError"),
]
REST_METHODS = ("datasets.get", "datasets.insert", "tables.get", "tables.insert")


@pytest.mark.limit(400)
@pytest.mark.parametrize("faults_each", [2, pytest.param(len(REST_FAULTS), marks=pytest.mark.slow)])
def test_rest_faults(fake_lab, fake, faults_each):
    """What can go wrong while dataset and table are made."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    for i, method in enumerate(REST_METHODS):
        for k in range(faults_each):
            fake.faults.add(Fault(method, **REST_FAULTS[(2 * i + k) % len(REST_FAULTS)]))
    lab.start(wait="live")
    wait_slot(lab)
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 100) i")
    rows = covered_exactly(fake, lab, seconds=60 * faults_each)
    assert len(rows) == 100


@pytest.mark.limit(180)
@pytest.mark.parametrize("behaviour", [
    {"missing_table": "PERMISSION_DENIED", "new_table_lag_s": 1.5},
    pytest.param({"missing_table": "NOT_FOUND", "new_table_lag_s": 1.5}, marks=pytest.mark.slow),
    {"schema_error": "response", "after_error": "aborted"},
], ids=lambda behaviour: "-".join(map(str, behaviour.values())))
def test_whatever_bigquery_means(fake_lab, fake, behaviour):
    """New tables and columns that Storage Write does not know at once, told in either way."""
    lab = fake_lab
    for name, value in behaviour.items():
        setattr(fake.behaviour, name, value)
    fake.behaviour.schema_lag_s = 1.5
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n) VALUES (1)")
    fake.wait_rows(PROJECT, lab.dataset, "work__history", 1, 60)
    lab.sql("ALTER TABLE work ADD COLUMN extra text")
    lab.sql("INSERT INTO work (n, extra) VALUES (2, 'x')")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", lambda rows: any(row.get("extra") for row in rows), 90)
    assert [row.get("extra") for row in sorted(rows, key=lambda row: row["n"])] == [None, "x"]


def test_row_that_bigquery_refuses_comes_as_fallback(fake_lab, fake):
    """Never lost: every data column NULL, the values in _overflow; the others of its request as they are."""
    lab = fake_lab
    fake.behaviour.refuse_row = lambda row: "I do not like it" if row.get("note") == "poison" else None
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n, note) VALUES (1, 'a'), (2, 'poison'), (3, 'c')")
    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", 3)
    assert sorted((row["n"], row["note"]) for row in rows if row["id"]) == [(1, "a"), (3, "c")]
    fallback, = (row for row in rows if not row["id"])
    assert (fallback["n"], fallback["note"], fallback["_op"]) == (None, None, "c")
    assert "poison" in fallback["_overflow"]
    assert fallback["_position"] and fallback["_kafka_offset"] is not None
    metrics = lab.shipper.metrics()
    assert metrics["walferry_loader_fallback_rows_total"] == 1
    assert metrics["walferry_loader_dead_letters_total"] == 0


# ---------------------------------------------------------------- transactions


def test_rollback_and_subtransactions(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    lab.start()
    with lab.connect(autocommit=False) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.rollback()
        connection.execute("INSERT INTO t VALUES (2)")
        connection.execute("SAVEPOINT a")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("SAVEPOINT b")
        connection.execute("INSERT INTO t VALUES (4)")
        connection.execute("ROLLBACK TO b")
        connection.execute("INSERT INTO t VALUES (5)")
        connection.execute("RELEASE a")
        connection.execute("INSERT INTO t VALUES (6)")
        connection.commit()
    lab.delivered()
    records = unique_events(lab.records(lab.topic("t")))
    assert [record.after["id"] for record in records] == [2, 3, 5, 6]
    assert len({record.value["source"]["txId"] for record in records}) == 1


def test_order_within_a_key(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, n integer)")
    lab.start()
    lab.sql("INSERT INTO t SELECT i, 0 FROM generate_series(1, 20) i")
    for n in range(1, 30):
        lab.sql("UPDATE t SET n = %s", n)
    lab.delivered()
    for key in range(1, 21):
        records = [record for record in lab.records(lab.topic("t")) if record.key["id"] == key]
        assert [record.after["n"] for record in records] == list(range(30))
        assert [record.position for record in records] == sorted(record.position for record in records)
        assert len({record.partition for record in records}) == 1


def test_idle_database_holds_no_wal(lab):
    """Another database writes; ours has nothing to say, and yet its slot moves."""
    lab.sql("CREATE TABLE t (id integer)")
    lab.start()
    lab.delivered()
    before = lab.slot()["confirmed_flush_lsn"]
    lab.postgres.psql("CREATE TABLE busy AS SELECT generate_series(1, 10000) i; DROP TABLE busy")
    lab.delivered(30)
    assert lab.slot()["confirmed_flush_lsn"] != before
    assert lab.topic("t") not in lab.topics() or not lab.records(lab.topic("t"))


def large_transaction(lab, rows, limit_mib, seconds):
    lab.sql(Workload.TABLE)
    # the sanitizers triple memory: always the ordinary binary
    lab.start(binary=stack.ROOT / "build/shipper/walferry")
    lab.sql("INSERT INTO work (n, note) SELECT i, 'movement ' || i FROM generate_series(1, %s) i", rows)
    lab.delivered(seconds)
    assert lab.shipper.metrics()["walferry_capture_records_total"] >= rows
    peak = lab.shipper.memory_peak_bytes()
    assert peak < limit_mib * 1024 * 1024, f"the shipper took {peak / 1048576:.1f} MiB"
    records = lab.records(lab.topic("work")) if rows <= 1000000 else None
    if records:
        assert {record.after["n"] for record in records} == set(range(1, rows + 1)) and len(records) == rows


@pytest.mark.limit(240)
def test_large_transaction_in_little_memory(lab):
    large_transaction(lab, 300000, 64, 120)


@pytest.mark.large
@pytest.mark.limit(1800)
def test_five_million_rows_in_little_memory(lab):
    large_transaction(lab, 5000000, 64, 1500)


@pytest.mark.limit(300)
@pytest.mark.parametrize("count, more_bytes, answers_after_s", [
    (30000, 600, 0.3), pytest.param(100000, 0, 1, marks=pytest.mark.slow),
])
def test_large_transaction_into_bigquery(fake_lab, fake, count, more_bytes, answers_after_s):
    """Both legs in one process stay within the bound, too, also when BigQuery is slow and the buffer is full."""
    lab = fake_lab
    lab.sql(Workload.TABLE)
    fake.faults.add(Fault("AppendRows", delay_s=answers_after_s, count=None))
    lab.start(binary=stack.ROOT / "build/shipper/walferry")
    lab.sql("INSERT INTO work (n, note) SELECT i, 'movement ' || i || repeat('.', %s) FROM generate_series(1, %s) i", more_bytes, count)
    buffered = [0]

    def all_there(rows):
        buffered.append(lab.shipper.metrics()["walferry_loader_buffer_bytes"])
        return len(rows) >= count

    rows = fake.wait_rows(PROJECT, lab.dataset, "work__history", all_there, 200)
    assert max(buffered) >= 16 * 1024 * 1024, "the buffer was never full"
    assert {row["n"] for row in rows} == set(range(1, count + 1))
    peak = lab.shipper.memory_peak_bytes()
    assert peak < 64 * 1024 * 1024, f"the shipper took {peak / 1048576:.1f} MiB"


def test_wide_transaction_is_whole(lab):
    """One transaction over many tables: each record once, the positions in the order of the changes."""
    for i in range(8):
        lab.sql(f"CREATE TABLE t{i} (id integer PRIMARY KEY)")
    lab.start()
    with lab.connect(autocommit=False) as connection:
        for i in range(400):
            connection.execute(f"INSERT INTO t{i % 8} VALUES ({i})")
        connection.commit()
    lab.delivered()
    records = unique_events(lab.records(*(lab.topic(f"t{i}") for i in range(8))))
    assert [record.after["id"] for record in records] == list(range(400))


def test_rotated_password(lab):
    """The file with the password is read again for each connection."""
    role = f"role_{lab.name}"
    secret = lab.run.path / "secret"

    def rotate(password):
        lab.sql(f"ALTER ROLE {role} PASSWORD '{password}'")
        secret.write_text(password + "\n")
        secret.chmod(0o644)

    lab.sql(f"CREATE ROLE {role} LOGIN REPLICATION")
    try:
        lab.user = role
        rotate("first")
        lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
        lab.start(database_password=f"${{file:{secret}}}")
        rotate("second")
        lab.end_walsender()
        lab.sql("INSERT INTO t VALUES (1)")
        lab.delivered()
        assert "refuses the password" not in lab.shipper.log()
        lab.shipper.stop()
    finally:
        lab.sql(f"DROP ROLE {role}")


def test_two_take_turns(lab):
    """What the other one has delivered meanwhile is no gap."""
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO t VALUES (1)")
    lab.delivered()
    lab.freeze_shipper_off_the_slot()
    with stack.RunDirectory() as run:
        other = stack.Shipper(run, lab.settings()).start()
        lab.sql("INSERT INTO t VALUES (2)")
        lab.delivered()
        lab.shipper.signal(signal.SIGCONT)
        stack.wait_until(lambda: "is being read by process" in lab.shipper.log(), 20, "its waiting")
        other.stop()
    lab.sql("INSERT INTO t VALUES (3)")
    lab.delivered()
    assert {record.key["id"] for record in lab.records(lab.topic("t"))} == {1, 2, 3}
    assert "another process has read the slot meanwhile" in lab.shipper.log()
    assert lab.shipper.is_running() and "events between are missing)" in lab.shipper.log()
