/*
 * config_resolve.c
 *		Values that stand elsewhere: ${file:/path}, ${file:/path:key}, ${env:NAME}.
 *
 * No message names what a file or variable holds: that is where secrets live.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "heap_buffer.h"
#include "properties.h"

#define READ_BYTES 4096

bool
config_read_file(const char *path, WfBuffer *text, char *error, size_t error_size)
{
	FILE	   *file = fopen(path, "re");
	bool		ok;

	if (file == NULL)
	{
		snprintf(error, error_size, "%s", strerror(errno));
		return false;
	}
	errno = 0;
	while (wf_buffer_reserve(text, 1))
	{
		size_t		room = text->capacity - text->length;
		size_t		got = fread(text->data + text->length, 1, room < READ_BYTES ? room : READ_BYTES,
								file);

		if (got == 0)
			break;
		text->length += got;
	}
	ok = !ferror(file) && text->error == WF_BUFFER_OK;
	if (ferror(file))
		snprintf(error, error_size, "%s", strerror(errno));
	else if (!ok)
		snprintf(error, error_size, "it holds %d bytes or more", CONFIG_FILE_BYTES_MAX);
	fclose(file);
	return ok;
}

/* The entry `key` of the properties file, or the whole file without its last line end. */
static bool
append_file(WfBuffer *value, const char *path, const char *key, char *error, size_t error_size)
{
	WfBuffer	text;
	Properties	properties = {0};
	const char *found = NULL;
	char		reason[256];
	bool		ok;

	heap_buffer_init_secret(&text, CONFIG_FILE_BYTES_MAX);
	ok = config_read_file(path, &text, reason, sizeof(reason));
	if (!ok)
		snprintf(error, error_size, "file \"%s\": %s", path, reason);
	else if (key == NULL)
	{
		while (text.length > 0 &&
			   (text.data[text.length - 1] == '\n' || text.data[text.length - 1] == '\r'))
			text.length--;
		if (text.length > 0 && memchr(text.data, '\0', text.length) != NULL)
		{
			snprintf(error, error_size, "file \"%s\" holds a NUL byte", path);
			ok = false;
		}
		else
			wf_buffer_append(value, text.data, text.length);
	}
	else
	{
		if (text.length > 0 && !properties_parse(&properties, text.data, text.length))
		{
			snprintf(error, error_size, "file \"%s\", line %d: %s", path, properties.error_line,
					 properties.error);
			ok = false;
		}
		for (int i = 0; i < properties.count; i++)
		{
			if (strcmp(properties.entries[i].name, key) == 0)
				found = properties.entries[i].value;
		}
		if (ok && found == NULL)
		{
			snprintf(error, error_size, "file \"%s\" has no entry \"%s\"", path, key);
			ok = false;
		}
		else if (ok)
			wf_buffer_append(value, found, strlen(found));
		properties_free(&properties);
	}
	heap_buffer_free(&text);
	return ok;
}

/* reference: what stands between ${ and }, to be cut apart in place. */
static bool
append_reference(WfBuffer *value, char *reference, char *error, size_t error_size)
{
	char	   *argument = strchr(reference, ':') + 1;
	const char *found;
	char	   *key;

	argument[-1] = '\0';
	if (strcmp(reference, "env") == 0)
	{
		found = getenv(argument);
		if (found == NULL)
		{
			snprintf(error, error_size, "environment variable %s is not set", argument);
			return false;
		}
		wf_buffer_append(value, found, strlen(found));
		return true;
	}
	if (strcmp(reference, "file") == 0)
	{
		key = strchr(argument, ':');
		if (key != NULL)
			*key++ = '\0';
		return append_file(value, argument, key, error, error_size);
	}
	snprintf(error, error_size,
			 "there is no provider \"%s\"; ${file:/path}, ${file:/path:key} and ${env:NAME} work",
			 reference);
	return false;
}

char *
config_resolve(const char *raw, char *error, size_t error_size)
{
	WfBuffer	value;
	char	   *result = NULL;
	bool		ok = true;

	heap_buffer_init_secret(&value, CONFIG_VALUE_BYTES_MAX + 1);
	while (ok && *raw != '\0')
	{
		size_t		plain = strcspn(raw, "$");
		const char *end;
		size_t		length;

		wf_buffer_append(&value, raw, plain);
		raw += plain;
		if (*raw == '\0')
			break;
		end = raw[1] == '{' ? strchr(raw, '}') : NULL;
		if (end == NULL && (strncmp(raw, "${file:", 7) == 0 || strncmp(raw, "${env:", 6) == 0))
		{
			snprintf(error, error_size, "\"%.*s\" has no closing brace", raw[2] == 'f' ? 7 : 6, raw);
			ok = false;
			break;
		}
		length = end == NULL ? 0 : (size_t) (end - raw - 2);
		if (length == 0 || memchr(raw + 2, ':', length) == NULL)
		{
			wf_buffer_append_char(&value, *raw++);
			continue;
		}
		result = strndup(raw + 2, length);
		ok = result != NULL && append_reference(&value, result, error, error_size);
		if (result == NULL)
			snprintf(error, error_size, "out of memory");
		free(result);
		result = NULL;
		raw = end + 1;
	}
	if (ok)
	{
		wf_buffer_append_char(&value, '\0');
		if (value.error == WF_BUFFER_OK)
			result = strdup(value.data);
		else
			snprintf(error, error_size, "it is longer than %d bytes", CONFIG_VALUE_BYTES_MAX);
	}
	heap_buffer_free(&value);
	return result;
}
