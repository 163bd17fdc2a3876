/*
 * transform.h
 *		The chain of Kafka Connect's single message transforms.
 *
 *		transforms = unwrap,route
 *		transforms.unwrap.type = io.debezium.transforms.ExtractNewRecordState
 *		transforms.unwrap.add.fields = op
 *		transforms.unwrap.predicate = orders
 *		predicates = orders
 *		predicates.orders.type = org.apache.kafka.connect.transforms.predicates.TopicNameMatches
 *		predicates.orders.pattern = .*\.orders
 *
 * A chain is read and checked once per session, by the plugin that carries it
 * out and by the shipper, which only wants to know what is wrong.  Each type has
 * a table of settings in the form of the options' (transform_table.c), and what
 * is said of a type stands there and in its struct here.  What a chain makes of
 * a table's records is decided once per row plan.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TRANSFORM_H
#define WALFERRY_TRANSFORM_H

#include "options.h"
#include "outbox_settings.h"
#include "pattern.h"

#define WF_TRANSFORMS_MAX 16
#define WF_PREDICATES_MAX WF_TRANSFORMS_MAX
#define WF_TRANSFORM_ALIAS_MAX 100	/* bytes */

#define WF_CHANGED_MAX 4		/* ExtractChangedRecordStates of one topic */
#define WF_UNWRAP_COLUMNS_MAX 16	/* that ExtractNewRecordState adds twice */

#define WF_TRANSFORMS_PREFIX "transforms."
#define WF_PREDICATES_PREFIX "predicates."

/* In the order of wf_transform_types. */
typedef enum WfTransformKind
{
	WF_TRANSFORM_UNWRAP,		/* ExtractNewRecordState */
	WF_TRANSFORM_CHANGED,		/* ExtractChangedRecordState */
	WF_TRANSFORM_TABLE_ROUTER,	/* ByLogicalTableRouter */
	WF_TRANSFORM_TOPIC_ROUTER,	/* ToLogicalTopicRouter, its newer name */
	WF_TRANSFORM_REGEX_ROUTER,	/* RegexRouter */
	WF_TRANSFORM_OUTBOX,		/* EventRouter */
	WF_TRANSFORM_DECODE,		/* DecodeLogicalDecodingMessageContent */
	WF_TRANSFORM_KINDS
} WfTransformKind;

/* Choices, in the order of their settings' `choices`. */
typedef enum WfDeleteHandling
{
	WF_DELETES_DROP,
	WF_DELETES_TOMBSTONE,
	WF_DELETES_REWRITE,
	WF_DELETES_REWRITE_WITH_TOMBSTONE,
	WF_DELETES_TO_TOMBSTONE
} WfDeleteHandling;

/* Which of an update's columns drop.fields.header.name leaves out. */
typedef enum WfDrops
{
	WF_DROPS_NONE = 0,
	WF_DROPS_CHANGED,
	WF_DROPS_UNCHANGED
} WfDrops;

typedef struct WfUnwrapSettings
{
	int			delete_handling;
	const char *add_fields;
	const char *add_fields_prefix;
	const char *add_headers;
	const char *add_headers_prefix;
	const char *route_by_field;
	const char *drop_fields_header;
	bool		drop_fields_from_key;
	bool		drop_fields_keep_schema;
	bool		replace_null_with_default;
	WfText		removed;		/* settings that Debezium 3 no longer has: never set */
} WfUnwrapSettings;

typedef struct WfChangedSettings
{
	const char *changed_name;	/* of the header; NULL or empty: none */
	const char *unchanged_name;
} WfChangedSettings;

typedef struct WfDecodeSettings
{
	bool		include_nulls;
} WfDecodeSettings;

/* Of all routers; RegexRouter has the first two only. */
typedef struct WfRouterSettings
{
	const char *topic_regex;
	const char *topic_replacement;
	const char *key_field_name;
	const char *key_field_regex;
	const char *key_field_replacement;
	bool		key_enforce_uniqueness;
	int			schema_names;
	int64_t		cache_size;		/* without meaning here */
} WfRouterSettings;

/* A TopicNameMatches. */
typedef struct WfPredicate
{
	WfSlice		alias;
	const char *pattern_option; /* name of the option that has the pattern */
	WfPattern	pattern;
} WfPredicate;

typedef struct WfTransform
{
	WfTransformKind kind;
	WfSlice		alias;
	const WfPredicate *predicate;	/* NULL: for all records */
	bool		negate;
	union
	{
		WfUnwrapSettings unwrap;
		WfChangedSettings changed;
		WfRouterSettings router;
		WfOutboxSettings outbox;
		WfDecodeSettings decode;
	}			as;
	struct WfMessageDecoder *decoder;	/* of its transform: message_decoder.h */
	struct WfUnwrap *unwrap;	/* of ExtractNewRecordState: unwrap_settings.h */
	WfRewrite	topic_rewrite;	/* of routers */
	WfRewrite	key_rewrite;	/* of those with key.field.regex */
} WfTransform;

/* What a session has; texts are the options'. */
typedef struct WfTransforms
{
	WfPatternEngine engine;
	const WfOptions *options;
	int			count;
	WfTransform transforms[WF_TRANSFORMS_MAX];
	int			predicate_count;
	WfPredicate predicates[WF_PREDICATES_MAX];
} WfTransforms;

typedef struct WfTransformType
{
	const char *class_name;
	const WfOptionSpec *settings;	/* offsets are those in the kind's struct */
	int			setting_count;

	/*
	 * Looks at the settings as a whole, when all have been given, and compiles
	 * what is to be compiled.  NULL: nothing to do.  On failure error has a
	 * sentence as wf_transforms_read() makes them.
	 */
	bool		(*finish) (WfTransforms *transforms, WfTransform *transform, WfBuffer *error);
	bool		is_planned;		/* rows can be written by it */
} WfTransformType;

extern const WfTransformType wf_transform_types[WF_TRANSFORM_KINDS];

/* False if there is no memory.  A zeroed or failed chain may be freed. */
extern bool wf_transforms_init(WfTransforms *transforms, const WfMemory *memory);
extern void wf_transforms_free(WfTransforms *transforms);

/*
 * Reads the chain that options has; an empty one if it has none.  options, which
 * owns all texts, must live as long.  On failure error has one sentence,
 * without a full stop, that names the option and what is wrong; the chain is
 * then to be freed.
 *
 * A transform that `transforms` does not list is passed over with all its
 * settings, as in Kafka Connect, if it has a type: it is switched off.  If not,
 * somebody has misspelt an alias.
 */
extern bool wf_transforms_read(WfTransforms *transforms, const WfOptions *options,
							   WfBuffer *error);

/*
 * What of wf_transforms_read() does not need the settings: whether the lists of names
 * are well.
 */
extern bool wf_transforms_check_names(const WfOptions *options, WfBuffer *error);

/* ---- for types, and for who hands a chain on ---- */

/*
 * The next alias of a list such as `transforms`, from *list on, which is moved
 * behind it.  False at the end.
 */
extern bool wf_transforms_next_alias(const char **list, WfSlice *alias);

/*
 * Which alias of the list owns an option's name, and the rest of the name behind
 * the dot.  The longest that fits, since an alias may have dots.  False if none
 * does.
 */
extern bool wf_transforms_owner(const char *list, const char *prefix, const char *name,
								WfSlice *alias, const char **setting);

/* Appends `option "transforms.ALIAS.SETTING" REASON`; false, for the caller to return. */
extern bool wf_transform_refuse(WfBuffer *error, const WfTransform *transform,
								const char *setting, const char *reason);

/*
 * Compiles a regular expression and its replacement, the values of two of the
 * transform's settings.
 */
extern bool wf_transform_compile(WfTransforms *transforms, const WfTransform *transform,
								 WfRewrite *rewrite, const char *regex_name, const char *regex,
								 const char *replacement_name, const char *replacement,
								 WfBuffer *error);

#endif							/* WALFERRY_TRANSFORM_H */
