/*
 * salts.h
 *		The setting walferry.salts: secrets of column.mask.hash.
 *
 * A salt as an option of START_REPLICATION would stand in the server's log on
 * any error, and in pg_stat_activity.  So clients name it, as @NAME, and the
 * server's administrator tells what it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_SALTS_H
#define WALFERRY_PLUGIN_SALTS_H

#include "envelope/rules.h"

/* Defines the setting.  Called once, when the library is loaded. */
extern void wf_salts_define(void);

/* WfFindSalt.  The salt is palloc'd; it is UTF-8, whatever the database's encoding. */
extern bool wf_salt_find(void *host, WfSlice text, WfSlice *salt, WfBuffer *error);

#endif							/* WALFERRY_PLUGIN_SALTS_H */
