/*
 * settings.c
 *		Session settings that the text of values depends on.
 *
 * Asking first whether a setting is already right makes this cheap enough to
 * be done for each row whose table has a column that needs it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"

#include "settings.h"

static void
pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

void
wf_settings_pin(void)
{
	if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
		pin("timezone", "UTC");
	if (DateStyle != USE_ISO_DATES)
		pin("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		pin("intervalstyle", "postgres");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		pin("bytea_output", "hex");
	if (extra_float_digits != 1)
		pin("extra_float_digits", "1");

	/* regclass and its kin leave out schemas that are on the path */
	if (namespace_search_path[0] != '\0')
		pin("search_path", "");
}
