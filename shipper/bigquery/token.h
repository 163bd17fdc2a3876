/*
 * token.h
 *		The bearer token that requests carry, read from a file.
 *
 * Whoever runs walferry keeps the file fresh (a sidecar, a cron job, a test);
 * it is read again whenever it has changed, so a renewal needs no restart.
 * Without a file requests carry no token, which is what an emulator wants.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TOKEN_H
#define WALFERRY_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BYTES_MAX 16384

typedef struct Token
{
	const char *path;			/* NULL: no token */
	int64_t		changed_ns;		/* of the file, when it was read */
	int64_t		size;
	char		header[TOKEN_BYTES_MAX + 64];	/* "Authorization: Bearer …";
												 * empty: none */
} Token;

extern void token_init(Token *token, const char *path);

/*
 * The header line to send, NULL for none.  False if there should be a token but
 * the file cannot be read; that is logged once.
 */
extern bool token_header(Token *token, const char **header);

/* The service refused it: read the file again next time, changed or not. */
extern void token_refused(Token *token);

#endif							/* WALFERRY_TOKEN_H */
