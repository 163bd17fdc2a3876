/*
 * config_resolve.h
 *		Values that stand elsewhere: ${file:/path}, ${file:/path:key}, ${env:NAME}.
 *
 * With a key, the forms are those of Kafka's FileConfigProvider and
 * EnvVarConfigProvider, so that a connector's file works as it is; without, the
 * whole file is the value, as container secrets are mounted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_RESOLVE_H
#define WALFERRY_CONFIG_RESOLVE_H

#include "envelope/buffer.h"

/*
 * The value of raw as a new string, or NULL with error filled in.  What a
 * reference yields is not looked through again.  ${...} without a colon is no
 * reference and stays.
 */
extern char *config_resolve(const char *raw, char *error, size_t error_size);

/*
 * Appends a whole file, of CONFIG_FILE_BYTES_MAX at most.  False with error
 * filled in.
 */
extern bool config_read_file(const char *path, WfBuffer *text, char *error, size_t error_size);

#endif							/* WALFERRY_CONFIG_RESOLVE_H */
