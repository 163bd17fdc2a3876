-- SPDX-License-Identifier: Apache-2.0
-- PostGIS geometry/geography. Needs the postgis extension.
-- @setup
create extension postgis;
create table g_gis(id int primary key, gm geometry, gp geometry(Point,4326), gg geography(Point,4326));
-- @dml
insert into g_gis values (1,'POINT(1 2)','SRID=4326;POINT(-71.06 42.36)','SRID=4326;POINT(-71.06 42.36)'),(2,null,null,null),(3,'SRID=3857;LINESTRING(0 0,1 1)',null,null),(4,'POINT EMPTY','SRID=4326;POINT EMPTY',null),(5,'POINT Z(1 2 3)',null,null);
