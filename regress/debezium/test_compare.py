"""The comparison with the live connector sees what it must see, and an explanation takes its own difference only.

SPDX-License-Identifier: Apache-2.0
"""

import base64
import copy
import dataclasses
import decimal
import json
import pathlib
import random
import struct
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import column_types     # noqa: E402
import compare          # noqa: E402
import configurations   # noqa: E402
import differences      # noqa: E402
import elements         # noqa: E402
import expected         # noqa: E402
import place as places  # noqa: E402
import tables as model  # noqa: E402

ID = ("id", "integer", "integer")
START = 1000


def column(name, kind, sql, **more):
    return model.Column(name, column_types.Type(kind, sql, None), **more)


def table(*columns, **more):
    return model.Table("public", "t", [column(*one) if isinstance(one, tuple) else one for one in columns], **{"key": ["id"], **more})


def configuration(settings=None, **levels):
    return configurations.Configuration({**configurations.DEFAULT, **levels}, settings or {})


def record(op="c", before=None, after=None, key=None, lsn=2000, txid=7, headers=(), **more):
    value = {"before": before, "after": after, "op": op, "ts_ms": 50, "ts_us": 50123, "ts_ns": 50123456,
             "source": {"version": "3.7.0.Final", "sequence": f'["{START}","{lsn}"]', "ts_ms": 40, "txId": txid, "lsn": lsn}, **more}
    return compare.Record("p.public.t", key, value, tuple(headers))


def tombstone(key=None):
    return compare.Record("p.public.t", key, None, ())


def unexplained(theirs, ours, settings, of=None, written=None, **more):
    """The paths of what no row explains, and the rows that explain the others."""
    findings, _ = compare.compare(copy.deepcopy(theirs), copy.deepcopy(ours))
    left, rows = [], set()
    for finding in sorted(findings, key=lambda finding: finding.path != ("record",)):
        path = finding.path
        found = next((one for one in of.columns if one.name in path), None) if of else None
        finding.row = differences.explain(places.Place(finding, settings, found, of, [found] if found else [], [of] if of else [],
                                                       written or expected.Written(), **more))
        rows.add(finding.row) if finding.row else left.append(path)
    return left, rows


# ---------------------------------------------------------------- the comparison

def test_equal_records_are_equal():
    records = [record(after={"id": 1}, key={"id": 1}), record("d", {"id": 1}, None, {"id": 1}, 2010), tombstone({"id": 1})]
    assert compare.compare(records, copy.deepcopy(records)) == ([], 3)


@pytest.mark.parametrize("ours", [
    [], [record(), record()], [record(lsn=2001)], [record("u")], [record(key={"id": 1})], [record(after={"id": 2})],
    [record(headers=["x"])], [record(source={"version": "1"})], [record(ts_ms=None)], [record(ts_us=None)], [record(ts_us=60123)], [record(ts_ms=39)],
    [record(source={**record().payload["source"], "sequence": '["999","2000"]'})],
    [record(source={**record().payload["source"], "ts_ms": 41})], [record(source={**record().payload["source"], "version": ""})],
])
def test_nothing_else_is(ours):
    assert compare.compare([record()], ours)[0]


def test_clock_and_version_may_differ():
    ours = record(ts_ms=90, ts_us=90000, ts_ns=90000999, source={**record().payload["source"], "version": "0.3"})
    assert not compare.compare([record()], [ours])[0]


def test_sequence_is_null_before_the_first_commit_only():
    def at(first, lsn):
        found = record(lsn=lsn, txid=lsn)
        found.value["source"]["sequence"] = f'[{first},"{lsn}"]'
        return found
    theirs = [at('"900"', 950), at('"1000"', 2000), at('"2100"', 3000)]
    assert not compare.compare(theirs, [at("null", 950), *theirs[1:]])[0]
    assert compare.compare(theirs, [theirs[0], at("null", 2000), theirs[2]])[0]
    assert compare.compare(theirs, [at("null", found.lsn) for found in theirs])[0]


def test_times_of_transactions_are_compared():
    def end(time):
        return compare.Record("p.transaction", None, {"status": "END", "id": "7:9", "event_count": 1, "data_collections": None, "ts_ms": time}, ())
    assert compare.compare([end(5)], [end(0)])[0]


def test_order_is_compared():
    first, second = record(lsn=2000), record(lsn=2010)
    findings, _ = compare.compare([first, second], [second, first])
    assert {finding.path for finding in findings} == {("order of records",)}
    assert not any(map(differences.explain, [places.Place(finding, configuration(columns="unchanged")) for finding in findings]))


@pytest.mark.parametrize("theirs, ours, same", [
    ('{"a":1}', '{"a":1}', True), ('{"a":1}', '{"a":1,"a":1}', False), ('{"a":{"b":1}}', '{"a":{"b":2,"b":1}}', False),
    ('{"a":0.0}', '{"a":-0.0}', False), ('{"a":-0.0}', '{"a":-0.0}', True), ('{"a":1.0E7}', '{"a":10000000.0}', True), ('{"a":1.0}', '{"a":1}', False),
])
@pytest.mark.parametrize("exact", [False, True])
def test_what_parsing_alone_does_not_tell(theirs, ours, same, exact):
    reader = compare.Reader(exact)

    def judged(*words):
        found = [reader.from_kafka(("t", *pair, [], None)) for pair in words]
        lines = [reader.from_line('{"topic":"t","headers":{},"key":%s,"value":%s}' % pair) for pair in words]
        return [compare.compare([one], [other])[0] == [] for one, other in (found, lines, (found[0], lines[1]))]
    if "E7" in theirs:
        assert judged((theirs, "{}"), (ours, "{}"))[0] is False    # a key's bytes decide on the partition
        same = not exact    # digit by digit
    else:
        assert judged((theirs, "{}"), (ours, "{}")) == [same] * 3
    assert judged(("{}", theirs), ("{}", ours)) == [same] * 3


@pytest.mark.parametrize("kind", ["real", "double precision", "line[]"])
@pytest.mark.parametrize("exact", [False, True])
def test_no_row_explains_another_sign_of_zero(kind, exact):
    parse = decimal.Decimal if exact else float
    theirs, ours = (record(after={"id": 1, "c": parse(words)}, key={"id": 1}) for words in ("0.0", "-0.0"))
    assert unexplained([theirs], [ours], configuration(), table(ID, ("c", kind, kind)))[0]
    keys = [compare.Record("p.public.t", {"k": 0.0}, {}, (), words) for words in (b'{"k":0.0}', b'{"k":-0.0}')]
    assert unexplained(keys[:1], keys[1:], configuration(), table(("k", kind, kind)))[0]


def test_headers_are_compared_in_their_order():
    def of(*pairs):
        return compare.Reader().from_kafka(("t", b"{}", b"{}", [(name, value) for name, value in pairs], None))
    first, second = ("a", b"1"), ("b", b"2")
    assert not compare.compare([of(first, second)], [of(first, second, ("__walferry.position", b"9"))])[0]
    for ours in (of(second, first), of(first), of(first, second, second), of(first, ("b", b"3"))):
        assert compare.compare([of(first, second)], [ours])[0]
    assert compare.compare([of(first, first)], [of(first, ("a", b"2"))])[0]
    twice = compare.Reader().from_line('{"topic":"t","headers":{"a":"1","a":"1"},"key":{},"value":{}}')
    assert compare.compare([of(first)], [twice])[0]


# ---------------------------------------------------------------- records

OTHER = table(ID, column("b", "text", "text", required=True), other=["b"], identity="other")
UPDATE = record("u", {"id": 0, "b": "x"}, {"id": 1, "b": "y"}, {"id": 1})
IN_TWO = [record("d", {"id": 0, "b": "x"}, None, {"id": 0}), tombstone({"id": 0}), record("c", None, {"id": 1, "b": "y"}, {"id": 1})]
ROW_OF_OTHER = "update of the identity's columns when they are not the key"


def test_an_update_for_a_delete_and_a_create():
    assert unexplained(IN_TWO, [UPDATE], configuration(), OTHER) == ([], {ROW_OF_OTHER})


@pytest.mark.parametrize("theirs, ours", [
    ([record(after={"id": 1, "b": "y"}, key={"id": 1})], []),       # an INSERT that is lost
    ([], [record(after={"id": 1, "b": "y"}, key={"id": 1})]),
    ([record(after={"id": 1})], [record(after={"id": 1})] * 2),     # or written twice
    (IN_TWO, []), (IN_TWO[2:], [UPDATE]), (IN_TWO[:2], [UPDATE]), (IN_TWO, [UPDATE, UPDATE]), ([UPDATE], []), ([], [UPDATE]),
    (IN_TWO, [record("u", {"id": 0, "b": "x"}, {"id": 1, "b": "y"}, {"id": 1}, lsn=2001)]),
    (IN_TWO, [record("u", {"id": 0, "b": "x"}, {"id": 1, "b": "z"}, {"id": 1})]),       # the row is another
    (IN_TWO, [record("u", {"id": 0, "b": "y"}, {"id": 1, "b": "y"}, {"id": 1})]),       # and has not changed
    (IN_TWO, [record("u", {"id": 0, "b": "x"}, {"id": 1, "b": "y"}, {"id": 2})]),
])
@pytest.mark.parametrize("levels", [{}, {"key": "chosen"}])
def test_no_other_records(theirs, ours, levels):
    settings = {"message.key.columns": "public\\.t:b"} if levels else {}
    for of in (OTHER, table(ID, ("b", "text", "text"), key=[], odd=["b"], identity="full")):
        assert unexplained(theirs, ours, configuration(settings, **levels), of)[0]


def test_not_with_compat():
    assert unexplained(IN_TWO, [UPDATE], configuration(compat="debezium"), OTHER)[0]


def test_delete_under_the_identity():
    theirs = [record("d", {"id": 0, "b": "x"}, None, {"id": 0}), tombstone({"id": 0})]
    ours = [record("d", {"id": 0, "b": "x"}, None, {"b": "x"}), tombstone({"b": "x"})]
    assert unexplained(theirs, ours, configuration(), OTHER)[0] == []
    for wrong in ({"b": "y"}, {"id": 1}, None, {"b": "x", "id": 0}):
        assert unexplained(theirs, [record("d", {"id": 0, "b": "x"}, None, wrong), tombstone(wrong)], configuration(), OTHER)[0]


def test_counts_follow_from_the_records_found():
    def end(count):
        return compare.Record("p.transaction", None, {"status": "END", "id": "7:9", "event_count": count, "data_collections": [
            {"data_collection": "public.t", "event_count": count}], "ts_ms": 4}, ())
    assert unexplained([*IN_TWO, end(2)], [UPDATE, end(1)], configuration(transactions="on"), OTHER)[0] == []
    assert len(unexplained([*IN_TWO, end(3)], [UPDATE, end(1)], configuration(transactions="on"), OTHER)[0]) == 2
    assert len(unexplained([UPDATE, end(2)], [UPDATE, end(1)], configuration(transactions="on"), OTHER)[0]) == 2


def test_key_of_an_odd_index():
    odd = table(ID, ("b", "text", "text"), key=[], odd=["b"], identity="full")
    theirs = [record(after={"id": 1, "b": "y"}, key={"b": "y"})]
    assert unexplained(theirs, [record(after={"id": 1, "b": "y"})], configuration(), odd) == ([], {"key of a table without a primary key"})
    for wrong in ({"b": "z"}, {"id": 1}, {}):
        assert unexplained(theirs, [record(after={"id": 1, "b": "y"}, key=wrong)], configuration(), odd)[0]


def test_key_of_an_odd_index_whose_column_is_cut_or_hidden_in_the_row():
    odd = table(ID, ("c", "text", "text"), key=[], odd=["c"], identity="full")
    for setting, shown, left in ((CUT, "abcd", 0), (CUT, "abc", 0), (CUT, "abce", 1), (MASK, "*****", 0), ({}, "abcd", 1)):
        row = {"id": 1, "c": shown}
        assert len(unexplained([record(after=row, key={"c": "abcde"})], [record(after=row)], configuration(setting), odd)[0]) == left


def test_a_delete_that_a_transform_leaves_as_a_tombstone_of_an_odd_key():
    odd = table(ID, ("b", "text", "text"), key=[], odd=["b"], identity="full")
    settings = configuration(transforms="unwrap delete-to-tombstone")
    assert unexplained([tombstone({"b": "x"})], [], settings, odd) == ([], {"key of a table without a primary key"})
    for theirs, ours, other in (([tombstone({"id": 1})], [], settings), ([tombstone({"b": "x"})], [], configuration()),
                                ([tombstone({"b": "x"})], [tombstone(), tombstone()], settings)):
        assert unexplained(theirs, ours, other, odd)[0]


def test_tombstone_without_a_key_beside_its_delete():
    delete = record("d", {"id": 1}, None, None)
    plain = table(ID, key=[], identity="full")
    assert unexplained([delete, tombstone()], [delete], configuration(), plain)[0] == []
    assert unexplained([delete, tombstone({"id": 1})], [delete], configuration(), plain)[0]
    assert unexplained([delete, tombstone()], [], configuration(), plain)[0]
    assert unexplained([delete], [delete, tombstone()], configuration(), plain)[0]


def test_a_delete_that_a_transform_leaves_as_a_tombstone_without_a_key():
    plain = table(ID, key=[], identity="full")
    settings = configuration(transforms="unwrap delete-to-tombstone")
    assert unexplained([tombstone()], [], settings, plain) == ([], {"tombstone without a key"})
    for theirs, ours, of, other in (([tombstone({"id": 1})], [], plain, settings), ([tombstone()], [], table(ID), settings),
                                    ([tombstone()], [tombstone(), tombstone()], plain, settings), ([tombstone()], [], plain, configuration(transforms="unwrap rewrite"))):
        assert unexplained(theirs, ours, other, of)[0]


def test_an_update_in_two_without_the_connectors_tombstones():
    odd = table(ID, ("b", "text", "text"), key=[], odd=["b"], identity="full")
    settings = configuration(transforms="unwrap rewrite-with-tombstone", tombstones="off")
    theirs = [record("d", {"id": 1, "b": "x"}, None, {"b": "x"}), record("c", None, {"id": 1, "b": "y"}, {"b": "y"})]
    ours = record("u", {"id": 1, "b": "x"}, {"id": 1, "b": "y"})
    assert unexplained(theirs, [ours], settings, odd)[0] == []
    assert unexplained(theirs, [], settings, odd)[0]
    assert unexplained(theirs, [record("u", {"id": 1, "b": "x"}, {"id": 1, "b": "z"})], settings, odd)[0]


def test_an_update_that_only_one_side_skips():
    part = table(ID, ("b", "text", "text"), ("n", "name", "name"))
    unchanged = configuration(columns="unchanged")
    quiet = record("u", {"id": 1, "b": None, "n": None}, {"id": 1, "b": None, "n": "x"}, {"id": 1})
    loud = record("u", {"id": 1, "b": None, "n": None}, {"id": 1, "b": "y", "n": None}, {"id": 1})
    assert unexplained([], [quiet], unchanged, part)[0] == []
    for theirs, ours, settings in (([], [loud], unchanged), ([quiet], [], unchanged), ([], [quiet], configuration()), ([quiet], [quiet, quiet], unchanged)):
        assert unexplained(theirs, ours, settings, part)[0]


UNCHANGED = "`skip.messages.without.change` and a change that the value does not show"


# kind of column c; the old and the new value of an update that one side alone has; whether it may be Debezium's, and ours
@pytest.mark.parametrize("kind, before, after, theirs, ours", [
    ("integer[]", [1, 2], [3], False, False), ("integer[]", [1, 2], [1, 2], False, False), ("integer[]", None, [1], False, False), ("integer[]", [1], None, False, False),
    ("integer[]", ["[I@1a2b", "[I@3c4d"], ["[I@5e6f", "[I@7a8b"], True, False), ("integer[]", ["[I@1a2b"], ["[I@1a2b", "[I@3c4d"], False, False),
    ("integer[]", ["[I@1a2b"], [3], False, False), ("integer[]", "[I@1a2b", "[J@1a2b", False, False), ("integer[]", [[1], [2]], [[1], [3]], False, True),
    ("integer[]", [[1], [2]], [3], False, False), ("bytea[]", ["AA=="], ["AA=="], True, False), ("bytea[]", ["AA=="], ["AQ=="], False, False),
    ("bytea[]", [None], [None], False, False), ("text[]", ["[I@1a2b"], ["[I@1a2c"], True, False), ("name", "x", "y", False, True), ("text", "x", "y", False, False),
    ("enum[]", ["a", None], ["b", None], False, True), ("enum[]", ["a"], ["b"], False, False), ("line[]", [{"a": 1.0}], [{"a": 2.0}], False, True),
    ("timetz", "01:00:00Z", "02:00:00Z", False, True),
    ("date", 1, 2, False, False), ("date[]", [1], [2], False, True),
])
def test_what_an_update_that_one_side_leaves_out_shows(kind, before, after, theirs, ours):
    of = table(ID, ("c", kind, kind), identity="full")
    found = record("u", {"id": 1, "c": before}, {"id": 1, "c": after}, {"id": 1})
    assert unexplained([found], [], configuration(columns="unchanged"), of) == (([], {UNCHANGED}) if theirs else ([("record",)], set()))
    assert unexplained([], [found], configuration(columns="unchanged"), of) == (([], {UNCHANGED}) if ours else ([("record",)], set()))


@pytest.mark.parametrize("before, after, schemas, same", [
    (None, ["[I@1a2b", None], "on", True), (["[I@1a2b"], ["[I@1a2b", "[I@3c4d"], "value", True), (["[I@1a2b"], None, "on", True),
    (None, ["[I@1a2b"], "off", False), (None, ["[I@1a2b"], "key", False), (None, [1], "on", False), ([1], ["[I@1a2b"], "on", False), (None, "[I@1a2b", "on", False),
])
def test_nested_arrays_are_null_with_inline_schemas(before, after, schemas, same):
    of = table(ID, ("c", "integer[]", "integer[]"), identity="full")
    found = record("u", {"id": 1, "c": before}, {"id": 1, "c": after}, {"id": 1})
    assert (unexplained([found], [], configuration(columns="unchanged", schemas=schemas), of)[0] == []) == same
    assert unexplained([], [found], configuration(columns="unchanged", schemas=schemas), of)[0]


def test_digits_of_doubles_in_the_headers_of_keys():
    def judged(theirs, ours, name="__debezium.oldkey"):
        finding = compare.Finding("p.public.t", ("header", name), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(), None, table(ID)))
    assert judged('{"k":7.9478263926311568E16}', '{"k":7.947826392631157E16}')
    for wrong in (('{"k":7.9478263926311568E16}', '{"k":7.947826392631256E16}'), ('{"k":1,"s":1.0E7}', '{"k":2,"s":10000000.0}'), ('{"k":1.50}', '{"k":"1.50"}')):
        assert not judged(*wrong)


def test_a_key_column_that_was_renamed():
    def judged(theirs, ours, renamed=True, compat="debezium", columns="include", path="optional"):
        of = table(column("r1", "text", "text", required=True, is_renamed=renamed), key=["r1"])
        settings = configuration({f"column.{columns}.list": "public\\.t\\.k" if columns == "include" else "public\\.t\\.r1"}, columns=columns, compat=compat)
        finding = compare.Finding("p.public.t", ("key", "schema", "r1", path), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, settings, of.columns[0], of, of.columns, [of]))
    assert judged(False, True)
    for wrong in ({"renamed": False}, {"compat": "none"}, {"columns": "exclude"}, {"path": "type"}):
        assert not judged(False, True, **wrong)
    assert not judged(True, False)


@pytest.mark.parametrize("kind, same", [("real", True), ("double precision", False)])
def test_digits_of_reals_in_the_headers_of_keys(kind, same):
    finding = compare.Finding("p.public.t", ("header", "__debezium.newkey"), '{"k1":-2.81468158E15}', '{"k1":-2.8146816E15}', record(), record())
    assert bool(differences.explain(places.Place(finding, configuration(), None, table(("k1", kind, kind), key=["k1"])))) == same


def test_null_in_the_headers_of_keys():
    def judged(theirs, ours, null="kept", default="'x'"):
        finding = compare.Finding("p.public.t", ("header", "__debezium.oldkey"), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(null=null), None, table(ID, column("b", "text", "text", default=default))))
    assert judged('{"id":1,"b":"x"}', '{"id":1,"b":null}')
    for wrong in (('{"id":1,"b":"x"}', '{"id":1,"b":null}', "default"), ('{"id":1,"b":"x"}', '{"id":1,"b":null}', "kept", None), ('{"id":1,"b":null}', '{"id":1,"b":"x"}'),
                  ('{"id":1,"b":"x"}', '{"id":2,"b":null}'), ('{"id":1,"b":"x"}', '{"id":null,"b":null}'), ('{"id":1,"b":"x"}', '{"b":null}')):
        assert not judged(*wrong)


def test_early_dates_in_headers():
    def judged(theirs, ours, time="connect"):
        finding = compare.Finding("p.public.t", ("header", "__debezium.oldkey"), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(time=time), None, table(ID)))
    for theirs, ours in (("00:00:00.000Z", "1065-11-19"), ("00:00:00.000Z", "-4712-01-01"), ("1970-01-02", "24:00:00.000Z"), ("00:00:00.000Z", "1970-01-01"),
                         ('{"k":10:00:00.000Z,"l":2000-01-01}', '{"k":1969-12-31T10:00:00.000Z,"l":2000-01-01}')):
        assert judged(theirs, ours) and not judged(theirs, ours, "adaptive")
    for theirs, ours in (("00:00:00.000Z", "1970-01-02"), ("00:00:00.000Z", "11065-11-19"), ("01:00:00.000Z", "1065-11-19"), ("10:00:00.000Z", "1969-12-31T11:00:00.000Z"),
                         ('{"k":00:00:00.000Z}', '{"l":1969-12-31}'), ("1970-01-03", "24:00:00.000Z"), ("1969-12-31", "00:00:00.000Z"), ("00:00:00.000Z", "1969-12-311969-12-31")):
        assert not judged(theirs, ours)


def test_infinite_dates_in_headers():
    def judged(theirs, ours, time="connect"):
        finding = compare.Finding("p.public.t", ("header", "__debezium.oldkey"), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(time=time), None, table(ID)))
    assert judged('{"k":5877611-06-21,"l":2000-01-01}', '{"k":5881580-07-11,"l":2000-01-01}') == "`date` ±infinity"
    for theirs, ours in (('{"k":5877611-06-21,"l":2000-01-01}', '{"k":5881580-07-11,"l":2000-01-02}'), ("5877611-06-21", "5877611-06-22"), ("5881580-07-11", "5877611-06-21")):
        assert not judged(theirs, ours)


def test_infinite_dates_in_headers_of_numbers():
    date = column("c", "date", "date")

    def judged(theirs, ours):
        finding = compare.Finding("p.x", ("header", "c"), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(), date, None, [date]))
    assert judged("2146033979", "2147483647") == judged("-2147472691", "-2147483648") == "`date` ±infinity"
    assert not judged("2146033979", "-2147483648") and not judged("2147483647", "2146033979") and not judged("2146033979", "2146033978")


def test_dates_of_arrays_that_compat_moves():
    of = table(ID, ("c", "timestamptz[]", "timestamptz[]"))
    words = written(of.columns[1], '{{"4713-01-01 00:00:00+00 BC","2000-01-01 00:00:00+00"}}')

    def judged(day, compat):
        theirs, ours = [record(after={"id": 1, "c": found}) for found in ([None], [["4713-01-01T00:00:00.000000Z", day]])]
        return unexplained([theirs], [ours], configuration(time="isostring", compat=compat), of, words)[0]
    assert judged("2000-01-01T00:00:00.000000Z", "debezium") == []
    assert judged("2000-01-02T00:00:00.000000Z", "debezium")
    assert judged("2000-01-01T00:00:00.000000Z", "none")


def test_texts_of_bytes_have_no_address():
    of = table(ID, ("c", "bytea[]", "bytea[]"), identity="full")
    assert unexplained([record("u", {"id": 1, "c": ["AA=="]}, {"id": 1, "c": ["AA=="]}, {"id": 1})], [], configuration(columns="unchanged", binary="base64"), of)[0]


def test_null_and_the_default_that_stands_for_it():
    def judged(before, after, null="default", **more):
        of = table(ID, column("c", "text", "text", **more), identity="full")
        return unexplained([record("u", {"id": 1, "c": before}, {"id": 1, "c": after}, {"id": 1})], [], configuration(columns="unchanged", null=null), of)[0]
    assert judged("x", "x", default="'x'") == []
    assert judged("x", "x", default="'x'", null="kept")
    for before, after, more in (("x", "y", {"default": "'x'"}), ("x", "x", {}), ("x", "x", {"default": "'x'", "required": True})):
        assert judged(before, after, **more)


def test_a_change_of_a_key_that_is_left_out():
    hidden = table(ID, ("b", "text", "text"), identity="full")
    settings = configuration({"column.exclude.list": "public\\.t\\.id", "skipped.operations": "d,t"}, columns="unchanged")
    create = record("c", None, {"b": "x"}, {"id": 2}, headers=["__debezium.oldkey"])
    assert unexplained([], [create], settings, hidden)[0] == []
    assert unexplained([], [record("c", None, {"b": "x"}, {"id": 2})], settings, hidden)[0]     # an INSERT
    assert unexplained([], [create, create], settings, hidden)[0]
    assert unexplained([create], [], settings, hidden)[0]
    by_index = table(ID, ("b", "text", "text"), key=[], unique=["id"], identity="full")
    assert unexplained([], [create], settings, by_index)[0] == []
    told = table(ID, ("b", "text", "text"))     # the old row tells the key alone
    assert unexplained([], [create], settings, told)[0]
    assert unexplained([], [record("c", None, {"b": None}, {"id": 2}, headers=["__debezium.oldkey"])], settings, told)[0] == []
    of_index = table(ID, ("b", "timetz[]", "timetz[]"), key=[], unique=["id"], identity="index")
    lost = record("c", None, {"b": ["08:00:01Z"]}, {"id": 2}, headers=["__debezium.oldkey"])
    assert unexplained([], [lost], settings, of_index)[0] == []
    assert unexplained([], [lost], settings, dataclasses.replace(of_index, identity="nothing"))[0]
    assert unexplained([], [lost], settings, table(ID, ("b", "integer[]", "integer[]")))[0]


@pytest.mark.parametrize("kind, shown, ours, same", [
    ("real", "1.17549435E-38", "1.1754944E-38", True), ("real", "1.17549435E-38", "1.2E-38", False), ("double precision", "1.17549435E-38", "1.1754944E-38", False),
    ("double precision", "8.409999999999999E+21", "8.41E+21", True), ("numeric", "8.409999999999999E+21", "8.41E+21", False)])
def test_an_update_in_two_whose_key_has_other_digits(kind, shown, ours, same):
    of = table(("k", kind, kind), ("b", "text", "text"), key=["k"], other=["b"], identity="other")
    shown, ours = decimal.Decimal(shown), decimal.Decimal(ours)
    theirs = [record("d", {"b": "x"}, None, {"k": shown}), tombstone({"k": shown}), record("c", None, {"b": "y"}, {"k": shown})]
    update = record("u", {"b": "x"}, {"b": "y"}, {"k": ours})
    assert (unexplained(theirs, [update], configuration(), of)[0] == []) == same


@pytest.mark.parametrize("levels, value, same", [
    ({"binary": "base64"}, "*gone*", True), ({"binary": "base64-url-safe"}, {"payload": "*gone*", "extra": 1}, True),
    ({"binary": "base64"}, {"schema": {}, "payload": {"payload": "*gone*"}}, True), ({"binary": "hex"}, "*gone*", False), ({"binary": "base64"}, "gone", False)])
def test_an_outbox_payload_that_is_null_to_theirs(levels, value, same):
    settings = configuration(MAP, **levels)
    settings.outbox = object()
    finding = compare.compare([tombstone()], [compare.Record("p.public.t", None, value, ())])[0][0]
    payload = column("payload", "bytea", "bytea")
    row = differences.explain(places.Place(finding, settings, payload, None, [payload], [], expected.Written()))
    assert (row is not None and row.startswith("an unchanged large bytea")) == same


# ---------------------------------------------------------------- values

def written(of_column, *words):
    found = expected.Written()
    for one in words:
        found.note(of_column, one)
    return found


MAP = {"unavailable.value.placeholder": "*gone*"}
MASK = {"column.mask.with.5.chars": "public\\.t\\.c"}
CUT = {"column.truncate.to.4.chars": "public\\.t\\.c"}
HASH = {f"column.mask.hash.v2.SHA-256.with.salt.{configurations.SALT}": "public\\.t\\.c"}


def base64_of(number):
    return base64.b64encode(number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)).decode()


# row, kind and SQL of column c, levels, settings, what was written; theirs and ours that it explains; near misses of (theirs, ours)
VALUES = (
    ("`int2vector` and `oidvector`", "int2vector", "int2vector", {}, {}, ["1 2"], [], [1, 2], [([], [1, 3]), ([], "x"), ([1], [1, 2]), (None, [1, 2]), (None, None)]),
    ("`name` columns", "name", "name", {}, {}, ["nm"], None, "nm", [(None, "mm"), ("nm", None), (None, 1)]),
    ("timetz whose offset has seconds", "timetz", "timetz", {}, {}, ["00:00:00+15:59:59"], None, "08:00:01Z", [(None, "08:00:02Z"), ("08:00:00Z", "08:00:01Z")]),
    ("numeric with negative scale", "numeric(p,-s)", "numeric(5,-2)", {"decimal": "string"}, {}, [], "12300.000", "12300",
     [("12300.000", "12400"), ("12300.000", "1.23E+4"), ("12300.000", None), (None, "12300"), ("12300.000", "x")]),
    # base64 of -2232900 that looks like a number itself
    ("numeric with negative scale", "numeric(p,-s)", "numeric(9,-2)", {}, {}, [], base64_of(-2232900 * 10 ** 2046), "3e28", [(base64_of(3 * 10 ** 2074), "3e28"), ("3e28", "3e2z")]),
    ("the smallest normal `real`, and some other numbers", "real", "real", {"decimal": "double"}, {}, [], 1.17549435e-38, 1.1754944e-38,
     [(1.17549435e-38, 1.1755e-38), (1.5, 1.25), (1.5, None)]),
    ("`date` ±infinity", "date", "date", {}, {}, [], 2146033979, 2147483647, [(2146033979, 2147483646), (2146033979, -2147483648), (2146033980, 2147483647)]),
    ("time 24:00:00", "time", "time", {"time": "isostring"}, {}, [], "00:00:00Z", "24:00:00Z", [("00:00:01Z", "24:00:00Z"), ("00:00:00Z", "23:00:00Z"), (None, "24:00:00Z")]),
    ("fractions of a second in an interval, with `interval.handling.mode=string`", "interval", "interval", {"interval": "string"}, {}, [],
     "P0Y0M0DT0H0M1.502314999S", "P0Y0M0DT0H0M1.502315S", [("P0Y0M0DT0H0M1.502314999S", "P0Y0M0DT0H0M1.502316S"), ("P0Y0M1DT0H0M1.502314999S", "P0Y0M0DT0H0M1.502315S")]),
    ("timestamp in microseconds after 294247-01-10, which int64 does not reach", "timestamp", "timestamp", {}, {}, [], (1 << 63) - 1, None,
     [((1 << 63) - 1, 5), (5, None), (None, 5)]),
    ("timestamp in nanoseconds within the first second that int64 reaches", "timestamp", "timestamp", {"time": "nanoseconds"}, {}, ["1677-09-21 00:12:43.2"],
     None, -9223372036800000000, [(None, -9223372036700000000), (None, 5), (5, -9223372036800000000)]),
    ("an unchanged large bytea, or value of a type without a mapping, with `binary.handling.mode` base64 or base64-url-safe", "bytea", "bytea", {"binary": "base64"}, MAP, [], None, "*gone*",
     [(None, "gone"), ("", "*gone*")]),
    ("an unchanged large value of a domain over an array or hstore", "domain array", "d_texts", {}, MAP, [], None, ["*gone*"], [(None, ["gone"]), ([], ["*gone*"])]),
    ("the order of an hstore's members in `json` mode", "hstore", "hstore", {}, {}, [], '{"a":"1","b":null}', '{"b":null,"a":"1"}',
     [('{"a":"1","b":null}', '{"b":"","a":"1"}'), ('{"a":"1","b":null}', '{"a":"1"}')]),
    ("arrays of more than one dimension", "integer[]", "integer[]", {}, {}, ["{{1,2},{3,NULL}}"], None, [[1, 2], [3, None]],
     [(None, [[1, 2], [3, 4]]), (None, [[1, 2]]), ([[1]], [[1, 2], [3, None]]), (None, None)]),
    ("arrays of bit strings", "bit(n)[]", "bit(3)[]", {}, {}, ["{101,NULL}"], None, ["BQ==", None], [(None, ["BA==", None]), (None, ["BQ=="]), ([], ["BQ==", None])]),
    ("arrays of enums, isbn, `ltree`, `tsvector`, pgvector's types or unknown types with a null element", "enum[]", "colour[]", {}, {}, ["{red,NULL}", "{red}"],
     None, ["red", None], [(None, ["green", None]), (None, ["red"]), (None, [None])]),
    ("arrays of lines, segments, boxes, paths, polygons, circles, sparsevec", "line[]", "line[]", {}, {}, ['{"{1,2,3}"}'], None, [{"a": 1.0, "b": 2.0, "c": 3.0}],
     [(None, [{"a": 1.0, "b": 2.0, "c": 4.0}]), (None, []), ([], [{"a": 1.0, "b": 2.0, "c": 3.0}])]),
    ("a `timetz[]` with 24:00:00 or an offset with seconds", "timetz[]", "timetz[]", {}, {}, ['{{"02:00:00+00"}}', '{"00:00:00+15:59:59"}', '{"01:00:00+00"}'], None, ["08:00:01Z"],
     [(None, ["08:00:02Z"]), (None, ["01:00:00Z"])]),
    ("microseconds in `time[]`", "time[]", "time[]", {}, {}, [], [45296789000], [45296789012], [([45296789000], [45296788012]), ([45296789001], [45296789012])]),
    ("1582-10-05 to 1582-10-14, and years BC, in `date[]` and `timestamptz[]`", "date[]", "date[]", {}, {}, ["{0044-03-15 BC}", "{2000-01-01}"], [-703383], [-735160],
     [([-703383], [-735161]), ([10956], [10957])]),
    ("infinity in `timestamptz[]`", "timestamptz[]", "timestamptz[]", {}, {}, ["{-infinity}"], ["+292269055-12-02T23:00:00.00Z"], ["-infinity"],
     [(["+292269055-12-02T23:00:00.00Z"], ["infinity"]), (["-infinity"], ["infinity"])]),
    ("a character beyond the BMP that truncation cuts in two", "text", "text", {"columns": "truncate"}, CUT, [], "abc\ud83d", "abc", [("abc\ud83d", "ab"), ("abcd", "abc")]),
    ("placeholder of a truncated or hashed column's unchanged TOAST value", "text", "text", {"columns": "truncate"}, {**CUT, **MAP}, [], "*gon", "*gone*",
     [("*go", "*gone*"), ("*gon", "gone")]),
    ("`citext` columns that are masked or hashed", "citext", "citext", {"columns": "mask"}, MASK, [], "secret", "*****", [("secret", "****"), ("secret", None), ("secret", "x")]),
    ("a column that several of truncation, mask, propagation and hash name", "text", "text", {"columns": "hash", "propagate": "columns"}, HASH, [], "secret",
     expected.hashed("secret", "SHA-256", configurations.SALT, 2), [("secret", "secreT"), ("secret", expected.hashed("secret", "SHA-256", "", 2))]),
)


@pytest.mark.parametrize("row, kind, sql, levels, settings, words, theirs, ours, misses", VALUES, ids=[entry[0] for entry in VALUES])
def test_value(row, kind, sql, levels, settings, words, theirs, ours, misses):
    def judged(first, second, of):
        return unexplained([record(after={"id": 1, "c": first})], [record(after={"id": 1, "c": second})], configuration(settings, **levels), of, written(of.columns[1], *words))
    of = table(ID, ("c", kind, sql))
    assert judged(theirs, ours, of) == ([], {row})
    assert judged(theirs, ours, table(ID, ("c", "uuid", "uuid")))[0]     # of another type
    for miss in misses:
        assert miss[0] == miss[1] or judged(*miss, of)[0], miss


def wkb(kind, *numbers, counts=()):
    return base64.b64encode(struct.pack(f"<BI{len(counts)}I{len(numbers)}d", 1, kind, *counts, *numbers)).decode()


def shape(kind, found, **more):
    return {"wkb": found, "srid": None, "extensions": {"type": kind, **more}}


def coded(words):
    return base64.b64encode(words.encode()).decode()


STRUCTURED = {"year": 2024, "month": 2, "day": 29, "hour": 12, "minute": 34, "second": 56, "nanos": 789000000, "specialValue": None, "precision": 6}
STAMP = 1709210096789000

# kind and SQL of an element, levels, what was written; what shows it, and what does not
ELEMENTS = (
    ("numeric(p,s)", "numeric(10,2)", {}, "-1234.11", "/h3t", ["/h3u", "WRONG", -1234.11, "-1234.11", "", None, []]),
    ("numeric(p,s)", "numeric(10,2)", {"decimal": "double"}, "-1234.11", -1234.11, [-1234.12, "-1234.11", "/h3t", "WRONG"]),
    ("numeric(p,s)", "numeric(10,2)", {"decimal": "string"}, "5", "5.00", ["5.01", "five", 5.0, "WRONG"]),
    ("numeric(p,s)", "numeric(10,2)", {"decimal": "numeric"}, "1.5", decimal.Decimal("1.50"), [decimal.Decimal("1.51"), "1.5", True, "WRONG"]),
    ("numeric(p,-s)", "numeric(5,-2)", {}, "12300", "MAw=", ["MA0=", "WRONG"]),
    ("numeric", "numeric", {}, "22.2200", {"scale": 2, "value": "CK4="}, [{"scale": 1, "value": "CK4="}, "CK4=", "WRONG"]),
    ("numeric", "numeric", {"decimal": "double"}, "NaN", "NaN", ["Infinity", 1.0]),
    ("real", "real", {}, "3.3", 3.3, [3.4, "3.3", "WRONG", 3]), ("real", "real", {}, "NaN", "NaN", ["Infinity", 0.0]), ("real", "real", {}, "-0", -0.0, [0.0]),
    ("double precision", "double precision", {}, "1e-7", 1e-7, [1.1e-7, "1e-7", "WRONG"]),
    ("uuid", "uuid", {}, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", ["b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "WRONG"]),
    ("char(n)", "char(5)", {}, "ab", "ab   ", ["ab", "ac   "]), ("json", "json", {}, '{"a": 1}', '{"a": 1}', ['{"a":1}', "WRONG"]),
    ("jsonb", "jsonb", {}, '{"b":1,"a":[1.0]}', '{"a": [1.0], "b": 1}', ['{"a": [1.1], "b": 1}', '{"b": 1}', "WRONG"]),
    ("bytea", "bytea", {}, "\\xfbff", "+/8=", ["-_8=", "fbff", "+/4=", "WRONG"]), ("bytea", "bytea", {"binary": "base64-url-safe"}, "\\xfbff", "-_8=", ["-_4=", "WRONG"]),
    ("bytea", "bytea", {"binary": "hex"}, "\\xfbff", "fbff", ["fbfe", "+/8=", "WRONG"]),
    ("inet", "inet", {}, "1.2.3.4/32", "1.2.3.4", ["1.2.3.5", "WRONG"]), ("cidr", "cidr", {}, "10.0.0.0/8", "10.0.0.0/8", ["10.0.0.0/9", "10.0.0.0", "WRONG"]),
    ("date", "date", {}, "2024-02-29", 19782, [19783, "WRONG", True]), ("date", "date", {"time": "isostring"}, "2024-02-29", "2024-02-29Z", ["2024-02-28Z", "WRONG"]),
    ("time", "time(3)", {}, "12:34:56.789", 45296789, [45296788, 45296789000, "WRONG"]), ("time", "time", {}, "12:34:56.789012", 45296789012, [45296789013, 45296789]),
    ("time", "time(3)", {"time": "adaptive_time_microseconds"}, "12:34:56.789", 45296789000, [45296789]),
    ("time", "time", {"time": "nanoseconds"}, "12:34:56.789012", 45296789012000, [45296789012001, 45296789012]),
    ("time", "time", {"time": "isostring"}, "12:34:56.78", "12:34:56.78Z", ["12:34:56.79Z", "WRONG"]),
    ("time", "time", {"time": "structured"}, "12:34:56.5", {"hour": 12, "minute": 34, "second": 56, "nanos": 500000000, "precision": 6},
     [{"hour": 13, "minute": 34, "second": 56, "nanos": 500000000, "precision": 6}, "WRONG"]),
    ("timetz", "timetz", {}, "13:34:56.78+01", "12:34:56.78Z", ["13:34:56.78Z", "WRONG"]),
    ("timetz", "timetz", {"time": "structured"}, "13:34:56+01", {"hour": 13, "minute": 34, "second": 56, "nanos": 0, "offsetSeconds": 3600, "precision": 6},
     [{"hour": 13, "minute": 34, "second": 56, "nanos": 0, "offsetSeconds": 0, "precision": 6}]),
    ("timestamp", "timestamp", {}, "2024-02-29 12:34:56.789", STAMP, [STAMP + 1, STAMP // 1000, "WRONG"]),
    ("timestamp", "timestamp(3)", {}, "2024-02-29 12:34:56.789", STAMP // 1000, [STAMP, STAMP // 1000 + 1]),
    ("timestamp", "timestamp", {"time": "connect"}, "2024-02-29 12:34:56.789999", STAMP // 1000, [STAMP, STAMP // 1000 + 1]),
    ("timestamp", "timestamp", {"time": "nanoseconds"}, "2024-02-29 12:34:56.789", STAMP * 1000, [STAMP * 1000 + 1000, STAMP]),
    ("timestamp", "timestamp", {"time": "isostring"}, "2024-02-29 12:34:56.789", "2024-02-29T12:34:56.789Z", ["2024-02-29T12:34:56.788Z", "WRONG"]),
    ("timestamp", "timestamp", {"time": "structured"}, "2024-02-29 12:34:56.789", STRUCTURED, [{**STRUCTURED, "day": 28}, "WRONG"]),
    ("timestamp", "timestamp", {}, "infinity", (1 << 63) - 1, [-1 << 63, 9, "WRONG"]), ("timestamp", "timestamp(0)", {}, "-infinity", -9223372036832400000, [9223372036825200000]),
    ("timestamptz", "timestamptz(0)", {}, "2024-02-29 13:34:56.6+01", "2024-02-29T12:34:57Z", ["2024-02-29T12:34:58Z", "2024-02-29T12:34:56Z", "WRONG"]),
    ("timestamptz", "timestamptz", {}, "infinity", "infinity", ["-infinity", "2024-02-29T12:34:57Z"]),
    ("int4range", "int4range", {}, '["1","5"]', "[1,6)", ["[1,5)", "[1,6]", "empty", "WRONG"]), ("int4range", "int4range", {}, '("1","2")', "empty", ["[2,2]", "WRONG"]),
    ("numrange", "numrange", {}, '["1.5",)', "[1.5,)", ["(1.5,)", "[1.4,)", "WRONG"]), ("daterange", "daterange", {}, '["2024-01-01","2024-01-05"]', "[2024-01-01,2024-01-06)", ["[2024-01-01,2024-01-05)"]),
    ("tstzrange", "tstzrange", {}, '["2024-01-01 00:00:00",)', '["2024-01-01 00:00:00+00",)', ['["2024-01-01 00:00:00+01",)', "WRONG"]),
    ("box", "box", {}, "((0,1),(1,0))", shape("box", wkb(3, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, counts=(1, 5))),
     [shape("box", wkb(3, 1, 1, 1, 0, 0, 0, 0, 2, 1, 1, counts=(1, 5))), shape("path", wkb(3, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, counts=(1, 5))), shape("box", "WRONG"), "WRONG"]),
    ("polygon", "polygon", {}, "((0,0),(0,1),(1,1))", shape("polygon", wkb(3, 0, 0, 0, 1, 1, 1, 0, 0, counts=(1, 4))), [shape("polygon", wkb(3, 0, 0, 0, 1, 1, 2, 0, 0, counts=(1, 4))), "WRONG"]),
    ("path", "path", {}, "[(0,0),(0,1)]", shape("path", wkb(2, 0, 0, 0, 1, counts=(2,)), closed="false"), [shape("path", wkb(2, 0, 0, 0, 1, counts=(2,)), closed="true"), "WRONG"]),
    ("lseg", "lseg", {}, "[(0,0),(1,1)]", shape("lseg", wkb(2, 0, 0, 1, 1, counts=(2,))), [shape("lseg", wkb(2, 0, 0, 1, 2, counts=(2,)))]),
    ("circle", "circle", {}, "<(1,2),3>", {"center": {"x": 1.0, "y": 2.0, "wkb": wkb(1, 1, 2), "srid": None}, "radius": 3.0},
     [{"center": {"x": 1.0, "y": 2.0, "wkb": wkb(1, 1, 3), "srid": None}, "radius": 3.0}]),
    ("geometry", "geometry", {}, "SRID=4326;POINT(1 2)", {"wkb": "AQEAACDmEAAAAAAAAAAA8D8AAAAAAAAAQA==", "srid": 4326, "extensions": None},
     [{"wkb": "AQEAACDmEAAAAAAAAAAA8D8AAAAAAAAAQA==", "srid": None, "extensions": None}, {"wkb": "WRONG", "srid": 4326}]),
    ("tsvector", "tsvector", {}, "fat:1 cat:2", "'cat':2 'fat':1", ["'cat':2", "WRONG"]), ("hstore", "hstore", {}, '"a"=>"1","n"=>NULL', '{"a":"1","n":null}', ['{"a":"1"}', "WRONG"]),
    ("hstore", "hstore", {"hstore": "map"}, '"a"=>"1","n"=>NULL', {"a": "1", "n": None}, [{"a": "1"}, '{"a":"1","n":null}']),
    ("halfvec", "halfvec(2)", {}, "[0.1,2]", [0.099975586, 2.0], [[0.1, 2.5], "WRONG"]), ("isbn", "isbn", {}, "978-0-393-04002-9", "0-393-04002-X", ["WRONG"]),
    ("unmapped pg_lsn", "pg_lsn", {}, "16/B374D848", coded("16/B374D848"), [coded("16/B374D849"), "16/B374D848", "WRONG"]),
    ("unmapped pair", "pair", {}, '("1","a,b")', coded('(1,"a,b")'), [coded('(2,"a,b")'), "WRONG"]),
    ("unmapped tsquery", "tsquery", {}, "cat & dogs", coded("'cat' & 'dogs'"), [coded("'cat' | 'dogs'")]),
    ("domain numeric(p,s)", "d_amount", {"binary": "hex"}, "1.1", b"1.100".hex(), [b"1.101".hex(), coded("1.100")]), ("domain varchar", "d_label", {}, "x", coded("x"), [coded("y"), "x"]),
    ("domain timestamp", "d_stamp", {}, "2024-02-29 12:34:56.7894", coded("2024-02-29 12:34:56.789"), [coded("2024-02-29 12:34:56.788")]),
    ("interval", "interval", {}, "1 day", None, [86400000000, "1 day", "WRONG"]),     # no array of it is published
)


@pytest.mark.parametrize("kind, sql, levels, words, shown, others", ELEMENTS, ids=[f"{entry[0]} {entry[2]} {entry[3]}" for entry in ELEMENTS])
def test_element(kind, sql, levels, words, shown, others):
    form = elements.Element(kind, f"{sql}[]", {**configurations.DEFAULT, **levels})
    assert elements.is_element(form, shown, words) == (shown is not None)
    for other in others:
        assert not elements.is_element(form, other, words), other


def test_every_kind_of_element_has_a_form():
    of = column_types.draw(random.Random(1), column_types.EXTENSIONS, configurations.DEFAULT)
    kinds = {one.kind for one in of if one.kind not in column_types.NO_ARRAYS and not one.kind.endswith("[]")}
    known = set(elements.FORMS) | {"interval", "xml", "serial"}
    assert {kind for kind in kinds if kind not in known and kind.partition(" ")[0] not in known} == set()


@pytest.mark.parametrize("kind, sql, words, ours", [
    ("numeric(p,s)", "numeric(10,2)", "{{1.1,2.2},{3.3,4.4}}", [["WRONG", "WRONG"], ["WRONG", "WRONG"]]), ("uuid", "uuid", "{{a},{b}}", [["WRONG"], ["WRONG"]]),
    ("real", "real", "{{1},{2}}", [[1.0], [3.0]])])
def test_a_nested_array_of_other_elements(kind, sql, words, ours):
    of = table(ID, ("c", f"{kind}[]", f"{sql}[]"))
    theirs, ours = (record(after={"id": 1, "c": found}) for found in (None, ours))
    assert unexplained([theirs], [ours], configuration(), of, written(of.columns[1], words))[0]


def test_a_nested_array_without_a_form():
    of = table(ID, ("c", "integer[]", "integer[]"))

    def judged(theirs, *words):
        found = [record(after={"id": 1, "c": one}) for one in (theirs, None)]
        return unexplained(found[:1], found[1:], configuration(schemas="on"), of, written(of.columns[1], *words))[0]
    assert judged(["[I@1a2b", "[I@3c4d"], "{{1},{2}}") == []
    for theirs, words in ((["[I@1a2b"], "{{1},{2}}"), (["[I@1a2b", "[I@3c4d"], "{1,2}"), ([], "{}"), ([1, 2], "{{1},{2}}")):
        assert judged(theirs, words)


# kind of column c, what was written into it, what into another column; ours of c that the latter is
@pytest.mark.parametrize("kind, here, there, ours", [
    ("name", "x", "y", "y"), ("name[]", "{x}", "{y}", ["y"]), ("int2vector", "1 2", "3", [3]), ("timetz", "00:00:00+15:59:59", "00:00:01+15:59:59", "08:00:02Z"),
    ("integer[]", "{{1}}", "{{2}}", [[2]]), ("timestamptz[]", "{infinity}", "{-infinity}", ["-infinity"])])
def test_a_value_of_another_column(kind, here, there, ours):
    of = table(ID, ("c", kind, kind), ("d", kind, kind))
    found = written(of.columns[1], here)
    found.note(of.columns[2], there)
    theirs = [] if kind == "int2vector" else ["+292269055-12-02T23:00:00.00Z"] if kind == "timestamptz[]" else None
    for name in "cd":
        pair = [record(after={"id": 1, name: value}) for value in (theirs, ours)]
        assert (unexplained(pair[:1], pair[1:], configuration(), of, found)[0] == []) == (name == "d")


def test_a_column_keeps_what_was_written_whatever_becomes_of_it():
    first = column("c", "name", "name", default="'z'")
    found = written(first, "x")
    assert found.texts_of([dataclasses.replace(first, name="renamed")]) == {"x", "z"}
    assert found.texts_of([column("c", "name", "name")]) == set()


def test_digits_of_floats_in_a_key_and_nothing_else():
    def judged(theirs, ours):
        found = [compare.Record("p.public.t", {"k": 1.0, "s": "a/"}, {}, (), text) for text in (theirs, ours)]
        return unexplained(found[:1], found[1:], configuration(), table(("k", "double precision", "double precision")))[0]
    assert judged(b'{"k":1.0E7,"s":"a/"}', b'{"k":10000000.0,"s":"a/"}') == []
    assert judged(b'{"k":1.0E7,"s":"a/"}', b'{"k":10000000.0,"s":"a\\/"}')
    assert judged(b'{"k":1.0,"s":"a/"}', b'{"k":1,"s":"a/"}')


DEFAULT = ("schema", "after", "c", "default")
PARAMETER = ("schema", "after", "c", "parameters", differences.SOURCE + "scale")
GONE = compare.ABSENT

# row, column c, levels, settings, path, theirs and ours that it explains; near misses of (theirs, ours)
FACTS = (
    ("DEFAULT of an enum whose label has a quote", column("c", "enum", "colour", default="'with''quote'"), {}, {}, DEFAULT, "with''quote", "with'quote",
     [("with''quote", "withquote"), ("with'quote", "with''quote"), ("red''", "red'"), (GONE, "with'quote")]),
    ("DEFAULT of a timestamptz(p) with more than p fraction digits", column("c", "timestamptz", "timestamptz(3)", default="now"), {}, {}, DEFAULT,
     "2020-01-01T00:00:00.123456Z", "2020-01-01T00:00:00.123Z", [("2020-01-01T00:00:00.123456Z", "2020-01-01T00:00:00.124Z"), ("2020-01-01T00:00:00.123Z", "2020-01-01T00:00:00.12Z"),
                                                                 ("2020-01-01T00:00:01.123456Z", "2020-01-01T00:00:00.123Z"), (GONE, "2020-01-01T00:00:00.123Z")]),
    ("DEFAULT of a masked or hashed column", column("c", "text", "text", default="'x'"), {"columns": "mask"}, MASK, DEFAULT, "x", GONE, [(GONE, "x"), ("x", "y"), (1, GONE)]),
    ("`__debezium.source.column.scale` of an interval with fields and no precision (`interval year to month`)", column("c", "interval", "interval year to month"), {}, {}, PARAMETER,
     "65535", "6", [("65535", "0"), ("6", "65535"), (GONE, "6")]),
    ("`include.schema.comments`", column("c", "text", "text", comment="what c is"), {"comments": "on"}, {}, ("schema", "after", "c", "doc"), GONE, "what c is",
     [(GONE, "what d is"), ("what c is", GONE), ("x", "what c is")]),
    ("a key column that the column lists leave out", column("c", "text", "text", default="'x'", required=True), {"columns": "exclude"}, {"column.exclude.list": "public\\.t\\.c"},
     ("key", "schema", "c", "optional"), True, False, [(False, True), (GONE, False)]),
    ("a key column that the column lists leave out", column("c", "text", "text", default="'x'", required=True), {"columns": "exclude"}, {"column.exclude.list": "public\\.t\\.c"},
     ("key", "schema", "c", "default"), GONE, "x", [("x", GONE), ("x", "y")]),
    ("numeric with negative scale", column("c", "numeric(p,-s)", "numeric(5,-2)"), {}, {}, ("schema", "after", "c", "parameters", "scale"), "2046", "0", [("2046", "-2"), ("2045", "0")]),
)


@pytest.mark.parametrize("row, of_column, levels, settings, path, theirs, ours, misses", FACTS, ids=[f"{entry[0]} {entry[4][-1]}" for entry in FACTS])
def test_fact_of_a_schema(row, of_column, levels, settings, path, theirs, ours, misses):
    def judged(first, second, one=of_column, at=path):
        finding = compare.Finding("p.public.t", at, first, second, record(), record())
        of = table(ID, one, key=["id", "c"])
        return differences.explain(places.Place(finding, configuration(settings, **levels), one, of, [one], [of]))
    assert judged(theirs, ours) == row
    assert not judged(theirs, ours, at=(*path[:-1], "type"))
    assert not judged(theirs, ours, column("c", "uuid", "uuid"))
    for miss in misses:
        assert not judged(*miss), miss


def test_lengths_beside_a_domain_over_an_enum():
    def judged(end, theirs, ours, sql="numeric", domain="enum domain"):
        one = column("c", "numeric", sql)
        of = table(ID, one, ("d", domain, "d_colour"))
        finding = compare.Finding("p.public.t", ("schema", "after", "c", "parameters", differences.SOURCE + end), theirs, ours, record(), record())
        return differences.explain(places.Place(finding, configuration(), one, of, [one], [of]))
    assert judged("length", "0", "131089") and judged("scale", GONE, "0")
    assert judged("length", "5", "2147483647", sql="int2vector") and judged("length", "10", "2147483647", sql="oidvector")
    assert not judged("length", "5", "2147483647", sql="oidvector") and not judged("length", "5", "2147483647", sql="integer[]")
    assert not judged("length", "0", "131088") and not judged("length", "131089", "0") and not judged("scale", "0", GONE)
    assert not judged("length", "0", "131089", sql="numeric(4,0)") and not judged("length", "0", "131089", domain="enum")


def test_left_out_key_of_a_table_that_was_read_anew():
    def judged(end, theirs, ours, domain="enum domain", listed="public\\.t\\.c", **levels):
        one = column("c", "text", "text", required=True, default="'x'")
        of = table(ID, one, ("d", domain, "d_colour"), key=["id", "c"])
        finding = compare.Finding("p.public.t", ("key", "schema", "c", end), theirs, ours, record(), record())
        settings = configuration({"column.exclude.list": listed}, **{"compat": "debezium", **levels})
        return differences.explain(places.Place(finding, settings, one, of, [one], [of]))
    assert judged("optional", False, True) and judged("default", "x", GONE)
    assert not judged("optional", True, False) and not judged("default", GONE, "x") and not judged("type", "a", "b")
    assert not judged("optional", False, True, domain="enum") and not judged("optional", False, True, listed="public\\.t\\.d")
    assert not judged("optional", False, True, compat="none")


def test_update_of_an_odd_key_between_null_and_its_default():
    before, after = {"id": 1, "b": "x", "c": "one"}, {"id": 1, "b": "x", "c": "two"}
    theirs = [record("d", before, None, {"b": "x"}), record("c", None, after, {"b": "x"})]
    settings = configuration(tombstones="off")
    for default, left in (("'x'", 0), (None, 1)):
        odd = table(ID, column("b", "text", "text", default=default), ("c", "text", "text"), key=[], odd=["b"], identity="full")
        assert len(unexplained(theirs, [record("u", before, after)], settings, odd)[0]) == left
        assert unexplained(theirs, [record("u", before, after, {"b": "x"})], settings, odd)[0] or default
        assert unexplained(theirs, [], settings, odd)[0]


def test_key_of_columns_that_the_old_row_does_not_tell():
    settings = configuration({"message.key.columns": "public\\.t:id,b"}, key="chosen")
    of = table(ID, ("b", "text", "text"))
    theirs = [record("d", {"id": 1, "b": None}, None, {"id": 1, "b": None}), tombstone({"id": 1, "b": None})]

    def judged(key, of=of):
        return unexplained(theirs, [record("d", {"id": 1, "b": None}, None, key), tombstone(key)], settings, of)
    assert judged({"id": 1}) == ([], {"`message.key.columns` with columns that the old row does not tell"})
    for wrong in ({"id": 2}, {"b": None}, None, {}):
        assert judged(wrong)[0]
    assert judged({"id": 1}, table(ID, ("b", "text", "text"), identity="full"))[0]


def test_update_in_two_by_columns_that_the_old_row_does_not_tell():
    settings = configuration({"message.key.columns": "public\\.t:id,b"}, key="chosen")
    of = table(ID, ("b", "text", "text"))
    key = {"id": 2, "b": "x"}
    theirs = [record("d", {"id": 1, "b": None}, None, {"id": 1, "b": None}), tombstone({"id": 1, "b": None}), record("c", None, {"id": 2, "b": "x"}, key)]
    ours = record("u", {"id": 1, "b": None}, {"id": 2, "b": "x"}, key)
    assert unexplained(theirs, [ours], settings, of) == ([], {"`message.key.columns` with columns that the old row does not tell"})
    assert unexplained(theirs, [], settings, of)[0]
    assert unexplained(theirs, [ours, ours], settings, of)[0]
    assert unexplained(theirs, [record("u", {"id": 1, "b": None}, {"id": 2, "b": "x"}, {"id": 2, "b": "y"})], settings, of)[0]
    assert unexplained(theirs, [ours], settings, table(ID, ("b", "text", "text"), identity="full"))[0]


def test_keys_that_differ_by_null_and_the_default():
    row = "keys that differ by NULL and the default that stands for it"
    settings = configuration({"message.key.columns": "public\\.t:b"}, key="chosen", null="default")
    of = table(ID, column("b", "text", "text", default="'x'"), identity="full")
    theirs = [record("d", {"id": 1, "b": "x"}, None, {"b": "x"}), tombstone({"b": "x"}), record("c", None, {"id": 1, "b": "x"}, {"b": "x"})]
    ours = record("u", {"id": 1, "b": "x"}, {"id": 1, "b": "x"}, {"b": "x"})
    assert unexplained(theirs, [ours], settings, of) == ([], {row})
    assert unexplained(theirs, [], settings, of)[0]
    assert unexplained(theirs, [record("u", {"id": 1, "b": "x"}, {"id": 1, "b": "x"}, {"b": "y"})], settings, of)[0]
    assert unexplained(theirs, [ours], settings, table(ID, ("b", "text", "text"), identity="full"))[0]


def test_headers_of_changed_columns():
    settings = configuration(transforms="changed")
    of = table(ID, ("n", "name", "name"), ("b", "text", "text"))

    def found(changed, before, after):
        return compare.Record("p.public.t", {"id": 1}, record("u", before, after).value, ("Changed",), header_values={"Changed": json.dumps(changed)})
    theirs = found([], {"id": 1, "n": None, "b": "x"}, {"id": 1, "n": None, "b": "x"})

    def judged(theirs, ours):
        findings, _ = compare.compare([theirs], [ours])
        header, = (finding for finding in findings if finding.path == ("header", "Changed"))
        return differences.explain(places.Place(header, settings, None, of, [], [of]))
    assert judged(theirs, found(["n"], {"id": 1, "n": "one", "b": "x"}, {"id": 1, "n": "two", "b": "x"})) == "headers of `ExtractChangedRecordState`"
    for wrong in (found(["b"], {"id": 1, "n": None, "b": "x"}, {"id": 1, "n": None, "b": "x"}),     # says what did not happen
                  found(["n"], {"id": 1, "n": "one", "b": "x"}, {"id": 1, "n": "one", "b": "x"})):
        assert not judged(theirs, wrong)
    changed = {"id": 1, "n": None, "b": "x"}, {"id": 1, "n": None, "b": "y"}
    assert not judged(found(["b"], *changed), found([], *changed))      # lost a change
    assert not judged(found(["b", "id"], *changed), found(["b"], *changed))


def test_headers_of_an_old_row_in_part():
    """Where the identity's columns alone are known: what of theirs is not is NULL, and ours is empty."""
    settings = configuration(transforms="changed")

    def judged(theirs, ours, before={"id": 1, "n": None, "b": None}, name="Unchanged", **of):
        images = before, {"id": 1, "n": None, "b": "x"}
        found = [compare.Record("p.public.t", {"id": 1}, record("u", *images).value, (name,), header_values={name: json.dumps(names)})
                 for names in (theirs, ours)]
        findings, _ = compare.compare(found[:1], found[1:])
        header, = (finding for finding in findings if finding.path == ("header", name))
        of = table(ID, ("n", "name", "name"), ("b", "text", "text"), **of)
        return differences.explain(places.Place(header, settings, None, of, [], [of]))
    row = "headers of `ExtractChangedRecordState` and an old row that is known in part"
    assert judged(["id", "n"], []) == row and judged(["b"], [], name="Changed", identity="other", other=["id"]) == row
    for theirs, ours, more in ((["id", "n"], ["n"], {}), (["id"], [], {}), (["id", "n"], [], {"identity": "full"}),
                               (["id", "n"], [], {"name": "Changed"}), (["id", "n"], [], {"before": {"id": 1, "n": "y", "b": None}})):
        assert judged(theirs, ours, **more) != row


def test_name_of_an_envelope():
    settings = configuration(transforms="outbox")

    def judged(theirs, ours, topic="p.outbox.order"):
        finding = compare.Finding(topic, ("value", "schema", "name"), f"p.outbox.{theirs}.Value", f"p.outbox.{ours}.Value", record(), record())
        return differences.explain(places.Place(finding, settings))
    assert judged("customer", "order") == "the name of an envelope's schema"
    assert not judged("order", "customer")      # ours is another's
    assert not judged("elsewhere", "order")


def test_headers_of_a_tombstone():
    def judged(theirs, ours, **levels):
        found = [compare.Record("p.public.t", {"id": 1}, None, headers) for headers in (theirs, ours)]
        return unexplained(found[:1], found[1:], configuration(**{"transforms": "unwrap rewrite-with-tombstone", **levels}), table(ID))
    assert judged(("__op", "__op", "__table"), ("__op", "__table")) == (
        [], {"added headers of a tombstone (`ExtractNewRecordState`, `rewrite-with-tombstone`)"})
    for theirs, ours in ((("__op", "__op", "__table"), ("__op",)), (("__op", "__table", "__table"), ("__op", "__table")), (("__op",), ("__op", "__op"))):
        assert judged(theirs, ours)[0]
    assert judged(("__op", "__op"), ("__op",), transforms="unwrap rewrite")[0]


def test_place_of_a_message_among_the_events():
    def judged(theirs, ours, number=2, op="m"):
        found = [record(op, None, None), record(op, None, None)]
        found[1].message_number = number
        finding = compare.Finding("p.message", ("transaction", "data_collection_order"), theirs, ours, *found)
        return differences.explain(places.Place(finding, configuration(transactions="on")))
    assert judged(1, 2) == "logical messages in transaction metadata"
    for wrong in ((1, 3), (2, 1), (1, 2, 1), (1, 2, 2, "c")):
        assert not judged(*wrong)


def test_labels_of_an_enum():
    labels = ",".join(column_types.ENUM_LABELS)

    def judged(theirs, ours):
        finding = compare.Finding("p.public.t", ("schema", "after", "c", "parameters", "allowed"), theirs, ours, record(), record())
        of = table(("c", "enum", "colour"))
        return differences.explain(places.Place(finding, configuration(), of.columns[0], of, of.columns, [of], labels=["new 1", "new 2"]))
    assert judged(labels, labels + ",new 1,new 2")
    for wrong in (labels + ",new 1", labels + ",new 2,new 1", labels + ",x", labels):
        assert not judged(labels, wrong)


def test_labels_of_an_enum_behind_a_domain():
    labels = ",".join(column_types.ENUM_LABELS)

    def judged(theirs, ours, kind="enum domain[]", sql="d_colour[]"):
        finding = compare.Finding("p.public.t", ("schema", "after", "c", "items", "parameters", "allowed"), theirs, ours, record(), record())
        of = table(("c", kind, sql))
        return differences.explain(places.Place(finding, configuration(), of.columns[0], of, of.columns, [of], labels=["new 1", "new 2"]))
    row = "the labels of an enum, in the schema of an array of a domain over it"
    assert [judged("", ours) for ours in (labels, labels + ",new 1", labels + ",new 1,new 2")] == [row] * 3
    assert not any((judged("", ""), judged("", labels + ",x"), judged("red", labels), judged("", labels, "enum[]", "colour[]")))


def test_every_row_is_in_the_documents():
    differences.check_rows()
