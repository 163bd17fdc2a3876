/*
 * inheritor_policy.h
 *		Whether the policy treats what inherits from a table as it treats the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_INHERITOR_POLICY_H
#define WALFERRY_PLUGIN_INHERITOR_POLICY_H

#include "shape.h"

/*
 * What inherits from table, as partitions do, or from one below it, and the policy leaves
 * out or hides or changes other columns of; InvalidOid if there is none.  shape: the table's own,
 * which what is below it is noted in as dependencies; root_shape: of what its rows are
 * published as, which may be the same.  Takes locks, one at a time, so not for decoding.
 */
extern Oid	wf_unlike_inheritor(WfShape *shape, Relation table, const WfShape *root_shape,
								Relation root, WfEncoding *encoding, const WfOptions *options,
								WfFilters *filters);

#endif							/* WALFERRY_PLUGIN_INHERITOR_POLICY_H */
