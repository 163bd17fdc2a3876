\set SHOW_CONTEXT never
-- the details have the LSN
\set VERBOSITY terse
-- Logical messages that hold JSON: as events, and by the EventRouter, with what is told of those that cannot be.
SELECT test.start();

-- whole records without what varies
CREATE FUNCTION pg_temp.decoded(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.blank(regexp_replace(data, '"__walferry.position":"[0-9A-F/]*",?', ''))
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC '{output,record,transforms.decode.type,
                                            io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent}'::text[] || options)
$$;
SELECT pg_logical_emit_message(true, 'outbox', '{"id": "e-1", "aggregatetype": "order", "aggregateid": "o-1", "payload": {"n": null, "price": 1.50}}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'outbox', '{"id": 2, "aggregatetype": "a b", "aggregateid": "o-1", "payload": "{}x"}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'other', '{"n": null}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'other', 'no JSON') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'other', 'nor this') IS NOT NULL AS sent;
SELECT * FROM pg_temp.decoded('transforms', 'decode');
SELECT * FROM pg_temp.decoded('transforms', 'decode', 'transforms.decode.fields.null.include', 'true', 'message.prefix.include.list', 'other');
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter');
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'transforms.outbox.table.expand.json.payload', 'true', 'message.prefix.include.list', 'outbox');
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'value.converter', 'org.apache.kafka.connect.converters.ByteArrayConverter');
SELECT * FROM pg_temp.decoded('transforms', 'decode', 'transforms.decode.fields.nulls', 'true');
-- what is expanded for the schemas of others does not get into the payload
SELECT pg_logical_emit_message(true, 'expanded', '{"id": 1, "aggregatetype": "o", "aggregateid": "k", "payload": "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":\"e\"}}", "meta": {"z": "' || repeat('z', 20) || '", "y": [{"x": 1}]}}') IS NOT NULL AS sent;
SELECT event->>'payload' AS value
  FROM (SELECT decoded::json->'value' AS event
          FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                               'transforms.outbox.table.expand.json.payload', 'true', 'transforms.outbox.table.fields.additional.placement', 'meta:envelope',
                               'schemas.enable', 'true', 'message.prefix.include.list', 'expanded') AS decoded) AS records;

-- Arrays of values of several types have no Connect schema, and need none unless one is written; of members that repeat
-- the last counts.
SELECT pg_logical_emit_message(true, 'mixed', '{"id": 3, "aggregatetype": "order", "aggregateid": "o-1", "payload": {"prices": [10, 9.99], "big": [1, 3000000000]}}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'mixed', '{"id": 4, "aggregatetype": "order", "aggregateid": "o-1", "payload": {"row": [1, "x", null, [true]], "nulls": [null], "empty": [[], [1]]}}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'mixed', '{"id": 5, "aggregatetype": "order", "aggregateid": "o-1", "payload": {"lines": [{"sku": 7}, {"sku": "B7"}]}}') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'twice', '{"id": 6, "aggregatetype": "order", "aggregateid": "o-1", "payload": {"a": 1, "b": 2, "a": "x"}}') IS NOT NULL AS sent;
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'message.prefix.include.list', 'mixed,twice');
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'message.prefix.include.list', 'mixed,twice', 'value.converter.schemas.enable', 'true');
SELECT pg_logical_emit_message(true, 'key', '{"id": 7, "aggregatetype": "order", "aggregateid": [1, "x"], "payload": 1}') IS NOT NULL AS sent;
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'message.prefix.include.list', 'key', 'key.converter.schemas.enable', 'true');
-- one spelling of each key and value, whatever the writer's was
SELECT count(pg_logical_emit_message(true, 'spelling', format('{"id": "\u0065-1", "aggregatetype": "order", "aggregateid": %s, "payload": {"\u0070": [%s]}}', key, key))) AS sent
  FROM unnest(ARRAY['"A\/é"', '"\u0041/\u00e9"', '"\ud83d"', '1.50', '1.5', '15e-1', '-0', '1e400', '18446744073709551616']) AS key;
SELECT * FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                              'message.prefix.include.list', 'spelling');
SELECT decoded::json->>'key_text' AS key
  FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                       'message.prefix.include.list', 'spelling', 'key.converter', 'org.apache.kafka.connect.storage.StringConverter') AS decoded;
-- ExtractNewRecordState behind it: members of the event, no columns
SELECT pg_logical_emit_message(true, 'added', '{"id": 8}') IS NOT NULL AS sent;
SELECT regexp_replace(decoded, '"__lsn":"?[0-9]+"?', '"__lsn":N', 'g') FROM pg_temp.decoded('transforms', 'decode,unwrap', 'transforms.unwrap.type', 'io.debezium.transforms.ExtractNewRecordState',
                              'transforms.unwrap.add.fields', 'op,lsn,origin', 'transforms.unwrap.add.headers', 'op,table', 'message.prefix.include.list', 'added') AS decoded;
SELECT * FROM pg_temp.decoded('transforms', 'decode,unwrap', 'transforms.unwrap.type', 'io.debezium.transforms.ExtractNewRecordState',
                              'transforms.unwrap.add.fields', 'after.id');
-- rows of tables beside, kept from the EventRouter as the documents say
CREATE TABLE plain (id int PRIMARY KEY);
INSERT INTO plain VALUES (1);
SELECT substring(decoded FROM '"topic":"([^"]*)"') AS topic
  FROM pg_temp.decoded('transforms', 'decode,outbox', 'transforms.outbox.type', 'io.debezium.transforms.outbox.EventRouter',
                       'transforms.outbox.predicate', 'messages', 'predicates', 'messages', 'predicates.messages.type',
                       'org.apache.kafka.connect.transforms.predicates.TopicNameMatches', 'predicates.messages.pattern', '.*\.message',
                       'message.prefix.include.list', 'expanded') AS decoded;
DROP TABLE plain;
SELECT test.stop();
