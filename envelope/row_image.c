/*
 * row_image.c
 *		A row as the envelope's before or after, and its key.
 *
 * This is the row loop: per column one copy of a prepared `,"name":` and one
 * value.  Nothing else may be decided here that the plan could know.  Most
 * members are put where there is room for them for sure (put_members()); all
 * others are appended to the buffer, with its checks (append_member()).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_image.h"

#include "column_rule.h"
#include "value_short.h"

static inline const WfValue *
image_value(WfRowImage image, int column)
{
	const WfValue *value = &image.row[column];

	if (value->state == WF_VALUE_UNCHANGED)
		return &image.fill[column];
	if (value->state == WF_VALUE_UNAVAILABLE && image.fill != NULL &&
		(image.fill[column].state == WF_VALUE_PRESENT ||
		 image.fill[column].state == WF_VALUE_UNREAD))
		return &image.fill[column];
	return value;
}

static inline void
append_range(WfBuffer *buffer, const WfRowPlan *plan, WfRange range)
{
	wf_buffer_append_padded(buffer, plan->text->data + range.offset, range.length);
}

/* A member's head when those before it are left out. */
static WfRange
head_without_comma(const WfRowPlan *plan, WfRange head)
{
	if (plan->text->data[head.offset] == ',')
	{
		head.offset++;
		head.length--;
	}
	return head;
}

/* What is read of a value of which little may be written: for a hash, a double. */
static inline size_t
bytes_read(const WfColumnPlan *column, const WfValue *value)
{
	if (column->rule.action == WF_COLUMN_HASH)
		return value->as.text.length;
	return column->rule.action == WF_COLUMN_COPY &&
		column->field.self.type->kind == WF_TYPE_NUMERIC ?
		(size_t) value->as.numeric.digit_count * sizeof(WfNumericDigit) : 0;
}

/*
 * A value that has no form is shown like NULL, told by the result; so is one in part, and
 * a NULL of a column that says it has none.
 */
static inline bool
write_value(WfSession *session, WfBuffer *buffer, const WfRowPlan *plan,
			const WfColumnPlan *column, const WfValue *value)
{
	size_t		start = buffer->length;
	WfValueResult result;

	switch (value->state)
	{
		case WF_VALUE_PRESENT:
		case WF_VALUE_ABSENT_MASKED:
			result = column->rule.action == WF_COLUMN_COPY ?
				wf_value_write(buffer, &session->form, &column->field.self, value) :
				wf_column_write_disguised(buffer, &session->form, column,
										  wf_plan_text(plan, column->null_text), value);
			if (result == WF_VALUE_UNCONVERTIBLE)
				append_range(buffer, plan, column->null_text);
			wf_session_count_bytes(session, buffer->length - start + bytes_read(column, value));
			return result == WF_VALUE_WRITTEN;
		case WF_VALUE_NULL:
			append_range(buffer, plan, column->field.self.optional ? column->null_text :
						 column->absent_text);
			return column->field.self.optional || column->rule.action == WF_COLUMN_MASK;
		case WF_VALUE_UNREAD:	/* its mask; else such an image is not written */
			append_range(buffer, plan, column->null_text);
			break;
		case WF_VALUE_ABSENT:
		case WF_VALUE_UNCHANGED:	/* no image has it as it is: see image_value() */
			append_range(buffer, plan, column->absent_text);
			break;
		case WF_VALUE_UNAVAILABLE:
			append_range(buffer, plan, column->unavailable_text);
			break;
	}
	return true;
}

/* A short value or a string at out; NULL if it is another, or might not fit before limit. */
static inline char *
put_value(char *out, const char *limit, WfTextForm *form, const WfColumnPlan *column,
		  const WfValue *value)
{
	WfSlice		text = value->as.text;

	if (column->field.self.form != WF_FORM_STRING)
		return wf_value_put_short(out, &column->field.self, value);
	if ((size_t) (limit - out) / WF_JSON_EXPANSION_MAX < text.length + WF_JSON_SLACK_BYTES)
		return NULL;
	return wf_json_put_string(out, form, text.data, text.length);
}

/*
 * Writes the members of column `from` and those behind it, as long as they are
 * the usual ones: values or NULLs of columns that are shown as they are, whose
 * text has a bound, or is a string that there is room for.  Returns the first
 * column whose member is another.  What the loop needs to know stands in
 * registers, which it could not if the buffer's fields were to be right after
 * each of them; this made wide rows faster by an eighth.
 */
static int
put_members(WfSession *session, const WfRowPlan *plan, const WfValue *row, int from)
{
	WfBuffer   *buffer = session->buffer;
	const char *texts = plan->text->data;
	char	   *data = buffer->data;
	char	   *out = data + buffer->length;
	const char *limit = data + buffer->capacity;
	WfColumnPlan *column = &plan->columns[from];
	const WfColumnPlan *end = &plan->columns[plan->relation->column_count];
	const WfValue *value = &row[from];

	if (buffer->error != WF_BUFFER_OK)
		return from;
	for (; column < end; column++, value++)
	{
		size_t		head_length = column->head.length;
		char	   *next = out + head_length;

		if (!column->is_copied || value->state > WF_VALUE_NULL ||
			limit - next < WF_BUFFER_PADDING + WF_SHORT_VALUE_MAX)
			break;
		memcpy(out, texts + column->head.offset, WF_BUFFER_PADDING);
		if (head_length > WF_BUFFER_PADDING)
			memcpy(out, texts + column->head.offset, head_length);
		if (value->state == WF_VALUE_PRESENT)
			next = put_value(next, limit, &session->form, column, value);
		else if (column->field.self.optional && column->null_text.length <= WF_BUFFER_PADDING)
		{
			memcpy(next, texts + column->null_text.offset, WF_BUFFER_PADDING);
			next += column->null_text.length;
		}
		else
			next = NULL;
		if (next == NULL)
			break;
		column->member.offset = (size_t) (out - data);
		column->member.length = (size_t) (next - out);
		out = next;
	}
	buffer->length = (size_t) (out - data);
	return (int) (column - plan->columns);
}

const WfValue *
wf_row_image_value(WfRowImage image, int column)
{
	return image_value(image, column);
}

static void
tell_unconvertible(WfSession *session, const WfRowPlan *plan, int column, const WfValue *value)
{
	session->values_without_form++;
	if (session->unconvertible != NULL)
		session->unconvertible(session->host, plan, column, value->state == WF_VALUE_NULL);
}

void
wf_row_value_write(WfSession *session, WfBuffer *buffer, const WfRowPlan *plan, WfRowImage image,
				   int column)
{
	const WfValue *value = image_value(image, column);

	if (!write_value(session, buffer, plan, &plan->columns[column], value))
		tell_unconvertible(session, plan, column, value);
}

bool
wf_row_column_is_unread(const WfRowPlan *plan, WfRowImage image, int column)
{
	const WfColumnPlan *column_plan = &plan->columns[column];

	return !column_plan->field.self.omitted && column_plan->rule.action != WF_COLUMN_MASK &&
		image_value(image, column)->state == WF_VALUE_UNREAD;
}

bool
wf_row_image_is_unread(const WfRowPlan *plan, WfRowImage image)
{
	for (int i = 0; i < plan->relation->column_count; i++)
		if (wf_row_column_is_unread(plan, image, i))
			return true;
	return false;
}

/*
 * Repeats column's member, and those behind it that are unchanged too: they
 * stand together in the image written just before.  Returns the column behind.
 * With REPLICA IDENTITY FULL most columns of most updates are unchanged, and
 * this halves the time that the new image takes.
 */
static int
repeat_members(WfBuffer *buffer, const WfRowPlan *plan, WfRowImage image, int column)
{
	size_t		start = plan->columns[column].member.offset;
	size_t		end = start;

	for (; column < plan->relation->column_count &&
		 image.row[column].state == WF_VALUE_UNCHANGED; column++)
		end = plan->columns[column].member.offset + plan->columns[column].member.length;
	wf_buffer_repeat(buffer, start, end - start);
	return column;
}

/* Any column's member, if it has one; is_first: of the image's. */
static void
append_member(WfSession *session, const WfRowPlan *plan, WfRowImage image, int i, bool is_first,
			  bool report)
{
	WfBuffer   *buffer = session->buffer;
	WfColumnPlan *column = &plan->columns[i];
	const WfValue *value = image_value(image, i);
	size_t		start = buffer->length;

	if (!column->field.self.omitted &&
		!((value->state == WF_VALUE_ABSENT || value->state == WF_VALUE_ABSENT_MASKED) &&
		  session->options.before_key_only == WF_KEY_ONLY_OMIT))
	{
		append_range(buffer, plan,
					 is_first ? head_without_comma(plan, column->head) : column->head);
		if (!write_value(session, buffer, plan, column, value) && report)
			tell_unconvertible(session, plan, i, value);
	}
	column->member.offset = start;
	column->member.length = buffer->length - start;
}

void
wf_row_image_write(WfSession *session, const WfRowPlan *plan, WfRowImage image, bool repeats,
				   bool report)
{
	WfBuffer   *buffer = session->buffer;
	int			count = plan->relation->column_count;
	size_t		start;
	int			i = 0;

	wf_buffer_append_char(buffer, '{');
	start = buffer->length;
	while (i < count)
	{
		bool		is_first = buffer->length == start;

		if (repeats && image.row[i].state == WF_VALUE_UNCHANGED)
			i = repeat_members(buffer, plan, image, i);
		else
		{
			append_member(session, plan, image, i, is_first, report);
			i++;
		}
		if (buffer->length > start)
		{
			size_t		mark = buffer->length;

			i = put_members(session, plan, image.row, i);
			wf_session_count_bytes(session, buffer->length - mark);
		}
	}
	wf_buffer_append_char(buffer, '}');
}

/*
 * What Debezium's struct holds as null, whatever stands for it in JSON.  A mask of
 * asterisks is there for NULL, too, and must not tell it from a value.
 */
static bool
is_null(const WfColumnPlan *column, const WfValue *value)
{
	return column->rule.action != WF_COLUMN_MASK &&
		(value->state == WF_VALUE_NULL ||
		 (value->state == WF_VALUE_ABSENT && column->field.self.optional));
}

bool
wf_row_column_is_null(const WfRowPlan *plan, WfRowImage image, int column)
{
	return is_null(&plan->columns[column], image_value(image, column));
}

void
wf_row_column_write(WfSession *session, const WfRowPlan *plan, WfRowImage image, int column)
{
	const WfValue *value = image_value(image, column);

	if (is_null(&plan->columns[column], value))
		wf_json_null(session->buffer);
	else
		(void) write_value(session, session->buffer, plan, &plan->columns[column], value);
}

void
wf_row_member_append(WfBuffer *buffer, WfSlice head)
{
	bool		first = buffer->length > 0 && buffer->data[buffer->length - 1] == '{';

	wf_buffer_append(buffer, head.data + (first ? 1 : 0), head.length - (first ? 1 : 0));
}

void
wf_row_image_write_without(WfSession *session, const WfRowPlan *plan, WfRowImage image,
						   const bool *left_out, bool report)
{
	size_t		start;

	wf_buffer_append_char(session->buffer, '{');
	start = session->buffer->length;
	for (int i = 0; i < plan->relation->column_count; i++)
		if (!left_out[i])
			append_member(session, plan, image, i, session->buffer->length == start, report);
	wf_buffer_append_char(session->buffer, '}');
}

static bool
is_told(WfRowImage image, int column)
{
	WfValueState state = image_value(image, column)->state;

	return state == WF_VALUE_PRESENT || state == WF_VALUE_NULL;
}

/*
 * The key as the relation has it; appends nothing if a member is not told, but
 * with compat=debezium, which takes what stands for an absent value.
 */
static bool
write_relation_key(WfSession *session, const WfRowPlan *plan, WfRowImage image)
{
	bool		exact = true;
	WfBuffer   *text = session->text;
	const WfRelation *relation = plan->relation;

	if (session->options.compat != WF_COMPAT_DEBEZIUM)
		for (int i = 0; i < relation->key_count; i++)
			if (!is_told(image, relation->key_columns[i]))
				return true;

	wf_buffer_append_char(text, '{');
	for (int i = 0; i < relation->key_count; i++)
	{
		const WfColumnPlan *column = &plan->key[i];

		append_range(text, plan, column->head);
		exact &= write_value(session, text, plan, column,
							 image_value(image, relation->key_columns[i]));
	}
	wf_buffer_append_char(text, '}');
	return exact;
}

void
wf_row_key_write_without(WfSession *session, const WfRowPlan *plan, WfRowImage image,
						 const bool *left_out)
{
	WfBuffer   *text = session->text;
	size_t		start;

	wf_buffer_append_char(text, '{');
	start = text->length;
	for (int i = 0; i < plan->relation->key_count; i++)
	{
		const WfColumnPlan *column = &plan->key[i];

		if (left_out[i])
			continue;
		append_range(text, plan, text->length == start && i > 0 ?
					 head_without_comma(plan, column->head) : column->head);
		(void) write_value(session, text, plan, column,
						   image_value(image, plan->relation->key_columns[i]));
	}
}

bool
wf_row_key_write(WfSession *session, const WfRowPlan *plan, WfRowImage image, WfRange *key)
{
	bool		exact = true;

	key->offset = session->text->length;
	if (plan->relation->key_count > 0)
		exact = write_relation_key(session, plan, image);
	*key = wf_range_since(session->text, key->offset);
	return exact;
}

/* May the column be a member, as far as the image tells it? */
static inline bool
is_substitute(const WfRowPlan *plan, WfRowImage image, int column)
{
	return plan->substitute[column].head.length > 0 && is_told(image, column);
}

/*
 * That the key is not told happens to a delete under REPLICA IDENTITY USING INDEX with
 * an index that is not the primary key: the WAL has that index's columns only; and to
 * an update that leaves a large value of message.key.columns as it was.  Debezium then
 * publishes an invented key, {"id":0}, under which the deletes of all rows meet, and
 * whose tombstone makes a compacted topic forget them.  The identity's columns are
 * true, and unique per row if none is left out or hidden; but a consumer that joins the
 * delete with earlier events by key must know that the key's members differ.
 */
bool
wf_row_substitute_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
						const bool *identity, WfRange *key)
{
	WfBuffer   *text = session->text;
	bool		first = true;
	bool		exact = true;

	*key = wf_range_since(text, text->length);
	if (plan->substitute == NULL)
		return true;
	for (int i = 0; i < plan->relation->column_count; i++)
		if (identity[i] && !is_substitute(plan, image, i))
			return true;
	wf_buffer_append_char(text, '{');
	for (int i = 0; i < plan->relation->column_count; i++)
	{
		const WfColumnPlan *column = &plan->substitute[i];

		if (!identity[i])
			continue;
		append_range(text, plan, first ? head_without_comma(plan, column->head) : column->head);
		exact &= write_value(session, text, plan, column, image_value(image, i));
		first = false;
	}
	wf_buffer_append_char(text, '}');
	*key = wf_range_since(text, key->offset);
	return exact;
}

bool
wf_row_key_is_unchanged(const WfRowPlan *plan, WfRowImage after)
{
	const WfRelation *relation = plan->relation;

	for (int i = 0; i < relation->key_count; i++)
		if (after.row[relation->key_columns[i]].state != WF_VALUE_UNCHANGED)
			return false;
	return relation->key_count > 0;
}

/*
 * Do the columns of both show the same?  Compared as text, which is not published.
 * Of elements that no record can hold the text is a beginning only (WfArray), so
 * what is longer than a record is not found to be the same.
 */
static bool
columns_equal(WfSession *session, const WfRowPlan *plan, const WfValue *a, const WfValue *b, int i)
{
	const WfColumnPlan *column = &plan->columns[i];
	WfBuffer   *text = session->text;
	size_t		mark = text->length;
	uint64_t	replaced = session->form.replaced;
	size_t		middle;
	bool		equal;

	if (a == b)
		return true;
	(void) write_value(session, text, plan, column, a);
	middle = text->length;
	(void) write_value(session, text, plan, column, b);
	equal = text->error == WF_BUFFER_OK && middle - mark == text->length - middle &&
		middle - mark <= (size_t) session->options.record_max_bytes &&
		memcmp(text->data + mark, text->data + middle, middle - mark) == 0;
	wf_buffer_cut(text, mark);
	session->form.replaced = replaced;
	return equal;
}

bool
wf_row_images_equal(WfSession *session, const WfRowPlan *plan, WfRowImage a, WfRowImage b)
{
	for (int i = 0; i < plan->relation->column_count; i++)
		if (!plan->columns[i].field.self.omitted &&
			(wf_row_column_is_unread(plan, a, i) || wf_row_column_is_unread(plan, b, i) ||
			 !columns_equal(session, plan, image_value(a, i), image_value(b, i), i)))
			return false;
	return true;
}

bool
wf_row_column_is_changed(WfSession *session, const WfRowPlan *plan, WfRowImage before,
						 WfRowImage after, int column)
{
	const WfValue *old_value = image_value(before, column);
	const WfValue *new_value = image_value(after, column);
	bool		was_null = is_null(&plan->columns[column], old_value);

	if (was_null || is_null(&plan->columns[column], new_value))
		return was_null != is_null(&plan->columns[column], new_value);
	return !columns_equal(session, plan, old_value, new_value, column);
}

/* One more name of a JSON array that began at mark. */
static void
add_name(WfSession *session, const WfRowPlan *plan, size_t mark, int column)
{
	WfBuffer   *text = session->text;
	WfSlice		name = plan->relation->columns[column].name;

	wf_buffer_append_char(text, text->length == mark ? '[' : ',');
	wf_json_string(text, &session->form, name.data, name.length);
}

static WfRange
close_names(WfBuffer *text, size_t mark)
{
	WfRange		names = {mark, 0};

	if (text->length > mark)
	{
		wf_buffer_append_char(text, ']');
		names.length = text->length - mark;
	}
	return names;
}

void
wf_row_unavailable_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
						 WfRange *names)
{
	size_t		mark = session->text->length;

	for (int i = 0; i < plan->relation->column_count; i++)
		if (!plan->columns[i].field.self.omitted &&
			image.row[i].state == WF_VALUE_UNAVAILABLE &&
			image_value(image, i)->state == WF_VALUE_UNAVAILABLE)
			add_name(session, plan, mark, i);
	*names = close_names(session->text, mark);
}

void
wf_row_defaulted_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
					   WfRange *names)
{
	size_t		mark = session->text->length;

	for (int i = 0; plan->hides_nulls && i < plan->relation->column_count; i++)
		if (plan->columns[i].hides_null && image_value(image, i)->state == WF_VALUE_NULL)
			add_name(session, plan, mark, i);
	*names = close_names(session->text, mark);
}

static uint64_t
value_bytes_at_least(const WfType *type, const WfValue *value)
{
	if (value->state == WF_VALUE_UNREAD)
		return value->as.text.length;
	if (value->state != WF_VALUE_PRESENT)
		return 0;
	switch (type->kind)
	{
		case WF_TYPE_TEXT:
		case WF_TYPE_JSON:
		case WF_TYPE_ENUM:
		case WF_TYPE_HSTORE:
		case WF_TYPE_LTREE:
		case WF_TYPE_ISBN:
		case WF_TYPE_OTHER:
			return value->as.text.length;
		case WF_TYPE_BYTEA:
			return value->as.bytes.length;
		default:
			return 0;
	}
}

uint64_t
wf_row_image_bytes_at_least(const WfRowPlan *plan, WfRowImage image)
{
	const WfColumn *columns = plan->relation->columns;
	uint64_t	bytes = 0;

	for (int i = 0; i < plan->relation->column_count; i++)
	{
		uint64_t	shown_max = wf_column_rule_shown_max(&plan->columns[i].rule);
		uint64_t	whole = value_bytes_at_least(&columns[i].type, image_value(image, i));

		if (!plan->columns[i].field.self.omitted)
			bytes += whole < shown_max ? whole : shown_max;
	}
	return bytes;
}
