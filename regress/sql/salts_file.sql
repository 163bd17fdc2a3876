\set SHOW_CONTEXT never
-- Salts in a file on the server: walferry.salts = 'file:PATH', from the data directory on.
CREATE TABLE salted (id int PRIMARY KEY, v text);
SELECT test.start();
INSERT INTO salted VALUES (1, 'a');
CREATE FUNCTION test.hashes(salt text, value text) RETURNS TABLE (is_hashed bool) LANGUAGE sql AS $$
    SELECT data::json->'after'->>'v' = encode(sha256(convert_to(value, 'UTF8')), 'hex')
      FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'column.mask.hash.v2', 'SHA-256;salt=@' || salt || ';public\.salted\.v', 'table.include.list', 'public\.salted')
     WHERE data::json->>'op' = 'c'
$$;
CREATE PROCEDURE test.write_salts(VARIADIC lines text[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT line FROM unnest(%L::text[]) AS line) TO %L', lines, current_setting('data_directory') || '/salts');
END
$$;
CALL test.write_salts('# of 2026, "', 'users=pepper  ', '', E'\t# all = old', '  cards = "a, ""b"""  ', 'users=later', 'blanks=" # ", hashes=#1 # 2', 'lines="a', '# b"');
LOAD 'walferry';
ALTER SYSTEM SET walferry.salts = 'file:salts';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.hashes('users', 'peppera');
SELECT * FROM test.hashes('cards', 'a, "b"a');
SELECT * FROM test.hashes('blanks', ' # a');
SELECT * FROM test.hashes('hashes', '#1 # 2a');
SELECT * FROM test.hashes('lines', E'a\n# ba');
SELECT * FROM test.hashes('all', '');
SELECT * FROM test.hashes('nobody', '');
-- read anew for each session
CALL test.write_salts('users=salt');
SELECT * FROM test.hashes('users', 'salta');
-- the whole file must be well formed, whichever salt is asked for
CALL test.write_salts('users=salt', '', 'pepper', 'cards=x');
SELECT * FROM test.hashes('users', 'salta');
SELECT * FROM test.hashes('cards', 'xa');
CALL test.write_salts('users=salt', '# "', 'cards="x', 'pepper=y');
SELECT * FROM test.hashes('users', 'salta');
CALL test.write_salts('users=salt', 'cards="x" # of cards');
SELECT * FROM test.hashes('users', 'salta');
CALL test.write_salts('users=salt', 'cards=');
SELECT * FROM test.hashes('users', 'salta');
CALL test.write_salts('users=salt', 'cards=' || repeat('x', 1025));
SELECT * FROM test.hashes('users', 'salta');
CALL test.write_salts('users=salt', '=x');
SELECT * FROM test.hashes('users', 'salta');
CALL test.write_salts(VARIADIC array_fill('users=salt'::text, ARRAY[7000]));
SELECT * FROM test.hashes('users', 'salta');
COPY (SELECT 'a') TO PROGRAM 'cat > /dev/null; printf "users=salt\n\000pepper\n" > salts';
SELECT * FROM test.hashes('users', 'salta');
ALTER SYSTEM SET walferry.salts = 'file:no_such_file';
SELECT pg_reload_conf();
\set ECHO none
\o /dev/null
SELECT test.wait_for_settings() \gexec
\o
\set ECHO all
SELECT * FROM test.hashes('users', 'salta');
ALTER SYSTEM RESET walferry.salts;
SELECT pg_reload_conf();
SELECT test.stop();
DROP TABLE salted;
DROP FUNCTION test.hashes;
DROP PROCEDURE test.write_salts;
