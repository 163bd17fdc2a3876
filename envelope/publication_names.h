/*
 * publication_names.h
 *		A list of publications' names, written as in SQL.
 *
 * Names are separated by commas, with blanks around them or not.  One in double
 * quotes is as it stands, a doubled quote being one; in another the letters A to Z
 * are small, and it has neither blanks, commas nor quotes.  That is how the server
 * reads such lists (varlena.c, SplitIdentifierString), but that letters beyond
 * ASCII stay as they are in every encoding, and that a quote within a name and a
 * name without characters are refused.  A name may be too long for the server,
 * which cuts it as it does in SQL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PUBLICATION_NAMES_H
#define WALFERRY_PUBLICATION_NAMES_H

#include "buffer.h"

#define WF_PUBLICATION_NAMES_MAX 64

/* NULL if the list has 1 to WF_PUBLICATION_NAMES_MAX names, else what is allowed. */
extern const char *wf_publication_names_check(const char *list);

/*
 * Appends the next name of a list that has been checked; *rest, at first the list, moves
 * behind it.  False if there is none.
 */
extern bool wf_publication_names_next(const char **rest, WfBuffer *name);

#endif							/* WALFERRY_PUBLICATION_NAMES_H */
