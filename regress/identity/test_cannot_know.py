"""What pgoutput cannot know: each row of docs/pgoutput.md's table of that name, and what is no row of it any more.

Every case has the same changes read through both sources, and says what differs of their records. A row that became
wrong fails here: because the sources have come to agree, or because they differ elsewhere, too.

SPDX-License-Identifier: Apache-2.0
"""

import json
import subprocess
import threading

import documented
import pytest
import stack

from identity import two_sources

ROWS = {}       # of the table, each with the test that shows it
NAME = "cannot_know"
MARKER = "zz_marker"
SCHEMAS = {"key.converter.schemas.enable": "true", "value.converter.schemas.enable": "true"}


def shows(row):
    """The test shows a row of the table."""
    def note(test):
        ROWS.setdefault(row, []).append(test.__name__)
        return test
    return note


class Lab:
    """A database that both sources read, once its changes are there or before."""

    def __init__(self, postgres, directory, name):
        self.postgres = postgres
        self.directory = directory
        self.name = name
        self.pair = None
        self.marks = 0

    def sql(self, text):
        self.postgres.psql(text, self.name)

    def create_slots(self):
        for source in two_sources.SOURCES:
            self.sql(f"SELECT pg_create_logical_replication_slot('{two_sources.slot_name(self.name, source)}', '{source}')")

    def start(self, of_walferry=None, of_pgoutput=None, **settings):
        def of(source):
            shared = {"topic.prefix": "s", "skipped.operations": "none", "key.converter.schemas.enable": "false",
                      "value.converter.schemas.enable": "false", **{name.replace("_", "."): value for name, value in settings.items()}}
            return shared | ((of_walferry or {}) if source == "walferry" else {"publication.name": "identity"} | (of_pgoutput or {}))

        self.pair = two_sources.Pair(self.directory, self.postgres, self.name, self.name, of, f"s.public.{MARKER}")

    def wait(self):
        """Returns when both have told what was changed."""
        self.sql(f"INSERT INTO {MARKER} VALUES (DEFAULT)")
        self.marks += 1
        self.pair.wait(lambda side: side.marks >= self.marks)

    def lines(self):
        """Both sides' records up to the last marker, as bytes and without the markers' own; what ends that one's transaction may be there or not."""
        self.wait()
        return [[line for line in side.lines[:1 + max(i for i, line in enumerate(side.lines) if line.startswith(side.mark))]
                 if not line.startswith(side.mark)] for side in self.pair.sides]

    def records(self):
        return [[json.loads(line.replace(b'"ts"', b'"ts":0')) for line in lines] for lines in self.lines()]

    def close(self):
        if self.pair:
            self.pair.close()
        self.postgres.psql(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '{self.name}'")
        self.postgres.psql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


@pytest.fixture
def database(session_postgres, tmp_path, request):
    """A lab; begin(SQL, encoding) makes its tables, a publication and the slots."""
    lab = Lab(session_postgres, tmp_path, f"{NAME}_{request.node.name.partition('[')[0].removeprefix('test_')[:30]}")

    def begin(sql, publication="FOR ALL TABLES", **database):
        session_postgres.create_database(lab.name, **database)
        lab.sql(f"CREATE TABLE {MARKER} (id serial PRIMARY KEY);\n{sql};\nCREATE PUBLICATION identity {publication}")
        lab.create_slots()
        return lab

    yield begin
    lab.close()


def field(record, name):
    """Of an inline schema: what describes a column in "after"."""
    after = next(part for part in record["value"]["schema"]["fields"] if part["field"] == "after")
    return next(column for column in after["fields"] if column["field"] == name)


# ---------------------------------------------------------------- rows of the table

@shows("The catalogue as it was")
@pytest.mark.parametrize(("statement", "column", "member"), [
    ("ALTER TABLE t ALTER n SET DEFAULT 7", "n", "default"),
    ("COMMENT ON COLUMN t.n IS 'new'", "n", "doc"),
    ("UPDATE t SET n = 1; ALTER TABLE t ALTER n SET NOT NULL", "n", "optional"),
])
def test_later_definitions(database, statement, column, member):
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int)")
    lab.sql("INSERT INTO t VALUES (1, 1)")
    lab.sql(statement)
    lab.start(**SCHEMAS, include_schema_comments="true")
    walferry, pgoutput = lab.records()
    theirs, ours = field(walferry[0], column), field(pgoutput[0], column)
    assert theirs.get(member) != ours.get(member)
    assert {name: value for name, value in theirs.items() if name != member} == {name: value for name, value in ours.items() if name != member}
    assert walferry[0]["value"]["payload"]["after"] == pgoutput[0]["value"]["payload"]["after"] == {"id": 1, "n": 1}


def test_later_definitions_that_wait(database):
    """The same is no difference once both have told what came before it."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int)")
    lab.start(**SCHEMAS)
    for number, statement in enumerate(("ALTER TABLE t ALTER n SET DEFAULT 7", "ALTER TABLE t ALTER n SET NOT NULL", "ALTER TABLE t RENAME n TO m")):
        lab.sql(f"INSERT INTO t VALUES ({number}, 1)")
        lab.wait()
        lab.sql(statement)
    lab.sql("INSERT INTO t VALUES (9, 1)")
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) == 4


@shows("The catalogue as it was")
def test_later_key(database):
    """The key of a whole identity's table is the catalogue's; that of the default identity is told with the table."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE f (id int PRIMARY KEY, n int); ALTER TABLE f REPLICA IDENTITY FULL")
    lab.sql("INSERT INTO t VALUES (1, 1); INSERT INTO f VALUES (1, 1)")
    lab.sql("ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE f DROP CONSTRAINT f_pkey")
    lab.start()
    walferry, pgoutput = lab.records()
    assert [record["key"] for record in walferry] == [{"id": 1}, {"id": 1}]
    assert [record["key"] for record in pgoutput] == [{"id": 1}, None]


@shows("The catalogue as it was")
def test_dropped_table(database):
    """What was dropped before it was asked about keeps what pgoutput tells: names, types, values, the key."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 7, v varchar(5))")
    lab.sql("INSERT INTO t VALUES (1, 1, 'x')")
    lab.sql("DROP TABLE t")
    lab.start(**SCHEMAS)
    (walferry,), (pgoutput,) = lab.records()
    assert walferry["key"] == pgoutput["key"]
    assert walferry["value"]["payload"] == pgoutput["value"]["payload"]
    assert (field(walferry, "n").get("default"), field(walferry, "n")["optional"]) == (7, False)
    assert (field(pgoutput, "n").get("default"), field(pgoutput, "n")["optional"]) == (None, True)


@shows("Types that were dropped")
def test_dropped_type(database):
    lab = database("CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
    lab.sql("INSERT INTO t VALUES (1, 'b')")
    lab.sql("DROP TABLE t; DROP TYPE mood")
    lab.start(**SCHEMAS)
    (walferry,), (pgoutput,) = lab.records()
    assert walferry["value"]["payload"]["after"] == pgoutput["value"]["payload"]["after"] == {"id": 1, "m": "b"}
    assert field(walferry, "m")["name"] == "io.debezium.data.Enum"
    assert "name" not in field(pgoutput, "m")


@shows("Types that change without their tables")
def test_enum_label_that_no_row_has(database):
    lab = database("CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
    lab.start(**SCHEMAS)
    lab.sql("INSERT INTO t VALUES (1, 'a')")
    lab.wait()
    lab.sql("ALTER TYPE mood ADD VALUE 'c'")
    lab.sql("INSERT INTO t VALUES (2, 'a')")
    lab.wait()
    lab.sql("INSERT INTO t VALUES (3, 'c')")
    walferry, pgoutput = lab.records()
    allowed = [[field(record, "m")["parameters"]["allowed"] for record in records] for records in (walferry, pgoutput)]
    assert allowed == [["a,b", "a,b,c", "a,b,c"], ["a,b", "a,b", "a,b,c"]]
    assert walferry[2] == pgoutput[2]


def test_enum_labels_that_follow_each_other(database):
    """Each is known with the first row that has it, within a second too."""
    lab = database("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
    lab.start(**SCHEMAS)
    lab.sql("INSERT INTO t VALUES (0, 'a')")
    lab.wait()
    for number, label in enumerate("bcd", 1):
        lab.sql(f"ALTER TYPE mood ADD VALUE '{label}'")
        lab.sql(f"INSERT INTO t VALUES ({number}, '{label}')")
        lab.wait()
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) == 4


@shows("Types that change without their tables")
def test_domain_that_changes(database):
    lab = database("CREATE DOMAIN d AS int; CREATE TABLE t (id int PRIMARY KEY, n d)")
    lab.start(**SCHEMAS)
    lab.sql("INSERT INTO t VALUES (1, 1)")
    lab.wait()
    lab.sql("ALTER DOMAIN d SET NOT NULL")
    lab.sql("INSERT INTO t VALUES (2, 1)")
    lab.wait()
    lab.sql("ALTER TABLE t ADD m int")
    lab.sql("INSERT INTO t VALUES (3, 1)")
    walferry, pgoutput = lab.records()
    optional = [[field(record, "n")["optional"] for record in records] for records in (walferry, pgoutput)]
    assert optional == [[True, False, False], [True, True, False]]
    assert walferry[2] == pgoutput[2]


@shows("Text that is not UTF-8")
def test_text_without_unicode(database):
    """The server itself cannot send it."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, x text)", encoding="SQL_ASCII", locale="C")
    lab.sql("INSERT INTO t VALUES (1, E'a\\351b')")
    lab.start()
    walferry, pgoutput = lab.pair.sides
    walferry.wait(lambda side: side.lines)
    assert json.loads(walferry.lines[0].replace(b'"ts"', b'"ts":0'))["value"]["after"] == {"id": 1, "x": "a\ufffdb"}
    with pytest.raises(two_sources.Stopped, match="invalid byte sequence|SQL_ASCII"):
        pgoutput.wait(lambda side: side.lines)


@shows("A partition whose replica identity is `FULL`, and not its root's")
@pytest.mark.parametrize(("of_root", "of_leaf"), [("DEFAULT", "FULL"), ("FULL", "DEFAULT")])
def test_identity_of_a_partition(database, of_root, of_leaf):
    """Published by the root's name the old rows are the same; what a header says of them is not known of a full one."""
    lab = database("CREATE TABLE r (id int PRIMARY KEY, n int, m int) PARTITION BY RANGE (id);\n"
                   f"CREATE TABLE l PARTITION OF r DEFAULT; ALTER TABLE r REPLICA IDENTITY {of_root}; ALTER TABLE l REPLICA IDENTITY {of_leaf}",
                   "FOR ALL TABLES WITH (publish_via_partition_root = true)")
    lab.sql("INSERT INTO r VALUES (1, 1); UPDATE r SET n = 2; UPDATE r SET id = 2; UPDATE r SET n = NULL; DELETE FROM r")
    lab.start(publish_via_partition_root="true")
    walferry, pgoutput = lab.records()
    told = [{record["headers"].pop("__walferry.before", None) for record in records} - {None} for records in (walferry, pgoutput)]
    assert told == [{"full" if of_leaf == "FULL" else "key"}, {"key"}]
    assert walferry == pgoutput
    assert len(walferry) > 6


def test_partitions_with_keys_of_their_own(database):
    """The root has none, and is FULL; its partition tells its key alone, and NULL in what else there is of an old row is none."""
    lab = database("CREATE TABLE r (a int, d int, t text) PARTITION BY LIST (d); CREATE TABLE l PARTITION OF r (PRIMARY KEY (a)) DEFAULT;"
                   "ALTER TABLE l ALTER t SET STORAGE EXTERNAL; ALTER TABLE r REPLICA IDENTITY FULL",
                   "FOR ALL TABLES WITH (publish_via_partition_root = true)")
    lab.sql("INSERT INTO r VALUES (1, 1, repeat('x', 9000)); UPDATE r SET a = 2; DELETE FROM r")
    lab.start(publish_via_partition_root="true")
    walferry, pgoutput = lab.records()
    updates = [next(record for record in records if record["value"] and record["value"]["op"] == "u") for records in (walferry, pgoutput)]
    assert updates[0]["value"]["after"] == updates[1]["value"]["after"]
    assert updates[1]["value"]["after"]["t"] == "__debezium_unavailable_value"
    assert updates[1]["headers"]["__walferry.before"] == "key"


@pytest.mark.parametrize("key, identity", [("PRIMARY KEY (a, d)", "FULL"), ("PRIMARY KEY (a, d)", "DEFAULT"), ("UNIQUE (a, d)", "USING INDEX q_a_d_key")])
def test_partition_without_the_keys_columns(database, key, identity):
    """Its old rows tell another index's columns, of which no key can be made: an error, and no other row's delete."""
    lab = database(f"CREATE TABLE q (a int NOT NULL, d int NOT NULL, u int NOT NULL, {key}) PARTITION BY LIST (d); CREATE TABLE q1 PARTITION OF q DEFAULT;"
                   f"CREATE UNIQUE INDEX q1u ON q1 (u); ALTER TABLE q1 REPLICA IDENTITY USING INDEX q1u; ALTER TABLE q REPLICA IDENTITY {identity}",
                   "FOR ALL TABLES WITH (publish_via_partition_root = true)")
    lab.sql("INSERT INTO q VALUES (0, 0, 6), (1, 1, 7); DELETE FROM q WHERE a = 1")
    stops_at_the_delete(lab, 'replica identity has not the column "a"')


def test_partition_that_had_another_identity(database):
    """By now its old rows are whole: NULL is not taken for what a column held before it became NOT NULL."""
    lab = database("CREATE TABLE q (a int, d int, u int NOT NULL, PRIMARY KEY (a, d)) PARTITION BY LIST (d); CREATE TABLE q1 PARTITION OF q DEFAULT;"
                   "CREATE UNIQUE INDEX q1u ON q1 (u); ALTER TABLE q1 REPLICA IDENTITY USING INDEX q1u; ALTER TABLE q REPLICA IDENTITY FULL",
                   "FOR ALL TABLES WITH (publish_via_partition_root = true)")
    lab.sql("INSERT INTO q VALUES (0, 0, 6), (1, 1, 7); DELETE FROM q WHERE a = 1")
    lab.sql("ALTER TABLE q1 REPLICA IDENTITY FULL")
    stops_at_the_delete(lab, 'replica identity has not the column "a"')


def stops_at_the_delete(lab, sentence):
    lab.start(publish_via_partition_root="true")
    pgoutput = lab.pair.sides[1]
    with pytest.raises(two_sources.Stopped, match=sentence):
        pgoutput.wait(lambda side: False, 30)
    assert "it came up 3 times at the same change" in pgoutput.log()
    assert {json.loads(line.replace(b'"ts"', b'"ts":0'))["value"]["op"] for line in pgoutput.lines} == {"c"}


def test_key_with_a_generated_column(database):
    """It is in no row that the server sends, and what is left of the key may be several rows': there is no key, as with the plugin."""
    lab = database("CREATE TABLE t (tenant int, name text, norm text GENERATED ALWAYS AS (lower(name)) STORED NOT NULL, n int, PRIMARY KEY (tenant, norm));"
                   "CREATE TABLE i (LIKE t INCLUDING ALL); ALTER TABLE i DROP CONSTRAINT i_pkey; CREATE UNIQUE INDEX ii ON i (norm, tenant);"
                   "ALTER TABLE i REPLICA IDENTITY USING INDEX ii")
    for table in "t", "i":
        lab.sql(f"INSERT INTO {table} VALUES (1, 'Apple', DEFAULT, 1), (1, 'Pear', DEFAULT, 2); UPDATE {table} SET tenant = 2 WHERE n = 2; DELETE FROM {table} WHERE n = 1")
    lab.start()
    walferry, pgoutput = lab.records()
    assert walferry == pgoutput
    assert {record["key"] for record in pgoutput} == {None}


@shows("The order of a logical message and a change behind it")
def test_order_of_a_message(database):
    """PostgreSQL streams up to the message, being large; what it decodes at the commit it merges otherwise."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY)")
    lab.sql(f"ALTER DATABASE \"{lab.name}\" SET logical_decoding_work_mem = '64kB'")
    lab.sql("BEGIN; SAVEPOINT a; INSERT INTO t VALUES (1); SAVEPOINT b; SELECT pg_logical_emit_message(true, 'app', repeat('x', 100000));"
            "RELEASE b; INSERT INTO u VALUES (2), (3); COMMIT")
    lab.start(provide_transaction_metadata="true")
    walferry, pgoutput = lab.lines()
    assert two_sources.difference(walferry, pgoutput) is not None
    ties = []
    assert two_sources.difference(walferry, pgoutput, ties) is None
    assert len(ties) == 1
    end, other_end = ([line for line in lines if b'"status":"END"' in line][0] for lines in (walferry, pgoutput))
    assert end != other_end
    for lines in (walferry, pgoutput):
        records = [json.loads(line.replace(b'"ts"', b'"ts":0')) for line in lines]
        events = {record["value"]["op"] + str(record["value"].get("after")): record for record in records if "op" in record["value"]}
        message, row = events["mNone"], events["c{'id': 2}"]
        assert message["value"]["source"]["lsn"] == row["value"]["source"]["lsn"]
        assert message["headers"]["__walferry.position"] < row["headers"]["__walferry.position"]


@shows("A replication origin that is set within a transaction")
def test_origin_that_comes_late(database, session_postgres):
    """pgoutput tells the origin with the first piece that is streamed; the plugin has the commit's."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, v text)")
    lab.sql(f"ALTER DATABASE \"{lab.name}\" SET logical_decoding_work_mem = '64kB'")
    try:
        lab.sql("""
            SELECT pg_replication_origin_create('elsewhere');
            BEGIN;
            INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 300) i;
            SELECT pg_replication_origin_session_setup('elsewhere');
            SELECT pg_replication_origin_xact_setup('0/1234', now());
            COMMIT""")
        lab.start()
        walferry, pgoutput = lab.records()
    finally:
        session_postgres.psql("SELECT pg_replication_origin_drop('elsewhere')")
    assert len(walferry) == len(pgoutput) == 300
    for theirs, ours in zip(walferry, pgoutput):
        origins = [record["value"]["source"].pop(name) for record in (theirs, ours) for name in ("origin", "origin_lsn")]
        assert origins == ["elsewhere", 0x1234, None, None]
        assert theirs == ours


@pytest.fixture
def of_yen(monkeypatch):
    """A server that knows Japan's locale, whose money has no fraction."""
    with stack.RunDirectory() as run:
        locales = run.path / "locales"
        locales.mkdir(mode=0o755)
        made = subprocess.run(["localedef", "-i", "ja_JP", "-f", "UTF-8", locales / "ja_JP.UTF-8"], capture_output=True, text=True)
        if not (locales / "ja_JP.UTF-8").is_dir():
            pytest.skip(f"no locale could be made: {made.stderr}")
        monkeypatch.setenv("LOCPATH", f"{locales}:/usr/lib/locale")
        server = stack.Postgres(run, {"max_replication_slots": 4}).start()
        monkeypatch.delenv("LOCPATH")       # of which the C library leaks a copy in whoever else has it
        yield server


@shows("Money in composite values, of a currency without hundredths")
def test_money_of_yen(of_yen, tmp_path):
    """Alone it is the same; in a composite value its text is that of the session, which pgoutput's has of C."""
    lab = Lab(of_yen, tmp_path, "cannot_know_money")
    try:
        of_yen.create_database(lab.name)
        of_yen.psql(f"ALTER DATABASE {lab.name} SET lc_monetary = 'ja_JP.UTF-8'")
        lab.sql(f"""
            CREATE TYPE c AS (m money);
            CREATE TABLE t (id int PRIMARY KEY, m money, c c);
            CREATE TABLE {MARKER} (id serial PRIMARY KEY);
            CREATE PUBLICATION identity FOR ALL TABLES""")
        lab.create_slots()
        lab.sql("INSERT INTO t VALUES (1, 1234, ROW(1234))")
        lab.start(unknown_handling="text", decimal_handling_mode="string")
        (walferry,), (pgoutput,) = lab.records()
        after = [record["value"].pop("after") for record in (walferry, pgoutput)]
        assert walferry == pgoutput
        assert [row["m"] for row in after] == ["1234.00", "1234.00"]
        assert [row["c"] for row in after] == ['("￥1,234")', "($12.34)"]
    finally:
        lab.close()


# ---------------------------------------------------------------- no rows

def test_origins(database, session_postgres):
    """A large transaction's is the same as a small one's, though pgoutput streams it without its LSN."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, v text)")
    lab.sql(f"ALTER DATABASE \"{lab.name}\" SET logical_decoding_work_mem = '64kB'")
    try:
        lab.sql("""
            SELECT pg_replication_origin_create('elsewhere');
            SELECT pg_replication_origin_session_setup('elsewhere');
            BEGIN;
            SELECT pg_replication_origin_xact_setup('0/5678', now());
            INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 300) i;
            COMMIT;
            BEGIN;
            SELECT pg_replication_origin_xact_setup('0/9ABC', now());
            INSERT INTO t VALUES (0, 'small');
            COMMIT""")
        lab.start()
        walferry, pgoutput = lab.lines()
    finally:
        session_postgres.psql("SELECT pg_replication_origin_drop('elsewhere')")
    assert walferry == pgoutput
    assert "does not tell source.origin_lsn" in lab.pair.sides[1].log(), "the transaction was too small to be streamed"
    assert [line.count(b'"origin":"elsewhere","origin_lsn":22136') for line in pgoutput] == 300 * [1] + [0]


def test_generated_columns(database):
    """They are left out by default."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED, n int DEFAULT 3)")
    lab.sql("INSERT INTO t VALUES (1); UPDATE t SET id = 2")
    lab.start(**SCHEMAS)
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) > 3



def test_types_of_types(database):
    """What a composite type's members are, whatever of them is an enum, a domain, an array or another of its kind."""
    lab = database("""
        CREATE TYPE mood AS ENUM ('glad', 'sad');
        CREATE DOMAIN price AS numeric(10,2) NOT NULL;
        CREATE TYPE nothing AS ();
        CREATE TYPE inner_type AS (z mood, "A" price, moods mood[], n nothing);
        CREATE TYPE outer_type AS (x int, i inner_type, many inner_type[]);
        CREATE TABLE t (id int PRIMARY KEY, o outer_type, all_of outer_type[], n nothing, m mood, p price, r int4multirange)""")
    lab.sql("""INSERT INTO t VALUES (1, ROW(1, ROW('sad', 1.5, '{glad,sad}', ROW()), ARRAY[ROW('glad', 2, NULL, NULL)::inner_type]),
        ARRAY[ROW(2, NULL, NULL)::outer_type], ROW(), 'glad', 3, '{[1,3)}')""")
    lab.start(**SCHEMAS, unknown_handling="json")
    walferry, pgoutput = lab.lines()
    assert two_sources.difference(walferry, pgoutput) is None
    assert len(walferry) == 1 and b'glad,sad' in walferry[0] and rb'\"moods\":[\"glad\",\"sad\"]' in walferry[0]


def test_transactions_without_events(database):
    """An empty transaction, and one of tables that the publication leaves out, have no BEGIN and do not count in sequence."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE other (id int PRIMARY KEY)", "FOR TABLE t, zz_marker")
    lab.sql("INSERT INTO t VALUES (1, 1); BEGIN; SELECT pg_current_xact_id(); COMMIT; INSERT INTO other VALUES (1);"
            "BEGIN; INSERT INTO other VALUES (2); INSERT INTO t VALUES (2, 1); COMMIT; UPDATE t SET n = 2; TRUNCATE t, other")
    lab.start(of_walferry={"publication.filter": "identity"}, provide_transaction_metadata="true")
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) > 10


def hidden(lab):
    """Transactions that have committed, and that nobody sees."""
    return int(lab.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", lab.name))


def test_commit_that_is_not_seen_yet(database, session_postgres):
    """Its definitions are in the catalogue only when a synchronous standby has answered, though it is decoded before."""
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int)")
    lab.start(**SCHEMAS)
    lab.wait()
    session_postgres.psql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    try:
        session_postgres.psql("SELECT pg_reload_conf()")
        stack.wait_until(lambda: session_postgres.psql("SHOW synchronous_standby_names").strip() == "nobody", 30, "the setting")
        writer = threading.Thread(target=lab.sql, args=(
            "BEGIN; CREATE TYPE mood AS ENUM ('glad', 'sad'); ALTER TABLE t ADD m mood NOT NULL DEFAULT 'sad';"
            "CREATE TABLE u (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'glad');"
            "INSERT INTO t VALUES (1, 1); INSERT INTO u VALUES (1); COMMIT",))
        writer.start()
        stack.wait_until(lambda: hidden(lab) == 1, 30, "a commit that waits")
        walferry, pgoutput = lab.pair.sides
        walferry.wait(lambda side: len(side.lines) >= 2 + side.marks)
        pgoutput.read(2)
        assert len(pgoutput.lines) == pgoutput.marks
    finally:
        session_postgres.psql("ALTER SYSTEM RESET synchronous_standby_names")
        session_postgres.psql("SELECT pg_reload_conf()")
    writer.join(30)
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) == 2


def test_row_filters(database, session_postgres):
    """What a filter makes of an update is the same: an insert, a delete or nothing."""
    if session_postgres.connect().info.server_version < 150000:
        pytest.skip("publications have row filters since 15")
    lab = database("CREATE TABLE t (id int PRIMARY KEY, n int); ALTER TABLE t REPLICA IDENTITY FULL", "FOR TABLE t WHERE (n > 5), TABLE zz_marker")
    lab.sql("INSERT INTO t VALUES (1, 1), (2, 7); UPDATE t SET n = n + 5; UPDATE t SET n = 1; DELETE FROM t")
    lab.start(of_walferry={"publication.filter": "identity"}, provide_transaction_metadata="true")
    walferry, pgoutput = lab.lines()
    assert walferry == pgoutput
    assert len(walferry) > 6


# ---------------------------------------------------------------- the table

def test_each_row_is_shown():
    rows = documented.table("pgoutput.md", "What pgoutput cannot know")
    assert set(rows) == set(ROWS)
    for row, tests in ROWS.items():
        assert all(f"`{test}`" in rows[row] for test in tests)
