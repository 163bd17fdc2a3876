# The database that a SQL file of the recordings has run in, one at a time.
#
# SPDX-License-Identifier: Apache-2.0

import pytest

from golden import replay


@pytest.fixture(scope="module")
def databases(session_postgres):
    current = []

    def drop():
        while current:
            current.pop().drop()

    def get(case):
        if not current or current[0].case != case:
            drop()
            current.append(replay.Database(session_postgres, case))
        return current[0]

    replay.tell_salts(session_postgres)
    yield get
    drop()
