/*
 * test_process.c
 *		What the process tells about itself: log lines, metrics, status; and how
 *		it is asked to stop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>
#include <poll.h>
#include <signal.h>

#include "said.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

static void
test_log_text(void **state)
{
	(void) state;
	log_init(LOG_LEVEL_INFO, false);
	capture_begin();
	log_write(LOG_LEVEL_DEBUG, "test", "not shown");
	log_write(LOG_LEVEL_WARNING, "test", "hello", log_text("a", "plain"), log_text("b", "two words"),
			  log_text("c", "quo\"te\n"), log_text("d", NULL), log_text("e", ""),
			  log_int("n", -5), log_lsn("l", UINT64_C(0x16B374D848)), log_float("f", 1.5));
	capture_end();
	assert_null(strstr(said, "not shown"));
	assert_string_equal(strchr(said, ' '),
						" warning test: hello a=plain b=\"two words\" c=\"quo\\\"te\\n\" d=null e=\"\" "
						"n=-5 l=16/B374D848 f=1.5\n");
}

static void
test_log_json(void **state)
{
	static char large[20000];
	json_t	   *line;

	(void) state;
	memset(large, '"', sizeof(large) - 1);	/* each becomes two bytes */
	log_init(LOG_LEVEL_DEBUG, true);
	capture_begin();
	log_write(LOG_LEVEL_ERROR, "test", "he\"llo", log_text("bad", "\xFF\x01x"),
			  log_text("large", large), log_lsn("lsn", 255), log_int("after", 7));
	capture_end();
	log_init(LOG_LEVEL_INFO, false);

	line = json_loads(said, 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "message")), "he\"llo");
	assert_string_equal(json_string_value(json_object_get(line, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(line, "bad")), "\xEF\xBF\xBD\x01x");
	assert_string_equal(json_string_value(json_object_get(line, "lsn")), "0/FF");
	assert_int_equal(json_integer_value(json_object_get(line, "after")), 7);
	assert_null(json_object_get(line, "large"));	/* whole fields are left out */
	json_decref(line);
}

static void
test_log_message_is_cut(void **state)
{
	static char large[20000];
	json_t	   *line;

	(void) state;
	memset(large, 'm', sizeof(large) - 1);
	log_init(LOG_LEVEL_DEBUG, true);
	capture_begin();
	log_write(LOG_LEVEL_ERROR, "test", large, log_int("after", 7));
	capture_end();
	log_init(LOG_LEVEL_INFO, false);
	line = json_loads(said, 0, NULL);
	assert_non_null(line);
	assert_int_equal(json_integer_value(json_object_get(line, "after")), 7);
	json_decref(line);
}

static void
test_metrics(void **state)
{
	WfBuffer	text;

	(void) state;
	heap_buffer_init(&text, 1024 * 1024);
	metric_add(METRIC_CAPTURE_RECORDS, 3);
	metric_add(METRIC_CAPTURE_RECORDS, 4);
	metric_set(METRIC_CAPTURE_LAG_BYTES, 99);
	metrics_write_openmetrics(&text);
	wf_buffer_append_char(&text, '\0');
	assert_int_equal(text.error, WF_BUFFER_OK);
	assert_non_null(strstr(text.data, "# TYPE walferry_capture_records counter\n"
						   "walferry_capture_records_total 7\n"));
	assert_non_null(strstr(text.data, "# TYPE walferry_capture_lag_bytes gauge\n"
						   "walferry_capture_lag_bytes 99\n"));
	assert_string_equal(text.data + text.length - 7, "# EOF\n");
	assert_true(metric_get(METRIC_PROCESS_RESIDENT_MEMORY) > 0);
	heap_buffer_free(&text);

	/* the conventions the table promises */
	for (int i = 0; i < METRIC_COUNT; i++)
	{
		const MetricSpec *spec = &metric_specs[i];
		size_t		length = strlen(spec->name);
		bool		total = length > 6 && strcmp(spec->name + length - 6, "_total") == 0;

		assert_int_equal(strncmp(spec->name, "walferry_", 9), 0);
		assert_int_equal(total, spec->type == METRIC_COUNTER);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(metric_specs[j].name, spec->name);
	}
}

static json_t *
status(void)
{
	WfBuffer	text;
	json_t	   *document;

	heap_buffer_init(&text, 1024 * 1024);
	status_write_json(&text);
	document = json_loadb(text.data, text.length, 0, NULL);
	heap_buffer_free(&text);
	assert_non_null(document);
	return document;
}

static void
test_status(void **state)
{
	json_t	   *document;
	json_t	   *leg;

	(void) state;
	assert_true(status_live());
	assert_false(status_ready());	/* nothing runs */

	status_set(LEG_CAPTURE, LEG_RUNNING, "");
	assert_true(status_ready());
	status_set(LEG_LOADER, LEG_WAITING, "BigQuery says \"no\"");
	assert_false(status_ready());
	assert_true(status_live());

	document = status();
	leg = json_object_get(json_object_get(document, "legs"), "loader");
	assert_string_equal(json_string_value(json_object_get(leg, "state")), "waiting");
	assert_string_equal(json_string_value(json_object_get(leg, "error")), "BigQuery says \"no\"");
	leg = json_object_get(json_object_get(document, "legs"), "capture");
	assert_true(json_is_null(json_object_get(leg, "error")));
	assert_int_equal(json_object_size(json_object_get(document, "metrics")), METRIC_COUNT);
	json_decref(document);

	status_set(LEG_LOADER, LEG_RUNNING, NULL);	/* keeps the error */
	document = status();
	leg = json_object_get(json_object_get(document, "legs"), "loader");
	assert_string_equal(json_string_value(json_object_get(leg, "error")), "BigQuery says \"no\"");
	json_decref(document);
	status_set(LEG_LOADER, LEG_OFF, "");
	assert_true(status_ready());
}

static void
test_heap_buffer(void **state)
{
	WfBuffer	buffer;
	char		bytes[100];

	(void) state;
	memset(bytes, 'x', sizeof(bytes));
	heap_buffer_init(&buffer, 1000);
	for (int i = 0; i < 10; i++)
		wf_buffer_append(&buffer, bytes, sizeof(bytes));
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_int_equal(buffer.length, 1000);
	assert_true(buffer.capacity <= 1000);
	wf_buffer_append_char(&buffer, 'x');
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	assert_int_equal(buffer.length, 1000);

	heap_buffer_reset(&buffer, 2000);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_true(buffer.capacity > 0);
	heap_buffer_reset(&buffer, 10);
	assert_int_equal(buffer.capacity, 0);
	wf_buffer_append_char(&buffer, 'x');
	assert_int_equal(buffer.length, 1);
	heap_buffer_free(&buffer);
}

/* The last test: a stop request cannot be taken back. */
static void
test_control(void **state)
{
	struct pollfd descriptor;
	int64_t		begun;

	(void) state;
	control_init(300);
	descriptor.fd = control_stop_fd();
	descriptor.events = POLLIN;
	assert_int_equal(control_stop(), CONTROL_RUN);
	begun = control_now_ms();
	assert_false(control_sleep(50));
	assert_true(control_now_ms() - begun >= 50);
	assert_int_equal(poll(&descriptor, 1, 0), 0);

	control_request_drain();
	control_request_drain();	/* asking from inside never means: at once */
	assert_int_equal(control_stop(), CONTROL_DRAIN);
	assert_int_equal(poll(&descriptor, 1, 0), 1);
	begun = control_now_ms();
	assert_true(control_sleep(10000));
	assert_true(control_now_ms() - begun < 5000);

	/* the deadline */
	poll(NULL, 0, 350);
	assert_int_equal(control_stop(), CONTROL_NOW);

	raise(SIGTERM);
	assert_int_equal(control_stop(), CONTROL_NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_text),
		cmocka_unit_test(test_log_json),
		cmocka_unit_test(test_log_message_is_cut),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_heap_buffer),
		cmocka_unit_test(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
