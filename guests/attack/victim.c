/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Left's first CPU sends an SGI to the second and waits for its answer, then rings right's doorbell and waits
 * for the answer; all three CPUs have timers, and SGIs of their own. Each wait is for one interrupt, which
 * comes once. A wait has no end, so a lost interrupt is seen from outside.
 */
#include <string.h>

#include "attack/attack.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "signalbox/hypercall.h"

#define SGI_THERE 1
#define SGI_BACK 2
#define SGI_SELF 3
#define FIRST 1
#define SECOND 2 /* targets of SGIs */
#define TIMER_US 3000
#define SURPLUS_US 50

static struct pair *pair;
static unsigned vm;
static uint32_t doorbell, knocker, device;
static volatile uint64_t sgis[2], selves[2], timers[2], rings, knocks;

static uint64_t *of_this_cpu(uint64_t counts[])
{
	return &counts[vm * 2 + cpu_number()];
}

static void fail(enum wait what, uint64_t got, uint64_t wanted)
{
	if (__atomic_fetch_add(&pair->failures, 1, __ATOMIC_SEQ_CST))
		return;
	pair->what = what;
	pair->got = got;
	pair->wanted = wanted;
}

static void take_timer(unsigned cpu)
{
	timer_disarm();
	timers[cpu]++;
}

static void take(uint32_t intid, struct frame *frame)
{
	unsigned cpu = cpu_number();

	(void)frame;
	if (intid == TIMER_VIRTUAL_INTID)
		take_timer(cpu);
	else if (intid == SGI_THERE || intid == SGI_BACK)
		sgis[cpu]++;
	else if (intid == SGI_SELF)
		selves[cpu]++;
	else if (intid == doorbell)
		rings++;
	else if (intid == knocker)
		knocks++; /* by attackers, as often as they like */
	else if (intid == device)
		__atomic_add_fetch(&pair->received, 1, __ATOMIC_SEQ_CST);
	else
		fail(WAIT_STRANGER, intid, 0);
	if (intid == SGI_THERE)
		gic_send_sgi(SGI_BACK, FIRST);
	random_spin(random_once_in(8) ? 100 : 2);
}

static void sleep_unless(const volatile uint64_t *count, uint64_t wanted)
{
	cpu_irq_close();
	if (*count < wanted)
		cpu_wfi();
	cpu_irq_open();
}

/* Waits until it has come this often; and checks that it comes no more often. */
static void expect(enum wait what, const volatile uint64_t *count, uint64_t wanted)
{
	bool sleeps = random_once_in(2);

	__atomic_store_n(of_this_cpu(pair->waits), what, __ATOMIC_RELEASE);
	while (*count < wanted)
		if (sleeps)
			sleep_unless(count, wanted);
	random_spin(SURPLUS_US);
	if (*count != wanted)
		fail(what, *count, wanted);
	__atomic_store_n(of_this_cpu(pair->waits), WAIT_NOTHING, __ATOMIC_RELEASE);
}

static void own_round(uint64_t n)
{
	unsigned cpu = cpu_number();

	timer_arm(timer_now() + random_below((uint32_t)timer_ticks(TIMER_US)));
	expect(WAIT_TIMER, &timers[cpu], n);
	gic_send_sgi(SGI_SELF, (uint16_t)(1u << cpu));
	expect(WAIT_SELF, &selves[cpu], n);
	__atomic_add_fetch(of_this_cpu(pair->rounds), 1, __ATOMIC_SEQ_CST);
}

static void listen(uint32_t intid)
{
	if (!intid)
		return;
	gic_edge(intid, true);
	gic_route(intid, sysreg_read(mpidr_el1));
	gic_enable(intid);
}

static void listen_to_private(void)
{
	random_seed(argument_number("seed", 1) * 16 + vm * 2 + cpu_number());
	gic_enable(SGI_THERE);
	gic_enable(SGI_BACK);
	gic_enable(SGI_SELF);
	gic_enable(TIMER_VIRTUAL_INTID);
	cpu_irq_open();
}

static void second(void)
{
	listen_to_private();
	for (uint64_t n = 1;; n++)
		own_round(n);
}

static void write_word(unsigned whose, uint64_t n)
{
	__atomic_store_n(&pair->word[whose], n, __ATOMIC_RELEASE);
	cpu_barrier();
	hvc_call(SIGNALBOX_CALL_RING, 0, 0, 0);
}

/* With the doorbell comes its number, in the other one's word. */
static void expect_word(enum wait what, unsigned whose, uint64_t n)
{
	uint64_t word;

	expect(what, &rings, n);
	word = __atomic_load_n(&pair->word[whose], __ATOMIC_ACQUIRE);
	if (word != n)
		fail(what, word, n);
}

static void wait_until(uint64_t *ready)
{
	while (!__atomic_load_n(ready, __ATOMIC_ACQUIRE))
		;
}

/* An SGI, or a doorbell, is lost while its receiver is not set up. */
static _Noreturn void left(void)
{
	boot_cpu(1, second);
	wait_until(&pair->rounds[LEFT * 2 + 1]);
	wait_until(&pair->right_is_ready);
	for (uint64_t n = 1;; n++) {
		gic_send_sgi(SGI_THERE, SECOND);
		expect(WAIT_SGI, &sgis[0], n);
		if (sgis[1] != n)
			fail(WAIT_SGI, sgis[1], n);
		write_word(LEFT, n);
		expect_word(WAIT_ANSWER, RIGHT, n);
		own_round(n);
	}
}

static _Noreturn void right(void)
{
	__atomic_store_n(&pair->right_is_ready, 1, __ATOMIC_RELEASE);
	for (uint64_t n = 1;; n++) {
		expect_word(WAIT_DOORBELL, LEFT, n);
		write_word(RIGHT, n);
		own_round(n);
	}
}

_Noreturn void victim_run(void)
{
	pair = attack_share(0);
	vm = strncmp(argument_text("victim", "left"), "right", 5) == 0 ? RIGHT : LEFT;
	doorbell = tree_intid(tree_node("signalbox,shared-memory", 0), 0);
	knocker = tree_intid(tree_node("signalbox,shared-memory", 1), 0);
	device = (uint32_t)argument_number("intid", 0);
	gic_handle(take);
	listen(doorbell);
	listen(knocker);
	listen(device);
	listen_to_private();
	if (vm == LEFT) {
		attack_publish(&pair->magic, PAIR_MAGIC);
		left();
	}
	right();
}
