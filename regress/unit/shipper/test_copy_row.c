/*
 * test_copy_row.c
 *		Rows of COPY, as the server sends them and as it never would.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/snapshot/copy_row.h"

#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"

static PgoutputTuple tuple;

/* A copy of just its size, so that what is read beyond is noticed. */
static CopyRow
read_message(CopyReader *reader, const char *bytes, size_t length, char **message)
{
	*message = malloc(length > 0 ? length : 1);
	memcpy(*message, bytes, length);
	return copy_row_read(reader, *message, length, &tuple);
}

static void
assert_field(int number, PgoutputFieldKind kind, const char *bytes, size_t length)
{
	assert_int_equal(tuple.fields[number].kind, kind);
	if (kind == PGOUTPUT_FIELD_NULL)
		return;
	assert_int_equal(tuple.fields[number].bytes.length, length);
	assert_memory_equal(tuple.fields[number].bytes.data, bytes, length);
}

#define READ(bytes) read_message(&reader, bytes, sizeof(bytes) - 1, &message)
#define FIELD(number, kind, bytes) assert_field(number, kind, bytes, sizeof(bytes) - 1)

static void
test_text(void **state)
{
	CopyReader	reader = {.binary = false};
	char	   *message;

	(void) state;
	assert_int_equal(READ("1\t\\N\t\ta\\tb\\\\c\\n\\r\\b\\f\\v\t\\\\N\n"), COPY_ROW);
	assert_int_equal(tuple.count, 5);
	FIELD(0, PGOUTPUT_FIELD_TEXT, "1");
	FIELD(1, PGOUTPUT_FIELD_NULL, "");
	FIELD(2, PGOUTPUT_FIELD_TEXT, "");
	FIELD(3, PGOUTPUT_FIELD_TEXT, "a\tb\\c\n\r\b\f\v");
	FIELD(4, PGOUTPUT_FIELD_TEXT, "\\N");
	free(message);
	assert_int_equal(READ("\n"), COPY_ROW);
	assert_int_equal(tuple.count, 1);
	FIELD(0, PGOUTPUT_FIELD_TEXT, "");
	free(message);
}

static void
test_text_refused(void **state)
{
	static const char *const refused[] = {
		"", "1", "1\n2\n", "\\x41\n", "\\\n", "a\\\t1\n", "\\007\n", "\\.x\n"
	};
	char		wide[2 * WF_COLUMNS_MAX + 2];
	CopyReader	reader = {.binary = false};
	char	   *message;

	(void) state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		reader.error = NULL;
		assert_int_equal(read_message(&reader, refused[i], strlen(refused[i]), &message),
						 COPY_NOT_UNDERSTOOD);
		assert_non_null(reader.error);
		free(message);
	}

	/* as many columns as there can be, and one more */
	for (int i = 0; i < WF_COLUMNS_MAX + 1; i++)
		memcpy(wide + 2 * i, "x\t", 2);
	wide[2 * WF_COLUMNS_MAX - 1] = '\n';
	assert_int_equal(read_message(&reader, wide, 2 * WF_COLUMNS_MAX, &message), COPY_ROW);
	assert_int_equal(tuple.count, WF_COLUMNS_MAX);
	free(message);
	wide[2 * WF_COLUMNS_MAX - 1] = '\t';
	wide[2 * WF_COLUMNS_MAX + 1] = '\n';
	assert_int_equal(read_message(&reader, wide, sizeof(wide), &message), COPY_NOT_UNDERSTOOD);
	free(message);
}

static void
test_binary(void **state)
{
	CopyReader	reader = {.binary = true};
	char	   *message;

	(void) state;
	assert_int_equal(READ(HEADER "\0\2\0\0\0\3abc\377\377\377\377"), COPY_ROW);
	assert_int_equal(tuple.count, 2);
	FIELD(0, PGOUTPUT_FIELD_BINARY, "abc");
	FIELD(1, PGOUTPUT_FIELD_NULL, "");
	free(message);
	assert_int_equal(READ("\0\0"), COPY_ROW);
	assert_int_equal(tuple.count, 0);
	free(message);
	assert_int_equal(READ("\0\1\0\0\0\0"), COPY_ROW);
	FIELD(0, PGOUTPUT_FIELD_BINARY, "");
	free(message);
	assert_int_equal(READ("\377\377"), COPY_NO_ROW);
	free(message);
	assert_int_equal(READ("\0\0"), COPY_NOT_UNDERSTOOD);
	free(message);
}

static void
test_binary_alone(void **state)
{
	CopyReader	reader = {.binary = true};
	char	   *message;

	/*
	 * the header, and the trailer of a table without rows, may come apart or
	 * not
	 */
	(void) state;
	assert_int_equal(READ(HEADER), COPY_NO_ROW);
	free(message);
	assert_int_equal(READ("\377\377"), COPY_NO_ROW);
	free(message);
	reader = (CopyReader) {.binary = true};
	assert_int_equal(READ(HEADER "\377\377"), COPY_NO_ROW);
	free(message);
	reader = (CopyReader) {.binary = true};
	assert_int_equal(READ("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\2xx\0\0"), COPY_ROW);
	free(message);
}

static void
test_binary_refused(void **state)
{
	static const struct
	{
		const char *bytes;
		size_t		length;
	}			refused[] = {
#define REFUSED(bytes) {bytes, sizeof(bytes) - 1}
		REFUSED(""), REFUSED("PGCOPY\n\377\r\n"), REFUSED("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0"),
		REFUSED("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\1"), REFUSED(HEADER "\0"), REFUSED(HEADER "\0\1\0\0\0"),
		REFUSED(HEADER "\0\1\0\0\0\2x"), REFUSED(HEADER "\0\1\377\377\377\376"),
		REFUSED(HEADER "\0\1\0\0\0\1xy"), REFUSED(HEADER "\377\377x"), REFUSED(HEADER "\6\101")
	};

	(void) state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		CopyReader	reader = {.binary = true};
		char	   *message;

		assert_int_equal(read_message(&reader, refused[i].bytes, refused[i].length, &message),
						 COPY_NOT_UNDERSTOOD);
		assert_non_null(reader.error);
		free(message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_refused),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_binary_alone),
		cmocka_unit_test(test_binary_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
