/*
 * log.c
 *		Log lines: one write(2) each, so that lines of several threads never mix.
 *
 * A line is built in a buffer on the stack.  What does not fit is cut away by
 * whole fields, never in the middle of one, so that a JSON line always parses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "envelope/json.h"

#define LOG_LINE_BYTES_MAX 16384
#define LOG_TAIL_BYTES 32		/* kept free for what closes a line */

static LogLevel log_threshold = LOG_LEVEL_INFO;
static bool log_as_json = false;

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error"
};

void
log_init(LogLevel level, bool json)
{
	log_threshold = level;
	log_as_json = json;
}

static bool
never_grow(WfBuffer *buffer, size_t capacity_needed)
{
	(void) buffer;
	(void) capacity_needed;
	return false;
}

static void
append_string(WfBuffer *line, const char *text)
{
	wf_buffer_append(line, text, strlen(text));
}

static void
append_json_string(WfBuffer *line, const char *text)
{
	WfTextForm	form = {0};

	wf_json_string(line, &form, text, strlen(text));
}

/* 2026-11-22T19:07:41.123Z */
static void
append_time(WfBuffer *line)
{
	struct timespec now;
	struct tm	utc;
	char		text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
			 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
			 utc.tm_hour, utc.tm_min, utc.tm_sec, (int) (now.tv_nsec / 1000000));
	append_string(line, text);
}

/* Text that would be ambiguous in name=value is quoted as in JSON. */
static bool
needs_quotes(const char *text)
{
	if (*text == '\0')
		return true;
	for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++)
	{
		if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == 0x7F)
			return true;
	}
	return false;
}

static void
append_value(WfBuffer *line, const LogField *field)
{
	char		number[64];

	switch (field->kind)
	{
		case LOG_FIELD_END:
			return;
		case LOG_FIELD_TEXT:
			if (field->as.text == NULL)
				append_string(line, "null");
			else if (log_as_json || needs_quotes(field->as.text))
				append_json_string(line, field->as.text);
			else
				append_string(line, field->as.text);
			return;
		case LOG_FIELD_INT:
			snprintf(number, sizeof(number), "%" PRId64, field->as.integer);
			break;
		case LOG_FIELD_LSN:
			snprintf(number, sizeof(number), log_as_json ? "\"%X/%X\"" : "%X/%X",
					 (unsigned) (field->as.lsn >> 32), (unsigned) field->as.lsn);
			break;
		case LOG_FIELD_FLOAT:
			wf_json_float8(line, field->as.number);
			return;
	}
	append_string(line, number);
}

static void
append_field(WfBuffer *line, const LogField *field)
{
	if (log_as_json)
	{
		wf_buffer_append_char(line, ',');
		append_json_string(line, field->name);
		wf_buffer_append_char(line, ':');
	}
	else
	{
		wf_buffer_append_char(line, ' ');
		append_string(line, field->name);
		wf_buffer_append_char(line, '=');
	}
	append_value(line, field);
}

/* The message.  One too long for the line is cut, which only callers' sentences can be. */
static void
append_message(WfBuffer *line, const char *message)
{
	WfTextForm	form = {0};
	size_t		length = strlen(message);

	if (length > LOG_LINE_BYTES_MAX / 8)
		length = LOG_LINE_BYTES_MAX / 8;
	if (log_as_json)
		wf_json_string(line, &form, message, length);
	else
		wf_buffer_append(line, message, length);
}

void
log_fields(LogLevel level, const char *area, const char *message, const LogField *fields)
{
	char		memory[LOG_LINE_BYTES_MAX];
	WfBuffer	line = {
		.data = memory,
		.capacity = sizeof(memory) - LOG_TAIL_BYTES,
		.ceiling = sizeof(memory) - LOG_TAIL_BYTES,
		.grow = never_grow
	};
	ssize_t		written;

	if (level < log_threshold)
		return;

	if (log_as_json)
		append_string(&line, "{\"time\":\"");
	append_time(&line);
	append_string(&line, log_as_json ? "\",\"level\":\"" : " ");
	append_string(&line, level_names[level]);
	append_string(&line, log_as_json ? "\",\"area\":\"" : " ");
	append_string(&line, area);
	append_string(&line, log_as_json ? "\",\"message\":" : ": ");
	append_message(&line, message);

	for (const LogField *field = fields; field->kind != LOG_FIELD_END; field++)
	{
		size_t		mark = line.length;

		append_field(&line, field);
		if (line.error != WF_BUFFER_OK)
			wf_buffer_cut(&line, mark);
	}

	line.capacity = line.ceiling = sizeof(memory);
	append_string(&line, log_as_json ? "}\n" : "\n");

	/* a log that cannot be written has nowhere to complain */
	written = write(STDERR_FILENO, line.data, line.length);
	(void) written;
}
