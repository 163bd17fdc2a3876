/*
 * publications.h
 *		What publications have to do with a start.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLICATIONS_H
#define WALFERRY_SOURCE_PUBLICATIONS_H

#include "envelope/rules.h"
#include "replication.h"

/* A command that has the names of publication.filter. */
#define PUBLICATIONS_FILTER_BYTES_MAX (8 * 1024 * 1024)

/* Appends those, which are given, for a FROM, as rows of `name` of `named`. */
extern void publications_put_filter(WfBuffer *command, const Config *config);

/*
 * As published_tables_put(), of the publication of that name, or of those of
 * publication.filter.
 */
extern void publications_put_listed(WfBuffer *command, int server_version, const char *name);
extern void publications_put_listed_by_filter(WfBuffer *command, int server_version,
											  const Config *config);

/*
 * A page of all tables that have rows (table_pages.h), with what is to be said of each, h, a row
 * each: between begin and end goes the query for h.  It and fields have c, the table; r and rn,
 * the table above and its schema, of a partition; p, NULL if the publication has it not:
 * schemaname and tablename, by which its rows are published; filtered, by a row filter;
 * attnames, the columns that are sent.
 */
extern void publications_put_page_begin(WfBuffer *command, const Replication *replication,
										const char *name, const char *fields);
extern void publications_put_page_end(WfBuffer *command, const char *after, const char *rows);

/*
 * Are all publications of publication.filter there?  False with fault filled in.
 * slot_exists: else it says that the slot is made after them.
 */
extern bool publications_exist(Replication *replication, const Config *config, bool slot_exists,
							   SourceFault *fault);

/*
 * Would everything be published that the configuration says, if the publication
 * that a Debezium connector reads counted?  False with fault filled in if the
 * configuration names it and it hides something, or it has tables, by the name above
 * their partitions, of which nothing would be published here; if it does not name it,
 * that is a warning.  Where publication.filter says what counts there is only a warning
 * if none of its publications has a table.
 * rules: the configuration's filters.
 */
extern bool publications_hide_nothing(Replication *replication, const Config *config,
									  WfRules *rules, SourceFault *fault);

/* What a publication may have of its tables' changes, in the order of pg_publication's columns. */
typedef struct PublicationOperation
{
	const char *plural;
	int			skipped;		/* the bit of skipped.operations */
} PublicationOperation;

#define PUBLICATION_OPERATIONS 4

extern const PublicationOperation publication_operations[PUBLICATION_OPERATIONS];

/*
 * Does the configuration publish the table, or of one that it does the column (empty: no
 * column is asked about)?  WF_MATCH_ERROR: error has the reason.
 */
extern WfMatch publications_are_wanted(WfRules *rules, const WfRuleTable *table, WfSlice column,
									   WfBuffer *error);

#endif							/* WALFERRY_SOURCE_PUBLICATIONS_H */
