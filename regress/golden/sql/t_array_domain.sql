
-- SPDX-License-Identifier: Apache-2.0
-- Arrays of domains: over enums, which are published, and over others.
-- @setup
create type mood as enum('sad','ok','very happy');
create schema other; create type other.size as enum('s','l');
create domain d_mood as mood; create domain d_of_d as d_mood; create domain d_needed as mood not null;
create domain other.d_size as other.size; create domain d_moods as mood[]; create domain posint as int check (value>0);
create table a_dom(id int primary key, a d_mood[], b d_of_d[], c d_needed[], d other.d_size[], e posint[], f d_moods, g d_mood);
create table a_dom_key(a d_mood[] primary key, v int);
-- @dml
insert into a_dom values (1,'{ok,"very happy"}','{sad}','{ok}','{l,s}','{1,2}','{sad,ok}','ok');
insert into a_dom values (2,'{}','{}','{}','{}','{}','{}'),(3,null,null,null,null,null,null),(4,'{null,ok}','{null}',null,'{s,null}','{null}','{null}');
update a_dom set a = '{sad}' where id = 1;
insert into a_dom_key values ('{sad,ok}',1); update a_dom_key set v = 2; update a_dom_key set a = '{ok}'; delete from a_dom_key;
