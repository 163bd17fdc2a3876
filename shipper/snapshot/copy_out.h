/*
 * copy_out.h
 *		A COPY ... TO STDOUT that is read row by row.
 *
 * Nothing blocks: while no row is there, the owner has its turn, and a stop request ends
 * the wait.  libpq holds one row, and what the socket has given beyond it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COPY_OUT_H
#define WALFERRY_COPY_OUT_H

#include "shipper/source/query.h"

typedef enum CopyOut
{
	COPY_OUT_MESSAGE,
	COPY_OUT_ENDED,				/* in order; the connection can be used again */
	COPY_OUT_FAILED				/* see the fault */
} CopyOut;

/* Begins the COPY, with a command that is freed.  False with fault filled in. */
extern bool copy_out_begin(PGconn *connection, WfBuffer *command, SourceTurn turn, void *context,
						   SourceFault *fault);

/* message: the caller's, to be given to PQfreemem(). */
extern CopyOut copy_out_next(PGconn *connection, char **message, size_t *length, SourceTurn turn,
							 void *context, SourceFault *fault);

#endif							/* WALFERRY_COPY_OUT_H */
