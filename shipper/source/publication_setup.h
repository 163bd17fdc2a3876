/*
 * publication_setup.h
 *		The publication that pgoutput reads: looked for, made, and given its tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLICATION_SETUP_H
#define WALFERRY_SOURCE_PUBLICATION_SETUP_H

#include "replication.h"

typedef enum PublicationWish
{
	PUBLICATION_FOR_LOOKING,	/* of a slot that ends soon: nothing is made */
	PUBLICATION_AT_START,		/* as publication.autocreate.mode says */
	PUBLICATION_LOOKED_AT,		/* that was done just now, on another connection */
	PUBLICATION_AGAIN			/* it was there: who dropped it since may have had
								 * to, so it is not made again while the process
								 * runs */
} PublicationWish;

/*
 * Sees to it that publication.name is there, in the way of Debezium's
 * publication.autocreate.mode; what cannot be done is told with the SQL that somebody
 * with the rights can run.  slot_exists: changes from before a publication that is
 * made now cannot be read, which is said then.
 */
extern bool publication_set_up(Replication *replication, const Config *config,
							   PublicationWish wish, bool slot_exists, SourceFault *fault);

/*
 * Whether publication.name is there, for somebody who only looks.  Where it is not, and a
 * start would not make it, false with the fault of such a start.
 */
extern bool publication_look_up(Replication *replication, const Config *config, bool *exists,
								SourceFault *fault);

/*
 * A stream of pgoutput ended because its publication was not there when something was
 * committed: adds what can be done.  Other faults stay as they are.
 */
extern void publication_explain_gone(const Config *config, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_PUBLICATION_SETUP_H */
