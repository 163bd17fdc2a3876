/*
 * slot_server.h
 *		What the server has to say to slots, and how it is told to the user.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SLOT_SERVER_H
#define WALFERRY_SLOT_SERVER_H

#include "replication.h"

typedef struct SlotServer
{
	char		wal_level[32];
	char		plugin_libraries[1024]; /* output_plugin_libraries, or its default
										 * if the role may not see it */
	bool		sees_plugin_libraries;
} SlotServer;

extern bool slot_read_server(Replication *replication, SlotServer *server, SourceFault *fault);

/*
 * Is the extension walferry installed at the server?  The library itself cannot be looked
 * for without rights; the control file, which is installed with it, can.
 */
extern bool slot_server_has_extension(Replication *replication, bool *has, SourceFault *fault);

/* The server does not write what logical decoding takes. */
extern void slot_explain_wal_level(SourceFault *fault, const SlotServer *server);

/*
 * Errors of slot creation and of START_REPLICATION that have a cure.  The
 * others stay as PostgreSQL tells them.  starting: of the latter, of which a role
 * without rights does not come so far; what is denied then is denied by the plugin,
 * whose policy says what is wrong itself.
 */
extern void slot_explain(SourceFault *fault, const SlotServer *server,
						 Replication *replication, const Config *config, const char *slot,
						 bool starting);

#endif							/* WALFERRY_SLOT_SERVER_H */
