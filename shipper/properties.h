/*
 * properties.h
 *		Java .properties text, cut into names and values.
 *
 * The syntax is that of java.util.Properties.load(Reader): `name=value`,
 * `name:value` or `name value`; lines beginning with # or ! are comments; a line
 * ending in an odd number of backslashes goes on in the next, whose leading
 * blanks are dropped; \t \n \r \f \uXXXX and \<any> are escapes.  A byte order
 * mark, CRLF, lone CR and a missing final line end are taken as they come.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PROPERTIES_H
#define WALFERRY_PROPERTIES_H

#include "envelope/buffer.h"

#define PROPERTIES_MAX 2048		/* entries of one text */

typedef struct Property
{
	char	   *name;			/* UTF-8, NUL-terminated */
	char	   *value;
	int			line;			/* where the entry begins, from 1 */
} Property;

typedef struct Properties
{
	Property   *entries;		/* in the order of the text, doubles included */
	int			count;
	const char *error;			/* what was wrong, or NULL */
	int			error_line;
} Properties;

/*
 * Cuts text (length bytes, UTF-8).  On false error and error_line say what was
 * wrong; properties_free() is due in either case.
 */
extern bool properties_parse(Properties *properties, const char *text, size_t length);

extern void properties_free(Properties *properties);

#endif							/* WALFERRY_PROPERTIES_H */
