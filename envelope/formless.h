/*
 * formless.h
 *		Which values of a column have no form, and which option keeps them.
 *
 * A value without a form is rare, and why it has none is the column's: of one
 * form only some values have none.  So it is told by the field, in words for
 * whoever reads the log, and no writer carries a reason.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FORMLESS_H
#define WALFERRY_FORMLESS_H

#include "field.h"

/* An array's dimensions, its elements, and what compat=debezium loses. */
#define WF_FORMLESS_MAX 3

/* A clause and a sentence, both static. */
typedef struct WfFormless
{
	const char *values;
	const char *remedy;			/* NULL: there is none */
} WfFormless;

/* Fills in what can be the matter with a value of the field; returns how many, 0: not known. */
extern int	wf_field_formless(const WfField *field, WfFormless reasons[WF_FORMLESS_MAX]);

#endif							/* WALFERRY_FORMLESS_H */
