/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 as drivers use it: polling, Linux' interrupt handler, and what a guest may do wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/pl011.h"

enum {
	DR = 0,
	FR = 0x18,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44
};
enum { BUSY = 0x08, RXFE = 0x10, TXFF = 0x20, RXFF = 0x40, TXFE = 0x80 };
enum { INT_RX = 0x10, INT_TX = 0x20, INT_RT = 0x40, FEN = 0x10 };

static struct pl011 uart;
static bool line;

static int reset(void **state)
{
	(void)state;
	memset(&uart, 0, sizeof(uart));
	pl011_reset(&uart);
	line = false;
	return 0;
}

static uint32_t get(uint64_t offset)
{
	uint64_t value = ~UINT64_C(0);

	line = pl011_read(&uart, offset, 4, &value).line;
	return (uint32_t)value;
}

static bool put(uint64_t offset, uint32_t value)
{
	struct pl011_effect effect = pl011_write(&uart, offset, 4, value);

	line = effect.line;
	return effect.wrote;
}

/* What the console does. */
static unsigned drain(unsigned count)
{
	unsigned taken = 0;
	uint8_t byte;

	while (taken < count && ring_get(&uart.output, &byte))
		taken++;
	line = pl011_refresh(&uart);
	return taken;
}

static void type(const char *keys)
{
	while (*keys)
		pl011_type(&uart, (uint8_t)*keys++);
	line = pl011_refresh(&uart);
}

static void registers_are_those_of_the_manual(void **state)
{
	static const uint8_t id[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
	static const struct {
		uint32_t offset, reset, mask;
	} rows[] = {{0x24, 0, 0xffff},  {0x28, 0, 0x3f},  {LCR_H, 0, 0xff}, {CR, 0x300, 0xff87},
				{IFLS, 0x12, 0x3f}, {IMSC, 0, 0x7ff}, {0x48, 0, 7}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(id); i++)
		assert_int_equal(get(0xfe0 + 4 * i), id[i]);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(get(rows[i].offset), rows[i].reset);
		put(rows[i].offset, UINT32_MAX);
		assert_int_equal(get(rows[i].offset), rows[i].mask);
		put(rows[i].offset + 1, 0);
		assert_int_equal(get(rows[i].offset), rows[i].mask);
	}
	put(IMSC, 0);
	put(0xfe0, 0xff);
	assert_int_equal(get(0xfe0), 0x11);
}

static void no_offset_is_out_of_bounds(void **state)
{
	static const uint64_t far_offsets[] = {0x1000, 0x1004, UINT32_MAX, UINT64_MAX, UINT64_MAX - 3};
	uint64_t value;

	(void)state;
	for (uint64_t offset = 0; offset < 0x1100; offset++)
		for (unsigned size = 1; size <= 4; size *= 2) {
			pl011_write(&uart, offset, size, UINT64_MAX);
			pl011_read(&uart, offset, size, &value);
			assert_true(size == 4 || value >> (8 * size) == 0);
			if (offset % 4 != 0)
				assert_int_equal(value, 0);
		}
	for (unsigned i = 0; i < ARRAY_COUNT(far_offsets); i++) {
		put(far_offsets[i], 1);
		assert_int_equal(get(far_offsets[i]), 0);
	}
	assert_int_equal(ring_used(&uart.output), 3); /* DR, at each size */
}

/* An early console: nothing set up, polls. */
static void polling_output_loses_nothing(void **state)
{
	(void)state;
	put(CR, 0);
	assert_true(put(DR, 'a'));
	assert_false(put(DR, 'b'));
	assert_int_equal(get(FR) & (BUSY | TXFF | TXFE | RXFE), TXFE | RXFE);
	for (unsigned i = 2; i < PL011_OUTPUT_SIZE; i++) {
		assert_false(get(FR) & TXFF);
		put(DR, i);
	}
	assert_int_equal(get(FR) & (BUSY | TXFF | TXFE), BUSY | TXFF);
	assert_int_equal(uart.output_dropped, 0);
	put(DR, 'x');
	put(DR, 'x');
	assert_int_equal(uart.output_dropped, 2);
	assert_int_equal(drain(PL011_OUTPUT_SIZE), PL011_OUTPUT_SIZE);
	assert_true(put(DR, 'c'));
}

/* A driver that waits for TXFE may write 16 bytes then; one that sees TXRIS, 16 less the trigger. */
static void fifo_keeps_its_promises_near_full(void **state)
{
	static const uint8_t level[] = {2, 4, 8, 12, 14, 14, 14, 14};

	(void)state;
	for (unsigned trigger = 0; trigger < ARRAY_COUNT(level); trigger++) {
		reset(NULL);
		put(LCR_H, FEN);
		put(IFLS, trigger);
		put(IMSC, INT_TX);
		assert_false(line);
		for (unsigned i = 1; i <= PL011_OUTPUT_SIZE; i++) {
			put(DR, '.');
			assert_int_equal(line, PL011_OUTPUT_SIZE - i >= 16u - level[trigger]);
			assert_int_equal(!!(get(FR) & TXFE), PL011_OUTPUT_SIZE - i >= 16);
		}
		for (unsigned room = 1; room < 20; room++) {
			assert_int_equal(drain(1), 1);
			assert_int_equal(line, room >= 16u - level[trigger]);
			assert_int_equal(!!(get(FR) & TXFF), 0);
		}
		/* Cleared, it stays so until the level crosses the trigger again or a byte goes out. */
		put(ICR, INT_TX);
		assert_false(line);
		drain(1);
		assert_false(line);
		put(DR, '.');
		assert_true(line);
		put(IMSC, 0);
		assert_false(line);
		assert_int_equal(get(RIS) & INT_TX, INT_TX);
		assert_int_equal(get(MIS), 0);
	}
}

/*
 * The order of accesses of Linux' drivers/tty/serial/amba-pl011.c: start_tx fills until TXFF and unmasks
 * TXIM if something is left; the handler writes 8 bytes unchecked for each TXRIS it sees, at most 256
 * times, and masks TXIM when nothing is left.
 */
static unsigned linux_left;

static void linux_handler(void)
{
	unsigned passes = 256;
	uint32_t status = get(RIS) & uart.imsc;

	while (status && passes-- > 0) {
		put(ICR, status & ~(INT_TX | INT_RT | INT_RX));
		for (unsigned i = 0; i < 8 && linux_left > 0; i++, linux_left--)
			put(DR, 'L');
		if (linux_left == 0)
			put(IMSC, 0);
		status = get(RIS) & uart.imsc;
	}
}

static void linux_start(unsigned count)
{
	linux_left = count;
	while (linux_left > 0 && !(get(FR) & TXFF)) {
		put(DR, 'L');
		linux_left--;
	}
	if (linux_left > 0)
		put(IMSC, INT_TX);
}

static void linux_prints_much_and_little(void **state)
{
	unsigned taken = 0, sent = 300000;

	(void)state;
	put(LCR_H, FEN);
	for (unsigned i = 0; i < 100; i++) {
		linux_start(1);
		assert_int_equal(linux_left, 0);
		assert_int_equal(drain(10), 1);
	}
	linux_start(sent);
	for (unsigned turns = 0; turns < 100000 && taken < sent; turns++) {
		if (line)
			linux_handler();
		taken += drain(turns % 97);
	}
	assert_int_equal(taken, sent);
	assert_int_equal(uart.output_dropped, 0);
	assert_false(line);
}

static void keys_arrive_one_by_one(void **state)
{
	(void)state;
	for (unsigned fen = 0; fen < 2; fen++) {
		put(LCR_H, fen ? FEN : 0);
		put(IMSC, fen ? INT_RT : INT_RX);
		type("ab");
		assert_true(line);
		assert_int_equal(get(RIS) & (INT_RX | INT_RT), INT_RX | INT_RT);
		assert_int_equal(!!(get(FR) & RXFF), !fen);
		assert_int_equal(get(DR), 'a');
		put(ICR, 0x7ff);
		assert_true(line); /* a byte still waits */
		assert_int_equal(get(DR), 'b');
		assert_false(line);
		assert_int_equal(get(DR), 0);
		assert_true(get(FR) & RXFE);
	}
}

static void too_many_keys_are_counted(void **state)
{
	(void)state;
	put(LCR_H, FEN);
	for (unsigned i = 0; i < PL011_INPUT_SIZE + 5; i++)
		pl011_type(&uart, (uint8_t)i);
	assert_int_equal(uart.input_dropped, 5);
	assert_true(get(FR) & RXFF);
	for (unsigned i = 0; i < PL011_INPUT_SIZE; i++)
		assert_int_equal(get(DR), i);
	assert_true(get(FR) & RXFE);
}

static void reset_keeps_last_words_and_forgets_keys(void **state)
{
	uint8_t byte;

	(void)state;
	put(IMSC, 0x7ff);
	put(DR, '!');
	type("x");
	assert_true(line);
	pl011_reset(&uart);
	assert_int_equal(get(IMSC), 0);
	assert_int_equal(get(RIS), 0);
	assert_true(get(FR) & RXFE);
	assert_true(ring_get(&uart.output, &byte));
	assert_int_equal(byte, '!');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers_are_those_of_the_manual, reset),
		cmocka_unit_test_setup(no_offset_is_out_of_bounds, reset),
		cmocka_unit_test_setup(polling_output_loses_nothing, reset),
		cmocka_unit_test_setup(fifo_keeps_its_promises_near_full, reset),
		cmocka_unit_test_setup(linux_prints_much_and_little, reset),
		cmocka_unit_test_setup(keys_arrive_one_by_one, reset),
		cmocka_unit_test_setup(too_many_keys_are_counted, reset),
		cmocka_unit_test_setup(reset_keeps_last_words_and_forgets_keys, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
