/*
 * test_name_adjust.c
 *		Names for Avro, as the golden recordings (naming_avro*) have them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/name_adjust.h"

static void
check(bool is_schema, const char *name, const char *avro, const char *avro_unicode)
{
	WfSlice		slice = wf_slice(name, strlen(name));
	WfSlice		(*adjust) (int mode, WfSlice name, WfAdjustedName *room) =
	is_schema ? wf_schema_name_adjust : wf_field_name_adjust;
	WfAdjustedName room;
	WfSlice		adjusted = adjust(WF_NAMES_AS_THEY_ARE, slice, &room);

	assert_ptr_equal(adjusted.data, name);
	assert_int_equal(adjusted.length, slice.length);
	adjusted = adjust(WF_NAMES_AVRO, slice, &room);
	assert_int_equal(adjusted.length, strlen(avro));
	assert_memory_equal(adjusted.data, avro, adjusted.length);
	adjusted = adjust(WF_NAMES_AVRO_UNICODE, slice, &room);
	assert_int_equal(adjusted.length, strlen(avro_unicode));
	assert_memory_equal(adjusted.data, avro_unicode, adjusted.length);
}

static void
fields(void **state)
{
	(void) state;
	check(false, "Id", "Id", "Id");
	check(false, "Mixed Case", "Mixed_Case", "Mixed_u0020Case");
	check(false, "with.dot", "with_dot", "with_u002edot");
	check(false, "with\"quote", "with_quote", "with_u0022quote");
	check(false, "\xE6\x97\xA5\xE6\x9C\xAC", "__", "_u65e5_u672c");
	check(false, "$x", "_x", "_u0024x");
	check(false, "1col", "_1col", "_u0031col");
	check(false, "c1", "c1", "c1");
	check(false, "_u", "_u", "_u005fu");
	check(false, "\xC3\xA9", "_", "_u00e9");
	check(false, "\xF0\x9F\x98\x80", "__", "_ud83d_ude00");
	check(false, "\xFF", "_", "_ufffd");
	check(false, "", "", "");
}

static void
schemas(void **state)
{
	(void) state;
	check(true, "ref.a-b_c.x-y_z.Value", "ref.a_b_c.x_y_z.Value",
		  "ref.a_u002db_u005fc.x_u002dy_u005fz.Value");
	check(true, "ref.public.123num.Key", "ref.public.123num.Key", "ref.public.123num.Key");
	check(true, "1ref.x", "_1ref.x", "_u0031ref.x");
	check(true, ".x", "_x", "_u002ex");
}

/* The longest names there are fit; longer ones end within the room. */
static void
long_names(void **state)
{
	char		name[4096];
	WfAdjustedName room;

	(void) state;
	memset(name, '-', sizeof(name));
	assert_int_equal(wf_schema_name_adjust(WF_NAMES_AVRO_UNICODE, wf_slice(name, 258),
										   &room).length, 258 * 6);
	assert_in_range(wf_field_name_adjust(WF_NAMES_AVRO_UNICODE, wf_slice(name, sizeof(name)),
										 &room).length, 258 * 6, WF_ADJUSTED_NAME_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(schemas),
		cmocka_unit_test(long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
