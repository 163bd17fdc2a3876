/*
 * http_server.h
 *		/live, /ready, /status and /metrics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HTTP_SERVER_H
#define WALFERRY_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Serves on listen (host:port; empty: nothing is served) from a thread of its
 * own until http_server_stop().  False with error filled in.
 */
extern bool http_server_start(const char *listen, char *error, size_t error_size);

extern void http_server_stop(void);

#endif							/* WALFERRY_HTTP_SERVER_H */
