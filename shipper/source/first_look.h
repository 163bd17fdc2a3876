/*
 * first_look.h
 *		What is looked at in the database before the slot is read for the first time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_FIRST_LOOK_H
#define WALFERRY_SOURCE_FIRST_LOOK_H

#include "slot.h"

/*
 * Looks at the slot, has the publication made or altered where that is wished, refuses what
 * would lose something of what a connector published, and warns of lists that do nothing.
 * All on a connection of its own, which is closed then: why, replication.h tells.  seen: the
 * configured slot; NULL where a temporary one will be read.  False with fault filled in if
 * the slot is not to be read.
 */
extern bool first_look(const Config *config, SlotPosition *seen, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_FIRST_LOOK_H */
