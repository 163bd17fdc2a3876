"""The recordings through Kafka: Debezium's own configuration given to the shipper, and what it leaves in the topics.

Each case takes a copy of the slot that its SQL file's changes wait in. The shipper gets the recorded .properties but for
where things are; only the plugin is ours whatever the file says. Topics have the same names for all cases, so
each case looks at what comes behind what was there.

SPDX-License-Identifier: Apache-2.0
"""

import kafka_topics
import pytest
import stack

from golden import compare, replay, table

# Beside every case in the long suite, the short one has these: each a kind of record that the frame has a form of its own for.
SHORT = ["default/o_ddl", "default/o_identity", "mask_hash/o_filters", "outbox/o_outbox", "placeholder_hex/o_toast", "schemas/o_identity",
         "schemas/t_misc", "schemas_all_ops/o_truncate", "schemas_all_ops/o_tx", "tombstones_off/o_identity", "txmeta/o_big", "unwrap/o_identity",
         "unwrap_rewrite/o_identity"]


def others(names):
    """Topics without the broker's and our own."""
    return {name for name in names if not name.startswith("__")}


@pytest.fixture(scope="module")
def topics(session_kafka):
    reader = kafka_topics.Topics(session_kafka.bootstrap)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def shipped(databases, session_postgres, session_kafka, topics):
    """A function that gives what a case leaves in Kafka."""
    def records(name):
        configuration, case = name.split("/")
        marker = f"{replay.properties(configuration, case)['topic.prefix']}.{replay.MARKER}"
        before = set(topics.names())
        topics.make({marker, *(topic for topic, *_ in replay.recorded(configuration, case))} - before)
        topics.skip(others(before))
        database = databases(case)
        slot = f"golden_{replay.names().index(name)}"
        database.psql(f"SELECT pg_copy_logical_replication_slot('{replay.SLOT}', '{slot}')")
        settings = replay.shipper_settings(configuration, case) | {
            "slot.name": slot, "database.hostname": "127.0.0.1", "database.port": session_postgres.port,
            "database.user": "postgres", "database.password": session_postgres.password, "kafka.bootstrap.servers": session_kafka.bootstrap,
            "status.update.interval.ms": 100}
        with stack.RunDirectory() as run:
            shipper = stack.Shipper(run, settings)
            try:
                end = session_postgres.psql("SELECT pg_current_wal_insert_lsn()").strip()
                shipper.start(wait="live")
                confirmed = f"SELECT confirmed_flush_lsn >= '{end}' FROM pg_replication_slots WHERE slot_name = '{slot}'"
                with session_postgres.connect() as connection:
                    stack.wait_until(lambda: connection.execute(confirmed).fetchone()[0], 60, f"the slot's confirmation of {end}", 0.02)
            except Exception:
                print(shipper.log()[-10000:])
                raise
            finally:
                shipper.stop()
        database.psql(f"SELECT pg_drop_replication_slot('{slot}')")
        return [(message.topic(), replay.bytes_text(message.key()), replay.bytes_text(message.value()),
                 [(name, replay.bytes_text(value)) for name, value in message.headers() or []], message.timestamp()[1])
                for message in topics.new(others(topics.names())) if message.topic() != marker]

    return records


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in SHORT else pytest.mark.slow)
                                  for name in replay.names()])
def test_kafka(shipped, name):
    theirs = list(replay.recorded(*name.split("/")))
    unexplained = table.Judge(compat=False).unexplained(name, compare.differences(theirs, shipped(name)))
    if unexplained:
        pytest.fail(f"{len(unexplained)} differences unexplained\n{table.shown(unexplained)}", pytrace=False)


def test_the_short_suite_names_cases():
    assert set(SHORT) <= set(replay.names())
