/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two VMs between which a device with several interrupts goes, and a third one that asks for it, for the
 * tests of flow/own/carry.c. Holds are recorded; something may happen before each.
 */
#ifndef UNIT_CARRY_VMS_H
#define UNIT_CARRY_VMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/deliver/effects.h"
#include "flow/deliver/link.h"
#include "flow/deliver/regroup.h"
#include "flow/own/carry.h"
#include "flow/own/move.h"
#include "flow/own/passthrough.h"
#include "machine/fake/fake.h"

#define VCPUS 2
#define IRQS 8
#define BIT_OF(intid) (1u << ((intid) % 32))
#define FIRST_HOLD_OF_GIVER 1 /* after one of the receiver, to find what prevents the move */
#define HOLDS_TO_LEAVE ((IRQS + CARRY_PIECE - 1) / CARRY_PIECE)
#define FIRST_HOLD_OF_ARRIVAL (FIRST_HOLD_OF_GIVER + HOLDS_TO_LEAVE)

enum { GIVER, RECEIVER, THIRD, VM_COUNT };

struct box box;
static struct vcpu vcpus[VM_COUNT][VCPUS];
static const uint32_t intids[IRQS] = {34, 35, 36, 40, 63, 64, 65, 70};
static struct {
	struct vm *holder; /* of the registers */
	bool registers_fail;
	unsigned holds; /* so far */
	struct vm *held;
	unsigned owned; /* by the held VM, when it was held */
	unsigned deaf_from, deaf_count;
	unsigned event_at; /* in the hold of this number, before the VM is held */
	void (*event)(void);
} seen;

static inline struct vm *vm_of(unsigned v)
{
	return &box.vm[v];
}

static inline unsigned count_owned(const struct vm *vm)
{
	unsigned count = 0;

	for (unsigned i = 0; i < IRQS; i++)
		count += link_owner(intids[i]) == vm;
	return count;
}

bool passthrough_has(const struct vm *vm, uint32_t intid)
{
	(void)intid;
	return vm == seen.holder;
}

struct vm *passthrough_holder(uint32_t intid)
{
	(void)intid;
	return seen.holder;
}

bool passthrough_may_have(const struct vm *vm, const struct config_device *device)
{
	return vm && device;
}

/* No vCPU is held, and the interrupts have no owner, while the registers move. */
enum err passthrough_carry(struct vm *to, uint32_t intid)
{
	(void)intid;
	assert_null(seen.held);
	for (unsigned v = 0; v < VM_COUNT; v++)
		assert_true(vm_of(v) == to || count_owned(vm_of(v)) == 0);
	if (seen.registers_fail)
		return ERR_NO_MEMORY;
	seen.holder = to;
	return OK;
}

bool pause_disturb(struct pause *pause, struct vm *third)
{
	(void)pause;
	(void)third;
	return true;
}

bool pause_prepare(struct pause *pause)
{
	(void)pause;
	return true;
}

/* One VM at a time is held, and only one with direct delivery may fail to answer. */
bool pause_begin(struct pause *pause)
{
	unsigned hold = seen.holds++;

	assert_true(hold < 100); /* a move has an end */
	assert_null(seen.held);
	assert_null(pause->vm[1]);
	assert_true(pause->vm[0] == vm_of(GIVER) || pause->vm[0] == vm_of(RECEIVER));
	if (seen.event && seen.event_at == hold)
		seen.event();
	if (hold - seen.deaf_from < seen.deaf_count)
		return false;
	seen.held = pause->vm[0];
	seen.owned = count_owned(seen.held);
	return true;
}

void pause_end(struct pause *pause)
{
	unsigned now = count_owned(pause->vm[0]);

	assert_ptr_equal(seen.held, pause->vm[0]);
	assert_true((now > seen.owned ? now - seen.owned : seen.owned - now) <= CARRY_PIECE);
	assert_true(!now || seen.holder == pause->vm[0] || seen.holder == vm_of(THIRD));
	seen.held = NULL;
}

bool pause_has_handler(const struct vm *vm)
{
	(void)vm;
	return false;
}

static inline void write_register(unsigned v, uint32_t offset, unsigned size_bytes, uint64_t value)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = size_bytes, .write = true, .held = VGIC_ALL_HELD, .value = value};
	struct vgic_effects effects = {.vcpu = 0};

	vgic_dist_access(&vm_of(v)->vgic, 0, &access, &effects);
	effects_perform(vm_of(v)->vcpu[0], &effects);
}

static inline void write_bit(unsigned v, uint32_t row, uint32_t intid)
{
	write_register(v, row + intid / 32 * 4, 4, BIT_OF(intid));
}

static inline struct vgic_bank *bank_of(unsigned v, uint32_t intid)
{
	return &vm_of(v)->vgic.spi[intid / 32 - 1];
}

static inline void make_vm(unsigned v)
{
	struct config_vm *config = &box.config.vm[v];
	struct vm *vm = vm_of(v);

	config->device[0] = (struct config_device){.irq_count = IRQS};
	config->device_count = 1;
	*vm = (struct vm){.config = config, .number = v, .state = VM_RUNNING, .vcpu_count = VCPUS, .starts = 1};
	vgic_init(&vm->vgic, 96, 5);
	for (unsigned n = 0; n < VCPUS; n++) {
		struct vcpu *vcpu = &vcpus[v][n];

		*vcpu = (struct vcpu){.vm = vm, .index = n, .number = v * VCPUS + n, .pcpu = 1 + v * VCPUS + n};
		vm->vcpu[n] = box.vcpu[vcpu->number] = vcpu;
		vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	}
	for (unsigned i = 0; i < IRQS; i++) {
		bool edge = i % 2;

		config->device[0].irq[i] = (struct config_irq){.intid = intids[i], .edge = edge};
		if (v == GIVER)
			vgic_link(&vm->vgic, 0, intids[i], intids[i], edge);
		else
			vgic_expect(&vm->vgic, intids[i], edge);
	}
	vgic_reset(&vm->vgic);
}

static inline void make_owner(unsigned v)
{
	for (unsigned i = 0; i < IRQS; i++) {
		assert_int_equal(irq_give(shared_word(intids[i]), v * VCPUS, intids[i]), OK);
		effects_adopt(vm_of(v), intids[i]);
	}
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&seen, 0, sizeof(seen));
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &box.gic), OK);
	box.vm_count = box.config.vm_count = VM_COUNT;
	box.moving.rank = LOCK_MOVE;
	for (unsigned v = 0; v < VM_COUNT; v++)
		make_vm(v);
	make_owner(GIVER);
	for (unsigned v = 0; v < VM_COUNT; v++) {
		write_register(v, GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
		for (unsigned i = 0; i < IRQS; i++) {
			write_register(v, GIC_IGROUPR + intids[i] / 32 * 4, 4, UINT32_MAX);
			write_bit(v, GIC_ISENABLER, intids[i]);
		}
	}
	fake_gic_set_line(intids[0], true);
	fake_gic_set_line(intids[1], true);
	seen.holder = vm_of(GIVER);
	return 0;
}

static inline enum move_result move_to(unsigned v, int vcpu)
{
	return move_interrupt(&(struct move_request){
		.intid = intids[3], .to = vm_of(v), .vcpu = vcpu, .device = true, .caller = vm_of(THIRD)});
}

/* The visible state of the interrupts. */
static struct state {
	struct {
		const struct vm *owner;
		bool enabled, pending, active, edge;
		unsigned route;
		uint8_t priority;
	} irq[IRQS];
	struct {
		uint32_t enabled[2], active[2], linked[2], latched[2], group1[2];
		uint32_t router[96];
	} vm[VM_COUNT];
	const struct vm *holder;
	uint32_t moves;
} before, after;

static inline void look(struct state *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < IRQS; i++) {
		out->irq[i].owner = link_owner(intids[i]);
		out->irq[i].enabled = fake_gic_is_enabled(0, intids[i]);
		out->irq[i].pending = gic_is_pending(0, intids[i]);
		out->irq[i].active = gic_is_active(0, intids[i]);
		out->irq[i].edge = gic_is_edge(0, intids[i]);
		out->irq[i].route = fake_gic_route(intids[i]);
		out->irq[i].priority = fake_gic_priority(0, intids[i]);
		out->moves += box.irqs.history[intids[i]].move_count;
	}
	for (unsigned v = 0; v < VM_COUNT; v++) {
		const struct vgic *gic = &vm_of(v)->vgic;

		for (unsigned b = 0; b < 2; b++) {
			out->vm[v].enabled[b] = gic->spi[b].enabled;
			out->vm[v].active[b] = gic->spi[b].active;
			out->vm[v].linked[b] = gic->spi[b].linked;
			out->vm[v].latched[b] = gic->spi[b].latched;
			out->vm[v].group1[b] = gic->spi[b].group1;
		}
		memcpy(out->vm[v].router, gic->router, sizeof(out->vm[v].router));
	}
	out->holder = seen.holder;
}

static inline void expect_refusal(int vcpu, enum move_result result)
{
	look(&before);
	assert_int_equal(move_to(RECEIVER, vcpu), result);
	look(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_null(seen.held);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

#endif
