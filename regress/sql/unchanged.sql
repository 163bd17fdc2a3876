-- With REPLICA IDENTITY FULL most of an update's new row is repeated from its old
-- row's text.  Each old row must be the new row of the change before, byte for
-- byte, whatever of it was written and whatever was repeated.
SELECT test.start();
CREATE TABLE t (id int PRIMARY KEY, flag boolean, note text, amount numeric(12,2), any_amount numeric,
                changed timestamptz, due date, weight float8, token uuid, image bytea, attributes jsonb,
                tags text[], span interval, place point, large text, packed text, dropped int, last text);
ALTER TABLE t DROP COLUMN dropped;
ALTER TABLE t REPLICA IDENTITY FULL;
ALTER TABLE t ALTER large SET STORAGE EXTERNAL;
INSERT INTO t VALUES (1, true, E'a "note"\n', 1.25, 'NaN', '2024-02-29 12:00:00.5+00', '2024-02-29', 0.1,
    '00000000-0000-0000-0000-000000000001', '\x0102', '{"a": ["b", 1.50]}', '{x,NULL,"y,z"}', '1 mon 2 days',
    '(1,2)', repeat('large', 1000), repeat('packed', 1000), 'last');

CREATE FUNCTION links(VARIADIC options text[] DEFAULT '{}')
RETURNS TABLE (operation text, before_is_former_after boolean, changed text) LANGUAGE sql AS $$
    SELECT e->>'op', (e->'before')::text = lag((e->'after')::text) OVER (ORDER BY n),
           (SELECT string_agg(key, ' ')
              FROM json_each_text(CASE e->>'op' WHEN 'u' THEN e->'before' END) AS b(key, value)
              JOIN json_each_text(e->'after') AS a USING (key)
             WHERE b.value IS DISTINCT FROM a.value)
      FROM (SELECT data::json, row_number() OVER ()
              FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC options)) AS x(e, n)
     ORDER BY n
$$;

-- nothing, the first, the last, one in the middle, neighbours, the key
UPDATE t SET id = id;
UPDATE t SET flag = NOT flag;
UPDATE t SET last = 'the very last';
UPDATE t SET weight = -weight;
UPDATE t SET due = due + 1, changed = changed + interval '1 us', tags = tags || 'more'::text;
-- null and back
UPDATE t SET note = NULL, amount = NULL;
UPDATE t SET note = NULL, attributes = NULL, due = NULL;
UPDATE t SET note = 'back', amount = 0, attributes = '{}';
-- out of line: not in the WAL, changed, in line; compressed in line
UPDATE t SET large = repeat('LARGE', 1000);
UPDATE t SET flag = NULL;
UPDATE t SET large = 'small', packed = repeat('PACKED', 1000);
UPDATE t SET large = repeat('again', 1000), span = NULL;
-- the same number, stored in another way
UPDATE t SET any_amount = 1.0;
UPDATE t SET any_amount = 1.00;
-- everything
UPDATE t SET flag = true, note = 'n', amount = 2, any_amount = 3, changed = 'infinity', due = '-infinity', weight = 'NaN',
    token = '00000000-0000-0000-0000-000000000002', image = '', attributes = '1', tags = '{}', span = '1 s', place = '(3,4)',
    large = 'l', packed = 'p', last = 'x';
SELECT * FROM links();
SELECT bool_and(before_is_former_after) AS also_with_other_options
  FROM links('decimal.handling.mode', 'string', 'binary.handling.mode', 'hex', 'include.unknown.datatypes', 'true')
 WHERE operation = 'u';
SELECT bool_and(before_is_former_after) AS also_with_masks
  FROM links('column.mask.with.4.chars', 'public.t.last', 'column.truncate.to.3.chars', 'public.t.note',
             'column.exclude.list', 'public.t.flag,public.t.place')
 WHERE operation = 'u';
SELECT * FROM test.events('column.include.list', 'public.t.(id|flag|note|amount|last)') WITH ORDINALITY AS e(event, n)
 WHERE n BETWEEN 2 AND 6;

-- the key, which makes two events of the change
UPDATE t SET id = 2;
UPDATE t SET id = 3, last = 'y';
SELECT * FROM test.records('column.include.list', 'public.t.(id|note|last)');

-- only what is shown has changed
UPDATE t SET note = note, last = 'z';
UPDATE t SET id = id;
UPDATE t SET note = 'seen';
SELECT * FROM test.events('skip.messages.without.change', 'true', 'column.include.list', 'public.t.(id|note)');
DROP FUNCTION links;
DROP TABLE t;
SELECT test.stop();
