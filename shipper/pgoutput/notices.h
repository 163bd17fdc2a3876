/*
 * notices.h
 *		What users are told about values that could not be written as they are.
 *
 * As plugin/report.c does it in the server's log, where the shipper renders the rows: each
 * column of a table is named once per session, and nothing stops the stream.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_NOTICES_H
#define WALFERRY_PGOUTPUT_NOTICES_H

#include "table.h"

/* A warning about the table of that name. */
extern void notice_warn_of_table(const char *message, WfSlice schema, WfSlice name);

/* ---- when a table's plan is made ---- */

/* The catalogue does not have the column's type any more. */
extern void notice_dropped_type(PgoutputTable *table, const WfColumn *column);

/* Texts that are left out, masks that do not act, keys that lack columns or show some. */
extern void notice_plan(PgoutputTable *table, WfRules *rules, WfSlice database, WfOutput output);

/* Appends why two columns are not to have one name. */
extern void notice_same_names(WfBuffer *error, const WfRelation *relation, int first, int second);

/* False, having appended why, if a converter makes nothing of structs that can be read. */
extern bool notice_converters(const WfRelation *relation, const WfOptions *options,
							  WfBuffer *error);

/* ---- rows ---- */

/* A value without a form, or a NULL that is written as a value (is_marked: headers say so). */
extern void notice_unconvertible(PgoutputTable *table, int column);
extern void notice_hidden_null(PgoutputTable *table, int column, bool is_marked);

/* The same where event.converting.failure.handling.mode=fail: appends why. */
extern void notice_refused_value(WfBuffer *error, const PgoutputTable *table,
								 int column, bool is_null,
								 bool is_marked);

/* The server sends no old row. */
extern void notice_unseen_delete(PgoutputTable *table);
extern void notice_unseen_update(PgoutputTable *table);

/* False, having appended why: the outbox must not be written to so. */
extern bool notice_outbox(const PgoutputTable *table, const WfOutboxReport *report,
						  WfBuffer *error);

/* ---- messages ---- */

extern void notice_message(const WfMessageReport *report);

#endif							/* WALFERRY_PGOUTPUT_NOTICES_H */
