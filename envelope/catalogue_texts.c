/*
 * catalogue_texts.c
 *		Texts that a table's description can do without, and how long they may be.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "catalogue_texts.h"

#include "utf8.h"

#define ESCAPE_LENGTH 6			/* of a UTF-16 unit: \uXXXX */
#define DIGIT_BASE_LENGTH 4		/* decimal digits in one of base 10000 */

/* The text as JSON in ASCII, without quotes; more than max if it is more than that. */
static size_t
json_length(WfSlice text, size_t max)
{
	const unsigned char *at = (const unsigned char *) text.data;
	const unsigned char *end = at + text.length;
	size_t		length = 0;

	while (at < end && length <= max)
	{
		uint32_t	c = *at;
		bool		valid;

		if (c >= 0x80)
		{
			at += wf_utf8_decode(at, end, &c, &valid);
			length += c >= 0x10000 ? 2 * ESCAPE_LENGTH : ESCAPE_LENGTH;
			continue;
		}
		at++;
		length += c < 0x20 ? ESCAPE_LENGTH : c == '"' || c == '\\' ? 2 : 1;
	}
	return length;
}

/* A number's digits; the column may have more than its text. */
static size_t
number_length(const WfColumn *column)
{
	const WfNumeric *number;

	if (column->default_value == NULL || column->type.kind != WF_TYPE_NUMERIC)
		return 0;
	number = &column->default_value->as.numeric;
	return (size_t) (number->weight >= 0 ? number->weight + 1 : 1) * DIGIT_BASE_LENGTH +
		(size_t) number->dscale;
}

/* Whether a text of that length may stay: it is taken off what is left. */
static bool
fits(size_t length, size_t max, size_t *left)
{
	if (length > max || length > *left)
		return false;
	*left -= length;
	return true;
}

/* What no record shows does not count. */
static bool
is_described(const WfRelation *relation, const WfColumn *column)
{
	if (column->rule.action != WF_COLUMN_OMIT)
		return true;
	for (int i = 0; i < relation->key_count; i++)
		if (&relation->columns[relation->key_columns[i]] == column)
			return true;
	return false;
}

static void
limit_default(WfColumn *column, size_t *left)
{
	size_t		length = json_length(column->default_expression, WF_DEFAULT_MAX_BYTES);
	size_t		number = number_length(column);

	if (fits(length > number ? length : number, WF_DEFAULT_MAX_BYTES, left))
		return;
	column->default_expression = WF_LITERAL("");
	column->default_value = NULL;
	column->left_out |= WF_LEFT_OUT_DEFAULT;
}

/* An enum without labels has an empty text, one whose labels are left out none. */
static void
limit_labels(WfColumn *column, size_t *left)
{
	WfSlice    *labels = &column->type.enum_labels;

	if (fits(json_length(*labels, WF_LABELS_MAX_BYTES), WF_LABELS_MAX_BYTES, left))
		return;
	*labels = wf_slice(NULL, 0);
	column->left_out |= WF_LEFT_OUT_LABELS;
}

static void
limit_comment(WfSlice *comment, uint8_t *left_out, size_t *left)
{
	if (fits(json_length(*comment, WF_COMMENT_MAX_BYTES), WF_COMMENT_MAX_BYTES, left))
		return;
	*comment = WF_LITERAL("");
	*left_out |= WF_LEFT_OUT_COMMENT;
}

void
wf_relation_limit_texts(WfRelation *relation, WfColumn *columns)
{
	size_t		left = WF_CATALOGUE_TEXTS_MAX_BYTES;

	for (int i = 0; i < relation->column_count; i++)
	{
		if (is_described(relation, &columns[i]))
			limit_default(&columns[i], &left);
		else
			columns[i].left_out = 0;
	}
	for (int i = 0; i < relation->column_count; i++)
		if (is_described(relation, &columns[i]))
			limit_labels(&columns[i], &left);
	limit_comment(&relation->comment, &relation->left_out, &left);
	for (int i = 0; i < relation->column_count; i++)
		if (is_described(relation, &columns[i]))
			limit_comment(&columns[i].comment, &columns[i].left_out, &left);
}
