/*
 * test_spool.c
 *		The spool against a model that keeps every message in memory; its ceilings, and
 *		files that cannot be written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shipper/metrics.h"
#include "shipper/pgoutput/spool.h"
#include "shipper/pgoutput/spool_file.h"
#include "shipper/pgoutput/subxid_set.h"

#define BLOCK ((uint64_t) SPOOL_BLOCK_BYTES)
#define MIB (UINT64_C(1024) * 1024)
#define ENOUGH (1024 * MIB)
#define DIRECTORY "/tmp"

/* The same each time. */
static uint64_t seed;

static uint32_t
random_below(uint32_t bound)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) ((seed >> 33) % bound);
}

/* A payload is made of its number, so that the model need not keep it. */
static void
fill(char *bytes, size_t length, uint64_t number)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (char) (number * 31 + i * 7 + (i >> 8));
}

static SpoolResult
append(Spool *spool, uint32_t xid, uint32_t subxid, uint64_t lsn, size_t length)
{
	char	   *bytes = malloc(length + 1);
	SpoolMessage message = {subxid, lsn, {bytes, length}, false};
	SpoolResult result;

	fill(bytes, length, lsn);
	result = spool_append(spool, xid, &message);
	free(bytes);
	return result;
}

/* The next message, however much is passed over before. */
static SpoolResult
next_of(Spool *spool, SpoolMessage *message)
{
	SpoolResult result;

	do
		result = spool_next(spool, message);
	while (result == SPOOL_PASSED);
	return result;
}

/* The next message is this one. */
static void
expect(Spool *spool, uint32_t subxid, uint64_t lsn, size_t length)
{
	SpoolMessage message;
	char	   *bytes = malloc(length + 1);

	assert_int_equal(next_of(spool, &message), SPOOL_OK);
	assert_int_equal(message.xid, subxid);
	assert_int_equal(message.lsn, lsn);
	assert_int_equal(message.payload.length, length);
	fill(bytes, length, lsn);
	assert_memory_equal(message.payload.data, bytes, length);
	free(bytes);
}

static void
expect_end(Spool *spool)
{
	SpoolMessage message;

	assert_int_equal(next_of(spool, &message), SPOOL_END);
}

static void
test_a_few_messages(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 8 * MIB, ENOUGH);

	(void) state;
	assert_non_null(spool);
	assert_true(spool_try(spool));
	assert_false(spool_has(spool, 7));
	assert_int_equal(append(spool, 7, 7, 100, 10), SPOOL_OK);
	assert_int_equal(append(spool, 9, 9, 101, 0), SPOOL_OK);
	assert_int_equal(append(spool, 7, 8, 102, 20), SPOOL_OK);
	assert_true(spool_has(spool, 7));
	assert_int_equal(spool_bytes(spool), 2 * BLOCK);
	assert_int_equal(spool_file_bytes(spool), 0);
	assert_int_equal(metric_get(METRIC_CAPTURE_SPOOL_BYTES), 2 * BLOCK);
	assert_int_equal(metric_get(METRIC_CAPTURE_SPOOL_TRANSACTIONS), 2);
	for (int i = 0; i < 2; i++)
	{
		spool_rewind(spool, 7);
		expect(spool, 7, 100, 10);
		expect(spool, 8, 102, 20);
		expect_end(spool);
	}
	spool_drop(spool, 7);
	expect_end(spool);
	assert_false(spool_has(spool, 7));
	spool_rewind(spool, 9);
	expect(spool, 9, 101, 0);
	spool_drop_all(spool);
	assert_int_equal(spool_bytes(spool), 0);
	spool_rewind(spool, 9);
	expect_end(spool);
	spool_free(spool);
}

/*
 * The model
 */

#define MODEL_MESSAGES 4000
#define MODEL_TRANSACTIONS 12

typedef struct ModelMessage
{
	uint32_t	xid;
	uint64_t	lsn;
	size_t		length;
} ModelMessage;

typedef struct ModelTransaction
{
	uint32_t	xid;			/* 0: none */
	int			count;
	ModelMessage messages[MODEL_MESSAGES];
	uint32_t	subxids[MODEL_MESSAGES];	/* not aborted so far */
	int			subxid_count;
} ModelTransaction;

typedef struct Model
{
	Spool	   *spool;
	uint32_t	next_xid;
	uint64_t	next_lsn;
	ModelTransaction transactions[MODEL_TRANSACTIONS];
} Model;

static size_t
random_length(void)
{
	switch (random_below(40))
	{
		case 0:
			return random_below(200000);
		case 1:
			return SPOOL_BLOCK_BYTES - 40 + random_below(80);
		case 2:
			return 0;
		default:
			return random_below(3000);
	}
}

/* One of count places, rather a late one, as in life. */
static int
random_late(int count)
{
	return count - 1 - (int) random_below(count) / (1 + (int) random_below(8));
}

/* Of the top-level transaction, of a subtransaction that has written before or not. */
static uint32_t
random_subxid(Model *model, ModelTransaction *transaction)
{
	switch (random_below(4))
	{
		case 0:
			transaction->subxids[transaction->subxid_count++] = model->next_xid;
			return model->next_xid++;
		case 1:
			return transaction->xid;
		default:
			if (transaction->subxid_count == 0)
				return transaction->xid;
			return transaction->subxids[random_late(transaction->subxid_count)];
	}
}

static void
model_append(Model *model, ModelTransaction *transaction)
{
	ModelMessage *message = &transaction->messages[transaction->count];

	if (transaction->count == MODEL_MESSAGES)
		return;
	message->xid = random_subxid(model, transaction);
	message->lsn = model->next_lsn++;
	message->length = random_length();
	assert_int_equal(append(model->spool, transaction->xid, message->xid, message->lsn,
							message->length), SPOOL_OK);
	transaction->count++;
}

static void
model_abort(Model *model, ModelTransaction *transaction)
{
	int			which;
	uint32_t	subxid;
	int			kept = 0;

	if (transaction->subxid_count == 0)
	{
		/* of one that has written nothing */
		assert_int_equal(spool_abort(model->spool, transaction->xid, model->next_xid++), SPOOL_OK);
		return;
	}
	which = random_late(transaction->subxid_count);
	subxid = transaction->subxids[which];
	transaction->subxids[which] = transaction->subxids[--transaction->subxid_count];
	for (int i = 0; i < transaction->count; i++)
	{
		if (transaction->messages[i].xid != subxid)
			transaction->messages[kept++] = transaction->messages[i];
	}
	transaction->count = kept;
	assert_int_equal(spool_abort(model->spool, transaction->xid, subxid), SPOOL_OK);
}

/* Reads it all; now and then another transaction grows meanwhile. */
static void
model_compare(Model *model, ModelTransaction *transaction)
{
	spool_rewind(model->spool, transaction->xid);
	for (int i = 0; i < transaction->count; i++)
	{
		ModelTransaction *other = &model->transactions[random_below(MODEL_TRANSACTIONS)];

		expect(model->spool, transaction->messages[i].xid, transaction->messages[i].lsn,
			   transaction->messages[i].length);
		if (other != transaction && other->xid != 0 && random_below(10) == 0)
			model_append(model, other);
	}
	expect_end(model->spool);
}

static void
model_drop(Model *model, ModelTransaction *transaction)
{
	spool_drop(model->spool, transaction->xid);
	assert_false(spool_has(model->spool, transaction->xid));
	transaction->xid = 0;
}

static void
run_model(Model *model, int steps)
{
	for (int step = 0; step < steps; step++)
	{
		ModelTransaction *transaction = &model->transactions[random_below(MODEL_TRANSACTIONS)];

		if (transaction->xid == 0)
		{
			transaction->xid = model->next_xid++;
			transaction->count = 0;
			transaction->subxid_count = 0;
		}
		switch (random_below(300))
		{
			case 0:
				model_compare(model, transaction);
				model_drop(model, transaction);
				break;
			case 1:
				assert_int_equal(spool_abort(model->spool, transaction->xid, transaction->xid),
								 SPOOL_OK);
				assert_false(spool_has(model->spool, transaction->xid));
				transaction->xid = 0;
				break;
			default:
				if (random_below(4) == 0)
					model_abort(model, transaction);
				else
				{
					for (int i = 0; i < 4; i++)
						model_append(model, transaction);
				}
		}
	}
	for (int i = 0; i < MODEL_TRANSACTIONS; i++)
	{
		if (model->transactions[i].xid != 0)
		{
			model_compare(model, &model->transactions[i]);
			model_drop(model, &model->transactions[i]);
		}
	}
}

static void
test_against_model(void **state)
{
	static const size_t memories[] = {0, 4 * SPOOL_BLOCK_BYTES, 20 * SPOOL_BLOCK_BYTES, 8 * MIB};
	static Model model;			/* too large for a stack */

	(void) state;
	for (size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++)
	{
		memset(&model, 0, sizeof(model));
		seed = i + 1;
		model.spool = spool_create(DIRECTORY, memories[i], ENOUGH);
		/* numbers go round, and 0 to 2 are never given */
		model.next_xid = i % 2 == 0 ? 700 : UINT32_MAX - 400;
		model.next_lsn = 1;
		run_model(&model, 3000);
		assert_int_equal(spool_bytes(model.spool), 0);
		assert_int_equal(spool_file_bytes(model.spool), 0);
		spool_free(model.spool);
	}
}

/* What is being read goes to the file, grows, and loses its end. */
static void
test_changes_while_it_is_read(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 8 * BLOCK, ENOUGH);

	(void) state;
	for (uint64_t i = 0; i < 700; i++)
		assert_int_equal(append(spool, 5, 5, i, 500), SPOOL_OK);
	assert_int_equal(spool_file_bytes(spool), 0);
	spool_rewind(spool, 5);
	expect(spool, 5, 0, 500);

	/* its slots are another's now */
	assert_int_equal(append(spool, 6, 6, 1, 10 * BLOCK), SPOOL_OK);
	assert_true(spool_file_bytes(spool) > 5 * BLOCK);
	for (uint64_t i = 1; i < 699; i++)
		expect(spool, 5, i, 500);

	/* the last block was read when it was shorter */
	assert_int_equal(append(spool, 5, 7, 1000, 600), SPOOL_OK);
	assert_int_equal(append(spool, 5, 5, 1001, 2 * BLOCK), SPOOL_OK);
	expect(spool, 5, 699, 500);
	expect(spool, 7, 1000, 600);
	expect(spool, 5, 1001, 2 * BLOCK);
	expect_end(spool);

	/* what has been read is gone: that is the end, whatever comes */
	assert_int_equal(append(spool, 5, 8, 2000, 10), SPOOL_OK);
	assert_int_equal(append(spool, 5, 8, 2001, 10), SPOOL_OK);
	expect(spool, 8, 2000, 10);
	assert_int_equal(spool_abort(spool, 5, 8), SPOOL_OK);
	assert_int_equal(append(spool, 5, 9, 2002, 500), SPOOL_OK);
	expect_end(spool);
	spool_free(spool);

	/* a block of which one part is in the file, and the other grows */
	spool = spool_create(DIRECTORY, 2 * BLOCK, ENOUGH);
	assert_int_equal(append(spool, 5, 5, 1, 100), SPOOL_OK);
	assert_int_equal(append(spool, 6, 6, 2, 100), SPOOL_OK);
	assert_int_equal(append(spool, 7, 7, 3, 100), SPOOL_OK);
	assert_int_equal(spool_file_bytes(spool), BLOCK);
	spool_rewind(spool, 5);
	expect(spool, 5, 1, 100);
	assert_int_equal(append(spool, 5, 5, 4, 100), SPOOL_OK);
	expect(spool, 5, 4, 100);
	assert_int_equal(append(spool, 5, 5, 5, 100), SPOOL_OK);
	expect(spool, 5, 5, 100);
	expect_end(spool);
	spool_free(spool);
}

/*
 * Subtransactions
 */

/* A loop with an exception block: what failed takes no room, however often it fails. */
static void
test_failing_loop(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 0, 16 * BLOCK);

	(void) state;
	assert_int_equal(append(spool, 10, 10, 1, 5), SPOOL_OK);
	for (uint32_t i = 0; i < 20000; i++)
	{
		assert_int_equal(append(spool, 10, 11 + i, 2 + i, 1000 + i % 100), SPOOL_OK);
		assert_int_equal(append(spool, 10, 11 + i, 2 + i, i % 50 == 0 ? 300000 : 50), SPOOL_OK);
		assert_int_equal(spool_abort(spool, 10, 11 + i), SPOOL_OK);
		assert_true(spool_bytes(spool) <= 2 * BLOCK);
	}
	assert_int_equal(append(spool, 10, 10, 3, 6), SPOOL_OK);
	spool_rewind(spool, 10);
	expect(spool, 10, 1, 5);
	expect(spool, 10, 3, 6);
	expect_end(spool);
	spool_free(spool);
}

/*
 * ROLLBACK TO a savepoint inside of which ten thousand others were released: an abort
 * for each of these, then for itself.
 */
static void
test_released_subtransactions(void **state)
{
	enum
	{
		CHILDREN = 10000
	};
	Spool	   *spool = spool_create(DIRECTORY, 0, 512 * BLOCK);
	uint32_t	outer = 11;

	(void) state;
	assert_int_equal(append(spool, 10, 10, 1, 5), SPOOL_OK);
	for (uint32_t i = 0; i < CHILDREN; i++)
	{
		assert_int_equal(append(spool, 10, outer, 2, 100), SPOOL_OK);
		assert_int_equal(append(spool, 10, outer + 1 + i, 2, 100), SPOOL_OK);
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		assert_int_equal(spool_abort(spool, 10, outer + 1 + i), SPOOL_OK);
	assert_int_equal(spool_abort(spool, 10, outer), SPOOL_OK);
	assert_int_equal(append(spool, 10, outer + 1 + CHILDREN, 3, 6), SPOOL_OK);
	spool_rewind(spool, 10);
	expect(spool, 10, 1, 5);
	expect(spool, outer + 1 + CHILDREN, 3, 6);
	expect_end(spool);
	spool_free(spool);
}

/* All of what there is goes with its only subtransaction; the transaction may still commit. */
static void
test_nothing_left(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 0, ENOUGH);

	(void) state;
	assert_int_equal(append(spool, 10, 12, 1, 500000), SPOOL_OK);
	assert_true(spool_file_bytes(spool) > 0);
	assert_int_equal(spool_abort(spool, 10, 11), SPOOL_OK); /* wrote elsewhere */
	assert_int_equal(spool_abort(spool, 10, 12), SPOOL_OK);
	assert_int_equal(spool_bytes(spool), 0);
	assert_int_equal(spool_abort(spool, 10, 13), SPOOL_OK);
	assert_true(spool_has(spool, 10));
	spool_rewind(spool, 10);
	expect_end(spool);
	assert_int_equal(append(spool, 10, 14, 2, 500000), SPOOL_OK);
	spool_rewind(spool, 10);
	expect(spool, 14, 2, 500000);
	expect_end(spool);
	assert_int_equal(spool_abort(spool, 10, 10), SPOOL_OK);
	assert_false(spool_has(spool, 10));
	assert_int_equal(spool_bytes(spool), 0);
	spool_free(spool);
}

/* One of which nothing has come yet is there, and counts. */
static void
test_begun(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 0, ENOUGH);

	(void) state;
	assert_false(spool_has(spool, 10));
	assert_int_equal(spool_begin(spool, 10), SPOOL_OK);
	assert_true(spool_has(spool, 10));
	assert_int_equal(metric_get(METRIC_CAPTURE_SPOOL_TRANSACTIONS), 1);
	assert_int_equal(spool_bytes(spool), 0);
	spool_rewind(spool, 10);
	expect_end(spool);
	spool_drop(spool, 10);
	assert_false(spool_has(spool, 10));
	for (uint32_t i = 0; i < SPOOL_TRANSACTIONS_MAX; i++)
		assert_int_equal(spool_begin(spool, 100 + i), SPOOL_OK);
	assert_int_equal(spool_begin(spool, 10), SPOOL_FULL);
	assert_int_equal(spool_begin(spool, 100), SPOOL_OK);
	spool_free(spool);
}

/* Once there is a message that may be of any, the abort of one is unclear; that of all is not. */
static void
test_message_of_any(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, MIB, ENOUGH);
	SpoolMessage message = {10, 2, {"x", 1}, true};

	(void) state;
	assert_int_equal(append(spool, 10, 11, 1, 1), SPOOL_OK);
	assert_int_equal(append(spool, 20, 20, 1, 1), SPOOL_OK);
	assert_int_equal(spool_abort(spool, 10, 11), SPOOL_OK);
	assert_int_equal(append(spool, 10, 12, 1, 1), SPOOL_OK);
	assert_int_equal(spool_append(spool, 10, &message), SPOOL_OK);
	assert_false(spool_is_unclear(spool, 10));
	assert_int_equal(spool_abort(spool, 10, 1000), SPOOL_OK);
	assert_true(spool_is_unclear(spool, 10));
	assert_int_equal(spool_abort(spool, 10, 12), SPOOL_OK);
	assert_true(spool_is_unclear(spool, 10));
	assert_int_equal(spool_abort(spool, 20, 21), SPOOL_OK);
	assert_false(spool_is_unclear(spool, 20));
	assert_int_equal(spool_abort(spool, 10, 10), SPOOL_OK);
	assert_false(spool_has(spool, 10));
	spool_free(spool);
}

/* Scattered numbers end at the ceiling, and an abort that is not kept is told. */
static void
test_too_many_aborted(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, MIB, ENOUGH);
	uint32_t	aborted = 0;

	(void) state;
	assert_int_equal(append(spool, 10, 10, 1, 1), SPOOL_OK);
	assert_int_equal(append(spool, 10, UINT32_C(1) << 30, 2, 1), SPOOL_OK);
	assert_int_equal(append(spool, 10, 10, 3, 1), SPOOL_OK);
	while (spool_abort(spool, 10, 100 + aborted * 64) == SPOOL_OK)
		aborted++;
	assert_true(aborted >= 100000 && aborted <= SPOOL_ABORTED_BYTES_MAX / 16);

	/* what is known already, or is a word's neighbour, still fits */
	assert_int_equal(spool_abort(spool, 10, 101), SPOOL_OK);
	spool_rewind(spool, 10);
	expect(spool, 10, 1, 1);
	expect(spool, UINT32_C(1) << 30, 2, 1);
	spool_drop(spool, 10);

	/* the memory is there again */
	assert_int_equal(append(spool, 20, 20, 1, 1), SPOOL_OK);
	assert_int_equal(append(spool, 20, UINT32_C(1) << 30, 2, 1), SPOOL_OK);
	assert_int_equal(append(spool, 20, 20, 3, 1), SPOOL_OK);
	assert_int_equal(spool_abort(spool, 20, 100), SPOOL_OK);
	spool_free(spool);
}

static void
test_subxid_set(void **state)
{
	SubxidSet	set = {0};

	(void) state;
	assert_false(subxid_set_has(&set, 0));
	for (uint32_t i = 0; i < 1000000; i += 2)
		assert_true(subxid_set_add(&set, UINT32_MAX - 300000 + i, SIZE_MAX));
	for (uint32_t i = 0; i < 1000000; i++)
		assert_int_equal(subxid_set_has(&set, UINT32_MAX - 300000 + i), i % 2 == 0);
	assert_false(subxid_set_has(&set, 2000000000));
	assert_true(subxid_set_bytes(&set) <= 1024 * 1024);
	subxid_set_clear(&set);
	assert_false(subxid_set_has(&set, UINT32_MAX));
	assert_false(subxid_set_add(&set, 1, 100));
}

/*
 * Ceilings and the file
 */

static void
test_ceiling(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 4 * BLOCK, 32 * BLOCK);
	uint64_t	count = 0;

	(void) state;
	assert_int_equal(append(spool, 5, 5, 1, 10), SPOOL_OK);
	while (append(spool, 6, 6, 1 + count, 1000) == SPOOL_OK)
		count++;
	assert_int_equal(append(spool, 6, 6, 1, 100000), SPOOL_FULL);
	assert_int_equal(append(spool, 7, 7, 1, 10), SPOOL_FULL);
	assert_string_equal(spool_error(spool), "they take more than spool.max.bytes");
	assert_false(spool_has(spool, 7));
	assert_true(spool_bytes(spool) <= 32 * BLOCK);
	assert_true(count > 30 * BLOCK / 1016 && count < 32 * BLOCK / 1016);
	spool_rewind(spool, 6);
	for (uint64_t i = 0; i < count; i++)
		expect(spool, 6, 1 + i, 1000);
	expect_end(spool);
	spool_drop(spool, 6);

	/* there is room again, and what was not dropped is whole */
	assert_int_equal(append(spool, 7, 7, 2, 20 * BLOCK), SPOOL_OK);
	spool_rewind(spool, 5);
	expect(spool, 5, 1, 10);
	expect_end(spool);
	spool_rewind(spool, 7);
	expect(spool, 7, 2, 20 * BLOCK);
	expect_end(spool);
	spool_free(spool);
}

static void
test_too_many_transactions(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 0, ENOUGH);

	(void) state;
	for (uint32_t i = 0; i < SPOOL_TRANSACTIONS_MAX; i++)
		assert_int_equal(append(spool, 100 + i, 100 + i, i, 20), SPOOL_OK);
	assert_int_equal(append(spool, 50, 50, 1, 20), SPOOL_FULL);
	assert_string_equal(spool_error(spool), "there are more than 8192 of them at once");
	/* each of them lies in a part of a block of the file, and goes on there */
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(append(spool, 100 + i, 100 + i, i + 1, 30), SPOOL_OK);
	for (uint32_t i = 0; i < 500; i++)
	{
		spool_rewind(spool, 100 + i);
		expect(spool, 100 + i, i, 20);
		expect(spool, 100 + i, i + 1, 30);
		expect_end(spool);
	}
	spool_free(spool);
}

/* A process that runs for weeks: the file is no larger than what it held at once. */
static void
test_room_is_used_again(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, 2 * BLOCK, 40 * BLOCK);

	(void) state;
	for (uint32_t round = 0; round < 200; round++)
	{
		uint32_t	xid = 10 + round;

		/* this one and the one before are there at the same time */
		for (uint64_t i = 0; i < 12; i++)
			assert_int_equal(append(spool, xid, xid, i, 65000), SPOOL_OK);
		if (round > 0)
		{
			spool_rewind(spool, xid - 1);
			for (uint64_t i = 0; i < 12; i++)
				expect(spool, xid - 1, i, 65000);
			expect_end(spool);
			spool_drop(spool, xid - 1);
		}
		assert_true(spool_bytes(spool) <= 14 * BLOCK);
	}
	spool_free(spool);
}

static void
test_file(void **state)
{
	SpoolFile	file;
	struct stat status;
	uint32_t	blocks[3];
	char		bytes[4];

	(void) state;
	assert_true(spool_file_init(&file, DIRECTORY));
	for (int i = 0; i < 3; i++)
		assert_int_equal(spool_file_take(&file, &blocks[i]), SPOOL_OK);
	assert_true(spool_file_write(&file, blocks[2], 10, "abcd", 4));
	assert_int_equal(fstat(file.fd, &status), 0);
	assert_int_equal(status.st_nlink, 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, 2 * BLOCK + 14);
	assert_true(spool_file_read(&file, blocks[2], 10, bytes, 4));
	assert_memory_equal(bytes, "abcd", 4);
	assert_false(spool_file_read(&file, blocks[2], 12, bytes, 4));
	assert_string_equal(file.error, "cannot read the spool's file in " DIRECTORY ": Input/output error");
	file.next[blocks[0]] = blocks[2];
	spool_file_give_back(&file, blocks[0]);
	assert_int_equal(file.taken, 1);
	assert_int_equal(spool_file_take(&file, &blocks[0]), SPOOL_OK);
	assert_int_equal(file.count, 3);
	spool_file_give_back(&file, blocks[0]);
	spool_file_give_back(&file, blocks[1]);
	assert_int_equal(fstat(file.fd, &status), 0);
	assert_int_equal(status.st_size, 0);
	spool_file_close(&file);
}

static void
test_no_directory(void **state)
{
	Spool	   *spool = spool_create("/nonexistent/place", 2 * BLOCK, ENOUGH);

	(void) state;
	assert_false(spool_try(spool));
	assert_string_equal(spool_error(spool), "cannot make the spool's file in /nonexistent/place: "
						"No such file or directory");
	assert_int_equal(append(spool, 5, 5, 1, BLOCK), SPOOL_OK);	/* memory suffices */
	assert_int_equal(append(spool, 6, 6, 1, BLOCK), SPOOL_BROKEN);
	assert_string_equal(spool_error(spool), "cannot make the spool's file in /nonexistent/place: "
						"No such file or directory");
	spool_rewind(spool, 5);
	expect(spool, 5, 1, BLOCK);
	expect_end(spool);
	spool_free(spool);
}

/* The place of a full disk: a limit of the file's size. */
static void
test_file_cannot_grow(void **state)
{
	struct rlimit limit;
	struct rlimit small;
	Spool	   *spool = spool_create(DIRECTORY, 2 * BLOCK, ENOUGH);
	uint64_t	count = 0;

	(void) state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 5 * BLOCK + 1000;	/* the last write is done in part */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	while (append(spool, 6, 6, 1 + count, 30000) == SPOOL_OK)
		count++;
	assert_int_equal(append(spool, 6, 6, 1, 30 * BLOCK), SPOOL_BROKEN);
	assert_string_equal(spool_error(spool), "cannot write to the spool's file in " DIRECTORY ": "
						"File too large");
	assert_int_equal(spool_file_bytes(spool), 5 * BLOCK);

	/* all that it took is there */
	assert_true(count >= 13);
	spool_rewind(spool, 6);
	for (uint64_t i = 0; i < count; i++)
		expect(spool, 6, 1 + i, 30000);
	expect_end(spool);
	spool_drop_all(spool);
	assert_int_equal(spool_bytes(spool), 0);

	/* and it can go on */
	assert_int_equal(append(spool, 7, 7, 1, 4 * BLOCK), SPOOL_OK);
	spool_rewind(spool, 7);
	expect(spool, 7, 1, 4 * BLOCK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	spool_free(spool);
}

static void
test_huge_payload(void **state)
{
	Spool	   *spool = spool_create(DIRECTORY, MIB, ENOUGH);

	(void) state;
	assert_int_equal(append(spool, 5, 5, 1, 100), SPOOL_OK);
	assert_int_equal(append(spool, 5, 6, 2, 60 * MIB + 1), SPOOL_OK);
	assert_int_equal(append(spool, 5, 5, 3, 100), SPOOL_OK);
	assert_true(spool_bytes(spool) - spool_file_bytes(spool) <= MIB);
	spool_rewind(spool, 5);
	expect(spool, 5, 1, 100);
	expect(spool, 6, 2, 60 * MIB + 1);
	expect(spool, 5, 3, 100);
	expect_end(spool);
	spool_free(spool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_few_messages),
		cmocka_unit_test(test_against_model),
		cmocka_unit_test(test_changes_while_it_is_read),
		cmocka_unit_test(test_failing_loop),
		cmocka_unit_test(test_released_subtransactions),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_begun),
		cmocka_unit_test(test_message_of_any),
		cmocka_unit_test(test_too_many_aborted),
		cmocka_unit_test(test_subxid_set),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_too_many_transactions),
		cmocka_unit_test(test_room_is_used_again),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_file_cannot_grow),
		cmocka_unit_test(test_huge_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
