/*
 * copy_row.c
 *		libFuzzer target: any bytes as messages of COPY ... TO STDOUT.
 *
 * The first byte's lowest bit asks for the binary format; a byte 0xFE ends a message.
 * What is read of one lies in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/snapshot/copy_row.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static PgoutputTuple tuple;

static void
check_row(const CopyReader *reader, const char *message, size_t length)
{
	check(tuple.count >= 0 && tuple.count <= WF_COLUMNS_MAX);
	for (int i = 0; i < tuple.count; i++)
	{
		const PgoutputField *field = &tuple.fields[i];

		if (field->kind == PGOUTPUT_FIELD_NULL)
			continue;
		check(field->kind == (reader->binary ? PGOUTPUT_FIELD_BINARY : PGOUTPUT_FIELD_TEXT));
		check(field->bytes.data >= message && field->bytes.length <= length);
		check((size_t) (field->bytes.data - message) <= length - field->bytes.length);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CopyReader	reader = {.binary = size > 0 && (data[0] & 1) != 0};
	size_t		begin = 1;

	while (begin < size)
	{
		const uint8_t *stop = memchr(data + begin, 0xFE, size - begin);
		size_t		length = (stop != NULL ? (size_t) (stop - data) : size) - begin;
		char	   *message = malloc(length > 0 ? length : 1);
		CopyRow		kind;

		check(message != NULL);
		memcpy(message, data + begin, length);
		kind = copy_row_read(&reader, message, length, &tuple);
		if (kind == COPY_ROW)
			check_row(&reader, message, length);
		check(kind != COPY_NOT_UNDERSTOOD || reader.error != NULL);
		free(message);
		begin += length + 1;
		if (kind == COPY_NOT_UNDERSTOOD)
			break;
	}
	return 0;
}
