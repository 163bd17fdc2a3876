/*
 * value_bytes.c
 *		bytea and bit strings, in every binary.handling.mode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

static void
write_hex(WfBuffer *buffer, WfSlice bytes)
{
	static const char digits[] = "0123456789abcdef";
	char	   *out;

	if (!wf_buffer_reserve(buffer, 2 * bytes.length + 2))
		return;
	out = buffer->data + buffer->length;
	*out++ = '"';
	for (size_t i = 0; i < bytes.length; i++)
	{
		uint8_t		byte = (uint8_t) bytes.data[i];

		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	*out = '"';
	buffer->length += 2 * bytes.length + 2;
}

/* Standard base64 with '-' for '+' and '_' for '/', padding kept. */
static void
write_base64_url_safe(WfBuffer *buffer, WfSlice bytes)
{
	size_t		mark = buffer->length;

	wf_json_base64(buffer, bytes.data, bytes.length);
	if (buffer->error != WF_BUFFER_OK)
		return;
	for (size_t i = mark; i < buffer->length; i++)
	{
		if (buffer->data[i] == '+')
			buffer->data[i] = '-';
		else if (buffer->data[i] == '/')
			buffer->data[i] = '_';
	}
}

void
wf_write_bytes(WfBuffer *buffer, WfForm form, WfSlice bytes)
{
	switch (form)
	{
		case WF_FORM_BYTES_BASE64_URL_SAFE:
			write_base64_url_safe(buffer, bytes);
			break;
		case WF_FORM_BYTES_HEX:
			write_hex(buffer, bytes);
			break;
		default:
			wf_json_base64(buffer, bytes.data, bytes.length);
			break;
	}
}

/*
 * text: digits 0 and 1.  As io.debezium.data.Bits has them: the number that the
 * digits are, its least byte first, without the zero bytes at its end.  The
 * bytes are put together behind the room that their base64 takes.
 */
WfValueResult
wf_write_bits(WfBuffer *buffer, const WfField *field, WfSlice text)
{
	size_t		zeros = 0;
	size_t		length;
	size_t		base64_length;
	char	   *bytes;

	if (field->form == WF_FORM_BIT_BOOLEAN)
	{
		wf_json_bool(buffer, text.length > 0 && text.data[text.length - 1] == '1');
		return WF_VALUE_WRITTEN;
	}
	while (zeros < text.length && text.data[zeros] != '1')
		zeros++;
	length = (text.length - zeros + 7) / 8;
	base64_length = (length + 2) / 3 * 4 + 2;
	if (!wf_buffer_reserve_scratch(buffer, base64_length, length))
		return WF_VALUE_WRITTEN;
	bytes = buffer->data + buffer->length + base64_length;
	memset(bytes, 0, length);
	for (size_t i = zeros; i < text.length; i++)
	{
		size_t		bit = text.length - 1 - i;

		if (text.data[i] == '1')
			bytes[bit / 8] = (char) (bytes[bit / 8] | 1 << bit % 8);
	}
	wf_json_base64(buffer, bytes, length);
	return WF_VALUE_WRITTEN;
}
