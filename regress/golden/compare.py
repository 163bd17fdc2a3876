"""What "equal to Debezium" means, for one case.

Per topic, in order, key, value and headers must be equal as parsed JSON, headers in their order and byte by byte, but for what changes
from run to run, each in its place alone; null is equal to null alone:

  of an envelope, which has an op and a source: the numbers ts_ms, ts_us, ts_ns, which are the clock's, and in its source ts_ms,
      ts_us, ts_ns, txId, lsn, xmin; the source's version, and its sequence, whose second part must be its lsn
  the id of a transaction (xid:lsn), in the transaction block of an envelope, in BEGIN and END and their keys; their ts_ms
  the same as ExtractNewRecordState adds them to a row, by the prefixes that the recordings have: __lsn, __source_ts_ms,
      cdc_source_lsn, cdc_transaction_id …
  the order of data_collections of END, and the Java name of a logical message's collection there
  the hash in a Java object's name, where that is the whole value: [Ljava.lang.String;@1b2c3d4e
  the value of a header that ExtractNewRecordState makes of an LSN, a time or a transaction, and of __debezium.context.runId,
      which is random; headers and topics __walferry.*

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

CLOCK = ("ts_ms", "ts_us", "ts_ns")
OF_SOURCE = (*CLOCK, "txId", "lsn", "xmin")
ADDED = re.compile(rf"(?:__|cdc_)(?:(?:source_)?(?:{'|'.join(OF_SOURCE)})|(?P<transaction>transaction_id))")
TRANSACTION_ID = re.compile(r"\d+:\d+")
SEQUENCE = re.compile(r'\[(?:null|"\d+"),"(\d+)"\]')
MESSAGE_COLLECTION = re.compile(r"io\.debezium\.[\w.$]*LogicalDecodingMessage\w*@[0-9a-f]+|LOGICAL_DECODING_MESSAGE")
KINDS = ("op", "__op", "cdc_op", "status", "__deleted")
JAVA_OBJECT = re.compile(r"(\[+(?:[BCDFIJSZ]|L[\w.$]+;))@[0-9a-f]{1,8}")
VOLATILE_HEADERS = ("__debezium.context.runId",)
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


def _without_number(value):
    """Of a number that is another in each run: that there is one."""
    return "a number" if isinstance(value, int) and not isinstance(value, bool) else value


def _without_transaction(value):
    return "xid:lsn" if isinstance(value, str) and TRANSACTION_ID.fullmatch(value) else value


def _change(members, **changes):
    """The members, those that are named changed if they are there."""
    return {name: changes[name](value) if name in changes else value for name, value in members.items()}


def _source(members):
    if not isinstance(members, dict):
        return members

    def sequence(value):
        match = SEQUENCE.fullmatch(value) if isinstance(value, str) else None
        return "a commit's end and the lsn" if match and match[1] == str(members.get("lsn")) else value

    return _change(members, version=lambda value: "a version" if isinstance(value, str) and value else value, sequence=sequence,
                   **dict.fromkeys(OF_SOURCE, _without_number))


def _transaction(members):
    return _change(members, id=_without_transaction) if isinstance(members, dict) else members


def _collections(found):
    """Of an END: without an order, and a logical message's by one name."""
    if not isinstance(found, list):
        return found
    named = [_change(one, data_collection=lambda name: "a message" if isinstance(name, str) and MESSAGE_COLLECTION.fullmatch(name) else name)
             if isinstance(one, dict) else one for one in found]
    return sorted(named, key=_identity)


def _is_boundary(payload):
    """BEGIN or END."""
    return payload.get("status") in ("BEGIN", "END") and "event_count" in payload


def _of_payload(payload):
    """A value without what changes from run to run."""
    if not isinstance(payload, dict):
        return payload
    if "op" in payload and isinstance(payload.get("source"), dict):
        return _change(payload, source=_source, transaction=_transaction, **dict.fromkeys(CLOCK, _without_number))
    if _is_boundary(payload):
        return _change(payload, id=_without_transaction, data_collections=_collections, ts_ms=_without_number)
    added = {name: match for name in payload if (match := ADDED.fullmatch(name))}
    return _change(payload, **{name: _without_transaction if match["transaction"] else _without_number for name, match in added.items()})


def _without_hashes(value):
    """Of the Java objects in a value."""
    if isinstance(value, dict):
        return {name: _without_hashes(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_hashes(item) for item in value]
    return JAVA_OBJECT.sub(r"\1@", value) if isinstance(value, str) and JAVA_OBJECT.fullmatch(value) else value


def _in_payload(value, change):
    """Changes the payload of a key or value, which may have an inline schema."""
    if isinstance(value, dict) and value.keys() == {"schema", "payload"}:
        return {"schema": value["schema"], "payload": change(value["payload"])}
    return change(value)


def parsed(text):
    """Key or value: JSON where it is, else the text itself."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, object_pairs_hook=json_difference.object_of)
    except ValueError:
        return text


def key_and_value(key, value):
    """Both parsed, without what changes from run to run."""
    key, value = parsed(key), parsed(value)
    payload = _payload(value)
    if isinstance(payload, dict) and _is_boundary(payload):
        key = _in_payload(key, _transaction)
    return key, _in_payload(value, lambda found: _without_hashes(_of_payload(found)))


def headers(pairs):
    kept = []
    for name, value in pairs:
        if name.startswith(OUR_HEADERS):
            continue
        if isinstance(value, str) and (name in VOLATILE_HEADERS or ADDED.fullmatch(name)):
            value = "a value"
        kept.append([name, value])
    return kept


def by_topic(records):
    """records: (topic, key text, value text, header pairs, time or None), as Kafka has them."""
    topics = {}
    for topic, key, value, pairs, *times in records:
        if topic.startswith("__walferry"):
            continue
        key, value = key_and_value(key, value)
        record = {"key": key, "value": value, "headers": headers(pairs)}
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
