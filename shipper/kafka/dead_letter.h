/*
 * dead_letter.h
 *		What both legs write to __walferry.dead-letters.<prefix>: one JSON object
 *		on a record that could not go where it belongs.
 *
 *		topic		where the record belongs
 *		partition	where it stands in Kafka; null if it never came there
 *		offset		likewise
 *		position	of its event in history (envelope/position.h); null if unknown
 *		reason		a sentence
 *		value_bytes_at_least	size of its value
 *		key			its key's text as a string; null without one, if it is longer
 *					than DEAD_LETTER_KEY_BYTES_MAX, or no UTF-8
 *		key_base64	there only if the key is no UTF-8: its bytes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_KAFKA_DEAD_LETTER_H
#define WALFERRY_KAFKA_DEAD_LETTER_H

#include "envelope/buffer.h"

#define DEAD_LETTER_KEY_BYTES_MAX (64 * 1024)

/* Each byte of the key may take six, \u0001; the rest is short. */
#define DEAD_LETTER_BYTES_MAX (1024 * 1024)

typedef struct DeadLetter
{
	const char *topic;
	int32_t		partition;		/* < 0: the record is not in Kafka */
	int64_t		offset;
	WfSlice		position;		/* data NULL: unknown */
	WfSlice		key;			/* data NULL: none */
	uint64_t	value_bytes_at_least;
	const char *reason;
} DeadLetter;

/* Appends the letter; see the buffer's error. */
extern void dead_letter_write(WfBuffer *buffer, const DeadLetter *letter);

#endif							/* WALFERRY_KAFKA_DEAD_LETTER_H */
