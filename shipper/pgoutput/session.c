/*
 * session.c
 *		The shipper's host side of a WfSession: memory, clock, notices.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>

#include "envelope/catalogue_texts.h"
#include "notices.h"
#include "shipper/config_filters.h"
#include "shipper/config_transforms.h"
#include "shipper/heap_buffer.h"

/* Ceilings as in the server (plugin/row_writer.c, plugin/emit.c), for the same reasons. */
#define TEXT_BYTES_MAX (128 * 1024 * 1024)
#define COLLECTIONS_BYTES_MAX (64 * 1024 * 1024)
#define SCRATCH_SLACK_BYTES (1024 * 1024)
#define JSON_NODES_BYTES_MAX (16 * 1024 * 1024)
#define FRAME_OVERHEAD_BYTES_MAX (64 * 1024 * 1024)

/* What buffers keep of their size between changes. */
#define KEPT_BYTES_MAX (64 * 1024)
#define KEPT_FRAME_BYTES_MAX (1024 * 1024)

static int64_t
now_ns(void *host)
{
	struct timespec now;

	(void) host;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Textual: the record is whole.  Frame: the buffer has room for both halves of a key change. */
static void
flush(void *host)
{
	PgoutputSession *self = host;

	if (self->session.output == WF_OUTPUT_FRAME)
		return;
	self->on_record(self->host, wf_buffer_since(&self->buffer, 0));
	heap_buffer_reset(&self->buffer, KEPT_FRAME_BYTES_MAX);
}

/* Whether records of rows have headers of ours. */
static bool
marks_records(const WfSession *session)
{
	return session->output != WF_OUTPUT_ENVELOPE && session->options.walferry_headers;
}

static void
unconvertible(void *host, const WfRowPlan *plan, int column, bool is_null)
{
	PgoutputSession *self = host;
	PgoutputTable *table = pgoutput_table_of_plan(plan);

	switch ((WfFailureHandling) self->session.options.failure_handling)
	{
		case WF_FAILURE_WARN:
			if (is_null)
				notice_hidden_null(table, column, marks_records(&self->session));
			else
				notice_unconvertible(table, column);
			break;
		case WF_FAILURE_FAIL:
			if (self->error.length == 0)
				notice_refused_value(&self->error, table, column, is_null,
									 marks_records(&self->session));
			break;
		case WF_FAILURE_SKIP:
			break;
	}
}

static void
outbox_notice(void *host, const WfRowPlan *plan, const WfOutboxReport *report)
{
	PgoutputSession *self = host;

	if (self->error.length == 0)
		(void) notice_outbox(pgoutput_table_of_plan(plan), report, &self->error);
}

static void
message_notice(void *host, const WfMessageReport *report)
{
	(void) host;
	notice_message(report);
}

/* ---- the whole ---- */

static void
init_buffers(PgoutputSession *self)
{
	size_t		record_bytes_max = (size_t) self->session.options.record_max_bytes;
	size_t		scratch_bytes_max = 2 * record_bytes_max + SCRATCH_SLACK_BYTES;

	heap_buffer_init(&self->buffer, 2 * record_bytes_max + FRAME_OVERHEAD_BYTES_MAX);
	heap_buffer_init(&self->text, TEXT_BYTES_MAX);
	heap_buffer_init(&self->collections, COLLECTIONS_BYTES_MAX);
	heap_buffer_init(&self->routed_topics, 2 * sizeof(WfRoutedTopics));
	heap_buffer_init(&self->error, SESSION_ERROR_BYTES_MAX);
	heap_buffer_init(&self->scratch, scratch_bytes_max);
	heap_buffer_init(&self->payload, scratch_bytes_max);
	heap_buffer_init(&self->content, scratch_bytes_max);
	heap_buffer_init(&self->json_nodes, JSON_NODES_BYTES_MAX);
	heap_buffer_init(&self->plan_text, WF_PLAN_TEXT_MAX_BYTES);
	self->session.buffer = &self->buffer;
	self->session.text = &self->text;
	self->session.collections = &self->collections;
	self->session.routed_topics = &self->routed_topics;
	self->session.error = &self->error;
	self->session.scratch = &self->scratch;
	self->session.payload = &self->payload;
	self->session.content = &self->content;
	self->session.json_nodes = &self->json_nodes;
}

static void
free_buffers(PgoutputSession *self)
{
	WfBuffer   *buffers[] = {
		&self->buffer, &self->text, &self->collections, &self->routed_topics, &self->error,
		&self->scratch, &self->payload, &self->content, &self->json_nodes, &self->plan_text
	};

	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		heap_buffer_free(buffers[i]);
}

static void
init_callbacks(WfSession *session, PgoutputSession *self)
{
	session->now_ns = now_ns;
	session->flush = flush;
	session->unconvertible = unconvertible;
	session->outbox_notice = outbox_notice;
	session->message_notice = message_notice;
	session->host = self;
}

static bool
refuse(PgoutputSession *self, const char *otherwise, SourceFault *fault)
{
	if (self->error.length > 0)
		source_fault(fault, true, "%.*s", (int) self->error.length, self->error.data);
	else
		source_fault(fault, false, "%s", otherwise);
	return false;
}

/* As in the server a run is a session. */
static bool
begin_run(WfSession *session, SourceFault *fault)
{
	uint8_t		random[WF_RUN_ID_RANDOM_BYTES];

	if (RAND_bytes(random, sizeof(random)) != 1)
	{
		source_fault(fault, false, "could not generate random bytes for the identifier of this run");
		return false;
	}
	wf_run_id_text(session->run_id, now_ns(NULL) / 1000000, random);
	return true;
}

bool
pgoutput_session_init(PgoutputSession *self, const Config *config, WfOutput output,
					  SourceFault *fault)
{
	WfSession  *session = &self->session;

	memset(self, 0, sizeof(*self));
	session->options = config->format;
	session->output = output;
	session->frame_version = WF_FRAME_VERSION;
	session->epoch = (uint64_t) config->position_epoch;
	session->database = wf_slice_of(config->database_dbname);
	init_buffers(self);
	init_callbacks(session, self);
	if (!config_read_filters(config, &self->rules, &self->error))
	{
		(void) refuse(self, "out of memory for filters", fault);
		free_buffers(self);
		return false;
	}
	if (begin_run(session, fault) &&
		(config_read_transforms(config, &self->transforms, &self->error) ||
		 refuse(self, "out of memory for transforms", fault)))
	{
		session->transforms = self->transforms.count > 0 ? &self->transforms : NULL;
		if (wf_session_init(session) || refuse(self, "out of memory for a session", fault))
			return true;
	}
	pgoutput_session_free(self);
	return false;
}

void
pgoutput_session_free(PgoutputSession *self)
{
	wf_transforms_free(&self->transforms);
	wf_rules_free(&self->rules);
	free_buffers(self);
}

void
pgoutput_session_shrink(PgoutputSession *self)
{
	WfBuffer   *buffers[] = {&self->scratch, &self->payload, &self->content, &self->json_nodes};

	if (self->text.capacity > KEPT_BYTES_MAX)
	{
		wf_buffer_cut(&self->text, self->session.text_fixed_length);
		self->session.source_block.filled = false;
		heap_buffer_shrink(&self->text, KEPT_BYTES_MAX);
	}
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		if (buffers[i]->capacity > KEPT_BYTES_MAX)
			heap_buffer_free(buffers[i]);
}
