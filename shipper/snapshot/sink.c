/*
 * sink.c
 *		Where rows that are read go: to Kafka, or as lines to stdout.
 *
 * The ledger's entries are the sessions; there is no slot that could be told of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/status.h"

#define REACH_TIMEOUT_MS 15000
#define TURN_MS_MAX 100
#define BATCH_SHRINK 4

static void
on_delivered(void *host, uint64_t serial)
{
	Sink	   *sink = host;

	sink->delivered++;
	if (!ledger_acknowledged(sink->ledger, serial))
		log_write(LOG_LEVEL_ERROR, "kafka", "a record was acknowledged twice");
}

static void
on_described(void *host, uint32_t schema_id)
{
	Sink	   *sink = host;

	delivery_described(&sink->delivery, schema_id);
}

/* ---- begin and end ---- */

static bool
open_producer(Sink *sink, SourceFault *fault)
{
	const ProducerOwner owner = {on_delivered, on_described, sink, &sink->commit_times};
	char		error[TOPIC_SENTENCE_MAX];

	sink->producer = producer_open(sink->config, &owner, sink->batch_bytes, error, sizeof(error));
	if (sink->producer == NULL)
		source_fault(fault, true, "%s", error);
	else if (producer_reach(sink->producer, REACH_TIMEOUT_MS, error, sizeof(error)))
		return true;
	else if (control_stop() != CONTROL_RUN)
		source_fault_stopped(fault);
	else
		source_fault(fault, false, "%s", error);
	return false;
}

bool
sink_open(Sink *sink, const Config *config, SourceFault *fault)
{
	int64_t		batch_bytes = sink->batch_bytes;

	memset(sink, 0, sizeof(*sink));
	sink->config = config;
	sink->output = config->sink == CONFIG_SINK_STDOUT ? WF_OUTPUT_RECORD : WF_OUTPUT_FRAME;
	if (sink->output == WF_OUTPUT_RECORD)
		return true;
	sink->batch_bytes = batch_bytes > 0 ? batch_bytes :
		config_kafka_number(config, "batch.size", PRODUCER_BATCH_BYTES);
	commit_time_init(&sink->commit_times);
	sink->ledger = malloc(sizeof(Ledger));
	if (sink->ledger == NULL)
	{
		source_fault(fault, false, "out of memory at the start");
		return false;
	}
	ledger_init(sink->ledger, 0);
	if (open_producer(sink, fault))
		return true;
	sink_close(sink);
	return false;
}

static void
end_session(Sink *sink)
{
	if (sink->in_session)
		delivery_free(&sink->delivery);
	sink->in_session = false;
}

void
sink_close(Sink *sink)
{
	if (sink->output == WF_OUTPUT_RECORD)
		return;
	if (sink->producer != NULL)
		producer_close(sink->producer);
	sink->producer = NULL;
	end_session(sink);
	free(sink->ledger);
	sink->ledger = NULL;
}

/* ---- waiting for Kafka ---- */

void
sink_serve(Sink *sink)
{
	LedgerEntry done;

	status_beat(LEG_CAPTURE);
	if (sink->producer == NULL)
		return;
	producer_serve(sink->producer);
	while (ledger_retire(sink->ledger, &done))
		continue;
}

/* Can Kafka still be waited for?  Else the fault is filled in. */
static bool
may_wait(Sink *sink, SourceFault *fault)
{
	const Topic *missing = producer_missing_topic(sink->producer);
	char		sentence[TOPIC_SENTENCE_MAX];

	if (producer_fault(sink->producer) != NULL)
	{
		source_fault(fault, false, "%s", producer_fault(sink->producer));
		sink->wants_smaller_batches = producer_wants_smaller_batches(sink->producer);
		if (sink->wants_smaller_batches)
			sink->batch_bytes = !producer_wants_lone_records(sink->producer) &&
				sink->batch_bytes > BATCH_SHRINK ? sink->batch_bytes / BATCH_SHRINK : 1;
	}
	else if (missing != NULL)
	{
		topics_explain(missing, sentence, sizeof(sentence));
		source_fault(fault, true, "%s", sentence);
	}
	else if (control_stop() != CONTROL_RUN)
		source_fault_stopped(fault);
	else if (producer_in_flight(sink->producer) > 0 &&
			 control_now_ms() - producer_progress_ms(sink->producer) >= SINK_PATIENCE_MS)
		source_fault(fault, false, "Kafka has acknowledged nothing for %d s", SINK_PATIENCE_MS / 1000);
	else
		return true;
	return false;
}

static void
wait_turn(const Sink *sink)
{
	struct pollfd descriptors[2] = {
		{.fd = producer_wake_fd(sink->producer), .events = POLLIN},
		{.fd = control_stop_fd(), .events = POLLIN}
	};

	(void) poll(descriptors, 2, TURN_MS_MAX);
}

/*
 * A producer that has written to many topics is replaced by another, once nothing is in
 * flight (producer.h).
 */
static bool
replace_worn_producer(Sink *sink, SourceFault *fault)
{
	Producer   *worn = sink->producer;
	bool		well;

	if (!producer_is_worn(worn) || producer_in_flight(worn) > 0)
		return true;
	well = open_producer(sink, fault);
	if (well && !delivery_change_producer(&sink->delivery, sink->producer))
	{
		source_fault(fault, false, "out of memory for topics");
		well = false;
	}
	producer_close(worn);
	return well;
}

bool
sink_settle(Sink *sink, SourceFault *fault)
{
	if (sink->output == WF_OUTPUT_RECORD)
	{
		if (fflush(stdout) == 0)
			return true;
		source_fault(fault, true, "cannot write to stdout: %s", strerror(errno));
		return false;
	}
	while (sink->producer != NULL)
	{
		sink_serve(sink);
		if (producer_fault(sink->producer) == NULL && producer_in_flight(sink->producer) == 0)
			return true;
		if (!may_wait(sink, fault))
			return false;
		wait_turn(sink);
	}
	return false;				/* another could not be opened; that was told */
}

/* ---- what is taken ---- */

bool
sink_begin_session(Sink *sink, SourceFault *fault)
{
	if (sink->output == WF_OUTPUT_RECORD)
		return true;
	if (sink->in_session)
	{
		/* its schemas' numbers mean others from now on */
		if (!sink_settle(sink, fault))
			return false;
		(void) ledger_close(sink->ledger, 0, 0, control_now_ms());
		sink_serve(sink);
	}
	end_session(sink);
	delivery_init(&sink->delivery, sink->producer, sink->ledger, sink->config, 0);
	sink->delivery.greeted = true;
	sink->in_session = true;
	if (ledger_open(sink->ledger))
		return true;
	source_fault(fault, false, "a session of the snapshot did not end");
	return false;
}

static bool
print_line(WfSlice line, SourceFault *fault)
{
	if (fwrite(line.data, 1, line.length, stdout) == line.length && putchar('\n') != EOF)
		return true;
	source_fault(fault, true, "cannot write to stdout: %s", strerror(errno));
	return false;
}

bool
sink_take(Sink *sink, WfSlice bytes, SourceFault *fault)
{
	DeliveryResult result;

	if (sink->output == WF_OUTPUT_RECORD)
		return print_line(bytes, fault);
	result = delivery_take(&sink->delivery, bytes);
	while (result == DELIVERY_HELD)
	{
		if (!may_wait(sink, fault))
			return false;
		wait_turn(sink);
		sink_serve(sink);
		if (!replace_worn_producer(sink, fault))
			return false;
		result = delivery_continue(&sink->delivery);
	}
	if (result == DELIVERY_DONE)
		return true;
	if (producer_fault(sink->producer) == NULL || may_wait(sink, fault))
		source_fault(fault, false, "%s", sink->delivery.fault);
	return false;
}
