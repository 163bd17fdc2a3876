/*
 * password.h
 *		The password of the database's role, as it is now.
 *
 * It is got anew for each connection, because it may have changed: from
 * database.password (whose ${file:…} is read again), from what
 * database.password.command prints, or as a token of database.iam.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PASSWORD_H
#define WALFERRY_PASSWORD_H

#include "query.h"
#include "shipper/config.h"

/*
 * Sets *password, for password_free(); NULL: none is configured, and libpq's own ways
 * hold.  False with fault filled in: there should be one, but it is not to be had now.
 * A command and AWS may take seconds; the caller has its turn meanwhile (NULL: none).
 */
extern bool password_read(const Config *config, SourceTurn turn, void *context, char **password,
						  SourceFault *fault);

/* Wipes and frees; NULL is nothing. */
extern void password_free(char *password);

/* The server refused it.  What was kept for the next one is forgotten. */
extern void password_refused(const Config *config);

#endif							/* WALFERRY_PASSWORD_H */
