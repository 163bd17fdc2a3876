/*
 * partition_policy.h
 *		Whether the policy treats the partitions of a table alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_PARTITION_POLICY_H
#define WALFERRY_PLUGIN_PARTITION_POLICY_H

#include "shape.h"

/*
 * A partition of table, or of one below it, that the policy leaves out or of which it
 * hides or changes other columns; InvalidOid if there is none.  shape: the table's own,
 * which what is below it is noted in as dependencies; root_shape: of what its rows are
 * published as, which may be the same.  Takes locks, one at a time, so not for decoding.
 */
extern Oid	wf_unlike_partition(WfShape *shape, Relation table, const WfShape *root_shape,
								Relation root, WfEncoding *encoding, const WfOptions *options,
								WfFilters *filters);

#endif							/* WALFERRY_PLUGIN_PARTITION_POLICY_H */
