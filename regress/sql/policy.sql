\set SHOW_CONTEXT never
-- walferry.policy: what a client cannot choose, and that it cannot be got rid of.
SELECT current_user AS superuser \gset
CREATE ROLE regress_confined LOGIN REPLICATION;
CREATE ROLE regress_free LOGIN REPLICATION;
GRANT USAGE ON SCHEMA test TO PUBLIC;
CREATE TABLE p_user (id int PRIMARY KEY, ssn text UNIQUE NOT NULL, name text DEFAULT 'Eve', note varchar(20) DEFAULT 'tiny', born date, photo bytea, at timestamptz);
CREATE TABLE p_secret (id int PRIMARY KEY);
CREATE TABLE p_key (code text PRIMARY KEY, v int);
CREATE TABLE p_generated (g text GENERATED ALWAYS AS (lower(ssn)) STORED, ssn text, id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE p_open (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
SELECT test.start();
INSERT INTO p_user VALUES (1, '123-45-6789', 'Ann', 'tall', '2001-02-03', '\x010203', NULL), (2, '', NULL, NULL, NULL, NULL, NULL);
UPDATE p_user SET id = 3 WHERE id = 1;
DELETE FROM p_user WHERE id = 2;
INSERT INTO p_secret VALUES (1);
INSERT INTO p_key VALUES ('alpha', 1);
INSERT INTO p_generated (ssn, id) VALUES ('ABC', 1);
INSERT INTO p_open VALUES (1);
UPDATE p_key SET code = 'beta';
SELECT pg_logical_emit_message(true, 'private', 'x') IS NOT NULL AS emitted;
CREATE FUNCTION test.peek(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options)
$$;
CREATE FUNCTION test.peek_keys(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s %s', data::json->>'topic', data::json->'key',
                  regexp_replace((data::json->'headers')::text, '"__walferry.(position|schema)":"[0-9A-Fa-f/]*"', '"__walferry.\1":X', 'g'))
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options || '{output,record}'::text[])
$$;

LOAD 'walferry';

-- what is not well is not taken
ALTER SYSTEM SET walferry.policy = 'regression';
ALTER SYSTEM SET walferry.policy = 'regression/*';
ALTER SYSTEM SET walferry.policy = 'regression/* { output = frame';
ALTER SYSTEM SET walferry.policy = 'regression/* { output frame }';
ALTER SYSTEM SET walferry.policy = 'regression/* { output = }';
ALTER SYSTEM SET walferry.policy = '"regression/* { output = frame }';
ALTER SYSTEM SET walferry.policy = 'regression/* { output = json }';
ALTER SYSTEM SET walferry.policy = 'regression/* { no.such = 1 }';
ALTER SYSTEM SET walferry.policy = 'regression/* { table.whitelist = a }';
ALTER SYSTEM SET walferry.policy = 'regression/* { tombstone.on.delete = false }';
ALTER SYSTEM SET walferry.policy = 'regression/* { frame.version = 2 }';
ALTER SYSTEM SET walferry.policy = 'regression/* { skipped.operations = x }';
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = "a.(b" }';
ALTER SYSTEM SET walferry.policy = 'regression/* { table.exclude.list = a; table.include.list = b }';
ALTER SYSTEM SET walferry.policy = 'regression/* { column.mask.hash.v2 = "MD5;salt=pepper;a" }';
ALTER SYSTEM SET walferry.salts = 'a=b, pepper';
ALTER SYSTEM SET walferry.salts = 'a="pepper';
ALTER SYSTEM SET walferry.salts = 'users=one, b=x, users=two';
ALTER SYSTEM SET walferry.salts = 'users=one, e=';
SET walferry.policy = '';

ALTER SYSTEM SET walferry.policy = 'regression/regress_confined { table.exclude.list = "public\.p_secret"; column.mask.with.4.chars = "public\.p_user\.(name|born)"; column.mask.hash.v2 = "SHA-256;salt=@s1;public\.p_((user|generated)\.ssn|key\.code)"; column.truncate.to.2.chars = "public\.p_user\.(note|photo)"; message.prefix.exclude.list = priv.*; output = envelope | record; skipped.operations = none } */"regress_confined" { column.exclude.list = "public\.p_user\.at" } other/* { output = frame }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
-- not for this role
SELECT count(*) FROM test.peek();

\c - regress_confined
-- masked as they are read, keys and headers too; without a form for the mask, left out
SELECT * FROM test.peek();
SELECT * FROM test.peek_keys();
-- nor is a default told, in schemas, for NULL or with the table's shape
SELECT data ~ 'Eve|tiny' AS leaks FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'value.converter.schemas.enable', 'true', 'schema.changes.enabled', 'true') LIMIT 3;
-- nor what is generated from a column that is hidden
SELECT data::json->'after' AS after FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'include.generated.columns', 'true', 'table.include.list', 'public.p_(generated|open)');
-- the client's own rules come on top, and take nothing off
SELECT * FROM test.peek('column.include.list', 'public.p_user.(id|at|name),public.p_key.*', 'table.include.list', '.*p_(user|secret)', 'column.truncate.to.3.chars', '.*', 'column.mask.with.0.chars', '.*name');
SELECT * FROM test.peek_keys('message.key.columns', 'public.p_user:at,ssn,name');
-- what is forced
SELECT test.peek('skipped.operations', 'c');
SELECT count(*) FROM test.peek('skipped.operations', 'none');
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'output', 'frame');
-- another role does not help
SET ROLE regress_confined;
SELECT count(*) FROM test.peek();
RESET ROLE;
SET walferry.policy = '';
-- nor does a placeholder, in a session that has not loaded the library
\c
SET walferry.policy = '';
SELECT count(*) FROM test.peek();
\set VERBOSITY sqlstate
SHOW walferry.policy;
SHOW walferry.salts;
\set VERBOSITY default
\c - :superuser
ALTER ROLE regress_confined SET walferry.policy = '';
\c - regress_confined
SELECT test.peek();
\c - :superuser
ALTER ROLE regress_confined RESET walferry.policy;
ALTER DATABASE regression SET walferry.policy = '*/* {}';
\c - regress_confined
SELECT test.peek();
\c - :superuser
ALTER DATABASE regression RESET walferry.policy;
\c "dbname=regression user=regress_confined options='-c walferry.policy='"
SELECT test.peek();
\c "dbname=regression user=regress_confined options='-c WALFERRY.Policy= -c walferry.salts='"
SELECT test.peek();
SELECT test.peek('column.mask.hash.v2', 'MD5;salt=@s1;x');
\! timeout 5 pg_recvlogical -d "dbname=regression user=regress_confined options='-c walferry.policy='" --slot regress --start --no-loop -f - 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|'
\! timeout 5 pg_recvlogical -d "dbname=regression user=regress_confined" --slot regress --start --no-loop -f - -o output=frame 2>&1 | sed 's|LOGICAL [0/]*|LOGICAL 0/0|'
\c "dbname=regression user=regress_confined options="
SELECT count(*) FROM test.peek();
-- walferry.render() is a client too
\c - :superuser
GRANT SELECT ON p_user, p_secret TO regress_confined;
GRANT USAGE ON SCHEMA walferry TO regress_confined;
\c - regress_confined
SELECT convert_from(walferry.render(u), 'UTF8')::json->'after' FROM p_user AS u;
SELECT walferry.render(s) FROM p_secret AS s;
-- also in a parallel worker, which does not know what its leader's connection has set
\c - :superuser
CREATE FUNCTION test.rendered(p_user) RETURNS json LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN convert_from(walferry.render($1), 'UTF8')::json->'after';
END $$;
\c "dbname=regression user=regress_confined options='-c walferry.policy='"
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT convert_from(walferry.render(u), 'UTF8')::json->'after' FROM p_user AS u;
SELECT test.rendered(u) FROM p_user AS u;
\c "dbname=regression user=regress_confined options="
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT convert_from(walferry.render(u), 'UTF8')::json->'after' FROM p_user AS u;
SELECT test.rendered(u) FROM p_user AS u;

-- A value that is not well gets into the file only past the check; nothing is published then.
\c - :superuser
ALTER SYSTEM SET walferry.policy = 'regression/* { no.such = 1 }';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
\c
SELECT test.peek();
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT count(*) FROM test.peek();

SELECT test.stop();
DROP FUNCTION test.peek, test.peek_keys, test.rendered;
DROP TABLE p_user, p_secret, p_key, p_generated, p_open;
REVOKE USAGE ON SCHEMA walferry FROM regress_confined;
DROP ROLE regress_confined, regress_free;
