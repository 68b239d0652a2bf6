/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two VMs on one pCPU of a fake machine, of two vCPUs and of one, with all of flow/ that runs them. The tests
 * are the guests; go_on() is what the vectors do until a guest is entered.
 */
#ifndef UNIT_SHARED_VMS_H
#define UNIT_SHARED_VMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/box/reshare.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/notify.h"
#include "flow/hold/sync.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/life/seed.h"
#include "flow/run/run.h"
#include "flow/run/share.h"
#include "machine/fake/fake.h"
#include "vgic/lr.h"
#include "vm/layout.h"

enum { A0, A1, B, VCPUS }; /* the vCPUs: VM 0 has A0 and A1, VM 1 has B */
#define HERE 1             /* the pCPU of all of them; the tests are pCPU 0, too */
#define ELSEWHERE 0
#define MAINTENANCE 25
#define EL2_TIMER 26
#define TIMER GUEST_VIRTUAL_TIMER_INTID
#define EMULATED_TIMER GUEST_PHYSICAL_TIMER_INTID
#define DEVICE 41  /* a level of VM 1's device */
#define SOFTWARE 3 /* an SGI */
#define SLICE_US 1000
#define IDLE_TURNS 8
#define MEMORY 64
#define VMCR_OPEN (FIELD_PUT(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG1)

struct box box;
static struct config_vm config[2];
static struct vcpu vcpus[VCPUS];
static uint8_t memory[2][MEMORY];
static struct frame *entered; /* what runs here; NULL: nothing */
static unsigned idle_turns;
static jmp_buf stays_idle;

/* Work of the console: is it wanted, was it put off, how often was it done? */
static bool work_wanted, work_put_off;
static unsigned work_done;
static enum vm_state work_state; /* of VM 1, when it was done */

static inline void set_lines(void);

/* In each turn of the idle loop, too. */
bool turn_is_wanted(void)
{
	set_lines();
	return work_wanted;
}

bool turn_begin(void)
{
	return !work_put_off;
}

void turn_end(void) {}
void turn_want(void) {}

void turn_put_off(void)
{
	work_put_off = true;
}

bool seed_plant(const struct vm *vm, uint64_t count, uint8_t *tree)
{
	(void)vm;
	(void)count;
	(void)tree;
	fail();
	return false;
}

/* The lines of both timers, now. */
static inline void set_lines(void)
{
	uint64_t timer = fake_guest()->timer;

	fake_gic_set_line(EL2_TIMER, cpu_counter() >= fake_timer_deadline());
	fake_gic_set_line(TIMER, timer == FAKE_TIMER_AT_ZERO || (timer && cpu_counter() >= timer));
}

/* Also while none runs. */
void housekeeping_work(void)
{
	work_done += work_wanted;
	work_state = work_wanted ? box.vm[1].state : work_state;
	work_wanted = false;
	if (++idle_turns > IDLE_TURNS)
		longjmp(stays_idle, 1);
}

/* The vCPU whose guest runs then, or -1: none does. */
static inline int go_on(void)
{
	uint32_t intid;

	fake_cpu_select(HERE);
	idle_turns = 0;
	if (setjmp(stays_idle))
		return -1;
	for (;;) {
		if (!entered)
			entered = run_idle();
		set_lines();
		intid = gic_acknowledge_group0();
		if (!gic_is_interrupt(intid))
			return (int)vcpu_of_frame(entered)->number;
		if (irq_from_guest_group0(entered, intid))
			entered = run_attend(entered);
	}
}

static inline int pass_time(uint64_t ticks)
{
	fake_cpu_select(HERE);
	fake_counter_advance(ticks);
	set_lines();
	return go_on();
}

/* Its guest's WFI, which traps. */
static inline int wait(unsigned v)
{
	assert_ptr_equal(entered, &vcpus[v].frame);
	fake_cpu_select(HERE);
	if (!share_nap(&vcpus[v]))
		share_sleep(&vcpus[v]);
	if (atomic_load(&vcpus[v].kept) | run_must_attend(&vcpus[v]))
		entered = run_attend(entered);
	return go_on();
}

/* A device of another pCPU raises it. */
static inline int raise(unsigned v, uint32_t vintid)
{
	struct vm *vm = vcpus[v].vm;

	fake_cpu_select(ELSEWHERE);
	notify_from_outside(vm, vgic_raise_at(&vm->vgic, vcpus[v].index, vintid));
	return go_on();
}

/* The guest of `by`, which runs, writes its VM's distributor, or (`of`) a redistributor. */
static inline void write(unsigned by, const unsigned *of, uint32_t offset, uint64_t value)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = 4, .write = true, .held = VGIC_ALL_HELD, .value = value};
	struct vm *vm = vcpus[by].vm;
	struct vgic_effects effects = {.vcpu = vcpus[by].index};

	assert_ptr_equal(entered, &vcpus[by].frame);
	lock_acquire(&vm->vgic.lock);
	if (of) {
		access.offset += vcpus[*of].index * GICR_FRAMES_BYTES + GICR_SGI_BASE;
		assert_true(vgic_redist_access(&vm->vgic, vcpus[by].index, &access, &effects));
	} else {
		vgic_dist_access(&vm->vgic, vcpus[by].index, &access, &effects);
	}
	effects_perform(&vcpus[by], &effects);
	lock_release(&vm->vgic.lock);
	if (run_must_attend(&vcpus[by]))
		entered = run_attend(entered);
}

/* The handler of an interrupt that must have come, from begin to end. */
static inline void handle(uint32_t vintid)
{
	assert_int_equal(fake_guest_acknowledge(1), vintid);
	fake_guest()->timer = 0;
	set_lines();
	fake_guest_end(1, vintid);
}

static inline void expect_nothing(void)
{
	assert_int_equal(fake_guest_acknowledge(1), GIC_SPURIOUS);
}

static inline void claim(uint32_t intid)
{
	assert_int_equal(irq_give_hypervisor(&box.pcpu[HERE].irqs.slot[intid].word), OK);
	gic_set_priority(HERE, intid, GIC_PRIORITY_HYPERVISOR);
	gic_enable(HERE, intid);
}

static inline void make_vm(unsigned n, unsigned vcpu_count)
{
	struct vm *vm = &box.vm[n];

	config[n] = (struct config_vm){.vcpu_count = vcpu_count, .memory_size = MEMORY};
	config[n].name[0] = (char)('a' + n);
	vm->config = &config[n];
	vm->log.name = config[n].name;
	vm->number = n;
	vm->vmid = (uint16_t)(n + 1);
	vm->state = VM_RUNNING;
	vm->memory = mmu_address(memory[n]);
	vm->lock.rank = LOCK_VM;
	vm->virt_lock.rank = vm->uart_lock.rank = LOCK_DEVICE;
	vm->vcpu_count = vm->psci.vcpu_count = vcpu_count;
	vm->psci.on = vm->psci.pending = (uint32_t)(BIT(vcpu_count) - 1);
	regions_make(&vm->regions, &config[n]);
	vgic_init(&vm->vgic, 96, 5);
}

static inline void make_vcpu(unsigned v, struct vm *vm, unsigned index)
{
	struct vcpu *vcpu = &vcpus[v];

	*vcpu = (struct vcpu){.vm = vm, .index = index, .number = v, .pcpu = HERE, .irq_tag = IRQ_TAG_NEVER};
	vcpu->notify = gic_kick_word(HERE);
	vcpu->shares = vcpu->away = true;
	vcpu->has_siblings = vm->vcpu_count > 1;
	vcpu->irqs = box.pcpu[HERE].irqs;
	vcpu->turn = (struct queue_vcpu){.priority = 10, .slice = cpu_us_to_ticks(SLICE_US)};
	queue_add(&box.pcpu[HERE].queue, &vcpu->turn);
	vm->vcpu[index] = box.vcpu[v] = vcpu;
	vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	vgic_link(&vm->vgic, index, TIMER, TIMER, false);
	assert_int_equal(irq_give(&vcpu->irqs.slot[TIMER].word, v, TIMER), OK);
}

/* Its guest, which runs, opens its interface and what may come. */
static inline void open(unsigned v)
{
	const uint32_t bit = 1u << DEVICE % 32;

	gic_vif_set_vmcr(VMCR_OPEN);
	write(v, NULL, GICD_CTLR, GICD_CTLR_ENABLE_GRP1);
	write(v, NULL, GIC_IGROUPR + 4, bit);
	write(v, NULL, GIC_ISENABLER + 4, bit);
	write(v, &v, GIC_IGROUPR, UINT32_MAX);
	write(v, &v, GIC_ISENABLER, 1u << SOFTWARE | 1u << TIMER | 1u << EMULATED_TIMER);
}

/* All of them have started, and wait. A0 is the first in turn. */
static inline int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	work_wanted = work_put_off = false;
	work_done = 0;
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &box.gic), OK);
	box.moving.rank = LOCK_MOVE;
	box.vm_count = 2;
	box.vcpu_count = VCPUS;
	box.host.timer_virtual_intid = TIMER;
	box.host.timer_hypervisor_intid = EL2_TIMER;
	box.host.maintenance_intid = MAINTENANCE;
	fake_cpu_select(HERE);
	assert_int_equal(gic_init_pcpu(), OK);
	queue_init(&box.pcpu[HERE].queue);
	claim(gic_kick_attend(false));
	claim(gic_kick_notify(false));
	claim(MAINTENANCE);
	claim(EL2_TIMER);
	timer_set(TIMER_SHARE, TIMER_NEVER);
	make_vm(0, 2);
	make_vm(1, 1);
	make_vcpu(A0, &box.vm[0], 0);
	make_vcpu(A1, &box.vm[0], 1);
	make_vcpu(B, &box.vm[1], 0);
	vgic_link(&box.vm[1].vgic, 0, DEVICE, DEVICE, false);
	gic_route(DEVICE, HERE);
	assert_int_equal(irq_give(shared_word(DEVICE), B, DEVICE), OK);
	vgic_reset(&box.vm[0].vgic);
	vgic_reset(&box.vm[1].vgic);
	entered = NULL;
	for (unsigned v = 0; v < VCPUS; v++) {
		assert_int_equal(go_on(), v);
		open(v);
		if (v + 1 < VCPUS)
			assert_int_equal(wait(v), v + 1);
		else
			assert_int_equal(wait(v), -1);
	}
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

#endif
