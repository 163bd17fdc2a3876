"""Are the records of both sides equal? Per topic, in order, as parsed JSON.

Both sides read the same WAL, so nearly everything must agree, txId, lsn, sequence and commit times too. Left out:
  - the envelope's own ts_ms, ts_us and ts_ns: the clock of whoever rendered the event. Ours must be one time in three units;
  - source.version;
  - sequence[0] where a side has null before its first commit;
  - the values of the headers __debezium.newkey and __debezium.oldkey (another converter writes them), not their presence;
  - __walferry.* and __debezium.context.* headers; the order of data_collections and of a sparse vector's members, and the Java name of a message's data collection.

Headers are compared in their order, and a member or header that is there twice is one more (json_difference.object_of).

Keys that the shipper wrote are compared byte by byte, too: they decide on the partition. An EventRouter's record
has its time compared as well, where a row makes it.

Records of one WAL position stand together: a delete and a create of one side may be held against the other's
update there, but a record that only one side has is never anything but a record that only one side has.

SPDX-License-Identifier: Apache-2.0
"""

import collections
import dataclasses
import decimal
import difflib
import json
import struct
import typing

import json_difference

ABSENT = json_difference.ABSENT

CLOCK = {"ts_ms": 1, "ts_us": 1000, "ts_ns": 1000000}    # and how many of it are a millisecond
COUNTS = ("event_count", "total_order", "data_collection_order")
OF_THE_OPERATION = (("op",), ("__op",), ("__deleted",))
NULL_TEXT = {"JSON": "null"}     # which is no tombstone
OTHERS_HEADERS = ("__debezium.", "__walferry.")
HEADERS_OF_KEYS = ("__debezium.newkey", "__debezium.oldkey")
OWN_TIMES_END_MS = 1767225600000    # 2026-01-01: later ones are the clock's
MESSAGE_COLLECTIONS = ("LogicalDecodingMessage", "LOGICAL_DECODING_MESSAGE")


def single(number):
    """The nearest real, as bytes; None if there is none."""
    try:
        return struct.pack("f", float(number))
    except (OverflowError, TypeError, ValueError):
        return None


def as_singles(key):
    """A key whose numbers are told apart as reals are."""
    if isinstance(key, dict):
        return {name: as_singles(value) for name, value in key.items()}
    if isinstance(key, (float, decimal.Decimal)) and (found := single(key)) is not None:
        return found.hex()
    return key


@dataclasses.dataclass
class Record:
    topic: str
    key: typing.Any
    value: typing.Any
    headers: tuple
    key_bytes: bytes = None     # as they are in Kafka
    header_values: dict = dataclasses.field(default_factory=dict)   # of those that transforms made
    time: int = None            # of a row's column, not of the clock
    inherited_lsn: int = None   # of the delete before a tombstone
    message_number: int = None  # of a logical message within its transaction

    @property
    def payload(self):
        value = self.value
        if isinstance(value, dict) and value.keys() == {"schema", "payload"}:
            value = value["payload"]
        return value if isinstance(value, dict) else {}

    @property
    def is_null_with_schema(self):
        return isinstance(self.value, dict) and self.value.keys() == {"schema", "payload"} and self.value["payload"] is None

    @property
    def source(self):
        found = self.payload.get("source")
        return found if isinstance(found, dict) else {}

    @property
    def is_envelope(self):
        """Of a change or a message, as no transform has touched it."""
        return "op" in self.payload and isinstance(self.payload.get("source"), dict)

    @property
    def tells_one_time(self):
        """Whether an envelope's clock is one time in its three units, and after the commit."""
        found = {name: self.payload[name] for name in CLOCK if name in self.payload}    # a message has the first
        if not all(isinstance(time, int) for time in found.values()):
            return False
        committed = self.source.get("ts_ms")
        return isinstance(committed, int) and {time // CLOCK[name] for name, time in found.items()} == {found["ts_ms"]} and committed <= found["ts_ms"]

    @property
    def lsn(self):
        payload = self.payload
        if isinstance(payload.get("id"), str) and "status" in payload:
            return payload["id"]    # BEGIN and END: xid:lsn
        found = self.header_values.get("__source_lsn")
        return self.source.get("lsn", int(found) if found is not None else payload.get("__source_lsn", self.inherited_lsn))

    @property
    def transaction(self):
        """Its xid; None of a message outside of transactions, and where nothing tells it."""
        if "status" in self.payload:
            return int(self.payload["id"].partition(":")[0])
        found = self.header_values.get("__source_txId")
        return self.source.get("txId", int(found) if found is not None else None)

    @property
    def kind(self):
        return "none" if self.value is None else "null" if self.value == NULL_TEXT or self.is_null_with_schema else "value"

    @property
    def op(self):
        payload = self.payload
        return payload.get("op", payload.get("__op", self.header_values.get("__op", payload.get("status"))))

    @property
    def is_event(self):
        """What transaction metadata counts: no tombstone that only follows its delete."""
        return self.op in ("c", "u", "d", "t", "m")

    @property
    def event(self):
        """What happened, for putting two sequences side by side: its place in the WAL, if the record tells it."""
        if self.lsn is not None:
            return "lsn", self.lsn
        if "id" in self.header_values:
            return "id", self.header_values["id"]   # an outbox's
        key = self.key["payload"] if isinstance(self.key, dict) and self.key.keys() == {"schema", "payload"} else self.key
        # (in their keys reals are the same number with other digits)
        return "key", json.dumps(as_singles(key), default=str, sort_keys=True)

    @property
    def name(self):
        """Which of an event's records it is."""
        return self.op, self.kind


def header_values(pairs):
    """What transforms put into headers, and the keys of a key change."""
    return json_difference.object_of((name, value.decode() if isinstance(value, bytes) else value) for name, value in pairs
                                     if name in HEADERS_OF_KEYS or not name.startswith(OTHERS_HEADERS))


def time_of_row(milliseconds):
    return milliseconds if milliseconds is not None and milliseconds < OWN_TIMES_END_MS else None


def header_names(names):
    return tuple(name for name in names if not name.startswith(("__walferry.", "__debezium.context.")))


class Reader:
    """exact: numbers with a fraction are compared digit by digit (decimal.format=NUMERIC)."""

    def __init__(self, exact=False):
        self.parse_float = decimal.Decimal if exact else float

    def loads(self, words):
        return json.loads(words, parse_float=self.parse_float, object_pairs_hook=json_difference.object_of)

    def parse(self, words):
        if words is None:
            return None
        if words in (b"null", "null"):
            return NULL_TEXT
        try:
            return self.loads(words)
        except ValueError:
            return {"not JSON": words.decode(errors="backslashreplace") if isinstance(words, bytes) else words}

    def from_kafka(self, found):
        topic, key, value, headers, time = found
        return Record(topic, self.parse(key), self.parse(value), header_names(name for name, _ in headers), key, header_values(headers), time_of_row(time))

    def from_line(self, line):
        found = self.loads(line)
        key, value = (found[part] if part in found else self.parse(found.get(part + "_text", found.get(part + "_base64"))) for part in ("key", "value"))
        return Record(found["topic"], key, value, header_names(found["headers"]), None, header_values(found["headers"].items()),
                      time_of_row(found.get("timestamp")))


@dataclasses.dataclass
class Finding:
    """One place where two records differ; path leads there."""
    topic: str
    path: tuple
    theirs: typing.Any
    ours: typing.Any
    record: typing.Any = None    # Debezium's, or ours where Debezium has none
    other: typing.Any = None
    group: tuple = ((), ())      # all of both sides at the record's WAL position
    causes: list = None          # of a count: the findings of records that it counts
    row: str = None              # what explains it

    @property
    def is_count(self):
        """A count or an ordinal of transaction metadata."""
        return any(part in self.path for part in (*COUNTS, "data_collections"))

    def counts(self, cause):
        """Whether what is found at another record goes into this count."""
        if not isinstance(self.record.lsn, str) and cause.record.lsn > self.record.lsn:
            return False    # it comes later
        if "data_collections" in self.path:
            return self.path[-1] == "data_collections" or cause.topic.endswith("." + topic_name(self.path[-1]))
        return self.path[-1] != "data_collection_order" or cause.topic == self.topic

    @property
    def more(self):
        """How many more events Debezium counts, of a finding of records."""
        if is_update_in_two(self.theirs) and [record.op for record in self.ours] == ["u"]:
            return 1    # though a transform may have taken the delete away
        return sum(record.is_event for record in self.theirs) - sum(record.is_event for record in self.ours)


def topic_name(table):
    """As both sides write schema.table into topics: one _ for each UTF-16 unit that is not taken."""
    return "".join(point if point.isascii() and (point.isalnum() or point in "._-") else "_" * (2 if ord(point) > 0xffff else 1) for point in table)


def payload_path(path):
    return path[1:] if path[:1] == ("payload",) else path


def normal(path, value):
    """What two values are compared by, where that is not themselves."""
    if path and path[-1] == "data_collections" and isinstance(value, list):
        counts = collections.Counter()
        for one in value:
            counts["MESSAGE" if any(part in one["data_collection"] for part in MESSAGE_COLLECTIONS) else one["data_collection"]] += one["event_count"]
        return dict(counts)
    if path and path[-1] == "vector" and isinstance(value, list):
        return {str(place): number for place, number in value}  # a map whose keys are numbers
    return value


def first_of_sequence(sequence):
    """The commit that a source.sequence names, or None; a text that is none is a difference by itself."""
    try:
        found = json.loads(sequence)[0]
        return int(found) if found is not None else None
    except (IndexError, TypeError, ValueError):
        return None


def first_commit(records):
    """The first commit that a side's records name: only what is before it has none in its sequence."""
    named = [found for record in records if (found := first_of_sequence(record.source.get("sequence"))) is not None]
    if named:
        return min(named)
    transactions = {record.source.get("txId") for record in records if record.source.get("txId") is not None}
    return 0 if len(transactions) > 1 else float("inf")


class Comparison:
    """Two sides' records; findings() tells where they differ."""

    def __init__(self, theirs, ours):
        self.starts = first_commit(theirs), first_commit(ours)
        self.topics = collections.defaultdict(lambda: ([], []))
        for side, records in enumerate((theirs, ours)):
            for record in records:
                self.topics[record.topic][side].append(record)
        self.count = 0
        messages = collections.Counter()
        for record in ours:
            if record.op == "m" and record.transaction is not None:
                messages[record.transaction] += 1
                record.message_number = messages[record.transaction]

    def findings(self):
        found = [finding for topic in sorted(self.topics) for finding in self.of_topic(topic)]
        tell_causes(found)
        return found

    def of_topic(self, topic):
        theirs, ours = (runs(records) for records in self.topics[topic])
        names = [[event for event, _ in side] for side in (theirs, ours)]
        if names[0] == names[1]:
            pairs = zip(theirs, ours)
        else:
            pairs = paired(theirs, ours, names)
        there = set(names[0]), set(names[1])
        for first, second in pairs:
            if first is None or second is None:
                event, records = first or second
                self.count += len(records)
                elsewhere = event in there[0 if first is None else 1]
                yield Finding(topic, ("order of records",) if elsewhere else ("record",), records if first else [], records if second else [], records[0],
                              group=(records if first else [], records if second else []))
            else:
                yield from self.of_event(topic, first[1], second[1])

    def of_event(self, topic, theirs, ours):
        """Findings of the records of both sides at one WAL position."""
        group = theirs, ours
        names = [[record.name for record in side] for side in group]
        pairs = list(zip(theirs, ours)) if names[0] == names[1] else list(paired(theirs, ours, names))
        self.count += len(pairs)
        for first, second in pairs:
            if first and second:
                yield from self.of_records(first, second, group)
        left = [record for record, other in pairs if not other], [other for record, other in pairs if not record]
        if left[0] or left[1]:
            yield Finding(topic, ("record",), *left, left[0][0] if left[0] else left[1][0], left[1][0] if left[1] else None, group)
        if is_update_in_two(left[0]) and [record.op for record in left[1]] == ["u"]:
            yield from self.of_update(*left, group)

    def of_update(self, theirs, ours, group):
        """What a delete and a create tell, held against the update of the same row."""
        update = ours[0]
        for record in theirs:
            if record.op == "d" and isinstance(record.payload.get("before"), dict):
                for place in differing(("before",), record.payload["before"], update.payload.get("before")):
                    yield Finding(record.topic, *place, record, update, group)
            if record.op == "c":
                for finding in self.of_records(record, update, group):
                    if payload_path(finding.path) not in OF_THE_OPERATION and payload_path(finding.path)[0] not in ("before", "headers", "header"):
                        yield finding

    def of_records(self, theirs, ours, group):
        """Findings of two records that stand for the same event."""
        for start, first, second in ((("key",), theirs.key, ours.key), ((), theirs.value, ours.value)):
            for path, one, other in differing(start, first, second):
                if not self.is_left_out(path, theirs, ours, one, other):
                    yield Finding(theirs.topic, path, one, other, theirs, ours, group)
        if ours.is_envelope and not ours.tells_one_time:
            yield Finding(theirs.topic, ("clock",), None, {name: ours.payload.get(name) for name in CLOCK}, theirs, ours, group)
        if theirs.key == ours.key and ours.key_bytes is not None and theirs.key_bytes != ours.key_bytes:
            yield Finding(theirs.topic, ("key bytes",), theirs.key_bytes, ours.key_bytes, theirs, ours, group)
        if theirs.headers != ours.headers:
            yield Finding(theirs.topic, ("headers",), theirs.headers, ours.headers, theirs, ours, group)
        for name in theirs.header_values.keys() & ours.header_values.keys():
            if theirs.header_values[name] != ours.header_values[name]:
                yield Finding(theirs.topic, ("header", name), theirs.header_values[name], ours.header_values[name], theirs, ours, group)
        if theirs.time != ours.time:
            yield Finding(theirs.topic, ("time",), theirs.time, ours.time, theirs, ours, group)

    def is_left_out(self, path, theirs, ours, one, other):
        """Whether a place where two records differ is not compared."""
        place = payload_path(path)
        if not ours.is_envelope:
            return False
        if place in ((name,) for name in CLOCK):
            return isinstance(one, int) and isinstance(other, int)
        if place == ("source", "version"):
            return isinstance(other, str) and other != ""
        if place == ("source", "sequence") and isinstance(one, str) and isinstance(other, str):
            early = [record.lsn < start for record, start in zip((theirs, ours), self.starts)]
            commits = [first_of_sequence(found) for found in (one, other)]
            same = json.loads(one)[1:] == json.loads(other)[1:]
            return same and any(commit is None and is_early for commit, is_early in zip(commits, early))
        return False


def is_update_in_two(records):
    """A delete, perhaps with its tombstone, and a create; or what is left of them if deletes are not published."""
    steps = ["x" if record.kind != "value" else record.op for record in records]
    return steps in (["c"], ["d", "c"], ["d", "x", "c"], ["x", "c"])


def differing(path, theirs, ours):
    return json_difference.differing(path, theirs, ours, normal)


def runs(records):
    """A topic's records by the events that they are of: (event, records) in their order."""
    found = []
    for record in records:
        event = record.event
        # a tombstone need not tell where it is from: it follows its delete
        if event[0] == "key" and found and record.kind != "value" and record.key == found[-1][1][-1].key:
            event = found[-1][0]
            record.inherited_lsn = found[-1][1][-1].lsn
        if found and found[-1][0] == event and event[0] != "key":
            found[-1][1].append(record)
        else:
            found.append((event, [record]))
    return found


def paired(theirs, ours, names):
    """Puts two sequences side by side by their names: (one or None, one or None)."""
    matcher = difflib.SequenceMatcher(None, *names, autojunk=False)
    for word, first, first_end, second, second_end in matcher.get_opcodes():
        if word == "equal":
            yield from zip(theirs[first:first_end], ours[second:second_end])
            continue
        yield from ((record, None) for record in theirs[first:first_end])
        yield from ((None, record) for record in ours[second:second_end])


def tell_causes(findings):
    """Gives each count of a transaction the findings of records that it counts."""
    of_transaction = collections.defaultdict(list)
    for finding in findings:
        if finding.path == ("record",) and finding.more:
            of_transaction[finding.record.transaction].append(finding)
    for finding in findings:
        if finding.is_count:
            finding.causes = [cause for cause in of_transaction[finding.record.transaction] if finding.counts(cause)]


def compare(theirs, ours):
    """Findings over all topics, and the number of records that were held against each other."""
    comparison = Comparison(theirs, ours)
    return comparison.findings(), comparison.count
