/*
 * test_pgoutput_labels.c
 *		Labels that an enum has got since the catalogue was asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <string.h>

#include "shipper/pgoutput/labels.h"

#define SLICE(literal) {"" literal, sizeof(literal) - 1}

static int	enum_columns[] = {1, 2};
static WfColumn columns[3];
static PgoutputTable table;

/* An array of texts. */
static const char *const *elements;
static int	place;

static bool
next(WfArray *array, WfValue *element)
{
	(void) array;
	if (elements[place] == NULL)
		return false;
	element->state = elements[place][0] == '\0' ? WF_VALUE_NULL : WF_VALUE_PRESENT;
	element->as.text = wf_slice_of(elements[place++]);
	return true;
}

static void
rewind_array(WfArray *array)
{
	(void) array;
	place = 0;
}

static int
open_table(void **state)
{
	(void) state;
	memset(columns, 0, sizeof(columns));
	columns[1].type = (WfType) {.kind = WF_TYPE_ENUM, .enum_labels = SLICE("red,dark red,blue")};
	columns[2].type = (WfType) {.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_ENUM,
		.enum_labels = SLICE("a,b")
	};
	memset(&table, 0, sizeof(table));
	table.relation.columns = columns;
	table.relation.column_count = 3;
	table.enum_columns = enum_columns;
	table.enum_column_count = 2;
	return 0;
}

/* Which ones have come. */
static uint32_t labels;

static bool
label_has_come(const char *label)
{
	WfValue		row[3] = {
		{.state = WF_VALUE_NULL},
		{.state = WF_VALUE_PRESENT,.as.text = wf_slice_of(label)},
		{.state = WF_VALUE_NULL}
	};

	return labels_have_come(&table, row, &labels);
}

static void
test_labels(void **state)
{
	static const char *const known[] = {"red", "dark red", "blue"};
	static const char *const come[] = {"green", "re", "dark", "ed", "blu", "bluer", "red,", ""};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		assert_false(label_has_come(known[i]));
	for (size_t i = 0; i < sizeof(come) / sizeof(*come); i++)
		assert_true(label_has_come(come[i]));
	columns[1].type.enum_labels = WF_LITERAL("");
	assert_true(label_has_come("red"));
}

static void
test_values_that_tell_nothing(void **state)
{
	WfValue		row[3] = {
		{.state = WF_VALUE_NULL}, {.state = WF_VALUE_UNCHANGED}, {.state = WF_VALUE_ABSENT}
	};

	(void) state;
	assert_false(labels_have_come(&table, NULL, &labels));
	assert_false(labels_have_come(&table, row, &labels));
	columns[1].type.enum_labels = wf_slice(NULL, 0);	/* left out of the
														 * description */
	assert_false(label_has_come("green"));
}

static void
test_arrays(void **state)
{
	static const char *const known[] = {"b", "", "a", NULL};
	static const char *const come[] = {"b", "", "c", NULL};
	WfArray		array = {.dimension_count = 1, .next = next, .rewind = rewind_array};
	WfValue		row[3] = {{.state = WF_VALUE_NULL}, {.state = WF_VALUE_NULL}};

	(void) state;
	row[2].state = WF_VALUE_PRESENT;
	row[2].as.array = &array;
	elements = known;
	assert_false(labels_have_come(&table, row, &labels));
	assert_int_equal(place, 0); /* who writes it begins there */
	elements = come;
	assert_true(labels_have_come(&table, row, &labels));
	assert_int_equal(place, 0);
}

static uint32_t
which(const char *label, const char *const *of_array)
{
	WfArray		array = {.dimension_count = 1, .next = next, .rewind = rewind_array};
	WfValue		row[3] = {
		{.state = WF_VALUE_NULL},
		{.state = label != NULL ? WF_VALUE_PRESENT : WF_VALUE_NULL},
		{.state = of_array != NULL ? WF_VALUE_PRESENT : WF_VALUE_NULL,.as.array = &array}
	};

	if (label != NULL)
		row[1].as.text = wf_slice_of(label);
	elements = of_array;
	labels = 0;
	(void) labels_have_come(&table, row, &labels);
	return labels;
}

/* The same ones are told from others, behind which they must not hide. */
static void
test_which(void **state)
{
	static const char *const known[] = {"a", NULL};
	static const char *const one[] = {"c", NULL};
	static const char *const two[] = {"c", "d", NULL};

	(void) state;
	assert_int_equal(which("green", NULL), which("green", known));
	assert_int_equal(which("green", one), which("green", one));
	assert_int_not_equal(which("green", NULL), which("grey", NULL));
	assert_int_not_equal(which("green", NULL), which("green", one));
	assert_int_not_equal(which("green", one), which("green", two));
	assert_int_not_equal(which("c", NULL), which(NULL, one));
	assert_int_equal(which("red", known), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_labels, open_table),
		cmocka_unit_test_setup(test_values_that_tell_nothing, open_table),
		cmocka_unit_test_setup(test_arrays, open_table),
		cmocka_unit_test_setup(test_which, open_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
