/*
 * option_table.h
 *		The options that only the plugin has, in the form of envelope/options.h.
 *
 * Those that decide what is written (topic.prefix and the like) are in
 * wf_format_options.  This file includes nothing of PostgreSQL, so that the
 * generator of the option reference can read the table too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_OPTION_TABLE_H
#define WALFERRY_PLUGIN_OPTION_TABLE_H

#include "envelope/event.h"
#include "envelope/frame.h"

typedef struct WfPluginOptions
{
	int			output;			/* a WfOutput */
	int64_t		frame_version;
	int64_t		position_epoch;
} WfPluginOptions;

static const WfOptionSpec wf_plugin_options[] = {
	{
		.name = "output",
		.type = WF_OPTION_CHOICE,
		.choices = "envelope|record|frame", /* in the order of WfOutput */
		.default_text = "envelope",
		.offset = offsetof(WfPluginOptions, output),
		.doc = "What a replication message holds: an event's value (envelope), a Kafka record "
		"with topic, key, headers and value (record), or many records in the binary form "
		"that the shipper reads (frame)."
	},
	{
		.name = "frame.version",
		.type = WF_OPTION_INT,
		.minimum = 1,
		.maximum = UINT16_MAX,
		.default_text = "3",
		.offset = offsetof(WfPluginOptions, frame_version),
		.doc = "The version of the binary form that the client reads. The plugin refuses one that "
		"it does not write."
	},
	{
		.name = "position.epoch",
		.type = WF_OPTION_INT,
		.minimum = WF_FIRST_EPOCH,
		.maximum = INT64_C(999999999999999999),
		.default_text = "1",
		.offset = offsetof(WfPluginOptions, position_epoch),
		.doc = "The first part of __walferry.position. To be raised where LSNs may begin again: on a "
		"server that was restored, dumped and loaded, or promoted."
	},
};

#define WF_PLUGIN_OPTION_COUNT ((int) (sizeof(wf_plugin_options) / sizeof(wf_plugin_options[0])))

#endif							/* WALFERRY_PLUGIN_OPTION_TABLE_H */
