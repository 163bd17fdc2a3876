-- Names that need care: quotes, dots, commas, newlines, 63 bytes, other scripts.
SELECT test.start();
CREATE SCHEMA "sché.ma";
CREATE TABLE "sché.ma"."Ünï.cødé ""x""" ("k,1" int PRIMARY KEY, "a ""quoted""" text, "new
line" text, "tab	and \backslash" text, "{""json"":1}" text);
INSERT INTO "sché.ma"."Ünï.cødé ""x""" VALUES (1, '"', E'\n', E'\\', '{}');
UPDATE "sché.ma"."Ünï.cødé ""x""" SET "k,1" = 2;
SELECT * FROM test.records();

-- 63 bytes, of one and of several bytes each
CREATE TABLE ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt
    (ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc int PRIMARY KEY);
INSERT INTO ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt VALUES (1);
CREATE TABLE "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" ("日本語の列" int PRIMARY KEY, "😀" text);
INSERT INTO "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" VALUES (1, '😀');
SELECT * FROM test.records();

-- columns that differ in case only, and names that JSON or we use
CREATE TABLE "before" ("id" int PRIMARY KEY, "ID" int, "op" int, "source" int, "null" int, "true" int);
INSERT INTO "before" VALUES (1, 2, 3, 4, 5, 6);
SELECT * FROM test.records();

-- names in schema description (frame output), with comments
COMMENT ON TABLE "before" IS E'a "comment"\nof two lines';
COMMENT ON COLUMN "before".op IS 'é';
ALTER TABLE "before" ADD COLUMN v varchar(7), ADD COLUMN n numeric(10,2)[];
INSERT INTO "before" VALUES (2);
SELECT regexp_replace(convert_from(substring(f FROM start FOR position('\x7d5d7d'::bytea IN f) + 3 - start), 'UTF8')::json::text,
                      '"oid":\d+,"topic"', '"oid":N,"topic"') AS schema
  FROM (SELECT string_agg(data, '') AS f
          FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame')) AS frames,
       LATERAL (SELECT position('\x7b22666f726d6174'::bytea IN f) AS start) AS x;
DROP TABLE "before", "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü", ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt;
DROP SCHEMA "sché.ma" CASCADE;

-- names that an adjustment makes one; what is left out has none
\set SHOW_CONTEXT never
CREATE TABLE same (id int PRIMARY KEY, "a-b" int, a_b int);
INSERT INTO same VALUES (1, 2, 3);
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'field.name.adjustment.mode', 'avro');
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'field.name.adjustment.mode', 'avro', 'column.exclude.list', 'public.same.a_b');
SELECT * FROM test.events('field.name.adjustment.mode', 'avro_unicode');
DROP TABLE same;
SELECT test.stop();
