/*
 * session.h
 *		The shipper's host side of a WfSession: memory, clock, notices.
 *
 * What plugin/row_writer.c is in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_SESSION_H
#define WALFERRY_PGOUTPUT_SESSION_H

#include "tables.h"

/* An error's text: names. */
#define SESSION_ERROR_BYTES_MAX 8192

typedef struct PgoutputSession
{
	WfSession	session;		/* must be first */
	WfBuffer	buffer;			/* session.buffer: what is written */
	WfBuffer	text;
	WfBuffer	collections;
	WfBuffer	routed_topics;
	WfBuffer	error;			/* a sentence, if something is refused */
	WfBuffer	scratch;
	WfBuffer	payload;
	WfBuffer	content;
	WfBuffer	json_nodes;
	WfBuffer	plan_text;		/* for building plans */
	WfRules		rules;
	WfTransforms transforms;
	void		(*on_record) (void *host, WfSlice record);
	void	   *host;
} PgoutputSession;

/*
 * Prepares a session.  It must not be moved afterwards.  False with fault filled in, and
 * nothing to free.
 */
extern bool pgoutput_session_init(PgoutputSession *self, const Config *config, WfOutput output,
								  SourceFault *fault);

extern void pgoutput_session_free(PgoutputSession *self);

/* Gives back what a large change has taken. */
extern void pgoutput_session_shrink(PgoutputSession *self);

#endif							/* WALFERRY_PGOUTPUT_SESSION_H */
