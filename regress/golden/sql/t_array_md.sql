-- SPDX-License-Identifier: Apache-2.0
-- Multi-dimensional arrays and custom lower bounds, kept apart because the reference logs conversion trouble here.
-- @setup
create table md_int(id int primary key, a int[][]);
create table md_txt(id int primary key, a text[][]);
create table md_comp(id int primary key, a int[]);
-- @dml
insert into md_int values (1,'{1,2}'),(2,'{{1,2},{3,4}}'),(3,'{{{1},{2}}}');
insert into md_txt values (1,'{a,b}'),(2,'{{a,b},{c,null}}');
insert into md_comp values (1,'[2:4]={7,8,9}'),(2,'{5}');
