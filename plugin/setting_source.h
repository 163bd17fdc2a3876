/*
 * setting_source.h
 *		Settings of this library that only the configuration file may set.
 *
 * Until the library is loaded, PostgreSQL knows its settings as placeholders,
 * which any role may set for its session, its connection (options=-c…), itself
 * or, if it owns it, for a database.  Of these, all but the first replace the
 * file's value for good: when the library then defines the setting as
 * PGC_SIGHUP, the role's value is refused with a mere warning, and what is left
 * is the default (guc.c, define_custom_variable).  A policy could so be got rid
 * of.  Hence the placeholder is looked at before, and where the file's value
 * has been replaced the setting is not to be used.
 *
 * A library that is in shared_preload_libraries has none of this trouble.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_SETTING_SOURCE_H
#define WALFERRY_PLUGIN_SETTING_SOURCE_H

/* To be called right before the setting of that name is defined. */
extern void wf_setting_look(const char *name);

/* An ERROR if the setting's value has been replaced. */
extern void wf_setting_check(const char *name);

#endif							/* WALFERRY_PLUGIN_SETTING_SOURCE_H */
