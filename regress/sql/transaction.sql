-- What is rolled back is never seen, whatever the nesting.
SELECT test.start();
CREATE TABLE t (id int PRIMARY KEY, a text);
BEGIN;
INSERT INTO t VALUES (1, 'kept');
SAVEPOINT a;
INSERT INTO t VALUES (2, 'lost');
SAVEPOINT b;
INSERT INTO t VALUES (3, 'lost');
RELEASE b;
ROLLBACK TO a;
INSERT INTO t VALUES (4, 'kept');
SAVEPOINT c;
INSERT INTO t VALUES (5, 'kept');
RELEASE c;
COMMIT;
SELECT * FROM test.events();

-- subtransactions belong to their top-level transaction
DO $$
BEGIN
    FOR i IN 10..12 LOOP
        BEGIN
            INSERT INTO t VALUES (i, 'caught');
            IF i = 11 THEN RAISE division_by_zero; END IF;
        EXCEPTION WHEN division_by_zero THEN
            INSERT INTO t VALUES (-i, 'handler');
        END;
    END LOOP;
END $$;
SELECT count(DISTINCT data::json->'source'->>'txId') AS transactions, array_agg(data::json->'after'->>'id') AS ids
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- ON CONFLICT: what came of it; COPY: rows of one WAL record are told apart
INSERT INTO t VALUES (1, 'again'), (20, 'new') ON CONFLICT (id) DO UPDATE SET a = excluded.a;
INSERT INTO t VALUES (1, 'ignored') ON CONFLICT DO NOTHING;
SELECT * FROM test.events();
COPY t FROM stdin;
30	x
31	y
32	z
\.
SELECT data::json->'key'->>'id' AS id, right(data::json->'headers'->>'__walferry.position', 1) AS n
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record');

-- order of commit, not of writing; sequence's first is where the one before ended
CREATE TABLE u (id int PRIMARY KEY);
INSERT INTO u VALUES (1);
INSERT INTO u VALUES (2);
WITH s AS (
    SELECT (data::json->'source'->>'sequence')::json AS sequence, row_number() OVER () AS n,
           (data::json->'source'->>'lsn') AS lsn
      FROM pg_logical_slot_get_changes('regress', NULL, NULL))
SELECT n, sequence->>1 = lsn AS own, sequence->0 IS NOT NULL AND sequence->>0 <> 'null' AS has_former,
       (sequence->>0)::numeric <= lsn::numeric AS before
  FROM s;

-- an origin's changes carry its name
SELECT pg_replication_origin_create('node "ü"') IS NOT NULL AS created;
SELECT pg_replication_origin_session_setup('node "ü"');
BEGIN;
SELECT pg_replication_origin_xact_setup('0/AB', '2024-01-01 00:00+00');
INSERT INTO u VALUES (3);
COMMIT;
SELECT pg_replication_origin_session_reset();
INSERT INTO u VALUES (4);
SELECT data::json->'after' AS after, data::json->'source'->'origin' AS origin, data::json->'source'->'origin_lsn' AS origin_lsn,
       data::json->'source'->'ts_us' AS ts_us FROM pg_logical_slot_get_changes('regress', NULL, NULL)
 WHERE data::json->'source'->>'origin' IS NOT NULL;
SELECT pg_replication_origin_drop('node "ü"');

-- a truncation that is skipped by default counts as a transaction, one that is named does not, as in Debezium's publication
TRUNCATE u;
SELECT count(*) FILTER (WHERE data::json->'value'->>'status' = 'END') AS by_default
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'provide.transaction.metadata', 'true');
SELECT count(*) AS named
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'provide.transaction.metadata', 'true', 'skipped.operations', 't');

-- what is rolled back is not seen where the server makes room, either: 18 tells of its subtransactions' aborts as if they had been streamed
SET logical_decoding_work_mem = '64kB';
BEGIN;
INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1000, 1150) AS i;
SAVEPOINT a;
INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(2000, 2140) AS i;
ROLLBACK;
INSERT INTO t VALUES (3000, 'kept');
SELECT * FROM test.events();
RESET logical_decoding_work_mem;
DROP TABLE t, u;
SELECT test.stop();
