"""Every golden case through plugin.name=walferry and plugin.name=pgoutput at once: the same records, byte by byte.

The changes of a SQL file wait before two slots for each of its cases and ways, all of which are printed at the same
time. A file that changes definitions runs while both sources are read, one case after the other: pgoutput has the
catalogue as it is when it is asked, and so a definition waits until both have told what came before it.

In the short suite only the types' cases of the default configuration run in every way; WALFERRY_IDENTITY=all has all cases do (make
check-identity).

SPDX-License-Identifier: Apache-2.0
"""

import concurrent.futures
import os
import tempfile

import psycopg
import pytest

from golden import compare, replay
from identity import two_sources

CASES = replay.names()
WAYS = {
    "as recorded": {},
    "schemas": {"key.converter.schemas.enable": "true", "value.converter.schemas.enable": "true"},
    "compat": {"compat": "debezium"},
    "binary": {},
}
OF_PGOUTPUT = {"binary": {"pgoutput.binary": "true"}}

# Run while both are read; the others' changes are there already.
FILES_WITH_DEFINITIONS = ("o_ddl", "o_ddl_fast")
DEFINITIONS = ("alter", "begin", "create", "drop")
AT_ONCE = 4
IDLE = psycopg.pq.TransactionStatus.IDLE


# Through Kafka in the short suite: transactions and messages, tombstones, times that rows give, headers, partitions.
KAFKA_CASES = ("default/o_identity", "ext_headers/o_identity", "outbox/o_outbox", "partition_root/o_partition", "schemas_all_ops/o_tx")
EVERY = os.environ.get("WALFERRY_IDENTITY") == "all"
RUN_ID = "__debezium.context.runId"


def ways(name):
    chosen = EVERY or (name.startswith("default/t_"))
    return [way for way in WAYS if chosen or way == "as recorded"]


class Way:
    """A case, in one of the ways."""

    def __init__(self, database, directory, name, way):
        self.database = database
        self.directory = directory
        self.name = name
        self.way = way
        self.slots = f"golden_{CASES.index(name)}_{list(WAYS).index(way)}"

    def settings(self, source):
        found = replay.shipper_settings(*self.name.split("/"), source)
        return found | WAYS[self.way] | (OF_PGOUTPUT.get(self.way, {}) if source == "pgoutput" else {})

    def count(self):
        """Records that the plugin writes of what has been changed."""
        return len(self.database.lines(replay.plugin_options(*self.name.split("/")) | WAYS[self.way]))

    def pair(self):
        prefix = replay.properties(*self.name.split("/"))["topic.prefix"]
        return two_sources.Pair(self.directory, self.database.postgres, self.database.name, self.slots, self.settings,
                                f"{prefix}.{replay.MARKER}")

    def run(self, change):
        """What differs, None: nothing. change(pair) is called while both are read; it returns how many records there are."""
        for source in two_sources.SOURCES:
            self.database.copy_slot(two_sources.slot_name(self.slots, source), source)
        pair = None
        try:
            pair = self.pair()
            count = change(pair)
            pair.wait(lambda side: len(side.lines) >= count)
        except two_sources.Stopped as problem:
            return str(problem)
        finally:
            codes = pair.close() if pair else []
            self.database.drop_slots(self.slots)
        if codes != [0, 0]:
            return f"the shippers ended with {codes}: {' '.join(side.log() for side in pair.sides)}"
        return two_sources.difference(*(side.lines for side in pair.sides))


def run_live(postgres, directory, name, way):
    """The way of a case whose definitions change: its SQL runs while both sources are read."""
    database = replay.Database(postgres, name.split("/")[1], is_live=True)

    def change(pair):
        marks = 0
        with postgres.connect(database.name) as connection:
            for statement in database.statements():
                if statement.startswith(DEFINITIONS) and connection.info.transaction_status == IDLE:
                    marks += 1
                    connection.execute(f"insert into {replay.MARKER} values ({marks})")
                    pair.wait(lambda side: side.marks >= marks)
                connection.execute(statement)
        return found.count()

    found = Way(database, directory, name, way)
    try:
        return found.run(change)
    finally:
        database.drop()


@pytest.fixture(scope="module")
def found(session_postgres, databases):
    """What differs of a case, by ways; all cases of its SQL file run together."""
    kept = {}

    def get(name):
        case = name.split("/")[1]
        if name not in kept:
            kept.clear()
            kept.update(run_file(session_postgres, databases, case))
        return kept[name]

    return get


def run_file(postgres, databases, case):
    names = [name for name in CASES if name.split("/")[1] == case]
    with tempfile.TemporaryDirectory() as directory:
        if case in FILES_WITH_DEFINITIONS:
            databases(None)
            return {name: {way: run_live(postgres, directory, name, way) for way in ways(name)} for name in names}
        all_ways = [Way(databases(case), directory, name, way) for name in names for way in ways(name)]
        counts = {one: one.count() for one in all_ways}     # each takes the slot
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
            runs = [threads.submit(one.run, lambda _, count=counts[one]: count) for one in all_ways]
        kept = {name: {} for name in names}
        for one, run in zip(all_ways, runs):
            kept[one.name][one.way] = run.result()
        return kept


def kafka_record(message):
    """What is compared of a record in Kafka; its time, if it is not that of the run."""
    _, time_ms = message.timestamp()
    value = message.value()
    return (message.topic(), message.partition(), message.key(), value and two_sources.comparable(value),
            [(header, None if header == RUN_ID else text) for header, text in message.headers() or []],
            time_ms if time_ms < compare.OWN_TIMES_END_MS else None)


@pytest.mark.parametrize("name", CASES if EVERY else KAFKA_CASES, scope="module")
def test_sources_to_kafka(databases, ship, name):
    """Key, value, headers, partition and time; sink=stdout shows what they are of the others."""
    case = name.split("/")[1]
    if case in FILES_WITH_DEFINITIONS:
        pytest.skip("changes of definitions wait for both sources, which print then")
    walferry, pgoutput = (sorted(map(kafka_record, ship.messages(databases(case), name, source)), key=lambda record: record[0])
                          for source in two_sources.SOURCES)
    assert walferry
    assert len(walferry) == len(pgoutput)
    for theirs, ours in zip(walferry, pgoutput):
        assert theirs == ours


@pytest.mark.parametrize("name", CASES, scope="module")
def test_sources(found, name):
    problems = [f"{way}: {problem}" for way, problem in found(name).items() if problem]
    if problems:
        pytest.fail("\n".join((*problems, f"the case: golden/recordings/{name}.properties, golden/sql/{name.split('/')[1]}.sql",
                               f"again: regress/run.sh --no-install e2e -- golden -k 'sources and {name}'")), pytrace=False)
