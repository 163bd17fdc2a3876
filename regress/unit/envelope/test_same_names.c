/*
 * test_same_names.c
 *		Columns whose names become one in events.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>

#include "envelope/same_names.h"
#include "fixture.h"

#define COLUMN(text) {.name = SLICE(text), .type = INT4_TYPE}
#define LEFT_OUT(text) \
	{.name = SLICE(text), .type = INT4_TYPE, .rule = {.action = WF_COLUMN_OMIT}}

static Fixture fixture;
static WfColumnPlan column_plans[2 * WF_COLUMNS_MAX];
static int	first;
static int	second;

static void
build_plan(const WfRelation *relation, int mode)
{
	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	fixture.plan_text.ceiling = 64 << 20;
	fixture.session.options.field_names = mode;
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  relation, column_plans, &fixture.plan_text, fixture_sha256));
}

static bool
has_same(const WfRelation *relation, int mode)
{
	bool		found;

	build_plan(relation, mode);
	found = wf_row_plan_find_same_names(&fixture.plan, &fixture.session.options, &first, &second);
	fixture_close(&fixture);
	return found;
}

static void
names_that_become_one(void **state)
{
	const WfColumn columns[] = {COLUMN("c"), COLUMN("a_b"), COLUMN("a-b")};
	const WfRelation relation = {
		.schema = SLICE("s"), .name = SLICE("t"), .column_count = 3, .columns = columns
	};
	const WfColumn from_start[] = {COLUMN("1"), COLUMN("_1"), COLUMN("c")};
	const WfRelation at_start = {
		.schema = SLICE("s"), .name = SLICE("t"), .column_count = 3, .columns = from_start
	};

	(void) state;
	assert_true(has_same(&relation, WF_NAMES_AVRO));
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	assert_false(has_same(&relation, WF_NAMES_AVRO_UNICODE));
	assert_false(has_same(&relation, WF_NAMES_AS_THEY_ARE));
	assert_true(has_same(&at_start, WF_NAMES_AVRO));
	assert_int_equal(first, 0);
	assert_int_equal(second, 1);
}

/* Only names that stand in one object clash: what is left out of values may be in keys. */
static void
names_of_one_object(void **state)
{
	const WfColumn columns[] = {
		COLUMN("c"), LEFT_OUT("a_b"), LEFT_OUT("d"), COLUMN("a-b"), LEFT_OUT("a b")
	};
	WfRelation	relation = {
		.schema = SLICE("s"), .name = SLICE("t"), .column_count = 5, .columns = columns,
		.key_count = 2, .key_columns = {1, 0}
	};

	(void) state;
	assert_false(has_same(&relation, WF_NAMES_AVRO));
	relation.key_count = 3;
	relation.key_columns[2] = 4;
	assert_true(has_same(&relation, WF_NAMES_AVRO));
	assert_int_equal(first, 1);
	assert_int_equal(second, 4);
}

static double
milliseconds(clock_t from)
{
	return 1000.0 * (double) (clock() - from) / CLOCKS_PER_SEC;
}

/* It must stay a small part of what a plan takes; it was forty times that. */
static void
many_columns_cost_little(void **state)
{
	static WfColumn columns[WF_COLUMNS_MAX];
	static char names[WF_COLUMNS_MAX][64];
	const WfRelation relation = {
		.schema = SLICE("s"), .name = SLICE("t"), .column_count = WF_COLUMNS_MAX,
		.columns = columns
	};
	double		plan_ms = 1e9;
	double		names_ms = 1e9;

	(void) state;
	for (int i = 0; i < WF_COLUMNS_MAX; i++)
	{
		WfType		type = INT4_TYPE;

		snprintf(names[i], sizeof(names[i]), "___a name of some length____%04d", i);
		columns[i].name = wf_slice(names[i], strlen(names[i]));
		columns[i].type = type;
	}
	/* the best of some, as others may have the processor meanwhile */
	for (int i = 0; i < 5; i++)
	{
		clock_t		start = clock();
		double		ms;

		build_plan(&relation, WF_NAMES_AVRO_UNICODE);
		ms = milliseconds(start);
		plan_ms = ms < plan_ms ? ms : plan_ms;
		start = clock();
		assert_false(wf_row_plan_find_same_names(&fixture.plan, &fixture.session.options, &first,
												 &second));
		ms = milliseconds(start);
		names_ms = ms < names_ms ? ms : names_ms;
		fixture_close(&fixture);
	}
	print_message("# plan %.1f ms, names %.1f ms\n", plan_ms, names_ms);
	assert_true(names_ms < 5 * plan_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_become_one),
		cmocka_unit_test(names_of_one_object),
		cmocka_unit_test(many_columns_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
