/*
 * chain_fixture.h
 *		What the unit tests of transforms share: a session with a chain, as options say
 *		it, and a table's plan or none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CHAIN_FIXTURE_H
#define WALFERRY_CHAIN_FIXTURE_H

#include "fixture.h"

#include "heap_memory.h"
#include "envelope/outbox.h"

static Fixture fixture;
static WfBuffer scratch;
static WfBuffer payload;
static WfBuffer json_nodes;
static WfBuffer content;
static WfBuffer outbox_text;
static WfOutboxPlan outbox;
static WfTransforms transforms;
static WfTransaction transaction;
static WfBuffer error;
static char *text;

/* lines: options as name=value, one a line.  What it comes to may be an error. */
static bool
try_open_table(WfOutput output, const char *lines, const WfRelation *relation)
{
	WfSession  *session = &fixture.session;

	fixture_open(&fixture, output, NULL);
	error = fixture_buffer(4096);
	text = strdup(lines);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
	{
		char	   *equals = strchr(line, '=');

		*equals = '\0';
		assert_true(wf_option_set(wf_option_find(wf_format_options, wf_format_option_count, line),
								  line, equals + 1, &session->options, &error));
	}
	assert_true(wf_options_settle(&session->options, false, &error));
	assert_true(wf_transforms_init(&transforms, &heap_memory));
	if (!wf_transforms_read(&transforms, &session->options, &error))
		fail_msg("%s", fixture_text(&error));
	session->transforms = &transforms;
	session->error = &error;
	wf_buffer_cut(session->text, 0);
	scratch = fixture_buffer(1 << 20);
	payload = fixture_buffer(1 << 20);
	json_nodes = fixture_buffer(1 << 22);
	content = fixture_buffer(1 << 20);
	outbox_text = fixture_buffer(1 << 20);
	session->scratch = &scratch;
	session->payload = &payload;
	session->json_nodes = &json_nodes;
	session->content = &content;
	wf_transaction_begin(&transaction, 742, 0x2000, 0);
	if (!wf_session_init(session) || relation == NULL)
		return error.length == 0;
	if (!wf_row_plan_build_transformed(&fixture.plan, &session->options, &session->form, relation,
									   fixture.columns, &fixture.plan_text, fixture_sha256,
									   &transforms, &error))
		return false;
	if (fixture.plan.event_router == NULL)
		return true;
	fixture.plan.outbox = &outbox;
	return wf_outbox_plan_build(&outbox, &fixture.plan, &session->options, &transforms,
								&outbox_text, &error);
}

static inline void
open_table(WfOutput output, const char *lines, const WfRelation *relation)
{
	if (!try_open_table(output, lines, relation))
		fail_msg("%s", fixture_text(&error));
}

static void
close_chain(void)
{
	wf_transforms_free(&transforms);
	fixture_close(&fixture);
	free(scratch.data);
	free(payload.data);
	free(json_nodes.data);
	free(content.data);
	free(outbox_text.data);
	free(error.data);
	free(text);
}

static inline WfWriteResult
write_row(WfOperation operation, uint64_t lsn, const WfValue *old_row, const WfValue *new_row)
{
	WfRowChange change = {
		.operation = operation, .lsn = lsn, .old_row = old_row, .old_is_full = true,
		.new_row = new_row
	};

	return wf_write_row(&fixture.session, &transaction, &fixture.plan, &change);
}

/* The lines that begin like this, counted. */
static inline int
count_lines(const char *start)
{
	const char *line = fixture_text(&fixture.lines);
	int			count = 0;

	while (*line != '\0')
	{
		count += strncmp(line, start, strlen(start)) == 0 ? 1 : 0;
		line += strcspn(line, "\n");
		line += *line == '\n' ? 1 : 0;
	}
	return count;
}

#endif							/* WALFERRY_CHAIN_FIXTURE_H */
