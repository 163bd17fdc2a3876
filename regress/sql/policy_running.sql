-- walferry.policy, changed while a session runs: nothing more is published under the former one.
\set SHOW_CONTEXT never
SELECT test.start();
CREATE TABLE running (id int PRIMARY KEY, v text);
CREATE PROCEDURE test.wait_until(is_active boolean) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..500 LOOP
        EXIT WHEN (SELECT active = is_active FROM pg_replication_slots WHERE slot_name = 'regress');
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
-- what goes on arriving, until the session ends; no transaction begins meanwhile
CREATE PROCEDURE test.send_messages() LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..200 LOOP
        EXIT WHEN (SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'regress');
        PERFORM pg_logical_emit_message(false, 'audit', 'message ' || i);
        COMMIT;
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$$;
\setenv POLICY 'regression/* { message.prefix.exclude.list = audit; column.exclude.list = "public\\.running\\.v" }'

-- messages outside of transactions
\! timeout 60 pg_recvlogical -d regression --slot regress --start --no-loop -f /dev/null 2>&1 | sed 's/, associated LSN.*//' & psql -qAtX -d regression -c "LOAD 'walferry'" -c "CALL test.wait_until(true)" -c "ALTER SYSTEM SET walferry.policy = '$POLICY'" -c "SELECT pg_reload_conf()" -c "CALL test.send_messages()" -c "SELECT 'still active' FROM pg_replication_slots WHERE slot_name = 'regress' AND active"; wait
LOAD 'walferry';
CALL test.wait_until(false);
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL);

-- a transaction of which the first rows have left, while the client keeps the server waiting
ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
INSERT INTO running SELECT g, repeat('secret', 500) FROM generate_series(1, 5000) AS g;
\! timeout 60 pg_recvlogical -d regression --slot regress --start --no-loop -f - 2>&1 | { while read -r line; do case $line in *'"after":{"id":1,"v":"secret'*) echo the first row; break ;; esac; done; psql -qAtX -d regression -c "LOAD 'walferry'" -c "ALTER SYSTEM SET walferry.policy = '$POLICY'" -c "SELECT pg_reload_conf()" -c "DO 'BEGIN PERFORM pg_sleep(1); END'"; sed -n '/"id":5000/s/.*/the last row/p; /^{/!s/, associated LSN.*//; /^{/!p'; }
CALL test.wait_until(false);
SELECT count(*), count(*) FILTER (WHERE data ~ 'secret') AS leaks FROM pg_logical_slot_get_changes('regress', NULL, NULL);

ALTER SYSTEM RESET walferry.policy;
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
CALL test.wait_until(false);
SELECT test.stop();
DROP TABLE running;
DROP PROCEDURE test.wait_until, test.send_messages;
