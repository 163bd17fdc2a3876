/*
 * config_password.h
 *		Settings of the database's password, looked at together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_PASSWORD_H
#define WALFERRY_CONFIG_PASSWORD_H

#include "config_loader.h"

/* Tells which of them do not go together, or not with the rest of the database's. */
extern void config_check_password(ConfigLoader *loader);

#endif							/* WALFERRY_CONFIG_PASSWORD_H */
