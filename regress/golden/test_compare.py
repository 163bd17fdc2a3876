"""The comparison sees what it must see, and nothing else.

SPDX-License-Identifier: Apache-2.0
"""

import json

import json_difference
import pytest

from golden import compare

VALUE = {"before": None, "after": {"id": 1, "note": "x", "amount": "AJY=", "real": 1.5},
         "source": {"version": "3.7.0.Final", "name": "ref", "ts_ms": 5, "ts_us": 5, "ts_ns": 5, "sequence": '["1","2"]',
                    "txId": 7, "lsn": 2, "xmin": 3, "table": "t"},
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
    (("source", "ts_ns"), 9), (("source", "version"), "0.1.0"), (("source", "sequence"), '[null,"2"]'),
    (("source", "txId"), 9), (("source", "xmin"), 9), (("transaction", "id"), "9:9"),
])
def test_what_changes_from_run_to_run_is_left_out(path, to):
    assert compare.differences([record()], [record(changed(*path, to=to))]) == []


def test_the_sequence_ends_with_the_lsn():
    found = changed("source", "lsn", to=9)
    assert compare.differences([record()], [record(found)])
    found["source"]["sequence"] = '["1","9"]'
    assert compare.differences([record()], [record(found)]) == []


@pytest.mark.parametrize("path, to", [
    (("op",), "u"), (("after", "id"), 2), (("after", "note"), None), (("after", "amount"), "AJc="), (("after", "real"), 1.25),
    (("before",), {}), (("source", "table"), "u"), (("source", "name"), "other"), (("source", "sequence"), '[1,"2"]'),
    (("source", "sequence"), None), (("source", "version"), ""), (("source", "version"), None), (("source", "txId"), "7"),
    *((("source", name), None) for name in ("ts_ms", "ts_us", "ts_ns", "txId", "xmin")), *(((name,), None) for name in ("ts_ms", "ts_us", "ts_ns")),
    (("transaction", "id"), None), (("transaction", "id"), "9"), (("transaction", "total_order"), 2), (("transaction",), None), (("after", "more"), None),
])
def test_everything_else_is_a_difference(path, to):
    assert len(compare.differences([record()], [record(changed(*path, to=to))])) == 1


# Names that have a meaning elsewhere, and two values of each.
AS_COLUMNS = (("lsn", 1, 2), ("ts_ms", 1, 2), ("tx", 1, 2), ("tx", 1, None), ("txId", 1, 2), ("xmin", None, 1), ("__lsn", 1, 2), ("version", "a", "b"),
              ("sequence", '["1","2"]', '["1","3"]'), ("id", "1:2", "1:3"), ("__transaction_id", "1:2", "1:3"), ("data_collections", [1, 2], [2, 1]),
              ("mail", "[B@12345678 ", "[B@12345679 "), ("mail", "a@12345", "a@12346"))


@pytest.mark.parametrize("name, first, second", AS_COLUMNS)
def test_a_column_may_have_any_name(name, first, second):
    for value in ({"after": {name: first}}, {"before": {name: first}}, {"after": {"deeper": {name: first}}}):
        value = {**VALUE, **value}
        other = json.loads(json.dumps(value).replace(json.dumps({name: first}), json.dumps({name: second})))
        assert len(compare.differences([record(value)], [record(other)])) >= 1
    flat = [{"schema": {"type": "struct"}, "payload": {name.lstrip("_"): found}} for found in (first, second)]
    assert compare.differences([record(flat[0])], [record(flat[1])])
    assert compare.differences([record(key=json.dumps({name: first}))], [record(key=json.dumps({name: second}))])


@pytest.mark.parametrize("name, first, second, same", [
    ("__lsn", 1, 2, True), ("__source_ts_ms", 1, 2, True), ("cdc_source_lsn", 1, 2, True), ("cdc_transaction_id", "1:2", "1:3", True),
    ("__lsn", 1, None, False), ("cdc_transaction_id", "1:2", None, False), ("__op", "c", "u", False), ("source_lsn", 1, 2, False), ("x_lsn", 1, 2, False),
])
def test_what_is_added_to_a_flat_row(name, first, second, same):
    theirs, ours = ({"id": 1, name: found} for found in (first, second))
    assert (compare.differences([record(theirs)], [record(ours)]) == []) == same
    assert (compare.differences([record(None, headers=[(name, str(first) if first else None)])], [record(None, headers=[(name, str(second) if second else None)])]) == []) == same


def test_a_member_that_is_written_twice():
    theirs = record()
    topic, key, text, pairs = theirs
    for again in (text.replace('"op": "c"', '"op": "c", "op": "c"'), text.replace('"id": 1,', '"id": 1, "id": 1,')):
        assert again != text and len(compare.differences([theirs], [(topic, key, again, pairs)])) == 1
    assert compare.differences([theirs], [(topic, '{"id":1,"id":1}', text, pairs)])
    assert json.loads('{"a":1,"a":2,"a":3}', object_pairs_hook=json_difference.object_of) == {"a": 1, "a (written 2 times)": 2, "a (written 3 times)": 3}


def test_zero_has_a_sign():
    assert compare.differences([record(changed("after", "real", to=0.0))], [record(changed("after", "real", to=-0.0))])
    assert not compare.differences([record(changed("after", "real", to=-0.0))], [record(changed("after", "real", to=-0.0))])


def test_headers_are_compared_in_their_order_and_as_text():
    def of(*pairs):
        return record(headers=pairs)
    assert compare.differences([of(("a", "1"), ("b", "2"))], [of(("b", "2"), ("a", "1"))])
    assert compare.differences([of(("a", "1.50"))], [of(("a", "1.5"))])
    assert compare.differences([of(("prefix_tx", "1"))], [of(("prefix_tx", "2"))])


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
    theirs = record(headers=[("__debezium.context.runId", "a")])
    ours = record(headers=[("__walferry.position", "1"), ("__debezium.context.runId", "b")])
    assert compare.differences([theirs], [ours]) == []


@pytest.mark.parametrize("name", ["__debezium.newkey", "__debezium.oldkey"])
def test_the_other_key_of_a_key_change_counts(name):
    def of(text):
        return record(headers=[(name, text)])
    assert compare.differences([of('{"a":2.10}')], [of('{"a":2.10}')]) == []
    assert compare.differences([of('{"a":2.10}')], [of('{"a":"ANI="}')])


def test_java_objects_have_a_hash():
    def of(text):
        return record(changed("after", "note", to=text))
    assert not compare.differences([of("[Ljava.lang.String;@1b2c3d4e")], [of("[Ljava.lang.String;@1")])
    assert compare.differences([of("[Ljava.lang.String;@1b2c3d4e")], [of("[Ljava.lang.Object;@1b2c3d4e")])


def test_counts_of_a_transaction_have_no_order():
    def end(*names, xid=7, key='{"id":"7:9"}'):
        return record({"status": "END", "id": f"{xid}:9", "event_count": 2,
                       "data_collections": [{"data_collection": name, "event_count": 1} for name in names], "ts_ms": xid}, key)

    assert compare.differences([end("public.a")], [end("public.a", xid=8, key='{"id":"8:9"}')]) == []
    assert compare.differences([end("public.a")], [end("public.a", key='{"id":"x"}')])
    assert compare.differences([end("public.a", "io.debezium.LogicalDecodingMessageId@1b2c3d4e")],
                               [end("LOGICAL_DECODING_MESSAGE", "public.a")]) == []
    assert compare.differences([end("public.a", "public.b")], [end("public.a", "public.c")])


def test_numbers_are_compared_as_numbers():
    theirs = ("t", None, '{"a":1.0E7}', [])
    assert compare.differences([theirs], [("t", None, '{"a":10000000.0}', [])]) == []
    assert compare.differences([theirs], [("t", None, '{"a":10000001.0}', [])])
