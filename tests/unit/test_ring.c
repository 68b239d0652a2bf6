/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doorbells: whichever VMs ring and however often, a receiver is told at a bounded rate, with a bounded
 * delay, and no ring is lost.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/box/timer.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/ring.h"
#include "machine/fake/fake.h"
#include "signalbox/hypercall.h"

#define INTERVAL RING_INTERVAL_INSTRUCTIONS /* ticks, at the pace of the fake machine */
#define HEARER 0
#define RINGER 1
#define VCPU_PCPU 1
#define BELLS 2

struct box box;
static struct config_vm config[2];
static struct vcpu hearer, ringer;
static uint64_t timer;           /* TIMER_RING of the hearer's pCPU */
static unsigned told, entries;   /* notifications; how often its pCPU came to EL2 for rings */
static uint64_t heard_at[BELLS]; /* when each bell was raised last */

static void hear(const struct vm *vm, uint32_t vcpus)
{
	assert_ptr_equal(vm, &box.vm[HEARER]);
	if (!vcpus)
		return;
	assert_int_equal(vcpus, 1);
	told++;
	for (unsigned n = 0; n < BELLS; n++)
		if (atomic_load(&hearer.vgic.raised[1]) >> n & 1)
			heard_at[n] = cpu_counter();
	atomic_store(&hearer.vgic.raised[1], 0);
	atomic_store(&hearer.vgic.attend, 0);
}

/*
 * A raise may take the lock of the VM's interrupts, which the VM's own vCPUs can keep busy: a VM that rings
 * must not take it.
 */
bool notify_vcpus(struct vm *vm, uint32_t vcpus, const struct vcpu *self)
{
	assert_ptr_equal(self, &hearer);
	hear(vm, vcpus);
	return vcpus != 0;
}

void notify_from_outside(struct vm *vm, uint32_t vcpus)
{
	entries += vcpus != 0;
	hear(vm, vcpus);
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	assert_ptr_equal(vcpu, &hearer);
	assert_int_equal(slot, TIMER_RING);
	timer = deadline;
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(config, 0, sizeof(config));
	memset(&hearer, 0, sizeof(hearer));
	memset(heard_at, 0, sizeof(heard_at));
	timer = TIMER_NEVER;
	told = entries = 0;
	fake_reset();
	fake_counter_advance(1000);
	box.vm_count = 2;
	for (unsigned v = 0; v < 2; v++) {
		struct vm *vm = &box.vm[v];

		vm->number = v;
		vm->config = &config[v];
		vm->state = VM_RUNNING;
		vm->vcpu_count = 1;
		vm->vcpu[0] = v ? &ringer : &hearer;
		vm->psci.on = 1;
		vgic_init(&vm->vgic, 64, 5);
		vgic_add_cpu(&vm->vgic, &vm->vcpu[0]->vgic);
		config[v].share_count = BELLS;
		for (unsigned n = 0; n < BELLS; n++) {
			config[v].share[n] = (struct config_share){.shared = n, .doorbell = v ? 0 : 32 + n};
			assert_int_equal(doorbell_add(&box.doorbell[n], v, config[v].share[n].doorbell), OK);
		}
	}
	hearer.vm = &box.vm[HEARER];
	hearer.pcpu = VCPU_PCPU;
	return 0;
}

/* The actions of the receiver's pCPU when the kick or the timer comes. */
static void hearer_acts(void)
{
	if (hearer.rings) {
		entries++;
		ring_wait(&hearer);
	}
	if (timer != TIMER_NEVER && cpu_counter() >= timer) {
		timer = TIMER_NEVER;
		entries++;
		ring_expired(&hearer);
	}
}

static void pass(uint64_t ticks)
{
	fake_counter_advance(ticks);
	hearer_acts();
}

static void ring_now(unsigned bell)
{
	assert_int_equal(ring(&box.vm[RINGER], bell), SIGNALBOX_OK);
	hearer_acts();
}

static void a_ring_now_and_then_is_told_at_once(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 100; n++) {
		ring_now(0);
		assert_int_equal(told, n + 1);
		pass(INTERVAL + 1);
	}
	assert_int_equal(timer, TIMER_NEVER);
	assert_int_equal(entries, 100);
}

static void more_than_a_burst_waits_for_the_timer(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 50; n++)
		ring_now(n & 1);
	assert_int_equal(told, RING_BURST);
	assert_int_equal(entries, RING_BURST + 1); /* to set the timer */
	pass(INTERVAL);
	assert_int_equal(told, RING_BURST + BELLS);
	assert_int_equal(heard_at[0], cpu_counter());
	assert_int_equal(heard_at[1], cpu_counter());
	pass(INTERVAL); /* no VM has rung */
	assert_int_equal(timer, TIMER_NEVER);
	assert_int_equal(hearer.rung, 0);
}

static void who_rings_without_end_is_heard_once_an_interval(void **state)
{
	uint64_t end = 200 * INTERVAL;

	(void)state;
	while (cpu_counter() < end) {
		ring_now(0);
		pass(500);
	}
	assert_in_range(entries, 190, 200 + RING_BURST + 1);
}

/* In any order of rings and times. */
static void none_is_lost_or_late(void **state)
{
	uint64_t rung_at[BELLS] = {0}, first = 0;
	unsigned rings = 0;

	(void)state;
	srandom(7);
	for (unsigned n = 0; n < 200000; n++) {
		unsigned bell = (unsigned)random() % BELLS;

		if (random() % 3 == 0) {
			if (heard_at[bell] >= rung_at[bell])
				rung_at[bell] = cpu_counter();
			ring_now(bell);
			rings++;
		}
		pass((uint64_t)random() % (n / 1000 % 7 ? INTERVAL / 50 : 3 * INTERVAL));
		for (unsigned b = 0; b < BELLS; b++)
			if (rung_at[b] && heard_at[b] < rung_at[b])
				assert_true(cpu_counter() - rung_at[b] <= 2 * INTERVAL + 3 * INTERVAL);
	}
	assert_true(rings > 1000);
	for (unsigned n = 0; n < 3; n++)
		pass(INTERVAL);
	for (unsigned b = 0; b < BELLS; b++)
		assert_true(heard_at[b] >= rung_at[b]);
	assert_in_range(entries, 1, (cpu_counter() - first) / INTERVAL * 2 + RING_BURST);
}

/* The timer's last look and a ring at the same time. */
static void a_ring_behind_the_last_look_sets_the_timer_again(void **state)
{
	(void)state;
	for (unsigned n = 0; n < RING_BURST + 1; n++)
		ring_now(0);
	pass(INTERVAL);
	ring_now(0); /* too early, and the receiver's pCPU has a timer */
	assert_false(hearer.rings);
	pass(INTERVAL);
	assert_int_equal(told, RING_BURST + 2);
	pass(INTERVAL);
	assert_int_equal(hearer.rung, 0);
	ring_now(0);
	assert_int_equal(told, RING_BURST + 3);
}

/* A vCPU that is off finds the ring when it is turned on; the ring does not wake it. */
static void who_is_off_is_not_disturbed(void **state)
{
	(void)state;
	box.vm[HEARER].psci.on = 0;
	for (unsigned n = 0; n < 100; n++)
		ring_now(0);
	assert_int_equal(told, 0);
	assert_int_equal(entries, 0);
	assert_int_equal(hearer.vgic.raised[1], 1);
	box.vm[HEARER].state = VM_STOPPING;
	hearer.vgic.raised[1] = 0;
	ring_now(0);
	assert_int_equal(hearer.vgic.raised[1], 0);
}

static uint32_t route(uint32_t to)
{
	struct vgic *gic = &box.vm[HEARER].vgic;
	struct vgic_access access = {
		.offset = GICD_IROUTER + 32 * 8, .size_bytes = 8, .write = true, .value = to};
	struct vgic_effects effects = {.attend = 0};

	lock_acquire(&gic->lock);
	vgic_dist_access(gic, 0, &access, &effects);
	lock_release(&gic->lock);
	return effects.attend;
}

/* A VM that rings does not wait for the lock of the receiver's interrupts, however busy that lock is. */
static void routed_nowhere_it_waits_and_nobody_else_does(void **state)
{
	struct vgic *gic = &box.vm[HEARER].vgic;

	(void)state;
	route(0x80);
	lock_acquire(&gic->lock);
	for (unsigned n = 0; n < 100; n++)
		ring_now(0);
	lock_release(&gic->lock);
	assert_int_equal(told + entries, 0);
	assert_int_equal(hearer.vgic.attend, 0);
	assert_int_equal(route(0), 1);
	assert_int_equal(gic->spi[0].pending, 1);
}

static void *ring_once(void *arg)
{
	(void)arg;
	assert_int_equal(ring(&box.vm[RINGER], 0), SIGNALBOX_OK);
	return NULL;
}

/* A doorbell that is routed nowhere when it is rung, and to a running vCPU before it is raised. */
static void who_hears_from_now_on_is_told(void **state)
{
	struct vgic *gic = &box.vm[HEARER].vgic;

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		unsigned before = told;
		pthread_t thread;

		route(0x80);
		assert_int_equal(pthread_create(&thread, NULL, ring_once, NULL), 0);
		if (n & 1)
			sched_yield();
		route(0);
		pthread_join(thread, NULL);
		assert_true(told > before || gic->spi[0].pending == 1);
		assert_int_equal(hearer.vgic.raised[1], 0);
		gic->spi[0].pending = 0;
		pass(INTERVAL + 1);
	}
}

static void who_sees_no_such_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(ring(&box.vm[RINGER], BELLS), (uint64_t)SIGNALBOX_INVALID);
	assert_int_equal(ring(&box.vm[RINGER], UINT64_MAX), (uint64_t)SIGNALBOX_INVALID);
	assert_int_equal(ring(&box.vm[HEARER], 0), SIGNALBOX_OK); /* no other VM has a doorbell */
	assert_int_equal(told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_ring_now_and_then_is_told_at_once, set_up),
		cmocka_unit_test_setup(more_than_a_burst_waits_for_the_timer, set_up),
		cmocka_unit_test_setup(who_rings_without_end_is_heard_once_an_interval, set_up),
		cmocka_unit_test_setup(none_is_lost_or_late, set_up),
		cmocka_unit_test_setup(a_ring_behind_the_last_look_sets_the_timer_again, set_up),
		cmocka_unit_test_setup(who_is_off_is_not_disturbed, set_up),
		cmocka_unit_test_setup(routed_nowhere_it_waits_and_nobody_else_does, set_up),
		cmocka_unit_test_setup(who_hears_from_now_on_is_told, set_up),
		cmocka_unit_test_setup(who_sees_no_such_memory_is_told, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
