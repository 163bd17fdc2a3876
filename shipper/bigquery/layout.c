/*
 * layout.c
 *		What a history table looks like.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/layout.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <openssl/evp.h>

#define TABLE_SUFFIX "__history"
#define CLUSTER_KEY_COLUMNS_MAX 3	/* of BigQuery's four; _position is the last */
#define DESCRIPTION_MAX 1000	/* bytes; BigQuery allows 1024 characters */

/* How a description tells of another source name; a JSON string follows. */
#define SOURCE_PREFIX "Source column "

const EventColumn event_columns[EVENT_COLUMN_COUNT] = {
	{"_op", BQ_STRING, false, FIELD_OP,
	"What happened: c created, u updated, d deleted, r read by a snapshot, t truncated."},
	{"_position", BQ_STRING, false, FIELD_POSITION,
	"Where the event stands in the database's history; sorts as text."},
	{"_commit_ts", BQ_TIMESTAMP, false, FIELD_COMMIT_TS, "When the transaction committed."},
	{"_ingested_at", BQ_TIMESTAMP, false, FIELD_INGESTED_AT, "When the row was made for BigQuery."},
	{"_tx_id", BQ_INT64, false, FIELD_TX_ID, "Transaction id in PostgreSQL."},
	{"_lsn", BQ_INT64, false, FIELD_LSN, "LSN of the change in PostgreSQL's WAL."},
	{"_snapshot", BQ_STRING, false, FIELD_SNAPSHOT, "Debezium's snapshot marker."},
	{"_key", BQ_JSON, false, FIELD_KEY, "The record's key."},
	{"_key_before", BQ_JSON, false, FIELD_KEY_BEFORE,
	"The key that the row had before; set when an update changed it."},
	{"_unavailable_columns", BQ_STRING, true, FIELD_UNAVAILABLE_COLUMNS,
	"Columns that are NULL because the event does not have their (unchanged) value."},
	{"_overflow", BQ_JSON, false, FIELD_OVERFLOW,
	"Exact text of values that the column's type cannot hold; there the column is NULL."},
	{"_schema", BQ_STRING, false, FIELD_SCHEMA, "Fingerprint of the table's shape at that time."},
	{"_kafka_topic", BQ_STRING, false, FIELD_KAFKA_TOPIC, "Topic of the record."},
	{"_kafka_partition", BQ_INT64, false, FIELD_KAFKA_PARTITION, "Partition of the record."},
	{"_kafka_offset", BQ_INT64, false, FIELD_KAFKA_OFFSET, "Offset of the record."},
};

/* Names of columns that later versions may add. */
static const char *const more_event_names[] = {"_before", "_raw"};

/* Prefixes that BigQuery keeps for itself, in any case. */
static const char *const reserved_prefixes[] = {
	"_PARTITION", "_TABLE_", "_FILE_", "_CHANGE_", "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER"
};

/*
 * Appends name with every character but ASCII letters, digits and _ as _.
 * out has room for `room` bytes and its terminator.
 */
static void
append_sanitized(char *out, size_t room, const char *name)
{
	size_t		length = strlen(out);

	for (const unsigned char *p = (const unsigned char *) name; *p != '\0' && length < room; p++)
	{
		if ((*p & 0xC0) == 0x80)
			continue;			/* one _ per character, not per byte */
		out[length++] = (char) ((*p < 0x80 && isalnum(*p)) ? *p : '_');
	}
	out[length] = '\0';
}

void
layout_table_name(const char *schema, const char *table, char *name)
{
	size_t		room = LAYOUT_TABLE_NAME_MAX - strlen(TABLE_SUFFIX);

	name[0] = '\0';
	if (strcmp(schema, "public") != 0)
	{
		append_sanitized(name, room, schema);
		append_sanitized(name, room, "__");
	}
	append_sanitized(name, room, table);
	strcat(name, TABLE_SUFFIX);
}

void
layout_label(const char *prefix, const char *schema, const char *table, char *label)
{
	static const char digits[] = "0123456789abcdef";
	const char *parts[] = {prefix, ".", schema, ".", table};
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t		length;

	label[0] = '\0';
	if (context != NULL)
		EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		if (context != NULL)
			EVP_DigestUpdate(context, parts[i], strlen(parts[i]));
		append_sanitized(label, LAYOUT_LABEL_MAX - 17, parts[i]);
	}
	if (context != NULL)
		EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	for (char *p = label; *p != '\0'; p++)
		*p = (char) tolower((unsigned char) *p);
	length = strlen(label);
	label[length++] = '-';
	for (int i = 0; i < 8; i++)
	{
		label[length++] = digits[digest[i] >> 4];
		label[length++] = digits[digest[i] & 15];
	}
	label[length] = '\0';
}

void
layout_free(Layout *layout)
{
	for (int i = 0; i < layout->count; i++)
	{
		free(layout->columns[i].name);
		free(layout->columns[i].source);
		free(layout->columns[i].comment);
	}
	free(layout->columns);
	memset(layout, 0, sizeof(*layout));
}

/* Takes over a copy of each string.  NULL if there is no memory or no room. */
static LayoutColumn *
add_column(Layout *layout, const char *name, const char *source, const char *comment)
{
	LayoutColumn *columns;
	LayoutColumn *column;

	if (layout->count >= LAYOUT_COLUMNS_MAX - EVENT_COLUMN_COUNT)
		return NULL;
	columns = realloc(layout->columns, sizeof(LayoutColumn) * (size_t) (layout->count + 1));
	if (columns == NULL)
		return NULL;
	layout->columns = columns;
	column = &columns[layout->count];
	memset(column, 0, sizeof(*column));
	column->name = strdup(name);
	column->source = strdup(source);
	column->comment = comment != NULL ? strdup(comment) : NULL;
	if (column->name == NULL || column->source == NULL)
	{
		free(column->name);
		free(column->source);
		free(column->comment);
		return NULL;
	}
	layout->count++;
	return column;
}

/* The source name that a description tells, or NULL; to be freed. */
static char *
described_source(const char *description)
{
	json_t	   *name;
	char	   *source = NULL;

	if (description == NULL || strncmp(description, SOURCE_PREFIX, strlen(SOURCE_PREFIX)) != 0)
		return NULL;
	name = json_loads(description + strlen(SOURCE_PREFIX),
					  JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
	if (json_is_string(name))
		source = strdup(json_string_value(name));
	json_decref(name);
	return source;
}

static int
event_column(const char *name)
{
	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
	{
		if (strcasecmp(name, event_columns[i].name) == 0)
			return i;
	}
	return -1;
}

static LayoutColumn *
column_named(const Layout *layout, const char *name)
{
	for (int i = 0; i < layout->count; i++)
	{
		if (strcasecmp(layout->columns[i].name, name) == 0)
			return &layout->columns[i];
	}
	return NULL;
}

bool
layout_read(Layout *layout, const json_t *table_resource, const char **reason)
{
	const json_t *fields = json_object_get(json_object_get(table_resource, "schema"), "fields");

	memset(layout->event_exists, 0, sizeof(layout->event_exists));
	for (int i = 0; i < layout->count; i++)
		layout->columns[i].exists = false;
	for (size_t i = 0; i < json_array_size(fields); i++)
	{
		const json_t *field = json_array_get(fields, i);
		const char *name = json_string_value(json_object_get(field, "name"));
		const char *type_name = json_string_value(json_object_get(field, "type"));
		const char *mode = json_string_value(json_object_get(field, "mode"));
		bool		repeated = mode != NULL && strcasecmp(mode, "REPEATED") == 0;
		bool		required = mode != NULL && strcasecmp(mode, "REQUIRED") == 0;
		char	   *source;
		BqType		type = BQ_TYPE_COUNT;
		LayoutColumn *column;
		int			event;

		if (name == NULL || type_name == NULL)
			continue;
		if (!bq_type_parse(type_name, &type))
			type = BQ_TYPE_COUNT;
		event = event_column(name);
		if (event >= 0)
		{
			if (type != event_columns[event].type || repeated != event_columns[event].repeated ||
				required)
			{
				*reason = event_columns[event].name;
				return false;
			}
			layout->event_exists[event] = true;
			continue;
		}
		column = column_named(layout, name);
		if (column != NULL)
		{
			column->exists = true;
			continue;
		}
		source = described_source(json_string_value(json_object_get(field, "description")));
		column = add_column(layout, name, source != NULL ? source : name, NULL);
		free(source);
		if (column == NULL)
		{
			*reason = "too many columns";
			return false;
		}
		column->type = repeated || required ? BQ_TYPE_COUNT : type;
		column->exists = true;
	}
	return true;
}

/* May a column be called that in BigQuery? */
static bool
well_formed(const char *name)
{
	if (!(name[0] == '_' || isalpha((unsigned char) name[0])) || strlen(name) > LAYOUT_NAME_MAX)
		return false;
	for (const unsigned char *p = (const unsigned char *) name; *p != '\0'; p++)
	{
		if (*p >= 0x80 || !(isalnum(*p) || *p == '_'))
			return false;
	}
	for (size_t i = 0; i < sizeof(reserved_prefixes) / sizeof(reserved_prefixes[0]); i++)
	{
		if (strncasecmp(name, reserved_prefixes[i], strlen(reserved_prefixes[i])) == 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(more_event_names) / sizeof(more_event_names[0]); i++)
	{
		if (strcasecmp(name, more_event_names[i]) == 0)
			return false;
	}
	return event_column(name) < 0;
}

static bool
name_taken(const Layout *layout, const char *name)
{
	return column_named(layout, name) != NULL || event_column(name) >= 0;
}

/* The column that holds `source` in a type that takes `type`, or -1.
 * *versions: how many columns hold it in any type. */
static int
find_column(const Layout *layout, const char *source, BqType type, int *versions)
{
	int			found = -1;

	*versions = 0;
	for (int i = 0; i < layout->count; i++)
	{
		if (strcmp(layout->columns[i].source, source) != 0)
			continue;
		(*versions)++;
		if (layout->columns[i].type != BQ_TYPE_COUNT &&
			bq_type_holds(layout->columns[i].type, type))
			found = i;
	}
	return found;
}

/* Finds a free name for a column that cannot have its own. */
static void
choose_name(const Layout *layout, const char *source, int versions, char *name)
{
	char		base[LAYOUT_NAME_MAX + 1] = "";
	const size_t suffix_room = 16;

	if (well_formed(source) && !name_taken(layout, source))
	{
		snprintf(name, LAYOUT_NAME_MAX + 1, "%s", source);
		return;
	}
	if (!well_formed(source) || versions == 0)
		strcpy(base, "f_");
	append_sanitized(base, LAYOUT_NAME_MAX - suffix_room, source);
	snprintf(name, LAYOUT_NAME_MAX + 1, "%s", base);
	/* a second type of the same column is __v2; another column's name, _2 */
	for (int i = 2; name_taken(layout, name); i++)
		snprintf(name, LAYOUT_NAME_MAX + 1, "%.*s%s%d", (int) (LAYOUT_NAME_MAX - suffix_room), base,
				 versions > 0 ? "__v" : "_", i);
}

static bool
bind_column(Layout *layout, const ShapeColumn *wanted, int *slot)
{
	char		name[LAYOUT_NAME_MAX + 1];
	int			versions;
	LayoutColumn *column;

	*slot = find_column(layout, wanted->name, wanted->mapping.type, &versions);
	if (*slot >= 0)
		return true;
	choose_name(layout, wanted->name, versions, name);
	column = add_column(layout, name, wanted->name, wanted->comment);
	if (column == NULL)
		return false;
	column->type = wanted->mapping.type;
	*slot = layout->count - 1;
	return true;
}

bool
layout_bind(Layout *layout, Shape *shape)
{
	int		   *slots = calloc((size_t) shape->column_count + 1, sizeof(int));

	if (slots == NULL)
		return false;

	/*
	 * First come, first served, in the table's order; then the table's own
	 * order is that of the source too.
	 */
	for (int i = 0; i < shape->column_count; i++)
	{
		if (!bind_column(layout, &shape->columns[i], &slots[i]))
		{
			free(slots);
			return false;
		}
	}
	free(shape->slots);
	shape->slots = slots;
	return true;
}

bool
layout_incomplete(const Layout *layout)
{
	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
	{
		if (!layout->event_exists[i])
			return true;
	}
	for (int i = 0; i < layout->count; i++)
	{
		if (!layout->columns[i].exists)
			return true;
	}
	return false;
}

void
layout_mark_complete(Layout *layout)
{
	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
		layout->event_exists[i] = true;
	for (int i = 0; i < layout->count; i++)
		layout->columns[i].exists = true;
}

/* Cuts at a character's border. */
static void
cut_text(char *text, size_t length_max)
{
	size_t		length = strlen(text);

	if (length <= length_max)
		return;
	length = length_max;
	while (length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80)
		length--;
	text[length] = '\0';
}

/* What the column's description says: another source name, and the comment. */
static json_t *
column_description(const LayoutColumn *column)
{
	char		text[4096] = "";
	char	   *quoted = NULL;
	json_t	   *source;

	if (strcmp(column->name, column->source) != 0)
	{
		source = json_string(column->source);
		quoted = json_dumps(source, JSON_ENCODE_ANY);
		json_decref(source);
	}
	if (quoted == NULL && column->comment == NULL)
		return NULL;
	snprintf(text, sizeof(text), "%s%s%s%s", quoted != NULL ? SOURCE_PREFIX : "",
			 quoted != NULL ? quoted : "", quoted != NULL && column->comment != NULL ? ": " : "",
			 column->comment != NULL ? column->comment : "");
	free(quoted);
	cut_text(text, DESCRIPTION_MAX);
	return json_string(text);
}

static json_t *
row_field(const LayoutColumn *column)
{
	json_t	   *field = json_pack("{s:s, s:s, s:s}", "name", column->name,
								  "type", bq_type_name(column->type), "mode", "NULLABLE");
	json_t	   *description = column_description(column);

	if (description != NULL)
		json_object_set_new(field, "description", description);
	return field;
}

static json_t *
event_field(const EventColumn *column)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "name", column->name,
					 "type", bq_type_name(column->type),
					 "mode", column->repeated ? "REPEATED" : "NULLABLE",
					 "description", column->description);
}

json_t *
layout_fields(const Layout *layout)
{
	json_t	   *fields = json_array();

	for (int i = 0; i < layout->count; i++)
		json_array_append_new(fields, row_field(&layout->columns[i]));
	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
		json_array_append_new(fields, event_field(&event_columns[i]));
	return json_pack("{s:o}", "fields", fields);
}

json_t *
layout_fields_added(const Layout *layout, const json_t *table_resource)
{
	json_t	   *present = json_object_get(json_object_get(table_resource, "schema"), "fields");
	json_t	   *fields = json_is_array(present) ? json_deep_copy(present) : json_array();

	for (int i = 0; i < layout->count; i++)
	{
		if (!layout->columns[i].exists)
			json_array_append_new(fields, row_field(&layout->columns[i]));
	}
	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
	{
		if (!layout->event_exists[i])
			json_array_append_new(fields, event_field(&event_columns[i]));
	}
	return json_pack("{s:o}", "fields", fields);
}

json_t *
layout_clustering(const Layout *layout, const Shape *shape)
{
	json_t	   *fields = json_array();

	for (int i = 0; i < shape->key_count; i++)
	{
		const LayoutColumn *column = &layout->columns[shape->slots[shape->key[i]]];

		if (json_array_size(fields) < CLUSTER_KEY_COLUMNS_MAX && bq_type_clusters(column->type))
			json_array_append_new(fields, json_string(column->name));
	}
	json_array_append_new(fields, json_string("_position"));
	return json_pack("{s:o}", "fields", fields);
}

void
layout_descriptor(const Layout *layout, WfBuffer *buffer)
{
	static const char message_name[] = "WalferryRow";
	PbRowField	field;

	for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
	{
		field.name = event_columns[i].name;
		field.number = event_columns[i].field;
		field.type = bq_field_type(event_columns[i].type);
		field.repeated = event_columns[i].repeated;
		pb_row_descriptor(buffer, i == 0 ? message_name : NULL, &field, 1);
	}
	for (int i = 0; i < layout->count; i++)
	{
		if (layout->columns[i].type == BQ_TYPE_COUNT)
			continue;
		field.name = layout->columns[i].name;
		field.number = FIELD_ROW_FIRST + i;
		field.type = bq_field_type(layout->columns[i].type);
		field.repeated = false;
		pb_row_descriptor(buffer, NULL, &field, 1);
	}
}
