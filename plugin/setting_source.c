/*
 * setting_source.c
 *		Settings of this library that only the configuration file may set.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/parallel.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

#include "compat.h"
#include "setting_source.h"

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
wf_setting_look(WfSettingSource *source)
{
	int			count;
	struct config_generic **settings = wf_compat_settings(&count);

	for (int i = 0; i < count; i++)
	{
		const char *value;

		if (pg_strcasecmp(settings[i]->name, source->name) != 0)
			continue;
		source->replaced = !is_administrators(settings[i]);
		value = GetConfigOptionResetString(settings[i]->name);
		source->placeholder = pstrdup(value != NULL ? value : "");
	}
}

void
wf_setting_defined(WfSettingSource *source, const char *value)
{
	if (source->placeholder == NULL)
		return;
	source->refused = strcmp(source->placeholder, value != NULL ? value : "") != 0;
	pfree(source->placeholder);
	source->placeholder = NULL;
}

void
wf_setting_assigned(WfSettingSource *source)
{
	source->refused = false;
}

void
wf_setting_check(const WfSettingSource *source)
{
	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("parameter \"%s\" cannot be used in a parallel worker", source->name),
				 errhint("Mark functions that call walferry.render() PARALLEL RESTRICTED.")));
	if (source->replaced)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("parameter \"%s\" can be set only in the server's configuration file",
						source->name),
				 errdetail("It has been set for this connection, its role or its database."),
				 errhint("Take it out of the connection's options, or reset it with ALTER ROLE "
						 "or ALTER DATABASE ... RESET %s.", source->name)));
	if (source->refused)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the value of parameter \"%s\" in the server's configuration file is not "
						"valid", source->name),
				 errhint("A warning in the server's log, or after LOAD 'walferry', says why.")));
}
