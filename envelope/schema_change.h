/*
 * schema_change.h
 *		Records that tell a table's shape, for schema.changes.enabled=true.
 *
 * Private to event.c, relation.c and their hosts' plans.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SCHEMA_CHANGE_H
#define WALFERRY_SCHEMA_CHANGE_H

#include "event.h"

/*
 * Prepares the topic, at the session's initialization, if it is asked for; false as
 * wf_session_init().
 */
extern bool wf_schema_change_init(WfSession *session);

/*
 * Appends `"id":…,"table":{…}`: all that a schema change says of a table.  Its
 * digest tells whether two shapes differ in anything that is told.
 */
extern void wf_table_description_write(WfBuffer *buffer, WfTextForm *form, const WfRowPlan *plan);

/*
 * Writes the schema change of a table whose plan->news there are, and takes them
 * for told.  lsn: of the event that is about to be written, which may be counted in
 * the transaction's metadata already.  The source block is prepared; session->text
 * is left as it was.
 */
extern WfWriteResult wf_schema_change_write(WfSession *session, WfTransaction *transaction,
											WfRowPlan *plan, uint64_t lsn);

#endif							/* WALFERRY_SCHEMA_CHANGE_H */
