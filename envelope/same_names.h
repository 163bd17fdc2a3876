/*
 * same_names.h
 *		Columns whose names become one in events.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SAME_NAMES_H
#define WALFERRY_SAME_NAMES_H

#include "relation.h"

/*
 * Two columns of a plan's values, or of its keys, whose names field.name.adjustment.mode
 * makes one, as indexes into its relation's.  False if there are none.
 */
extern bool wf_row_plan_find_same_names(const WfRowPlan *plan, const WfOptions *options,
										int *first, int *second);

#endif							/* WALFERRY_SAME_NAMES_H */
