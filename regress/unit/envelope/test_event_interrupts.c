/*
 * test_event_interrupts.c
 *		A row that takes long lets its host look at interrupts meanwhile; one
 *		that does not, never does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

/* A Decimal of so many base-10000 digits has some 35 KB of JSON, so two are looked after. */
#define DIGITS 16384
#define COLUMNS 12

static const WfColumn columns[COLUMNS] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
#define NUMBER(n) \
	{.name = SLICE("n" #n), .type_name = SLICE("numeric"), .type = NUMERIC_TYPE, .nullable = true}
	NUMBER(1), NUMBER(2), NUMBER(3), NUMBER(4), NUMBER(5), NUMBER(6), NUMBER(7), NUMBER(8),
	{.name = SLICE("a"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{.name = SLICE("b"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{.name = SLICE("last"), .type_name = SLICE("integer"), .type = INT4_TYPE, .nullable = true},
};

static WfNumericDigit digits[DIGITS];
static char letters[WF_INTERRUPT_CHECK_BYTES];
static Fixture fixture;
static int	checks;
static size_t written_at_first_check;

static void
note_check(void *host)
{
	assert_ptr_equal(host, &fixture);
	if (checks == 0)
		written_at_first_check = fixture.buffer.length + fixture.lines.length;
	checks++;
}

/* key_count: of the first columns. */
static void
open(int key_count)
{
	static WfRelation relation = {
		.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_FULL,
		.column_count = COLUMNS, .columns = columns
	};

	relation.key_count = key_count;
	for (int i = 0; i < key_count; i++)
		relation.key_columns[i] = i;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &relation);
	fixture.session.check_interrupts = note_check;
	checks = 0;
}

static void
fill(WfValue *row, int id, int digit_count, size_t text_length)
{
	for (int i = 0; i < DIGITS; i++)
		digits[i] = 9999;
	memset(letters, 'x', sizeof(letters));
	row[0] = (WfValue) INTEGER(id);
	for (int i = 1; i <= 8; i++)
		row[i] = (WfValue)
	{
		.as.numeric =
		{
			.digits = digits, .digit_count = digit_count, .weight = digit_count - 1
		}
	};
	for (int i = 9; i <= 10; i++)
	{
		row[i].state = WF_VALUE_PRESENT;
		row[i].as.text = wf_slice(letters, text_length);
	}
	row[11] = (WfValue) INTEGER(7);
}

static WfWriteResult
write_row(WfOperation operation, const WfValue *old_row, const WfValue *new_row)
{
	WfTransaction transaction;
	WfRowChange change = {
		.operation = operation, .lsn = 0x1000, .old_row = old_row,
		.old_is_full = old_row != NULL, .new_row = new_row
	};

	wf_transaction_begin(&transaction, 742, 0x2000, 0);
	return wf_write_row(&fixture.session, &transaction, &fixture.plan, &change);
}

static void
a_small_row_never_asks(void **state)
{
	WfValue		row[COLUMNS];
	WfValue		changed[COLUMNS];

	(void) state;
	open(1);
	fixture.session.options.skip_messages_without_change = true;
	fill(row, 1, 4, 100);
	fill(changed, 2, 4, 100);
	for (int i = 0; i < 1000; i++)
	{
		assert_int_equal(write_row(WF_OPERATION_CREATE, NULL, row), WF_WRITE_OK);
		assert_int_equal(write_row(WF_OPERATION_UPDATE, row, changed), WF_WRITE_OK);
		assert_int_equal(write_row(WF_OPERATION_UPDATE, row, row), WF_WRITE_SKIPPED);
	}
	assert_int_equal(checks, 0);
	fixture_close(&fixture);
}

static void
a_wide_row_asks_inside(void **state)
{
	WfValue		row[COLUMNS];

	(void) state;
	open(1);
	fill(row, 1, DIGITS, 1);
	assert_int_equal(write_row(WF_OPERATION_CREATE, NULL, row), WF_WRITE_OK);
	assert_in_range(checks, 4, 10);
	assert_in_range(written_at_first_check, WF_INTERRUPT_CHECK_BYTES / 2,
					2 * WF_INTERRUPT_CHECK_BYTES);

	/* without anybody to ask */
	fixture.session.check_interrupts = NULL;
	assert_int_equal(write_row(WF_OPERATION_CREATE, NULL, row), WF_WRITE_OK);
	fixture_close(&fixture);
}

static void
so_does_one_of_texts(void **state)
{
	WfValue		row[COLUMNS];

	(void) state;
	open(1);
	fill(row, 1, 1, sizeof(letters));

	/* the first time they are appended, then put where there is room */
	for (int i = 1; i <= 2; i++)
	{
		checks = 0;
		assert_int_equal(write_row(WF_OPERATION_CREATE, NULL, row), WF_WRITE_OK);
		assert_in_range(checks, 1, 2);
	}
	fixture_close(&fixture);
}

/* Little is written of what takes long to read. */
static void
so_does_one_of_doubles(void **state)
{
	WfValue		row[COLUMNS];

	(void) state;
	open(1);
	fixture.session.options.decimal_mode = WF_DECIMAL_DOUBLE;
	wf_buffer_cut(&fixture.plan_text, 0);
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  fixture.plan.relation, fixture.columns, &fixture.plan_text,
								  fixture_sha256));
	fill(row, 1, DIGITS, 1);
	assert_int_equal(write_row(WF_OPERATION_CREATE, NULL, row), WF_WRITE_OK);
	assert_in_range(checks, 3, 5);
	assert_true(fixture.lines.length < 4096);
	fixture_close(&fixture);
}

static void
comparing_rows_asks(void **state)
{
	WfValue		row[COLUMNS];
	WfValue		same[COLUMNS];

	(void) state;
	open(1);
	fixture.session.options.skip_messages_without_change = true;
	fill(row, 1, DIGITS, 1);
	fill(same, 1, DIGITS, 1);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, row, same), WF_WRITE_SKIPPED);
	assert_in_range(checks, 8, 20);
	assert_int_equal(fixture.lines.length, 0);
	fixture_close(&fixture);
}

/* As many as the rows have, and more for the keys and the headers that have them. */
static void
so_do_keys(void **state)
{
	WfValue		old_row[COLUMNS];
	WfValue		new_row[COLUMNS];
	int			checks_of_rows;

	(void) state;
	fill(old_row, 1, DIGITS, 1);
	fill(new_row, 2, DIGITS, 1);
	open(1);
	fixture.session.text->ceiling = 16 << 20;
	assert_int_equal(write_row(WF_OPERATION_UPDATE, old_row, new_row), WF_WRITE_OK);
	assert_int_equal(fixture.flushes, 3);
	checks_of_rows = checks;
	fixture_close(&fixture);

	open(9);
	fixture.session.text->ceiling = 16 << 20;
	assert_int_equal(write_row(WF_OPERATION_UPDATE, old_row, new_row), WF_WRITE_OK);
	assert_int_equal(fixture.flushes, 3);
	assert_in_range(checks - checks_of_rows, 18, 30);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_row_never_asks),
		cmocka_unit_test(a_wide_row_asks_inside),
		cmocka_unit_test(so_does_one_of_texts),
		cmocka_unit_test(so_does_one_of_doubles),
		cmocka_unit_test(comparing_rows_asks),
		cmocka_unit_test(so_do_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
