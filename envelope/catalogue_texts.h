/*
 * catalogue_texts.h
 *		Texts that a table's description can do without, and how long they may be.
 *
 * Comments, defaults and the labels of enums are whatever somebody has written
 * into the catalogue: up to a gigabyte each, for each of 1,600 columns.  They stand
 * in the schema description, which must pass Kafka as one record, and several times
 * in a row plan.  A description that does not fit would stop the slot for ever, so
 * what is too long is left out of it, and events are as if the catalogue had none.
 *
 * What counts is the length as JSON in ASCII (`\u00e9` is six bytes), the longest
 * form of any output: a shape is the same whatever the session's options are, and
 * so is its fingerprint.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CATALOGUE_TEXTS_H
#define WALFERRY_CATALOGUE_TEXTS_H

#include "relation.h"

/* Of a table's or a column's. */
#define WF_COMMENT_MAX_BYTES (64 * 1024)

/* Of the expression, and of the number's digits where those are more. */
#define WF_DEFAULT_MAX_BYTES (64 * 1024)

/* Of one enum's labels, with the commas between them. */
#define WF_LABELS_MAX_BYTES (256 * 1024)

/* Of all these of a table together. */
#define WF_CATALOGUE_TEXTS_MAX_BYTES (1024 * 1024)

/*
 * With these, whatever the names: less than so much is a schema description, which
 * leaves room for Kafka's own bytes in a record of 8 MiB, and all that
 * wf_row_plan_build() appends.
 */
#define WF_DESCRIPTION_MAX_BYTES (8 * 1024 * 1024 - 64 * 1024)
#define WF_PLAN_TEXT_MAX_BYTES (64 * 1024 * 1024)

/*
 * Takes away the texts of a relation that are too long, and marks them in left_out.
 * columns: relation->columns, whose rules are decided.  Of a table's texts that
 * are too long together the defaults remain first, as rows show them, then
 * labels, the table's comment and the columns', each in the columns' order.  What
 * the host has found too long without reading it is empty and marked already.
 */
extern void wf_relation_limit_texts(WfRelation *relation, WfColumn *columns);

#endif							/* WALFERRY_CATALOGUE_TEXTS_H */
