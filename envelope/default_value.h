/*
 * default_value.h
 *		A column's default, from the catalogue's expression to its JSON.
 *
 * Debezium puts `default` on a column's schema in key and value; and because
 * Kafka Connect's JsonConverter shows a null as the schema's default
 * (replace.null.with.default=true), that default is also what consumers see of
 * a NULL and of what is missing in a key-only before image.  It is made of the
 * expression's text, as pg_get_expr() prints it, without evaluating anything.
 * Facts, recorded from Debezium 3.7.0 (golden o_defaults, and asked of the
 * running connector):
 *
 *	  expression						default
 *	  42, 1.5, true						the value
 *	  'text'::type, '-5'::integer		the value; '' in the text is one quote
 *	  ('5'::text)::integer				the value
 *	  f(…), s.f(…), (f(…) + …)			the type's zero: 0, false, "", the epoch,
 *	  CURRENT_DATE, LOCALTIMESTAMP(3)	an uuid of zeros, {} of json and jsonb
 *	  nextval('…')						0 (serial); of an identity column: none
 *	  NULL::type, (1 + 2), 3.7 for an	none
 *	  integer column, ('now'::text)::date
 *
 *	  type								has a default
 *	  bool int2 int4 int8 float4 float8	yes
 *	  numeric							yes, at the column's scale; none if digits
 *										would be lost, and of NaN and Infinity
 *	  text varchar char(n) xml json		yes; char(n) is not padded
 *	  jsonb uuid bit varbit date time
 *	  timestamp timestamptz interval
 *	  enum								literals only
 *	  domains, arrays, and all others	none
 *	  whatever is published as a struct	none
 *
 * Where Debezium shows what no row ever had, there is no default here: an
 * expression that merely holds a literal ('a' || f('b'), CASE …) has the first
 * literal there, one without any its own source text as a text's default
 * (CURRENT_USER), and false as a boolean's; infinity becomes a date that
 * exists.  '24:00:00' stays what it is (there: 23:59:59.999999), and a quote
 * in an enum's label is one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DEFAULT_VALUE_H
#define WALFERRY_DEFAULT_VALUE_H

#include "read_text.h"

/*
 * Whether columns of a type can have a default at all, so that a host need not
 * ask for the expressions of others.  For a domain: no, which the host must know,
 * as types are flattened.
 */
extern bool wf_default_is_possible(const WfType *type);

/*
 * Reads a default expression, UTF-8, into a PRESENT value; false if there is no
 * default.  The value borrows from expression and from scratch, of which
 * WF_SCRATCH_SIZE() of the expression's length suffices.
 */
extern bool wf_default_read(WfScratch *scratch, const WfType *type, WfSlice expression,
							WfValue *value);

/*
 * Appends the JSON of a field's default; false, appending nothing, if it has
 * none or its form can't be a default.
 */
extern bool wf_default_write(WfBuffer *buffer, WfTextForm *form, const WfField *field);

#endif							/* WALFERRY_DEFAULT_VALUE_H */
