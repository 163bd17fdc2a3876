/*
 * options.c
 *		The table of the options that decide the format, and what reads any
 *		table of that shape.
 *
 * A value is parsed into a local first and stored only when it is well, so a
 * refused value leaves the target alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "options.h"

#include "json.h"

/*
 * Longest prefix with which no topic name can pass Kafka's limit: two
 * identifiers of PostgreSQL (63 bytes, NAMEDATALEN) and two dots follow it.
 * Beyond the limit names are cut, and tables would share a topic unnoticed.
 */
#define TOPIC_PREFIX_MAX (WF_TOPIC_LENGTH_MAX - 2 * 64)

/* Whether value is lower_case in any case; ASCII, whatever the locale. */
static bool
is_word(const char *value, const char *lower_case)
{
	for (; *lower_case != '\0'; value++, lower_case++)
	{
		char		c = *value >= 'A' && *value <= 'Z' ? (char) (*value + ('a' - 'A')) : *value;

		if (c != *lower_case)
			return false;
	}
	return *value == '\0';
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
	for (size_t i = 0; i < length; i++)
	{
		char		c = value[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			  c == '.' || c == '_' || c == '-'))
			return allowed;
	}
	return NULL;
}

static const char *
check_no_inline_schemas(const char *value)
{
	return is_word(value, "false") ? NULL : "false (inline schemas are not supported yet)";
}

static const char *
check_no_replaced_nulls(const char *value)
{
	return is_word(value, "false") ? NULL :
		"false (replacing NULL by the column's default is not supported yet)";
}

const WfOptionSpec wf_format_options[] = {
	{
		.name = "topic.prefix", .type = WF_OPTION_TEXT,
		.offset = offsetof(WfOptions, topic_prefix), .check = check_topic_prefix,
		.doc = "First part of every topic's name, and source.name. "
		"The plugin takes the database's name if it is not given."
	},
	{
		.name = "schemas.enable", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, schemas_enable), .check = check_no_inline_schemas,
		.doc = "Kafka Connect schemas inside keys and values; short for the two options of "
		"the converters."
	},
	{
		.name = "key.converter.schemas.enable", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, key_schemas_enable), .check = check_no_inline_schemas,
		.doc = "Kafka Connect schema inside each key."
	},
	{
		.name = "value.converter.schemas.enable", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfOptions, value_schemas_enable), .check = check_no_inline_schemas,
		.doc = "Kafka Connect schema inside each value."
	},
	{
		.name = "value.converter.replace.null.with.default", .type = WF_OPTION_BOOL,
		.default_text = "false",
		.offset = offsetof(WfOptions, replace_null_with_default),
		.check = check_no_replaced_nulls,
		.doc = "Whether a NULL in a column that has a DEFAULT is published as that default."
	},
	{
		.name = "tombstones.on.delete", .type = WF_OPTION_BOOL, .default_text = "true",
		.offset = offsetof(WfOptions, tombstones_on_delete),
		.doc = "Whether a delete is followed by a record with the same key and no value, "
		"which lets a compacted topic forget the key."
	},
	{
		.name = "skipped.operations", .type = WF_OPTION_OPERATIONS, .default_text = "t",
		.offset = offsetof(WfOptions, skipped_operations),
		.doc = "Operations that are not published: c (insert), u (update), d (delete), "
		"t (truncate), separated by commas, or none."
	},
	{
		.name = "unavailable.value.placeholder", .type = WF_OPTION_TEXT,
		.default_text = "__debezium_unavailable_value",
		.offset = offsetof(WfOptions, unavailable_placeholder),
		.doc = "What stands for a large value that an update left unchanged and that the "
		"WAL does not hold."
	},
	{
		.name = "walferry.headers.enabled", .type = WF_OPTION_BOOL, .default_text = "true",
		.offset = offsetof(WfOptions, walferry_headers),
		.doc = "Whether records carry the headers whose names begin with __walferry."
	},
	{
		.name = "record.max.bytes", .type = WF_OPTION_INT, .default_text = "67108864",
		.minimum = 1024, .maximum = 536870912,
		.offset = offsetof(WfOptions, record_max_bytes),
		.doc = "Largest record, key and headers included. A larger one is replaced by a stub "
		"in frame output and is an error in the others."
	},
};

const int	wf_format_option_count = sizeof(wf_format_options) / sizeof(wf_format_options[0]);

const WfOptionSpec *
wf_option_find(const WfOptionSpec *specs, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(specs[i].name, name) == 0)
			return &specs[i];
	return NULL;
}

/* Any case, as Java's Boolean.parseBoolean, but nothing else counts as false. */
static bool
parse_bool(const char *value, bool *result)
{
	*result = is_word(value, "true");
	return *result || is_word(value, "false");
}

/* A decimal integer of at most 18 digits, which an int64_t always holds. */
static bool
parse_int(const char *value, int64_t *result)
{
	bool		negative = *value == '-';
	int64_t		number = 0;
	int			digits = 0;

	if (*value == '-' || *value == '+')
		value++;
	for (; *value >= '0' && *value <= '9' && digits < 18; value++, digits++)
		number = number * 10 + (*value - '0');
	if (*value != '\0' || digits == 0)
		return false;
	*result = negative ? -number : number;
	return true;
}

static bool
parse_choice(const char *choices, const char *value, int *index)
{
	size_t		length = strlen(value);

	if (length == 0 || strchr(value, '|') != NULL)
		return false;
	for (*index = 0;; (*index)++)
	{
		size_t		choice_length = strcspn(choices, "|");

		if (choice_length == length && memcmp(choices, value, length) == 0)
			return true;
		if (choices[choice_length] == '\0')
			return false;
		choices += choice_length + 1;
	}
}

/* Letters separated by commas, spaces around them allowed; or none alone. */
static bool
parse_operations(const char *value, int *operations)
{
	*operations = 0;
	if (is_word(value, "none"))
		return true;
	for (;;)
	{
		value += strspn(value, " ");
		switch (*value++)
		{
			case 'c':
				*operations |= WF_SKIP_CREATE;
				break;
			case 'u':
				*operations |= WF_SKIP_UPDATE;
				break;
			case 'd':
				*operations |= WF_SKIP_DELETE;
				break;
			case 't':
				*operations |= WF_SKIP_TRUNCATE;
				break;
			default:
				return false;
		}
		value += strspn(value, " ");
		if (*value == '\0')
			return true;
		if (*value++ != ',')
			return false;
	}
}

/* Parses and stores; false, storing nothing, if the value is ill. */
static bool
parse_option(const WfOptionSpec *spec, const char *value, void *member)
{
	switch (spec->type)
	{
		case WF_OPTION_BOOL:
			{
				bool		parsed;

				if (!parse_bool(value, &parsed))
					return false;
				*(bool *) member = parsed;
				return true;
			}
		case WF_OPTION_INT:
			{
				int64_t		parsed;

				if (!parse_int(value, &parsed) || parsed < spec->minimum || parsed > spec->maximum)
					return false;
				*(int64_t *) member = parsed;
				return true;
			}
		case WF_OPTION_TEXT:
			{
				WfText	   *text = member;
				size_t		length = strlen(value);

				if (length < 1 || length > WF_OPTION_TEXT_MAX)
					return false;
				memcpy(text->bytes, value, length + 1);
				text->length = length;
				return true;
			}
		case WF_OPTION_CHOICE:
			{
				int			parsed;

				if (!parse_choice(spec->choices, value, &parsed))
					return false;
				*(int *) member = parsed;
				return true;
			}
		case WF_OPTION_OPERATIONS:
			{
				int			parsed;

				if (!parse_operations(value, &parsed))
					return false;
				*(int *) member = parsed;
				return true;
			}
	}
	return false;
}

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

void
wf_option_describe_allowed(const WfOptionSpec *spec, WfBuffer *buffer)
{
	/* No option takes the empty value, so a check tells here what it does take. */
	const char *rule = spec->check != NULL ? spec->check("") : NULL;

	if (rule != NULL)
	{
		append_text(buffer, rule);
		return;
	}
	switch (spec->type)
	{
		case WF_OPTION_BOOL:
			append_text(buffer, "true or false");
			break;
		case WF_OPTION_INT:
			append_text(buffer, "an integer from ");
			wf_json_int64(buffer, spec->minimum);
			append_text(buffer, " to ");
			wf_json_int64(buffer, spec->maximum);
			break;
		case WF_OPTION_TEXT:
			append_text(buffer, "1 to ");
			wf_json_int64(buffer, WF_OPTION_TEXT_MAX);
			append_text(buffer, " bytes of text");
			break;
		case WF_OPTION_CHOICE:
			append_text(buffer, "one of ");
			for (const char *c = spec->choices; *c != '\0'; c++)
				wf_buffer_append(buffer, *c == '|' ? ", " : c, *c == '|' ? 2 : 1);
			break;
		case WF_OPTION_OPERATIONS:
			append_text(buffer, "none, or a comma-separated list of c, u, d and t");
			break;
	}
}

void
wf_options_set_defaults(const WfOptionSpec *specs, int count, void *target)
{
	for (int i = 0; i < count; i++)
		if (specs[i].default_text != NULL)
			(void) parse_option(&specs[i], specs[i].default_text,
								(char *) target + specs[i].offset);
}

bool
wf_option_set(const WfOptionSpec *spec, const char *value, void *target, WfBuffer *allowed)
{
	const char *rule = spec->check != NULL ? spec->check(value) : NULL;

	if (rule != NULL)
	{
		append_text(allowed, rule);
		return false;
	}
	if (parse_option(spec, value, (char *) target + spec->offset))
		return true;
	wf_option_describe_allowed(spec, allowed);
	return false;
}
