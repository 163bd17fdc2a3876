-- publish.via.partition.root: rows of partitions as rows of the topmost table.
SELECT test.start();
CREATE TABLE p (gone int, id int, region text, v int, note text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
ALTER TABLE p DROP gone;
CREATE TABLE p_eu PARTITION OF p FOR VALUES IN ('eu');
-- other order of columns, other dropped ones, another identity
CREATE TABLE p_us (note text, v int, gone text, region text NOT NULL, id int NOT NULL, gone_too int);
ALTER TABLE p_us DROP gone, DROP gone_too;
ALTER TABLE p_us ALTER note SET STORAGE EXTERNAL;
ALTER TABLE p ATTACH PARTITION p_us FOR VALUES IN ('us');
-- a level between
CREATE TABLE p_as PARTITION OF p FOR VALUES IN ('as') PARTITION BY RANGE (id);
CREATE TABLE p_as1 PARTITION OF p_as FOR VALUES FROM (0) TO (100);

-- off by default: under their own names
INSERT INTO p VALUES (1, 'eu', 10, 'a'), (2, 'us', 20, 'b'), (3, 'as', 30, 'c');
SELECT data::json->>'topic' FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record');
SELECT * FROM test.records('publish.via.partition.root', 'true');

-- every operation, and rows that move
UPDATE p SET v = v + 1;
UPDATE p SET id = id + 10 WHERE region = 'us';
UPDATE p SET region = 'us' WHERE region = 'as';
DELETE FROM p WHERE id = 1;
SELECT * FROM test.records('publish.via.partition.root', 'true');

-- the replica identity is the partition's own
ALTER TABLE p_us REPLICA IDENTITY FULL;
UPDATE p SET v = 0;
UPDATE p_us SET id = 13 WHERE id = 12;
DELETE FROM p_us;
SELECT * FROM test.records('publish.via.partition.root', 'true');
CREATE UNIQUE INDEX p_us_note ON p_us (note);
ALTER TABLE p_us ALTER note SET NOT NULL;
ALTER TABLE p_us REPLICA IDENTITY USING INDEX p_us_note;
INSERT INTO p VALUES (1, 'us', 1, 'one'), (2, 'us', 2, 'two');
UPDATE p SET note = 'uno' WHERE id = 1;
DELETE FROM p WHERE id = 2;
SELECT * FROM test.records('publish.via.partition.root', 'true');
ALTER TABLE p_us REPLICA IDENTITY NOTHING;
UPDATE p SET id = 3 WHERE id = 1;
DELETE FROM p WHERE id = 3;
SELECT * FROM test.records('publish.via.partition.root', 'true');
ALTER TABLE p_us REPLICA IDENTITY DEFAULT;
DROP INDEX p_us_note;

-- an unchanged large value
INSERT INTO p VALUES (1, 'us', 1, repeat('x', 3000));
UPDATE p SET v = 2 WHERE id = 1;
SELECT * FROM (SELECT test.records('publish.via.partition.root', 'true')) AS r(line) WHERE line ~ 'unavailable';

-- truncation of the root is one event, of partitions none
TRUNCATE p_eu, p_as;
TRUNCATE p;
SELECT * FROM test.records('publish.via.partition.root', 'true', 'skipped.operations', 'none');

-- partitions that come and go, and what the root becomes meanwhile
CREATE TABLE p_af (LIKE p INCLUDING INDEXES);
INSERT INTO p_af VALUES (1, 'af', 1, 'before');
ALTER TABLE p ATTACH PARTITION p_af FOR VALUES IN ('af');
INSERT INTO p VALUES (2, 'af', 2, 'attached');
BEGIN;
ALTER TABLE p ADD w int DEFAULT 7;
INSERT INTO p VALUES (3, 'af', 3, 'w'), (4, 'as', 4, 'w');
ALTER TABLE p RENAME note TO remark;
INSERT INTO p VALUES (5, 'af', 5, 'renamed');
ALTER TABLE p RENAME TO q;
INSERT INTO q VALUES (6, 'eu', 6, 'another name');
CREATE SCHEMA s;
ALTER TABLE q SET SCHEMA s;
INSERT INTO s.q VALUES (7, 'as', 7, 'another schema');
ALTER SCHEMA s RENAME TO s2;
INSERT INTO s2.q VALUES (8, 'af', 8, 'schema renamed');
ALTER TABLE s2.q DROP CONSTRAINT p_pkey;
INSERT INTO s2.q VALUES (9, 'af', 9, 'no key');
COMMIT;
ALTER TABLE s2.q DETACH PARTITION p_af;
INSERT INTO p_af VALUES (10, 'af', 10, 'detached');
ALTER TABLE s2.q DETACH PARTITION p_as;
INSERT INTO p_as VALUES (11, 'as', 11, 'its tree detached');
CREATE TABLE world (id int, region text, v int, remark text, w int) PARTITION BY HASH (id);
CREATE TABLE world_all PARTITION OF world FOR VALUES WITH (MODULUS 1, REMAINDER 0) PARTITION BY LIST (region);
ALTER TABLE world_all ATTACH PARTITION p_as FOR VALUES IN ('as');
INSERT INTO world VALUES (12, 'as', 12, 'under another root');
SELECT * FROM test.events('publish.via.partition.root', 'true');

-- filters, masks and keys go by the root's name
INSERT INTO world VALUES (13, 'as', 13, 'secret');
INSERT INTO s2.q VALUES (14, 'eu', 14, 'left out');
SELECT * FROM test.records('publish.via.partition.root', 'true', 'table.include.list', 'public.world',
                           'column.mask.with.3.chars', 'public.world.remark', 'column.exclude.list', 'public.world.w',
                           'message.key.columns', 'public.world:region,v');
INSERT INTO world VALUES (15, 'as', 15, 'x');
SELECT * FROM test.records('publish.via.partition.root', 'true', 'table.exclude.list', 'public.world');

-- the schema is described once, whatever the number of partitions
INSERT INTO s2.q VALUES (16, 'eu', 16, 'x'), (17, 'us', 17, 'x'), (18, 'eu', 18, 'x');
SELECT count(*) AS frames, sum(length(text) - length(replace(text, '{"format":1', '"format":1'))) AS descriptions
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame', 'publish.via.partition.root', 'true'),
       encode(data, 'escape') AS text;

-- a row that is read
SELECT test.short(convert_from(walferry.render(t, 'publish.via.partition.root=true'), 'UTF8')) FROM p_as1 AS t WHERE id = 12;
SELECT test.short(convert_from(walferry.render(t, 'publish.via.partition.root=true'), 'UTF8')) FROM world AS t WHERE id = 12;
SELECT test.short(convert_from(walferry.render(t), 'UTF8')) FROM p_as1 AS t WHERE id = 12;
SELECT test.short(convert_from(walferry.render(t), 'UTF8')) FROM world AS t WHERE id = 12;
-- as docs/operations.md asks for all rows
SELECT format($$SELECT test.short(convert_from(walferry.render(o), 'UTF8')) FROM %s o ORDER BY id$$, relid)
  FROM pg_partition_tree('world') WHERE isleaf \gexec

-- more roots and partitions than plans are kept of tables that are gone
DO $$
BEGIN
    FOR i IN 1..300 LOOP
        EXECUTE format('CREATE TABLE r%s (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)', i);
        EXECUTE format('CREATE TABLE r%s_1 PARTITION OF r%1$s FOR VALUES FROM (0) TO (10)', i);
        EXECUTE format('CREATE TABLE r%s_2 (v int, id int NOT NULL)', i);
        EXECUTE format('ALTER TABLE r%s ATTACH PARTITION r%1$s_2 FOR VALUES FROM (10) TO (20)', i);
        EXECUTE format('INSERT INTO r%s VALUES (1, 1), (11, 2)', i);
        IF i % 3 > 0 THEN
            EXECUTE format('ALTER TABLE r%s ADD w int DEFAULT %1$s', i);
            EXECUTE format('UPDATE r%s SET v = v + 1', i);
        END IF;
        IF i % 2 > 0 THEN
            EXECUTE format('DROP TABLE r%s', i);
        END IF;
        COMMIT;
    END LOOP;
END
$$;
UPDATE r6 SET v = 7;
SELECT count(*), count(DISTINCT line) AS different, min(line), max(line) FROM test.events('publish.via.partition.root', 'true') AS line;
DO $$ BEGIN FOR i IN 2..300 BY 2 LOOP EXECUTE format('DROP TABLE r%s', i); END LOOP; END $$;

-- what the policy says of a partition holds, whatever the name it is published by
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.p_(as1|hidden)\.remark"; table.exclude.list = "public\.p_us"; column.exclude.list = "public\.p_as1\.w" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
INSERT INTO world VALUES (19, 'as', 19, 'secret', 19);
INSERT INTO s2.q VALUES (20, 'us', 20, 'secret', 20), (21, 'eu', 21, 'open', 21);
SELECT * FROM test.events('publish.via.partition.root', 'true');
-- nor does a column that is generated from one that is hidden tell it
CREATE TABLE g (id int PRIMARY KEY, remark text, shout text GENERATED ALWAYS AS (upper(remark)) STORED) PARTITION BY RANGE (id);
CREATE TABLE p_open PARTITION OF g FOR VALUES FROM (0) TO (10);
CREATE TABLE p_hidden PARTITION OF g FOR VALUES FROM (10) TO (20);
INSERT INTO g VALUES (1, 'open'), (11, 'secret');
SELECT * FROM test.events('publish.via.partition.root', 'true', 'include.generated.columns', 'true');
DROP TABLE g;
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
DROP TABLE world, p_af;
DROP SCHEMA s2 CASCADE;
SELECT test.stop();
