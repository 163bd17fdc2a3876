-- SPDX-License-Identifier: Apache-2.0
-- Quoted identifiers, unicode, odd schema/table/column names, topic sanitising and collisions.
-- @setup
create schema "My Schema"; create schema "sché.ma"; create schema "a-b_c";
create table "My Schema"."My Table"("Id" int primary key, "Mixed Case" text, "with.dot" int, "with""quote" int, "select" int, "日本" text, "$x" int, "a-b" int);
create table "sché.ma"."t.ä"("id" int primary key, "é" text);
create table "a-b_c"."x-y_z"(id int primary key);
create table "weird/:*?"(id int primary key, v text);
create table "weird____"(id int primary key, v text);
create table "UPPER"(id int primary key); create table upper(id int primary key);
create table "123num"("1col" int primary key, "_u" int);
create table public."very_long_table_name_that_goes_up_to_the_limit_of_63_characters_"(id int primary key);
-- @dml
insert into "My Schema"."My Table" values (1,'m',1,2,3,'日',4,5); update "My Schema"."My Table" set "Mixed Case"='n'; delete from "My Schema"."My Table";
insert into "sché.ma"."t.ä" values (1,'v'); insert into "a-b_c"."x-y_z" values (1);
insert into "weird/:*?" values (1,'w'); insert into "weird____" values (1,'collides');
insert into "UPPER" values (1); insert into upper values (2); insert into "123num" values (1,2);
insert into public."very_long_table_name_that_goes_up_to_the_limit_of_63_characters_" values (1);
