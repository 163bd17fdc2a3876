-- walferry.policy: the strictest of several rules holds, and what a mask hides does not show by the way.
CREATE TABLE card (id int PRIMARY KEY, number text, note varchar(40), photo bytea, big text);
ALTER TABLE card ALTER big SET STORAGE EXTERNAL, ALTER photo SET STORAGE EXTERNAL;
CREATE TABLE cards (id int PRIMARY KEY, number text) PARTITION BY RANGE (id);
CREATE TABLE cards_mid PARTITION OF cards FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
CREATE TABLE cards_low PARTITION OF cards_mid FOR VALUES FROM (0) TO (10);
SELECT test.start();
INSERT INTO card VALUES (1, '4111111111111111', 'a long note', '\x0102030405', NULL);
INSERT INTO cards VALUES (2, '4222222222222222');
CREATE FUNCTION test.peek(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options)
$$;
LOAD 'walferry';

-- of two truncations the shorter: in two parts, whichever comes first, and in one
ALTER SYSTEM SET walferry.policy = '*/* { column.truncate.to.12.chars = "public\.card\.number"; column.truncate.to.1.chars = "public\.card\.photo"; column.truncate.to.9.chars = "public\.card\.note"; column.truncate.to.3.chars = "public\.card\.note" } regression/* { column.truncate.to.2.chars = "public\.card\.number"; column.truncate.to.4.chars = "public\.card\.photo" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.card');
-- of names of a partition likewise
ALTER SYSTEM SET walferry.policy = 'regression/* { column.truncate.to.12.chars = "public\.cards_low\.number"; column.truncate.to.2.chars = "public\.cards\.number"; column.truncate.to.5.chars = "public\.cards_mid\.number" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.cards.*');
SELECT * FROM test.peek('table.include.list', 'public.cards.*', 'publish.via.partition.root', 'true');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.truncate.to.2.chars = "public\.cards_low\.number"; column.truncate.to.12.chars = "public\.cards\.number" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.cards.*');
SELECT * FROM test.peek('table.include.list', 'public.cards.*', 'publish.via.partition.root', 'true');
-- asterisks before a hash before a truncation; of two of these a kind the first
ALTER SYSTEM SET walferry.policy = '*/* { column.truncate.to.2.chars = "public\.card\..*"; column.mask.hash.v2 = "MD5;salt=@s1;public\.card\.(number|note)"; column.mask.with.3.chars = "public\.card\.note"; column.mask.with.5.chars = "public\.card\.note" } regression/* { column.mask.hash.v2 = "SHA-256;salt=@s1;public\.card\.(number|note)" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.card');
-- a client's rule acts on what the policy has left: it can tell less, not more
ALTER SYSTEM SET walferry.policy = 'regression/* { column.truncate.to.12.chars = "public\.card\.number"; column.mask.with.4.chars = "public\.card\.note" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.card', 'column.truncate.to.2.chars', '.*number', 'column.truncate.to.9.chars', '.*note');
SELECT * FROM test.peek('table.include.list', 'public.card', 'column.truncate.to.14.chars', '.*number', 'column.mask.with.2.chars', '.*note');
SELECT data::json->'after'->>'number' = encode(sha256(convert_to('CzQMA0cB5K411111111111', 'UTF8')), 'hex') AS of_12_characters,
       data::json->'after'->>'note' = left(encode(sha256(convert_to('CzQMA0cB5K****', 'UTF8')), 'hex'), 40) AS of_asterisks
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'table.include.list', 'public.card', 'column.mask.hash.v2', 'SHA-256;salt=@s1;.*(number|note)');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.hash.v2 = "SHA-256;salt=@s1;public\.card\.number" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.peek('table.include.list', 'public.card', 'column.mask.with.2.chars', '.*number');
SELECT * FROM test.peek('table.include.list', 'public.card', 'column.truncate.to.2.chars', '.*number');

-- a mask: large or short, unchanged or not, or NULL
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.card\.big" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
CREATE FUNCTION test.told(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s %s', r->'value'->>'op', regexp_replace((r->'headers')::text, '"__walferry.(position|schema)":"[0-9A-Fa-f/]*"', '"__walferry.\1":X', 'g'),
                  regexp_replace((r->'value'->'after')::text, '[0-9a-f]{64}', '(hash)', 'g'))
      FROM (SELECT data::json FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[])) AS d(r)
     WHERE json_typeof(r->'value') = 'object'
$$;
INSERT INTO card (id, big) VALUES (2, repeat('s', 9000)), (3, NULL), (4, 'short');
UPDATE card SET number = 'x' WHERE id > 1;
UPDATE card SET big = repeat('t', 9000) WHERE id > 1;
SELECT * FROM test.told();
-- nor does it count for the size of a record
SELECT * FROM test.told('record.max.bytes', '5000');
-- the whole old row
ALTER TABLE card REPLICA IDENTITY FULL;
UPDATE card SET number = 'y' WHERE id IN (2, 3);
UPDATE card SET number = 'z', big = 'another' WHERE id IN (2, 3);
ALTER TABLE card REPLICA IDENTITY DEFAULT;
SELECT data::json->'before'->>'big' AS before, data::json->'after'->>'big' AS after
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '5000') WHERE data ~ '"after":.*"number":"[yz]"';
SELECT data::json->'headers'->>'Changed' AS changed
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'transforms', 'c', 'transforms.c.type', 'io.debezium.transforms.ExtractChangedRecordState', 'transforms.c.header.changed.name', 'Changed')
 WHERE data ~ '"after":.*"number":"[yz]"';
-- what a hash and a truncation tell: NULL, and that a large value has not changed
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.hash.v2 = "SHA-256;salt=@s1;public\.card\.big" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.told();
ALTER SYSTEM SET walferry.policy = 'regression/* { column.truncate.to.3.chars = "public\.card\.big" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.told();

-- where the WAL has the key alone: asterisks, as by a client's mask, unless such columns are left out; they make no key
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
CREATE TABLE identified (id int PRIMARY KEY, code int NOT NULL, big text NOT NULL, small text DEFAULT 'd');
CREATE UNIQUE INDEX identified_code ON identified (code);
ALTER TABLE identified REPLICA IDENTITY USING INDEX identified_code;
INSERT INTO identified VALUES (1, 2, 'one', NULL);
DELETE FROM identified;
UPDATE card SET id = 5 WHERE id = 3;
DELETE FROM card WHERE id = 5;
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.(card|identified)\.(big|small)" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
CREATE FUNCTION test.befores(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s', r->'key', r->'value'->'before')
      FROM (SELECT data::json FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[])) AS d(r)
     WHERE json_typeof(r->'value'->'before') = 'object'
$$;
SELECT * FROM test.befores('schemas.enable', 'false');
SELECT * FROM test.befores('before.key_only', 'omit');
SELECT * FROM test.befores('column.mask.with.2.chars', 'public\.card\.(big|note)');
SELECT * FROM test.befores('column.truncate.to.3.chars', 'public\.card\.(big|note)');
SELECT * FROM test.befores('column.exclude.list', 'public\.card\.big');
DROP FUNCTION test.befores;
DROP TABLE identified;

-- the whole replica identity left out: deletes go, and that is what the log says, not that there is no key
CREATE TABLE keyed (id int PRIMARY KEY, other int UNIQUE NOT NULL, v text);
CREATE TABLE keyed_parted (id int PRIMARY KEY, v text) PARTITION BY LIST (id);
CREATE TABLE keyed_1 PARTITION OF keyed_parted FOR VALUES IN (1);
CREATE TABLE keyless (id int, v text);
ALTER TABLE keyless REPLICA IDENTITY NOTHING;
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.key(ed|ed_parted|less)\.id" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
INSERT INTO keyed VALUES (1, 1, 'a');
UPDATE keyed SET v = 'b';
DELETE FROM keyed;
INSERT INTO keyed_parted VALUES (1, 'a');
DELETE FROM keyed_parted;
INSERT INTO keyless VALUES (1, 'a');
DELETE FROM keyless;
SELECT * FROM test.peek('publish.via.partition.root', 'true');
SELECT pg_replication_slot_advance('regress', pg_current_wal_lsn()) IS NOT NULL AS forgotten;
-- the two ways out
ALTER TABLE keyed REPLICA IDENTITY USING INDEX keyed_other_key;
ALTER TABLE keyed_1 REPLICA IDENTITY FULL;
INSERT INTO keyed VALUES (1, 1, 'a');
UPDATE keyed SET v = 'b';
DELETE FROM keyed;
INSERT INTO keyed_parted VALUES (1, 'a');
DELETE FROM keyed_parted;
SELECT * FROM test.peek('publish.via.partition.root', 'true');
DROP TABLE keyed, keyed_parted, keyless;

ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.stop();
DROP TABLE card, cards;
DROP FUNCTION test.peek, test.told;
