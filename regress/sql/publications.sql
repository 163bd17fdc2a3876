-- publication.filter: tables, operations and columns that publications leave out.
SELECT current_setting('server_version_num')::int < 150000 AS is_old \gset
\if :is_old
\quit
\endif
SELECT test.start();
CREATE TABLE a (id int PRIMARY KEY, v int, note text);
CREATE TABLE b (id int PRIMARY KEY, v int);
CREATE SCHEMA s;
CREATE TABLE s.c (id int PRIMARY KEY, v int);
CREATE PUBLICATION only_a FOR TABLE a;
CREATE PUBLICATION inserts FOR TABLE b WITH (publish = 'insert, truncate');
CREATE PUBLICATION "All of S" FOR TABLES IN SCHEMA s WITH (publish = 'update, delete');
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE FUNCTION peek(names text, VARIADIC more text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC ARRAY['publication.filter', names, 'skipped.operations', 'none'] || more)
$$;
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
    SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn())
$$;

-- which tables and operations
INSERT INTO a VALUES (1, 10, 'x');
INSERT INTO b VALUES (2, 20);
INSERT INTO s.c VALUES (3, 30);
UPDATE a SET v = 11;
UPDATE b SET v = 21;
UPDATE s.c SET v = 31;
DELETE FROM a;
DELETE FROM b;
DELETE FROM s.c;
TRUNCATE a, b, s.c;
SELECT * FROM peek('only_a');
SELECT * FROM peek('inserts');
SELECT * FROM peek('"All of S"');
SELECT * FROM peek('inserts, "All of S",only_a');
SELECT count(*) FROM peek('everything, inserts');
SELECT count(*) FROM peek('everything', 'table.exclude.list', 'public\.a');
-- a transaction in which nothing is published is none
SELECT data::json->>'status', data::json->>'event_count' FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', 'inserts', 'provide.transaction.metadata', 'true') WHERE data::json->>'status' IS NOT NULL;
SELECT forget();

-- names: unknown ones, ill-formed ones, none
SELECT * FROM peek('only_a, nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM peek('ALL OF S');
SELECT * FROM peek('only_a,');
SELECT * FROM peek('only_a,,inserts');
SELECT * FROM peek('"only_a');
SELECT * FROM peek('""');
SELECT * FROM peek('');
SELECT * FROM peek(' ');
SELECT * FROM peek((SELECT string_agg('p' || i, ',') FROM generate_series(1, 65) AS i));
SELECT * FROM peek('only_a', 'publish.via.partition.root', 'true');

-- publications that change between transactions and within
ALTER TABLE a REPLICA IDENTITY FULL;
INSERT INTO a VALUES (1, 1, 'told');
INSERT INTO b VALUES (1, 1);
ALTER PUBLICATION only_a ADD TABLE b;
INSERT INTO b VALUES (2, 2);
BEGIN;
INSERT INTO b VALUES (3, 3);
ALTER PUBLICATION only_a DROP TABLE b;
INSERT INTO b VALUES (4, 4);
ALTER PUBLICATION only_a SET TABLE b;
INSERT INTO b VALUES (5, 5);
INSERT INTO a VALUES (2, 2, 'left out');
ALTER PUBLICATION only_a SET (publish = 'delete');
INSERT INTO b VALUES (6, 6);
DELETE FROM b WHERE id = 1;
SAVEPOINT x;
ALTER PUBLICATION only_a SET (publish = 'insert');
INSERT INTO b VALUES (7, 7);
ROLLBACK TO x;
INSERT INTO b VALUES (8, 8);
ALTER PUBLICATION only_a SET (publish = 'insert, update, delete, truncate');
ALTER PUBLICATION only_a SET TABLE a;
COMMIT;
ALTER PUBLICATION only_a ADD TABLES IN SCHEMA s;
INSERT INTO s.c VALUES (4, 4);
CREATE TABLE s.new (id int PRIMARY KEY);
INSERT INTO s.new VALUES (1);
ALTER TABLE s.new SET SCHEMA public;
INSERT INTO new VALUES (2);
ALTER PUBLICATION only_a DROP TABLES IN SCHEMA s;
INSERT INTO s.c VALUES (5, 5);
SELECT * FROM peek('only_a');
DROP TABLE new;
SELECT forget();

-- one that was not there, or not yet, stops the stream
INSERT INTO a VALUES (3, 3, 'before');
ALTER PUBLICATION only_a RENAME TO renamed;
INSERT INTO a VALUES (4, 4, 'after');
\set SHOW_CONTEXT never
SELECT * FROM peek('renamed');
SELECT * FROM peek('only_a');
CREATE PUBLICATION only_a;
SELECT * FROM peek('only_a');
\set SHOW_CONTEXT errors
DROP PUBLICATION only_a;
ALTER PUBLICATION renamed RENAME TO only_a;
SELECT forget();
INSERT INTO a VALUES (5, 5, 'again');
SELECT * FROM peek('only_a');
SELECT forget();
DELETE FROM a;
DELETE FROM b;
SELECT forget();

-- column lists: columns that are not listed are not there
ALTER TABLE a REPLICA IDENTITY DEFAULT;
ALTER TABLE a ADD secret text DEFAULT 'x', ADD upper text GENERATED ALWAYS AS (upper(note)) STORED;
ALTER PUBLICATION only_a SET TABLE a (id, note);
INSERT INTO a VALUES (1, 1, 'one');
UPDATE a SET note = 'uno', v = 2;
UPDATE a SET id = 2;
DELETE FROM a;
SELECT * FROM peek('only_a');
SELECT data::json->'key', data::json->'value'->'after' FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'publication.filter', 'only_a', 'message.key.columns', 'public.a:v,note') WHERE data ~ '"op":"c"';
SELECT * FROM peek('only_a', 'column.exclude.list', 'public\.a\.note');
SELECT * FROM peek('only_a', 'column.include.list', 'public\.a\.(v|note|secret)');
SELECT * FROM peek('only_a', 'include.generated.columns', 'true');
-- two that disagree; a list of all columns agrees with none
\set SHOW_CONTEXT never
SELECT * FROM peek('only_a, everything');
\set SHOW_CONTEXT errors
SELECT forget();
CREATE PUBLICATION whole FOR TABLE a (note, secret, v, id);
INSERT INTO a VALUES (1, 1, 'one');
SELECT * FROM peek('whole, everything');
SELECT * FROM peek('whole, everything', 'include.generated.columns', 'true');
SELECT * FROM peek('whole', 'include.generated.columns', 'true');
SELECT forget();
-- the list changes
BEGIN;
INSERT INTO a VALUES (2, 2, 'two');
ALTER PUBLICATION whole SET TABLE a (id, v);
INSERT INTO a VALUES (3, 3, 'three');
ALTER PUBLICATION whole SET TABLE a;
INSERT INTO a VALUES (4, 4, 'four');
COMMIT;
SELECT * FROM peek('whole');
SELECT forget();
-- a key that the list does not have whole is no key; it must be in it for updates and deletes only
CREATE TABLE k (id int, part int, v int, u int NOT NULL UNIQUE, PRIMARY KEY (id, part));
CREATE PUBLICATION new_rows FOR TABLE k (id, v) WITH (publish = 'insert');
INSERT INTO k VALUES (1, 1, 1, 1);
ALTER PUBLICATION new_rows SET TABLE k (id, v, u);
INSERT INTO k VALUES (2, 2, 2, 2);
SELECT * FROM test.records('publication.filter', 'new_rows');

-- the policy holds beside it
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.a\.note"; table.exclude.list = "public\.b"; publication.filter = everything }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
INSERT INTO a VALUES (5, 5, 'five');
INSERT INTO b VALUES (5, 5);
SELECT * FROM peek('everything');
SELECT * FROM peek('whole');
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all

SELECT forget();

-- a row that is read
ALTER PUBLICATION only_a SET TABLE a (id, note) WHERE (id > 3);
SELECT id, test.short(convert_from(walferry.render(t, 'publication.filter=only_a'), 'UTF8')) FROM a AS t ORDER BY id;
SELECT walferry.render(t, 'publication.filter=only_a') FROM k AS t;
SELECT walferry.render(t, 'publication.filter=nobody') FROM k AS t;

-- more publications and tables than one
DO $$
BEGIN
    FOR i IN 1..60 LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v int)', i);
        EXECUTE format('CREATE PUBLICATION p%s FOR TABLE t%1$s WHERE (id %% 2 = 0)', i);
    END LOOP;
    COMMIT;
    PERFORM forget();
    FOR i IN 1..60 LOOP
        EXECUTE format('INSERT INTO t%s SELECT i, i FROM generate_series(1, 10) AS i', i);
        EXECUTE format('ALTER PUBLICATION p%s SET TABLE t%1$s WHERE (id %% 5 = 0)', i);
        EXECUTE format('UPDATE t%s SET v = v + 1', i);
        COMMIT;
    END LOOP;
END
$$;
SELECT line ~ '^c', count(*) FROM peek((SELECT string_agg('p' || i, ',') FROM generate_series(1, 60) AS i)) AS line GROUP BY 1 ORDER BY 1;
DO $$ BEGIN FOR i IN 1..60 LOOP EXECUTE format('DROP TABLE t%s', i); EXECUTE format('DROP PUBLICATION p%s', i); END LOOP; END $$;

DROP PUBLICATION only_a, inserts, "All of S", everything, whole, new_rows;
DROP FUNCTION peek, forget;
DROP TABLE a, b, k;
DROP SCHEMA s CASCADE;
SELECT test.stop();
