/*
 * policy_text.h
 *		The text of walferry.policy, read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_POLICY_TEXT_H
#define WALFERRY_PLUGIN_POLICY_TEXT_H

#include "policy.h"

/*
 * Reads the text into a list of WfPolicyPart.  On failure returns NIL and sets
 * *fault to one sentence; else *fault is NULL.  palloc'd throughout.
 */
extern List *wf_policy_read(const char *text, char **fault);

#endif							/* WALFERRY_PLUGIN_POLICY_TEXT_H */
