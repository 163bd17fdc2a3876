-- unknown.handling=json: composite types and multiranges as JSON.
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SELECT test.start();
CREATE TYPE point3 AS (x int, y numeric, z float8);
CREATE TYPE mood AS ENUM ('sad, "very"', 'ok');
CREATE DOMAIN lines AS text[];
CREATE DOMAIN place AS point3;
CREATE TYPE everything AS (b bool, n numeric, f real, t text, c char(3), d date, ts timestamp, tz timestamptz(3), tm time,
    j json, jb jsonb, u uuid, ba bytea, m mood, iv interval, r int4range, p point, bx box[],
    ia int[], ta text[], ja jsonb[], da lines, p3 place, p3a point3[], o oid, v int2vector, "q""uo\te" int);
CREATE TABLE nat (id int PRIMARY KEY, e everything, pa point3[]);
INSERT INTO nat VALUES (1, ROW(true, 12.50, 1.5, E'a,"b"\\ (c) {d} é \U0001F600\n\x01', 'x', '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+02',
    '24:00', '{"a": [1, "x"]}', '{"b": null}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff', 'sad, "very"', '1 day', '[1,5)', '(1,2)',
    '{(1,1),(0,0);(2,2),(1,1)}', '{1,NULL,3}', ARRAY['NULL', NULL, '', 'a"b\c', '{x}', 'Nul', 'NULLS'], ARRAY['{"k": "v\"w"}'::jsonb, 'null'], '{a,b}',
    ROW(1, 'NaN', '-Infinity')::point3, ARRAY[ROW(1,2,3)::point3, NULL, ROW(NULL,NULL,NULL)::point3], 4294967295, '1 2', 7)::everything,
    ARRAY[[ROW(1,2,3)::point3, ROW(4,1e-20,1e300)::point3]]);
INSERT INTO nat (id, e) VALUES (2, ROW(NULL,'-Infinity',NULL,'',NULL,'infinity','infinity','-infinity',NULL,NULL,NULL,NULL,'',NULL,NULL,'empty',NULL,'{}',
    '[0:1]={1,2}','{{a,b},{c,d}}',NULL,'{}',NULL,'{}',NULL,'',NULL)::everything);
INSERT INTO nat (id, e.d, e.ts, e.tz) VALUES (3, '0044-03-15 BC', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC');
INSERT INTO nat (id) VALUES (4);
CREATE TEMP TABLE written AS
SELECT after FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'unknown.handling', 'json', 'array.handling', 'json'),
       LATERAL (SELECT data::json->'after') AS a(after);
SELECT after->>'e' AS e, after->>'pa' AS pa FROM written;
-- the same as PostgreSQL's own, which puts line feeds between elements
SELECT id, e_json = replace(replace(to_json(e)::text, U&'\+01F600', '\uD83D\uDE00'), E'\n ', '') AS e_same,
       pa_json = replace(to_json(pa)::text, E'\n ', '') AS pa_same
  FROM written, LATERAL (SELECT after->>'e', after->>'pa', (after->>'id')::int) AS w(e_json, pa_json, nr) JOIN nat ON id = nr;
-- other handlings
SELECT test.events('unknown.handling', 'json', 'column.include.list', 'public\.nat\.(id|pa)');
INSERT INTO nat (id, pa) VALUES (5, ARRAY[ROW(1,2,3)::point3]);
SELECT test.events('unknown.handling', 'text', 'array.handling', 'json', 'column.include.list', 'public\.nat\.(id|pa)');

-- multiranges; what has no better form is text; the schema
CREATE TABLE multi (id int PRIMARY KEY, n nummultirange, t tsmultirange NOT NULL, a int4multirange[], lsn pg_lsn, nested place NOT NULL);
INSERT INTO multi VALUES (1, '{(,1.5],[2,)}', '{["2024-01-01 00:00:00","2024-01-02 00:00:00")}', '{"{}","{[1,2),[4,5)}"}', 'A/B16B3748', ROW(1,2,3));
DELETE FROM multi;
SELECT data::json#>>'{payload,op}' AS op, data::json#>'{payload,before}' AS before, data::json#>'{payload,after}' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'unknown.handling', 'json', 'value.converter.schemas.enable', 'true');
SELECT f->>'field' AS field, f->>'type' AS type, f->>'name' AS name, f->'items'->>'name' AS items
  FROM (SELECT data::json FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'unknown.handling', 'json', 'value.converter.schemas.enable', 'true') LIMIT 1) AS x(v),
       LATERAL json_array_elements(v#>'{schema,fields,1,fields}') f;

-- a type that is altered: each row has the attributes of its time, or of now where the type says so
INSERT INTO multi VALUES (2, NULL, '{}', NULL, NULL, ROW(1,2,3));
ALTER TYPE point3 RENAME ATTRIBUTE x TO left_x;
ALTER TYPE point3 ADD ATTRIBUTE "new one" text;
INSERT INTO multi VALUES (3, NULL, '{}', NULL, NULL, ROW(1,2,3,'n'));
UPDATE multi SET id = 4 WHERE id = 2;
ALTER TYPE point3 DROP ATTRIBUTE y;
INSERT INTO multi VALUES (5, NULL, '{}', NULL, NULL, ROW(1,3,'n'));
CREATE TABLE of_rows (id int PRIMARY KEY, m multi);
INSERT INTO of_rows SELECT 1, multi FROM multi WHERE id = 5;
ALTER TABLE multi ADD COLUMN extra int;
INSERT INTO of_rows SELECT 2, multi FROM multi WHERE id = 5;
SELECT test.events('unknown.handling', 'json');

-- toasted parts, unchanged ones, and as a key
CREATE TYPE doc AS (title text, body text, parts text[]);
CREATE TABLE docs (id int PRIMARY KEY, d doc, v int);
ALTER TABLE docs ALTER d SET STORAGE EXTERNAL;
CREATE TABLE source (body text);
ALTER TABLE source ALTER body SET STORAGE EXTERNAL;
INSERT INTO source SELECT string_agg(md5(i::text) || '"\', ',') FROM generate_series(1, 2000) i;
INSERT INTO docs SELECT 1, ROW('t', body, ARRAY[body, 'x'])::doc, 1 FROM source;
UPDATE docs SET v = 2;
SELECT op, length(doc) AS length, doc = to_json(d)::text AS same, left(doc, 40) AS starts
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'unknown.handling', 'json', 'table.include.list', 'public\.docs'),
       LATERAL (SELECT data::json->>'op', data::json#>>'{after,d}') AS e(op, doc), docs;
CREATE TABLE keyed (k point3 PRIMARY KEY);
INSERT INTO keyed VALUES (ROW(1,2.5,'x'));
UPDATE keyed SET k = ROW(2,2.5,'x');
SELECT * FROM test.records('unknown.handling', 'json');

-- however deep; deeper than is followed there is no form
DO $$
BEGIN
    CREATE TYPE deep0 AS (v int);
    FOR i IN 1..40 LOOP
        EXECUTE format('CREATE TYPE deep%s AS (v deep%s)', i, i - 1);
    END LOOP;
END $$;
CREATE TABLE deep (id int PRIMARY KEY, d deep30, e deep40);
INSERT INTO deep (id, d.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v) VALUES (1, 7);
INSERT INTO deep (id, e.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v.v) VALUES (2, 8);
SELECT test.events('unknown.handling', 'json');

DROP TABLE nat, of_rows, multi, docs, source, keyed, deep, written;
DROP TYPE doc;
DO $$ BEGIN FOR i IN REVERSE 40..0 LOOP EXECUTE format('DROP TYPE deep%s', i); END LOOP; END $$;
DROP TYPE everything;
DROP DOMAIN place, lines;
DROP TYPE point3, mood;
SELECT test.stop();
