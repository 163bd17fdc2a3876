/*
 * compat.c
 *		What takes more than a line to make older servers alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "compat.h"

#if PG_VERSION_NUM < 140000

/*
 * 13 knows no way but to raise an error for what has no equivalent.  Conversion
 * functions are plain computations: they hold nothing that an error would have
 * to release, so it can be caught without a subtransaction.
 */
static bool
convert_whole(FmgrInfo *conversion, int source_encoding, int target_encoding,
			  const char *source, int length, char *destination)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool converted = true;

	PG_TRY();
	{
		FunctionCall5(conversion,
					  Int32GetDatum(source_encoding),
					  Int32GetDatum(target_encoding),
					  CStringGetDatum(source),
					  CStringGetDatum(destination),
					  Int32GetDatum(length));
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code != ERRCODE_UNTRANSLATABLE_CHARACTER && code != ERRCODE_CHARACTER_NOT_IN_REPERTOIRE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		converted = false;
	}
	PG_END_TRY();
	return converted;
}

int
wf_compat_convert(FmgrInfo *conversion, int source_encoding, int target_encoding,
				  const char *source, int length, char *destination)
{
	int			done = 0;

	if (convert_whole(conversion, source_encoding, target_encoding, source, length, destination))
		return length;

	/* Which character it was is not said: one at a time, then. */
	destination[0] = '\0';
	while (done < length)
	{
		int			character = pg_encoding_mblen(source_encoding, source + done);

		if (character > length - done ||
			!convert_whole(conversion, source_encoding, target_encoding, source + done, character,
						   destination))
			break;
		destination += strlen(destination);
		done += character;
	}
	*destination = '\0';
	return done;
}

#endif
