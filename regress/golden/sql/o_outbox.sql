-- SPDX-License-Identifier: Apache-2.0
-- Outbox table for the EventRouter transform.
-- @setup
create table outboxevent(id uuid primary key, aggregatetype varchar(255) not null, aggregateid varchar(255) not null, type varchar(255) not null, payload jsonb, tracing text, ver int, ts timestamp(3));
create table outboxevent_txt(id uuid primary key, aggregatetype varchar(255) not null, aggregateid varchar(255) not null, type varchar(255) not null, payload text);
create table outboxevent_bin(id uuid primary key, aggregatetype varchar(255) not null, aggregateid varchar(255) not null, type varchar(255) not null, payload bytea);
-- @dml
insert into outboxevent values ('00000000-0000-0000-0000-000000000001','order','o-1','OrderCreated','{"id":1,"items":[{"n":"x","q":2}],"note":"é","price":1.5,"none":null}','tr1',3,'2024-01-01 00:00:00');
insert into outboxevent values ('00000000-0000-0000-0000-000000000002','customer','c-1','CustomerDeleted',null,null,null,null);
insert into outboxevent values ('00000000-0000-0000-0000-000000000003','order','o-1','OrderArr','{"arr":[1,2,3],"n":null}','tr3',1,'2024-01-01 00:00:01');
delete from outboxevent where id='00000000-0000-0000-0000-000000000001';
begin; insert into outboxevent values ('00000000-0000-0000-0000-000000000004','order','o-2','OrderPaid','{"id":2}','tr',4,'2024-01-01 00:00:02.123456'); delete from outboxevent where id='00000000-0000-0000-0000-000000000004'; commit;
insert into outboxevent_txt values ('00000000-0000-0000-0000-000000000005','order','o-3','T','plain text'),('00000000-0000-0000-0000-000000000006','order','o-3','T','{"a":{"b":1}}'),('00000000-0000-0000-0000-000000000007','order','o-3','T',''),('00000000-0000-0000-0000-000000000008','order','o-3','T',null);
insert into outboxevent_bin values ('00000000-0000-0000-0000-000000000009','order','o-4','B','\x7b7d'),('00000000-0000-0000-0000-00000000000a','order','o-4','B','\xff00');
