-- Databases that are not UTF-8: textual output is ASCII with \u escapes, frames
-- and rendered rows are UTF-8; what has no Unicode form becomes U+FFFD, said
-- once per column.
\set VERBOSITY terse
CREATE DATABASE regress_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
CREATE DATABASE regress_euc_jp ENCODING 'EUC_JP' LOCALE 'C' TEMPLATE template0;
CREATE DATABASE regress_sql_ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0;

\c regress_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION walferry;
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TYPE "größe" AS ENUM ('größer', 'kleiner');
CREATE TABLE "Tür" (id int PRIMARY KEY, "ä" text, j jsonb, e "größe", a text[], n name, x xml);
INSERT INTO "Tür" VALUES (1, 'naïve £5', '{"ü":"ö"}', 'größer', '{é,è}', 'Ñ', '<ß/>');
SELECT pg_logical_emit_message(true, 'é', 'x') IS NOT NULL AS sent, pg_logical_emit_message(false, 'è', 'x') IS NOT NULL AS sent;
SELECT regexp_replace(data::json->>'key', '\s', '') AS key, data::json->>'topic' AS topic, data ~ '^[ -~]*$' AS ascii,
       (data::json->'value'->'after')::text AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record');
SELECT bool_or(position(convert_to('naïve £5', 'UTF8') IN data) > 0) AS text,
       bool_or(position(convert_to('größer', 'UTF8') IN data) > 0) AS label,
       bool_or(position(convert_to('Tür', 'UTF8') IN data) > 0) AS table
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');
SELECT encode(substring(walferry.render(t) FROM position(convert_to('naïve', 'UTF8') IN walferry.render(t)) FOR 10), 'escape') FROM "Tür" t;
-- messages that are decoded: text in the database's encoding, and bytes that are UTF-8
SELECT pg_logical_emit_message(true, 'm', '{"ä":"é"}') IS NOT NULL AS text, pg_logical_emit_message(true, 'm', convert_to('{"ä":"è"}', 'UTF8')) IS NOT NULL AS bytes;
SELECT data::json->>'op' AS op, (data::json->'after')::text AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'transforms', 'decode', 'transforms.decode.type',
                                   'io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent');
-- one that cannot be, outside of transactions, where there is no catalogue to look into
SELECT pg_logical_emit_message(false, 'é', 'no JSON') IS NOT NULL AS text;
\! timeout 20 pg_recvlogical -d "dbname=regress_latin1 options='-c client_encoding=UTF8'" --slot regress --start --no-loop -f - -E $(psql -Atq -d regress_latin1 -c "SELECT pg_current_wal_insert_lsn()") -o transforms=decode -o transforms.decode.type=io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent 2>&1 | sed -E 's/[0-9A-F]+\/[0-9A-F]+/LSN/; s/^\{.*/the event/'
-- what is wrong with an option is told in the database's encoding
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'table.include.list', 'für(');
-- long: more than one piece of conversion
INSERT INTO "Tür" VALUES (2, repeat('aé', 100000));
SELECT data::json->'after'->>'ä' = repeat('aé', 100000) AS same FROM pg_logical_slot_get_changes('regress', NULL, NULL);
-- longer than a record: what is hashed is all of it, what is cut is what it is
INSERT INTO "Tür" VALUES (3, repeat('é', 1500000));
SELECT data::json->'after'->>'ä' = md5(convert_to('CzQMA0cB5K' || repeat('é', 1500000), 'UTF8')) AS same
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.mask.hash.v2', 'MD5;salt=@s1;public\.Tür\.ä');
SELECT data::json->'after'->>'ä' AS cut
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'record.max.bytes', '1000000', 'column.truncate.to.5.chars', 'public\.Tür\.ä');
-- a hstore's beginning is none
CREATE EXTENSION hstore;
CREATE TABLE pairs (id int PRIMARY KEY, h hstore, a hstore[]);
INSERT INTO pairs SELECT 1, h, NULL FROM hstore('ké', repeat('x', 100000)) h;
INSERT INTO pairs SELECT 2, NULL, ARRAY[h] FROM hstore('ké', repeat('x', 100000)) h;
SELECT encode(data, 'escape') ~ 'record\.max\.bytes' AS stub FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame', 'record.max.bytes', '4096');
SELECT data::json->'after'->>'h' AS cut FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'record.max.bytes', '200000', 'column.truncate.to.8.chars', 'public\.pairs\.h');
SELECT pg_drop_replication_slot('regress');

\c regress_euc_jp
SET client_encoding = 'UTF8';
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TABLE "表" (id int PRIMARY KEY, "列" text, t text, a text[]);
INSERT INTO "表" VALUES (1, '日本語', 'ok');
SELECT data ~ '^[ -~]*$' AS ascii, (data::json->'after')::text AS after, data::json->'after'->>'列' = '日本語' AS same
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
-- well-formed, but no character
INSERT INTO "表" VALUES (2, convert_from('\x61fdfe62', 'EUC_JP'), 'ok', NULL), (3, convert_from('\xfdfe', 'EUC_JP'), convert_from('\xfdfefdfe', 'EUC_JP'), NULL),
    (4, NULL, 'ok', array['ok', convert_from('\xfdfe63', 'EUC_JP')]);
SELECT substring(data::json::text FROM '"after":(.*),"source"') AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
INSERT INTO "表" VALUES (5, repeat('日本', 50000) || convert_from('\xfdfe', 'EUC_JP') || repeat('x', 70000));
SELECT (length(data) - length(replace(data, '\uFFFD', ''))) / 6 AS replaced,
       (length(data) - length(replace(data, '\u65E5\u672C', ''))) / 12 AS kept,
       length(data) - length(replace(data, 'x', '')) >= 70000 AS rest
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
-- a character where a piece of conversion could end
INSERT INTO "表" SELECT 5 + n, repeat('x', 65536 - n) || '本日' FROM generate_series(1, 3) n;
SELECT data::json->'after'->>'列' = repeat('x', 65535 - row_number::int + 1) || '本日' AS same
  FROM (SELECT data, row_number() OVER () FROM pg_logical_slot_get_changes('regress', NULL, NULL)) c;
SELECT pg_drop_replication_slot('regress');

\c regress_sql_ascii
SET client_encoding = 'SQL_ASCII';
CREATE EXTENSION walferry;
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text[]);
INSERT INTO t VALUES (1, 'plain', 'tür', NULL), (2, convert_from('\x61ff62', 'SQL_ASCII'), convert_from('\xc3', 'SQL_ASCII'), NULL),
    (3, convert_from('\xff', 'SQL_ASCII'), 'x', array[convert_from('\xfe', 'SQL_ASCII')]);
SELECT data ~ '^[ -~]*$' AS ascii, substring(data::json::text FROM '"after":(.*),"source"') AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL);
SELECT count(*) > 0 AS framed FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame');
SELECT position('\xefbfbd'::bytea IN walferry.render(t)) > 0 AS replaced FROM t ORDER BY id;
-- names that are no UTF-8 either: a bad value and an unseen delete are told all
-- the same, and the stream goes on
DO $$ BEGIN EXECUTE E'CREATE TABLE "k\xE9" (id int, "v\xE9" text)'; END $$;
DO $$ BEGIN EXECUTE E'INSERT INTO "k\xE9" VALUES (1, E\'bad \\xE9\'), (2, \'good\')'; END $$;
SELECT substring(data::json::text FROM '"after":(.*),"source"') AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
DO $$ BEGIN EXECUTE E'DELETE FROM "k\xE9"'; END $$;
INSERT INTO t VALUES (4, 'after', 'it', NULL);
SELECT substring(data::json::text FROM '"after":(.*),"source"') AS after
  FROM pg_logical_slot_get_changes('regress', NULL, NULL);
SELECT pg_drop_replication_slot('regress');

\c regression
DROP DATABASE regress_latin1;
DROP DATABASE regress_euc_jp;
DROP DATABASE regress_sql_ascii;

-- a warning about a name that the client's encoding does not have
SET client_encoding = 'UTF8';
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TABLE "鍵" (id int);
INSERT INTO "鍵" VALUES (1);
UPDATE "鍵" SET id = 2;
SET client_encoding = 'LATIN1';
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL);
SET client_encoding = 'UTF8';
SELECT pg_drop_replication_slot('regress');
DROP TABLE "鍵";
