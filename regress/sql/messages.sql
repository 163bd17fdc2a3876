-- Logical messages, in a transaction and outside.
SELECT test.start();
SELECT pg_logical_emit_message(true, 'app', 'hello') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(false, 'app', 'at once') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'bytes', '\x00ff0a'::bytea) IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, '', '') IS NOT NULL AS sent;
SELECT * FROM test.envelopes();

-- A transaction that is rolled back takes only its own with it.
BEGIN;
SELECT pg_logical_emit_message(true, 'app', 'lost') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(false, 'app', 'kept') IS NOT NULL AS sent;
ROLLBACK;
-- (only a commit makes sure that the WAL before it can be read)
SELECT pg_logical_emit_message(true, '__walferry', '') IS NOT NULL AS flushed;
SELECT test.blank(data::json->>'value') FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- Order: outside of a transaction at once, inside at its place.
CREATE TABLE t (id int PRIMARY KEY);
BEGIN;
INSERT INTO t VALUES (1);
SELECT pg_logical_emit_message(false, 'app', 'first') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'app', 'second') IS NOT NULL AS sent;
INSERT INTO t VALUES (2);
COMMIT;
SELECT data::json->'key' AS key, data::json->'value'->>'op' AS op,
       convert_from(decode(data::json->'value'->'message'->>'content', 'base64'), 'UTF8') AS content,
       substr(data::json->'headers'->>'__walferry.position', 35, 16) = '0000000000000000' AS outside
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- Their topic has a dot, as Debezium's.
SELECT pg_logical_emit_message(true, 'app', 'x') IS NOT NULL AS sent;
INSERT INTO t VALUES (3);
SELECT data::json->>'topic' AS topic FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'topic.prefix', 'p', 'topic.delimiter', '-', 'provide.transaction.metadata', 'true');

-- The shipper's own are never events.
SELECT pg_logical_emit_message(true, '__walferry', 'mark') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(false, '__walferry', 'mark') IS NOT NULL AS sent;
SELECT pg_logical_emit_message(true, 'ünï"cødé', '') IS NOT NULL AS sent;
SELECT data::json->'key' AS key FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');
DROP TABLE t;
SELECT test.stop();
