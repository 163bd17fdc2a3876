-- workloads.sql
--		Tables and procedures of bench/plugin.sh.  :rows, :wide_rows and :long_rows
--		are the numbers of rows in the sources.
--
-- Each workload copies rows out of a source table that is made once, so that
-- loading it is the same each time.
--
-- SPDX-License-Identifier: Apache-2.0

-- Twelve columns of the types that business tables are made of.
CREATE TABLE source (
	id bigint PRIMARY KEY,
	note text,
	amount numeric(12,2),
	changed timestamptz,
	active boolean,
	token uuid,
	attributes jsonb,
	weight double precision,
	due date,
	label varchar(60),
	image bytea,
	tags text[]
);

INSERT INTO source
SELECT i,
	   CASE WHEN i % 10 = 0
			THEN E'two lines\nwith "quotes", a \\ and letters beyond ASCII: äöü — '
			ELSE 'An ordinary remark as customers write it, ' END || md5(i::text),
	   (i * 7919 % 100000000) / 100.0,
	   timestamptz '2024-01-01 00:00:00+00' + i * interval '1.234567 s',
	   i % 3 = 0,
	   md5(i::text)::uuid,
	   jsonb_build_object('id', i, 'name', 'item ' || i, 'ok', i % 2 = 0,
						  'price', (i % 10000) / 100.0, 'tags', jsonb_build_array('a', 'b', i)),
	   (i % 100003) / 7.0,
	   date '2020-01-01' + (i % 2000)::int,
	   'shelf ' || i || ', row ' || i % 77,
	   decode(md5(i::text) || md5((i + 1)::text) || md5((i + 2)::text) || md5((i + 3)::text), 'hex'),
	   ARRAY['red', 'green', 'tag ' || i]
FROM generate_series(1, :rows::bigint) AS i;

CREATE TABLE target (LIKE source INCLUDING ALL);

-- A hundred columns: integers, texts, numerics, timestamps, booleans and floats.
SELECT format('CREATE TABLE wide_source (id bigint PRIMARY KEY, %s)', string_agg(definition, ', ')),
	   format('INSERT INTO wide_source SELECT i, %s FROM generate_series(1, %s::bigint) AS i',
			  string_agg(expression, ', '), :wide_rows)
FROM (SELECT format('integer_%s integer', k) AS definition, format('i * %s', k) AS expression
	  FROM generate_series(1, 25) AS k
	  UNION ALL
	  SELECT format('text_%s text', k), format('''value %s of '' || i', k)
	  FROM generate_series(1, 25) AS k
	  UNION ALL
	  SELECT format('numeric_%s numeric(12,2)', k), format('i * %s / 100.0', k)
	  FROM generate_series(1, 20) AS k
	  UNION ALL
	  SELECT format('timestamptz_%s timestamptz', k),
			 format('timestamptz ''2024-01-01 00:00:00+00'' + (i + %s) * interval ''1.5 s''', k)
	  FROM generate_series(1, 15) AS k
	  UNION ALL
	  SELECT format('boolean_%s boolean', k), format('(i + %s) %% 2 = 0', k)
	  FROM generate_series(1, 10) AS k
	  UNION ALL
	  SELECT format('double_%s double precision', k), format('i / (%s + 0.7)', k)
	  FROM generate_series(1, 4) AS k) AS columns
\gexec

CREATE TABLE wide_target (LIKE wide_source INCLUDING ALL);

-- Bodies of 8.6 kB, kept out of line and not compressed.
CREATE TABLE long_source (id bigint PRIMARY KEY, name text, body text);
ALTER TABLE long_source ALTER body SET STORAGE EXTERNAL;

INSERT INTO long_source
SELECT i, 'document ' || i,
	   (SELECT string_agg(md5((i * 1000 + k)::text), ' ') FROM generate_series(1, 260) AS k)
FROM generate_series(1, :long_rows::bigint) AS i;

CREATE TABLE long_target (LIKE long_source INCLUDING ALL);

-- Copies a source to its target in transactions of 100 rows.
CREATE PROCEDURE insert_rows(source regclass, target regclass, last bigint)
LANGUAGE plpgsql AS $$
DECLARE
	first bigint := 1;
BEGIN
	WHILE first <= last LOOP
		EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE id BETWEEN $1 AND $2', target, source)
		USING first, first + 99;
		COMMIT;
		first := first + 100;
	END LOOP;
END $$;

-- Updates each row in four of its columns, in transactions of 100 rows.
CREATE PROCEDURE update_rows(last bigint) LANGUAGE plpgsql AS $$
DECLARE
	first bigint := 1;
BEGIN
	WHILE first <= last LOOP
		UPDATE target
		SET amount = amount + 1, changed = changed + interval '1 s', label = label || '*', active = NOT active
		WHERE id BETWEEN first AND first + 99;
		COMMIT;
		first := first + 100;
	END LOOP;
END $$;

ANALYZE;
