-- Wide, empty and large.
\set SHOW_CONTEXT never
SELECT test.start();

-- 1,600 columns: as many as there can be
DO $$
BEGIN
    EXECUTE 'CREATE TABLE wide (' ||
        (SELECT string_agg(format('"column number %s with a long name" int%s', n, CASE n WHEN 1600 THEN ' PRIMARY KEY' ELSE '' END), ', ')
           FROM generate_series(1, 1600) n) || ')';
    EXECUTE 'INSERT INTO wide VALUES (' || (SELECT string_agg(n::text, ',') FROM generate_series(1, 1600) n) || ')';
END $$;
SELECT (data::json->'key')::text AS key, count(*) AS columns, min(length(v.key)) AS shortest, sum(v.value::int) = 1600 * 1601 / 2 AS sum
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record'),
       json_each_text(data::json->'value'->'after') v
 GROUP BY 1;
SELECT count(*) > 0 AS framed FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');
ALTER TABLE wide REPLICA IDENTITY FULL;
UPDATE wide SET "column number 1600 with a long name" = 0;
SELECT data::json->'headers'->'__debezium.oldkey' AS oldkey FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- none at all
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE nothing_left (id int);
ALTER TABLE nothing_left DROP COLUMN id, REPLICA IDENTITY FULL;
INSERT INTO nothing_left DEFAULT VALUES;
DELETE FROM nothing_left;
TRUNCATE nothing;
SELECT * FROM test.records('skipped.operations', 'none');

-- a text of 5 MB, each character of which is escaped
CREATE TABLE large (id int PRIMARY KEY, t text);
INSERT INTO large VALUES (1, repeat(E'"', 5000000)), (2, repeat(U&'\20AC', 1000000)), (3, 'small');
SELECT length(data::json->'after'->>'t'), md5(data::json->'after'->>'t') = md5(t) AS same
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL), large
 WHERE id = (data::json->'after'->>'id')::int;
SELECT count(*) < 6 AS few_messages, max(length(data)) > 9000000 AS whole
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');

-- a text of 200 MB: an error in textual output, a stub in a frame
INSERT INTO large VALUES (4, repeat('0123456789', 20 * 1024 * 1024)), (5, 'after it');
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
SELECT max(length(data)) < 100000 AS small, string_agg(encode(data, 'escape'), '') ~ 'record.max.bytes' AS stub,
       string_agg(encode(data, 'escape'), '') ~ 'after it' AS goes_on
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');

-- What no record can hold is not read; keys are told. The server itself takes
-- 320 MB to put these values together, so reading them would make 640 of it.
-- A key change whose old row is too large leaves the new one whole.
CREATE TABLE huge (id int PRIMARY KEY, a text, b text, c text, d bytea, e json, f text, g text, h text);
ALTER TABLE huge REPLICA IDENTITY FULL;
INSERT INTO huge SELECT 7001, t, t, t, convert_to(t, 'UTF8'), to_json(t), t, t, t FROM repeat('x', 40000000) AS t;
UPDATE huge SET id = 7002, a = 'n', b = 'e', c = 'w', d = '\x00', e = '"r"', f = 'o', g = 'w', h = '!';
UPDATE huge SET b = repeat('y', 40000000), c = repeat('y', 40000000);
DELETE FROM huge;
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
\c
\set SHOW_CONTEXT never
SELECT count(*) AS messages, max(length(data)) < 100000 AS small,
       (length(string_agg(data::text, '')) - length(replace(string_agg(data::text, ''), encode('record.max.bytes', 'hex'), ''))) / 32 AS stubs,
       string_agg(data::text, '') ~ encode('{"id":7001}', 'hex') AS old_key,
       string_agg(data::text, '') ~ encode('"a":"n","b":"e","c":"w","d":"AA==",', 'hex') AS new_row
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');
SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int < 450000 AS memory_bounded;

-- many rows in one transaction, more than decoding may keep in memory
CREATE TABLE many (id int PRIMARY KEY, t text);
INSERT INTO many SELECT g, 'row ' || g FROM generate_series(1, 20000) g;
SELECT count(*), min((data::json->'after'->>'id')::int), max((data::json->'after'->>'id')::int),
       bool_and((data::json->'after'->>'id')::bigint = n) AS in_order
  FROM (SELECT data, row_number() OVER () AS n FROM pg_logical_slot_peek_changes('regress', NULL, NULL)) c;
SELECT count(*) BETWEEN 100 AND 1000 AS many_to_a_message, max(length(data)) < 40000 AS small
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');
DROP TABLE wide, nothing, nothing_left, large, huge, many;
SELECT test.stop();
