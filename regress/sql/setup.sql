-- Helpers of all other tests. What differs from run to run (LSNs, times,
-- transaction ids) is blanked, and every line is read by PostgreSQL's own JSON
-- parser.
CREATE EXTENSION walferry;
CREATE SCHEMA test;

-- The envelope with what varies blanked.
CREATE FUNCTION test.blank(line text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        (line::json)::text,
        '"(ts_[mun]s|txId|lsn|origin_lsn)":\d+', '"\1":N', 'g'),
        '"sequence":"\[.*?\]"', '"sequence":S'),
        '"version":"[^"]*"', '"version":V'),
        '"__walferry.(position|schema)":"[0-9A-Fa-f/]*"', '"__walferry.\1":X', 'g')
$$;

-- One line per event: operation, table, before and after.
CREATE FUNCTION test.short(line text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('%s %s.%s: %s => %s', e->>'op', e->'source'->>'schema', e->'source'->>'table',
                  e->'before', e->'after')
      FROM (SELECT line::json) AS x(e)
$$;

CREATE FUNCTION test.start(plugin name DEFAULT 'walferry') RETURNS void LANGUAGE sql AS $$
    SELECT pg_create_logical_replication_slot('regress', plugin)
$$;

CREATE FUNCTION test.stop() RETURNS void LANGUAGE sql AS $$
    SELECT pg_drop_replication_slot('regress')
$$;

-- What has been written since the last call: short, whole, as Kafka records.
CREATE FUNCTION test.events(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT test.short(data) FROM pg_logical_slot_get_changes('regress', NULL, NULL, VARIADIC options)
$$;

CREATE FUNCTION test.envelopes(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT test.blank(data) FROM pg_logical_slot_get_changes('regress', NULL, NULL, VARIADIC options)
$$;

-- topic, key, headers and the value's short form
CREATE FUNCTION test.records(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT format('%s %s %s | %s', r->>'topic', r->'key',
                  regexp_replace((r->'headers')::text,
                                 '"__walferry.(position|schema)":"[0-9A-Fa-f/]*"',
                                 '"__walferry.\1":X', 'g'),
                  CASE json_typeof(r->'value') WHEN 'null' THEN 'tombstone'
                       ELSE test.short((r->'value')::text) END)
      FROM pg_logical_slot_get_changes('regress', NULL, NULL,
                                       VARIADIC options || '{output,record}'::text[]) AS c,
           LATERAL (SELECT c.data::json) AS x(r)
$$;

-- Statements that wait until this session knows the policy that the file has; for \gexec.
CREATE FUNCTION test.wait_for_settings() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'SELECT pg_sleep(0.02) WHERE EXISTS (SELECT FROM (SELECT DISTINCT ON (name) name, setting FROM pg_file_settings WHERE name LIKE ''walferry.%'' ORDER BY name, seqno DESC) AS f WHERE setting <> current_setting(name))'
      FROM generate_series(1, 200)
$$;

SELECT walferry.version() ~ '^\d+\.\d+\.\d+$' AS has_version;
