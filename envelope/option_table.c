/*
 * option_table.c
 *		The table of the options that decide the format.
 *
 * The references in docs/ are generated from it.  Names, values and defaults
 * are Debezium's and Kafka Connect's where they have the option; its own are
 * named in the same manner.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "options.h"
#include "publication_names.h"

/*
 * Longest prefix with which no topic name can pass Kafka's limit: two
 * identifiers of PostgreSQL (63 bytes, NAMEDATALEN) and two dots follow it.
 * Beyond the limit names are cut, and tables would share a topic unnoticed.
 */
#define TOPIC_PREFIX_MAX (WF_TOPIC_LENGTH_MAX - 2 * 64)

#define TOPIC_DELIMITER_MAX 8
#define TOPIC_PART_MAX 100

static bool
is_topic_text(const char *value)
{
	for (; *value != '\0'; value++)
		if (!((*value >= 'A' && *value <= 'Z') || (*value >= 'a' && *value <= 'z') ||
			  (*value >= '0' && *value <= '9') || *value == '.' || *value == '_' ||
			  *value == '-'))
			return false;
	return true;
}

static const char *
check_topic_prefix(const char *value)
{
	static const char *const allowed =
	"1 to 121 letters, digits, dots, underscores and hyphens, not beginning with __walferry";
	size_t		length = strlen(value);

	if (length < 1 || length > TOPIC_PREFIX_MAX)
		return allowed;
	if (strncmp(value, "__walferry", strlen("__walferry")) == 0)
		return allowed;			/* these topics are the shipper's own */
	return is_topic_text(value) ? NULL : allowed;
}

/* Short, so that a topic's name keeps its room for schema and table. */
static const char *
check_delimiter(const char *value)
{
	size_t		length = strlen(value);

	return length >= 1 && length <= TOPIC_DELIMITER_MAX && is_topic_text(value) ? NULL :
		"1 to 8 letters, digits, dots, underscores and hyphens";
}

static const char *
check_topic_part(const char *value)
{
	size_t		length = strlen(value);

	return length >= 1 && length <= TOPIC_PART_MAX && is_topic_text(value) ? NULL :
		"1 to 100 letters, digits, dots, underscores and hyphens";
}

static bool
is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *
check_placeholder(const char *value)
{
	static const char *const allowed =
	"1 to 249 bytes of text, or hex: and an even number of hexadecimal digits";
	size_t		length = strlen(value);

	if (length < 1 || length > WF_OPTION_TEXT_MAX)
		return allowed;
	if (strncmp(value, WF_HEX_PREFIX, strlen(WF_HEX_PREFIX)) != 0)
		return NULL;
	value += strlen(WF_HEX_PREFIX);
	if (*value == '\0' || strlen(value) % 2 != 0)
		return allowed;
	while (is_hex_digit(*value))
		value++;
	return *value == '\0' ? NULL : allowed;
}

#define JSON_CONVERTER "org.apache.kafka.connect.json.JsonConverter"

/* In the order of WfConverter. */
#define CONVERTERS JSON_CONVERTER "|org.apache.kafka.connect.storage.StringConverter|" \
	"org.apache.kafka.connect.converters.ByteArrayConverter|" \
	"io.debezium.converters.BinaryDataConverter"

static const char *
check_delegate(const char *value)
{
	return strcmp(value, JSON_CONVERTER) == 0 ? NULL : "only " JSON_CONVERTER;
}

const WfOptionSpec wf_format_options[] = {
	{
		.name = "topic.prefix", .type = WF_OPTION_TEXT,
		.offset = offsetof(WfOptions, topic_prefix), .check = check_topic_prefix,
		.doc = "First part of every topic's name, and source.name. The plugin takes the "
		"database's name if it is not given."
	},
	{
		.name = "compat", .type = WF_OPTION_CHOICE, .default_text = "none",
		.choices = "none|debezium",
		.offset = offsetof(WfOptions, compat),
		.doc = "debezium: repeat those defects of Debezium's that a consumer could rely on; "
		"docs/format.md lists them."
	},
	{
		.name = "key.converter", .type = WF_OPTION_CHOICE, .default_text = JSON_CONVERTER,
		.choices = CONVERTERS, .offset = offsetof(WfOptions, key_converter),
		.doc = "How keys are written. Others than the JsonConverter are for the keys that an "
		"EventRouter makes."
	},
	{
		.name = "value.converter", .type = WF_OPTION_CHOICE, .default_text = JSON_CONVERTER,
		.choices = CONVERTERS, .offset = offsetof(WfOptions, value_converter),
		.doc = "How values are written. Others than the JsonConverter are for the values that an "
		"EventRouter makes."
	},
	{
		.name = "key.converter.delegate.converter.type", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, key_delegate), .check = check_delegate,
		.doc = "Of the BinaryDataConverter: how it writes keys that are not bytes."
	},
	{
		.name = "value.converter.delegate.converter.type", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, value_delegate), .check = check_delegate,
		.doc = "Of the BinaryDataConverter: how it writes values that are not bytes."
	},
	{
		.name = "key.converter.delegate.converter.type.schemas.enable",
		.type = WF_OPTION_SWITCH, .offset = offsetof(WfOptions, key_delegate_schemas_enable),
		.doc = "Kafka Connect schema inside each key that the BinaryDataConverter delegates."
	},
	{
		.name = "value.converter.delegate.converter.type.schemas.enable",
		.type = WF_OPTION_SWITCH, .offset = offsetof(WfOptions, value_delegate_schemas_enable),
		.doc = "Kafka Connect schema inside each value that the BinaryDataConverter delegates."
	},
	{
		.name = "schemas.enable", .type = WF_OPTION_SWITCH,
		.offset = offsetof(WfOptions, schemas_enable),
		.doc = "Kafka Connect schemas inside keys and values; short for the two options of the "
		"converters. The plugin takes false if nothing is given, the shipper true."
	},
	{
		.name = "key.converter.schemas.enable", .type = WF_OPTION_SWITCH,
		.offset = offsetof(WfOptions, key_schemas_enable),
		.doc = "Kafka Connect schema inside each key."
	},
	{
		.name = "value.converter.schemas.enable", .type = WF_OPTION_SWITCH,
		.offset = offsetof(WfOptions, value_schemas_enable),
		.doc = "Kafka Connect schema inside each value."
	},
	{
		.name = "key.converter.replace.null.with.default", .type = WF_OPTION_BOOL,
		.default_text = "true",
		.offset = offsetof(WfOptions, key_replace_null_with_default),
		.doc = "Whether a NULL in a key's column that has a DEFAULT is published as that "
		"default."
	},
	{
		.name = "value.converter.replace.null.with.default", .type = WF_OPTION_BOOL,
		.default_text = "true",
		.offset = offsetof(WfOptions, value_replace_null_with_default),
		.doc = "Whether a NULL in a column that has a DEFAULT is published as that default."
	},
	{
		.name = "tombstones.on.delete", .type = WF_OPTION_BOOL, .default_text = "true",
		.offset = offsetof(WfOptions, tombstones_on_delete),
		.doc = "Whether a delete is followed by a record with the same key and no value, which "
		"lets a compacted topic forget the key."
	},
	{
		.name = "skipped.operations", .type = WF_OPTION_OPERATIONS, .default_text = "t",
		.offset = offsetof(WfOptions, skipped_operations),
		.doc = "Operations that are not published: c (insert), u (update), d (delete), t "
		"(truncate), separated by commas, or none. r is taken, and there are no reads to skip yet."
	},
	{
		.name = "skip.messages.without.change", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, skip_messages_without_change),
		.doc = "Whether updates that change no published column are left out; that shows only "
		"with REPLICA IDENTITY FULL."
	},
	{
		.name = "provide.transaction.metadata", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, provide_transaction_metadata),
		.doc = "Whether transactions are told of: BEGIN and END in a topic of their own, and a "
		"block in each event."
	},
	{
		.name = "topic.transaction", .type = WF_OPTION_TEXT, .default_text = "transaction",
		.offset = offsetof(WfOptions, topic_transaction), .check = check_topic_part,
		.doc = "Last part of the name of the topic for BEGIN and END."
	},
	{
		.name = "topic.delimiter", .type = WF_OPTION_TEXT, .default_text = ".",
		.offset = offsetof(WfOptions, topic_delimiter), .check = check_delimiter,
		.doc = "What stands between the parts of a topic's name."
	},
	{
		.name = "publish.via.partition.root", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, publish_via_partition_root),
		.doc = "Whether changes of partitions are published as changes of the partitioned table."
	},
	{
		.name = "publish.via.partition.root.include.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, partition_root_include),
		.doc = "Partitioned tables whose partitions' changes are published as theirs, while other "
		"partitions keep their names; regular expressions for schema.table."
	},
	{
		.name = "publication.filter", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, publication_filter), .check = wf_publication_names_check,
		.doc = "Publications, separated by commas, which decide what is published: tables, "
		"operations, columns and rows. Names are written as in SQL, and there is at least one. If "
		"the option is not given, no publication is needed, and none is read."
	},
	{
		.name = "extended.headers.enabled", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, extended_headers),
		.doc = "Whether records carry Debezium's __debezium.context headers."
	},
	{
		.name = "schema.changes.enabled", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, schema_changes),
		.doc = "Whether a record in the topic <topic.prefix> tells a table's shape before its first "
		"event in a session and whenever it has changed."
	},
	{
		.name = "decimal.handling.mode", .type = WF_OPTION_CHOICE, .default_text = "precise",
		.choices = "precise|double|string",
		.offset = offsetof(WfOptions, decimal_mode),
		.doc = "How numeric and money are published."
	},
	{
		.name = "key.converter.decimal.format", .type = WF_OPTION_CHOICE, .default_text = "BASE64",
		.choices = "BASE64|NUMERIC",
		.offset = offsetof(WfOptions, key_decimal_format),
		.doc = "How decimals of a key are printed where decimal.handling.mode is precise."
	},
	{
		.name = "value.converter.decimal.format", .type = WF_OPTION_CHOICE,
		.default_text = "BASE64",
		.choices = "BASE64|NUMERIC",
		.offset = offsetof(WfOptions, value_decimal_format),
		.doc = "How decimals of a value are printed where decimal.handling.mode is precise."
	},
	{
		.name = "numeric.special.handling", .type = WF_OPTION_CHOICE, .default_text = "null",
		.choices = "null|string",
		.offset = offsetof(WfOptions, numeric_special),
		.doc = "What becomes of NaN and infinity in numeric where decimal.handling.mode is "
		"precise."
	},
	{
		.name = "money.fraction.digits", .type = WF_OPTION_INT, .default_text = "2",
		.minimum = 0, .maximum = 10,
		.offset = offsetof(WfOptions, money_fraction_digits),
		.doc = "Fraction digits of money."
	},
	{
		.name = "time.precision.mode", .type = WF_OPTION_CHOICE, .default_text = "adaptive",
		.choices = "adaptive|adaptive_time_microseconds|connect|isostring|"
		"microseconds|nanoseconds|structured",
		.offset = offsetof(WfOptions, time_mode),
		.doc = "How date, time and timestamp are published."
	},
	{
		.name = "interval.handling.mode", .type = WF_OPTION_CHOICE, .default_text = "numeric",
		.choices = "numeric|string",
		.offset = offsetof(WfOptions, interval_mode),
		.doc = "How interval is published."
	},
	{
		.name = "infinity.handling", .type = WF_OPTION_CHOICE, .default_text = "debezium",
		.choices = "debezium|null|string",
		.offset = offsetof(WfOptions, infinity_handling),
		.doc = "What becomes of infinity in date, timestamp and interval."
	},
	{
		.name = "binary.handling.mode", .type = WF_OPTION_CHOICE, .default_text = "bytes",
		.choices = "bytes|base64|base64-url-safe|hex",
		.offset = offsetof(WfOptions, binary_mode),
		.doc = "How bytea is published."
	},
	{
		.name = "hstore.handling.mode", .type = WF_OPTION_CHOICE, .default_text = "json",
		.choices = "json|map",
		.offset = offsetof(WfOptions, hstore_mode),
		.doc = "How hstore is published."
	},
	{
		.name = "array.handling", .type = WF_OPTION_CHOICE, .default_text = "debezium",
		.choices = "debezium|all|json",
		.offset = offsetof(WfOptions, array_handling),
		.doc = "Which arrays are published: those whose elements Debezium can, all, or all as "
		"JSON text."
	},
	{
		.name = "include.unknown.datatypes", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, include_unknown),
		.doc = "Whether columns of types without a mapping are published, as the bytes of their "
		"text."
	},
	{
		.name = "include.generated.columns", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, include_generated),
		.doc = "Whether stored generated columns are published. Virtual ones never are: they are not "
		"in the WAL."
	},
	{
		.name = "unknown.handling", .type = WF_OPTION_CHOICE, .default_text = "debezium",
		.choices = "debezium|text|json",
		.offset = offsetof(WfOptions, unknown_handling),
		.doc = "How columns of types without a mapping are published: as "
		"include.unknown.datatypes says, as text, or composite types and multiranges as JSON and "
		"the others as text."
	},
	{
		.name = "unavailable.value.placeholder", .type = WF_OPTION_TEXT,
		.default_text = "__debezium_unavailable_value",
		.offset = offsetof(WfOptions, unavailable_placeholder), .check = check_placeholder,
		.doc = "What stands for a large value that an update left unchanged and that the WAL "
		"does not hold; hex: and hexadecimal digits for bytes."
	},
	{
		.name = "event.converting.failure.handling.mode", .type = WF_OPTION_CHOICE,
		.default_text = "warn",
		.choices = "warn|fail|skip",
		.offset = offsetof(WfOptions, failure_handling),
		.doc = "What becomes of a value that has no form: null and a warning, an error, or null "
		"without a word."
	},
	{
		.name = "before.key_only", .type = WF_OPTION_CHOICE, .default_text = "fill",
		.choices = "fill|omit",
		.offset = offsetof(WfOptions, before_key_only),
		.doc = "What a before that has only the key's columns shows of the others: null or a "
		"value that stands for none, or nothing."
	},
	{
		.name = "txid.handling", .type = WF_OPTION_CHOICE, .default_text = "xid",
		.choices = "xid|xid8",
		.offset = offsetof(WfOptions, txid_handling),
		.doc = "Whether source.txId has the epoch of the transaction ID in its upper 32 bits."
	},
	{
		.name = "schema.name.adjustment.mode", .type = WF_OPTION_CHOICE, .default_text = "none",
		.choices = "none|avro|avro_unicode",
		.offset = offsetof(WfOptions, schema_names),
		.doc = "How the names of schemas are made fit for Avro."
	},
	{
		.name = "field.name.adjustment.mode", .type = WF_OPTION_CHOICE, .default_text = "none",
		.choices = "none|avro|avro_unicode",
		.offset = offsetof(WfOptions, field_names),
		.doc = "How the names of fields are made fit for Avro."
	},
	{
		.name = "include.schema.comments", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, schema_comments),
		.doc = "Whether inline schemas have the comments of columns, as doc."
	},
	{
		.name = "column.propagate.source.type", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, column_propagate),
		.doc = "Columns whose type in the database stands among their schema's parameters."
	},
	{
		.name = "datatype.propagate.source.type", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, datatype_propagate),
		.doc = "The same by type, as pg_type names it (int4, _int4, serial)."
	},
	{
		.name = "schema.include.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, schema_include),
		.doc = "Schemas whose tables are published; regular expressions."
	},
	{
		.name = "schema.exclude.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, schema_exclude),
		.doc = "Schemas whose tables are not published; regular expressions."
	},
	{
		.name = "table.include.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, table_include),
		.doc = "Tables that are published; regular expressions for schema.table."
	},
	{
		.name = "table.exclude.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, table_exclude),
		.doc = "Tables that are not published; regular expressions for schema.table."
	},
	{
		.name = "column.include.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, column_include),
		.doc = "Columns that are published; regular expressions for schema.table.column."
	},
	{
		.name = "column.exclude.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, column_exclude),
		.doc = "Columns that are not published; regular expressions for schema.table.column."
	},
	{
		.name = "message.prefix.include.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, message_prefix_include),
		.doc = "Prefixes of logical messages that are published; regular expressions."
	},
	{
		.name = "message.prefix.exclude.list", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, message_prefix_exclude),
		.doc = "Prefixes of logical messages that are not published; regular expressions."
	},
	{
		.name = "message.key.columns", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, message_key_columns),
		.doc = "Key columns of tables, in place of their primary keys, as in public.orders:number,line; "
		"several are separated by semicolons. Of one table at most 32 columns, as PostgreSQL's own "
		"keys have, can be in the key: with more it is an error at the table's first row."
	},
	{
		.name = "column.mask.with.", .type = WF_OPTION_FAMILY,
		.plural = WF_FILTERS_AND_MASKS,
		.offset = offsetof(WfOptions, settings),
		.doc = "column.mask.with.N.chars: character columns whose values, NULL too, are N "
		"asterisks, 1000000 at most; regular expressions for schema.table.column."
	},
	{
		.name = "column.mask.hash.", .type = WF_OPTION_FAMILY,
		.plural = WF_FILTERS_AND_MASKS,
		.offset = offsetof(WfOptions, settings),
		.doc = "column.mask.hash.v2.K, where the number K tells several apart: character columns "
		"whose values are hashes, as in SHA-256;salt=@name;public.users.email; v1 in place of v2: "
		"of the value as Java serialises it, which is Debezium's setting without a version. The "
		"salt is looked up in the setting walferry.salts. The shipper also takes Debezium's form "
		"with @NAME for the salt: docs/filters.md."
	},
	{
		.name = "column.truncate.to.", .type = WF_OPTION_FAMILY,
		.plural = WF_FILTERS_AND_MASKS,
		.offset = offsetof(WfOptions, settings),
		.doc = "column.truncate.to.N.chars: columns that are published as strings, whose values are cut "
		"to N UTF-16 units, and bytea columns, cut to N bytes; regular expressions for "
		"schema.table.column."
	},
	{
		.name = "transforms", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, transforms),
		.doc = "Names of the single message transforms that records go through, in this order; 16 at most."
	},
	{
		.name = "transforms.", .type = WF_OPTION_FAMILY,
		.plural = WF_TRANSFORM_SETTINGS,
		.offset = offsetof(WfOptions, transform_settings),
		.doc = "transforms.NAME.type, transforms.NAME.predicate, transforms.NAME.negate and the "
		"settings of the type: docs/format.md."
	},
	{
		.name = "predicates", .type = WF_OPTION_LIST,
		.offset = offsetof(WfOptions, predicates),
		.doc = "Names of the predicates that say to which topics transforms apply; 16 at most."
	},
	{
		.name = "predicates.", .type = WF_OPTION_FAMILY,
		.plural = WF_TRANSFORM_SETTINGS,
		.offset = offsetof(WfOptions, transform_settings),
		.doc = "predicates.NAME.type, which is TopicNameMatches, and predicates.NAME.pattern."
	},
	{
		.name = "walferry.headers.enabled", .type = WF_OPTION_BOOL, .default_text = "true",
		.offset = offsetof(WfOptions, walferry_headers),
		.doc = "Whether records carry the headers whose names begin with __walferry."
	},
	{
		.name = "record.timestamp", .type = WF_OPTION_CHOICE, .default_text = "producer",
		.choices = "producer|commit",
		.offset = offsetof(WfOptions, record_timestamp),
		.doc = "Kafka's time of a record: that at which it is sent, as with Debezium, or that of the "
		"transaction's commit. A time that an EventRouter sets stays."
	},
	{
		.name = "record.max.bytes", .type = WF_OPTION_INT, .default_text = "67108864",
		.minimum = 1024, .maximum = 536870912,
		.offset = offsetof(WfOptions, record_max_bytes),
		.doc = "Largest record, key and headers included. A larger one is replaced by a stub in "
		"frame output and is an error in the others. Keep it below the brokers' "
		"socket.request.max.bytes, 100 MiB by default."
	},
};

const int	wf_format_option_count = sizeof(wf_format_options) / sizeof(wf_format_options[0]);
