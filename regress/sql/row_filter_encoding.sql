-- Errors of row filters, in databases that are not UTF-8, name the table.
SELECT current_setting('server_version_num')::int < 150000 AS is_old \gset
\if :is_old
\quit
\endif
SET client_min_messages = warning;
CREATE DATABASE regress_filter ENCODING 'EUC_JP' LOCALE 'C' TEMPLATE template0;
\c regress_filter
SET client_encoding = 'UTF8';
SELECT slot_name FROM pg_create_logical_replication_slot('regress', 'walferry');
CREATE TABLE "表" (id int PRIMARY KEY, "列" text);
CREATE PUBLICATION p FOR TABLE "表" WHERE (10 / id > 1);
INSERT INTO "表" VALUES (0, '日本語');
\! PGCLIENTENCODING=UTF8 psql -X -d regress_filter -c "SELECT count(*) FROM pg_logical_slot_get_changes('regress', NULL, NULL, 'publication.filter', 'p')" 2>&1 | grep -v '^slot'
SELECT pg_drop_replication_slot('regress');
\c regression
DROP DATABASE regress_filter;
