"""Definitions changed while rows flow: each returns true if the server took the change.

SPDX-License-Identifier: Apache-2.0
"""

import tables as model
from tables import literal, quote

# Types that rows can be carried over to without a word on how.
WIDENED = {"smallint": ("integer", "bigint", "text"), "integer": ("bigint", "text", "numeric"), "varchar(n)": ("text", "varchar"),
           "varchar": ("text",), "char(n)": ("text",), "real": ("double precision",), "uuid": ("text",), "boolean": ("text",), "date": ("text",)}


def type_of_kind(workload, kind):
    found = [column_type for column_type in workload.pool if column_type.kind == kind]
    return workload.rng.choice(found) if found else None


def alter(table, words):
    return f"ALTER TABLE {table.sql_name} {words}"


def loose_columns(table):
    """Those that no key or index holds, and that the model may change."""
    return [column for column in table.writable if column.name not in table.held]


def add_column(workload, table):
    column_type = workload.rng.choice(workload.pool)
    if column_type.kind == "enum domain" and any(column.is_computed for column in table.columns):
        return False    # AVOIDED: "unknown label beside a generated column"
    taken = {model.fold(column.name) for column in table.columns}
    column = model.random_column(workload.rng, column_type, model.new_name(workload.rng, taken, "n"))
    if column.required and column.default is None:
        column.required = False
    table.columns.append(column)
    statements = [alter(table, "ADD COLUMN " + column.declaration())]
    if column in table.stored_in_line:
        statements.append(model.in_line(table, column))
    if workload.define(statements, table):
        return True
    table.columns.remove(column)
    return False


def drop_column(workload, table):
    found = loose_columns(table)
    if len(table.columns) < 3 or not found:
        return False
    column = workload.rng.choice(found)
    place = table.columns.index(column)
    table.columns.remove(column)
    if workload.define([alter(table, f"DROP COLUMN {quote(column.name)}")], table):
        return True
    table.columns.insert(place, column)
    return False


def rename_column(workload, table):
    column = workload.rng.choice(table.columns)
    taken = {model.fold(other.name) for other in table.columns}
    before, after = column.name, model.new_name(workload.rng, taken, "r")
    if '"' in after and before in table.held:
        return False    # AVOIDED: "quote in a key's name"
    statement = alter(table, f"RENAME COLUMN {quote(before)} TO {quote(after)}")
    table.key, table.unique, table.odd, table.other = ([after if name == before else name for name in names]
                                                       for names in (table.key, table.unique, table.odd, table.other))
    column.name, column.is_renamed = after, True
    return workload.define([statement], table)


def change_type(workload, table):
    found = [column for column in loose_columns(table) if column.type.kind in WIDENED]
    if not found or table.partitions:
        return False
    column = workload.rng.choice(found)
    wanted = type_of_kind(workload, workload.rng.choice(WIDENED[column.type.kind]))
    if wanted is None:
        return False
    before = column.type, column.default
    statements = [alter(table, f"ALTER {quote(column.name)} TYPE {wanted.sql} USING {quote(column.name)}::{wanted.sql}")]
    if column.default is not None:
        statements.insert(0, alter(table, f"ALTER {quote(column.name)} DROP DEFAULT"))
    column.type, column.default = wanted, None
    if column in table.stored_in_line:
        statements.append(model.in_line(table, column))
    if workload.define(statements, table):
        return True
    column.type, column.default = before
    return False


def change_default(workload, table):
    found = [column for column in loose_columns(table) if column.type.default]
    if not found:
        return False
    column = workload.rng.choice(found)
    before, column.default = column.default, model.random_default(workload.rng, column.type)
    words = "DROP DEFAULT" if column.default is None else f"SET DEFAULT {column.default}"
    if workload.define([alter(table, f"ALTER {quote(column.name)} {words}")], table):
        return True
    column.default = before
    return False


def change_null(workload, table):
    # AVOIDED "no form in NOT NULL": rows that are there already may hold such a value, or hold it out of line
    found = [column for column in loose_columns(table)
             if column.required or (column.type.required is None and not column.type.exact and (column.type.fixed or column.type.kind in model.PLACEHOLDERS))]
    if not found or table.partitions:
        return False
    column = workload.rng.choice(found)
    column.required = not column.required
    words = "SET NOT NULL" if column.required else "DROP NOT NULL"
    if column.required and table.can_update:
        workload.run(f"DELETE FROM {table.sql_name} WHERE {quote(column.name)} IS NULL")
    if workload.define([alter(table, f"ALTER {quote(column.name)} {words}")], table):
        return True
    column.required = not column.required
    return False


def change_key(workload, table):
    """Drops the primary key, or makes one of columns that are NOT NULL."""
    if table.partitions or table.identity == "index" or table.other:
        return False
    if table.key:
        name = workload.connection.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = %s::regclass", (table.sql_name,)).fetchone()[0]
        before, table.key = table.key, []
        if workload.define([alter(table, f"DROP CONSTRAINT {quote(name)}")], table):
            return True
        table.key = before
        return False
    found = [column for column in table.writable if column.required and column.type.key and not column.type.exact]
    if not found:
        return False
    table.key = [column.name for column in workload.rng.sample(found, min(len(found), workload.rng.choice((1, 2))))]
    if workload.define([alter(table, f"ADD PRIMARY KEY ({', '.join(map(quote, table.key))})")], table):
        return True
    table.key = []
    return False


def rename_table(workload, table):
    if table.partitions or workload.configuration.levels["tables"] != "all":
        return False    # AVOIDED: "a new name that no list has"
    before, table.name = table.name, model.new_name(workload.rng, workload.names, f"t{table.serial}r")
    workload.define([f"ALTER TABLE {quote(table.schema)}.{quote(before)} RENAME TO {quote(table.name)}"], table)
    return True


def change_identity(workload, table):
    if table.partitions:
        return False
    kinds = ["default", "full", "nothing", *(["index"] if table.unique and not table.key else []), *(["other"] if table.other else [])]
    before, table.identity = table.identity, workload.rng.choice([kind for kind in kinds if kind != table.identity])
    if workload.define([alter(table, f"REPLICA IDENTITY {model.identity_clause(table)}")], table):
        return True
    table.identity = before
    return False


def add_enum_label(workload, _table):
    workload.labels += 1
    return workload.define([f"ALTER TYPE colour ADD VALUE {literal(f'new {workload.labels}')}"])


def new_table(workload, _table):
    workload.barrier()
    return workload.create_table() is not None


KINDS = (add_column, add_column, drop_column, rename_column, change_type, change_type, change_default, change_null, change_key, rename_table,
         change_identity, add_enum_label, new_table)


def one(workload):
    """Some change of a definition."""
    kind = workload.rng.choice(KINDS)
    if kind(workload, workload.rng.choice(workload.tables)):
        workload.done[f"definition: {kind.__name__}"] += 1
