/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with direct delivery and one vCPU on pCPU 1, as pCPU 0 sees it, which holds or stops the VM. The steps
 * of pCPU 1 are done while pCPU 0 waits, so that a test can choose any order of events.
 */
#ifndef UNIT_SEIZURE_VM_H
#define UNIT_SEIZURE_VM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/atomic.h"
#include "base/log.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/lists.h"
#include "flow/deliver/present.h"
#include "flow/deliver/ring.h"
#include "flow/hold/seize.h"
#include "flow/hold/sync.h"
#include "flow/life/life.h"
#include "flow/life/seed.h"
#include "flow/own/delivery.h"
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
static bool leaves;       /* a vCPU of the test leaves its pCPU */
static unsigned quiesced; /* times its private interrupts were quiesced */
static uint64_t log_next;

/* The actions of the vCPU's pCPU while it is waited for. */
static struct {
	unsigned kicks_ignored; /* how many kicks it ignores */
	uint64_t deaf_until;    /* until this counter value it answers nothing, with stage 2 or without */
	uint64_t answered;      /* when it did */
	bool seized;            /* it had no stage 2 when it answered */
} guest;

void present_fold(struct vcpu *self)
{
	if (!self->live)
		return;
	self->folded = true;
	atomic_store_release(&self->live, 0);
}

void turn_want(void)
{
	housekeeping_kicks++;
}

bool seed_plant(const struct vm *vm, uint64_t count, uint8_t *tree)
{
	(void)vm;
	(void)count;
	(void)tree;
	assert_true(false);
	return false;
}

/* Functions of a VM's life that no test here reaches. */
void delivery_begin(struct vm *vm)
{
	(void)vm;
	fail();
}

void delivery_pass_on(struct vcpu *self)
{
	(void)self;
}

/* Scrubbing takes long, and the VM is watched meanwhile. */
void delivery_end(struct vm *vm)
{
	fake_counter_advance(cpu_us_to_ticks(SEIZE_ANSWER_US) + 1);
	fake_cpu_select(0);
	seize_watch();
	fake_cpu_select(GUEST_PCPU);
	vm->vgic.direct = false;
}

void effects_quiesce_private(struct vcpu *self)
{
	assert_ptr_equal(self, &vcpu);
	assert_true(leaves);
	quiesced++;
}

void effects_quiesce_shared(struct vm *vm)
{
	(void)vm;
}

void present_end(struct vcpu *self)
{
	assert_ptr_equal(self, &vcpu);
	assert_true(leaves && !self->direct);
	present_fold(self);
}

void ring_reset(struct vcpu *self)
{
	(void)self;
}

void guest_timer_off(struct vcpu *self)
{
	(void)self;
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
		present_fold(&vcpu);
	}
	if (guest.answered && vcpu.asked) /* as run_attend() does */
		seize_answer(&vcpu);
	fake_cpu_select(0);
}

static inline int set_up(void **state)
{
	struct vm *vm = &box.vm[0];
	struct log_entry entry;

	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&guest, 0, sizeof(guest));
	memset(root, 0, sizeof(root));
	housekeeping_kicks = quiesced = 0;
	leaves = false;
	fake_reset();
	fake_cpu_set_others(guest_acts);
	box.vm_count = 1;
	vm->config = &config;
	vm->log.name = config.name;
	vm->state = VM_RUNNING;
	vm->vmid = VMID;
	vm->vcpu_count = 1;
	vm->vcpu[0] = &vcpu;
	vm->psci.on = 1;
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

static inline bool has_line(const char *text)
{
	struct log_entry entry;

	if (!log_read(log_next, &entry))
		return false;
	assert_string_equal(entry.text, text);
	log_next = entry.sequence + 1;
	return true;
}

/* A vCPU that keeps the kick away as a guest can, or whose pCPU gets no turn. */
static inline void does_not_answer(uint32_t priorities)
{
	guest.kicks_ignored = UINT32_MAX;
	fake_cpu_select(GUEST_PCPU);
	assert_true(gic_direct_set_priorities(0, priorities));
	fake_cpu_select(0);
}

static inline uint64_t deadline(void)
{
	return cpu_us_to_ticks(SEIZE_ANSWER_US);
}

/* Time passes, and the housekeeping pCPU looks whenever it wants to. */
static inline void watch_until(uint64_t time)
{
	while (cpu_counter() < time) {
		guest_acts();
		seize_watch();
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

#endif
