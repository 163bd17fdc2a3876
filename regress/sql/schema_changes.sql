-- Records that tell a table's shape: schema.changes.enabled.
SELECT test.start();
CREATE FUNCTION test.changes(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT CASE WHEN r->>'topic' = 'regression'
                THEN format('%s %s %s: %s', r->'key', change->>'type', change->>'id', columns)
                ELSE test.short((r->'value')::text) END
      FROM pg_logical_slot_get_changes('regress', NULL, NULL,
                                       VARIADIC options || '{output,record,schema.changes.enabled,true}'::text[]) AS c,
           LATERAL (SELECT c.data::json, c.data::json#>'{value,tableChanges,0}') AS x(r, change),
           LATERAL (SELECT string_agg(concat_ws(' ', d->>'name', d->>'typeName', d->>'jdbcType', d->>'length', d->>'scale', d->>'position',
                                                CASE d->>'optional' WHEN 'false' THEN 'not null' END,
                                                CASE d->>'autoIncremented' WHEN 'true' THEN 'auto' END,
                                                d->>'defaultValueExpression'), ', ')
                      FROM json_array_elements(change#>'{table,columns}') d) AS y(columns)
$$;

-- told before the first row, and when it has changed; in the middle of a transaction too
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN price AS numeric(8,2);
CREATE TABLE item (id serial PRIMARY KEY, nr int GENERATED ALWAYS AS IDENTITY, name varchar(20) DEFAULT 'x', price price,
                   at timestamptz(3), mood mood, tags text[], twice int GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO item (name) VALUES ('a');
INSERT INTO item (name) VALUES ('b');
BEGIN;
UPDATE item SET name = 'c' WHERE id = 1;
ALTER TABLE item DROP COLUMN tags, DROP COLUMN at, DROP COLUMN mood, ADD COLUMN note text;
UPDATE item SET name = 'd' WHERE id = 1;
ALTER TABLE item RENAME TO "It""em";
DELETE FROM "It""em" WHERE id = 1;
COMMIT;
SELECT * FROM test.changes();

-- a session says it again; changes that no row shows are none
CREATE TABLE other (a int, b text);
INSERT INTO "It""em" (name) VALUES ('e');
ALTER TABLE "It""em" SET (fillfactor = 80);
CREATE INDEX ON "It""em" (name);
ANALYZE "It""em";
INSERT INTO "It""em" (name) VALUES ('f');
INSERT INTO other VALUES (1, 'x');
TRUNCATE other;
DROP TABLE other;
SELECT * FROM test.changes();

-- what is masked or left out is not told
CREATE TABLE person (id int PRIMARY KEY, pin text DEFAULT '1234', code text DEFAULT '5678', short varchar(9) DEFAULT '987654321', secret text DEFAULT 's');
INSERT INTO person VALUES (1);
SELECT * FROM test.changes('column.mask.with.3.chars', 'public\.person\.pin', 'column.exclude.list', 'public\.person\.secret',
                           'column.truncate.to.2.chars', 'public\.person\.short');

-- a position of its own, which takes none of the row's; no event for transaction metadata
INSERT INTO person VALUES (2);
SELECT string_agg(split_part(data::json->'headers'->>'__walferry.position', '/', 4), ' ' ORDER BY data::json->'headers'->>'__walferry.position')
       = format('%s %s', lpad(upper(to_hex('person'::regclass::oid::bigint)), 16, '0'), repeat('0', 16)) AS ordinals,
       count(DISTINCT left(data::json->'headers'->>'__walferry.position', 33)) AS transactions
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'schema.changes.enabled', 'true');
SELECT data::json->>'topic' AS topic, data::json#>>'{value,status}' AS status, data::json#>>'{value,event_count}' AS events
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'record', 'schema.changes.enabled', 'true',
                                   'provide.transaction.metadata', 'true');

-- whole, with its schema; comments as the columns' schemas have them
CREATE TABLE small (a int PRIMARY KEY);
COMMENT ON TABLE small IS 'the table';
COMMENT ON COLUMN small.a IS 'the column';
INSERT INTO small VALUES (1);
SELECT test.blank(data) AS change
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'schema.changes.enabled', 'true', 'include.schema.comments', 'true')
 LIMIT 1;
SELECT data::json#>>'{schema,name}' AS name, json_array_length(data::json#>'{schema,fields}') AS fields,
       (SELECT array_agg(f->>'field') FROM json_array_elements(data::json#>'{schema,fields}') f) AS members,
       (SELECT array_agg(k) FROM json_object_keys(data::json->'payload') k) AS written
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'schema.changes.enabled', 'true', 'value.converter.schemas.enable', 'true')
 LIMIT 1;

-- a comment is seen with the next change of the definition; an enum's new label is one, but no other shape
CREATE TABLE labelled (a int PRIMARY KEY, m mood);
INSERT INTO labelled VALUES (1);
COMMENT ON COLUMN labelled.a IS 'late';
INSERT INTO labelled VALUES (2);
ALTER TYPE mood ADD VALUE 'glad';
INSERT INTO labelled VALUES (3, 'glad');
SELECT data::json#>>'{tableChanges,0,type}' AS change, data::json#>>'{tableChanges,0,table,columns,0,comment}' AS comment,
       data::json#>>'{tableChanges,0,table,columns,1,enumValues}' AS labels, data::json#>>'{after,a}' AS row
  FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'schema.changes.enabled', 'true', 'include.schema.comments', 'true');
SELECT data::json#>>'{tableChanges,0,type}' AS change, data::json#>>'{after,a}' AS row
  FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'schema.changes.enabled', 'true');

DROP TABLE "It""em", person, small, labelled;
DROP TYPE mood;
DROP DOMAIN price;
DROP FUNCTION test.changes;
SELECT test.stop();
