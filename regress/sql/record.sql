-- Output "record": one line per Kafka record, tombstones included.
SELECT test.start();
CREATE TABLE line (order_id int, position int, sku text, PRIMARY KEY (position, order_id));
INSERT INTO line VALUES (10, 1, 'a');
UPDATE line SET sku = 'b';
DELETE FROM line;
SELECT * FROM test.records();

-- without tombstones, without our own headers
INSERT INTO line VALUES (10, 1, 'a');
DELETE FROM line;
SELECT * FROM test.records('tombstones.on.delete', 'false');
INSERT INTO line VALUES (10, 1, 'a');
DELETE FROM line;
SELECT * FROM test.records('walferry.headers.enabled', 'false', 'topic.prefix', 'p');

-- no key at all
CREATE TABLE log (entry text);
ALTER TABLE log REPLICA IDENTITY FULL;
INSERT INTO log VALUES ('x');
DELETE FROM log;
SELECT * FROM test.records();

-- A table's shape has one fingerprint, whatever session; another shape another.
INSERT INTO log VALUES ('y');
SELECT data::json->'headers'->>'__walferry.schema' AS fingerprint
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record') \gset
SELECT length(:'fingerprint') AS digits,
       data::json->'headers'->>'__walferry.schema' = :'fingerprint' AS same
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');
ALTER TABLE log ADD COLUMN at timestamptz;
INSERT INTO log VALUES ('z');
SELECT data::json->'headers'->>'__walferry.schema' = :'fingerprint' AS same
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- Positions: unique, rising, and the same in every session.
INSERT INTO log VALUES ('1'), ('2'), ('3');
INSERT INTO line VALUES (1, 1, 'a');
UPDATE line SET order_id = 2;
CREATE TEMP TABLE seen AS
    SELECT row_number() OVER () AS n, data::json->'headers'->>'__walferry.position' AS position
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record');
SELECT count(*), count(DISTINCT position) AS distinct_positions,
       bool_and(position ~ '^(\w{16}/){3}\w{16}$') AS well_formed,
       array_agg(position ORDER BY n) = array_agg(position ORDER BY position COLLATE "C") AS rising
  FROM seen;
SELECT array_agg(data::json->'headers'->>'__walferry.position') =
       (SELECT array_agg(position ORDER BY n) FROM seen) AS same_again
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record');
SELECT DISTINCT left(data::json->'headers'->>'__walferry.position', 16) AS epoch
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'position.epoch', '255');

-- Debezium's context headers: one run is one session.
INSERT INTO log VALUES ('a'), ('b');
SELECT count(*), count(DISTINCT headers->>'__debezium.context.runId') AS runs,
       bool_and(headers->>'__debezium.context.runId' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') AS version_7,
       array_agg(DISTINCT concat_ws(' ', headers->>'__debezium.context.connectorLogicalName', headers->>'__debezium.context.taskId',
                                    headers->>'__debezium.context.connectorName')) AS connector,
       min(headers->>'__debezium.context.runId') AS run
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'extended.headers.enabled', 'true') AS c,
       LATERAL (SELECT c.data::json->'headers') AS h(headers) \gset
SELECT :'count' AS records, :'runs' AS runs, :'version_7' AS version_7, :'connector' AS connector;
SELECT bool_or(data::json->'headers'->>'__debezium.context.runId' = :'run') AS same_run
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'extended.headers.enabled', 'true');
DROP TABLE line, log, seen;
SELECT test.stop();
