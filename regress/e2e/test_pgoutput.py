# What the shipper makes of pgoutput where the stream, or the catalogue beside it, is not what it is to be.
#
# That the events are those of the plugin is tested elsewhere; here no wrong row may come, and nothing be lost.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import re
import struct
import threading
import time

import pytest
import stack

from lab import unique_events
from replication_proxy import ReplicationProxy

PUBLICATION = "CREATE PUBLICATION dbz_publication FOR ALL TABLES"


@pytest.fixture
def pgoutput(lab):
    lab.sql(PUBLICATION)
    lab.create_slot("pgoutput")
    return lab


def test_slot_of_prepared_transactions(lab):
    """Told at the start, not at the first PREPARE TRANSACTION."""
    if int(lab.postgres.psql("SHOW server_version_num")) < 140000:
        pytest.skip("PostgreSQL 13 has no such slots")
    lab.sql(PUBLICATION)
    lab.sql("SELECT pg_create_logical_replication_slot(%s, 'pgoutput', false, true)", lab.slot_name)
    code, log = lab.fails(plugin_name="pgoutput")
    assert code == 1
    assert "was made with two_phase" in log and f"pg_create_logical_replication_slot('{lab.slot_name}', 'pgoutput')" in log


@pytest.fixture
def proxied(pgoutput):
    """A lab whose shipper reads through a proxy."""
    with ReplicationProxy(pgoutput.postgres.port) as proxy:
        yield pgoutput, proxy


@contextlib.contextmanager
def synchronous_standbys(lab, names):
    """synchronous_standby_names is this, and at the end nothing."""
    def take(command, value):
        lab.postgres.psql(f"ALTER SYSTEM {command}")
        lab.postgres.psql("SELECT pg_reload_conf()")
        stack.wait_until(lambda: lab.postgres.psql("SHOW synchronous_standby_names").strip() == value, 30, "the setting")

    take(f"SET synchronous_standby_names = '{names}'", names)
    try:
        yield
    finally:
        take("RESET synchronous_standby_names", "")


def sync_state(lab):
    return lab.sql("SELECT sync_state, state FROM pg_stat_replication WHERE pid = %s", lab.slot()["active_pid"])


def create_fresh(lab):
    """A transaction that defines what its row is, in a thread, as its commit may wait."""
    writer = threading.Thread(target=lab.sql, args=("CREATE TABLE fresh (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 5); INSERT INTO fresh VALUES (1)",),
                              daemon=True)
    writer.start()
    return writer


def fresh_came(lab):
    lab.delivered()
    record, = unique_events(lab.records(lab.topic("fresh")))
    assert record.after == {"id": 1, "n": 5}
    assert "synchronous_standby_names takes walferry for a standby" in lab.shipper.log()


@pytest.mark.parametrize("role", ["postgres", "e2e_unprivileged"])
@pytest.mark.parametrize("names", ["*", 'ANY 1 (nobody, "WalFerry")'])
def test_server_that_waits_for_walferry(pgoutput, role, names):
    """synchronous_standby_names takes walferry for a standby: neither waits for the other for ever,
    though a role with LOGIN REPLICATION alone is not shown that its walsender is one."""
    lab = pgoutput
    if role != lab.user:
        lab.postgres.psql(f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN REPLICATION PASSWORD 'x'")
        lab.user, lab.password = role, "x"
    lab.sql("CREATE TABLE known (id integer PRIMARY KEY)")
    lab.start(plugin_name="pgoutput", status_update_interval_ms="300", publication_autocreate_mode="disabled")
    lab.sql("INSERT INTO known VALUES (1)")
    lab.delivered()
    with synchronous_standbys(lab, names):
        stack.wait_until(lambda: sync_state(lab) in ([("sync", "streaming")], [("quorum", "streaming")]), 30, "the role of a standby")
        writer = create_fresh(lab)
        writer.join(40)
        assert not writer.is_alive(), "the commit waits for walferry, which waits for the commit"
    fresh_came(lab)


def test_server_that_waits_for_walferry_behind(pgoutput):
    """A walsender that has not caught up is no candidate, and the commit waits until it is one."""
    lab = pgoutput
    lab.sql("CREATE TABLE left_out (id integer, t text)")
    with synchronous_standbys(lab, "walferry"):
        writer = create_fresh(lab)
        stack.wait_until(lambda: lab.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), 30, "a commit that waits")

        # more than there is room for between the server and a shipper that does not read
        lab.sql("BEGIN; SET LOCAL synchronous_commit = local;"
                "INSERT INTO left_out SELECT g, repeat('x', 200000) FROM generate_series(1, 400) g; COMMIT")
        lab.start(plugin_name="pgoutput", status_update_interval_ms="300", table_exclude_list="public.left_out")
        writer.join(60)
        assert not writer.is_alive(), f"the commit waits for walferry, which waits for the commit: {sync_state(lab)}"
    fresh_came(lab)


def told(lab):
    """What status says of the capture leg."""
    return lab.shipper.status()["legs"]["capture"]["error"] or ""


def test_wait_is_told_for_what_it_is(pgoutput):
    """While a commit is waited for, nobody reads what the server says: it is not that which is silent.
    Who holds a lock is told anew when it is another one."""
    lab = pgoutput
    lab.sql("CREATE TABLE known (id integer PRIMARY KEY)")
    lab.start(plugin_name="pgoutput", status_update_interval_ms="300")
    lab.sql("INSERT INTO known VALUES (1)")
    lab.delivered()
    with synchronous_standbys(lab, "nobody"):
        writer = create_fresh(lab)
        stack.wait_until(lambda: "does not let it be seen yet" in told(lab), 30, "what is waited for")
        assert lab.shipper.get("/ready")[0] != 200
    writer.join(30)
    lab.delivered()
    with lab.connect(autocommit=False) as first, lab.connect(autocommit=False) as second:
        first.execute("LOCK TABLE pg_description IN ACCESS EXCLUSIVE MODE")
        lab.sql("ALTER TABLE fresh ADD a integer; INSERT INTO fresh VALUES (2, 3, 4)")
        stack.wait_until(lambda: f"the session with pid {first.info.backend_pid} " in told(lab), 30, "the first holder")
        second.execute("LOCK TABLE pg_attrdef IN ACCESS EXCLUSIVE MODE")
        first.rollback()
        stack.wait_until(lambda: f"the session with pid {second.info.backend_pid} " in told(lab), 30, "the second holder")
        second.rollback()
    lab.delivered()
    assert "says nothing" not in lab.shipper.log()


def test_catalogue_that_is_locked(pgoutput):
    """As VACUUM FULL locks it: the question waits within the session, and who holds the lock is told."""
    lab = pgoutput
    lab.sql("CREATE TABLE known (id integer PRIMARY KEY); CREATE TABLE fresh (id integer PRIMARY KEY)")
    lab.start(plugin_name="pgoutput", status_update_interval_ms="1000")
    lab.sql("INSERT INTO known VALUES (1)")
    lab.delivered()
    with lab.connect(autocommit=False, application_name="vacuums") as holder:
        holder.execute("LOCK TABLE pg_description IN ACCESS EXCLUSIVE MODE")
        lab.sql("BEGIN; INSERT INTO known SELECT g FROM generate_series(2, 100) g; INSERT INTO fresh VALUES (1); COMMIT")
        text = (f'the session with pid {holder.info.backend_pid} (application_name "vacuums", idle in transaction)'
                " holds AccessExclusiveLock on pg_description: let it end")
        stack.wait_until(lambda: text in told(lab), 30, "what is waited for")
        time.sleep(7)           # it is asked again, and cancelled again
        assert text in told(lab)
        assert lab.shipper.get("/ready")[0] != 200
        holder.rollback()
    lab.delivered()
    assert len(lab.records(lab.topic("known"))) == 100
    assert lab.shipper.log().count("reading the slot") == 1
    assert lab.shipper.log().count("the catalogue does not tell of table") == 1


def start(lab, **changes):
    lab.start(plugin_name="pgoutput", **changes)


def once(kind, make):
    """Changes the next message of the kind, and no other."""
    done = []

    def change(payload):
        if done or payload[:1] != kind:
            return [payload]
        done.append(payload)
        return make(payload)

    return change


def without_last_column(payload):
    """An Insert of (id, name) whose tuple has the first column only."""
    length = struct.unpack(">I", payload[9:13])[0]
    return payload[:6] + struct.pack(">H", 1) + payload[8:13 + length]


DAMAGES = {
    "cut": (b"I", lambda payload: [payload[:-1]], r"message Insert \(\d+ bytes\) at LSN \S+ is not understood at byte \d+"),
    "longer": (b"I", lambda payload: [payload + b"x"], r"message Insert .* is not understood at byte \d+"),
    "unknown": (b"I", lambda payload: [b"Z" + payload[1:]], r"message unknown .* at LSN \S+ is not understood"),
    "no relation": (b"R", lambda payload: [], r"Insert at LSN \S+ that cannot be there: no Relation message has told of the table with OID \d+"),
    "no begin": (b"B", lambda payload: [], r"(Insert|Relation|Commit) at LSN \S+ that cannot be there: no transaction is open"),
    "begins twice": (b"B", lambda payload: [payload, payload], r"Begin at LSN \S+ that cannot be there: a transaction is open"),
    "other commit": (b"C", lambda payload: [payload[:9] + b"\1" + payload[10:]], r"Commit at LSN .*"),
    "no commit": (b"C", lambda payload: [], r"Begin at LSN \S+ that cannot be there: a transaction is open"),
    "narrow": (b"I", lambda payload: [without_last_column(payload)], r"Insert at LSN \S+ that cannot be there: its row has 1 columns, table \"t\" has 2"),
    "other oid": (b"I", lambda payload: [payload[:1] + struct.pack(">I", 99) + payload[5:]], r"no Relation message has told of the table with OID 99"),
    "not a number": (b"I", lambda payload: [payload[:13] + b"x" + payload[14:]],
                     r"a value of column \"id\" of table \"public.t\" at LSN \S+ cannot be read: its text form is not that of type integer"),
    "stream": (b"I", lambda payload: [b"E", payload], r"Stream Stop .* at LSN"),
}


@pytest.mark.limit(120)
def test_damaged_messages(proxied):
    lab, proxy = proxied
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, name text)")
    start(lab, database_port=proxy.port, database_sslmode="disable")
    for number, (name, (kind, make, sentence)) in enumerate(DAMAGES.items(), 1):
        lab.end_walsender()  # so that Relation messages come again
        stack.wait_until(lambda: (lab.slot() or {}).get("active"), 20, "another session")
        proxy.change = once(kind, make)
        lab.sql("INSERT INTO t VALUES (%s, %s)", number, name)
        lab.sql("INSERT INTO t VALUES (%s, 'the next')", 100 + number)
        lab.delivered()
        proxy.change = None
        assert re.search(sentence, lab.shipper.log()), name
    rows = {event.after["id"]: event.after["name"] for event in unique_events(lab.records(lab.topic("t")))}
    assert rows == {**{number: name for number, name in enumerate(DAMAGES, 1)},
                    **{100 + number: "the next" for number in range(1, len(DAMAGES) + 1)}}


def test_a_row_that_cannot_be_read_ends_it_in_the_end(proxied):
    """An error that comes up whenever the row is decoded must not fill the topics."""
    lab, proxy = proxied
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, name text)")
    start(lab, database_port=proxy.port, database_sslmode="disable")
    proxy.change = lambda payload: [payload[:13] + b"x" + payload[14:] if payload[:1] == b"I" else payload]
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    assert lab.shipper.wait_exit(30) == 1
    assert "it came up 3 times at the same change" in lab.shipper.log()
    proxy.change = None
    start(lab)
    lab.delivered()
    assert [event.after for event in unique_events(lab.records(lab.topic("t")))] == [{"id": 1, "name": "a"}]


def test_an_oid_that_is_another_tables_by_now(proxied):
    """Its number is given to a table of other columns and another key: what the catalogue says is not this one's."""
    lab, proxy = proxied
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'told');"
            "CREATE TABLE other (name integer NOT NULL, value text, id text, PRIMARY KEY (name, id)); COMMENT ON TABLE other IS 'no comment'")
    was, now = (struct.pack(">I", row[0]) for row in lab.sql("SELECT oid::bigint FROM pg_class WHERE relname IN ('t', 'other') ORDER BY relname DESC"))
    proxy.change = lambda payload: [payload[:1] + payload[1:5].replace(was, now) + payload[5:]]
    start(lab, database_port=proxy.port, database_sslmode="disable", value_converter_schemas_enable="true")
    lab.sql("INSERT INTO t VALUES (1, 'a'), (2, NULL); UPDATE t SET id = 3 WHERE id = 2")
    lab.sql("INSERT INTO other VALUES (1, 'x', 'y'); DELETE FROM other")
    lab.delivered()
    first, *rest = sorted(lab.records(lab.topic("t")), key=lambda record: record.position)
    assert (first.key, first.value["payload"]["after"]) == ({"id": 1}, {"id": 1, "name": "a"})
    fields = {field["field"]: field for field in first.value["schema"]["fields"][1]["fields"]}
    assert fields["id"] == {"field": "id", "type": "int32", "optional": False}
    assert fields["name"] == {"field": "name", "type": "string", "optional": True}, "the other table's column does not count"
    assert [event.value["payload"]["op"] for event in rest if event.raw_value] == ["c", "d", "c"]
    assert [event.key for event in lab.records(lab.topic("other"))] == [{"name": 1, "id": "y"}] * 3


def test_what_was_dropped_before_it_was_read(pgoutput):
    """Table, enum, domain and composite type are in no catalogue any more; the rows are in the WAL."""
    lab = pgoutput
    lab.sql("""CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN amount AS numeric(10, 2); CREATE TYPE pair AS (a integer, b text);
               CREATE TABLE gone (id integer PRIMARY KEY, mood mood, amount amount, note varchar(10) NOT NULL DEFAULT 'n');
               INSERT INTO gone VALUES (1, 'glad', 1.5, 'a'), (2, NULL, NULL, 'b'); UPDATE gone SET id = 3 WHERE id = 2; DELETE FROM gone WHERE id = 1;
               DROP TABLE gone; DROP TYPE mood; DROP DOMAIN amount; DROP TYPE pair""")
    start(lab)
    lab.delivered()
    events = unique_events(lab.records(lab.topic("gone")))
    assert [(event.op, event.key) for event in events if event.value] == [
        ("c", {"id": 1}), ("c", {"id": 2}), ("d", {"id": 2}), ("c", {"id": 3}), ("d", {"id": 1})]
    assert events[0].after == {"id": 1, "mood": "glad", "amount": "1.50", "note": "a"}
    assert re.search(r"mood", lab.shipper.log()), "it is told that a type is gone"


def test_a_default_that_comes_before_a_streamed_transaction(pgoutput):
    """The Relation message says the same as before, and comes in the stream; what it stands for has changed."""
    lab = pgoutput
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, name text)")
    with lab.connect() as connection:
        connection.execute("ALTER SYSTEM SET logical_decoding_work_mem = '64kB'")
        connection.execute("SELECT pg_reload_conf()")
    try:
        start(lab, value_converter_schemas_enable="true")
        lab.sql("INSERT INTO t VALUES (0, 'a')")
        lab.delivered()
        lab.sql("ALTER TABLE t ALTER name SET DEFAULT 'none'")
        lab.sql("INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 2000) i")
        lab.delivered()
    finally:
        lab.sql("ALTER SYSTEM RESET logical_decoding_work_mem")
        lab.sql("SELECT pg_reload_conf()")
    last = max(lab.records(lab.topic("t")), key=lambda record: record.position)
    fields = {field["field"]: field for field in last.value["schema"]["fields"][1]["fields"]}
    assert fields["name"].get("default") == "none"


def test_binary_until_a_type_turns_up(pgoutput):
    """With pgoutput.binary; a column whose type's binary form is not read makes values come as text, all of them."""
    lab = pgoutput
    lab.sql("CREATE EXTENSION hstore")
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, at timestamptz)")
    start(lab, pgoutput_binary="true")
    lab.sql("INSERT INTO t VALUES (1, '2024-02-29 12:00Z')")
    lab.delivered()
    assert "as text" not in lab.shipper.log()
    lab.sql("ALTER TABLE t ADD COLUMN more hstore DEFAULT 'a=>1'")
    lab.sql("INSERT INTO t VALUES (2, '2024-02-29 12:00Z')")
    lab.delivered()
    assert 'goes on with all values as text, of the whole publication table=public.t' in lab.shipper.log()
    assert [event.after for event in unique_events(lab.records(lab.topic("t")))] == [
        {"id": 1, "at": "2024-02-29T12:00:00.000000Z"}, {"id": 2, "at": "2024-02-29T12:00:00.000000Z", "more": '{"a":"1"}'}]
    # known at the start, it is asked for as text from the beginning
    lab.shipper.stop()
    lab.restart()
    lab.sql("INSERT INTO t VALUES (3, NULL)")
    lab.delivered()
    assert "no binary form that is read type=hstore" in lab.shipper.log()


def test_generated_column(pgoutput):
    """What generates a column is not printed, which would be an error, however the server joins the catalogue."""
    lab = pgoutput
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY DEFAULT 3, twice integer GENERATED ALWAYS AS (id * 2) STORED, "
            + ", ".join(f"c{number} integer" for number in range(60)) + ")")
    start(lab)
    lab.sql("INSERT INTO t DEFAULT VALUES")
    # the planner takes one join or another
    for name in ("enable_nestloop", "enable_mergejoin"):
        lab.sql(f'ALTER ROLE {lab.user} IN DATABASE "{lab.database}" SET {name} = off')
        lab.shipper.stop()
        lab.restart()
        lab.sql("UPDATE t SET c1 = 1")
        lab.delivered()
    events = unique_events(lab.records(lab.topic("t")))
    assert [(event.op, event.after["id"], "twice" in event.after) for event in events] == [
        ("c", 3, False), ("u", 3, False), ("u", 3, False)]
    assert "PostgreSQL says" not in lab.shipper.log()


def payloads(lab, table, schema="public"):
    return [event for event in unique_events(lab.records(lab.topic(table, schema))) if event.raw_value is not None]


def test_what_has_come_since_is_not_what_was(pgoutput):
    """NOT NULL and primary keys that are there today, and were not when the rows were written."""
    lab = pgoutput
    lab.sql("""CREATE TABLE a (id integer PRIMARY KEY, n integer, t text);
               INSERT INTO a VALUES (1, NULL, 'a'); UPDATE a SET n = 7; ALTER TABLE a ALTER n SET NOT NULL;
               CREATE TABLE b (id integer, t text); ALTER TABLE b REPLICA IDENTITY FULL;
               INSERT INTO b VALUES (NULL, 'x'), (1, 'y'); DELETE FROM b WHERE id IS NULL; ALTER TABLE b ADD PRIMARY KEY (id);
               CREATE TABLE c (id integer PRIMARY KEY DEFERRABLE, t text); INSERT INTO c VALUES (1, 'a')""")
    start(lab)
    lab.delivered()
    assert [event.after["n"] for event in payloads(lab, "a")] == [None, 7]
    assert [(event.key, event.op) for event in payloads(lab, "b")] == [(None, "c"), (None, "c"), (None, "d")]
    assert [event.key for event in payloads(lab, "c")] == [{"id": 1}]
    assert "domain" not in lab.shipper.log()


def test_partitions_whose_identity_is_another(lab):
    """ALTER TABLE … REPLICA IDENTITY of the table above them does not reach them; a whole row is not what their old rows are."""
    lab.sql("CREATE PUBLICATION dbz_publication FOR ALL TABLES WITH (publish_via_partition_root = true)")
    lab.create_slot("pgoutput")
    lab.sql("""CREATE TABLE p (id integer PRIMARY KEY, b integer NOT NULL, t text) PARTITION BY RANGE (id);
               CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); ALTER TABLE p REPLICA IDENTITY FULL;
               INSERT INTO p VALUES (1, 2, 'y'); UPDATE p SET t = 'z'; DELETE FROM p""")
    start(lab, publish_via_partition_root="true")
    lab.delivered()
    create, update, delete = payloads(lab, "p")
    assert update.value["before"] is None and update.after == {"id": 1, "b": 2, "t": "z"}
    assert delete.key == {"id": 1} and delete.header("__walferry.before") == "key"


def test_a_schema_renamed_while_a_transaction_is_streamed(pgoutput):
    """Its rows go by the name that they were sent with, those of the others by the new one, also behind it."""
    lab = pgoutput
    lab.sql("CREATE SCHEMA s; CREATE TABLE s.x (id integer PRIMARY KEY, t text)")
    lab.sql("ALTER SYSTEM SET logical_decoding_work_mem = '64kB'")
    lab.sql("SELECT pg_reload_conf()")
    try:
        start(lab)
        with lab.connect(autocommit=False) as connection:
            connection.execute("INSERT INTO s.x SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i")
            lab.sql("SELECT pg_switch_wal()")
            stack.wait_until(lambda: lab.shipper.metrics()["walferry_capture_spool_transactions"] == 1, 20, "the stream")
            lab.sql("ALTER SCHEMA s RENAME TO s2")
            lab.sql("INSERT INTO s2.x VALUES (10001, 'between')")
            connection.commit()
        lab.sql("INSERT INTO s2.x VALUES (10002, 'behind')")
        lab.delivered()
    finally:
        lab.sql("ALTER SYSTEM RESET logical_decoding_work_mem")
        lab.sql("SELECT pg_reload_conf()")
    # how many of the streamed rows the server sends behind the new name is its own (180 with 18, none with 15)
    before, behind = ([event.after["id"] for event in payloads(lab, "x", schema)] for schema in ("s", "s2"))
    assert len(before) > 1000 and before + [number for number in behind if number <= 3000] == list(range(1, 3001))
    assert [number for number in behind if number > 3000] == [10001, 10002] and behind[-1] == 10002
    assert len(payloads(lab, "x", "s")) + len(payloads(lab, "x", "s2")) == 3002
