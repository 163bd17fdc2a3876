-- walferry.policy: options that have one value, and what could undo them by another road.
\set SHOW_CONTEXT never
\set VERBOSITY default
SELECT test.start();
CREATE TABLE forced (id int PRIMARY KEY, code varchar(5));
CREATE TABLE forced_root (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE forced_leaf PARTITION OF forced_root FOR VALUES FROM (0) TO (10);
INSERT INTO forced VALUES (1, 'a');
INSERT INTO forced_root VALUES (1);
CREATE ROLE regress_forced SUPERUSER LOGIN;
CREATE FUNCTION test.keys(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s %s', data::json->>'topic', data::json->'key', data::json->'value'->'schema' IS NOT NULL)
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[])
$$;
LOAD 'walferry';

-- what contradicts itself, or is not well, is not taken
ALTER SYSTEM SET walferry.policy = '*/* { record.max.bytes = 5000; record.max.bytes = 6000 }';
ALTER SYSTEM SET walferry.policy = 'd/r { record.max.bytes = 5000 } */* { } d/r { record.max.bytes = 6000 }';
ALTER SYSTEM SET walferry.policy = '*/* { output = frame } */* { output = record }';
ALTER SYSTEM SET walferry.policy = '*/* { message.key.columns = "public\.forced" }';
ALTER SYSTEM SET walferry.policy = '*/* { column.propagate.source.type = "a(b" }';
ALTER SYSTEM SET walferry.policy = '*/* { datatype.propagate.source.type = "a(b" }';
ALTER SYSTEM SET walferry.policy = '*/* { publish.via.partition.root.include.list = "a(b" }';
ALTER SYSTEM SET walferry.policy = '*/* { transforms = route; transforms.route.type = org.apache.kafka.connect.transforms.RegexRouter; transforms.route.regex = "(" }';
ALTER SYSTEM SET walferry.policy = '*/* { transforms.route.type = no.Such; transforms.route.type = org.apache.kafka.connect.transforms.RegexRouter }';
ALTER SYSTEM SET walferry.policy = '*/* { transforms = route } d/* { transforms.route.type = no.Such }';
ALTER SYSTEM SET walferry.policy = 'd/* { transforms = route } */* { transforms.route.type = no.Such }';

-- lists that keep nothing back have one value too; a list may be empty
ALTER SYSTEM SET walferry.policy = '*/* { message.key.columns = "public\.forced:code"; column.propagate.source.type = ".*\.code"; datatype.propagate.source.type = ""; skipped.operations = "u,d"; output = Record|frame }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys();
SELECT test.keys('message.key.columns', 'public\.forced:code', 'datatype.propagate.source.type', '', 'skipped.operations', 'D,U');
SELECT test.keys('message.key.columns', 'public\.forced:id');
SELECT test.keys('column.propagate.source.type', '.*');
SELECT test.keys('datatype.propagate.source.type', '.*int4');
SELECT count(*) > 0 AS propagated FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'value.converter.schemas.enable', 'true', 'table.include.list', 'public.forced')
 WHERE data LIKE '%"__debezium.source.column.type":"VARCHAR"%';

-- an option that stands above others: these have its value
ALTER SYSTEM SET walferry.policy = '*/* { schemas.enable = false }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys('key.converter.schemas.enable', 'true');
SELECT test.keys('value.converter.schemas.enable', 'true');
SELECT test.keys('value.converter.delegate.converter.type.schemas.enable', 'true');
SELECT test.keys('schemas.enable', 'true');
SELECT test.keys('schemas.enable', 'FALSE', 'key.converter.schemas.enable', 'false', 'value.converter.schemas.enable', 'False');
-- unless the policy itself says otherwise
ALTER SYSTEM SET walferry.policy = '*/* { schemas.enable = false; value.converter.schemas.enable = true }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys('key.converter.schemas.enable', 'true');
SELECT test.keys('value.converter.schemas.enable', 'false');
SELECT test.keys('table.include.list', 'public.forced');
ALTER SYSTEM SET walferry.policy = '*/* { value.converter.schemas.enable = false }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys('table.include.list', 'public.forced', 'schemas.enable', 'true');
SELECT test.keys('schemas.enable', 'true', 'value.converter.delegate.converter.type.schemas.enable', 'true');

-- the same by other roads
ALTER SYSTEM SET walferry.policy = '*/* { publish.via.partition.root = false; include.unknown.datatypes = false }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys('publish.via.partition.root.include.list', 'public.forced_root');
SELECT test.keys('publication.filter', 'any');
SELECT test.keys('unknown.handling', 'text');
SELECT test.keys();
ALTER SYSTEM SET walferry.policy = '*/* { include.generated.columns = False }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys('publication.filter', 'any');
-- a chain is one thing
ALTER SYSTEM SET walferry.policy = '*/* { transforms = route; transforms.route.type = org.apache.kafka.connect.transforms.RegexRouter; transforms.route.regex = ".*"; transforms.route.replacement = all }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.keys();
SELECT test.keys('transforms.route.regex', '.*');
SELECT test.keys('transforms.route.regex', 'none');
SELECT test.keys('transforms.route.predicate', 'p', 'predicates', 'p');
SELECT test.keys('predicates', 'p');
SELECT test.keys('predicates.p.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches');

-- of several parts that which means fewer sessions
ALTER SYSTEM SET walferry.policy = 'regression/regress_forced { topic.prefix = both } */regress_forced { topic.prefix = role; output = record } regression/* { topic.prefix = database; topic.delimiter = _; output = frame } */* { topic.prefix = all; topic.delimiter = -; tombstones.on.delete = false }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT current_user AS superuser \gset
SELECT test.keys();
SELECT count(*) > 0 AS framed FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame', 'topic.prefix', 'database');
\c - regress_forced
SELECT test.keys();
SELECT test.keys('topic.prefix', 'role');
SELECT test.keys('tombstones.on.delete', 'true');
\c - :superuser
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = '*/regress_forced { topic.prefix = role } regression/* { topic.prefix = database } */* { topic.prefix = all }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
\c - regress_forced
SELECT test.keys();
\c - :superuser

-- the text is UTF-8 and forced as such
SET client_min_messages = warning;
CREATE DATABASE regress_forced_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
LOAD 'walferry';
ALTER SYSTEM SET walferry.policy = '*/* { unavailable.value.placeholder = "größer"; message.key.columns = "public\.Tür:ä" }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT test.stop();
\c regress_forced_latin1
SET client_encoding = 'UTF8';
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TABLE "Tür" (id int PRIMARY KEY, "ä" text, big text);
ALTER TABLE "Tür" ALTER big SET STORAGE EXTERNAL;
INSERT INTO "Tür" VALUES (1, 'é', repeat('x', 3000));
UPDATE "Tür" SET id = 2;
LOAD 'walferry';
SELECT data::json->>'key' AS key, data::json->'value'->'after'->>'big' AS big FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'unavailable.value.placeholder', 'größer') WHERE data LIKE '%"op":"u"%';
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'unavailable.value.placeholder', 'ä');
SELECT pg_drop_replication_slot('regress');
\c regression
DROP DATABASE regress_forced_latin1;
LOAD 'walferry';
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
DROP TABLE forced, forced_root;
DROP FUNCTION test.keys;
DROP ROLE regress_forced;
