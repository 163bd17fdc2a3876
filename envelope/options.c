/*
 * options.c
 *		Reading a value into any table of options, and what options together say.
 *
 * A value is parsed into a local first and stored only when it is well, so a
 * refused value leaves the target alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "options.h"

#include "json.h"

/* ASCII, whatever the locale. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Whether the texts are the same but for the case of their letters. */
static bool
is_same_word(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

static bool
is_word(WfSlice text, const char *word)
{
	return text.length == strlen(word) && is_same_word(text.data, word, text.length);
}

const WfOptionSpec *
wf_option_find(const WfOptionSpec *specs, int count, const char *name)
{
	for (int i = 0; i < count; i++)
	{
		size_t		length = strlen(specs[i].name);

		if (specs[i].type == WF_OPTION_FAMILY
			? strncmp(specs[i].name, name, length) == 0 && name[length] != '\0'
			: strcmp(specs[i].name, name) == 0)
			return &specs[i];
	}
	return NULL;
}

/* Blanks around a word do not count, as with Debezium: a line of a file may end in some. */
static WfSlice
trim(const char *value)
{
	size_t		length;

	value += strspn(value, " \t");
	length = strlen(value);
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
		length--;
	return wf_slice(value, length);
}

/* Any case, as Java's Boolean.parseBoolean, but nothing else counts as false. */
static bool
parse_bool(const char *value, bool *result)
{
	WfSlice		word = trim(value);

	*result = is_word(word, "true");
	return *result || is_word(word, "false");
}

/* A decimal integer of at most 18 digits, which an int64_t always holds. */
static bool
parse_int(const char *value, int64_t *result)
{
	WfSlice		word = trim(value);
	bool		is_signed = word.length > 0 && (word.data[0] == '-' || word.data[0] == '+');
	int64_t		number = 0;
	size_t		i = is_signed ? 1 : 0;

	if (word.length == i || word.length - i > 18)
		return false;
	for (; i < word.length && word.data[i] >= '0' && word.data[i] <= '9'; i++)
		number = number * 10 + (word.data[i] - '0');
	if (i < word.length)
		return false;
	*result = is_signed && word.data[0] == '-' ? -number : number;
	return true;
}

/* In any case and with blanks around it, as Debezium's enumerations are read. */
static bool
parse_choice(const char *choices, const char *value, int *index)
{
	WfSlice		word = trim(value);

	if (word.length == 0 || memchr(word.data, '|', word.length) != NULL)
		return false;
	for (*index = 0;; (*index)++)
	{
		size_t		choice_length = strcspn(choices, "|");

		if (choice_length == word.length && is_same_word(choices, word.data, word.length))
			return true;
		if (choices[choice_length] == '\0')
			return false;
		choices += choice_length + 1;
	}
}

/*
 * Letters separated by commas, in any case and with blanks around them, or none
 * alone.  r, of snapshots' reads, is one of Debezium's: there are none to skip.
 */
static bool
parse_operations(const char *value, int *operations)
{
	WfSlice		list = trim(value);
	size_t		i = 0;

	*operations = 0;
	if (is_word(list, "none"))
		return true;
	for (;;)
	{
		while (i < list.length && list.data[i] == ' ')
			i++;
		switch (i < list.length ? lower(list.data[i++]) : '\0')
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
			case 'r':
				break;
			default:
				return false;
		}
		while (i < list.length && list.data[i] == ' ')
			i++;
		if (i == list.length)
			return true;
		if (list.data[i++] != ',')
			return false;
	}
}

/* False if there are too many, or value is too long. */
static bool
add_setting(WfSettings *settings, const char *name, const char *value)
{
	WfSetting  *entry = &settings->entries[settings->count];

	if (settings->count == WF_SETTINGS_MAX || strlen(value) > WF_OPTION_LIST_MAX)
		return false;
	entry->name = name;
	entry->value = value;
	settings->count++;
	return true;
}

/* Parses and stores; false, storing nothing, if the value is ill. */
static bool
parse_option(const WfOptionSpec *spec, const char *name, const char *value, void *member)
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
		case WF_OPTION_SWITCH:
			{
				bool		parsed;

				if (!parse_bool(value, &parsed))
					return false;
				*(int *) member = parsed ? WF_SWITCH_TRUE : WF_SWITCH_FALSE;
				return true;
			}
		case WF_OPTION_LIST:
			if (strlen(value) > WF_OPTION_LIST_MAX)
				return false;
			*(const char **) member = value;
			return true;
		case WF_OPTION_FAMILY:
			return add_setting(member, name, value);
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
		case WF_OPTION_SWITCH:
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
			append_text(buffer, "none, or a comma-separated list of c, u, d, t and r");
			break;
		case WF_OPTION_LIST:
			append_text(buffer, "up to ");
			wf_json_int64(buffer, WF_OPTION_LIST_MAX);
			append_text(buffer, " bytes of text");
			break;
		case WF_OPTION_FAMILY:
			append_text(buffer, "up to ");
			wf_json_int64(buffer, WF_OPTION_LIST_MAX);
			append_text(buffer, " bytes of text; there are at most ");
			wf_json_int64(buffer, WF_SETTINGS_MAX);
			append_text(buffer, " ");
			append_text(buffer, spec->plural);
			break;
	}
}

void
wf_options_set_defaults(const WfOptionSpec *specs, int count, void *target)
{
	for (int i = 0; i < count; i++)
		if (specs[i].default_text != NULL)
			(void) parse_option(&specs[i], specs[i].name, specs[i].default_text,
								(char *) target + specs[i].offset);
}

static void
note_named_truncate(int *operations)
{
	if ((*operations & WF_SKIP_TRUNCATE) != 0)
		*operations |= WF_SKIP_TRUNCATE_NAMED;
}

bool
wf_option_is_full(const WfOptionSpec *spec, const void *target)
{
	const WfSettings *settings = (const WfSettings *) ((const char *) target + spec->offset);

	return spec->type == WF_OPTION_FAMILY && settings->count == WF_SETTINGS_MAX;
}

bool
wf_option_set(const WfOptionSpec *spec, const char *name, const char *value, void *target,
			  WfBuffer *allowed)
{
	const char *rule = spec->check != NULL ? spec->check(value) : NULL;

	if (rule != NULL)
	{
		append_text(allowed, rule);
		return false;
	}
	if (parse_option(spec, name, value, (char *) target + spec->offset))
	{
		if (spec->type == WF_OPTION_OPERATIONS)
			note_named_truncate((int *) ((char *) target + spec->offset));
		return true;
	}
	wf_option_describe_allowed(spec, allowed);
	return false;
}

static bool
is_on(int given, int otherwise)
{
	return (given != WF_SWITCH_UNSET ? given : otherwise) == WF_SWITCH_TRUE;
}

static int
hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The bytes that the placeholder stands for; its form has been checked. */
static void
decode_placeholder(WfOptions *options)
{
	const WfText *given = &options->unavailable_placeholder;
	const size_t prefix_length = strlen(WF_HEX_PREFIX);
	WfText	   *bytes = &options->placeholder;

	*bytes = *given;
	if (strncmp(given->bytes, WF_HEX_PREFIX, prefix_length) != 0)
		return;
	bytes->length = (given->length - prefix_length) / 2;
	for (size_t i = 0; i < bytes->length; i++)
	{
		const char *digits = given->bytes + prefix_length + 2 * i;

		bytes->bytes[i] = (char) (hex_value(digits[0]) << 4 | hex_value(digits[1]));
	}
}

/* Whether a side's JSON has inline schemas; switches that are not given are as otherwise. */
static bool
has_schemas(int converter, int enable, int delegate_enable, int otherwise)
{
	switch ((WfConverter) converter)
	{
		case WF_CONVERTER_JSON:
			return is_on(enable, otherwise);
		case WF_CONVERTER_BINARY:
			return is_on(delegate_enable, otherwise);
		case WF_CONVERTER_STRING:
		case WF_CONVERTER_BYTES:
			break;
	}
	return false;
}

/* Kafka Connect's StringConverter prints a struct as Java does; nobody can read that. */
static bool
check_converters(const WfOptions *options, WfBuffer *complaint)
{
	const struct
	{
		const char *name;
		int			converter;
	}			sides[] = {
		{"key.converter", options->key_converter}, {"value.converter", options->value_converter}
	};

	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
	{
		if (sides[i].converter == WF_CONVERTER_JSON ||
			(options->transforms != NULL && options->transforms[0] != '\0'))
			continue;
		append_text(complaint, sides[i].name);
		append_text(complaint, " must be org.apache.kafka.connect.json.JsonConverter, because events "
					"are structs, of which the other converters make nothing that can be read; they "
					"are for what io.debezium.transforms.outbox.EventRouter makes");
		return false;
	}
	return true;
}

/* An empty list is as if it were not given. */
static bool
is_given(const char *list)
{
	while (list != NULL && *list != '\0' && (unsigned char) *list <= ' ')
		list++;
	return list != NULL && *list != '\0';
}

bool
wf_options_settle(WfOptions *options, bool inline_schemas, WfBuffer *complaint)
{
	int			schemas = options->schemas_enable != WF_SWITCH_UNSET ? options->schemas_enable :
	inline_schemas ? WF_SWITCH_TRUE : WF_SWITCH_FALSE;

	decode_placeholder(options);
	options->key_schemas = has_schemas(options->key_converter, options->key_schemas_enable,
									   options->key_delegate_schemas_enable, schemas);
	options->value_schemas = has_schemas(options->value_converter, options->value_schemas_enable,
										 options->value_delegate_schemas_enable, schemas);
	if (!check_converters(options, complaint))
		return false;
	options->publishes_roots = options->publish_via_partition_root ||
		is_given(options->partition_root_include) || options->publication_filter != NULL;
	if (options->publication_filter != NULL &&
		(options->publish_via_partition_root || is_given(options->partition_root_include)))
	{
		append_text(complaint, "publication.filter excludes publish.via.partition.root and "
					"publish.via.partition.root.include.list, because publications say that "
					"themselves (publish_via_partition_root)");
		return false;
	}
	if (options->publish_via_partition_root && is_given(options->partition_root_include))
	{
		append_text(complaint, "publish.via.partition.root=true and "
					"publish.via.partition.root.include.list exclude each other, because the first "
					"publishes all partitions as their root");
		return false;
	}

	if (options->numeric_special == WF_SPECIAL_NUMERIC_STRING && options->value_schemas &&
		options->decimal_mode == WF_DECIMAL_PRECISE)
	{
		append_text(complaint, "numeric.special.handling=string needs values without inline schemas "
					"(value.converter.schemas.enable=false), or decimal.handling.mode=string");
		return false;
	}
	if (options->before_key_only == WF_KEY_ONLY_OMIT && options->value_schemas)
	{
		append_text(complaint, "before.key_only=omit needs values without inline schemas "
					"(value.converter.schemas.enable=false), because columns that are NOT NULL may "
					"not be missing beside one");
		return false;
	}
	if (options->infinity_handling == WF_INFINITY_STRING && options->value_schemas)
	{
		append_text(complaint, "infinity.handling=string needs values without inline schemas "
					"(value.converter.schemas.enable=false)");
		return false;
	}
	return true;
}
