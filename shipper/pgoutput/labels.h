/*
 * labels.h
 *		Labels that an enum has got since the catalogue was asked.
 *
 * ALTER TYPE … ADD VALUE and RENAME VALUE change no table, so that pgoutput does not
 * describe any anew.  The first row that has such a label tells.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_LABELS_H
#define WALFERRY_PGOUTPUT_LABELS_H

#include "table.h"

/*
 * Is some value of the row, which has been read, a label that its column's type is not
 * known to have?  row: NULL is none.  *labels takes in which they are, and of which columns: other
 * labels make it another number, but for rare cases.
 */
extern bool labels_have_come(const PgoutputTable *table, const WfValue *row, uint32_t *labels);

#endif							/* WALFERRY_PGOUTPUT_LABELS_H */
