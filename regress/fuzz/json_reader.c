/*
 * json_reader.c
 *		libFuzzer target: any bytes through the JSON tokeniser.
 *
 * It never reads beyond its bytes (the sanitizer sees it).  What it takes for
 * one document, skipping over it must take too, and the raw bytes it gives for
 * that must again be one document.  Unescaping never grows a string.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/json_reader.h"
#include "shipper/heap_buffer.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all tokens; true if they are one document. */
static bool
read_all(const char *data, size_t size)
{
	WfBuffer	buffer;
	WfJsonReader reader;
	WfJsonToken token;
	int64_t		number;

	heap_buffer_init(&buffer, 1024 * 1024);
	wf_json_reader_init(&reader, data, size);
	while ((token = wf_json_next(&reader)) != WF_TOKEN_ERROR && token != WF_TOKEN_END)
	{
		check(reader.token_start < reader.offset && reader.offset <= size);
		if (token == WF_TOKEN_STRING || token == WF_TOKEN_NAME)
		{
			wf_buffer_cut(&buffer, 0);
			wf_json_unescape(reader.text, &buffer);
			check(buffer.length <= reader.text.length);
			check(reader.escaped || buffer.length == reader.text.length);
			wf_json_text_is(&reader, WF_LITERAL("x"));
		}
		else if (token == WF_TOKEN_NUMBER)
			wf_json_read_int64(reader.text, &number);
	}
	check((token == WF_TOKEN_ERROR) == (reader.error != NULL));
	check(wf_json_next(&reader) == token);
	heap_buffer_free(&buffer);
	return token == WF_TOKEN_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfJsonReader reader;
	WfSlice		raw;
	bool		whole = read_all((const char *) data, size);

	wf_json_reader_init(&reader, (const char *) data, size);
	if (wf_json_skip(&reader, wf_json_next(&reader), &raw))
	{
		check(read_all(raw.data, raw.length));
		check(whole == (wf_json_next(&reader) == WF_TOKEN_END));
	}
	else
		check(!whole);
	return 0;
}
