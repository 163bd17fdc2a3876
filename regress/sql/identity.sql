-- The four replica identities, and which columns make a key.
SELECT test.start();
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b int, big text);
ALTER TABLE t ALTER big SET STORAGE EXTERNAL;

-- default: an old row only for delete
INSERT INTO t VALUES (1, 'a', 1);
UPDATE t SET b = 2;
DELETE FROM t;
SELECT * FROM test.records();

ALTER TABLE t REPLICA IDENTITY FULL;
INSERT INTO t VALUES (1, 'a', NULL);
UPDATE t SET b = 2;
DELETE FROM t;
SELECT * FROM test.records();

ALTER TABLE t REPLICA IDENTITY NOTHING;
INSERT INTO t VALUES (1, 'a', 1);
UPDATE t SET b = 2;
DELETE FROM t;
SELECT * FROM test.records();

-- An index that is not the primary key: the key is still the primary key.
CREATE UNIQUE INDEX t_a ON t (a);
ALTER TABLE t REPLICA IDENTITY USING INDEX t_a;
INSERT INTO t VALUES (1, 'a', 1);
UPDATE t SET b = 2;
UPDATE t SET a = 'A';
DELETE FROM t;
SELECT * FROM test.records();
DROP TABLE t;

-- Without a primary key: the identity index, else the first fit one by name.
CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int, d int NOT NULL,
                CONSTRAINT deferred_d UNIQUE (d) DEFERRABLE);
INSERT INTO t VALUES (1, 2, 3, 4);
SELECT * FROM test.records();
CREATE UNIQUE INDEX a_nullable ON t (c);
CREATE UNIQUE INDEX b_partial ON t (a) WHERE a > 0;
CREATE UNIQUE INDEX c_expression ON t ((a + 1));
CREATE INDEX d_not_unique ON t (a);
INSERT INTO t VALUES (2, 3, 4, 5);
SELECT * FROM test.records();
CREATE UNIQUE INDEX z_last ON t (a);
CREATE UNIQUE INDEX y_first ON t (b, a) INCLUDE (c);
INSERT INTO t VALUES (3, 4, 5, 6);
ALTER INDEX z_last RENAME TO a_first_now;
INSERT INTO t VALUES (4, 5, 6, 7);
ALTER TABLE t REPLICA IDENTITY USING INDEX y_first;
INSERT INTO t VALUES (5, 6, 7, 8);
ALTER TABLE t ADD PRIMARY KEY (d, c);
INSERT INTO t VALUES (6, 7, 8, 9);
DELETE FROM t WHERE a = 6;
SELECT * FROM test.records();
DROP TABLE t;

-- deferrable primary key: a key, but no old key in the WAL
CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, a int);
INSERT INTO t VALUES (1, 1);
UPDATE t SET id = 2;
DELETE FROM t;
SELECT * FROM test.records();
DROP TABLE t;

-- generated columns are no part of a row, and a key of them is none
-- the WAL then has nothing of the old row that could be shown
CREATE TABLE t (a int NOT NULL, g int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY, b int,
                i int GENERATED ALWAYS AS IDENTITY);
INSERT INTO t (a, b) VALUES (1, 1);
UPDATE t SET a = 2;
UPDATE t SET b = 2;
DELETE FROM t;
SELECT * FROM test.records();
ALTER TABLE t REPLICA IDENTITY FULL;
INSERT INTO t (a, b) VALUES (1, 1);
UPDATE t SET a = 2;
DELETE FROM t;
SELECT * FROM test.records();
DROP TABLE t;

-- unless they are asked for: as columns, as keys, without a default; where the value changes, so does the key
CREATE TABLE t (a int NOT NULL, g int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY, b text, u text GENERATED ALWAYS AS (upper(b)) STORED);
INSERT INTO t (a, b) VALUES (1, NULL);
UPDATE t SET b = 'x';
UPDATE t SET a = 2;
DELETE FROM t;
SELECT * FROM test.records('include.generated.columns', 'true', 'schema.changes.enabled', 'true');
INSERT INTO t (a, b) VALUES (1, 'y');
SELECT c->>'name' AS name, c->>'generated' AS generated, c->>'defaultValueExpression' AS "default"
  FROM (SELECT data::json FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'include.generated.columns', 'true', 'schema.changes.enabled', 'true') LIMIT 1) AS x(v),
       LATERAL json_array_elements(v#>'{tableChanges,0,table,columns}') c;
SELECT * FROM test.events();
CREATE TABLE parted (a int, g int GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY LIST (a);
CREATE TABLE part (g int GENERATED ALWAYS AS (a * 2) STORED, x text, a int);
ALTER TABLE part DROP COLUMN x;
ALTER TABLE parted ATTACH PARTITION part FOR VALUES IN (1);
INSERT INTO parted (a) VALUES (1);
SELECT * FROM test.events('include.generated.columns', 'true', 'publish.via.partition.root', 'true');
DROP TABLE t, parted;

-- partitions under their own names; a row that moves is deleted and created
CREATE TABLE p (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE p_eu PARTITION OF p FOR VALUES IN ('eu');
CREATE TABLE p_us PARTITION OF p FOR VALUES IN ('us');
INSERT INTO p VALUES (1, 'eu');
UPDATE p SET region = 'us';
SELECT * FROM test.records();
DROP TABLE p;
SELECT test.stop();
