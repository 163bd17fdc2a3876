/*
 * event_schema.h
 *		The schemas of whole keys and values, for schemas.enable=true.
 *
 * Rendered once per relation version, or once per session, and put around
 * payloads by whoever writes the record: record.c in the textual outputs, the
 * shipper with frame output.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_EVENT_SCHEMA_H
#define WALFERRY_EVENT_SCHEMA_H

#include "chain_plan.h"
#include "relation.h"

/*
 * Appends the schemas of a table's keys and values to the plan's text, as far
 * as the options want them and the table has a key, and sets plan->enclosure and
 * plan->null_enclosure.  chain: what it makes of the table's records.
 * The columns must be planned already.  (Debezium's TableSchemaBuilder.)
 */
extern void wf_row_schemas_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
								 const WfChainPlan *chain);

/*
 * The same in parts, for rows of which columns are left out: sets their schemas and the
 * value's tail.  These stay when the whole schemas have been told and are gone.
 */
extern void wf_row_schema_parts_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
									  const WfChainPlan *chain);

/* Likewise the key's tail, and what the members of substitutes have. */
extern void wf_key_schema_parts_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
									  const WfChainPlan *chain);

/* Append the schema of a value, or a key, without those that are left out; by place. */
extern void wf_partial_value_schema_write(WfBuffer *buffer, const WfRowPlan *plan,
										  const bool *left_out);
extern void wf_partial_key_schema_write(WfBuffer *buffer, const WfRowPlan *plan,
										const bool *left_out);

/* Appends the schema of a key of those columns, by place, of which each has a substitute. */
extern void wf_substitute_schema_write(WfBuffer *buffer, const WfRowPlan *plan,
									   const bool *identity);

/* The same for the session's own topics, in a text of the caller's. */
extern void wf_message_schemas_write(WfBuffer *text, const WfOptions *options, WfTextForm *form,
									 const WfChainPlan *chain, WfEnclosureRanges *enclosure);

/*
 * The schema of a decoded message's event: all that stands before the schema of its
 * object (a field called after), and behind it.
 */
extern void wf_decoded_schema_open(WfBuffer *buffer);
extern void wf_decoded_schema_close(WfBuffer *buffer);

extern void wf_schema_change_schemas_write(WfBuffer *text, const WfOptions *options,
										   WfTextForm *form, const WfChainPlan *chain,
										   WfEnclosureRanges *enclosure);
extern void wf_transaction_schemas_write(WfBuffer *text, const WfOptions *options, WfTextForm *form,
										 const WfChainPlan *chain, WfEnclosureRanges *enclosure);

#endif							/* WALFERRY_EVENT_SCHEMA_H */
