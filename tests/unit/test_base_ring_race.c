/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader that sleeps when a ring is empty and is woken only when ring_caught_up() says so, beside a writer
 * on another processor: it gets every byte. (A writer that asked before its ring_put() would lose the last
 * ones.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "base/atomic.h"
#include "base/ring.h"

#define BYTES 300000

static struct ring ring;
static uint8_t bytes[64];
static sem_t news;
static bool writer_waits; /* it found the ring full, or is done; by the writer */

/*
 * Tells the other side that this one continues, before it does. None of this is a barrier after ring_put(),
 * which the ring may need.
 */
static bool put(uint8_t byte)
{
	atomic_store(&writer_waits, false);
	if (ring_put(&ring, byte))
		return true;
	atomic_store_release(&writer_waits, true); /* pairs with the acquire in news_came() */
	return false;
}

static void *write_all(void *unused)
{
	for (unsigned i = 0; i < BYTES; i++) {
		while (!put((uint8_t)i))
			sched_yield(); /* full: the reader is working, and may need this processor for it */
		if (ring_caught_up(&ring))
			sem_post(&news);
	}
	atomic_store_release(&writer_waits, true); /* pairs with the acquire in news_came() */
	return unused;
}

/*
 * False when bytes wait, and the writer, which would have told of them, waits, too: then neither continues.
 */
static bool news_came(void)
{
	while (sem_trywait(&news) != 0) {
		if (ring_used(&ring) > 0 && atomic_load_acquire(&writer_waits))
			return sem_trywait(&news) == 0;
		sched_yield();
	}
	return true;
}

static void test_no_byte_is_left_behind(void **state)
{
	pthread_t writer;
	unsigned got = 0;
	uint8_t byte;

	(void)state;
	ring_init(&ring, bytes, sizeof(bytes));
	assert_int_equal(sem_init(&news, 0, 0), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
	while (got < BYTES) {
		if (ring_get(&ring, &byte))
			assert_int_equal(byte, (uint8_t)got++);
		else
			assert_true(news_came()); /* otherwise bytes wait, and the reader was not told */
	}
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_byte_is_left_behind)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
