/*
 * key_choice.c
 *		Which of a table's unique indexes makes the key of its records.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "key_choice.h"

static bool
shows_all_columns(const WfIndex *index)
{
	for (int i = 0; i < index->key_count; i++)
		if (index->columns[i] < 0)
			return false;
	return true;
}

/* The higher the better; 0: makes no key. */
static int
rank(const WfIndex *index, WfCompat compat)
{
	if (index->has_expression)
		return 0;
	if (compat == WF_COMPAT_DEBEZIUM)
		return index->is_primary ? 3 : index->is_clustered ? 2 : 1;

	if (!index->is_valid || index->is_partial || !shows_all_columns(index))
		return 0;
	if (index->is_primary)
		return 4;
	if (index->is_identity)
		return 3;
	if (!index->is_immediate || !index->is_not_null)
		return 0;
	return index->is_clustered ? 2 : 1;
}

/* In the order of the catalogue's names, which is that of their bytes. */
static bool
is_before(WfSlice a, WfSlice b)
{
	size_t		shorter = a.length < b.length ? a.length : b.length;
	int			order = memcmp(a.data, b.data, shorter);

	return order < 0 || (order == 0 && a.length < b.length);
}

bool
wf_index_is_better(const WfIndex *index, const WfIndex *other, WfCompat compat)
{
	int			ours = rank(index, compat);
	int			theirs = other != NULL ? rank(other, compat) : 0;

	if (ours != theirs)
		return ours > theirs;
	return ours > 0 && is_before(index->name, other->name);
}

void
wf_relation_set_key(WfRelation *relation, const WfIndex *index, WfCompat compat)
{
	int			count = 0;

	relation->key_count = 0;
	if (index == NULL)
		return;
	count = compat == WF_COMPAT_DEBEZIUM && !index->is_primary ? index->column_count :
		index->key_count;
	for (int i = 0; i < count; i++)
		if (index->columns[i] >= 0)
			relation->key_columns[relation->key_count++] = index->columns[i];
}
