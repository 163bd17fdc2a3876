/*
 * status.c
 *		What each leg is doing.
 *
 * A leg's state and its last error change together, under one lock; the time of
 * its last turn is an atomic of its own, because every turn sets it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "envelope/json.h"
#include "metrics.h"

typedef struct LegStatus
{
	LegState	state;
	char		error[LEG_ERROR_MAX];
} LegStatus;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LegStatus legs[LEG_COUNT];	/* guarded by lock */
static atomic_llong last_beat_ms[LEG_COUNT];

static const char *const leg_names[LEG_COUNT] = {
	[LEG_CAPTURE] = "capture",
	[LEG_LOADER] = "loader"
};

static const char *const state_names[] = {
	[LEG_OFF] = "off",
	[LEG_STARTING] = "starting",
	[LEG_RUNNING] = "running",
	[LEG_WAITING] = "waiting",
	[LEG_STOPPING] = "stopping",
	[LEG_STOPPED] = "stopped",
	[LEG_FAILED] = "failed"
};

void
status_set(Leg leg, LegState state, const char *error)
{
	status_beat(leg);
	pthread_mutex_lock(&lock);
	legs[leg].state = state;
	if (error != NULL)
		snprintf(legs[leg].error, sizeof(legs[leg].error), "%s", error);
	pthread_mutex_unlock(&lock);
}

void
status_beat(Leg leg)
{
	atomic_store_explicit(&last_beat_ms[leg], control_now_ms(), memory_order_relaxed);
}

static LegStatus
leg_status(Leg leg)
{
	LegStatus	copy;

	pthread_mutex_lock(&lock);
	copy = legs[leg];
	pthread_mutex_unlock(&lock);
	return copy;
}

/* A leg that has ended no longer turns; it says so by its state instead. */
static bool
leg_turns(LegState state)
{
	switch (state)
	{
		case LEG_STARTING:
		case LEG_RUNNING:
		case LEG_WAITING:
		case LEG_STOPPING:
			return true;
		case LEG_OFF:
		case LEG_STOPPED:
		case LEG_FAILED:
			return false;
	}
	return false;
}

bool
status_live(void)
{
	int64_t		now = control_now_ms();

	for (int i = 0; i < LEG_COUNT; i++)
	{
		int64_t		last = atomic_load_explicit(&last_beat_ms[i], memory_order_relaxed);

		if (leg_turns(leg_status((Leg) i).state) && now - last > STATUS_LIVE_SECONDS * 1000)
			return false;
	}
	return true;
}

bool
status_ready(void)
{
	bool		any = false;

	for (int i = 0; i < LEG_COUNT; i++)
	{
		LegState	state = leg_status((Leg) i).state;

		if (state == LEG_OFF)
			continue;
		if (state != LEG_RUNNING)
			return false;
		any = true;
	}
	return any;
}

void
status_write_unready(WfBuffer *buffer)
{
	bool		any = false;

	for (int i = 0; i < LEG_COUNT; i++)
	{
		LegStatus	status = leg_status((Leg) i);
		size_t		mark;

		if (status.state == LEG_OFF || status.state == LEG_RUNNING)
			continue;
		if (any)
			wf_buffer_append_literal(buffer, "; ");
		any = true;
		wf_buffer_append(buffer, leg_names[i], strlen(leg_names[i]));
		wf_buffer_append_literal(buffer, " is ");
		wf_buffer_append(buffer, state_names[status.state], strlen(state_names[status.state]));
		if (status.error[0] == '\0')
			continue;
		wf_buffer_append_literal(buffer, ": ");
		mark = buffer->length;
		wf_buffer_append(buffer, status.error, strlen(status.error));
		for (size_t k = mark; k < buffer->length; k++)
		{
			if ((unsigned char) buffer->data[k] < ' ')
				buffer->data[k] = ' ';
		}
	}
	if (!any)
		wf_buffer_append_literal(buffer, "nothing has begun yet");
	wf_buffer_append_char(buffer, '\n');
}

static void
append_json_string(WfBuffer *buffer, const char *text)
{
	WfTextForm	form = {0};

	wf_json_string(buffer, &form, text, strlen(text));
}

static void
write_leg(WfBuffer *buffer, Leg leg)
{
	LegStatus	status = leg_status(leg);
	int64_t		last = atomic_load_explicit(&last_beat_ms[leg], memory_order_relaxed);

	append_json_string(buffer, leg_names[leg]);
	wf_buffer_append_literal(buffer, ":{\"state\":");
	append_json_string(buffer, state_names[status.state]);
	if (leg_turns(status.state))
	{
		wf_buffer_append_literal(buffer, ",\"last_turn_ms_ago\":");
		wf_json_int64(buffer, control_now_ms() - last);
	}
	wf_buffer_append_literal(buffer, ",\"error\":");
	if (status.error[0] == '\0')
		wf_json_null(buffer);
	else
		append_json_string(buffer, status.error);
	wf_buffer_append_char(buffer, '}');
}

void
status_write_json(WfBuffer *buffer)
{
	metrics_refresh_process();
	wf_buffer_append_literal(buffer, "{\"version\":");
	append_json_string(buffer, WALFERRY_VERSION);
	wf_buffer_append_literal(buffer, ",\"live\":");
	wf_json_bool(buffer, status_live());
	wf_buffer_append_literal(buffer, ",\"ready\":");
	wf_json_bool(buffer, status_ready());
	wf_buffer_append_literal(buffer, ",\"legs\":{");
	for (int i = 0; i < LEG_COUNT; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		write_leg(buffer, (Leg) i);
	}
	wf_buffer_append_literal(buffer, "},\"metrics\":{");
	for (int i = 0; i < METRIC_COUNT; i++)
	{
		int64_t		value = metric_get((Metric) i);

		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		append_json_string(buffer, metric_specs[i].name);
		wf_buffer_append_char(buffer, ':');
		if (value == METRIC_UNKNOWN)
			wf_json_null(buffer);
		else
			wf_json_int64(buffer, value);
	}
	wf_buffer_append_literal(buffer, "}}\n");
}
