/*
 * options.h
 *		The options that decide what is written, in one table.
 *
 * The plugin takes them by START_REPLICATION, the shipper from its
 * configuration (and hands them to the plugin, or uses them itself when
 * pgoutput is the source).  Names are Debezium's.  Options of one side only
 * (output, slot.name, …) stand in that side's own table, in the same form.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_OPTIONS_H
#define WALFERRY_OPTIONS_H

#include "buffer.h"

#define WF_TOPIC_LENGTH_MAX 249 /* Kafka's limit for a topic name */
#define WF_OPTION_TEXT_MAX 249	/* bytes of a text option's value */

typedef enum WfOptionType
{
	WF_OPTION_BOOL,				/* true | false */
	WF_OPTION_INT,				/* within [minimum, maximum] */
	WF_OPTION_TEXT,				/* 1 to WF_OPTION_TEXT_MAX bytes; check() may refuse */
	WF_OPTION_CHOICE,			/* one of `choices`, separated by '|' */
	WF_OPTION_OPERATIONS		/* subset of c,u,d,t or none */
} WfOptionType;

/* Bits of skipped_operations. */
enum
{
	WF_SKIP_CREATE = 1,
	WF_SKIP_UPDATE = 2,
	WF_SKIP_DELETE = 4,
	WF_SKIP_TRUNCATE = 8
};

/* One row of an option table. */
typedef struct WfOptionSpec
{
	const char *name;
	WfOptionType type;
	const char *choices;		/* of WF_OPTION_CHOICE; else NULL */
	int64_t		minimum;		/* of WF_OPTION_INT */
	int64_t		maximum;
	const char *default_text;	/* as a user would write it; NULL: see doc */
	size_t		offset;			/* of the member in the struct that is set */
	const char *(*check) (const char *value);	/* further rule: NULL if well, else
												 * what is allowed instead; asked
												 * with "" it tells just that, since
												 * no option takes the empty value */
	const char *doc;			/* one or two sentences for the reference */
} WfOptionSpec;

typedef struct WfText
{
	char		bytes[WF_OPTION_TEXT_MAX + 1];
	size_t		length;
} WfText;

/* Values: bool for BOOL, int64_t for INT, WfText for TEXT, int (index of the
 * choice) for CHOICE, int (WF_SKIP_ bits) for OPERATIONS. */
typedef struct WfOptions
{
	WfText		topic_prefix;
	bool		schemas_enable;
	bool		key_schemas_enable;
	bool		value_schemas_enable;
	bool		replace_null_with_default;
	bool		tombstones_on_delete;
	int			skipped_operations;
	WfText		unavailable_placeholder;
	bool		walferry_headers;	/* write the __walferry.* headers */
	int64_t		record_max_bytes;
} WfOptions;

extern const WfOptionSpec wf_format_options[];
extern const int wf_format_option_count;

/* The spec of that name in a table, or NULL. */
extern const WfOptionSpec *wf_option_find(const WfOptionSpec *specs, int count, const char *name);

/* Sets every option that has a default_text to it. */
extern void wf_options_set_defaults(const WfOptionSpec *specs, int count, void *target);

/*
 * Parses value into target.  On failure returns false, leaves target alone and
 * appends to allowed what the option takes ("true or false", "an integer from
 * 1 to 10", "one of envelope, record, frame"), for the host's error message.
 */
extern bool wf_option_set(const WfOptionSpec *spec, const char *value, void *target,
						  WfBuffer *allowed);

/* Appends what spec takes, in words. */
extern void wf_option_describe_allowed(const WfOptionSpec *spec, WfBuffer *buffer);

#endif							/* WALFERRY_OPTIONS_H */
