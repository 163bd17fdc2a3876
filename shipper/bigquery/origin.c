/*
 * origin.c
 *		Whose record is it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/origin.h"

#include "shipper/bigquery/json_reader.h"

/* Goes to the value of an object's member; the object was just begun.  False: none. */
static bool
find_member(JsonReader *reader, WfSlice name, JsonToken *token)
{
	WfSlice		raw;

	while (json_next(reader) == TOKEN_NAME)
	{
		bool		found = json_text_is(reader, name);

		*token = json_next(reader);
		if (found)
			return *token != TOKEN_ERROR;
		if (!json_skip(reader, *token, &raw))
			return false;
	}
	return false;
}

bool
origin_is_another(WfSlice value, WfSlice prefix)
{
	JsonReader	reader;
	JsonToken	token;

	json_reader_init(&reader, value.data, value.length);
	return json_next(&reader) == TOKEN_OBJECT &&
		find_member(&reader, wf_slice("source", 6), &token) && token == TOKEN_OBJECT &&
		find_member(&reader, wf_slice("name", 4), &token) && token == TOKEN_STRING &&
		!json_text_is(&reader, prefix);
}
