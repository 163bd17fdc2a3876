/*
 * capture.h
 *		What the capture leg's parts share.
 *
 * capture.c owns what outlives a replication session (producer, ledger) and
 * decides when to begin another; source_side.c begins and ends one, kafka_side.c
 * has the producer ready for it; stream.c is its loop; print.c is the leg without
 * Kafka.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CAPTURE_H
#define WALFERRY_CAPTURE_H

#include "delivery.h"
#include "shipper/pgoutput/decoder.h"
#include "shipper/source/slot.h"
#include "shipper/status.h"

#define CAPTURE_NOTICE_MAX 512

/* What is waited for, for long; of several the first one is told. */
typedef enum StreamWait
{
	STREAM_WAIT_NONE,
	STREAM_WAIT_CATALOGUE,		/* see decoder_waits_for() */
	STREAM_WAIT_SERVER,			/* it says nothing */
	STREAM_WAIT_KAFKA,			/* it acknowledges nothing */
	STREAM_WAIT_OLDEST			/* Kafka acknowledges others than the oldest
								 * transaction's records */
} StreamWait;

typedef struct Capture
{
	const Config *config;
	Ledger	   *ledger;
	Producer   *producer;		/* NULL: to be opened */
	int64_t		batch_bytes;	/* for the next producer */
	int64_t		small_until_ms; /* after a refusal batches are small until then; 0:
								 * they are not */
	uint64_t	small_since_lsn;	/* confirmed at that refusal */
	CommitTimeLimits commit_times;	/* what Kafka takes of them */

	Replication replication;
	Delivery	delivery;
	PgoutputChoice pgoutput;	/* what the next session asks for */
	Decoder    *decoder;		/* NULL: the plugin renders */
	bool		is_streaming;	/* START_REPLICATION was answered */
	uint64_t	received_lsn;	/* end of the last whole transaction of all sessions */
	bool		held;			/* a message is waiting to be taken further */
	int64_t		worn_since_ms;	/* another producer is needed, and cannot be had
								 * since then; 0: it is not needed */
	char	   *missing_topic;	/* what must be there before another session; NULL:
								 * nothing */

	SlotPosition seen;			/* the slot when it was looked at first */
	bool		history_known;	/* Kafka was asked for the next */
	bool		written_before; /* the topics were, so a new slot hides a gap */
	char		notice[CAPTURE_NOTICE_MAX]; /* status says this while all is well */
	bool		slot_was_shared;	/* somebody else read it since the last session */
	uint64_t	system_id;		/* of the last session; 0: none yet */
	uint32_t	timeline;
	bool		has_streamed;	/* a session has begun since the start */
	SourceRecurrence recurrence;	/* of what streams ended with */
	SourceTold	told;			/* of a slot in use */
	bool		waits_silently; /* for what was told lately */

	uint64_t	told_confirmed; /* in the last feedback */
	int64_t		told_ms;
	uint32_t	unanswered;		/* feedbacks since the server's last message */
	StreamWait	shown_wait;		/* what status says is waited for */
	uint64_t	oldest_serial;	/* of the ledger's oldest entry, and what was
								 * pending of it when that changed last */
	uint32_t	oldest_pending;
	int64_t		oldest_moved_ms;
} Capture;

typedef enum StreamEnd
{
	STREAM_GOES_ON,				/* nothing ended it */
	STREAM_STOPPED,				/* a stop request */
	STREAM_SOURCE_FAULT,		/* see the fault */
	STREAM_KAFKA_FAULT,			/* see producer_fault() */
	STREAM_TOPIC_MISSING,		/* see producer_missing_topic() */
	STREAM_RELEASED,			/* Kafka took nothing for too long */
	STREAM_RENEW,				/* the session's numbers are used up, or batches may
								 * be large again */
	STREAM_NOT_UNDERSTOOD		/* see delivery.fault */
} StreamEnd;

/* What came of a step towards a session, or of a session. */
typedef enum CaptureOutcome
{
	OUTCOME_AGAIN,				/* try again at once */
	OUTCOME_WAIT,				/* try again after the back-off */
	OUTCOME_STOPPED,
	OUTCOME_HOPELESS			/* end the leg */
} CaptureOutcome;

/* Something went wrong: counts it, and says so in the log and in the status. */
extern void capture_tell(const char *area, const char *text, LegState state);

/* A session has begun to read, the first or another. */
extern void capture_session_begun(const Replication *replication, bool is_another);

extern void capture_session_ended(void);

/* The server has told how far its WAL goes; less than before is old news. */
extern void capture_server_is_at(uint64_t lsn);

/* How far transactions were received whole, and confirmed; so how far behind that is. */
extern void capture_measure(uint64_t received, uint64_t confirmed);

/* Says in the status that all is well, and what is known to be missing. */
extern void capture_show_running(const Capture *capture);

/* ---- kafka_side.c ---- */

/* How large batches are when none was refused. */
extern int64_t kafka_side_batch_bytes(const Config *config);

/* Opens the producer if there is none; waits for Kafka, and for a topic that is missing. */
extern CaptureOutcome kafka_side_prepare(Capture *capture);

/* What the session before left in flight is waited for, so that less comes twice. */
extern CaptureOutcome kafka_side_settle_former_session(Capture *capture);

/* Throws the producer away, which has failed; after a refusal the next sends smaller batches. */
extern void kafka_side_drop_producer(Capture *capture);

/* A session ended for want of a topic: tells so and notes which, for kafka_side_prepare(). */
extern CaptureOutcome kafka_side_topic_is_missing(Capture *capture);

/*
 * After a refusal: is it time for batches of the usual size?  Not before the transaction
 * with the culprit is through: large batches would be refused again, and a transaction
 * that takes longer would never be.
 */
extern bool kafka_side_batches_may_grow(const Capture *capture);

/*
 * Puts another producer in the place of one that is worn and has nothing in flight;
 * a transaction may name any number of topics.  STREAM_GOES_ON also if Kafka cannot
 * be reached now, which is to be tried again.
 */
extern StreamEnd kafka_side_replace_producer(Capture *capture);

/* ---- source_side.c ---- */

/* Looks at the source once before anything else, so that what must be mended is told first. */
extern CaptureOutcome source_side_probe(Capture *capture);

/* Connects, and reads on from what is confirmed.  source_side_end() is due in any case. */
extern bool source_side_begin(Capture *capture, SourceFault *fault);

/* Closes the connection and frees what belongs to the session. */
extern void source_side_end(Capture *capture);

/* Tells of a fault; HOPELESS where going on would hide a gap, or nothing ever worked. */
extern CaptureOutcome source_side_failed(Capture *capture, const SourceFault *fault);

/* ---- stream.c ---- */

/* A SourceTurn: what must not wait while a session waits for the catalogue. */
extern bool stream_turn(void *context);

/* Streams until something ends it.  The connection must be streaming. */
extern StreamEnd stream_run(Capture *capture, SourceFault *fault);

/*
 * Stops reading and waits for what is in flight, feeding back meanwhile if the
 * connection is still there; until the producer fails or `until` says so.
 */
extern void stream_settle(Capture *capture, bool until_deadline);

/* Moves the ledger over what is done. */
extern void stream_retire(Capture *capture);

/* Tells the slot what is confirmed. */
extern bool stream_feedback(Capture *capture);

/* ---- print.c ---- */

/*
 * Reads the slot (NULL: a temporary one) as lines of JSON to stdout.  output:
 * record or envelope.  Returns an exit code.
 */
extern int	print_run(const Config *config, const char *slot, const char *output);

#endif							/* WALFERRY_CAPTURE_H */
