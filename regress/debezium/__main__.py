"""make check-debezium: the same random changes through the live Debezium connector and through walferry.

    check.sh [--seed N] [--rounds N] [--events N] [--configuration N] [--show N] [--statements FILE] [--keep]

Each round has a database, tables and a configuration of its own. All sides read the same WAL, walferry by its plugin
and by pgoutput; what they wrote is held against each other record by record (compare.py). What differs is either a row of docs/format.md's
table "Where we differ and why" (differences.py) or is printed, and makes the exit status 1.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import collections
import functools
import pathlib
import random
import re
import sys
import time

import confluent_kafka

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import column_types     # noqa: E402
import compare          # noqa: E402
import configurations   # noqa: E402
import definitions      # noqa: E402
import differences      # noqa: E402
import outbox           # noqa: E402
import place            # noqa: E402
import sides            # noqa: E402
import stack            # noqa: E402
import tables           # noqa: E402
import workload as work  # noqa: E402

TABLES = 6
TRANSACTIONS_BETWEEN_DEFINITIONS = 12
SHIPPER_EVERY = 3   # rounds
WARM_UP_DATABASE = "template_of_rounds"


def arguments():
    parser = argparse.ArgumentParser(prog="check.sh", description="The same random changes through Debezium and through walferry.")
    parser.add_argument("--seed", type=int, default=1, help="what the first round's random numbers begin with, and its configuration; the next round takes the next")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--events", type=int, default=1500, help="least number of row events in a round")
    parser.add_argument("--show", type=int, default=1, help="differences printed of each sort")
    parser.add_argument("--configuration", type=int, metavar="N", help="only this one of the list, for running a round again; 0 is the default one")
    parser.add_argument("--statements", type=argparse.FileType("w"), metavar="FILE", help="write all statements to the file, with LSN and xid")
    parser.add_argument("--keep", action="store_true", help="keep the run directory")
    return parser.parse_args()


class Tally:
    """What all rounds came to."""

    def __init__(self):
        self.compared = collections.Counter()
        self.rounds = 0
        self.configurations = collections.Counter()
        self.kinds = collections.Counter()
        self.done = collections.Counter()
        self.refused = collections.Counter()
        self.explained = collections.Counter()
        self.unexplained = collections.Counter()
        self.stopped = []
        self.refused_levels = {}

    def take(self, current):
        """What a round was made of."""
        self.rounds += 1
        self.configurations[current.configuration.name] += 1
        self.kinds.update({column.type.kind for _, _, _, shape, _ in current.workload.shapes for column in shape.values()})
        self.done.update(current.workload.done)
        self.refused.update(current.workload.refused)

    def stop(self, name, problem):
        """A round, or a way of one, that came to no comparison."""
        lines = str(problem).splitlines() or [repr(problem)]
        reason = ([line for line in lines if line.startswith("Caused by") or " error " in line] or lines[-1:])[-1]
        self.stopped.append((name, reason))
        print(f"[{name}] stopped: {reason}", flush=True)

    def print(self):
        print(f"rounds: {self.rounds}, configurations: {len(self.configurations)}, seconds: {time.monotonic() - STARTED:.0f}")
        print("types covered:", len(self.kinds), "-", ", ".join(sorted(self.kinds)))
        print("made:", ", ".join(f"{name} {count}" for name, count in self.done.most_common()))
        print("statements the server refused:", sum(self.refused.values()))
        for name, count in self.refused.most_common(6):
            print(f"    {count:6} {name}")
        print("differences explained:", sum(self.explained.values()))
        for row, count in self.explained.most_common():
            print(f"    {count:6} {row}")
        for round_name, reason in self.stopped:
            print(f"round {round_name}: not compared: {reason}")
        if self.refused_levels:
            print("left out, for walferry does not take them:", ", ".join(self.refused_levels))
        print(f"events compared: {sum(self.compared.values())} ({', '.join(f'{count} by {way}' for way, count in self.compared.items())})")
        print(f"differences unexplained: {sum(self.unexplained.values())}")
        for name, count in self.unexplained.most_common(60):
            print(f"    {count:6} {name}")


STARTED = time.monotonic()


class Round:
    """One database, one configuration, both sides."""

    def __init__(self, lab, seed, place, levels, events, by_shipper, statements=None):
        self.lab = lab
        self.seed = seed
        self.rng = random.Random(seed)
        self.levels = levels
        self.again = f"--seed {seed} --configuration {place}"
        self.configuration = None
        self.events = events
        self.by_shipper = by_shipper
        self.prefix = f"r{seed}"
        self.database = f"round{seed}"
        self.statements = statements
        self.workload = None
        self.settings_shown = False
        self.way = None     # whose records are judged

    def run(self):
        """What Debezium wrote into Kafka, what the plugin gave by SQL, what came by pgoutput, and what the shipper wrote (None: it had no part)."""
        postgres = self.lab.postgres
        postgres.psql(f"CREATE DATABASE {self.database} TEMPLATE {WARM_UP_DATABASE}")
        with postgres.connect(self.database) as connection:
            connection.execute("SET client_min_messages = error")
            pool = column_types.draw(self.rng, self.lab.extensions, self.levels)

            def barrier():
                debezium.barrier(connection, work.MARKER_TABLE)
                pgoutput.barrier()

            self.workload = work.Workload(self.rng, connection, pool, barrier, self.statements)
            while len(self.workload.tables) < TABLES:
                self.workload.create_table()
            drawn = None
            if self.levels["transforms"] == "outbox":
                drawn = outbox.Outbox(self.rng, pool, self.levels, self.prefix)
                self.workload.create_outbox(drawn.table)
            self.configuration = self.workload.configuration = configurations.build(self.levels, self.rng, self.workload.tables, drawn)
            debezium = sides.Debezium(postgres, self.lab.kafka, self.lab.connect, self.database, self.prefix, self.configuration.connector)
            plugin = sides.Plugin(postgres, self.database, self.prefix, self.configuration.walferry)
            shipper = sides.Shipper(postgres, self.lab.kafka, self.lab.run, self.database, self.prefix, self.configuration.walferry)
            pgoutput = sides.Pgoutput(postgres, self.database, self.prefix, self.configuration.settings)
            plugin.start()
            if self.by_shipper:
                shipper.start()
            try:
                pgoutput.start(work.MARKER_TABLE)
                debezium.start()
                self.write()
                self.workload.barrier()
                theirs = debezium.records()
                ours = plugin.records()
                told = pgoutput.records()
                shipped = None
                if self.by_shipper:
                    shipped = self.ship(shipper, debezium)
            finally:
                pgoutput.close()
                shipper.close()
                debezium.close()
                plugin.close()
        postgres.psql(f"DROP DATABASE {self.database} WITH (FORCE)")
        return theirs, ours, told, shipped

    @staticmethod
    def ship(shipper, debezium):
        """The shipper's records, or why there are none."""
        try:
            shipper.run()
        except sides.Stopped as problem:
            return problem
        return debezium.records()

    def write(self):
        workload = self.workload
        workload.barrier()
        written = 0
        idle = 0
        while written < self.events and idle < 50:
            definitions.one(workload)
            before = written
            for _ in range(TRANSACTIONS_BETWEEN_DEFINITIONS):
                written += workload.transaction()
            idle = 0 if written > before else idle + 1

    # ---------------------------------------------------------------- the comparison

    def place_at(self, finding):
        """A finding with the column and table that its path leads to, as they were at its record's LSN."""
        lsn = finding.record.lsn
        _, _, rest = finding.topic.partition(self.prefix + self.configuration.settings.get("topic.delimiter", "."))
        table = column = None
        columns, history = [], []
        path = compare.payload_path(finding.path)
        if path[:1] == ("schema",):
            path = path[1:]
        for at, schema, leaf, shape, found in self.workload.shapes:
            if compare.topic_name(f"{schema}.{leaf}") == rest and (lsn is None or table is None or at <= lsn):
                named = next((one for one in shape.values() if self.configuration.adjusted(one.name) in path), None)
                # a record that does not tell its LSN may be of any time that has such a column
                if lsn is not None:
                    columns, history = [], []
                if lsn is not None or named or not table:
                    table, column = found, named
                history.append(found)
                columns += [named] if named else []
        if table is None and self.configuration.outbox:
            column = self.configuration.outbox.column_at(path)
            columns = [column] if column else []
        labels = [label for at, label in self.labels if not isinstance(lsn, int) or at <= lsn]
        return place.Place(finding, self.configuration, column, table, columns, history, self.workload.written, labels, self.comments,
                           self.way == "pgoutput")

    @functools.cached_property
    def labels(self):
        """What was added to the enum: (LSN, label)."""
        return [(at, re.search(r"VALUE '(.*)'$", statement)[1]) for at, statement in self.workload.ddl if statement.startswith("ALTER TYPE colour ADD VALUE")]

    @functools.cached_property
    def comments(self):
        tables = [*self.workload.tables, *filter(None, [self.workload.outbox])]
        return [column.comment for found in tables for column in found.columns if column.comment]

    def generic(self, path, column):
        """What a path has in common with those of other columns."""
        name = self.configuration.adjusted(column.name) if column else None
        parts = ["COLUMN" if part == name else "before|after" if part in ("before", "after") else part for part in map(str, path) if not part.isdigit()]
        return re.sub(r"__debezium\.source\.column\..*", "propagated", ".".join(parts))

    def judge(self, findings, tally, show, shown):
        # counts follow from the records
        for finding in sorted(findings, key=lambda finding: finding.path != ("record",)):
            found = self.place_at(finding)
            row = finding.row = differences.explain(found)
            if row:
                tally.explained[row] += 1
                continue
            sort = f"{found.kind or '-'} at {self.generic(finding.path, found.column)}"
            if finding.path == ("record",):
                sort += f": Debezium's {steps(finding.theirs)}, walferry's {steps(finding.ours)}, of {steps(finding.group[0])} and {steps(finding.group[1])}"
            tally.unexplained[sort] += 1
            shown[sort] += 1
            if shown[sort] <= show:
                self.show_settings()
                self.show(sort, finding, found.column, found.table)

    def show_settings(self):
        if not self.settings_shown:
            print(f"[{self.again}] {self.configuration.name}")
            print("    settings " + " ".join(f"{name}={value}" for name, value in self.configuration.settings.items()))
        self.settings_shown = True

    def show(self, sort, finding, column, table):
        print(f"[{self.again}] {sort}")
        print(f"    topic {finding.topic} lsn {finding.record.lsn} op {finding.record.payload.get('op')} path {finding.path}")
        print(f"    Debezium {short(finding.theirs)}")
        print(f"    walferry {short(finding.ours)}")
        if column:
            print(f"    column   {column.declaration()}")
        if table:
            print(f"    table    {table.sql_name} key {table.key} unique {table.unique} identity {table.identity}")
        before = [statement for at, statement in self.workload.ddl if isinstance(finding.record.lsn, int) and at <= finding.record.lsn]
        for statement in before[-2:]:
            print(f"    before   {short(statement)}")
        before, after = (finding.record.payload.get(side) for side in ("before", "after"))
        if finding.path == ("record",) and isinstance(before, dict) and isinstance(after, dict):
            changed = {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
            print(f"    changed  {short(changed, 600)}")
        if finding.path == ("record",):
            for record in (*finding.group[0], *finding.group[1]):
                print(f"    record   key {short(record.key)} payload {short(record.payload)}")


def steps(records):
    return [f"{record.op}:{record.kind}" for record in records]


def short(value, longest=300):
    words = repr(value)
    return words if len(words) <= longest else f"{words[:longest]}… ({len(words)} characters)"


class Lab:
    """The services that all rounds share."""

    def __init__(self, run):
        self.run = run
        self.postgres = stack.Postgres(run, {"max_replication_slots": 40, "log_min_messages": "error",
                                             "walferry.salts": f"round={configurations.SALT}"}).start()
        self.kafka = stack.Kafka(run, {"num.partitions": 1, "log.retention.hours": -1, "group.initial.rebalance.delay.ms": 0}).start()
        self.connect = stack.Connect(run, {"bootstrap.servers": self.kafka.bootstrap}).start()
        self.postgres.create_database(WARM_UP_DATABASE)
        self.extensions = []
        with self.postgres.connect(WARM_UP_DATABASE) as connection:
            for name in column_types.EXTENSIONS:
                if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", (name,)).fetchone():
                    connection.execute(f"CREATE EXTENSION {name}")
                    self.extensions.append(name)
            for statement in column_types.STATEMENTS + (column_types.STATEMENTS_WITH_HSTORE if "hstore" in self.extensions else ()):
                connection.execute(statement)
            connection.execute(f"CREATE TABLE {work.MARKER_TABLE} (id bigserial PRIMARY KEY)")
            connection.execute('CREATE SCHEMA "Odd Schéma"')
            self.version = connection.execute("SELECT version()").fetchone()[0].split(" on ")[0]

    def check_settings(self):
        """The list of settings that docs/migrating-from-debezium.md is held against is the connector's."""
        name = sides.CONNECTOR.rpartition(".")[2]
        code, answer = self.connect.request("PUT", f"/connector-plugins/{name}/config/validate", {"connector.class": sides.CONNECTOR})
        if code != 200:
            raise SystemExit(f"the connector does not tell its settings: {code} {answer}")
        lines = (stack.LIBRARY / "debezium-settings.txt").read_text().splitlines()
        listed = {line for line in lines if not line.startswith("#")}
        live = {config["definition"]["name"] for config in answer["configs"]}
        if listed != live:
            raise SystemExit(f"regress/lib/debezium-settings.txt is not the connector's list: {sorted(listed ^ live)}")

    def refused_levels(self):
        """Which values of a factor walferry has no notion of, and what it says."""
        found = {}
        table = tables.Table("public", "none", [tables.Column("none", column_types.Type("integer", "integer", None, key=True))])
        for factor, values in configurations.FACTORS.items():
            for level in values:
                built = configurations.build({**configurations.DEFAULT, factor: level}, random.Random(1), [table] * 4)
                plugin = sides.Plugin(self.postgres, WARM_UP_DATABASE, "probe", built.walferry)
                plugin.start()
                reason = plugin.refusal()
                plugin.close()
                if reason:
                    found[f"{factor}={level}"] = reason
        return found


def one_round(lab, seed, place, levels, options, tally, shown):
    current = Round(lab, seed, place, levels, options.events, seed % SHIPPER_EVERY == 0, options.statements)
    try:
        theirs, ours, told, shipped = current.run()
    except (sides.Stopped, TimeoutError, confluent_kafka.KafkaException) as problem:
        tally.stop(f"{current.again}: {current.configuration.name}", problem)
        named = re.search(r'required field: "(.*?)"', str(problem))
        for at, _, leaf, shape, table in current.workload.shapes:
            column = next((column for name, column in shape.items() if named and current.configuration.adjusted(name) == named[1]), None)
            if column and (column.required or column.type.required):
                print(f"    {leaf} from {at}: {column.declaration()}, key {table.key} identity {table.identity}")
        return
    reader = compare.Reader(current.configuration.exact_numbers)
    theirs = [reader.from_kafka(found) for found in theirs]
    tally.take(current)
    judge(current, "plugin", theirs, [reader.from_line(line) for line in ours], options, tally, shown)
    judge(current, "pgoutput", theirs, [reader.from_line(line) for line in told], options, tally, shown)
    if isinstance(shipped, sides.Stopped):
        tally.stop(f"{current.again} by shipper", shipped)
    elif shipped is not None:
        judge(current, "shipper", theirs, [reader.from_kafka(found) for found in shipped], options, tally, shown)


def judge(current, way, theirs, ours, options, tally, shown):
    """Holds one way's records against Debezium's."""
    findings, count = compare.compare(theirs, ours)
    tally.compared[way] += count
    before = sum(tally.unexplained.values())
    current.way = way
    current.judge(findings, tally, options.show, shown)
    print(f"{current.again} by {way}: {current.configuration.name}: {count} records, {len(findings)} differences, "
          f"{sum(tally.unexplained.values()) - before} unexplained, {time.monotonic() - STARTED:.0f} s", flush=True)


def main():
    options = arguments()
    differences.check_rows()
    tally = Tally()
    shown = collections.Counter()
    with stack.RunDirectory(keep=options.keep) as run:
        lab = Lab(run)
        print(f"{lab.version}, extensions {', '.join(lab.extensions)}; services up after {time.monotonic() - STARTED:.0f} s", flush=True)
        lab.check_settings()
        tally.refused_levels = lab.refused_levels()
        for level, reason in tally.refused_levels.items():
            print(f"left out, for walferry does not take it: {level}: {reason}")
        factors = {factor: {name: value for name, value in values.items() if f"{factor}={name}" not in tally.refused_levels}
                   for factor, values in configurations.FACTORS.items()}
        levels = configurations.covering(factors)
        print(f"{len(levels)} configurations hold every pair of settings", flush=True)
        for number in range(options.rounds):
            place = (options.seed + number) % len(levels) if options.configuration is None else options.configuration
            one_round(lab, options.seed + number, place, levels[place], options, tally, shown)
    tally.print()
    return 1 if tally.unexplained or tally.stopped or tally.refused_levels or not sum(tally.compared.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
