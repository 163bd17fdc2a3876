# What docs/ tell a user to type does what they say.
#
# SPDX-License-Identifier: Apache-2.0

import decimal
import fnmatch
import hashlib
import json
import pathlib
import re

import psycopg
import pytest

import stack
from lab import unique_events


def block(document, language, beginning):
    """The code block of docs/document that has a line with this beginning, from that line on."""
    text = (stack.ROOT / "docs" / document).read_text()
    for code in re.findall(rf"```{language}\n(.*?)```", text, re.S):
        if f"\n{beginning}" in f"\n{code}":
            return code[f"\n{code}".index(f"\n{beginning}"):]
    raise AssertionError(f"{document} has no such block")


def test_queries_of_the_history(emulator_lab):
    lab = emulator_lab
    lab.sql("CREATE TABLE orders (id integer PRIMARY KEY, status text, total numeric(10,2))")
    lab.start()
    lab.sql("INSERT INTO orders VALUES (1, 'new', 1), (2, 'new', 2)")
    lab.sql("TRUNCATE orders")
    lab.sql("INSERT INTO orders VALUES (7, 'new', 7.5), (8, 'new', 8), (2, 'again', 2)")
    lab.sql("UPDATE orders SET status = 'paid' WHERE id = 7")
    lab.sql("DELETE FROM orders WHERE id = 8")
    lab.wait_rows("orders__history", 8)

    def ask(beginning):
        return lab.query(block("bigquery.md", "sql", beginning).split(";")[0].replace("inventory.", f"{lab.dataset}."))

    history = ask("-- everything that ever happened")
    assert [(row["_op"], row["status"]) for row in history] == [("c", "new"), ("u", "paid")]
    now = {(row["id"], row["status"], row["total"]) for row in ask("-- the orders as they are now")}
    assert now == {(7, "paid", decimal.Decimal("7.5")), (2, "again", decimal.Decimal(2))}


def test_loading_tables_again(lab):
    """Rows from before the slot come by an UPDATE that changes nothing; render gives them as text."""
    lab.sql("CREATE TABLE orders (id integer PRIMARY KEY, status text)")
    lab.sql("INSERT INTO orders VALUES (1, 'before'), (2, 'before')")
    lab.start()
    lab.sql(block("operations.md", "sql", "UPDATE orders"))
    lab.delivered()
    events = unique_events(lab.records(lab.topic("orders")))
    assert [(record.op, record.after) for record in events] == [
        ("u", {"id": 1, "status": "before"}), ("u", {"id": 2, "status": "before"})]
    text = (stack.ROOT / "docs/operations.md").read_text()
    lab.sql("CREATE EXTENSION walferry")
    rendered = lab.sql(re.search(r"`(SELECT convert_from\(walferry\.render.*?)`", text, re.S).group(1))
    assert [json.loads(row[0])["op"] for row in rendered] == ["r", "r"]


def test_rendering_a_row(make_lab):
    """Each statement, and what the text says of calls, results and errors."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE orders (id integer PRIMARY KEY, status text)")
    lab.sql("INSERT INTO orders VALUES (1, 'new')")
    text = (stack.ROOT / "docs/operations.md").read_text().partition("\n## A row's event by SQL\n")[2].partition("\n## ")[0]
    code = "\n".join(line for line in re.search(r"```sql\n(.*?)```", text, re.S)[1].splitlines() if not line.startswith("--"))
    create, event, record, array, mask = [statement.strip() for statement in code.split(";") if statement.strip()]

    def one(statement):
        return lab.sql(statement)[0][0]

    lab.sql(create)
    signature = re.search(r"```\nwalferry.render\((.*)\) RETURNS bytea\n```", text)[1]
    assert one("SELECT pg_get_function_arguments('walferry.render'::regproc)").replace("::text[]", "") == signature
    rendered = json.loads(one(event))
    assert rendered["after"] == {"id": 1, "status": "new"} and rendered["op"] == "r"
    assert rendered["source"]["snapshot"] == "true" and rendered["source"]["txId"] is None
    for statement in (record, array):
        found = json.loads(one(statement))
        assert list(found) == ["topic", "key", "headers", "value"] and found["topic"] == "inventory.public.orders"
        assert "__walferry.position" not in found["headers"]
    assert one(mask) == json.loads(re.search(r"would look: (.*)", text)[1])
    beginning = re.search(r"(\\x7b\w+)…", text)[1]
    assert one("SELECT walferry.render(o)::text FROM orders AS o").startswith(beginning)

    assert one("SELECT walferry.render(o.*) IS NOT NULL FROM orders AS o")
    assert one("SELECT walferry.render(o, 'skipped.operations=c,u,d,t') IS NOT NULL FROM orders AS o")
    assert one("SELECT walferry.render(NULL::orders)") is None
    lab.sql("CREATE VIEW some_orders AS SELECT * FROM orders")
    for wrong in ("o) FROM (SELECT * FROM orders) AS o", "ROW(1, 'new'))", "some_orders) FROM some_orders", r"o, 'table.exclude.list=public\.orders') FROM orders AS o"):
        with pytest.raises((psycopg.errors.WrongObjectType, psycopg.errors.DatatypeMismatch)):
            lab.sql(f"SELECT walferry.render({wrong}")
    assert one("SELECT has_function_privilege('public', 'walferry.render(record, text[])', 'EXECUTE')")


# ---- docs/filters.md ----

def test_example_of_a_salts_file(make_lab):
    """The file as it is shown: both salts are what the text says of them."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.create_slot()
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    path = lab.postgres.directory / f"{lab.name}.salts"
    path.write_text(block("filters.md", "", "# of 2026"))
    configuration = pathlib.Path(lab.sql("SHOW config_file")[0][0])
    before = configuration.read_text()

    def masked(salt):
        with lab.connect() as connection:
            return connection.execute(
                "SELECT data::json->'after'->>'v' FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'column.mask.hash.v2', %s)",
                (lab.name, rf"SHA-256;salt=@{salt};public\.t\.v")).fetchone()[0]

    def seen():
        """What a new session is given; the postmaster reads the file in its own time."""
        with lab.connect() as connection:
            return connection.execute("SELECT current_setting('walferry.salts', true)").fetchone()[0]

    # what the recordings' tests set goes before the file
    lab.postgres.psql("LOAD 'walferry';\nALTER SYSTEM RESET walferry.salts")
    try:
        configuration.write_text(f"{before}\nwalferry.salts = 'file:{path}'\n")
        lab.sql("SELECT pg_reload_conf()")
        stack.wait_until(lambda: seen() == f"file:{path}", 30, "the setting")
        assert masked("users") == hashlib.sha256(b"peppera").hexdigest()
        assert masked("cards") == hashlib.sha256(b"a, ba").hexdigest()
    finally:
        configuration.write_text(before)
        lab.sql("SELECT pg_reload_conf()")


@pytest.mark.parametrize("preload", [{}, {"shared_preload_libraries": "walferry"}], ids=["loaded by sessions", "preloaded"])
def test_policy_that_is_not_well_formed(preload):
    text = (stack.ROOT / "docs/filters.md").read_text().partition("**A policy that is not well formed**")[2]
    changed, refused = re.search(r"``(parameter \"walferry.policy\" changed to) …``", text)[1], re.search(r"`(the value of parameter .*?)`", text)[1]

    with stack.RunDirectory() as run:
        server = stack.Postgres(run, preload).start()

        def used(connection):
            """None, or the error of the plugin."""
            try:
                connection.execute("SELECT FROM pg_logical_slot_get_changes('s', NULL, NULL)")
            except psycopg.errors.ConfigFileError as error:
                return error.diag.message_primary
            return None

        running = server.connect()
        running.execute("SELECT pg_create_logical_replication_slot('s', 'walferry')")
        assert used(running) is None
        configuration = pathlib.Path(running.execute("SHOW config_file").fetchone()[0])
        before = configuration.read_text()
        configuration.write_text(f"{before}\nwalferry.policy = '*/* {{ output = json }}'\n")
        running.execute("SELECT pg_reload_conf()")
        said = 'invalid value for parameter "walferry.policy"' if preload else changed
        stack.wait_until(lambda: said in server.log(), 30, said)
        assert used(running) is None
        with server.connect() as new:
            assert used(new) == (None if preload else refused)

        running.close()
        server.restart()
        with server.connect() as connection:
            assert used(connection) == refused
            configuration.write_text(f"{before}\nwalferry.policy = ''\n")
            connection.execute("SELECT pg_reload_conf()")
            stack.wait_until(lambda: used(connection) is None, 30, "the plugin to work")


# ---- docs/migrating-from-debezium.md ----

MOVING = stack.ROOT / "docs/migrating-from-debezium.md"
CONFIGURATION = stack.ROOT / "docs/configuration.md"


def rows_of(text):
    """The cells of every table row, heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| setting", "| |"))]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def names_in(text):
    return re.findall(r"`([^`]+)`", text)


def shipper_settings():
    """(ours, Debezium's others): the shipper's tables as its reference has them; others by what they accept."""
    text, _, others = CONFIGURATION.read_text().partition("## Debezium's other settings")
    ours = {names_in(cells[0])[0]: cells for cells in rows_of(text)}
    # what ends in a dot is the beginning of a family's names
    return ([name + "*" if name.endswith(".") else name for name in ours],
            {names_in(cells[0])[0]: cells[1] for cells in rows_of(others)})


def moving_settings():
    """name: what the guide says of it."""
    text = MOVING.read_text().partition("## Setting by setting")[2]
    table, _, beyond = text.partition("### Beyond Debezium's")
    found = {name: cells[1] for cells in rows_of(table) for name in names_in(cells[0])}
    return found | {name: "beyond" for name in names_in(beyond)}


def covers(pattern, name):
    return pattern == name or pattern.endswith("*") and name.startswith(pattern[:-1])


def test_moving_tells_of_every_setting():
    """Every setting of the shipper's tables and of the real connector; none that neither has."""
    ours, others = shipper_settings()
    told = moving_settings()
    connector = [re.sub(r"\(.*?\)\+?", "X", line) for line in (stack.ROOT / "regress/lib/debezium-settings.txt").read_text().splitlines()
                 if not line.startswith("#")]
    known = [*ours, *others]
    assert not [name for name in known if not any(covers(one, name) or covers(name, one) for one in told)]
    assert not [name for name in connector if not any(covers(one, name) or fnmatch.fnmatch(name, re.sub(r"[A-Z]{4,}|N", "*", one)) for one in told)]
    assert not [name for name in told if not any(covers(one, name) for one in known)]


def test_moving_says_what_the_shipper_does():
    ours, others = shipper_settings()
    problems = []
    for name, verdict in moving_settings().items():
        accepted = next((accepts for other, accepts in others.items() if covers(other, name) and not any(covers(one, name) for one in ours)), None)
        if accepted is None:
            fits = verdict in ("same", "different", "beyond") or name == "snapshot.mode"
        elif "no effect here" in accepted:
            fits = verdict in ("not needed", "not yet")
        else:
            fits = verdict in ("not yet", "same", "different")
        if not fits:
            problems.append(f"{name}: {verdict}, but the shipper accepts {accepted or 'it'}")
    assert not problems


@pytest.fixture
def moving(postgres):
    """A connection to a database of its own, whose slots go with it."""
    postgres.create_database("moving")
    connection = postgres.connect("moving")
    yield connection
    connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = 'moving'")
    connection.close()
    postgres.psql("DROP DATABASE moving")


@pytest.mark.parametrize("written_last", [[], [(4,)]])
def test_moving_takes_over_the_place_in_the_wal(moving, written_last):
    """The statements of the switch, with a slot of pgoutput's in the place of a connector's."""
    create, ready, advance, drop = re.findall(r"^ *```sql\n(.*?)```", MOVING.read_text(), re.S | re.M)

    def connector_reads():
        moving.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes('debezium', NULL, NULL, "
                       "'proto_version', '1', 'publication_names', 'all_tables')")

    moving.execute("CREATE TABLE orders (id integer PRIMARY KEY)")
    moving.execute("CREATE PUBLICATION all_tables FOR ALL TABLES")
    moving.execute("SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')")
    moving.execute("INSERT INTO orders VALUES (1)")
    connector_reads()
    moving.execute("INSERT INTO orders VALUES (2)")
    moving.execute(create)
    assert moving.execute(ready).fetchone() == (False,)
    moving.execute("INSERT INTO orders VALUES (3)")
    connector_reads()
    assert moving.execute(ready).fetchone() == (True,)
    for row in written_last:
        moving.execute("INSERT INTO orders VALUES (%s)", row)
    moving.execute(advance)
    assert moving.execute("SELECT (data::json->'after'->>'id')::integer FROM pg_logical_slot_peek_changes('walferry', NULL, NULL)").fetchall() == written_last
    moving.execute(drop)
    assert moving.execute("SELECT slot_name FROM pg_replication_slots WHERE database = 'moving'").fetchall() == [("walferry",)]
