-- SPDX-License-Identifier: Apache-2.0
-- Replica identities x key shapes x operations.
-- @setup
create table r_default(id int primary key, a text, b int);
create table r_full(id int primary key, a text, b int); alter table r_full replica identity full;
create table r_nothing(id int primary key, a text, b int); alter table r_nothing replica identity nothing;
create table r_index(id int primary key, a text not null, b int); create unique index r_index_a on r_index(a); alter table r_index replica identity using index r_index_a;
create table r_index_nopk(a int not null, b int not null, c text); create unique index r_index_nopk_u on r_index_nopk(a,b); alter table r_index_nopk replica identity using index r_index_nopk_u;
create table r_nopk(id int, a text);
create table r_nopk_full(id int, a text); alter table r_nopk_full replica identity full;
create table r_comp(y int, x text, v int, primary key(x,y));
create table r_comp_full(y int, x text, v int, primary key(x,y)); alter table r_comp_full replica identity full;
create table r_uniq(id int unique not null, a text);
create table r_allkey(a int, b int, primary key(a,b));
-- @dml
insert into r_default values (1,'x',1); update r_default set a='y' where id=1; update r_default set a=a where id=1; update r_default set id=2 where id=1; update r_default set a=null,b=null where id=2; delete from r_default where id=2;
insert into r_full values (1,'x',1); update r_full set a='y' where id=1; update r_full set a=a where id=1; update r_full set id=2 where id=1; update r_full set a=null,b=null where id=2; delete from r_full where id=2;
insert into r_nothing values (1,'x',1);
insert into r_index values (1,'x',1); update r_index set b=2 where id=1; update r_index set a='y' where id=1; update r_index set id=9 where a='y'; delete from r_index where id=9;
insert into r_index_nopk values (1,1,'x'); update r_index_nopk set c='y'; update r_index_nopk set a=2; delete from r_index_nopk;
insert into r_nopk values (1,'x');
insert into r_nopk_full values (1,'x'); update r_nopk_full set a='y'; delete from r_nopk_full;
insert into r_comp values (1,'k',10); update r_comp set v=11; update r_comp set y=2; update r_comp set x='m',v=12; delete from r_comp;
insert into r_comp_full values (1,'k',10); update r_comp_full set v=11; update r_comp_full set y=2; update r_comp_full set x='m',v=12; delete from r_comp_full;
insert into r_uniq values (1,'x');
insert into r_allkey values (1,1); update r_allkey set b=2; delete from r_allkey;
insert into r_default values (10,'u',1) on conflict (id) do update set a='never'; insert into r_default values (10,'u',1) on conflict (id) do update set a='upserted'; insert into r_default values (10,'u',1) on conflict do nothing;
merge into r_default t using (values (10,'m'),(11,'m')) s(id,a) on t.id=s.id when matched then update set a=s.a when not matched then insert values (s.id,s.a,0);
