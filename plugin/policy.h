/*
 * policy.h
 *		The setting walferry.policy: what a client cannot choose.
 *
 * Options come from whoever starts replication.  A policy of the server's
 * administrator keeps tables, columns and messages back and forces options, by
 * database and role:
 *
 *		DATABASE/ROLE { NAME = VALUE; NAME = VALUE ... } ...
 *
 * (docs/filters.md).  It is no wall against a role with REPLICATION, which may
 * read everything by way of another plugin that the server allows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_POLICY_H
#define WALFERRY_PLUGIN_POLICY_H

#include "nodes/pg_list.h"

#include "encoding.h"

/* Defines the setting.  Called once, when the library is loaded. */
extern void wf_policy_define(void);

/* One of the settings of a policy.  All strings: palloc'd, UTF-8. */
typedef struct WfPolicySetting
{
	char	   *name;
	char	   *value;
} WfPolicySetting;

/* A part of the policy, with the session's database and role in mind. */
typedef struct WfPolicyPart
{
	char	   *database;		/* "*": any */
	char	   *role;
	List	   *settings;		/* of WfPolicySetting */
} WfPolicyPart;

/*
 * The parts that apply to this session, in the current memory context.  An
 * ERROR if somebody has tried to replace the setting.
 */
extern List *wf_policy_parts(WfEncoding *encoding, WfSlice database);

/* Changes with the setting: a session that began with another number is outdated. */
extern uint64 wf_policy_generation(void);

/* An ERROR if generation is outdated.  To be asked for everything that is published. */
extern void wf_policy_check_generation(uint64 generation);

#endif							/* WALFERRY_PLUGIN_POLICY_H */
