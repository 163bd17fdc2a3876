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
-- old rows that are known in part: their identity is not the key, or the key lies out of line
CREATE TABLE tr_part (id int PRIMARY KEY, u int NOT NULL, w text);
CREATE UNIQUE INDEX tr_part_u ON tr_part (u);
ALTER TABLE tr_part REPLICA IDENTITY USING INDEX tr_part_u;
INSERT INTO tr_part VALUES (1, 1, 'a');
UPDATE tr_part SET u = 3, w = NULL;
CREATE TABLE tr_toast (t text PRIMARY KEY, w text);
ALTER TABLE tr_toast ALTER t SET STORAGE external;
INSERT INTO tr_toast SELECT string_agg(md5(n::text), ''), 'a' FROM generate_series(1, 80) AS n;
UPDATE tr_toast SET w = NULL;

-- what headers show otherwise than keys and values do
SET lc_monetary = 'C';
CREATE TABLE tr_key (a numeric(10,2), b date, c timestamp, d time, e money, f text, g bytea, h numeric, PRIMARY KEY (a, b, c, d, e, f, g, h));
INSERT INTO tr_key VALUES (1.10, '2024-01-01', '2024-01-01', '10:00', 5, E'"q"\\ü\n', 'abc', 2.5);
UPDATE tr_key SET a = a + 1, b = '1969-12-31', c = c + '1.5 s', d = '24:00', e = -1, f = '';
CREATE TABLE tr_values (id int PRIMARY KEY, n numeric(10,2), dd date[], nn numeric(10,2)[], m money, t time, s text, x text);
INSERT INTO tr_values VALUES (1, -0.05, '{2024-02-29,NULL}', '{1.5,NULL}', 7, '10:00', E'"\n', 'AAAA');
-- topic, key, headers, value; what varies blanked
\set SHOW_CONTEXT never
CREATE FUNCTION test.raw(tables text, VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT data FROM pg_logical_slot_peek_changes('regress', NULL, NULL,
        VARIADIC ARRAY['output', 'record', 'walferry.headers.enabled', 'false', 'table.include.list', tables] || options) AS c
     WHERE data::json->>'topic' !~ '\.message$'
$$;
CREATE FUNCTION test.transformed(tables text, VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.blank(line) FROM test.raw(tables, VARIADIC options) AS line
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

-- changed and unchanged columns: only of updates whose old row is known; then dropped from rows
SELECT test.short((line::json->'value')::text), line::json->'headers' FROM test.raw('public.tr_(full|other)', 'transforms', 'c',
    'transforms.c.type', 'io.debezium.transforms.ExtractChangedRecordState', 'transforms.c.header.changed.name', 'Changed',
    'transforms.c.header.unchanged.name', 'Unchanged', 'skipped.operations', 'none') AS line WHERE json_typeof(line::json->'value') = 'object';
CREATE FUNCTION test.dropped(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.transformed('public.tr_full', VARIADIC ARRAY['transforms', 'c,u', 'transforms.c.type', 'io.debezium.transforms.ExtractChangedRecordState',
        'transforms.c.header.unchanged.name', 'Un"changed', 'transforms.c.header.changed.name', 'Changed',
        'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState'] || options)
$$;
SELECT * FROM test.dropped('transforms.u.drop.fields.header.name', 'Changed', 'transforms.u.delete.tombstone.handling.mode', 'rewrite');
SELECT * FROM test.dropped('transforms.u.drop.fields.header.name', 'Un"changed', 'transforms.u.drop.fields.keep.schema.compatible', 'false', 'transforms.u.add.fields', 'op');
SELECT * FROM test.dropped('transforms.u.drop.fields.header.name', 'Un"changed', 'transforms.u.drop.fields.keep.schema.compatible', 'true');
SELECT * FROM test.dropped('transforms.u.drop.fields.header.name', 'Other');
SELECT * FROM test.dropped('transforms.u.drop.fields.header.name', 'Changed', 'schemas.enable', 'true');
SELECT * FROM test.dropped('transforms.u.drop.fields.from.key', 'true');
-- of an old row that is known in part nothing is told, and nothing dropped; but with compat=debezium what is not known was NULL
CREATE FUNCTION test.parts(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (headers json, value text) LANGUAGE sql AS $$
    SELECT line::json->'headers', regexp_replace((line::json->'value')::text, '[0-9a-f]{99,}', 'large')
      FROM test.raw('public.tr_(part|toast)', VARIADIC ARRAY['transforms', 'c,u', 'transforms.c.type', 'io.debezium.transforms.ExtractChangedRecordState',
        'transforms.c.header.unchanged.name', 'Unchanged', 'transforms.c.header.changed.name', 'Changed', 'transforms.u.type',
        'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.drop.fields.header.name', 'Unchanged', 'transforms.u.add.headers', 'op'] || options) AS line
$$;
SELECT * FROM test.parts();
SELECT * FROM test.parts('compat', 'debezium');

-- headers are Connect's text: digits, dates and times, and no escapes but of quotes and backslashes
CREATE FUNCTION test.headers(tables text, VARIADIC options text[]) RETURNS TABLE (key text, header text, value text) LANGUAGE sql AS $$
    SELECT line::json->>'key', h.key, h.value
      FROM test.raw(tables, VARIADIC options) AS line, json_each_text(line::json->'headers') AS h WHERE h.key ~ '^__(debezium|after|before)'
$$;
SELECT * FROM test.headers('public.tr_key', 'skipped.operations', 'd');
SELECT DISTINCT header, value FROM test.headers('public.tr_key', 'time.precision.mode', 'connect', 'schemas.enable', 'true', 'transforms', 'r',
    'transforms.r.type', 'io.debezium.transforms.ByLogicalTableRouter', 'transforms.r.topic.regex', '.*', 'transforms.r.topic.replacement', 'all') ORDER BY 1;
SELECT DISTINCT header, value FROM test.headers('public.tr_key', 'time.precision.mode', 'connect', 'compat', 'debezium') ORDER BY 1;
SELECT header, value FROM test.headers('public.tr_values', 'time.precision.mode', 'connect', 'transforms', 'u', 'transforms.u.type',
    'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.add.headers', 'after.n,after.dd,after.nn,after.m,after.t,after.s,after.x');
-- topics that rows name
SELECT * FROM test.unwrapped('public.tr', 'rewrite', 'transforms.unwrap.route.by.field', 'v');
SELECT * FROM test.unwrapped('public.tr', 'tombstone', 'transforms.unwrap.route.by.field', 'v');
SELECT * FROM test.unwrapped('public.tr_full', 'delete-to-tombstone', 'transforms.unwrap.route.by.field', 'v');
SELECT * FROM test.unwrapped('public.tr_full', 'drop', 'transforms.unwrap.route.by.field', 'id');
SELECT * FROM test.unwrapped('public.tr_other', 'drop', 'transforms.unwrap.route.by.field', 'v');

-- routers: topics; for Debezium's also names of schemas and keys; messages and transactions, too
CREATE FUNCTION test.routed(tables text, class text, regex text, replacement text, VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.raw(tables, VARIADIC ARRAY['transforms', 'r' || CASE WHEN options @> '{transforms.u.type}' THEN ',u' ELSE '' END,
        'transforms.r.type', class] || CASE WHEN class ~ 'RegexRouter' THEN ARRAY['transforms.r.regex', regex, 'transforms.r.replacement', replacement]
                                       ELSE ARRAY['transforms.r.topic.regex', regex, 'transforms.r.topic.replacement', replacement] END || options)
$$;
SELECT r->>'topic', r->'key', r->'headers', r->'value'->>'op'
  FROM test.routed('public.tr', 'org.apache.kafka.connect.transforms.RegexRouter', '(\w+)\.public\.(.*)', '$2_of_$1') AS line, LATERAL (SELECT line::json) AS x(r);
SELECT r->>'topic', r->'key', r->'headers', r->'value'->>'op'
  FROM test.routed('public.tr', 'io.debezium.transforms.ByLogicalTableRouter', '(.*)\.tr.*', '$1.all') AS line, LATERAL (SELECT line::json) AS x(r);
SELECT r->>'topic', r->'key', r->'headers', r->'value'->>'op'
  FROM test.routed('public.tr', 'io.debezium.transforms.ToLogicalTopicRouter', '(?<start>.*)\.tr.*', '${start}.all',
                   'transforms.r.key.field.name', 'origin', 'transforms.r.key.field.regex', '.*\.(t)r.*', 'transforms.r.key.field.replacement', '$1!') AS line,
       LATERAL (SELECT line::json) AS x(r);
SELECT r->>'topic', r->'key' FROM test.routed('public.tr', 'io.debezium.transforms.ByLogicalTableRouter', '(.*)\.tr.*', '$1.all',
                   'transforms.r.key.enforce.uniqueness', 'false') AS line, LATERAL (SELECT line::json) AS x(r) LIMIT 1;
SELECT data::json->>'topic', data::json->'key' FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'output', 'record', 'table.include.list', 'public.none',
    'transforms', 'r', 'transforms.r.type', 'io.debezium.transforms.ByLogicalTableRouter', 'transforms.r.topic.regex', 'regression.(.*)',
    'transforms.r.topic.replacement', 'moved.$1', 'walferry.headers.enabled', 'false');
-- order: schemas are renamed only while there is an envelope
CREATE FUNCTION test.names(line text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r->>'topic', r->'key'->'schema'->>'name', r->'value'->'schema'->>'name', r->'value'->'schema'->'fields'->0->>'name', r->'key'->'payload')
      FROM (SELECT line::json) AS x(r)
$$;
SELECT DISTINCT test.names(line) FROM test.routed('public.tr_other', 'io.debezium.transforms.ByLogicalTableRouter', '.*tr_(.*)', 'a-$1', 'schemas.enable', 'true') AS line;
SELECT DISTINCT test.names(line) FROM test.routed('public.tr_other', 'io.debezium.transforms.ByLogicalTableRouter', '.*tr_(.*)', 'a-$1', 'schemas.enable', 'true',
    'transforms.r.schema.name.adjustment.mode', 'avro', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState') AS line;
SELECT DISTINCT test.names(line) FROM test.transformed('public.tr_other', 'transforms', 'u,r', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.r.type', 'io.debezium.transforms.ByLogicalTableRouter', 'transforms.r.topic.regex', '.*tr_(.*)', 'transforms.r.topic.replacement', 'a-$1',
    'schemas.enable', 'true') AS line;
SELECT DISTINCT test.names(line) FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*tr_(.*)', 'a-$1', 'schemas.enable', 'true',
    'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState') AS line;
-- names that cannot be topics', and topics that nobody knows yet
SELECT * FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*tr_(.*)', '__walferry.$1');
SELECT * FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*tr_(.*)', 'a b');
SELECT * FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*tr_(.*)', repeat('x', 250));
SELECT * FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*tr_(.*)', '$2');
-- RegexRouter takes an empty replacement, with which what it finds first goes; a name of nothing is none
SELECT DISTINCT line::json->>'topic' AS topic FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', 'regression\..*?', '') AS line;
SELECT * FROM test.routed('public.tr_other', 'org.apache.kafka.connect.transforms.RegexRouter', '.*', '');
SELECT * FROM test.routed('public.tr_other', 'io.debezium.transforms.ByLogicalTableRouter', '.*', '');
SELECT * FROM test.transformed('public.tr', 'transforms', 'u,r', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.route.by.field', 'v',
    'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', 'a', 'transforms.r.replacement', 'b');
SELECT * FROM test.transformed('public.tr', 'transforms', 'u,r', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState', 'transforms.u.route.by.field', 'v',
    'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', 'a', 'transforms.r.replacement', 'b',
    'predicates', 'p', 'predicates.p.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches', 'predicates.p.pattern', '.*\.tr', 'transforms.u.predicate', 'p');

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
SELECT count(*) FROM test.unwrapped('public.tr_column', 'drop', 'transforms.unwrap.add.fields', 'op:OP');
SELECT count(*) FROM test.unwrapped('public.tr_column', 'drop', 'transforms.unwrap.add.fields', 'op', 'transforms.unwrap.add.fields.prefix', 'x_');
CREATE TABLE tr_deleted (id int PRIMARY KEY, __deleted text);
INSERT INTO tr_deleted VALUES (1);
SELECT count(*) FROM test.unwrapped('public.tr_deleted', 'rewrite');
SELECT count(*) FROM test.unwrapped('public.tr_deleted', 'rewrite', 'column.exclude.list', '.*__deleted');
SELECT * FROM test.routed('public.tr', 'io.debezium.transforms.ByLogicalTableRouter', '(.*)\.tr.*', '$1.all', 'transforms.r.key.field.name', 'id');
SELECT count(*) FROM test.routed('public.tr', 'io.debezium.transforms.ByLogicalTableRouter', '(.*)\.tr.*', '$1.all', 'transforms.r.key.field.name', 'id',
                                 'transforms.r.key.enforce.uniqueness', 'false');
SELECT test.stop();
DROP TABLE tr, tr_full, tr_other, tr_column, tr_deleted;
DROP FUNCTION test.raw, test.transformed, test.unwrapped, test.dropped, test.routed, test.names;
