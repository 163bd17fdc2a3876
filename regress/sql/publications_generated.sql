-- publication.filter: generated columns, of which publications can say more from PostgreSQL 18 on.
SELECT current_setting('server_version_num')::int < 180000 AS is_old \gset
\if :is_old
\quit
\endif
SELECT test.start();
CREATE TABLE g (id int PRIMARY KEY, v int, stored int GENERATED ALWAYS AS (v * 2) STORED, virtual int GENERATED ALWAYS AS (v * 3) VIRTUAL);
CREATE PUBLICATION stored FOR TABLE g WITH (publish_generated_columns = stored);
CREATE PUBLICATION without FOR TABLE g;
CREATE PUBLICATION listed FOR TABLE g (id, stored);
CREATE PUBLICATION filtered FOR TABLE g WHERE (virtual > 10) WITH (publish = 'insert');
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish_generated_columns = stored);
INSERT INTO g VALUES (1, 1), (2, 5);
UPDATE g SET v = v + 1 WHERE id = 1;
CREATE FUNCTION peek(names text, VARIADIC more text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC ARRAY['publication.filter', names] || more)
$$;
SELECT * FROM peek('stored');
SELECT * FROM peek('without');
SELECT * FROM peek('without', 'include.generated.columns', 'true');
SELECT * FROM peek('listed');
SELECT * FROM peek('filtered');
SELECT * FROM peek('stored, everything');
\set SHOW_CONTEXT never
SELECT * FROM peek('stored, without');
DROP PUBLICATION stored, without, listed, filtered, everything;
DROP FUNCTION peek;
DROP TABLE g;
SELECT test.stop();
