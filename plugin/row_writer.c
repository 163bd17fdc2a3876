/*
 * row_writer.c
 *		What decoding and walferry.render() have in common: a session of
 *		envelope/event.h with its options, plans and warnings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include <time.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "envelope/frame.h"
#include "palloc_buffer.h"
#include "policy_forced.h"
#include "report.h"
#include "row_writer.h"
#include "transforms.h"

/*
 * Text prepared for a session: source block, message topic, keys of a change, which
 * stand here twice: as keys and as headers.
 */
#define SESSION_TEXT_CEILING (128 * 1024 * 1024)

/* Counts of one transaction's events per table: some 400,000 tables. */
#define COLLECTIONS_CEILING (64 * 1024 * 1024)

/* What a text of an outbox row may take beyond twice the largest record. */
#define SCRATCH_SLACK_BYTES (1024 * 1024)

/* Of the types in a payload: WF_JSON_EXPAND_NODES_MAX of them. */
#define JSON_NODES_CEILING (16 * 1024 * 1024)

static void check_frame_version(const WfRowWriter *writer);
static void check_bare_text(const WfRowWriter *writer);
static void init_scratch(WfRowWriter *writer, MemoryContext context);
static void begin_run(WfSession *session);

/* An error's text: names. */
#define ERROR_CEILING 8192

static int64_t now_ns(void *host);
static void check_interrupts(void *host);
static void unconvertible(void *host, const WfRowPlan *row_plan, int column, bool is_null);
static void outbox_notice(void *host, const WfRowPlan *row_plan, const WfOutboxReport *report);
static void message_notice(void *host, const WfMessageReport *report);
static WfSlice message_text(void *host, WfSlice content);

void
wf_row_writer_init(WfRowWriter *writer, MemoryContext context, List *options, bool server_text)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	WfSession  *session = &writer->session;
	const WfPublications *publications;
	List	   *policy;

	wf_encoding_init(&writer->encoding, context, MaxAllocSize / MAX_CONVERSION_GROWTH);
	writer->policy_generation = wf_policy_generation();
	session->database = wf_encoding_database_name(&writer->encoding);
	policy = wf_policy_parts(&writer->encoding, session->database);
	options = wf_policy_force(policy, wf_options_in_utf8(options, &writer->encoding));
	wf_options_parse(options, &writer->encoding, &writer->options, &session->options);
	writer->encoding.length_max = session->options.record_max_bytes;
	wf_palloc_buffer_init(&writer->text, context, SESSION_TEXT_CEILING);
	wf_palloc_buffer_init(&writer->collections, context, COLLECTIONS_CEILING);
	wf_palloc_buffer_init(&writer->routed_topics, context, 2 * sizeof(WfRoutedTopics));

	session->output = (WfOutput) writer->options.output;
	session->frame_version = (int) writer->options.frame_version;
	session->epoch = writer->options.position_epoch;
	wf_policy_check_output(policy, writer->options.output);
	session->form.ascii_only = server_text && session->output != WF_OUTPUT_FRAME &&
		GetDatabaseEncoding() != PG_UTF8;
	session->now_ns = now_ns;
	session->check_interrupts = check_interrupts;
	session->unconvertible = unconvertible;
	session->outbox_notice = outbox_notice;
	session->message_notice = message_notice;
	if (writer->encoding.converts)
		session->message_text = message_text;
	session->host = writer;
	session->transforms = wf_transforms_create(context, &session->options);
	check_frame_version(writer);
	check_bare_text(writer);
	session->text = &writer->text;
	session->collections = &writer->collections;
	session->routed_topics = &writer->routed_topics;
	init_scratch(writer, context);
	begin_run(session);
	wf_palloc_buffer_init(&writer->error, context, ERROR_CEILING);
	session->error = &writer->error;
	if (!wf_session_init(session) && writer->error.length > 0)
		wf_refuse_text(&writer->error, ERRCODE_INVALID_PARAMETER_VALUE);
	if (writer->text.error != WF_BUFFER_OK)
		elog(ERROR, "could not prepare the session's texts");

	writer->filters = wf_filters_create(context, &session->options, session->database, policy);
	publications = wf_publications_create(context, session->options.publication_filter);
	writer->cache = wf_relation_cache_create(context, &writer->encoding, &session->options,
											 writer->filters, publications,
											 session->transforms, &session->form,
											 session->output);
	MemoryContextSwitchTo(old_context);
}

/* Older frames have no room for what these can ask for. */
static void
check_frame_version(const WfRowWriter *writer)
{
	if (writer->session.output != WF_OUTPUT_FRAME ||
		writer->options.frame_version >= WF_FRAME_VERSION_PLACED)
		return;
	if (writer->session.options.record_timestamp != WF_TIMESTAMP_PRODUCER)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("option \"record.timestamp\" needs frame version %d",
						WF_FRAME_VERSION_PLACED),
				 errhint("Update the shipper, or set record.timestamp to producer.")));
	if (writer->session.transforms != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("transforms need frame version %d", WF_FRAME_VERSION_PLACED),
				 errhint("Update the shipper.")));
}

/* A text that stands alone is taken to be in the server's encoding, and has no escapes. */
static void
check_bare_text(const WfRowWriter *writer)
{
	const WfSession *session = &writer->session;

	if (session->form.ascii_only && session->output == WF_OUTPUT_ENVELOPE &&
		session->options.value_converter == WF_CONVERTER_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("output \"envelope\" cannot show the StringConverter's values in a database that is not in UTF8"),
				 errhint("Use output \"record\".")));
}

/* For outbox tables: a text, and the types of JSON in it. */
static void
init_scratch(WfRowWriter *writer, MemoryContext context)
{
	WfSession  *session = &writer->session;
	size_t		ceiling = Min(2 * (size_t) session->options.record_max_bytes + SCRATCH_SLACK_BYTES,
							  MaxAllocSize);

	wf_palloc_buffer_init(&writer->scratch, context, ceiling);
	wf_palloc_buffer_init(&writer->payload, context, ceiling);
	wf_palloc_buffer_init(&writer->content, context, ceiling);
	wf_palloc_buffer_init(&writer->json_nodes, context, JSON_NODES_CEILING);
	session->scratch = &writer->scratch;
	session->payload = &writer->payload;
	session->content = &writer->content;
	session->json_nodes = &writer->json_nodes;
}

/* A run is a session: the plugin knows of no other. */
static void
begin_run(WfSession *session)
{
	uint8		random[WF_RUN_ID_RANDOM_BYTES];

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random bytes for the identifier of this run")));
	wf_run_id_text(session->run_id, session->now_ns(session->host) / 1000000, random);
}

void
wf_row_writer_write(WfRowWriter *writer, WfTransaction *transaction, WfTablePlan *plan,
					const WfRowChange *change)
{
	WfSession  *session = &writer->session;
	uint64		replaced = session->form.replaced;
	WfWriteResult result = wf_write_row(session, transaction, &plan->row_plan, change);

	if (result == WF_WRITE_TOO_LARGE)
		wf_report_too_large(&plan->shape.relation, "row", session->options.record_max_bytes);
	if (result == WF_WRITE_NO_MEMORY)
		elog(ERROR, "out of memory while a row was written");

	if (unlikely(plan->has_description))
		wf_table_plan_written(writer->cache, plan);

	/* Texts in arrays are converted only while they are written. */
	session->form.replaced += writer->encoding.replaced;
	if (unlikely(session->form.replaced != replaced))
	{
		WfReport	report = {writer->cache, &writer->encoding};

		if (change->old_row != NULL)
			wf_report_replaced(&report, plan, change->old_row);
		if (change->new_row != NULL)
			wf_report_replaced(&report, plan, change->new_row);
	}
	writer->encoding.replaced = 0;	/* reporting reads arrays again */
}

static int64_t
now_ns(void *host)
{
	WfRowWriter *writer = host;

	if (writer->clock_ns == 0)
	{
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		writer->clock_ns = (int64) now.tv_sec * 1000000000 + now.tv_nsec;
	}
	return writer->clock_ns;
}

/* What is left half-written when it throws is left so by any error, as of memory. */
static void
check_interrupts(void *host)
{
	(void) host;
	CHECK_FOR_INTERRUPTS();
}

/* Whether records of rows have headers of ours. */
static bool
marks_records(const WfSession *session)
{
	return session->output != WF_OUTPUT_ENVELOPE && session->options.walferry_headers;
}

static void
unconvertible(void *host, const WfRowPlan *row_plan, int column, bool is_null)
{
	WfRowWriter *writer = host;
	WfReport	report = {writer->cache, &writer->encoding};
	WfTablePlan *plan = (WfTablePlan *) ((char *) row_plan - offsetof(WfTablePlan, row_plan));

	switch ((WfFailureHandling) writer->session.options.failure_handling)
	{
		case WF_FAILURE_WARN:
			if (is_null)
				wf_report_hidden_null(&report, plan, column, marks_records(&writer->session));
			else
				wf_report_unconvertible(&report, plan, column);
			break;
		case WF_FAILURE_FAIL:
			if (is_null)
				wf_refuse_hidden_null(plan, column, marks_records(&writer->session));
			wf_refuse_unconvertible(plan, column);
			break;
		case WF_FAILURE_SKIP:
			break;
	}
}

static void
outbox_notice(void *host, const WfRowPlan *row_plan, const WfOutboxReport *report)
{
	WfTablePlan *plan = (WfTablePlan *) ((char *) row_plan - offsetof(WfTablePlan, row_plan));

	wf_report_outbox(plan, report);
}

static void
message_notice(void *host, const WfMessageReport *report)
{
	(void) host;
	wf_report_message(report);
}

/*
 * pg_logical_emit_message() takes text, which is in the server's encoding, and
 * bytes, which are in none: what reads as UTF-8 is taken for that, as Debezium does
 * with all.
 */
static WfSlice
message_text(void *host, WfSlice content)
{
	WfRowWriter *writer = host;

	if (pg_verify_mbstr(PG_UTF8, content.data, (int) content.length, true))
		return content;			/* which a server limits to 1 GB */
	return wf_encoding_text(&writer->encoding, content.data, content.length);
}

void
wf_row_writer_shrink(WfRowWriter *writer, size_t kept_max)
{
	WfBuffer   *buffers[] = {
		&writer->scratch, &writer->payload, &writer->content, &writer->json_nodes
	};

	for (int i = 0; i < (int) lengthof(buffers); i++)
		if (buffers[i]->capacity > kept_max)
		{
			wf_buffer_cut(buffers[i], 0);
			wf_palloc_buffer_shrink(buffers[i], kept_max);
		}
}
