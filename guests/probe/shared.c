/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two guests, one shared memory, a doorbell each way: `role=a` counts up, `role=b` answers each number, for
 * ROUNDS rounds; each wakes by its doorbell alone.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"
#include "signalbox/hypercall.h"

#define ROUNDS 1000

struct words {
	volatile uint32_t ping, pong; /* written by a, by b */
};

static volatile unsigned rings;

static void doorbell(uint32_t intid, struct frame *frame)
{
	(void)intid;
	(void)frame;
	rings++;
}

/* Waits for the doorbell until `word` is `value`, as long as the other needs: it may have to boot, on an
 * emulator. */
static void wait_for(volatile uint32_t *word, uint32_t value)
{
	for (unsigned before = rings; *word != value; before = rings)
		while (rings == before && *word != value)
			;
}

static void ring(const struct share *share)
{
	__asm__ volatile("dmb ishst" ::: "memory");
	hvc_call(SIGNALBOX_CALL_RING, share->index, 0, 0);
}

static void ping_pong(void)
{
	bool is_a = strcmp(argument_text("role", "a"), "a") == 0;
	struct share share = probe_share();
	struct words *words = (struct words *)share.base;
	uint32_t round = 0;

	if (share.size == 0) {
		check(false, "no shared memory in the device tree");
		return;
	}
	note("shared memory %" PRIu32 " at 0x%" PRIx64 ", doorbell INTID %" PRIu32, share.index, share.base,
		 share.doorbell);
	taken_spi(share.doorbell, true, 0x80);
	gic_handle(doorbell);
	cpu_irq_open();
	while (round < ROUNDS) {
		round++;
		if (is_a)
			words->ping = round;
		if (is_a)
			ring(&share);
		wait_for(is_a ? &words->pong : &words->ping, round);
		if (!is_a)
			words->pong = round;
		if (!is_a)
			ring(&share);
	}
	cpu_irq_close();
	check(true, "role %s: %" PRIu32 " rounds, %u doorbells", is_a ? "a" : "b", round, rings);
	check(rings >= 1, "doorbells were heard");
}

const struct probe_case shared_cases[] = {
	{"ping-pong", ping_pong, true},
	{0},
};
