/*
 * test_key_choice.c
 *		Which unique index makes a table's key; what Debezium 3.7 chooses was seen
 *		live, index by index.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/key_choice.h"

/* One that tells all rows apart, of column 0, with column 1 included. */
static WfIndex
plain_index(const char *name)
{
	return (WfIndex)
	{
		.name = wf_slice(name, strlen(name)), .is_valid = true, .is_immediate = true,
			.is_not_null = true, .key_count = 1, .column_count = 2,.columns =
		{
			0, 1
		}
	};
}

static void
expect_order(const WfIndex *better, const WfIndex *worse, WfCompat compat)
{
	assert_true(wf_index_is_better(better, worse, compat));
	assert_false(wf_index_is_better(worse, better, compat));
}

static void
expect_no_key(const WfIndex *index, WfCompat compat)
{
	assert_false(wf_index_is_better(index, NULL, compat));
}

static void
test_order(void **state)
{
	WfIndex		primary = plain_index("z");
	WfIndex		identity = plain_index("y");
	WfIndex		clustered = plain_index("x");
	WfIndex		longer = plain_index("ab");
	WfIndex		first = plain_index("a");

	(void) state;
	primary.is_primary = true;
	identity.is_identity = true;
	clustered.is_clustered = true;
	expect_order(&primary, &identity, WF_COMPAT_NONE);
	expect_order(&identity, &clustered, WF_COMPAT_NONE);
	expect_order(&clustered, &first, WF_COMPAT_NONE);
	expect_order(&first, &longer, WF_COMPAT_NONE);

	expect_order(&primary, &clustered, WF_COMPAT_DEBEZIUM);
	expect_order(&clustered, &first, WF_COMPAT_DEBEZIUM);
	expect_order(&first, &identity, WF_COMPAT_DEBEZIUM);
}

static void
test_what_makes_none(void **state)
{
	WfIndex		index;

	(void) state;
	index = plain_index("expression");
	index.has_expression = true;
	index.columns[0] = -1;
	expect_no_key(&index, WF_COMPAT_NONE);
	expect_no_key(&index, WF_COMPAT_DEBEZIUM);

#define ONLY_DEBEZIUM(member, value) \
	do { \
		index = plain_index(#member); \
		index.member = (value); \
		expect_no_key(&index, WF_COMPAT_NONE); \
		assert_true(wf_index_is_better(&index, NULL, WF_COMPAT_DEBEZIUM)); \
	} while (0)
	ONLY_DEBEZIUM(is_valid, false);
	ONLY_DEBEZIUM(is_immediate, false);
	ONLY_DEBEZIUM(is_partial, true);
	ONLY_DEBEZIUM(is_not_null, false);
	ONLY_DEBEZIUM(columns[0], -1);

	/* a primary key may be deferrable */
	index = plain_index("primary");
	index.is_primary = true;
	index.is_immediate = false;
	assert_true(wf_index_is_better(&index, NULL, WF_COMPAT_NONE));
}

static void
test_columns(void **state)
{
	WfRelation	relation = {.key_count = 7};
	WfIndex		index = plain_index("i");

	(void) state;
	wf_relation_set_key(&relation, NULL, WF_COMPAT_NONE);
	assert_int_equal(relation.key_count, 0);
	wf_relation_set_key(&relation, &index, WF_COMPAT_NONE);
	assert_int_equal(relation.key_count, 1);
	wf_relation_set_key(&relation, &index, WF_COMPAT_DEBEZIUM);
	assert_int_equal(relation.key_count, 2);
	assert_int_equal(relation.key_columns[1], 1);
	index.columns[0] = -1;
	wf_relation_set_key(&relation, &index, WF_COMPAT_DEBEZIUM);
	assert_int_equal(relation.key_count, 1);
	assert_int_equal(relation.key_columns[0], 1);
	index.is_primary = true;
	wf_relation_set_key(&relation, &index, WF_COMPAT_DEBEZIUM);
	assert_int_equal(relation.key_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_what_makes_none),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
