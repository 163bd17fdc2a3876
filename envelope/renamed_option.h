/*
 * renamed_option.h
 *		Names that options had in old versions of Debezium.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_RENAMED_OPTION_H
#define WALFERRY_RENAMED_OPTION_H

typedef struct WfRenamedOption
{
	const char *name;
	const char *today;			/* of wf_format_options */
	const char *values;			/* which value there has the meaning of one of the
								 * old, to follow "is called … now"; or empty */
} WfRenamedOption;

/* NULL if name is none of them.  What is found is static. */
extern const WfRenamedOption *wf_renamed_option_find(const char *name);

#endif							/* WALFERRY_RENAMED_OPTION_H */
