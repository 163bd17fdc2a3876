-- What a record shows decides whether it is too large, what is stored whether it is read.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT test.start();

-- What frames hold, as text: a stub names the option.
CREATE FUNCTION test.frames(VARIADIC options text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(encode(data, 'escape'), '')
      FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, VARIADIC options || '{output,frame,record.max.bytes,1000000}'::text[])
$$;
CREATE FUNCTION test.stubs(frames text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM regexp_matches(frames, 'record\.max\.bytes', 'g')
$$;

-- Bit strings: as bit_out() prints them, of any length.
CREATE TABLE bits (id int PRIMARY KEY, b bit(1), f bit(13), v bit varying, a bit(3)[]);
INSERT INTO bits VALUES (1, '1', '1000000000001', '', '{101,NULL,000}'), (2, '0', '0000000000000', '0000001', '{}'),
    (3, '1', '0101010101010', '1100000000000000000000001', '{110}');
SELECT data::json->>'after' FROM pg_logical_slot_get_changes('regress', NULL, NULL);
-- 2^30 of them, which bit_out() has no room for
INSERT INTO bits SELECT 4, NULL, NULL, v||v||v||v||v||v||v||v, NULL FROM CAST(repeat('1', 1 << 27) AS bit varying) v;
INSERT INTO bits VALUES (6, '1', NULL, '11', NULL);
SELECT test.stubs(f), f ~ '"id":6,"b":true' AS goes_on FROM test.frames() f;

-- Output functions that would need a gigabyte are not asked.
CREATE TABLE printed (id int PRIMARY KEY, x xml);
INSERT INTO printed SELECT 1, CAST('<a>' || repeat('x', 140000000) || '</a>' AS xml);
INSERT INTO printed VALUES (2, '<b/>');
SELECT test.stubs(f), f ~ '<b/>' AS goes_on FROM test.frames() f;

-- A masked, hashed or cut value counts as what is shown.
CREATE TABLE disguised (id int PRIMARY KEY, secret text, other text);
ALTER TABLE disguised REPLICA IDENTITY FULL;
INSERT INTO disguised VALUES (1, repeat('x', 2000000), 'here');
UPDATE disguised SET other = 'there';
SELECT data::json->>'before' AS before, data::json->>'after' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.mask.with.4.chars', 'public\.disguised\.secret');
SELECT data::json->>'before' AS before, data::json->>'after' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.truncate.to.5.chars', 'public\.disguised\.secret');
SELECT data::json->'before'->>'secret' = md5('CzQMA0cB5K' || repeat('x', 2000000)) AS before,
       data::json->'after'->>'secret' = md5('CzQMA0cB5K' || repeat('x', 2000000)) AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.mask.hash.v2', 'MD5;salt=@s1;public\.disguised\.secret');
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000');
SELECT test.stubs(f) FROM test.frames('column.mask.with.4.chars', 'public\.disguised\.secret') f;

-- and in the policy
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.3.chars = "public\.policed\.a"; column.truncate.to.4.chars = "public\.policed\.b"; column.mask.hash.v2 = "MD5;salt=@s1;public\.policed\.c" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
CREATE TABLE policed (id int PRIMARY KEY, a text, b text, c text);
INSERT INTO policed SELECT 1, t, t, t FROM repeat('y', 2000000) t;
SELECT data::json->'after'->>'a' AS a, data::json->'after'->>'b' AS b, data::json->'after'->>'c' = md5('CzQMA0cB5K' || repeat('y', 2000000)) AS c
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'record.max.bytes', '1000000');
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
DROP TABLE policed;

-- An EventRouter looks at its own columns.
CREATE TABLE outbox (id int PRIMARY KEY, aggregatetype text, aggregateid text, type text, payload text, debug text);
INSERT INTO outbox VALUES (1, 'order', 'o1', 't', 'paid', repeat('d', 2000000)), (2, 'order', 'o2', 't', repeat('p', 2000000), NULL);
SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'envelope', 'record.max.bytes', '1000000',
    'table.include.list', 'public\.outbox', 'transforms', 'o', 'transforms.o.type', 'io.debezium.transforms.outbox.EventRouter');
SELECT test.stubs(f), f ~ 'paid' AS first FROM test.frames('table.include.list', 'public\.outbox', 'transforms', 'o', 'transforms.o.type', 'io.debezium.transforms.outbox.EventRouter') f;

-- Of what no record can hold no more is detoasted than has to be. The server itself
-- takes 240 MB to put these values together, so reading them would make 480 of it.
CREATE TABLE heavy (id int PRIMARY KEY, a jsonb, b jsonb, c jsonb, d jsonb, e text[], f text[], g xml, h xml);
INSERT INTO heavy SELECT 1, j, j, j, j, t, t, x, x
  FROM (SELECT jsonb_build_object('k', repeat('x', 30000000)) AS j, array[repeat('x', 30000000)] AS t, CAST(repeat('x', 30000000) AS xml) AS x) v;
-- a few bytes that print as a hundred kilobytes each
INSERT INTO heavy SELECT 2, j, j, j, j FROM (SELECT jsonb_agg(1e131000) AS j FROM generate_series(1, 400)) v;
INSERT INTO heavy SELECT 3, '{"a":1}';
CREATE TABLE heavy_bits (a bit varying, b bit varying, c bit varying, d bit varying, e bit varying, f bit varying, g bit varying, h bit varying);
INSERT INTO heavy_bits SELECT v, v, v, v, v, v, v, v FROM CAST(repeat('1', 1 << 25) AS bit varying) v;
\c
\set SHOW_CONTEXT never
SELECT test.stubs(f), f ~ '"id":3' AS goes_on FROM test.frames() f;
SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int < 330000 AS memory_bounded;

-- Near the limit: what fits is published, whatever it takes to write it.
CREATE FUNCTION test.published(bytes text, VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (published bigint, stubs bigint) LANGUAGE sql AS $$
    WITH made AS MATERIALIZED (SELECT string_agg(encode(data, 'escape'), '') AS f
        FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, VARIADIC options || ARRAY['output', 'frame', 'record.max.bytes', bytes]))
    SELECT (length(f) - length(replace(f, '"after":', ''))) / 8, (length(f) - length(replace(f, 'record.max.bytes', ''))) / 16 FROM made
$$;
CREATE EXTENSION hstore;
CREATE TABLE near (id int PRIMARY KEY, j jsonb, h hstore, a text[], p path, b bit varying);
INSERT INTO near (id, j) SELECT 1, jsonb_agg(i % 10) FROM generate_series(1, 600000) i;
SELECT * FROM test.published('2000000');
INSERT INTO near (id, j) VALUES (2, jsonb_build_object('n', CAST(repeat('7', 131072) AS numeric)));
SELECT * FROM test.published('132000');
INSERT INTO near (id, h) SELECT 3, hstore('k"', repeat('é"', 433000));
SELECT * FROM test.published('2000000', 'hstore.handling.mode', 'map');
INSERT INTO near (id, h) SELECT 4, hstore('k', repeat('x', 1300000));
SELECT * FROM test.published('1400000');
INSERT INTO near (id, a) SELECT 5, array_agg(repeat('y', 100)) FROM generate_series(1, 12500);
SELECT * FROM test.published('1400000', 'array.handling', 'json');
INSERT INTO near (id, p) SELECT 6, CAST('(' || string_agg('(1,2)', ',') || ')' AS path) FROM generate_series(1, 110000);
SELECT * FROM test.published('2600000');
INSERT INTO near (id, b) SELECT 7, CAST(repeat('0', 1 << 24) AS bit varying) || B'1';
SELECT * FROM test.published('1500000');

-- Of a jsonb that no record can hold the beginning is read: enough for what is cut, and for nothing else.
CREATE TABLE begun (id int PRIMARY KEY, j jsonb);
ALTER TABLE begun REPLICA IDENTITY FULL;
INSERT INTO begun SELECT 1, to_jsonb(repeat('abcdefgh', 170000));
UPDATE begun SET j = to_jsonb(repeat('ABCDEFGH', 170000));
SELECT data::json->'before'->>'j' AS before, data::json->'after'->>'j' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.truncate.to.12.chars', 'public\.begun\.j');
SELECT * FROM test.published('1000000', 'skip.messages.without.change', 'true');
-- what is not shown counts where it is compared
UPDATE begun SET j = NULL;
SELECT * FROM test.published('1000000', 'skip.messages.without.change', 'true');
UPDATE begun SET j = to_jsonb(repeat('abcdefgh', 170000));
UPDATE begun SET j = NULL;
SELECT encode(data, 'escape') ~ '"id":1,"j":null' AS null_published, (length(encode(data, 'escape')) - length(replace(encode(data, 'escape'), 'record.max.bytes', ''))) / 16 AS stubs
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame', 'record.max.bytes', '1000000', 'skip.messages.without.change', 'true',
                                          'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState');
CREATE TABLE begun_elements (id int PRIMARY KEY, j jsonb[]);
ALTER TABLE begun_elements REPLICA IDENTITY FULL;
INSERT INTO begun_elements SELECT 1, ARRAY[to_jsonb(repeat('abcdefgh', 170000) || 'x')];
UPDATE begun_elements SET j = ARRAY[to_jsonb(repeat('abcdefgh', 170000) || 'y')];
SELECT * FROM test.published('1000000', 'skip.messages.without.change', 'true');
-- no empty payload, so no tombstone
CREATE TABLE outbox_json (id int PRIMARY KEY, aggregatetype text, aggregateid text, type text, payload jsonb);
INSERT INTO outbox_json SELECT 1, 'order', '42', 't', to_jsonb(repeat('p', 1350000));
INSERT INTO outbox_json SELECT 2, 'order', '42', 't', to_jsonb(CAST(repeat('7', 131072) AS numeric));
SELECT * FROM test.published('100000', 'table.include.list', 'public\.outbox_json', 'transforms', 'o', 'transforms.o.type', 'io.debezium.transforms.outbox.EventRouter',
    'transforms.o.route.tombstone.on.empty.payload', 'true');
-- deeper than what is walked by recursion
INSERT INTO begun SELECT 2, CAST(repeat('[', 300) || '"' || repeat('\u0001', 1000000) || '"' || repeat(']', 300) AS jsonb);
SELECT * FROM test.published('3000000');

DROP TABLE bits, printed, disguised, outbox, heavy, heavy_bits, near, begun, begun_elements, outbox_json;
DROP EXTENSION hstore;
DROP FUNCTION test.frames, test.published, test.stubs;
SELECT test.stop();
