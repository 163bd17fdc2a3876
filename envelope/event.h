/*
 * event.h
 *		From a change to its Kafka records: the heart of the format.
 *
 * The host calls, in the order of the WAL,
 *
 *		wf_transaction_begin		at BEGIN: nothing is written yet
 *		wf_write_row				insert, update, delete, snapshot read
 *		wf_write_truncate			one table of a TRUNCATE
 *		wf_write_message			logical message, in a transaction or outside
 *		wf_transaction_commit		at COMMIT
 *
 * and each yields none, one or (a key change) three records in the session's
 * output form:
 *
 *		envelope	each event's value alone; no tombstones
 *		record		{"topic":…,"key":…,"headers":{…},"value":…} per Kafka record
 *		frame		items of frame.h, appended one after the other
 *
 * Textual forms hand each record to session->flush() at once, because there a
 * replication message is a record.  With frame, the host decides when to
 * flush by looking at the buffer's length, and must have flushed before a
 * callback outside a transaction's replay returns: else a keepalive could be
 * confirmed past data that has not left.  Only between the records of one key
 * change flush() is called here too, when they are large.
 *
 * Whether a record becomes a stub must follow from the record alone, never
 * from what happens to stand before it in the buffer.  So the ceiling of
 * session->buffer is to be at least record.max.bytes + WF_BUFFER_SLACK_BYTES +
 * what the host lets stand before it flushes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_EVENT_H
#define WALFERRY_EVENT_H

#include "frame.h"
#include "position.h"
#include "relation.h"
#include "routed_topics.h"
#include "run_id.h"
#include "transform.h"

/* Room for a stub, descriptions of topic and schema, and a commit. */
#define WF_BUFFER_SLACK_BYTES (4 * 1024 * 1024)

/* A stub carries its record's key up to this length. */
#define WF_STUB_KEY_MAX_BYTES (1024 * 1024)

/*
 * How much of a row is written between two looks at interrupts.  A numeric of full
 * length has 72 KB as a Decimal, and takes some 30 ms.
 */
#define WF_INTERRUPT_CHECK_BYTES (64 * 1024)

typedef enum WfOutput
{
	WF_OUTPUT_ENVELOPE,
	WF_OUTPUT_RECORD,
	WF_OUTPUT_FRAME
} WfOutput;

typedef enum WfOperation
{
	WF_OPERATION_CREATE = 'c',
	WF_OPERATION_UPDATE = 'u',
	WF_OPERATION_DELETE = 'd',
	WF_OPERATION_READ = 'r'
} WfOperation;

/* What the EventRouter tells of a table; outbox.h. */
typedef enum WfOutboxNotice
{
	WF_OUTBOX_UPDATE_IGNORED,	/* rows of an outbox are not to be updated */
	WF_OUTBOX_TRUNCATE_IGNORED,
	WF_OUTBOX_ROUTE_IS_NULL,	/* the column that names the topic */
	WF_OUTBOX_NAME_CHANGED,		/* what it names can be no topic */
	WF_OUTBOX_NOT_EXPANDED,		/* the payload stays a text */
	WF_OUTBOX_TIME_REFUSED		/* Kafka has no such time */
} WfOutboxNotice;

#define WF_OFFSET_NONE SIZE_MAX /* a reason is about no one place */

/* Of the row that gave the occasion; of a truncation of none. */
typedef struct WfOutboxReport
{
	WfOutboxNotice notice;
	int			column;			/* -1: none */
	uint64_t	lsn;			/* 0: none */
	const char *reason;			/* of NOT_EXPANDED */
	size_t		offset;			/* in the payload, of what the reason is about */
} WfOutboxReport;

/* What is told of logical messages; message_decoder.h. */
typedef enum WfMessageNotice
{
	WF_MESSAGE_NOT_DECODED,		/* the content is no JSON object that can be */
	WF_MESSAGE_NOT_ROUTED,		/* it lacks a member that the EventRouter needs */
	WF_MESSAGE_KEY_WITHOUT_SCHEMA,	/* the member that is the key has no Connect
									 * schema, and one is to be written */
	WF_MESSAGE_NAME_CHANGED,	/* what a member names can be no topic */
	WF_MESSAGE_NOT_EXPANDED		/* the payload stays a text */
} WfMessageNotice;

typedef struct WfMessageReport
{
	WfMessageNotice notice;
	uint64_t	lsn;
	WfSlice		prefix;
	WfSlice		member;			/* its name, or empty */
	const char *reason;			/* of NOT_DECODED and NOT_EXPANDED */
	size_t		offset;			/* in the content or the member's text, of what the
								 * reason is about */
} WfMessageReport;

/* Debezium's SnapshotRecord: what source.snapshot says. */
typedef enum WfSnapshotMark
{
	WF_SNAPSHOT_NONE,			/* streamed */
	WF_SNAPSHOT_TRUE,
	WF_SNAPSHOT_FIRST,
	WF_SNAPSHOT_FIRST_IN_COLLECTION,
	WF_SNAPSHOT_LAST_IN_COLLECTION,
	WF_SNAPSHOT_LAST
} WfSnapshotMark;

/*
 * Rows of a chunk.  n of a row's position is its number in the chunk, which has to fit
 * however large the table is.
 */
#define WF_SNAPSHOT_CHUNK_ROWS 1000000

/*
 * The transaction being replayed.  Times: microseconds since 1970.  For rows that are read
 * it is what they were read in: commit_lsn is where the snapshot stands in the WAL,
 * commit_time_us when it was taken, xid 0.
 */
typedef struct WfTransaction
{
	uint32_t	xid;			/* top-level */
	uint32_t	xid_epoch;		/* shown with txid.handling=xid8 only */
	uint64_t	commit_lsn;		/* start of the commit record */
	int64_t		commit_time_us;
	WfSlice		origin;			/* name of the replication origin; empty if none */
	uint64_t	origin_lsn;
	uint64_t	records;		/* written so far; 0: BEGIN was not written either */
	uint64_t	first_change_lsn;	/* set by the host: of the first change that
									 * Debezium is sent, written or left out; 0:
									 * there was none */
	uint64_t	last_lsn;		/* for numbering records of one LSN */
	uint32_t	next_n;
	uint64_t	total_order;	/* of the last event, for transaction metadata */
	uint64_t	collection_order;

	/* of rows that are read; wf_transaction_place_read() */
	WfSnapshotMark mark;		/* NONE: TRUE */
	uint64_t	chunk;			/* what positions have for an LSN; 0: the LSN */
} WfTransaction;

/*
 * The parts of the source block that all events of a transaction share, in
 * session->text; source_block.c.  The first members say what they were made of.
 */
typedef struct WfSourceBlock
{
	bool		filled;
	WfSnapshotMark snapshot;
	uint32_t	xid;
	uint64_t	commit_lsn;
	int64_t		commit_time_us;

	WfRange		before_lsn;		/* up to the second element of sequence */
	WfRange		times;
	WfRange		xid_text;
	WfRange		tail;
} WfSourceBlock;

/* The envelope's own times as text, for as long as the clock says the same. */
typedef struct WfEventTimes
{
	int64_t		now_ns;
	size_t		length;			/* 0: nothing yet */
	char		text[96];
} WfEventTimes;

/* A topic that is no table's; ranges are those of session->text. */
typedef struct WfSessionTopic
{
	WfRange		name;
	WfRange		key_tail;		/* as a WfRowPlan's */
	uint32_t	id;				/* of frame output; 0: not told yet */
	WfEnclosureRanges enclosure;
	const WfTransform *decode;	/* of messages; NULL: they stay messages */
	const WfTransform *unwrap;	/* what stands behind it; NULL: nothing */
	const WfTransform *event_router;
} WfSessionTopic;

typedef struct WfSession
{
	/* given by the host */
	WfOptions	options;
	WfOutput	output;
	int			frame_version;	/* of frame output */
	uint64_t	epoch;
	bool		without_position;	/* textual records have no position header */
	WfSlice		database;		/* name, UTF-8 */
	char		run_id[WF_RUN_ID_LENGTH + 1];	/* for extended.headers.enabled */
	WfTransforms *transforms;	/* NULL: records go as they are */
	WfBuffer   *error;			/* for a sentence if these come to no good */
	WfTextForm	form;
	WfBuffer   *buffer;
	int64_t		(*now_ns) (void *host); /* wall clock, nanoseconds since 1970 */
	void		(*flush) (void *host);	/* sends the buffer and empties it */

	/*
	 * Called inside of a row, after each WF_INTERRUPT_CHECK_BYTES or so of its
	 * values, which may take seconds in all; never in a row of less.  The host
	 * may leave by a longjmp, as grow() may.  May be NULL.
	 */
	void		(*check_interrupts) (void *host);

	/*
	 * A value of a before or after image has no form in this mode and was
	 * written as null; or it is NULL, in a column that says NOT NULL, and was
	 * written as its absent_text.  Called for each such value; the host warns
	 * once per plan and column.
	 */
	void		(*unconvertible) (void *host, const WfRowPlan *plan, int column, bool is_null);

	/* Called once per plan and notice; may be NULL. */
	void		(*outbox_notice) (void *host, const WfRowPlan *plan, const WfOutboxReport *report);

	/* Called once per prefix and notice; may be NULL. */
	void		(*message_notice) (void *host, const WfMessageReport *report);

	/*
	 * A message's content as UTF-8, to be decoded; may be NULL: the bytes as
	 * they are.
	 */
	WfSlice		(*message_text) (void *host, WfSlice content);
	void	   *host;

	/* scratch space for outboxes, each an empty buffer of the host's */
	WfBuffer   *scratch;
	WfBuffer   *payload;
	WfBuffer   *content;		/* of a message, without what is there twice */
	WfBuffer   *json_nodes;

	/* kept by event.c */
	uint64_t	unchecked_bytes;	/* of the row at hand, since check_interrupts() */
	uint64_t	values_without_form;	/* so far; the host may look */
	uint64_t	messages_left;	/* so far; messages that were to be decoded or
								 * routed and could not be */
	WfFrameLosses losses_told;	/* of both, to the reader of frames */
	uint64_t	last_commit_end_lsn;	/* for source.sequence; 0 = none seen */
	int64_t		last_commit_time_us;	/* stands in for the commit time of a
										 * non-transactional message */
	uint32_t	topics_described;
	uint32_t	schemas_described;
	uint32_t	enclosures_described;
	WfBuffer   *text;			/* prepared bytes, then the keys of the change at
								 * hand; the host gives an empty buffer */
	WfRange		source_head;
	WfRange		source_middle;
	WfSessionTopic message_topic;
	WfSessionTopic transaction_topic;
	WfSessionTopic schema_change_topic;
	WfBuffer   *collections;	/* events per table of the transaction; the host
								 * gives an empty buffer */
	size_t		collection;		/* where in it the last event was counted */
	uint64_t	transactions_counted;
	size_t		text_fixed_length;	/* of text: all above */
	WfBuffer   *routed_topics;	/* a WfRoutedTopics once one is asked for; the host
								 * gives an empty buffer, suitably aligned */
	WfSourceBlock source_block;
	WfEventTimes times;
} WfSession;

/* What became of a call. */
typedef enum WfWriteResult
{
	WF_WRITE_OK = 0,
	WF_WRITE_SKIPPED,			/* skipped.operations, or nothing to tell */
	WF_WRITE_TOO_LARGE,			/* textual output only: the record passed
								 * record.max.bytes or the buffer's ceiling and was
								 * cut away (frame writes a stub instead) */
	WF_WRITE_NO_MEMORY			/* the record was cut away; part of the change may
								 * have been written, so the session must end */
} WfWriteResult;

/* A row change.  Rows: one value per column of the plan's relation. */
typedef struct WfRowChange
{
	WfOperation operation;
	uint64_t	lsn;
	const WfValue *old_row;		/* NULL if the WAL has none */
	bool		old_is_full;	/* the whole old row, not only its identity */
	const bool *identity;		/* per column: of the replica identity; NULL if rows
								 * have none or the whole row, or a column of it is
								 * not among the relation's, or hidden by the host */
	bool		keys_are_alike; /* the host hides or cuts a column of the key */
	const WfValue *new_row;		/* NULL for delete */
	bool		has_unread;		/* some value is UNREAD: none of the key */
	bool		is_complete;	/* no value of either row is UNAVAILABLE; a host
								 * that does not know says false */
} WfRowChange;

/*
 * Prepares source block and topics.  False if session->text failed, or if a topic
 * comes to no good with the chain of transforms; then session->error tells.
 */
extern bool wf_session_init(WfSession *session);

extern void wf_transaction_begin(WfTransaction *transaction, uint32_t xid, uint64_t commit_lsn,
								 int64_t commit_time_us);

/*
 * What marks and places the next row that is read: the row'th, from 0, of those whose
 * first chunk has that number.  Chunks that follow have the numbers that follow.
 */
extern void wf_transaction_place_read(WfTransaction *transaction, uint64_t first_chunk,
									  uint64_t row, WfSnapshotMark mark);

/* Debezium's word for a mark; empty for NONE. */
extern WfSlice wf_snapshot_mark_text(WfSnapshotMark mark);

/* The mark of that word; NONE: there is no such. */
extern WfSnapshotMark wf_snapshot_mark_of(WfSlice text);

/*
 * Writes the records of a change.  An update whose key columns differ between
 * old_row and new_row becomes a delete with the old key (header
 * __debezium.newkey), its tombstone (same header) and a create with the new
 * key (header __debezium.oldkey); Debezium: RelationalChangeRecordEmitter.
 * UNAVAILABLE values of new_row are taken from old_row where that has them.  A
 * record with an UNREAD value is treated as one that has proved too large.
 * transaction is never NULL; for a snapshot read it says what the source block
 * is to say.
 */
extern WfWriteResult wf_write_row(WfSession *session, WfTransaction *transaction, WfRowPlan *plan,
								  const WfRowChange *change);

extern WfWriteResult wf_write_truncate(WfSession *session, WfTransaction *transaction,
									   WfRowPlan *plan, uint64_t lsn);

/* transaction is NULL for a non-transactional message.  content: raw bytes. */
extern WfWriteResult wf_write_message(WfSession *session, WfTransaction *transaction, uint64_t lsn,
									  WfSlice prefix, WfSlice content);

/*
 * end_lsn: end of the commit record.  Writes the frame's commit item if the
 * transaction wrote anything; moves source.sequence on.
 */
extern WfWriteResult wf_transaction_commit(WfSession *session, WfTransaction *transaction,
										   uint64_t end_lsn);

#endif							/* WALFERRY_EVENT_H */
