/*
 * copy_row.h
 *		COPY ... TO STDOUT's rows, taken apart into fields.
 *
 * One CopyData message is one row, as PostgreSQL's manual says of the server's ("COPY
 * Operations"); with the binary format the header and the trailer may have messages of
 * their own, or the header stands before the first row.
 *
 *		text	field {0x09 field} 0x0A		\N: NULL; \b \f \n \r \t \v \\: that character
 *		binary	header := "PGCOPY\n" 0xFF "\r\n" 0x00  flags:u32  length:u32  bytes
 *				row := count:i16  count * (length:i32 bytes)	length -1: NULL
 *				trailer := -1:i16
 *
 * Integers are big-endian.  Nothing but what the server writes is taken: no octal or
 * hexadecimal escapes, no flags.  Source: PostgreSQL's manual, COPY, "File Formats".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COPY_ROW_H
#define WALFERRY_COPY_ROW_H

#include "shipper/pgoutput/message.h"

typedef enum CopyRow
{
	COPY_ROW,
	COPY_NO_ROW,				/* a header or trailer */
	COPY_NOT_UNDERSTOOD
} CopyRow;

typedef struct CopyReader
{
	bool		binary;
	bool		began;			/* the header was read */
	bool		ended;			/* the trailer was */
	const char *error;			/* after NOT_UNDERSTOOD, in words */
} CopyReader;

/*
 * Takes a message apart.  tuple's fields point into it; text is unescaped in place.
 */
extern CopyRow copy_row_read(CopyReader *reader, char *message, size_t length,
							 PgoutputTuple *tuple);

#endif							/* WALFERRY_COPY_ROW_H */
