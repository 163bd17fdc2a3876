/*
 * run_id.h
 *		What tells the records of one run of a connector from those of another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_RUN_ID_H
#define WALFERRY_RUN_ID_H

#include "buffer.h"

#define WF_RUN_ID_LENGTH 36
#define WF_RUN_ID_RANDOM_BYTES 10

/*
 * Writes an UUID of version 7, as Debezium's runId is one: the run's start in
 * milliseconds since 1970, then bits that the host has drawn at random.
 */
extern void wf_run_id_text(char text[WF_RUN_ID_LENGTH + 1], int64_t start_ms,
						   const uint8_t random[WF_RUN_ID_RANDOM_BYTES]);

#endif							/* WALFERRY_RUN_ID_H */
