/*
 * metrics.h
 *		Every figure walferry tells about itself.
 *
 * One table (metrics_table.h) gives each metric its name, type and help text;
 * /metrics, /status and docs/metrics.md come from it.  Counters and gauges are
 * 64-bit atomics that any thread may change.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_METRICS_H
#define WALFERRY_METRICS_H

#include <stdint.h>

#include "envelope/buffer.h"

typedef enum MetricType
{
	METRIC_COUNTER,
	METRIC_GAUGE
} MetricType;

typedef enum Metric
{
#define WF_METRIC(symbol, name, type, help) symbol,
#include "metrics_table.h"
#undef WF_METRIC
	METRIC_COUNT
} Metric;

typedef struct MetricSpec
{
	const char *name;			/* walferry_…, units last, _total for counters */
	MetricType	type;
	const char *help;
} MetricSpec;

extern const MetricSpec metric_specs[METRIC_COUNT];

/* The value of a metric that nobody knows: it is left out of /metrics, and null in
 * /status. */
#define METRIC_UNKNOWN INT64_MIN

extern void metric_add(Metric metric, int64_t amount);
extern void metric_set(Metric metric, int64_t value);
extern int64_t metric_get(Metric metric);

/* Brings the gauges of the process itself (memory) up to date; the writers do it. */
extern void metrics_refresh_process(void);

/* Appends the OpenMetrics text of all metrics, ended by "# EOF". */
extern void metrics_write_openmetrics(WfBuffer *buffer);

#endif							/* WALFERRY_METRICS_H */
