/*
 * source_side.c
 *		The capture leg's replication sessions: from where they read, and how they begin and end.
 *
 * The slot confirms what was delivered and nothing else, so where it stands tells whether
 * events are missing: then the leg ends, because going on would hide it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <stdio.h>

#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/source/first_look.h"
#include "shipper/status.h"

CaptureOutcome
source_side_failed(Capture *capture, const SourceFault *fault)
{
	bool		hopeless = fault->gap || fault->recurs ||
	(fault->permanent && !capture->has_streamed);

	if (fault->stopped)
		return OUTCOME_STOPPED;
	if (fault->gap)
		metric_add(METRIC_CAPTURE_GAPS, 1);
	capture->waits_silently = !source_fault_is_news(&capture->told, fault);
	if (capture->waits_silently)
		status_set(LEG_CAPTURE, LEG_WAITING, fault->text);
	else
		capture_tell("source", fault->text, hopeless ? LEG_FAILED : LEG_WAITING);
	return hopeless ? OUTCOME_HOPELESS : OUTCOME_WAIT;
}

CaptureOutcome
source_side_probe(Capture *capture)
{
	SourceFault fault = {0};
	bool		ok = first_look(capture->config, &capture->seen, &fault);

	if (ok && capture->seen.missing)
		log_write(LOG_LEVEL_INFO, "source", "there is no replication slot of that name; it is made as "
				  "soon as Kafka has told whether its topics were written to before",
				  log_text("slot", capture->config->slot_name));
	return ok ? OUTCOME_AGAIN : source_side_failed(capture, &fault);
}

/* ---- from where ---- */

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

/* ---- a session ---- */

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

bool
source_side_begin(Capture *capture, SourceFault *fault)
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
	capture_session_begun(replication, capture->has_streamed);
	capture->has_streamed = true;
	capture->shown_wait = STREAM_WAIT_NONE;
	capture->told_confirmed = 0;
	capture_show_running(capture);
	log_write(LOG_LEVEL_INFO, "source", "reading the slot",
			  log_text("slot", capture->config->slot_name), log_lsn("from", start),
			  log_int("server_version", replication->server_version),
			  log_int("timeline", replication->timeline));
	return true;
}

void
source_side_end(Capture *capture)
{
	if (capture->delivery.received_lsn > capture->received_lsn)
		capture->received_lsn = capture->delivery.received_lsn;
	delivery_free(&capture->delivery);
	decoder_free(capture->decoder);
	capture->decoder = NULL;
	capture->is_streaming = false;
	replication_close(&capture->replication);
	capture_session_ended();
}
