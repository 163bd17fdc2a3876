/*
 * default_value.c
 *		A column's default, from the catalogue's expression to its JSON.
 *
 * The rules are those of Debezium's PostgresDefaultValueConverter, but for
 * those that the header tells of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "default_value.h"

#include "read_text_scan.h"
#include "time.h"

#define OID_TEXT 25
#define OID_XML 142
#define OID_BPCHAR 1042
#define OID_VARCHAR 1043

#define DIGIT_BASE_LENGTH 4		/* decimal digits in one of base 10000 */

/* 1970-01-01, counted from 2000-01-01 */
#define UNIX_EPOCH_DAYS (-WF_POSTGRES_EPOCH_DAYS)
#define UNIX_EPOCH_MICROSECONDS (UNIX_EPOCH_DAYS * WF_MICROSECONDS_PER_DAY)

bool
wf_default_is_possible(const WfType *type)
{
	switch (type->kind)
	{
		case WF_TYPE_BOOL:
		case WF_TYPE_INT2:
		case WF_TYPE_INT4:
		case WF_TYPE_INT8:
		case WF_TYPE_FLOAT4:
		case WF_TYPE_FLOAT8:
		case WF_TYPE_NUMERIC:
		case WF_TYPE_DATE:
		case WF_TYPE_TIME:
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
		case WF_TYPE_INTERVAL:
		case WF_TYPE_UUID:
		case WF_TYPE_JSON:
		case WF_TYPE_ENUM:
		case WF_TYPE_BIT:
			return true;
		case WF_TYPE_TEXT:
		case WF_TYPE_OTHER:
			return type->oid == OID_TEXT || type->oid == OID_VARCHAR || type->oid == OID_BPCHAR ||
				type->oid == OID_XML;
		default:
			return false;
	}
}

/* ---- what the expression is ---- */

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * Debezium's FUNCTION_DEFAULT_PATTERN: a name and parentheses, or such at the
 * beginning of an expression in parentheses.
 */
static bool
is_function_call(WfSlice expression)
{
	size_t		name = 0;

	wf_take_char(&expression, '(');
	while (name < expression.length &&
		   (is_letter(expression.data[name]) || wf_is_digit(expression.data[name]) ||
			expression.data[name] == '_' || expression.data[name] == '.'))
		name++;
	wf_skip(&expression, name);
	if (name == 0 || !wf_take_char(&expression, '('))
		return false;
	for (size_t i = 0; i < expression.length && expression.data[i] != '\n'; i++)
		if (expression.data[i] == ')')
			return true;
	return false;
}

/* SQL's functions without parentheses. */
static bool
is_current_time(WfSlice expression)
{
	return wf_is_text(expression, WF_LITERAL("CURRENT_TIMESTAMP")) ||
		wf_is_text(expression, WF_LITERAL("CURRENT_TIME")) ||
		wf_is_text(expression, WF_LITERAL("CURRENT_DATE")) ||
		wf_is_text(expression, WF_LITERAL("LOCALTIME")) ||
		wf_is_text(expression, WF_LITERAL("LOCALTIMESTAMP"));
}

/*
 * Takes `::type`, up to a parenthesis that was not opened in it.  A type's name
 * has no operator in it: letters, digits, blanks, the minus of a scale in
 * parentheses, and what follows is quoted.
 */
static bool
take_cast(WfSlice *text, WfSlice *type)
{
	size_t		length = 0;
	int			depth = 0;
	bool		quoted = false;

	if (!wf_take_text(text, WF_LITERAL("::")))
		return false;
	for (; length < text->length; length++)
	{
		char		c = text->data[length];

		if (c == '"')
			quoted = !quoted;
		if (quoted || c == '"')
			continue;
		if (c == '(')
			depth++;
		else if (c == ')' && depth-- == 0)
			break;
		else if (c != ')' && c != ' ' && c != '_' && c != '.' && c != ',' && c != '[' &&
				 c != ']' && c != '$' && !(c == '-' && depth > 0) && !is_letter(c) &&
				 !wf_is_digit(c) && (c & 0x80) == 0)
			return false;
	}
	*type = wf_slice(text->data, length);
	wf_skip(text, length);
	return length > 0 && !quoted;
}

/* A quoted constant, perhaps of bits; quotes in it are two. */
static bool
take_constant(WfScratch *scratch, WfSlice *text, WfSlice *constant)
{
	size_t		length = 0;
	size_t		quotes = 0;
	char	   *copy;

	if (text->length > 1 && text->data[1] == '\'')
		wf_take_char(text, 'B');
	if (!wf_take_char(text, '\''))
		return false;
	for (;; length++)
	{
		if (length == text->length)
			return false;
		if (text->data[length] != '\'')
			continue;
		if (length + 1 == text->length || text->data[length + 1] != '\'')
			break;
		length++;
		quotes++;
	}
	*constant = wf_slice(text->data, length);
	wf_skip(text, length + 1);
	if (quotes == 0)
		return true;

	copy = wf_scratch_take(scratch, length - quotes);
	if (copy == NULL)
		return false;
	for (size_t i = 0, o = 0; i < length; i++, o++)
	{
		copy[o] = constant->data[i];
		if (copy[o] == '\'')
			i++;
	}
	*constant = wf_slice(copy, length - quotes);
	return true;
}

/*
 * Whether a constant of type first, cast to the column's type, means the same
 * there: '101' of "bit" is 5 as an integer.  ALTER COLUMN TYPE leaves such casts.
 */
static bool
cast_keeps_meaning(WfSlice first, WfTypeKind kind)
{
	if (wf_is_text(first, WF_LITERAL("text")) ||
		wf_is_text(first, WF_LITERAL("character varying")) ||
		wf_is_text(first, WF_LITERAL("bpchar")))
		return true;
	switch (kind)
	{
		case WF_TYPE_BIT:
			return wf_take_text(&first, WF_LITERAL("\"bit\"")) ||
				wf_take_text(&first, WF_LITERAL("bit"));
		case WF_TYPE_INT2:
		case WF_TYPE_INT4:
		case WF_TYPE_INT8:
		case WF_TYPE_NUMERIC:
			return wf_is_text(first, WF_LITERAL("integer")) ||
				wf_is_text(first, WF_LITERAL("bigint")) ||
				wf_is_text(first, WF_LITERAL("numeric"));
		case WF_TYPE_DATE:
		case WF_TYPE_TIMESTAMP:
			return wf_is_text(first, WF_LITERAL("date")) ||
				wf_is_text(first, WF_LITERAL("timestamp without time zone"));
		default:
			return false;
	}
}

/*
 * 'text', 'text'::type or ('text'::type)::type: the text that the column type's
 * input function gets.
 */
static bool
read_literal(WfScratch *scratch, const WfType *column, WfSlice expression, WfSlice *literal)
{
	WfSlice		type;

	if (wf_take_char(&expression, '('))
	{
		if (!take_constant(scratch, &expression, literal) || !take_cast(&expression, &type) ||
			!wf_take_char(&expression, ')') || !cast_keeps_meaning(type, column->kind))
			return false;
	}
	else if (!take_constant(scratch, &expression, literal))
		return false;
	return expression.length == 0 ||
		(take_cast(&expression, &type) && expression.length == 0);
}

/* A number or a boolean, which stand without quotes. */
static bool
is_bare_constant(WfSlice expression)
{
	WfSlice		rest = expression;

	if (wf_is_text(expression, WF_LITERAL("true")) || wf_is_text(expression, WF_LITERAL("false")))
		return true;
	if (wf_take_digits(&rest).length == 0)
		return false;
	if (wf_take_char(&rest, '.'))
		wf_take_digits(&rest);
	return rest.length == 0;
}

/* ---- its value ---- */

/* What stands for a value that only a function knows. */
static bool
set_zero(WfScratch *scratch, const WfType *type, WfValue *value)
{
	void	   *uuid;

	memset(value, 0, sizeof(*value));
	value->state = WF_VALUE_PRESENT;
	switch (type->kind)
	{
		case WF_TYPE_ENUM:
			return false;
		case WF_TYPE_NUMERIC:
			value->as.numeric.dscale = 1;	/* "0.0" where it is shown as text */
			break;
		case WF_TYPE_DATE:
			value->as.integer = UNIX_EPOCH_DAYS;
			break;
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			value->as.integer = UNIX_EPOCH_MICROSECONDS;
			break;
		case WF_TYPE_UUID:
			uuid = wf_scratch_take(scratch, 16);
			if (uuid == NULL)
				return false;
			memset(uuid, 0, 16);
			value->as.uuid = uuid;
			break;
		case WF_TYPE_JSON:
			value->as.text = WF_LITERAL("{}");
			break;
		case WF_TYPE_TEXT:
		case WF_TYPE_OTHER:
			value->as.text = WF_LITERAL("");
			break;
		case WF_TYPE_BIT:
			value->as.text = WF_LITERAL("0");
			break;
		default:
			break;
	}
	return true;
}

/* Dates and timestamps may be cast into each other; the reader is strict. */
static bool
read_date_or_timestamp(const WfType *type, WfSlice literal, int64_t *value)
{
	int64_t		days;
	int64_t		microseconds;

	if (type->kind == WF_TYPE_DATE && wf_read_timestamp(literal, &microseconds) &&
		microseconds != INT64_MAX && microseconds != INT64_MIN)
	{
		days = microseconds / WF_MICROSECONDS_PER_DAY;
		*value = days - (microseconds % WF_MICROSECONDS_PER_DAY < 0);
		return true;
	}
	if (type->kind == WF_TYPE_TIMESTAMP && wf_read_date(literal, &days) &&
		days <= INT64_MAX / WF_MICROSECONDS_PER_DAY)
	{
		*value = days * WF_MICROSECONDS_PER_DAY;
		return true;
	}
	return false;
}

static bool
is_infinite(const WfType *type, const WfValue *value)
{
	switch (type->kind)
	{
		case WF_TYPE_DATE:
			return value->as.integer == INT32_MAX || value->as.integer == INT32_MIN;
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			return value->as.integer == INT64_MAX || value->as.integer == INT64_MIN;
		case WF_TYPE_INTERVAL:
			return value->as.interval.months == INT32_MAX ||
				value->as.interval.months == INT32_MIN;
		case WF_TYPE_NUMERIC:
			return value->as.numeric.sign != WF_NUMERIC_POSITIVE &&
				value->as.numeric.sign != WF_NUMERIC_NEGATIVE;
		default:
			return false;
	}
}

/* Decimal fraction digits that are not zeros; negative: zeros before the point. */
static int64_t
significant_scale(const WfNumeric *numeric)
{
	int64_t		scale;
	int			digit;

	if (numeric->digit_count == 0)
		return INT32_MIN;
	scale = ((int64_t) numeric->digit_count - 1 - numeric->weight) * DIGIT_BASE_LENGTH;
	for (digit = numeric->digits[numeric->digit_count - 1]; digit % 10 == 0; digit /= 10)
		scale--;
	return scale;
}

/* At the column's scale; false if that would take rounding. */
static bool
set_scale(const WfType *type, WfNumeric *numeric)
{
	int			precision;
	int			scale;

	if (!wf_numeric_typmod(type->typmod, &precision, &scale))
		return true;
	if (significant_scale(numeric) > scale)
		return false;
	numeric->dscale = scale > 0 ? scale : 0;
	return true;
}

bool
wf_default_read(WfScratch *scratch, const WfType *type, WfSlice expression, WfValue *value)
{
	WfSlice		literal = expression;

	if (!wf_default_is_possible(type))
		return false;
	if (is_function_call(expression) || is_current_time(expression))
	{
		if (!set_zero(scratch, type, value))
			return false;
	}
	else
	{
		if (!is_bare_constant(expression) && !read_literal(scratch, type, expression, &literal))
			return false;
		if (type->kind == WF_TYPE_BOOL && wf_is_text(literal, WF_LITERAL("true")))
			literal = WF_LITERAL("t");
		else if (type->kind == WF_TYPE_BOOL && wf_is_text(literal, WF_LITERAL("false")))
			literal = WF_LITERAL("f");
		if (!wf_read_text(scratch, type, literal, value) &&
			!read_date_or_timestamp(type, literal, &value->as.integer))
			return false;
		value->state = WF_VALUE_PRESENT;
	}
	if (is_infinite(type, value))
		return false;
	return type->kind != WF_TYPE_NUMERIC || set_scale(type, &value->as.numeric);
}

/* ---- its JSON ---- */

bool
wf_default_write(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	size_t		mark = buffer->length;

	if (field->default_value == NULL ||
		wf_value_write(buffer, form, field, field->default_value) != WF_VALUE_WRITTEN)
		return false;
	if (buffer->error != WF_BUFFER_OK || buffer->data[mark] != '{')
		return true;

	/* Kafka Connect takes no struct as a default, says Debezium. */
	wf_buffer_cut(buffer, mark);
	return false;
}
