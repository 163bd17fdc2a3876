/*
 * message_decoder.h
 *		The JSON that a logical message holds, in place of its bytes: Debezium's
 *		DecodeLogicalDecodingMessageContent.
 *
 *		pg_logical_emit_message(true, 'outbox', '{"id":1,"aggregatetype":"order",…}')
 *
 * becomes an event that looks like an insert, whose "after" is the object, without a
 * key.  So an EventRouter behind it makes a record of it as of the row of an outbox
 * table, and no such table is needed; an ExtractNewRecordState leaves the object.
 *
 * Where Debezium would end its task (content that is no JSON object, a member that
 * the EventRouter needs and does not find) the message is published as if there were
 * no such transforms, counted, and the host is told once per prefix: a slot that stands
 * still helps nobody, and others may write messages, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_MESSAGE_DECODER_H
#define WALFERRY_MESSAGE_DECODER_H

#include "json_expand.h"
#include "outbox.h"
#include "unwrap.h"

/* What an EventRouter asks for, as columns of its plan; extras follow. */
enum
{
	WF_MESSAGE_ID,
	WF_MESSAGE_KEY,
	WF_MESSAGE_PAYLOAD,
	WF_MESSAGE_ROUTE,
	WF_MESSAGE_VERSION,
	WF_MESSAGE_EXTRAS,
	WF_MESSAGE_MEMBERS_MAX = WF_MESSAGE_EXTRAS + WF_OUTBOX_FIELDS_MAX
};

/* A member of the object, as it stands there. */
typedef struct WfMessageMember
{
	WfSlice		name;
	WfJsonToken token;			/* WF_TOKEN_END: there is none of the name */
	WfSlice		raw;
} WfMessageMember;

/* Prefixes that are reported on each by itself; those that come later are one to that end. */
#define WF_MESSAGE_TOLD_MAX 16

typedef struct WfMessageTold
{
	uint32_t	prefix_hash;
	uint32_t	notices;		/* a bit per WfMessageNotice */
} WfMessageTold;

/* Of the transform; one message at a time. */
typedef struct WfMessageDecoder
{
	WfJsonExpandRules rules;
	WfJsonExpansion expansion;
	WfJsonExpandRules key_rules;
	WfMessageReport report;		/* of the message at hand: its LSN and prefix */
	int			told_count;
	WfMessageTold told[WF_MESSAGE_TOLD_MAX];
	const WfTransform *unwrap;	/* what stands behind it */
	WfOutboxPlan *outbox;		/* NULL: no EventRouter does */
	WfOutboxPlan outbox_room;
	int			extra_count;
	WfOutboxExtra extras[WF_OUTBOX_FIELDS_MAX]; /* all; the plan has those of the
												 * message at hand */
	int			member_count;
	WfMessageMember members[WF_MESSAGE_MEMBERS_MAX];
} WfMessageDecoder;

/* WfTransformType.finish: transform->decoder is freed with the chain. */
extern bool wf_message_decoder_finish(WfTransforms *transforms, WfTransform *transform,
									  WfBuffer *error);

/*
 * Prepares what the chain makes of messages that are decoded, if it decodes them; their topic is
 * ready.  False with a sentence in session->error if that comes to no good.
 */
extern bool wf_message_decoder_init(WfSession *session);

/*
 * Whether content can be decoded; it stays decoded until the session's scratch space is used.
 * *content becomes what counts of it, which stays until the next message.
 */
extern bool wf_message_decode(WfSession *session, WfMessageDecoder *decoder, WfSlice *content);

/* Tells the host of the message at hand, once per prefix. */
extern void wf_message_tell(WfSession *session, WfMessageDecoder *decoder, WfMessageNotice notice,
							WfSlice member);

/*
 * Append the object to session->buffer and, if there is an ExtractNewRecordState, what
 * it makes of it; as its schema, that of a field called after unless there is one.
 * facts: of the message's event.
 */
extern void wf_message_object_write(WfSession *session, WfMessageDecoder *decoder,
									const WfEventFacts *facts);

/* The headers that it adds, in session->text until that is cut. */
extern void wf_message_headers_render(WfSession *session, const WfMessageDecoder *decoder,
									  const WfEventFacts *facts, WfAddedHeaders *added);

extern void wf_message_object_schema_write(WfSession *session, const WfMessageDecoder *decoder);

/* ---- outbox_message.c ---- */

/* Plans the records that router makes of messages. */
extern bool wf_outbox_message_plan(WfSession *session, WfMessageDecoder *decoder,
								   const WfTransform *router);

/*
 * Whether the content, which can be decoded, has what the EventRouter needs; if so
 * the decoder has its members.
 */
extern bool wf_outbox_message_read(WfSession *session, WfMessageDecoder *decoder, WfSlice content);

/* Writes the record of the members. */
extern WfWriteResult wf_outbox_message_write(WfSession *session, WfTransaction *transaction,
											 WfMessageDecoder *decoder, WfPosition position);

#endif							/* WALFERRY_MESSAGE_DECODER_H */
