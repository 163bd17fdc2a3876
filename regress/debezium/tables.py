"""Randomised tables: a model of what the generator made, and the SQL that makes and alters it.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import itertools
import re
import typing

import values

SCHEMAS = ("public", "Odd Schéma")
ODD_NAMES = ("order", "Upper Case", "quo\"te", "dot.ted", "dash-ed", "ünïcode", "日本", "a b", "1st", "per%cent", "emo😀ji", "back\\slash", "sin'gle", "$dollar")

# What Debezium 3.7 stops on or cannot tell, and what the generator therefore never makes.
AVOIDED = {
    "columns differing in case": "the connector refuses the table at its start",
    "topics differing in . and _": "the broker refuses the second one",
    "quote in a key's name": "the connector reads a unique index's columns as SQL shows them and does not find the column",
    "a new name that no list has": "the connector goes on with the old name, and counts differently in transaction metadata",
    "no form in NOT NULL": "a value without a form becomes null, which a required field and a key refuse, and the task ends",
    "no form of 24:00 in a key": "with time.precision.mode=structured the task ends, of a nullable column, too: keys are converted without a net",
    "no form of NaN in a key": "with decimal.handling.mode=precise, likewise",
    "unknown label beside a generated column": "the connector reads the table anew, takes the generated column for one of the stream's, and then one "
                                               "column's value for another's, or the task ends; it never knows a label of a domain over an enum",
}


# Types with a form for an unchanged value stored out of line, in every configuration.
# (bytea has none as base64, date[] none as structs or texts.)
PLACEHOLDERS = ("text", "varchar", "varchar(n)", "char(n)", "json", "jsonb", "xml", "citext", "text[]", "varchar[]", "json[]", "jsonb[]",
                "integer[]", "bigint[]", "uuid[]")


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def literal(words):
    return "NULL" if words is None else "'" + words.replace("'", "''") + "'"


@dataclasses.dataclass
class Column:
    name: str
    type: typing.Any
    required: bool = False
    default: str = None          # SQL, or None
    generated: str = None        # clause of a generated or identity column
    chosen: bool = False         # message.key.columns has it
    comment: str = None
    is_renamed: bool = False
    number: int = dataclasses.field(default_factory=itertools.count().__next__, compare=False)   # which it keeps whatever becomes of it

    def declaration(self):
        words = [quote(self.name), self.type.sql]
        if self.generated:
            words.append(self.generated)
        if self.default is not None:
            words.append("DEFAULT " + self.default)
        if self.required:
            words.append("NOT NULL")
        return " ".join(words)

    @property
    def is_computed(self):
        """Whether the server computes it, and pgoutput does not send it."""
        return (self.generated or "").endswith("STORED")

    def value(self, rng, large=0.1):
        """A random value as text; None is NULL."""
        if not self.required and not self.type.required and rng.random() < 0.15:
            return None
        if self.type.large and rng.random() < large:
            return self.type.large(rng)
        maker = self.type.exact if (self.required or self.chosen) and self.type.exact else self.type.maker
        return maker(rng)


@dataclasses.dataclass
class Table:
    schema: str
    name: str
    columns: list
    key: list = dataclasses.field(default_factory=list)     # names, in the key's order
    unique: list = dataclasses.field(default_factory=list)  # columns of a unique index, where there is no primary key
    odd: list = dataclasses.field(default_factory=list)     # columns of a unique index that is partial or of nullable columns, where there is no key
    other: list = dataclasses.field(default_factory=list)   # columns of the identity's index, where that is not the key's
    identity: str = "default"                               # default, full, nothing, index, other
    partitions: int = 0
    serial: int = 0                                         # makes names unique

    @property
    def sql_name(self):
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def leaves(self):
        """The tables that rows are stored in."""
        return [f"{self.name}_p{number}" for number in range(self.partitions)] or [self.name]

    @property
    def can_update(self):
        """With an identity that a publication of updates asks for."""
        return self.identity == "full" or (self.identity == "default" and bool(self.key)) or self.identity in ("index", "other")

    @property
    def stored_in_line(self):
        """Columns whose values must not leave the row: an unchanged one has a placeholder in few types only."""
        return [column for column in self.columns if column.required and not column.type.fixed and column.type.kind not in PLACEHOLDERS]

    @property
    def held(self):
        """Names of columns that a key or an index has."""
        return {*self.key, *self.unique, *self.odd, *self.other}

    @property
    def writable(self):
        return [column for column in self.columns if not column.generated]

    def column(self, name):
        return next(column for column in self.columns if column.name == name)


def fold(name):
    """What decides whether two names make two topics that the broker takes."""
    return re.sub(r"[^A-Za-z0-9-]", "_", name).lower()


def new_name(rng, taken, prefix, odd=0.25):
    """A name that none of taken folds to."""
    number = 1
    base = rng.choice(ODD_NAMES) if rng.random() < odd else prefix
    name = base
    while fold(name) in taken or name == prefix:
        name = f"{base}{number}"
        number += 1
    taken.add(fold(name))
    return name


def random_default(rng, column_type):
    """SQL of a default, or None."""
    if not column_type.default or rng.random() < 0.6:
        return None
    functions = {"timestamp": ("now()", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP"), "timestamptz": ("now()", "CURRENT_TIMESTAMP"),
                 "date": ("CURRENT_DATE",), "time": ("LOCALTIME",), "uuid": ("gen_random_uuid()",), "text": ("upper('x')", "md5('a')"),
                 "integer": ("1 + 2", "abs(-7)"), "double precision": ("random()",)}
    if column_type.kind in functions and rng.random() < 0.3:
        return rng.choice(functions[column_type.kind])
    maker = column_type.exact or column_type.maker
    return literal(maker(rng)) + (f"::{column_type.sql}" if rng.random() < 0.5 else "")


def random_column(rng, column_type, name, in_key=False):
    required = column_type.required
    if in_key:
        required = True
    elif required is None:
        # AVOIDED: "no form in NOT NULL" (a type that has values without a form has a maker without them)
        required = rng.random() < 0.3
    elif column_type.required is True:
        return Column(name, column_type, required=False)
    if in_key:
        column_type = dataclasses.replace(column_type, large=None)  # an index has no room for it
    return Column(name, column_type, required=required, default=None if in_key else random_default(rng, column_type))


def random_table(rng, pool, names, serial):
    """A new table; names are the folded names that are taken."""
    taken = set()
    schema = rng.choice(SCHEMAS) if rng.random() < 0.3 else "public"
    name = new_name(rng, names, f"t{serial}")
    columns = []
    keyed = rng.random()
    key_types = [column_type for column_type in pool if column_type.key]
    key_count = rng.choice((1, 1, 1, 2, 3)) if keyed < 0.85 else 0
    for _ in range(key_count):
        # AVOIDED: "quote in a key's name"
        plain = next(found for found in iter(lambda: new_name(rng, taken, "k"), None) if '"' not in found)
        columns.append(random_column(rng, rng.choice(key_types), plain, in_key=True))
    if rng.random() < 0.3:
        kind = rng.choice(("serial", "identity", "stored"))
        integer = next(column_type for column_type in pool if column_type.kind == "integer")
        if kind == "serial":
            columns.append(Column(new_name(rng, taken, "s"), dataclasses.replace(integer, kind="serial", sql="serial", default=False), required=True))
        elif kind == "identity":
            columns.append(Column(new_name(rng, taken, "i"), integer, generated="GENERATED BY DEFAULT AS IDENTITY"))
        else:
            columns.append(Column(new_name(rng, taken, "g"), integer, generated="GENERATED ALWAYS AS (1 + 1) STORED"))
    key = [column.name for column in columns[:key_count]]
    for column_type in rng.sample(pool, rng.randint(3, 14)):
        columns.append(random_column(rng, column_type, new_name(rng, taken, "c")))
    if any(column.type.kind == "enum domain" for column in columns):
        for column in columns:
            if column.is_computed:      # AVOIDED: "unknown label beside a generated column"
                column.generated = None
    rng.shuffle(key)
    if rng.random() < 0.4:
        rng.shuffle(columns)
    table = Table(schema, name, columns, serial=serial)
    if keyed < 0.7:
        table.key = key
    elif key:
        table.unique = key
    else:
        table.odd = some_names(rng, columns, lambda column: not column.required and column.type.nullable_key)
    if table.key and rng.random() < 0.12:
        table.partitions = 2
        names.update(fold(leaf) for leaf in table.leaves)
    draw = rng.random()
    if draw < 0.25:
        table.identity = "full"
    elif draw < 0.30:
        table.identity = "nothing"
    elif draw < 0.45 and table.unique:
        table.identity = "index"
    elif draw < 0.45 and table.key and not table.partitions:
        table.other = some_names(rng, columns, lambda column: column.required and column.name not in key)
        table.identity = "other" if table.other else "default"
    return table


def some_names(rng, columns, fit):
    """A column for an index, or none."""
    # AVOIDED: "quote in a key's name"
    found = [column.name for column in columns if column.type.key and not column.type.large and not column.generated and fit(column)
             and '"' not in column.name]
    return rng.sample(found, 1) if found else []


def in_line(table, column):
    """AVOIDED "no form in NOT NULL": any value may be moved out of a row that is too long, however short it is itself."""
    return f"ALTER TABLE {table.sql_name} ALTER {quote(column.name)} SET STORAGE PLAIN"


def identity_clause(table):
    """What follows REPLICA IDENTITY."""
    indexes = {"index": "u", "other": "other"}
    return f"USING INDEX {indexes[table.identity]}{table.serial}" if table.identity in indexes else table.identity.upper()


def create(rng, table):
    """The statements that make the table."""
    parts = [column.declaration() for column in table.columns]
    if table.key:
        parts.append("PRIMARY KEY (" + ", ".join(map(quote, table.key)) + ")")
    partition = f" PARTITION BY HASH ({quote(table.key[0])})" if table.partitions else ""
    yield f"CREATE TABLE {table.sql_name} ({', '.join(parts)}){partition}"
    for number, leaf in enumerate(table.leaves if table.partitions else ()):
        yield (f"CREATE TABLE {quote(table.schema)}.{quote(leaf)} PARTITION OF {table.sql_name} "
               f"FOR VALUES WITH (MODULUS {table.partitions}, REMAINDER {number})")
    for column in table.stored_in_line:
        yield in_line(table, column)
    if table.unique:
        yield f"CREATE UNIQUE INDEX u{table.serial} ON {table.sql_name} ({', '.join(map(quote, table.unique))})"
    if table.odd:
        partial = f" WHERE {quote(table.odd[0])} IS NOT NULL" if rng.random() < 0.5 else ""
        yield f"CREATE UNIQUE INDEX odd{table.serial} ON {table.sql_name} ({quote(table.odd[0])}){partial}"
    if table.other:
        yield f"CREATE UNIQUE INDEX other{table.serial} ON {table.sql_name} ({quote(table.other[0])})"
    for leaf in table.leaves:
        name = f"{quote(table.schema)}.{quote(leaf)}"
        if table.identity != "default":
            yield f"ALTER TABLE {name} REPLICA IDENTITY {identity_clause(table)}"
    if table.partitions and table.identity in ("full", "nothing"):
        yield f"ALTER TABLE {table.sql_name} REPLICA IDENTITY {table.identity.upper()}"
    for column in table.columns:
        if rng.random() < 0.1:
            column.comment = values.text(rng)
            yield f"COMMENT ON COLUMN {table.sql_name}.{quote(column.name)} IS {literal(column.comment)}"
