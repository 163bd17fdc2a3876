/*
 * notices.c
 *		What users are told about values that could not be written as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "notices.h"
#include "shipper/log.h"
void
notice_dropped_type(PgoutputTable *table, const WfColumn *column)
{
	(void) table;
	(void) column;
}
void
notice_plan(PgoutputTable *table, WfRules *rules, WfSlice database, WfOutput output)
{
	(void) table;
	(void) rules;
	(void) database;
	(void) output;
}
void
notice_same_names(WfBuffer *error, const WfRelation *relation, int first, int second)
{
	(void) relation;
	(void) first;
	(void) second;
	wf_buffer_append_literal(error, "same names");
}
bool
notice_converters(const WfRelation *relation, const WfOptions *options, WfBuffer *error)
{
	(void) relation;
	(void) options;
	(void) error;
	return true;
}
void
notice_unconvertible(PgoutputTable *table, int column)
{
	(void) table;
	(void) column;
}
void
notice_hidden_null(PgoutputTable *table, int column, bool is_marked)
{
	(void) table;
	(void) column;
	(void) is_marked;
}
void
notice_refused_value(WfBuffer *error, const PgoutputTable *table, int column,
					 bool is_null, bool is_marked)
{
	(void) table;
	(void) column;
	(void) is_null;
	(void) is_marked;
	wf_buffer_append_literal(error, "refused");
}
void
notice_unseen_delete(PgoutputTable *table)
{
	(void) table;
}
void
notice_unseen_update(PgoutputTable *table)
{
	(void) table;
}
bool
notice_outbox(const PgoutputTable *table, const WfOutboxReport *report, WfBuffer *error)
{
	(void) table;
	(void) report;
	(void) error;
	return true;
}
void
notice_message(const WfMessageReport *report)
{
	(void) report;
}
