-- SPDX-License-Identifier: Apache-2.0
-- Partitioned tables, inheritance.
-- @setup
create table pt(id int, k text, v int, primary key(id,k)) partition by list(k);
create table pt_a partition of pt for values in ('a');
create table pt_b partition of pt for values in ('b') partition by range(id);
create table pt_b1 partition of pt_b for values from (0) to (100);
create table pt_b2 partition of pt_b for values from (100) to (200);
create table pt_def partition of pt default;
create table inh(id int primary key, v int); create table inh_kid(extra text, primary key(id)) inherits(inh);
-- @dml
insert into pt values (1,'a',1),(2,'b',2),(150,'b',3),(4,'zz',4);
update pt set v=10 where id=1; update pt set k='b' where id=1; update pt set id=199 where id=2;
delete from pt where id=4;
create table pt_c partition of pt for values in ('c'); insert into pt values (5,'c',5);
alter table pt detach partition pt_c; insert into pt_c values (6,'c',6);
truncate pt_a; truncate pt;
insert into inh values (1,1); insert into inh_kid values (2,2,'x'); update inh set v=v+10; delete from inh;
