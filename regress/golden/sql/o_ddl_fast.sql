-- SPDX-License-Identifier: Apache-2.0
-- Same DDL as o_ddl.sql without pauses: the reference reads keys and nullability from the live catalog, so its keys here depend on timing. Kept to show that, not as a target.
-- @setup
create table dd(id int primary key, a text, b int);
-- @dml
insert into dd values (1,'x',1);
alter table dd add column c text;
insert into dd values (2,'x',2,'c');
alter table dd add column d int not null default 7;
insert into dd(id,a) values (3,'x');
update dd set a='y' where id=1;
alter table dd drop column b;
insert into dd values (4,'x','c',8);
alter table dd rename column a to a2;
insert into dd values (5,'x','c',9);
alter table dd alter column d type bigint;
insert into dd values (6,'x','c',9223372036854775807);
alter table dd alter column c type varchar(10), alter column d type text using d::text;
insert into dd values (7,'x','c','txt');
alter table dd drop constraint dd_pkey; alter table dd replica identity full;
insert into dd values (8,'nopk','c','t'); update dd set a2='nopk2' where id=8;
alter table dd add primary key (id,a2); alter table dd replica identity default;
insert into dd values (9,'k2','c','t'); delete from dd where id=9;
create table dd_new(id int primary key, v text);
insert into dd_new values (1,'new table');
alter table dd_new rename to dd_renamed;
insert into dd_renamed values (2,'renamed table');
create schema s2; alter table dd_renamed set schema s2;
insert into s2.dd_renamed values (3,'moved');
begin; insert into s2.dd_renamed values (4,'before'); alter table s2.dd_renamed add column w int; insert into s2.dd_renamed values (5,'after',5); commit;
drop table dd;
create table dd(id int primary key, z text);
insert into dd values (1,'recreated');
create type mood as enum('a','b');
create table dd_enum(id int primary key, m mood);
insert into dd_enum values (1,'a');
alter type mood add value 'c';
insert into dd_enum values (2,'c');
create table dd_as as select 1 as id, 'ctas' as v;
create unlogged table dd_unlogged(id int primary key); insert into dd_unlogged values (1);
create temp table dd_temp(id int primary key); insert into dd_temp values (1);
