# plugin.name=pgoutput: its publication is made, given its tables and looked at, before Kafka is asked for anything.
#
# SPDX-License-Identifier: Apache-2.0

import re

import pytest
import stack
from lab import Lab

TABLES = """
CREATE TABLE orders (id integer PRIMARY KEY, amount integer, note text);
CREATE TABLE customers (id integer PRIMARY KEY, name text, ssn text);
CREATE TABLE "Odd Name" (id integer PRIMARY KEY);
CREATE TABLE parts (id integer, day integer, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY);
CREATE TABLE heir () INHERITS (customers);
ALTER TABLE heir ADD PRIMARY KEY (id);
"""
SETTINGS = {"plugin_name": "pgoutput", "publication_name": "The Shop", "kafka_bootstrap_servers": "127.0.0.1:1"}


@pytest.fixture
def shop(make_lab):
    lab = make_lab()
    lab.sql(TABLES)
    return lab


@pytest.fixture(scope="module")
def standing_shop(session_postgres):
    """For tests that leave nothing but a publication behind."""
    lab = Lab("publication_setup", session_postgres, None).create_database()
    lab.sql(TABLES)
    yield lab
    lab.close()


@pytest.fixture
def same_shop(standing_shop):
    yield standing_shop
    standing_shop.sql('DROP PUBLICATION IF EXISTS "The Shop"')


def starts(lab, **changes):
    """The log of a start, up to where Kafka cannot be reached."""
    before = len(lab.shipper.log()) if lab.shipper else 0
    lab.start(wait="none", **{**SETTINGS, **changes})
    log = stack.wait_until(lambda: " kafka: " in lab.shipper.log()[before:] and lab.shipper.log()[before:], 20,
                           "the end of the look at the source")
    lab.shipper.kill9()  # its wait for Kafka would take two seconds
    return log


def refusal(lab, **changes):
    """What the shipper says when it does not start; no slot is made then."""
    code, log = lab.fails(**{**SETTINGS, **changes})
    assert code == 1, log
    assert lab.slot() is None
    return re.findall(r"^\S+ error source: (.*)$", log, re.M)[-1]


def warnings(log):
    return [line for line in re.findall(r"^\S+ warning source: (.*)$", log, re.M)]


def publication(lab):
    """(FOR ALL TABLES, operations, via root) of the publication, and its members."""
    (row,) = lab.sql("""SELECT puballtables, concat_ws(' ', CASE WHEN pubinsert THEN 'i' END, CASE WHEN pubupdate THEN 'u' END,
                            CASE WHEN pubdelete THEN 'd' END, CASE WHEN pubtruncate THEN 't' END), pubviaroot
                        FROM pg_publication WHERE pubname = 'The Shop'""")
    return row, {name for name, in lab.sql("SELECT relname FROM pg_publication_rel JOIN pg_class c ON c.oid = prrelid")}


@pytest.mark.parametrize("changes, made", [
    ({}, (True, "i u d t", False)),
    ({"publication_autocreate_mode": "no_tables"}, (False, "i u d t", False)),
    ({"skipped_operations": None}, (True, "i u d t", False)),
    ({"skipped_operations": "d,t", "publish_via_partition_root": "true"}, (True, "i u", True)),
    ({"skipped_operations": "c,u,d,t", "publication_autocreate_mode": "no_tables"}, (False, "", False)),
])
def test_made(same_shop, changes, made):
    log = starts(same_shop, **changes)
    assert publication(same_shop) == (made, set())
    assert 'source: the publication is made' in log
    empty = "the publication has none of the tables" in log
    assert empty == (changes.get("publication_autocreate_mode") == "no_tables")

    # what is there is used as it is
    log = starts(same_shop, **{**changes, "publish_via_partition_root": "false", "skipped_operations": "u"})
    assert publication(same_shop) == (made, set())
    assert "the publication is made" not in log


def test_disabled(same_shop):
    said = refusal(same_shop, publication_autocreate_mode="disabled", skipped_operations="t")
    assert said == ('publication "The Shop" does not exist, and with publication.autocreate.mode=disabled none is made: create it '
                    '(CREATE PUBLICATION "The Shop" FOR TABLE ... WITH (publish = \'insert, update, delete\');), '
                    'or correct publication.name')
    same_shop.sql('CREATE PUBLICATION "The Shop" FOR TABLE orders')
    starts(same_shop, publication_autocreate_mode="disabled")


def test_filtered(shop):
    """Its tables are those of the lists; what a DBA said of one that stays is kept."""
    filtered = {"publication_autocreate_mode": "filtered", "skipped_operations": None}
    log = starts(shop, **filtered)
    assert publication(shop) == ((False, "i u d t", False), {"orders", "customers", 'Odd Name', "parts", "parts_1", "heir"})
    assert "ALTER PUBLICATION" not in starts(shop, **filtered)

    log = starts(shop, **filtered, table_include_list='public\\\\.orders,public\\\\.customers,public\\\\.Odd Name')
    assert publication(shop)[1] == {"orders", "customers", 'Odd Name'}
    shop.sql('ALTER PUBLICATION "The Shop" SET TABLE orders WHERE (amount > 10), ONLY customers')
    shop.sql("CREATE TABLE orders_2 (id integer PRIMARY KEY)")
    log = starts(shop, **{**filtered, "skipped_operations": "t,d"}, table_include_list="public\\\\.orders.*")
    assert publication(shop) == ((False, "i u", False), {"orders", "orders_2"})
    assert shop.sql("SELECT count(prqual) FROM pg_publication_rel") == [(1,)]
    assert re.search(r'warning .*taken out of the publication.*tables=public\.customers$\n.*the publication is given what', log, re.M)
    assert ('the publication is given what the configuration publishes sql="ALTER PUBLICATION \\"The Shop\\" ADD TABLE ONLY '
            '\\"public\\".\\"orders_2\\"; ALTER PUBLICATION \\"The Shop\\" DROP TABLE ONLY \\"public\\".\\"customers\\"; '
            'ALTER PUBLICATION \\"The Shop\\" SET (publish = \'insert, update\')"') in log
    log = starts(shop, **filtered, table_include_list="public\\\\.nothing")
    assert "let no table through, so the publication keeps its own" in log


def test_filtered_by_schema(shop):
    shop.sql('CREATE PUBLICATION "The Shop" FOR TABLES IN SCHEMA public')
    shop.sql("CREATE SCHEMA far; CREATE TABLE far.away (id integer PRIMARY KEY)")
    filtered = {"publication_autocreate_mode": "filtered", "skipped_operations": None}
    assert "ALTER PUBLICATION" not in starts(shop, **filtered, schema_include_list="public")
    starts(shop, **filtered, table_include_list="public\\\\.orders,far\\\\.away")
    assert publication(shop)[1] == {"orders", "away"}
    assert shop.sql("SELECT count(*) FROM pg_publication_namespace") == [(0,)]


def test_filtered_partitions(shop):
    """Members are those of the catalogue: pg_publication_tables leaves out what is published by another name."""
    filtered = {"publication_autocreate_mode": "filtered", "skipped_operations": None, "publish_via_partition_root": "true",
                "table_include_list": "public\\\\.parts.*"}
    starts(shop, **filtered)
    assert publication(shop) == ((False, "i u d t", True), {"parts", "parts_1"})
    assert shop.sql("SELECT tablename FROM pg_publication_tables") == [("parts",)]
    assert "ALTER PUBLICATION" not in starts(shop, **filtered)


def test_filtered_refused(same_shop):
    said = refusal(same_shop, publication_autocreate_mode="filtered", table_include_list="public\\\\.nothing")
    assert said.startswith("publication.autocreate.mode=filtered makes publication \"The Shop\" of the tables that the include and "
                           "exclude lists let through, and they let none through")
    same_shop.sql('CREATE PUBLICATION "The Shop" FOR ALL TABLES')
    assert "is FOR ALL TABLES, and cannot be given the tables" in refusal(same_shop, publication_autocreate_mode="filtered")


@pytest.fixture
def clerk(shop):
    """A shop whose shipper logs in as a role that may replicate, and no more."""
    shop.user, shop.password = f"{shop.name[:50]}_clerk", "clerk"
    shop.sql(f"CREATE ROLE {shop.user} LOGIN REPLICATION PASSWORD 'clerk'")
    yield shop
    shop.sql(f"DROP OWNED BY {shop.user} CASCADE; DROP ROLE {shop.user}")


def test_rights(clerk):
    """Each lack is told with a statement that somebody else can run, after which it starts."""
    filtered = {"publication_autocreate_mode": "filtered", "skipped_operations": None, "table_include_list": "public\\\\.orders"}
    said = refusal(clerk)
    assert f'publication "The Shop" cannot be made by role "{clerk.user}": PostgreSQL says: permission denied for database' in said
    assert 'run CREATE PUBLICATION "The Shop" FOR ALL TABLES; and start again' in said
    clerk.sql(f'GRANT CREATE ON DATABASE "{clerk.database}" TO {clerk.user}')
    assert "must be superuser to create FOR ALL TABLES publication" in refusal(clerk)
    said = refusal(clerk, **filtered)
    assert "must be owner of table orders" in said
    clerk.sql(re.search("run (CREATE PUBLICATION .*;) and start again", said)[1])
    starts(clerk, **filtered)
    filtered["table_include_list"] += ",public\\\\.customers"
    assert 'cannot be altered by role' in refusal(clerk, **filtered)
    clerk.sql("ALTER TABLE orders OWNER TO {0}; ALTER TABLE customers OWNER TO {0}".format(clerk.user))
    clerk.sql('ALTER PUBLICATION "The Shop" OWNER TO ' + clerk.user)
    starts(clerk, **filtered)
    assert publication(clerk)[1] == {"orders", "customers"}


@pytest.mark.parametrize("publication, changes, told", [
    ("FOR ALL TABLES", {}, []),
    ("FOR TABLE orders WHERE (amount > 10), customers, heir, parts, \"Odd Name\"", {},
     ["row filters of the publication keep rows back at the server publication=\"The Shop\" tables=public.orders"]),
    ("FOR TABLE customers (id, ssn), parts, orders (id, note)", {"table_include_list": "public\\\\.(customers|parts_1)"},
     ["column lists of the publication keep columns back, which events will not have publication=\"The Shop\" "
      "columns=public.customers.name"]),
    ("FOR TABLE customers (id, ssn)", {"column_exclude_list": "public\\\\.customers\\\\.name",
                                       "table_include_list": "public\\\\.customers"}, []),
    ("FOR ALL TABLES WITH (publish = 'insert')", {"skipped_operations": "t"},
     ["the publication does not have all operations that the configuration publishes: ALTER PUBLICATION ... SET (publish = ...) "
      "adds them, skipped.operations says that they are not wanted publication=\"The Shop\" missing=\"updates, deletes\""]),
    ("FOR ALL TABLES WITH (publish_via_partition_root)", {},
     ["rows of partitions go by the name of the table above them, as the publication says, whatever publish.via.partition.root is: "
      "ALTER PUBLICATION ... SET (publish_via_partition_root = false) leaves them their own publication=\"The Shop\""]),
    ("FOR ALL TABLES", {"publish_via_partition_root": "true"},
     ["rows of partitions go by their partitions' names, as the publication says, whatever publish.via.partition.root is: "
      "ALTER PUBLICATION ... SET (publish_via_partition_root = true) gives them that of the table above them "
      "publication=\"The Shop\""]),
    ("FOR TABLE orders", {}, []),
    ("FOR TABLE orders", {"table_include_list": "public\\\\.(orders|customers|heir)"},
     ["tables that the include and exclude lists let through are not in the publication, and their rows are not published: ALTER "
      "PUBLICATION ... ADD TABLE ... adds them publication=\"The Shop\" tables=\"public.customers, public.heir\""]),
])
def test_fits(same_shop, publication, changes, told):
    same_shop.sql(f'CREATE PUBLICATION "The Shop" {publication}')
    assert warnings(starts(same_shop, **changes)) == told


@pytest.mark.parametrize("locked", ["orders", "parts", "parts_1"])
def test_tables_are_not_locked(shop, locked):
    """What the publication has is told without waiting for who has a table for himself."""
    version = int(shop.postgres.psql("SHOW server_version_num"))
    shop.sql(f'CREATE PUBLICATION "The Shop" FOR TABLE {"orders WHERE (amount > 10)" if version >= 150000 else "orders"}, parts')
    shop.create_slot("pgoutput")
    with shop.connect() as other:
        other.execute(f"BEGIN; LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
        log = starts(shop)
        assert version < 150000 or "row filters of the publication keep rows back" in log
        other.execute("ROLLBACK")


def test_replica_identity(shop):
    """Tables on which the publication makes the server refuse UPDATE and DELETE."""
    shop.sql("""
        CREATE TABLE bare_1 (id integer);
        CREATE TABLE bare_2 (id integer PRIMARY KEY DEFERRABLE);
        CREATE TABLE bare_3 (id integer PRIMARY KEY);
        CREATE TABLE bare_4 (id integer NOT NULL UNIQUE);
        CREATE TABLE bare_5 (id integer);
        CREATE TABLE well_1 (id integer);
        CREATE TABLE well_2 (id integer NOT NULL UNIQUE);
        ALTER TABLE bare_3 REPLICA IDENTITY NOTHING;
        ALTER TABLE well_1 REPLICA IDENTITY FULL;
        ALTER TABLE well_2 REPLICA IDENTITY USING INDEX well_2_id_key;
    """)
    told, = warnings(starts(shop))
    assert told == ("the server refuses UPDATE and DELETE on tables of the publication that have neither a primary key nor another "
                    "replica identity: run ALTER TABLE ... REPLICA IDENTITY FULL, or take them out of it "
                    'publication="The Shop" tables="public.bare_1, public.bare_2, public.bare_3 (and 2 more)"')
    with pytest.raises(Exception, match="does not have a replica identity and publishes updates"):
        shop.sql("UPDATE bare_5 SET id = 1")

    shop.sql("""DROP PUBLICATION "The Shop";
                CREATE PUBLICATION "The Shop" FOR TABLE customers (id, name), orders (id, note);
                ALTER TABLE customers REPLICA IDENTITY FULL""")
    changes = {"table_include_list": "public\\\\.(customers|orders)"}
    told = warnings(starts(shop, **changes))
    assert [line.rpartition(" publication=")[2] for line in told] == [
        '"The Shop" columns="public.orders.amount, public.customers.ssn"', '"The Shop" tables=public.customers']
    with pytest.raises(Exception, match="[Cc]olumn list used by the publication does not cover the replica identity"):
        shop.sql("UPDATE customers SET name = 'x'")
    shop.sql("""ALTER PUBLICATION "The Shop" SET (publish = 'insert, truncate')""")
    told = warnings(starts(shop, skipped_operations="u,d", **changes))
    assert [line for line in told if "refuses" in line] == []


def test_keys(same_shop):
    same_shop.sql("""CREATE PUBLICATION "The Shop" FOR TABLE customers (name), orders WITH (publish = 'insert')""")
    changes = {"skipped_operations": "u,d,t", "table_include_list": "public\\\\.(orders|customers)"}
    assert refusal(same_shop, **changes) == ('the column lists of publication "The Shop" leave out columns of keys: public.customers.id; events '
                                        "would go by another key: add them to the lists, or choose the key with message.key.columns")
    starts(same_shop, **changes, message_key_columns="public.customers:name")
    assert "columns of keys: public.customers.ssn" in refusal(same_shop, **changes, message_key_columns="public.customers:name,ssn")


def test_created_anew(shop):
    """A table has left its publication then: the next start says so, and before it the query of docs/pgoutput.md."""
    text = (stack.ROOT / "docs/pgoutput.md").read_text()
    query = re.search(r"```sql\n(SELECT c\.oid::regclass.*?)```", text, re.S)[1].replace("dbz_publication", "The Shop")
    shop.sql('CREATE PUBLICATION "The Shop" FOR TABLE orders, customers, "Odd Name", parts')
    captured = {"table_include_list": "public\\\\.(orders|customers)"}
    assert shop.sql(query) == []
    assert not any("public.orders" in line for line in warnings(starts(shop, **captured)))
    shop.sql("DROP TABLE orders; CREATE TABLE orders (id integer PRIMARY KEY)")
    assert shop.sql(query) == [("orders",)]
    assert any("public.orders" in line for line in warnings(starts(shop, **captured)))
    shop.sql("DROP TABLE orders; CREATE TABLE orders (id integer PRIMARY KEY); ALTER PUBLICATION \"The Shop\" ADD TABLE orders")
    assert shop.sql(query) == []


def test_generated_columns(shop):
    shop.sql("CREATE TABLE sums (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) STORED)")
    starts(shop)
    said = refusal(shop, include_generated_columns="true")
    assert said.startswith("include.generated.columns=true asks for columns that the server does not send: public.sums.twice; ")
    starts(shop, include_generated_columns="true", column_exclude_list="public\\\\.sums\\\\.twice")


def test_plugin_of_the_slot(shop):
    """plugin.name that is not set is the slot's; a slot of none that can be read is told with the way out."""
    shop.create_slot("pgoutput")
    log = starts(shop, plugin_name=None)
    assert "the publication is made" in log
    assert warnings(log) == ["the replication slot is older than the publication, and what was committed before the publication "
                             f'cannot be read slot={shop.slot_name} publication="The Shop"']
    for changes, told in (
            ({"publication_filter": "p"}, "publication.filter does not go with plugin.name=pgoutput"),
            ({"plugin_name": "walferry", "publication_name": None},
             "belongs to the output plugin pgoutput, not walferry: take its plugin for plugin.name, choose another slot.name")):
        code, log = shop.fails(**{**SETTINGS, "plugin_name": None, **changes})
        assert (code, told in log) == (1, True), log
    shop.postgres.psql(f"SELECT pg_drop_replication_slot('{shop.slot_name}')")

    shop.create_slot("test_decoding")
    code, log = shop.fails(**SETTINGS)
    assert code == 1
    assert ("belongs to the output plugin test_decoding, not pgoutput: choose another slot.name, or, if its changes are no longer needed, "
            f"run SELECT pg_drop_replication_slot('{shop.slot_name}'); and start again to have it made (by SELECT "
            f"pg_create_logical_replication_slot('{shop.slot_name}', 'pgoutput');)") in log


def reads(lab, **changes):
    """Starts to read the slot, and delivers to Kafka."""
    lab.start(**{**SETTINGS, "kafka_bootstrap_servers": lab.kafka.bootstrap, **changes})


def source_errors(lab):
    return re.findall(r"^\S+ error source: (.*)$", lab.shipper.log(), re.M)


def is_stopped_by_gap(lab):
    """What the shipper says when it ends, as nothing that it could do itself helps."""
    assert lab.shipper.wait_exit(30) == 1
    said = source_errors(lab)[-1]
    assert said.startswith('publication "The Shop" was not there when a change was committed that the slot comes to now')
    return said


def test_dropped_and_made_anew(shop):
    """It is not made again behind the back of who dropped it; what was committed since is told, and can be passed over."""
    reads(shop)
    shop.sql("INSERT INTO orders VALUES (1, 1, 'read')")
    shop.wait_records(shop.topic("orders"), 1)
    shop.sql('DROP PUBLICATION "The Shop"')
    shop.sql("INSERT INTO orders VALUES (2, 2, 'between')")
    stack.wait_until(lambda: any("is not there any more: somebody dropped it while walferry read it" in said and
                                 'pg_replication_slot_advance(' in said for said in source_errors(shop)),
                     20, "a word about the drop")
    shop.sql('CREATE PUBLICATION "The Shop" FOR TABLE orders')
    said = is_stopped_by_gap(shop)
    assert shop.slot() is not None
    shop.sql("INSERT INTO orders VALUES (3, 3, 'passed over')")
    shop.sql(re.search("run (SELECT pg_replication_slot_advance.*;) in database", said)[1])
    shop.sql("INSERT INTO orders VALUES (4, 4, 'read')")
    reads(shop)
    records = shop.wait_records(shop.topic("orders"), 2)
    assert sorted(record.after["id"] for record in records) == [1, 4]
    shop.shipper.stop()


def test_late_publication(shop):
    """A slot from before the publication: what was committed then is told, not passed over."""
    shop.create_slot("pgoutput")
    shop.sql("INSERT INTO orders VALUES (1, 1, 'early')")
    reads(shop, wait="none")
    assert "came up 3 times at the same change" in is_stopped_by_gap(shop)
    assert "the replication slot is older than the publication" in shop.shipper.log()


def test_a_catalogue_that_is_closed(clerk):
    """What only warns at the start warns; what is needed is told with the GRANT, after which it starts."""
    clerk.sql('CREATE PUBLICATION "The Shop" FOR TABLE orders; REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC')
    grant = f'GRANT SELECT ON pg_catalog.pg_class TO \\"{clerk.user}\\";'
    assert any("could not be looked through" in line and grant in line for line in warnings(starts(clerk)))
    said = refusal(clerk, publication_autocreate_mode="filtered")
    grant = f'GRANT SELECT ON pg_catalog.pg_class TO "{clerk.user}";'
    assert grant in said and said.endswith("(permission denied for table pg_class)")
    clerk.sql(grant)
    assert "permission denied" not in starts(clerk)


def test_to_stdout(shop):
    """It is looked at when it is made, and read."""
    shop.start(**{**SETTINGS, "kafka_bootstrap_servers": None, "sink": "stdout"})
    shop.sql("INSERT INTO orders VALUES (1, 1, 'printed')")
    stack.wait_until(lambda: '"printed"' in shop.shipper.log(), 20, "the row")
    shop.shipper.stop()
    assert "the publication is made" in shop.shipper.log()
    assert warnings(shop.shipper.log()) == []


def test_tail_makes_none(shop):
    config = "".join(f"{name}={value}\n" for name, value in shop.settings(**SETTINGS).items())
    result = shop.run_once("tail", config=config.encode())
    assert (result.returncode, "and none is made for looking only" in result.stderr) == (1, True), result.stderr
    assert shop.sql("SELECT count(*) FROM pg_publication") == [(0,)]
