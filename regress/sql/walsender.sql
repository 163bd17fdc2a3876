-- The same through a replication connection, as clients use it.
CREATE TABLE t (id int PRIMARY KEY, r tstzrange, a text);
CREATE UNLOGGED TABLE lines (n int GENERATED ALWAYS AS IDENTITY, line text);
\! pg_recvlogical -d regression --slot regress --create-slot -P walferry
INSERT INTO t VALUES (1, '[2024-01-01 00:00+00,)', E'two\nlines');
UPDATE t SET id = 2;
ALTER TABLE t RENAME TO u;
ALTER TABLE u DROP COLUMN r;
INSERT INTO u VALUES (3, 'after DDL');
SELECT pg_logical_emit_message(false, 'outside', 'x') IS NOT NULL AS sent;
BEGIN;
INSERT INTO u SELECT g, 'row ' || g FROM generate_series(10, 12) g;
SELECT pg_logical_emit_message(true, 'inside', 'x') IS NOT NULL AS sent;
COMMIT;
DELETE FROM u WHERE id >= 10;
SELECT pg_current_wal_flush_lsn() AS endpos \gset
\setenv ENDPOS :endpos

-- one event a line, each of them JSON
\copy lines (line) FROM PROGRAM 'pg_recvlogical -d regression --slot regress --start --no-loop -f - --endpos=$ENDPOS' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT CASE line::json->>'op' WHEN 'm' THEN 'm ' || (line::json->'message')::text ELSE test.short(line) END AS event
  FROM lines ORDER BY n;

-- options with dots in their names
TRUNCATE lines;
INSERT INTO u VALUES (20, 'record');
SELECT pg_current_wal_flush_lsn() AS endpos \gset
\setenv ENDPOS :endpos
\copy lines (line) FROM PROGRAM 'pg_recvlogical -d regression --slot regress --start --no-loop -f - --endpos=$ENDPOS -o output=record -o topic.prefix=shop -o walferry.headers.enabled=false' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT line::json->>'topic' AS topic, line::json->'key' AS key, line::json->'headers' AS headers FROM lines ORDER BY n;

-- publications are looked up as soon as replication starts
TRUNCATE lines;
CREATE PUBLICATION inserts FOR TABLE u WITH (publish = 'insert');
INSERT INTO u VALUES (21, 'published');
UPDATE u SET a = 'not published';
SELECT pg_current_wal_flush_lsn() AS endpos \gset
\setenv ENDPOS :endpos
\! pg_recvlogical -d regression --slot regress --start --no-loop -f - -o publication.filter=inserts,nobody 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|'
\copy lines (line) FROM PROGRAM 'pg_recvlogical -d regression --slot regress --start --no-loop -f - --endpos=$ENDPOS -o publication.filter=inserts' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT test.short(line) AS event FROM lines ORDER BY n;
DROP PUBLICATION inserts;

-- a filter with a function that is written in SQL and too long to be inlined: a walsender has no snapshot of its own for it
TRUNCATE lines;
CREATE TABLE spans (id int PRIMARY KEY, a timestamp, b timestamp);
CREATE PUBLICATION overlapping FOR TABLE spans WHERE ((a + '1 s'::interval + '1 s'::interval + '1 s'::interval + '1 s'::interval + '1 s'::interval
  + '1 s'::interval + '1 s'::interval + '1 s'::interval + '1 s'::interval + '1 s'::interval + '1 s'::interval, interval '1 h')
  OVERLAPS (b, interval '1 h')) WITH (publish = 'insert');
INSERT INTO spans VALUES (1, '2020-01-01', '2020-01-01'), (2, '2020-01-01', '2021-01-01'), (3, '2020-01-01', '2020-01-01 00:30:00');
SELECT pg_current_wal_flush_lsn() AS endpos \gset
\setenv ENDPOS :endpos
\copy lines (line) FROM PROGRAM 'pg_recvlogical -d regression --slot regress --start --no-loop -f - --endpos=$ENDPOS -o publication.filter=overlapping' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT test.short(line) AS event FROM lines ORDER BY n;
DROP PUBLICATION overlapping;

-- bad ones
\! pg_recvlogical -d regression --slot regress --start --no-loop -f - -o output=avro 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|'
\! pg_recvlogical -d regression --slot regress --start --no-loop -f - -o no.such.option=1 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|; s/HINT.*/HINT/'
\! pg_recvlogical -d regression --slot regress --start --no-loop -f - -o tombstones.on.delete 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|'
\! pg_recvlogical -d regression --slot regress --start --no-loop -f - -o column.mask.hash.v2.SHA-256.with.salt.0123456789012345678901234567890123456789=x 2>&1 | sed 's/^.*ERROR/ERROR/'

-- a slot with a snapshot of its own transaction, and an exported one
\! psql -XAtq "dbname=regression replication=database" -c "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" -c "CREATE_REPLICATION_SLOT with_snapshot TEMPORARY LOGICAL walferry USE_SNAPSHOT" -c "SELECT count(*) FROM u" -c "COMMIT" 2>&1 | sed 's/^\(with_snapshot\).*/\1/'
\! psql -XAtq "dbname=regression replication=database" -c "CREATE_REPLICATION_SLOT exported TEMPORARY LOGICAL walferry EXPORT_SNAPSHOT" 2>&1 | sed 's/^\(exported\).*/\1/'

-- a database that is not UTF-8: the conversion is found, messages too
CREATE DATABASE regress_walsender ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
\! pg_recvlogical -d regress_walsender --slot latin1 --create-slot -P walferry
\c regress_walsender
SET client_encoding = 'UTF8';
CREATE TABLE "é" (id int PRIMARY KEY, "è" text);
SELECT pg_logical_emit_message(false, 'ü', 'x') IS NOT NULL AS sent;
CREATE PUBLICATION "ü" FOR TABLE "é";
INSERT INTO "é" VALUES (1, 'ñ');
SELECT pg_current_wal_flush_lsn() AS endpos \gset
\setenv ENDPOS :endpos
\! PGCLIENTENCODING=UTF8 pg_recvlogical -d regress_walsender --slot latin1 --start --no-loop -f - --endpos=$ENDPOS -o output=record -o walferry.headers.enabled=false -o publication.filter='"ü"' | sed 's/"source":.*"transaction"/"transaction"/; s/"ts_[a-z]*":[0-9]*/"ts":N/g'
\! pg_recvlogical -d regress_walsender --slot latin1 --drop-slot
\c regression
DROP DATABASE regress_walsender;
\! pg_recvlogical -d regression --slot regress --drop-slot
DROP TABLE u, lines;
