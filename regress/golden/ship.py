"""A recording through Kafka: Debezium's own configuration given to the shipper, and what it leaves in the topics.

Each case takes a copy of the slot that its SQL file's changes wait in, and has a shipper started and ended. The shipper
gets the recorded .properties but for where things are; only the plugin is ours whatever the file says. Topics have the
same names for all cases, since the prefix is recorded, so cases run one after the other and each looks at what comes
behind what was there.

All topics are made before the first case: whoever writes to one that was made a moment ago waits for the word on where
it is, a second at worst.

SPDX-License-Identifier: Apache-2.0
"""

import signal

import kafka_topics
import stack

from golden import replay

SECONDS = 60


def others(names):
    """Topics without the broker's and our own."""
    return {name for name in names if not name.startswith("__")}


def marker(name):
    """The topic that a case's marker table has."""
    return f"{replay.properties(*name.split('/'))['topic.prefix']}.{replay.MARKER}"


class Ship:
    """The way of one case after the other through the shipper and the broker."""

    def __init__(self, run, postgres, kafka):
        self.run = run
        self.postgres = postgres
        self.bootstrap = kafka.bootstrap
        self.topics = kafka_topics.Topics(kafka.bootstrap)
        self.connection = postgres.connect()
        recorded = {topic for name in replay.names() for topic, *_ in replay.recorded(*name.split("/"))}
        wanted = recorded | {marker(name) for name in replay.names()}
        self.topics.make(wanted - set(self.topics.names()))
        stack.wait_until(lambda: self.topics.ends(wanted).keys() == wanted, 3 * SECONDS,
                         "the end of making topics")
        self.shipper = None
        self.log_starts = 0

    def close(self):
        self.topics.close()
        self.connection.close()

    def query(self, text, *values):
        return self.connection.execute(text, values).fetchone()[0]

    def settings(self, name, slot, source):
        return replay.shipper_settings(*name.split("/"), source) | {
            "slot.name": slot, "database.hostname": "127.0.0.1", "database.port": self.postgres.port, "database.user": "postgres",
            "database.password": self.postgres.password, "kafka.bootstrap.servers": self.bootstrap, "status.update.interval.ms": 100}

    def records(self, database, name):
        """What the case leaves in Kafka, as replay.recorded() has it; its SQL file has run in the database."""
        return [(message.topic(), replay.bytes_text(message.key()), replay.bytes_text(message.value()),
                 [(header, replay.bytes_text(value)) for header, value in message.headers() or []], message.timestamp()[1])
                for message in self.messages(database, name, "walferry") if message.topic() != marker(name)]

    def messages(self, database, name, source):
        """The same as Kafka has it, with the marker's."""
        slot = f"golden_{replay.names().index(name)}_{source}"
        database.copy_slot(slot, source)
        self.topics.skip(others(self.topics.names()))
        self.log_starts = len(self.shipper.log()) if self.shipper else 0
        self.shipper = stack.Shipper(self.run, self.settings(name, slot, source)).start(wait="none")
        try:
            self.wait_for_delivery(slot)
            self.shipper.signal(signal.SIGTERM)
            found = self.topics.new(others(self.topics.names()))
            code = self.shipper.wait_exit()
            assert code == 0, f"the shipper ended with {code}"
        finally:
            if self.shipper.is_running():
                self.shipper.stop()
            self.query("SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = %s", slot)
        return found

    def wait_for_delivery(self, slot):
        """Until the shipper has confirmed everything that the server has written by now."""
        end = self.query("SELECT pg_current_wal_insert_lsn()::text")

        def confirmed():
            assert self.shipper.is_running(), "the shipper ended before it had delivered everything"
            return self.query("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s", end, slot)

        stack.wait_until(confirmed, SECONDS, f"the slot's confirmation of {end}", 0.01)

    def log(self):
        """The log of the last case's shipper."""
        return self.shipper.log()[self.log_starts:] if self.shipper else ""
