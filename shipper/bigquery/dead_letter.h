/*
 * dead_letter.h
 *		Records that can make no row are told to __walferry.dead-letters.<prefix>.
 *
 * The record itself stays where it is in Kafka; the letter says where, and why
 * it was passed over.  It is delivered before the record's offset is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DEAD_LETTER_H
#define WALFERRY_DEAD_LETTER_H

#include "shipper/bigquery/row.h"
#include "shipper/config.h"

typedef struct DeadLetters DeadLetters;

extern DeadLetters *dead_letters_open(const Config *config);
extern void dead_letters_close(DeadLetters *letters);

/*
 * Sends one and waits for Kafka's acknowledgement, for some seconds.  False,
 * logged: try again later.
 */
extern bool dead_letters_send(DeadLetters *letters, const Record *record, const char *reason);

#endif							/* WALFERRY_DEAD_LETTER_H */
