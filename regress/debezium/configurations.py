"""The configurations that rounds run under: what both sides are told.

A configuration has one value of each factor. The list that covering() makes holds every pair of values of two
factors at least once: faults come from one setting, or from two that meet, hardly ever from three.

A value of a factor is a dictionary of settings, or a function of the round (its tables are known by then) that
returns one. Both sides take the same names, but for those of walferry_settings().

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import itertools
import random
import re
import typing

import column_types

JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
CHANGED = "io.debezium.transforms.ExtractChangedRecordState"
# each topic keeps its name, by which the check knows the table; the marker keeps its key, too, for which the check waits
ROUTE = {"transforms": "route", "transforms.route.type": "io.debezium.transforms.ByLogicalTableRouter",
         "transforms.route.topic.regex": r"([^.]+)\.([^.]+)\.(?!zz_marker)(.+)", "transforms.route.topic.replacement": "$1.$2.$3"}
TOLD = "op,source.lsn,source.txId"     # by which the check knows where a record is from that has no source
SALT = "CzQMA0cB5K"


def schemas(key, value):
    return {"key.converter.schemas.enable": str(key).lower(), "value.converter.schemas.enable": str(value).lower()}


def pattern(name):
    """A regular expression for nothing but the name."""
    return re.sub(r"([^A-Za-z0-9_\u0080-\U0010ffff])", r"\\\1", name)


def table_pattern(table):
    return f"{pattern(table.schema)}\\.{'(' + '|'.join(map(pattern, table.leaves)) + ')' if table.partitions else pattern(table.name)}"


def column_pattern(table, column):
    return f"{table_pattern(table)}\\.{pattern(column.name)}"


def some_columns(rng, tables, share=0.3, fit=lambda column: True):
    """Patterns of columns that no key or identity holds."""
    found = [column_pattern(table, column) for table in tables for column in table.columns
             if column.name not in table.key + table.unique and fit(column) and rng.random() < share]
    return ",".join(found) or "public\\.none\\.none"


def is_text(column):
    return column.type.kind in column_types.TEXTS


def excluded_columns(rng, tables):
    """A key has its columns nevertheless."""
    found = [column_pattern(table, column) for table in tables for column in table.columns if rng.random() < (0.1 if column.name in table.key else 0.3)]
    return {"column.exclude.list": ",".join(found)}


def included_columns(rng, tables):
    return {"column.include.list": "public\\.zz_marker\\..*,public\\.outbox\\..*," + ",".join(
        column_pattern(table, column) for table in tables for column in table.columns
        if column.name in table.key + table.unique or rng.random() < 0.6)}


def unchanged_left_out(rng, tables):
    return {**excluded_columns(rng, tables), "skip.messages.without.change": "true"}


def masked(rng, tables):
    return {"column.mask.with.5.chars": some_columns(rng, tables, fit=is_text), "column.mask.with.0.chars": some_columns(rng, tables, 0.1, is_text)}


def hashed(rng, tables):
    return {f"column.mask.hash.SHA-256.with.salt.{SALT}": some_columns(rng, tables, fit=is_text),
            f"column.mask.hash.v2.SHA-512.with.salt.{SALT}": some_columns(rng, tables, fit=is_text)}


def truncated(rng, tables):
    return {"column.truncate.to.4.chars": some_columns(rng, tables, 0.6, is_text)}


def own_keys(rng, tables):
    """Columns of their own as the key of some tables."""
    parts = []
    for table in tables:
        # AVOIDED "no form in NOT NULL": in a key even a nullable column must have one
        found = [column for column in table.columns if column.type.key and not column.generated and (column.required or not column.type.exact)]
        if found and rng.random() < 0.6:
            chosen = rng.sample(found, min(len(found), rng.choice((1, 1, 2))))
            # the setting has no way to quote what it is cut at
            if not any(set(column.name) & set(".:;,") for column in chosen):
                parts.append(f"{table_pattern(table)}:{','.join(pattern(column.name) for column in chosen)}")
                for column in chosen:
                    column.chosen = True
    return {"message.key.columns": ";".join(parts)} if parts else {}


def excluded_table(rng, tables):
    return {"table.exclude.list": table_pattern(rng.choice(tables))}


def included_tables(rng, tables):
    return {"table.include.list": ",".join(["public\\.zz_marker", "public\\.outbox", *(table_pattern(table) for table in rng.sample(tables, 4))])}


def outbox_router(_rng, _tables):
    """Its settings are those of the round's outbox (outbox.py); build() adds them."""
    return {}


FACTORS = {
    "schemas": {"off": schemas(False, False), "on": schemas(True, True), "value": schemas(False, True), "key": schemas(True, False)},
    "decimal": {"precise": {}, "double": {"decimal.handling.mode": "double"}, "string": {"decimal.handling.mode": "string"},
                "numeric": {"key.converter.decimal.format": "NUMERIC", "value.converter.decimal.format": "NUMERIC"}},
    "time": {"adaptive": {}, **{mode: {"time.precision.mode": mode} for mode in (
        "adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds", "structured")}},
    "interval": {"numeric": {}, "string": {"interval.handling.mode": "string"}},
    "binary": {"bytes": {}, **{mode: {"binary.handling.mode": mode} for mode in ("base64", "base64-url-safe", "hex")}},
    "hstore": {"json": {}, "map": {"hstore.handling.mode": "map"}},
    "unknown": {"omit": {}, "include": {"include.unknown.datatypes": "true"}},
    "null": {"default": {}, "kept": {"key.converter.replace.null.with.default": "false", "value.converter.replace.null.with.default": "false"}},
    "placeholder": {"usual": {}, "text": {"unavailable.value.placeholder": "*gone*"}, "hex": {"unavailable.value.placeholder": "hex:00ff10"}},
    "transactions": {"off": {}, "on": {"provide.transaction.metadata": "true"}},
    "operations": {"t": {}, "none": {"skipped.operations": "none"}, "u": {"skipped.operations": "u"}, "d,t": {"skipped.operations": "d,t"}},
    "tombstones": {"on": {}, "off": {"tombstones.on.delete": "false"}},
    "key": {"own": {}, "chosen": own_keys},
    "columns": {"all": {}, "exclude": excluded_columns, "include": included_columns, "unchanged": unchanged_left_out, "mask": masked,
                "hash": hashed, "truncate": truncated},
    "tables": {"all": {}, "exclude": excluded_table, "include": included_tables},
    "messages": {"all": {}, "include": {"message.prefix.include.list": "ctx,pf."}, "exclude": {"message.prefix.exclude.list": "ctx"}},
    "propagate": {"off": {}, "columns": {"column.propagate.source.type": ".*"}, "types": {"datatype.propagate.source.type": ".*\\.(numeric|varchar|int4)"}},
    "comments": {"off": {}, "on": {"include.schema.comments": "true"}},
    "names": {"as they are": {}, **{mode: {"schema.name.adjustment.mode": mode, "field.name.adjustment.mode": mode} for mode in ("avro", "avro_unicode")}},
    "partitions": {"leaves": {}, "root": {"publish.via.partition.root": "true"}},
    "compat": {"none": {}, "debezium": {"compat": "debezium"}},
    "transforms": {"none": {}, **{f"unwrap {mode}": {
        "transforms": "unwrap", "transforms.unwrap.type": UNWRAP, "transforms.unwrap.delete.tombstone.handling.mode": mode,
        "transforms.unwrap.add.fields": "op,table,source.lsn", "transforms.unwrap.add.headers": TOLD}
        for mode in ("tombstone", "rewrite", "rewrite-with-tombstone", "drop", "delete-to-tombstone")},
        "changed": {"transforms": "changed", "transforms.changed.type": CHANGED, "transforms.changed.header.changed.name": "Changed",
                    "transforms.changed.header.unchanged.name": "Unchanged"},
        "outbox": outbox_router, "route": ROUTE, "route and unwrap": {**ROUTE, "transforms": "route,unwrap", "transforms.unwrap.type": UNWRAP,
                                                                     "transforms.unwrap.add.headers": TOLD}},
}

DEFAULT = {factor: next(iter(levels)) for factor, levels in FACTORS.items()}


@dataclasses.dataclass
class Configuration:
    levels: dict
    settings: dict
    outbox: typing.Any = None   # the round's outbox.Outbox

    @property
    def name(self):
        """What is not as by default."""
        return " ".join(f"{factor}={level}" for factor, level in self.levels.items() if DEFAULT[factor] != level) or "default"

    @property
    def connector(self):
        """The connector's properties; converters are made anew, so their class must be said again."""
        theirs = {name: value for name, value in self.settings.items() if name != "compat"}
        return {"key.converter": JSON_CONVERTER, "value.converter": JSON_CONVERTER, **theirs}

    @property
    def walferry(self):
        """The same as walferry's options."""
        return walferry_settings(self.settings)

    @property
    def exact_numbers(self):
        return "NUMERIC" in self.settings.values()

    def matches(self, setting, table, column):
        """Whether a list of patterns of columns names the column of the table."""
        tables = {table.name} if self.is_at(partitions="root") else {*table.leaves, table.name}
        names = [f"{table.schema}.{name}.{column.name}" for name in tables]
        return any(re.fullmatch(part, name, re.IGNORECASE) for part in re.split(r"(?<!\\),", self.settings[setting]) for name in names)

    def masks(self, table, column):
        """The settings that hide the column or cut it."""
        return [name for name in self.settings if name.startswith(("column.mask.", "column.truncate.")) and table and self.matches(name, table, column)]

    def leaves_out(self, table, column):
        """Whether the lists of columns do not have it."""
        if "column.exclude.list" in self.settings:
            return self.matches("column.exclude.list", table, column)
        return "column.include.list" in self.settings and not self.matches("column.include.list", table, column)

    def adjusted(self, name):
        """A column's name as field.name.adjustment.mode makes it."""
        return {"as they are": str, "avro": avro, "avro_unicode": avro_unicode}[self.levels["names"]](name)

    @property
    def placeholder(self):
        """The bytes that stand for an unchanged value."""
        words = self.settings.get("unavailable.value.placeholder", "__debezium_unavailable_value")
        return bytes.fromhex(words.removeprefix("hex:")) if words.startswith("hex:") else words.encode()

    def is_at(self, **levels):
        return all(self.levels[factor] == level for factor, level in levels.items())


def avro(name):
    clean = "".join(point if point.isascii() and (point.isalnum() or point == "_") else "_" * (2 if ord(point) > 0xffff else 1) for point in name)
    return "_" + clean if clean[0].isdigit() else clean


def avro_unicode(name):
    def unit(point):
        pair = point.encode("utf-16-be")
        return "".join(f"_u{pair[at:at + 2].hex()}" for at in range(0, len(pair), 2))
    return "".join(point if point.isascii() and point.isalnum() and (at > 0 or not point.isdigit()) else unit(point) for at, point in enumerate(name))


def walferry_settings(settings):
    """Salts are the server's (walferry.salts), and no name of an option is longer than 63 bytes."""
    found = {}
    for name, value in settings.items():
        match = re.fullmatch(r"(column\.mask\.hash(?:\.v2)?)\.([^.]+)\.with\.salt\.(.+)", name)
        if match:
            found[match[1] if match[1].endswith("v2") else match[1] + ".v1"] = f"{match[2]};salt=@round;{value}"
        else:
            found[name] = value
    return found


def build(levels, rng, tables, outbox=None):
    """outbox: the round's outbox.Outbox, if it has one; the lists of tables and columns are drawn from the others."""
    settings = dict(outbox.connector) if outbox else {}
    for factor, level in levels.items():
        value = FACTORS[factor][level]
        settings.update(value(rng, tables) if callable(value) else value)
    return Configuration(levels, settings, outbox)


def is_seen_through(levels):
    """An update that only one side publishes is explained by its old row, which ExtractNewRecordState does not show."""
    return levels["columns"] != "unchanged" or "unwrap" not in levels["transforms"]


def pairs_of(levels):
    return set(itertools.combinations(levels.items(), 2))


def covering(factors):
    """A list of levels in which each pair of two factors' values stands; the default ones come first."""
    rng = random.Random(7)
    missing = set()
    for first, second in itertools.combinations(factors, 2):
        missing |= {((first, a), (second, b)) for a in factors[first] for b in factors[second] if is_seen_through({**DEFAULT, first: a, second: b})}
    found = [{factor: DEFAULT[factor] for factor in factors}]
    missing -= pairs_of(found[0])
    while missing:
        start = rng.choice(sorted(missing))
        candidates = [{**{factor: rng.choice(list(values)) for factor, values in factors.items()}, **dict(start)} for _ in range(40)]
        best = max(filter(is_seen_through, candidates), key=lambda levels: len(pairs_of(levels) & missing))
        missing -= pairs_of(best)
        found.append(best)
    return found
