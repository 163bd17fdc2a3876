/*
 * test_publication_gone.c
 *		What is said where pgoutput's publication was not there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdio.h>
#include <string.h>

#include "shipper/source/publication_setup.h"

static const Config config = {.publication_name = "p", .slot_name = "s"};

static SourceFault
server_fault(const char *sqlstate, const char *text, bool in_callback)
{
	SourceFault fault = {.in_callback = in_callback};

	snprintf(fault.sqlstate, sizeof(fault.sqlstate), "%s", sqlstate);
	snprintf(fault.text, sizeof(fault.text), "%s", text);
	return fault;
}

static void
test_explained(void **state)
{
	static const char said[] = "PostgreSQL says: publication \"p\" does not exist; context: slot \"s\"";
	SourceFault fault = server_fault("42704", said, true);
	SourceRecurrence recurrence = {0};

	(void) state;
	publication_explain_gone(&config, &fault);
	assert_true(fault.permanent);
	assert_non_null(strstr(fault.text, "publication \"p\" was not there when a change was committed"));
	assert_non_null(strstr(fault.text, "SELECT pg_replication_slot_advance('s', pg_current_wal_lsn());"));
	assert_non_null(strstr(fault.text, said));
	assert_string_equal(fault.sqlstate, "42704");

	/* each time in the same words, so that it ends the process in the end */
	for (int i = 1; i < SOURCE_RECURRENCES_MAX; i++)
	{
		source_fault_note(&recurrence, &fault);
		assert_false(fault.recurs);
		fault = server_fault("42704", said, true);
		publication_explain_gone(&config, &fault);
	}
	source_fault_note(&recurrence, &fault);
	assert_true(fault.recurs);
}

static void
test_others_are_left(void **state)
{
	static const struct
	{
		const char *sqlstate;
		const char *text;
		bool		in_callback;
	}			others[] = {
		{"42704", "type \"t\" does not exist", true},
		{"42704", "publication \"p\" does not exist", false},
		{"57P01", "publication", true}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		SourceFault fault = server_fault(others[i].sqlstate, others[i].text,
										 others[i].in_callback);

		publication_explain_gone(&config, &fault);
		assert_string_equal(fault.text, others[i].text);
		assert_false(fault.permanent);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explained),
		cmocka_unit_test(test_others_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
