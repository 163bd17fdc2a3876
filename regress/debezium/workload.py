"""What happens to the tables: rows, transactions, messages, and definitions changed in between.

Every statement goes through Workload.run, which counts what the server refuses (values drawn at random
collide now and then), so that a generator that does nothing shows itself.

SPDX-License-Identifier: Apache-2.0
"""

import collections
import dataclasses

import psycopg

import expected
import tables as model
import values
from tables import literal, quote

MARKER_TABLE = "zz_marker"

# What random values and definitions run into now and then; anything else is a fault of the generator.
REFUSALS = (psycopg.errors.IntegrityError, psycopg.errors.DataError, psycopg.errors.ProgramLimitExceeded,
            psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.InvalidTableDefinition, psycopg.errors.InvalidColumnReference,
            psycopg.errors.FeatureNotSupported, psycopg.errors.DependentObjectsStillExist, psycopg.errors.DatatypeMismatch,
            psycopg.errors.UndefinedObject)



class Rollback(Exception):
    """Ends a transaction or a savepoint on purpose."""


class Workload:
    def __init__(self, rng, connection, pool, barrier, statements=None):
        """barrier() returns when Debezium has delivered all that was committed; the configuration is set once there are tables.

        statements is a file that all statements are written to, or None.
        """
        self.rng = rng
        self.connection = connection
        self.pool = pool
        self.barrier = barrier
        self.configuration = None
        self.statements = statements
        self.tables = []
        self.outbox = None      # a table that no definition changes, and nobody truncates
        self.names = {model.fold(MARKER_TABLE)}
        self.shapes = []        # (LSN, topic's table, columns) after each definition
        self.refused = collections.Counter()
        self.done = collections.Counter()
        self.ddl = []           # (LSN, SQL)
        self.written = expected.Written()
        self.serial = 0
        self.labels = 0

    # ---------------------------------------------------------------- statements

    def run(self, sql):
        """Runs one statement in a savepoint; the rows it touched, or None if it was refused."""
        try:
            with self.connection.transaction():
                done = self.connection.execute(sql).rowcount
            self.log(sql)
            return done
        except REFUSALS as problem:
            self.refused[f"{problem.sqlstate} {problem.diag.message_primary[:60]}"] += 1
            return None

    def log(self, sql):
        """Writes a statement where --statements says, for making a round's finding small."""
        if self.statements:
            lsn, xid = self.connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0', pg_current_xact_id_if_assigned()").fetchone()
            print(f"-- {lsn} {xid or ''}\n{sql};", file=self.statements, flush=True)

    def define(self, statements, table=None):
        """Alters the catalogue once Debezium has delivered everything; true if the server took it all."""
        self.barrier()
        took = True
        for statement in statements:
            done = self.run(statement)
            took = took and done is not None
            if done is not None:
                lsn = self.connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()[0]
                self.ddl.append((int(lsn), statement))
        if took and table:
            self.note_shape(table)
        return took

    def note_shape(self, table):
        lsn = int(self.connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()[0])
        shape = {column.name: dataclasses.replace(column) for column in table.columns}
        for leaf in {*table.leaves, table.name}:
            self.shapes.append((lsn, table.schema, leaf, shape, dataclasses.replace(table, columns=list(shape.values()))))

    def create_table(self):
        self.serial += 1
        table = model.random_table(self.rng, self.pool, self.names, self.serial)
        for statement in model.create(self.rng, table):
            if self.run(statement) is None:
                if statement.startswith("CREATE TABLE"):
                    return None
                if "REPLICA IDENTITY USING" in statement or "UNIQUE INDEX" in statement:
                    table.identity, table.unique, table.odd, table.other = "default", [], [], []
        self.tables.append(table)
        self.note_shape(table)
        return table

    def create_outbox(self, table):
        for statement in model.create(self.rng, table):
            self.run(statement)
        self.outbox = table

    # ---------------------------------------------------------------- rows

    def value(self, column, large=0.1):
        if column.required and column.type.kind not in model.PLACEHOLDERS:
            large = 0   # such a column is stored in line
        found = column.value(self.rng, large)
        self.written.note(column, found)
        return found

    def insert(self, table):
        columns = [column for column in table.writable if column.required or self.rng.random() < 0.9]
        if not columns:
            return None
        rows = self.rng.choice((1, 1, 1, 2, 5, 20))
        if self.rng.random() < 0.15:
            return self.copy(table, columns, rows * 3)
        lines = []
        for _ in range(rows):
            lines.append("(" + ", ".join("DEFAULT" if column.default and self.rng.random() < 0.2 else literal(self.value(column))
                                         for column in columns) + ")")
        return self.run(f"INSERT INTO {table.sql_name} ({', '.join(quote(column.name) for column in columns)}) VALUES {', '.join(lines)}")

    def copy(self, table, columns, rows):
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                with cursor.copy(f"COPY {table.sql_name} ({', '.join(quote(column.name) for column in columns)}) FROM STDIN") as copy:
                    for _ in range(rows):
                        copy.write_row([self.value(column, large=0.02) for column in columns])
                return cursor.rowcount
        except REFUSALS as problem:
            self.refused[f"{problem.sqlstate} COPY"] += 1
            return None

    def some_rows(self, table, count):
        """A condition that holds for a few rows of the table."""
        return (f"(tableoid, ctid) IN (SELECT tableoid, ctid FROM {table.sql_name} "
                f"OFFSET {self.rng.randrange(20)} LIMIT {count})")

    def update(self, table):
        if not table.can_update or not table.writable:
            return None
        draw = self.rng.random()
        chosen = self.rng.sample(table.writable, min(len(table.writable), self.rng.choice((1, 1, 2, 4))))
        identity = table.key or table.unique
        if draw < 0.75:
            chosen = [column for column in chosen if column.name not in identity] or chosen
        settings = ", ".join(f"{quote(column.name)} = " + ("DEFAULT" if column.default and self.rng.random() < 0.1
                                                           else literal(self.value(column))) for column in chosen)
        in_key = any(column.name in identity for column in chosen)
        return self.run(f"UPDATE {table.sql_name} SET {settings} WHERE {self.some_rows(table, 1 if in_key else self.rng.choice((1, 1, 3)))}")

    def delete(self, table):
        if not table.can_update:
            return None
        return self.run(f"DELETE FROM {table.sql_name} WHERE {self.some_rows(table, self.rng.choice((1, 1, 2)))}")

    def truncate(self, table):
        if table is self.outbox:
            return None
        others = [other for other in self.tables if other is not table]
        together = [table] + (self.rng.sample(others, 1) if others and self.rng.random() < 0.3 else [])
        done = self.run("TRUNCATE " + ", ".join(one.sql_name for one in together))
        return None if done is None else len(together)

    def message(self):
        prefix = self.rng.choice(("ctx", "pfx", "other", "Ünï"))
        transactional = self.rng.random() < 0.6
        content = literal(values.text(self.rng)) if self.rng.random() < 0.7 else literal(values.bytea(self.rng)) + "::bytea"
        self.run(f"SELECT pg_logical_emit_message({transactional}, {literal(prefix)}, "
                 f"{content})")
        return 1

    def one(self):
        table = self.rng.choice([*self.tables, self.outbox, self.outbox] if self.outbox else self.tables)
        name = self.rng.choices(("insert", "update", "delete", "truncate", "message"), (46, 38, 13, 0.7, 2))[0]
        done = self.message() if name == "message" else getattr(self, name)(table)
        return name, done or 0

    def transaction(self):
        """One transaction; the events that it committed."""
        counts = collections.Counter()
        try:
            with self.connection.transaction():
                for _ in range(self.rng.choice((1, 1, 2, 3, 8))):
                    if self.rng.random() < 0.2:
                        counts += self.savepoint()
                    name, done = self.one()
                    counts[name] += done
                if self.rng.random() < 0.06:
                    raise Rollback
        except Rollback:
            return 0
        self.done.update(counts)
        return sum(counts.values())

    def savepoint(self, depth=0):
        """A subtransaction that is released, or taken back with all that was released in it; what it leaves."""
        counts = collections.Counter()
        try:
            with self.connection.transaction():
                for _ in range(self.rng.choice((1, 1, 2))):
                    if depth < 3 and self.rng.random() < 0.3:
                        counts += self.savepoint(depth + 1)
                    name, done = self.one()
                    counts[name] += done
                if self.rng.random() < 0.5:
                    raise Rollback
        except Rollback:
            return collections.Counter()
        self.done["subtransaction released"] += 1
        return counts
