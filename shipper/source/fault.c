/*
 * fault.c
 *		Why something at the source did not work.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fault.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shipper/control.h"

void
source_copy_message(char *target, size_t size, const char *message)
{
	size_t		length;

	snprintf(target, size, "%s", message == NULL ? "" : message);
	length = strlen(target);
	while (length > 0 && isspace((unsigned char) target[length - 1]))
		target[--length] = '\0';
	for (char *p = target; *p != '\0'; p++)
	{
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
}

void
source_fault(SourceFault *fault, bool permanent, const char *format,...)
{
	va_list		arguments;

	memset(fault, 0, sizeof(*fault));
	fault->permanent = permanent;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
}

void
source_fault_stopped(SourceFault *fault)
{
	source_fault(fault, false, "stopped");
	fault->stopped = true;
}

/* What the server says beside its message, in order: `; WORD FIELD` each. */
static void
append_fields(char *target, size_t size, const PGresult *result)
{
	static const struct
	{
		int			code;
		const char *word;
	}			fields[] = {
		{PG_DIAG_MESSAGE_DETAIL, "detail: "},
		{PG_DIAG_MESSAGE_HINT, "hint: "},
		{PG_DIAG_CONTEXT, "context: "}
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		const char *field = PQresultErrorField(result, fields[i].code);
		size_t		length = strlen(target);

		if (field == NULL)
			continue;
		snprintf(target + length, size - length, "; %s", fields[i].word);
		length = strlen(target);
		source_copy_message(target + length, size - length, field);
	}
}

void
source_fault_from_result(SourceFault *fault, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char		text[SOURCE_FAULT_TEXT_MAX - 64];

	source_copy_message(text, sizeof(text),
						message != NULL ? message : PQresultErrorMessage(result));
	append_fields(text, sizeof(text), result);
	source_fault(fault, false, "PostgreSQL says: %s", text);
	if (sqlstate != NULL)
		snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s", sqlstate);
	fault->in_callback = PQresultErrorField(result, PG_DIAG_CONTEXT) != NULL;
}

bool
source_fault_may_pass(const SourceFault *fault)
{
	static const char *const classes[] = {"08", "40", "53", "55", "57", "58"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(fault->sqlstate, classes[i], 2) == 0)
			return true;
	return fault->sqlstate[0] == '\0';
}

bool
source_fault_is_cancelled(const SourceFault *fault)
{
	return strcmp(fault->sqlstate, "55P03") == 0 || strcmp(fault->sqlstate, "57014") == 0;
}

void
source_fault_note(SourceRecurrence *recurrence, SourceFault *fault)
{
	size_t		length = strlen(fault->text);

	if (source_fault_may_pass(fault))
		return;
	if (strcmp(recurrence->text, fault->text) != 0)
		recurrence->count = 0;
	memcpy(recurrence->text, fault->text, length + 1);
	if (++recurrence->count < SOURCE_RECURRENCES_MAX)
		return;
	fault->recurs = true;
	snprintf(fault->text + length, sizeof(fault->text) - length,
			 "; it came up %d times at the same change, and each attempt sends again what comes before "
			 "it, so walferry stops; the slot keeps the changes", recurrence->count);
}

bool
source_fault_is_news(SourceTold *told, const SourceFault *fault)
{
	int64_t		now = control_now_ms();
	bool		is_same = told->pause_ms > 0 && strcmp(told->text, fault->text) == 0;

	if (!fault->slot_in_use)
	{
		told->pause_ms = 0;
		return true;
	}
	if (is_same && now - told->told_ms < told->pause_ms)
		return false;
	told->pause_ms = is_same ? 2 * told->pause_ms : SOURCE_IN_USE_TOLD_MS_FIRST;
	if (told->pause_ms > SOURCE_IN_USE_TOLD_MS_MAX)
		told->pause_ms = SOURCE_IN_USE_TOLD_MS_MAX;
	told->told_ms = now;
	memcpy(told->text, fault->text, sizeof(told->text));
	return true;
}

void
source_fault_from_connection(SourceFault *fault, PGconn *connection)
{
	char		text[SOURCE_FAULT_TEXT_MAX - 64];

	source_copy_message(text, sizeof(text), PQerrorMessage(connection));
	source_fault(fault, false, "the connection to PostgreSQL broke: %s",
				 text[0] != '\0' ? text : "no reason was given");
}
