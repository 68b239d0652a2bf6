/* SPDX-License-Identifier: Apache-2.0 */
/* One interrupt among several VMs, for as long as one likes: who moves it, and who receives it under load. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/soak.h"
#include "probe/taken.h"
#include "signalbox/hypercall.h"

#define LOAD_SGI 2
#define LOAD_SPI 160 /* no device has these */
#define LOAD_SPIS 8

static struct soak *soak;
static uint32_t intid, random_state;
static uint64_t vm;
static bool level;

static uint32_t random_below(uint32_t end)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % end;
}

static void spin(uint32_t ticks)
{
	for (uint64_t end = timer_now() + ticks; timer_now() < end;)
		;
}

/* The place is taken before whatever comes behind it in the program. */
static void log_event(uint32_t event)
{
	uint64_t place = __atomic_fetch_add(&soak->next, 1, __ATOMIC_SEQ_CST);

	if (place < soak->length)
		__atomic_store_n(&soak->log[place], event, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&soak->finished, 1, __ATOMIC_RELEASE);
	cpu_barrier();
}

static bool begin(void)
{
	struct share share = probe_share();

	if (share.size == 0)
		return false;
	soak = (struct soak *)share.base;
	intid = (uint32_t)argument_number("intid", 0);
	vm = argument_number("vm", 0);
	random_state = (uint32_t)(argument_number("seed", 1) * 16 + vm);
	return true;
}

/* A level stays until the test has seen the receipt; no end of interrupt before. */
static void receive(void)
{
	uint64_t count;

	log_event(SOAK_EVENT(SOAK_RECEIPT, vm, 0));
	count = __atomic_add_fetch(&soak->received, 1, __ATOMIC_SEQ_CST);
	while (level && __atomic_load_n(&soak->lowered, __ATOMIC_ACQUIRE) < count)
		__asm__ volatile("yield");
}

static void take(uint32_t taken, struct frame *frame)
{
	(void)frame;
	if (taken == intid)
		receive();
	else if (taken == TIMER_VIRTUAL_INTID)
		timer_arm(timer_now() + 1000 + random_below(20000));
}

/* Other interrupts, of higher and of lower priority; at times more than there are list registers. */
static void load(bool spis)
{
	cpu_irq_close();
	gic_send_sgi(LOAD_SGI, 1);
	for (uint32_t n = random_below(LOAD_SPIS + 1); spis && n > 0; n--)
		gic_pend(LOAD_SPI + n - 1);
	spin(random_below(3000)); /* with what has come, ours among it, in list registers */
	cpu_irq_open();
	spin(random_below(3000));
	if (random_below(4) == 0)
		cpu_wfi(); /* the timer at the latest wakes it */
}

/* `intid= vm= seed=`, `level`, `spis`: notes each receipt, until somebody stops the VM. */
static void soak_receiver(void)
{
	if (!begin())
		return;
	level = argument_given("level");
	gic_handle(take);
	for (uint32_t n = 0; argument_given("spis") && n < LOAD_SPIS; n++)
		taken_spi(LOAD_SPI + n, true, (uint8_t)(n % 2 ? 0x60 : 0xa0));
	taken_spi(intid, !level, 0x80);
	gic_enable(LOAD_SGI);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
	note("receives interrupt %" PRIu32, intid);
	for (;;)
		load(argument_given("spis"));
}

static int64_t move(uint32_t to)
{
	int64_t result;

	log_event(SOAK_EVENT(SOAK_ASKED, to, 0));
	result = hvc_call(SIGNALBOX_CALL_IRQ_MOVE, intid, to, 0);
	log_event(SOAK_EVENT(SOAK_ANSWERED, to, result == SIGNALBOX_OK));
	return result;
}

static bool is_over(void)
{
	return __atomic_load_n(&soak->finished, __ATOMIC_ACQUIRE);
}

/* Some owners receive something, others have it for a moment. */
static void pause(uint32_t ticks, bool for_receipt)
{
	uint64_t count = __atomic_load_n(&soak->received, __ATOMIC_ACQUIRE);

	spin(random_below(ticks));
	while (for_receipt && !is_over() && __atomic_load_n(&soak->received, __ATOMIC_ACQUIRE) == count)
		__asm__ volatile("yield");
}

/*
 * `intid= vms= seed= moves= pause=`: from VM 0 to another and on, among VMs 0 to `vms` - 1 at random, so
 * often, with pauses of up to so many ticks.
 */
static void soak_mover(void)
{
	uint32_t vms = (uint32_t)argument_number("vms", 2), owner = 0;
	uint32_t ticks = (uint32_t)argument_number("pause", 4096);
	uint64_t left = argument_number("moves", 0);
	int64_t result = SIGNALBOX_OK;

	if (!begin())
		return;
	soak->length = (probe_share().size - sizeof(*soak)) / sizeof(soak->log[0]);
	soak->finished = 1;
	soak->not_magic = ~SOAK_MAGIC;
	__atomic_store_n(&soak->magic, SOAK_MAGIC, __ATOMIC_RELEASE);
	note("waits to be let go");
	while (is_over())
		__asm__ volatile("yield");
	while (left && (result == SIGNALBOX_OK || result == SIGNALBOX_BUSY) && !is_over()) {
		uint32_t to = (owner + 1 + random_below(vms - 1)) % vms;

		result = move(to);
		if (result == SIGNALBOX_OK) {
			owner = to;
			left--;
		}
		pause(ticks, result == SIGNALBOX_OK && random_below(2));
	}
	check(result == SIGNALBOX_OK || result == SIGNALBOX_BUSY, "the last answer is %" PRId64, result);
	__atomic_store_n(&soak->finished, 1, __ATOMIC_RELEASE);
}

const struct probe_case soak_cases[] = {
	{"soak-receiver", soak_receiver, true},
	{"soak-mover", soak_mover, true},
	{0},
};
