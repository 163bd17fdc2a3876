-- SPDX-License-Identifier: Apache-2.0
-- Large out-of-line values: unchanged TOAST columns under each identity and type. storage external, md5 text so not compressible to inline.
-- @setup
create table to_txt(id int primary key, small text, big text, b bytea, j jsonb, arr int[], tarr text[], u uuid[]);
alter table to_txt alter big set storage external, alter b set storage external, alter j set storage external, alter arr set storage external, alter tarr set storage external, alter u set storage external;
create table to_full(id int primary key, small text, big text); alter table to_full alter big set storage external; alter table to_full replica identity full;
create table to_nn(id int primary key, small text, big text not null, bn bytea not null, js json, x xml, v varchar(9000), n numeric, c char(3000));
alter table to_nn alter big set storage external, alter bn set storage external, alter js set storage external, alter x set storage external, alter v set storage external, alter n set storage external, alter c set storage external;
-- @dml
insert into to_txt values (1,'s',repeat('x',3000),decode(repeat('ab',3000),'hex'),('{"k":"'||repeat('j',3000)||'"}')::jsonb,array_fill(7,array[900]),array_fill('tt'::text,array[900]),array_fill('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid,array[200]));
update to_txt set small='s2' where id=1;
update to_txt set big='now small' where id=1;
update to_txt set id=2 where id=1;
delete from to_txt where id=2;
insert into to_full values (1,'s',repeat('y',3000));
update to_full set small='s2' where id=1;
update to_full set id=2 where id=1;
delete from to_full where id=2;
insert into to_nn values (1,'s',repeat('z',3000),decode(repeat('cd',3000),'hex'),('{"k":"'||repeat('j',3000)||'"}')::json,('<a>'||repeat('x',3000)||'</a>')::xml,repeat('v',3000),repeat('1234567890',800)::numeric,'c');
update to_nn set small='s2' where id=1;
delete from to_nn where id=1;
