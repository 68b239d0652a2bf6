/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers of console UARTs, on registers that are memory: which bit means what, and where. What a
 * register does by itself (such as a read that takes a byte out) is not imitated; QEMU's machines do that in
 * tests/system.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine/uart/driver.h"

static _Alignas(8) uint8_t registers[0x1000];

/* A register, its value, or with `mask` some of its bits. */
struct word {
	uint16_t offset;
	uint32_t value, mask;
};

struct row {
	const char *name;
	const struct uart_driver *driver;
	struct uart_place place;
	struct word can_send, cannot_send, data;
	struct word received, nothing, input;
	struct word on[5]; /* after init() */
	struct word listening[2], sending[2], quiet[2];
};

#define LINE(shift) (5 << (shift))
static const struct row rows[] = {
	{
		.name = "PL011",
		.driver = &uart_pl011,
		.place = {.kind = UART_PL011},
		.can_send = {0x18, 0x90, ~0u},
		.cannot_send = {0x18, 0x30, ~0u},
		.data = {0x00, 'A', ~0u},
		.received = {0x18, 0x80, ~0u},
		.nothing = {0x18, 0x90, ~0u},
		.input = {0x00, 'B', ~0u},
		.on = {{0x30, 0x301, 0x301}, {0x38, 0, ~0u}},
		.listening = {{0x38, 0x50, ~0u}},
		.sending = {{0x38, 0x20, ~0u}},
		.quiet = {{0x38, 0, ~0u}, {0x44, 0x7ff, ~0u}},
	},
	{
		.name = "the base system architecture's, without a control register",
		.driver = &uart_sbsa,
		.place = {.kind = UART_SBSA},
		.can_send = {0x18, 0x90, ~0u},
		.cannot_send = {0x18, 0x30, ~0u},
		.data = {0x00, 'A', ~0u},
		.received = {0x18, 0x80, ~0u},
		.nothing = {0x18, 0x90, ~0u},
		.input = {0x00, 'B', ~0u},
		.on = {{0x30, 0, ~0u}, {0x38, 0, ~0u}},
		.listening = {{0x38, 0x50, ~0u}},
		.sending = {{0x38, 0x20, ~0u}},
		.quiet = {{0x38, 0, ~0u}, {0x44, 0x7ff, ~0u}},
	},
	{
		.name = "8250, bytes side by side",
		.driver = &uart_8250,
		.place = {.kind = UART_8250, .width = 1, .depth = 1},
		.can_send = {LINE(0), 0x60, 0xff},
		.cannot_send = {LINE(0), 0x00, 0xff},
		.data = {0, 'A', 0xff},
		.received = {LINE(0), 0x61, 0xff},
		.nothing = {LINE(0), 0x60, 0xff},
		.input = {0, 'B', 0xff},
		.on = {{1, 0, 0xff}, {2, 1, 0xff}, {4, 0x0b, 0xff}},
		.listening = {{1, 1, 0xff}},
		.sending = {{1, 2, 0xff}},
		.quiet = {{1, 0, 0xff}},
	},
	{
		.name = "8250, halfwords",
		.driver = &uart_8250,
		.place = {.kind = UART_8250, .width = 2, .shift = 1, .depth = 1},
		.can_send = {LINE(1), 0x60, 0xffff},
		.cannot_send = {LINE(1), 0x00, 0xffff},
		.data = {0, 'A', 0xffff},
		.received = {LINE(1), 0x61, 0xffff},
		.nothing = {LINE(1), 0x60, 0xffff},
		.input = {0, 'B', 0xffff},
		.on = {{2, 0, 0xffff}, {4, 1, 0xffff}, {8, 0x0b, 0xffff}},
		.listening = {{2, 1, 0xffff}},
		.sending = {{2, 2, 0xffff}},
		.quiet = {{2, 0, 0xffff}},
	},
	{
		.name = "8250, words",
		.driver = &uart_8250,
		.place = {.kind = UART_8250, .width = 4, .shift = 2, .depth = 1},
		.can_send = {LINE(2), 0x60, ~0u},
		.cannot_send = {LINE(2), 0x00, ~0u},
		.data = {0, 'A', ~0u},
		.received = {LINE(2), 0x61, ~0u},
		.nothing = {LINE(2), 0x60, ~0u},
		.input = {0, 'B', ~0u},
		.on = {{4, 0, ~0u}, {8, 1, ~0u}, {16, 0x0b, ~0u}},
		.listening = {{4, 1, ~0u}},
		.sending = {{4, 2, ~0u}},
		.quiet = {{4, 0, ~0u}},
	},
	{
		.name = "i.MX",
		.driver = &uart_imx,
		.place = {.kind = UART_IMX},
		.can_send = {0xb4, 0x60, ~0u},
		.cannot_send = {0xb4, 0x30, ~0u},
		.data = {0x40, 'A', ~0u},
		.received = {0x98, 0x4009, ~0u},
		.nothing = {0x98, 0x4008, ~0u},
		.input = {0x00, 0x8000 | 'B', ~0u},
		.on = {{0x80, 0x0001, 0x236d}, {0x84, 0x0007, 0x801f}, {0x8c, 0x8000, 0x808f}},
		.listening = {{0x8c, 0x8001, ~0u}, {0x80, 0, 0x2000}},
		.sending = {{0x80, 0x2001, ~0u}, {0x8c, 0x8000, ~0u}},
		.quiet = {{0x80, 0x0001, ~0u}, {0x8c, 0x8000, ~0u}},
	},
	{
		.name = "Cadence",
		.driver = &uart_cadence,
		.place = {.kind = UART_CADENCE},
		.can_send = {0x2c, 0x0a, ~0u},
		.cannot_send = {0x2c, 0x12, ~0u},
		.data = {0x30, 'A', ~0u},
		.received = {0x2c, 0x08, ~0u},
		.nothing = {0x2c, 0x0a, ~0u},
		.input = {0x30, 'B', ~0u},
		.on = {{0x00, 0x14, ~0u}, {0x20, 1, ~0u}, {0x0c, 0x1fff, ~0u}},
		.listening = {{0x08, 0x01, ~0u}, {0x0c, 0x1ffe, ~0u}},
		.sending = {{0x08, 0x08, ~0u}, {0x0c, 0x1ff7, ~0u}},
		.quiet = {{0x0c, 0x1fff, ~0u}, {0x14, 0x1fff, ~0u}},
	},
};

static void put_word(struct word word)
{
	uint32_t now;

	memcpy(&now, registers + word.offset, sizeof(now));
	now = (now & ~word.mask) | word.value;
	memcpy(registers + word.offset, &now, sizeof(now));
}

static void expect_words(const char *name, const struct word *word, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t now;

		memcpy(&now, registers + word[i].offset, sizeof(now));
		if ((now & word[i].mask) != (word[i].value & word[i].mask))
			fail_msg("%s: 0x%x at 0x%x; 0x%x is right", name, now & word[i].mask, word[i].offset,
					 word[i].value);
	}
}

/* As after a firmware that left the interrupts of the i.MX UART on. */
static struct uart_place start(const struct row *row)
{
	struct uart_place place = row->place;

	memset(registers, 0, sizeof(registers));
	if (place.kind == UART_IMX) {
		put_word((struct word){0x80, 0x2300, ~0u});
		put_word((struct word){0x84, 0x8008, ~0u});
		put_word((struct word){0x8c, 0x800f, ~0u});
	}
	place.base = (pa_t){(uintptr_t)registers};
	place.size = sizeof(registers);
	row->driver->init(&place);
	return place;
}

static void test_output(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct uart_place place = start(&rows[i]);

		expect_words(rows[i].name, rows[i].on, ARRAY_COUNT(rows[i].on));
		put_word(rows[i].cannot_send);
		assert_false(rows[i].driver->put(&place, 'x'));
		put_word(rows[i].can_send);
		assert_true(rows[i].driver->put(&place, 'A'));
		expect_words(rows[i].name, &rows[i].data, 1);
	}
}

static void test_input(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct uart_place place = start(&rows[i]);
		uint8_t byte = 0;

		put_word(rows[i].nothing);
		put_word(rows[i].input);
		assert_false(rows[i].driver->get(&place, &byte));
		put_word(rows[i].received);
		assert_true(rows[i].driver->get(&place, &byte));
		assert_int_equal(byte, 'B');
	}
}

static void test_interrupts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct uart_place place = start(&rows[i]);

		rows[i].driver->enable(&place, true, false);
		expect_words(rows[i].name, rows[i].listening, ARRAY_COUNT(rows[i].listening));
		rows[i].driver->enable(&place, false, true);
		expect_words(rows[i].name, rows[i].sending, ARRAY_COUNT(rows[i].sending));
		rows[i].driver->quiet(&place);
		expect_words(rows[i].name, rows[i].quiet, ARRAY_COUNT(rows[i].quiet));
	}
}

/* With its FIFO on, an empty 16550A takes 16 bytes before it is asked again; one that has no FIFO takes one.
 */
static void test_fifo_of_the_16550a(void **state)
{
	struct row row = rows[2];
	struct uart_place place;

	(void)state;
	for (unsigned fifo = 0; fifo < 2; fifo++) {
		row.place.depth = 16;
		place = start(&row);
		put_word(row.can_send);
		registers[2] = fifo ? 0xc1 : 0x01;
		assert_true(uart_8250.put(&place, 'a'));
		put_word(row.cannot_send);
		for (unsigned more = 1; more < 16; more++)
			assert_int_equal(uart_8250.put(&place, 'a'), fifo);
		assert_false(uart_8250.put(&place, 'a'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_fifo_of_the_16550a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
