"""An outbox table drawn at random, and the EventRouter's settings for it.

Left out is what ends Debezium's task (docs/format.md's rows of the outbox): topics that Kafka cannot have, a partition
that is not there, times that are no numbers or before 1970, a NULL to route by, truncations, and JSON to be expanded that is an array, has
mixed ones, or integers beyond 64 bits.

SPDX-License-Identifier: Apache-2.0
"""

import json
import string

import column_types
import tables as model
import values
from tables import Column

ROUTER = "io.debezium.transforms.outbox.EventRouter"
NAME = "outbox"
ROUTES = ("order", "customer", "in-voice", "x.y_z")

# Types that the connector has headers of the same text for: no structs, and no bytes.
PLACED = ("boolean", "smallint", "integer", "bigint", "text", "varchar", "varchar(n)", "char(n)", "uuid", "enum", "json", "jsonb", "double precision", "real",
          "inet", "citext", "ltree", "date", "timestamptz", "xml")
IN_ENVELOPES = (*PLACED, "numeric", "numeric(p,s)", "bytea", "timestamp", "time", "hstore", "integer[]", "text[]", "point", "int4range")
PAYLOADS = ("text", "varchar", "json", "jsonb", "bytea", "integer", "xml", "citext")
EXPANDED = ("text", "varchar", "citext", "json", "jsonb")     # payloads that may hold JSON
KEYS = ("text", "varchar", "uuid", "integer", "bigint", "enum")


class Outbox:
    """table, and the settings that name its columns."""

    def __init__(self, rng, pool, levels, prefix):
        self.rng = rng
        self.pool = pool
        self.levels = levels
        self.expands = rng.random() < 0.5
        self.settings = {}
        self.columns = []
        self.placements = []
        self.placed = {}    # columns by the names of headers and members that they are in
        self.describe()
        self.table = model.Table("public", NAME, self.columns, key=[self.columns[0].name])
        if self.placements:
            self.settings["table.fields.additional.placement"] = ",".join(self.placements)
        if rng.random() < 0.4:
            self.settings.update({"route.topic.regex": "([a-z]+)(.*)", "route.topic.replacement": f"{prefix}.$1"})
        else:
            self.settings["route.topic.replacement"] = f"{prefix}.event.${{routedByValue}}"
        for name, level in (("route.tombstone.on.empty.payload", "true"), ("table.op.invalid.behavior", "error")):
            if rng.random() < 0.5:
                self.settings[name] = level
        if self.expands:
            self.settings["table.expand.json.payload"] = "true"
            for name, level in (("table.json.payload.null.behavior", "optional_bytes"), ("table.json.payload.empty.array.behavior", "optional_string")):
                if rng.random() < 0.4:
                    self.settings[name] = level

    def describe(self):
        rng = self.rng
        self.add("id", "table.field.event.id", self.of("uuid", "integer", "bigint"), required=True)
        self.add("aggregatetype", "route.by.field", column_types.Type("varchar", "varchar(255)", lambda r: r.choice(ROUTES)), required=True)
        self.add("aggregateid", "table.field.event.key", self.of(*KEYS), required=rng.random() < 0.5)
        payload = self.of(*PAYLOADS)
        if self.expands and payload.kind in EXPANDED:
            maker = expandable if payload.kind.startswith("json") else lambda r: expandable(r) if r.random() < 0.7 else plain(r)
            payload = column_types.Type(payload.kind, payload.sql, maker, large=payload.large)
        self.add("payload", "table.field.event.payload", payload, required=False)
        if self.levels["time"] in ("adaptive", "adaptive_time_microseconds", "microseconds", "nanoseconds") and rng.random() < 0.5:
            self.add("ts", "table.field.event.timestamp", column_types.Type("timestamp", rng.choice(("timestamp", "timestamp(3)", "timestamp(0)")),
                                                                            past), always=True, required=False)
        if not self.expands and rng.random() < 0.3:
            self.add("ver", "table.field.event.schema.version", column_types.Type("integer", "integer", lambda r: r.choice("123")), always=True, required=True)
        if rng.random() < 0.3:
            self.place("partition", column_types.Type("integer", "integer", lambda r: "0"))  # the check's topics have one
        for _ in range(rng.randrange(3)):
            self.place("header", self.of(*PLACED))
        for _ in range(rng.choice((0, 0, 1, 2))):
            self.place("envelope", self.of(*IN_ENVELOPES))

    def of(self, *kinds):
        """A type of one of the kinds."""
        return self.rng.choice([column_type for column_type in self.pool if column_type.kind in kinds])

    def add(self, name, setting, column_type, required, always=False):
        """A column, by its usual name or one that the setting tells."""
        if self.rng.random() < 0.3:
            name = f"{name}{self.rng.choice(string.ascii_lowercase)}"
            always = True
        if always:
            self.settings[setting] = name
        self.columns.append(Column(name, column_type, required=required))

    def place(self, placement, column_type):
        name = f"extra{len(self.columns)}"
        required = column_type.required is None and not column_type.exact and self.rng.random() < 0.3
        self.columns.append(Column(name, column_type, required=required))
        alias = f":{self.rng.choice(('alias', 'Ünï', 'x-y'))}{len(self.columns)}" if placement != "partition" and self.rng.random() < 0.5 else ""
        self.placements.append(f"{name}:{placement}{alias}")
        self.placed[alias.removeprefix(":") or name] = self.columns[-1]

    def column_at(self, path):
        """The column that a path of a record of its leads to: the payload's, or one that is placed elsewhere."""
        payload = self.columns[3]
        return next((self.placed[part] for part in path if part in self.placed), payload if path[:1] not in (("key",), ("header",)) else None)

    @property
    def connector(self):
        """The transform's settings, with a predicate that keeps it from other tables."""
        return {"transforms": "outbox", "transforms.outbox.type": ROUTER, "transforms.outbox.predicate": "outbox", "predicates": "outbox",
                "predicates.outbox.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
                "predicates.outbox.pattern": rf".*\.public\.{NAME}",
                **{f"transforms.outbox.{name}": value for name, value in self.settings.items()}}


def past(rng):
    """A timestamp that the broker takes."""
    return f"{rng.randint(1970, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {values.clock(rng, last=False)}"


def plain(rng):
    """No JSON to expand."""
    found = values.text(rng)
    return found if not found.startswith(("{", "[")) else "plain"


def scalar(rng):
    """Of numbers none that jsonb shows as an integer beyond 64 bits."""
    return rng.choice((None, True, False, 0, -1, 2147483647, 2147483648, -9007199254740993, 1.5, 1e-7, -0.25, 1e18, "", " ", "é", "😀", "x" * 40, "null", "{}"))


def member(rng):
    return rng.choice(("a", "b", "id", "Name", "x_y", "ünï", "1st", "with space", "a.b", "-"))


def flat(rng):
    """Values that may be the elements of one array: of one type each."""
    kind = rng.choice(("text", "small", "large", "real", "truth"))
    maker = {"text": lambda: rng.choice(("", "a", "日本", "{}")), "small": lambda: rng.randint(-99, 99), "large": lambda: rng.randint(2 ** 40, 2 ** 60),
             "real": lambda: rng.choice((0.5, 1.25, -3.75)), "truth": lambda: rng.random() < 0.5}[kind]
    return [maker() for _ in range(rng.randint(1, 4))]


def document(rng, depth=0):
    found = {}
    for _ in range(rng.randrange(5)):
        kind = rng.randrange(10 if depth < 3 else 7)
        name = member(rng)
        if kind < 5:
            found[name] = scalar(rng)
        elif kind < 7:
            found[name] = flat(rng) if rng.random() < 0.8 else []
        elif kind < 9:
            found[name] = document(rng, depth + 1)
        else:   # objects of one array have members of the same types
            shape = document(rng, depth + 2)
            found[name] = [shape for _ in range(rng.randint(1, 3))]
    return found


def expandable(rng):
    """An object: an array of its own keeps its text in a schema of an array."""
    return json.dumps(document(rng), ensure_ascii=rng.random() < 0.5, separators=rng.choice(((",", ":"), (", ", ": "))))
