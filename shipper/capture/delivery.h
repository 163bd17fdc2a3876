/*
 * delivery.h
 *		From the plugin's frames to the producer and the ledger.
 *
 * A Delivery lives as long as a replication session, as the frames' topic and
 * schema numbers do.  A message may be taken in parts: when the producer or the
 * ledger is full, or a schema's description is not acknowledged yet, the cursor
 * stays where it is and delivery_continue() goes on from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DELIVERY_H
#define WALFERRY_DELIVERY_H

#include "envelope/enclosure.h"
#include "ledger.h"
#include "shipper/kafka/producer.h"

/* Topics and schemas of one session; beyond, a new session is begun. */
#define DELIVERY_TOPICS_MAX 65536
#define DELIVERY_SCHEMAS_MAX 65536
#define DELIVERY_ENCLOSURES_MAX 65536
#define DELIVERY_ENCLOSURE_BYTES_MAX PRODUCER_SCHEMA_BYTES_MAX	/* all their schemas
																 * together */
#define DELIVERY_FAULT_TEXT_MAX 512

typedef struct DeliverySchema
{
	char		fingerprint[32];
	bool		known;
	bool		durable;		/* its description is acknowledged */
} DeliverySchema;

typedef struct DeliveryEnclosure
{
	WfEnclosure schemas;		/* in bytes */
	char		bytes[];
} DeliveryEnclosure;

typedef struct Delivery
{
	Producer   *producer;
	Ledger	   *ledger;
	bool		headers_wanted;
	bool		schemas_wanted; /* descriptions in a topic of their own */
	size_t		record_bytes_max;
	uint64_t	system_id;		/* as the replication connection told */
	uint64_t	epoch;			/* of the records' positions */

	/* the message that is being taken */
	WfFrameReader reader;
	WfFrameItem item;
	bool		has_item;		/* item was read and is not taken yet */
	bool		has_message;

	/* what the session has named so far; ids begin at 1 */
	Topic	  **topics;			/* the producer's */
	uint32_t	topic_count;	/* room, not names */
	DeliverySchema *schemas;
	uint32_t	schema_count;
	DeliveryEnclosure **enclosures;
	uint32_t	enclosure_count;
	size_t		enclosure_bytes;
	WfBuffer	key;			/* of the record at hand, beside its schema */
	WfBuffer	value;
	bool		greeted;		/* hello was seen */
	uint64_t	open_commit_lsn;

	uint64_t	received_lsn;	/* end of the last whole transaction */
	char		fault[DELIVERY_FAULT_TEXT_MAX];
} Delivery;

typedef enum DeliveryResult
{
	DELIVERY_DONE,				/* the message is taken */
	DELIVERY_HELD,				/* ask again later; the message must stay */
	DELIVERY_RENEW,				/* numbers are used up: begin another session */
	DELIVERY_FAILED				/* see fault, or the producer's */
} DeliveryResult;

extern void delivery_init(Delivery *delivery, Producer *producer, Ledger *ledger,
						  const Config *config, uint64_t system_id);
extern void delivery_free(Delivery *delivery);

/* payload must stay until the result is other than DELIVERY_HELD. */
extern DeliveryResult delivery_take(Delivery *delivery, WfSlice payload);
extern DeliveryResult delivery_continue(Delivery *delivery);

/*
 * Goes on with another producer in the place of one that is worn and has nothing in
 * flight, also in the midst of a transaction: what was acknowledged stays so in the
 * ledger.  The former must be there still, and is the caller's to close then.  False
 * for want of memory: nothing has changed.
 */
extern bool delivery_change_producer(Delivery *delivery, Producer *producer);

/* The producer says that a schema's description is durable. */
extern void delivery_described(Delivery *delivery, uint32_t schema_id);

#endif							/* WALFERRY_DELIVERY_H */
