-- SPDX-License-Identifier: Apache-2.0
-- Columns that ExtractNewRecordState leaves out of updates, or makes headers of.
-- @setup
create table df(id int primary key, req text not null default 'r', v text, n numeric(10,2), d int default 7, b bytea, a text[], t timestamp, j jsonb, f double precision, ok boolean);
alter table df replica identity full;
create table df_key(k int, w text, x text);
alter table df_key replica identity full;
-- @dml
insert into df values (1, 'one', 'a"b', 1.50, null, '\x0001', '{x,"y z"}', '2024-01-01 00:00:00.5', '{"q": 1}', 1.5, true);
update df set v = 'c' where id = 1;
update df set req = 'two', n = null where id = 1;
update df set v = v where id = 1;
update df set v = 'd', req = 'three', n = 2, d = 3, b = '', a = null, t = null, j = null, f = 0, ok = false where id = 1;
update df set id = 2 where id = 1;
delete from df where id = 2;
insert into df_key values (1, 'w', 'x');
update df_key set x = 'y' where k = 1;
update df_key set w = null where k = 1;
delete from df_key;
