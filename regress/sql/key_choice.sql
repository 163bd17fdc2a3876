-- Which unique index makes the key of a table without a primary key: one that
-- tells rows apart, and with compat=debezium the one that Debezium takes.
CREATE FUNCTION pg_temp.keys(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat(data::json->>'topic', ' ', data::json->'key')
    FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC ARRAY['output', 'record'] || options)
$$;
CREATE FUNCTION pg_temp.both() RETURNS TABLE (ours text, debeziums text) LANGUAGE sql AS $$
  SELECT * FROM ROWS FROM (pg_temp.keys('compat', 'none'), pg_temp.keys('compat', 'debezium'))
$$;
SELECT test.start();
CREATE TABLE partial (a int NOT NULL, b text);
CREATE UNIQUE INDEX ON partial (a) WHERE b = 'x';
CREATE TABLE nullable (a int, b text);
CREATE UNIQUE INDEX ON nullable (a);
CREATE TABLE deferred (a int NOT NULL UNIQUE DEFERRABLE);
CREATE TABLE expression (a int NOT NULL, b int NOT NULL, c int NOT NULL);
CREATE UNIQUE INDEX expression_1 ON expression (a, (b + 1));
CREATE UNIQUE INDEX expression_2 ON expression (c);
CREATE TABLE included (a int NOT NULL, b int);
CREATE UNIQUE INDEX ON included (a) INCLUDE (b);
CREATE TABLE included_pk (a int, b int, PRIMARY KEY (a) INCLUDE (b));
CREATE TABLE identity_index (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX identity_index_1 ON identity_index (a);
CREATE UNIQUE INDEX identity_index_2 ON identity_index (b);
ALTER TABLE identity_index REPLICA IDENTITY USING INDEX identity_index_2;
CREATE TABLE clustered (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX clustered_1 ON clustered (a);
CREATE UNIQUE INDEX clustered_2 ON clustered (b);
CREATE TABLE generated (a int NOT NULL, g int GENERATED ALWAYS AS (a) STORED NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX generated_1 ON generated (a, g);
CREATE UNIQUE INDEX generated_2 ON generated (b);
-- the order is that of bytes
CREATE TABLE names (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX a_index ON names (a);
CREATE UNIQUE INDEX "B_index" ON names (b);
INSERT INTO partial VALUES (1, 'x');
INSERT INTO nullable VALUES (NULL, 'x');
INSERT INTO deferred VALUES (1);
INSERT INTO expression VALUES (1, 2, 3);
INSERT INTO included VALUES (1, 2);
INSERT INTO included_pk VALUES (1, 2);
INSERT INTO identity_index VALUES (1, 2);
INSERT INTO clustered VALUES (1, 2);
CLUSTER clustered USING clustered_2;
INSERT INTO clustered VALUES (3, 4);
ALTER TABLE clustered SET WITHOUT CLUSTER;
INSERT INTO clustered VALUES (5, 6);
INSERT INTO generated VALUES (1, DEFAULT, 2);
INSERT INTO names VALUES (1, 2);
SELECT * FROM pg_temp.both();
DROP TABLE partial, nullable, deferred, expression, included, included_pk, identity_index, clustered, generated, names;
SELECT test.stop();

-- Columns that message.key.columns asks for and a table does not have are told once a session and table, and passed
-- over; signs of the option's own syntax are written as expressions.
SELECT test.start();
CREATE TABLE odd (id int PRIMARY KEY, "a;b" text, "c,d" text, "e:f" text, code text);
INSERT INTO odd VALUES (1, 'x', 'y', 'z', 'c'), (2, 'x', 'y', 'z', 'c');
CREATE TABLE other (id int PRIMARY KEY, code text);
INSERT INTO other VALUES (1, 'c');
ALTER TABLE odd ADD late text;
INSERT INTO odd VALUES (3, 'x', 'y', 'z', 'c');
SELECT pg_temp.keys('message.key.columns', 'public.odd:a\x3bb,c\x2cd,e\x3af,code');
SELECT pg_temp.keys('message.key.columns', 'public.odd:code,nosuch;public\.odd:co.e,"none"');
SELECT pg_temp.keys('message.key.columns', 'public.o(dd|ther):nosuch');
SELECT pg_temp.keys('message.key.columns', 'public.(nowhere):nosuch;.*:a1,a2,a3,a4,a5,a6,a7,a8,a9,a10', 'table.include.list', '.*other');
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'message.key.columns', 'public.odd:nosuch');
-- a column that is disguised in values only
SELECT pg_temp.keys('message.key.columns', 'public.odd:code', 'column.mask.with.3.chars', '.*code', 'table.include.list', '.*odd');
SELECT pg_temp.keys('column.truncate.to.3.chars', '.*', 'table.include.list', '.*odd');
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'message.key.columns', 'public.odd:code', 'column.mask.with.3.chars', '.*code');
-- as many columns as PostgreSQL's own keys may have, and one more
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int DEFAULT %1$s', i), ',')) FROM generate_series(1, 33) AS i); END $$;
INSERT INTO wide DEFAULT VALUES;
SELECT right(key, 30) FROM pg_temp.keys('table.include.list', 'public.wide', 'message.key.columns', 'public.wide:c[1-9],c[12].,c3[0-2]') AS key;
\set SHOW_CONTEXT never
SELECT pg_temp.keys('table.include.list', 'public.wide', 'message.key.columns', 'public.wide:c.*');
DROP TABLE odd, other, wide;
-- A large value of message.key.columns that an update leaves as it was: the identity is the key, whatever columns are left out.
CREATE TABLE chosen (id int PRIMARY KEY, big text NOT NULL, n int, l pg_lsn, x text);
ALTER TABLE chosen ALTER big SET STORAGE EXTERNAL;
INSERT INTO chosen VALUES (1, repeat('k', 9000), 1, '0/1', 'x');
UPDATE chosen SET n = 2;
DELETE FROM chosen;
SELECT left(data::json->>'key', 40) AS key, data::json->'value'->>'op' AS op
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'table.include.list', '.*chosen', 'message.key.columns', 'public\.chosen:big');
SELECT left(data::json->>'key', 40) AS key, data::json->'value'->>'op' AS op
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'table.include.list', '.*chosen', 'message.key.columns', 'public\.chosen:big', 'column.exclude.list', 'public\.chosen\.x');
DROP TABLE chosen;
SELECT test.stop();
