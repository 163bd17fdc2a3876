/*
 * notice_outbox.c
 *		What users are told of outbox tables and of logical messages.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json.h"
#include "notice_text.h"
#include "outbox.h"

/* Hexadecimal without leading zeros. */
static void
append_hex(WfBuffer *buffer, uint32_t number)
{
	int			shift = 28;

	while (shift > 0 && number >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		wf_buffer_append_char(buffer, "0123456789ABCDEF"[number >> shift & 15]);
}

/* As pg_lsn shows it. */
static void
append_lsn(WfBuffer *buffer, uint64_t lsn)
{
	append_hex(buffer, (uint32_t) (lsn >> 32));
	wf_buffer_append_char(buffer, '/');
	append_hex(buffer, (uint32_t) lsn);
}

/* `: why (byte 12)` */
static void
append_reason(WfBuffer *buffer, const char *reason, size_t offset)
{
	wf_buffer_append_literal(buffer, ": ");
	if (reason != NULL)
		wf_notice_say(buffer, reason);
	if (reason == NULL || offset == WF_OFFSET_NONE)
		return;
	wf_buffer_append_literal(buffer, " (byte ");
	wf_json_uint64(buffer, offset);
	wf_buffer_append_char(buffer, ')');
}

/* ---- outbox tables ---- */

bool
wf_outbox_notice_is_operation(WfOutboxNotice notice)
{
	return notice == WF_OUTBOX_UPDATE_IGNORED || notice == WF_OUTBOX_TRUNCATE_IGNORED;
}

static WfNoticeLevel
level_of(const WfOutboxPlan *outbox, WfOutboxNotice notice)
{
	if (!wf_outbox_notice_is_operation(notice))
		return WF_NOTICE_WARNING;
	switch ((WfOutboxInvalid) outbox->transform->as.outbox.invalid)
	{
		case WF_OUTBOX_INVALID_WARN:
			return WF_NOTICE_WARNING;
		case WF_OUTBOX_INVALID_ERROR:
			return WF_NOTICE_ERROR;
		case WF_OUTBOX_INVALID_FATAL:
			break;
	}
	return WF_NOTICE_REFUSAL;
}

/* What a sentence says before the table, between it and the column, and at the end. */
typedef struct OutboxWords
{
	const char *before;
	const char *between;		/* the quotes come by themselves */
	const char *behind;
} OutboxWords;

static const OutboxWords outbox_words[] = {
	[WF_OUTBOX_UPDATE_IGNORED] = {
		"rows of outbox ", " were updated, which makes no records", NULL
	},
	[WF_OUTBOX_TRUNCATE_IGNORED] = {
		"outbox ", " was truncated, which makes no records", NULL
	},
	[WF_OUTBOX_ROUTE_IS_NULL] = {
		"a row of outbox ", " names no topic: column ", " is NULL, which counts as an empty text"
	},
	[WF_OUTBOX_NAME_CHANGED] = {
		"a row of outbox ", " names a topic by column ",
		" that Kafka cannot have; the name was made legal"
	},
	[WF_OUTBOX_NOT_EXPANDED] = {
		"a payload of outbox ", " in column ", " cannot be expanded and is published as a text"
	},
	[WF_OUTBOX_TIME_REFUSED] = {
		"a time of outbox ", " in column ",
		" is none that Kafka has; the record has the time at which it was sent"
	}
};

static void
say_outbox(WfBuffer *message, const WfRelation *relation, const WfOutboxReport *report)
{
	const OutboxWords *words = &outbox_words[report->notice];

	wf_notice_say(message, words->before);
	wf_notice_table(message, relation);
	wf_notice_say(message, words->between);
	if (words->behind == NULL)
		return;
	wf_notice_name(message, report->column >= 0 ? relation->columns[report->column].name :
				   wf_slice(NULL, 0));
	wf_notice_say(message, words->behind);
	if (report->notice == WF_OUTBOX_NOT_EXPANDED)
		append_reason(message, report->reason, report->offset);
}

WfNoticeLevel
wf_notice_outbox(WfNotice *notice, const WfRowPlan *plan, const WfOutboxReport *report)
{
	WfNoticeLevel level = level_of(plan->outbox, report->notice);

	say_outbox(&notice->message, plan->relation, report);
	if (level == WF_NOTICE_REFUSAL)
	{
		wf_buffer_append_literal(&notice->hint, "An outbox is written by INSERT and DELETE only; "
								 "with table.op.invalid.behavior=warn others are ignored.");
		return level;
	}
	if (report->lsn != 0)
	{
		wf_buffer_append_literal(&notice->detail, "The row is at LSN ");
		append_lsn(&notice->detail, report->lsn);
		wf_buffer_append_literal(&notice->detail, ". ");
	}
	wf_buffer_append_literal(&notice->detail, "It is not reported again for this table in this "
							 "session.");
	return level;
}

/* ---- logical messages ---- */

/* Long ones are cut between characters; what is not UTF-8 anywhere. */
static void
append_prefix(WfBuffer *message, WfSlice prefix)
{
	size_t		cut = WF_NOTICE_PREFIX_BYTES_MAX - 3;
	size_t		length = cut;

	if (prefix.length <= WF_NOTICE_PREFIX_BYTES_MAX)
	{
		wf_notice_name(message, prefix);
		return;
	}
	while (length > cut - 3 && ((unsigned char) prefix.data[length] & 0xC0) == 0x80)
		length--;
	if (((unsigned char) prefix.data[length] & 0xC0) == 0x80)
		length = cut;
	wf_buffer_append_char(message, '"');
	wf_buffer_append(message, prefix.data, length);
	wf_buffer_append_literal(message, "...\"");
}

/* Likewise around the prefix and the member. */
typedef struct MessageWords
{
	const char *before;
	const char *between;
	const char *behind;			/* NULL: no member */
	bool		has_reason;
	bool		is_left;		/* the message is published as it is */
} MessageWords;

#define AS_IT_IS " and is published as it is"

static const MessageWords message_words[] = {
	[WF_MESSAGE_NOT_DECODED] = {
		"a logical message of prefix ", " cannot be decoded" AS_IT_IS, NULL, true, true
	},
	[WF_MESSAGE_NOT_ROUTED] = {
		"a logical message of prefix ", " has no member ",
		" that the EventRouter can use" AS_IT_IS, false, true
	},
	[WF_MESSAGE_KEY_WITHOUT_SCHEMA] = {
		"a logical message of prefix ", " has a member ",
		" without a Connect schema, which cannot be a key," AS_IT_IS, false, true
	},
	[WF_MESSAGE_NAME_CHANGED] = {
		"a logical message of prefix ", " names a topic by member ",
		" that Kafka cannot have; the name was made legal", false, false
	},
	[WF_MESSAGE_NOT_EXPANDED] = {
		"a payload of a logical message of prefix ", " in member ",
		" cannot be expanded and is published as a text", true, false
	}
};

void
wf_notice_message(WfNotice *notice, const WfMessageReport *report)
{
	const MessageWords *words = &message_words[report->notice];

	wf_notice_say(&notice->message, words->before);
	append_prefix(&notice->message, report->prefix);
	wf_notice_say(&notice->message, words->between);
	if (words->behind != NULL)
	{
		wf_notice_name(&notice->message, report->member);
		wf_notice_say(&notice->message, words->behind);
	}
	if (words->has_reason)
		append_reason(&notice->message, report->reason, report->offset);
	wf_buffer_append_literal(&notice->detail, "The message is at LSN ");
	append_lsn(&notice->detail, report->lsn);
	wf_buffer_append_literal(&notice->detail, ". Others of its prefix are not reported in this "
							 "session.");
	if (words->is_left)
		wf_buffer_append_literal(&notice->hint, "message.prefix.include.list and "
								 "message.prefix.exclude.list keep other messages away.");
}
