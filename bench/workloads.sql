-- workloads.sql
--		Tables and procedures of bench/plugin.sh.  :rows is the number of source rows.
--
-- Twelve columns of the types that business tables are made of.  The rows are
-- made once, so that loading a workload is a copy and the same each time.
--
-- SPDX-License-Identifier: Apache-2.0

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

-- b: transactions of 100 rows
CREATE PROCEDURE insert_rows(last bigint) LANGUAGE plpgsql AS $$
DECLARE
	first bigint := 1;
BEGIN
	WHILE first <= last LOOP
		INSERT INTO target SELECT * FROM source WHERE id BETWEEN first AND first + 99;
		COMMIT;
		first := first + 100;
	END LOOP;
END $$;

-- c: the same, each row updated in four of its columns
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
