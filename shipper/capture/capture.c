/*
 * capture.c
 *		The capture leg: slot -> Kafka, session after session.
 *
 * The one rule: nothing is confirmed to the slot that is not durable in Kafka,
 * and whatever goes wrong is answered by reading again from what is confirmed.
 * So there are few kinds of failure:
 *
 *		the source broke		wait for what is in flight, connect again
 *		the producer failed		throw it away, open another, connect again
 *		Kafka takes nothing		close the replication connection (the primary
 *								must be able to shut down), wait for what is in
 *								flight, connect again
 *		a topic is missing		the same, but wait until the topic is there: what
 *								stands before it in its transaction is not sent
 *								over and over
 *
 * Before the first session, faults that somebody must mend end the process with
 * a sentence; later they are retried for ever, because what worked once may be
 * mended without us.  Only a slot that is lost, gone or moved, and a server that
 * was set back, end the process always: going on would hide that changes are
 * missing.
 *
 * What is done at Kafka's end is in kafka_side.c, at PostgreSQL's in source_side.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <stdlib.h>

#include "shipper/backoff.h"
#include "shipper/control.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/source/publication_setup.h"
#include "shipper/status.h"

void
capture_tell(const char *area, const char *text, LegState state)
{
	metric_add(METRIC_CAPTURE_ERRORS, 1);
	status_set(LEG_CAPTURE, state, text);
	log_write(LOG_LEVEL_ERROR, area, text);
}

void
capture_session_begun(const Replication *replication, bool is_another)
{
	if (is_another)
		metric_add(METRIC_CAPTURE_RECONNECTS, 1);
	metric_set(METRIC_CAPTURE_CONNECTED, 1);
	metric_set(METRIC_CAPTURE_SERVER_LSN, (int64_t) replication->server_lsn);
}

void
capture_session_ended(void)
{
	metric_set(METRIC_CAPTURE_CONNECTED, 0);
}

void
capture_server_is_at(uint64_t lsn)
{
	if ((int64_t) lsn > metric_get(METRIC_CAPTURE_SERVER_LSN))
		metric_set(METRIC_CAPTURE_SERVER_LSN, (int64_t) lsn);
}

void
capture_measure(uint64_t received, uint64_t confirmed)
{
	int64_t		server;

	capture_server_is_at(received);
	server = metric_get(METRIC_CAPTURE_SERVER_LSN);
	metric_set(METRIC_CAPTURE_CONFIRMED_LSN, (int64_t) confirmed);
	metric_set(METRIC_CAPTURE_RECEIVED_LSN, (int64_t) received);
	metric_set(METRIC_CAPTURE_LAG_BYTES,
			   server > (int64_t) confirmed ? server - (int64_t) confirmed : 0);
}

void
capture_show_running(const Capture *capture)
{
	status_set(LEG_CAPTURE, LEG_RUNNING, capture->notice);
}

/* ---- sessions ---- */

static CaptureOutcome
stream_ended(Capture *capture, StreamEnd end, bool progress, SourceFault *fault)
{
	switch (end)
	{
		case STREAM_GOES_ON:
		case STREAM_STOPPED:
			return OUTCOME_STOPPED;
		case STREAM_SOURCE_FAULT:
			if (capture->replication.plugin == CONFIG_PLUGIN_PGOUTPUT)
			{
				if (slot_give_up_streaming(&capture->pgoutput, fault))
					return OUTCOME_AGAIN;
				publication_explain_gone(capture->config, fault);
			}
			source_fault_note(&capture->recurrence, fault);
			return source_side_failed(capture, fault);
		case STREAM_KAFKA_FAULT:
			capture_tell("kafka", producer_fault(capture->producer), LEG_WAITING);
			return OUTCOME_WAIT;
		case STREAM_TOPIC_MISSING:
			return kafka_side_topic_is_missing(capture);
		case STREAM_RELEASED:
			metric_add(METRIC_CAPTURE_RELEASES, 1);
			capture_tell("kafka", "Kafka took nothing for source.release.after.ms; the replication "
						 "connection is closed until it does, and the WAL waits in the slot", LEG_WAITING);
			return OUTCOME_AGAIN;
		case STREAM_RENEW:
			log_write(LOG_LEVEL_INFO, "source", "beginning another session");
			if (!progress && capture->delivery.fault[0] != '\0')
				capture_tell("source", capture->delivery.fault, LEG_WAITING);
			return progress ? OUTCOME_AGAIN : OUTCOME_WAIT;
		case STREAM_NOT_UNDERSTOOD:
			capture_tell("source", capture->delivery.fault, LEG_WAITING);
			return OUTCOME_WAIT;
	}
	return OUTCOME_WAIT;
}

/* Stopping in order: deliver what was read, tell the slot, say goodbye. */
static void
say_goodbye(Capture *capture)
{
	status_set(LEG_CAPTURE, LEG_STOPPING, NULL);
	stream_settle(capture, true);
	if (capture->replication.connection != NULL && control_stop() != CONTROL_NOW &&
		stream_feedback(capture))
		replication_end(&capture->replication, REPLICATION_END_TIMEOUT_MS);
}

static CaptureOutcome
run_session(Capture *capture, Backoff *backoff)
{
	SourceFault fault = {0};
	StreamEnd	end;
	uint64_t	confirmed;
	bool		progress;
	CaptureOutcome outcome = kafka_side_settle_former_session(capture);

	if (outcome == OUTCOME_AGAIN)
		outcome = kafka_side_prepare(capture);
	if (outcome != OUTCOME_AGAIN)
		return outcome;
	if (!source_side_begin(capture, &fault))
	{
		source_side_end(capture);
		return source_side_failed(capture, &fault);
	}

	confirmed = capture->ledger->confirmed;
	end = stream_run(capture, &fault);
	if (end == STREAM_STOPPED)
		say_goodbye(capture);

	/* a session that got nowhere does not make the next wait shorter */
	progress = capture->ledger->confirmed > confirmed;
	if (progress)
	{
		backoff_reset(backoff);
		capture->recurrence.count = 0;
	}
	outcome = stream_ended(capture, end, progress, &fault);

	source_side_end(capture);
	if (end == STREAM_KAFKA_FAULT)
		kafka_side_drop_producer(capture);
	return outcome;
}

/*
 * At the end: a producer that fails gives back what it has, so it is not enough
 * that nothing is in flight.
 */
static int
exit_code(Capture *capture)
{
	/* after a session this has been waited for already */
	if (capture->producer != NULL)
		stream_settle(capture, true);
	stream_retire(capture);
	if (capture->received_lsn <= capture->ledger->confirmed &&
		!ledger_has_pending(capture->ledger) &&
		(capture->producer == NULL || producer_in_flight(capture->producer) == 0))
		return EXIT_OK;
	log_write(LOG_LEVEL_WARNING, "capture",
			  "stopped before Kafka had acknowledged everything; the slot keeps it",
			  log_lsn("received", capture->received_lsn),
			  log_lsn("confirmed", capture->ledger->confirmed));
	return EXIT_NOT_DRAINED;
}

static int
run_sessions(Capture *capture)
{
	Backoff		backoff = {.random = (uint32_t) control_now_ms()};
	bool		probed = false;

	for (;;)
	{
		CaptureOutcome outcome = control_stop() != CONTROL_RUN ? OUTCOME_STOPPED :
		probed ? run_session(capture, &backoff) : source_side_probe(capture);

		switch (outcome)
		{
			case OUTCOME_AGAIN:
				if (!probed)
					backoff_reset(&backoff);
				probed = true;
				break;
			case OUTCOME_WAIT:
				{
					int64_t		wait_ms = backoff_next_ms(&backoff);

					if (!capture->waits_silently)
						log_write(LOG_LEVEL_INFO, "capture", "trying again",
								  log_int("retry_in_ms", wait_ms));
					capture->waits_silently = false;
					status_beat(LEG_CAPTURE);
					(void) control_sleep(wait_ms);
					break;
				}
			case OUTCOME_HOPELESS:
				return EXIT_FAILED;
			case OUTCOME_STOPPED:
				return exit_code(capture);
		}
	}
}

int
capture_run(const Config *config)
{
	Capture		capture = {.config = config};
	int			code;

	if (config->sink == CONFIG_SINK_STDOUT)
		return print_run(config, config->slot_name, "record");

	status_set(LEG_CAPTURE, LEG_STARTING, "");
	(void) producer_warn_of_request_limit(config);
	capture.batch_bytes = kafka_side_batch_bytes(config);
	commit_time_init(&capture.commit_times);
	capture.ledger = malloc(sizeof(Ledger));
	if (capture.ledger == NULL)
	{
		capture_tell("capture", "out of memory at the start", LEG_FAILED);
		return EXIT_FAILED;
	}
	ledger_init(capture.ledger, 0);
	code = run_sessions(&capture);

	log_write(LOG_LEVEL_INFO, "capture", "stopped",
			  log_lsn("confirmed", capture.ledger->confirmed),
			  log_int("records", metric_get(METRIC_CAPTURE_RECORDS)));
	if (code != EXIT_FAILED)
		status_set(LEG_CAPTURE, LEG_STOPPED, NULL);
	producer_close(capture.producer);
	free(capture.missing_topic);
	free(capture.ledger);
	return code;
}
