/*
 * settings.h
 *		Session settings that the text of values depends on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_SETTINGS_H
#define WALFERRY_PLUGIN_SETTINGS_H

/*
 * Makes output functions print the same whatever the session has set:
 * TimeZone=UTC, DateStyle=ISO, IntervalStyle=postgres, bytea_output=hex,
 * extra_float_digits=1, search_path=''.  To be called in a transaction; the
 * former values come back when the current GUC nest level ends.
 *
 * In decoding that level is the transaction's in which the reorder buffer
 * replays and which it always aborts, so that nothing is left behind in the
 * session of pg_logical_slot_get_changes().  A SQL function opens one with
 * NewGUCNestLevel() and closes it with AtEOXact_GUC().
 */
extern void wf_settings_pin(void);

#endif							/* WALFERRY_PLUGIN_SETTINGS_H */
