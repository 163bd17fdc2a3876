-- SPDX-License-Identifier: Apache-2.0
-- pgvector types. Needs the vector extension (not packaged in Debian bookworm: build from source).
-- @setup
create extension vector;
create table g_vec(id int primary key, v vector(3), h halfvec(3), s sparsevec(5));
-- @dml
insert into g_vec values (1,'[1,2,3]','[1.5,2,-3]','{1:1,3:2.5}/5'),(2,null,null,null),(3,'[0.1,-1e-5,1e10]','[0,0,0]','{}/5');
