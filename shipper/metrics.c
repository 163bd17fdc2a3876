/*
 * metrics.c
 *		Counters and gauges, and their OpenMetrics text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "metrics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "envelope/json.h"

const MetricSpec metric_specs[METRIC_COUNT] = {
#define WF_METRIC(symbol, name, type, help) [symbol] = {name, type, help},
#include "metrics_table.h"
#undef WF_METRIC
};

static atomic_llong values[METRIC_COUNT];

void
metric_add(Metric metric, int64_t amount)
{
	atomic_fetch_add_explicit(&values[metric], amount, memory_order_relaxed);
}

void
metric_set(Metric metric, int64_t value)
{
	atomic_store_explicit(&values[metric], value, memory_order_relaxed);
}

int64_t
metric_get(Metric metric)
{
	return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

/* Resident memory is asked for when somebody looks, not kept up to date. */
void
metrics_refresh_process(void)
{
	FILE	   *file = fopen("/proc/self/statm", "re");
	long long	total_pages;
	long long	resident_pages;

	if (file == NULL)
		return;
	if (fscanf(file, "%lld %lld", &total_pages, &resident_pages) == 2)
		metric_set(METRIC_PROCESS_RESIDENT_MEMORY, resident_pages * sysconf(_SC_PAGESIZE));
	fclose(file);
}

static void
append_string(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/*
 * OpenMetrics wants a counter's family named without _total, its sample with it.
 */
void
metrics_write_openmetrics(WfBuffer *buffer)
{
	metrics_refresh_process();
	for (int i = 0; i < METRIC_COUNT; i++)
	{
		const MetricSpec *spec = &metric_specs[i];
		size_t		family_length = strlen(spec->name);
		int64_t		value = metric_get((Metric) i);

		if (spec->type == METRIC_COUNTER)
			family_length -= strlen("_total");

		append_string(buffer, "# HELP ");
		wf_buffer_append(buffer, spec->name, family_length);
		wf_buffer_append_char(buffer, ' ');
		append_string(buffer, spec->help);
		append_string(buffer, "\n# TYPE ");
		wf_buffer_append(buffer, spec->name, family_length);
		append_string(buffer, spec->type == METRIC_COUNTER ? " counter\n" : " gauge\n");
		if (value == METRIC_UNKNOWN)
			continue;
		append_string(buffer, spec->name);
		wf_buffer_append_char(buffer, ' ');
		wf_json_int64(buffer, value);
		wf_buffer_append_char(buffer, '\n');
	}
	append_string(buffer, "# EOF\n");
}
