# Transactions that PostgreSQL streams before they end: what is delivered is what was committed, as the plugin
# delivers it from the same WAL.
#
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import pathlib
import random
import re
import threading
import time

import confluent_kafka
import pytest
import stack
from lab import unique_events

TABLE = "CREATE TABLE work (id bigserial PRIMARY KEY, n integer NOT NULL, note text)"
INSERT = "INSERT INTO work (n, note) SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, {}) i"
SMALL_MEMORY = "131072"


@pytest.fixture
def streaming(lab):
    """Whatever is larger than 64 kB is streamed; a slot of the plugin's sees the same WAL."""
    if int(lab.postgres.psql("SHOW server_version_num")) < 140000:
        pytest.skip("PostgreSQL 13 does not stream transactions")
    lab.sql(TABLE)
    lab.sql(f'ALTER DATABASE "{lab.database}" SET logical_decoding_work_mem = \'64kB\'')
    lab.sql("CREATE PUBLICATION streaming FOR ALL TABLES")
    lab.create_slot("pgoutput")
    lab.sql("SELECT pg_create_logical_replication_slot(%s, 'walferry')", lab.name + "_plugin")
    yield lab
    lab.shipper.stop()
    lab.sql("SELECT pg_drop_replication_slot(%s)", lab.name + "_plugin")


def start(lab, **changes):
    lab.start(**{"plugin_name": "pgoutput", "publication_name": "streaming", "publication_autocreate_mode": "disabled",
                 "spool_memory_bytes": SMALL_MEMORY, **changes})


def metric(lab, name):
    return lab.shipper.metrics()[f"walferry_capture_spool_{name}"]


def streamed_transactions(lab):
    return lab.sql("SELECT coalesce(sum(stream_txns), 0) FROM pg_stat_replication_slots WHERE slot_name = %s", lab.slot_name)[0][0]


def wait_for_spool(lab, more_than=0):
    """A transaction that has not ended is in the spool."""
    stack.wait_until(lambda: metric(lab, "bytes") > more_than, 30, "bytes in the spool")


def without_time(event):
    """The event without the times of its rendering."""
    return {name: value for name, value in event.items() if name not in ("ts_ms", "ts_us", "ts_ns")}


def forget_last_commit(record, wanted):
    """A session's first transactions do not know the commit before them (docs/format.md, source.sequence)."""
    ours, theirs = json.loads(record["source"]["sequence"]), json.loads(wanted["source"]["sequence"])
    if ours[0] is None:
        wanted["source"]["sequence"] = json.dumps([None, theirs[1]], separators=(",", ":"))


def check(lab, sessions=1):
    """Waits until all is delivered; it is what the plugin makes of the same WAL, in the same order."""
    lab.delivered(90)
    delivered = unique_events(lab.records(lab.topic("work")))
    options = {"output": "record", "topic.prefix": lab.prefix, "schemas.enable": "false", "skipped.operations": "none"}
    rows = lab.sql("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, VARIADIC %s::text[])",
                   lab.name + "_plugin", [word for pair in options.items() for word in pair])
    expected = [json.loads(row[0]) for row in rows]
    expected = [record for record in expected if record["topic"] == lab.topic("work")]
    assert [record.position for record in delivered] == [record["headers"]["__walferry.position"] for record in expected]
    for record, wanted in zip(delivered, expected):
        assert record.key == wanted["key"]
        if sessions > 1:
            forget_last_commit(record.value, wanted["value"])
        assert without_time(record.value) == without_time(wanted["value"])
    return delivered


class Writer(threading.Thread):
    """Transactions small and large, with subtransactions that end either way, one after the other."""

    def __init__(self, lab, seed, transactions):
        super().__init__(daemon=True)
        self.lab = lab
        self.random = random.Random(seed)
        self.transactions = transactions
        self.error = None

    def run(self):
        try:
            with self.lab.connect(autocommit=False) as connection:
                for _ in range(self.transactions):
                    if self.random.random() < 0.5:
                        connection.execute(INSERT.format(self.random.randint(1, 5)))
                    else:
                        self.large(connection)
                    (connection.commit if self.random.random() < 0.75 else connection.rollback)()
        except Exception as error:
            self.error = error

    def large(self, connection):
        depth = 0
        for _ in range(self.random.randint(2, 12)):
            choice = self.random.random()
            if choice < 0.45:
                connection.execute(INSERT.format(self.random.choice((3, 100, 400))))
            elif choice < 0.55:
                connection.execute("UPDATE work SET n = n + 1 WHERE id = (SELECT max(id) FROM work)")
            elif choice < 0.8 or depth == 0:
                depth += 1
                connection.execute(f"SAVEPOINT s{depth}")
            elif choice < 0.9:
                depth = self.random.randint(1, depth)
                connection.execute(f"ROLLBACK TO s{depth}")
            else:
                released = self.random.randint(1, depth)
                connection.execute(f"RELEASE s{released}")
                depth = released - 1


def write(lab, seed, transactions):
    """Four writers at once."""
    writers = [Writer(lab, seed + i, transactions) for i in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
        if writer.error:
            raise writer.error


def test_interleaved(streaming):
    lab = streaming
    start(lab)
    write(lab, seed=1, transactions=15)
    records = check(lab)
    assert len({record.value["source"]["txId"] for record in records}) > 30
    assert streamed_transactions(lab) > 10, "the transactions were too small to be streamed"
    assert metric(lab, "bytes") == 0 and metric(lab, "transactions") == 0 and metric(lab, "fallbacks_total") == 0


def test_file_is_used_and_emptied(streaming):
    lab = streaming
    start(lab)
    with lab.connect(autocommit=False) as one, lab.connect(autocommit=False) as other:
        for connection in (one, other, one, other):
            connection.execute(INSERT.format(3000))
        wait_for_spool(lab, 1500000)
        assert metric(lab, "transactions") == 2
        assert metric(lab, "bytes") - metric(lab, "file_bytes") <= int(SMALL_MEMORY)
        lab.sql(INSERT.format(2))
        one.rollback()
        other.commit()
    assert len(check(lab)) == 6002
    assert metric(lab, "bytes") == 0 and metric(lab, "file_bytes") == 0


def test_failing_loop(streaming):
    """A block with an exception handler for each row, of which half fail; one around them that is undone."""
    lab = streaming
    start(lab)
    lab.sql("""
        DO $$
        BEGIN
            FOR i IN 1..2000 LOOP
                BEGIN
                    INSERT INTO work (n, note) VALUES (i, repeat('x', 200));
                    IF i % 2 = 0 THEN
                        RAISE EXCEPTION 'half of them';
                    END IF;
                EXCEPTION WHEN raise_exception THEN
                    NULL;
                END;
            END LOOP;
            BEGIN
                INSERT INTO work (n, note) VALUES (-1, repeat('x', 200));
                FOR i IN 1..1000 LOOP
                    BEGIN
                        INSERT INTO work (n, note) VALUES (-2, repeat('x', 200));
                    EXCEPTION WHEN unique_violation THEN
                        NULL;
                    END;
                    INSERT INTO work (n, note) VALUES (-3, repeat('x', 200));
                END LOOP;
                RAISE EXCEPTION 'all of them';
            EXCEPTION WHEN raise_exception THEN
                NULL;
            END;
            INSERT INTO work (n, note) VALUES (0, 'last');
        END $$""")
    records = check(lab)
    assert [record.after["n"] for record in records] == [*range(1, 2000, 2), 0]
    assert streamed_transactions(lab) == 1
    assert metric(lab, "fallbacks_total") == 0


def test_table_altered_inside(streaming):
    """Its Relation messages hold for the transaction alone, and those of what is undone for nothing."""
    lab = streaming
    start(lab)
    with lab.connect(autocommit=False) as connection:
        connection.execute(INSERT.format(500))
        connection.execute("SAVEPOINT s")
        connection.execute("ALTER TABLE work ADD undone integer DEFAULT 7")
        connection.execute(INSERT.format(500))
        connection.execute("ROLLBACK TO s")
        connection.execute(INSERT.format(500))
        connection.execute("ALTER TABLE work ADD extra text")
        connection.execute("INSERT INTO work (n, note, extra) SELECT i, repeat('x', 100), 'more' FROM generate_series(1, 500) i")
        # PostgreSQL 18.6 cannot stream it
        stack.wait_until(lambda: metric(lab, "bytes") or metric(lab, "fallbacks_total"), 30, "bytes in the spool")
        connection.commit()
    lab.sql(INSERT.format(2))
    records = check(lab, sessions=2)
    assert [record.after.get("extra", "none") for record in records] == 1000 * ["none"] + 500 * ["more"] + 2 * [None]
    assert not any("undone" in record.after for record in records)


def test_killed_in_mid_stream(streaming):
    """What was spooled is gone with the process, and comes again."""
    lab = streaming
    start(lab)
    with lab.connect(autocommit=False) as connection:
        for _ in range(3):
            connection.execute(INSERT.format(2000))
            connection.execute("SAVEPOINT s")
            connection.execute(INSERT.format(1000))
            connection.execute("ROLLBACK TO s")
            lab.sql(INSERT.format(2))
            wait_for_spool(lab)
            lab.shipper.kill9()
            lab.restart()
        connection.commit()
    # the last one while it is being sent
    lab.wait_records(lab.topic("work"), 500)
    lab.shipper.kill9()
    lab.restart()
    assert len(check(lab, sessions=5)) == 6006


@pytest.mark.parametrize("changes, reason", [
    ({"spool_max_bytes": "1048576"}, r"spool has no room.*they take more than spool\.max\.bytes"),
    ({"spool_directory": "/nonexistent"}, "cannot be written.*cannot make the spool's file in /nonexistent: No such file"),
], ids=["ceiling", "no_file"])
def test_without_streaming(streaming, changes, reason):
    """The spool is full or broken: a warning, and the server keeps what has not been committed."""
    lab = streaming
    start(lab, **changes)
    with lab.connect(autocommit=False) as connection:
        connection.execute(INSERT.format(3000))
        connection.execute("SAVEPOINT s")
        lab.sql(INSERT.format(2))
        connection.execute(INSERT.format(9000))
        stack.wait_until(lambda: metric(lab, "fallbacks_total") == 1, 30, "the end of streaming")
        connection.execute("ROLLBACK TO s")
        connection.execute(INSERT.format(9000))
        lab.sql(INSERT.format(2))
        connection.commit()
    assert len(check(lab, sessions=2)) == 12004
    *at_start, warning = re.findall(r"^\S+ warning source: (.*)$", lab.shipper.log(), re.M)
    assert re.search(reason, warning), warning
    # what cannot be written is told before it is needed, too
    assert [re.search("since the spool cannot be written: .*/nonexistent", line) is not None for line in at_start] == (
        [True] if "spool_directory" in changes else [])
    assert metric(lab, "bytes") == 0
    # from now on none of them is streamed; PostgreSQL 18 tells of some that abort nevertheless
    before = streamed_transactions(lab)
    with lab.connect(autocommit=False) as connection:
        connection.execute(INSERT.format(200))
        connection.execute("SAVEPOINT s")
        connection.execute(INSERT.format(190))
        connection.rollback()
    lab.sql(INSERT.format(3000))
    assert len(check(lab, sessions=2)) == 15004
    assert streamed_transactions(lab) == before and metric(lab, "fallbacks_total") == 1


def test_message_that_is_taken_back(streaming):
    """pgoutput does not tell of which subtransaction a message is; one that was rolled back is no event."""
    lab = streaming
    start(lab)
    with lab.connect(autocommit=False) as connection:
        connection.execute("SELECT pg_logical_emit_message(true, 'app', 'all of it')")
        connection.execute("SAVEPOINT s")
        connection.execute(INSERT.format(1000))
        connection.execute("RELEASE s")
        wait_for_spool(lab)
        connection.rollback()
    lab.delivered()
    assert metric(lab, "fallbacks_total") == 0, "the whole was taken back"
    with lab.connect(autocommit=False) as connection:
        connection.execute(INSERT.format(1000))
        connection.execute("SELECT pg_logical_emit_message(true, 'app', 'kept')")
        connection.execute("SAVEPOINT s")
        connection.execute("SELECT pg_logical_emit_message(true, 'app', 'lost')")
        connection.execute(INSERT.format(1000))
        wait_for_spool(lab)
        connection.execute("ROLLBACK TO s")
        connection.execute(INSERT.format(1000))
        connection.commit()
    lab.delivered()
    contents = [base64.b64decode(record.value["message"]["content"]) for record in unique_events(lab.records(f"{lab.prefix}.message"))]
    assert contents == [b"kept"]
    assert len(check(lab, sessions=2)) == 2000
    assert metric(lab, "fallbacks_total") == 1
    assert "does not tell whether a logical message belongs to it" in lab.shipper.log()


def first_record(lab, topic):
    """The time at which the topic has its first record."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": lab.kafka.bootstrap, "group.id": "first"})
    try:
        def there():
            try:
                return any(consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, partition), timeout=10)[1]
                           for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions)
            except confluent_kafka.KafkaException:
                return False    # the topic is being made

        stack.wait_until(there, 600, "the first record", 0.1)
        return time.monotonic()
    finally:
        consumer.close()


def waited_for_cpu(pid):
    """Seconds that a process could have run and others ran instead (Documentation/scheduler/sched-stats.rst)."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def large_transaction(lab, rows, seconds):
    """Streamed while it is written; its first record is on Kafka soon after the commit.

    How far decoding is behind at the commit depends on the machine, so it is told what the walsender waited for a CPU.
    """
    # the sanitizers triple memory: always the ordinary binary
    start(lab, binary=stack.ROOT / "build/shipper/walferry", spool_memory_bytes=None)
    walsender = lab.slot()["active_pid"]
    with lab.connect(autocommit=False) as connection:
        connection.execute("INSERT INTO work (n, note) SELECT i, 'movement ' || i FROM generate_series(1, %s) i", (rows,))
        connection.commit()
    committed = time.monotonic()
    before = waited_for_cpu(walsender)
    late = first_record(lab, lab.topic("work")) - committed
    waited = waited_for_cpu(walsender) - before
    lab.delivered(seconds)
    assert streamed_transactions(lab) == 1 and metric(lab, "fallbacks_total") == 0
    assert lab.shipper.metrics()["walferry_capture_records_total"] >= rows
    peak = lab.shipper.memory_peak_bytes() / 1048576
    print(f"{rows} rows: {peak:.1f} MiB, first record {late:.1f} s after the commit (the walsender waited {waited:.1f} s for a CPU), "
          f"all {time.monotonic() - committed:.1f} s after it")
    assert peak < 64, f"the shipper took {peak:.1f} MiB"
    assert late < 10, f"the first record came {late:.1f} s after the commit (the walsender waited {waited:.1f} s for a CPU)"


@pytest.mark.limit(240)
def test_large_transaction(streaming):
    large_transaction(streaming, 300000, 120)


@pytest.mark.large
@pytest.mark.limit(1800)
def test_five_million_rows(streaming):
    streaming.sql(f'ALTER DATABASE "{streaming.database}" RESET logical_decoding_work_mem')
    large_transaction(streaming, 5000000, 1500)
