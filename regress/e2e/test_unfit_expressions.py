# Lists of columns whose expressions fit nothing: what they were to keep back goes out, so the start tells.
#
# SPDX-License-Identifier: Apache-2.0

import re
import subprocess

import pytest

import stack

TABLES = """
CREATE TABLE customers (id integer PRIMARY KEY, name text, email text);
CREATE TABLE tst (id integer PRIMARY KEY, j jsonb, b bytea, u uuid, a text[], gone text);
ALTER TABLE tst DROP COLUMN gone;
CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY, secret text);
CREATE TABLE pt (id integer, ssn text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE pt_a PARTITION OF pt FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
CREATE TABLE pt_a_1 PARTITION OF pt_a FOR VALUES FROM (0) TO (10);
"""
WARNING = re.compile(r"^\S+ warning source: (an expression fits|an entry fits|column\.include\.list fits|there are more such expressions)(.*)$", re.M)
NO_COLUMN = "an expression fits no column of a table of the database"
NO_TABLE = "an expression fits no partitioned table of the database"


@pytest.fixture
def shop(make_lab):
    lab = make_lab()
    lab.sql(TABLES)
    return lab


def warnings(lab, **settings):
    """What `walferry tail` says of its lists until it reads or gives up."""
    settings = {**lab.settings(http_listen="", kafka_bootstrap_servers=None), **settings}
    config = lab.write_config("".join(f"{name}={value}\n" for name, value in settings.items()).encode())
    log = lab.run.path / "tail.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(lab.command("tail", "--config", config), stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        stack.wait_until(lambda: re.search("reading the slot| error ", log.read_text()), 30, "tail's start")
    finally:
        process.terminate()
        process.wait(20)
    return [first + rest for first, rest in WARNING.findall(log.read_text())]


def test_each_expression_that_fits_nothing(shop):
    """The schema forgotten, quotes, a name misspelt, a column dropped: one warning each, and none for the others."""
    said = warnings(shop, **{
        "column.mask.with.3.chars": r'customers.email,"public"."customers"."email",public\\.customers\\.name',
        "column.mask.hash.v2.SHA-256.with.salt.@pepper": "public.tst.gone",
        "column.truncate.to.3.chars": "public.customerz.email,public.customers.(name|email)",
        "column.exclude.list": "customers.email,PUBLIC.TST.J",
        "message.key.columns": "customers:id;public.customers:id,mail",
        "column.propagate.source.type": ".*.customers.email,email",
    })
    assert sorted(re.search(r"option=(\S+)", line)[1] for line in said) == sorted(
        ["column.mask.with.3.chars"] * 2 + ["column.mask.hash.v2.1001", "column.truncate.to.3.chars", "column.exclude.list",
         "column.propagate.source.type"] + ["message.key.columns"] * 2)
    for option, expression, meant in (("column.mask.with.3.chars", "customers.email", "public.customers.email"),
                                      ("column.truncate.to.3.chars", "public.customerz.email", None),
                                      ("column.exclude.list", "customers.email", "public.customers.email"),
                                      ("message.key.columns", "customers:id", "public.customers:id"),
                                      ("message.key.columns", "public.customers:mail", None)):
        line, = [line for line in said if f"option={option} expression={expression}" in line]
        assert line.startswith(NO_COLUMN if option != "message.key.columns" else "an entry fits no column")
        assert (f"perhaps_meant={meant}" in line) if meant else "perhaps_meant" not in line
    quoted, = [line for line in said if r'\"public\"' in line]
    assert "perhaps_meant=public.customers.email" in quoted


@pytest.mark.parametrize("settings", [
    {"column.mask.with.3.chars": "public.customers.email", "column.exclude.list": ".*.secret",
     "column.truncate.to.3.chars": r"public\\.(tst|nothing)\\.j", "message.key.columns": "(.*).customers:(id|nix)"},
    {"column.include.list": ".*.id,public.customers.name"},
    {"column.propagate.source.type": "public.tst.a,[^.]+.public.customers.email"},
    # names that rows can have: of partitions, of a table in the middle, of whatever a publication publishes
    {"column.mask.with.3.chars": "public.pt_a_1.ssn"},
    {"column.mask.with.3.chars": "public.pt.ssn", "publish.via.partition.root": "true"},
    {"column.mask.with.3.chars": "public.pt_a.ssn,public.pt_a_1.ssn", "publish.via.partition.root.include.list": "public.pt_a"},
    # one that goes back and forth without end is the plugin's to tell
    {"column.exclude.list": r"(\\w+|\\W+)+\\d\\d\\d"},
])
def test_what_fits(shop, settings):
    shop.sql("CREATE TABLE a_table_whose_name_is_long_enough_to_go_back_in_it (id integer)")
    assert warnings(shop, **settings) == []


def test_any_name_with_publications(shop):
    """Which names rows have is theirs to say."""
    shop.sql("CREATE PUBLICATION shop FOR ALL TABLES")
    assert warnings(shop, **{"column.mask.with.3.chars": "public.pt.ssn,public.pt_a_1.ssn", "publication.filter": "shop"}) == []


def test_partitions(shop):
    """Rows have one name only, and a mask of the other hides nothing."""
    line, = warnings(shop, **{"column.mask.with.3.chars": "public.pt.ssn"})
    assert line.startswith("an expression fits columns of a partitioned table only") and "unless publish.via.partition.root=true" in line
    line, = warnings(shop, **{"column.mask.with.3.chars": "public.pt_a_1.ssn", "publish.via.partition.root": "true"})
    assert line.startswith("an expression fits columns of partitions only")
    line, = warnings(shop, **{"publish.via.partition.root.include.list": "pt,public.pt"})
    assert line.startswith(NO_TABLE) and "expression=pt " in line and "perhaps_meant=public.pt" in line
    line, = warnings(shop, **{"publish.via.partition.root.include.list": "public.customers"})
    assert line.startswith(NO_TABLE)


def test_an_include_list_that_leaves_no_column(shop):
    whole, line = warnings(shop, **{"column.include.list": "id"})
    assert "rows of all tables are published without columns, but for their keys" in whole
    assert line.startswith(NO_COLUMN) and "expression=id" in line
    assert len(warnings(shop, **{"column.include.list": "id,public.tst.id"})) == 1


def test_many(shop):
    """More than are told one by one; more tables than a page has, of which the last one fits."""
    shop.sql("""DO $$ BEGIN
        FOR i IN 1..6000 LOOP
            EXECUTE 'CREATE TABLE many' || i || ' (a int, b int)';
            IF i % 1000 = 0 THEN COMMIT; END IF;
        END LOOP; END $$""")
    shop.sql("CREATE TABLE last_one (id integer PRIMARY KEY)")
    assert warnings(shop, **{"column.exclude.list": "public.last_one.id"}) == []
    said = warnings(shop, **{"column.exclude.list": ",".join(f"nothing{i}" for i in range(60))})
    assert len(said) == 51 and said[-1].endswith("expressions=10")


def test_started_for_good(shop):
    """The process that runs tells too, once, and what the server says of types."""
    shop.start(column_mask_with_3_chars="customers.email,public.tst.j")
    shop.sql("INSERT INTO tst VALUES (1, '{}', NULL, NULL, NULL)")
    shop.delivered()
    log = shop.shipper.log()
    assert len(WARNING.findall(log)) == 1
    assert log.count(r'do not act on columns of table \"public.tst\" that they name: \"j\" (jsonb)') == 1
