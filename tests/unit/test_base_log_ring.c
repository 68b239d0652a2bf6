/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/ring.h"

/* Fill and drain a small ring from every place where its counters can stand, their wrap included. */
static void ring_wraps_at_every_offset(void **state)
{
	uint8_t bytes[8], byte;
	struct ring ring;

	(void)state;
	ring_init(&ring, bytes, sizeof(bytes));
	for (uint32_t start = UINT32_MAX - 20; start != 20; start++)
		for (unsigned count = 0; count <= sizeof(bytes); count++) {
			ring.head = ring.tail = start;
			for (unsigned i = 0; i < count; i++) {
				assert_int_equal(ring_free(&ring), sizeof(bytes) - i);
				assert_true(ring_put(&ring, (uint8_t)(start + i)));
			}
			assert_int_equal(ring_used(&ring), count);
			if (count == sizeof(bytes))
				assert_false(ring_put(&ring, 0xee));
			for (unsigned i = 0; i < count; i++) {
				assert_true(ring_get(&ring, &byte));
				assert_int_equal(byte, (uint8_t)(start + i));
			}
			assert_false(ring_get(&ring, &byte));
			assert_int_equal(ring_free(&ring), sizeof(bytes));
		}
}

#define BYTES_SENT 200000

static void *send_bytes(void *argument)
{
	for (uint32_t i = 0; i < BYTES_SENT;)
		i += ring_put(argument, (uint8_t)(i ^ i >> 8));
	return NULL;
}

static void ring_loses_nothing_between_two_threads(void **state)
{
	uint8_t bytes[64], byte;
	struct ring ring;
	pthread_t writer;

	(void)state;
	ring_init(&ring, bytes, sizeof(bytes));
	assert_int_equal(pthread_create(&writer, NULL, send_bytes, &ring), 0);
	for (uint32_t i = 0; i < BYTES_SENT;)
		if (ring_get(&ring, &byte)) {
			assert_int_equal(byte, (uint8_t)(i ^ i >> 8));
			i++;
		}
	pthread_join(writer, NULL);
	assert_int_equal(ring_used(&ring), 0);
}

static uint64_t log_next(void)
{
	struct log_entry entry = {0};
	uint64_t next = 0;

	for (; log_read(next, &entry); next = entry.sequence + 1)
		;
	return next;
}

static void log_keeps_level_stamp_and_clean_text(void **state)
{
	uint64_t from = log_next(), before_us = log_time_us();
	struct log_entry entry;
	char longer[LOG_LINE_MAX + 50];

	(void)state;
	log_debug("not kept at LOG_INFO");
	assert_false(log_read(from, &entry));
	log_warn("vm %s: bad \033[2Jvalue\n", "rt");
	assert_true(log_read(from, &entry));
	assert_int_equal(entry.sequence, from);
	assert_int_equal(entry.level, LOG_WARN);
	assert_in_range(entry.time_us, before_us, log_time_us());
	assert_int_equal(entry.pcpu, log_pcpu());
	assert_string_equal(entry.text, "vm rt: bad ?[2Jvalue?");

	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	log_set_level(LOG_DEBUG);
	log_debug("%s", longer);
	assert_true(log_read(from + 1, &entry));
	assert_int_equal(strlen(entry.text), LOG_LINE_MAX - 1);
	assert_string_equal(entry.text + LOG_LINE_MAX - 5, "a...");

	log_set_level(LOG_ERROR);
	log_warn("not kept at LOG_ERROR");
	assert_false(log_read(from + 2, &entry));
	log_set_level(LOG_INFO);
}

static void log_reader_sees_the_gap(void **state)
{
	uint64_t from = log_next();
	struct log_entry entry;
	char text[20];

	(void)state;
	for (unsigned i = 0; i < LOG_LINES_KEPT + 10; i++)
		log_info("line %u", i);
	assert_true(log_read(from, &entry));
	assert_int_equal(entry.sequence, from + 10);
	for (unsigned i = 10; i < LOG_LINES_KEPT + 10; i++) {
		assert_true(log_read(from + i, &entry));
		snprintf(text, sizeof(text), "line %u", i);
		assert_string_equal(entry.text, text);
	}
	assert_false(log_read(from + LOG_LINES_KEPT + 10, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_wraps_at_every_offset),
		cmocka_unit_test(ring_loses_nothing_between_two_threads),
		cmocka_unit_test(log_keeps_level_stamp_and_clean_text),
		cmocka_unit_test(log_reader_sees_the_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
