\set SHOW_CONTEXT never
-- Filters, masks, hashes, truncation and keys. Tables, options and results are those recorded from
-- Debezium 3.7.0 (regress/golden: o_filters) where it says so.
CREATE TABLE f_user (id int PRIMARY KEY, name text, email varchar(50), ssn char(11), age int, bio text, secret bytea);
ALTER TABLE f_user REPLICA IDENTITY FULL;
CREATE TABLE f_order (id int PRIMARY KEY, user_id int, ref text NOT NULL, total numeric(10,2));
CREATE TABLE f_nopk (a int, b text, c text);
CREATE TABLE f_hidden (id int PRIMARY KEY, v text);
SELECT test.start();
INSERT INTO f_user VALUES (1, 'Ann', 'ann@example.org', '123-45-6789', 30, 'long biography text', '\x0102'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL), (3, '', '', '', 0, 'short', '\x'),
    (4, '日本語テキスト', 'e@x', '1', 5, 'émoji 😀😀😀😀😀😀😀😀', '\xff');
UPDATE f_user SET age = 31 WHERE id = 1;
DELETE FROM f_user WHERE id = 2;
INSERT INTO f_order VALUES (1, 7, 'r-1', 10.5);
UPDATE f_order SET ref = 'r-2' WHERE id = 1;
UPDATE f_order SET id = 2 WHERE id = 1;
DELETE FROM f_order WHERE id = 2;
INSERT INTO f_nopk VALUES (1, 'b', 'c'), (NULL, 'b2', 'c2');
INSERT INTO f_hidden VALUES (1, 'h');
SELECT pg_logical_emit_message(true, 'pfx', 'one') IS NOT NULL AND pg_logical_emit_message(false, 'other', 'two') IS NOT NULL AS emitted;

CREATE FUNCTION test.peek(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options)
$$;
CREATE FUNCTION test.peek_keys(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s', data::json->>'topic', data::json->'key')
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[])
$$;

-- tables
SELECT split_part(e, ':', 1) AS event, count(*) FROM test.peek('table.exclude.list', 'public.f_hidden,public.f_user') AS e GROUP BY 1 ORDER BY 1;
SELECT split_part(e, ':', 1) AS event, count(*) FROM test.peek('table.include.list', 'PUBLIC\.F_(user|nopk)') AS e GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM test.peek('schema.exclude.list', 'public') AS e;
SELECT count(*) FROM test.peek('table.include.list', '', 'schema.include.list', ' ', 'message.prefix.include.list', 'x') AS e;
-- messages
SELECT * FROM test.peek_keys('message.prefix.include.list', 'pfx,ctx', 'table.exclude.list', '.*');
SELECT * FROM test.peek_keys('message.prefix.exclude.list', 'P.*', 'table.exclude.list', '.*');
-- columns: Debezium's column_include, column_exclude
SELECT * FROM test.peek('column.include.list', 'public.f_user.(id|name),public.f_order.id,public.f_nopk.a,public.f_hidden.v', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek('column.exclude.list', 'public.f_user.ssn,public.f_user.bio,public.f_order.total', 'message.prefix.include.list', 'x');
-- mask_chars, mask_hash, truncate_chars
SELECT * FROM test.peek('column.mask.with.5.chars', 'public.f_user.(name|ssn|bio|secret),public.f_order.ref', 'column.mask.with.0.chars', 'public.f_nopk.b', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek('column.mask.hash.v1', 'SHA-256;salt=@s1;public.f_user.(name|ssn),public.f_order.ref', 'column.mask.hash.v2', 'SHA-512;salt=@s2;public.f_user.bio', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek('column.truncate.to.4.chars', 'public.f_user.(name|bio|email),public.f_order.ref', 'message.prefix.include.list', 'x');
-- every algorithm
SELECT a, (SELECT substring(e FROM 'ref":"(\w+)"') FROM test.peek('column.mask.hash.v2', a || ';salt=@s1;public.f_order.ref', 'table.include.list', 'public.f_order') AS e LIMIT 1)
           = encode(h, 'hex') AS right_hash
  FROM (VALUES ('MD5', decode(md5('CzQMA0cB5Kr-1'), 'hex')), ('sha-224', sha224('CzQMA0cB5Kr-1')), ('SHA-256', sha256('CzQMA0cB5Kr-1')),
               ('SHA-384', sha384('CzQMA0cB5Kr-1')), ('SHA-512', sha512('CzQMA0cB5Kr-1'))) AS t(a, h);
-- key_columns; a key shows what a mask hides
SELECT * FROM test.peek_keys('message.key.columns', 'public.f_user:email;public.f_nopk:a,b;public.f_order:ref,user_id', 'message.prefix.include.list', 'x', 'compat', 'debezium');
SELECT * FROM test.peek_keys('message.key.columns', 'public.f_order:ref,user_id', 'table.include.list', 'public.f_order', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek_keys('column.mask.with.5.chars', '.*', 'message.key.columns', 'public.f_nopk:b', 'table.include.list', 'public.f_nopk', 'message.prefix.include.list', 'x');

-- an empty list is as one that is not given
SELECT count(*) > 0 AS accepted FROM test.peek('column.mask.with.5.chars', '', 'column.truncate.to.5.chars', ' ', 'table.include.list', '');

-- what is refused
SELECT test.peek('column.mask.with.5.chars', ',');
SELECT test.peek('column.mask.with.x.chars', '');
SELECT test.peek('table.include.list', 'a', 'table.exclude.list', 'b');
SELECT test.peek('table.include.list', 'public.(a');
SELECT test.peek('table.include.list', '[a&&b]');
SELECT test.peek('column.mask.with.x.chars', 'a');
SELECT test.peek('column.mask.hash.SHA-256.with.salt.secret', 'a');
SELECT test.peek('column.mask.hash.v2', 'SHA-256;salt=secret;a');
SELECT test.peek('column.mask.hash.v2', 'SHA-256;salt=@nobody;a');
SELECT test.peek('column.mask.hash.v2', 'SHA-3;salt=@s1;a');
SELECT test.peek('message.key.columns', 'public.f_user');
SELECT test.peek('message.key.columns', 'public.f_user:id:name');
-- An excluded column is not even read, however large; the key keeps it.
CREATE TABLE f_large (id text PRIMARY KEY, t text);
INSERT INTO f_large VALUES ('k', repeat('x', 100000));
SELECT * FROM test.peek('table.include.list', 'public.f_large', 'column.exclude.list', '.*\.(t|id)', 'record.max.bytes', '2000', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek_keys('table.include.list', 'public.f_large', 'column.exclude.list', '.*\.(t|id)', 'message.prefix.include.list', 'x');

-- A schema that is renamed takes its tables along, in and out of a list.
CREATE SCHEMA f_one; CREATE TABLE f_one.t (id int PRIMARY KEY);
INSERT INTO f_one.t VALUES (1); ALTER SCHEMA f_one RENAME TO f_two; INSERT INTO f_two.t VALUES (2); ALTER SCHEMA f_two RENAME TO f_one; INSERT INTO f_one.t VALUES (3);
SELECT * FROM test.peek('schema.include.list', 'f_two', 'message.prefix.include.list', 'x');
SELECT * FROM test.peek('schema.include.list', 'f_one', 'message.prefix.include.list', 'x');

-- Many asterisks are kept once per table, and what is wider than a record is told as such.
SELECT format('CREATE TABLE f_wide (id int PRIMARY KEY, %s)', string_agg(format('c%s text', i), ', ')) FROM generate_series(1, 100) i \gexec
INSERT INTO f_wide (id) VALUES (1);
SELECT (data::json->'after'->>'c1') = repeat('*', 20000) AS first, (data::json->'after'->>'c100') = repeat('*', 20000) AS last
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'column.mask.with.20000.chars', 'public.f_wide.*', 'message.prefix.include.list', 'x', 'table.include.list', '.*wide');
SELECT test.peek('column.mask.with.1000000.chars', 'public.f_wide.*', 'message.prefix.include.list', 'x', 'table.include.list', '.*wide');
DROP TABLE f_wide;

-- Types on which masks and truncations do not act are told of, once; not those of columns that are left out, and anew when there is another.
CREATE DOMAIN f_email AS varchar(60);
CREATE TABLE f_types (id int PRIMARY KEY, j jsonb, b bytea, u uuid, a text[], d f_email, n int, gone jsonb);
INSERT INTO f_types VALUES (1, '{}', '\x00', 'ab8ac4da-9b53-4ba2-b9e5-1c5f2f3b1b1b', '{x}', 'ann@example.org', 5, '{}');
SELECT * FROM test.peek('table.include.list', 'public.f_types', 'message.prefix.include.list', 'x', 'column.mask.with.3.chars', 'public.f_types.(d|j|b|u|a|gone)', 'column.exclude.list', 'public.f_types.gone');
SELECT * FROM test.peek('table.include.list', 'public.f_types', 'message.prefix.include.list', 'x', 'column.truncate.to.2.chars', 'public.f_types.[jbuadn]', 'column.exclude.list', 'public.f_types.gone');
SELECT * FROM test.peek('table.include.list', 'public.f_types', 'message.prefix.include.list', 'x', 'column.mask.with.3.chars', 'public.f_types.d', 'column.truncate.to.20.chars', 'public.f_types.n');
INSERT INTO f_types (id) VALUES (2);
ALTER TABLE f_types ADD j2 jsonb;
INSERT INTO f_types (id) VALUES (3);
SELECT count(*) FROM test.peek('table.include.list', 'public.f_types', 'message.prefix.include.list', 'x', 'column.mask.with.3.chars', 'public.f_types.j.*');
DROP TABLE f_types;
DROP DOMAIN f_email;

-- walferry.render() has the same rules
SELECT convert_from(walferry.render(t, 'column.mask.with.3.chars=.*name', 'column.exclude.list=.*\.(id|age|bio|secret|ssn)'), 'UTF8')::json->'after' FROM f_user AS t ORDER BY id LIMIT 1;
SELECT walferry.render(t, 'table.exclude.list=.*f_user') FROM f_user AS t;

-- A match that takes too long is neither in nor out.
CREATE TABLE f_a_table_whose_name_is_long_enough_to_go_back_in (id int PRIMARY KEY);
INSERT INTO f_a_table_whose_name_is_long_enough_to_go_back_in VALUES (1);
SELECT test.peek('table.exclude.list', '(\w+|\W+)+\d\d\d', 'schema.include.list', 'public', 'message.prefix.include.list', 'x');
DROP TABLE f_a_table_whose_name_is_long_enough_to_go_back_in;

SELECT test.stop();
DROP SCHEMA f_one CASCADE;
DROP TABLE f_user, f_order, f_nopk, f_hidden, f_large;
DROP FUNCTION test.peek, test.peek_keys;
