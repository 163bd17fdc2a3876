"""Every recording of Debezium's, against walferry's plugin on a real server.

Each case runs twice: as walferry is by default, and with compat=debezium. What differs stands in differences.toml.

SPDX-License-Identifier: Apache-2.0
"""

import documented
import pytest

from golden import compare, replay, table

CASES = replay.names()
MODES = {"default": {}, "compat": {"compat": "debezium"}}


@pytest.fixture(scope="module")
def judges():
    return {mode: table.Judge(compat=mode == "compat") for mode in MODES}


@pytest.fixture(scope="module")
def judged():
    """The cases that have been judged in every mode."""
    return set()


@pytest.mark.parametrize("name", CASES)
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
                            f"{table.shown(unexplained)}")
    assert not problems, "\n".join(problems)
    judged.add(name)


@pytest.mark.parametrize("mode", MODES)
def test_every_entry_explains_something(judges, judged, mode):
    if judged != set(CASES):
        pytest.skip("not all cases ran, or some failed")
    assert judges[mode].useless() == []


def test_every_entry_stands_in_the_documentation():
    assert {entry.row for entry in table.entries()} - set(documented.rows()) == set()
