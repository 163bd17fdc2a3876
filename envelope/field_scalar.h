/*
 * field_scalar.h
 *		The forms of single values, for columns and for the elements of arrays.
 *
 * Private to field.c, which decides them, and field_array.c, which decides what
 * is an array's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FIELD_SCALAR_H
#define WALFERRY_FIELD_SCALAR_H

#include "field.h"

extern void wf_field_resolve_scalar(WfField *field, const WfType *type, bool optional,
									const WfOptions *options, WfSide side);

/* Has Debezium no mapping for it? */
extern bool wf_field_is_unknown(WfTypeKind kind, uint32_t oid);

/* And is nothing else asked for? */
extern bool wf_field_is_omitted(WfTypeKind kind, uint32_t oid, const WfOptions *options);

#endif							/* WALFERRY_FIELD_SCALAR_H */
