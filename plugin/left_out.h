/*
 * left_out.h
 *		The warning of texts of the catalogue that a table is described without.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_LEFT_OUT_H
#define WALFERRY_PLUGIN_LEFT_OUT_H

#include "report.h"

/*
 * Warns of what wf_relation_limit_texts() has left out of the table's description,
 * unless the same was left out when the table was described last.
 */
extern void wf_report_left_out(const WfReport *report, WfTablePlan *plan);

#endif							/* WALFERRY_PLUGIN_LEFT_OUT_H */
