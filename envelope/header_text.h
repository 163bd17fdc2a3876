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

/*
 * Appends to out, another buffer than json's, the text of a value whose JSON is json:
 * what the envelope writes of the field.  field: NULL for what is shown as the text it
 * is, as masks are.  is_inside: of a struct, whose strings have quotes.
 *
 * Decimals are digits (BigDecimal.toString()); Connect's Date, Time and Timestamp are
 * 2024-02-29, 12:34:56.789Z and 2024-02-29T12:34:56.789Z, at midnight without the time;
 * strings escape quotes and backslashes only (Connect's Values.convertToString()).
 */
extern void wf_header_text_write(WfBuffer *out, const WfField *field, WfSlice json,
								 bool is_inside);

#endif							/* WALFERRY_HEADER_TEXT_H */
