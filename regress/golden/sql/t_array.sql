-- SPDX-License-Identifier: Apache-2.0
-- Arrays of each element type; null elements; empty; multi-dimensional.
-- @setup
create extension hstore; create extension citext; create extension ltree;
create type mood as enum('sad','ok','very happy');
create domain posint as int check (value>0);
create table a_num(id int primary key, b bool[], i2 int2[], i4 int4[], i8 int8[], f4 float4[], f8 float8[], d numeric[], d52 numeric(5,2)[], m money[], o oid[]);
create table a_txt(id int primary key, t text[], v varchar(5)[], c char(3)[], ci citext[], n name[], by bytea[], u uuid[], j json[], jb jsonb[], x xml[], e mood[], h hstore[], lt ltree[]);
create table a_time(id int primary key, d date[], t time[], tz timetz[], ts timestamp[], ts3 timestamp(3)[], tstz timestamptz[], iv interval[]);
create table a_net(id int primary key, i inet[], c cidr[], m macaddr[], bt bit(3)[], b1 bit(1)[], vb varbit[], p point[], i4r int4range[], tsr tsrange[], dr daterange[], tsv tsvector[], dom posint[]);
-- @dml
insert into a_num values (1,'{t,f}','{1,-2}','{1,2,3}','{1,9223372036854775807}','{1.5,0.1}','{1.5,0.1,1e300}','{1.5,2,3.000}','{1.5,2}','{$1.00,-$2.50}','{1,4294967295}');
insert into a_num values (2,'{}','{}','{}','{}','{}','{}','{}','{}','{}','{}');
insert into a_num values (3,null,null,null,null,null,null,null,null,null,null);
insert into a_num values (4,'{t,null}','{null}','{1,null,3}','{null,1}','{NaN,null}','{NaN,Infinity,-Infinity}','{null,1.1}','{null,1.1}','{null}','{null}');
insert into a_txt values (1,'{a,"b c","d\"e","f\\g","h,i","{j}"}','{abc,de}','{a,bcd}','{A,b}','{n1}','{"\\xdead","\\x"}','{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}','{"{\"a\": 1}","[1, 2]"}','{"{\"b\":1,\"a\":2}"}','{"<a/>"}','{sad,"very happy"}','{"a=>1"}','{a.b,c}');
insert into a_txt values (2,'{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}');
insert into a_txt values (3,null,null,null,null,null,null,null,null,null,null,null,null,null);
insert into a_txt values (4,'{null,"null","NULL",""," "}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}');
insert into a_txt(id,t) values (5,E'{"é😀","new\nline","tab\t"}');
insert into a_time values (1,'{2024-02-29,1970-01-01}','{12:34:56.789012}','{12:34:56+05:30}','{2024-02-29 12:34:56.789012}','{2024-02-29 12:34:56.789}','{2024-02-29 12:34:56.789012+05:30}','{1 day,-02:03:04}');
insert into a_time values (2,'{}','{}','{}','{}','{}','{}','{}'),(3,null,null,null,null,null,null,null),(4,'{null,2024-01-01}','{null}','{null}','{null}','{null}','{null}','{null}');
insert into a_net values (1,'{10.0.0.1,::1/64}','{10.0.0.0/8}','{08:00:2b:01:02:03}','{101,010}','{1,0}','{1,1010}','{"(1,2)","(3,4)"}','{"[1,5)",empty}','{"[2024-01-01,2024-01-02)"}','{"[2024-01-01,2024-01-05)"}','{"a b"}','{1,2}');
insert into a_net values (2,null,null,null,null,null,null,null,null,null,null,null,null),(3,'{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}'),(4,'{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}','{null}');
