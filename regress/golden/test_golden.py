"""Every recording of Debezium's, against walferry's plugin on a real server.

Each case runs twice: as walferry is by default, and with compat=debezium. What differs stands in differences.toml.

SPDX-License-Identifier: Apache-2.0
"""

import pathlib

import documented
import pytest

from golden import compare, replay, table

# Cases that do not pass yet, one "configuration/case" a line.  Each must fail: one that passes has to leave the list.
NOT_YET = set((pathlib.Path(__file__).parent / "not_yet.txt").read_text(encoding="utf-8").split())

CASES = [f"{configuration}/{case}" for configuration, case in replay.cases()]
MODES = {"default": {}, "compat": {"compat": "debezium"}}


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


@pytest.fixture(scope="module")
def judges():
    return {mode: table.Judge(compat=mode == "compat") for mode in MODES}


@pytest.fixture(scope="module")
def judged():
    """The cases that have been judged in every mode."""
    return set()


def shown(differences):
    return "\n".join(f"{table.place_of(found)} [{found.number}]\n  - {table.text_of(found.theirs)}\n  + {table.text_of(found.ours)}"
                     for found in differences[:5])


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.xfail(strict=True, reason="not yet")] if name in NOT_YET else [])
                                  for name in CASES])
def test_plugin(databases, judges, judged, name):
    configuration, case = name.split("/")
    options = replay.plugin_options(configuration, case)
    theirs = list(replay.recorded(configuration, case))
    problems = []
    for mode, more in MODES.items():
        ours = list(databases(case).decode({**options, **more}))
        unexplained = judges[mode].unexplained(name, compare.differences(theirs, ours))
        if unexplained:
            problems.append(f"{mode}: {len(unexplained)} differences unexplained, {len(theirs)} records recorded, {len(ours)} written\n"
                            f"{shown(unexplained)}")
    assert not problems, "\n".join(problems)
    judged.add(name)


@pytest.mark.parametrize("mode", MODES)
def test_every_entry_explains_something(judges, judged, mode):
    if judged != set(CASES):
        pytest.skip("not all cases ran, or some failed")
    assert judges[mode].useless() == []


def test_every_entry_stands_in_the_documentation():
    assert {entry.row for entry in table.entries()} - set(documented.rows()) == set()


def test_the_list_names_cases():
    assert NOT_YET <= set(CASES)
