"""Random changes, a round at a time: a database, tables and a configuration of its own, read through both sources at once.

The changes are those of make check-debezium (regress/debezium), and bulks beside them: transactions of hundreds of rows,
which pgoutput streams before they commit, with parts that are taken back. A definition waits until both sources have
told what came before it, because pgoutput has the catalogue as it is when it is asked.

Left out is what pgoutput cannot know (docs/pgoutput.md; test_cannot_know.py shows it): labels added to an enum that no
row has yet.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib
import random
import re
import sys

import stack

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "debezium"))

import column_types     # noqa: E402
import configurations   # noqa: E402
import definitions      # noqa: E402
import outbox           # noqa: E402
import tables           # noqa: E402
import workload as work  # noqa: E402

from identity import two_sources    # noqa: E402

TABLES = 6
TRANSACTIONS_BETWEEN_DEFINITIONS = 12
BULK_SHARE = 0.25           # of transactions
BULK_ROWS = (100, 300, 600)
ROWS_AT_MOST = 3000         # of a table
TEMPLATE = "template_of_rounds"
SERVER = {"max_replication_slots": 40, "logical_decoding_work_mem": "64kB", "log_min_messages": "error",
          "walferry.salts": f"round={configurations.SALT}"}
# Kinds of types that have no binary form that is read: one column of them, and all values come as text.
TEXT_ONLY = re.compile(r"unmapped|.*range|inet|cidr|macaddr|tsvector|hstore|domain hstore|ltree|isbn|citext|.*domain.*\[\]")
KINDS = tuple(kind for kind in definitions.KINDS if kind is not definitions.add_enum_label)


class Workload(work.Workload):
    """check-debezium's, with bulks, and without what pgoutput cannot know."""

    def define_one(self):
        kind = self.rng.choice(KINDS)
        if kind(self, self.rng.choice(self.tables)):
            self.done[f"definition: {kind.__name__}"] += 1

    def fill(self, table):
        """Many rows by one statement; those whose key is there are left out."""
        columns = table.writable
        if not columns:
            return 0
        names = ", ".join(tables.quote(column.name) for column in columns)
        rows = ", ".join("(" + ", ".join(tables.literal(self.value(column, large=0.01)) for column in columns) + ")"
                         for _ in range(self.rng.choice(BULK_ROWS)))
        return self.run(f"INSERT INTO {table.sql_name} ({names}) VALUES {rows} ON CONFLICT DO NOTHING") or 0

    def change_all(self, table):
        found = [column for column in table.writable if column.name not in table.held]
        if not table.can_update or not found:
            return 0
        column = self.rng.choice(found)
        return self.run(f"UPDATE {table.sql_name} SET {tables.quote(column.name)} = {tables.literal(self.value(column, large=0))}") or 0

    def thin_out(self, table):
        if not table.can_update:
            return 0
        return self.run(f"DELETE FROM {table.sql_name} WHERE random() < 0.5") or 0

    def bulk(self):
        """A large transaction with parts that are taken back; the events that it committed."""
        events = 0
        with self.connection.transaction():
            for _ in range(self.rng.choice((1, 2, 3))):
                table = self.rng.choice(self.tables)
                count = self.connection.execute(f"SELECT count(*) FROM {table.sql_name}").fetchone()[0]
                kind = self.thin_out if count > ROWS_AT_MOST else self.rng.choice((self.fill, self.fill, self.change_all, self.change_all, self.thin_out))
                try:
                    with self.connection.transaction():
                        found = kind(table) + self.one()[1]
                        if self.rng.random() < 0.2:
                            raise work.Rollback
                    events += found
                except work.Rollback:
                    self.done["bulk taken back"] += 1
        self.done["bulk"] += 1
        return events


def is_binary(seed):
    """Whether a round asks for values in binary form."""
    return random.Random(seed).random() < 0.5


class Round:
    def __init__(self, postgres, directory, extensions, seed, place, levels):
        self.postgres = postgres
        self.directory = directory
        self.extensions = extensions
        self.rng = random.Random(seed)
        self.levels = levels
        self.name = f"round{seed}"
        self.again = f"--seed {seed} --configuration {place}"
        self.binary = is_binary(seed)
        self.configuration = None
        self.workload = None
        self.pair = None
        self.marks = 0
        self.compared = 0
        self.ties = []
        self.renewed = set()
        self.difference = None

    def run(self, events):
        """Writes at least so many row events, unless a difference comes up before."""
        self.postgres.psql(f"CREATE DATABASE {self.name} TEMPLATE {TEMPLATE}")
        try:
            with self.postgres.connect(self.name) as connection:
                connection.execute("SET client_min_messages = error")
                self.prepare(connection)
                try:
                    self.write(events)
                finally:
                    self.codes = self.pair.close()
                    self.end()
        finally:
            self.postgres.psql(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '{self.name}'")
            self.postgres.psql(f"DROP DATABASE {self.name} WITH (FORCE)")

    def prepare(self, connection):
        pool = column_types.draw(self.rng, self.extensions, self.levels)
        if self.binary:
            pool = [found for found in pool if not TEXT_ONLY.match(found.kind)]
        self.workload = Workload(self.rng, connection, pool, self.barrier)
        while len(self.workload.tables) < TABLES:
            self.workload.create_table()
        drawn = None
        if self.levels["transforms"] == "outbox":
            drawn = outbox.Outbox(self.rng, pool, self.levels, self.name)
            self.workload.create_outbox(drawn.table)
        self.configuration = self.workload.configuration = configurations.build(self.levels, self.rng, self.workload.tables, drawn)
        at_root = self.levels["partitions"] == "root"
        connection.execute(f"CREATE PUBLICATION identity FOR ALL TABLES WITH (publish_via_partition_root = {at_root})")
        for source in two_sources.SOURCES:
            connection.execute("SELECT pg_create_logical_replication_slot(%s, %s)", (two_sources.slot_name(self.name, source), source))
        self.pair = two_sources.Pair(self.directory, self.postgres, self.name, self.name, self.settings, f"{self.name}.public.{work.MARKER_TABLE}")

    def settings(self, source):
        found = self.configuration.settings
        if source == "walferry":
            found = configurations.walferry_settings(found)
        else:
            found = found | {"publication.name": "identity", "pgoutput.binary": str(self.binary).lower()}
        return {"topic.prefix": self.name} | {name: str(value).replace("\\", "\\\\") for name, value in found.items()}

    def barrier(self):
        """Returns when both sources have told everything, and holds it against each other."""
        self.workload.connection.execute(f"INSERT INTO {work.MARKER_TABLE} VALUES (DEFAULT)")
        self.marks += 1
        self.pair.wait(lambda side: side.marks >= self.marks)
        self.compare()

    def compare(self):
        walferry, pgoutput = (side.lines for side in self.pair.sides)
        count = min(len(walferry), len(pgoutput))
        if self.difference is None:
            self.difference = two_sources.difference(walferry[:count], pgoutput[:count], self.ties, self.renewed)
        self.compared += count
        del walferry[:count], pgoutput[:count]

    def write(self, events):
        written = idle = 0
        self.barrier()
        while written < events and idle < 50 and self.difference is None:
            self.workload.define_one()
            before = written
            for _ in range(TRANSACTIONS_BETWEEN_DEFINITIONS):
                written += self.workload.bulk() if self.rng.random() < BULK_SHARE else self.workload.transaction()
            idle = 0 if written > before else idle + 1
        self.barrier()

    def end(self):
        sessions = self.pair.sides[1].log_path.read_text(errors="replace").count("reading the slot")
        if len(self.renewed) >= sessions and self.difference is None:
            self.difference = f"pgoutput forgot the last commit {len(self.renewed)} times in {sessions} sessions"
        if self.codes != [0, 0] and self.difference is None:
            self.difference = f"the shippers ended with {self.codes}:\n" + "\n".join(side.log() for side in self.pair.sides)


def prepare_server(postgres):
    """Makes the database that rounds begin with; the extensions that the server has."""
    postgres.create_database(TEMPLATE)
    extensions = []
    with postgres.connect(TEMPLATE) as connection:
        for name in column_types.EXTENSIONS:
            if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", (name,)).fetchone():
                connection.execute(f"CREATE EXTENSION {name}")
                extensions.append(name)
        for statement in column_types.STATEMENTS + (column_types.STATEMENTS_WITH_HSTORE if "hstore" in extensions else ()):
            connection.execute(statement)
        connection.execute(f"CREATE TABLE {work.MARKER_TABLE} (id bigserial PRIMARY KEY)")
        connection.execute('CREATE SCHEMA "Odd Schéma"')
    return extensions


def covering():
    return configurations.covering(configurations.FACTORS)


def one(postgres, directory, extensions, seed, place, levels, events):
    """A round that has run."""
    found = Round(postgres, directory, extensions, seed, place, levels)
    try:
        found.run(events)
    except (two_sources.Stopped, stack.StackError) as problem:
        found.difference = str(problem)
    return found
