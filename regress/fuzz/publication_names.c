/*
 * publication_names.c
 *		libFuzzer target: any text as a list of publications' names.
 *
 * A list that is taken has as many names as may be, none of them empty; written
 * in quotes, they are a list that says the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <string.h>

#include "envelope/publication_names.h"
#include "shipper/heap_buffer.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends the names in quotes, separated by commas. */
static int
write_quoted(const char *list, WfBuffer *quoted, WfBuffer *name)
{
	int			count = 0;

	for (wf_buffer_cut(name, 0); wf_publication_names_next(&list, name); wf_buffer_cut(name, 0))
	{
		check(name->length > 0);
		wf_buffer_append(quoted, ",\"", count++ > 0 ? 2 : 0);
		if (count == 1)
			wf_buffer_append_char(quoted, '"');
		for (size_t i = 0; i < name->length; i++)
		{
			if (name->data[i] == '"')
				wf_buffer_append_char(quoted, '"');
			wf_buffer_append_char(quoted, name->data[i]);
		}
		wf_buffer_append_char(quoted, '"');
	}
	wf_buffer_append_char(quoted, '\0');
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfBuffer	list;
	WfBuffer	name;
	WfBuffer	quoted;
	WfBuffer	again;
	int			count;

	heap_buffer_init(&list, 64 * 1024);
	heap_buffer_init(&name, 64 * 1024);
	heap_buffer_init(&quoted, 256 * 1024);
	heap_buffer_init(&again, 256 * 1024);
	wf_buffer_append(&list, data, size);
	wf_buffer_append_char(&list, '\0');
	count = write_quoted(list.data, &quoted, &name);
	if (wf_publication_names_check(list.data) == NULL)
	{
		check(count >= 1 && count <= WF_PUBLICATION_NAMES_MAX);
		check(wf_publication_names_check(quoted.data) == NULL);
		check(write_quoted(quoted.data, &again, &name) == count);
		check(strcmp(quoted.data, again.data) == 0);
	}
	heap_buffer_free(&list);
	heap_buffer_free(&name);
	heap_buffer_free(&quoted);
	heap_buffer_free(&again);
	return 0;
}
