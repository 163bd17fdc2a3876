/*
 * setting_source.h
 *		Settings of this library that only the configuration file may set.
 *
 * Until the library is loaded, PostgreSQL knows its settings as placeholders.
 * Any role may set one for its session, its connection (options=-c…), itself
 * or, if it owns it, for a database.  All but the first replace the file's
 * value for good: when the library then defines the setting as PGC_SIGHUP, the
 * role's value is refused with a mere warning, and what is left is the default
 * (guc.c, define_custom_variable).  The same becomes of a value of the file's
 * that the library does not take.  Either way a policy would be got rid of.
 *
 * So the placeholder is looked at before, and a setting whose value has been
 * lost is not to be used: an error, each time it is needed.
 *
 * A parallel worker never sees the placeholder: it loads the library with the
 * file's values, and then is given its leader's, of which nothing tells any more
 * how they came about.  So no setting is used there.
 *
 * A library that is in shared_preload_libraries has less of this trouble.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_SETTING_SOURCE_H
#define WALFERRY_PLUGIN_SETTING_SOURCE_H

typedef struct WfSettingSource
{
	const char *name;
	bool		replaced;		/* by somebody who is not the administrator */
	bool		refused;		/* what the file has is not well */
	char	   *placeholder;	/* while the setting is being defined */
} WfSettingSource;

/* To be called right before and right after the setting of that name is defined. */
extern void wf_setting_look(WfSettingSource *source);
extern void wf_setting_defined(WfSettingSource *source, const char *value);

/* From the setting's assign hook: the file has a value that is well. */
extern void wf_setting_assigned(WfSettingSource *source);

/* An ERROR if the file's value has been lost, or may have been: in a parallel worker. */
extern void wf_setting_check(const WfSettingSource *source);

#endif							/* WALFERRY_PLUGIN_SETTING_SOURCE_H */
