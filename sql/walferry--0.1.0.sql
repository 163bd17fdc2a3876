-- walferry--0.1.0.sql
--      Helpers beside the output plugin, which itself needs no extension.
--
-- SPDX-License-Identifier: Apache-2.0

\echo Use "CREATE EXTENSION walferry" to load this file. \quit

-- The control file names pg_catalog as the extension's schema, so that nothing
-- here can be looked up anywhere else, and so that this schema, being made
-- here, is the extension's own: DROP EXTENSION removes it, and one that
-- somebody else has made is refused.
CREATE SCHEMA walferry;
GRANT USAGE ON SCHEMA walferry TO PUBLIC;

CREATE FUNCTION walferry.version() RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'walferry_version';
COMMENT ON FUNCTION walferry.version() IS 'version of the plugin''s library';

-- Restricted: only the leader of parallel workers knows whether its connection has
-- replaced walferry.policy or walferry.salts.
CREATE FUNCTION walferry.render(row_value record, VARIADIC options text[] DEFAULT '{}') RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'walferry_render';
COMMENT ON FUNCTION walferry.render(record, text[]) IS
    'a table''s row as the event of operation "r" that the output plugin would write, in UTF-8; '
    'options are the plugin''s, as ''name=value''';

-- What one looks at when the disk fills up: how much WAL each logical slot
-- holds, how far its reader is behind, and what to do about it.
DO $do$
DECLARE
    has_statistics boolean := current_setting('server_version_num')::int >= 140000;
BEGIN
    EXECUTE format($view$
        CREATE VIEW walferry.slot_health AS
        SELECT s.slot_name,
               s.plugin,
               s.database,
               s.active,
               s.active_pid,
               s.wal_status,
               pg_wal_lsn_diff(w.now, s.restart_lsn)::bigint AS retained_wal_bytes,
               s.safe_wal_size AS safe_wal_bytes,
               pg_wal_lsn_diff(w.now, s.confirmed_flush_lsn)::bigint AS confirmed_lag_bytes,
               s.restart_lsn,
               s.confirmed_flush_lsn,
               %1$s AS spill_count,
               %2$s AS spill_bytes,
               %3$s AS total_bytes,
               CASE
                   WHEN s.wal_status = 'lost' THEN 'lost'
                   WHEN s.wal_status = 'unreserved' THEN 'warning'
                   WHEN NOT s.active THEN 'warning'
                   WHEN s.safe_wal_size < pg_wal_lsn_diff(w.now, s.restart_lsn) THEN 'warning'
                   ELSE 'ok'
               END AS health,
               CASE
                   WHEN s.wal_status = 'lost' THEN
                       'The slot was invalidated, as a rule because WAL that it needs was removed: '
                       'drop it, let walferry make it anew, and load the tables'' present rows again.'
                   WHEN s.wal_status = 'unreserved' THEN
                       'The slot holds more WAL than max_slot_wal_keep_size allows and is lost '
                       'at one of the next checkpoints: start its reader or raise the limit now.'
                   WHEN NOT s.active THEN
                       'Nobody reads the slot and WAL piles up: start its reader, '
                       'or drop the slot if it is not needed any more.'
                   WHEN s.safe_wal_size < pg_wal_lsn_diff(w.now, s.restart_lsn) THEN
                       'The slot has used more than half of max_slot_wal_keep_size: '
                       'see why its reader lags, or raise the limit.'
                   ELSE 'The slot is being read.'
               END AS hint
          FROM pg_catalog.pg_replication_slots AS s
               %4$s
               CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                       ELSE pg_current_wal_lsn() END AS now) AS w
         WHERE s.slot_type = 'logical'
        $view$,
        CASE WHEN has_statistics THEN 'st.spill_count' ELSE 'NULL::bigint' END,
        CASE WHEN has_statistics THEN 'st.spill_bytes' ELSE 'NULL::bigint' END,
        CASE WHEN has_statistics THEN 'st.total_bytes' ELSE 'NULL::bigint' END,
        CASE WHEN has_statistics THEN
            'LEFT JOIN pg_catalog.pg_stat_replication_slots AS st USING (slot_name)' ELSE '' END);
END
$do$;
COMMENT ON VIEW walferry.slot_health IS 'logical replication slots: WAL held, lag, and what to do';

-- No more is shown than PostgreSQL's own views show to everybody.
GRANT SELECT ON walferry.slot_health TO PUBLIC;
