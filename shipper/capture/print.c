/*
 * print.c
 *		The slot as lines of JSON on stdout: sink=stdout, and `walferry tail`.
 *
 * The plugin itself writes the lines (output=record or envelope), one per
 * replication message; of pgoutput's messages a decoder makes the same.
 *
 * What commits before the place of a keepalive, of an end of a transaction of pgoutput's or
 * of a line of the plugin's has been sent by then; once stdout has taken all of it, that
 * place is confirmed.  A line's own transaction commits behind the line, so that the slot
 * tells it again, from its begin, until its end is confirmed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shipper/backoff.h"
#include "shipper/control.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/source/first_look.h"
#include "shipper/source/publication_setup.h"
#include "shipper/status.h"

#define TURN_MS_MAX 1000

/* Messages of one turn; then the clock and a stop request are looked at again. */
#define MESSAGES_PER_TURN 64

typedef struct Printer
{
	const Config *config;
	Replication replication;
	PgoutputChoice pgoutput;	/* what the next session asks for */
	Decoder    *decoder;		/* NULL: the plugin renders */
	bool		looked;			/* what is looked at first is well */
	bool		is_streaming;	/* START_REPLICATION was answered */
	uint64_t	taken;			/* what commits before is printed, or still in
								 * stdout's buffer */
	uint64_t	printed;		/* the same, and it has left the buffer */
	uint64_t	reached;		/* the same over all sessions; 0: none yet */
	int64_t		told_ms;
	bool		heard;			/* the server has sent something since */
	bool		broken;			/* stdout takes no more */
	int			broken_errno;	/* why */
	bool		has_streamed;
	bool		renews;			/* another session is wanted, of another choice */
	SourceRecurrence recurrence;	/* of what sessions ended with */
	SourceTold	told;			/* of a slot in use */
} Printer;

/*
 * Lines are not told apart by transactions, nor do they say what values had no form, and
 * there is no Kafka: what is not known so is left out, and not 0.
 */
static const Metric unknown_metrics[] = {
	METRIC_CAPTURE_TRANSACTIONS, METRIC_CAPTURE_IN_FLIGHT_RECORDS,
	METRIC_CAPTURE_IN_FLIGHT_TRANSACTIONS, METRIC_CAPTURE_OLDEST_UNCONFIRMED,
	METRIC_CAPTURE_QUEUE_BYTES, METRIC_CAPTURE_LATENCY_LAST, METRIC_CAPTURE_LATENCY_SUM,
	METRIC_CAPTURE_RELEASES, METRIC_CAPTURE_DEAD_LETTERS, METRIC_CAPTURE_COMMIT_TIMES_LEFT_AWAY,
	METRIC_CAPTURE_REPLACED_CHARACTERS, METRIC_CAPTURE_VALUES_WITHOUT_FORM,
	METRIC_CAPTURE_MESSAGES_LEFT
};

static void
stdout_broke(Printer *printer)
{
	if (!printer->broken)
		printer->broken_errno = errno;
	printer->broken = true;
}

static bool
flush_stdout(Printer *printer)
{
	if (!printer->broken && fflush(stdout) != 0)
		stdout_broke(printer);
	if (!printer->broken)
		printer->printed = printer->taken;
	return !printer->broken;
}

static void
take_place(Printer *printer, uint64_t lsn)
{
	if (lsn > printer->taken)
		printer->taken = lsn;
}

static void
print_line(Printer *printer, WfSlice line)
{
	if (fwrite(line.data, 1, line.length, stdout) != line.length || putchar('\n') == EOF)
		stdout_broke(printer);
	metric_add(METRIC_CAPTURE_RECORDS, 1);
	metric_add(METRIC_CAPTURE_SENT_BYTES, (int64_t) line.length);
}

/*
 * A server that sends nothing is asked how far it is, since it may be passing over changes
 * that are left out.
 */
static bool
tell_slot(Printer *printer)
{
	uint64_t	confirmed = printer->reached;
	bool		asks = !printer->heard;

	(void) flush_stdout(printer);
	if (printer->printed > confirmed)
		confirmed = printer->printed;
	printer->told_ms = control_now_ms();
	printer->heard = false;
	capture_measure(confirmed, confirmed);
	return replication_feedback(&printer->replication, printer->printed, printer->printed, asks);
}

/* Goes on with what pgoutput's message has yielded.  False: the session is over. */
static bool
print_decoded(Printer *printer, SourceFault *fault)
{
	WfSlice		frame;

	switch (decoder_next(printer->decoder, &frame, fault))
	{
		case DECODER_IDLE:
		case DECODER_FRAME:		/* records have been printed, each at once */
			take_place(printer, decoder_ended_lsn(printer->decoder));
			return true;
		case DECODER_RENEW:
			printer->renews = true; /* why, the decoder has said */
			return false;
		case DECODER_FAILED:
			return false;
	}
	return false;
}

/* False: the session is over. */
static bool
print_data(Printer *printer, const ReplicationMessage *message, SourceFault *fault)
{
	metric_add(METRIC_CAPTURE_RECEIVED_BYTES, (int64_t) message->payload.length);
	if (printer->decoder == NULL)
	{
		print_line(printer, message->payload);
		take_place(printer, message->wal_end);
		return true;
	}
	decoder_take(printer->decoder, message->start_lsn, message->payload);
	return print_decoded(printer, fault);
}

/* Is a transaction being printed that has been kept until its commit? */
static bool
is_printing(const Printer *printer)
{
	return printer->decoder != NULL && decoder_is_busy(printer->decoder);
}

/* In a transaction its WAL ends before the commit, or that was lost on the way. */
static bool
print_keepalive(Printer *printer, const ReplicationMessage *message, SourceFault *fault)
{
	if (printer->decoder == NULL || !decoder_is_in_transaction(printer->decoder))
		take_place(printer, message->wal_end);
	capture_server_is_at(message->wal_end);
	if (!message->reply_requested || tell_slot(printer))
		return true;
	source_fault(fault, false, "the connection to PostgreSQL broke while answering");
	return false;
}

/*
 * Reads until there is nothing, or the turn has had its share.  *more: libpq may hold
 * further messages.  False: the session is over.
 */
static bool
print_messages(Printer *printer, bool *more, SourceFault *fault)
{
	ReplicationMessage message;

	*more = true;
	for (int i = 0; i < MESSAGES_PER_TURN && !printer->broken && !is_printing(printer); i++)
	{
		replication_receive(&printer->replication, &message, fault);
		printer->heard |= message.kind != REPLICATION_NOTHING;
		switch (message.kind)
		{
			case REPLICATION_NOTHING:
				*more = false;
				return flush_stdout(printer);
			case REPLICATION_DATA:
				if (!print_data(printer, &message, fault))
				{
					(void) flush_stdout(printer);
					return false;
				}
				break;
			case REPLICATION_KEEPALIVE:
				if (!print_keepalive(printer, &message, fault))
				{
					(void) flush_stdout(printer);
					return false;
				}
				break;
			case REPLICATION_ENDED:
			case REPLICATION_FAILED:
				(void) flush_stdout(printer);
				return false;
		}
	}
	return !printer->broken;
}

static int64_t
feedback_interval_ms(const Printer *printer)
{
	int64_t		patience_ms = printer->replication.wal_sender_timeout_ms / 3;

	return patience_ms > 0 && patience_ms < printer->config->status_update_interval_ms ?
		patience_ms : printer->config->status_update_interval_ms;
}

/* Prints until a stop request (true) or a fault (false). */
static bool
print_session(Printer *printer, SourceFault *fault)
{
	while (control_stop() == CONTROL_RUN)
	{
		struct pollfd descriptors[2] = {
			{.fd = PQsocket(printer->replication.connection), .events = POLLIN},
			{.fd = control_stop_fd(), .events = POLLIN}
		};
		bool		more;

		status_beat(LEG_CAPTURE);
		if (is_printing(printer) && !print_decoded(printer, fault))
		{
			(void) flush_stdout(printer);
			return false;
		}
		if (!print_messages(printer, &more, fault))
			return false;
		if (control_now_ms() - printer->told_ms >= feedback_interval_ms(printer) &&
			!tell_slot(printer))
		{
			source_fault(fault, false, "the connection to PostgreSQL broke");
			return false;
		}
		if (!more)
			(void) poll(descriptors, 2,
						PQsslInUse(printer->replication.connection) ? 50 : TURN_MS_MAX);
	}
	if (flush_stdout(printer) && tell_slot(printer))
		replication_end(&printer->replication, REPLICATION_END_TIMEOUT_MS);
	return true;
}

static void
print_record(void *host, WfSlice record)
{
	print_line(host, record);
}

/* A SourceTurn: what must not wait while a session waits for the catalogue. */
static bool
goes_on(void *context)
{
	Printer    *printer = context;

	status_beat(LEG_CAPTURE);
	if (control_stop() != CONTROL_RUN)
		return false;
	if (!printer->is_streaming ||
		control_now_ms() - printer->told_ms < feedback_interval_ms(printer))
		return true;
	return tell_slot(printer);
}

/* Where the plugin does not render, a decoder does. */
static bool
open_decoder(Printer *printer, const char *output, SourceFault *fault)
{
	const DecoderOwner owner = {.turn = goes_on, .on_record = print_record, .host = printer};
	const Replication *replication = &printer->replication;

	if (replication->plugin != CONFIG_PLUGIN_PGOUTPUT)
		return true;
	slot_choose_pgoutput(&printer->pgoutput, replication);
	printer->decoder = decoder_open(printer->config, replication, &printer->pgoutput,
									strcmp(output, "envelope") == 0 ? WF_OUTPUT_ENVELOPE :
									WF_OUTPUT_RECORD, &owner, fault);
	return printer->decoder != NULL && replication_pin_money(&printer->replication, fault);
}

/* Before the first session. */
static bool
look_first(Printer *printer, const char *slot, SourceFault *fault)
{
	SlotPosition seen = {0};

	if (!printer->looked)
		printer->looked = first_look(printer->config, slot != NULL ? &seen : NULL, fault);
	return printer->looked;
}

static bool
begin(Printer *printer, const char *slot, const char *output, SourceFault *fault)
{
	char		temporary[64];
	SlotPosition position = {0};
	bool		ok;

	snprintf(temporary, sizeof(temporary), "walferry_tail_%ld", (long) getpid());
	ok = look_first(printer, slot, fault) &&
		replication_connect(&printer->replication, printer->config, fault) &&
		(slot != NULL ?
		 slot_prepare(&printer->replication, printer->config, true, printer->reached, &position,
					  fault) :
		 slot_create_temporary(&printer->replication, printer->config, temporary, fault)) &&
		open_decoder(printer, output, fault) &&
		slot_start(&printer->replication, printer->config, slot != NULL ? slot : temporary, output,
				   printer->decoder != NULL ? &printer->pgoutput : NULL,
				   slot != NULL ? printer->reached : 0, fault);
	if (ok && position.confirmed > printer->reached)
		printer->reached = position.confirmed;
	return ok;
}

/* One attempt.  True: the leg is over, with the exit code. */
static bool
print_once(Printer *printer, const char *slot, const char *output, Backoff *backoff, int *code)
{
	SourceFault fault = {0};
	bool		stopped = false;
	bool		progress = false;

	if (begin(printer, slot, output, &fault))
	{
		capture_session_begun(&printer->replication, printer->has_streamed);
		printer->has_streamed = true;
		printer->is_streaming = true;
		printer->told_ms = 0;
		printer->taken = 0;
		printer->printed = 0;
		printer->heard = true;
		status_set(LEG_CAPTURE, LEG_RUNNING, "");
		log_write(LOG_LEVEL_INFO, "source", "reading the slot",
				  log_text("slot", slot != NULL ? slot : "a temporary one"));
		stopped = print_session(printer, &fault);
		progress = printer->printed > printer->reached;
		if (progress)
		{
			backoff_reset(backoff);
			printer->recurrence.count = 0;
		}
		if (!stopped && printer->replication.plugin == CONFIG_PLUGIN_PGOUTPUT)
		{
			printer->renews |= slot_give_up_streaming(&printer->pgoutput, &fault);
			publication_explain_gone(printer->config, &fault);
		}
		if (!stopped && !printer->renews)
			source_fault_note(&printer->recurrence, &fault);
	}
	decoder_free(printer->decoder);
	printer->decoder = NULL;
	printer->is_streaming = false;
	replication_close(&printer->replication);
	capture_session_ended();
	if (progress)
		printer->reached = printer->printed;

	*code = EXIT_OK;
	if (printer->renews)
	{
		printer->renews = false;
		return false;
	}
	if (printer->broken && printer->broken_errno == EPIPE && slot == NULL)
		return true;			/* `walferry tail | head`: the reader has seen
								 * enough */
	if (printer->broken)
	{
		source_fault(&fault, true, "cannot write to stdout: %s", strerror(printer->broken_errno));
		*code = EXIT_FAILED;
	}
	else if (stopped || fault.stopped)
		return true;
	else if (fault.gap || fault.recurs || (fault.permanent && !printer->has_streamed))
		*code = EXIT_FAILED;

	if (fault.gap)
		metric_add(METRIC_CAPTURE_GAPS, 1);
	if (source_fault_is_news(&printer->told, &fault))
		capture_tell("source", fault.text, *code == EXIT_OK ? LEG_WAITING : LEG_FAILED);
	else
		status_set(LEG_CAPTURE, LEG_WAITING, fault.text);
	return *code != EXIT_OK;
}

int
print_run(const Config *config, const char *slot, const char *output)
{
	Printer		printer = {.config = config};
	Backoff		backoff = {.random = (uint32_t) control_now_ms()};
	int			code = EXIT_OK;

	for (size_t i = 0; i < sizeof(unknown_metrics) / sizeof(unknown_metrics[0]); i++)
		metric_set(unknown_metrics[i], METRIC_UNKNOWN);
	status_set(LEG_CAPTURE, LEG_STARTING, "");
	while (!print_once(&printer, slot, output, &backoff, &code))
	{
		if (control_sleep(backoff_next_ms(&backoff)))
			break;
	}
	if (code == EXIT_OK)
		status_set(LEG_CAPTURE, LEG_STOPPED, NULL);
	return code;
}
