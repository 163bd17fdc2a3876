/*
 * record.h
 *		One Kafka record in any of the three output forms.
 *
 * Private to event.c and its helpers.  A record is written in place:
 *
 *		wf_record_open()		all that stands before the value
 *		…						the caller appends the value to session->buffer:
 *								JSON as it is, what is not by wf_record_append()
 *		wf_record_close()		what follows it, and the check of its size
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_RECORD_H
#define WALFERRY_RECORD_H

#include "chain_plan.h"
#include "event.h"
#include "enclosure.h"
#include "frame.h"

/* What the bytes of a key or value are; frame output does not tell. */
typedef enum WfRecordForm
{
	WF_RECORD_JSON = 0,
	WF_RECORD_TEXT,				/* UTF-8 */
	WF_RECORD_BYTES
} WfRecordForm;

typedef struct WfRecord
{
	WfSlice		topic;			/* sanitised name */
	uint32_t	topic_id;		/* of frame output */
	uint32_t	schema_id;		/* 0: none */
	const char *fingerprint;	/* NULL: none */
	WfEnclosure enclosure;		/* of textual outputs */
	uint32_t	enclosure_id;	/* of frame output; 0: none */
	WfPosition	position;
	bool		has_key;
	bool		has_value;
	bool		has_timestamp;
	bool		has_partition;
	WfRecordForm key_form;
	WfRecordForm value_form;
	int64_t		timestamp_ms;	/* Kafka's time of the record; else the producer's
								 * clock */
	int32_t		partition;		/* as somebody asked for it, whether it is there or
								 * not; else by the key */
	WfSlice		key;			/* in its form */
	int			header_count;	/* without position and schema; a value whose data
								 * is NULL is null */
	WfFrameHeader headers[WF_FRAME_HEADERS_MAX];
} WfRecord;

typedef struct WfRecordWriter
{
	size_t		start;			/* of all the record brings with it */
	size_t		value_start;
	size_t		ceiling;		/* the buffer's own */
	WfSlice		value_schema;	/* around the value; the record's owner's */
	WfFrameRecordWriter frame;
} WfRecordWriter;

/* Adds the headers that a table's record has with extended.headers.enabled. */
extern void wf_record_add_context(const WfSession *session, WfRecord *record);

/* What a buffer's error means for the call that met it. */
extern WfWriteResult wf_write_result(const WfBuffer *buffer);

/* Prepared bytes of the session; valid until session->text changes. */
static inline WfSlice
wf_session_text(const WfSession *session, WfRange range)
{
	return wf_slice(session->text->data + range.offset, range.length);
}

/*
 * The position of a transaction's next record.  The ordinal is used up whether
 * or not the record turns out to be a stub.
 */
extern WfPosition wf_record_position(WfTransaction *transaction, uint64_t lsn);

/*
 * Gives ids to the plan's topic, schema and enclosure if output is frame and
 * they have none; but not yet if rows may name their topic, because a reader makes
 * the topics that it is told of.
 */
extern WfWriteResult wf_record_describe_plan(WfSession *session, WfRowPlan *plan);

/*
 * The same of a plan whose rows may, when the topic that a record goes to is known:
 * record->topic_id is its id, or 0 if it is the table's.  Sets the ids of record.
 */
extern WfWriteResult wf_record_describe_routed(WfSession *session, WfRowPlan *plan,
											   WfRecord *record);

/* Appends the schemas of a topic's keys and values to text; event_schema.h. */
typedef void (*WfSchemasWrite) (WfBuffer *text, const WfOptions *options, WfTextForm *form,
								const WfChainPlan *chain, WfEnclosureRanges *enclosure);

/*
 * Prepares a topic of the session's own, whose name stands in session->text from mark
 * on, as the chain of transforms has it.  False as wf_session_init().
 */
extern bool wf_session_topic_init(WfSession *session, WfSessionTopic *topic, size_t mark,
								  WfChainRecords records, WfSchemasWrite write_schemas);

/* Ends a key of such a topic, which stands last in session->text. */
extern void wf_session_topic_end_key(WfSession *session, const WfSessionTopic *topic);

/* Gives a topic of the session's own its ids if output is frame and it has none. */
extern WfWriteResult wf_record_describe_topic(WfSession *session, WfSessionTopic *topic);

/* Sets what records of such a topic have in common. */
extern void wf_record_set_topic(const WfSession *session, WfRecord *record,
								const WfSessionTopic *topic);

/* Tells the reader of frames of an enclosure; text has its ranges. */
extern WfWriteResult wf_record_describe_enclosure(WfSession *session, const WfBuffer *text,
												  WfEnclosureRanges *enclosure);

/*
 * Sends the record to the topic of the name that make() gives for the value, a
 * column's text; it is called only if the value's name is not remembered.
 * Appends nothing but what frame output has to be told.  scope (not 0) tells those
 * apart who make different names of one value.  False from make(), which appends
 * the name, legal (wf_topic_legal_name()), to name, a buffer of its own:
 * WF_WRITE_NO_MEMORY.
 */
extern WfWriteResult wf_record_route(WfSession *session, WfRecord *record, uint8_t scope,
									 WfSlice value,
									 bool (*make) (void *maker, WfSlice value, WfBuffer *name),
									 void *maker);

/* Sets the record's enclosure to one that has been described; text has its ranges. */
extern void wf_record_enclose(const WfSession *session, WfRecord *record, const WfBuffer *text,
							  const WfEnclosureRanges *enclosure);

/* transaction is NULL outside of any; its BEGIN is written when this is its first record. */
extern void wf_record_open(WfSession *session, const WfTransaction *transaction,
						   const WfRecord *record, WfRecordWriter *writer);

/*
 * Appends a whole value as the output shows it: text in a string, or alone with
 * output=envelope; bytes in base64, but in frames as they are.
 */
extern void wf_record_append(WfSession *session, WfRecordForm form, WfSlice value);

/*
 * Completes the record, counts it and, in a textual form, flushes it.  When it
 * was too large, or memory ended, it is cut away and value_bytes says how much
 * of its value had been written.
 */
extern WfWriteResult wf_record_close(WfSession *session, WfTransaction *transaction,
									 WfRecordWriter *writer, uint64_t *value_bytes);

/* Cuts a record away in any case, and tells whether it could have been written. */
extern WfWriteResult wf_record_abandon(WfSession *session, WfRecordWriter *writer);

/* Frame output: says that there was a record which is not sent.  reason: static text. */
extern WfWriteResult wf_record_write_stub(WfSession *session, WfTransaction *transaction,
										  const WfRecord *record, uint64_t value_bytes_at_least,
										  WfSlice reason);

#endif							/* WALFERRY_RECORD_H */
