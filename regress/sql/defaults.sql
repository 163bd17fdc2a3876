-- Column defaults: in the schema, for NULL, and in key-only before images.
SELECT test.start();
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s');
CREATE DOMAIN small AS int;
CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT NULL::int';
CREATE TABLE t (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    a int DEFAULT -5, b int DEFAULT nothing(), c int DEFAULT 1 + 2, d small DEFAULT 7,
    e serial, f text DEFAULT 'it''s \n', g varchar(9) DEFAULT upper('x'), h text DEFAULT current_user,
    i numeric(6, 2) DEFAULT 1.5, j numeric DEFAULT 1.5, k bool DEFAULT true, l date DEFAULT '2024-02-03',
    m timestamptz DEFAULT '2024-01-01 00:00:00+00', n timestamp DEFAULT now(), o interval DEFAULT '1 day 02:03:04',
    p mood DEFAULT 'it''s', q jsonb DEFAULT '{"a": 1}', r uuid DEFAULT gen_random_uuid(),
    s int[] DEFAULT '{1}', u bytea DEFAULT '\x01', v float8 DEFAULT -0.5, w text NOT NULL DEFAULT 'nn',
    x text NOT NULL, y text DEFAULT NULL, z xml DEFAULT '<a/>');

-- What a NULL is shown as.
INSERT INTO t (a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r, s, u, v, x, z)
VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, 'x', NULL);
DELETE FROM t;
SELECT * FROM test.events('value.converter.replace.null.with.default', 'true');

-- Which of them the row has as NULL.
INSERT INTO t (a, f, g, h, m, n, r, x) VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'x');
UPDATE t SET a = 1, n = '1970-01-01';
ALTER TABLE t REPLICA IDENTITY FULL;
UPDATE t SET m = '2000-01-01', b = 1;
DELETE FROM t;
ALTER TABLE t REPLICA IDENTITY DEFAULT;
SELECT r->'headers'->>'__walferry.defaulted' AS defaulted, r->'headers'->>'__walferry.before' AS before
  FROM (SELECT data::json FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record')) AS x(r);

INSERT INTO t (a, f, g, h, n, r, x) VALUES (NULL, NULL, NULL, NULL, NULL, NULL, 'x');
DELETE FROM t;
SELECT * FROM test.events('value.converter.replace.null.with.default', 'false');

-- Each is what the column had when the row was written.
INSERT INTO t (a, x) VALUES (NULL, 'before');
ALTER TABLE t ALTER a SET DEFAULT 6;
INSERT INTO t (a, x) VALUES (NULL, 'changed');
ALTER TABLE t ALTER a DROP DEFAULT;
INSERT INTO t (a, x) VALUES (NULL, 'none');
BEGIN;
ALTER TABLE t ALTER a SET DEFAULT 7;
INSERT INTO t (a, x) VALUES (NULL, 'same transaction');
ALTER TABLE t ALTER a SET DEFAULT 8;
COMMIT;
SELECT e->'after'->>'x' AS row, e->'after'->>'a' AS a
  FROM (SELECT data::json FROM pg_logical_slot_get_changes('regress', NULL, NULL)) AS x(e);

-- A function, or its schema, that is gone by now.
CREATE SCHEMA gone;
CREATE FUNCTION gone.three() RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE TABLE u (id int PRIMARY KEY, a int DEFAULT gone.three());
INSERT INTO u VALUES (1, NULL);
DROP SCHEMA gone CASCADE;
INSERT INTO u VALUES (2, NULL);
DROP TABLE u;
SELECT * FROM test.events();

-- The settings of the session do not show.
SET DateStyle = 'German';
SET TimeZone = 'Asia/Kolkata';
SET IntervalStyle = 'iso_8601';
SELECT current_setting('server_version_num')::int < 190000 AS can_be_off \gset
\if :can_be_off
SET standard_conforming_strings = off;
\endif
SET search_path = pg_catalog;
INSERT INTO public.t (f, m, o, p, x) VALUES (NULL, NULL, NULL, NULL, 'x');
SELECT e->'after'->>'f' AS f, e->'after'->>'m' AS m, e->'after'->>'o' AS o, e->'after'->>'p' AS p
  FROM (SELECT data::json FROM pg_logical_slot_get_changes('regress', NULL, NULL)) AS x(e);
RESET ALL;

DROP TABLE t;
DROP FUNCTION nothing;
DROP TYPE mood;
DROP DOMAIN small;
SELECT test.stop();
