/*
 * stream.c
 *		One replication session: a single poll(2) loop over PostgreSQL's socket,
 *		the producer's wake-up and the stop request.
 *
 * What one turn does, in order: take acknowledgements in, go on with a held
 * message or read new ones, tell the slot, look at the clock, wait.  Reading
 * stops by simply not reading: the socket fills up and the server waits, with
 * its changes safe in the WAL.  Feedback never stops.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <poll.h>
#include <stdio.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

/* Messages of one turn; then acknowledgements are looked at again. */
#define MESSAGES_PER_TURN 64

/* The slot is told of progress this often, even if status.update.interval.ms is longer. */
#define PROGRESS_FEEDBACK_MS 1000

/*
 * No acknowledgement for this long with records in flight, or none for the
 * oldest transaction: not ready.
 */
#define SLOW_AFTER_MS 3000

/*
 * As many feedbacks without any message of the server's, which was asked for an answer by
 * all but the first: not ready.  No reason to end the session: a walsender that decodes a
 * large transaction of which nothing is sent does not answer either (before PostgreSQL 15),
 * and would have to begin again.  A peer that is gone is the kernel's to notice (connect.c).
 */
#define SILENT_AFTER_FEEDBACKS 6

#define TURN_MS_MAX 1000

/* libpq may hold bytes that TLS has decrypted already, which poll(2) cannot see */
#define TLS_TURN_MS_MAX 50

void
stream_retire(Capture *capture)
{
	LedgerEntry done;
	const LedgerEntry *oldest;

	while (ledger_retire(capture->ledger, &done))
	{
		metric_add(METRIC_CAPTURE_TRANSACTIONS, 1);
		if (done.commit_time_us > 0)
		{
			int64_t		latency_ms = (control_wall_clock_us() - done.commit_time_us) / 1000;

			if (latency_ms < 0)
				latency_ms = 0; /* the server's clock is ahead of ours */
			metric_set(METRIC_CAPTURE_LATENCY_LAST, latency_ms);
			metric_add(METRIC_CAPTURE_LATENCY_SUM, latency_ms);
		}
	}
	oldest = ledger_oldest_closed(capture->ledger);
	metric_set(METRIC_CAPTURE_OLDEST_UNCONFIRMED,
			   oldest != NULL ? (control_now_ms() - oldest->closed_ms) / 1000 : 0);
	metric_set(METRIC_CAPTURE_IN_FLIGHT_TRANSACTIONS, capture->ledger->count);
}

/* Is a message being taken still, be it that it is held or that it is long? */
static bool
is_taking(const Capture *capture)
{
	return capture->held || (capture->decoder != NULL && decoder_is_busy(capture->decoder));
}

/* is_read: what the server says is being read, so that silence is its own. */
static bool
feed_back(Capture *capture, bool is_read)
{
	uint64_t	confirmed = capture->ledger->confirmed;
	uint64_t	received = capture->delivery.received_lsn;

	capture->told_ms = control_now_ms();
	capture->told_confirmed = confirmed;
	capture->unanswered = is_read ? capture->unanswered + 1 : 0;
	capture_measure(received, confirmed);
	return replication_feedback(&capture->replication, received > confirmed ? received : confirmed,
								confirmed, capture->unanswered > 1);
}

bool
stream_feedback(Capture *capture)
{
	return feed_back(capture, !is_taking(capture));
}

/* Feedback is due at the interval, before the server loses patience, or when there is news. */
static int64_t
feedback_due_ms(const Capture *capture)
{
	int64_t		interval_ms = capture->config->status_update_interval_ms;
	int64_t		patience_ms = capture->replication.wal_sender_timeout_ms / 3;

	if (patience_ms > 0 && patience_ms < interval_ms)
		interval_ms = patience_ms;
	if (capture->ledger->confirmed > capture->told_confirmed && interval_ms > PROGRESS_FEEDBACK_MS)
		interval_ms = PROGRESS_FEEDBACK_MS;
	return capture->told_ms + interval_ms;
}

static StreamEnd
take_result(Capture *capture, DeliveryResult result)
{
	capture->held = result == DELIVERY_HELD;
	switch (result)
	{
		case DELIVERY_DONE:
		case DELIVERY_HELD:
			return STREAM_GOES_ON;
		case DELIVERY_RENEW:
			return STREAM_RENEW;
		case DELIVERY_FAILED:
			return producer_fault(capture->producer) != NULL ?
				STREAM_KAFKA_FAULT : STREAM_NOT_UNDERSTOOD;
	}
	return STREAM_NOT_UNDERSTOOD;
}

static bool
take_keepalive(Capture *capture, const ReplicationMessage *message)
{
	/*
	 * its WAL ends before such a transaction's commit, or that was lost on the
	 * way
	 */
	if (capture->decoder == NULL || !decoder_is_in_transaction(capture->decoder))
		ledger_pass(capture->ledger, message->wal_end);
	capture_server_is_at(message->wal_end);
	return !message->reply_requested || stream_feedback(capture);
}

/*
 * What pgoutput's message has yielded, a transaction of any length maybe, goes on to be
 * delivered: until there is nothing more of it, something is held, or the turn has had its
 * share.
 */
static StreamEnd
take_frames(Capture *capture, SourceFault *fault)
{
	WfSlice		frame;
	StreamEnd	end = STREAM_GOES_ON;

	for (int i = 0; i < MESSAGES_PER_TURN && !capture->held && end == STREAM_GOES_ON; i++)
	{
		switch (decoder_next(capture->decoder, &frame, fault))
		{
			case DECODER_IDLE:
				ledger_pass(capture->ledger, decoder_ended_lsn(capture->decoder));
				return STREAM_GOES_ON;
			case DECODER_FRAME:
				end = take_result(capture, delivery_take(&capture->delivery, frame));
				break;
			case DECODER_RENEW:
				return STREAM_RENEW;
			case DECODER_FAILED:
				return STREAM_SOURCE_FAULT;
		}
	}
	return end;
}

static StreamEnd
take_data(Capture *capture, const ReplicationMessage *message, SourceFault *fault)
{
	metric_add(METRIC_CAPTURE_RECEIVED_BYTES, (int64_t) message->payload.length);
	if (capture->decoder == NULL)
		return take_result(capture, delivery_take(&capture->delivery, message->payload));
	decoder_take(capture->decoder, message->start_lsn, message->payload);
	return take_frames(capture, fault);
}

/*
 * Reads messages until there are none, one is not through, or the turn has had its
 * share.  *more: libpq may hold further messages.
 */
static StreamEnd
read_messages(Capture *capture, bool *more, SourceFault *fault)
{
	ReplicationMessage message;
	StreamEnd	end;

	*more = true;
	for (int i = 0; i < MESSAGES_PER_TURN && !is_taking(capture); i++)
	{
		replication_receive(&capture->replication, &message, fault);
		if (message.kind != REPLICATION_NOTHING)
			capture->unanswered = 0;
		switch (message.kind)
		{
			case REPLICATION_NOTHING:
				*more = false;
				return STREAM_GOES_ON;
			case REPLICATION_DATA:
				end = take_data(capture, &message, fault);
				if (end != STREAM_GOES_ON)
					return end;
				break;
			case REPLICATION_KEEPALIVE:
				/* what Kafka has acknowledged meanwhile belongs into the answer */
				producer_serve(capture->producer);
				stream_retire(capture);
				if (!take_keepalive(capture, &message))
				{
					source_fault(fault, false, "the connection to PostgreSQL broke while answering");
					return STREAM_SOURCE_FAULT;
				}
				break;
			case REPLICATION_ENDED:
			case REPLICATION_FAILED:
				return STREAM_SOURCE_FAULT;
		}
	}
	return STREAM_GOES_ON;
}

/* For so long that the replication connection must not be held any more. */
static bool
kafka_takes_nothing(const Capture *capture)
{
	return producer_in_flight(capture->producer) > 0 &&
		control_now_ms() - producer_progress_ms(capture->producer) >=
		capture->config->source_release_after_ms;
}

/*
 * Nothing has come of the oldest transaction for long, whatever is acknowledged
 * of others.  Its age alone would not tell: where Kafka is slow but steady, the
 * oldest waits for its turn and goes.
 */
static bool
oldest_is_stuck(Capture *capture)
{
	const LedgerEntry *oldest = ledger_oldest_closed(capture->ledger);
	int64_t		now = control_now_ms();

	if (oldest == NULL || capture->ledger->first != capture->oldest_serial ||
		oldest->pending != capture->oldest_pending)
	{
		capture->oldest_serial = oldest != NULL ? capture->ledger->first : 0;
		capture->oldest_pending = oldest != NULL ? oldest->pending : 0;
		capture->oldest_moved_ms = now;
	}
	return oldest != NULL && now - capture->oldest_moved_ms >= SLOW_AFTER_MS;
}

static void
show_stuck(const Capture *capture)
{
	const char *topic = producer_topic_in_flight(capture->producer, capture->ledger->first);
	char		text[LEG_ERROR_MAX];

	snprintf(text, sizeof(text), "Kafka does not acknowledge a record of the oldest transaction, for "
			 "topic %s, though it may take others; the slot cannot be confirmed beyond it: look at the "
			 "leaders and in-sync replicas of that topic's partitions",
			 topic != NULL ? topic : "(unknown)");
	status_set(LEG_CAPTURE, LEG_WAITING, text);
	log_write(LOG_LEVEL_WARNING, "kafka", text);
}

static void
show_silent(const Capture *capture)
{
	char		text[LEG_ERROR_MAX];

	snprintf(text, sizeof(text), "PostgreSQL says nothing and does not answer: its walsender decodes "
			 "what nothing is sent of, or stands still, or the network between is stuck; look for it in "
			 "pg_stat_activity and pg_stat_replication (slot %s)", capture->config->slot_name);
	status_set(LEG_CAPTURE, LEG_WAITING, text);
	log_write(LOG_LEVEL_WARNING, "source", text);
}

static StreamWait
find_wait(Capture *capture)
{
	int64_t		idle_ms = control_now_ms() - producer_progress_ms(capture->producer);
	bool		stuck = oldest_is_stuck(capture);	/* looked at each time */

	if (capture->decoder != NULL && decoder_waits_for(capture->decoder) != NULL)
		return STREAM_WAIT_CATALOGUE;
	if (capture->unanswered >= SILENT_AFTER_FEEDBACKS)
		return STREAM_WAIT_SERVER;
	if (producer_in_flight(capture->producer) > 0 && idle_ms >= SLOW_AFTER_MS)
		return STREAM_WAIT_KAFKA;
	return stuck ? STREAM_WAIT_OLDEST : STREAM_WAIT_NONE;
}

static void
show_progress(Capture *capture)
{
	StreamWait	wait = find_wait(capture);

	status_beat(LEG_CAPTURE);

	/* whom the catalogue waits for may be another one by now */
	if (wait == capture->shown_wait && wait != STREAM_WAIT_CATALOGUE)
		return;
	capture->shown_wait = wait;
	switch (wait)
	{
		case STREAM_WAIT_NONE:
			capture_show_running(capture);
			break;
		case STREAM_WAIT_CATALOGUE:
			status_set(LEG_CAPTURE, LEG_WAITING, decoder_waits_for(capture->decoder));
			break;
		case STREAM_WAIT_SERVER:
			show_silent(capture);
			break;
		case STREAM_WAIT_KAFKA:
			status_set(LEG_CAPTURE, LEG_WAITING, "Kafka does not acknowledge what it was sent");
			break;
		case STREAM_WAIT_OLDEST:
			show_stuck(capture);
			break;
	}
}

static void
wait_turn(Capture *capture, bool more)
{
	struct pollfd descriptors[3] = {
		{.fd = producer_wake_fd(capture->producer), .events = POLLIN},
		{.fd = control_stop_fd(), .events = POLLIN},
		{.fd = PQsocket(capture->replication.connection)}
	};
	int64_t		timeout_ms = feedback_due_ms(capture) - control_now_ms();
	int64_t		longest_ms = PQsslInUse(capture->replication.connection) && !capture->held ?
	TLS_TURN_MS_MAX : TURN_MS_MAX;

	if (!capture->held)
		descriptors[2].events |= POLLIN;
	if (capture->replication.write_pending)
		descriptors[2].events |= POLLOUT;
	if (descriptors[2].events == 0)
		descriptors[2].fd = -1; /* a closed socket would end every wait at once */
	if (timeout_ms > longest_ms)
		timeout_ms = longest_ms;
	if (timeout_ms < 0 || more)
		timeout_ms = 0;
	(void) poll(descriptors, 3, (int) timeout_ms);
}

bool
stream_turn(void *context)
{
	Capture    *capture = context;

	status_beat(LEG_CAPTURE);
	if (!capture->is_streaming)
		return control_stop() == CONTROL_RUN;
	show_progress(capture);
	producer_serve(capture->producer);
	stream_retire(capture);
	return control_stop() == CONTROL_RUN &&
		(!capture->replication.write_pending || replication_flush(&capture->replication)) &&
		(control_now_ms() < feedback_due_ms(capture) || feed_back(capture, false));
}

/* Goes on with what was held, or is long, else reads. */
static StreamEnd
take_further(Capture *capture, bool *more, SourceFault *fault)
{
	StreamEnd	end = STREAM_GOES_ON;

	if (capture->held)
		end = take_result(capture, delivery_continue(&capture->delivery));
	if (end == STREAM_GOES_ON && !capture->held && is_taking(capture))
		end = take_frames(capture, fault);
	if (end == STREAM_GOES_ON && !is_taking(capture))
		end = read_messages(capture, more, fault);
	if (end == STREAM_GOES_ON && !capture->held && is_taking(capture))
		*more = true;
	return end;
}

StreamEnd
stream_run(Capture *capture, SourceFault *fault)
{
	capture->held = false;
	capture->worn_since_ms = 0;
	capture->told_ms = 0;
	capture->unanswered = 0;
	for (;;)
	{
		StreamEnd	end;
		bool		more = false;
		bool		replaced = false;

		show_progress(capture);
		producer_serve(capture->producer);
		stream_retire(capture);
		if (producer_fault(capture->producer) != NULL)
			return STREAM_KAFKA_FAULT;
		if (control_stop() != CONTROL_RUN)
			return STREAM_STOPPED;
		if (producer_missing_topic(capture->producer) != NULL)
			return STREAM_TOPIC_MISSING;

		end = take_further(capture, &more, fault);
		if (end != STREAM_GOES_ON)
			return end;

		if ((capture->replication.write_pending && !replication_flush(&capture->replication)) ||
			(control_now_ms() >= feedback_due_ms(capture) && !stream_feedback(capture)))
		{
			source_fault(fault, false, "the connection to PostgreSQL broke while telling it what was "
						 "delivered");
			return STREAM_SOURCE_FAULT;
		}
		if (kafka_takes_nothing(capture))
			return STREAM_RELEASED;
		if (capture->held && producer_is_worn(capture->producer) &&
			producer_in_flight(capture->producer) == 0)
		{
			end = kafka_side_replace_producer(capture);
			if (end != STREAM_GOES_ON)
				return end;
			replaced = capture->worn_since_ms == 0;
		}
		if (!is_taking(capture) && !capture->ledger->open &&
			kafka_side_batches_may_grow(capture))
			return STREAM_RENEW;
		wait_turn(capture, (more && !capture->held) || replaced);
	}
}

void
stream_settle(Capture *capture, bool until_deadline)
{
	while (producer_in_flight(capture->producer) > 0 && producer_fault(capture->producer) == NULL)
	{
		struct pollfd descriptors[2] = {
			{.fd = producer_wake_fd(capture->producer), .events = POLLIN},
			{.fd = until_deadline ? -1 : control_stop_fd(), .events = POLLIN}
		};
		ControlStop stop = control_stop();

		if (stop == CONTROL_NOW || (stop == CONTROL_DRAIN && !until_deadline))
			return;
		status_beat(LEG_CAPTURE);
		(void) poll(descriptors, 2, 100);
		producer_serve(capture->producer);
		stream_retire(capture);

		/* nor may a drain that gets nowhere keep the primary from shutting down */
		if (capture->replication.connection != NULL &&
			(kafka_takes_nothing(capture) ||
			 (control_now_ms() >= feedback_due_ms(capture) && !stream_feedback(capture))))
			replication_close(&capture->replication);
	}
}
