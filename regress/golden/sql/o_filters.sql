-- SPDX-License-Identifier: Apache-2.0
-- Tables used by the include/exclude/mask/truncate/message.key.columns configurations.
-- @setup
create table f_user(id int primary key, name text, email varchar(50), ssn char(11), age int, bio text, secret bytea); alter table f_user replica identity full;
create table f_order(id int primary key, user_id int, ref text not null, total numeric(10,2));
create table f_nopk(a int, b text, c text);
create table f_hidden(id int primary key, v text);
-- @dml
insert into f_user values (1,'Ann','ann@example.org','123-45-6789',30,'long biography text','\x0102'),(2,null,null,null,null,null,null),(3,'','','',0,'short','\x'),(4,'日本語テキスト','e@x','1',5,'émoji 😀😀😀😀😀😀😀😀','\xff');
update f_user set age=31 where id=1; update f_user set bio='changed biography text' where id=1; update f_user set name='Bob' where id=1; update f_user set id=9 where id=4;
delete from f_user where id=2;
insert into f_order values (1,7,'r-1',10.5); update f_order set total=11 where id=1; update f_order set ref='r-2' where id=1; update f_order set id=2 where id=1; delete from f_order where id=2;
insert into f_nopk values (1,'b','c'),(null,'b2','c2');
insert into f_hidden values (1,'h');
