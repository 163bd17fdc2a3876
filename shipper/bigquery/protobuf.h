/*
 * protobuf.h
 *		Protocol Buffers by hand: what AppendRows needs, and no more.
 *
 * Rows have a shape known only at run time and the messages around them are
 * few, so there is nothing for generated structs to do here.  Wire format:
 * protobuf.dev, "Encoding"; messages: google.cloud.bigquery.storage.v1.
 *
 * Writers append to a WfBuffer, whose error is sticky.  The reader is a cursor
 * over bytes that somebody else owns, with a sticky error of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PROTOBUF_H
#define WALFERRY_PROTOBUF_H

#include "envelope/buffer.h"

typedef enum PbWireType
{
	PB_VARINT = 0,
	PB_FIXED64 = 1,
	PB_BYTES = 2,
	PB_FIXED32 = 5
} PbWireType;

/* FieldDescriptorProto.Type, those that rows use. */
typedef enum PbFieldType
{
	PB_TYPE_DOUBLE = 1,
	PB_TYPE_INT64 = 3,
	PB_TYPE_INT32 = 5,
	PB_TYPE_BOOL = 8,
	PB_TYPE_STRING = 9,
	PB_TYPE_BYTES = 12
} PbFieldType;

#define PB_VARINT_BYTES_MAX 10

static inline size_t
pb_varint_size(uint64_t value)
{
	size_t		size = 1;

	while (value >= 0x80)
	{
		value >>= 7;
		size++;
	}
	return size;
}

/* Writes at p, returns the byte behind it. */
static inline uint8_t *
pb_put_varint(uint8_t *p, uint64_t value)
{
	while (value >= 0x80)
	{
		*p++ = (uint8_t) (value | 0x80);
		value >>= 7;
	}
	*p++ = (uint8_t) value;
	return p;
}

static inline void
pb_varint(WfBuffer *buffer, uint64_t value)
{
	if (wf_buffer_reserve(buffer, PB_VARINT_BYTES_MAX))
	{
		uint8_t    *start = (uint8_t *) buffer->data + buffer->length;

		buffer->length += (size_t) (pb_put_varint(start, value) - start);
	}
}

static inline void
pb_tag(WfBuffer *buffer, int field, PbWireType wire_type)
{
	pb_varint(buffer, (uint64_t) field << 3 | wire_type);
}

static inline void
pb_int64(WfBuffer *buffer, int field, int64_t value)
{
	pb_tag(buffer, field, PB_VARINT);
	pb_varint(buffer, (uint64_t) value);
}

static inline void
pb_double(WfBuffer *buffer, int field, double value)
{
	uint64_t	bits;
	uint8_t		bytes[8];

	memcpy(&bits, &value, sizeof(bits));
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t) (bits >> (8 * i));
	pb_tag(buffer, field, PB_FIXED64);
	wf_buffer_append(buffer, bytes, sizeof(bytes));
}

static inline void
pb_bytes(WfBuffer *buffer, int field, const void *bytes, size_t length)
{
	pb_tag(buffer, field, PB_BYTES);
	pb_varint(buffer, length);
	wf_buffer_append(buffer, bytes, length);
}

static inline void
pb_slice(WfBuffer *buffer, int field, WfSlice slice)
{
	pb_bytes(buffer, field, slice.data, slice.length);
}

/*
 * A nested message (or a string written in parts) is opened, written, closed;
 * closing puts its length in front of it.
 */
extern size_t pb_open(WfBuffer *buffer, int field);
extern void pb_close(WfBuffer *buffer, size_t mark);

/* One field of a row, for the DescriptorProto. */
typedef struct PbRowField
{
	const char *name;
	int			number;
	PbFieldType type;
	bool		repeated;
} PbRowField;

/*
 * Appends the content of a google.protobuf.DescriptorProto, or, with
 * message_name NULL, more fields to one.
 */
extern void pb_row_descriptor(WfBuffer *buffer, const char *message_name,
							  const PbRowField *fields, int field_count);

typedef struct PbReader
{
	const uint8_t *data;
	size_t		length;
	size_t		offset;			/* of the next byte, or of the fault */
	const char *error;			/* NULL: nothing wrong */
} PbReader;

typedef struct PbField
{
	int			number;
	PbWireType	wire_type;
	uint64_t	integer;		/* of VARINT, FIXED64 and FIXED32 */
	WfSlice		bytes;			/* of BYTES */
} PbField;

extern void pb_reader_init(PbReader *reader, WfSlice bytes);

/* False at the end (error is NULL) or at a fault. */
extern bool pb_next(PbReader *reader, PbField *field);

#endif							/* WALFERRY_PROTOBUF_H */
