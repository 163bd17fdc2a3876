"""Those that are compared: the live Debezium connector, and walferry over the same WAL, by its plugin and by pgoutput.

SPDX-License-Identifier: Apache-2.0
"""

import json
import pathlib
import sys
import tempfile
import time

import psycopg

import kafka_topics
import stack

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from identity import two_sources    # noqa: E402

CONNECTOR = "io.debezium.connector.postgresql.PostgresConnector"
STREAMING_SECONDS = 60
BARRIER_SECONDS = 60
SETTLE_SECONDS = 0.25
SHIPPER_SECONDS = 90


class Stopped(Exception):
    """The connector's task has failed; the message is its trace."""


class Debezium:
    """One connector on one database, delivering to topics that begin with its prefix."""

    def __init__(self, postgres, kafka, connect, database, prefix, properties):
        self.postgres = postgres
        self.connect = connect
        self.database = database
        self.prefix = prefix
        self.slot = prefix
        self.delimiter = properties.get("topic.delimiter", ".")
        self.properties = {
            "connector.class": CONNECTOR,
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": str(postgres.port),
            "database.user": "postgres",
            "database.password": postgres.password,
            "database.dbname": database,
            "topic.prefix": prefix,
            "plugin.name": "pgoutput",
            "slot.name": self.slot,
            "publication.name": prefix,
            "snapshot.mode": "no_data",
            "poll.interval.ms": "10",
            "extended.headers.enabled": "false",
            **properties,
        }
        self.kafka = kafka_topics.Topics(kafka.bootstrap)
        self.marks = 0

    def start(self):
        code, answer = self.connect.request("POST", "/connectors", {"name": self.prefix, "config": self.properties})
        if code >= 300:
            raise Stopped(json.dumps(answer))
        with self.postgres.connect(self.database) as connection:
            deadline = time.monotonic() + STREAMING_SECONDS
            query = ("SELECT 1 FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid "
                     "WHERE slot_name = %s AND state = 'streaming'")
            while not connection.execute(query, (self.slot,)).fetchone():
                self.check()
                if time.monotonic() > deadline:
                    raise Stopped(f"the connector did not stream within {STREAMING_SECONDS} s")
                time.sleep(0.1)

    def check(self):
        code, answer = self.connect.request("GET", f"/connectors/{self.prefix}/status")
        if code != 200:
            return
        for part in (answer["connector"], *answer["tasks"]):
            if part["state"] == "FAILED":
                raise Stopped(part.get("trace", "no trace"))

    def barrier(self, connection, table):
        """Writes a row into the marker table and waits until it is in its topic."""
        connection.execute(f"INSERT INTO {table} VALUES (DEFAULT)")
        self.marks += 1
        topic = self.delimiter.join((self.prefix, "public", table))
        deadline = time.monotonic() + BARRIER_SECONDS
        while True:
            if self.kafka.ends([topic]).get(topic, 0) >= self.marks:
                return
            if int((deadline - time.monotonic()) * 2) % 4 == 0:
                self.check()
            if time.monotonic() > deadline:
                self.check()
                raise Stopped(f"a row did not arrive within {BARRIER_SECONDS} s though the task runs")
            time.sleep(0.005)

    def topics(self):
        return sorted(name for name in self.kafka.names() if name.startswith(self.prefix + self.delimiter))

    def own_topics(self):
        """Those that only walferry's shipper writes."""
        return [name for name in self.kafka.names() if name.startswith("__walferry.") and name.endswith("." + self.prefix)]

    def records(self):
        """All new records, once no topic grows any more: (topic, key, value, headers, time) as bytes and a number."""
        before = None
        while before != (ends := self.kafka.ends(self.topics())):
            before = ends
            time.sleep(SETTLE_SECONDS)
        return [(message.topic(), message.key(), message.value(), message.headers() or [], message.timestamp()[1]) for message in self.kafka.new(ends)]

    def close(self):
        self.connect.request("DELETE", f"/connectors/{self.prefix}")
        with self.postgres.connect() as connection:
            def dropped():
                rows = connection.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (self.slot,)).fetchall()
                if rows and not rows[0][0]:
                    connection.execute("SELECT pg_drop_replication_slot(%s)", (self.slot,))
                return not rows
            stack.wait_until(dropped, 30, "the end of the connector's slot")
        self.kafka.delete(self.topics() + self.own_topics())
        self.kafka.close()


class Plugin:
    """walferry's plugin by way of SQL, in output=record."""

    def __init__(self, postgres, database, prefix, options):
        self.postgres = postgres
        self.database = database
        self.slot = prefix + "_walferry"
        self.options = {"output": "record", "topic.prefix": prefix, "walferry.headers.enabled": "false",
                        "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false", **options}

    def refusal(self):
        """Why walferry does not take the options; None if it does."""
        try:
            self.records("peek")
        except psycopg.Error as problem:
            return problem.diag.message_primary
        return None

    def start(self):
        with self.postgres.connect(self.database) as connection:
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'walferry')", (self.slot,))

    def records(self, verb="get"):
        words = [word for pair in self.options.items() for word in pair]
        with self.postgres.connect(self.database) as connection:
            rows = connection.execute(f"SELECT data FROM pg_logical_slot_{verb}_changes(%s, NULL, NULL, VARIADIC %s::text[])", (self.slot, words))
            return [row[0] for row in rows]

    def close(self):
        with self.postgres.connect() as connection:
            connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (self.slot,))


class Pgoutput:
    """walferry's shipper with plugin.name=pgoutput, which reads all the time, as the connector does: it has the catalogue as it is."""

    def __init__(self, postgres, database, prefix, settings):
        self.postgres = postgres
        self.database = database
        self.prefix = prefix
        self.slot = prefix + "_pgoutput"
        self.at_root = settings.get("publish.via.partition.root", "false")
        self.settings = {"topic.prefix": prefix, "walferry.headers.enabled": "false", "publication.name": self.slot,
                         **{name: value.replace("\\", "\\\\") for name, value in settings.items()}}
        self.directory = tempfile.TemporaryDirectory()
        self.side = None
        self.marks = 0

    def start(self, marker):
        with self.postgres.connect(self.database) as connection:
            connection.execute(f"CREATE PUBLICATION {self.slot} FOR ALL TABLES WITH (publish_via_partition_root = {self.at_root})")
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (self.slot,))
        self.side = two_sources.Side(self.directory.name, self.postgres, self.database, "pgoutput", self.slot, self.settings,
                                     ".".join((self.prefix, "public", marker)), bytes.decode)

    def barrier(self):
        """To be called behind the connector's, which has written the mark."""
        self.marks += 1
        try:
            self.side.wait(lambda side: side.marks >= self.marks, BARRIER_SECONDS)
        except two_sources.Stopped as problem:
            raise Stopped(str(problem)) from problem

    def records(self):
        """All lines, once there are no more."""
        count = -1
        while count != len(self.side.lines):
            count = len(self.side.lines)
            self.side.read(2 * SETTLE_SECONDS)
        return self.side.lines

    def close(self):
        if self.side:
            self.side.close()
        self.directory.cleanup()
        with self.postgres.connect() as connection:
            connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (self.slot,))


class Shipper:
    """walferry's shipper with the plugin's frames: it writes behind Debezium's records into the same topics."""

    def __init__(self, postgres, kafka, run, database, prefix, options):
        self.postgres = postgres
        self.slot = prefix + "_shipper"
        self.database = database
        settings = {
            "topic.prefix": prefix, "slot.name": self.slot, "plugin.name": "walferry", "database.hostname": "127.0.0.1",
            "database.port": postgres.port, "database.user": "postgres", "database.password": postgres.password, "database.dbname": database,
            "kafka.bootstrap.servers": kafka.bootstrap, "snapshot.mode": "no_data", "delivery.guarantee": "at-least-once", **options}
        self.shipper = stack.Shipper(run, {name: str(value).replace("\\", "\\\\") for name, value in settings.items()})

    def start(self):
        """Takes the slot; what is written before run() waits in the WAL."""
        with self.postgres.connect(self.database) as connection:
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'walferry')", (self.slot,))

    def run(self):
        """Delivers all that was committed, and ends."""
        with self.postgres.connect() as connection:
            end = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
            try:
                self.shipper.start(wait="live")
            except stack.StackError as problem:
                raise Stopped(str(problem)) from problem

            def confirmed():
                return connection.execute("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                                          (end, self.slot)).fetchone()[0]
            try:
                stack.wait_until(confirmed, SHIPPER_SECONDS, "the slot's confirmation by the shipper", 0.1)
            except TimeoutError as problem:
                raise Stopped(f"{problem}\n{self.shipper.log()[-5000:]}") from problem
            finally:
                self.shipper.stop()

    def close(self):
        with self.postgres.connect() as connection:
            connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (self.slot,))
