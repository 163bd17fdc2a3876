/*
 * test_read_binary.c
 *		Values from what send functions give: the same as from the text that output
 *		functions print, in every mode; and whatever else is refused.
 *
 * The bytes and texts are what PostgreSQL 15 sends for the same value, but for
 * infinite intervals, which begin with 17, and NaNs of other bits than "NaN" has.
 * Bytes lie in memory of their own length, so that the sanitizer sees any read
 * beyond them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <string.h>

#include "envelope/read_binary.h"

typedef struct Case
{
	WfTypeKind	kind;
	uint32_t	oid;
	const char *bytes;
	size_t		length;
	const char *text;
} Case;

#define BYTES(literal) "" literal, sizeof(literal) - 1
#define CASE(kind, literal, text) {WF_TYPE_##kind, 0, BYTES(literal), text}
#define CASE_OF(oid, kind, literal, text) {WF_TYPE_##kind, oid, BYTES(literal), text}

#define DOUBLE_1 "\x3F\xF0\0\0\0\0\0\0"
#define DOUBLE_2 "\x40\0\0\0\0\0\0\0"
#define DOUBLE_3 "\x40\x08\0\0\0\0\0\0"
#define DOUBLE_NAN "\x7F\xF8\0\0\0\0\0\0"

/* What has an inner form: not one byte of it may be missing, or be too many. */
static const Case strict[] = {
	CASE(BOOL, "\1", "t"),
	CASE(BOOL, "\0", "f"),
	CASE(INT2, "\x80\0", "-32768"),
	CASE(INT4, "\xFF\xFF\xFF\xFE", "-2"),
	CASE(INT8, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "9223372036854775807"),
	CASE(OID, "\xFF\xFF\xFF\xFF", "4294967295"),
	CASE(FLOAT4, "\x3F\xC0\0\0", "1.5"),
	CASE(FLOAT4, "\x80\0\0\0", "-0"),
	CASE(FLOAT4, "\xFF\xC0\0\0", "NaN"),
	CASE(FLOAT8, "\x3F\xB9\x99\x99\x99\x99\x99\x9A", "0.1"),
	CASE(FLOAT8, "\x80\0\0\0\0\0\0\0", "-0"),
	CASE(FLOAT8, "\xFF\xF0\0\0\0\0\0\0", "-Infinity"),
	CASE(FLOAT8, "\xFF\xF8\0\0\0\0\0\1", "NaN"),
	CASE(NUMERIC, "\0\3\0\1\x40\0\0\4\0\x0C\x0D\x80\x1E\x78", "-123456.7800"),
	CASE(NUMERIC, "\0\1\xFF\xFF\0\0\0\4\0\1", "0.0001"),
	CASE(NUMERIC, "\0\1\0\2\0\0\0\0\0\1", "100000000"),
	CASE(NUMERIC, "\0\0\0\0\0\0\0\2", "0.00"),
	CASE(NUMERIC, "\0\0\0\0\xC0\0\0\0", "NaN"),
	CASE(NUMERIC, "\0\0\0\0\xD0\0\0\x20", "Infinity"),
	CASE(NUMERIC, "\0\0\0\0\xF0\0\0\x20", "-Infinity"),
	CASE(MONEY, "\xFF\xFF\xFF\xFF\xFF\xFE\x1D\xC0", "-$1,234.56"),
	CASE(MONEY, "\x80\0\0\0\0\0\0\0", "-$92,233,720,368,547,758.08"),
	CASE_OF(WF_CHAR_OID, TEXT, "x", "x"),
	CASE_OF(WF_CHAR_OID, TEXT, "\0", ""),
	CASE_OF(WF_CHAR_OID, TEXT, "\xC3", "\\303"),
	CASE_OF(WF_CHAR_OID, TEXT, "\xC3", "\xC3"), /* before PostgreSQL 16 */
	CASE(BIT, "\0\0\0\x0B\xA5\x40", "10100101010"),
	CASE(BIT, "\0\0\0\1\x80", "1"),
	CASE(BIT, "\0\0\0\x10\0\1", "0000000000000001"),
	CASE(BIT, "\0\0\0\0", ""),
	CASE(DATE, "\0\0\x22\x79", "2024-02-29"),
	CASE(DATE, "\x7F\xFF\xFF\xFF", "infinity"),
	CASE(DATE, "\x80\0\0\0", "-infinity"),
	CASE(DATE, "\xFF\xDA\x97\xA7", "4714-11-24 BC"),
	CASE(DATE, "\x7F\xDA\x97\x0C", "5874897-12-31"),
	CASE(TIME, "\0\0\0\x14\x1D\xD7\x60\0", "24:00:00"),
	CASE(TIME, "\0\0\0\0\0\0\0\1", "00:00:00.000001"),
	CASE(TIMETZ, "\0\0\0\0\xD6\x93\xA4\0\xFF\xFF\xB1\xB8", "01:00:00+05:34:00"),
	CASE(TIMETZ, "\0\0\0\x14\x1D\xD7\x60\0\0\0\xE0\xFF", "24:00:00-15:59:59"),
	CASE(TIMESTAMP, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "infinity"),
	CASE(TIMESTAMP, "\xFD\x0F\x7C\xC1\x41\x1F\xA0\0", "4714-11-24 00:00:00 BC"),
	CASE(TIMESTAMP, "\x7F\xFF\xFF\x5B\xB3\xB2\x9F\xFF", "294276-12-31 23:59:59.999999"),
	CASE(TIMESTAMP, "\0\0\0\0\0\0\x30\x39", "2000-01-01 00:00:00.012345"),
	CASE(TIMESTAMPTZ, "\x80\0\0\0\0\0\0\0", "-infinity"),
	CASE(TIMESTAMPTZ, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "1999-12-31 23:59:59.999999+00"),
	CASE(INTERVAL, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "00:00:00"),
	CASE(INTERVAL, "\xFF\xFF\xFF\xFF\x29\x6C\x5B\xFF\xFF\xFF\xFF\xFE\0\0\0\x0F",
		 "1 year 3 mons -2 days -01:00:00.000001"),
	CASE(INTERVAL, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", "infinity"),
	CASE(INTERVAL, "\x80\0\0\0\0\0\0\0\x80\0\0\0\x80\0\0\0", "-infinity"),
	CASE(UUID, "\xA0\xEE\xBC\x99\x9C\x0B\x4E\xF8\xBB\x6D\x6B\xB9\xBD\x38\x0A\x11",
		 "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
	CASE(POINT, DOUBLE_1 "\x80\0\0\0\0\0\0\0", "(1,-0)"),
	CASE(POINT, DOUBLE_1 "\xFF\xF8\0\0\0\0\0\1", "(1,NaN)"),
	CASE(LINE, DOUBLE_1 DOUBLE_2 DOUBLE_3, "{1,2,3}"),
	CASE(LSEG, DOUBLE_1 DOUBLE_2 DOUBLE_3 DOUBLE_1, "[(1,2),(3,1)]"),
	CASE(BOX, DOUBLE_3 DOUBLE_2 DOUBLE_1 DOUBLE_1, "(3,2),(1,1)"),
	CASE(PATH, "\1\0\0\0\2" DOUBLE_3 DOUBLE_2 DOUBLE_1 DOUBLE_1, "((3,2),(1,1))"),
	CASE(PATH, "\0\0\0\0\1" DOUBLE_3 DOUBLE_NAN, "[(3,NaN)]"),
	CASE(POLYGON, "\0\0\0\2" DOUBLE_3 DOUBLE_2 DOUBLE_1 DOUBLE_1, "((3,2),(1,1))"),
	CASE(CIRCLE, DOUBLE_1 DOUBLE_2 DOUBLE_3, "<(1,2),3>"),
	CASE(VECTOR, "\0\2\0\0\x3F\x80\0\0\xC0\0\0\0", "[1,-2]"),
	CASE(HALFVEC, "\0\2\0\0\x3E\0\xC0\0", "[1.5,-2]"),
	CASE(SPARSEVEC, "\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\2\x3F\x80\0\0\x40\x20\0\0",
		 "{1:1,3:2.5}/5"),
};

/* What is passed on as it is. */
static const Case loose[] = {
	CASE(TEXT, "h\xC3\xA4\xC3\x9F  ", "h\xC3\xA4\xC3\x9F  "),
	CASE(TEXT, "", ""),
	CASE(BYTEA, "\0\1\xFF\\", "\\x0001ff5c"),
	CASE(BYTEA, "", "\\x"),
	CASE(JSON, "{\"a\" :1}", "{\"a\" :1}"),
	CASE_OF(WF_JSONB_OID, JSON, "\1{\"a\": 1}", "{\"a\": 1}"),
	CASE_OF(WF_XML_OID, OTHER, "<a/>", "<a/>"),
	CASE(ENUM, "red", "red"),
	CASE(GEOMETRY, "\1\1\0\0\x20\xE6\x10\0\0\xA4\x70\x3D\x0A\xD7\xC3\x51\xC0\xAE\x47\xE1\x7A\x14"
		 "\x2E\x45\x40", "0101000020E6100000A4703D0AD7C351C0AE47E17A142E4540"),
	CASE(GEOGRAPHY, "\1\7\0\0\0\0\0\0\0", "010700000000000000"),
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static WfOptions options;

static int
set_defaults(void **state)
{
	(void) state;
	memset(&options, 0, sizeof(options));
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	return 0;
}

/* Exactly so many bytes, and exactly the scratch that they are promised. */
typedef struct Given
{
	char	   *memory;
	WfSlice		bytes;
	WfScratch	scratch;
} Given;

static Given
give(const WfType *type, const char *bytes, size_t length)
{
	Given		given;

	given.memory = malloc(length > 0 ? length : 1);
	memcpy(given.memory, bytes, length);
	given.bytes = wf_slice(given.memory, length);
	given.scratch.size = wf_binary_scratch_size(type, length);
	given.scratch.memory = malloc(given.scratch.size);
	given.scratch.used = 0;
	return given;
}

static void
forget(Given *given)
{
	free(given->memory);
	free(given->scratch.memory);
}

static bool
is_read(const WfType *type, const char *bytes, size_t length)
{
	Given		given = give(type, bytes, length);
	WfValue		value;
	WfValue		element;
	bool		read = wf_read_binary(&given.scratch, type, given.bytes, &value);

	assert_true(given.scratch.used <= given.scratch.size);
	while (read && type->kind == WF_TYPE_ARRAY && value.as.array->next(value.as.array, &element))
		continue;
	forget(&given);
	return read;
}

static WfType
type_of(const Case *known)
{
	WfType		type = {
		.kind = known->kind, .element_kind = WF_TYPE_OTHER, .oid = known->oid, .typmod = -1
	};

	return type;
}

/* ---- the same as from text ---- */

static void
same_json(const WfType *type, const WfValue *a, const WfValue *b, const char *text)
{
	WfBuffer	left = growing_buffer(1 << 16);
	WfBuffer	right = growing_buffer(1 << 16);
	WfTextForm	form = {false, 0};
	WfColumnField column;

	wf_field_resolve(&column, type, true, &options, WF_SIDE_VALUE);
	assert_int_equal(wf_value_write(&left, &form, &column.self, a),
					 wf_value_write(&right, &form, &column.self, b));
	if (!wf_slice_equal(wf_buffer_since(&left, 0), wf_buffer_since(&right, 0)))
		fail_msg("%s: %.*s and %.*s", text, (int) left.length, left.data, (int) right.length,
				 right.data);
	free(left.data);
	free(right.data);
}

/* Each of the modes that change a value's form, at each of its settings. */
static void
same_in_all_modes(const WfType *type, const WfValue *a, const WfValue *b, const char *text)
{
	for (int mode = 0; mode < 7; mode++)
	{
		options.decimal_mode = mode % 3;
		options.time_mode = mode;
		options.interval_mode = mode % 2;
		options.binary_mode = mode % 4;
		same_json(type, a, b, text);
	}
	set_defaults(NULL);
}

static void
same_as_text(const WfType *type, const char *bytes, size_t length, const char *text)
{
	Given		given = give(type, bytes, length);
	size_t		size = wf_text_scratch_size(type, strlen(text));
	WfScratch	scratch = {malloc(size), size, 0};
	WfValue		from_bytes;
	WfValue		from_text;

	if (!wf_read_binary(&given.scratch, type, given.bytes, &from_bytes))
		fail_msg("the bytes of %s were not read", text);
	assert_true(wf_read_text(&scratch, type, wf_slice(text, strlen(text)), &from_text));
	assert_int_equal(from_bytes.state, WF_VALUE_PRESENT);
	same_in_all_modes(type, &from_bytes, &from_text, text);
	free(scratch.memory);
	forget(&given);
}

static void
test_same_as_text(void **state)
{
	WfType		type;

	(void) state;
	for (size_t i = 0; i < COUNT(strict); i++)
	{
		type = type_of(&strict[i]);
		same_as_text(&type, strict[i].bytes, strict[i].length, strict[i].text);
	}
	for (size_t i = 0; i < COUNT(loose); i++)
	{
		type = type_of(&loose[i]);
		same_as_text(&type, loose[i].bytes, loose[i].length, loose[i].text);
	}
}

static void
test_numeric_is_in_normal_form(void **state)
{
	static const char zeros[] = "\0\4\0\2\x40\0\0\4\0\0\0\1\0\2\0\0";
	static const char nothing[] = "\0\2\0\5\x40\0\0\3\0\0\0\0";
	WfType		type = {.kind = WF_TYPE_NUMERIC, .typmod = -1};
	char		memory[128];
	WfScratch	scratch = {memory, sizeof(memory), 0};
	WfValue		value;

	(void) state;
	assert_true(wf_read_binary(&scratch, &type, wf_slice(zeros, sizeof(zeros) - 1), &value));
	assert_int_equal(value.as.numeric.weight, 1);
	assert_int_equal(value.as.numeric.digit_count, 2);
	assert_int_equal(value.as.numeric.digits[0], 1);
	assert_int_equal(value.as.numeric.digits[1], 2);
	assert_int_equal(value.as.numeric.dscale, 4);
	assert_int_equal(value.as.numeric.sign, WF_NUMERIC_NEGATIVE);
	assert_true(wf_read_binary(&scratch, &type, wf_slice(nothing, sizeof(nothing) - 1), &value));
	assert_int_equal(value.as.numeric.weight, 0);
	assert_int_equal(value.as.numeric.digit_count, 0);
	assert_int_equal(value.as.numeric.dscale, 3);
	assert_int_equal(value.as.numeric.sign, WF_NUMERIC_POSITIVE);
}

static void
test_money_of_other_fraction_digits(void **state)
{
	WfType		type = {
		.kind = WF_TYPE_MONEY, .typmod = -1, .has_money_digits = true, .money_digits = 0
	};
	WfScratch	scratch = {NULL, 0, 0};
	WfValue		value;

	(void) state;
	assert_true(wf_read_binary(&scratch, &type, wf_slice("\0\0\0\0\0\0\4\xD2", 8), &value));
	assert_int_equal(value.as.money.units, 1234);
	assert_int_equal(value.as.money.fraction_digits, 0);
	type.money_digits = 3;
	same_as_text(&type, BYTES("\0\0\0\0\0\0\4\xD2"), "$12.34");
}

/* ---- damage ---- */

/* Any bit may be another, which is another value or none. */
static void
flip_bits(const WfType *type, const char *bytes, size_t length)
{
	char	   *copy = malloc(length > 0 ? length : 1);

	memcpy(copy, bytes, length);
	for (size_t i = 0; i < length; i++)
		for (int bit = 0; bit < 8; bit++)
		{
			copy[i] = (char) (copy[i] ^ 1 << bit);
			(void) is_read(type, copy, length);
			copy[i] = (char) (copy[i] ^ 1 << bit);
		}
	free(copy);
}

static void
refuse_other_lengths(const WfType *type, const char *bytes, size_t length)
{
	char	   *longer = malloc(length + 1);

	for (size_t shorter = 0; shorter < length; shorter++)
		assert_false(is_read(type, bytes, shorter));
	memcpy(longer, bytes, length);
	longer[length] = 0;
	assert_false(is_read(type, longer, length + 1));
	free(longer);
}

static void
test_damage(void **state)
{
	WfType		type;

	(void) state;
	for (size_t i = 0; i < COUNT(strict); i++)
	{
		type = type_of(&strict[i]);
		refuse_other_lengths(&type, strict[i].bytes, strict[i].length);
		flip_bits(&type, strict[i].bytes, strict[i].length);
	}
	for (size_t i = 0; i < COUNT(loose); i++)
	{
		type = type_of(&loose[i]);
		flip_bits(&type, loose[i].bytes, loose[i].length);
	}
}

static void
test_what_is_not_sent(void **state)
{
	static const Case cases[] = {
		CASE(BOOL, "\2", NULL),
		/* digits, sign, scale and what it would hide */
		CASE(NUMERIC, "\0\1\0\0\0\0\0\0\x27\x10", NULL),
		CASE(NUMERIC, "\0\1\0\0\0\0\0\0\xFF\xFF", NULL),
		CASE(NUMERIC, "\0\1\0\0\0\1\0\0\0\1", NULL),
		CASE(NUMERIC, "\0\1\0\0\xC0\0\0\0\0\1", NULL),
		CASE(NUMERIC, "\0\1\0\0\0\0\x40\0\0\1", NULL),
		CASE(NUMERIC, "\0\1\xFF\xFF\0\0\0\3\0\1", NULL),
		CASE(NUMERIC, "\0\2\0\0\0\0\0\0\0\1\x03\xE8", NULL),
		CASE(NUMERIC, "\xFF\xFF\0\0\0\0\0\0", NULL),
		/* more or fewer bits than there are, bits behind the last one */
		CASE(BIT, "\0\0\0\x11\0\0", NULL),
		CASE(BIT, "\0\0\0\x08\0\0", NULL),
		CASE(BIT, "\xFF\xFF\xFF\xFF", NULL),
		CASE(BIT, "\0\0\0\3\x10", NULL),
		/* a day and a microsecond beyond */
		CASE(DATE, "\xFF\xDA\x97\xA6", NULL),
		CASE(DATE, "\x7F\xDA\x97\x0D", NULL),
		CASE(TIME, "\0\0\0\x14\x1D\xD7\x60\1", NULL),
		CASE(TIME, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", NULL),
		CASE(TIMETZ, "\0\0\0\x14\x1D\xD7\x60\1\0\0\0\0", NULL),
		CASE(TIMETZ, "\0\0\0\0\0\0\0\0\0\0\xE1\0", NULL),
		CASE(TIMESTAMP, "\xFD\x0F\x7C\xC1\x41\x1F\x9F\xFF", NULL),
		CASE(TIMESTAMPTZ, "\x7F\xFF\xFF\x5B\xB3\xB2\xA0\1", NULL),
		/* jsonb of another version, or none */
		CASE_OF(WF_JSONB_OID, JSON, "\2{}", NULL),
		CASE_OF(WF_JSONB_OID, JSON, "", NULL),
		CASE(PATH, "\2\0\0\0\1" DOUBLE_1 DOUBLE_1, NULL),
		CASE(PATH, "\1\0\0\0\0", NULL),
		CASE(POLYGON, "\0\0\0\0", NULL),
		CASE(POLYGON, "\xFF\xFF\xFF\xFF", NULL),
		CASE(POLYGON, "\x10\0\0\1" DOUBLE_1 DOUBLE_1, NULL),
		CASE(GEOMETRY, "\1\7\0\0\0\0\0\0", NULL),
		/* no numbers, what must be 0, indices that do not rise */
		CASE(VECTOR, "\0\0\0\0", NULL),
		CASE(VECTOR, "\0\1\0\1\x3F\x80\0\0", NULL),
		CASE(SPARSEVEC, "\0\0\0\5\0\0\0\0\0\0\0\1", NULL),
		CASE(SPARSEVEC, "\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\2\x3F\x80\0\0\x40\x20\0\0", NULL),
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		WfType		type = type_of(&cases[i]);

		if (is_read(&type, cases[i].bytes, cases[i].length))
			fail_msg("case %zu, %s, was read", i, wf_type_kind_name(cases[i].kind));
	}
}

static void
test_too_little_scratch(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(strict); i++)
	{
		WfType		type = type_of(&strict[i]);
		Given		given = give(&type, strict[i].bytes, strict[i].length);
		WfValue		value;

		for (size_t size = 0; size < given.scratch.size; size++)
		{
			WfScratch	scratch = {malloc(size > 0 ? size : 1), size, 0};

			if (wf_read_binary(&scratch, &type, given.bytes, &value))
				same_as_text(&type, strict[i].bytes, strict[i].length, strict[i].text);
			free(scratch.memory);
		}
		forget(&given);
	}
}

/* ---- the list ---- */

static void
test_list(void **state)
{
	static const WfTypeKind outside[] = {
		WF_TYPE_HSTORE, WF_TYPE_LTREE, WF_TYPE_ISBN, WF_TYPE_COMPOUND, WF_TYPE_OTHER
	};
	bool		found[WF_TYPE_OTHER + 1] = {false};

	(void) state;
	for (size_t i = 0; i < COUNT(strict); i++)
		found[strict[i].kind] = true;
	for (size_t i = 0; i < COUNT(loose); i++)
		found[loose[i].kind] = loose[i].oid != WF_XML_OID;
	for (int kind = 0; kind <= WF_TYPE_OTHER; kind++)
	{
		WfType		type = {.kind = kind, .element_kind = WF_TYPE_OTHER, .typmod = -1};
		WfType		array = {.kind = WF_TYPE_ARRAY, .element_kind = kind, .typmod = -1};

		/* each kind of the list is tested here */
		assert_int_equal(wf_type_is_read_binary(&type), found[kind]);
		assert_int_equal(wf_type_is_read_binary(&array), found[kind]);
		/* an empty array has nothing of its elements' kind */
		assert_int_equal(is_read(&array, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0")), found[kind]);
	}
	/* xml has no kind of its own */
	assert_true(wf_type_is_read_binary(&(WfType) {.kind = WF_TYPE_OTHER, .oid = WF_XML_OID}));
	for (size_t i = 0; i < COUNT(outside); i++)
	{
		WfType		type = {.kind = outside[i], .element_kind = WF_TYPE_OTHER, .typmod = -1};

		assert_false(wf_type_is_read_binary(&type));
		assert_false(is_read(&type, BYTES("\1")));
	}
}

/* ---- arrays ---- */

static const WfType int4s = {
	.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT4, .oid = 1007, .element_oid = 23,
	.typmod = -1
};

#define INT4S "\0\0\0\x17"		/* the elements' OID */
#define INT4(byte) "\0\0\0\4\0\0\0" byte
#define NULL_ELEMENT "\xFF\xFF\xFF\xFF"
#define DIMENSION(length, lower) "\0\0\0" length "\0\0\0" lower

static void
test_arrays(void **state)
{
	static const WfType numerics = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_NUMERIC, .element_oid = 1700,
		.typmod = -1
	};
	static const WfType jsonbs = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_JSON, .element_oid = WF_JSONB_OID,
		.typmod = -1
	};
	static const WfType boxes = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_BOX, .element_oid = 603, .typmod = -1
	};
	static const WfType int2vector = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT2, .oid = WF_INT2VECTOR_OID,
		.element_oid = 21, .typmod = -1
	};

	(void) state;
	options.array_handling = WF_ARRAYS_JSON;
	same_as_text(&int4s, BYTES("\0\0\0\0\0\0\0\0" INT4S), "{}");
	same_as_text(&int4s, BYTES("\0\0\0\1\0\0\0\0" INT4S DIMENSION("\0", "\1")), "{}");
	same_as_text(&int4s, BYTES("\0\0\0\1\0\0\0\1" INT4S DIMENSION("\3", "\1")
							   INT4("\5") NULL_ELEMENT INT4("\7")), "{5,NULL,7}");
	same_as_text(&int4s, BYTES("\0\0\0\2\0\0\0\0" INT4S DIMENSION("\2", "\3") DIMENSION("\1", "\0")
							   INT4("\5") INT4("\7")), "[3:4][0:0]={{5},{7}}");
	same_as_text(&numerics, BYTES("\0\0\0\1\0\0\0\0\0\0\6\xA4" DIMENSION("\2", "\1")
								  "\0\0\0\x0A\0\1\0\0\0\0\0\0\0\1"
								  "\0\0\0\x0C\0\2\0\0\x40\0\0\1\0\1\x13\x88"), "{1,-1.5}");
	same_as_text(&jsonbs, BYTES("\0\0\0\1\0\0\0\0\0\0\x0E\xDA" DIMENSION("\1", "\1")
								"\0\0\0\3\1{}"), "{\"{}\"}");
	same_as_text(&boxes, BYTES("\0\0\0\1\0\0\0\1\0\0\2\x5B" DIMENSION("\2", "\1") "\0\0\0\x20"
							   DOUBLE_3 DOUBLE_2 DOUBLE_1 DOUBLE_1 NULL_ELEMENT),
				 "{(3,2),(1,1);NULL}");
	same_as_text(&int2vector, BYTES("\0\0\0\1\0\0\0\0\0\0\0\x15" DIMENSION("\2", "\0")
									"\0\0\0\2\0\1\0\0\0\2\xFF\xFE"), "1 -2");
	same_as_text(&int2vector, BYTES("\0\0\0\1\0\0\0\0\0\0\0\x15" DIMENSION("\0", "\0")), "");
}

static void
test_damaged_arrays(void **state)
{
	static const char whole[] = "\0\0\0\2\0\0\0\1" INT4S DIMENSION("\2", "\1") DIMENSION("\2", "\1")
	INT4("\5") NULL_ELEMENT INT4("\7") INT4("\x08");
	static const Case cases[] = {
		CASE(ARRAY, "\xFF\xFF\xFF\xFF\0\0\0\0" INT4S, "dimensions below 0"),
		CASE(ARRAY, "\0\0\0\7\0\0\0\0" INT4S DIMENSION("\1", "\1") DIMENSION("\1", "\1")
			 DIMENSION("\1", "\1") DIMENSION("\1", "\1") DIMENSION("\1", "\1")
			 DIMENSION("\1", "\1") DIMENSION("\1", "\1") INT4("\1"), "seven dimensions"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\2" INT4S DIMENSION("\1", "\1") INT4("\5"), "flags"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0\0\0\0\x15" DIMENSION("\1", "\1") INT4("\5"), "another OID"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0" INT4S "\xFF\xFF\xFF\xFF\0\0\0\1", "length below 0"),
		CASE(ARRAY, "\0\0\0\2\0\0\0\0" INT4S "\x7F\xFF\xFF\xFF\0\0\0\1\x7F\xFF\xFF\xFF\0\0\0\1"
			 INT4("\5"), "more elements than bytes"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0" INT4S DIMENSION("\1", "\1") "\xFF\xFF\xFF\xFE",
			 "an element's length below -1"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0" INT4S DIMENSION("\1", "\1") "\0\0\0\5\0\0\0\1\0",
			 "an element too long"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0" INT4S DIMENSION("\1", "\1") INT4("\5") INT4("\6"),
			 "one element too many"),
		CASE(ARRAY, "\0\0\0\1\0\0\0\0" INT4S DIMENSION("\2", "\1") INT4("\5"),
			 "one element too few"),
		CASE(ARRAY, "\0\0\0\0\0\0\0\0" INT4S INT4("\5"), "elements of none"),
	};
	WfType		of_domains = int4s;

	(void) state;
	assert_true(is_read(&int4s, BYTES("\0\0\0\1\0\0\0\0" INT4S DIMENSION("\1", "\1") INT4("\5"))));
	refuse_other_lengths(&int4s, whole, sizeof(whole) - 1);
	flip_bits(&int4s, whole, sizeof(whole) - 1);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (is_read(&int4s, cases[i].bytes, cases[i].length))
			fail_msg("%s: was read", cases[i].text);

	/* the OID of the domain itself, which nobody told */
	of_domains.element_is_domain = true;
	assert_true(is_read(&of_domains, BYTES("\0\0\0\1\0\0\0\0\0\1\0\0" DIMENSION("\1", "\1")
										   INT4("\5"))));
}

/* The scratch that one element has used is the next one's. */
static void
test_array_scratch_is_reused(void **state)
{
	static const WfType bits = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_BIT, .element_oid = 1562, .typmod = -1
	};
	static const char bytes[] = "\0\0\0\1\0\0\0\0\0\0\6\x1A" DIMENSION("\3", "\1")
	"\0\0\0\5\0\0\0\x08\xF0" "\0\0\0\6\0\0\0\x10\x0F\x0F" "\0\0\0\5\0\0\0\3\xA0";
	static const char *const expected[] = {"11110000", "0000111100001111", "101"};
	Given		given = give(&bits, bytes, sizeof(bytes) - 1);
	WfValue		value;
	WfValue		element;

	(void) state;
	assert_true(wf_read_binary(&given.scratch, &bits, given.bytes, &value));
	for (int round = 0; round < 2; round++)
	{
		for (size_t i = 0; i < COUNT(expected); i++)
		{
			assert_true(value.as.array->next(value.as.array, &element));
			assert_true(wf_slice_equal(element.as.text, wf_slice_of(expected[i])));
		}
		assert_false(value.as.array->next(value.as.array, &element));
		value.as.array->rewind(value.as.array);
	}
	forget(&given);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_text),
		cmocka_unit_test(test_numeric_is_in_normal_form),
		cmocka_unit_test(test_money_of_other_fraction_digits),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_what_is_not_sent),
		cmocka_unit_test(test_too_little_scratch),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_damaged_arrays),
		cmocka_unit_test(test_array_scratch_is_reused),
	};

	return cmocka_run_group_tests(tests, set_defaults, NULL);
}
