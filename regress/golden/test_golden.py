"""Every recording of Debezium's, against walferry's plugin on a real server.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib

import pytest

from golden import compare, replay

# Cases that do not pass yet, one "configuration/case" a line.  Each must fail: one that passes has to leave the list.
NOT_YET = set((pathlib.Path(__file__).parent / "not_yet.txt").read_text(encoding="utf-8").split())


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

    yield get
    drop()


def parameters():
    for configuration, case in replay.cases():
        name = f"{configuration}/{case}"
        marks = [pytest.mark.xfail(strict=True, reason="not yet")] if name in NOT_YET else []
        yield pytest.param(configuration, case, id=name, marks=marks)


@pytest.mark.parametrize("configuration, case", list(parameters()))
def test_plugin(databases, configuration, case):
    options = replay.plugin_options(configuration, case)
    theirs = list(replay.recorded(configuration, case))
    ours = list(databases(case).decode(options))
    found = compare.differences(theirs, ours)
    shown = "\n".join(f"{topic}[{index}] {what}\n  - {left}\n  + {right}" for topic, index, what, left, right in found[:5])
    assert not found, f"{len(found)} differences, {len(theirs)} records recorded, {len(ours)} written\n{shown}"


def test_the_list_names_cases():
    known = {f"{configuration}/{case}" for configuration, case in replay.cases()}
    assert NOT_YET <= known
