-- SPDX-License-Identifier: Apache-2.0
-- TRUNCATE forms. Recorded with skipped.operations=none (truncates are skipped by default).
-- @setup
create table tr_a(id int primary key, a text);
create table tr_b(id int primary key, a text);
create table tr_parent(id int primary key); create table tr_child(id int primary key, pid int references tr_parent);
create table tr_nopk(a int);
create table tr_seq(id serial primary key);
-- @dml
insert into tr_a values (1,'x'); truncate tr_a;
insert into tr_a values (2,'x'); insert into tr_b values (1,'x'); truncate tr_a, tr_b;
insert into tr_parent values (1); insert into tr_child values (1,1); truncate tr_parent cascade;
insert into tr_nopk values (1); truncate tr_nopk;
insert into tr_seq default values; truncate tr_seq restart identity;
begin; insert into tr_a values (3,'t'); truncate tr_a; insert into tr_a values (4,'after'); commit;
begin; truncate tr_a; rollback;
