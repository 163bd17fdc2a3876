-- Rows that do not tell their key: what stands for it is the replica identity, all of it, beside its own schema, or nothing.
SELECT test.start();
CREATE TABLE t (id serial PRIMARY KEY, tenant int NOT NULL, email text NOT NULL, price numeric(9,2) DEFAULT 1.5, UNIQUE (tenant, email));
ALTER TABLE t REPLICA IDENTITY USING INDEX t_tenant_email_key;
INSERT INTO t (tenant, email) VALUES (1, 'a'), (1, 'b');
DELETE FROM t;
CREATE FUNCTION test.keys(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (op text, key text) LANGUAGE sql AS $$
    SELECT CASE json_typeof(r->'value') WHEN 'null' THEN 'tombstone' ELSE coalesce(r#>>'{value,op}', r#>>'{value,payload,op}', '-') END, r->>'key'
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[]), LATERAL (SELECT data::json) AS x(r)
     WHERE r->>'topic' LIKE '%public%' OR r->>'topic' LIKE 'all%'
$$;
SELECT * FROM test.keys();
SELECT DISTINCT op, key FROM test.keys('schemas.enable', 'true') WHERE op <> 'c' ORDER BY op, key;
SELECT DISTINCT op, key FROM test.keys('key.converter.schemas.enable', 'true', 'field.name.adjustment.mode', 'avro', 'include.schema.comments', 'true') WHERE op = 'd' ORDER BY key;
-- as the connector has it
SELECT DISTINCT op, key FROM test.keys('compat', 'debezium', 'schemas.enable', 'true') WHERE op = 'd';

-- behind transforms, which may add to keys, show rows or leave out fields
SELECT DISTINCT op, key FROM test.keys('key.converter.schemas.enable', 'true', 'transforms', 'r', 'transforms.r.type', 'io.debezium.transforms.ByLogicalTableRouter',
                                       'transforms.r.topic.regex', '(.*)public.t', 'transforms.r.topic.replacement', 'all') WHERE op <> 'c' ORDER BY op, key;
SELECT DISTINCT op, key FROM test.keys('schemas.enable', 'true', 'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState',
                                       'transforms.u.delete.tombstone.handling.mode', 'tombstone') WHERE key LIKE '%email%';
SELECT DISTINCT op, key FROM test.keys('key.converter.schemas.enable', 'true', 'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState',
                                       'transforms.u.delete.tombstone.handling.mode', 'delete-to-tombstone') WHERE key LIKE '%email%' ORDER BY key;

-- a part of it is no key: all rows of a tenant have it
SELECT op, key FROM test.keys('column.exclude.list', 'public\.t\.email');
SELECT op, key FROM test.keys('column.mask.with.3.chars', 'public\.t\.email');
SELECT op, key FROM test.keys('column.truncate.to.3.chars', 'public\.t\.email');
DROP TABLE t;
SELECT test.stop();

-- a type without a mapping has its text in keys
SELECT test.start();
CREATE TABLE t (id int PRIMARY KEY, tenant int NOT NULL, lsn pg_lsn NOT NULL, UNIQUE (tenant, lsn));
ALTER TABLE t REPLICA IDENTITY USING INDEX t_tenant_lsn_key;
INSERT INTO t VALUES (1, 1, '0/10');
DELETE FROM t;
SELECT * FROM test.keys();

-- a partition has an identity of its own
CREATE TABLE p (id int, region text, code text NOT NULL, note text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE p_eu PARTITION OF p FOR VALUES IN ('eu');
CREATE UNIQUE INDEX p_eu_code ON p_eu (code);
ALTER TABLE p_eu REPLICA IDENTITY USING INDEX p_eu_code;
INSERT INTO p VALUES (1, 'eu', 'x', 'n');
DELETE FROM p;
SELECT * FROM test.keys('table.include.list', 'public\.p', 'publish.via.partition.root', 'true', 'schemas.enable', 'true') WHERE op <> 'c';
DROP TABLE t, p;
SELECT test.stop();

-- walferry.policy: a key or identity that loses a column is none; keys that it makes alike get no tombstones
SELECT test.start();
CREATE TABLE k (a int, s text, v int, PRIMARY KEY (a, s)) PARTITION BY LIST (a);
CREATE TABLE k1 PARTITION OF k FOR VALUES IN (1);
CREATE TABLE m (k text PRIMARY KEY, v int);
CREATE TABLE h (k char(2) PRIMARY KEY, v int);
INSERT INTO k VALUES (1, 'x', 1), (1, 'y', 2);
DELETE FROM k WHERE s = 'x';
INSERT INTO m VALUES ('a', 1), ('b', 2);
UPDATE m SET k = 'c' WHERE k = 'a';
DELETE FROM m;
INSERT INTO h VALUES ('a', 1);
DELETE FROM h;
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = 'regression/* { column.exclude.list = "public\.k1\.s"; column.mask.with.4.chars = "public\.m\.k"; column.mask.hash.v2.0 = "SHA-256;salt=@pepper;public\.h\.k" }';
ALTER SYSTEM SET walferry.salts = 'pepper=x';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SET client_min_messages = error;
SELECT op, key FROM test.keys('table.include.list', 'public\.k1?', 'publish.via.partition.root', 'true');
SELECT op, key FROM test.keys('table.include.list', 'public\.m');
SELECT op, length(key::json->>'k') FROM test.keys('table.include.list', 'public\.h');
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.with.4.chars = "public\.k1\.s" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT op, key FROM test.keys('table.include.list', 'public\.k1?', 'publish.via.partition.root', 'true');
ALTER SYSTEM RESET walferry.policy;
ALTER SYSTEM RESET walferry.salts;
SELECT pg_reload_conf();
DROP TABLE k, m, h;
DROP FUNCTION test.keys;
SELECT test.stop();
