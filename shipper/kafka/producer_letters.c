/*
 * producer_letters.c
 *		Records that cannot go where they belong, described in the dead-letter
 *		topic.
 *
 * Where the source or librdkafka refuses a record, it is described before
 * anything is taken.  A broker's refusal comes in a delivery report, where
 * nothing can be put off to the caller: its letter waits here until the topic is
 * there, in the record's own flight.  If somebody must make the topic, the
 * letters are thrown away and the records will be read, and refused, again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "producer_state.h"

#include <stdlib.h>

#include "dead_letter.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"

/* The dead-letter topic's entry; not before it is needed, because asking makes the topic. */
static bool
find_topic(Producer *producer)
{
	if (producer->dead_letter_topic == NULL)
		producer->dead_letter_topic = producer_topic(producer, producer->dead_letter_topic_name);
	return producer->dead_letter_topic != NULL;
}

static ProducerResult
letter_room(Producer *producer)
{
	return find_topic(producer) ?
		producer_topic_room(producer, producer->dead_letter_topic) : PRODUCER_FAILED;
}

/* Begins a letter's text, and tells the log.  False with the fault set. */
static bool
write_letter(Producer *producer, const Undeliverable *what, const WfPosition *at, WfBuffer *text)
{
	char		position[WF_POSITION_TEXT_LENGTH + 1];
	DeadLetter	letter = {
		.topic = what->topic, .partition = -1, .reason = what->reason,
		.value_bytes_at_least = what->value_bytes
	};

	wf_position_text(position, producer->epoch, at);
	letter.position = wf_slice(position, WF_POSITION_TEXT_LENGTH);
	if (what->key != NULL)
		letter.key = *what->key;
	heap_buffer_init(text, DEAD_LETTER_BYTES_MAX);
	dead_letter_write(text, &letter);
	if (text->error != WF_BUFFER_OK)
	{
		heap_buffer_free(text);
		producer_set_fault(producer, producer->dead_letter_topic_name, "out of memory");
		return false;
	}
	log_write(LOG_LEVEL_ERROR, "kafka",
			  "a record cannot be delivered; it is described in the dead-letter topic",
			  log_text("topic", what->topic), log_text("position", position),
			  log_text("reason", what->reason),
			  log_int("value_bytes_at_least", (int64_t) what->value_bytes),
			  log_text("dead_letter_topic", producer->dead_letter_topic_name));
	return true;
}

/* After letter_room(); false with the fault set and the flight given back. */
static bool
send_letter(Producer *producer, Flight *flight, WfSlice text)
{
	char		position[WF_POSITION_TEXT_LENGTH + 1];
	WfSlice		key = wf_slice(position, WF_POSITION_TEXT_LENGTH);
	Placement	placement = {.partition = RD_KAFKA_PARTITION_UA};
	rd_kafka_resp_err_t code;

	wf_position_text(position, producer->epoch, &flight->position);
	flight->kind = FLIGHT_DEAD_LETTER;
	flight->topic = producer->dead_letter_topic;
	flight->has_partition = false;
	flight->time = RECORD_TIME_OF_SENDING;
	placement.topic = flight->topic->handle;
	code = producer_hand_on(producer, &placement, &key, &text, NULL, flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return true;
	producer_lone_refused(producer, producer->dead_letter_topic_name, flight, code);
	producer_give_flight_back(producer, flight);
	return false;
}

ProducerResult
producer_describe(Producer *producer, const Undeliverable *what, const WfPosition *position,
				  uint64_t serial)
{
	size_t		bytes = what->key != NULL ? what->key->length : 0;
	ProducerResult result;
	Flight	   *flight;
	WfBuffer	text;
	bool		sent;

	if (!producer_has_room(producer, bytes))
		return PRODUCER_FULL;
	result = letter_room(producer);
	if (result != PRODUCER_TAKEN)
		return result;
	if (!write_letter(producer, what, position, &text))
		return PRODUCER_FAILED;
	flight = producer_take_flight(producer, FLIGHT_DEAD_LETTER, producer->dead_letter_topic, serial,
								  bytes);
	flight->position = *position;
	sent = send_letter(producer, flight, wf_slice(text.data, text.length));
	heap_buffer_free(&text);
	return sent ? PRODUCER_TAKEN : PRODUCER_FAILED;
}

ProducerResult
producer_send_stub(Producer *producer, const Topic *topic, const WfFrameStub *stub, uint64_t serial)
{
	char		reason[256];
	const Undeliverable what = {
		.topic = topic->name, .key = stub->flags & WF_FRAME_HAS_KEY ? &stub->key : NULL,
		.value_bytes = stub->value_bytes_at_least, .reason = reason
	};

	if (producer->fault[0] != '\0')
		return PRODUCER_FAILED;
	snprintf(reason, sizeof(reason), "%.*s", (int) stub->reason.length, stub->reason.data);
	return producer_describe(producer, &what, &stub->position, serial);
}

/* ---- letters that wait -------------------------------------------------- */

void
producer_letter_waits(Producer *producer, const Undeliverable *what, Flight *flight)
{
	WfBuffer	text;

	if (!write_letter(producer, what, &flight->position, &text))
	{
		producer_give_flight_back(producer, flight);
		return;
	}
	flight->letter = text.data;
	flight->letter_bytes = text.length;
	flight->next = NULL;
	*producer->waiting_end = flight;
	producer->waiting_end = &flight->next;
}

static Flight *
take_first_waiting(Producer *producer)
{
	Flight	   *flight = producer->waiting;

	producer->waiting = flight->next;
	if (producer->waiting == NULL)
		producer->waiting_end = &producer->waiting;
	return flight;
}

void
producer_drop_letters(Producer *producer)
{
	while (producer->waiting != NULL)
	{
		Flight	   *flight = take_first_waiting(producer);

		free(flight->letter);
		producer_give_flight_back(producer, flight);
	}
}

void
producer_serve_letters(Producer *producer)
{
	while (producer->waiting != NULL && letter_room(producer) == PRODUCER_TAKEN)
	{
		Flight	   *flight = take_first_waiting(producer);
		char	   *letter = flight->letter;
		size_t		letter_bytes = flight->letter_bytes;

		(void) send_letter(producer, flight, wf_slice(letter, letter_bytes));
		free(letter);
	}
	if (producer->missing != NULL || producer->fault[0] != '\0')
		producer_drop_letters(producer);
}
