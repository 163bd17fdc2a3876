-- publish.via.partition.root.include.list: the partitions of some tables as these tables' rows, others under their own names.
SELECT test.start();
CREATE TABLE pa (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE pa_1 PARTITION OF pa FOR VALUES FROM (0) TO (10);
CREATE TABLE pb (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE pb_1 PARTITION OF pb FOR VALUES FROM (0) TO (10);
-- three levels; the columns stand elsewhere in the lowest
CREATE TABLE top (id int, region text, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE mid PARTITION OF top FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE leaf (v int, id int NOT NULL, region text NOT NULL, PRIMARY KEY (region, id));
ALTER TABLE mid ATTACH PARTITION leaf FOR VALUES FROM (0) TO (10);
CREATE TABLE beside PARTITION OF top FOR VALUES IN ('us');
CREATE TABLE plain (id int PRIMARY KEY, v text);

INSERT INTO pa VALUES (1, 'a');
INSERT INTO pb VALUES (2, 'b');
INSERT INTO top VALUES (3, 'eu', 30), (4, 'us', 40);
INSERT INTO plain VALUES (5, 'c');
UPDATE top SET id = 6 WHERE id = 3;
DELETE FROM pa;
CREATE FUNCTION peek(list text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'skipped.operations', 'none', 'publish.via.partition.root.include.list', list)
$$;
SELECT * FROM peek('public\.pa, public\.t.*');
-- the topmost that is named, also in the middle; partitions that are named by themselves are no roots
SELECT * FROM peek('public\.mid, public\.(pb_1|leaf|plain)');
SELECT * FROM peek('public\.(mid|top)');
SELECT * FROM peek(' ');

-- truncations: of those that are published as themselves
TRUNCATE pa, pb;
TRUNCATE top;
TRUNCATE mid;
SELECT * FROM (SELECT peek('public\.pa, public\.mid')) AS r(line) WHERE line ~ '^t';
SELECT * FROM (SELECT peek('public\.top')) AS r(line) WHERE line ~ '^t';
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- names count as they were: tables and schemas that are renamed
BEGIN;
INSERT INTO top VALUES (1, 'eu', 1);
ALTER TABLE top RENAME TO summit;
INSERT INTO summit VALUES (2, 'eu', 2);
ALTER TABLE mid RENAME TO middle;
INSERT INTO summit VALUES (3, 'eu', 3);
COMMIT;
BEGIN;
CREATE SCHEMA s;
ALTER TABLE middle SET SCHEMA s;
INSERT INTO summit VALUES (4, 'eu', 4);
ALTER TABLE summit DETACH PARTITION s.middle;
INSERT INTO s.middle VALUES (5, 'eu', 5);
COMMIT;
SELECT * FROM test.events('publish.via.partition.root.include.list', 'public\.(top|middle), s\..*');
ALTER SCHEMA s RENAME TO s2;
INSERT INTO s2.middle VALUES (6, 'eu', 6);
SELECT * FROM test.events('publish.via.partition.root.include.list', 's\..*');

-- other filters go by the name that is published
INSERT INTO s2.middle VALUES (7, 'eu', 7);
INSERT INTO pb VALUES (7, 'left out');
SELECT * FROM test.records('publish.via.partition.root.include.list', 's2\.middle', 'table.include.list', 's2\.middle',
                           'column.exclude.list', 's2\.middle\.v', 'message.key.columns', 's2\.middle:id');
INSERT INTO s2.middle VALUES (8, 'eu', 8);
SELECT * FROM test.events('publish.via.partition.root.include.list', 's2\.middle', 'table.include.list', 'public\.leaf');

-- a row that is read
SELECT test.short(convert_from(walferry.render(t, 'publish.via.partition.root.include.list=s2\.middle'), 'UTF8')) FROM leaf AS t WHERE id = 8;
SELECT test.short(convert_from(walferry.render(t, 'publish.via.partition.root.include.list=s2\.middle'), 'UTF8')) FROM s2.middle AS t WHERE id = 8;
SELECT test.short(convert_from(walferry.render(t, 'publish.via.partition.root.include.list=public\.pa'), 'UTF8')) FROM s2.middle AS t WHERE id = 8;

-- what is refused
SELECT * FROM test.events('publish.via.partition.root.include.list', 's2\.middle', 'publish.via.partition.root', 'true');
SELECT * FROM test.events('publish.via.partition.root.include.list', '(');

-- a policy can demand it
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = 'regression/* { publish.via.partition.root.include.list = "s2\.middle" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
INSERT INTO s2.middle VALUES (9, 'eu', 9);
SELECT * FROM test.events('publish.via.partition.root.include.list', 'public\..*');
SELECT * FROM test.events();
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
DROP FUNCTION peek;
DROP TABLE pa, pb, summit, plain, s2.middle;
DROP SCHEMA s2;
SELECT test.stop();
