-- The SQL functions and views.
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, at timestamptz, r tstzrange, a int[], gone int, ra tstzrange[]);
ALTER TABLE item DROP COLUMN gone;
INSERT INTO item VALUES (1, 'bolt', '2024-02-29 12:00+00', '[2024-02-29 12:00+00,)', '{1,NULL}', '{"[2024-02-29 12:00+00,)"}'), (2, 'ü', NULL, NULL, NULL, NULL);
SELECT test.short(convert_from(walferry.render(i), 'UTF8')) FROM item i ORDER BY id;
SELECT data->>'op' AS op, data->'before' AS before, data->'source'->>'table' AS table, data->'source'->>'name' AS name
  FROM item i, LATERAL (SELECT convert_from(walferry.render(i, 'topic.prefix=shop'), 'UTF8')::json) AS e(data) ORDER BY id;
SELECT data->>'topic' AS topic, data->'key' AS key
  FROM item i, LATERAL (SELECT convert_from(walferry.render(i, 'output=record', 'topic.prefix=shop'), 'UTF8')::json) AS e(data) ORDER BY id;
-- no position: a row that is read has none
SELECT DISTINCT (SELECT string_agg(name, ',') FROM json_object_keys(data->'headers') AS k(name)) AS headers
  FROM item i, LATERAL (SELECT convert_from(walferry.render(i, 'output=record'), 'UTF8')::json) AS e(data);
-- frames: topic and schema once, then records
SELECT chr(get_byte(walferry.render(i, 'output=frame'), 0)) AS first_item FROM item i ORDER BY id;
SELECT walferry.render(NULL::item) IS NULL AS strict;
SELECT current_setting('TimeZone') IN ('America/Los_Angeles', 'PST8PDT') AS as_before;

-- a table altered between two calls of one call site
CREATE FUNCTION test.rendered(k int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT test.short(convert_from(walferry.render(i), 'UTF8')) FROM item i WHERE id = k);
END $$;
SELECT test.rendered(2);
ALTER TABLE item RENAME name TO label;
SELECT test.rendered(2);

-- options that differ from row to row
SELECT convert_from(walferry.render(i, VARIADIC ARRAY['topic.prefix=p' || id]), 'UTF8')::json->'source'->>'name' AS name
  FROM item i ORDER BY id;

-- wrong use
SELECT walferry.render(ROW(1, 2));
CREATE TYPE test.composite AS (a int);
SELECT walferry.render(ROW(1)::test.composite);
CREATE TEMP TABLE tmp AS SELECT 1 AS a;
SELECT walferry.render(t) FROM tmp t;
SELECT walferry.render(c) FROM pg_class c LIMIT 1;
SELECT walferry.render(i, 'topic.prefix') FROM item i;
SELECT walferry.render(i, 'no.such=1') FROM item i;
SELECT walferry.render(i, 'output=xml') FROM item i;
SELECT walferry.render(i, NULL) FROM item i WHERE id = 1;
SELECT walferry.render(i, VARIADIC ARRAY[NULL::text]) FROM item i;
INSERT INTO item VALUES (3, repeat('x', 2000));
SELECT walferry.render(i, 'record.max.bytes=1024') FROM item i WHERE id = 3;

-- a parallel query, of which only the leader renders
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE TABLE many (id int PRIMARY KEY, r tstzrange) WITH (parallel_workers = 2);
INSERT INTO many SELECT g, tstzrange(to_timestamp(g), NULL) FROM generate_series(1, 5000) g;
SELECT count(DISTINCT convert_from(walferry.render(m), 'UTF8')::json->'after'->>'id') AS rows,
       bool_and(convert_from(walferry.render(m), 'UTF8')::json->'after'->>'r' LIKE '["1970-01-01%+00",)') AS pinned
  FROM many m;
SELECT proparallel FROM pg_proc WHERE oid = 'walferry.render'::regproc;

-- for everybody
CREATE ROLE regress_walferry_nobody;
GRANT SELECT ON item TO regress_walferry_nobody;
SELECT test.start();
SET ROLE regress_walferry_nobody;
SELECT walferry.version() IS NOT NULL AS version, length(walferry.render(i)) > 0 AS rendered FROM item i WHERE id = 1;
SELECT slot_name, plugin, database = current_database() AS here, active, active_pid, wal_status, retained_wal_bytes > 0 AS retains,
       safe_wal_bytes, confirmed_lag_bytes >= 0 AS lag, health, hint
  FROM walferry.slot_health WHERE slot_name = 'regress';
RESET ROLE;
SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute
 WHERE attrelid = 'walferry.slot_health'::regclass AND attnum > 0 ORDER BY attnum;
SELECT test.stop();
REVOKE ALL ON item FROM regress_walferry_nobody;
DROP ROLE regress_walferry_nobody;
DROP FUNCTION test.rendered;
DROP TABLE item, many, tmp;

-- goes, its schema too, and can come again, but not into a schema of others
DROP EXTENSION walferry;
SELECT to_regnamespace('walferry') IS NULL AS gone;
CREATE SCHEMA walferry;
\set VERBOSITY terse
CREATE EXTENSION walferry;
\set VERBOSITY default
DROP SCHEMA walferry;
CREATE EXTENSION walferry;
SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'walferry';
