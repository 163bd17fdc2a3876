# Every type in docs/format.md is written as its row says.
#
# Each row of the tables under "## Types" whose first column is "type" or "setting" is run: a column of the
# type, the value, the settings, through the plugin with inline schemas; what comes out is held against the row.
# So are the tables under "## Unchanged TOASTed values", with a large value that an update leaves as it is, and those of types' other
# names, of propagated source types, and of defaults that a row shows otherwise.
#
# SPDX-License-Identifier: Apache-2.0

import json
import re

import pytest
import stack

FORMAT = stack.ROOT / "docs/format.md"
EXTENSIONS = {"citext": "citext", "isbn": "isn", "ltree": "ltree", "hstore": "hstore", "geometry": "postgis", "geography": "postgis",
              "vector": "vector", "halfvec": "vector", "sparsevec": "vector", "lquery": "ltree", "ltxtquery": "ltree", "ean13": "isn", "issn": "isn", "issn13": "isn",
              "box2d": "postgis", "box3d": "postgis", "cube": "cube", "seg": "seg", "query_int": "intarray", "lo": "lo"}
OWN_TYPES = ("CREATE TYPE colour AS ENUM ('red', 'green'); CREATE DOMAIN hue AS colour; CREATE DOMAIN amount AS numeric(10,2); "
             "CREATE SEQUENCE orders_numbers; CREATE TYPE pair AS (a integer, b text); CREATE TYPE floatrange AS RANGE (subtype = float8)")
LARGE_TYPES = ("CREATE DOMAIN note AS text; CREATE DOMAIN tags AS text[]; CREATE DOMAIN numbers AS integer[]; "
               "CREATE EXTENSION IF NOT EXISTS hstore; CREATE DOMAIN attributes AS hstore")
LEFT_OUT = "left out"
# Values that are stored out of line; of arrays, their elements.
LARGE = {"text": "repeat('x', 5000)", "json": "to_json(repeat('x', 5000))", "bytea": "decode(repeat('00', 5000), 'hex')",
         "tsvector": "(SELECT string_agg(i::text, ' ') FROM generate_series(1, 2000) i)",
         "ltree": "(SELECT string_agg(i::text, '.') FROM generate_series(1, 2000) i)",
         "hstore": "hstore('a', repeat('x', 5000))", "numeric": "repeat('9', 9000)", "varbit": "repeat('1', 24000)",
         "numrange": "numrange(repeat('9', 9000)::numeric, NULL)",
         "path": "'[(1,1)' || repeat(',(1,1)', 500) || ']'", "polygon": "'((1,1)' || repeat(',(1,1)', 500) || ')'",
         "geometry": "ST_MakeLine(array_fill(ST_Point(1, 1), ARRAY[500]))", "vector": "array_fill(1, ARRAY[900])",
         "halfvec": "array_fill(1, ARRAY[2000])::vector", "pair": "ROW(1, repeat('x', 5000))",
         "tags": "array_fill('x'::text, ARRAY[3000])", "numbers": "array_fill(1, ARRAY[3000])"}
LARGE |= {"varchar": LARGE["text"], "char": LARGE["text"], "bpchar": LARGE["text"], "citext": LARGE["text"], "xml": LARGE["text"], "note": LARGE["text"],
          "jsonb": LARGE["json"], "bit": LARGE["varbit"], "geography": LARGE["geometry"], "sparsevec": LARGE["vector"],
          "attributes": LARGE["hstore"]}
NEVER_LARGE = {"inet", "cidr", "int4range", "int8range", "tsrange", "tstzrange", "daterange"}

# What PostgreSQL has and nobody keeps in a table, or is the server's own affair.
NOT_DOCUMENTED = {"unknown", "pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary",
                  "pg_brin_minmax_multi_summary", "gtsvector"}


def rows():
    """(type, settings, value, JSON, Connect schema) of every row."""
    section = re.sub(r"\\\|", "\0", FORMAT.read_text(encoding="utf-8").partition("\n## Types\n")[2].partition("\n## ")[0])
    head = None
    for line in section.splitlines():
        cells = [cell.strip().replace("\0", "|") for cell in line.split("|")[1:-1]]
        if not cells or set(cells[0]) <= set("-"):
            head = head if cells else None
            continue
        if head is None:
            head = cells
        elif head[0] == "type":
            yield from ((kind, "", *cells[1:4]) for kind in cells[0].split(", ") if kind)
        elif head[0] == "setting":
            yield cells[1], cells[0], *cells[2:5]


def placeholders():
    """(type, settings, JSON) of every row about unchanged large values."""
    section = FORMAT.read_text(encoding="utf-8").partition("\n## Unchanged TOASTed values\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and cells[0] != "type" and set(cells[0]) != {"-"}:
            yield from ((kind, "", cells[1]) for kind in cells[0].split(", "))
        elif len(cells) == 4 and cells[0] != "setting" and set(cells[0]) != {"-"}:
            yield from ((kind, cells[0], cells[2]) for kind in cells[1].split(", "))


def table_of(heading, head):
    """The rows of the table under a heading whose first column has this head."""
    section = re.sub(r"\\\|", "\0", FORMAT.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2])
    found = re.search(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", re.split(r"\n##+ ", section)[0], re.M)[1]
    return [[cell.strip().replace("\0", "|") for cell in line.split("|")[1:-1]] for line in found.splitlines()]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def plain(cell):
    return cell.strip("`") if cell.startswith("`") and cell.endswith("`") else cell


def connect(schema):
    """A Connect schema in the documentation's words."""
    words = schema["type"]
    if words == "array" and "name" not in schema:
        words += " of " + connect(schema["items"])
    if words == "map":
        words += f" of {schema['keys']['type']} to {schema['values']['type']}"
    if "name" in schema:
        words += f" · `{schema['name']}`" + (f" {schema['version']}" if schema["version"] != 1 else "")
    parameters = [f"{name}={value}" for name, value in schema.get("parameters", {}).items()]
    return words + (f" ({', '.join(parameters)})" if parameters else "")


class Writer:
    """A database and a slot; tells how a value is written."""

    def __init__(self, postgres):
        self.postgres = postgres
        postgres.create_database("format")
        self.connection = postgres.connect("format")
        self.connection.execute(OWN_TYPES)
        self.connection.execute(LARGE_TYPES)
        self.connection.execute("SELECT pg_create_logical_replication_slot('format', 'walferry')")

    def extend(self, kind):
        """False if the type is an extension's that the server does not have, or not in its version."""
        name = next((found for word, found in EXTENSIONS.items() if re.match(rf"{word}\b", kind)), None)
        if name is None:
            return True
        if not self.connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", (name,)).fetchone():
            return False
        self.connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        return self.connection.execute("SELECT to_regtype(%s) IS NOT NULL", (re.match(r"\w+", kind)[0],)).fetchone()[0]

    def written(self, kind, settings, value):
        """(JSON, Connect schema) of the column as text."""
        self.connection.execute(f"CREATE TABLE t (v {kind})")
        self.connection.execute("INSERT INTO t SELECT %s" if "serial" in kind else f"INSERT INTO t VALUES (%s::{kind})", (value,))
        self.connection.execute("DROP TABLE t")
        options = ["schemas.enable", "true", "table.include.list", "public.t", *(word for pair in settings.split() for word in pair.split("=", 1))]
        lines = self.connection.execute("SELECT data FROM pg_logical_slot_get_changes('format', NULL, NULL, VARIADIC %s::text[])", (options,)).fetchall()
        line = lines[0][0]
        words = re.search(r'"after":\{"v":(.*?)\},"source":', line)
        schema = json.loads(line).get("schema")
        if words is None:
            return LEFT_OUT, ""
        if schema is None:
            return words[1], ""
        row = next(field for field in schema["fields"] if field["field"] == "after")
        return words[1], connect(next(field for field in row["fields"] if field["field"] == "v"))

    def declared(self, kind):
        """(name in pg_type, OID, typmod) of a column that is declared so."""
        self.connection.execute(f"CREATE TABLE t (v {kind})")
        found = self.connection.execute("SELECT typname, t.oid, atttypmod FROM pg_attribute JOIN pg_type t ON t.oid = atttypid "
                                        "WHERE attrelid = 't'::regclass AND attname = 'v'").fetchone()
        self.connection.execute("DROP TABLE t")
        return found

    def unchanged(self, kind, settings, value):
        """(JSON of the column, the header that names it) after an update that leaves its large value."""
        self.connection.execute(f"CREATE TABLE t (n integer, v {kind})")
        self.connection.execute("ALTER TABLE t ALTER v SET STORAGE EXTERNAL")
        self.connection.execute(f"INSERT INTO t (v) SELECT {value}")
        self.connection.execute("UPDATE t SET n = 1")
        self.connection.execute("DROP TABLE t")
        options = ["output", "record", "schemas.enable", "true", "table.include.list", "public.t", "skipped.operations", "c",
                   *(word for pair in settings.split() for word in pair.split("=", 1))]
        (line,), = self.connection.execute("SELECT data FROM pg_logical_slot_get_changes('format', NULL, NULL, VARIADIC %s::text[])", (options,)).fetchall()
        return re.search(r'"after":\{"n":1,"v":(.*?)\},"source":', line)[1], json.loads(line)["headers"].get("__walferry.unavailable")

    def close(self):
        self.connection.execute("SELECT pg_drop_replication_slot('format')")
        self.connection.close()
        self.postgres.psql("DROP DATABASE format WITH (FORCE)")


@pytest.fixture(scope="module")
def writer(session_postgres):
    found = Writer(session_postgres)
    yield found
    found.close()


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: f"{row[0]} {row[1]}".strip())
def test_row(writer, row):
    kind, settings, value, words, schema = row
    if not writer.extend(kind):
        pytest.skip(f"the server has no {kind}")
    assert writer.written(plain(kind), plain(settings), plain(value)) == (plain(words), schema)


def large_value(kind, values):
    """An expression for a large value of the type; values: examples of small ones."""
    if kind.endswith("[]"):
        element = kind[:-2]
        literal = values[without_modifiers(element)].replace("'", "''")
        return f"array_fill('{literal}'::{element}, ARRAY[3000])::{kind}"
    return f"({LARGE[without_modifiers(kind)]})::{kind}"


@pytest.mark.parametrize("row", list(placeholders()), ids=lambda row: f"{row[0]} {row[1]}".strip())
def test_placeholder(writer, row):
    kind, settings, words = row
    if not writer.extend(kind):
        pytest.skip(f"the server has no {kind}")
    values = {without_modifiers(plain(kind)): plain(value) for kind, settings, value, *_ in rows() if not settings}
    values["hue"] = values["colour"]
    found, unavailable = writer.unchanged(kind, plain(settings), large_value(kind, values))
    assert found == plain(words)
    assert json.loads(unavailable) == ["v"]


def test_every_type_that_can_be_large_has_a_placeholder(writer):
    documented = {without_modifiers(kind) for kind, settings, _ in placeholders() if not settings}
    published = {without_modifiers(plain(kind)) for kind, settings, _, words, _ in rows() if not settings and words != LEFT_OUT and "serial" not in kind}
    published = {kind for kind in published if writer.extend(kind)}
    large = {kind for kind in published if not kind.endswith("[]") and writer.connection.execute(
        "SELECT typstorage <> 'p' AND typtype <> 'd' FROM pg_type WHERE oid = %s::regtype", (kind,)).fetchone()[0]}
    assert large - NEVER_LARGE - documented == set()
    named = set(re.findall(r"`([^`]+\[\])`", FORMAT.read_text(encoding="utf-8").partition("So are published:")[2].partition("Left out, as")[0]))
    assert named - documented == set()


def without_modifiers(kind):
    return re.sub(r"\(.*?\)", "", kind)


def elements():
    """Rows of types that are published, and of which there are arrays."""
    for kind, settings, value, words, schema in rows():
        if not settings and words != LEFT_OUT and "serial" not in kind and not plain(kind).endswith(("[]", "2vector", "oidvector")):
            yield plain(kind), plain(value), plain(words), schema


def arrays_left_out():
    return {kind for kind, settings, _, words, _ in rows() if not settings and words == LEFT_OUT and kind.endswith("[]")}


@pytest.mark.parametrize("row", list(elements()), ids=lambda row: f"{row[0]}[]")
def test_array_of_a_row(writer, row):
    """An array has what its elements' row says, unless it is among those that are left out."""
    kind, value, words, schema = row
    if not writer.extend(kind):
        pytest.skip(f"the server has no {kind}")
    is_domain = kind in ("amount", "lo")
    expected = ((LEFT_OUT, "") if is_domain or f"{without_modifiers(kind)}[]" in arrays_left_out() else
                (f"[{words}]", f"array of {schema}"))
    literal = '{"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"}'
    assert writer.written(f"{kind}[]", "", literal) == expected


def test_every_array_is_named():
    named = set(re.findall(r"`([^`]+\[\])`", FORMAT.read_text(encoding="utf-8").partition("\n### Arrays\n")[2].partition("\n### ")[0]))
    assert {f"{without_modifiers(kind)}[]" for kind, *_ in elements()} - named == {"lo[]"}


def test_every_type_of_the_server_has_a_row(writer):
    """Arrays have theirs in general, and so have types that an extension or a user made."""
    documented = {plain(kind) for kind, *_ in rows()}
    found = {row[0] for row in writer.connection.execute(
        "SELECT format_type(oid, NULL) FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typelem = 0")}
    found |= {"int2vector", "oidvector", "name", "point"}
    kinds = {without_modifiers(kind) for kind in documented}
    long_names = {"character varying": "varchar", "character": "char", "bit varying": "varbit", "timestamp without time zone": "timestamp",
                  "timestamp with time zone": "timestamptz", "time without time zone": "time", "time with time zone": "timetz"}
    assert {long_names.get(kind, kind) for kind in found} - kinds - NOT_DOCUMENTED == set()


# ---- other names of types ----

NAMES = table_of("### Other names of types", "here")


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row[0])
def test_other_names(writer, row):
    """Each is the type that it stands beside: the same type to PostgreSQL, and written alike."""
    kinds, aliases, catalogue, arrays = row[0].split(", "), quoted(row[1]), row[2], quoted(row[3])
    values = {plain(kind): plain(value) for kind, settings, value, *_ in rows() if not settings}
    assert len(kinds) == 1 or (not aliases and len(kinds) == len(arrays) and catalogue == "the same")
    for kind in filter(writer.extend, kinds):
        name, oid, typmod = writer.declared(kind)
        assert name == (kind if catalogue == "the same" else plain(catalogue))
        for alias in aliases:
            assert writer.declared(alias) == (name, oid, typmod)
            assert writer.written(alias, "", values[kind]) == writer.written(kind, "", values[kind])
    for kind, array in zip(kinds if len(kinds) > 1 else kinds * len(arrays), arrays):
        if writer.extend(kind):
            assert writer.declared(array)[:2] == writer.declared(f"{kind}[]")[:2]
            assert writer.declared(array)[0] == f"_{writer.declared(kind)[0]}"


def test_notations_of_arrays(writer):
    text = FORMAT.read_text(encoding="utf-8").partition("\n### Other names of types\n")[2].partition("all of which are one type")[0]
    notations = [name for name in quoted(text) if re.match(r"x\W", name)]
    assert len(notations) == 5
    for element in ("integer", "varchar(5)", "colour"):
        assert len({writer.declared(element + notation[1:]) for notation in notations}) == 1


def test_every_name_of_the_server_is_found(writer):
    """So are those of arrays; and each type that has a row stands in the table of names."""
    text = FORMAT.read_text(encoding="utf-8").partition("\n### Other names of types\n")[2].partition("\n### ")[0]
    names = {kind for kinds, *_ in NAMES for kind in kinds.split(", ")} | set(quoted(text))
    found = {row[0] for row in writer.connection.execute(
        "SELECT unnest(ARRAY[t.typname, a.typname]) FROM pg_type t LEFT JOIN pg_type a ON a.oid = t.typarray "
        "WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm') AND t.typcategory <> 'A'")}
    assert {name for name in found - {None} if name.removeprefix("_") not in NOT_DOCUMENTED} - names == set()
    kinds = {plain(kind) for kind, settings, _, words, _ in rows() if not settings and words != LEFT_OUT and not kind.endswith("[]")}
    assert {without_modifiers(kind) for kind in kinds} - {without_modifiers(name) for name in names} == set()


# ---- propagated source types ----

def propagated(writer, kind, option, value):
    """The four parameters of a column v, by their last words; {} if there are none."""
    writer.connection.execute(f"CREATE TABLE t (k integer PRIMARY KEY, v {kind})")
    writer.connection.execute("INSERT INTO t (k) VALUES (1)")
    writer.connection.execute("DROP TABLE t")
    options = ["schemas.enable", "true", "unknown.handling", "text", "array.handling", "all", option, value]
    (line,), = writer.connection.execute("SELECT data FROM pg_logical_slot_get_changes('format', NULL, NULL, VARIADIC %s::text[])", (options,)).fetchall()
    row = next(field for field in json.loads(line)["schema"]["fields"] if field["field"] == "after")
    parameters = next(field for field in row["fields"] if field["field"] == "v").get("parameters", {})
    return {name.removeprefix("__debezium.source.column."): text for name, text in parameters.items() if name.startswith("__debezium.source.column.")}


PROPAGATED = table_of("## Propagated source types", "column")


@pytest.mark.parametrize("row", PROPAGATED, ids=lambda row: row[0])
def test_propagated_source_type(writer, row):
    kinds, name, length, scale = row[:4]
    for kind in (plain(kind) for kind in kinds.split(", ")):
        if not writer.extend(kind):
            continue
        found = propagated(writer, kind, "column.propagate.source.type", r"public\.t\.v")
        expected = {"type": plain(name), "length": plain(length), "scale": plain(scale), "name": "v"}
        assert found == {key: value for key, value in expected.items() if value != "–"}
        assert propagated(writer, kind, "datatype.propagate.source.type", rf"format\.public\.t\.{re.escape(plain(name).lower())}") == found
        if kind != plain(name).lower():
            assert propagated(writer, kind, "datatype.propagate.source.type", rf"public\.t\.{re.escape(kind)}") == {}


def test_every_type_has_a_propagated_name():
    kinds = {without_modifiers(plain(kind)) for kind, settings, _, words, _ in rows() if not settings and words != LEFT_OUT and not kind.endswith("[]")}
    assert kinds - {without_modifiers(plain(kind)) for row in PROPAGATED for kind in row[0].split(", ")} == set()


@pytest.mark.parametrize("row", table_of("## Propagated source types", "expression"), ids=lambda row: row[0])
def test_expressions_for_types(writer, row):
    expression, meant, not_meant = row
    for kind in quoted(meant):
        assert propagated(writer, kind, "datatype.propagate.source.type", plain(expression))
    for kind in quoted(not_meant):
        assert not propagated(writer, kind, "datatype.propagate.source.type", plain(expression))


def test_schema_with_a_propagated_type(writer):
    """The example; keys have no such parameters."""
    example = json.loads(re.search(r"```json\n(.*?)```", FORMAT.read_text(encoding="utf-8").partition("\n## Propagated source types\n")[2], re.S)[1])
    writer.connection.execute("CREATE TABLE t (total numeric(10,2) PRIMARY KEY)")
    writer.connection.execute("INSERT INTO t VALUES (1)")
    writer.connection.execute("DROP TABLE t")
    options = ["output", "record", "schemas.enable", "true", "column.propagate.source.type", r".*\.total"]
    (line,), = writer.connection.execute("SELECT data FROM pg_logical_slot_get_changes('format', NULL, NULL, VARIADIC %s::text[])", (options,)).fetchall()
    record = json.loads(line)
    assert record["value"]["schema"]["fields"][1]["fields"] == [example | {"optional": False}]
    assert "source.column" not in json.dumps(record["key"])


# ---- defaults ----

@pytest.mark.parametrize("row", table_of("## Column defaults", "column and DEFAULT"), ids=lambda row: row[0])
def test_default_beside_a_row(writer, row):
    """What a row has that was inserted without a value, and what its schema, and a NULL, show."""
    declaration, stored, shown = (plain(cell) for cell in row)
    writer.connection.execute(f"CREATE TABLE t (v {declaration})")
    writer.connection.execute("INSERT INTO t DEFAULT VALUES")
    writer.connection.execute("INSERT INTO t VALUES (NULL)")
    writer.connection.execute("DROP TABLE t")
    lines = writer.connection.execute("SELECT data FROM pg_logical_slot_get_changes('format', NULL, NULL, 'schemas.enable', 'true')").fetchall()
    events = [json.loads(line) for (line,) in lines]
    schema = events[0]["schema"]["fields"][1]["fields"][0]
    assert [json.dumps(event["payload"]["after"]["v"]) for event in events] == [stored, shown if shown != "none" else "null"]
    assert json.dumps(schema["default"]) == shown if shown != "none" else "default" not in schema
