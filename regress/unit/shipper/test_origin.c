/*
 * test_origin.c
 *		Whose record is it, by the event's source.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/bigquery/origin.h"

static bool
is_another(const char *value, const char *prefix)
{
	return origin_is_another(wf_slice(value, strlen(value)), wf_slice(prefix, strlen(prefix)));
}

static void
test_another(void **state)
{
	(void) state;
	assert_true(is_another("{\"source\":{\"name\":\"inv.eu\"}}", "inv"));
	assert_true(is_another("{\"before\":null,\"after\":{\"name\":\"inv\",\"source\":{\"name\":\"inv\"}},"
						   "\"source\":{\"version\":\"1\",\"name\":\"in\"},\"op\":\"c\"}", "inv"));
}

/* Ours, or nothing that says otherwise for certain. */
static void
test_not_another(void **state)
{
	static const char *const values[] = {
		"{\"after\":{\"source\":{\"name\":\"x\"}},\"source\":{\"db\":\"d\",\"name\":\"inv\"}}",
		"{\"source\":{\"name\":\"\\u0069nv\"}}",
		"{\"source\":{}}",
		"{\"source\":{\"name\":null}}",
		"{\"source\":\"inv.eu\"}",
		"{\"schema\":{},\"payload\":{\"source\":{\"name\":\"inv.eu\"}}}",
		"{\"name\":\"inv.eu\"}",
		"{\"source\":{\"name\":",
		"[1]",
		""
	};

	(void) state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_false(is_another(values[i], "inv"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another),
		cmocka_unit_test(test_not_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
