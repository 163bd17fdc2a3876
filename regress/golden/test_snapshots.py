"""Debezium's recordings of snapshots, against `walferry snapshot`, by either encoder.

What was streamed behind a snapshot is left out of the comparison: test_golden.py has enough of that.

SPDX-License-Identifier: Apache-2.0
"""

import json
import pathlib
import shutil

import documented
import json_difference
import pytest
import stack

from golden import compare, replay, table

HERE = pathlib.Path(__file__).parent / "snapshots"
TABLE = HERE / "differences.toml"
CASES = [f"{path.parent.name}/{path.stem}" for path in sorted(HERE.glob("*/*.jsonl"), key=lambda path: (path.stem, path.parent.name))]


class Present(replay.Database):
    """A SQL file that ran before the snapshot."""

    def __init__(self, postgres, case):
        self.postgres = postgres
        self.case = case
        self.drop()
        setup, dml = replay.sections(case)
        self.need_all(setup)
        postgres.create_database(self.name)
        self.psql(setup if case == "o_snapshot" else f"{setup}\n{dml}")


@pytest.fixture(scope="module")
def database(session_postgres):
    current = []

    def drop():
        while current:
            current.pop().drop()

    def get(case):
        if not current or current[0].case != case:
            drop()
            current.append(Present(session_postgres, case))
        return current[0]

    yield get
    drop()


@pytest.fixture(scope="module")
def judge():
    return table.Judge(compat=False, path=TABLE)


@pytest.fixture(scope="module")
def judged():
    return set()


@pytest.fixture(scope="module")
def snapshot(session_postgres):
    """Runs `walferry snapshot` with a recording's configuration: what it prints, and its log."""
    with stack.RunDirectory() as run:
        # where the servers' user can come
        binary = pathlib.Path(shutil.copy(stack.Shipper(run).binary, run.path / "walferry"))
        binary.chmod(0o755)
        file = run.path / "snapshot.properties"

        def snapshot(configuration, case):
            settings = {"key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false", "delivery.guarantee": "at-least-once",
                        **replay.properties(configuration, case, HERE), "snapshot.mode": "no_data", "sink": "stdout", "http.listen": "",
                        "database.hostname": "127.0.0.1", "database.port": session_postgres.port, "database.user": "postgres",
                        "database.password": session_postgres.password}
            file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
            file.chmod(0o644)
            ended = stack.Shipper(run, binary=binary).verb("snapshot", "--config", file, timeout=60)
            assert ended.returncode == 0, ended.stderr
            return ended.stdout, ended.stderr

        yield snapshot


def recorded(configuration, case):
    for line in (HERE / configuration / f"{case}.jsonl").read_text(encoding="utf-8").strip("\n").split("\n"):
        record = json.loads(line)
        value = json.loads(record["value"]) if record["value"] is not None else {}
        if value.get("payload", value).get("op") == "r":
            yield record["topic"], record["key"], record["value"], record["headers"], None


def written(lines):
    for line in lines.strip("\n").split("\n"):
        record = json.loads(line, object_pairs_hook=json_difference.object_of)
        yield (record["topic"], *(replay.Database.text(record, part) for part in ("key", "value")), list(record["headers"].items()),
               record.get("timestamp"))


@pytest.mark.parametrize("name", CASES)
def test_snapshot(database, snapshot, judge, judged, name):
    configuration, case = name.split("/")
    found = database(case)
    theirs = list(recorded(configuration, case))
    for who, statement in (("the shipper", "create extension walferry"), ("the extension", "drop extension walferry")):
        lines, log = snapshot(configuration, case)
        found.psql(statement)
        assert f'rendered_by="{who}"' in log
        # where the stream differs, too, has been told already
        rest = table.Judge(compat=False).unexplained(name, compare.differences(theirs, list(written(lines))))
        unexplained = judge.unexplained(name, rest)
        assert unexplained == [], f"by {who}:\n{table.shown(unexplained)}"
    judged.add(name)


def test_every_entry_explains_something(judge, judged):
    if judged != set(CASES):
        pytest.skip("not all cases ran, or some failed")
    assert judge.useless() == []


def test_every_entry_stands_in_the_documentation():
    assert {entry.row for entry in table.entries(TABLE)} - set(documented.rows()) == set()
