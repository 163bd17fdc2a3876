/*
 * undisguised.h
 *		The warning of masks and truncations that do not act on what they name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_UNDISGUISED_H
#define WALFERRY_PLUGIN_UNDISGUISED_H

#include "report.h"

/* Warns if there are such columns in a table's plan, and others than when it was last asked. */
extern void wf_report_undisguised(const WfReport *report, WfTablePlan *plan);

#endif							/* WALFERRY_PLUGIN_UNDISGUISED_H */
