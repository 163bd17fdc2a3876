-- SPDX-License-Identifier: Apache-2.0
-- Values in headers: the keys of a key change, and columns that add.headers names.
-- @setup
create table h_number(a numeric(10,2), b numeric(12,9), c numeric, d money, e int, f real, g boolean, primary key(a,b,c,d,e,f,g));
create table h_big(a numeric(60,3) primary key, v int);
create table h_time(a date, b timestamp, c time, d timestamptz, e interval, primary key(a,b,c,d,e));
create table h_early(a date primary key, b timestamp, c time);
create table h_text(a text, b bytea, c uuid, d varchar(9), primary key(a,b,c,d));
create table h_row(id int primary key, n numeric(10,2), m money, d date, t time, s timestamp, x text, b bytea, dd date[], nn numeric(10,2)[], h numeric);
-- @dml
insert into h_number values (1.10,0.0000001,2.5,5,7,1.5,true),(-0.05,-123.5,100,-1.5,8,1e10,false);
update h_number set a=a+1 where e=7; update h_number set b=0, d=d*2, g=not g;
insert into h_big values (-99999999999999999999999999999999999999.999,1),(0,2); update h_big set a=a-1; delete from h_big;
insert into h_time values ('2024-01-01','2024-01-01','10:00','2024-01-01 00:00+00','1 day'),('2024-02-29','2024-02-29 12:34:56.789123','23:59:59.999999','2024-06-01 12:00:00.5+02','2 hours');
update h_time set a=a+1; update h_time set b=b+'1.5 s', c=c-interval '1 s'; update h_time set e=e+'1 day';
insert into h_early values ('1969-12-31','1960-02-03 04:05:06.5','24:00'); update h_early set a='1970-01-01'; update h_early set a='1970-01-02'; update h_early set a='1850-05-06';
insert into h_text values ('a','abc','00000000-0000-0000-0000-000000000001','v'); update h_text set a=E'x "q" \\ ü\n', b='', d='"';
insert into h_row values (1,1.50,5,'2024-01-01','10:00','2024-01-01 10:00',E'q"ü\n\\','abc','{2024-02-29,NULL}','{1.50,NULL,-2}',2.5);
insert into h_row values (2,0,0,'1969-12-31','24:00','1960-01-01','','','{}','{}',1e20);
insert into h_row(id) values (3); update h_row set n=n*10, x='y' where id=1; delete from h_row where id=1;
