/*
 * unwrap.c
 *		A row in place of its event: what ExtractNewRecordState leaves.
 *
 *		{<columns>[,"__deleted":"false"][,"__op":"c",…]}
 *
 * (Debezium 3.7's ExtractNewRecordState and DefaultDeleteHandlingStrategy.)
 * Headers are written as Kafka Connect's SimpleHeaderConverter does (header_text.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unwrap.h"

#include "event_schema.h"
#include "row_text.h"
#include "source_block.h"
#include "transaction.h"

WfUnwrapped
wf_unwrapped(const WfTransform *unwrap, WfOperation operation)
{
	if (operation != WF_OPERATION_DELETE)
		return WF_UNWRAPPED_AFTER;
	switch ((WfDeleteHandling) unwrap->as.unwrap.delete_handling)
	{
		case WF_DELETES_DROP:
			break;
		case WF_DELETES_TOMBSTONE:
			return WF_UNWRAPPED_NULL;
		case WF_DELETES_REWRITE:
		case WF_DELETES_REWRITE_WITH_TOMBSTONE:
			return WF_UNWRAPPED_BEFORE;
		case WF_DELETES_TO_TOMBSTONE:
			return WF_UNWRAPPED_TOMBSTONE;
	}
	return WF_UNWRAPPED_NOTHING;
}

/* ---- at the beginning ---- */

void
wf_unwrap_init(WfSession *session)
{
	WfTransforms *transforms = session->transforms;
	WfBuffer   *text = session->text;

	for (int i = 0; transforms != NULL && i < transforms->count; i++)
	{
		WfUnwrap   *unwrap = transforms->transforms[i].unwrap;

		for (int k = 0; unwrap != NULL && k < unwrap->field_count; k++)
		{
			WfAddedMember *field = &unwrap->fields[k];

			field->head.offset = text->length;
			wf_buffer_append_char(text, ',');
			wf_json_string(text, &session->form, field->name.data, field->name.length);
			wf_buffer_append_char(text, ':');
			field->head.length = text->length - field->head.offset;
		}
	}
}

/* ---- members ---- */

/* A string as JSON or, in a header, as it is. */
static void
put_string(const WfSession *session, WfBuffer *buffer, bool is_header, WfSlice text)
{
	WfTextForm	form = session->form;

	if (is_header)
		wf_buffer_append_slice(buffer, text);
	else
		wf_json_string(buffer, &form, text.data, text.length);
}

static WfSlice
text_slice(const WfText *text)
{
	return wf_slice(text->bytes, text->length);
}

bool
wf_event_member_write(const WfEventFacts *facts, WfEventMember member, bool is_header,
					  WfBuffer *buffer)
{
	const WfSession *session = facts->session;

	switch (member)
	{
		case WF_MEMBER_OP:
			put_string(session, buffer, is_header, wf_slice(&facts->op, 1));
			return true;
		case WF_MEMBER_TS_MS:
			wf_json_int64(buffer, facts->now_ns / 1000000);
			return true;
		case WF_MEMBER_TS_US:
			wf_json_int64(buffer, facts->now_ns / 1000);
			return true;
		case WF_MEMBER_TS_NS:
			wf_json_int64(buffer, facts->now_ns);
			return true;
		case WF_MEMBER_SOURCE_VERSION:
			put_string(session, buffer, is_header, WF_LITERAL(WALFERRY_VERSION));
			return true;
		case WF_MEMBER_SOURCE_CONNECTOR:
			put_string(session, buffer, is_header, WF_LITERAL("postgresql"));
			return true;
		case WF_MEMBER_SOURCE_NAME:
			put_string(session, buffer, is_header, text_slice(&session->options.topic_prefix));
			return true;
		case WF_MEMBER_SOURCE_DB:
			put_string(session, buffer, is_header, session->database);
			return true;
		case WF_MEMBER_SOURCE_SCHEMA:
			put_string(session, buffer, is_header, facts->schema);
			return true;
		case WF_MEMBER_SOURCE_TABLE:
			put_string(session, buffer, is_header, facts->table);
			return true;
		case WF_MEMBER_SOURCE_ORIGIN:
			if (facts->transaction == NULL || facts->transaction->origin.length == 0)
				return false;
			put_string(session, buffer, is_header, facts->transaction->origin);
			return true;
		case WF_MEMBER_SOURCE_SNAPSHOT:
		case WF_MEMBER_SOURCE_SEQUENCE:
			{
				char		room[WF_SOURCE_TEXT_MAX];
				WfSlice		text = wf_source_text(session, member, facts->lsn, room);

				if (text.length == 0)
					return false;
				put_string(session, buffer, is_header, text);
				return true;
			}
		case WF_MEMBER_TRANSACTION_ID:
		case WF_MEMBER_TRANSACTION_TOTAL_ORDER:
		case WF_MEMBER_TRANSACTION_COLLECTION_ORDER:
			return facts->transaction != NULL &&
				wf_transaction_member_write(facts->transaction, member, facts->lsn, is_header,
											buffer);
		default:
			return wf_source_number_write(session, facts->transaction, member, facts->lsn,
										  buffer);
	}
}

static bool
write_member(const WfRowContext *context, const WfRowEvent *event, WfEventMember member,
			 bool is_header, WfBuffer *buffer)
{
	const WfRelation *relation = context->plan->relation;
	WfEventFacts facts = {
		.session = context->session, .transaction = context->transaction, .lsn = context->lsn,
		.now_ns = context->now_ns, .op = (char) event->operation, .schema = relation->schema,
		.table = relation->name
	};

	return wf_event_member_write(&facts, member, is_header, buffer);
}

static inline bool
is_column(const WfAddedMember *added)
{
	return added->member == WF_MEMBER_BEFORE || added->member == WF_MEMBER_AFTER;
}

/* Is it a column that the table does not have? */
static inline bool
is_missing(const WfRowContext *context, const WfAddedMember *added)
{
	return is_column(added) && context->plan->added_columns[added->column] < 0;
}

/* A column of before or after; null if there is no such image. */
static void
write_column(const WfRowContext *context, const WfRowEvent *event, const WfAddedMember *field)
{
	WfRowImage	image = field->member == WF_MEMBER_BEFORE ? event->before : event->after;
	int			column = context->plan->added_columns[field->column];

	if (image.row == NULL)
		wf_json_null(context->session->buffer);
	else
		wf_row_column_write(context->session, context->plan, image, column);
}

static void
write_field(const WfRowContext *context, const WfRowEvent *event, const WfAddedMember *field)
{
	WfSession  *session = context->session;
	WfBuffer   *buffer = session->buffer;

	if (is_missing(context, field))
		return;
	wf_row_member_append(buffer, wf_session_text(session, field->head));
	if (is_column(field))
		write_column(context, event, field);
	else if (!write_member(context, event, field->member, false, buffer))
		wf_json_null(buffer);
}

/*
 * Only an update has columns to drop, since only it has changed some.  Debezium's
 * ReplaceField then takes them out of the schema, too, whatever drop.fields.keep.schema.compatible
 * is called.
 */
void
wf_dropped_find(const WfRowPlan *plan, const WfChangedColumns *columns, WfDropped *dropped)
{
	const WfUnwrapSettings *settings = &plan->unwrap->as.unwrap;
	const WfRelation *relation = plan->relation;
	bool		drops_changed = plan->drops == WF_DROPS_CHANGED;

	dropped->any = false;
	for (int i = 0; i < relation->column_count; i++)
	{
		dropped->columns[i] = columns->changed[i] == drops_changed &&
			!plan->columns[i].field.self.omitted &&
			(plan->columns[i].field.self.optional || !settings->drop_fields_keep_schema);
		dropped->any |= dropped->columns[i];
	}
	for (int i = 0; i < relation->key_count; i++)
	{
		int			column = relation->key_columns[i];

		/* the lists of the headers have no column that is not published */
		dropped->key[i] = settings->drop_fields_from_key &&
			columns->changed[column] == drops_changed &&
			!plan->columns[column].field.self.omitted &&
			(plan->key[i].field.self.optional || !settings->drop_fields_keep_schema);
		dropped->any |= dropped->key[i];
	}
}

void
wf_unwrapped_write(const WfRowContext *context, const WfRowEvent *event,
				   const WfDropped *dropped, bool report)
{
	WfSession  *session = context->session;
	WfBuffer   *buffer = session->buffer;
	const WfTransform *transform = context->plan->unwrap;
	const WfUnwrap *unwrap = transform->unwrap;
	bool		is_deleted = event->operation == WF_OPERATION_DELETE;
	bool		drops = context->plan->drops != WF_DROPS_NONE && dropped->any;
	bool		has_schema = drops && session->options.value_schemas;

	if (wf_unwrapped(transform, event->operation) == WF_UNWRAPPED_NULL)
	{
		wf_record_append(session, session->options.value_schemas ? WF_RECORD_JSON : WF_RECORD_TEXT,
						 WF_LITERAL("null"));
		return;
	}
	if (has_schema)
	{
		wf_buffer_append_literal(buffer, "{\"schema\":");
		wf_partial_value_schema_write(buffer, context->plan, dropped->columns);
		wf_buffer_append_literal(buffer, ",\"payload\":");
	}
	if (drops)
		wf_row_image_write_without(session, context->plan, event->after, dropped->columns, report);
	else
		wf_row_image_write(session, context->plan, is_deleted ? event->before : event->after,
						   false, report);
	if (buffer->error != WF_BUFFER_OK)
		return;
	buffer->length--;			/* the row's closing brace */
	if (wf_unwrap_rewrites(transform))
		wf_row_member_append(buffer, is_deleted ? WF_LITERAL(",\"__deleted\":\"true\"") :
							 WF_LITERAL(",\"__deleted\":\"false\""));
	for (int i = 0; i < unwrap->field_count; i++)
		write_field(context, event, &unwrap->fields[i]);
	wf_buffer_append_char(buffer, '}');
	wf_buffer_append(buffer, "}", has_schema ? 1 : 0);
}

/* ---- headers ---- */

/* The same as plain text; false, appending nothing, if it is null: its default is not asked for. */
static bool
write_column_text(const WfRowContext *context, const WfRowEvent *event,
				  const WfAddedMember *header)
{
	WfRowImage	image = header->member == WF_MEMBER_BEFORE ? event->before : event->after;
	int			column = context->plan->added_columns[header->column];
	WfSession  *session = context->session;

	return image.row != NULL && !wf_row_column_is_null(context->plan, image, column) &&
		wf_row_text_write(session, context->plan, image, column, session->text);
}

/*
 * The tombstone behind a delete has the same: in Debezium the two records share
 * their headers.
 */
void
wf_unwrap_headers_render(const WfRowContext *context, const WfRowEvent *event,
						 WfAddedHeaders *added)
{
	const WfUnwrap *unwrap = context->plan->unwrap->unwrap;
	WfBuffer   *text = context->session->text;

	for (int i = 0; i < unwrap->header_count; i++)
	{
		const WfAddedMember *member = &unwrap->headers[i];
		size_t		mark = text->length;
		bool		is_null;

		if (is_missing(context, member))
			continue;
		is_null = is_column(member) ? !write_column_text(context, event, member) :
			!write_member(context, event, member->member, true, text);
		wf_added_header(added, member->name, (WfRange) {mark, text->length - mark}, is_null);
	}
}

void
wf_unwrap_headers_add(const WfSession *session, const WfAddedHeaders *added, WfRecord *record)
{
	for (int i = 0; i < added->count; i++)
		wf_record_add_header(record, added->headers[i].name, added->headers[i].is_null ?
							 wf_slice(NULL, 0) :
							 wf_session_text(session, added->headers[i].value));
}
