/*
 * jsonb_text.h
 *		jsonb's output text, without jsonb_out().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_JSONB_TEXT_H
#define WALFERRY_PLUGIN_JSONB_TEXT_H

#include "utils/jsonb.h"

#include "envelope/buffer.h"

/*
 * So much more room than its text needs wf_jsonb_text() may ask for: what is written
 * in one piece, which a number of 131072 digits before the point and 16383 behind it
 * is.
 */
#define WF_JSONB_TEXT_SLACK (160 * 1024)

/*
 * Appends what jsonb_out() prints, in the server's encoding; as much of it as there
 * is room for, less WF_JSONB_TEXT_SLACK at the most, and the buffer's error where
 * that is not all.  size: bytes of the container.
 */
extern void wf_jsonb_text(WfBuffer *buffer, JsonbContainer * container, size_t size);

#endif							/* WALFERRY_PLUGIN_JSONB_TEXT_H */
