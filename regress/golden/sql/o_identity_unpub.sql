-- SPDX-License-Identifier: Apache-2.0
-- UPDATE/DELETE on tables without usable identity: tables excluded from updates by PostgreSQL unless publication omits them;
-- run with a pre-made publication publishing inserts only for r_nothing2/r_nopk2 (PostgreSQL rejects update/delete otherwise).
-- @setup
create table r_nothing2(id int primary key, a text); alter table r_nothing2 replica identity nothing;
create table r_nopk2(id int, a text);
create table r_ok(id int primary key, a text);
create publication ref_pub for all tables with (publish='insert,truncate');
-- @dml
insert into r_nothing2 values (1,'a'); update r_nothing2 set a='b'; delete from r_nothing2;
insert into r_nopk2 values (1,'a'); update r_nopk2 set a='b'; delete from r_nopk2;
insert into r_ok values (1,'a'); update r_ok set a='b'; truncate r_ok;
