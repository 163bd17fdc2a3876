/*
 * column_rule.h
 *		What filters and masks do to a column of a plan.
 *
 * Private to relation.c, row_image.c and schema_change.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COLUMN_RULE_H
#define WALFERRY_COLUMN_RULE_H

#include "relation.h"

/* Takes the column's rule into its plan, whose field is resolved. */
extern void wf_column_plan_apply_rule(WfColumnPlan *plan, const WfColumn *column);

/* A column's type, length and scale as pgjdbc tells them. */
extern void wf_column_source_type(const WfColumn *column, WfSourceType *source);

/*
 * Puts the texts that stand for no value in disguise too: a mask does not tell
 * NULL from other values, and what stands for an absent value would else look
 * like one that was published as it is.  columns: the row plan's, in which plan
 * stands; those before it are done.  text: the row plan's.
 */
extern void wf_column_plan_disguise_texts(WfColumnPlan *plan, const WfColumnPlan *columns,
										  const WfColumn *column, WfBuffer *text);

/*
 * Appends the JSON of a PRESENT value of a column whose rule is not to copy it.
 */
extern WfValueResult wf_column_write_disguised(WfBuffer *buffer, WfTextForm *form,
											   const WfColumnPlan *column, WfSlice null_text,
											   const WfValue *value);

#endif							/* WALFERRY_COLUMN_RULE_H */
