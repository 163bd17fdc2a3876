-- SPDX-License-Identifier: Apache-2.0
-- Logical messages that hold JSON objects.
-- @setup
-- @dml
select pg_logical_emit_message(true, 'json', '{"id":1,"s":"é\u00e9 \"q\" \\ \/","b":true,"n":null,"i":2147483647,"l":2147483648,"d":1.5,"exp":1e3,"e":{},"arr":[1,2],"none":[],"o":{"x":{"y":-1},"z":null},"objs":[{"a":1},{"a":2}],"nest":[[1],[2,3]],"nullable":[null,"x"]}');
select pg_logical_emit_message(false, 'json', '{}');
begin; select pg_logical_emit_message(true, 'json', '{ "a" : 1 }'); select pg_logical_emit_message(true, 'other', '{"a":"one"}'); commit;
