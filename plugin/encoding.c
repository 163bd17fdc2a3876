/*
 * encoding.c
 *		From the server's encoding to UTF-8, and back for what users are told.
 *
 * The conversion functions are looked up once, when decoding starts, because they
 * are also needed for logical messages outside of transactions, where there is
 * no catalogue to look into.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "compat.h"
#include "encoding.h"

/* Text is converted in pieces of at most this size, to bound the room for the worst case. */
#define PIECE_BYTES (64 * 1024)

/* To the server's encoding; without fn_oid where it is UTF-8 or there is none. */
static FmgrInfo to_server;

void
wf_encoding_init(WfEncoding *encoding, MemoryContext context, size_t length_max)
{
	MemoryContext old_context = CurrentMemoryContext;
	bool		own_transaction = false;
	Oid			function;

	memset(encoding, 0, sizeof(*encoding));
	encoding->server_encoding = GetDatabaseEncoding();
	encoding->length_max = length_max;
	if (encoding->server_encoding == PG_UTF8 || encoding->server_encoding == PG_SQL_ASCII)
		return;

	if (!IsTransactionState())
	{
		StartTransactionCommand();
		own_transaction = true;
	}

	function = FindDefaultConversionProc(encoding->server_encoding, PG_UTF8);
	if (!OidIsValid(function))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("there is no default conversion from encoding \"%s\" to \"UTF8\"",
						pg_encoding_to_char(encoding->server_encoding))));
	fmgr_info_cxt(function, &encoding->conversion, context);
	if (!OidIsValid(to_server.fn_oid))
	{
		function = FindDefaultConversionProc(PG_UTF8, encoding->server_encoding);
		if (OidIsValid(function))
			fmgr_info_cxt(function, &to_server, TopMemoryContext);
	}

	if (own_transaction)
		CommitTransactionCommand();
	MemoryContextSwitchTo(old_context);

	encoding->converts = true;
}

/*
 * How much of the text comes next: whole characters, since PostgreSQL 13 raises an
 * error for one that is cut in two.  Looked for where the piece may end, from the
 * piece's beginning, because that is the only place known to be a character's.
 */
static int
next_piece(const WfEncoding *encoding, const char *text, size_t length)
{
	int			piece = 0;

	if (length <= PIECE_BYTES)
		return (int) length;
	for (;;)
	{
		int			next = piece + pg_encoding_mblen(encoding->server_encoding, text + piece);

		if (next > PIECE_BYTES)
			return piece;
		piece = next;
	}
}

WfSlice
wf_encoding_convert(WfEncoding *encoding, const char *text, size_t length, size_t length_max)
{
	StringInfoData result;
	size_t		done = 0;

	/* Every encoding that a server can have holds ASCII as it is. */
	while (done < length && !IS_HIGHBIT_SET(text[done]))
		done++;
	if (done == length)
		return wf_slice(text, length);

	initStringInfo(&result);
	done = 0;
	while (done < length && (size_t) result.len <= length_max)
	{
		int			piece = next_piece(encoding, text + done, length - done);
		int			converted;

		enlargeStringInfo(&result, piece * MAX_CONVERSION_GROWTH + 1);
		converted = wf_compat_convert(&encoding->conversion, encoding->server_encoding, PG_UTF8,
									  text + done, piece, result.data + result.len);
		result.len += strlen(result.data + result.len);
		done += converted;

		if (converted < piece)	/* at a character without equivalent */
		{
			int			skip = pg_encoding_mblen(encoding->server_encoding, text + done);

			appendStringInfoString(&result, WF_REPLACEMENT_CHARACTER);
			encoding->replaced++;
			done += Min((size_t) Max(skip, 1), length - done);
		}
	}
	if (done < length)
		encoding->cut++;
	return wf_slice(result.data, result.len);
}

WfSlice
wf_encoding_copy(WfEncoding *encoding, const char *text)
{
	WfSlice		slice = wf_encoding_text(encoding, text, strlen(text));

	if (slice.data == text)
		slice.data = pnstrdup(slice.data, slice.length);
	return slice;
}

char *
wf_encoding_cstring(WfEncoding *encoding, const char *text)
{
	WfSlice		slice = wf_encoding_text(encoding, text, strlen(text));

	return pnstrdup(slice.data, slice.length);
}

WfSlice
wf_encoding_database_name(WfEncoding *encoding)
{
	MemoryContext old_context = CurrentMemoryContext;
	bool		own_transaction = false;
	char	   *name;

	if (!IsTransactionState())
	{
		StartTransactionCommand();
		own_transaction = true;
	}
	name = MemoryContextStrdup(old_context, get_database_name(MyDatabaseId));
	if (own_transaction)
		CommitTransactionCommand();
	MemoryContextSwitchTo(old_context);

	return wf_encoding_copy(encoding, name);
}

/* ---- what users are told ---- */

/* ASCII is the same everywhere; for the rest, as much as can be said of it. */
static char *
mask(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		if (IS_HIGHBIT_SET(*c))
			*c = '?';
	return text;
}

static bool
is_ascii(WfSlice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (IS_HIGHBIT_SET(text.data[i]))
			return false;
	return true;
}

/*
 * A name came from the server's encoding and can go back, but for characters that
 * were replaced, and but for SQL_ASCII, where names are whatever bytes somebody
 * gave them.  Then the server converts a message for its client, which may not have
 * the characters either.  A report that raises an error would stop the slot for
 * ever, and hide an error that it is part of, so none is risked.
 */
char *
wf_server_text(WfSlice text)
{
	char	   *copy = pnstrdup(text.data, text.length);
	int			encoding = GetDatabaseEncoding();
	int			client = pg_get_client_encoding();
	char	   *converted;

	if (is_ascii(text))
		return copy;
	if (client != encoding && client != PG_UTF8 && client != PG_SQL_ASCII)
		return mask(copy);
	if (encoding == PG_SQL_ASCII || strstr(copy, WF_REPLACEMENT_CHARACTER) != NULL ||
		!pg_verify_mbstr(PG_UTF8, text.data, (int) text.length, true))
		return mask(copy);
	if (encoding == PG_UTF8)
		return copy;
	if (!OidIsValid(to_server.fn_oid))
		return mask(copy);

	converted = palloc(text.length * MAX_CONVERSION_GROWTH + 1);
	if (wf_compat_convert(&to_server, PG_UTF8, encoding, text.data, (int) text.length,
						  converted) < (int) text.length)
		return mask(copy);
	return converted;
}
