-- publication.filter: rows that publications leave out, and partitions that they publish as their root.
SELECT current_setting('server_version_num')::int < 150000 AS is_old \gset
\if :is_old
\quit
\endif
SELECT test.start();
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
    SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn())
$$;
CREATE TABLE f (id int PRIMARY KEY, v int, note text);
CREATE PUBLICATION big FOR TABLE f WHERE (id > 10);

-- an update that enters the filter is a create, one that leaves it a delete
INSERT INTO f VALUES (5, 5, 'below'), (15, 15, 'above');
UPDATE f SET v = v + 1;
UPDATE f SET id = 6 WHERE id = 5;
UPDATE f SET id = 16 WHERE id = 6;
UPDATE f SET id = 7 WHERE id = 15;
UPDATE f SET id = 17 WHERE id = 16;
DELETE FROM f;
SELECT * FROM test.records('publication.filter', 'big');

-- of several publications any lets a row through, each for its operations
CREATE PUBLICATION small FOR TABLE f WHERE (id < 0) WITH (publish = 'insert, update');
CREATE PUBLICATION odd FOR TABLE f WHERE (v % 2 = 1) WITH (publish = 'insert');
CREATE PUBLICATION deletes FOR TABLE f WITH (publish = 'delete');
INSERT INTO f VALUES (1, 1, 'odd'), (2, 2, 'none'), (-3, 4, 'small'), (20, 6, 'big'), (4, NULL, 'null');
UPDATE f SET note = note || '!';
UPDATE f SET id = -4 WHERE id = 4;
UPDATE f SET id = 2 - id WHERE id IN (2, -3);
DELETE FROM f;
SELECT * FROM test.events('publication.filter', 'big, small, odd, deletes');
ALTER PUBLICATION odd SET (publish = 'insert, update');
ALTER PUBLICATION odd SET TABLE f;
INSERT INTO f VALUES (1, 1, 'any'), (2, 2, 'any');
UPDATE f SET note = 'any';
DELETE FROM f;
SELECT * FROM test.events('publication.filter', 'big, odd');

-- the whole old row, large values that have not changed, NULL
ALTER TABLE f REPLICA IDENTITY FULL;
ALTER TABLE f ALTER note SET STORAGE EXTERNAL;
ALTER PUBLICATION big SET TABLE f WHERE (v > 10 AND length(note) > 3000);
INSERT INTO f VALUES (1, 1, repeat('x', 4000)), (2, NULL, repeat('y', 4000)), (3, 20, repeat('z', 4000));
UPDATE f SET v = 30 WHERE id < 3;
UPDATE f SET v = v + 1;
UPDATE f SET note = 'short' WHERE id = 1;
UPDATE f SET v = NULL WHERE id = 2;
DELETE FROM f;
SELECT regexp_replace(line, '(xxx|yyy|zzz)[xyz]+', '\1...', 'g') AS line FROM test.events('publication.filter', 'big') AS line;
ALTER TABLE f REPLICA IDENTITY DEFAULT;
ALTER PUBLICATION big SET TABLE f WHERE (id > 10);
INSERT INTO f VALUES (1, 1, repeat('x', 4000));
UPDATE f SET id = 11;
SELECT * FROM test.events('publication.filter', 'big');
SELECT forget();
DELETE FROM f;

-- an expression that fails
ALTER PUBLICATION big SET TABLE f WHERE (10 / id > 1);
INSERT INTO f VALUES (1, 1, 'x'), (0, 0, 'fails');
\set SHOW_CONTEXT never
SELECT * FROM test.events('publication.filter', 'big');
\set SHOW_CONTEXT errors
SELECT forget();
-- filters of more than operators; the table changes its shape under them
ALTER PUBLICATION big SET TABLE f WHERE (lower(note) LIKE 'x%' COLLATE "C" OR id IN (1, 2, 3) OR note ~ '^[yz]$');
ALTER TABLE f REPLICA IDENTITY FULL;
BEGIN;
INSERT INTO f VALUES (10, 1, 'Xa'), (11, 1, 'a'), (2, 1, NULL), (12, 1, 'z');
ALTER TABLE f ADD w int DEFAULT 3;
INSERT INTO f VALUES (20, 2, 'Xa', 4), (21, 2, 'b', 4);
ALTER TABLE f DROP v;
INSERT INTO f VALUES (30, 'Xb', 5), (31, 'b', 5);
UPDATE f SET id = id + 20 WHERE id IN (20, 21);
ALTER TABLE f ADD twice int GENERATED ALWAYS AS (id * 2) STORED;
ALTER PUBLICATION big SET TABLE f WHERE (twice > 60);
INSERT INTO f VALUES (32, 'c', 5), (3, 'c', 5);
ALTER TABLE f RENAME twice TO double;
INSERT INTO f VALUES (33, 'd', 5), (4, 'd', 5);
COMMIT;
SELECT * FROM test.events('publication.filter', 'big');
-- one that left a whole transaction out left no transaction
INSERT INTO f VALUES (7, 'e', 5);
INSERT INTO f VALUES (77, 'e', 5);
SELECT data::json->>'status', data::json->>'event_count' FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'publication.filter', 'big', 'provide.transaction.metadata', 'true') WHERE data::json->>'status' IS NOT NULL;

-- partitions: their own name, filter and list, or those of the table that is published
CREATE TABLE r (gone int, id int, region text, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
ALTER TABLE r DROP gone;
CREATE TABLE r_eu PARTITION OF r FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE r_eu1 (v int, region text NOT NULL, id int NOT NULL, PRIMARY KEY (region, id));
ALTER TABLE r_eu ATTACH PARTITION r_eu1 FOR VALUES FROM (0) TO (100);
CREATE TABLE r_us PARTITION OF r FOR VALUES IN ('us');
CREATE PUBLICATION whole FOR TABLE r WHERE (id > 1) WITH (publish_via_partition_root = true);
CREATE PUBLICATION leaves FOR TABLE r;
CREATE PUBLICATION leaf FOR TABLE r_eu1 WHERE (id > 2);
CREATE PUBLICATION middle FOR TABLE r_eu (id, region) WITH (publish_via_partition_root = true);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish_via_partition_root = true);
CREATE PUBLICATION schema FOR TABLES IN SCHEMA public;
CREATE FUNCTION peek(names text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', names, 'skipped.operations', 'none')
$$;
-- what PostgreSQL's own plugin publishes, as operations and tables; region is the key lest updates become two events
SELECT forget();
SELECT FROM pg_create_logical_replication_slot('other', 'pgoutput');
CREATE FUNCTION int_at(data bytea, place int) RETURNS bigint LANGUAGE sql AS $$
    SELECT ('x' || encode(substring(data FROM place FOR 4), 'hex'))::bit(32)::bigint
$$;
CREATE FUNCTION of_pgoutput(names text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(translate(chr(get_byte(data, 0)), 'IUDT', 'cudt') || ' ' || int_at(data, place)::oid::regclass ORDER BY n, place)
      FROM pg_logical_slot_peek_binary_changes('other', NULL, NULL, 'proto_version', '1', 'publication_names', names) WITH ORDINALITY AS m(lsn, xid, data, n),
           generate_series(CASE get_byte(data, 0) WHEN 84 THEN 7 ELSE 2 END, CASE get_byte(data, 0) WHEN 84 THEN 3 + 4 * int_at(data, 2)::int ELSE 2 END, 4) AS place
     WHERE get_byte(data, 0) IN (73, 85, 68, 84)
$$;
CREATE FUNCTION of_walferry(names text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s', data::json->>'op', data::json->'source'->>'table') ORDER BY n)
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', names, 'skipped.operations', 'none', 'message.key.columns', '.*:region') WITH ORDINALITY AS m(lsn, xid, data, n)
$$;
CREATE VIEW compared AS
    SELECT names, cardinality(of_walferry(names)) AS events, of_walferry(names) IS NOT DISTINCT FROM of_pgoutput(names) AS same
      FROM (VALUES ('whole'), ('leaves'), ('leaf'), ('leaves, leaf'), ('leaf, leaves'), ('middle'), ('middle, leaves'), ('middle, whole'),
                   ('whole, leaf'), ('everything'), ('schema'), ('schema, leaf'), ('schema, whole'), ('everything, leaf')) AS v(names);
INSERT INTO r VALUES (1, 'eu', 1), (2, 'eu', 2), (3, 'eu', 3), (1, 'us', 1), (2, 'us', 2);
UPDATE r SET id = id + 1 WHERE region = 'eu' AND id = 3;
UPDATE r SET id = 5 WHERE region = 'eu' AND id = 1;
UPDATE r SET id = 0 WHERE region = 'us' AND id = 2;
TRUNCATE r;
TRUNCATE r_eu;
SELECT * FROM peek('whole');
SELECT * FROM peek('leaves');
SELECT * FROM peek('leaf');
SELECT * FROM peek('leaves, leaf');
SELECT * FROM peek('middle');
SELECT * FROM peek('middle, leaves');
SELECT * FROM peek('middle, whole');
SELECT * FROM peek('everything');
SELECT * FROM peek('schema');
SELECT * FROM compared;
SELECT forget(), pg_replication_slot_advance('other', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
-- while it is being decoded
BEGIN;
INSERT INTO r VALUES (1, 'eu', 1), (2, 'eu', 2);
ALTER PUBLICATION whole SET TABLE r (region, id) WHERE (id > 10);
INSERT INTO r VALUES (3, 'eu', 3), (13, 'eu', 3);
ALTER PUBLICATION whole SET TABLE r;
ALTER PUBLICATION whole SET (publish_via_partition_root = false);
INSERT INTO r VALUES (4, 'eu', 4), (14, 'eu', 4);
UPDATE r SET id = id + 20 WHERE id > 3;
ALTER PUBLICATION whole SET (publish_via_partition_root = true);
ALTER TABLE r ADD w int;
ALTER PUBLICATION whole SET TABLE r (region, id, w) WHERE (id > 10);
INSERT INTO r VALUES (5, 'eu', 5, 5), (15, 'eu', 5, 5);
UPDATE r SET id = 40 - id WHERE id > 10;
ALTER TABLE r_eu DETACH PARTITION r_eu1;
INSERT INTO r_eu1 VALUES (6, 'eu', 60, 6);
COMMIT;
SELECT * FROM peek('whole');
SELECT * FROM compared;
SELECT forget();
ALTER TABLE r_eu ATTACH PARTITION r_eu1 FOR VALUES FROM (0) TO (100);
SELECT id, test.short(convert_from(walferry.render(t, 'publication.filter=whole'), 'UTF8')) FROM r AS t ORDER BY id;

SELECT pg_drop_replication_slot('other');
DROP VIEW compared;
DROP FUNCTION of_walferry, of_pgoutput, int_at;
DROP PUBLICATION big, small, odd, deletes, whole, leaves, leaf, middle, everything, schema;
DROP FUNCTION peek, forget;
DROP TABLE f, r;
SELECT test.stop();
