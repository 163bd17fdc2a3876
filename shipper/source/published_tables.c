/*
 * published_tables.c
 *		What publications have, asked of the catalogue without a lock on any table.
 *
 * The view pg_publication_tables says the same, but waits for whoever holds a table in ACCESS
 * EXCLUSIVE mode (an ALTER TABLE that waits itself, a VACUUM FULL): from PostgreSQL 16 on the
 * function below it opens each table that has no column list (pg_publication.c,
 * pg_get_publication_tables()), and pg_get_expr(), by which it prints row filters, opens their
 * tables, in minor versions of 15 too (ruleutils.c, pg_get_expr_worker()).  A start would stand
 * until its question is given up, without a word about which table it is.  pg_partition_tree()
 * locks what is below a table (partitionfuncs.c); pg_partition_ancestors() and
 * pg_partition_root() read pg_inherits alone.
 *
 * By pg_get_publication_tables(): a publication that publishes partitions as the table above
 * them has the topmost of its tables, any other the partitions that have rows.  Row filters and
 * column lists are a table's own, and none count in a publication of the table's schema.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "published_tables.h"

/* Of pg_class: all that a publication can have. */
#define IS_PUBLISHABLE(c) \
	c ".relkind IN ('r', 'p') AND " c ".relpersistence = 'p' AND " c ".oid >= 16384"

#define WITH_ABOVE \
	"above AS MATERIALIZED (SELECT c.oid, a.relid FROM pg_catalog.pg_class c" \
	" CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(c.oid) a" \
	" WHERE c.relispartition AND c.relkind IN ('r', 'p') AND a.relid <> c.oid), "

/*
 * What they name, and what lies below that.  Both carry of the publication what the next step
 * asks for: the planner would take a join with it for one that leaves next to nothing, and join
 * what follows row by row.
 */
static void
put_members(WfBuffer *command, int server_version)
{
	wf_buffer_append_literal(command,
							 "members AS MATERIALIZED (SELECT p.oid AS pubid, p.pubviaroot AS via_root,"
							 " r.prrelid AS oid FROM publications p"
							 " JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid");
	if (server_version >= 190000)
		wf_buffer_append_literal(command, " AND NOT r.prexcept");
	if (server_version >= 150000)
		wf_buffer_append_literal(command,
								 " UNION SELECT p.oid, p.pubviaroot, c.oid FROM publications p"
								 " JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = p.oid"
								 " JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid"
								 " AND " IS_PUBLISHABLE("c"));
	wf_buffer_append_literal(command,
							 " UNION SELECT p.oid, p.pubviaroot, c.oid FROM publications p"
							 " JOIN pg_catalog.pg_class c ON p.puballtables AND " IS_PUBLISHABLE("c"));

	/* FOR ALL TABLES EXCEPT leaves out with a table what is below it */
	if (server_version >= 190000)
		wf_buffer_append_literal(command,
								 " EXCEPT SELECT p.oid, p.pubviaroot, a.oid FROM publications p"
								 " JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid AND r.prexcept"
								 " JOIN (SELECT oid, relid FROM above UNION ALL"
								 " SELECT oid, oid FROM pg_catalog.pg_class) a ON a.relid = r.prrelid");
	wf_buffer_append_literal(command,
							 "), covered AS MATERIALIZED (SELECT DISTINCT m.pubid, m.via_root, a.oid"
							 " FROM members m JOIN above a ON a.relid = m.oid");
	if (server_version >= 190000)
		wf_buffer_append_literal(command,
								 " JOIN publications p ON p.oid = m.pubid WHERE NOT p.puballtables"
								 " OR (m.pubid, a.oid) IN (SELECT pubid, oid FROM members)");
	wf_buffer_append_literal(command, "), ");
}

void
published_tables_put(WfBuffer *command, int server_version, WfSlice condition)
{
	wf_buffer_append_literal(command,
							 "WITH publications AS MATERIALIZED (SELECT p.* FROM"
							 " pg_catalog.pg_publication p WHERE ");
	wf_buffer_append_slice(command, condition);
	wf_buffer_append_literal(command, "), " WITH_ABOVE);
	put_members(command, server_version);
	wf_buffer_append_literal(command,
							 "chosen AS MATERIALIZED ((SELECT pubid, oid FROM members WHERE via_root"
							 " EXCEPT SELECT pubid, oid FROM covered) UNION ALL "
							 "(SELECT pubid, oid FROM members WHERE NOT via_root"
							 " UNION SELECT pubid, oid FROM covered WHERE NOT via_root)), "
							 "listed AS MATERIALIZED (SELECT p.pubname, t.oid, t.relkind,"
							 " n.nspname AS schemaname, t.relname AS tablename, ");
	if (server_version >= 180000)
		wf_buffer_append_literal(command, "p.pubgencols = 's' AS has_generated, ");
	else if (server_version >= 160000)
		wf_buffer_append_literal(command, "false AS has_generated, ");
	else
		wf_buffer_append_literal(command, "true AS has_generated, ");
	if (server_version >= 150000)
		wf_buffer_append_literal(command, "r.prqual AS filter, r.prattrs AS lists");
	else
		wf_buffer_append_literal(command,
								 "NULL::pg_catalog.pg_node_tree AS filter,"
								 " NULL::pg_catalog.int2vector AS lists");
	wf_buffer_append_literal(command,
							 " FROM chosen JOIN publications p ON p.oid = chosen.pubid"
							 " JOIN pg_catalog.pg_class t ON t.oid = chosen.oid"
							 " AND " IS_PUBLISHABLE("t") " AND (p.pubviaroot OR t.relkind = 'r')"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace");
	if (server_version >= 150000)
		wf_buffer_append_literal(command,
								 " LEFT JOIN pg_catalog.pg_publication_rel r"
								 " ON r.prpubid = p.oid AND r.prrelid = t.oid AND NOT EXISTS ("
								 "SELECT FROM pg_catalog.pg_publication_namespace s"
								 " WHERE s.pnpubid = p.oid AND s.pnnspid = t.relnamespace)");
	wf_buffer_append_literal(command, ")");
}

void
published_tables_put_columns(WfBuffer *command)
{
	wf_buffer_append_literal(command,
							 "ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a"
							 " WHERE a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped"
							 " AND (a.attnum = ANY (l.lists) OR l.lists IS NULL AND (a.attgenerated = ''"
							 " OR a.attgenerated = 's' AND l.has_generated)) ORDER BY a.attnum)");
}
