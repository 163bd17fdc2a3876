# `walferry snapshot`: the rows that tables have, by the extension's encoder and by the shipper's.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import random
import re
import signal
import subprocess
import threading
import time

import psycopg
import pytest
import stack
from lab import Lab

from golden import replay

# what tells a row that was read from one that was inserted, and one run from the next
CLOCK = re.compile(r'"op":"r","ts_ms":\d+,"ts_us":\d+,"ts_ns":\d+')
SNAPSHOT = re.compile(r'("ts_(?:ms|us|ns)":|"lsn":|"timestamp":|"sequence":"\[null,\\")\d+')
POSITION = re.compile(r'"__walferry.position":"[0-9A-F]{16}/[0-9A-F]{16}/([0-9A-F]{16}/[0-9A-F]{16})"')
AFTER = re.compile(r'"after":(\{.*\}),"source":\{')

TYPES = [path.stem for path in sorted(replay.SQL.glob("t_*.sql"))]

# Each table's rows, written anew in their order.
REWRITE = """
DO $do$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT c.oid::regclass AS name, string_agg(quote_ident(a.attname), ', ') AS columns
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
         GROUP BY c.oid
    LOOP
        EXECUTE format('CREATE TEMP TABLE kept AS SELECT %s FROM %s', target.columns, target.name);
        EXECUTE format('DELETE FROM %s', target.name);
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM kept', target.name, target.columns);
        DROP TABLE kept;
    END LOOP;
END
$do$
"""


def settings(lab, **changes):
    changes = {"sink": "stdout", "http_listen": "", "schemas_enable": "false", **changes}
    return "".join(f"{name}={value}\n" for name, value in lab.settings(**changes).items()).encode()


def snapshot(lab, *arguments, code=0, **changes):
    """The lines that a snapshot prints, as text, and its log."""
    run = lab.run_once("snapshot", *arguments, config=settings(lab, **changes), seconds=60)
    assert run.returncode == code, run.stderr
    return run.stdout.split("\n")[:-1], run.stderr  # a text may have what splitlines() takes for an end


def refusal(lab, *arguments, **changes):
    """The sentence of a snapshot that fails before anything is sent."""
    lines, log = snapshot(lab, *arguments, code=1, **changes)
    assert lines == [], lines
    assert "no row was sent" in log
    line, = re.findall(r"^\S+ error snapshot: (.*)$", log, re.M)
    return line


def timeless(lines):
    """Without what differs from run to run; places within the snapshot stay."""
    return [POSITION.sub(r'"\1"', CLOCK.sub('"op":"r"', SNAPSHOT.sub(r"\1", line))) for line in lines]


def both_ways(lab, *arguments, **changes):
    """What the extension renders, having seen that the shipper renders the same."""
    by_shipper, log = snapshot(lab, *arguments, **changes)
    assert 'rendered_by="the shipper"' in log
    lab.sql("CREATE EXTENSION IF NOT EXISTS walferry")
    by_extension, log = snapshot(lab, *arguments, **changes)
    assert 'rendered_by="the extension"' in log
    assert timeless(by_shipper) == timeless(by_extension)
    return by_extension


def rows(lines, member="after"):
    return [json.loads(line)["value"][member] for line in lines]


def marks(lines):
    return [(json.loads(line)["topic"].split(".", 1)[1], json.loads(line)["value"]["source"]["snapshot"]) for line in lines]


def places(lines):
    """(commit_lsn, chunk, number) of each."""
    return [tuple(int(part, 16) for part in json.loads(line)["headers"]["__walferry.position"].split("/")[1:]) for line in lines]


def test_every_type_as_it_is_streamed(make_lab):
    lab = make_lab(with_kafka=False)
    versions = dict(lab.sql("SELECT name, default_version FROM pg_available_extensions"))
    for case in TYPES:
        setup, dml = replay.sections(case)
        wanted = re.findall(r"^create extension (\w+)", setup, re.MULTILINE)
        first = [number for name in wanted for number in replay.FIRST_VERSIONS.get(name, ())]
        if all(name in versions for name in wanted) and first <= [int(part) for name in wanted for part in re.findall(r"\d+", versions[name])]:
            setup = setup.replace("create extension ", "create extension if not exists ")
            # some types stand in several files
            lab.postgres.psql(f"\\set ON_ERROR_STOP 0\n{setup}\n{dml}", lab.database)
    lab.create_slot()
    lab.sql(REWRITE)
    options = {"output": "record", "topic.prefix": lab.prefix, "skipped.operations": "d", "include.unknown.datatypes": "true"}
    streamed = [line for (line,) in lab.sql(
        "SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, VARIADIC %s::text[])",
        lab.slot_name, [word for pair in options.items() for word in pair]) if '"op":"c"' in line]

    read = both_ways(lab, include_unknown_datatypes="true", skipped_operations="d")
    def essence(line):
        record = json.loads(line)
        return record["topic"], json.dumps(record["key"]), record["headers"]["__walferry.schema"], AFTER.search(line)[1]

    by_topic = {}
    for line in streamed:
        by_topic.setdefault(essence(line)[0], []).append(essence(line))
    assert len(by_topic) > 40 and len(read) > 200
    assert [essence(line) for line in read] == [one for topic in dict.fromkeys(essence(line)[0] for line in read) for one in by_topic[topic]]


def test_marks_and_positions(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql("""
        CREATE TABLE a (id integer PRIMARY KEY, v text);
        CREATE TABLE b (id integer);
        CREATE TABLE c (id integer PRIMARY KEY);
        CREATE TABLE d (id integer PRIMARY KEY);
        INSERT INTO a SELECT g, 'row' || g FROM generate_series(1, 4) g;
        INSERT INTO b VALUES (1), (2);
        INSERT INTO c VALUES (1);
        CREATE TABLE e (id integer PRIMARY KEY);
        CREATE VIEW v AS SELECT * FROM a""")
    before, = lab.sql("SELECT pg_current_wal_flush_lsn() - '0/0'")[0]
    lines = both_ways(lab)
    assert marks(lines) == [
        ("public.a", "first"), ("public.a", "true"), ("public.a", "true"), ("public.a", "last_in_data_collection"),
        ("public.b", "first_in_data_collection"), ("public.b", "last_in_data_collection"), ("public.c", "last")]
    assert [json.loads(line)["key"] for line in lines] == [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, None, None, {"id": 1}]
    assert [place[1:] for place in places(lines)] == [(1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0)]
    (lsn,) = {place[0] for place in places(lines)}
    assert lsn >= before
    for source in rows(lines, "source"):
        assert (source["lsn"], source["sequence"], source["txId"], source["xmin"]) == (lsn, f'[null,"{lsn}"]', None, None)
    assert len({source["ts_us"] for source in rows(lines, "source")}) == 1
    assert rows(lines, "transaction") == [None] * 7 and rows(lines, "before") == [None] * 7

    assert marks(both_one(lab, "--table", "public.c")) == [("public.c", "last")]
    assert marks(both_one(lab, "--table=public.b", "--table", "public.c")) == [
        ("public.b", "first"), ("public.b", "last_in_data_collection"), ("public.c", "last")]
    assert both_one(lab, "--table", "public.d") == []


def both_one(lab, *arguments):
    """By the extension, which is there, and without it."""
    by_extension, _ = snapshot(lab, *arguments)
    lab.sql("DROP EXTENSION walferry")
    by_shipper, _ = snapshot(lab, *arguments)
    lab.sql("CREATE EXTENSION walferry")
    assert timeless(by_shipper) == timeless(by_extension)
    return by_extension


def test_shapes_of_tables(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql("""
        CREATE TABLE dropped (gone integer, id integer PRIMARY KEY, gone_too text, v text DEFAULT 'd' NOT NULL);
        INSERT INTO dropped VALUES (1, 1, 'x', 'y');
        ALTER TABLE dropped DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN added integer DEFAULT 7;
        INSERT INTO dropped VALUES (2, 'z', NULL);
        CREATE TABLE generated (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) STORED, t text);
        INSERT INTO generated VALUES (3);
        CREATE TABLE nothing ();
        INSERT INTO nothing DEFAULT VALUES;
        CREATE TABLE "odd ""name" ("t" integer, "the ""column" text, "\\x" text);
        INSERT INTO "odd ""name" VALUES (1, '', '\\N');
        CREATE TABLE long (id integer PRIMARY KEY, body text);
        INSERT INTO long SELECT g, string_agg(md5(g * 1000 + i::text::int || ''), '') FROM generate_series(1, 3) g, generate_series(1, 9000) i GROUP BY g;
        CREATE TABLE parent (id integer PRIMARY KEY);
        CREATE TABLE child (more text) INHERITS (parent);
        INSERT INTO parent VALUES (1);
        INSERT INTO child VALUES (2, 'm');
        CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY);
        INSERT INTO scratch VALUES (1);
        CREATE SCHEMA other;
        CREATE TABLE other.secret (id integer, word text);
        INSERT INTO other.secret VALUES (1, 'hidden')""")
    lines = both_ways(lab, **{"column_mask_with_4_chars": "other\\\\.secret\\\\.word"})
    found = {}
    for line in lines:
        found.setdefault(json.loads(line)["topic"].split(".", 1)[1], []).append(json.loads(line)["value"]["after"])
    assert found["public.dropped"] == [{"id": 1, "v": "y", "added": 7}, {"id": 2, "v": "z", "added": 7}]
    assert found["public.generated"] == [{"id": 3, "t": None}]
    assert found["public.nothing"] == [{}]
    assert found["public.odd__name"] == [{"t": 1, 'the "column': "", "\\x": "\\N"}]
    assert [len(row["body"]) for row in found["public.long"]] == [9000 * 32] * 3
    assert (found["public.parent"], found["public.child"]) == ([{"id": 1}], [{"id": 2, "more": "m"}])
    assert found["other.secret"] == [{"id": 1, "word": "****"}]
    assert "public.scratch" not in found

    # what the stream shows of them
    lines = both_one_with(lab, table_include_list="public\\\\.generated,public\\\\.child", include_generated_columns="true",
                          message_key_columns="public\\\\.child:more")
    assert [(json.loads(line)["key"], json.loads(line)["value"]["after"]) for line in lines] == [
        ({"more": "m"}, {"id": 2, "more": "m"}), ({"id": 3}, {"id": 3, "twice": 6, "t": None})]


def both_one_with(lab, **changes):
    by_extension, log = snapshot(lab, **changes)
    assert 'rendered_by="the extension"' in log
    lab.sql("DROP EXTENSION walferry")
    by_shipper, log = snapshot(lab, **changes)
    assert 'rendered_by="the shipper"' in log
    lab.sql("CREATE EXTENSION walferry")
    assert timeless(by_shipper) == timeless(by_extension)
    return by_extension


PARTITIONS = """
CREATE TABLE events (id integer, day integer, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
CREATE TABLE events_2 (note text, gone integer, day integer NOT NULL, id integer NOT NULL);
ALTER TABLE events_2 DROP COLUMN gone;
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (2) TO (3);
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (3) TO (4);
INSERT INTO events VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, 'd');
CREATE TABLE other (id integer PRIMARY KEY);
INSERT INTO other VALUES (1)
"""


def test_partitions(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql(PARTITIONS)
    lines = both_ways(lab)
    assert marks(lines) == [("public.events_1", "first"), ("public.events_1", "last_in_data_collection"),
                            ("public.events_2", "first_in_data_collection"), ("public.events_2", "last_in_data_collection"),
                            ("public.other", "last")]
    assert AFTER.search(lines[2])[1] == '{"note":"c","day":2,"id":3}'
    lines = both_one_with(lab, publish_via_partition_root="true")
    assert marks(lines) == [("public.events", "first"), ("public.events", "true"), ("public.events", "true"),
                            ("public.events", "last_in_data_collection"), ("public.other", "last")]
    assert AFTER.search(lines[2])[1] == '{"id":3,"day":2,"note":"c"}'
    lines, _ = snapshot(lab, "--table", "public.events_2", publish_via_partition_root="true")
    assert marks(lines) == [("public.events", "first"), ("public.events", "last")]


def test_what_the_publication_has(make_lab):
    """Of pgoutput: its columns, rows and roots, as the stream has them."""
    lab = make_lab(with_kafka=False)
    lab.sql(PARTITIONS)
    lab.sql("CREATE TABLE wide (id integer PRIMARY KEY, shown text, hidden text)")
    lab.sql("INSERT INTO wide SELECT g, 's' || g, 'h' || g FROM generate_series(1, 5) g")
    version, = lab.sql("SELECT current_setting('server_version_num')::integer")[0]
    wide = "wide (id, shown) WHERE (id > 3)" if version >= 150000 else "wide"
    lab.sql(f"CREATE PUBLICATION pub FOR TABLE {wide}, events WITH (publish_via_partition_root = true)")
    lines = both_ways(lab, plugin_name="pgoutput", publication_name="pub")
    expected = [{"id": 4, "shown": "s4"}, {"id": 5, "shown": "s5"}] if version >= 150000 else [
        {"id": g, "shown": f"s{g}", "hidden": f"h{g}"} for g in range(1, 6)]
    assert rows(lines)[:4] == [{"id": g, "day": 1 + g // 3, "note": note} for g, note in enumerate("abcd", 1)]
    assert rows(lines)[4:] == expected
    assert marks(lines)[0] == ("public.events", "first") and marks(lines)[3][1] == "last_in_data_collection"

    # there is none yet
    later = {"plugin_name": "pgoutput", "publication_name": "later", "table_include_list": "public\\\\.wide"}
    for mode, follows in (("all_tables", "walferry run will make it, and what is committed before that is never streamed"),
                          ("filtered", "walferry run will make it, and what is committed before that is never streamed"),
                          ("no_tables", "walferry run will make it without tables, and streams no change of a table before it is added")):
        lines, log = snapshot(lab, publication_autocreate_mode=mode, **later)
        line, = re.findall(r"^.* warning snapshot: there is no publication of that name yet.*$", log, re.M)
        assert follows in line and line.endswith("publication=later")
        assert len(lines) == 5

    # nor will there be: in the words of a start
    said = refusal(lab, publication_autocreate_mode="disabled", **later)
    assert said.startswith('publication "later" does not exist, and with publication.autocreate.mode=disabled none is made')
    run = lab.run_once("run", config=settings(lab, publication_autocreate_mode="disabled", **later), seconds=60)
    assert run.returncode == 1 and f": {said}" in run.stderr


@pytest.mark.parametrize("changes", [{"plugin_name": "pgoutput", "publication_name": "pub"}, {"publication_filter": "pub"}], ids=["pgoutput", "filter"])
def test_others_are_not_locked(make_lab, changes):
    """A table that is published, and not read, may be somebody's for himself."""
    lab = make_lab(with_kafka=False)
    lab.sql(PARTITIONS)
    lab.sql("CREATE PUBLICATION pub FOR TABLE other, events WITH (publish_via_partition_root = true)")
    with lab.connect() as connection:
        connection.execute("BEGIN; LOCK TABLE events_1 IN ACCESS EXCLUSIVE MODE")
        lines, _ = snapshot(lab, table_include_list="public\\\\.other", **changes)
        connection.execute("ROLLBACK")
    assert marks(lines) == [("public.other", "last")]


def test_names_that_are_not_read(make_lab):
    """Which of the reasons it is that --table names nothing, and what to do."""
    lab = make_lab(with_kafka=False)
    lab.sql(PARTITIONS)
    lab.sql("""
        CREATE SCHEMA "Odd";
        CREATE TABLE "Odd"."It's" (id integer PRIMARY KEY);
        CREATE VIEW shown AS SELECT * FROM other;
        CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY);
        CREATE TABLE bare (id integer) PARTITION BY RANGE (id)""")

    def said(name, **changes):
        text = refusal(lab, "--table", name, **changes)
        start = f'--table "{name}" is '
        assert text.startswith(start), text
        return text[len(start):]

    without_quotes = ": write SCHEMA.TABLE as the catalogue has it, without quotes"
    assert said("public.nothing") == f'no table of database "{lab.database}"' + without_quotes
    for name in ("odd.it's", "It's", '"Odd"."It\'s"'):
        assert said(name) == f'no table of database "{lab.database}", but "Odd.It\'s" is there' + without_quotes
    assert said("public.shown").startswith("a view, whose changes are not streamed")
    assert said("public.scratch").startswith("an unlogged table, whose changes are not streamed")
    assert said("pg_catalog.pg_class").startswith("a table of the system, whose changes are not streamed")
    assert said("public.bare").startswith("a partitioned table without partitions that can be read")
    assert said("public.events") == (
        'a partitioned table, and its rows go by the names of its partitions: name those, as --table "public.events_1", '
        "or have them published by its name (publish.via.partition.root=true)")

    # the lists
    assert said("public.other", table_exclude_list="public\\\\.other").startswith("a table that table.exclude.list leaves out, so")
    assert said("Odd.It's", schema_exclude_list="Odd", table_include_list="public\\\\.other,Odd\\\\.It's").startswith(
        "a table that schema.exclude.list and table.include.list leave out, so")
    assert said("public.events_2", table_exclude_list="public\\\\.events", publish_via_partition_root="true").startswith(
        "a table that table.exclude.list leaves out, so")

    # the publications
    lab.sql("CREATE PUBLICATION pub FOR TABLE events; CREATE PUBLICATION small FOR TABLE other")
    pub = {"plugin_name": "pgoutput", "publication_name": "pub"}
    assert said("Odd.It's", **pub) == (
        'a table that publication "pub" does not have, so it is not streamed either: run ALTER PUBLICATION "pub" ADD TABLE "Odd"."It\'s"; '
        "or correct publication.name")
    assert 'name those, as --table "public.events_1", or' in said("public.events", **pub)
    assert "(ALTER PUBLICATION ... SET (publish_via_partition_root = true))" in said("public.events", **pub)
    assert said("public.events_1", table_exclude_list="public\\\\.events_1", **pub).startswith("a table that table.exclude.list leaves out, so")
    assert said("public.events", **{**pub, "publication_name": "small"}).startswith('a table that publication "small" does not have')
    assert said("public.nothing", **pub).startswith("no table of database")
    assert said("public.events_1", publication_filter="small").startswith(
        "a table that no publication of publication.filter has, so it is not streamed either: run ALTER PUBLICATION ... ADD TABLE public.events_1;")


class Running:
    """A snapshot that runs beside the test."""

    def __init__(self, lab, **changes):
        self.log_path = lab.run.path / "snapshot.log"
        command = [str(word) for word in lab.command("snapshot", "--config", lab.write_config(settings(lab, **changes)))]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)

    def log(self):
        return self.log_path.read_text()

    def waiting(self):
        """Its warning, once it has said that it waits."""
        stack.wait_until(lambda: "the snapshot waits for transactions" in self.log() and self.log().endswith("\n"), 30, "a snapshot that waits")
        assert self.process.poll() is None
        line, = re.findall(r"^.* warning snapshot: the snapshot waits for transactions to end .*$", self.log(), re.M)
        return line

    def lines(self, code=0):
        out, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == code, self.log()
        return out.split("\n")[:-1]


@contextlib.contextmanager
def absent_standby(postgres):
    """Commits wait for a standby that is not there."""
    def names():
        return postgres.psql("SHOW synchronous_standby_names").strip()

    postgres.psql("ALTER SYSTEM SET synchronous_standby_names = 'ghost'")
    try:
        postgres.psql("SELECT pg_reload_conf()")
        stack.wait_until(lambda: names() == "ghost", 30, "the setting")
        yield
    finally:
        postgres.psql("ALTER SYSTEM RESET synchronous_standby_names")
        postgres.psql("SELECT pg_reload_conf()")


def test_commit_that_is_not_seen_yet(make_lab):
    """It is streamed already: a row without it that is read now must not come behind it."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY, v text); INSERT INTO items VALUES (1, 'old'), (2, 'old')")
    lab.create_slot()
    with absent_standby(lab.postgres):
        writer = threading.Thread(target=lab.sql, args=("UPDATE items SET v = 'new' WHERE id = 1",))
        writer.start()
        hidden = "SELECT pid, backend_xid::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        stack.wait_until(lambda: len(lab.sql(hidden)) == 1, 30, "a commit that waits")
        (pid, xid), = lab.sql(hidden)
        streamed, = [json.loads(line) for (line,) in lab.sql("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'output', 'record')", lab.slot_name)
                     if '"op":"u"' in line]
        assert lab.sql("SELECT v FROM items WHERE id = 1") == [("old",)]
        running = Running(lab)
        line = running.waiting()
        assert f"transactions=1 transaction={xid} pid={pid} " in line and "wait_event=SyncRep" in line
        assert "its commit waits for a synchronous standby: look at synchronous_standby_names" in line
        # meanwhile it holds back nothing
        assert lab.sql("SELECT backend_xmin, xact_start FROM pg_stat_activity WHERE application_name = 'walferry snapshot'") == [(None, None)]
    read = sorted(map(json.loads, running.lines()), key=lambda record: record["key"]["id"])
    writer.join(30)
    assert [record["value"]["after"] for record in read] == [{"id": 1, "v": "new"}, {"id": 2, "v": "old"}]
    newest = max((streamed, read[0]), key=lambda record: record["headers"]["__walferry.position"])
    assert newest is read[0] and streamed["value"]["after"]["v"] == "new"


def test_order_while_commits_wait(make_lab):
    """No event of a row that stands before what a snapshot read of it is newer."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY, v bigint); INSERT INTO items SELECT g, 0 FROM generate_series(1, 40) g")
    lab.create_slot()
    ended = threading.Event()

    def write(number):
        chance = random.Random(number)
        with lab.connect() as connection:
            while not ended.is_set():
                with connection.transaction():
                    for key in sorted(chance.sample(range(1, 41), 2)):
                        connection.execute("UPDATE items SET v = v + 1 WHERE id = %s", (key,))

    def hold_up():
        while not ended.is_set():
            with absent_standby(lab.postgres):
                time.sleep(0.3)
            time.sleep(0.2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)] + [threading.Thread(target=hold_up)]
    for thread in threads:
        thread.start()
    read = []
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            read.append([json.loads(line) for line in snapshot(lab)[0]])
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    streamed = {}
    for (line,) in lab.sql("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'output', 'record')", lab.slot_name):
        record = json.loads(line)
        streamed.setdefault(record["key"]["id"], []).append((record["headers"]["__walferry.position"], record["value"]["after"]["v"]))
    assert len(read) > 3 and sum(map(len, streamed.values())) > 1000
    for record in (record for one in read for record in one):
        position, v = record["headers"]["__walferry.position"], record["value"]["after"]["v"]
        assert all(change <= v for place, change in streamed[record["key"]["id"]] if place < position), record


@contextlib.contextmanager
def busy(lab, **who):
    """A transaction that has a number and does something: its commit may be on its way, as far as anybody can tell."""
    with lab.connect(**who) as connection:
        connection.execute("BEGIN; SELECT pg_current_xact_id()")
        pid = connection.info.backend_pid

        def sleep():
            with contextlib.suppress(psycopg.Error):
                connection.execute("SELECT pg_sleep(300)")

        thread = threading.Thread(target=sleep)
        thread.start()
        try:
            stack.wait_until(lambda: lab.sql("SELECT wait_event FROM pg_stat_activity WHERE pid = %s", pid) == [("PgSleep",)], 30, "its sleep")
            yield pid
        finally:
            lab.postgres.psql(f"SELECT pg_terminate_backend({pid})")
            thread.join(30)


def test_transactions_that_cannot_be_committing(make_lab):
    """Are not waited for, however long they take."""
    lab = make_lab(with_kafka=False)
    other = make_lab(suffix="_other", with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items VALUES (1); CREATE TABLE copied (id integer)")
    with busy(other), lab.connect() as idle, lab.connect() as failed, lab.connect() as blocked, lab.connect() as copying:
        idle.execute("BEGIN; INSERT INTO items VALUES (2); SAVEPOINT a; INSERT INTO items VALUES (3)")
        failed.execute("BEGIN; INSERT INTO items VALUES (4)")
        with pytest.raises(psycopg.Error):
            failed.execute("SELECT 1 / 0")
        copying.execute("BEGIN; SELECT pg_current_xact_id()")
        with copying.cursor().copy("COPY copied FROM STDIN") as rows_in:
            rows_in.write(b"1\n")

            def insert():
                with contextlib.suppress(psycopg.Error):
                    blocked.execute("BEGIN; SELECT pg_current_xact_id(); INSERT INTO items VALUES (2)")

            thread = threading.Thread(target=insert)
            thread.start()
            doing = "SELECT state, wait_event_type FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname = %s"
            expected = [("active", "Client"), ("active", "Lock"), ("idle in transaction", "Client"), ("idle in transaction (aborted)", "Client")]
            # what failed has given its number back
            stack.wait_until(lambda: sorted(lab.sql(doing, lab.database)) in (expected, expected[:3]), 30, "all of them")
            lines, log = snapshot(lab)
            assert rows(lines) == [{"id": 1}]
            assert "the snapshot waits" not in log
            lab.postgres.psql(f"SELECT pg_terminate_backend({blocked.info.backend_pid})")
            thread.join(30)


def test_transactions_that_are_waited_for(make_lab):
    """One that may be committing is, and what our role is not shown may be."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items VALUES (1)")
    with busy(lab) as pid:
        running = Running(lab)
        assert f" pid={pid} " in running.waiting() and " state=active wait_event=PgSleep " in running.waiting()
    assert len(running.lines()) == 1

    with busy(lab):
        running = Running(lab)
        running.waiting()
        running.process.send_signal(signal.SIGTERM)
        assert running.lines(code=3) == []
        assert "stopped by request" in running.log() and "no row was sent" in running.log()

    role = f"{lab.name}_reader"
    lab.sql(f"CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'reader'; GRANT SELECT ON items TO {role}")
    try:
        with lab.connect() as idle:
            idle.execute("BEGIN; INSERT INTO items VALUES (2)")
            running = Running(lab, database_user=role, database_password="reader")
            line = running.waiting()
            assert f" pid={idle.info.backend_pid} " in line
            assert "what it does is not shown to our role, so it is waited for even if it is only idle: GRANT pg_read_all_stats" in line
            lab.sql(f"GRANT pg_read_all_stats TO {role}")
            assert rows(running.lines()) == [{"id": 1}]
    finally:
        lab.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_prepared_transaction_is_waited_for():
    """Nothing tells whether its commit is on its way."""
    with stack.RunDirectory() as run:
        postgres = stack.Postgres(run, {"max_prepared_transactions": 5}).start()
        lab = Lab("prepared", postgres, None)
        try:
            lab.create_database()
            lab.sql("CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items VALUES (1)")
            lab.sql("BEGIN; INSERT INTO items VALUES (2); PREPARE TRANSACTION 'the one'")
            running = Running(lab)
            line = running.waiting()
            assert ' prepared_as="the one" ' in line and "COMMIT PREPARED or ROLLBACK PREPARED ends it" in line
            lab.sql("COMMIT PREPARED 'the one'")
            assert rows(running.lines()) == [{"id": 1}, {"id": 2}]

            # one that is prepared while it is waited for was not committing
            with lab.connect() as connection:
                connection.execute("BEGIN; INSERT INTO items VALUES (3)")
                thread = threading.Thread(target=connection.execute, args=("SELECT pg_sleep(6); PREPARE TRANSACTION 'another'",))
                thread.start()
                stack.wait_until(lambda: lab.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == [(1,)], 30, "its sleep")
                running = Running(lab)
                running.waiting()
                thread.join(30)
            assert rows(running.lines()) == [{"id": 1}, {"id": 2}]
            assert lab.sql("SELECT gid FROM pg_prepared_xacts") == [("another",)]
            lab.sql("ROLLBACK PREPARED 'another'")
        finally:
            lab.close()


def test_rights_and_row_security(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE ours (id integer PRIMARY KEY, owner text); INSERT INTO ours VALUES (1, 'a'), (2, 'b')")
    role = f"{lab.name}_reader"
    lab.sql(f"CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'reader'")
    reader = {"database_user": role, "database_password": "reader"}
    try:
        said = refusal(lab, **reader)
        assert said.startswith(f'role "{role}" may not read table "public.ours": run GRANT SELECT ON "public"."ours" TO "{role}"')
        lab.sql(f"GRANT SELECT ON ours TO {role}")
        lab.sql("ALTER TABLE ours ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON ours USING (owner = 'a')")
        for statement in ("CREATE EXTENSION walferry", "DROP EXTENSION walferry"):
            said = refusal(lab, **reader)
            assert said.startswith(f'row security of table "public.ours" would hide rows from role "{role}"')
            lab.sql(statement)
        lab.sql(f"ALTER ROLE {role} BYPASSRLS")
        assert rows(both_ways(lab, **reader)) == [{"id": 1, "owner": "a"}, {"id": 2, "owner": "b"}]

        # the extension is there and may not be called
        lab.sql("REVOKE EXECUTE ON FUNCTION walferry.render(record, text[]) FROM PUBLIC")
        lines, log = snapshot(lab, **reader)
        assert len(lines) == 2 and 'rendered_by="the shipper"' in log
        assert len(re.findall("warning snapshot: the extension walferry is there but cannot be used", log)) == 1
    finally:
        lab.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_another_encoding(make_lab):
    lab = make_lab(with_kafka=False, encoding="LATIN1", locale="C")
    lab.sql("CREATE TABLE tücke (größe integer PRIMARY KEY, é text); INSERT INTO tücke VALUES (1, 'ÿ ¿'), (2, 'é')")
    lines = both_ways(lab, table_include_list="public\\\\.t\u00fccke", column_mask_with_2_chars="public\\\\.t\u00fccke\\\\.é")
    assert rows(lines) == [{"größe": 1, "é": "**"}, {"größe": 2, "é": "**"}]
    assert [row["é"] for row in rows(both_one(lab))] == ["ÿ ¿", "é"]


TRANSFORMS = {
    "transforms": "unwrap,by",
    "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
    "transforms.unwrap.add.fields": "op,source.snapshot,source.txId",
    "transforms.unwrap.add.headers": "source.snapshot,table",
    "transforms.by.type": "io.debezium.transforms.ByLogicalTableRouter",
    "transforms.by.topic.regex": r"(.*)\\.items_\\d+",
    "transforms.by.topic.replacement": "$1.all_items",
}


def test_settings_of_the_stream_act(make_lab):
    """Transforms, inline schemas, other forms, other times of records: by either encoder."""
    lab = make_lab(with_kafka=False)
    lab.sql("""
        CREATE TYPE mood AS ENUM ('happy', 'so, so');
        CREATE TABLE items_1 (id integer PRIMARY KEY, price numeric(10,2), at timestamptz, m mood DEFAULT 'happy', cash money);
        CREATE TABLE items_2 (id bigint PRIMARY KEY, body bytea, tags text[]);
        INSERT INTO items_1 VALUES (1, 12.5, '2024-02-29 12:00:00+00', NULL, 3.45), (2, 'NaN', 'infinity', 'so, so', NULL);
        INSERT INTO items_2 VALUES (3, '\\x0001', '{a,NULL}')""")
    transforms = {name.replace("_", "__").replace(".", "_"): value for name, value in TRANSFORMS.items()}
    lines = both_ways(lab, **transforms)
    values = [json.loads(line)["value"] for line in lines]
    assert [value["__source_snapshot"] for value in values] == ["first", "last_in_data_collection", "last"]
    assert {value["__op"] for value in values} == {"r"} and {value["__source_txId"] for value in values} == {None}
    assert {json.loads(line)["topic"].split(".", 1)[1] for line in lines} == {"public.all_items"}
    assert [json.loads(line)["headers"]["__source_snapshot"] for line in lines] == ["first", "last_in_data_collection", "last"]

    both_one_with(lab, key_converter_schemas_enable="true", value_converter_schemas_enable="true", record_timestamp="commit",
                  extended_headers_enabled="true", provide_transaction_metadata="true", column_propagate_source_type=".*")
    lines = both_one_with(lab, decimal_handling_mode="string", time_precision_mode="isostring", binary_handling_mode="hex", compat="debezium",
                          tombstones_on_delete="false", value_converter_replace_null_with_default="false")
    assert json.loads(lines[0])["value"]["after"]["price"] == "12.50"
    assert "__debezium.context.connectorName" not in lines[0]


def test_publications_of_the_filter(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql(PARTITIONS)
    lab.sql("CREATE PUBLICATION one FOR TABLE events_1; CREATE PUBLICATION two FOR TABLE other")
    lines = both_ways(lab, publication_filter="one, two")
    assert marks(lines) == [("public.events_1", "first"), ("public.events_1", "last_in_data_collection"), ("public.other", "last")]


def test_an_extension_that_cannot_be_used(make_lab):
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items VALUES (1)")
    lab.sql("CREATE EXTENSION walferry; CREATE OR REPLACE FUNCTION walferry.version() RETURNS text LANGUAGE sql AS $$SELECT '0.0.9'$$")
    lines, log = snapshot(lab)
    assert len(lines) == 1 and 'rendered_by="the shipper"' in log
    line, = re.findall(r"^.* warning snapshot: .*$", log, re.M)
    assert "it is of version 0.0.9, the shipper of" in line

    # what a policy hides nobody but the extension would
    lab.sql(f"ALTER DATABASE {lab.database} SET walferry.policy = 'table.exclude.list=public.items'")
    assert refusal(lab).startswith("the server has a walferry.policy, which only the extension heeds, and it cannot be used (it is of version 0.0.9")
    lab.sql("DROP EXTENSION walferry")
    assert "it cannot be used (it is not there)" in refusal(lab)


@pytest.mark.parametrize("ending", ["backend", "signal"])
def test_one_that_ends_early(make_lab, ending):
    """What was sent is told, and the exit code says that it is not all."""
    lab = make_lab(with_kafka=False)
    lab.sql("""
        CREATE TABLE a (id integer PRIMARY KEY);
        CREATE TABLE b (id integer PRIMARY KEY, body text);
        INSERT INTO a VALUES (1), (2);
        INSERT INTO b SELECT g, repeat('x', 1000) FROM generate_series(1, 30000) g""")
    command = [str(word) for word in lab.command("snapshot", "--config", lab.write_config(settings(lab)))]
    with subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        start = process.stdout.read(100000)
        if ending == "backend":
            lab.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'walferry snapshot' AND datname = %s",
                    lab.database)
        else:
            process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=60)
    log = log.decode()
    printed = (start + rest).count(b"\n")
    assert process.returncode == (1 if ending == "backend" else 3), log
    assert 2 < printed < 30002
    line, = re.findall(r"the snapshot is not whole: .*$", log, re.M)
    assert f"tables_done=1 tables=2 table=public.b table_rows={printed - 2} rows={printed} " in line


def test_options_of_render(make_lab):
    """What a load of one's own may say of the snapshot that it reads."""
    lab = make_lab(with_kafka=False)
    lab.sql("CREATE TABLE items (id integer PRIMARY KEY); INSERT INTO items VALUES (1), (2); CREATE TABLE others (id integer)")
    lab.sql("CREATE EXTENSION walferry")

    def render(*options, table="items"):
        return [found and found.decode() for (found,) in lab.sql(f"SELECT walferry.render(t, VARIADIC %s::text[]) FROM {table} AS t",
                                                                 ["output=record", "topic.prefix=p", *options])]

    lines = render("snapshot.lsn=1/A", "snapshot.chunk=7", "snapshot.row=999999", "snapshot.mark=first_in_data_collection", "position.epoch=2")
    assert [source["snapshot"] for source in rows(lines, "source")] == ["first_in_data_collection", "true"]
    assert {source["lsn"] for source in rows(lines, "source")} == {(1 << 32) + 10}
    assert places(lines) == [((1 << 32) + 10, 7, 999999), ((1 << 32) + 10, 8, 0)]
    assert "__walferry.position" not in render()[0]
    assert render("snapshot.lsn=1/A", "snapshot.chunk=1", "table.exclude.list=public\\.items") == [None, None]
    for options, said in (
            (["snapshot.chunk=1"], 'of a snapshot, options "snapshot.lsn" and "snapshot.chunk" have to be given'),
            (["snapshot.mark=true"], 'of a snapshot, options "snapshot.lsn" and "snapshot.chunk" have to be given'),
            (["snapshot.lsn=1/A", "snapshot.chunk=0"], 'option "snapshot.chunk" is "0", but it takes a number from 1 on'),
            (["snapshot.lsn=1/A", "snapshot.chunk=1", "snapshot.row=-1"], 'option "snapshot.row" is "-1", but it takes a number from 0 on'),
            (["snapshot.lsn=1/A", "snapshot.chunk=1", "snapshot.mark=any"], 'option "snapshot.mark" is "any", but it takes true, first, '),
            (["snapshot.lsn=here", "snapshot.chunk=1"], 'invalid input syntax for type pg_lsn: "here"')):
        with pytest.raises(psycopg.Error, match=re.escape(said)):
            render(*options)


def test_usage(make_lab):
    lab = make_lab(with_kafka=False)
    run = lab.run_once("snapshot", "--help")
    assert run.returncode == 0 and run.stdout.startswith("usage: walferry snapshot --config FILE")
    run = lab.run_once("snapshot", "--table")
    assert (run.returncode, run.stderr) == (2, "walferry snapshot: --table needs a value\n")
    lines, log = snapshot(lab)
    assert lines == [] and "the snapshot is whole tables=0 rows=0" in log


def test_into_kafka_beside_the_stream(lab):
    lab.sql("""
        CREATE TABLE items (id integer PRIMARY KEY, body text NOT NULL);
        INSERT INTO items SELECT g, repeat('x', 100) || g FROM generate_series(1, 20000) g;
        CREATE TABLE large (id integer PRIMARY KEY, body text);
        ALTER TABLE large ALTER body SET STORAGE external;
        INSERT INTO large VALUES (1, repeat('y', 3000000)), (2, 'small')""")
    lab.start()
    lab.sql("INSERT INTO items VALUES (0, 'streamed')")
    lab.wait_records(lab.topic("items"), lambda found: len(found) == 1)
    found = {}
    for who, statement in (("the shipper", "CREATE EXTENSION walferry"), ("the extension", "DROP EXTENSION walferry")):
        lines, log = snapshot(lab, sink=None, record_max_bytes="1000000")
        assert lines == [] and f'rendered_by="{who}"' in log
        assert "the snapshot is whole tables=2 rows=20003" in log
        records = [record for record in lab.records(lab.topic("items"), lab.topic("large")) if record.op == "r" and record.position not in found]
        assert len(records) == 20002 == len({record.position for record in records})
        assert records[0].header("__walferry.schema")
        found.update({record.position: record for record in records})
        lab.sql(statement)
    assert "metrics are not served" not in log
    by_place = {}
    for position, record in found.items():
        by_place.setdefault(position.split("/", 2)[2], []).append((record.topic, record.raw_key, json.dumps(record.after)))
    assert len(by_place) == 20002 and all(len(set(two)) == 1 and len(two) == 2 for two in by_place.values())
    assert by_place["0000000000000001/0000000000000000"][0][2] == json.dumps({"id": 1, "body": "x" * 100 + "1"})
