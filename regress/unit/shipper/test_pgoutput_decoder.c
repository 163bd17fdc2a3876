/*
 * test_pgoutput_decoder.c
 *		Which messages may follow which, where transactions are streamed.
 *
 * Without a server: of messages that need the catalogue there are none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_fixture.h"

#include "shipper/heap_buffer.h"
#include "shipper/pgoutput/decoder_state.h"

#define LSN 0x1000

static Config *config;
static PgoutputChoice choice;
static SourceFault fault;
static uint64_t next_lsn;

static Decoder *
open_decoder(void)
{
	Decoder    *decoder = calloc(1, sizeof(Decoder));

	memset(&choice, 0, sizeof(choice));
	choice.proto_version = 2;
	choice.streaming = true;
	decoder->config = config;
	decoder->choice = &choice;
	decoder->reader.version = choice.proto_version;
	heap_buffer_init(&decoder->origin, 1024);
	assert_true(pgoutput_session_init(&decoder->session, config, WF_OUTPUT_FRAME, &fault));
	decoder->spool = spool_create("/tmp", 0, UINT64_C(1) << 30);
	assert_non_null(decoder->spool);
	next_lsn = LSN;
	memset(&fault, 0, sizeof(fault));
	return decoder;
}

static void
put_number(WfBuffer *message, uint64_t number, int bytes)
{
	while (bytes-- > 0)
		wf_buffer_append_char(message, (char) (number >> (8 * bytes)));
}

/* Has a message read, whose bytes are given back. */
static DecoderResult
take(Decoder *decoder, WfBuffer *message)
{
	WfSlice		frame;
	DecoderResult result;

	decoder_take(decoder, next_lsn++, wf_buffer_since(message, 0));
	while ((result = decoder_next(decoder, &frame, &fault)) == DECODER_FRAME)
		;
	while (result == DECODER_IDLE && decoder_is_busy(decoder))
		result = decoder_next(decoder, &frame, &fault);
	heap_buffer_free(message);
	return result;
}

static WfBuffer
begin_message(char type)
{
	WfBuffer	message;

	heap_buffer_init(&message, 1024);
	wf_buffer_append_char(&message, type);
	return message;
}

static DecoderResult
stream_start(Decoder *decoder, uint32_t xid, bool is_first)
{
	WfBuffer	message = begin_message('S');

	put_number(&message, xid, 4);
	put_number(&message, is_first, 1);
	return take(decoder, &message);
}

static DecoderResult
stream_stop(Decoder *decoder)
{
	WfBuffer	message = begin_message('E');

	return take(decoder, &message);
}

static DecoderResult
stream_commit(Decoder *decoder, uint32_t xid)
{
	WfBuffer	message = begin_message('c');

	put_number(&message, xid, 4);
	put_number(&message, 0, 1);
	put_number(&message, 0x2000, 8);
	put_number(&message, 0x2030, 8);
	put_number(&message, 0, 8);
	return take(decoder, &message);
}

static DecoderResult
stream_abort(Decoder *decoder, uint32_t xid, uint32_t subxid)
{
	WfBuffer	message = begin_message('A');

	put_number(&message, xid, 4);
	put_number(&message, subxid, 4);
	return take(decoder, &message);
}

/* A message of the server's to be kept, of a subtransaction. */
static DecoderResult
logical_message(Decoder *decoder, uint32_t subxid)
{
	WfBuffer	message = begin_message('M');

	put_number(&message, subxid, 4);
	put_number(&message, 1, 1);
	put_number(&message, next_lsn, 8);
	wf_buffer_append(&message, "app", 4);
	put_number(&message, 1, 4);
	wf_buffer_append_char(&message, 'x');
	return take(decoder, &message);
}

static void
expect_failure(Decoder *decoder, DecoderResult result, const char *text)
{
	assert_int_equal(result, DECODER_FAILED);
	assert_false(fault.permanent);
	assert_string_equal(fault.sqlstate, "22000");
	if (strstr(fault.text, text) == NULL)
		fail_msg("%s", fault.text);
	decoder_free(decoder);
}

/* Nothing of it is published, or all was taken back: it has begun, and may commit. */
static void
empty_transactions(void **state)
{
	Decoder    *decoder = open_decoder();

	(void) state;
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	assert_int_equal(decoder_ended_lsn(decoder), 0);
	assert_int_equal(stream_commit(decoder, 700), DECODER_IDLE);
	assert_int_equal(decoder_ended_lsn(decoder), 0x2030);
	assert_false(spool_has(decoder->spool, 700));
	assert_int_equal(stream_start(decoder, 800, true), DECODER_IDLE);
	assert_int_equal(logical_message(decoder, 801), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	assert_int_equal(stream_start(decoder, 900, true), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	assert_int_equal(stream_start(decoder, 800, false), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	assert_int_equal(stream_commit(decoder, 800), DECODER_IDLE);
	assert_int_equal(stream_abort(decoder, 900, 900), DECODER_IDLE);

	/* as PostgreSQL 18 tells of ones that were not streamed */
	assert_int_equal(stream_abort(decoder, 1000, 1001), DECODER_IDLE);
	decoder_free(decoder);
}

/* Its rows would be lost without a word. */
static void
commit_without_start(void **state)
{
	Decoder    *decoder = open_decoder();

	(void) state;
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	expect_failure(decoder, stream_commit(decoder, 701),
				   "pgoutput sent a message Stream Commit at LSN 0/1002 that cannot be there: no "
				   "Stream Start has told of its transaction");

	decoder = open_decoder();
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	assert_int_equal(stream_abort(decoder, 700, 700), DECODER_IDLE);
	expect_failure(decoder, stream_commit(decoder, 700), "no Stream Start has told");
}

static void
start_out_of_order(void **state)
{
	Decoder    *decoder = open_decoder();

	(void) state;
	expect_failure(decoder, stream_start(decoder, 700, false),
				   "Stream Start at LSN 0/1000 that cannot be there: it goes on with a transaction that "
				   "has not begun");

	decoder = open_decoder();
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	expect_failure(decoder, stream_start(decoder, 700, true),
				   "it begins a transaction that had begun");
}

/* Its LSN is not known before the commit: the server is to tell of it then. */
static void
origin_in_a_stream(void **state)
{
	Decoder    *decoder = open_decoder();
	WfBuffer	message = begin_message('O');

	(void) state;
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	put_number(&message, 0, 8);
	wf_buffer_append(&message, "elsewhere", 10);
	assert_int_equal(take(decoder, &message), DECODER_RENEW);
	assert_false(choice.streaming);
	assert_true(choice.streaming_again_ms > 0);
	decoder_free(decoder);
}

static DecoderResult
type_message(Decoder *decoder, uint32_t xid, uint32_t oid, const char *name)
{
	WfBuffer	message = begin_message('Y');

	if (xid != 0)
		put_number(&message, xid, 4);
	put_number(&message, oid, 4);
	wf_buffer_append(&message, "public", 7);
	wf_buffer_append(&message, name, strlen(name) + 1);
	return take(decoder, &message);
}

/* A transaction that was streamed before another, and commits behind it, tells what was before. */
static void
type_of_a_replay(void **state)
{
	Decoder    *decoder = open_decoder();
	WfBuffer	message;

	(void) state;
	assert_int_equal(stream_start(decoder, 700, true), DECODER_IDLE);
	assert_int_equal(type_message(decoder, 700, 20000, "mood"), DECODER_IDLE);
	assert_int_equal(type_message(decoder, 700, 20001, "colour"), DECODER_IDLE);
	assert_int_equal(stream_stop(decoder), DECODER_IDLE);
	message = begin_message('B');
	put_number(&message, 0x1800, 8);
	put_number(&message, 0, 8);
	put_number(&message, 701, 4);
	assert_int_equal(take(decoder, &message), DECODER_IDLE);
	assert_int_equal(type_message(decoder, 0, 20000, "temper"), DECODER_IDLE);
	message = begin_message('C');
	put_number(&message, 0, 1);
	put_number(&message, 0x1800, 8);
	put_number(&message, 0x1830, 8);
	put_number(&message, 0, 8);
	assert_int_equal(take(decoder, &message), DECODER_IDLE);
	assert_int_equal(stream_commit(decoder, 700), DECODER_IDLE);
	assert_string_equal(type_names_find(&decoder->type_names, 20000), "temper");
	assert_string_equal(type_names_find(&decoder->type_names, 20001), "colour");
	decoder_free(decoder);
}

static int
begin(void **state)
{
	if (set_up(state) != 0)
		return -1;
	config = load(MINIMAL "plugin.name=pgoutput\n", false);
	return config == NULL ? -1 : 0;
}

static int
end(void **state)
{
	config_free(config);
	return tear_down(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_transactions),
		cmocka_unit_test(commit_without_start),
		cmocka_unit_test(start_out_of_order),
		cmocka_unit_test(origin_in_a_stream),
		cmocka_unit_test(type_of_a_replay),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
