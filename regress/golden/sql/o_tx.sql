-- SPDX-License-Identifier: Apache-2.0
-- Transactions: multi-table, savepoints, rollbacks, subtransactions, empty, two-phase, messages.
-- @setup
create table tx_a(id int primary key, v text);
create table tx_b(id int primary key, v text);
create table tx_c(id int primary key, v text);
-- @dml
begin; insert into tx_a values (1,'a'); insert into tx_b values (1,'b'); update tx_a set v='a2' where id=1; insert into tx_c values (1,'c'); delete from tx_b where id=1; commit;
begin; insert into tx_a values (2,'keep'); savepoint s1; insert into tx_a values (3,'gone'); rollback to s1; insert into tx_a values (4,'keep'); savepoint s2; insert into tx_b values (5,'sub'); release s2; commit;
begin; insert into tx_a values (6,'never'); rollback;
begin; commit;
begin; savepoint a; savepoint b; insert into tx_c values (7,'nested'); release b; rollback to a; insert into tx_c values (8,'outer'); commit;
do $$ begin for i in 10..13 loop begin insert into tx_b values (i,'loop'); if i%2=1 then raise exception 'x'; end if; exception when others then null; end; end loop; end $$;
insert into tx_a select g,'multi' from generate_series(20,24) g;
update tx_a set v=v||'!' where id>=20;
select pg_logical_emit_message(true,'pfx','transactional text');
select pg_logical_emit_message(false,'pfx','nontransactional text');
begin; insert into tx_a values (30,'with msg'); select pg_logical_emit_message(true,'ctx','{"user":"é"}'); select pg_logical_emit_message(false,'ctx','early'); insert into tx_a values (31,'after msg'); commit;
select pg_logical_emit_message(true,'bin','\x00ff10'::bytea);
select pg_logical_emit_message(true,'','empty prefix');
select pg_logical_emit_message(true,'empty','');
begin; select pg_logical_emit_message(true,'rb','rolled back'); select pg_logical_emit_message(false,'rb','survives rollback'); rollback;
begin; delete from tx_a where id=30; delete from tx_a where id=31; commit;
