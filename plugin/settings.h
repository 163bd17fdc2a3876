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
 * extra_float_digits=1, search_path='', quote_all_identifiers=off, and
 * lc_monetary=C unless that would move the point in amounts of money.  To be
 * called in a transaction; the former values come back when the current GUC nest level ends.
 *
 * In decoding that level is the transaction's in which the reorder buffer
 * replays and which it always aborts, so that nothing is left behind in the
 * session of pg_logical_slot_get_changes().  A SQL function opens one with
 * NewGUCNestLevel() and closes it with AtEOXact_GUC().
 */
extern void wf_settings_pin(void);

/* Fraction digits of money in the session as it is set now: cash_out()'s. */
extern int	wf_settings_money_digits(void);

#endif							/* WALFERRY_PLUGIN_SETTINGS_H */
