-- SPDX-License-Identifier: Apache-2.0
-- An outbox without a table: logical messages for the EventRouter.
-- @setup
-- @dml
select pg_logical_emit_message(true, 'outbox', '{"id":"e-1","aggregatetype":"order","aggregateid":"o-1","type":"OrderCreated","ver":3,"trace":"tr1","payload":{"id":1,"items":[{"n":"x","q":2}],"note":"é","price":1.5,"none":null,"deep":{"a":{"b":true}},"empty":[]}}');
select pg_logical_emit_message(false, 'outbox', '{"id":2,"aggregatetype":"customer","aggregateid":7,"type":"T","ver":1,"trace":{"span":"s","n":5},"payload":"plain text"}');
begin; select pg_logical_emit_message(true, 'outbox', '{"id":"e-3","aggregatetype":"order","aggregateid":"o-1","type":"Arr","ver":1,"trace":[1,2],"payload":[1,2,3]}'); select pg_logical_emit_message(true, 'outbox', '{"payload":"{\"a\":{\"b\":1},\"n\":null}","id":"e-4","aggregatetype":"order","aggregateid":"o-2","type":"Text","ver":2147483648,"trace":1.25}'); commit;
select pg_logical_emit_message(true, 'outbox', '{"id":"e-5","aggregatetype":"order","aggregateid":"o-2","type":"Number","ver":9,"trace":"t","payload":42,"more":{"ignored":true}}');
select pg_logical_emit_message(true, 'outbox', '{"id":"e-6","aggregatetype":"order","aggregateid":"o-2","type":"Empty","ver":1,"trace":"t","payload":""}');
