/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/ring.h"
#include "machine/api/cpu.h"
#include "machine/fake/fake.h"

/* Fills and drains a small ring from every possible value of its counters, also where they wrap. */
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
		if (ring_put(argument, (uint8_t)(i ^ i >> 8)))
			i++;
		else
			sched_yield();
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
		} else {
			sched_yield();
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

/* The next line; `from` is moved past it. */
static __attribute__((format(printf, 2, 3))) void expect_line(uint64_t *from, const char *format, ...)
{
	struct log_entry entry;
	char text[LOG_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(log_read(*from, &entry));
	assert_string_equal(entry.text, text);
	*from = entry.sequence + 1;
}

static void log_keeps_level_stamp_and_clean_text(void **state)
{
	uint64_t from = log_next(), before_us = log_time_us();
	struct log_entry entry;
	char longer[LOG_LINE_MAX + 50];

	(void)state;
	log_debug("not kept at LOG_INFO");
	assert_false(log_read(from, &entry));
	log_warn("vm %s: bad \033[2Jvalue\x9b\302\233\n", "rt");
	assert_true(log_read(from, &entry));
	assert_int_equal(entry.sequence, from);
	assert_int_equal(entry.level, LOG_WARN);
	assert_in_range(entry.time_us, before_us, log_time_us());
	assert_int_equal(entry.pcpu, log_pcpu());
	assert_string_equal(entry.text, "vm rt: bad ?[2Jvalue????");

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

/*
 * When a source has logged so much that lines are left out, it logs nothing more before its window is over.
 */
static void log_admits_so_many_lines_of_a_source(void **state)
{
	struct log_source loud = {.name = "loud"}, calm = {.name = "calm"};
	uint64_t from = log_next(), again;

	(void)state;
	for (unsigned i = 0; i < LOG_ADMITTED + 1000; i++)
		log_of_limited(&loud, LOG_INFO, "line %u", i);
	log_of_limited(&calm, LOG_INFO, "is heard");
	log_of(&loud, LOG_INFO, "is off");
	for (unsigned i = 0; i < LOG_ADMITTED; i++)
		expect_line(&from, "[loud] line %u", i);
	expect_line(&from, "[loud] further lines that it causes are left out for now");
	expect_line(&from, "[calm] is heard");
	expect_line(&from, "[loud] is off");
	again = log_settle(&loud);
	assert_in_range(again, log_time_us() + 1, log_time_us() + LOG_WINDOW_US);
	assert_true(log_settle(&calm) == UINT64_MAX);
	fake_counter_advance(cpu_us_to_ticks(again - log_time_us()) + 1);
	assert_true(log_settle(&loud) == UINT64_MAX);
	expect_line(&from, "[loud] 1000 lines that it caused were left out");
	log_of_limited(&loud, LOG_INFO, "again");
	expect_line(&from, "[loud] again");
	assert_int_equal(from, log_next());
}

static void log_admits_what_belongs_together_or_nothing_of_it(void **state)
{
	struct log_source source = {.name = "a"};
	uint64_t from = log_next();

	(void)state;
	assert_true(log_admit(&source, LOG_WARN, LOG_ADMITTED - 2));
	assert_false(log_admit(&source, LOG_DEBUG, 2)); /* not kept, and not counted */
	assert_false(log_admit(&source, LOG_WARN, 3));
	assert_false(log_admit(&source, LOG_WARN,
						   1)); /* a single line would look like a part of the lines that are missing */
	expect_line(&from, "[a] further lines that it causes are left out for now");
	/* A line that comes later finds by itself that the window is over. */
	fake_counter_advance(cpu_us_to_ticks(LOG_WINDOW_US) + 1);
	log_of_limited(&source, LOG_INFO, "later");
	expect_line(&from, "[a] 4 lines that it caused were left out");
	expect_line(&from, "[a] later");
	/* A person's command ends the window, too. */
	assert_true(log_admit(&source, LOG_WARN, LOG_ADMITTED - 1));
	assert_false(log_admit(&source, LOG_WARN, 1));
	log_forgive(&source);
	assert_true(log_admit(&source, LOG_WARN, LOG_ADMITTED));
	expect_line(&from, "[a] further lines that it causes are left out for now");
	expect_line(&from, "[a] 1 line that it caused was left out");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_wraps_at_every_offset),
		cmocka_unit_test(ring_loses_nothing_between_two_threads),
		cmocka_unit_test(log_keeps_level_stamp_and_clean_text),
		cmocka_unit_test(log_reader_sees_the_gap),
		cmocka_unit_test(log_admits_so_many_lines_of_a_source),
		cmocka_unit_test(log_admits_what_belongs_together_or_nothing_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
