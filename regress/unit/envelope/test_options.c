/*
 * test_options.c
 *		The table of format options: defaults, values taken, values refused and
 *		what the refusal says.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

/* A table with the kinds the format's own does not have. */
typedef struct Others
{
	int			output;
	int64_t		version;
	WfText		text;
} Others;

static const WfOptionSpec others[] = {
	{.name = "output", .type = WF_OPTION_CHOICE, .choices = "envelope|record|frame",
	.default_text = "record", .offset = offsetof(Others, output), .doc = "Output."},
	{.name = "version", .type = WF_OPTION_INT, .minimum = -5, .maximum = 10,
	.default_text = "1", .offset = offsetof(Others, version), .doc = "Version."},
	{.name = "text", .type = WF_OPTION_TEXT, .offset = offsetof(Others, text), .doc = "Text."},
};

static const WfOptionSpec *
format_option(const char *name)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	assert_non_null(spec);
	return spec;
}

/* Sets and expects success. */
static void
set(const WfOptionSpec *spec, const char *value, void *target)
{
	WfBuffer	allowed = fixture_buffer(1024);

	assert_true(wf_option_set(spec, spec->name, value, target, &allowed));
	assert_int_equal(allowed.length, 0);
	free(allowed.data);
}

/* Sets and expects a refusal with these words, the target untouched. */
static void
refuse(const WfOptionSpec *spec, const char *value, void *target, size_t size,
	   const char *words)
{
	WfBuffer	allowed = fixture_buffer(1024);
	void	   *before = malloc(size);

	memcpy(before, target, size);
	assert_false(wf_option_set(spec, spec->name, value, target, &allowed));
	assert_string_equal(fixture_text(&allowed), words);
	assert_memory_equal(before, target, size);
	free(before);
	free(allowed.data);
}

static void
defaults_are_debeziums_but_where_stated(void **state)
{
	WfOptions	options;

	(void) state;
	memset(&options, 0x5A, sizeof(options));
	options.topic_prefix.length = 0;
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	assert_int_equal(options.topic_prefix.length, 0);
	assert_true(options.key_replace_null_with_default);
	assert_true(options.value_replace_null_with_default);
	assert_true(options.tombstones_on_delete);
	assert_int_equal(options.skipped_operations, WF_SKIP_TRUNCATE);
	assert_string_equal(options.unavailable_placeholder.bytes, "__debezium_unavailable_value");
	assert_int_equal(options.unavailable_placeholder.length, 28);
	assert_true(options.walferry_headers);
	assert_int_equal(options.record_max_bytes, 67108864);
}

static void
every_default_is_a_value_the_option_takes(void **state)
{
	(void) state;
	for (int i = 0; i < wf_format_option_count; i++)
	{
		WfOptions	options;
		const WfOptionSpec *spec = &wf_format_options[i];

		assert_true(strlen(spec->name) < 63);
		assert_true(strlen(spec->doc) > 0);
		if (spec->default_text != NULL)
			set(spec, spec->default_text, &options);
		if (spec->type != WF_OPTION_FAMILY)
			assert_ptr_equal(format_option(spec->name), spec);
	}
	assert_null(wf_option_find(wf_format_options, wf_format_option_count, "topic.prefi"));
	assert_null(wf_option_find(wf_format_options, wf_format_option_count, "topic.prefix "));
}

static void
booleans(void **state)
{
	const WfOptionSpec *spec = format_option("tombstones.on.delete");
	WfOptions	options = {.tombstones_on_delete = true};

	(void) state;
	set(spec, "false", &options);
	assert_false(options.tombstones_on_delete);
	set(spec, "True", &options);
	assert_true(options.tombstones_on_delete);
	refuse(spec, "on", &options, sizeof(options), "true or false");
	refuse(spec, "", &options, sizeof(options), "true or false");
	refuse(spec, "truee", &options, sizeof(options), "true or false");
}

static void
switches_are_settled(void **state)
{
	static const struct
	{
		WfSwitch	all;
		WfSwitch	key;
		bool		otherwise;
		bool		expected;
	}			cases[] = {
		{WF_SWITCH_UNSET, WF_SWITCH_UNSET, false, false},
		{WF_SWITCH_UNSET, WF_SWITCH_UNSET, true, true},
		{WF_SWITCH_TRUE, WF_SWITCH_UNSET, false, true},
		{WF_SWITCH_FALSE, WF_SWITCH_UNSET, true, false},
		{WF_SWITCH_TRUE, WF_SWITCH_FALSE, true, false},
		{WF_SWITCH_FALSE, WF_SWITCH_TRUE, false, true},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		WfOptions	options = {0};
		WfBuffer	complaint = fixture_buffer(1024);

		options.schemas_enable = cases[i].all;
		options.key_schemas_enable = cases[i].key;
		assert_true(wf_options_settle(&options, cases[i].otherwise, &complaint));
		assert_int_equal(options.key_schemas, cases[i].expected);
		free(complaint.data);
	}
}

static void
choices_are_read_as_debeziums(void **state)
{
	WfOptions	options = {0};

	(void) state;
	set(format_option("decimal.handling.mode"), " STRING\t", &options);
	assert_int_equal(options.decimal_mode, WF_DECIMAL_STRING);
	set(format_option("value.converter.decimal.format"), "numeric", &options);
	assert_int_equal(options.value_decimal_format, WF_DECIMAL_NUMERIC);
	refuse(format_option("decimal.handling.mode"), "string x", &options, sizeof(options),
		   "one of precise, double, string");
	refuse(format_option("decimal.handling.mode"), "  ", &options, sizeof(options),
		   "one of precise, double, string");
}

static void
contradictions_are_told(void **state)
{
	WfOptions	options = {0};
	WfBuffer	complaint = fixture_buffer(1024);

	(void) state;
	set(format_option("numeric.special.handling"), "string", &options);
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_false(wf_options_settle(&options, true, &complaint));
	assert_true(fixture_holds(wf_buffer_since(&complaint, 0), "numeric.special.handling=string"));
	wf_buffer_cut(&complaint, 0);
	options.numeric_special = WF_SPECIAL_NUMERIC_NULL;
	set(format_option("infinity.handling"), "string", &options);
	assert_false(wf_options_settle(&options, true, &complaint));
	assert_true(fixture_holds(wf_buffer_since(&complaint, 0), "infinity.handling=string"));
	wf_buffer_cut(&complaint, 0);
	options.infinity_handling = WF_INFINITY_DEBEZIUM;
	set(format_option("before.key_only"), "omit", &options);
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_false(wf_options_settle(&options, true, &complaint));
	assert_true(fixture_holds(wf_buffer_since(&complaint, 0), "before.key_only=omit"));
	free(complaint.data);
}

static void
roots_are_all_or_listed(void **state)
{
	WfOptions	options = {0};
	WfBuffer	complaint = fixture_buffer(1024);

	(void) state;
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_false(options.publishes_roots);
	set(format_option("publish.via.partition.root.include.list"), " \t", &options);
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_false(options.publishes_roots);
	options.publish_via_partition_root = true;
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_true(options.publishes_roots);
	set(format_option("publish.via.partition.root.include.list"), " a", &options);
	assert_false(wf_options_settle(&options, false, &complaint));
	assert_true(fixture_holds(wf_buffer_since(&complaint, 0), "exclude each other"));
	options.publish_via_partition_root = false;
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_true(options.publishes_roots);

	/* publications say it themselves */
	wf_buffer_cut(&complaint, 0);
	set(format_option("publication.filter"), "p", &options);
	assert_false(wf_options_settle(&options, false, &complaint));
	assert_true(fixture_holds(wf_buffer_since(&complaint, 0), "publication.filter excludes"));
	options.partition_root_include = NULL;
	assert_true(wf_options_settle(&options, false, &complaint));
	assert_true(options.publishes_roots);
	options.publish_via_partition_root = true;
	assert_false(wf_options_settle(&options, false, &complaint));
	free(complaint.data);
}

static void
lists_may_be_long_or_empty(void **state)
{
	const WfOptionSpec *spec = format_option("table.include.list");
	WfOptions	options = {0};
	char	   *text = malloc(WF_OPTION_LIST_MAX + 2);

	(void) state;
	set(spec, "", &options);
	assert_string_equal(options.table_include, "");
	memset(text, 'a', WF_OPTION_LIST_MAX + 1);
	text[WF_OPTION_LIST_MAX + 1] = '\0';
	refuse(spec, text, &options, sizeof(options), "up to 1048576 bytes of text");
	text[WF_OPTION_LIST_MAX] = '\0';
	set(spec, text, &options);
	assert_ptr_equal(options.table_include, text);
	free(text);
}

static void
a_family_takes_any_name_that_begins_so(void **state)
{
	static const WfOptionSpec families[] = {
		{.name = "column.mask.", .type = WF_OPTION_FAMILY, .plural = "masks", .doc = "Masks."}
	};
	WfSettings	settings = {0};
	WfBuffer	allowed = fixture_buffer(1024);

	(void) state;
	assert_null(wf_option_find(families, 1, "column.mask."));
	assert_null(wf_option_find(families, 1, "column.mas"));
	assert_ptr_equal(wf_option_find(families, 1, "column.mask.x"), families);
	for (int i = 0; i < WF_SETTINGS_MAX; i++)
	{
		assert_false(wf_option_is_full(families, &settings));
		assert_true(wf_option_set(families, "column.mask.x", "v", &settings, &allowed));
	}
	assert_true(wf_option_is_full(families, &settings));
	assert_int_equal(settings.count, WF_SETTINGS_MAX);
	assert_string_equal(settings.entries[WF_SETTINGS_MAX - 1].name, "column.mask.x");
	assert_false(wf_option_set(families, "column.mask.x", "v", &settings, &allowed));
	assert_string_equal(fixture_text(&allowed),
						"up to 1048576 bytes of text; there are at most 64 masks");
	free(allowed.data);
}

static void
integers(void **state)
{
	const WfOptionSpec *spec = format_option("record.max.bytes");
	WfOptions	options = {.record_max_bytes = 0};
	Others		other = {.version = 0};

	(void) state;
	set(spec, "1024", &options);
	assert_int_equal(options.record_max_bytes, 1024);
	set(spec, "+536870912", &options);
	assert_int_equal(options.record_max_bytes, 536870912);
	set(spec, "0002048", &options);
	assert_int_equal(options.record_max_bytes, 2048);
	set(spec, " 4096\t", &options);
	assert_int_equal(options.record_max_bytes, 4096);
	set(&others[1], "-5", &other);
	assert_int_equal(other.version, -5);

	const char *const ill[] = {
		"", "1023", "536870913", "-1", "1 MiB", " ", "1 024", "1024x", "1e6", "0x800", "+", "-", "--4",
		"99999999999999999999999999", "18446744073709552640"
	};

	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
		refuse(spec, ill[i], &options, sizeof(options), "an integer from 1024 to 536870912");
	refuse(&others[1], "-6", &other, sizeof(other), "an integer from -5 to 10");
}

static void
choices(void **state)
{
	Others		other = {.output = -1};

	(void) state;
	wf_options_set_defaults(others, 3, &other);
	assert_int_equal(other.output, 1);
	set(&others[0], "envelope", &other);
	assert_int_equal(other.output, 0);
	set(&others[0], "Frame", &other);
	assert_int_equal(other.output, 2);
	const char *const ill[] = {"", "fram", "frames", "envelope|record", "|"};

	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
		refuse(&others[0], ill[i], &other, sizeof(other), "one of envelope, record, frame");
}

static void
operations(void **state)
{
	const WfOptionSpec *spec = format_option("skipped.operations");
	WfOptions	options = {.skipped_operations = -1};

	(void) state;
	set(spec, "none", &options);
	assert_int_equal(options.skipped_operations, 0);
	set(spec, "c", &options);
	assert_int_equal(options.skipped_operations, WF_SKIP_CREATE);
	set(spec, "u, d ,t", &options);
	assert_int_equal(options.skipped_operations,
					 WF_SKIP_UPDATE | WF_SKIP_DELETE | WF_SKIP_TRUNCATE |
					 WF_SKIP_TRUNCATE_NAMED);
	set(spec, " C ,R", &options);
	assert_int_equal(options.skipped_operations, WF_SKIP_CREATE);
	set(spec, "NONE\t", &options);
	assert_int_equal(options.skipped_operations, 0);
	const char *const ill[] = {"", ",", "c,", ",c", "c;d", "m", "none,c", "c u", "cd", "c,,d", " "};

	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
		refuse(spec, ill[i], &options, sizeof(options),
			   "none, or a comma-separated list of c, u, d, t and r");
}

static void
texts(void **state)
{
	char		longest[WF_OPTION_TEXT_MAX + 2];
	Others		other = {.version = 0};

	(void) state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refuse(&others[2], longest, &other, sizeof(other), "1 to 249 bytes of text");
	refuse(&others[2], "", &other, sizeof(other), "1 to 249 bytes of text");
	longest[WF_OPTION_TEXT_MAX] = '\0';
	set(&others[2], longest, &other);
	assert_int_equal(other.text.length, WF_OPTION_TEXT_MAX);
	assert_string_equal(other.text.bytes, longest);
}

static void
topic_prefix(void **state)
{
	static const char words[] =
	"1 to 121 letters, digits, dots, underscores and hyphens, not beginning with __walferry";
	const WfOptionSpec *spec = format_option("topic.prefix");
	WfOptions	options = {.record_max_bytes = 0};
	char		longest[123];

	(void) state;
	set(spec, "Inventory-1.eu_west", &options);
	assert_string_equal(options.topic_prefix.bytes, "Inventory-1.eu_west");
	memset(longest, 'x', sizeof(longest));
	longest[122] = '\0';
	refuse(spec, longest, &options, sizeof(options), words);
	longest[121] = '\0';
	set(spec, longest, &options);
	const char *const ill[] = {"", "a b", "a/b", "pr\xC3\xA9", "__walferry", "__walferry.schemas"};

	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
		refuse(spec, ill[i], &options, sizeof(options), words);
}

/* What is forced by wf_narrower_options is there, and takes the value. */
static void
narrower_options_are_options(void **state)
{
	(void) state;
	for (int i = 0; i < wf_narrower_option_count; i++)
	{
		const WfNarrowerOption *narrower = &wf_narrower_options[i];
		const WfOptionSpec *option = format_option(narrower->option);
		const WfOptionSpec *spec;
		WfOptions	options = {.record_max_bytes = 0};
		char		name[64];

		snprintf(name, sizeof(name), "%s%s", narrower->name,
				 narrower->name[strlen(narrower->name) - 1] == '.' ? "a" : "");
		spec = format_option(name);
		if (narrower->when != NULL)
			set(option, narrower->when, &options);
		if (narrower->value == NULL)
			continue;
		if (strcmp(narrower->value, WF_SAME_VALUE) == 0)
			assert_int_equal(option->type, spec->type);
		else
			set(spec, narrower->value, &options);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_debeziums_but_where_stated),
		cmocka_unit_test(every_default_is_a_value_the_option_takes),
		cmocka_unit_test(booleans),
		cmocka_unit_test(switches_are_settled),
		cmocka_unit_test(choices_are_read_as_debeziums),
		cmocka_unit_test(contradictions_are_told),
		cmocka_unit_test(roots_are_all_or_listed),
		cmocka_unit_test(lists_may_be_long_or_empty),
		cmocka_unit_test(a_family_takes_any_name_that_begins_so),
		cmocka_unit_test(integers),
		cmocka_unit_test(choices),
		cmocka_unit_test(operations),
		cmocka_unit_test(texts),
		cmocka_unit_test(topic_prefix),
		cmocka_unit_test(narrower_options_are_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
