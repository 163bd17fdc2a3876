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
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <stdlib.h>

#include "shipper/backoff.h"
#include "shipper/control.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/source/first_look.h"
#include "shipper/source/publication_setup.h"
#include "shipper/status.h"

#define KAFKA_REACH_TIMEOUT_MS 2000
#define TOPIC_TIMEOUT_MS 8000
#define BATCH_SHRINK 4			/* by which batches get smaller after a refusal */
#define BATCH_SMALL_MS 300000	/* how long they stay so */

typedef enum Outcome
{
	OUTCOME_AGAIN,				/* try again at once */
	OUTCOME_WAIT,				/* try again after the back-off */
	OUTCOME_STOPPED,
	OUTCOME_HOPELESS			/* end the leg */
} Outcome;

static void
on_delivered(void *host, uint64_t serial)
{
	Capture    *capture = host;

	if (!ledger_acknowledged(capture->ledger, serial))
		log_write(LOG_LEVEL_ERROR, "kafka", "a record was acknowledged twice");
}

static void
on_described(void *host, uint32_t schema_id)
{
	Capture    *capture = host;

	delivery_described(&capture->delivery, schema_id);
}

/* Something went wrong; says so in the log and in the status. */
static void
tell(const char *area, const char *text, LegState state)
{
	metric_add(METRIC_CAPTURE_ERRORS, 1);
	status_set(LEG_CAPTURE, state, text);
	log_write(LOG_LEVEL_ERROR, area, text);
}

static Outcome
source_failed(const Capture *capture, const SourceFault *fault)
{
	bool		hopeless = fault->gap || fault->recurs ||
	(fault->permanent && !capture->has_streamed);

	if (fault->stopped)
		return OUTCOME_STOPPED;
	if (fault->gap)
		metric_add(METRIC_CAPTURE_GAPS, 1);
	tell("source", fault->text, hopeless ? LEG_FAILED : LEG_WAITING);
	return hopeless ? OUTCOME_HOPELESS : OUTCOME_WAIT;
}

/* ---- Kafka -------------------------------------------------------------- */

static int64_t
first_batch_bytes(const Config *config)
{
	return config_kafka_number(config, "batch.size", PRODUCER_BATCH_BYTES);
}

/* They will be read from the slot again. */
static void
forget_entries(Capture *capture)
{
	ledger_forget(capture->ledger);
	stream_retire(capture);		/* for the metrics */
}

static void
drop_producer(Capture *capture)
{
	if (producer_wants_smaller_batches(capture->producer) && capture->batch_bytes > 1)
	{
		capture->batch_bytes = !producer_wants_lone_records(capture->producer) &&
			capture->batch_bytes > BATCH_SHRINK ?
			capture->batch_bytes / BATCH_SHRINK : 1;
		capture->small_until_ms = control_now_ms() + BATCH_SMALL_MS;
		capture->small_since_lsn = capture->ledger->confirmed;
		log_write(LOG_LEVEL_WARNING, "kafka",
				  "a batch was refused; sending smaller ones to find the record that is the cause",
				  log_int("batch_bytes", capture->batch_bytes));
	}
	producer_close(capture->producer);
	capture->producer = NULL;
	forget_entries(capture);
}

/* The topic that the session before ended for must be there, else another would end for it too. */
static Outcome
await_missing_topic(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX];

	if (capture->missing_topic == NULL)
		return OUTCOME_AGAIN;
	if (!producer_await_topic(capture->producer, capture->missing_topic, TOPIC_TIMEOUT_MS, error,
							  sizeof(error)))
	{
		if (control_stop() != CONTROL_RUN)
			return OUTCOME_STOPPED;
		tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	free(capture->missing_topic);
	capture->missing_topic = NULL;
	return OUTCOME_AGAIN;
}

static Outcome
topic_is_missing(Capture *capture)
{
	const Topic *topic = producer_missing_topic(capture->producer);
	char		sentence[TOPIC_SENTENCE_MAX];

	topics_explain(topic, sentence, sizeof(sentence));
	tell("kafka", sentence, LEG_WAITING);
	free(capture->missing_topic);
	capture->missing_topic = strdup(topic->name);
	return OUTCOME_WAIT;
}

void
capture_show_running(const Capture *capture)
{
	status_set(LEG_CAPTURE, LEG_RUNNING, capture->notice);
}

/*
 * A slot made at this start begins then.  If the topics were written to before,
 * what was committed between is missing.  So Kafka is looked at before the slot is
 * made: a process that ends between, or a Kafka that cannot be reached, would leave
 * behind a slot that nobody can tell from an old one.
 */
static Outcome
look_for_history(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX];

	if (!capture->seen.missing || capture->history_known)
		return OUTCOME_AGAIN;
	if (!producer_was_written_before(capture->producer, TOPIC_TIMEOUT_MS, &capture->written_before,
									 error, sizeof(error)))
	{
		tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	capture->history_known = true;
	return OUTCOME_AGAIN;
}

/* The slot is there now; a restart by a supervisor must not hide what that may mean. */
static void
see_slot(Capture *capture, uint64_t confirmed)
{
	capture->seen.missing = false;
	capture->seen.confirmed = confirmed;
	if (!capture->seen.made || !capture->written_before)
		return;
	snprintf(capture->notice, sizeof(capture->notice), "events before LSN " LSN_FORMAT " are missing: "
			 "the slot had to be made anew, although changes were delivered before; fill the gap "
			 "from the tables (all that are captured)", LSN_PARTS(capture->seen.confirmed));
	metric_add(METRIC_CAPTURE_GAPS, 1);
	log_write(LOG_LEVEL_ERROR, "source", capture->notice,
			  log_text("slot", capture->config->slot_name),
			  log_text("topics", capture->config->format.topic_prefix.bytes));
}

static Producer *
open_producer(Capture *capture, char *error, size_t error_size)
{
	const ProducerOwner owner = {on_delivered, on_described, capture, &capture->commit_times};

	return producer_open(capture->config, &owner, capture->batch_bytes, error, error_size);
}

StreamEnd
capture_replace_producer(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX] = "out of memory for topics";
	Producer   *producer = open_producer(capture, error, sizeof(error));

	if (producer != NULL &&
		producer_reach(producer, KAFKA_REACH_TIMEOUT_MS, error, sizeof(error)) &&
		delivery_change_producer(&capture->delivery, producer))
	{
		if (capture->worn_since_ms != 0)
			capture_show_running(capture);
		log_write(LOG_LEVEL_INFO, "kafka", "going on with another producer, because one keeps "
				  "memory for each topic it has written to",
				  log_int("topics", PRODUCER_TOPICS_MAX));
		producer_close(capture->producer);
		capture->producer = producer;
		capture->worn_since_ms = 0;
		return STREAM_GOES_ON;
	}
	producer_close(producer);
	if (capture->worn_since_ms == 0)
	{
		capture->worn_since_ms = control_now_ms();
		tell("kafka", error, LEG_WAITING);
	}
	return control_now_ms() - capture->worn_since_ms >= capture->config->source_release_after_ms ?
		STREAM_RELEASED : STREAM_GOES_ON;
}

/* Opens the producer if there is none and waits until Kafka answers. */
static Outcome
prepare_kafka(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX];

	if (capture->producer == NULL)
	{
		capture->producer = open_producer(capture, error, sizeof(error));
		if (capture->producer == NULL)
		{
			tell("kafka", error, capture->has_streamed ? LEG_WAITING : LEG_FAILED);
			return capture->has_streamed ? OUTCOME_WAIT : OUTCOME_HOPELESS;
		}
	}
	if (!producer_reach(capture->producer, KAFKA_REACH_TIMEOUT_MS, error, sizeof(error)))
	{
		producer_serve(capture->producer);
		if (producer_fault(capture->producer) != NULL)
			drop_producer(capture);
		if (control_stop() != CONTROL_RUN)
			return OUTCOME_STOPPED;
		tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	if (look_for_history(capture) == OUTCOME_WAIT)
		return OUTCOME_WAIT;
	return await_missing_topic(capture);
}

/*
 * Not before the transaction with the culprit is through: large batches would
 * be refused again, and a transaction that takes longer would never be.
 */
bool
capture_batches_may_grow(const Capture *capture)
{
	return capture->small_until_ms > 0 && control_now_ms() >= capture->small_until_ms &&
		capture->ledger->confirmed > capture->small_since_lsn;
}

/* What the session before left in flight is waited for, so that less comes twice. */
static Outcome
settle_former_session(Capture *capture)
{
	if (capture->producer == NULL)
		return OUTCOME_AGAIN;
	stream_settle(capture, false);
	if (producer_fault(capture->producer) != NULL)
	{
		tell("kafka", producer_fault(capture->producer), LEG_WAITING);
		drop_producer(capture);
		return OUTCOME_WAIT;
	}
	if (control_stop() != CONTROL_RUN)
		return OUTCOME_STOPPED;

	/* only a transaction that was never read to its end can be left */
	forget_entries(capture);

	if (capture_batches_may_grow(capture))
	{
		capture->small_until_ms = 0;
		capture->batch_bytes = first_batch_bytes(capture->config);
		drop_producer(capture);
	}
	return OUTCOME_AGAIN;
}

/* ---- PostgreSQL --------------------------------------------------------- */

/*
 * The slot confirms what was delivered and nothing else, so one that is further
 * was moved or made anew.  And what was delivered came from flushed WAL: if the
 * server has less of it, a start from there would skip what it commits until
 * then.
 */
static bool
check_no_gap(const Capture *capture, uint64_t slot_confirmed, SourceFault *fault)
{
	uint64_t	delivered = capture->ledger->confirmed;
	uint64_t	server_lsn = capture->replication.server_lsn;

	if (slot_confirmed <= delivered && delivered <= server_lsn)
		return true;
	if (delivered > server_lsn && capture->replication.in_recovery)
	{
		slot_explain_catching_up(delivered, server_lsn, fault);
		return false;
	}
	if (slot_confirmed > delivered)
		source_fault(fault, true, "somebody has moved replication slot \"%s\" or made it anew: changes "
					 "are delivered up to LSN " LSN_FORMAT ", the slot begins at " LSN_FORMAT ", and "
					 "events between are missing; start again to read on where the slot stands, then "
					 "fill the gap from the tables", capture->config->slot_name, LSN_PARTS(delivered),
					 LSN_PARTS(slot_confirmed));
	else
		source_fault(fault, true, "changes up to LSN " LSN_FORMAT " are delivered, but the server's WAL "
					 "ends at " LSN_FORMAT ": the server was set back to an older state, so Kafka has "
					 "changes that the server has not; start again to read on where the slot stands, "
					 "then compare the tables", LSN_PARTS(delivered), LSN_PARTS(server_lsn));
	fault->gap = true;
	return false;
}

/*
 * From where to read: the ledger's confirmed LSN, which is what was delivered if
 * this is still the same history, else what the slot says.
 */
static bool
choose_start(Capture *capture, uint64_t slot_confirmed, SourceFault *fault)
{
	const Replication *replication = &capture->replication;
	bool		same_system = capture->system_id == replication->system_id;

	if (!same_system || capture->timeline != replication->timeline)
	{
		/* on any timeline of the system what lies between is missing */
		if (same_system && slot_confirmed > capture->ledger->confirmed)
			return check_no_gap(capture, slot_confirmed, fault);
		if (capture->system_id != 0)
			log_write(LOG_LEVEL_WARNING, "source",
					  "the server is another one or on another timeline; reading what its slot says",
					  log_int("timeline_before", capture->timeline),
					  log_int("timeline", replication->timeline));
		capture->system_id = replication->system_id;
		capture->timeline = replication->timeline;
		ledger_rebase(capture->ledger, slot_confirmed);
		capture->received_lsn = 0;
	}
	if (capture->slot_was_shared && slot_confirmed > capture->ledger->confirmed)
	{
		log_write(LOG_LEVEL_WARNING, "source",
				  "another process has read the slot meanwhile; going on where it stopped (if that was "
				  "no walferry of this topic.prefix, the events between are missing)",
				  log_lsn("delivered", capture->ledger->confirmed),
				  log_lsn("slot_begins", slot_confirmed));
		ledger_rebase(capture->ledger, slot_confirmed);
		capture->received_lsn = 0;
	}
	capture->slot_was_shared = false;
	return check_no_gap(capture, slot_confirmed, fault);
}

/* Up to where the slot was read; 0 while it has not even been looked at. */
static uint64_t
reached(const Capture *capture)
{
	return capture->ledger->confirmed > capture->seen.confirmed ?
		capture->ledger->confirmed : capture->seen.confirmed;
}

/* Begins to read, with a decoder where the plugin does not render. */
static bool
start_stream(Capture *capture, uint64_t start, SourceFault *fault)
{
	const DecoderOwner owner = {.turn = stream_turn, .host = capture};
	bool		is_pgoutput = capture->replication.plugin == CONFIG_PLUGIN_PGOUTPUT;

	capture->is_streaming = false;
	if (is_pgoutput)
	{
		slot_choose_pgoutput(&capture->pgoutput, &capture->replication);
		capture->decoder = decoder_open(capture->config, &capture->replication,
										&capture->pgoutput, WF_OUTPUT_FRAME, &owner, fault);
		if (capture->decoder == NULL || !replication_pin_money(&capture->replication, fault))
			return false;
	}
	capture->is_streaming = slot_start(&capture->replication, capture->config,
									   capture->config->slot_name, "frame",
									   is_pgoutput ? &capture->pgoutput : NULL, start, fault);
	return capture->is_streaming;
}

static bool
begin_session(Capture *capture, SourceFault *fault)
{
	Replication *replication = &capture->replication;
	SlotPosition position = {0};
	uint64_t	start;
	bool		prepared;

	if (!replication_connect(replication, capture->config, fault))
		return false;
	prepared = slot_prepare(replication, capture->config, true, reached(capture), &position, fault);
	capture->slot_was_shared |= position.in_use;
	capture->seen.made |= position.made;
	if (!prepared)
		return false;
	if (capture->seen.missing)
		see_slot(capture, position.confirmed);
	if (!choose_start(capture, position.confirmed, fault))
		return false;
	start = capture->ledger->confirmed;
	if (!start_stream(capture, start, fault))
		return false;

	delivery_init(&capture->delivery, capture->producer, capture->ledger, capture->config,
				  replication->system_id);
	if (capture->has_streamed)
		metric_add(METRIC_CAPTURE_RECONNECTS, 1);
	capture->has_streamed = true;
	capture->shown_waiting = false;
	capture->told_confirmed = 0;
	metric_set(METRIC_CAPTURE_CONNECTED, 1);
	metric_set(METRIC_CAPTURE_SERVER_LSN, (int64_t) replication->server_lsn);
	capture_show_running(capture);
	log_write(LOG_LEVEL_INFO, "source", "reading the slot",
			  log_text("slot", capture->config->slot_name), log_lsn("from", start),
			  log_int("server_version", replication->server_version),
			  log_int("timeline", replication->timeline));
	return true;
}

static void
end_session(Capture *capture)
{
	if (capture->delivery.received_lsn > capture->received_lsn)
		capture->received_lsn = capture->delivery.received_lsn;
	delivery_free(&capture->delivery);
	decoder_free(capture->decoder);
	capture->decoder = NULL;
	capture->is_streaming = false;
	replication_close(&capture->replication);
	metric_set(METRIC_CAPTURE_CONNECTED, 0);
}

/* Looks at the source once before anything else, so that what must be mended is told first. */
static Outcome
probe_source(Capture *capture)
{
	SourceFault fault = {0};
	bool		ok = replication_connect(&capture->replication, capture->config, &fault) &&
	slot_prepare(&capture->replication, capture->config, false, 0, &capture->seen, &fault) &&
	first_look(&capture->replication, capture->config, &fault);

	replication_close(&capture->replication);
	if (ok && capture->seen.missing)
		log_write(LOG_LEVEL_INFO, "source", "there is no replication slot of that name; it is made as "
				  "soon as Kafka has told whether its topics were written to before",
				  log_text("slot", capture->config->slot_name));
	return ok ? OUTCOME_AGAIN : source_failed(capture, &fault);
}

/* ---- sessions ----------------------------------------------------------- */

static Outcome
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
			return source_failed(capture, fault);
		case STREAM_KAFKA_FAULT:
			tell("kafka", producer_fault(capture->producer), LEG_WAITING);
			return OUTCOME_WAIT;
		case STREAM_TOPIC_MISSING:
			return topic_is_missing(capture);
		case STREAM_RELEASED:
			metric_add(METRIC_CAPTURE_RELEASES, 1);
			tell("kafka", "Kafka took nothing for source.release.after.ms; the replication connection "
				 "is closed until it does, and the WAL waits in the slot", LEG_WAITING);
			return OUTCOME_AGAIN;
		case STREAM_RENEW:
			log_write(LOG_LEVEL_INFO, "source", "beginning another session");
			if (!progress && capture->delivery.fault[0] != '\0')
				tell("source", capture->delivery.fault, LEG_WAITING);
			return progress ? OUTCOME_AGAIN : OUTCOME_WAIT;
		case STREAM_NOT_UNDERSTOOD:
			tell("source", capture->delivery.fault, LEG_WAITING);
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

static Outcome
run_session(Capture *capture, Backoff *backoff)
{
	SourceFault fault = {0};
	StreamEnd	end;
	uint64_t	confirmed;
	bool		progress;
	Outcome		outcome = settle_former_session(capture);

	if (outcome == OUTCOME_AGAIN)
		outcome = prepare_kafka(capture);
	if (outcome != OUTCOME_AGAIN)
		return outcome;
	if (!begin_session(capture, &fault))
	{
		end_session(capture);
		return source_failed(capture, &fault);
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

	end_session(capture);
	if (end == STREAM_KAFKA_FAULT)
		drop_producer(capture);
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
		Outcome		outcome = control_stop() != CONTROL_RUN ? OUTCOME_STOPPED :
		probed ? run_session(capture, &backoff) : probe_source(capture);

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

					log_write(LOG_LEVEL_INFO, "capture", "trying again",
							  log_int("retry_in_ms", wait_ms));
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
	capture.batch_bytes = first_batch_bytes(config);
	commit_time_init(&capture.commit_times);
	capture.ledger = malloc(sizeof(Ledger));
	if (capture.ledger == NULL)
	{
		tell("capture", "out of memory at the start", LEG_FAILED);
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
