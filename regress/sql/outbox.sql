\set SHOW_CONTEXT never
-- the details of warnings have the LSN
\set VERBOSITY terse
-- The outbox EventRouter: rows that are records of their own.
SELECT test.start();

-- whole records without what varies
CREATE FUNCTION pg_temp.routed(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT regexp_replace(data, '"__walferry.position":"[0-9A-F/]*",?', '')
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL,
                                        VARIADIC CASE WHEN 'transforms' = ANY (options) THEN '{}' ELSE '{transforms,outbox}'::text[] END ||
                                                 '{output,record,transforms.outbox.type,io.debezium.transforms.outbox.EventRouter}'::text[] || options)
$$;
CREATE FUNCTION pg_temp.next() RETURNS void LANGUAGE sql AS $$
    SELECT pg_replication_slot_advance('regress', pg_current_wal_insert_lsn())
$$;

CREATE TABLE event (id int PRIMARY KEY, aggregatetype text, aggregateid text, type text, payload jsonb,
                    at timestamptz, shard int, version int, amount numeric(6, 2), raw bytea);
INSERT INTO event VALUES (1, 'order', 'o-1', 'Created', '{"b": [1, 2], "a": null}', '2024-01-01 00:00:02.123456Z', 0, 2, 12.5, '\xff00'),
                         (2, 'order', NULL, 'Deleted', NULL, NULL, NULL, NULL, NULL, NULL);
DELETE FROM event WHERE id = 1;
UPDATE event SET type = 'x' WHERE id = 2;
UPDATE event SET id = 3 WHERE id = 2;
TRUNCATE event;

-- Only inserts, and the new row of a key change, become records.
SELECT * FROM pg_temp.routed();
SELECT * FROM pg_temp.routed('skipped.operations', 'none', 'transforms.outbox.table.op.invalid.behavior', 'error');
\set VERBOSITY default
SELECT * FROM pg_temp.routed('skipped.operations', 'none', 'transforms.outbox.table.op.invalid.behavior', 'fatal');
\set VERBOSITY terse
SELECT pg_temp.next();

-- Where columns go.
INSERT INTO event VALUES (1, 'order', 'o-1', 'Created', '{"b": [1, 2], "a": null}', '2024-01-01 00:00:02.123456Z', 0, 2, 12.5, '\xff00'),
                         (2, 'order', NULL, 'Deleted', NULL, NULL, NULL, NULL, NULL, NULL),
                         (3, 'order', 'o-3', 'Old', '[]', '1969-12-31 23:59:59Z', -1, 1, 0, ''),
                         (4, 'order', 'o-4', 'Never', '[]', 'infinity', 2147483647, 1, 0, '');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement',
                             'type:header:eventType, amount:header, raw:header , shard:partition,version:envelope:ver,raw:Envelope',
                             'transforms.outbox.table.field.event.timestamp', 'at');
-- with schemas: those that rows decide are made per row
SELECT * FROM pg_temp.routed('schemas.enable', 'true') LIMIT 2;
SELECT * FROM pg_temp.routed('schemas.enable', 'true', 'transforms.outbox.table.fields.additional.placement', 'type:envelope',
                             'transforms.outbox.table.field.event.schema.version', 'version') LIMIT 2;
SELECT * FROM pg_temp.routed('schemas.enable', 'true', 'transforms.outbox.table.expand.json.payload', 'true') LIMIT 2;
-- expansion
SELECT * FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true', 'transforms.outbox.table.json.payload.null.behavior',
                             'optional_bytes', 'transforms.outbox.table.json.payload.empty.array.behavior', 'optional_string');
SELECT * FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true');
-- other columns
SELECT * FROM pg_temp.routed('transforms.outbox.table.field.event.key', 'amount', 'transforms.outbox.table.field.event.payload', 'raw',
                             'transforms.outbox.route.by.field', 'type', 'transforms.outbox.table.field.event.id', 'raw',
                             'transforms.outbox.route.topic.regex', '(?<a>.)(.*)', 'transforms.outbox.route.topic.replacement', '$2-${a}');
-- converters
SELECT * FROM pg_temp.routed('key.converter', 'org.apache.kafka.connect.storage.StringConverter',
                             'value.converter', 'org.apache.kafka.connect.storage.StringConverter');
SELECT * FROM pg_temp.routed('value.converter', 'org.apache.kafka.connect.converters.ByteArrayConverter',
                             'transforms.outbox.table.field.event.payload', 'raw');
SELECT * FROM pg_temp.routed('value.converter', 'org.apache.kafka.connect.converters.ByteArrayConverter',
                             'transforms.outbox.table.field.event.payload', 'raw', 'column.truncate.to.1.chars', 'public.event.raw') LIMIT 1;
SELECT * FROM pg_temp.routed('value.converter', 'io.debezium.converters.BinaryDataConverter',
                             'value.converter.delegate.converter.type', 'org.apache.kafka.connect.json.JsonConverter',
                             'value.converter.delegate.converter.type.schemas.enable', 'true') LIMIT 1;
-- output=envelope shows values alone
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'transforms', 'o', 'transforms.o.type',
    'io.debezium.transforms.outbox.EventRouter', 'transforms.o.table.field.event.payload', 'raw');
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'transforms', 'o', 'transforms.o.type',
    'io.debezium.transforms.outbox.EventRouter', 'value.converter', 'org.apache.kafka.connect.storage.StringConverter');
SELECT pg_temp.next();

-- Blank payloads as tombstones.
CREATE TABLE texts (id uuid PRIMARY KEY, aggregatetype text, aggregateid text, payload text DEFAULT 'd');
INSERT INTO texts VALUES ('00000000-0000-0000-0000-000000000001', 'a', 'k', E' \n'), ('00000000-0000-0000-0000-000000000002', 'a', 'k', NULL),
                         ('00000000-0000-0000-0000-000000000003', 'a', 'k', 'x');
SELECT * FROM pg_temp.routed('transforms.outbox.route.tombstone.on.empty.payload', 'true');
SELECT * FROM pg_temp.routed('transforms.outbox.route.tombstone.on.empty.payload', 'true', 'value.converter.replace.null.with.default', 'false');
-- values alone: a tombstone has none
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'transforms', 'o', 'transforms.o.type',
    'io.debezium.transforms.outbox.EventRouter', 'transforms.o.route.tombstone.on.empty.payload', 'true');
-- bytes that are empty are none, but their text is
CREATE TABLE blobs (id int PRIMARY KEY, aggregatetype text, aggregateid text, payload bytea);
INSERT INTO blobs VALUES (4, 'a', 'k', ''), (5, 'a', 'k', NULL);
SELECT * FROM pg_temp.routed('transforms.outbox.route.tombstone.on.empty.payload', 'true', 'table.include.list', 'public.blobs');
SELECT * FROM pg_temp.routed('transforms.outbox.route.tombstone.on.empty.payload', 'true', 'table.include.list', 'public.blobs',
                             'binary.handling.mode', 'base64');
-- masks act before
SELECT * FROM pg_temp.routed('column.mask.with.3.chars', 'public.texts.payload,public.texts.aggregatetype') LIMIT 1;
SELECT pg_temp.next();

-- What names no topic, or none that Kafka can have.
TRUNCATE texts;
INSERT INTO texts VALUES ('00000000-0000-0000-0000-000000000001', NULL, 'k', 'x'), ('00000000-0000-0000-0000-000000000002', '', 'k', 'x'),
                         ('00000000-0000-0000-0000-000000000003', 'a b/ü', 'k', 'x'), ('00000000-0000-0000-0000-000000000004', repeat('x', 300), 'k', 'x'),
                         ('00000000-0000-0000-0000-000000000005', '__walferry.schemas.x', 'k', 'x'), ('00000000-0000-0000-0000-000000000006', E'a\nb', 'k', 'x');
SELECT (r::json)->>'topic' AS topic FROM pg_temp.routed('transforms.outbox.route.topic.replacement', '${routedByValue}') AS r;
SELECT DISTINCT (r::json)->>'topic' AS topic FROM pg_temp.routed() AS r WHERE r LIKE '%"outbox.event."%';
SELECT pg_temp.next();

-- A table that is described anew, as after ANALYZE, repeats no warning.
INSERT INTO texts VALUES ('30000000-0000-0000-0000-000000000001', NULL, 'k', 'x');
ALTER TABLE texts ALTER payload SET STATISTICS 10;
INSERT INTO texts VALUES ('30000000-0000-0000-0000-000000000002', NULL, 'k', 'x');
SELECT count(*) FROM pg_temp.routed();
SELECT pg_temp.next();

-- Payloads that cannot be expanded stay texts: no JSON, too deep, of two types.
INSERT INTO texts SELECT gen_random_uuid(), 'a', 'k', t FROM unnest(ARRAY['no', '{"a":1', repeat('[', 501) || repeat(']', 501), '[1,"a"]', '{"a":1}']) AS t;
SELECT left((r::json)->>'value', 10) AS value, json_typeof((r::json)->'value') AS type FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true') AS r;
-- and the reason is told: of several types, an empty array, too large when it is expanded
SELECT pg_temp.next();
INSERT INTO texts VALUES (gen_random_uuid(), 'a', 'k', '{"d":[1,2.5]}');
SELECT (r::json)->>'value' AS value FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true') AS r;
SELECT pg_temp.next();
INSERT INTO texts VALUES (gen_random_uuid(), 'a', 'k', '[]');
SELECT (r::json)->>'value' AS value FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true') AS r;
SELECT pg_temp.next();
INSERT INTO texts VALUES (gen_random_uuid(), 'a', 'k', '{"a":[{"' || repeat('x', 100) || '":1}' || repeat(',{}', 20) || ']}');
SELECT length((r::json)->>'value') AS length FROM pg_temp.routed('transforms.outbox.table.expand.json.payload', 'true', 'record.max.bytes', '1024') AS r;
SELECT pg_temp.next();

\set VERBOSITY default
-- Predicates keep other tables from it; BEGIN and END pass.
CREATE TABLE other (id int PRIMARY KEY);
BEGIN;
INSERT INTO other VALUES (1);
INSERT INTO texts VALUES ('10000000-0000-0000-0000-000000000001', 'a', 'k', 'x');
COMMIT;
SELECT regexp_replace(r, '"(id|ts_ms|ts_us|ts_ns|txId|lsn|sequence)":("[^"]*"|\d+)', '"\1":V', 'g') FROM pg_temp.routed('predicates', 'isOutbox',
    'predicates.isOutbox.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches', 'predicates.isOutbox.pattern', '.*\.texts',
    'transforms.outbox.predicate', 'isOutbox', 'provide.transaction.metadata', 'true') AS r
 WHERE r NOT LIKE '%public.other",%';
-- other converters are for an EventRouter's records only
SELECT * FROM pg_temp.routed('predicates', 'isOutbox', 'predicates.isOutbox.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.isOutbox.pattern', '.*\.texts', 'transforms.outbox.predicate', 'isOutbox', 'value.converter', 'org.apache.kafka.connect.storage.StringConverter');
-- a router behind would need the topic of each row; what acts on envelopes only may stand there
SELECT * FROM pg_temp.routed('transforms', 'outbox,unwrap', 'transforms.unwrap.type', 'io.debezium.transforms.ExtractNewRecordState', 'table.include.list', 'public.texts');
SELECT * FROM pg_temp.routed('transforms', 'outbox,route', 'transforms.route.type', 'org.apache.kafka.connect.transforms.RegexRouter',
    'transforms.route.regex', 'x', 'transforms.route.replacement', 'y', 'table.include.list', 'public.texts');
-- without one the table lacks what is asked for
SELECT * FROM pg_temp.routed();
SELECT pg_temp.next();
INSERT INTO event(id, aggregatetype, aggregateid, payload) VALUES (5, 'order', 'o', '{}');
SELECT * FROM pg_temp.routed('transforms.outbox.table.field.event.timestamp', 'type');
SELECT * FROM pg_temp.routed('transforms.outbox.table.field.event.schema.version', 'type');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'type:partition');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'tenant:header');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'tenant:header', 'transforms.outbox.table.field.additional.missing', 'ignore');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'tenant:header', 'transforms.outbox.table.fields.additional.error.on.missing', 'false');
SELECT * FROM pg_temp.routed('transforms.outbox.table.field.event.payload', 'raw', 'value.converter', 'org.apache.kafka.connect.storage.StringConverter');
SELECT * FROM pg_temp.routed('value.converter', 'org.apache.kafka.connect.converters.ByteArrayConverter');
SELECT * FROM pg_temp.routed('value.converter', 'org.apache.kafka.connect.storage.StringConverter', 'transforms.outbox.table.fields.additional.placement', 'type:envelope');
-- settings that are ill
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'type');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'type:footer');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'type:envelope:payload');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'shard:partition,version:partition');
SELECT * FROM pg_temp.routed('transforms.outbox.table.fields.additional.placement', 'a:envelope,b:envelope:a');
SELECT * FROM pg_temp.routed('transforms.outbox.table.field.event.id', '');
SELECT * FROM pg_temp.routed('transforms.outbox.table.op.invalid.behavior', 'skip');
SELECT * FROM pg_temp.routed('transforms.outbox.route.topic.regex', '(');
SELECT * FROM pg_temp.routed('transforms.outbox.table.expand.json', 'true');
SELECT * FROM pg_temp.routed('value.converter.delegate.converter.type', 'io.confluent.connect.avro.AvroConverter');
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'value.converter', 'org.apache.kafka.connect.storage.StringConverter');
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'transforms', 'x', 'transforms.x.type', 'io.debezium.transforms.outbox.EventRouter', 'transforms.x.tracing.operation.name', 'y');
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame', 'frame.version', '2', 'transforms', 'x', 'transforms.x.type', 'io.debezium.transforms.outbox.EventRouter');
SELECT pg_temp.next();

-- A row larger than a record can be: an error here, a dead letter with frames.
INSERT INTO texts VALUES ('20000000-0000-0000-0000-000000000001', 'a', 'k', repeat('x', 2000));
SELECT * FROM pg_temp.routed('record.max.bytes', '1024');
SELECT count(*) AS messages FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame', 'record.max.bytes', '1024',
    'transforms', 'x', 'transforms.x.type', 'io.debezium.transforms.outbox.EventRouter');
-- walferry.render shows rows the same way
TRUNCATE texts;
INSERT INTO texts VALUES ('20000000-0000-0000-0000-000000000001', 'a', 'k', 'x');
SELECT convert_from(walferry.render(t, 'output=record', 'transforms=x', 'transforms.x.type=io.debezium.transforms.outbox.EventRouter'), 'UTF8') FROM texts AS t;
DROP TABLE event, texts, other, blobs;
SELECT test.stop();
