/*
 * first_look.h
 *		What is looked at in the database before the slot is read for the first time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_FIRST_LOOK_H
#define WALFERRY_SOURCE_FIRST_LOOK_H

#include "replication.h"

/*
 * Refuses what would lose something of what a connector published, and warns of lists
 * that do nothing.  False with fault filled in if the slot is not to be read.
 */
extern bool first_look(Replication *replication, const Config *config, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_FIRST_LOOK_H */
