# A connector's file that came along: what its publication hides is not published without a word.
#
# SPDX-License-Identifier: Apache-2.0

import re
import time

import pytest

TABLES = """
CREATE TABLE orders (id integer PRIMARY KEY, amount integer, note text);
CREATE TABLE customers (id integer PRIMARY KEY, name text, ssn text);
CREATE TABLE parts (id integer, day integer, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2) PARTITION BY RANGE (day);
CREATE TABLE parts_1_1 PARTITION OF parts_1 FOR VALUES FROM (1) TO (2);
CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY);
"""
WHOLE = "orders, customers, parts"


@pytest.fixture
def shop(make_lab):
    lab = make_lab()
    lab.sql(TABLES)
    return lab


def refusal(lab, **changes):
    """What the shipper says when it does not start; no slot is made then."""
    code, log = lab.fails(**changes)
    assert code == 1, log
    assert lab.slot() is None
    line, = re.findall(r"^\S+ error source: (.*)$", log, re.M)
    return line


def starts(lab, **changes):
    """What it logs until it runs."""
    before = len(lab.shipper.log()) if lab.shipper else 0
    lab.start(**changes)
    lab.shipper.stop()
    log = lab.shipper.log()[before:]
    lab.postgres.psql(f"SELECT pg_drop_replication_slot('{lab.slot_name}')")
    return log


@pytest.mark.parametrize("publication, hides", [
    (f"FOR TABLE {WHOLE.replace('orders', 'orders WHERE (amount > 10)')}", "rows of table public.orders by a row filter"),
    (f"FOR TABLE {WHOLE.replace('customers', 'customers (id, name)')}", "column public.customers.ssn by a column list"),
    (f"FOR TABLE {WHOLE.replace('customers', 'customers (id)')}", "column public.customers.name by a column list (and more)"),
    (f"FOR TABLE {WHOLE} WITH (publish = 'insert, truncate')", "updates, deletes"),
    ("FOR ALL TABLES WITH (publish = 'insert, update, delete')", "truncates"),
    ("FOR TABLE orders, parts", "table public.customers, which is not in it"),
    ("", "table public.orders, which is not in it (and more)"),
    (f"FOR TABLE {WHOLE.replace('parts', 'parts WHERE (id > 1)')} WITH (publish_via_partition_root)",
     "rows of table public.parts_1_1 by a row filter"),
    ("FOR TABLE orders WHERE (amount > 10), customers (id, name) WITH (publish = 'insert, update, truncate')",
     "deletes; rows of table public.orders by a row filter; column public.customers.ssn by a column list; "
     "table public.parts_1_1, which is not in it"),
])
def test_refused(shop, publication, hides):
    shop.sql(f"CREATE PUBLICATION shop {publication}")
    assert refusal(shop, publication_name="shop") == (
        'publication "shop", which a Debezium connector of this configuration reads, hides what would be published here: '
        f"{hides}; add publication.filter=shop to have it hidden here too, or remove publication.name to publish it")


def test_refused_with_a_slot_and_by_tail(shop):
    """Also when the slot has been there for long, and when somebody only looks."""
    shop.create_slot()
    shop.sql('CREATE PUBLICATION "My Shop" FOR TABLE orders WHERE (amount > 10)')
    before = shop.slot()
    for verb in ("run", "tail"):
        config = "".join(f"{name}={value}\n" for name, value in shop.settings(
            publication_name="My Shop", publication_autocreate_mode="disabled", table_include_list="public.orders").items())
        result = shop.run_once(verb, config=config.encode())
        assert result.returncode == 1
        assert 'add publication.filter="My Shop" to' in result.stderr
        assert "or remove publication.name and publication.autocreate.mode to publish it" in result.stderr
    assert shop.slot()["confirmed_flush_lsn"] == before["confirmed_flush_lsn"]


def test_both_ways_out(shop):
    shop.sql("CREATE PUBLICATION shop FOR TABLE orders WHERE (id > 1)")
    shop.start(publication_name="shop", publication_filter="shop")
    shop.sql("INSERT INTO orders VALUES (1), (2)")
    shop.delivered()
    assert [record.after["id"] for record in shop.records(shop.topic("orders"))] == [2]
    shop.shipper.stop()
    shop.start()
    shop.sql("INSERT INTO orders VALUES (0), (3)")
    shop.delivered()
    assert sorted(record.after["id"] for record in shop.records(shop.topic("orders"))) == [0, 2, 3]


@pytest.mark.parametrize("publication, settings", [
    ("FOR ALL TABLES", {}),
    ("FOR TABLES IN SCHEMA public", {}),
    (f"FOR TABLE {WHOLE}", {}),
    (f"FOR TABLE {WHOLE} WITH (publish_via_partition_root)", {}),
    ("FOR TABLE orders (id, amount), customers WHERE (id > 1), parts",
     {"column_exclude_list": "public.orders.note", "table_exclude_list": "public.customers"}),
    (f"FOR TABLE {WHOLE} WITH (publish = 'insert, update')", {"skipped_operations": "d,t"}),
    ("FOR TABLE orders", {"table_include_list": "public.orders"}),
    ("FOR TABLE parts WITH (publish_via_partition_root)", {"table_include_list": "public.parts", "publish_via_partition_root": "true"}),
    ("FOR TABLE orders", {"publication_autocreate_mode": "filtered"}),
])
def test_nothing_is_hidden(shop, publication, settings):
    """The configuration leaves out itself what the publication does, or Debezium would put it in."""
    shop.sql(f"CREATE PUBLICATION shop {publication}")
    assert "hides" not in starts(shop, publication_name="shop", **settings)


def test_partitions_as_their_root(shop):
    """Lists name the partitioned table then."""
    shop.sql("CREATE PUBLICATION shop FOR TABLE orders")
    assert "table public.parts_1_1, which is not in it;" in refusal(
        shop, publication_name="shop", table_include_list="public.parts", publish_via_partition_root="true")


def test_partitions_under_other_names(shop):
    """The topics are others than the connector's then."""
    shop.sql("CREATE PUBLICATION as_root FOR ALL TABLES WITH (publish_via_partition_root)")
    shop.sql("CREATE PUBLICATION as_they_are FOR ALL TABLES")
    said = "warning source: the publication that the configuration names publishes partitions "
    assert said + "as the table above" in starts(shop, publication_name="as_root")
    assert said + "under their own names" in starts(shop, publication_name="as_they_are", publish_via_partition_root="true")
    assert " warning " not in starts(shop, publication_name="as_root", publish_via_partition_root="true")
    assert " warning " not in starts(shop, publication_name="as_they_are")


def test_a_publication_that_is_not_there(shop):
    """A connector makes it, unless it may not: then it would not start, and here everything is published."""
    assert " warning " not in starts(shop, publication_name="shop")
    for mode in ("disabled", "no_tables"):
        log = starts(shop, publication_name="shop", publication_autocreate_mode=mode)
        assert len(re.findall('warning source: the publication .* does not exist; .*publication=shop', log)) == 1


def test_a_filter_without_tables(shop):
    """Allowed, for tables may be added; but somebody will ask where the rows are."""
    shop.sql("CREATE PUBLICATION one; CREATE PUBLICATION two")
    said = "warning source: the publications of publication.filter publish no table"
    assert starts(shop, publication_filter="one,two").count(said) == 1
    shop.sql("ALTER PUBLICATION two ADD TABLE orders")
    assert " warning " not in starts(shop, publication_filter="one,two")


def test_a_filter_that_is_not_there(shop):
    """That is an error; nothing is said of tables that it does not publish."""
    _, log = shop.fails(sink="stdout", kafka_bootstrap_servers=None, publication_filter="nix")
    assert 'publication "nix" does not exist' in log and " warning " not in log


@pytest.mark.parametrize("lists, meant", [
    ({"table_include_list": "orders"}, "public.orders"),
    ({"table_include_list": "public.orders;public.parts"}, "public.orders"),
    ({"table_include_list": 'public."customers"'}, "public.customers"),
    ({"table_include_list": "shop.nothing"}, None),
    ({"table_include_list": "public.reorders"}, None),
    ({"schema_exclude_list": "public"}, None),
    ({"schema_include_list": '"public"'}, "public"),
    ({"schema_include_list": "shop", "table_exclude_list": "public.orders"}, None),
])
def test_lists_that_let_no_table_through(shop, lists, meant):
    """Allowed, for tables may come; but most often a name is wrong, and the slot is drained."""
    line, = re.findall("warning source: the include and exclude lists let no table .*", starts(shop, **lists))
    assert (f"perhaps_meant={meant}" in line) if meant else "perhaps_meant" not in line
    assert re.search(r"\btables=[1-9]", line)
    assert f"lists={','.join(name.replace('_', '.') for name in lists)} " in line
    assert "table.include.list" not in line or "table_include_list" in lists


def test_lists_that_let_a_table_through(shop):
    """Partitions go by the name that they are published by; empty lists let all through."""
    said = "lists let no table"
    for lists in ({"table_include_list": r"public\\.orders"}, {"table_exclude_list": "public.orders"}, {"table_include_list": ""},
                  {"table_include_list": "public.parts", "publish_via_partition_root": "true"},
                  {"table_include_list": "public.parts", "publish_via_partition_root_include_list": "public.parts"}):
        assert said not in starts(shop, **lists) and "let a partitioned table" not in starts(shop, **lists)
    log = starts(shop, table_include_list="public.parts")
    assert re.search("warning source: the include and exclude lists let a partitioned table through, .* partitioned=public.parts", log)


@pytest.mark.parametrize("roots, listed, root", [
    ({"publish_via_partition_root": "true"}, "public.parts_1_1", "public.parts"),
    ({"publish_via_partition_root": "true"}, "public.parts_1", "public.parts"),
    ({"publish_via_partition_root_include_list": "public.parts_1"}, "public.parts_1_1", "public.parts_1"),
    ({"publish_via_partition_root_include_list": "public.parts_1,public.parts"}, "public.parts_1", "public.parts"),
])
def test_lists_that_let_a_partition_through(shop, roots, listed, root):
    """No row has its name where rows go by that of a table above."""
    log = starts(shop, table_include_list=listed, **roots)
    assert re.search("warning source: the include and exclude lists let a partition through, .* "
                     f"partition={listed} published_as={root}$", log, re.M)


def test_lists_and_a_filter_that_exclude_each_other(shop):
    """Both have tables, and none is the other's: by the names that the publications give them."""
    shop.sql("CREATE PUBLICATION shop FOR TABLE parts, customers WITH (publish_via_partition_root)")
    said = "the include and exclude lists let none of the tables through that the publications"
    for listed in ("public.orders", "public.parts_1_1"):
        line, = re.findall(f"warning source: {said}.*", starts(shop, publication_filter="shop", table_include_list=listed))
        assert "tables=2" in line and "published=public." in line and "publication.filter=shop" in line
    for lists in ({"table_include_list": "public.(parts|orders)"}, {"table_exclude_list": "public.parts"}):
        assert " warning " not in starts(shop, publication_filter="shop", **lists)
    shop.sql("CREATE PUBLICATION none")
    log = starts(shop, publication_filter="none", table_include_list="public.orders")
    assert log.count(" warning ") == 1 and "publish no table" in log


@pytest.mark.parametrize("mode, roots", [("all_tables", {}), ("filtered", {}), ("filtered", {"publish_via_partition_root_include_list": "public.other"})])
def test_a_partitioned_table_of_which_nothing_is_left(shop, mode, roots):
    """The connector publishes it by its own name, which the lists know; here no row would have that."""
    shop.sql("CREATE PUBLICATION shop FOR TABLE parts, customers WITH (publish_via_partition_root)")
    assert refusal(shop, publication_name="shop", publication_autocreate_mode=mode, table_include_list="public.(parts|customers)", **roots) == (
        'publication "shop", which a Debezium connector of this configuration reads, publishes the partitions of table public.parts '
        "as that table, but here their rows go by the partitions' names, none of which the include and exclude lists let through; "
        "add publish.via.partition.root=true to have them published as public.parts here too, or let partitions through")


def test_a_partitioned_table_of_which_something_is_left(shop):
    """Or that the connector does not publish; without a setting of a publication it is a warning."""
    shop.sql("CREATE PUBLICATION shop FOR TABLE parts, customers WITH (publish_via_partition_root)")
    lists = {"table_include_list": "public.(parts|customers)"}
    assert " warning " not in starts(shop, publication_name="shop", publish_via_partition_root="true", **lists)
    said = "publishes partitions as the table above them"
    for listed in ("public.customers", "public.(parts.*|customers)"):
        assert starts(shop, publication_name="shop", table_include_list=listed).count(said) == 1
    for root in ("parts", "parts_1"):
        assert starts(shop, publication_name="shop", table_include_list=f"public.(parts|{root}|customers)",
                      publish_via_partition_root_include_list=f"public.{root}").count(said) == 1
    shop.sql("ALTER PUBLICATION shop DROP TABLE parts")
    shop.sql("ALTER PUBLICATION shop RENAME TO dbz_publication")
    assert said not in starts(shop, **lists)
    shop.sql("ALTER PUBLICATION dbz_publication ADD TABLE parts_1")
    assert said not in starts(shop, **lists)
    log = starts(shop, table_include_list="public.(parts_1|customers)")
    assert re.search(f"warning source: the publication that Debezium connectors read by default {said}.* table=public.parts_1", log)


def test_many_partitions(shop):
    """More than a page of them, each table with one that is let through but for the last."""
    shop.sql("""DO $$ BEGIN
        FOR i IN 1..100 LOOP
            EXECUTE format('CREATE TABLE big_%s (id integer) PARTITION BY LIST (id)', i);
            FOR k IN 1..101 LOOP
                EXECUTE format('CREATE TABLE big_%s_%s PARTITION OF big_%s FOR VALUES IN (%s)', i, k, i, k);
            END LOOP;
            COMMIT;
        END LOOP; END $$""")
    shop.sql("CREATE TABLE last (id integer) PARTITION BY LIST (id)")
    shop.sql("CREATE TABLE last_1 PARTITION OF last FOR VALUES IN (1)")
    shop.sql("CREATE PUBLICATION shop FOR ALL TABLES WITH (publish_via_partition_root)")
    assert "partitions of table public.last as that table" in refusal(
        shop, publication_name="shop", table_include_list="public.big_[0-9]+,public.big_[0-9]+_1,public.last")


@pytest.mark.parametrize("mode", ["all_tables", "filtered"])
def test_partitions_are_not_locked(shop, mode):
    """Whoever has one for himself would keep walferry from starting, and walferry has locks of thousands."""
    shop.sql("CREATE PUBLICATION shop FOR ALL TABLES WITH (publish_via_partition_root)")
    shop.create_slot()
    with shop.connect() as other:
        other.execute("BEGIN; LOCK TABLE parts_1_1 IN ACCESS EXCLUSIVE MODE")
        assert "publishes partitions as the table above" in starts(shop, publication_name="shop", publication_autocreate_mode=mode)
        other.execute("ROLLBACK")


@pytest.mark.parametrize("locked", ["orders", "customers", "parts", "parts_1_1"])
def test_tables_are_not_locked(shop, locked):
    """What publications have is told without waiting for who has a table for himself."""
    version = int(shop.postgres.psql("SHOW server_version_num"))
    shop.sql(f"CREATE PUBLICATION shop FOR TABLE {'orders WHERE (amount > 10)' if version >= 150000 else 'orders'}, customers, parts")
    shop.create_slot()
    with shop.connect() as other:
        other.execute(f"BEGIN; LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        code, log = shop.fails(publication_name="shop", table_include_list="public.orders,public.nothing") if version >= 150000 else (1, "filter")
        assert code == 1 and "filter" in log
        starts(shop, publication_filter="shop", table_include_list="public.orders")
        assert time.monotonic() - began < 20
        other.execute("ROLLBACK")


def test_what_only_warns_keeps_nobody_from_starting(shop):
    shop.postgres.psql("DROP ROLE IF EXISTS e2e_publications; CREATE ROLE e2e_publications LOGIN REPLICATION PASSWORD 'x'")
    shop.sql("REVOKE SELECT ON pg_catalog.pg_attribute FROM PUBLIC")
    shop.user, shop.password = "e2e_publications", "x"
    log = starts(shop, column_exclude_list="customers.ssn")
    assert re.search("warning source: whether the lists .* could not be looked through reason=.*permission denied for table pg_attribute", log)


def test_the_default_publication(shop):
    """It counts if the configuration tells of a publication at all; else there is a warning."""
    shop.sql("CREATE PUBLICATION dbz_publication FOR TABLE orders WHERE (amount > 10), customers, parts")
    assert 'publication "dbz_publication", which' in refusal(shop, publication_autocreate_mode="disabled")
    log = starts(shop)
    warning, = re.findall("warning source: the publication that .*", log)
    assert "publication=dbz_publication" in warning and "rows of table public.orders by a row filter" in warning


def test_many_tables(shop):
    """More than a page of them, of which the last one would be published."""
    shop.sql("""DO $$ BEGIN
        FOR i IN 1..11000 LOOP
            EXECUTE 'CREATE TABLE many' || i || ' ()';
            IF i % 1000 = 0 THEN COMMIT; END IF;
        END LOOP; END $$""")
    shop.sql("CREATE TABLE last_one (id integer PRIMARY KEY)")
    shop.sql("CREATE PUBLICATION shop FOR TABLE orders")
    assert "table public.last_one, which is not in it;" in refusal(
        shop, publication_name="shop", table_include_list="public.orders,public.last_one")


def test_a_role_that_may_do_nothing_else(shop):
    shop.sql("CREATE PUBLICATION shop FOR TABLE orders WHERE (amount > 10)")
    shop.postgres.psql("DROP ROLE IF EXISTS e2e_publications; CREATE ROLE e2e_publications LOGIN REPLICATION PASSWORD 'x'")
    shop.user, shop.password = "e2e_publications", "x"
    assert "rows of table public.orders by a row filter" in refusal(shop, publication_name="shop")
