/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that go from one VM to another: who receives them, and who moves them. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/boot.h"
#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"
#include "signalbox/hypercall.h"

#define UART_FR_RXFE (1u << 4)
#define PAUSE_TICKS 4096 /* at most, between two moves */

static uint32_t intid;
static volatile unsigned received;

static void receive(uint32_t taken, struct frame *frame)
{
	(void)frame;
	if (taken == intid)
		received++;
}

/* `intid=`, `edge`: says each that comes, until somebody stops the VM. With `masked` it lets none come. */
static void receipts(void)
{
	unsigned said = 0;

	intid = (uint32_t)argument_number("intid", 0);
	gic_handle(receive);
	taken_spi(intid, argument_given("edge"), 0x80);
	note("receives interrupt %" PRIu32, intid);
	while (argument_given("masked"))
		cpu_wfi();
	for (;;) {
		cpu_irq_close();
		if (said == received)
			cpu_wfi();
		cpu_irq_open();
		cpu_barrier();
		while (said < received)
			printf("received %u\n", ++said);
	}
}

static uint32_t random_word(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 16;
}

/* The others may begin later, and may be at it. */
static bool is_refused(int64_t result)
{
	return result != SIGNALBOX_OK && result != SIGNALBOX_BUSY && result != SIGNALBOX_NOT_RUNNING;
}

/* Between two moments that no one can tell. */
static void pause(void)
{
	uint64_t end = timer_now() + random_word() % PAUSE_TICKS;

	while (timer_now() < end)
		;
}

/* Of VM 0 or VM 1. */
static int64_t change_delivery(void)
{
	return hvc_call(SIGNALBOX_CALL_DELIVERY, random_word() % 2, random_word() % (SIGNALBOX_DELIVERY_AUTO + 1),
					0);
}

/*
 * `intid=`: between VM 0 and VM 1, until somebody stops the VM; with `device` its whole device. With `modes`
 * it also changes how interrupts reach these two.
 */
static void mover(void)
{
	uint64_t call = argument_given("device") ? SIGNALBOX_CALL_DEVICE_MOVE : SIGNALBOX_CALL_IRQ_MOVE;
	bool modes = argument_given("modes");
	int64_t result = SIGNALBOX_OK;
	uint32_t to = 1;

	intid = (uint32_t)argument_number("intid", 0);
	while (!is_refused(result)) {
		result = hvc_call(call, intid, to, 0);
		to ^= result == SIGNALBOX_OK;
		if (modes && !is_refused(result))
			result = change_delivery();
		pause();
	}
	check(false, "the answer is %" PRId64, result);
}

/* The latter alone. */
static void changer(void)
{
	int64_t result = SIGNALBOX_OK;

	while (!is_refused(result)) {
		result = change_delivery();
		pause();
	}
	check(false, "the answer is %" PRId64, result);
}

static void expect_answer(uint64_t function, uint64_t to, uint64_t flags, int64_t answer)
{
	int64_t result = hvc_call(function, intid, to, flags);

	check(result == answer, "interrupt %" PRIu32 " to VM %" PRIu64 ": %" PRId64, intid, to, result);
}

/* `intid=`: the owner, VM 0, gives it to VM 1; from then on it is not the owner's to give. */
static void giver(void)
{
	intid = (uint32_t)argument_number("intid", 0);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 99, 0, SIGNALBOX_INVALID);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 1, 2, SIGNALBOX_INVALID);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 2, 0, SIGNALBOX_DENIED); /* does not list it */
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 0, 0, SIGNALBOX_OK);     /* has it */
	gic_activate(intid);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 1, 0, SIGNALBOX_BUSY);
	gic_deactivate(intid);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 1, 0, SIGNALBOX_OK);
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 0, 0, SIGNALBOX_DENIED);
	intid = 5;
	expect_answer(SIGNALBOX_CALL_IRQ_MOVE, 1, 0, SIGNALBOX_DENIED);
}

/* Waits for a key, then reads the PL031 of the tree: an abort for whoever does not have it now. */
static void rtc_at_key(void)
{
	struct region registers = tree_region(tree_node("arm,pl031", 0), 0);

	note("waits for a key");
	while (mmio_read32(console_base + UART_FR) & UART_FR_RXFE)
		;
	mmio_write32(registers.base + 4, mmio_read32(registers.base));
	check(true, "has the clock");
}

/* `intid=`: as if it ended within the handler. */
static void active_at_the_end(void)
{
	intid = (uint32_t)argument_number("intid", 0);
	gic_activate(intid);
	check(gic_is_active(intid), "interrupt %" PRIu32 " is active", intid);
}

const struct probe_case move_cases[] = {
	{"active-at-the-end", active_at_the_end, true},
	{"receipts", receipts, true},
	{"mover", mover, true},
	{"changer", changer, true},
	{"giver", giver, true},
	{"rtc-at-key", rtc_at_key, true},
	{0},
};
