-- walferry.policy and partitions: a rule for a partitioned table is one for all that is below it, whatever is published as what.
CREATE TABLE pt (id int, ssn text, note text, n int, up text GENERATED ALWAYS AS (upper(ssn)) STORED, PRIMARY KEY (id, ssn)) PARTITION BY RANGE (id);
CREATE TABLE pt_mid PARTITION OF pt FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
-- other order of columns
CREATE TABLE pt_low (n int, note text, ssn text NOT NULL, up text GENERATED ALWAYS AS (upper(ssn)) STORED, id int NOT NULL, PRIMARY KEY (id, ssn));
ALTER TABLE pt_mid ATTACH PARTITION pt_low FOR VALUES FROM (0) TO (50);
CREATE TABLE pt_side PARTITION OF pt FOR VALUES FROM (100) TO (200);
CREATE TABLE other (id int, ssn text, note text, n int, PRIMARY KEY (id, ssn)) PARTITION BY RANGE (id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM (0) TO (100);
CREATE TABLE plain (id int PRIMARY KEY, ssn text, note text, n int);
CREATE PUBLICATION direct FOR TABLE pt;
CREATE PUBLICATION through FOR TABLE pt WITH (publish_via_partition_root);
SELECT test.start();
INSERT INTO pt VALUES (1, 'secret', 'a note', 1), (101, 'secret', 'a note', 2);
UPDATE pt SET n = n + 10 WHERE id = 1;
INSERT INTO other VALUES (2, 'open', 'a note', 3);
INSERT INTO plain VALUES (3, 'open', 'a note', 4);
CREATE FUNCTION test.peek(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{include.generated.columns,true}'::text[])
$$;
LOAD 'walferry';

-- columns that are left out or changed, by the name of the root and of the table between
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.pt\.ssn"; column.mask.with.4.chars = "public\.pt_mid\.note" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT * FROM test.peek('publish.via.partition.root.include.list', 'public\.pt_mid');
SELECT * FROM test.peek('publication.filter', 'direct');
SELECT * FROM test.peek('publication.filter', 'through');
-- keys, headers and schemas of all of them
SELECT count(*) AS records, count(*) FILTER (WHERE data ~* 'secret|ssn') AS leaks
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'schemas.enable', 'true', 'include.generated.columns', 'true', 'table.include.list', 'public\.pt.*', 'message.key.columns', '.*:id,ssn,note');
-- a row that is read
SELECT convert_from(walferry.render(t), 'UTF8')::json->'after' AS after FROM pt_low AS t;

-- tables that are left out: by the name of the root, by that of the table between
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = "public\.pt" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT * FROM test.peek('publish.via.partition.root.include.list', 'public\.pt_mid');
SELECT * FROM test.peek('publication.filter', 'direct');
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = "public\.pt_mid" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');

-- lists of what may be published: of the root, with all that is below; of one partition, which may not leave by another name
ALTER SYSTEM SET walferry.policy = 'regression/* { table.include.list = "public\.pt"; column.include.list = "public\.pt\.(id|n)" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');
ALTER SYSTEM SET walferry.policy = 'regression/* { table.include.list = "public\.pt_low" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');
-- two parts: what either keeps back is kept back
ALTER SYSTEM SET walferry.policy = 'regression/* { table.include.list = "public\.pt" } */* { table.include.list = "public\.pt_.*"; column.include.list = "public\.pt_low\.n, public\.pt\.id" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');
-- a client's lists go by the name that is published
SELECT * FROM test.peek('table.include.list', 'public\.pt');

-- attached and detached in mid-stream: at the very row
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "(public|s)\.pt\.ssn" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
BEGIN;
INSERT INTO other VALUES (10, 'alone', 'a note', 1);
ALTER TABLE other DETACH PARTITION other_1;
ALTER TABLE other_1 ADD up text GENERATED ALWAYS AS (upper(ssn)) STORED;
INSERT INTO other_1 VALUES (11, 'alone', 'a note', 2);
DELETE FROM other_1;
ALTER TABLE pt_mid ATTACH PARTITION other_1 FOR VALUES FROM (50) TO (100);
INSERT INTO other_1 VALUES (51, 'secret', 'a note', 3);
ALTER TABLE pt DETACH PARTITION pt_mid;
INSERT INTO pt_mid VALUES (52, 'alone', 'its tree is detached', 4);
INSERT INTO pt_mid VALUES (12, 'alone', 'its tree is detached', 5);
ALTER TABLE pt ATTACH PARTITION pt_mid FOR VALUES FROM (0) TO (100);
INSERT INTO pt VALUES (53, 'secret', 'its tree is back', 6);
INSERT INTO pt VALUES (13, 'secret', 'its tree is back', 7);
ALTER TABLE pt_mid DETACH PARTITION other_1;
INSERT INTO other_1 VALUES (54, 'alone', 'detached', 8);
ALTER TABLE pt RENAME TO pt2;
INSERT INTO pt2 VALUES (14, 'alone', 'not that name', 9);
ALTER TABLE pt2 RENAME TO pt;
INSERT INTO pt VALUES (15, 'secret', 'that name', 10);
CREATE SCHEMA s;
ALTER TABLE pt SET SCHEMA s;
INSERT INTO s.pt VALUES (16, 'secret', 'a schema of the list', 11);
COMMIT;
ALTER SCHEMA s RENAME TO s2;
INSERT INTO s2.pt VALUES (17, 'alone', 'another schema', 12);
SELECT * FROM test.peek();
SELECT * FROM test.peek('publish.via.partition.root', 'true');

-- a default of the root's column: hidden by a rule for the root, not by one for a partition alone
CREATE TABLE pd (id int PRIMARY KEY, code text DEFAULT 'usual', pin text DEFAULT '0000') PARTITION BY RANGE (id);
CREATE TABLE pd_1 PARTITION OF pd FOR VALUES FROM (0) TO (100);
CREATE TABLE pd_2 PARTITION OF pd FOR VALUES FROM (100) TO (200);
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
INSERT INTO pd VALUES (1, DEFAULT, DEFAULT), (2, 'mine', '1234'), (101, DEFAULT, DEFAULT), (102, 'mine', '1234');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.pd_1\.code"; column.exclude.list = "public\.pd_1\.pin" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
CREATE FUNCTION test.defaults() RETURNS TABLE (after json, defaults text) LANGUAGE sql AS $$
    SELECT e->'payload'->'after', (SELECT string_agg(format('%s=%s', f->>'field', f->>'default'), ' ') FROM json_array_elements(e->'schema'->'fields') AS s, json_array_elements(s->'fields') AS f
                                     WHERE s->>'field' = 'after')
      FROM (SELECT data::json FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'schemas.enable', 'true', 'publish.via.partition.root', 'true')) AS d(e)
$$;
SELECT * FROM test.defaults();
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.pd\.(code|pin)" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.defaults();
DROP FUNCTION test.defaults;
DROP TABLE pd;

-- a column that is generated in the partition only, as servers up to 15 allow: hidden wherever a value of the partition is,
-- whichever the rule, and be it of a column that the root does not tell
CREATE TABLE pg (id int PRIMARY KEY, secret text, shown text) PARTITION BY LIST (id);
CREATE TABLE pg_1 (id int PRIMARY KEY, secret text, shown text GENERATED ALWAYS AS (upper(secret)) STORED);
DO $$
BEGIN
    ALTER TABLE pg ATTACH PARTITION pg_1 FOR VALUES IN (1);
EXCEPTION WHEN datatype_mismatch THEN
    -- later servers refuse it; NULL looks the same
    ALTER TABLE pg_1 ALTER shown DROP EXPRESSION;
    ALTER TABLE pg ATTACH PARTITION pg_1 FOR VALUES IN (1);
END $$;
CREATE TABLE pg_2 PARTITION OF pg FOR VALUES IN (2);
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
DO $$
BEGIN
    CREATE PUBLICATION listed FOR TABLE pg (id, shown) WITH (publish_via_partition_root, publish = 'insert');
EXCEPTION WHEN syntax_error THEN
    -- no column lists up to 14
    CREATE PUBLICATION listed FOR TABLE pg WITH (publish_via_partition_root, publish = 'insert');
END $$;
INSERT INTO pg_1 (id, secret) VALUES (1, 'hidden');
UPDATE pg_1 SET secret = 'hidden too';
INSERT INTO pg VALUES (2, 'secret', 'plain');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.pg\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT data::json->'after'->'shown' AS shown FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', 'listed');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.pg\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT data::json->'after'->'shown' AS shown FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', 'listed');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.pg_1\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT data::json->'after'->'shown' AS shown FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'publication.filter', 'listed');
DROP PUBLICATION listed;
DROP TABLE pg;

-- a row that is read by way of a partitioned table does not tell its partition: refused where a partition below has rules of its own, only there
CREATE TABLE pr (id int PRIMARY KEY, secret text) PARTITION BY LIST (id);
CREATE TABLE pr_1 PARTITION OF pr FOR VALUES IN (1);
CREATE TABLE pr_mid PARTITION OF pr FOR VALUES IN (2, 3) PARTITION BY LIST (id);
CREATE TABLE pr_2 (secret text, id int PRIMARY KEY);
ALTER TABLE pr_mid ATTACH PARTITION pr_2 FOR VALUES IN (2);
CREATE TABLE pr_3 (id int PRIMARY KEY, secret text);
INSERT INTO pr VALUES (1, 'one'), (2, 'two');
\set rendered 'test.short(convert_from(walferry.render(t, ''publish.via.partition.root=true''), ''UTF8'')) AS rendered'
\set SHOW_CONTEXT never
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.pr_1\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM pr AS t;
SELECT :rendered FROM pr_1 AS t;
-- what is not below has none
SELECT :rendered FROM pr_mid AS t;
SELECT :rendered FROM pr_2 AS t;
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = "public\.pr_2" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM pr AS t;
SELECT :rendered FROM pr_mid AS t;
SELECT :rendered FROM pr_1 AS t;
SELECT :rendered FROM pr_2 AS t;
ALTER SYSTEM SET walferry.policy = 'regression/* { table.include.list = "public\.pr, public\.pr_mid"; column.exclude.list = "public\.pg.*"; column.truncate.to.1.chars = "public\.pr.*\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM pr AS t;
SELECT :rendered FROM pr_mid AS t;
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.pr_3\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
-- at the row from which on it is so, within one call site
DO $$
DECLARE
    r pr;
BEGIN
    FOR i IN 1..3 LOOP
        IF i = 3 THEN
            ALTER TABLE pr_mid ATTACH PARTITION pr_3 FOR VALUES IN (3);
        END IF;
        r.id := i;
        r.secret := 'secret';
        RAISE NOTICE '%', test.short(convert_from(walferry.render(r, 'publish.via.partition.root=true'), 'UTF8'));
    END LOOP;
END $$;
SELECT :rendered FROM pr AS t;
-- so it is of tables that inherit; each has the rules of its own name
CREATE TABLE par (id int PRIMARY KEY, secret text);
CREATE TABLE "Chi" (extra text) INHERITS (par);
CREATE TABLE grand () INHERITS ("Chi");
INSERT INTO par VALUES (1, 'one');
INSERT INTO grand VALUES (3, 'three', 'x');
SELECT :rendered FROM par AS t;
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.grand\.secret" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM par AS t;
SELECT :rendered FROM ONLY par AS t;
SELECT :rendered FROM "Chi" AS t;
SELECT :rendered FROM grand AS t;
SELECT test.short(convert_from(walferry.render(t::par), 'UTF8')) FROM grand AS t;
ALTER TABLE grand NO INHERIT "Chi";
SELECT :rendered FROM par AS t;
ALTER TABLE grand INHERIT "Chi";
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.(par|Chi|grand)\.(secret|extra)" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM par AS t;
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = "public\.Chi" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT :rendered FROM par AS t;
SELECT :rendered FROM "Chi" AS t;
DROP TABLE par, "Chi", grand;
\set SHOW_CONTEXT errors
DROP TABLE pr, pr_3;

ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.stop();
DROP PUBLICATION direct, through;
DROP TABLE other, other_1, plain;
DROP SCHEMA s2 CASCADE;
DROP FUNCTION test.peek;
