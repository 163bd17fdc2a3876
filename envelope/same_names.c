/*
 * same_names.c
 *		Columns whose names become one in events.
 *
 * A plan has the adjusted names already, as the heads of members.  Each is
 * digested once, because a table of 1,600 columns has more than a million
 * pairs, and its plan may be built often: comparing numbers that stand
 * together takes less than a millisecond of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "same_names.h"

/* FNV-1a, 64 bits. */
#define DIGEST_BASIS UINT64_C(0xCBF29CE484222325)
#define DIGEST_PRIME UINT64_C(0x100000001B3)

static uint64_t
digest(WfSlice name)
{
	uint64_t	result = DIGEST_BASIS;

	for (size_t i = 0; i < name.length; i++)
		result = (result ^ (unsigned char) name.data[i]) * DIGEST_PRIME;
	return result;
}

/* Indexes into columns. */
static bool
find_same(const WfRowPlan *plan, const WfColumnPlan *columns, int count, int *first, int *second)
{
	uint64_t	digests[WF_COLUMNS_MAX];

	for (int i = 0; i < count && i < WF_COLUMNS_MAX; i++)
	{
		WfSlice		name = wf_plan_name(plan, &columns[i]);
		uint64_t	name_digest = digest(name);

		digests[i] = name_digest;
		for (int other = 0; other < i; other++)
			if (digests[other] == name_digest && name.length > 0 &&
				wf_slice_equal(wf_plan_name(plan, &columns[other]), name))
			{
				*first = other;
				*second = i;
				return true;
			}
	}
	return false;
}

bool
wf_row_plan_find_same_names(const WfRowPlan *plan, const WfOptions *options, int *first,
							int *second)
{
	const WfRelation *relation = plan->relation;

	if (options->field_names == WF_NAMES_AS_THEY_ARE)
		return false;
	if (find_same(plan, plan->columns, relation->column_count, first, second))
		return true;
	if (!find_same(plan, plan->key, relation->key_count, first, second))
		return false;
	*first = relation->key_columns[*first];
	*second = relation->key_columns[*second];
	return true;
}
