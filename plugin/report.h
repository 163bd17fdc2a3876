/*
 * report.h
 *		What users are told about values that could not be written as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_REPORT_H
#define WALFERRY_PLUGIN_REPORT_H

#include "envelope/notice.h"
#include "envelope/outbox.h"
#include "relation_cache.h"

/* Where warnings come from: a decoding session or a SQL function's call site. */
typedef struct WfReport
{
	WfRelationCache *cache;
	const WfEncoding *encoding;
} WfReport;

/*
 * Around the functions of envelope/notice.h: begins a notice in the current memory
 * context; ends it, telling it at that level with that SQLSTATE.  One that comes to
 * nothing need not be ended.
 */
extern void wf_report_begin(WfNotice *notice);
extern void wf_report_end(WfNotice *notice, int level, int code);

/* One of row's texts was not valid or had no Unicode form: finds which, warns once. */
extern void wf_report_replaced(const WfReport *report, WfTablePlan *plan, const WfValue *row);

/* A column's value was written as null; warns once. */
extern void wf_report_unconvertible(const WfReport *report, WfTablePlan *plan, int column);

/* The same as an ERROR, with event.converting.failure.handling.mode=fail. */
extern _Noreturn void wf_refuse_unconvertible(WfTablePlan *plan, int column);

/*
 * Both of a NULL that was written as a value, the column's domain being NOT NULL.
 * is_marked: the record has a header that names the column, without which nothing
 * tells such a value from others.
 */
extern void wf_report_hidden_null(const WfReport *report, WfTablePlan *plan, int column,
								  bool is_marked);
extern _Noreturn void wf_refuse_hidden_null(WfTablePlan *plan, int column, bool is_marked);

/* A row was deleted and nothing says which, for the policy or the WAL; warns once. */
extern void wf_report_unseen_delete(const WfReport *report, WfTablePlan *plan);

/* A row was updated and nothing will ever say which, likewise; warns once. */
extern void wf_report_unseen_update(const WfReport *report, WfTablePlan *plan);

/*
 * Warns, once each, of what a user may not have meant of a table's key: nobody would
 * see it but in the records, when a topic has been compacted by it.  is_shown: the
 * output has keys.
 */
extern void wf_report_key(const WfReport *report, WfTablePlan *plan, WfFilters *filters,
						  bool is_shown);

/* Ends with an error if field.name.adjustment.mode makes two columns one. */
extern void wf_refuse_same_names(const WfRowPlan *plan, const WfOptions *options);

/* An ERROR with a text of envelope/'s, which is UTF-8. */
extern _Noreturn void wf_refuse_text(const WfBuffer *text, int code);

/* The record of a change passed record.max.bytes: an ERROR.  relation: its table's, or NULL. */
extern _Noreturn void wf_report_too_large(const WfRelation *relation, const char *what,
										  int64_t bytes_max);

/*
 * What the EventRouter has to tell of a table: a warning; for operations that are
 * not for outboxes, what table.op.invalid.behavior says.
 */
extern void wf_report_outbox(WfTablePlan *plan, const WfOutboxReport *report);

/* A warning of what a chain of transforms could not make of a logical message. */
extern void wf_report_message(const WfMessageReport *report);

/* Ends with an error if a table without an EventRouter is to be written by another converter. */
extern void wf_refuse_converters(const WfRelation *relation, const WfOptions *options);

#endif							/* WALFERRY_PLUGIN_REPORT_H */
