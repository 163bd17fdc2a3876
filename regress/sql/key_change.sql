-- A new key: the old row's delete, its tombstone, the new row's create.
SELECT test.start();
CREATE TABLE t (id int PRIMARY KEY, a text, ta text[]);
INSERT INTO t VALUES (1, 'x', '{p,q}');
UPDATE t SET id = 2;
SELECT * FROM test.records();
UPDATE t SET id = 3;
SELECT * FROM test.events();
UPDATE t SET id = 4;
SELECT * FROM test.records('tombstones.on.delete', 'false');

-- the same key written again is no key change
UPDATE t SET id = 4, a = 'y';
SELECT * FROM test.records();

-- with the whole old row
ALTER TABLE t REPLICA IDENTITY FULL;
UPDATE t SET id = 5;
SELECT * FROM test.records();

-- several columns, one changes; key in the index's order
ALTER TABLE t REPLICA IDENTITY DEFAULT;
ALTER TABLE t DROP CONSTRAINT t_pkey, ALTER a SET NOT NULL, ADD PRIMARY KEY (a, id);
UPDATE t SET id = 6;
SELECT * FROM test.records();

-- all rows at once, keys swapped within a statement
INSERT INTO t VALUES (7, 'y', NULL);
SELECT * FROM test.events();
UPDATE t SET id = id + 10;
SELECT * FROM test.records('walferry.headers.enabled', 'false');

-- unchanged TOAST values of a row whose key changes
CREATE TABLE big (id int PRIMARY KEY, t text);
ALTER TABLE big ALTER t SET STORAGE EXTERNAL;
INSERT INTO big VALUES (1, repeat('t', 5000));
SELECT count(*) FROM test.events();
UPDATE big SET id = 2;
SELECT * FROM test.records();
ALTER TABLE big REPLICA IDENTITY FULL;
UPDATE big SET id = 3;
SELECT data::json->>'op' AS op, length(data::json->'before'->>'t') AS before, length(data::json->'after'->>'t') AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- operations skipped
UPDATE t SET id = 100 WHERE id = 16;
SELECT * FROM test.events('skipped.operations', 'd');
UPDATE t SET id = 101 WHERE id = 100;
SELECT * FROM test.events('skipped.operations', 'u');
DROP TABLE t, big;
-- A key without a form (NaN and the infinities in numeric) is null, for all such
-- rows alike, so no tombstone makes a topic forget it.
CREATE TABLE n (n numeric PRIMARY KEY, a int);
INSERT INTO n VALUES ('NaN', 1), ('Infinity', 2);
UPDATE n SET n = 1 WHERE n = 'NaN';
UPDATE n SET n = 'NaN' WHERE n = 1;
UPDATE n SET n = '-Infinity' WHERE n = 'NaN';
DELETE FROM n WHERE a = 2;
SELECT * FROM test.records();
DROP TABLE n;
SELECT test.stop();
