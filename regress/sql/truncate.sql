-- TRUNCATE: one event per table; left out unless asked for, as Debezium does.
SELECT test.start();
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
INSERT INTO a VALUES (1);
SELECT count(*) FROM test.events();
TRUNCATE a CASCADE;
SELECT * FROM test.events();
TRUNCATE a CASCADE;
SELECT * FROM test.records('skipped.operations', 'none');
TRUNCATE p RESTART IDENTITY;
SELECT * FROM test.envelopes('skipped.operations', 'none');
BEGIN;
TRUNCATE b;
INSERT INTO a VALUES (1);
ROLLBACK;
BEGIN;
INSERT INTO a VALUES (2);
TRUNCATE b;
INSERT INTO b VALUES (1, 2);
COMMIT;
SELECT * FROM test.events('skipped.operations', 'none');
-- That of a partition alone is none of the table above it, and no transaction of its own.
TRUNCATE p1;
SELECT data::json->>'topic' AS topic FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'skipped.operations', 'none', 'provide.transaction.metadata', 'true');
SELECT data::json->>'topic' AS topic FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'skipped.operations', 'none', 'provide.transaction.metadata', 'true',
    'publish.via.partition.root', 'true');
DROP TABLE b, a, p;
SELECT test.stop();
