-- The whole envelope, for each operation.
SELECT test.start();
CREATE TABLE product (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2));
INSERT INTO product VALUES (1, 'bolt', 0.25), (2, 'nut', NULL);
UPDATE product SET price = 0.3 WHERE id = 1;
DELETE FROM product WHERE id = 2;
SELECT * FROM test.envelopes();
SELECT * FROM test.envelopes();

-- All events of a transaction have its commit time, id and, in sequence, the
-- end of the transaction before.
BEGIN;
INSERT INTO product VALUES (3, 'washer', 1);
INSERT INTO product VALUES (4, 'rivet', 2);
COMMIT;
WITH e AS (
    SELECT lsn, xid, data::json->'source' AS source, row_number() OVER () AS n
      FROM pg_logical_slot_get_changes('regress', NULL, NULL))
SELECT count(*) AS events,
       count(DISTINCT source->>'txId') AS transactions,
       bool_and(xid::text = source->>'txId') AS same_xid,
       count(DISTINCT source->>'ts_us') AS commit_times,
       bool_and((source->>'ts_ns')::numeric = (source->>'ts_us')::numeric * 1000) AS ns_is_us,
       bool_and((source->>'ts_ms')::int8 = (source->>'ts_us')::int8 / 1000) AS ms_is_us,
       bool_and(lsn - '0/0'::pg_lsn = (source->>'lsn')::numeric) AS same_lsn
  FROM e;

-- No newline, no empty transaction, nothing of a rollback.
BEGIN;
INSERT INTO product VALUES (5, E'two\nlines', 1);
ROLLBACK;
CREATE TABLE empty_transaction ();
INSERT INTO product VALUES (6, E'two\nlines', 1);
SELECT data LIKE E'%\n%' AS has_newline, data::json->'after'->>'name' AS name
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- A topic prefix is the name of the source.
INSERT INTO product VALUES (7, 'cam', 1);
SELECT data::json->'source'->>'name' AS name
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
SELECT data::json->'source'->>'name' AS name
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'topic.prefix', 'shop');
DROP TABLE product, empty_transaction;
SELECT test.stop();
