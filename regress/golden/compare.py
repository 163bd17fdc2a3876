"""What "equal to Debezium" means, for one case.

Per topic, in order, key, value and headers must be equal as parsed JSON, but for what changes from run to run:

  members ts_ms, ts_us, ts_ns, txId, lsn, xmin      numbers or null, wherever they stand
  source.sequence and source.version
  the id of a transaction (xid:lsn), in BEGIN, END and in the block of an event
  the same as ExtractNewRecordState names them: __ts_ms, __source_ts_ms, __lsn, cdc_source_lsn, cdc_transaction_id …
  the order of data_collections, and the Java name of a logical message's collection
  the hash in a Java object's name: @1b2c3d4e
  headers that carry an LSN, a time or a transaction, and the value of __debezium.newkey and __debezium.oldkey, which
  another converter writes; headers __walferry.* and __debezium.context.*; topics __walferry.*

Numbers are compared as numbers: 1.0E7 is 10000000.0.

SPDX-License-Identifier: Apache-2.0
"""

import json
import re

VOLATILE = re.compile(r"(?:__|cdc_)?(?:source_)?(?:ts_ms|ts_us|ts_ns|txId|lsn|xmin|tx)")
TRANSACTION_ID = re.compile(r"\d+:\d+")
TRANSACTION_MEMBERS = ("id", "cdc_transaction_id", "__transaction_id")
MESSAGE_COLLECTIONS = ("LogicalDecodingMessage", "LOGICAL_DECODING_MESSAGE")
JAVA_HASH = re.compile(r"@[0-9a-f]{5,8}\b")
VOLATILE_HEADER = re.compile(r"(?:lsn|ts_ms|ts_us|ts_ns|txid|tx)$", re.IGNORECASE)
KEY_CHANGE_HEADERS = ("__debezium.newkey", "__debezium.oldkey")
OUR_HEADERS = ("__walferry.", "__debezium.context.")


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
        volatile = name in KEY_CHANGE_HEADERS or VOLATILE_HEADER.search(name)
        kept.append((name, None if volatile else parsed(value)))
    return sorted(kept, key=str)


def by_topic(records):
    """records: (topic, key text, value text, header pairs), as Kafka has them."""
    topics = {}
    for topic, key, value, pairs in records:
        if not topic.startswith("__walferry"):
            topics.setdefault(topic, []).append((parsed(key), parsed(value), headers(pairs)))
    return topics


def differences(theirs, ours):
    """A list of (topic, index, what, theirs, ours); empty if equal."""
    found = []
    theirs, ours = by_topic(theirs), by_topic(ours)
    for topic in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(topic, []), ours.get(topic, [])
        if len(a) != len(b):
            found.append((topic, min(len(a), len(b)), "number of records", len(a), len(b)))
        for index, (left, right) in enumerate(zip(a, b)):
            for what, x, y in zip(("key", "value", "headers"), left, right):
                if x != y:
                    found.append((topic, index, what, x, y))
    return found
