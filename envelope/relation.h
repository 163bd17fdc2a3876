/*
 * relation.h
 *		What a table is, independent of who knows it, and the plan made of it.
 *
 * A WfRelation is one *version* of a table's shape: as soon as a column, its
 * type, the name or the key changes, the host makes another.  From it
 * wf_row_plan_build() decides once everything that is the same for all its
 * rows (escaped names, key order, source block, schema description and its
 * fingerprint), so that the row loop appends prepared bytes and values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_RELATION_H
#define WALFERRY_RELATION_H

#include "options.h"
#include "rules.h"
#include "transform.h"
#include "value.h"

#define WF_COLUMNS_MAX 1600		/* PostgreSQL's MaxHeapAttributeNumber */
#define WF_KEY_COLUMNS_MAX 32	/* PostgreSQL's INDEX_MAX_KEYS */

/* Values as in pg_class.relreplident. */
typedef enum WfReplicaIdentity
{
	WF_IDENTITY_DEFAULT = 'd',
	WF_IDENTITY_INDEX = 'i',
	WF_IDENTITY_FULL = 'f',
	WF_IDENTITY_NOTHING = 'n'
} WfReplicaIdentity;

/* Texts of the catalogue that are too long to be described; see catalogue_texts.h. */
#define WF_LEFT_OUT_DEFAULT 1
#define WF_LEFT_OUT_LABELS 2
#define WF_LEFT_OUT_COMMENT 4
#define WF_LEFT_OUT_BITS 3

/* All slices: UTF-8, owned by the host, alive as long as the relation. */
typedef struct WfColumn
{
	WfSlice		name;
	WfSlice		type_name;		/* as format_type() shows it: "numeric(10,2)" */
	WfSlice		catalogue_type; /* pg_type.typname of its type: "numeric", "_int4" */
	WfSlice		comment;		/* empty if none */
	WfType		type;
	bool		nullable;
	bool		may_hold_null;	/* all the same: its NOT NULL is a domain's, which
								 * outer joins and COPY do not ask */
	bool		in_identity;	/* logged in the old key of update and delete */
	bool		is_identity_column; /* GENERATED … AS IDENTITY */
	bool		is_generated;	/* GENERATED ALWAYS AS (…) STORED */
	WfSlice		default_expression; /* as pg_get_expr() shows it; empty if none */
	const WfValue *default_value;	/* wf_default_read() of it; NULL if none */
	WfColumnRule rule;			/* see wf_relation_apply_rules() */
	uint8_t		left_out;		/* WF_LEFT_OUT_…s */
} WfColumn;

typedef struct WfRelation
{
	uint32_t	oid;
	WfSlice		schema;
	WfSlice		name;
	WfSlice		comment;
	uint8_t		left_out;		/* WF_LEFT_OUT_COMMENT, or 0 */
	WfReplicaIdentity identity;
	bool		has_partitions; /* rows may come from them, whose replica identities
								 * are their own */
	int			column_count;
	const WfColumn *columns;	/* live columns in attribute order */
	int			key_count;		/* 0: no key */
	int			key_columns[WF_KEY_COLUMNS_MAX];	/* indexes into columns, in key
													 * order */
} WfRelation;

/* First 128 bits of the SHA-256 of the schema description, in hex. */
#define WF_FINGERPRINT_LENGTH 32

/*
 * SHA-256 as the host has it (pg_cryptohash in the server, libcrypto in the
 * shipper).  Returns false if it could not be computed.
 */
typedef bool (*WfSha256) (const void *bytes, size_t length, uint8_t digest[32]);

/* A range of bytes in the plan's text buffer. */
typedef struct WfRange
{
	size_t		offset;
	size_t		length;
} WfRange;

static inline WfRange
wf_range_since(const WfBuffer *text, size_t mark)
{
	WfRange		range = {mark, text->length - mark};

	return range;
}

/*
 * An enclosure (enclosure.h) in somebody's text; empty ranges: none.  id: the
 * number under which frame output has described it in this session, 0 = not yet.
 */
typedef struct WfEnclosureRanges
{
	WfRange		key_schema;
	WfRange		value_schema;
	uint32_t	id;
} WfEnclosureRanges;

/* What to do with a column, in rows or as a member of the key. */
typedef struct WfColumnPlan
{
	/* what each row asks for comes first, to lie in few cache lines */
	WfRange		head;			/* `"name":`, preceded by a comma but for the first */
	WfRange		null_text;		/* what stands for NULL */
	WfRange		member;			/* the last image's, in the session's buffer */
	bool		is_copied;		/* it has a member, and rule does nothing to values */
	WfColumnRule rule;
	WfColumnField field;
	bool		null_is_default;	/* null_text is the column's default */
	bool		hides_null;		/* what stands for NULL could be a value, and a row
								 * may have NULL */
	WfRange		absent_text;	/* for a value that is not in a key-only image */
	WfRange		unavailable_text;	/* for an unchanged TOASTed value */
	WfRange		schema;			/* of its field; see value_schema_tail */
	WfSourceType source_type;
} WfColumnPlan;

/* What schema.changes.enabled has to tell of a table: schema_change.c. */
typedef enum WfNews
{
	WF_NEWS_TOLD = 0,			/* nothing */
	WF_NEWS_NEW,
	WF_NEWS_CHANGED
} WfNews;

/* The rows of one relation version, decided.  Filled by wf_row_plan_build(). */
typedef struct WfRowPlan
{
	const WfRelation *relation;
	WfBuffer   *text;			/* the prepared bytes; the host's, lives as long as
								 * the plan */
	WfColumnPlan *columns;		/* per column of the relation, omitted ones too */
	WfColumnPlan *key;			/* per member of the key */
	WfColumnPlan *substitute;	/* per column, as a member of what stands for a key
								 * that a row does not tell; NULL: rows that tell
								 * anything tell the key */
	WfRange		topic;			/* sanitised topic name */
	WfRange		collection;		/* `schema.table`, as transaction metadata names it */
	WfRange		source_table;	/* `,"schema":"s","table":"t","txId":` */

	/*
	 * At the end of the text, because the frame output tells them once: the
	 * schemas around keys and values (their digest says whether two are the
	 * same), and the schema description, JSON (docs/format.md).
	 */
	WfEnclosureRanges enclosure;
	uint8_t		enclosure_digest[32];
	WfEnclosureRanges null_enclosure;	/* of deletes whose value is null */

	/* The same without the key's schema, which a substitute brings with it. */
	WfEnclosureRanges substitute_enclosure;
	WfEnclosureRanges substitute_null_enclosure;
	WfRange		schema;
	bool		hides_nulls;	/* a column does */
	char		fingerprint[WF_FINGERPRINT_LENGTH + 1];

	/*
	 * Numbers (enclosure.id too) the output gives to what it has described in
	 * this session; 0 = not yet.  A table described anew keeps its topic's
	 * number as long as the topic's name is the same.
	 */
	uint32_t	topic_id;
	uint32_t	schema_id;

	/* A table described anew is told of again if what is told has changed. */
	WfNews		news;
	uint8_t		news_digest[32];
	WfSlice		comment;		/* of the table, if it is to be shown */

	/* What the chain of transforms makes of the table's records. */
	const WfTransform *event_router;	/* makes records of its own of them, by: */
	struct WfOutboxPlan *outbox;	/* the host's; NULL: none does */
	bool		is_transformed; /* any of: */
	WfRange		key_tail;		/* what ends a key instead of its brace; empty: that */
	const WfTransform *unwrap;	/* rows are written instead of envelopes */
	bool		reads_before;	/* that of updates, too, though it is not shown */
	WfDrops		drops;			/* drop.fields.header.name */
	WfRange		value_schema_tail;	/* with drops and inline schemas: what stands
									 * behind the columns' */
	WfRange		key_schema_tail;
	int16_t		route_column;	/* of unwrap with route.by.field; -1: none */
	const WfTransform *changed[WF_CHANGED_MAX];
	int			changed_count;
	int16_t		added_columns[WF_UNWRAP_COLUMNS_MAX];	/* of before and after,
														 * which unwrap adds; -1:
														 * the table has none of the
														 * name */

	/* Where the table's events are counted: transaction.c. */
	uint64_t	counted_in;		/* of the session's transactions */
	size_t		collection_entry;
} WfRowPlan;

/*
 * Decides what filters and masks do with a relation's columns, and its key if
 * message.key.columns has one.  columns: relation->columns.  False with a
 * sentence in error if that could not be decided.
 */
extern bool wf_relation_apply_rules(WfRules *rules, WfSlice database, WfRelation *relation,
									WfColumn *columns, WfBuffer *error);

/*
 * Appends to names what message.key.columns asks for of the relation and does not find;
 * see wf_rules_key_missing().  False with a sentence in error as above.
 */
extern bool wf_relation_missing_key(WfRules *rules, WfSlice database, const WfRelation *relation,
									WfBuffer *names, WfBuffer *error);

/* A column as rules see it. */
extern WfRuleColumn wf_rule_column(const WfColumn *column);

/* Column plans that a relation's row plan takes. */
extern size_t wf_column_plan_count(const WfRelation *relation);

/*
 * Builds the plan of a relation.  columns: room for wf_column_plan_count();
 * text: an empty buffer.  Both belong to the host and must live as long as the
 * plan, and stay where they are; so must options.  False if the buffer failed
 * or the digest did; then the plan is not to be used.
 *
 * Topic: <prefix>.<schema>.<table>, every UTF-16 unit outside [A-Za-z0-9._-]
 * as '_', at most 249 characters (Debezium's AbstractTopicNamingStrategy).
 */
extern bool wf_row_plan_build(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
							  const WfRelation *relation, WfColumnPlan *columns, WfBuffer *text,
							  WfSha256 sha256);

/*
 * Takes over what the output knows already by the plan that the table had
 * before: numbers of what is the same, and whether its shape is news.
 * former_topic: the name that former's topic had.  Former's text and relation
 * may be gone.
 */
extern void wf_row_plan_succeed(WfRowPlan *plan, const WfRowPlan *former, WfSlice former_topic);

/*
 * The same for records that go through a chain, which must live as long.  False
 * with a sentence in error, without a full stop, if the chain comes to no good with
 * this table; without one as above.
 */
extern bool wf_row_plan_build_transformed(WfRowPlan *plan, const WfOptions *options,
										  WfTextForm *form, const WfRelation *relation,
										  WfColumnPlan *columns, WfBuffer *text, WfSha256 sha256,
										  WfTransforms *transforms, WfBuffer *error);

/*
 * Of a plan's text, the bytes that are needed as long as there are rows of it.  What
 * stands behind them, enclosure and schema description, is by far the longest part, and
 * with frame output (is_frame) it is needed until it has been sent: there may be a hundred
 * thousand tables.  Textual outputs need the enclosure for each record, and the
 * description never.
 */
extern size_t wf_row_plan_kept_length(const WfRowPlan *plan, bool with_description, bool is_frame);

/* The text has been cut to wf_row_plan_kept_length() without the description. */
extern void wf_row_plan_forget_description(WfRowPlan *plan, bool is_frame);

static inline WfSlice
wf_plan_text(const WfRowPlan *plan, WfRange range)
{
	return wf_slice(plan->text->data + range.offset, range.length);
}

/* A member's name in quotes, and the colon; empty if the column is not shown. */
static inline WfSlice
wf_plan_name(const WfRowPlan *plan, const WfColumnPlan *column)
{
	WfSlice		head = wf_plan_text(plan, column->head);
	size_t		comma = head.length > 0 && head.data[0] == ',' ? 1 : 0;

	return wf_slice(head.data + comma, head.length - comma);
}

/* Whether keys or values stand beside schemas. */
static inline bool
wf_options_enclose(const WfOptions *options)
{
	return options->key_schemas || options->value_schemas;
}

/* Whether rows may name the topic that they go to, by route.by.field. */
static inline bool
wf_plan_is_routed(const WfRowPlan *plan)
{
	return plan->unwrap != NULL && plan->route_column >= 0;
}

/*
 * Whether frame output has told all that readers of the plan's records need, but for the
 * topic of a plan that is routed.
 */
static inline bool
wf_plan_is_described(const WfRowPlan *plan, const WfOptions *options)
{
	return plan->schema_id != 0 && (plan->enclosure.id != 0 || !wf_options_enclose(options));
}

/*
 * Appends the topic name that a row asks for, made legal: characters replaced and
 * cut as above; one that Kafka keeps for itself (begins with two underscores, or
 * is empty, `.` or `..`) has a hyphen before it.  False if it had to be changed.
 */
extern bool wf_topic_legal_name(WfBuffer *buffer, WfSlice wished);

/* Appends a topic name: prefix and up to two parts joined by topic.delimiter, sanitised. */
extern void wf_topic_name(WfBuffer *buffer, const WfOptions *options, WfSlice part1,
						  WfSlice part2);

/* Appends that of logical messages, with a dot always (LogicalDecodingMessageMonitor). */
extern void wf_message_topic_name(WfBuffer *buffer, const WfOptions *options);

#endif							/* WALFERRY_RELATION_H */
