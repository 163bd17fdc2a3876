/*
 * policy_forced.h
 *		Options of walferry.policy that have one value for a session.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_POLICY_FORCED_H
#define WALFERRY_PLUGIN_POLICY_FORCED_H

#include "policy.h"

/*
 * NULL, or a sentence (palloc'd) that names an option to which parts for the same
 * database and role give different values.
 */
extern char *wf_policy_contradiction(List *parts);

/* The same of a chain of transforms that cannot be read, as a client gives nothing to it. */
extern char *wf_policy_chain_fault(List *parts);

/*
 * The client's options (DefElem, values in UTF-8) and those that the policy forces,
 * in place of `options`.  An ERROR if the client gives one of these another value,
 * or an option that could undo one of them.
 */
extern List *wf_policy_force(List *parts, List *options);

/* An ERROR if the policy does not allow the output. */
extern void wf_policy_check_output(List *parts, int output);

/* The next word of a list with '|' between them, or NULL; cuts *rest up. */
extern char *wf_policy_next_word(char **rest);

#endif							/* WALFERRY_PLUGIN_POLICY_FORCED_H */
