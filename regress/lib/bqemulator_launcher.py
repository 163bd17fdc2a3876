"""Starts bqemulator so that it serves a test on a machine without internet.

Two of its features are left out, for both cost more than the tests need of them:

* GEOGRAPHY, whose DuckDB extension is downloaded at every start;
* the copy of the whole table after each write (for FOR SYSTEM_TIME AS OF), which makes
  appending quadratic.  Snapshots that a user asks for still work.

Settings come from BQEMU_* in the environment, as bqemulator's own pages describe them.

SPDX-License-Identifier: Apache-2.0
"""

import sys

from bqemulator.config import Settings
from bqemulator.domain.events import TableDataChanged
from bqemulator.server import run_forever
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.versioning.snapshots import SnapshotManager


def announce_change(manager, project_id, dataset_id, table_id):
    """What record_change does, but for the copy: tells materialised views and caches."""
    manager._events.publish(TableDataChanged(project_id, dataset_id, table_id))


def main():
    for owner, name in ((DuckDBEngine, "_load_spatial"), (SnapshotManager, "record_change")):
        if not callable(getattr(owner, name, None)):
            sys.exit(f"this bqemulator has no {owner.__name__}.{name}: the launcher does not fit it")
    DuckDBEngine._load_spatial = lambda engine: None
    SnapshotManager.record_change = announce_change
    run_forever(Settings())


if __name__ == "__main__":
    main()
