/*
 * encoding.h
 *		From the server's encoding to UTF-8.
 *
 * Everything that leaves the plugin is UTF-8.  In a UTF-8 database nothing has
 * to be done, since the server has checked all text on its way in.  In
 * SQL_ASCII nothing can be done: the bytes go on as they are, and the JSON
 * writer replaces what is not UTF-8.  In all others the server's conversion is
 * used in the form that raises no error: what has no equivalent becomes U+FFFD
 * and is counted, because an error would stop the slot for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_ENCODING_H
#define WALFERRY_PLUGIN_ENCODING_H

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "envelope/buffer.h"

/* What stands for a character that UTF-8 does not have. */
#define WF_REPLACEMENT_CHARACTER "\xEF\xBF\xBD"

typedef struct WfEncoding
{
	int			server_encoding;
	bool		converts;		/* neither UTF-8 nor SQL_ASCII */
	FmgrInfo	conversion;
	size_t		length_max;		/* no more than about this much is converted of one
								 * text, since a longer one is not written anyhow:
								 * the result is longer than this then */
	uint64		replaced;		/* characters replaced so far */
	uint64		cut;			/* values so far of which only the beginning was
								 * read, since no record can hold the whole */
} WfEncoding;

/*
 * Looks the conversion up, which needs the catalogue; starts a transaction for
 * it if there is none.  context: for the function's call data.
 */
extern void wf_encoding_init(WfEncoding *encoding, MemoryContext context, size_t length_max);

/* A text that is to be converted whole may have so many bytes: the result is less than 1 GB. */
#define WF_ENCODING_WHOLE_MAX ((MaxAllocSize - 1024 * 1024) / MAX_CONVERSION_GROWTH)

/*
 * Slow path of wf_encoding_text(): text as UTF-8, or little more than the first
 * length_max bytes of that.
 */
extern WfSlice wf_encoding_convert(WfEncoding *encoding, const char *text, size_t length,
								   size_t length_max);

/* Text as UTF-8: the same bytes if nothing has to be done, else palloc'd. */
static inline WfSlice
wf_encoding_text(WfEncoding *encoding, const char *text, size_t length)
{
	if (likely(!encoding->converts))
		return wf_slice(text, length);
	return wf_encoding_convert(encoding, text, length, encoding->length_max);
}

/* The same, always as a palloc'd copy. */
extern WfSlice wf_encoding_copy(WfEncoding *encoding, const char *text);

/* The same as a C string. */
extern char *wf_encoding_cstring(WfEncoding *encoding, const char *text);

/* The current database's name, palloc'd. */
extern WfSlice wf_encoding_database_name(WfEncoding *encoding);

/*
 * A text of ours, which is UTF-8, for a message of the server's: palloc'd.  What
 * the server's encoding or the client's may not have shows as question marks.
 * Never an error, and nothing is looked up: errors may be told of with it, and
 * what is outside of transactions.  wf_encoding_init() comes first.
 */
extern char *wf_server_text(WfSlice text);

#endif							/* WALFERRY_PLUGIN_ENCODING_H */
