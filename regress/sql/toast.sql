-- Values that were stored out of line and did not change are not in the WAL.
SELECT test.start();
CREATE TABLE doc (id int PRIMARY KEY, n int, t text, v varchar, b bytea, j jsonb, i4 int4[], ta text[], nu numeric);
ALTER TABLE doc ALTER t SET STORAGE EXTERNAL, ALTER v SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL,
    ALTER j SET STORAGE EXTERNAL, ALTER i4 SET STORAGE EXTERNAL, ALTER ta SET STORAGE EXTERNAL,
    ALTER nu SET STORAGE EXTERNAL;
INSERT INTO doc SELECT 1, 1, repeat('t', 5000), repeat('v', 5000), decode(repeat('00', 5000), 'hex'),
    jsonb_build_object('a', repeat('j', 5000)), array_fill(7, array[3000]), array_fill('x'::text, array[3000]),
    repeat('9', 9000)::numeric;
SELECT data::json->'after'->>'t' = repeat('t', 5000) AS t,
       decode(data::json->'after'->>'b', 'base64') = decode(repeat('00', 5000), 'hex') AS b,
       json_array_length(data::json->'after'->'i4') AS i4, json_array_length(data::json->'after'->'ta') AS ta
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
UPDATE doc SET n = 2;
SELECT * FROM test.records();
UPDATE doc SET n = 3;
SELECT * FROM test.records('unavailable.value.placeholder', 'gone');

-- a changed one is there, the others are not
UPDATE doc SET t = repeat('T', 5000);
SELECT data::json->'value'->'after'->>'t' = repeat('T', 5000) AS t, data::json->'value'->'after'->'v' AS v,
       data::json->'headers'->'__walferry.unavailable' AS unavailable
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- FULL has all of it, before and after
ALTER TABLE doc REPLICA IDENTITY FULL;
UPDATE doc SET n = 4;
SELECT data::json->'value'->'before'->>'v' = repeat('v', 5000) AS before,
       data::json->'value'->'after'->>'v' = repeat('v', 5000) AS after,
       data::json->'value'->'after'->'n' AS n,
       json_array_length(data::json->'value'->'before'->'i4') AS before_array,
       json_array_length(data::json->'value'->'after'->'i4') AS after_array,
       data::json->'headers'->'__walferry.unavailable' AS unavailable
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- compressed in line: an ordinary value
UPDATE doc SET n = 5;
CREATE TABLE packed (id int PRIMARY KEY, n int, t text);
INSERT INTO packed VALUES (1, 1, repeat('x', 10000));
UPDATE packed SET n = 2;
SELECT data::json->'source'->>'table' AS t, length(data::json->'after'->>'t')
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
-- where no placeholder fits there is a null, which is shown as the default like others
CREATE TABLE d (id int PRIMARY KEY, n int, b varbit DEFAULT B'101');
ALTER TABLE d ALTER b SET STORAGE EXTERNAL;
INSERT INTO d VALUES (1, 1, repeat('1', 24000)::varbit);
UPDATE d SET n = 2;
SELECT data::json->'after' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'skipped.operations', 'c') WHERE data LIKE '%"table":"d"%';
SELECT data::json->'after' AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'skipped.operations', 'c', 'value.converter.replace.null.with.default', 'false')
 WHERE data LIKE '%"table":"d"%';
DROP TABLE d;
-- a domain has the placeholder of what it is made from; Debezium finds that of arrays by the type's name
CREATE DOMAIN texts AS text[];
CREATE TABLE d (id int PRIMARY KEY, n int, a texts, b text[]);
ALTER TABLE d ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
INSERT INTO d VALUES (1, 1, array_fill('x'::text, ARRAY[3000]), array_fill('x'::text, ARRAY[3000]));
UPDATE d SET n = 2;
SELECT data::json->'after' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'skipped.operations', 'c') WHERE data LIKE '%"table":"d"%';
SELECT data::json->'after' AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'skipped.operations', 'c', 'compat', 'debezium') WHERE data LIKE '%"table":"d"%';
DROP TABLE d;
DROP DOMAIN texts;
DROP TABLE doc, packed;
-- A large identity is logged though it is not changed: before has that, and is not whole.
CREATE TABLE large_key (id text PRIMARY KEY, v text, n int NOT NULL DEFAULT 3);
ALTER TABLE large_key ALTER id SET STORAGE EXTERNAL;
INSERT INTO large_key VALUES (repeat('k', 2100), 'x', 1);
UPDATE large_key SET v = 'y';
SELECT replace(r, repeat('k', 2100), 'KEY') AS record FROM test.records() r;
DROP TABLE large_key;
SELECT test.stop();
