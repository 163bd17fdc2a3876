/*
 * origin.c
 *		Whose record is it?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/origin.h"

#include "envelope/json_reader.h"

/* Goes to the value of an object's member; the object was just begun.  False: none. */
static bool
find_member(WfJsonReader *reader, WfSlice name, WfJsonToken *token)
{
	WfSlice		raw;

	while (wf_json_next(reader) == WF_TOKEN_NAME)
	{
		bool		found = wf_json_text_is(reader, name);

		*token = wf_json_next(reader);
		if (found)
			return *token != WF_TOKEN_ERROR;
		if (!wf_json_skip(reader, *token, &raw))
			return false;
	}
	return false;
}

bool
origin_is_another(WfSlice value, WfSlice prefix)
{
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, value.data, value.length);
	return wf_json_next(&reader) == WF_TOKEN_OBJECT &&
		find_member(&reader, wf_slice("source", 6), &token) && token == WF_TOKEN_OBJECT &&
		find_member(&reader, wf_slice("name", 4), &token) && token == WF_TOKEN_STRING &&
		!wf_json_text_is(&reader, prefix);
}
