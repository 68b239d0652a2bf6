/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU with direct delivery that does not answer whoever holds or stops it loses its VM's stage 2. What its
 * pCPU does meanwhile is done in the steps of the one that waits, so each order of events is a test's to
 * choose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/atomic.h"
#include "base/log.h"
#include "flow/delivery.h"
#include "flow/direct.h"
#include "flow/effects.h"
#include "flow/housekeeping.h"
#include "flow/life.h"
#include "flow/run.h"
#include "flow/sync.h"
#include "flow/timer.h"
#include "machine/fake/fake.h"

#define GUEST_PCPU 1
#define VMID 1
#define STEP_TICKS 10007
#define GIB UINT64_C(0x40000000)

struct box box;
static struct config_vm config = {.name = "guest"};
static struct vcpu vcpu;
static _Alignas(2 * PAGE_SIZE) uint8_t root[2 * PAGE_SIZE];
static unsigned housekeeping_kicks;
static uint64_t log_next;

/* What the pCPU of the vCPU does while it is waited for. */
static struct {
	unsigned kicks_ignored; /* so many kicks it does not hear */
	uint64_t deaf_until;    /* nor anything, stage 2 or not, before this counter value */
	uint64_t answered;      /* when it did */
	bool seized;            /* it had no stage 2 then */
} guest;

void run_fold(struct vcpu *self)
{
	if (!self->live)
		return;
	self->folded = true;
	atomic_store_release(&self->live, 0);
}

void housekeeping_kick(void)
{
	housekeeping_kicks++;
}

/* Of a VM's life what no test here comes to. */
void delivery_begin(struct vm *vm)
{
	(void)vm;
	fail();
}

void delivery_pass_on(struct vcpu *self)
{
	(void)self;
}

/* It waits for LOCK_MOVE, which another pCPU has as long as a kick may take, and is watched meanwhile. */
void delivery_end(struct vm *vm)
{
	fake_counter_advance(cpu_us_to_ticks(LIFE_ANSWER_US) + 1);
	fake_cpu_select(0);
	life_watch();
	fake_cpu_select(GUEST_PCPU);
	vm->vgic.direct = false;
}

void direct_leave(struct vcpu *self)
{
	(void)self;
	fail();
}

void effects_quiesce_private(struct vcpu *self)
{
	(void)self;
	fail();
}

void effects_quiesce_shared(struct vm *vm)
{
	(void)vm;
}

void run_end_maintenance(struct vcpu *self)
{
	(void)self;
	fail();
}

void timer_off(struct vcpu *self)
{
	(void)self;
}

void timer_set(enum timer_slot slot, uint64_t at)
{
	(void)slot;
	(void)at;
	fail();
}

void run_idle(void)
{
	fail();
	__builtin_unreachable();
}
void run_start(struct vcpu *self)
{
	(void)self;
	fail();
	__builtin_unreachable();
}

static bool has_stage2(void)
{
	return *(uint64_t *)(void *)root & 1;
}

/* One step of pCPU 1. */
static void guest_acts(void)
{
	fake_counter_advance(STEP_TICKS);
	if (!vcpu.live || cpu_counter() < guest.deaf_until)
		return;
	fake_cpu_select(GUEST_PCPU);
	if (!has_stage2()) {
		guest.answered = cpu_counter();
		guest.seized = true;
		life_answer_seizure(&vcpu);
	} else if (fake_gic_kick_count(GUEST_PCPU) > guest.kicks_ignored) {
		guest.answered = cpu_counter();
		run_fold(&vcpu);
	}
	fake_cpu_select(0);
}

static int set_up(void **state)
{
	struct vm *vm = &box.vm[0];
	struct log_entry entry;

	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&guest, 0, sizeof(guest));
	memset(root, 0, sizeof(root));
	housekeeping_kicks = 0;
	fake_reset();
	fake_cpu_set_others(guest_acts);
	box.vm_count = 1;
	vm->config = &config;
	vm->log.name = config.name;
	vm->state = VM_RUNNING;
	vm->vmid = VMID;
	vm->vcpu_count = 1;
	vm->vcpu[0] = &vcpu;
	vm->lock.rank = LOCK_VM;
	vm->vgic.direct = true;
	vcpu.vm = vm;
	vcpu.pcpu = GUEST_PCPU;
	vcpu.direct = true;
	vcpu.live = 1;
	table_init(&vm->stage2, root, 40, true, NULL);
	vm->stage2_root = mmu_address(root);
	assert_int_equal(table_map(&vm->stage2, 0, GIB, GIB, TABLE_READ), OK);
	while (log_read(log_next, &entry))
		log_next = entry.sequence + 1;
	return 0;
}

static bool has_line(const char *text)
{
	struct log_entry entry;

	if (!log_read(log_next, &entry))
		return false;
	assert_string_equal(entry.text, text);
	log_next = entry.sequence + 1;
	return true;
}

/* Of one that keeps the kick away as a guest can, or of a pCPU that has no turn. */
static void does_not_answer(uint32_t priorities)
{
	guest.kicks_ignored = UINT32_MAX;
	fake_cpu_select(GUEST_PCPU);
	fake_direct_set_priorities(priorities);
	fake_cpu_select(0);
}

static uint64_t deadline(void)
{
	return cpu_us_to_ticks(LIFE_ANSWER_US);
}

static void expect_held(void)
{
	assert_int_equal(vcpu.live, 0);
	assert_int_equal(vcpu.hold, 1);
	sync_release(&box.vm[0], 1);
	assert_int_equal(vcpu.hold, 0);
}

static void who_answers_keeps_stage2(void **state)
{
	(void)state;
	guest.deaf_until = deadline() - 4 * STEP_TICKS;
	sync_hold(&box.vm[0], 1, NULL);
	expect_held();
	assert_false(guest.seized);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 1);
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
	assert_true(has_stage2());
}

static void who_is_not_live_is_not_waited_for(void **state)
{
	(void)state;
	vcpu.live = 0;
	sync_hold(&box.vm[0], 1, NULL);
	expect_held();
	assert_int_equal(cpu_counter(), 0);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 0);
}

static void who_blocks_its_interface_is_stopped(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	does_not_answer(1); /* running priority 0 */
	sync_hold(vm, 1, NULL);
	expect_held();
	assert_true(guest.seized);
	assert_in_range(guest.answered, deadline(), deadline() + 4 * STEP_TICKS);
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	assert_true(
		has_line("[guest] stopped: it kept Signalbox from its processor, by a running priority above all "
				 "that guests have (ICC_AP1R0_EL1)"));
	assert_int_equal(vm->state, VM_STOPPING);
	assert_int_equal(vm->after, VM_THEN_STOPPED);
	assert_int_equal(vm->faults, 1);
	assert_true(vcpu.stopping);
	assert_false(has_stage2()); /* it does not run on */
	assert_int_equal(vm->seized, 1);
	life_release(vm); /* when all of it is off */
	assert_true(has_stage2());
	assert_int_equal(vm->seized, 0);
}

/* Every running priority that could keep a kick away, and each that cannot: then the pCPU was slow. */
static void who_was_slow_goes_on(void **state)
{
	for (unsigned group = 0; group <= 32; group++) {
		bool blocks = group < IRQ_DIRECT_FIRST / 8;

		set_up(state);
		does_not_answer(group < 32 ? 1u << group : 0);
		sync_hold(&box.vm[0], 1, NULL);
		expect_held();
		assert_true(guest.seized);
		assert_int_equal(
			has_line("[guest] stopped: it kept Signalbox from its processor, by a running priority "
					 "above all that guests have (ICC_AP1R0_EL1)"),
			blocks);
		assert_int_equal(box.vm[0].state, blocks ? VM_STOPPING : VM_RUNNING);
		assert_int_equal(has_stage2(), !blocks);
		assert_int_equal(box.vm[0].seized, blocks);
	}
}

/* Stage 2 is taken once, however long it takes then. */
static void whose_pcpu_stands_still_is_waited_for(void **state)
{
	(void)state;
	does_not_answer(0);
	guest.deaf_until = 5 * deadline();
	sync_hold(&box.vm[0], 1, NULL);
	expect_held();
	assert_true(guest.answered >= 5 * deadline());
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	assert_true(has_stage2());
	assert_int_equal(box.vm[0].seized, 0);
}

/* Without direct delivery it cannot keep a kick away. */
static void virtual_delivery_needs_no_seizure(void **state)
{
	(void)state;
	vcpu.direct = false;
	guest.deaf_until = 3 * deadline();
	sync_hold(&box.vm[0], 1, NULL);
	expect_held();
	assert_false(guest.seized);
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
}

/* One that is told to stop is watched, for nobody waits for it. */
static void who_is_told_to_stop_is_watched(void **state)
{
	struct vm *vm = &box.vm[0];
	uint64_t told;

	(void)state;
	assert_int_equal(life_watch(), TIMER_NEVER);
	fake_counter_advance(77);
	told = cpu_counter();
	life_stop(vm, VM_THEN_RESTART);
	assert_int_equal(vm->state, VM_STOPPING);
	assert_true(vcpu.stopping);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 1);
	assert_int_equal(housekeeping_kicks, 1);
	assert_int_equal(life_watch(), told + deadline() + 1);
	fake_counter_advance(deadline());
	assert_int_equal(life_watch(), told + deadline() + 1);
	assert_true(has_stage2());
	fake_counter_advance(1);
	assert_int_equal(life_watch(), told + 2 * deadline() + 2);
	assert_false(has_stage2());
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	fake_counter_advance(2 * deadline());
	assert_int_equal(life_watch(), cpu_counter() + deadline() + 1);
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	vm->state = VM_STOPPED;
	assert_int_equal(life_watch(), TIMER_NEVER);
}

static void others_that_stop_are_not_watched(void **state)
{
	(void)state;
	box.vm[0].vgic.direct = false;
	life_stop(&box.vm[0], VM_THEN_STOPPED);
	assert_int_equal(housekeeping_kicks, 0);
	fake_counter_advance(2 * deadline());
	assert_int_equal(life_watch(), TIMER_NEVER);
	assert_true(has_stage2());
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

/* It has stopped in time, and its end takes long. */
static void who_ends_slowly_has_stage2_again(void **state)
{
	static uint8_t ram[64];
	struct vm *vm = &box.vm[0];

	(void)state;
	vm->memory = mmu_address(ram);
	vm->vgic.lock.rank = LOCK_VGIC;
	life_stop(vm, VM_THEN_RESTART);
	vm->parked = 1;
	vcpu.live = 0;
	fake_cpu_select(GUEST_PCPU);
	assert_true(life_step(&vcpu));
	assert_int_equal(vm->state, VM_STARTING);
	assert_false(vm->seized);
	assert_true(has_stage2());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_answers_keeps_stage2),
		TEST(who_is_not_live_is_not_waited_for),
		TEST(who_blocks_its_interface_is_stopped),
		TEST(who_was_slow_goes_on),
		TEST(whose_pcpu_stands_still_is_waited_for),
		TEST(virtual_delivery_needs_no_seizure),
		TEST(who_is_told_to_stop_is_watched),
		TEST(others_that_stop_are_not_watched),
		TEST(who_ends_slowly_has_stage2_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
