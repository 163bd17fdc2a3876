-- SPDX-License-Identifier: Apache-2.0
-- Numeric family: bool, ints, serials, floats, numeric variants, money, oid.
-- @setup
create table n_int(id int primary key, b bool, i2 int2, i4 int4, i8 int8, s serial, bs bigserial, ss smallserial, o oid);
create table n_float(id int primary key, f4 float4, f8 float8);
create table n_dec(id int primary key, d52 numeric(5,2), d380 numeric(38,0), d3810 numeric(38,10), d100 numeric(10,0), dbig numeric(3,5), dfree numeric);
create table n_money(id int primary key, m money, mn money not null);
create table n_nn(id bigint primary key, b bool not null, i2 int2 not null, f4 real not null, f8 double precision not null, d numeric(8,3) not null, dv numeric not null);
create table n_decpk(k numeric(10,2) primary key, v numeric);
-- @dml
insert into n_int values (1,true,1,1,1,1,1,1,1);
insert into n_int values (2,false,-32768,-2147483648,-9223372036854775808,-1,-1,-1,4294967295);
insert into n_int values (3,true,32767,2147483647,9223372036854775807,2147483647,9223372036854775807,32767,0);
insert into n_int values (4,null,null,null,null,4,4,4,null);
insert into n_float values (1,0,0),(2,'-0','-0'),(3,1.5,1.5),(4,0.1,0.1),(5,3.4028235e38,1.7976931348623157e308),(6,1.4e-45,5e-324),(7,'NaN','NaN'),(8,'Infinity','Infinity'),(9,'-Infinity','-Infinity'),(10,null,null),(11,16777217,9007199254740993),(12,1e7,1e7),(13,1e-3,1e-3),(14,123456.789,123456789.123456789),(15,100,100),(16,9999999,9999999),(17,1e-4,1e-4),(18,1e21,1e21),(19,1.17549435e-38,2.2250738585072014e-308);
insert into n_dec values (1,123.45,12345678901234567890123456789012345678,1234567890123456789012345678.0123456789,1234567890,0.00123,3.14159265358979);
insert into n_dec values (2,-123.45,-12345678901234567890123456789012345678,-0.0000000001,-1,-0.00999,-0.000000000000000000000000000000000001);
insert into n_dec values (3,0,0,0,0,0,0);
insert into n_dec values (4,null,null,null,null,null,null);
insert into n_dec values (5,1.5,1,1,128,0.00001,1.500);
insert into n_dec values (6,999.99,99999999999999999999999999999999999999,9999999999999999999999999999.9999999999,9999999999,0.00999,123456789012345678901234567890.123456789012345678901234567890);
insert into n_dec values (7,-0.01,-128,0.1,-129,0,1e20);
insert into n_dec values (8,'NaN','NaN','NaN',null,null,null);
insert into n_dec values (9,1,1,1,1,0,'NaN');
insert into n_dec values (10,1,1,1,1,0,'Infinity');
insert into n_dec values (11,1,1,1,1,0,'-Infinity');
insert into n_money values (1,'$1.00','$0.01'),(2,'-$1,234.56','$92233720368547758.07'),(3,null,'-$92233720368547758.08'),(4,'$0','$1000.10');
insert into n_nn values (1,true,1,1.25,2.5,12345.678,99.9900);
update n_nn set b=false, d=-1, dv=0 where id=1;
delete from n_nn where id=1;
insert into n_decpk values (12345.67,1),(-0.01,0.10);
update n_decpk set v=2 where k=-0.01;
delete from n_decpk where k=12345.67;
