# The database that a SQL file of the recordings has run in, one at a time, and the way from there to Kafka.
#
# SPDX-License-Identifier: Apache-2.0

import pytest
import stack

from golden import replay, ship as shipping


@pytest.fixture(scope="module")
def databases(session_postgres):
    current = []

    def drop():
        while current:
            current.pop().drop()

    def get(case):
        """None: there is none for now."""
        if not current or current[0].case != case:
            drop()
            if case:
                current.append(replay.Database(session_postgres, case))
        return current[0] if current else None

    replay.tell_salts(session_postgres)
    yield get
    drop()


@pytest.fixture(scope="module")
def ship(session_postgres, session_kafka):
    with stack.RunDirectory() as run:
        way = shipping.Ship(run, session_postgres, session_kafka)
        yield way
        way.close()
