"""What "equal to Debezium" means, for one case.

Per topic, in order, key, value and headers must be equal as parsed JSON, but for what changes from run to run:

  members ts_ms, ts_us, ts_ns, txId, lsn, xmin      numbers or null, wherever they stand
  source.sequence and source.version
  the id of a transaction (xid:lsn), in BEGIN, END and in the block of an event
  the same as ExtractNewRecordState names them: __ts_ms, __source_ts_ms, __lsn, cdc_source_lsn, cdc_transaction_id …
  the order of data_collections, and the Java name of a logical message's collection
  the hash in a Java object's name: @1b2c3d4e
  headers that carry an LSN, a time or a transaction, and the value of __debezium.newkey and __debezium.oldkey, which
  another converter writes, and of __debezium.context.runId, which is random; headers and topics __walferry.*

Numbers are compared as numbers: 1.0E7 is 10000000.0. A record's time is compared if it is of before 2026, when an outbox row has
given it; later ones are those of the run.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import difflib
import json
import re
import typing

import json_difference

VOLATILE = re.compile(r"(?:__|cdc_)?(?:source_)?(?:ts_ms|ts_us|ts_ns|txId|lsn|xmin|tx)")
TRANSACTION_ID = re.compile(r"\d+:\d+")
TRANSACTION_MEMBERS = ("id", "cdc_transaction_id", "__transaction_id")
MESSAGE_COLLECTIONS = ("LogicalDecodingMessage", "LOGICAL_DECODING_MESSAGE")
KINDS = ("op", "__op", "cdc_op", "status", "__deleted")
JAVA_HASH = re.compile(r"@[0-9a-f]{5,8}\b")
VOLATILE_HEADER = re.compile(r"(?:lsn|ts_ms|ts_us|ts_ns|txid|tx)$", re.IGNORECASE)
VOLATILE_HEADERS = ("__debezium.newkey", "__debezium.oldkey", "__debezium.context.runId")
OWN_TIMES_END_MS = 1767225600000
OUR_HEADERS = "__walferry."


@dataclasses.dataclass(frozen=True)
class Difference:
    """One place where what Debezium wrote and what we write differ; number counts the topic's records."""
    topic: str
    number: int
    path: tuple
    theirs: typing.Any
    ours: typing.Any

    @property
    def place(self):
        """The path as differences.toml has it."""
        return ".".join(map(str, self.path))


def _is_number(value):
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _member(name, value):
    """A member's value without what changes from run to run."""
    if VOLATILE.fullmatch(name) and _is_number(value):
        return 0
    if isinstance(value, str):
        if name == "sequence" or name == "version":
            return ""
        if name in TRANSACTION_MEMBERS and TRANSACTION_ID.fullmatch(value):
            return "transaction"
        if name == "data_collection" and any(word in value for word in MESSAGE_COLLECTIONS):
            return "message"
    if name == "data_collections" and isinstance(value, list):
        return sorted((normal(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return normal(value)


def normal(value):
    if isinstance(value, dict):
        return {name: _member(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return JAVA_HASH.sub("@", value)
    return value


def parsed(text):
    """Key or value: JSON where it is, else the text itself."""
    if not isinstance(text, str):
        return text
    try:
        return normal(json.loads(text))
    except ValueError:
        return normal(text)


def headers(pairs):
    kept = []
    for name, value in pairs:
        if name.startswith(OUR_HEADERS):
            continue
        volatile = name in VOLATILE_HEADERS or VOLATILE_HEADER.search(name)
        kept.append((name, None if volatile else parsed(value)))
    return [list(pair) for pair in sorted(kept, key=str)]


def by_topic(records):
    """records: (topic, key text, value text, header pairs, time or None), as Kafka has them."""
    topics = {}
    for topic, key, value, pairs, *times in records:
        if topic.startswith("__walferry"):
            continue
        record = {"key": parsed(key), "value": parsed(value), "headers": headers(pairs)}
        if times and times[0] is not None and times[0] < OWN_TIMES_END_MS:
            record["time"] = times[0]
        topics.setdefault(topic, []).append(record)
    return topics


def _identity(record):
    return json.dumps(record, sort_keys=True)


def _kind(record):
    """What kind of event a record is, for putting two unequal ones side by side."""
    payload = _payload(record["value"])
    if isinstance(payload, dict):
        return next((payload[name] for name in KINDS if name in payload), "row")
    return type(payload).__name__


def _opcodes(theirs, ours):
    return difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()


def _pairs(theirs, ours):
    """Puts two sequences of a topic side by side: (record or None, record or None).

    Equal records first; in what lies between, those of one kind.
    """
    for _, first, first_end, second, second_end in _opcodes([*map(_identity, theirs)], [*map(_identity, ours)]):
        left, right = theirs[first:first_end], ours[second:second_end]
        if len(left) == len(right):
            yield from zip(left, right)
            continue
        for inner, a, a_end, b, b_end in _opcodes([*map(_kind, left)], [*map(_kind, right)]):
            if inner == "equal":
                yield from zip(left[a:a_end], right[b:b_end])
                continue
            yield from ((record, None) for record in left[a:a_end])
            yield from ((None, record) for record in right[b:b_end])


def _payload(value):
    """Of a key or value with an inline schema."""
    return value["payload"] if isinstance(value, dict) and value.keys() == {"schema", "payload"} else value


def summary(record):
    """A record that one side does not have, in few words."""
    return json_difference.ABSENT if record is None else {"key": _payload(record["key"]), "kind": _kind(record)}


def differences(theirs, ours):
    """A list of Difference; empty if equal."""
    found = []
    theirs, ours = by_topic(theirs), by_topic(ours)
    for topic in sorted(set(theirs) | set(ours)):
        for number, (left, right) in enumerate(_pairs(theirs.get(topic, []), ours.get(topic, []))):
            if left is None or right is None:
                found.append(Difference(topic, number, ("record",), summary(left), summary(right)))
            else:
                found.extend(Difference(topic, number, *place) for place in json_difference.differing((), left, right))
    return found
