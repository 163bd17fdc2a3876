/*
 * protobuf.c
 *		Protocol Buffers by hand.
 *
 * A nested message's length stands before its content and is written as a
 * varint, so its size is not known when the message is opened.  One byte is
 * kept free, enough for most; a longer message is moved by the few bytes that
 * its length needs more.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/protobuf.h"

/* Members of descriptor.proto that we write. */
enum
{
	DESCRIPTOR_NAME = 1,
	DESCRIPTOR_FIELD = 2,
	FIELD_NAME = 1,
	FIELD_NUMBER = 3,
	FIELD_LABEL = 4,
	FIELD_TYPE = 5,
	LABEL_OPTIONAL = 1,
	LABEL_REPEATED = 3
};

size_t
pb_open(WfBuffer *buffer, int field)
{
	pb_tag(buffer, field, PB_BYTES);
	wf_buffer_append_char(buffer, 0);
	return buffer->length;
}

void
pb_close(WfBuffer *buffer, size_t mark)
{
	size_t		length;
	size_t		more;

	if (buffer->error != WF_BUFFER_OK)
		return;
	length = buffer->length - mark;
	more = pb_varint_size(length) - 1;
	if (more > 0)
	{
		if (!wf_buffer_reserve(buffer, more))
			return;
		memmove(buffer->data + mark + more, buffer->data + mark, length);
		buffer->length += more;
	}
	pb_put_varint((uint8_t *) buffer->data + mark - 1, length);
}

void
pb_row_descriptor(WfBuffer *buffer, const char *message_name,
				  const PbRowField *fields, int field_count)
{
	if (message_name != NULL)
		pb_slice(buffer, DESCRIPTOR_NAME, wf_slice(message_name, strlen(message_name)));
	for (int i = 0; i < field_count; i++)
	{
		size_t		mark = pb_open(buffer, DESCRIPTOR_FIELD);

		pb_slice(buffer, FIELD_NAME, wf_slice(fields[i].name, strlen(fields[i].name)));
		pb_int64(buffer, FIELD_NUMBER, fields[i].number);
		pb_int64(buffer, FIELD_LABEL, fields[i].repeated ? LABEL_REPEATED : LABEL_OPTIONAL);
		pb_int64(buffer, FIELD_TYPE, fields[i].type);
		pb_close(buffer, mark);
	}
}

void
pb_reader_init(PbReader *reader, WfSlice bytes)
{
	reader->data = (const uint8_t *) bytes.data;
	reader->length = bytes.length;
	reader->offset = 0;
	reader->error = NULL;
}

static bool
fail(PbReader *reader, const char *error)
{
	if (reader->error == NULL)
		reader->error = error;
	return false;
}

static bool
read_varint(PbReader *reader, uint64_t *value)
{
	uint64_t	result = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8_t		byte;

		if (reader->offset >= reader->length)
			return fail(reader, "message ends inside a varint");
		byte = reader->data[reader->offset++];
		if (shift == 63 && byte > 1)
			return fail(reader, "varint beyond 64 bits");
		result |= (uint64_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
		{
			*value = result;
			return true;
		}
	}
	return fail(reader, "varint beyond 64 bits");
}

static bool
read_fixed(PbReader *reader, size_t size, uint64_t *value)
{
	uint64_t	result = 0;

	if (reader->length - reader->offset < size)
		return fail(reader, "message ends inside a fixed-size field");
	for (size_t i = 0; i < size; i++)
		result |= (uint64_t) reader->data[reader->offset + i] << (8 * i);
	reader->offset += size;
	*value = result;
	return true;
}

bool
pb_next(PbReader *reader, PbField *field)
{
	uint64_t	tag;
	uint64_t	length;

	if (reader->error != NULL || reader->offset >= reader->length)
		return false;
	if (!read_varint(reader, &tag))
		return false;
	if (tag >> 3 == 0 || tag >> 3 > 536870911)
		return fail(reader, "field number out of range");
	field->number = (int) (tag >> 3);
	field->wire_type = (PbWireType) (tag & 7);
	field->integer = 0;
	field->bytes = wf_slice("", 0);
	switch (tag & 7)
	{
		case PB_VARINT:
			return read_varint(reader, &field->integer);
		case PB_FIXED64:
			return read_fixed(reader, 8, &field->integer);
		case PB_FIXED32:
			return read_fixed(reader, 4, &field->integer);
		case PB_BYTES:
			if (!read_varint(reader, &length))
				return false;
			if (length > reader->length - reader->offset)
				return fail(reader, "message ends inside a field");
			field->bytes = wf_slice((const char *) reader->data + reader->offset, (size_t) length);
			reader->offset += (size_t) length;
			return true;
		default:
			return fail(reader, "unknown wire type");
	}
}
