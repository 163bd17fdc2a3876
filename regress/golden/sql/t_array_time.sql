
-- SPDX-License-Identifier: Apache-2.0
-- Dates and times in arrays: infinities, the ends of what numbers hold, days before the Gregorian calendar, 24:00.
-- @setup
create table at_date(id int primary key, d date[]);
create table at_stamp(id int primary key, t timestamp[], t3 timestamp(3)[]);
create table at_zoned(id int primary key, z timestamptz[], z3 timestamptz(3)[]);
create table at_time(id int primary key, t time[], t2 time(2)[]);
-- @dml
insert into at_date values (1,'{infinity,-infinity,2024-01-01}'),(2,'{1582-10-04,1582-10-05,1582-10-14,1582-10-15}'),(3,'{1000-01-01,1500-02-28,1500-03-01,0001-01-01}'),(4,'{0001-12-31 BC,0004-03-01 BC,0044-03-15 BC,4713-01-01 BC}'),(5,'{5874897-12-31,10000-01-01}');
insert into at_stamp(id,t) values (1,'{1000-01-01 10:11:12.123456,2024-01-01,1582-10-10 12:00}'),(2,'{1582-10-04 23:59:59.999999,1582-10-15}'),(3,'{0044-03-15 10:00:00.5 BC,0001-01-01 BC}'),(4,'{infinity,-infinity,2024-01-01}');
insert into at_stamp(id,t) values (5,'{2024-01-01,294276-12-31}'),(6,'{294247-01-10 04:00:54.775807,294276-12-31 10:00:00.5}'),(7,'{2262-04-11 23:47:16.854775,2262-04-12,1677-09-21 00:12:44,2300-01-01,null}');
insert into at_stamp(id,t3) values (1001,'{1000-01-01 10:11:12.123,2024-01-01,1582-10-10 12:00}'),(1002,'{0044-03-15 10:00:00.5 BC}'),(1003,'{infinity,-infinity}'),(1004,'{294276-12-31 10:00:00.5,2024-01-01}');
insert into at_zoned(id,z) values (1,'{1000-01-01 10:11:12.123456+00,1582-10-10 12:00+00}'),(2,'{1582-10-04 23:59:59.999999+00,1582-10-15 00:00+00}'),(3,'{0044-03-15 10:00:00.5+00 BC}'),(4,'{infinity,2024-01-01 00:00+00}'),(5,'{-infinity,2024-01-01 00:00+00}');
insert into at_zoned(id,z3) values (1001,'{infinity,-infinity,1000-01-01 00:00+00}');
insert into at_time(id,t) values (1,'{24:00,10:00,11:00}'),(2,'{24:00,10:00:00.123456,23:59:59.999999,00:00}'),(3,'{24:00,null}');
insert into at_time(id,t2) values (1002,'{24:00,10:00:00.12}');
