/*
 * header_text.h
 *		A value as Kafka Connect's SimpleHeaderConverter writes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HEADER_TEXT_H
#define WALFERRY_HEADER_TEXT_H

#include "field.h"
#include "json.h"

/* So much of a value's JSON is read at a time: numbers of 1,000 digits take 10 ms then. */
#define WF_HEADER_TEXT_PART_BYTES (64 * 1024)

/*
 * Appends to out, another buffer than json's, the text of a value whose JSON is json:
 * what the envelope writes of the field.  Begins with the byte `at`, at first 0, and
 * returns where it is to go on, at the latest at json's end.  field: NULL for what is
 * shown as the text it is, as masks are.  is_inside: of a struct, whose strings have
 * quotes.
 *
 * Decimals are digits (BigDecimal.toString()); Connect's Date, Time and Timestamp are
 * 2024-02-29, 12:34:56.789Z and 2024-02-29T12:34:56.789Z, at midnight without the time;
 * strings escape quotes and backslashes only (Connect's Values.convertToString()).
 */
extern size_t wf_header_text_part(WfBuffer *out, const WfField *field, WfSlice json,
								  size_t at, bool is_inside);

#endif							/* WALFERRY_HEADER_TEXT_H */
