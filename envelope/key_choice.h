/*
 * key_choice.h
 *		Which of a table's unique indexes makes the key of its records.
 *
 * Debezium 3.7 (JdbcConnection's table reader, over pgjdbc's getIndexInfo) takes
 * the primary key, else the first unique index without an expression, clustered
 * ones before others, then by name, with whatever columns of it are published,
 * those of INCLUDE among them.  So a key may be null, and need not tell rows
 * apart: an index may be partial, deferrable or invalid, its columns NULL.
 * compat=debezium does the same.
 *
 * By default an index has to tell every row from every other, all its columns
 * have to be published, and the replica identity's goes before the others,
 * since it is what updates and deletes log.
 *
 * message.key.columns goes before either; see wf_relation_apply_rules().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_KEY_CHOICE_H
#define WALFERRY_KEY_CHOICE_H

#include "relation.h"

/* A unique index, as the catalogue has it. */
typedef struct WfIndex
{
	WfSlice		name;			/* the host's; alive until the key is chosen */
	bool		is_primary;
	bool		is_identity;	/* of REPLICA IDENTITY USING INDEX */
	bool		is_clustered;	/* of CLUSTER ON */
	bool		is_valid;
	bool		is_immediate;	/* not deferrable */
	bool		is_partial;
	bool		has_expression;
	bool		is_not_null;	/* all its key columns are */
	int			key_count;		/* of columns, the first, those of INCLUDE behind
								 * them */
	int			column_count;
	int			columns[WF_KEY_COLUMNS_MAX];	/* indexes into the relation's
												 * columns; -1: one that no event
												 * shows */
} WfIndex;

/* Whether index makes a better key than other (NULL: than none). */
extern bool wf_index_is_better(const WfIndex *index, const WfIndex *other, WfCompat compat);

/* Gives the relation the key that index (NULL: none) makes. */
extern void wf_relation_set_key(WfRelation *relation, const WfIndex *index, WfCompat compat);

#endif							/* WALFERRY_KEY_CHOICE_H */
