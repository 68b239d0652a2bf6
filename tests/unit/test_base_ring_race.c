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
#include <time.h>

#include "base/ring.h"

#define BYTES 300000
#define HANG_SECONDS 60

static struct ring ring;
static uint8_t bytes[64];
static sem_t news;

static void *write_all(void *unused)
{
	for (unsigned i = 0; i < BYTES; i++) {
		while (!ring_put(&ring, (uint8_t)i))
			sched_yield(); /* full: the reader is at work, and may need this processor for it */
		if (ring_caught_up(&ring))
			sem_post(&news);
	}
	return unused;
}

/* The time counts for one piece of news, not for all: how fast the host is says nothing. */
static bool news_came(void)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += HANG_SECONDS;
	return sem_timedwait(&news, &deadline) == 0;
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
			assert_true(news_came()); /* else bytes wait, and nobody was told */
	}
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_byte_is_left_behind)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
