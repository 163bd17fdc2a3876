/*
 * test_catalogue_texts.c
 *		Comments, defaults and labels that are too long, and whether what is left
 *		always fits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"

#include "envelope/catalogue_texts.h"

#define NAME_MAX_BYTES 63		/* PostgreSQL's NAMEDATALEN less one */

#define ENUM_TYPE \
	{.kind = WF_TYPE_ENUM, .element_kind = WF_TYPE_OTHER, .oid = 16500, .typmod = -1}

static WfColumn columns[WF_COLUMNS_MAX];
static WfRelation table;
static WfValue defaults[WF_COLUMNS_MAX];
static char *room;

/* A megabyte of a text over and over. */
static WfSlice
text_of(const char *piece, size_t length)
{
	size_t		size = strlen(piece);

	if (room == NULL)
		room = malloc(WF_CATALOGUE_TEXTS_MAX_BYTES + 8);
	for (size_t i = 0; i < length; i += size)
		memcpy(room + i, piece, size);
	return wf_slice(room, length / size * size);
}

static void
set_up(int column_count)
{
	memset(columns, 0, sizeof(columns));
	table = (WfRelation)
	{
		.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"),
			.identity = WF_IDENTITY_FULL, .column_count = column_count, .columns = columns
	};
	for (int i = 0; i < column_count; i++)
	{
		columns[i].name = WF_LITERAL("a");
		columns[i].type_name = WF_LITERAL("text");
		columns[i].type = (WfType) TEXT_TYPE;
	}
}

/* Whether a comment of so many pieces stays. */
static bool
is_kept(const char *piece, size_t count)
{
	set_up(1);
	columns[0].comment = text_of(piece, count * strlen(piece));
	wf_relation_limit_texts(&table, columns);
	assert_int_equal(columns[0].left_out, columns[0].comment.length > 0 ? 0 : WF_LEFT_OUT_COMMENT);
	return columns[0].comment.length > 0;
}

/* As JSON in ASCII. */
static void
lengths(void **state)
{
	static const struct
	{
		const char *piece;
		size_t		length;
	}			pieces[] = {
		{"x", 1}, {"\"", 2}, {"\\", 2}, {"\n", 6}, {"\x7f", 1}, {"\xC3\xA9", 6},
		{"\xE2\x82\xAC", 6}, {"\xF0\x9F\x98\x80", 12}, {"\xFF", 6},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
	{
		size_t		most = WF_COMMENT_MAX_BYTES / pieces[i].length;

		assert_true(is_kept(pieces[i].piece, most));
		assert_false(is_kept(pieces[i].piece, most + 1));
	}
}

static void
each_has_its_limit(void **state)
{
	static const WfNumericDigit digits[] = {1};

	(void) state;
	set_up(5);
	columns[0].default_expression = text_of("x", WF_DEFAULT_MAX_BYTES);
	columns[0].default_value = &defaults[0];
	columns[1].default_expression = text_of("x", WF_DEFAULT_MAX_BYTES + 1);
	columns[1].default_value = &defaults[0];
	columns[2].type = (WfType) ENUM_TYPE;
	columns[2].type.enum_labels = text_of("x", WF_LABELS_MAX_BYTES);
	columns[3].type = (WfType) ENUM_TYPE;
	columns[3].type.enum_labels = text_of("x", WF_LABELS_MAX_BYTES + 1);
	/* '1' in a column of so many fraction digits */
	columns[4].type = (WfType) NUMERIC_TYPE;
	columns[4].default_expression = WF_LITERAL("1");
	defaults[4].as.numeric = (WfNumeric)
	{
		.digits = digits, .digit_count = 1, .dscale = WF_DEFAULT_MAX_BYTES
	};
	columns[4].default_value = &defaults[4];
	table.comment = text_of("x", WF_COMMENT_MAX_BYTES + 1);
	wf_relation_limit_texts(&table, columns);

	assert_int_equal(columns[0].left_out, 0);
	assert_ptr_equal(columns[0].default_value, &defaults[0]);
	assert_int_equal(columns[1].left_out, WF_LEFT_OUT_DEFAULT);
	assert_int_equal(columns[1].default_expression.length, 0);
	assert_null(columns[1].default_value);
	assert_int_equal(columns[2].left_out, 0);
	assert_int_equal(columns[3].left_out, WF_LEFT_OUT_LABELS);
	assert_null(columns[3].type.enum_labels.data);
	assert_int_equal(columns[4].left_out, WF_LEFT_OUT_DEFAULT);
	assert_int_equal(table.left_out, WF_LEFT_OUT_COMMENT);
}

/* What the host has not read stays marked, but of a column that nobody sees. */
static void
marks_of_the_host(void **state)
{
	(void) state;
	set_up(3);
	for (int i = 0; i < 3; i++)
		columns[i].left_out = WF_LEFT_OUT_COMMENT;
	columns[1].rule.action = WF_COLUMN_OMIT;
	columns[2].rule.action = WF_COLUMN_OMIT;
	table.key_count = 1;
	table.key_columns[0] = 2;
	table.left_out = WF_LEFT_OUT_COMMENT;
	wf_relation_limit_texts(&table, columns);
	assert_int_equal(columns[0].left_out, WF_LEFT_OUT_COMMENT);
	assert_int_equal(columns[1].left_out, 0);
	assert_int_equal(columns[2].left_out, WF_LEFT_OUT_COMMENT);
	assert_int_equal(table.left_out, WF_LEFT_OUT_COMMENT);
}

/* Defaults, then labels, then comments; what is shorter may still fit. */
static void
all_together(void **state)
{
	WfSlice		half = text_of("x", WF_DEFAULT_MAX_BYTES);

	(void) state;
	set_up(40);
	for (int i = 0; i < 10; i++)
		columns[i].default_expression = half;
	columns[10].default_expression = half;
	columns[10].rule.action = WF_COLUMN_OMIT;	/* does not count */
	for (int i = 20; i < 22; i++)
	{
		columns[i].type = (WfType) ENUM_TYPE;
		columns[i].type.enum_labels = wf_slice(room, 200 * 1024);
	}
	table.comment = wf_slice(room, 62 * 1024);
	columns[30].comment = wf_slice(room, 60 * 1024);
	columns[31].comment = wf_slice(room, 64 * 1024);
	columns[32].comment = wf_slice(room, 62 * 1024);
	columns[33].comment = WF_LITERAL("x");
	wf_relation_limit_texts(&table, columns);
	for (int i = 0; i < 20; i++)
		assert_int_equal(columns[i].left_out, 0);
	assert_int_equal(columns[20].left_out, 0);
	assert_int_equal(columns[21].left_out, WF_LEFT_OUT_LABELS);
	assert_int_equal(table.left_out, 0);
	assert_int_equal(columns[30].left_out, 0);
	assert_int_equal(columns[31].left_out, WF_LEFT_OUT_COMMENT);
	assert_int_equal(columns[32].left_out, 0);
	assert_int_equal(columns[33].left_out, WF_LEFT_OUT_COMMENT);
}

/*
 * The largest that a catalogue can hold: 1,600 columns, names all of whose characters
 * are escaped, and as many texts as remain; with every option that adds to it.
 */
static void
build_largest(const char *lines, bool ascii_only, int kind)
{
	static char name[NAME_MAX_BYTES];
	static char type_name[4 * NAME_MAX_BYTES + 5];
	static WfColumnPlan plans[WF_COLUMNS_MAX + WF_KEY_COLUMNS_MAX];
	static const WfNumericDigit digits[] = {1};
	WfSlice		comment;

	memset(name, '\x01', sizeof(name));
	memset(type_name, '\x01', sizeof(type_name));
	open_table(WF_OUTPUT_FRAME, lines, NULL);
	fixture.session.form.ascii_only = ascii_only;
	free(fixture.plan_text.data);
	fixture.plan_text = fixture_buffer(WF_PLAN_TEXT_MAX_BYTES);
	comment = text_of("\x01", 600);

	set_up(WF_COLUMNS_MAX);
	table.schema = table.name = wf_slice(name, sizeof(name));
	table.comment = comment;
	table.key_count = WF_KEY_COLUMNS_MAX;
	for (int i = 0; i < WF_COLUMNS_MAX; i++)
	{
		columns[i].name = wf_slice(name, sizeof(name));
		columns[i].type_name = wf_slice(type_name, sizeof(type_name));
		columns[i].catalogue_type = wf_slice(name, sizeof(name));
		columns[i].type.kind = (WfTypeKind) kind;
		columns[i].comment = comment;
		columns[i].nullable = true;
		columns[i].rule.propagate = true;
		if (kind == WF_TYPE_NUMERIC)
		{
			columns[i].type_name = WF_LITERAL("numeric(1000,1000)");
			columns[i].type.typmod = (1000 << 16 | 1000) + 4;
			columns[i].default_expression = WF_LITERAL("1");
			defaults[i] = (WfValue)
			{
				.state = WF_VALUE_PRESENT,.as.numeric =
				{
					.digits = digits, .digit_count = 1, .dscale = 1000
				}
			};
			columns[i].default_value = &defaults[i];
		}
		else if (kind == WF_TYPE_ENUM)
			columns[i].type.enum_labels = text_of("\x01", 32 * 1024);
		else if (kind == WF_TYPE_TEXT)
		{
			columns[i].default_expression = comment;
			defaults[i] = (WfValue)
			{
				.state = WF_VALUE_PRESENT,.as.text = comment
			};
			columns[i].default_value = &defaults[i];
		}
	}
	for (int i = 0; i < WF_KEY_COLUMNS_MAX; i++)
		table.key_columns[i] = i;
	wf_relation_limit_texts(&table, columns);
	if (!wf_row_plan_build_transformed(&fixture.plan, &fixture.session.options,
									   &fixture.session.form, &table, plans, &fixture.plan_text,
									   fixture_sha256, &transforms, &error))
		fail_msg("error %d: %s", fixture.plan_text.error, fixture_text(&error));
	assert_in_range(fixture.plan.schema.length, 1, WF_DESCRIPTION_MAX_BYTES);
	close_chain();
}

static void
the_largest_fits(void **state)
{
	static const int kinds[] = {
		WF_TYPE_TEXT, WF_TYPE_ENUM, WF_TYPE_NUMERIC, WF_TYPE_CIRCLE, WF_TYPE_INTERVAL,
		WF_TYPE_TIMESTAMPTZ
	};
	static const char *const chains[] = {
		"transforms=\n",
		"transforms=u\ntransforms.u.type=io.debezium.transforms.ExtractNewRecordState\n"
		"transforms.u.delete.tombstone.handling.mode=tombstone\n",
		"transforms=c,u\ntransforms.u.type=io.debezium.transforms.ExtractNewRecordState\n"
		"transforms.u.drop.fields.header.name=h\n"
		"transforms.c.type=io.debezium.transforms.ExtractChangedRecordState\n"
		"transforms.c.header.unchanged.name=h\n"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t k = 0; k < sizeof(chains) / sizeof(chains[0]); k++)
		{
			char		lines[2048];

			snprintf(lines, sizeof(lines), "schemas.enable=true\ninclude.schema.comments=true\n"
					 "schema.changes.enabled=true\ndecimal.handling.mode=string\n"
					 "time.precision.mode=isostring\n%s", chains[k]);
			build_largest(lines, true, kinds[i]);
			build_largest(lines, false, kinds[i]);
		}
}

static int
give_back(void **state)
{
	(void) state;
	free(room);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(each_has_its_limit),
		cmocka_unit_test(marks_of_the_host),
		cmocka_unit_test(all_together),
		cmocka_unit_test(the_largest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, give_back);
}
