-- Single message transforms: chains as a client gives them, and what they make of rows.
\pset format unaligned
\pset tuples_only
CREATE TABLE tr (id int PRIMARY KEY, v text DEFAULT 'none', n int);
CREATE TABLE tr_full (id int PRIMARY KEY, v text);
ALTER TABLE tr_full REPLICA IDENTITY FULL;
CREATE TABLE tr_other (id int PRIMARY KEY);
CREATE TABLE tr_column (id int PRIMARY KEY, __op text);
SELECT test.start();
INSERT INTO tr VALUES (1, 'a', 1), (2, NULL, NULL);
UPDATE tr SET v = 'b' WHERE id = 1;
UPDATE tr SET id = 3 WHERE id = 2;
DELETE FROM tr WHERE id = 1;
INSERT INTO tr_full VALUES (1, 'x');
UPDATE tr_full SET v = 'y';
DELETE FROM tr_full;
INSERT INTO tr_other VALUES (7);
TRUNCATE tr_other;
SELECT pg_logical_emit_message(true, 'note', 'text') IS NOT NULL AS emitted;

-- topic, key, headers, value; what varies blanked
\set SHOW_CONTEXT never
CREATE FUNCTION test.transformed(tables text, VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.blank(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL,
        VARIADIC ARRAY['output', 'record', 'walferry.headers.enabled', 'false', 'table.include.list', tables] || options) AS c
     WHERE data::json->>'topic' !~ '\.message$'
$$;
CREATE FUNCTION test.unwrapped(tables text, mode text, VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.transformed(tables, VARIADIC ARRAY['transforms', 'unwrap', 'transforms.unwrap.type',
        'io.debezium.transforms.ExtractNewRecordState', 'transforms.unwrap.delete.tombstone.handling.mode', mode] || options)
$$;

-- every mode of deletes
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'tombstone', 'skipped.operations', 'none');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'rewrite');
SELECT * FROM test.unwrapped('public.tr_full', 'rewrite-with-tombstone', 'transforms.unwrap.add.headers', 'op,table');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'delete-to-tombstone', 'transforms.unwrap.add.headers', 'op');

-- added fields and headers: every member, names, columns
SELECT regexp_replace(line, '("_version":"[^"]*"|\d{3,})', 'N', 'g') FROM test.unwrapped('public.tr_full', 'rewrite',
    'transforms.unwrap.add.fields', 'op, ts_ms,source.ts_us:commit,version,connector,name,snapshot,db,schema,table:T,txId,lsn,xmin,origin,origin_lsn,id,source.op,no_such,before.v,after.v:now,before.none',
    'transforms.unwrap.add.fields.prefix', '_', 'transforms.unwrap.add.headers', 'op,db,source.table,xmin,total_order:order',
    'transforms.unwrap.add.headers.prefix', '') AS line;
SELECT regexp_replace(line, '\d{3,}:\d+', 'N', 'g') FROM test.unwrapped('public.tr_other', 'tombstone', 'transforms.unwrap.add.fields', 'id,total_order,transaction.data_collection_order:n',
    'provide.transaction.metadata', 'true') AS line WHERE line ~ 'regression\.public';

-- NULL and defaults: rewriting replaces it, whatever the converter does
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'rewrite', 'value.converter.replace.null.with.default', 'false');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'rewrite', 'value.converter.replace.null.with.default', 'false', 'transforms.unwrap.replace.null.with.default', 'false');

-- with schemas
SELECT * FROM test.unwrapped('public.tr', 'tombstone', 'schemas.enable', 'true', 'transforms.unwrap.add.fields', 'op,snapshot,after.v:w');
SELECT * FROM test.unwrapped('public.tr_full', 'rewrite', 'schemas.enable', 'true');

-- values alone
SELECT test.blank(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'table.include.list', 'public.tr',
    'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'message.prefix.include.list', 'x');

-- predicates
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'predicates', 'other', 'predicates.other.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.other.pattern', '.*\.tr_other', 'transforms.unwrap.predicate', 'other');
SELECT count(*) FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'predicates', 'other', 'predicates.other.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.other.pattern', '.*\.tr_other', 'transforms.unwrap.predicate', 'other', 'transforms.unwrap.negate', 'true') AS line WHERE line ~ '"op":"c"';

-- what is wrong is told by its name
SELECT * FROM test.transformed('public.tr(_full|_other)?', 'transforms', 'u');
SELECT * FROM test.transformed('public.tr(_full|_other)?', 'transforms', 'u', 'transforms.u.type', 'org.example.Mine');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'keep');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.field', 'op');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.fields', 'op,source');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.fields', 'op:a:b');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.fields', 'row.id');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.fields', 'op,source.op:op');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.add.headers', 'after.id');
SELECT * FROM test.unwrapped('public.tr(_full|_other)?', 'drop', 'transforms.unwrap.predicate', 'p');
INSERT INTO tr_column VALUES (1, 'x');
SELECT * FROM test.unwrapped('public.tr_column', 'drop', 'transforms.unwrap.add.fields', 'op');
SELECT test.stop();
DROP TABLE tr, tr_full, tr_other, tr_column;
DROP FUNCTION test.transformed, test.unwrapped;
