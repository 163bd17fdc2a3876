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
#define WF_OPTION_LIST_MAX (1024 * 1024)	/* bytes of a list's */
#define WF_FILTERS_AND_MASKS "filters and masks"
#define WF_TRANSFORM_SETTINGS "settings of transforms and predicates"
#define WF_HEX_PREFIX "hex:"	/* of a placeholder that is bytes */
#define WF_SETTINGS_MAX 64		/* options whose names have a free part, of one kind */

typedef enum WfOptionType
{
	WF_OPTION_BOOL,				/* true | false */
	WF_OPTION_INT,				/* within [minimum, maximum] */
	WF_OPTION_TEXT,				/* 1 to WF_OPTION_TEXT_MAX bytes; check() may refuse */
	WF_OPTION_CHOICE,			/* one of `choices`, separated by '|' */
	WF_OPTION_OPERATIONS,		/* subset of c,u,d,t or none */
	WF_OPTION_SWITCH,			/* true | false, or not given */
	WF_OPTION_LIST,				/* up to WF_OPTION_LIST_MAX bytes, may be empty */
	WF_OPTION_FAMILY			/* every option whose name begins with this one's,
								 * which ends in a dot: a WfSetting each */
} WfOptionType;

/* A switch that was not given is decided by wf_options_settle(). */
typedef enum WfSwitch
{
	WF_SWITCH_UNSET = 0,
	WF_SWITCH_FALSE,
	WF_SWITCH_TRUE
} WfSwitch;

/*
 * Bits of skipped_operations.  Debezium's publication lacks the operations that
 * are named; it has truncations when they are skipped by default only, so that
 * their transactions count nevertheless.
 */
enum
{
	WF_SKIP_CREATE = 1,
	WF_SKIP_UPDATE = 2,
	WF_SKIP_DELETE = 4,
	WF_SKIP_TRUNCATE = 8,
	WF_SKIP_TRUNCATE_NAMED = 16
};

/* One row of an option table. */
typedef struct WfOptionSpec
{
	const char *name;
	WfOptionType type;
	const char *choices;		/* of WF_OPTION_CHOICE; else NULL */
	const char *plural;			/* of WF_OPTION_FAMILY: what its options are, and
								 * those that share its WfSettings */
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

/* An option whose name has a free part: `column.mask.with.5.chars`. */
typedef struct WfSetting
{
	const char *name;
	const char *value;
} WfSetting;

typedef struct WfSettings
{
	int			count;
	WfSetting	entries[WF_SETTINGS_MAX];
} WfSettings;

/* Choices, in the order of their options' `choices`. */
typedef enum WfCompat
{
	WF_COMPAT_NONE,
	WF_COMPAT_DEBEZIUM
} WfCompat;

typedef enum WfDecimalMode
{
	WF_DECIMAL_PRECISE,
	WF_DECIMAL_DOUBLE,
	WF_DECIMAL_STRING
} WfDecimalMode;

typedef enum WfDecimalFormat
{
	WF_DECIMAL_BASE64,
	WF_DECIMAL_NUMERIC
} WfDecimalFormat;

typedef enum WfTimeMode
{
	WF_TIME_ADAPTIVE,
	WF_TIME_ADAPTIVE_MICROSECONDS,
	WF_TIME_CONNECT,
	WF_TIME_ISOSTRING,
	WF_TIME_MICROSECONDS,
	WF_TIME_NANOSECONDS,
	WF_TIME_STRUCTURED
} WfTimeMode;

typedef enum WfIntervalMode
{
	WF_INTERVAL_NUMERIC,
	WF_INTERVAL_STRING
} WfIntervalMode;

typedef enum WfBinaryMode
{
	WF_BINARY_BYTES,
	WF_BINARY_BASE64,
	WF_BINARY_BASE64_URL_SAFE,
	WF_BINARY_HEX
} WfBinaryMode;

typedef enum WfHstoreMode
{
	WF_HSTORE_JSON,
	WF_HSTORE_MAP
} WfHstoreMode;

typedef enum WfArrayHandling
{
	WF_ARRAYS_DEBEZIUM,
	WF_ARRAYS_ALL,
	WF_ARRAYS_JSON
} WfArrayHandling;

typedef enum WfUnknownHandling
{
	WF_UNKNOWN_DEBEZIUM,
	WF_UNKNOWN_TEXT,
	WF_UNKNOWN_JSON
} WfUnknownHandling;

typedef enum WfSpecialNumerics
{
	WF_SPECIAL_NUMERIC_NULL,
	WF_SPECIAL_NUMERIC_STRING
} WfSpecialNumerics;

typedef enum WfInfinityHandling
{
	WF_INFINITY_DEBEZIUM,
	WF_INFINITY_NULL,
	WF_INFINITY_STRING
} WfInfinityHandling;

typedef enum WfKeyOnlyBefore
{
	WF_KEY_ONLY_FILL,
	WF_KEY_ONLY_OMIT
} WfKeyOnlyBefore;

typedef enum WfTxidHandling
{
	WF_TXID_XID,
	WF_TXID_XID8
} WfTxidHandling;

typedef enum WfRecordTimestamp
{
	WF_TIMESTAMP_PRODUCER,		/* that at which the record is sent */
	WF_TIMESTAMP_COMMIT
} WfRecordTimestamp;

typedef enum WfNameAdjustment
{
	WF_NAMES_AS_THEY_ARE,
	WF_NAMES_AVRO,
	WF_NAMES_AVRO_UNICODE
} WfNameAdjustment;

typedef enum WfConverter
{
	WF_CONVERTER_JSON,
	WF_CONVERTER_STRING,
	WF_CONVERTER_BYTES,
	WF_CONVERTER_BINARY			/* Debezium's: bytes as they are, all else JSON */
} WfConverter;

typedef enum WfFailureHandling
{
	WF_FAILURE_WARN,
	WF_FAILURE_FAIL,
	WF_FAILURE_SKIP
} WfFailureHandling;

/*
 * Values: bool for BOOL, int64_t for INT, WfText for TEXT, int (index of the
 * choice) for CHOICE, int (WF_SKIP_ bits) for OPERATIONS, int (a WfSwitch) for
 * SWITCH, const char * for LIST (NULL if not given), and for FAMILY an entry in
 * settings.  What LIST and FAMILY point to is the host's and lives as long.
 */
typedef struct WfOptions
{
	WfText		topic_prefix;
	int			compat;

	/* what surrounds rows */
	int			key_converter;
	int			value_converter;
	const char *key_delegate;	/* of WF_CONVERTER_BINARY; checked only */
	const char *value_delegate;
	int			key_delegate_schemas_enable;
	int			value_delegate_schemas_enable;
	int			schemas_enable;
	int			key_schemas_enable;
	int			value_schemas_enable;
	bool		key_replace_null_with_default;
	bool		value_replace_null_with_default;
	bool		tombstones_on_delete;
	int			skipped_operations;
	bool		skip_messages_without_change;
	bool		provide_transaction_metadata;
	bool		publish_via_partition_root;
	const char *partition_root_include;
	const char *publication_filter;
	bool		extended_headers;
	bool		schema_changes;
	int			before_key_only;
	int			txid_handling;
	bool		walferry_headers;	/* write the __walferry.* headers */
	int			record_timestamp;	/* Kafka's, of a record: a WfRecordTimestamp */
	int64_t		record_max_bytes;

	/* values */
	int			decimal_mode;
	int			key_decimal_format;
	int			value_decimal_format;
	int			numeric_special;
	int64_t		money_fraction_digits;
	int			time_mode;
	int			interval_mode;
	int			infinity_handling;
	int			binary_mode;
	int			hstore_mode;
	int			array_handling;
	bool		include_unknown;
	bool		include_generated;
	int			unknown_handling;
	WfText		unavailable_placeholder;
	int			failure_handling;

	/* names */
	WfText		topic_delimiter;
	WfText		topic_transaction;
	int			schema_names;
	int			field_names;
	bool		schema_comments;

	/* rules, as text */
	const char *schema_include;
	const char *schema_exclude;
	const char *table_include;
	const char *table_exclude;
	const char *column_include;
	const char *column_exclude;
	const char *message_prefix_include;
	const char *message_prefix_exclude;
	const char *message_key_columns;
	const char *column_propagate;
	const char *datatype_propagate;
	WfSettings	settings;

	/* the chain of transforms, as text */
	const char *transforms;
	const char *predicates;
	WfSettings	transform_settings;

	/* decided by wf_options_settle() */
	bool		key_schemas;	/* inline schemas */
	WfText		placeholder;	/* unavailable_placeholder's bytes */
	bool		value_schemas;
	bool		publishes_roots;	/* partitions may be published as partitioned
									 * tables */
} WfOptions;

extern const WfOptionSpec wf_format_options[];
extern const int wf_format_option_count;

/* The spec of that name in a table (a family's, if the name begins with it), or NULL. */
extern const WfOptionSpec *wf_option_find(const WfOptionSpec *specs, int count, const char *name);

/* Sets every option that has a default_text to it. */
extern void wf_options_set_defaults(const WfOptionSpec *specs, int count, void *target);

/*
 * Parses value into target.  On failure returns false, leaves target alone and
 * appends to allowed what the option takes ("true or false", "an integer from
 * 1 to 10", "one of envelope, record, frame"), for the host's error message.
 * name is the option's own, which for a family says more than spec; it and the
 * value of a LIST or FAMILY must live as long as target.
 */
extern bool wf_option_set(const WfOptionSpec *spec, const char *name, const char *value,
						  void *target, WfBuffer *allowed);

/*
 * Has target as many options of the family, and of those that share its WfSettings, as
 * it takes?  Then wf_option_set() refuses another one, and there are more than
 * WF_SETTINGS_MAX of what spec->plural says.  False if it is no family.
 */
extern bool wf_option_is_full(const WfOptionSpec *spec, const void *target);

/*
 * To be called once when all options are set: decides the switches that were
 * not given, and checks what only several options together can show.  False
 * after appending a sentence that says what contradicts what.
 * inline_schemas: what schemas.enable is when it is not given.
 */
extern bool wf_options_settle(WfOptions *options, bool inline_schemas, WfBuffer *complaint);

/*
 * An option by which somebody could undo, in part or by another road, what `option`
 * says; so who settles `option` for others settles it too.
 */
typedef struct WfNarrowerOption
{
	const char *option;
	const char *when;			/* only if option has this value; NULL: always */
	const char *name;			/* one that ends in a dot: all that begin so */
	const char *value;			/* with which it undoes nothing; NULL: none has */
} WfNarrowerOption;

#define WF_SAME_VALUE "="		/* as value: the same as option's */

extern const WfNarrowerOption wf_narrower_options[];
extern const int wf_narrower_option_count;

/* Appends what spec takes, in words. */
extern void wf_option_describe_allowed(const WfOptionSpec *spec, WfBuffer *buffer);

#endif							/* WALFERRY_OPTIONS_H */
