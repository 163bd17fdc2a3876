\set SHOW_CONTEXT never
-- Options: an unknown or ill-valued one is refused, by name.
SELECT test.start();
-- Each is a statement of its own: a slot stays taken after an error that is caught.
CREATE TEMP VIEW attempt AS
    SELECT o, format('SELECT count(*) >= 0 AS %I FROM pg_logical_slot_peek_binary_changes(''regress'', NULL, NULL, %s)',
                     'accepted', (SELECT string_agg(quote_literal(part), ', ')
                                    FROM unnest(string_to_array(o, '=')) AS u(part))) AS statement
      FROM (VALUES
    ('output=envelope'), ('output=record'), ('output=frame'), ('output=json'), ('output='), ('Output=frame'),
    ('frame.version=1'), ('frame.version=2'), ('frame.version=3'), ('frame.version=4'), ('frame.version=0'), ('frame.version=one'),
    ('position.epoch=1'), ('position.epoch=0'), ('position.epoch=999999999999999999'), ('position.epoch=1000000000000000000'),
    ('position.epoch=9223372036854775808'),
    ('topic.prefix=a.b-c_D1'), ('topic.prefix='), ('topic.prefix=a b'), ('topic.prefix=ü'),
    ('schemas.enable=false'), ('schemas.enable=true'), ('schemas.enable=maybe'),
    ('key.converter.schemas.enable=true'), ('value.converter.schemas.enable=true'),
    ('value.converter.replace.null.with.default=true'),
    ('tombstones.on.delete=false'), ('tombstones.on.delete=2'),
    ('skipped.operations=none'), ('skipped.operations=c,u,d,t'), ('skipped.operations=x'), ('skipped.operations='),
    ('unavailable.value.placeholder=?'), ('unavailable.value.placeholder='),
    ('walferry.headers.enabled=no'), ('record.max.bytes=1024'), ('record.max.bytes=1023'),
    ('record.max.bytes=536870913'), ('record.max.bytes=64MB'),
    ('snapshot.mode=initial'), ('tombstone.on.delete=true'), ('topic_prefix=x'),
    ('truncate.handling.mode=skip'), ('table.whitelist=a'), ('column.trucate.to.5.chars=a'),
    (repeat('x', 63) || '=1'),
    ('output=frame=output=frame'),
    ('unavailable.value.placeholder=' || repeat('x', 250)), ('topic.prefix=' || repeat('x', 250))) AS t(o);
SELECT statement FROM attempt \gexec
-- of which class the errors are
\set VERBOSITY sqlstate
SELECT statement FROM attempt WHERE o IN ('output=json', 'frame.version=4', 'Output=frame', 'schemas.enable=maybe', 'output=frame=output=frame') \gexec
\set VERBOSITY default

-- binary output through a function that wants text
SELECT * FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'output', 'frame');

-- A record that is too large stops the textual outputs, and says which.
CREATE TABLE large (id int PRIMARY KEY, t text);
INSERT INTO large VALUES (1, repeat('x', 2000));
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1024');
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1024', 'output', 'record');
SELECT count(*) > 0 AS frame_goes_on FROM pg_logical_slot_peek_binary_changes('regress', NULL, NULL, 'record.max.bytes', '1024', 'output', 'frame');
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL);
SELECT pg_logical_emit_message(true, 'p', repeat('x', 2000)) IS NOT NULL AS sent;
SELECT * FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'record.max.bytes', '1024');

-- as many filters and masks, or settings of transforms, as there may be, and one too many
SELECT count(*) > 0 AS taken FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC
  ARRAY(SELECT unnest(ARRAY['column.mask.with.' || i || '.chars', 'public.a.c' || i]) FROM generate_series(1, 64) AS i));
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC
  ARRAY(SELECT unnest(ARRAY['column.mask.with.' || i || '.chars', 'public.a.c' || i]) FROM generate_series(1, 66) AS i));
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC
  ARRAY(SELECT unnest(ARRAY['column.truncate.to.' || i || '.chars', 'public.a.c' || i]) FROM generate_series(1, 64) AS i) || ARRAY['table.include.list', 'public.large']);
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, VARIADIC
  ARRAY(SELECT unnest(ARRAY['transforms.t' || i || '.type', 'x']) FROM generate_series(1, 66) AS i));
-- a list as long as it may be
SELECT count(*) > 0 AS taken FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'table.include.list', repeat('public.another_one,', 55187) || 'public.larg[e]');
SELECT count(*) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'table.include.list', repeat('public.o,', 65535) || 'public.large');

-- skipped operations
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL);
INSERT INTO large VALUES (2, 'x');
UPDATE large SET t = 'y' WHERE id = 2;
DELETE FROM large WHERE id = 2;
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'skipped.operations', 'c,d');
SELECT test.short(data) FROM pg_logical_slot_peek_changes('regress', NULL, NULL, 'skipped.operations', 'u');
SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'skipped.operations', 'c,u,d,t');
DROP TABLE large;
SELECT test.stop();

-- a database's name is the prefix by default, but not where topics are our own
CREATE DATABASE "__walferry.x" TEMPLATE template0;
\c "__walferry.x"
SELECT slot_name FROM pg_create_logical_replication_slot('own', 'walferry');
SELECT * FROM pg_logical_slot_peek_changes('own', NULL, NULL);
SELECT * FROM pg_logical_slot_peek_changes('own', NULL, NULL, 'topic.prefix', 'x');
SELECT pg_drop_replication_slot('own');
\c regression
DROP DATABASE "__walferry.x";
