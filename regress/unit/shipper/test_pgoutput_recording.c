/*
 * test_pgoutput_recording.c
 *		What pgoutput of real servers has sent is read, whole and only whole.
 *
 * The recording is regress/fuzz/record_pgoutput.py's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdio.h>

#include "shipper/pgoutput/message.h"

#define RECORDING WALFERRY_SOURCE_DIR "/regress/fuzz/corpus/pgoutput_message.recording"
#define LINE_MAX_BYTES 16384

static PgoutputReader reader;

static WfBuffer
bytes_of(const char *digits)
{
	WfBuffer	bytes = heap_fixture();
	unsigned	byte;

	for (; sscanf(digits, "%2x", &byte) == 1; digits += 2)
		wf_buffer_append_char(&bytes, (char) byte);
	return bytes;
}

/* A copy that ends where the message ends, so that ASan sees what goes beyond. */
static bool
read_copy(const char *data, size_t length, PgoutputMessage *message)
{
	char	   *copy = malloc(length > 0 ? length : 1);
	bool		whole;

	memcpy(copy, data, length);
	whole = pgoutput_read(&reader, wf_slice(copy, length), message);
	free(copy);
	return whole;
}

static PgoutputType
expect_read(const char *line, const char *digits)
{
	WfBuffer	bytes = bytes_of(digits);
	PgoutputMessage message;
	PgoutputType type;

	if (!read_copy(bytes.length > 0 ? bytes.data : "", bytes.length, &message))
		fail_msg("%.40s: byte %zu: %s", line, reader.offset, reader.error);
	type = message.type;

	/* nothing at all is an Origin of the first version */
	for (size_t length = 1; length < bytes.length; length++)
		assert_false(read_copy(bytes.data, length, &message));
	if (bytes.length > 0)
	{
		wf_buffer_append_char(&bytes, 'n');
		assert_false(read_copy(bytes.data, bytes.length, &message));
	}
	heap_buffer_free(&bytes);
	return type;
}

static void
all_is_read(void **state)
{
	FILE	   *file = fopen(RECORDING, "r");
	static char line[LINE_MAX_BYTES];
	static int	servers[100];
	static int	types[128];

	(void) state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
	{
		int			server;
		char		parallel[16];
		char		stream[16];
		int			digits = 0;

		assert_int_equal(sscanf(line, "%d %d %15s %15s %n", &server, &reader.version, parallel,
								stream, &digits), 4);
		assert_true(server > 0 && server < 100 && digits > 0);
		reader.parallel = strcmp(parallel, "parallel") == 0;
		reader.in_stream = strcmp(stream, "stream") == 0;
		servers[server]++;
		types[expect_read(line, line + digits)]++;
	}
	fclose(file);
	pgoutput_reader_free(&reader);

	assert_true(servers[13] > 0 && servers[15] > 0 && servers[17] > 0 &&
				servers[18] > 0 && servers[19] > 0);
	for (const char *type = "BOCRYIUDTMSEcA"; *type != '\0'; type++)
		assert_true(types[(int) *type] > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
