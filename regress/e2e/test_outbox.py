# The outbox EventRouter, through the shipper into a real Kafka. What its records look like, the recordings tell.
#
# SPDX-License-Identifier: Apache-2.0

import re

import pytest

ROUTER = "io.debezium.transforms.outbox.EventRouter"
DECODER = "io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent"
TABLE = "CREATE TABLE outbox (id int PRIMARY KEY, aggregatetype text, aggregateid text, payload text, at timestamp(3), shard int)"


def start(lab, **changes):
    lab.start(table_include_list="public.outbox", transforms="outbox", transforms_outbox_type=ROUTER,
              transforms_outbox_route_topic_replacement=f"{lab.name}.${{routedByValue}}", **changes)


def placed(lab, **changes):
    start(lab, transforms_outbox_table_field_event_timestamp="at",
          transforms_outbox_table_fields_additional_placement="shard:partition,shard:header:number", **changes)


def test_time_and_partition(lab):
    """One that is not there, and a time that the topic does not take, make dead letters; the stream goes on."""
    lab.sql(TABLE)
    lab.create_topic(f"{lab.name}.order", 3, {"message.timestamp.after.max.ms": "3600000"})
    placed(lab)
    lab.sql("""INSERT INTO outbox VALUES (1, 'order', 'k', 'one', '2024-01-01 00:00:02.123', 2), (2, 'order', 'k', 'two', '2024-01-01', NULL),
                                         (3, 'order', 'k', 'three', NULL, 3), (4, 'order', 'k', 'four', NULL, -1),
                                         (5, 'order', 'k', 'five', '2100-01-01', 0), (6, 'order', 'k', 'six', '2024-01-02', 0),
                                         (7, 'order', 'k', 'seven', '1970-01-01', 0)""")
    lab.delivered()
    records = {record.value: record for record in lab.records(f"{lab.name}.order")}
    assert records.keys() == {"one", "two", "six", "seven"}      # some may have come twice
    assert records["one"].partition == 2 and records["one"].timestamp == 1704067202123 and records["one"].header("number") == "2"
    assert records["two"].timestamp == 1704067200000 and ("number", None) in records["two"].headers
    assert records["six"].partition == 0
    assert records["seven"].timestamp == 1      # librdkafka takes 0 for now
    letters = [letter.value for letter in lab.records(f"__walferry.dead-letters.{lab.prefix}")]
    assert {letter["reason"] for letter in letters} == {"the topic does not have partition 3, which the record asks for",
                                                        "the topic does not have partition -1, which the record asks for",
                                                        "Broker: Invalid timestamp"}
    assert len({letter["position"] for letter in letters}) == 3
    assert {letter["topic"] for letter in letters} == {f"{lab.name}.order"} and all(letter["key"] == '"k"' for letter in letters)


def test_many_topics(lab):
    """More than the plugin remembers at a time would take minutes to create; these come back in turns."""
    lab.sql(TABLE)
    start(lab)
    lab.sql("INSERT INTO outbox SELECT i, 'a' || i % 60, 'k', i::text FROM generate_series(1, 600) i")
    lab.delivered(180)
    for number in (0, 31, 59):
        assert [record.value for record in lab.records(f"{lab.name}.a{number}")] == [str(i) for i in range(1, 601) if i % 60 == number]


def test_bad_rows(lab):
    """Names that no topic has, payloads that are no JSON, too deep or large: all arrive, or leave a letter."""
    lab.sql(TABLE)
    start(lab, transforms_outbox_table_expand_json_payload="true", record_max_bytes=20_000_000)
    lab.sql("INSERT INTO outbox VALUES (1, 'a b', 'k', 'no json'), (2, NULL, 'k', '{\"a\":[1,null]}'), (3, 'deep', 'k', repeat('[', 501) || repeat(']', 501))")
    lab.sql("INSERT INTO outbox VALUES (4, 'large', 'k', '\"' || repeat('x', 25000000))")
    lab.sql("INSERT INTO outbox VALUES (5, 'last', 'k', '{\"n\":null,\"a\":[]}')")
    lab.delivered(120)
    assert [record.value for record in lab.records(f"{lab.name}.a_b")] == ["no json"]
    assert [record.value for record in lab.records(f"{lab.name}.")] == [{"a": [1, None]}]
    assert [record.value for record in lab.records(f"{lab.name}.deep")] == ["[" * 501 + "]" * 501]
    assert [record.value for record in lab.records(f"{lab.name}.last")] == [{}]
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["value_bytes_at_least"] >= 25_000_000
    told = [line for line in lab.shipper.log().splitlines() if "cannot be expanded" in line]
    assert len(told) == 1 and "is published as a text: it is neither a JSON object nor an array (byte 0)" in told[0], told
    assert re.search(r"The row is at LSN [0-9A-F]+/[0-9A-F]+\. ", told[0]), told


def test_not_with_bigquery(lab):
    code, log = lab.fails(transforms="outbox", transforms_outbox_type=ROUTER, bigquery_dataset="d", bigquery_project="p")
    assert code == 2 and "transforms.outbox.type" in log and "bigquery.dataset" in log, log


@pytest.mark.parametrize("schemas, left", [("false", 3), ("true", 5)])
def test_messages_that_cannot_be_decoded_are_counted(lab, schemas, left):
    """By all of them; the server's log tells of each prefix once, with the reason and where the message is."""
    lab.start(transforms="decode,outbox", transforms_decode_type=DECODER, transforms_outbox_type=ROUTER,
              transforms_outbox_route_topic_replacement=f"{lab.name}.${{routedByValue}}", value_converter_schemas_enable=schemas)
    for number, items in enumerate(("[1,2]", '[10,9.99]', '[1,"x"]', '[{"a":1},{"a":[null]}]')):
        lab.sql("SELECT pg_logical_emit_message(true, 'order', %s)",
                f'{{"id":{number},"aggregatetype":"order","aggregateid":"k","payload":{{"items":{items},"n":1,"n":2}}}}')
    lab.sql("SELECT pg_logical_emit_message(true, 'other', 'no JSON'), pg_logical_emit_message(true, 'other', '{')")
    lab.sql("SELECT pg_logical_emit_message(false, 'other', 'x')")
    lab.delivered()
    values = [record.value["payload"] if schemas == "true" else record.value for record in lab.records(f"{lab.name}.order")]
    assert [value["items"] for value in values] == ([[1, 2], [10, 9.99], [1, "x"], [{"a": 1}, {"a": [None]}]])[:7 - left]
    assert all(value["n"] == 2 for value in values)
    assert len(lab.records(f"{lab.prefix}.message")) == left
    assert lab.shipper.metrics()["walferry_capture_messages_left_total"] == left
    log = lab.shipper.log()
    assert log.count('published as it is: it is no JSON object (byte 0)') == 1
    assert log.count("an array holds values of several types") == (1 if schemas == "true" else 0)
