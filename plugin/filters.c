/*
 * filters.c
 *		Filters and masks of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "digest.h"
#include "filters.h"
#include "palloc_buffer.h"
#include "salts.h"

/* An error's text: names and the beginning of an expression. */
#define ERROR_CEILING 8192

struct WfFilters
{
	WfRules		rules;
	WfSlice		database;
	WfEncoding *encoding;
	WfBuffer	error;
};

/* ---- memory ---- */

/* PCRE2 could not be left by an ERROR, so there is NULL where memory ends. */
static void *
allocate(size_t size, void *context)
{
	if (!AllocHugeSizeIsValid(size))
		return NULL;
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

static void
release(void *memory, void *context)
{
	if (memory != NULL)
		pfree(memory);
}

WfMemory
wf_server_memory(MemoryContext context)
{
	WfMemory	memory = {allocate, release, context};

	return memory;
}

/*
 * Raises an error whose text is UTF-8.  In a database of another encoding,
 * what is not ASCII shows as question marks: converting could fail in its turn.
 */
static _Noreturn void
raise_error(WfFilters *filters, int code)
{
	char	   *text = pnstrdup(filters->error.data, filters->error.length);

	if (GetDatabaseEncoding() != PG_UTF8)
		for (char *c = text; *c != '\0'; c++)
			if (IS_HIGHBIT_SET(*c))
				*c = '?';
	ereport(ERROR, (errcode(code), errmsg_internal("%s", text)));
}

static _Noreturn void
raise_undecided(WfFilters *filters)
{
	raise_error(filters, ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

WfFilters *
wf_filters_create(MemoryContext context, const WfOptions *options, WfEncoding *encoding,
				  WfSlice database)
{
	MemoryContext own_context = AllocSetContextCreate(context, "walferry filters",
													  ALLOCSET_DEFAULT_SIZES);
	WfFilters  *filters = MemoryContextAllocZero(own_context, sizeof(WfFilters));
	WfMemory	memory = wf_server_memory(own_context);

	filters->database = database;
	filters->encoding = encoding;
	wf_palloc_buffer_init(&filters->error, own_context, ERROR_CEILING);
	if (!wf_rules_init(&filters->rules, &memory, wf_server_digest))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory while filters were read")));
	if (!wf_rules_read(&filters->rules, options, wf_salt_find, encoding, &filters->error))
		raise_error(filters, ERRCODE_INVALID_PARAMETER_VALUE);
	return filters;
}

bool
wf_filters_table(WfFilters *filters, WfSlice schema, WfSlice table)
{
	WfMatch		result = wf_rules_table(&filters->rules, schema, table, &filters->error);

	if (result == WF_MATCH_ERROR)
		raise_undecided(filters);
	return result == WF_MATCH_YES;
}

bool
wf_filters_message(WfFilters *filters, WfSlice prefix)
{
	WfMatch		result = wf_rules_message(&filters->rules, prefix, &filters->error);

	if (result == WF_MATCH_ERROR)
		raise_undecided(filters);
	return result == WF_MATCH_YES;
}

void
wf_filters_columns(WfFilters *filters, WfRelation *relation, WfColumn *columns)
{
	if (!wf_relation_apply_rules(&filters->rules, filters->database, relation, columns,
								 &filters->error))
		raise_undecided(filters);
}
