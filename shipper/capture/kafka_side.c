/*
 * kafka_side.c
 *		The capture leg's producer: opened, waited for, thrown away, replaced.
 *
 * A producer outlives replication sessions.  One that has failed is thrown away, and what
 * it had in flight is read from the slot again.  After a refused batch the next one sends
 * smaller batches, until the transaction with the record that is the cause is through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define KAFKA_REACH_TIMEOUT_MS 2000
#define TOPIC_TIMEOUT_MS 8000
#define BATCH_SHRINK 4			/* by which batches get smaller after a refusal */
#define BATCH_SMALL_MS 300000	/* how long they stay so */

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

static Producer *
open_producer(Capture *capture, char *error, size_t error_size)
{
	const ProducerOwner owner = {on_delivered, on_described, capture, &capture->commit_times};

	return producer_open(capture->config, &owner, capture->batch_bytes, error, error_size);
}

/* ---- batches ---- */

int64_t
kafka_side_batch_bytes(const Config *config)
{
	return config_kafka_number(config, "batch.size", PRODUCER_BATCH_BYTES);
}

bool
kafka_side_batches_may_grow(const Capture *capture)
{
	return capture->small_until_ms > 0 && control_now_ms() >= capture->small_until_ms &&
		capture->ledger->confirmed > capture->small_since_lsn;
}

/* ---- one that goes ---- */

/* They will be read from the slot again. */
static void
forget_entries(Capture *capture)
{
	ledger_forget(capture->ledger);
	stream_retire(capture);		/* for the metrics */
}

void
kafka_side_drop_producer(Capture *capture)
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

StreamEnd
kafka_side_replace_producer(Capture *capture)
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
		capture_tell("kafka", error, LEG_WAITING);
	}
	return control_now_ms() - capture->worn_since_ms >= capture->config->source_release_after_ms ?
		STREAM_RELEASED : STREAM_GOES_ON;
}

/* ---- before a session ---- */

/* The topic that the session before ended for must be there, else another would end for it too. */
static CaptureOutcome
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
		capture_tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	free(capture->missing_topic);
	capture->missing_topic = NULL;
	return OUTCOME_AGAIN;
}

CaptureOutcome
kafka_side_topic_is_missing(Capture *capture)
{
	const Topic *topic = producer_missing_topic(capture->producer);
	char		sentence[TOPIC_SENTENCE_MAX];

	topics_explain(topic, sentence, sizeof(sentence));
	capture_tell("kafka", sentence, LEG_WAITING);
	free(capture->missing_topic);
	capture->missing_topic = strdup(topic->name);
	return OUTCOME_WAIT;
}

/*
 * A slot made at this start begins then.  If the topics were written to before,
 * what was committed between is missing.  So Kafka is looked at before the slot is
 * made: a process that ends between, or a Kafka that cannot be reached, would leave
 * behind a slot that nobody can tell from an old one.
 */
static CaptureOutcome
look_for_history(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX];

	if (!capture->seen.missing || capture->history_known)
		return OUTCOME_AGAIN;
	if (!producer_was_written_before(capture->producer, TOPIC_TIMEOUT_MS, &capture->written_before,
									 error, sizeof(error)))
	{
		capture_tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	capture->history_known = true;
	return OUTCOME_AGAIN;
}

CaptureOutcome
kafka_side_prepare(Capture *capture)
{
	char		error[TOPIC_SENTENCE_MAX];

	if (capture->producer == NULL)
	{
		capture->producer = open_producer(capture, error, sizeof(error));
		if (capture->producer == NULL)
		{
			capture_tell("kafka", error, capture->has_streamed ? LEG_WAITING : LEG_FAILED);
			return capture->has_streamed ? OUTCOME_WAIT : OUTCOME_HOPELESS;
		}
	}
	if (!producer_reach(capture->producer, KAFKA_REACH_TIMEOUT_MS, error, sizeof(error)))
	{
		producer_serve(capture->producer);
		if (producer_fault(capture->producer) != NULL)
			kafka_side_drop_producer(capture);
		if (control_stop() != CONTROL_RUN)
			return OUTCOME_STOPPED;
		capture_tell("kafka", error, LEG_WAITING);
		return OUTCOME_WAIT;
	}
	if (look_for_history(capture) == OUTCOME_WAIT)
		return OUTCOME_WAIT;
	return await_missing_topic(capture);
}

CaptureOutcome
kafka_side_settle_former_session(Capture *capture)
{
	if (capture->producer == NULL)
		return OUTCOME_AGAIN;
	stream_settle(capture, false);
	if (producer_fault(capture->producer) != NULL)
	{
		capture_tell("kafka", producer_fault(capture->producer), LEG_WAITING);
		kafka_side_drop_producer(capture);
		return OUTCOME_WAIT;
	}
	if (control_stop() != CONTROL_RUN)
		return OUTCOME_STOPPED;

	/* only a transaction that was never read to its end can be left */
	forget_entries(capture);

	if (kafka_side_batches_may_grow(capture))
	{
		capture->small_until_ms = 0;
		capture->batch_bytes = kafka_side_batch_bytes(capture->config);
		kafka_side_drop_producer(capture);
	}
	return OUTCOME_AGAIN;
}
