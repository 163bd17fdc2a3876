/*
 * setting_source.c
 *		Settings of this library that only the configuration file may set.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/guc.h"
#include "utils/guc_tables.h"

#include "compat.h"
#include "setting_source.h"

/* There are two such settings, and names of them are constants. */
static const char *replaced_names[2];
static int	replaced_count = 0;

/* Did the value that RESET goes back to come from a file, the command line or nowhere? */
static bool
is_administrators(const struct config_generic *setting)
{
	switch (setting->reset_source)
	{
		case PGC_S_DEFAULT:
		case PGC_S_DYNAMIC_DEFAULT:
		case PGC_S_ENV_VAR:
		case PGC_S_FILE:
		case PGC_S_ARGV:
			return true;
		default:
			return false;
	}
}

void
wf_setting_look(const char *name)
{
	int			count;
	struct config_generic **settings = wf_compat_settings(&count);

	for (int i = 0; i < count; i++)
		if (pg_strcasecmp(settings[i]->name, name) == 0 && !is_administrators(settings[i]) &&
			replaced_count < (int) lengthof(replaced_names))
			replaced_names[replaced_count++] = name;
}

void
wf_setting_check(const char *name)
{
	for (int i = 0; i < replaced_count; i++)
		if (strcmp(replaced_names[i], name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("parameter \"%s\" can be set only in the server's configuration file",
							name),
					 errdetail("It has been set for this connection, its role or its database."),
					 errhint("Take it out of the connection's options, or reset it with ALTER ROLE "
							 "or ALTER DATABASE ... RESET %s.", name)));
}
