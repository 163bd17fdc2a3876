-- What users may have or write that is hard to publish.
\set SHOW_CONTEXT never
SET extra_float_digits = 1;
SELECT test.start();

-- a value without a form: null and one warning a column; an error; null without a word
CREATE TABLE special (id int PRIMARY KEY, n numeric(8,2), m numeric, "ok" int);
INSERT INTO special VALUES (1, 'NaN', 'Infinity', 1), (2, 'NaN', '-Infinity', 2), (3, 1.5, 2.5, 3);
CREATE FUNCTION test.peek(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options)
$$;
SELECT test.peek();
SELECT test.peek('event.converting.failure.handling.mode', 'skip');
SELECT test.peek('event.converting.failure.handling.mode', 'fail');
SELECT test.peek('event.converting.failure.handling.mode', 'fail', 'column.exclude.list', 'public\.special\.n');
SELECT test.peek('event.converting.failure.handling.mode', 'fail', 'column.exclude.list', 'public\.special\.[nm]');
SELECT test.peek('event.converting.failure.handling.mode', 'ignore');
SELECT test.events('event.converting.failure.handling.mode', 'skip') LIMIT 1;
-- why, and the option that keeps the value, which does
CREATE TABLE formless (id int PRIMARY KEY, a int[], n numeric[], m numeric, ts timestamp);
INSERT INTO formless VALUES (1, '{{1},{2}}', '{{NaN}}', 'NaN', '294276-12-31');
CREATE FUNCTION test.row(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT data::json#>>'{payload,after}' FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{value.converter.schemas.enable,true}'::text[])
$$;
SELECT test.row();
SELECT test.row('array.handling', 'json', 'decimal.handling.mode', 'string', 'time.precision.mode', 'isostring');
SELECT test.peek('column.exclude.list', 'public.formless.ts');
SELECT test.peek('numeric.special.handling', 'string', 'column.exclude.list', 'public.formless.ts');
SELECT test.row('event.converting.failure.handling.mode', 'fail', 'column.include.list', 'public.formless.(id|a)');
DROP TABLE formless;
DROP FUNCTION test.row;
SELECT count(*) AS read FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'event.converting.failure.handling.mode', 'skip');

-- expressions that do not compile, in each option that has some; include and exclude of one kind
CREATE TEMP VIEW attempt AS
    SELECT format('SELECT test.peek(%s)', string_agg(quote_literal(replace(part, ':@', '=@')), ', ')) AS statement
      FROM (VALUES (1, 'schema.include.list=a(b'), (2, 'schema.exclude.list=a[b'), (3, 'table.include.list=public.t,x('), (4, 'table.exclude.list=\'),
                   (5, 'column.include.list=a(?'), (6, 'column.exclude.list=(?<n>a)(?<n>b)'), (7, 'message.prefix.include.list=x[z'),
                   (8, 'message.prefix.exclude.list=(z'), (9, 'message.key.columns=t(:id'), (10, 'column.mask.with.3.chars=(a'),
                   (11, 'column.truncate.to.3.chars=a('), (12, 'column.mask.hash.v2=SHA-256;salt:@s;(a'), (13, 'column.propagate.source.type=[a'),
                   (14, 'datatype.propagate.source.type=\Q'),
                   (15, 'schema.include.list=a=schema.exclude.list=b'), (16, 'table.include.list=a=table.exclude.list=b'),
                   (17, 'column.include.list=a=column.exclude.list=b'), (18, 'message.prefix.include.list=a=message.prefix.exclude.list=b')) AS t(n, o),
           LATERAL regexp_split_to_table(o, '=(?=[^=])') WITH ORDINALITY AS p(part, place)
     GROUP BY n ORDER BY n;
SELECT statement FROM attempt \gexec

-- a comma cuts a quantifier: the halves are no expressions, and none of them a filter that lets all pass
DO $$
DECLARE name text; reason text;
BEGIN
    FOREACH name IN ARRAY ARRAY['table.include.list', 'table.exclude.list', 'schema.exclude.list', 'column.exclude.list', 'column.mask.with.3.chars', 'message.prefix.exclude.list'] LOOP
        BEGIN
            PERFORM test.peek(name, 'public\.k{1,2}p');
        EXCEPTION WHEN invalid_parameter_value THEN
            GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
            RAISE NOTICE '%', reason;
        END;
    END LOOP;
END $$;
SELECT test.peek('message.key.columns', 'public\.k{1,2}p:a{1,2}');
SELECT test.peek('table.include.list', 'a{2\,1}');

-- columns that differ in case only; labels of enums with commas, quotes and backslashes
CREATE TYPE odd AS ENUM ('a,b', 'it''s', 'say "x"', 'back\slash', '', ' ', 'é,"''\');
CREATE TABLE "Case" (id int, "ID" int, "Id" odd, ids odd[], "iD" int GENERATED ALWAYS AS (1) STORED, PRIMARY KEY ("ID", id));
INSERT INTO "Case" SELECT n, -n, label, ARRAY[label, NULL, 'a,b'] FROM unnest(enum_range(NULL::odd)) WITH ORDINALITY AS l(label, n);
UPDATE "Case" SET "ID" = 9 WHERE id = 1;
SELECT * FROM test.events();
DELETE FROM "Case" WHERE id = 2;
SELECT data::json->'key' AS key, data::json#>'{value,schema,fields,1,fields,2,parameters,allowed}' AS allowed, data::json#>'{value,payload,before}' AS before
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'value.converter.schemas.enable', 'true') LIMIT 1;

-- 10,000 elements; six dimensions
CREATE TABLE lists (id int PRIMARY KEY, i int[], t text[], d int[]);
INSERT INTO lists SELECT 1, array_agg(i), array_agg(CASE i % 3 WHEN 0 THEN NULL ELSE 'é"' || i END),
       array_fill(7, ARRAY[2,1,3,1,2,2]) FROM generate_series(1, 10000) i;
INSERT INTO lists VALUES (2, '{}', '{}', '[0:0][1:1][-1:0][1:1][1:1][1:2]={{{{{{1,NULL}}},{{{3,4}}}}}}');
SELECT after->>'id' AS id, json_array_length(after->'i') AS elements, (after->'i')::text = (to_json(i)::text) AS i_same,
       (after->'t')::jsonb = to_jsonb(t) AS t_same, (after->'d')::text = to_json(d)::text AS d_same, md5((after->'d')::text) AS d
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL), LATERAL (SELECT data::json->'after') AS a(after)
  JOIN lists ON id = (after->>'id')::int;
SELECT id, d_json = to_json(d)::text AS d_same
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'array.handling', 'json'),
       LATERAL (SELECT (data::json#>>'{after,id}')::int, data::json#>>'{after,d}') AS a(nr, d_json) JOIN lists ON id = nr;

-- as far as dates and times go
CREATE TABLE times (id int PRIMARY KEY, d date, ts timestamp, tz timestamptz, t timetz);
INSERT INTO times VALUES (1, '4714-11-24 BC', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC', '00:00:00+15:59:59'),
                         (2, '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '24:00:00-15:59:59'),
                         (3, '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', '12:00:00+00'),
                         (4, '294276-12-31', '294247-01-10 04:00:54.775807', '294247-01-10 04:00:54.775807+00', '12:00:00+00');
SELECT test.peek();
SELECT test.peek('time.precision.mode', 'isostring');
SELECT test.peek('time.precision.mode', 'connect');
SELECT test.events('time.precision.mode', 'nanoseconds');

-- as many digits as there can be, in each mode
CREATE TABLE digits (id int PRIMARY KEY, n numeric);
INSERT INTO digits SELECT 1, (repeat('123456789', 14563) || '12345.' || repeat('987654321', 1820) || '123')::numeric;
INSERT INTO digits SELECT 2, ('-0.' || repeat('0', 16382) || '1')::numeric;
INSERT INTO digits SELECT 3, ('9' || repeat('0', 131071))::numeric;
SELECT id, length(n::text) AS length, (data::json#>>'{after,n}') = n::text AS same
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'decimal.handling.mode', 'string') JOIN digits ON id = (data::json#>>'{after,id}')::int;
-- digests as Python has them of the unscaled numbers
SELECT id, data::json#>>'{after,n,scale}' AS scale, length(decode(data::json#>>'{after,n,value}', 'base64')) AS bytes,
       md5(decode(data::json#>>'{after,n,value}', 'base64')) AS digest
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL) JOIN digits ON id = (data::json#>>'{after,id}')::int;
SELECT data::json#>>'{after,id}' AS id, data::json#>>'{after,n}' AS n FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'decimal.handling.mode', 'double');

-- a jsonb of 100 MB: an error that says what to do, a stub in a frame; whole where there is room for it
CREATE TABLE documents (id int PRIMARY KEY, j jsonb);
INSERT INTO documents SELECT 1, jsonb_build_object('text', repeat('0123456789', 10 * 1024 * 1024));
INSERT INTO documents VALUES (2, '"after it"');
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
SELECT max(length(data)) < 100000 AS small, string_agg(encode(data, 'escape'), '') ~ 'record.max.bytes' AS stub,
       string_agg(encode(data, 'escape'), '') ~ 'after it' AS goes_on
  FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame');
SELECT length(data) > 100 * 1024 * 1024 AS whole
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'record.max.bytes', '200000000');

DROP TABLE special, "Case", lists, times, digits, documents;
DROP TYPE odd;
DROP VIEW attempt;
DROP FUNCTION test.peek;
-- NULL in a NOT NULL domain, which an outer join or a COPY leaves there: the record shows a value,
-- names the column, and counts it
CREATE DOMAIN some_int AS int NOT NULL;
CREATE DOMAIN some_text AS text NOT NULL DEFAULT 'x';
CREATE DOMAIN some_numeric AS numeric NOT NULL;
CREATE DOMAIN some_time AS timestamptz NOT NULL;
CREATE TABLE holed (id int PRIMARY KEY, i some_int, t some_text, n some_numeric, ts some_time, sure some_int NOT NULL);
ALTER TABLE holed REPLICA IDENTITY FULL;
INSERT INTO holed SELECT 1, (SELECT i FROM holed WHERE false), (SELECT t FROM holed WHERE false),
       (SELECT n FROM holed WHERE false), (SELECT ts FROM holed WHERE false), 5;
INSERT INTO holed VALUES (2, 0, '', 0, '1970-01-01 00:00:00+00', 0);
UPDATE holed SET sure = 6 WHERE id = 1;
UPDATE holed SET i = 7 WHERE id = 1;
DELETE FROM holed WHERE id = 1;
SELECT test.short((data::json->'value')::text) AS event, data::json->'headers'->>'__walferry.defaulted' AS defaulted
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'tombstones.on.delete', 'false');
-- asterisks say nothing of NULL; keys that NULL and 0 share have no tombstones
SELECT test.short((data::json->'value')::text) AS event, data::json->'key' AS key, data::json->'headers'->>'__walferry.defaulted' AS defaulted
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'column.mask.with.3.chars', 'public.holed.t',
                                    'message.key.columns', 'public.holed:i,sure', 'event.converting.failure.handling.mode', 'skip');
SELECT * FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'event.converting.failure.handling.mode', 'fail');
DROP TABLE holed;
DROP DOMAIN some_int, some_text, some_numeric, some_time;
SELECT test.stop();
