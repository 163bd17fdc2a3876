/*
 * share.h
 *		What a failing table may hold of the buffer.
 *
 * All tables share one budget of memory.  A table that BigQuery refuses would
 * use it up, and everything would stand still on account of it.  So a table
 * whose appends keep failing is held to a share: its topics wait before the
 * next record once it has that much, and, where it had more before that was
 * known, its rows leave memory, to be read from Kafka again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SHARE_H
#define WALFERRY_SHARE_H

#include "shipper/bigquery/loader.h"

/*
 * May no more rows of the table come for the moment?  Says so in the log when
 * that begins, and now and then.
 */
extern bool share_is_used_up(Loader *loader, Table *table, int64_t now_ms);

/* When the buffer is full: takes from failing tables what is beyond their share. */
extern void share_make_room(Loader *loader, int64_t now_ms);

#endif							/* WALFERRY_SHARE_H */
