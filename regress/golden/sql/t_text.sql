-- SPDX-License-Identifier: Apache-2.0
-- Character, binary, uuid, json, xml, bit, network, text search.
-- @setup
create extension citext;
create table s_char(id int primary key, c1 char, c5 char(5), v varchar, v5 varchar(5), t text, n name, ci citext, q "char", bp bpchar);
create table s_bytes(id int primary key, b bytea, bn bytea not null default '\x00');
create table s_json(id int primary key, j json, jb jsonb, x xml, u uuid);
create table s_bit(id int primary key, b1 bit, b1b bit(1), b3 bit(3), b8 bit(8), b9 bit(9), b64 bit(64), vb bit varying, vb5 varbit(5));
create table s_net(id int primary key, i inet, c cidr, m macaddr, m8 macaddr8);
create table s_ts(id int primary key, tv tsvector, tq tsquery, ls pg_lsn, rc regclass, tx txid_snapshot);
create table s_keys(u uuid, t text, primary key(u,t));
create table s_bytespk(b bytea primary key, v int);
-- @dml
insert into s_char values (1,'a','abc','hello','hello','hello world','nm','CiText','z','bp  ');
insert into s_char values (2,'','','','','','','','','');
insert into s_char values (3,null,null,null,null,null,null,null,null,null);
insert into s_char values (4,'é','日本','𝄞 clef',E'q"\\/',E'tab\tnl\ncr\rbs\bff\f"quoted" \\back\\ /slash',E'\u2028',E'\u007f\u0080\u00a0',E'\\'::"char",E'\u0001\u001f');
insert into s_char values (5,'<','<&>''','emoji 😀','''"','e'||chr(233)||' n'||chr(776),'名前','ÀÉ','é'::"char",'x');
insert into s_bytes values (1,'\xdeadbeef','\x01'),(2,'','\x'),(3,null,'\xff00ff'),(4,'\xfbff3e3f','\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40414243'),(5,'hello','\x00');
insert into s_json values (1,'{"a": 1, "b" : [1,2 , 3]}','{"b": [1,2,3], "a": 1.50}','<a b="c">t</a>','00000000-0000-0000-0000-000000000000');
insert into s_json values (2,'null','null','<?xml version="1.0"?><r/>','FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF');
insert into s_json values (3,'"str"','"s\"tr\u00e9"','text only','a0eebc999c0b4ef8bb6d6bb9bd380a11');
insert into s_json values (4,null,null,null,null);
insert into s_json values (5,'[]','{}','<!-- c -->','{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}');
insert into s_json values (6,E'{"k":\n  "v\\n"}','{"big":123456789012345678901234567890,"e":1e5,"n":null,"t":true}','<x>&lt;</x>',null);
insert into s_bit values (1,'1','0','101','10101010','101010101',('1'||repeat('0',63))::bit(64),'1','10101');
insert into s_bit values (2,'0','1','000','00000000','000000000',repeat('1',64)::bit(64),'','');
insert into s_bit values (3,null,null,null,null,null,null,null,null);
insert into s_bit values (4,'1','1','001','00000001','100000000',repeat('01',32)::bit(64),'1111000011110000111100001111','1');
insert into s_net values (1,'192.168.0.1','192.168.0.0/24','08:00:2b:01:02:03','08:00:2b:01:02:03:04:05'),(2,'::1','2001:db8::/32','FF:FF:FF:FF:FF:FF','00:00:00:00:00:00:00:00'),(3,'10.1.2.3/8','10/8',null,null),(4,null,null,'0800.2b01.0203','08002b:0102030405');
insert into s_ts values (1,'a fat cat','fat & cat','0/16B3748','pg_class','10:20:10,14,15'),(2,null,null,null,null,null),(3,'a:1A fat:2B,4C','!a | b','FFFFFFFF/FFFFFFFF',null,null);
insert into s_keys values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11','k "1"');
update s_keys set t='k2';
delete from s_keys;
insert into s_bytespk values ('\x0102',1);
update s_bytespk set v=2;
delete from s_bytespk;
