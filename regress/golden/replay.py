"""Replays the recordings' SQL and decodes it with each case's settings.

The SQL of one file runs once, in a database of its own; every case that uses it decodes the same WAL from one slot,
which is only peeked at.

SPDX-License-Identifier: Apache-2.0
"""

import base64
import json
import pathlib
import re

import json_difference
import pytest

HERE = pathlib.Path(__file__).parent
RECORDINGS = HERE / "recordings"
SQL = HERE / "sql"
SLOT = "golden"

# column.mask.hash.ALGORITHM.with.salt.SALT, which no client may say to a server: there it is a name of walferry.salts.
HASH = re.compile(r"column\.mask\.hash(?P<version>\.v2)?\.(?P<algorithm>[^.]+)\.with\.salt\.(?P<salt>.+)")

# What only says where things are, or has no meaning for an output plugin.
NOT_THE_PLUGINS = {"connector.class", "tasks.max", "database.hostname", "database.port", "database.user",
                   "database.password", "database.dbname", "plugin.name", "slot.name", "publication.name",
                   "publication.autocreate.mode", "snapshot.mode", "poll.interval.ms", "schema.refresh.mode",
                   "xmin.fetch.interval.ms", "errors.log.enable"}

# What pgoutput is read by: of all tables, without publish.via.partition.root and with it.
PUBLICATIONS = {"false": "golden", "true": "golden_root"}

# The first versions that have what the SQL files use: pgvector's halfvec and sparsevec.
FIRST_VERSIONS = {"vector": (0, 7)}

# The recorder closed each run with these; the table's own topic is not recorded, its BEGIN and END are.
MARKER = "public.zz_marker"
MARKER_STATEMENTS = [f"insert into {MARKER} values (1)", f"update {MARKER} set id=2", f"delete from {MARKER}"]


def cases():
    """(configuration, SQL file) of every recording, those of one file together."""
    return sorted(((path.parent.name, path.stem) for path in RECORDINGS.glob("*/*.jsonl")), key=lambda pair: pair[::-1])


def names():
    """The same as configuration/file."""
    return [f"{configuration}/{case}" for configuration, case in cases()]


def properties(configuration, case, directory=RECORDINGS):
    text = (directory / configuration / f"{case}.properties").read_text(encoding="utf-8")
    pairs = (line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def salts():
    """Each salt of the recordings, and the name that the server knows it by."""
    found = (HASH.fullmatch(name) for path in RECORDINGS.glob("*/*.properties") for name in properties(path.parent.name, path.stem))
    return {salt: f"golden{number}" for number, salt in enumerate(sorted({match["salt"] for match in found if match}))}


def publication(found):
    """What has a publication that was made by hand obeyed as the connector obeys it."""
    by_hand = found.get("publication.autocreate.mode") == "disabled"
    return {"publication.filter": found["publication.name"]} if by_hand else {}


def plugin_options(configuration, case):
    """The connector's properties as the plugin's options."""
    found = properties(configuration, case)
    options = {"output": "record"} | publication(found)
    for name, value in found.items():
        hashed = HASH.fullmatch(name)
        if hashed:
            options[f"column.mask.hash{hashed['version'] or '.v1'}"] = f"{hashed['algorithm']};salt=@{salts()[hashed['salt']]};{value}"
        elif name not in NOT_THE_PLUGINS:
            options[name] = value
    return options


def shipper_settings(configuration, case, source="walferry"):
    """The connector's properties for the shipper, and what the recorder's worker had set."""
    found = properties(configuration, case)
    settings = {"delivery.guarantee": "at-least-once", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false"}
    for name, value in found.items():
        hashed = HASH.fullmatch(name)
        if hashed and source == "walferry":
            name = name.removesuffix(hashed["salt"]) + "@" + salts()[hashed["salt"]]
        settings[name] = value
    if source == "walferry":
        settings |= publication(found)
    elif not publication(found):
        settings["publication.name"] = PUBLICATIONS[found.get("publish.via.partition.root", "false")]
    return settings | {"plugin.name": source}


def recorded(configuration, case):
    for line in (RECORDINGS / configuration / f"{case}.jsonl").read_text(encoding="utf-8").strip("\n").split("\n"):
        record = json.loads(line)
        yield record["topic"], record["key"], record["value"], record["headers"], record.get("ts")


def bytes_text(found):
    """As the recorder wrote it."""
    if found is None:
        return None
    try:
        return found.decode()
    except UnicodeDecodeError:
        return {"hex": found.hex()}


def publications(case):
    """Statements that make what pgoutput is read by, unless the file makes it."""
    if "create publication" in (SQL / f"{case}.sql").read_text(encoding="utf-8"):
        return ""
    return "".join(f"create publication {name} for all tables with (publish_via_partition_root = {at_root});\n"
                   for at_root, name in PUBLICATIONS.items())


def sections(case):
    """The file's setup and dml; pauses are for Debezium, which reads the current catalogue."""
    text = re.sub(r"^select pg_sleep\([0-9.]+\);\s*$", "", (SQL / f"{case}.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    _, setup, dml = re.split(r"^-- @(?:setup|dml)[^\n]*\n", text, flags=re.MULTILINE)
    return setup, dml


def tell_salts(postgres):
    """Makes the recordings' salts known to the server."""
    setting = ",".join(f"{name}={salt}" for salt, name in salts().items())
    # the library must be there for its settings to be taken
    postgres.psql(f"LOAD 'walferry';\nALTER SYSTEM SET walferry.salts = '{setting}';\nSELECT pg_reload_conf()")


class Database:
    """One SQL file, run.  Its name is the recorded database's, as events show it, so there can be one at a time.

    is_live: its dml is not run yet.
    """

    name = "refdb"

    def __init__(self, postgres, case, is_live=False):
        self.postgres = postgres
        self.case = case
        self.drop()             # what a file that failed has left
        setup, dml = sections(case)
        self.need_all(setup)
        postgres.create_database(self.name)
        # each part in a session of its own
        parts = [f"create table {MARKER}(id int primary key);\n{publications(case)}{setup}",
                 f"select pg_create_logical_replication_slot('{SLOT}', 'walferry');"]
        self.psql("\n\\connect\n".join(parts + ([] if is_live else [dml, ";\n".join(MARKER_STATEMENTS)])))

    def statements(self):
        """Those of the dml, none of which has a semicolon within."""
        return [statement for statement in re.split(r";\s*", sections(self.case)[1]) if statement]

    def need_all(self, setup):
        for extension in re.findall(r"^create extension (\w+)", setup, re.MULTILINE):
            self.need(extension)

    def need(self, extension):
        """Skips the test if the server does not have the extension, or one that is too old."""
        version = self.postgres.psql(f"select default_version from pg_available_extensions where name = '{extension}'").strip()
        if version == "":
            pytest.skip(f"the server has no extension {extension}")
        first = FIRST_VERSIONS.get(extension, ())
        if tuple(map(int, re.findall(r"\d+", version)))[:len(first)] < first:
            pytest.skip(f"the server's extension {extension} is {version}; the case needs {'.'.join(map(str, first))}")

    def drop(self):
        self.postgres.psql(f"select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '{SLOT}';\n"
                           f"drop database if exists {self.name} with (force)")

    def psql(self, text):
        self.postgres.psql(text, self.name)

    def copy_slot(self, name, plugin="walferry"):
        """A slot of that name, before which the same changes lie."""
        with self.postgres.connect(self.name) as connection:
            connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s, false, %s)", (SLOT, name, plugin))

    def drop_slots(self, prefix):
        self.psql(f"select pg_drop_replication_slot(slot_name) from pg_replication_slots where starts_with(slot_name, '{prefix}_')")

    def lines(self, options):
        """What the plugin writes."""
        words = [word for pair in options.items() for word in pair]
        with self.postgres.connect(self.name) as connection:
            rows = connection.execute("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, VARIADIC %s::text[])",
                                      (SLOT, words)).fetchall()
        return [line for (line,) in rows]

    def decode(self, options):
        """The same as Kafka would have it, without the marker's."""
        for line in self.lines(options):
            record = json.loads(line, object_pairs_hook=json_difference.object_of)
            if record["topic"] != f"{options['topic.prefix']}.{MARKER}":
                yield (record["topic"], *(self.text(record, part) for part in ("key", "value")), list(record["headers"].items()),
                       record.get("timestamp"))

    @staticmethod
    def text(record, part):
        if f"{part}_text" in record:
            return record[f"{part}_text"]
        if f"{part}_base64" in record:
            return bytes_text(base64.b64decode(record[f"{part}_base64"]))
        value = record.get(part)
        return None if value is None else json.dumps(value, ensure_ascii=False)
