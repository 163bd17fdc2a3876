-- SPDX-License-Identifier: Apache-2.0
-- One larger transaction (past logical_decoding_work_mem, so it spills) interleaved in commit order with a small one.
-- @setup
create table bg(id int primary key, v text);
create table bg_s(id int primary key);
do $$ begin execute format('alter database %I set logical_decoding_work_mem=''64kB''', current_database()); end $$;
-- @dml
insert into bg select g, md5(g::text) from generate_series(1,600) g;
insert into bg_s values (1);
update bg set v='u' where id<=20;
delete from bg where id between 1 and 10;
