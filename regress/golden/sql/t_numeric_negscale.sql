-- SPDX-License-Identifier: Apache-2.0
-- numeric with a negative scale (PostgreSQL 15+): the reference reads the scale as 2046, a known defect; kept apart.
-- @setup
create table n_neg(id int primary key, dneg numeric(3,-2));
-- @dml
insert into n_neg values (1,12345),(2,-12345),(3,0),(4,null),(5,99900);
