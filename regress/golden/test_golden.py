"""Every recording of Debezium's, against walferry's plugin on a real server, and through the shipper into a real broker.

Through the plugin each case runs twice: as walferry is by default, and with compat=debezium. What differs stands in
differences.toml. The two tests of a case come together (the parameter's scope makes pytest sort by it), so that each SQL
file runs once.

SPDX-License-Identifier: Apache-2.0
"""

import documented
import pytest

from golden import compare, replay, table

CASES = replay.names()
MODES = {"default": {}, "compat": {"compat": "debezium"}}
KAFKA = "Kafka"

every_case = pytest.mark.parametrize("name", CASES, scope="module")


@pytest.fixture(scope="module")
def judges():
    return {way: table.Judge(compat=way == "compat") for way in (*MODES, KAFKA)}


@pytest.fixture(scope="module")
def judged():
    """The cases that have been judged in every mode."""
    return set()


def found(way, unexplained, theirs, ours):
    return (f"{way}: {len(unexplained)} differences unexplained, {len(theirs)} records recorded, {len(ours)} written\n"
            f"{table.shown(unexplained)}")


def fail(name, *texts):
    """With what whoever has to find out why a case fails wants to know."""
    pytest.fail("\n".join((*texts, f"the case: golden/recordings/{name}.jsonl and .properties, golden/sql/{name.split('/')[1]}.sql",
                           f"again: regress/run.sh --no-install e2e -- golden -k '{name}'")), pytrace=False)


@every_case
def test_plugin(databases, judges, judged, name):
    configuration, case = name.split("/")
    options = replay.plugin_options(configuration, case)
    theirs = list(replay.recorded(configuration, case))
    problems = []
    for mode, more in MODES.items():
        ours = list(databases(case).decode({**options, **more}))
        unexplained = judges[mode].unexplained(name, compare.differences(theirs, ours))
        if unexplained:
            problems.append(found(mode, unexplained, theirs, ours))
    if problems:
        fail(name, *problems)
    judged.add(name)


@every_case
def test_kafka(databases, ship, judges, name):
    configuration, case = name.split("/")
    theirs = list(replay.recorded(configuration, case))
    database = databases(case)
    try:
        ours = ship.records(database, name)
    except Exception:
        print(f"the shipper's log:\n{ship.log()}")
        raise
    unexplained = judges[KAFKA].unexplained(name, compare.differences(theirs, ours))
    if unexplained:
        fail(name, found(KAFKA, unexplained, theirs, ours), f"the shipper's log:\n{ship.log()}")


@pytest.mark.parametrize("mode", MODES)
def test_every_entry_explains_something(judges, judged, mode):
    if judged != set(CASES):
        pytest.skip("not all cases ran, or some failed")
    assert judges[mode].useless() == []


def test_every_entry_stands_in_the_documentation():
    assert {entry.row for entry in table.entries()} - set(documented.rows()) == set()
