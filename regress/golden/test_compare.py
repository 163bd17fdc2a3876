"""The comparison sees what it must see, and nothing else.

SPDX-License-Identifier: Apache-2.0
"""

import json

import pytest

from golden import compare

VALUE = {"before": None, "after": {"id": 1, "note": "x", "amount": "AJY=", "real": 1.5},
         "source": {"version": "3.7.0.Final", "name": "ref", "ts_ms": 5, "ts_us": 5, "ts_ns": 5, "sequence": '["1","2"]',
                    "txId": 7, "lsn": 8, "xmin": None, "table": "t"},
         "transaction": {"id": "7:8", "total_order": 1}, "op": "c", "ts_ms": 6, "ts_us": 6, "ts_ns": 6}


def record(value=VALUE, key='{"id":1}', headers=(), topic="ref.public.t"):
    return topic, key, None if value is None else json.dumps(value), list(headers)


def changed(*path, to):
    value = json.loads(json.dumps(VALUE))
    place = value
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return value


@pytest.mark.parametrize("path, to", [
    (("ts_ms",), 9), (("ts_us",), 9), (("ts_ns",), 9), (("source", "ts_ms"), 9), (("source", "ts_us"), 9),
    (("source", "ts_ns"), 9), (("source", "version"), "0.1.0"), (("source", "sequence"), '[null,"3"]'),
    (("source", "txId"), 9), (("source", "lsn"), 9), (("source", "xmin"), 9), (("transaction", "id"), "9:9"),
])
def test_what_changes_from_run_to_run_is_left_out(path, to):
    assert compare.differences([record()], [record(changed(*path, to=to))]) == []


@pytest.mark.parametrize("path, to", [
    (("op",), "u"), (("after", "id"), 2), (("after", "note"), None), (("after", "amount"), "AJc="), (("after", "real"), 1.25),
    (("before",), {}), (("source", "table"), "u"), (("source", "name"), "other"), (("source", "lsn"), "8"),
    (("transaction", "total_order"), 2), (("transaction",), None), (("after", "more"), None),
])
def test_everything_else_is_a_difference(path, to):
    assert len(compare.differences([record()], [record(changed(*path, to=to))])) == 1


@pytest.mark.parametrize("ours", [
    [], [record(), record()], [record(key=None)], [record(key='{"id":2}')], [record(None)], [record(topic="ref.public.u")],
    [record(headers=[("__op", "c")])], [record(headers=[("__debezium.context.taskId", "0")])], [record(headers=[("__debezium.newkey", "{}")])],
])
def test_records_keys_and_headers_count(ours):
    assert compare.differences([record()], ours)


def test_order_counts_within_a_topic():
    first, second = record(), record(changed("after", "id", to=2), '{"id":2}')
    assert compare.differences([first, second], [second, first])


def test_headers_of_our_own_and_values_that_vary_do_not_count():
    theirs = record(headers=[("__debezium.newkey", "Struct{id=2}"), ("__debezium.context.runId", "a")])
    ours = record(headers=[("__walferry.position", "1"), ("__debezium.newkey", '{"id":2}'), ("__debezium.context.runId", "b")])
    assert compare.differences([theirs], [ours]) == []


def test_counts_of_a_transaction_have_no_order():
    def end(*names):
        return record({"status": "END", "id": "7:9", "event_count": 2,
                       "data_collections": [{"data_collection": name, "event_count": 1} for name in names]})

    assert compare.differences([end("public.a", "io.debezium.LogicalDecodingMessageId@1b2c3d4e")],
                               [end("LOGICAL_DECODING_MESSAGE", "public.a")]) == []
    assert compare.differences([end("public.a", "public.b")], [end("public.a", "public.c")])


def test_numbers_are_compared_as_numbers():
    theirs = ("t", None, '{"a":1.0E7}', [])
    assert compare.differences([theirs], [("t", None, '{"a":10000000.0}', [])]) == []
    assert compare.differences([theirs], [("t", None, '{"a":10000001.0}', [])])
