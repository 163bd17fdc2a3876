/*
 * test_event_unchanged.c
 *		Values that a new row has from its old one: whichever they are, the
 *		records are those of a row that says all of its values itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#define UNKNOWN_TYPE \
	{.kind = WF_TYPE_OTHER, .element_kind = WF_TYPE_OTHER, .oid = 99999, .typmod = -1}

static const WfColumn columns[] = {
	{.name = SLICE("left_out"), .type_name = SLICE("unknown"), .type = UNKNOWN_TYPE},
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("a_name_that_is_longer_than_what_is_copied_in_one_step"),
	.type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{.name = SLICE("number"), .type_name = SLICE("numeric"), .type = NUMERIC_TYPE,
	.nullable = true},
	{.name = SLICE("hidden"), .type_name = SLICE("unknown"), .type = UNKNOWN_TYPE,
	.nullable = true},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{.name = SLICE("last"), .type_name = SLICE("integer"), .type = INT4_TYPE, .nullable = true},
};

#define COLUMNS ((int) (sizeof(columns) / sizeof(columns[0])))
#define KEY_COLUMN 1

static const WfRelation relation = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_FULL,
	.column_count = COLUMNS, .columns = columns, .key_count = 1, .key_columns = {KEY_COLUMN}
};

static const WfValue new_values[COLUMNS] = {
	TEXT("n0"), INTEGER(1), TEXT("new \"text\""), NULL_VALUE, TEXT("n4"), NULL_VALUE, INTEGER(-7)
};

/* What an update of old_row to new_row leaves in the output. */
static void
write_update(Fixture *fixture, WfOutput output, const WfValue *old_row, const WfValue *new_row,
			 bool skips_unchanged)
{
	WfTransaction transaction;
	WfRowChange change = {
		.operation = WF_OPERATION_UPDATE, .lsn = 0x1000, .old_row = old_row,
		.old_is_full = true, .new_row = new_row
	};

	fixture_open(fixture, output, &relation);
	fixture->session.options.skip_messages_without_change = skips_unchanged;
	wf_transaction_begin(&transaction, 742, 0x2000, 0);
	(void) wf_write_row(&fixture->session, &transaction, &fixture->plan, &change);
	wf_buffer_append(&fixture->lines, fixture->buffer.data, fixture->buffer.length);
}

/* unchanged: a bit for each column */
static void
compare(WfOutput output, const WfValue *old_row, const WfValue *key, unsigned unchanged,
		bool skips_unchanged)
{
	WfValue		told[COLUMNS];
	WfValue		same[COLUMNS];
	Fixture		expected;
	Fixture		seen;

	for (int i = 0; i < COLUMNS; i++)
	{
		told[i] = i == KEY_COLUMN ? *key : new_values[i];
		same[i] = told[i];
		if ((unchanged & 1U << i) != 0)
		{
			told[i] = old_row[i];
			same[i] = (WfValue)
			{
				.state = WF_VALUE_UNCHANGED
			};
		}
	}
	write_update(&expected, output, old_row, told, skips_unchanged);
	write_update(&seen, output, old_row, same, skips_unchanged);
	assert_int_equal(seen.lines.length, expected.lines.length);
	if (expected.lines.length > 0)
		assert_memory_equal(seen.lines.data, expected.lines.data, expected.lines.length);
	assert_int_equal(seen.session.form.replaced, expected.session.form.replaced);
	assert_int_equal(seen.unconvertible > 0, expected.unconvertible > 0);
	fixture_close(&expected);
	fixture_close(&seen);
}

static void
compare_all(const WfValue *old_row)
{
	const WfValue same_key = INTEGER(1);
	const WfValue other_key = INTEGER(2);

	for (unsigned unchanged = 0; unchanged < 1U << COLUMNS; unchanged++)
		for (int output = 0; output <= WF_OUTPUT_FRAME; output++)
			for (int skips = 0; skips <= 1; skips++)
			{
				compare((WfOutput) output, old_row, &same_key, unchanged, skips);
				compare((WfOutput) output, old_row, &other_key, unchanged, skips);
			}
}

static void
any_columns_may_be_unchanged(void **state)
{
	const WfValue old_row[COLUMNS] = {
		TEXT("o0"), INTEGER(1), TEXT("old"), NULL_VALUE, TEXT("o4"), TEXT("note"), INTEGER(7)
	};

	(void) state;
	compare_all(old_row);
}

/* What is replaced is counted in each image. */
static void
replaced_characters_count_twice(void **state)
{
	const WfValue old_row[COLUMNS] = {
		NULL_VALUE, INTEGER(1), TEXT("\xFF\xC3"), NULL_VALUE, NULL_VALUE, TEXT("ok"), NULL_VALUE
	};

	(void) state;
	compare_all(old_row);
}

static void
values_without_a_form_are_null_twice(void **state)
{
	const WfValue old_row[COLUMNS] = {
		NULL_VALUE, INTEGER(1), NULL_VALUE, NOT_A_NUMBER, NULL_VALUE, TEXT("x"), INTEGER(0)
	};

	(void) state;
	compare_all(old_row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_columns_may_be_unchanged),
		cmocka_unit_test(replaced_characters_count_twice),
		cmocka_unit_test(values_without_a_form_are_null_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
