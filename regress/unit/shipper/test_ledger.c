/*
 * test_ledger.c
 *		The ledger against a model that keeps everything.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/backoff.h"
#include "shipper/capture/ledger.h"

static Ledger ledger;			/* too large for a stack */

static void
drain(void)
{
	while (ledger_retire(&ledger, NULL))
		;
}

static uint64_t
send(void)
{
	ledger_sent(&ledger);
	return ledger_youngest(&ledger);
}

static void
test_one_transaction(void **state)
{
	uint64_t	serial;
	LedgerEntry done;

	(void) state;
	ledger_init(&ledger, 100);
	assert_true(ledger_open(&ledger));
	serial = send();
	(void) send();
	assert_true(ledger_acknowledged(&ledger, serial));
	assert_true(ledger_acknowledged(&ledger, serial));
	assert_false(ledger_retire(&ledger, &done));	/* still open */
	assert_null(ledger_oldest_closed(&ledger));
	assert_false(ledger_has_pending(&ledger));
	assert_true(ledger_close(&ledger, 200, 7, 3));
	assert_int_equal(ledger_oldest_closed(&ledger)->closed_ms, 3);
	assert_true(ledger_retire(&ledger, &done));
	assert_int_equal(done.commit_time_us, 7);
	assert_int_equal(ledger.confirmed, 200);
	assert_true(ledger_is_empty(&ledger));
}

static void
test_out_of_order(void **state)
{
	uint64_t	first;
	uint64_t	second;

	(void) state;
	ledger_init(&ledger, 0);
	assert_true(ledger_open(&ledger));
	first = send();
	assert_true(ledger_close(&ledger, 10, 0, 0));
	assert_true(ledger_open(&ledger));
	second = send();
	assert_true(ledger_close(&ledger, 20, 0, 0));

	assert_true(ledger_acknowledged(&ledger, second));
	drain();
	assert_int_equal(ledger.confirmed, 0);
	assert_true(ledger_acknowledged(&ledger, first));
	drain();
	assert_int_equal(ledger.confirmed, 20);
}

static void
test_pass(void **state)
{
	uint64_t	serial;

	(void) state;
	ledger_init(&ledger, 5);
	ledger_pass(&ledger, 50);
	assert_int_equal(ledger.confirmed, 50);
	ledger_pass(&ledger, 40);	/* never back */
	assert_int_equal(ledger.confirmed, 50);

	assert_true(ledger_open(&ledger));
	ledger_pass(&ledger, 60);	/* something is open */
	assert_int_equal(ledger.confirmed, 50);
	serial = send();
	assert_true(ledger_close(&ledger, 70, 0, 0));
	ledger_pass(&ledger, 80);	/* something is in flight */
	ledger_pass(&ledger, 75);	/* never back */
	assert_int_equal(ledger.confirmed, 50);
	assert_true(ledger_acknowledged(&ledger, serial));
	drain();
	assert_int_equal(ledger.confirmed, 80);
}

/* It waits for what was in flight then, and for nothing that came later. */
static void
test_pass_between(void **state)
{
	uint64_t	first;
	uint64_t	second;
	uint64_t	third;

	(void) state;
	ledger_init(&ledger, 5);
	assert_true(ledger_open(&ledger));
	first = send();
	assert_true(ledger_close(&ledger, 10, 0, 0));
	assert_true(ledger_open(&ledger));
	second = send();
	assert_true(ledger_close(&ledger, 20, 0, 0));
	ledger_pass(&ledger, 30);
	assert_true(ledger_open(&ledger));
	ledger_pass(&ledger, 35);	/* of an entry that is open nothing is known */
	third = send();
	assert_true(ledger_close(&ledger, 40, 0, 0));

	assert_true(ledger_acknowledged(&ledger, second));
	drain();
	assert_int_equal(ledger.confirmed, 5);
	assert_true(ledger_acknowledged(&ledger, first));
	drain();
	assert_int_equal(ledger.confirmed, 30);
	assert_true(ledger_acknowledged(&ledger, third));
	drain();
	assert_int_equal(ledger.confirmed, 40);

	/* what is forgotten comes again, and with it what was passed behind it */
	assert_true(ledger_open(&ledger));
	first = send();
	assert_true(ledger_close(&ledger, 50, 0, 0));
	ledger_pass(&ledger, 60);
	ledger_forget(&ledger);
	assert_true(ledger_acknowledged(&ledger, first));
	drain();
	assert_int_equal(ledger.confirmed, 40);
}

static void
test_misuse(void **state)
{
	uint64_t	serial;

	(void) state;
	ledger_init(&ledger, 0);
	assert_false(ledger_close(&ledger, 1, 0, 0));
	assert_false(ledger_retire(&ledger, NULL));
	assert_true(ledger_open(&ledger));
	assert_false(ledger_open(&ledger));
	ledger_take_back(&ledger);
	assert_true(ledger_is_empty(&ledger));
	ledger_take_back(&ledger);
	assert_true(ledger_is_empty(&ledger));

	assert_true(ledger_open(&ledger));
	serial = send();
	assert_true(ledger_acknowledged(&ledger, serial));
	assert_false(ledger_acknowledged(&ledger, serial)); /* twice */

	/* a transaction from before what is confirmed takes nothing back */
	ledger_init(&ledger, 100);
	assert_true(ledger_open(&ledger));
	assert_true(ledger_close(&ledger, 90, 0, 0));
	drain();
	assert_true(ledger_is_empty(&ledger));
	assert_int_equal(ledger.confirmed, 100);

	/* forgotten and future serials mean nothing */
	ledger_init(&ledger, 0);
	assert_true(ledger_open(&ledger));
	serial = send();
	ledger_forget(&ledger);
	assert_true(ledger_open(&ledger));
	(void) send();
	assert_true(ledger_acknowledged(&ledger, serial));
	assert_true(ledger_acknowledged(&ledger, serial + 1000));
	assert_true(ledger_acknowledged(&ledger, 0));
	assert_true(ledger_close(&ledger, 9, 0, 0));
	assert_false(ledger_retire(&ledger, NULL));

	/* an entry in the ledger keeps the history it belongs to */
	ledger_rebase(&ledger, 1000);
	assert_int_equal(ledger.confirmed, 0);
	ledger_forget(&ledger);
	ledger_rebase(&ledger, 1000);
	assert_int_equal(ledger.confirmed, 1000);
	ledger_rebase(&ledger, 10);
	assert_int_equal(ledger.confirmed, 10);
}

static void
test_ceiling(void **state)
{
	uint64_t	first = 0;

	(void) state;
	ledger_init(&ledger, 0);
	for (int i = 0; i < LEDGER_ENTRIES_MAX; i++)
	{
		assert_false(ledger_is_full(&ledger));
		assert_true(ledger_open(&ledger));
		if (i == 0)
			first = send();
		assert_true(ledger_close(&ledger, (uint64_t) i + 1, 0, 0));
	}
	assert_true(ledger_is_full(&ledger));
	assert_false(ledger_open(&ledger));
	drain();
	assert_int_equal(ledger.confirmed, 0);
	assert_true(ledger_acknowledged(&ledger, first));
	drain();
	assert_int_equal(ledger.confirmed, LEDGER_ENTRIES_MAX);
	assert_true(ledger_open(&ledger));
}

/*
 * The model: every record ever sent and whether it is durable; every entry and
 * its end.  Whatever happens, the confirmed LSN must not pass the end of an
 * entry that has a record which is not durable, and once all is durable it must
 * have reached the last end.
 */
#define MODEL_ENTRIES 4000
#define MODEL_RECORDS 60000

typedef struct ModelEntry
{
	uint64_t	end_lsn;
	int			not_durable;
	bool		closed;
	bool		forgotten;
} ModelEntry;

static ModelEntry model[MODEL_ENTRIES];
static struct
{
	uint64_t	serial;
	int			entry;
}			flight[MODEL_RECORDS];

static uint32_t random_state;

static uint32_t
random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void
check_model(int entries, uint64_t floor)
{
	uint64_t	may_confirm = UINT64_MAX;

	for (int i = 0; i < entries; i++)
	{
		const ModelEntry *entry = &model[i];

		if (entry->forgotten)
			continue;
		if (!entry->closed || entry->not_durable > 0)
		{
			may_confirm = entry->closed ? entry->end_lsn - 1 : UINT64_MAX;
			break;
		}
	}
	assert_true(ledger.confirmed >= floor);
	if (may_confirm != UINT64_MAX)
		assert_true(ledger.confirmed <= may_confirm);
}

static void
run_model(uint32_t seed)
{
	int			entries = 0;
	int			in_flight = 0;
	uint64_t	lsn = 100;
	uint64_t	last_end = 0;

	random_state = seed;
	ledger_init(&ledger, 50);
	while (entries < MODEL_ENTRIES - 1)
	{
		uint64_t	before = ledger.confirmed;
		uint32_t	action = random_below(100);

		if (action < 40 && ledger.open && in_flight < MODEL_RECORDS)
		{
			flight[in_flight].serial = send();
			flight[in_flight++].entry = entries - 1;
			model[entries - 1].not_durable++;
		}
		else if (action < 55 && !ledger.open && !ledger_is_full(&ledger))
		{
			assert_true(ledger_open(&ledger));
			memset(&model[entries++], 0, sizeof(ModelEntry));
		}
		else if (action < 65 && ledger.open)
		{
			lsn += 1 + random_below(50);
			last_end = lsn;
			assert_true(ledger_close(&ledger, lsn, 0, 0));
			model[entries - 1].end_lsn = lsn;
			model[entries - 1].closed = true;
		}
		else if (action < 95 && in_flight > 0)
		{
			uint32_t	which = random_below((uint32_t) in_flight);

			/* acknowledgements of forgotten entries come as well */
			assert_true(ledger_acknowledged(&ledger, flight[which].serial));
			model[flight[which].entry].not_durable--;
			flight[which] = flight[--in_flight];
		}
		else if (action == 95)
		{
			for (int i = 0; i < entries; i++)
				model[i].forgotten = model[i].forgotten || !model[i].closed ||
					model[i].not_durable > 0 || model[i].end_lsn > ledger.confirmed;
			ledger_forget(&ledger);
		}
		else if (action > 95)
		{
			lsn += random_below(3);
			ledger_pass(&ledger, lsn);
		}
		drain();
		check_model(entries, before);
	}

	/* everything becomes durable: nothing may be left */
	ledger_forget(&ledger);
	assert_true(ledger_open(&ledger));
	last_end = ++lsn;
	assert_true(ledger_close(&ledger, last_end, 0, 0));
	drain();
	assert_true(ledger_is_empty(&ledger));
	assert_int_equal(ledger.confirmed, last_end);
}

static void
test_model(void **state)
{
	(void) state;
	for (uint32_t seed = 1; seed <= 8; seed++)
		run_model(seed);
}

static void
test_backoff(void **state)
{
	Backoff		backoff = {.random = 42};
	int64_t		longest_ms = BACKOFF_FIRST_MS;

	(void) state;
	for (int i = 0; i < 100; i++)
	{
		int64_t		wait_ms = backoff_next_ms(&backoff);

		assert_true(wait_ms <= longest_ms);
		assert_true(wait_ms >= longest_ms - longest_ms / 4);
		longest_ms = longest_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : longest_ms * 2;
	}
	backoff_reset(&backoff);
	assert_true(backoff_next_ms(&backoff) <= BACKOFF_FIRST_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_transaction),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_pass_between),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
