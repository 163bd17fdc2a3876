-- SPDX-License-Identifier: Apache-2.0
-- Geometric, ranges, enums, domains, composites, extension types.
-- @setup
create extension hstore; create extension ltree; create extension isn;
create type mood as enum('sad','ok','very happy','it''s "quoted"');
create domain posint as int check (value>0);
create domain dtext as varchar(20) default 'dd';
create domain dnum as numeric(8,2);
create domain ddom as posint;
create domain denum as mood;
create type pair as (a int, b text);
create table g_geo(id int primary key, p point, ln line, ls lseg, b box, pa path, po polygon, c circle);
create table g_range(id int primary key, i4 int4range, i8 int8range, nr numrange, tr tsrange, tz tstzrange, dr daterange, mi int4multirange, mt tsmultirange, md datemultirange, mn nummultirange, m8 int8multirange, mz tstzmultirange);
create table g_user(id int primary key, e mood, en mood not null, d posint, dt dtext, dn dnum, dd ddom, de denum, c pair);
create table g_ext(id int primary key, h hstore, lt ltree, isb isbn);
create table g_ext2(id int primary key, lq lquery, ltq ltxtquery);
create table g_sys(id int primary key, x xid, c cid, t tid, i2v int2vector, ov oidvector, rt regtype, rp regproc, x8 xid8, jp jsonpath, s pg_snapshot, an aclitem);
-- @dml
insert into g_geo values (1,'(1,2)','{1,2,3}','[(1,2),(3,4)]','((3,4),(1,2))','((1,1),(2,2),(3,3))','((1,1),(2,2),(3,3))','<(1,2),3>');
insert into g_geo values (2,null,null,null,null,null,null,null);
insert into g_geo values (3,'(-1.5,1e10)','{0,1,0}','[(0.1,0.2),(0,0)]','((0,0),(0,0))','[(1,1),(2,2)]','((0,0))','<(0,0),0>');
insert into g_geo values (4,'(NaN,Infinity)',null,null,null,null,null,null);
insert into g_range values (1,'[1,10)','[1,10]','[1.5,2.5)','[2024-01-01 00:00,2024-01-02 00:00)','[2024-01-01 00:00+00,2024-01-02 00:00+00)','[2024-01-01,2024-01-31]','{[1,3),[5,8)}','{[2024-01-01,2024-01-02),[2024-02-01,2024-02-02)}','{[2024-01-01,2024-01-02)}','{[1,2.5]}','{[1,2]}','{[2024-01-01 00:00+00,)}');
insert into g_range values (2,'empty','(,)','(,5]','[2024-01-01,)','(,2024-01-01 00:00+00)','[,]','{}','{}','{}','{}','{}','{}');
insert into g_range values (3,null,null,null,null,null,null,null,null,null,null,null,null);
insert into g_range values (4,'[5,5]','(5,7)','(-1,1)','[-infinity,infinity]','[2024-01-01 12:34:56.789012+05:30,infinity)','[-infinity,infinity)','{(,)}',null,null,null,null,null);
insert into g_user values (1,'sad','ok',5,'x',1.5,7,'ok','(1,abc)'),(2,null,'very happy',null,null,null,null,null,null),(3,'it''s "quoted"','sad',1,default,-0.01,1,'sad','(,"a ""b"" c")');
insert into g_ext values (1,'a=>1, "b c"=>"d e", n=>NULL','top.a.b','978-0-393-04002-9'),(2,null,null,null),(3,'','','0-393-04002-X'),(4,'"q\"x"=>"y\\z", "é"=>"日本"','A1.B_2',null);
insert into g_ext2 values (1,'*.a.*','a & b'),(2,null,null);
insert into g_sys values (1,'42','7','(1,2)','1 2 3','10 20','int4','now','123456789012','$.a[*] ? (@ > 1)','10:20:10,14','postgres=r/postgres'),(2,null,null,null,null,null,null,null,null,null,null,null);
