-- SPDX-License-Identifier: Apache-2.0
-- Temporal family. Session time zone UTC unless stated.
-- @setup
create table d_date(id int primary key, d date);
create table d_time(id int primary key, t time, t0 time(0), t1 time(1), t2 time(2), t3 time(3), t4 time(4), t5 time(5), t6 time(6));
create table d_timetz(id int primary key, tz timetz, tz0 timetz(0), tz3 timetz(3), tz6 timetz(6));
create table d_ts(id int primary key, ts timestamp, ts0 timestamp(0), ts1 timestamp(1), ts2 timestamp(2), ts3 timestamp(3), ts4 timestamp(4), ts5 timestamp(5), ts6 timestamp(6));
create table d_tstz(id int primary key, tz timestamptz, tz0 timestamptz(0), tz3 timestamptz(3), tz6 timestamptz(6));
create table d_iv(id int primary key, i interval, i0 interval(0), iy interval year to month, ids interval day to second);
create table d_pk(d date, ts timestamptz, v int, primary key(d,ts));
-- @dml
insert into d_date values (1,'2024-02-29'),(2,'1970-01-01'),(3,'1969-12-31'),(4,'0001-01-01'),(5,'0001-12-31 BC'),(6,'4713-01-01 BC'),(7,'5874897-12-31'),(8,'infinity'),(9,'-infinity'),(10,null),(11,'9999-12-31'),(12,'1582-10-04'),(13,'1582-10-15');
insert into d_time values (1,'12:34:56.789012','12:34:56.789012','12:34:56.789012','12:34:56.789012','12:34:56.789012','12:34:56.789012','12:34:56.789012','12:34:56.789012');
insert into d_time values (2,'00:00:00','00:00:00','00:00:00','00:00:00','00:00:00','00:00:00','00:00:00','00:00:00');
insert into d_time values (3,'23:59:59.999999','23:59:59','23:59:59.9','23:59:59.99','23:59:59.999','23:59:59.9999','23:59:59.99999','23:59:59.999999');
insert into d_time values (4,'24:00:00','24:00:00','24:00:00','24:00:00','24:00:00','24:00:00','24:00:00','24:00:00');
insert into d_time values (5,null,null,null,null,null,null,null,null);
insert into d_timetz values (1,'12:34:56.789012+05:30','12:34:56+05:30','12:34:56.789-08','12:34:56.000001+00'),(2,'00:00:00+15:59:59','23:59:59-15:59','00:00:00+00','24:00:00+00'),(3,null,null,null,null),(4,'01:00:00+02','01:00:00-02','12:00:00.5+01','12:00:00.120000-03:30');
insert into d_ts values (1,'2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012','2024-02-29 12:34:56.789012');
insert into d_ts values (2,'1970-01-01','1970-01-01','1970-01-01','1970-01-01','1970-01-01','1970-01-01','1970-01-01','1970-01-01');
insert into d_ts values (3,'1969-12-31 23:59:59.999999','1969-12-31 23:59:59','1969-12-31 23:59:59.9','1969-12-31 23:59:59.99','1969-12-31 23:59:59.999','1969-12-31 23:59:59.9999','1969-12-31 23:59:59.99999','1969-12-31 23:59:59.999999');
insert into d_ts values (4,null,null,null,null,null,null,null,null);
insert into d_ts values (5,'infinity','infinity','infinity','infinity','infinity','infinity','infinity','infinity');
insert into d_ts values (6,'-infinity','-infinity','-infinity','-infinity','-infinity','-infinity','-infinity','-infinity');
insert into d_ts values (7,'0001-01-01 00:00:00','0044-03-15 12:00:00 BC','0044-03-15 12:00:00.1 BC','0044-03-15 12:00:00.12 BC','0044-03-15 12:00:00.123 BC','0001-01-01 00:00:00','0001-01-01 00:00:00','0044-03-15 12:00:00.123456 BC');
insert into d_ts values (8,'9999-12-31 23:59:59.999999','9999-12-31 23:59:59',null,null,'2262-04-11 23:47:16.854','2262-04-11 23:47:16.8547',null,'2262-04-11 23:47:16.854775');
insert into d_ts values (9,'1582-10-04 00:00:00','1582-10-15 00:00:00','1500-02-28 01:02:03',null,'1900-01-01 00:00:00',null,null,'2500-01-01 00:00:00');
insert into d_tstz values (1,'2024-02-29 12:34:56.789012+00','2024-02-29 12:34:56+05:30','2024-02-29 12:34:56.789-08','2024-02-29 12:34:56.100000+00');
insert into d_tstz values (2,'1970-01-01 00:00:00+00','1969-12-31 23:59:59+00','1969-12-31 23:59:59.999+00','1970-01-01 00:00:00.000001+00');
insert into d_tstz values (3,null,null,null,null);
insert into d_tstz values (4,'infinity','infinity','infinity','infinity'),(5,'-infinity','-infinity','-infinity','-infinity');
insert into d_tstz values (6,'0044-03-15 12:00:00+00 BC','0001-01-01 00:00:00+00','9999-12-31 23:59:59.999+00','2500-06-01 00:00:00.5+00');
set timezone='America/New_York';
insert into d_tstz values (7,'2024-07-01 08:00:00','2024-01-01 08:00:00','2024-11-03 01:30:00','2024-03-10 03:00:00');
insert into d_timetz values (5,'08:00:00','08:00:00-04','08:00:00.25','08:00:00');
reset timezone;
insert into d_iv values (1,'1 year 2 mons 3 days 04:05:06.789','04:05:06.789','3 years 4 mons','5 days 06:07:08');
insert into d_iv values (2,'0','0','0','0'),(3,null,null,null,null),(4,'-1 day','-00:00:01','-1 year -1 mon','-2 days -03:04:05.000006');
insert into d_iv values (5,'1 mon','1 day','1 mon','30 days'),(6,'178000000 years','100 years','178000000 years','1000000 days'),(7,'1 year -2 mons +3 days -04:00','-1','1 mon','1 day -1 second'),(8,'0.000001','0.5','12 mons','00:00:00.1');
insert into d_pk values ('2024-01-01','2024-01-01 00:00:00.123456+00',1);
update d_pk set v=2;
delete from d_pk;
