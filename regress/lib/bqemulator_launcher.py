"""Starts bqemulator so that it serves a test on a machine without internet.

Two of its features are left out, for both cost more than the tests need of them:

* GEOGRAPHY, whose DuckDB extension is downloaded at every start;
* the copy of the whole table after each write (for FOR SYSTEM_TIME AS OF), which makes
  appending quadratic.  Snapshots that a user asks for still work.

And three are put right:

* DuckDB has no decimals of 76 digits, so that a table with a BIGNUMERIC column could not be
  made.  Such values are kept as text, exact; a query has to cast them.
* REST and gRPC threads shared one DuckDB connection, so that a query could break an append
  ("connection has an open result").  Each thread gets its own.
* tables.patch added columns to the catalogue only, not to the table that DuckDB keeps, which
  refused every row from then on.  Now they are added there first.

Settings come from BQEMU_* in the environment, as bqemulator's own pages describe them.

SPDX-License-Identifier: Apache-2.0
"""

import sys
import threading

import pyarrow
from bqemulator.api.routes import tabledata, tables
from bqemulator.catalog.duckdb_repository import DuckDBCatalogRepository
from bqemulator.catalog.memory_repository import MemoryCatalogRepository
from bqemulator.config import Settings
from bqemulator.domain.errors import InternalError
from bqemulator.domain.events import TableDataChanged
from bqemulator.server import run_forever
from bqemulator.storage import type_map
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.storage.sql_identifiers import quoted_table_ref
from bqemulator.versioning.snapshots import SnapshotManager

# What is replaced below; a release without them is one that this launcher does not fit.
REPLACED = ((DuckDBEngine, "_load_spatial"), (DuckDBEngine, "connection"),
            (SnapshotManager, "record_change"), (tabledata, "_bq_type_to_arrow"),
            (type_map, "_BQ_TO_DUCKDB"), (MemoryCatalogRepository, "update_table"),
            (DuckDBCatalogRepository, "update_table"), (tables, "_field_to_rest"))

threads = threading.local()
original_type_to_arrow = tabledata._bq_type_to_arrow


def connection_of_thread(engine):
    """The engine's own connection in the thread that serves REST, else one of this thread."""
    if engine._connection is None:
        raise InternalError("DuckDBEngine not started")
    if threading.current_thread() is threading.main_thread():
        return engine._connection
    if getattr(threads, "opened_from", None) is not engine._connection:
        threads.connection = engine._connection.cursor()
        threads.connection.execute("SET TimeZone = 'UTC'")
        threads.opened_from = engine._connection
    return threads.connection


def announce_change(manager, project_id, dataset_id, table_id):
    """What record_change does, but for the copy: tells materialised views and caches."""
    manager._events.publish(TableDataChanged(project_id, dataset_id, table_id))


def type_to_arrow(bq_type):
    return pyarrow.string() if bq_type.upper() == "BIGNUMERIC" else original_type_to_arrow(bq_type)


def widen(engine, before, after):
    """Adds to DuckDB's table what the catalogue is to have more than before."""
    known = {field.name.lower() for field in before.schema_.fields}
    added = [tables._field_to_rest(field) for field in after.schema_.fields
             if field.name.lower() not in known]
    table = quoted_table_ref(after.project_id, after.dataset_id, after.table_id)
    for name, kind in type_map.bq_schema_to_duckdb_columns(added):
        # there already if an SQL statement made it, or if the answer to a patch was lost
        engine.execute(f'ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "{name}" {kind}')


def widening(update_table):
    def update(catalogue, table):
        before = catalogue.get_table(table.project_id, table.dataset_id, table.table_id)
        # the catalogue inside another one has no engine; after an append the schema is the same
        if (catalogue._engine is not None and before is not None and table.table_type == "TABLE"
                and table.schema_ is not before.schema_):
            widen(catalogue._engine, before, table)
        return update_table(catalogue, table)
    return update


def main():
    for owner, name in REPLACED:
        if not hasattr(owner, name):
            sys.exit(f"this bqemulator has no {owner.__name__}.{name}: the launcher does not fit it")
    DuckDBEngine._load_spatial = lambda engine: None
    DuckDBEngine.connection = property(connection_of_thread)
    SnapshotManager.record_change = announce_change
    tabledata._bq_type_to_arrow = type_to_arrow
    type_map._BQ_TO_DUCKDB["BIGNUMERIC"] = "VARCHAR"
    for catalogue in (MemoryCatalogRepository, DuckDBCatalogRepository):
        catalogue.update_table = widening(catalogue.update_table)
    run_forever(Settings())


if __name__ == "__main__":
    main()
