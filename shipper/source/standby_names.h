/*
 * standby_names.h
 *		Whom synchronous_standby_names takes for a standby.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_STANDBY_NAMES_H
#define WALFERRY_SOURCE_STANDBY_NAMES_H

#include <stdbool.h>

/*
 * Whether the setting's value has the application_name, in whatever case, or an asterisk, so
 * that commits may wait for it.  FIRST and ANY count for names of standbys, too.
 */
extern bool standby_names_have(const char *names, const char *application_name);

#endif							/* WALFERRY_SOURCE_STANDBY_NAMES_H */
