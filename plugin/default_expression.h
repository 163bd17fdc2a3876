/*
 * default_expression.h
 *		A column's default, from the catalogue's tree to the expression's text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_DEFAULT_EXPRESSION_H
#define WALFERRY_PLUGIN_DEFAULT_EXPRESSION_H

#include "encoding.h"

/*
 * The text of a default, pg_attrdef.adbin, as pg_get_expr() shows it; the settings
 * that its constants depend on are to be pinned.  False if it would be longer than
 * WF_DEFAULT_MAX_BYTES.  Allocated in the current memory context.
 */
extern bool wf_default_expression(const char *tree, WfEncoding *encoding, WfSlice *expression);

#endif							/* WALFERRY_PLUGIN_DEFAULT_EXPRESSION_H */
