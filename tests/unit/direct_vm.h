/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM of two vCPUs on pCPUs 1 and 2 of a fake machine, which may have direct delivery, for the tests of
 * flow/. Holding, folding and timers are recorded.
 */
#ifndef UNIT_DIRECT_VM_H
#define UNIT_DIRECT_VM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "flow/box/timer.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/present.h"
#include "flow/deliver/regroup.h"
#include "flow/deliver/sample.h"
#include "flow/hold/sync.h"
#include "flow/own/delivery.h"
#include "machine/fake/fake.h"
#include "vgic/lr.h"

#define SGI 3
#define VIRTUAL_TIMER 27
#define TIMER 30 /* emulated: a PPI that is reserved */
#define EDGE 40
#define LEVEL 41
#define RESERVED 50
#define UNLINKED 60
#define OTHERS_SPI 70
#define INTID_COUNT 96
#define VCPUS 2
#define BIT_OF(vintid) (1u << ((vintid) % 32))
#define VMCR_OPEN (FIELD_PUT(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG1)

struct box box;
static struct config_vm config;
static struct vcpu vcpus[VCPUS];
static struct {
	unsigned holds, releases;
	unsigned deaf;           /* this many holds fail */
	uint32_t held, released; /* by all holds that were not released yet; by the last release */
	void (*elsewhere)(void); /* the actions of another pCPU while the first of them is waited for */
	uint64_t retry;          /* TIMER_DELIVERY */
	uint64_t muted_until;    /* TIMER_MUTE */
	uint64_t alarm;          /* TIMER_ALARM */
	uint64_t log_next;       /* sequence number of the first line that was not checked yet */
} seen;

/* The real one is tested elsewhere. */
__attribute__((weak)) void present_fold(struct vcpu *vcpu)
{
	vcpu->live = 0;
}

bool sync_hold(struct vm *vm, uint32_t mask, unsigned patience_us)
{
	void (*elsewhere)(void) = seen.elsewhere;

	(void)vm;
	assert_int_equal(seen.held & mask, 0);
	if (seen.deaf) {
		seen.deaf--;
		fake_counter_advance(cpu_us_to_ticks(patience_us));
		return false;
	}
	seen.held |= mask;
	seen.holds++;
	seen.elsewhere = NULL;
	if (elsewhere)
		elsewhere();
	return true;
}

void sync_release(struct vm *vm, uint32_t mask)
{
	(void)vm;
	assert_int_equal(mask & ~seen.held, 0);
	seen.held &= ~mask;
	seen.released = mask;
	seen.releases++;
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	(void)vcpu;
	assert_true(slot == TIMER_DELIVERY || slot == TIMER_MUTE || slot == TIMER_ALARM);
	if (slot == TIMER_MUTE)
		seen.muted_until = deadline;
	else if (slot == TIMER_ALARM)
		seen.alarm = deadline;
	else
		seen.retry = deadline;
}

static inline void skip_log(void)
{
	struct log_entry entry;

	while (log_read(seen.log_next, &entry))
		seen.log_next = entry.sequence + 1;
}

/* The next line of the log, which must be the only one. */
static inline void expect_line(const char *text)
{
	struct log_entry entry;

	assert_true(log_read(seen.log_next, &entry));
	assert_string_equal(entry.text, text);
	seen.log_next = entry.sequence + 1;
	assert_false(log_read(seen.log_next, &entry));
}

static inline void expect_silence(void)
{
	struct log_entry entry;

	assert_false(log_read(seen.log_next, &entry));
}

static inline void make_vcpu(struct vm *vm, unsigned v)
{
	struct vcpu *vcpu = &vcpus[v];

	vcpu->vm = vm;
	vcpu->index = vcpu->number = v;
	vcpu->pcpu = config.pcpu[v] = (uint8_t)(v + 1);
	vcpu->notify = gic_notify_word(vcpu->pcpu);
	vm->vcpu[v] = box.vcpu[v] = box.pcpu[v + 1].vcpu = vcpu;
	vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	fake_cpu_select(v + 1);
	assert_int_equal(gic_init_pcpu(), OK);
	for (uint32_t sgi = 0; sgi < gic_kick_notify(false); sgi++)
		vgic_reserve(&vm->vgic, v, sgi, sgi);
	vgic_reserve(&vm->vgic, v, TIMER, TIMER);
	vgic_link(&vm->vgic, v, VIRTUAL_TIMER, VIRTUAL_TIMER, false);
	assert_int_equal(irq_give(&vcpu->irqs.slot[VIRTUAL_TIMER].word, v, VIRTUAL_TIMER), OK);
}

static inline void link_shared(struct vm *vm, uint32_t intid, bool edge)
{
	vgic_link(&vm->vgic, 0, intid, intid, edge);
	gic_set_edge(0, intid, edge);
	gic_route(intid, 1);
	assert_int_equal(irq_give(shared_word(intid), 0, intid), OK);
}

/* This thread is pCPU 1, which runs vCPU 0. */
static inline int set_up(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	memset(&box, 0, sizeof(box));
	memset(vcpus, 0, sizeof(vcpus));
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &box.gic), OK);
	config = (struct config_vm){.name = "guest", .vcpu_count = VCPUS, .permissions = CONFIG_MAY_BE_DIRECT};
	box.host.timer_virtual_intid = VIRTUAL_TIMER;
	box.moving.rank = LOCK_MOVE;
	box.vm_count = 1;
	vm->config = &config;
	regions_make(&vm->regions, &config);
	vm->log.name = config.name;
	vm->state = VM_RUNNING;
	vm->vcpu_count = VCPUS;
	vm->psci.on = BIT(VCPUS) - 1;
	vgic_init(&vm->vgic, INTID_COUNT, 4);
	for (unsigned v = 0; v < VCPUS; v++)
		make_vcpu(vm, v);
	link_shared(vm, EDGE, true);
	link_shared(vm, LEVEL, false);
	vgic_reserve(&vm->vgic, 0, RESERVED, RESERVED);
	assert_int_equal(irq_give(shared_word(RESERVED), 0, RESERVED), OK);
	vgic_reset(&vm->vgic);
	fake_cpu_select(1);
	gic_vif_set_vmcr(VMCR_OPEN);
	seen.holds = seen.releases = seen.held = seen.deaf = 0;
	seen.elsewhere = NULL;
	seen.retry = TIMER_NEVER;
	skip_log();
	return 0;
}

static inline struct vgic *model(void)
{
	return &box.vm[0].vgic;
}

/* The guest's access from vCPU 0; `owner` has the redistributor, for private ones. */
static inline void guest_write(uint32_t offset, unsigned size_bytes, uint64_t value)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = size_bytes, .write = true, .held = VGIC_ALL_HELD, .value = value};
	struct vgic_effects effects = {.vcpu = 0};

	vgic_dist_access(model(), 0, &access, &effects);
	effects_perform(&vcpus[0], &effects);
}

static inline void guest_write_private(unsigned owner, uint32_t offset, unsigned size_bytes, uint64_t value)
{
	struct vgic_access access = {.offset = owner * GICR_FRAMES_BYTES + GICR_SGI_BASE + offset,
								 .size_bytes = size_bytes,
								 .write = true,
								 .held = VGIC_ALL_HELD,
								 .value = value};
	struct vgic_effects effects = {.vcpu = 0};

	assert_true(vgic_redist_access(model(), 0, &access, &effects));
	effects_perform(&vcpus[0], &effects);
}

static inline void guest_write_bit(unsigned owner, uint32_t offset, uint32_t vintid)
{
	if (vintid < GIC_PRIVATE_COUNT)
		guest_write_private(owner, offset, 4, BIT_OF(vintid));
	else
		guest_write(offset + vintid / 32 * 4, 4, BIT_OF(vintid));
}

static inline void guest_set_group1(unsigned owner, uint32_t vintid)
{
	uint32_t old = vgic_bank(model(), &vcpus[owner].vgic, vintid / 32)->group1;

	if (vintid < GIC_PRIVATE_COUNT)
		guest_write_private(owner, GIC_IGROUPR, 4, old | BIT_OF(vintid));
	else
		guest_write(GIC_IGROUPR + vintid / 32 * 4, 4, old | BIT_OF(vintid));
}

static inline void guest_set_priority(unsigned owner, uint32_t vintid, uint8_t priority)
{
	if (vintid < GIC_PRIVATE_COUNT)
		guest_write_private(owner, GIC_IPRIORITYR + vintid, 1, priority);
	else
		guest_write(GIC_IPRIORITYR + vintid, 1, priority);
}

/* Group 1, enabled. */
static inline void guest_prepare(unsigned owner, uint32_t vintid, uint8_t priority)
{
	guest_set_group1(owner, vintid);
	guest_set_priority(owner, vintid, priority);
	guest_write_bit(owner, GIC_ISENABLER, vintid);
}

/* And the VM's delivery is direct. */
static inline int set_up_direct(void **state)
{
	set_up(state);
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0xa0);
	regroup_all(&box.vm[0], true);
	direct_refresh(&vcpus[0], true);
	return 0;
}

#endif
