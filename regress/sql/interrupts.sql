-- A row that takes a second or more can be interrupted: those who may INSERT must not
-- keep others from cancelling decoding, or from shutting the server down.
\set SHOW_CONTEXT never
SELECT test.start();

-- Where a statement was canceled.  The error leaves the block, or the slot would stay in use.
CREATE FUNCTION test.peek(VARIADIC options text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place text;
BEGIN
    PERFORM count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options);
EXCEPTION WHEN query_canceled THEN
    GET STACKED DIAGNOSTICS place = PG_EXCEPTION_CONTEXT;
    RAISE EXCEPTION 'canceled, in the change callback: %', place LIKE '%in the change callback%';
END $$;

-- 48 numerics of full length take more than a second
DO $$
BEGIN
    EXECUTE 'CREATE TABLE wide (id int PRIMARY KEY, ' ||
        (SELECT string_agg(format('n%s numeric', n), ', ') FROM generate_series(1, 48) n) || ')';
    EXECUTE 'INSERT INTO wide SELECT 1, ' ||
        (SELECT string_agg('n', ', ') FROM generate_series(1, 48)) ||
        ' FROM (SELECT repeat(''9'', 131000)::numeric) AS x(n)';
END $$;
SET statement_timeout = '400ms';
SELECT test.peek('output', 'envelope');
SELECT test.peek('output', 'record');
RESET statement_timeout;

-- and are whole if nobody does
SELECT count(*) AS events, min(length(data)) > 48 * 72000 AS whole
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
DROP TABLE wide;
DROP FUNCTION test.peek;
SELECT test.stop();
