-- Each type of this version, with the values at its edges. The session's
-- settings, which pg_regress makes odd, must not show.
SELECT current_setting('TimeZone') IN ('America/Los_Angeles', 'PST8PDT') AS as_before;
SHOW datestyle;
SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape';
SET extra_float_digits = -5;
SELECT test.start();

CREATE TABLE numbers (
    k serial PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, o oid, f4 float4, f8 float8,
    n numeric, n2 numeric(10,2), n0 numeric(20), neg numeric(5,-2), m money);
INSERT INTO numbers (b, i2, i4, i8, o, f4, f8, n, n2, n0, neg, m) VALUES
    (true, 32767, 2147483647, 9223372036854775807, 4294967295, 3.3, 0.1, 1.500, 12345678.90, 1, 12345, 12.34),
    (false, -32768, -2147483648, -9223372036854775808, 0, 1e-45, 5e-324, -0.00000000000000000001, -0.01, -99999999999999999999, -99999, -0.01),
    (NULL, 0, 0, 0, 1, 'NaN', 'Infinity', 0, 0, 0, 0, 0),
    (NULL, NULL, NULL, NULL, NULL, '-Infinity', '-0', 1e130, NULL, NULL, NULL, NULL),
    (NULL, 1, 1, 1, 1, 1e10, 1e22, 123456789012345678901234567890.123456789, 1.1, 1, 1, '92233720368547758.07'),
    (NULL, 1, 1, 1, 1, 0.001, 9999999, 10000, 100, 10000, 10000, 1);
-- everything is asked for; below, what is left out by default
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');
INSERT INTO numbers (n) VALUES ('NaN'), ('Infinity');
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');

CREATE TABLE texts (
    k serial PRIMARY KEY, t text, v varchar(10), c char(5), n name, q "char", b bytea, j json,
    jb jsonb, u uuid);
INSERT INTO texts (t, v, c, n, q, b, j, jb, u) VALUES
    ('', '', '', '', '', '', 'null', 'null', '00000000-0000-0000-0000-000000000000'),
    (E'"\\/\b\f\n\r\t\u0001\u001f\u007f', 'é', 'ab', 'name', 'x', '\x00ff10', '{"a" : 1.0}', '{"b":[1,2.50,"ü"],"a":null}', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (U&'\+01F600 \2028 \0080', '€', 'é', 'ünï', (-1)::"char", decode(repeat('ab', 40), 'hex'), '"\u00e9"', '"\ud83d\ude00"', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');

CREATE TABLE times (
    k serial PRIMARY KEY, d date, t time, t3 time(3), tz timetz, ts timestamp, ts3 timestamp(3),
    tsz timestamptz, tsz0 timestamptz(0), i interval);
INSERT INTO times (d, t, t3, tz, ts, ts3, tsz, tsz0, i) VALUES
    ('2024-02-29', '12:34:56.789012', '12:34:56.789', '12:34:56.789+05:30', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789012+02', '2024-02-29 12:34:56+02', '1 year 2 mons 3 days 04:05:06.789'),
    ('1969-12-31', '00:00', '00:00', '00:00-12', '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999', '1969-12-31 23:59:59.999999+00', '1900-01-01 00:00+00', '-1 days -00:00:00.000001'),
    ('0044-03-15 BC', '24:00', '24:00', '23:59:59.999999+15:59', '0044-03-15 00:00 BC', '0001-01-01', '0044-03-15 00:00+00 BC', '9999-12-31 23:59:59+00', '178000000 years'),
    ('infinity', NULL, NULL, NULL, 'infinity', '-infinity', 'infinity', '-infinity', NULL);
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');

CREATE TYPE mood AS ENUM ('sad', 'o,k', 'happy');
CREATE DOMAIN amount AS numeric(8,2) CHECK (VALUE >= 0);
CREATE DOMAIN price AS amount NOT NULL;
CREATE DOMAIN moods AS mood[];
CREATE TABLE made (k serial PRIMARY KEY, m mood, p price, ms moods, pa price[]);
INSERT INTO made (m, p, ms, pa) VALUES
    ('happy', 1.5, '{sad,"o,k",NULL}', '{1,2.25}'), (NULL, 0, '{}', NULL);
ALTER TYPE mood ADD VALUE 'glad' BEFORE 'happy';
INSERT INTO made (m, p, ms) VALUES ('glad', 1, '{glad}');
ALTER TYPE mood RENAME VALUE 'glad' TO 'merry';
INSERT INTO made (m, p, ms) VALUES ('merry', 1, '{merry}');
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');

-- Of domains only those over enums have arrays that are published by default.
CREATE SCHEMA elsewhere;
CREATE TYPE elsewhere.size AS ENUM ('s', 'l');
CREATE DOMAIN elsewhere.fit AS elsewhere.size NOT NULL;
CREATE DOMAIN temper AS mood;
CREATE DOMAIN mild AS temper;
CREATE TABLE tempers (ts temper[] PRIMARY KEY, ms mild[], fs elsewhere.fit[], am amount[]);
INSERT INTO tempers VALUES ('{happy,"o,k"}', '{merry,NULL}', '{l}', '{1}');
UPDATE tempers SET ts = '{sad}';
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'include.unknown.datatypes', 'true', 'compat', 'debezium');
SELECT r->'key'->'schema'->'fields' AS key_fields FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'key.converter.schemas.enable', 'true'), LATERAL (SELECT data::json) AS x(r) LIMIT 1;
DROP TABLE tempers;
DROP DOMAIN mild, temper;

CREATE TABLE arrays (
    k serial PRIMARY KEY, b bool[], i2 int2[], i4 int4[], i8 int8[], f4 float4[], f8 float8[], n2 numeric(6,2)[],
    t text[], c char(3)[], u uuid[], by bytea[], j jsonb[], d date[], ts timestamp[], tsz timestamptz[],
    i interval[], o inet[], iv int2vector, nn name[]);
INSERT INTO arrays (b, i2, i4, i8, f4, f8, n2, t, c, u, by, j, d, ts, tsz, i, o, iv, nn) VALUES
    ('{t,f,NULL}', '{1,-2}', '{{1,2},{3,NULL}}', '[5:6]={1,2}', '{1.5,NaN}', '{0.1}', '{1,2.5,NULL}',
     '{a,"b\"c",NULL,""}', '{a,bcd}', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', array['\x00'::bytea, '\xff'],
     array['{"a":1}'::jsonb, NULL], '{2024-02-29}', '{"2024-02-29 12:00"}', '{"2024-02-29 12:00+02"}',
     '{"1 day"}', '{10.0.0.1}', '1 2 3', '{x}'),
    ('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '', '{}'),
    (NULL, NULL, '{{{1},{2}},{{3},{4}}}', NULL, NULL, NULL, NULL, '{{a},{b}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');
-- a timestamp without a form leaves null in its place, a numeric none; either is told once
INSERT INTO arrays (ts) VALUES ('{2024-01-01,294276-12-31,NULL}'), ('{{294276-12-31,2024-01-01}}');
INSERT INTO arrays (n2) VALUES ('{1,NaN}');
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'column.include.list', 'public.arrays.(ts|n2)');
\set SHOW_CONTEXT never
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'column.include.list', 'public.arrays.ts', 'event.converting.failure.handling.mode', 'fail');
\set SHOW_CONTEXT errors
SELECT count(*) > 0 AS is_read FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- Everything else by its output text, with settings pinned.
CREATE TYPE pair AS (a timestamptz, b bytea);
CREATE TABLE others (
    k serial PRIMARY KEY, p pair, r tstzrange, x xml, i inet, m macaddr, bt bit(3), vb varbit, pt point,
    tsv tsvector, l pg_lsn, rc regtype);
INSERT INTO others (p, r, x, i, m, bt, vb, pt, tsv, l, rc) VALUES
    (ROW('2024-02-29 12:00+02', '\x0a'), '[2024-02-29 12:00+02,)', '<a>é</a>', '10.0.0.1/8', '08:00:2b:01:02:03',
     B'101', B'1', '(0.1,2)', 'a:1 b', '1/B16B3748', 'int4');
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');
-- names do not depend on the search path
CREATE TABLE named (id int PRIMARY KEY, c regclass, p regproc, t regtype[]);
INSERT INTO named VALUES (1, 'named', 'test.start', '{named,text}');
SELECT * FROM test.events('array.handling', 'all', 'unknown.handling', 'text');
SELECT test.short(convert_from(walferry.render(n, 'array.handling=all', 'unknown.handling=text'), 'UTF8')) FROM named AS n;
SHOW search_path;
DROP TABLE named;

-- Neither do quoting and the currency's form show, in values or in fingerprints.
-- (The locale is the first of these that the machine has, C if it has none.)
CREATE TYPE test.priced AS (price money);
CREATE TABLE quoted (id int PRIMARY KEY, c test.priced, r regtype, m money, ma money[]);
INSERT INTO quoted VALUES (1, '(1234.5)', 'test.priced', 1234.5, '{1.5,NULL}');
CREATE TEMP TABLE before AS
SELECT data::json->'headers'->>'__walferry.schema' AS schema, (data::json->'value'->'after')::text AS after,
       (SELECT (convert_from(walferry.render(q, 'output=record', 'array.handling=all', 'unknown.handling=text'), 'UTF8')::json->'headers'->>'__walferry.schema') FROM quoted q) AS rendered
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'array.handling', 'all', 'unknown.handling', 'text');
SELECT after, schema = rendered AS same FROM before;
-- the first of these locales that the machine has
CREATE PROCEDURE test.choose_lc_monetary(names text[]) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        BEGIN
            PERFORM set_config('lc_monetary', name, false);
            RETURN;
        EXCEPTION WHEN invalid_parameter_value THEN NULL;
        END;
    END LOOP;
END $$;
CALL test.choose_lc_monetary('{en_GB.utf8,en_US.utf8,de_DE.utf8}');
SET quote_all_identifiers = on;
SELECT b.schema = data::json->'headers'->>'__walferry.schema' AS schema, b.after = (data::json->'value'->'after')::text AS after,
       b.schema = (SELECT (convert_from(walferry.render(q, 'output=record', 'array.handling=all', 'unknown.handling=text'), 'UTF8')::json->'headers'->>'__walferry.schema') FROM quoted q) AS rendered
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'array.handling', 'all', 'unknown.handling', 'text'), before b;
SHOW quote_all_identifiers;
RESET quote_all_identifiers;
DROP TABLE before, quoted;
DROP TYPE test.priced;

-- A currency without hundredths, or with thousandths, where the machine has one.
CALL test.choose_lc_monetary('{ja_JP.utf8,ko_KR.utf8,ar_BH.utf8,ar_KW.utf8}');
CREATE TABLE paid (m money, ma money[]);
INSERT INTO paid VALUES (1234::money, array[1234::money]);
SELECT m::numeric = 1234 AS meant, ('x' || lpad(encode(decode(value, 'base64'), 'hex'), 16, '0'))::bit(64)::bigint AS hundredths
  FROM paid, pg_logical_slot_get_changes('regress', NULL, NULL, 'array.handling', 'all'),
       LATERAL (VALUES (data::json->'after'->>'m'), (data::json->'after'->'ma'->>0)) AS v(value);
RESET lc_monetary;
DROP TABLE paid;

-- and given back
SELECT current_setting('TimeZone') IN ('America/Los_Angeles', 'PST8PDT') AS as_before;
SHOW datestyle;
SHOW intervalstyle;
SHOW bytea_output;
SHOW extra_float_digits;
DROP TABLE numbers, texts, times, made, arrays, others;
DROP TYPE mood CASCADE;
DROP DOMAIN price, amount;
DROP TYPE pair;
-- by default types that Debezium has no mapping for are no members, but in a key
CREATE TABLE left_out (k pg_lsn PRIMARY KEY, i int, p point[], x xml[], m money[], h inet, j pg_lsn);
INSERT INTO left_out VALUES ('0/B16B3741', 1, '{"(1,2)"}', NULL, NULL, '10.0.0.1', '0/B16B3742');
SELECT * FROM test.events();
INSERT INTO left_out VALUES ('0/B16B3742', 1, '{"(1,2)"}', NULL, NULL, '10.0.0.1', '0/B16B3742');
SELECT * FROM test.events('include.unknown.datatypes', 'true', 'binary.handling.mode', 'hex');
DROP TABLE left_out;
SELECT test.stop();
