/*
 * default_text.h
 *		A default expression as the plugin prints it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_DEFAULT_TEXT_H
#define WALFERRY_PGOUTPUT_DEFAULT_TEXT_H

#include "shipper/arena.h"

/*
 * pg_get_expr() breaks and indents the lines of CASE; the server's deparse_expression(),
 * by which the plugin prints defaults, writes all in one line (ruleutils.c,
 * appendContextKeyword).  A copy of the text in which such a break outside of literals and
 * quoted names is one space, or nothing at the beginning and behind an opening parenthesis
 * or bracket.
 */
extern WfSlice default_text(Arena *arena, WfSlice printed);

#endif							/* WALFERRY_PGOUTPUT_DEFAULT_TEXT_H */
