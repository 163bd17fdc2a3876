"""Are the records of both sides equal? Per topic, in order, as parsed JSON.

Both sides read the same WAL, so nearly everything must agree, txId, lsn, sequence and commit times too. Left out:
  - the envelope's own ts_ms, ts_us and ts_ns: the clock of whoever rendered the event;
  - source.version;
  - sequence[0] where one side has null: the first transaction after that side's start;
  - the values of the headers __debezium.newkey and __debezium.oldkey (another converter writes them), not their presence;
  - __walferry.* and __debezium.context.* headers; the order of data_collections and of a sparse vector's members, and the Java name of a message's data collection.

Keys that the shipper wrote are compared byte by byte, too: they decide on the partition. An EventRouter's record
has its time compared as well, where a row makes it.

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

IGNORED = {("ts_ms",), ("ts_us",), ("ts_ns",), ("source", "version")}
NULL_TEXT = {"JSON": "null"}     # which is no tombstone
OTHERS_HEADERS = ("__debezium.", "__walferry.")
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
    def lsn(self):
        payload = self.payload
        if isinstance(payload.get("id"), str) and "status" in payload:
            return payload["id"]    # BEGIN and END: xid:lsn
        return self.source.get("lsn", payload.get("__source_lsn"))

    @property
    def name(self):
        """What the record is, for putting two sequences side by side."""
        # (in their keys reals are the same number with other digits)
        kind = "none" if self.value is None else "null" if self.value == NULL_TEXT or self.is_null_with_schema else "value"
        key = self.key["payload"] if isinstance(self.key, dict) and self.key.keys() == {"schema", "payload"} else self.key
        # a tombstone and an unwrapped record need not tell where they are from
        return (self.lsn, self.payload.get("op", self.payload.get("__op", self.payload.get("status"))), kind,
                None if self.lsn else json.dumps(as_singles(key), default=str, sort_keys=True))


def header_values(pairs):
    """What transforms put into headers."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in pairs if not name.startswith(OTHERS_HEADERS)}


def time_of_row(milliseconds):
    return milliseconds if milliseconds is not None and milliseconds < OWN_TIMES_END_MS else None


def header_names(names):
    return tuple(sorted(name for name in names if not name.startswith(("__walferry.", "__debezium.context."))))


class Reader:
    """exact: numbers with a fraction are compared digit by digit (decimal.format=NUMERIC)."""

    def __init__(self, exact=False):
        self.parse_float = decimal.Decimal if exact else float

    def parse(self, words):
        if words is None:
            return None
        if words in (b"null", "null"):
            return NULL_TEXT
        try:
            return json.loads(words, parse_float=self.parse_float)
        except ValueError:
            return {"not JSON": words.decode(errors="backslashreplace") if isinstance(words, bytes) else words}

    def from_kafka(self, found):
        topic, key, value, headers, time = found
        return Record(topic, self.parse(key), self.parse(value), header_names(name for name, _ in headers), key, header_values(headers), time_of_row(time))

    def from_line(self, line):
        found = json.loads(line, parse_float=self.parse_float)
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


def payload_path(path):
    return path[1:] if path[:1] == ("payload",) else path


def normal(path, value):
    """What two values are compared by, where that is not themselves."""
    if path and path[-1] == "data_collections" and isinstance(value, list):
        return {("MESSAGE" if any(part in one["data_collection"] for part in MESSAGE_COLLECTIONS) else one["data_collection"]): one["event_count"]
                for one in value}
    if path and path[-1] == "vector" and isinstance(value, list):
        return {str(place): number for place, number in value}  # a map whose keys are numbers
    return value


def left_out(path, theirs, ours):
    """Whether a place is not compared."""
    place = payload_path(path)
    if place == ("source", "sequence") and isinstance(theirs, str) and isinstance(ours, str):
        first, second = json.loads(theirs), json.loads(ours)
        return first[1] == second[1] and None in (first[0], second[0])
    return place in IGNORED


def differing(path, theirs, ours):
    return json_difference.differing(path, theirs, ours, normal, left_out)


def of_records(theirs, ours):
    """Findings of two records that stand for the same event."""
    for start, first, second in ((("key",), theirs.key, ours.key), ((), theirs.value, ours.value)):
        for place in differing(start, first, second):
            yield Finding(theirs.topic, *place, theirs, ours)
    if theirs.key == ours.key and ours.key_bytes is not None and theirs.key_bytes != ours.key_bytes:
        yield Finding(theirs.topic, ("key bytes",), theirs.key_bytes, ours.key_bytes, theirs, ours)
    if theirs.headers != ours.headers:
        yield Finding(theirs.topic, ("headers",), theirs.headers, ours.headers, theirs, ours)
    for name in theirs.header_values.keys() & ours.header_values.keys():
        if theirs.header_values[name] != ours.header_values[name]:
            yield Finding(theirs.topic, ("header", name), theirs.header_values[name], ours.header_values[name], theirs, ours)
    if theirs.time != ours.time:
        yield Finding(theirs.topic, ("time",), theirs.time, ours.time, theirs, ours)


def pairs(theirs, ours):
    """Puts two sequences of a topic side by side: (record or None, record or None)."""
    names, other_names = [record.name for record in theirs], [record.name for record in ours]
    if names == other_names:
        yield from zip(theirs, ours)
        return
    matcher = difflib.SequenceMatcher(None, names, other_names, autojunk=False)
    for word, first, first_end, second, second_end in matcher.get_opcodes():
        if word == "equal":
            yield from zip(theirs[first:first_end], ours[second:second_end])
            continue
        yield from ((record, None) for record in theirs[first:first_end])
        yield from ((None, record) for record in ours[second:second_end])


def compare(theirs, ours):
    """Findings over all topics, and the number of records that were held against each other."""
    topics = collections.defaultdict(lambda: ([], []))
    for record in theirs:
        topics[record.topic][0].append(record)
    for record in ours:
        topics[record.topic][1].append(record)
    count = 0
    findings = []
    for topic in sorted(topics):
        for first, second in pairs(*topics[topic]):
            count += 1
            if first is None or second is None:
                findings.append(Finding(topic, ("record",), "missing" if first is None else "written", "missing" if second is None else "written",
                                        first or second))
            else:
                findings.extend(of_records(first, second))
    return findings, count
