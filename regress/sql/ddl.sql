-- Each row in the shape it had when it was written.
SELECT test.start();
CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, a text);
INSERT INTO s.t VALUES (1, 'one');
ALTER TABLE s.t ADD COLUMN b int DEFAULT 7;
INSERT INTO s.t VALUES (2, 'two');
UPDATE s.t SET a = 'uno' WHERE id = 1;
ALTER TABLE s.t RENAME COLUMN a TO alpha;
INSERT INTO s.t VALUES (3, 'three');
ALTER TABLE s.t ALTER COLUMN b TYPE text USING 'b' || b;
INSERT INTO s.t VALUES (4, 'four', 'bee');
ALTER TABLE s.t DROP COLUMN alpha;
INSERT INTO s.t VALUES (5, 'no alpha');
ALTER TABLE s.t RENAME TO u;
INSERT INTO s.u VALUES (6, 'renamed');
ALTER SCHEMA s RENAME TO z;
INSERT INTO z.u VALUES (7, 'schema renamed');
ALTER TABLE z.u SET SCHEMA public;
INSERT INTO u VALUES (8, 'schema changed');
ALTER TABLE u DROP CONSTRAINT t_pkey, ALTER b SET NOT NULL, ADD PRIMARY KEY (b, id);
INSERT INTO u VALUES (9, 'key changed');
ALTER TABLE u REPLICA IDENTITY FULL;
DELETE FROM u WHERE id = 9;
SELECT * FROM test.records();

-- the same within one transaction, and taken back in part
BEGIN;
INSERT INTO u VALUES (10, 'before');
ALTER TABLE u ADD COLUMN c int;
INSERT INTO u VALUES (11, 'between', 1);
SAVEPOINT a;
ALTER TABLE u ADD COLUMN d int;
INSERT INTO u VALUES (12, 'lost', 1, 2);
ROLLBACK TO a;
INSERT INTO u VALUES (13, 'after', 3);
ALTER TABLE u RENAME TO v;
INSERT INTO v VALUES (14, 'last', 4);
COMMIT;
SELECT * FROM test.events();

-- types: label added, domain and enum renamed, schema of a type
CREATE TYPE color AS ENUM ('red');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE w (id int PRIMARY KEY, c color, p positive);
INSERT INTO w VALUES (1, 'red', 1);
ALTER TYPE color ADD VALUE 'blue';
INSERT INTO w VALUES (2, 'blue', 2);
ALTER TYPE color RENAME TO colour;
ALTER DOMAIN positive RENAME TO plus;
INSERT INTO w VALUES (3, 'red', 3);
SELECT * FROM test.events();

-- The schema's fingerprint covers the names of types and of their schemas.
CREATE SCHEMA s;
CREATE DOMAIN s.d AS int;
CREATE TABLE f (id int PRIMARY KEY, d s.d);
INSERT INTO f VALUES (1);
ALTER SCHEMA s RENAME TO s2;
INSERT INTO f VALUES (2);
ALTER SCHEMA s2 RENAME TO s;
INSERT INTO f VALUES (3);
SELECT id, schema = first_value(schema) OVER (ORDER BY id) AS as_at_first FROM (
    SELECT data::json->'key'->>'id' AS id, data::json->'headers'->>'__walferry.schema' AS schema
      FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record')) AS x;
DROP TABLE f;
DROP SCHEMA s CASCADE;

-- A frame tells a topic once, however often its table changes: here 3 shapes,
-- each of which names the topic, too.
CREATE TABLE often (id int PRIMARY KEY, a int);
BEGIN;
INSERT INTO often VALUES (1);
ALTER TABLE often RENAME a TO b;
INSERT INTO often VALUES (2);
ALTER TABLE often RENAME b TO c;
INSERT INTO often VALUES (3);
COMMIT;
SELECT (length(all_data) - length(replace(all_data, topic, ''))) / length(topic) AS named
  FROM (SELECT string_agg(encode(data, 'hex'), ''), encode('regression.public.often', 'hex')
          FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame')) AS f(all_data, topic);
DROP TABLE often;

-- Several tables may depend on one thing, lose it, and depend on it anew: each
-- change of it tells all that still do, and only those.
CREATE TYPE shade AS ENUM ('dark');
CREATE DOMAIN size AS int;
CREATE TABLE f1 (a int NOT NULL, b int NOT NULL, s size);
CREATE TABLE f2 (id int PRIMARY KEY, s size, sa size[], c shade);
CREATE UNIQUE INDEX m_a ON f1 (a);
CREATE UNIQUE INDEX n_b ON f1 (b);
CREATE FUNCTION test.fill(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO f1 VALUES (n, -n, n);
    INSERT INTO f2 VALUES (n, n, array[n], 'dark');
END $$;
SELECT test.fill(1);
ALTER DOMAIN size RENAME TO measure;
SELECT test.fill(2);
ALTER INDEX n_b RENAME TO a_b;
SELECT test.fill(3);
ALTER DOMAIN measure RENAME TO size;
ALTER TABLE f2 ALTER s TYPE int;
SELECT test.fill(4);
ALTER INDEX a_b RENAME TO n_b;
ALTER TYPE shade ADD VALUE 'light';
SELECT test.fill(5);
ALTER TABLE f1 ADD PRIMARY KEY (b);
ALTER INDEX m_a RENAME TO z_a;
SELECT test.fill(6);
ALTER TABLE f1 DROP CONSTRAINT f1_pkey;
ALTER INDEX z_a RENAME TO a_a;
SELECT test.fill(7);
-- shape: the first row of its table that had the same
SELECT name, "row", key, min("row") OVER (PARTITION BY name, schema) AS shape FROM (
    SELECT r->'value'->'source'->>'table' AS name, r->'key' AS key, r->'headers'->>'__walferry.schema' AS schema,
           row_number() OVER (PARTITION BY r->'value'->'source'->>'table' ORDER BY number) AS "row"
      FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record') WITH ORDINALITY AS d(lsn, xid, data, number),
           LATERAL (SELECT data::json) AS x(r)) AS rows
 ORDER BY name, "row";
DROP TABLE f1, f2;
DROP FUNCTION test.fill;
DROP TYPE shade;
DROP DOMAIN size;

-- Rewrites of the table are no changes of rows.
ALTER TABLE w ALTER p TYPE bigint;
VACUUM FULL w;
CLUSTER w USING w_pkey;
ALTER TABLE w ADD COLUMN r float8 DEFAULT random();
SELECT * FROM test.events();
UPDATE w SET r = 0 WHERE id = 1;
SELECT * FROM test.events();

-- dropped and made again under the same name
DROP TABLE w;
CREATE TABLE w (other text PRIMARY KEY);
INSERT INTO w VALUES ('new');
DROP TABLE w;
SELECT * FROM test.events();

-- What is no table of a user, or not in the WAL, is not captured.
CREATE TEMP TABLE tmp (id int);
CREATE UNLOGGED TABLE unlogged (id int);
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS id;
CREATE UNIQUE INDEX ON mv (id);
CREATE SEQUENCE seq;
INSERT INTO tmp VALUES (1);
INSERT INTO unlogged VALUES (1);
REFRESH MATERIALIZED VIEW mv;
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
SELECT nextval('seq');
CREATE TABLE created AS SELECT g AS id FROM generate_series(1, 3) g;
SELECT * FROM test.events();
-- nor is a transaction of such changes one that Debezium is sent: no BEGIN and END, and what follows names the commit before
CREATE TABLE sent (id int PRIMARY KEY);
CREATE TABLE parted (id int) PARTITION BY LIST (id);
CREATE TABLE counted AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW mv_counted AS SELECT count(*) AS n FROM counted;
CREATE UNIQUE INDEX ON mv_counted (n);
SELECT count(*) AS before FROM test.events();
INSERT INTO sent VALUES (1);
INSERT INTO counted VALUES (2);
SELECT pg_current_wal_insert_lsn() - '0/0' AS committed \gset
REFRESH MATERIALIZED VIEW CONCURRENTLY mv_counted;
INSERT INTO unlogged VALUES (2);
TRUNCATE parted;
SELECT nextval('seq');
UPDATE information_schema.sql_parts SET comments = comments WHERE feature_id = '1';
INSERT INTO sent VALUES (2);
SELECT n FROM mv_counted;
SELECT data::json->'value'->>'status' AS status, data::json->'value'->>'event_count' AS events,
       data::json->'value'->'after' AS after,
       ((data::json->'value'->'source'->>'sequence')::json->>0)::numeric <= :committed AS before_the_refresh
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'provide.transaction.metadata', 'true',
                                   'skipped.operations', 'none', 'table.exclude.list', 'public\.counted');
DROP TABLE sent, parted, counted CASCADE;

-- many tables come and go in one session
DO $$
BEGIN
    FOR i IN 1..400 LOOP
        EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY)', i);
        EXECUTE format('INSERT INTO many_%s VALUES (%s)', i, i);
        EXECUTE format('DROP TABLE many_%s', i);
        COMMIT;
    END LOOP;
END $$;
SELECT count(*), count(DISTINCT data::json->'source'->>'table') AS tables
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
DROP TABLE v, tmp, unlogged, created;
DROP MATERIALIZED VIEW mv;
DROP SEQUENCE seq;
DROP SCHEMA z;
DROP TYPE colour;
DROP DOMAIN plus;
SELECT test.stop();
