# What a test works in: its own database, slot, topic prefix and dataset on the session's services,
# and readers of Kafka and BigQuery that are not ours.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

import confluent_kafka
import google.cloud.bigquery
import stack
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials

MINIMAL = {
    "plugin.name": "walferry",
    "snapshot.mode": "no_data",
    "delivery.guarantee": "at-least-once",
    "skipped.operations": "none",
    "key.converter.schemas.enable": "false",
    "value.converter.schemas.enable": "false",
    "bigquery.flush.interval.ms": "200",
    "status.update.interval.ms": "100",
}
PROJECT = "lab"

# what a broker says of a topic that it is just making
NO_LEADER_YET = (confluent_kafka.KafkaError.NOT_LEADER_FOR_PARTITION,
                 confluent_kafka.KafkaError.LEADER_NOT_AVAILABLE,
                 confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART)


@dataclasses.dataclass
class Record:
    topic: str
    partition: int
    offset: int
    raw_key: bytes
    raw_value: bytes
    headers: list
    timestamp: int = 0

    @property
    def key(self):
        return None if self.raw_key is None else json.loads(self.raw_key)

    @property
    def value(self):
        return None if self.raw_value is None else json.loads(self.raw_value)

    @property
    def op(self):
        """The event's op; None for a tombstone."""
        return None if self.raw_value is None else self.value["op"]

    @property
    def after(self):
        return self.value["after"]

    def header(self, name):
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, f"header {name} stands {len(found)} times"
        return found[0].decode() if found else None

    @property
    def position(self):
        return self.header("__walferry.position")


def watermarks(consumer, partition, timeout=20):
    """(low, high) of a partition; a topic made a moment ago may have no leader for a moment."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return consumer.get_watermark_offsets(partition, timeout=timeout)
        except confluent_kafka.KafkaException as problem:
            if problem.args[0].code() not in NO_LEADER_YET or time.monotonic() >= deadline:
                raise
            time.sleep(0.2)


def unique_events(records):
    """Records without the repetitions that at-least-once allows, in the order of history."""
    by_position = {}
    for record in records:
        first = by_position.setdefault(record.position, record)
        assert first is record or (first.raw_key, first.op) == (record.raw_key, record.op), "one position, two events"
    return [by_position[position] for position in sorted(by_position)]


def errors(text):
    """The log's lines of level error, as one text."""
    return "\n".join(line for line in text.splitlines() if re.search(r"^\S+ error ", line))


class Lab:
    def __init__(self, name, postgres, kafka, bigquery=None):
        """bigquery: (REST URL, gRPC URL) or None."""
        self.name = name
        self.postgres = postgres
        self.kafka = kafka
        self.bigquery = bigquery
        self.prefix = name
        self.slot_name = name
        self.dataset = name
        self.database = name
        self.run = stack.RunDirectory()
        self.shipper = None
        self.user = "postgres"
        self.password = postgres.password

    # ---------------------------------------------------------------- PostgreSQL

    def create_database(self, encoding="UTF8", locale="C.UTF-8"):
        self.postgres.create_database(self.database, encoding=encoding, locale=locale)
        return self

    def connect(self, **more):
        return self.postgres.connect(self.database, **more)

    def sql(self, text, *parameters):
        """Runs statements in one autocommit connection; the rows of the last one, if any."""
        with self.connect() as connection:
            cursor = connection.execute(text, parameters or None)
            return cursor.fetchall() if cursor.description else None

    def slot(self):
        import psycopg.rows

        with self.postgres.connect() as connection:
            cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
            return cursor.execute("SELECT * FROM pg_replication_slots WHERE slot_name = %s",
                                  (self.slot_name,)).fetchone()

    def create_slot(self, plugin="walferry"):
        self.postgres.psql(f"SELECT pg_create_logical_replication_slot('{self.slot_name}', '{plugin}')", self.database)

    def end_walsender(self):
        """Ends the shipper's replication connection from the server's side."""
        self.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", self.slot_name)

    def freeze_shipper_off_the_slot(self):
        """It stands still without a connection, until SIGCONT."""
        self.shipper.signal(signal.SIGSTOP)
        self.end_walsender()
        stack.wait_until(lambda: not self.slot()["active"], 20, "the end of the walsender")

    def confirmed(self, lsn, seconds=60):
        """Waits until the slot is confirmed up to lsn."""
        with self.postgres.connect() as connection:
            query = "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s"
            stack.wait_until(lambda: connection.execute(query, (lsn, self.slot_name)).fetchone() == (True,),
                             seconds, f"the slot's confirmation of {lsn}")

    def delivered(self, seconds=60):
        """Waits until all that is committed now was delivered to Kafka and confirmed."""
        self.confirmed(self.postgres.psql("SELECT pg_current_wal_insert_lsn()").strip(), seconds)

    def drop(self):
        if self.postgres.is_running():
            def gone():
                if self.slot() is not None:
                    with contextlib.suppress(Exception):
                        self.postgres.psql(f"SELECT pg_drop_replication_slot('{self.slot_name}')")
                return self.slot() is None

            stack.wait_until(gone, 20, "the end of the slot", 0.2)
            self.postgres.psql(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    # ---------------------------------------------------------------- shipper

    def settings(self, **changes):
        """Lines of the properties file.  Keyword names have _ for dots; None leaves a line out."""
        settings = dict(MINIMAL)
        settings.update({
            "topic.prefix": self.prefix,
            "slot.name": self.slot_name,
            "database.hostname": "127.0.0.1",
            "database.port": self.postgres.port,
            "database.user": self.user,
            "database.password": self.password,
            "database.dbname": self.database,
            "kafka.bootstrap.servers": self.kafka.bootstrap if self.kafka else None,
        })
        if self.bigquery:
            settings.update({
                "bigquery.project": PROJECT,
                "bigquery.dataset": self.dataset,
                "bigquery.endpoint": self.bigquery[0],
                "bigquery.grpc.endpoint": self.bigquery[1],
                # the loader sees a new table's topic this soon
                "kafka.topic.metadata.refresh.interval.ms": "200",
            })
        settings.update({name.replace("__", "\0").replace("_", ".").replace("\0", "_"): value
                         for name, value in changes.items()})
        return {name: value for name, value in settings.items() if value is not None}

    def start(self, wait="ready", env=None, binary=None, **changes):
        self.shipper = stack.Shipper(self.run, self.settings(**changes), env=env, binary=binary)
        return self.shipper.start(wait=wait)

    def restart(self):
        return self.shipper.start(wait="live")

    def fails(self, seconds=20, **changes):
        """Starts the shipper, which is to end by itself: (exit code, log)."""
        self.start(wait="none", **changes)
        return self.shipper.wait_exit(seconds), self.shipper.log()

    def binary(self):
        """A copy of the binary where the servers' user can come."""
        source = pathlib.Path(os.environ.get("WALFERRY_BINARY") or stack.ROOT / "build/shipper/walferry")
        target = self.run.path / "walferry"
        if not target.exists():
            shutil.copy(source, target)
            target.chmod(0o755)
        return target

    def write_config(self, text=None):
        """Writes a properties file (bytes; without: the lab's own settings) and returns its path."""
        if text is None:
            text = "".join(f"{name}={value}\n" for name, value in self.settings(http_listen="").items()).encode()
        path = self.run.path / "by-hand.properties"
        path.write_bytes(text)
        path.chmod(0o644)
        return path

    def command(self, *arguments, env=None):
        """The words of a command that runs the binary without the variables that are for our scripts."""
        hidden = [f"--unset={name}" for name in os.environ if name.startswith("WALFERRY_")]
        return ["env", *hidden, *(f"{name}={value}" for name, value in (env or {}).items()), self.binary(), *arguments]

    def run_once(self, *arguments, config=None, env=None, seconds=20):
        """Runs the binary with arguments (and config: bytes of a file) as the servers' user, to its end."""
        if config is not None:
            arguments += ("--config", self.write_config(config))
        return stack.as_server_user(*self.command(*arguments, env=env), capture_output=True, text=True,
                                    errors="replace", timeout=seconds, stdin=subprocess.DEVNULL)

    def close(self):
        with contextlib.suppress(Exception):
            if self.shipper and self.shipper.is_running():
                self.shipper.signal(signal.SIGCONT)  # in case a test stopped it
        try:
            self.run.close()
        finally:
            self.drop()

    # ---------------------------------------------------------------- Kafka

    def topic(self, table, schema="public"):
        return f"{self.prefix}.{schema}.{table}"

    def create_topic(self, name, partitions, config=None):
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        for future in admin.create_topics([NewTopic(name, partitions, 1, config=config or {})]).values():
            future.result(20)

    def configure_topic(self, name, setting, value):
        entry = ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(20)

    def topics(self):
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        return set(admin.list_topics(timeout=20).topics)

    def records(self, *topics):
        """All records that the topics hold now, by confluent-kafka's Consumer, per partition in order."""
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": self.kafka.bootstrap, "group.id": "reader", "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "isolation.level": "read_committed", "fetch.message.max.bytes": 33554432,
            "receive.message.max.bytes": 67108864,
        })
        try:
            known = consumer.list_topics(timeout=20).topics
            ends = {}
            for topic in topics:
                for partition in known[topic].partitions if topic in known else ():
                    low, high = watermarks(consumer, confluent_kafka.TopicPartition(topic, partition))
                    if high > low:
                        ends[topic, partition] = high
            consumer.assign([confluent_kafka.TopicPartition(topic, partition, confluent_kafka.OFFSET_BEGINNING)
                             for topic, partition in ends])
            records = []
            deadline = time.monotonic() + 60
            while ends:
                assert time.monotonic() < deadline, f"cannot read to the end of {ends}"
                for message in consumer.consume(1000, timeout=0.05):
                    if message.error():
                        raise confluent_kafka.KafkaException(message.error())
                    coordinates = (message.topic(), message.partition())
                    records.append(Record(*coordinates, message.offset(), message.key(), message.value(), message.headers() or [],
                                          message.timestamp()[1]))
                    if message.offset() + 1 >= ends.get(coordinates, 1 << 62):
                        del ends[coordinates]
            return records
        finally:
            consumer.close()

    def wait_records(self, topic, enough, seconds=60):
        """Reads the topic until enough (a number, or a function of the records) is satisfied."""
        condition = enough if callable(enough) else lambda records: len(records) >= enough
        deadline = time.monotonic() + seconds
        while True:
            records = self.records(topic)
            if condition(records):
                return records
            assert time.monotonic() < deadline, f"{topic} has {len(records)} records after {seconds} s"
            time.sleep(0.3)

    # ---------------------------------------------------------------- BigQuery

    def query(self, text):
        """Rows of a query in the emulator, by google-cloud-bigquery."""
        client = google.cloud.bigquery.Client(PROJECT, AnonymousCredentials(),
                                              client_options={"api_endpoint": self.bigquery[0]})
        with contextlib.closing(client):
            return list(client.query(text).result())

    def wait_rows(self, table, count):
        """The table's rows in the order of history, once there are so many."""
        def rows():
            try:
                found = self.query(f"SELECT * FROM `{PROJECT}.{self.dataset}.{table}` ORDER BY _position")
            except GoogleAPICallError:
                return None  # there is no such table yet
            return found if len(found) >= count else None

        return stack.wait_until(rows, 60, f"{count} rows of {table} in the emulator", 1)


class Workload:
    """Inserts and updates from a thread of its own, one transaction after the other, until stopped."""

    TABLE = "CREATE TABLE work (id bigserial PRIMARY KEY, n integer NOT NULL, note text)"

    def __init__(self, lab, rows_per_transaction=20, pause_s=0.002):
        self.lab = lab
        self.rows = rows_per_transaction
        self.pause_s = pause_s
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.error = None
        self.transactions = 0

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        self.thread.join(30)
        if self.error and exception[0] is None:
            raise self.error

    def work(self):
        while not self.stopping.is_set():
            try:
                with self.lab.connect() as connection:
                    while not self.stopping.is_set():
                        connection.execute(
                            "INSERT INTO work (n, note) SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, %s) i",
                            (self.rows,))
                        self.transactions += 1
                        time.sleep(self.pause_s)
            except Exception as error:
                # the server is being restarted by the test, or something is wrong
                if self.lab.postgres.is_running() and not re.search("shut|terminat|refused|closed|start|accepting|recover", str(error)):
                    self.error = error
                    return
                time.sleep(0.1)

    def check(self, records):
        """Every committed row came at least once, nothing that was not committed came."""
        expected = {row[0] for row in self.lab.sql("SELECT id FROM work")}
        # each is parsed once, for there may be hundreds of thousands
        values = (record.value for record in records if record.raw_value is not None)
        seen = {value["after"]["id"] for value in values if value["op"] == "c"}
        assert not expected - seen, f"{len(expected - seen)} of {len(expected)} rows are lost"
        assert not seen - expected, f"{len(seen - expected)} rows that were never committed"
        return len(expected)
