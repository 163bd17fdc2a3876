-- Comments, defaults and enums of any length: what is too long is left out of the
-- description, and the slot goes on.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT test.start();

-- What an event's inline schema says of each column.
CREATE FUNCTION test.described(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (after text, field text, doc int, allowed int, "default" int) LANGUAGE sql AS $$
    WITH r AS MATERIALIZED (
        SELECT data::jsonb->'schema'->'fields'->1->'fields' AS fields, data::jsonb->'payload'->>'after' AS after
          FROM pg_logical_slot_get_changes('regress', NULL, NULL, VARIADIC options || '{schemas.enable,true,include.schema.comments,true}'::text[]))
    SELECT after, f->>'field', length(f->>'doc'), length(f->'parameters'->>'allowed'), length(f->>'default')
      FROM r, jsonb_array_elements(fields) AS f
$$;
CREATE FUNCTION test.execute(VARIADIC parts text[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN EXECUTE array_to_string(parts, ''); END
$$;

-- Each alone.
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text);
SELECT test.execute('COMMENT ON COLUMN t.a IS ', quote_literal(repeat('x', 20000000)));
SELECT test.execute('ALTER TABLE t ALTER b SET DEFAULT ', quote_literal(repeat('x', 20000000)));
COMMENT ON COLUMN t.c IS 'short';
ALTER TABLE t ALTER c SET DEFAULT 'small';
INSERT INTO t (id, b) VALUES (2, NULL);
SELECT * FROM test.described();

-- in frames, which have the table's comment, too; told once
SELECT test.execute('COMMENT ON TABLE t IS ', quote_literal(repeat('x', 70000000)));
INSERT INTO t (id, b) VALUES (3, NULL);
ALTER TABLE t ADD d text;
INSERT INTO t (id, b) VALUES (4, NULL);
SELECT length(string_agg(encode(data, 'escape'), '')) < 100000 AS "short", string_agg(encode(data, 'escape'), '') ~ '"id":3.*"id":4' AS told
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame', 'schemas.enable', 'true', 'include.schema.comments', 'true', 'schema.changes.enabled', 'true');
-- a column that is left out needs no warning
INSERT INTO t (id, b) VALUES (5, NULL);
COMMENT ON TABLE t IS NULL;
SELECT data::json->>'after' AS after FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'column.exclude.list', 'public\.t\.[ab]');

-- 64 KiB as JSON in ASCII, and a byte more.
CREATE TABLE limits (id int PRIMARY KEY, a text, b text, c text, d text, e text, f text, g numeric, h numeric, i bit varying);
SELECT test.execute('COMMENT ON COLUMN limits.a IS ', quote_literal(repeat('x', 65536)), '; COMMENT ON COLUMN limits.b IS ', quote_literal(repeat('x', 65537)),
    '; COMMENT ON COLUMN limits.c IS ', quote_literal(repeat(U&'\00e9', 10922)), '; COMMENT ON COLUMN limits.d IS ', quote_literal(repeat(U&'\00e9', 10923)));
SELECT test.execute('ALTER TABLE limits ALTER e SET DEFAULT ', quote_literal(repeat('x', 65536 - 8)), ', ALTER f SET DEFAULT ', quote_literal(repeat('x', 65536 - 7)),
    ', ALTER g SET DEFAULT ', repeat('1', 65536), ', ALTER h SET DEFAULT 1e65536, ALTER i SET DEFAULT B', quote_literal(repeat('1', 65600)));
INSERT INTO limits (id, e, f, g, h, i) VALUES (1, NULL, NULL, NULL, NULL, NULL);
SELECT field, doc, "default" FROM test.described('decimal.handling.mode', 'string');

-- Texts that are short as they are stored, and deep trees, are not printed.
CREATE TABLE printed (id int PRIMARY KEY, a jsonb, b text, c numeric, d int, e text, f int, g jsonb DEFAULT '{"a": [1, "b"]}');
SELECT test.execute('ALTER TABLE printed ALTER a SET DEFAULT ''[', (SELECT string_agg('1e131071', ',') FROM generate_series(1, 600)), ']'', ',
    'ALTER b SET DEFAULT array_to_string(''{', (SELECT string_agg('1e131071', ',') FROM generate_series(1, 600)), '}''::numeric[], '',''), ',
    'ALTER c SET DEFAULT ', (SELECT string_agg('1e131071', '+') FROM generate_series(1, 600)), ', ',
    'ALTER d SET DEFAULT ', repeat('abs(', 1000), '1', repeat(')', 1000), ', ',
    'ALTER e SET DEFAULT ', quote_literal(repeat('{', 1000)), ', ',
    'ALTER f SET DEFAULT ', repeat('abs(', 100), '1', repeat(')', 100));
INSERT INTO printed VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT field, "default" FROM test.described();

-- Enums: 256 KiB of labels.
SELECT test.execute('CREATE TYPE large AS ENUM (', (SELECT string_agg(quote_literal(lpad(i::text, 63, 'x')), ',') FROM generate_series(1, 4200) AS i), ')');
SELECT test.execute('CREATE TYPE wide AS ENUM (', (SELECT string_agg(quote_literal(lpad(i::text, 63, 'x')), ',') FROM generate_series(1, 3900) AS i), ')');
CREATE TYPE empty AS ENUM ();
CREATE TABLE enums (id int PRIMARY KEY, a large, b wide, c empty, d large[], e wide);
SELECT test.execute('INSERT INTO enums VALUES (1, ', quote_literal(lpad('7', 63, 'x')), ', ', quote_literal(lpad('8', 63, 'x')), ', NULL, ', quote_literal('{' || lpad('9', 63, 'x') || '}'), ')');
SELECT replace(after, repeat('x', 60), '..'), field, allowed, "default" FROM test.described('array.handling', 'all');

-- All together: 1 MiB of a table's, defaults before labels before comments.
SELECT test.execute('CREATE TABLE sums (id int PRIMARY KEY', string_agg(', c' || i || ' wide', ''), ', z text DEFAULT ', quote_literal(repeat('z', 60000)), ')') FROM generate_series(1, 4) AS i;
SELECT test.execute(string_agg('COMMENT ON COLUMN sums.c' || i || ' IS ' || quote_literal(repeat('k', 10000)), ';')) FROM generate_series(1, 4) AS i;
COMMENT ON TABLE sums IS 'sums';
INSERT INTO sums VALUES (1);
SELECT field, doc, allowed, "default" FROM test.described();

-- Many of each.
SELECT test.execute('CREATE TABLE columns (', string_agg('c' || i || ' text DEFAULT ' || quote_literal(repeat('d', 5000)), ', '), ')') FROM generate_series(1, 300) AS i;
SELECT test.execute(string_agg('COMMENT ON COLUMN columns.c' || i || ' IS ' || quote_literal(repeat('k', 5000)), ';')) FROM generate_series(1, 300) AS i;
SELECT test.execute('INSERT INTO columns VALUES (', string_agg('NULL', ', '), ')') FROM generate_series(1, 300) AS i;
SELECT count(*), count(doc), count("default"), count(*) FILTER (WHERE doc = 5000) AS comments, count(*) FILTER (WHERE "default" = 5000) AS defaults FROM test.described();
SELECT test.execute('DROP TABLE t, limits, printed, enums, sums, columns; DROP TYPE large, wide, empty');
SELECT test.stop();
