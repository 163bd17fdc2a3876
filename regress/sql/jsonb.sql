-- jsonb is walked by code of our own: its text must be jsonb_out()'s.
SELECT test.start();
CREATE TABLE j (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, j jsonb, t text GENERATED ALWAYS AS (NULL) STORED);
INSERT INTO j (j) VALUES
    ('null'), ('true'), ('false'), ('0'), ('"text"'), ('""'), ('[]'), ('{}'), ('[[]]'), ('[{}]'), ('{"a":{}}'), ('[null]'),
    ('{"":""}'), ('[1,"a",true,null,{"b":[false,{"c":1}]}]'), ('{"b":1,"a":2,"aa":{"z":[],"y":{}}}'),
    (E'"\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f/é€😀\\u2028"'), (E'{"\\"k\\\\\\n\\u0002":1}'),
    ('[0, -0, 0.0, 1, -1, 10, 9999, 10000, 10001, 100000000, 99999999, 123456789012345678901234567890]'),
    ('[0.1, -0.1, 0.00001, 0.0001, 1.0, 1.50, 12345.6789, 10000.00001, 1e10, 1.5e-10, 1e-20, 1e200, -1.234567890123456789e5]'),
    ('{"n":1e-300,"m":[1e300]}');
-- more than a stride of offsets, and numbers at every alignment
INSERT INTO j (j) SELECT jsonb_agg(CASE g % 4 WHEN 0 THEN to_jsonb(g * 1.25) WHEN 1 THEN to_jsonb(repeat('x', g % 7)) WHEN 2 THEN jsonb_build_array(g, repeat('y', g % 3), g) ELSE to_jsonb(g % 3 = 0) END)
    FROM generate_series(1, 300) g;
INSERT INTO j (j) SELECT jsonb_object_agg(repeat('k', g % 5) || g, CASE g % 3 WHEN 0 THEN to_jsonb(g / 7.0) WHEN 1 THEN jsonb_build_object('in', g, repeat('z', g % 4), jsonb_build_array(g)) ELSE to_jsonb(repeat('v', g % 6)) END)
    FROM generate_series(1, 300) g;
-- deep, beyond what is walked by recursion; large, stored out of line
INSERT INTO j (j) SELECT (repeat('[[],{"b":[1],"c":', 200) || '{"x":[],"y":{},"z":[true,null,1.50,"s",[],{},{"k":"\u0001"}],"w":false}' || repeat('},0,"e",{}]', 200))::jsonb;
INSERT INTO j (j) SELECT (repeat('[1,{"a":', 300) || '"deep"' || repeat('}]', 300))::jsonb;
INSERT INTO j (j) SELECT jsonb_build_object('large', jsonb_agg(md5(g::text))) FROM generate_series(1, 5000) g;
-- pseudo-random trees
SELECT setseed(0.5);
CREATE FUNCTION pg_temp.tree(depth int) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    kind int := floor(random() * CASE WHEN depth = 0 THEN 4 ELSE 7 END);
BEGIN
    RETURN CASE kind
        WHEN 0 THEN to_jsonb(round((random() * 10 ^ floor(random() * 12))::numeric, floor(random() * 8)::int) * sign(random() - 0.5)::int)
        WHEN 1 THEN to_jsonb(repeat(chr(1 + floor(random() * 300)::int), floor(random() * 9)::int))
        WHEN 2 THEN to_jsonb(random() < 0.5)
        WHEN 3 THEN 'null'
        WHEN 4 THEN (SELECT coalesce(jsonb_agg(pg_temp.tree(depth - 1)), '[]') FROM generate_series(1, floor(random() * 6)::int))
        ELSE (SELECT coalesce(jsonb_object_agg(repeat(chr(1 + floor(random() * 200)::int), g), pg_temp.tree(depth - 1)), '{}') FROM generate_series(1, floor(random() * 6)::int) g)
        END;
END $$;
INSERT INTO j (j) SELECT pg_temp.tree(4) FROM generate_series(1, 2000);
SELECT count(*) AS rows, count(*) FILTER (WHERE data::json->'after'->>'j' = j.j::text) AS same
  FROM pg_logical_slot_get_changes('regress', NULL, NULL) AS c
       JOIN j ON j.id = (c.data::json->'after'->>'id')::int;

-- Beyond the largest record: a stub, no error from inside.
INSERT INTO j (j) SELECT jsonb_build_object('a', repeat('x', 2000));
SELECT string_agg(encode(data, 'escape'), '') ~ 'record.max.bytes' AS stub
  FROM pg_logical_slot_get_binary_changes('regress', NULL, NULL, 'output', 'frame', 'record.max.bytes', '1024');
DROP TABLE j;
SELECT test.stop();
