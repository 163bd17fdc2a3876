/*
 * snapshot.h
 *		The rows that tables have, read and sent once: `walferry snapshot`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_H
#define WALFERRY_SNAPSHOT_H

#include "shipper/config.h"

typedef struct SnapshotRequest
{
	const char *const *names;	/* "schema.table"; none: all that are captured */
	int			name_count;
} SnapshotRequest;

/* Returns an exit code (legs.h), having said why. */
extern int	snapshot_run(const Config *config, const SnapshotRequest *request);

#endif							/* WALFERRY_SNAPSHOT_H */
