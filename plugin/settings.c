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

#include <locale.h>

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/pg_locale.h"

#include "settings.h"

/* What cash.c assumes where a locale does not say, and its limit. */
#define MONEY_DIGITS_DEFAULT 2
#define MONEY_DIGITS_MAX 10

/*
 * Asks the C library and not PGLC_localeconv(), which raises an error if the
 * currency's sign has no form in the database's encoding.  The last answer is
 * kept, since the setting hardly ever changes.
 */
int
wf_settings_money_digits(void)
{
	static char known_locale[NAMEDATALEN];
	static int	known_digits = MONEY_DIGITS_DEFAULT;
	int			digits = MONEY_DIGITS_DEFAULT;
	locale_t	locale;

	if (known_locale[0] != '\0' && strcmp(known_locale, locale_monetary) == 0)
		return known_digits;

	locale = newlocale(LC_MONETARY_MASK, locale_monetary, (locale_t) 0);
	if (locale != (locale_t) 0)
	{
		locale_t	former = uselocale(locale);
		char		told = localeconv()->frac_digits;

		uselocale(former);
		freelocale(locale);
		if (told >= 0 && told <= MONEY_DIGITS_MAX)
			digits = told;
	}
	known_digits = digits;
	strlcpy(known_locale, locale_monetary, sizeof(known_locale));
	return digits;
}

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

	if (quote_all_identifiers)
		pin("quote_all_identifiers", "off");

	/* default expressions have their backslashes doubled where it is off */
	if (strcmp(GetConfigOption("standard_conforming_strings", false, false), "on") != 0)
		pin("standard_conforming_strings", "on");

	/*
	 * Where money has other than two fraction digits, C would show wrong
	 * amounts.
	 */
	if (strcmp(locale_monetary, "C") != 0 && wf_settings_money_digits() == MONEY_DIGITS_DEFAULT)
		pin("lc_monetary", "C");
}
