/*
 * outbox_settings.h
 *		The settings of Debezium's outbox EventRouter.
 *
 * A row that an application writes to its outbox table is an event of its own: the
 * EventRouter makes a record of it whose topic, key, headers and value are what
 * the row's columns say (EventRouterConfigDefinition, EventRouterDelegate).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_OUTBOX_SETTINGS_H
#define WALFERRY_OUTBOX_SETTINGS_H

#include "options.h"

#define WF_OUTBOX_FIELDS_MAX 32 /* of table.fields.additional.placement */

typedef enum WfOutboxPlacement
{
	WF_OUTBOX_HEADER,
	WF_OUTBOX_ENVELOPE,
	WF_OUTBOX_PARTITION
} WfOutboxPlacement;

/* What becomes of an operation that is no insert or delete. */
typedef enum WfOutboxInvalid
{
	WF_OUTBOX_INVALID_WARN,
	WF_OUTBOX_INVALID_ERROR,
	WF_OUTBOX_INVALID_FATAL
} WfOutboxInvalid;

/* `column:placement[:alias]`; slices of the setting's text. */
typedef struct WfOutboxField
{
	WfSlice		column;
	WfOutboxPlacement placement;
	WfSlice		alias;
} WfOutboxField;

typedef struct WfOutboxSettings
{
	const char *event_id;		/* names of columns */
	const char *event_key;
	const char *event_type;		/* without meaning: nothing asks for it */
	const char *event_payload;
	const char *event_timestamp;	/* empty: none */
	const char *event_version;	/* empty: none */
	const char *placement;
	int			missing;		/* choice: error, ignore */
	int			error_on_missing;	/* a WfSwitch; its older name */
	const char *route_by_field;
	const char *topic_regex;
	const char *topic_replacement;
	bool		tombstone_on_empty;
	bool		expand_payload;
	int			null_behavior;	/* choices: ignore, and keep */
	int			empty_array_behavior;
	int			invalid;		/* a WfOutboxInvalid */
	const char *tracing;		/* without meaning here, see the table */

	/* decided when all are given */
	bool		ignores_missing;
	bool		has_envelope;	/* a field is placed there */
	int			field_count;
	WfOutboxField fields[WF_OUTBOX_FIELDS_MAX];
} WfOutboxSettings;

#define WF_OUTBOX_SETTING_COUNT 20

extern const WfOptionSpec wf_outbox_settings[WF_OUTBOX_SETTING_COUNT];

/*
 * Reads what has parts.  On failure setting names the one that is ill and reason
 * has what is to follow its name; false.
 */
extern bool wf_outbox_settings_finish(WfOutboxSettings *settings, const char **setting,
									  const char **reason);

#endif							/* WALFERRY_OUTBOX_SETTINGS_H */
