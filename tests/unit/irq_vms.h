/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that a pCPU takes, one VM of which runs there: for the tests that include it, one each. */
#ifndef UNIT_IRQ_VMS_H
#define UNIT_IRQ_VMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/mute.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/ring.h"
#include "flow/hold/mark.h"
#include "machine/fake/fake.h"

#define HERE 1 /* pCPU and vCPU of the VM that runs here; THERE: of the one that owns SPI */
#define THERE 2
#define THIRD 3
#define SPI 70
#define CONSOLE 33
#define BIT_OF(intid) (1u << ((intid) % 32))

struct box box;
static struct vcpu vcpus[4];
static struct {
	bool marked;
	unsigned marks, notifications, turns;
	bool waits_unacknowledged; /* SPI was still pending when the idle loop set its mark */
	void (*meanwhile)(void);   /* the actions of another pCPU just before the mark is set */
} seen;

void mark_set(void)
{
	if (seen.meanwhile)
		seen.meanwhile();
	seen.meanwhile = NULL;
	seen.marked = true;
	seen.marks++;
}

void mark_clear(void)
{
	seen.marked = false;
}

void mark_idle(const struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &vcpus[HERE]);
	assert_false(seen.marked);
	seen.marked = true;
	seen.waits_unacknowledged |= gic_is_pending(HERE, SPI);
}

bool notify_vcpus(struct vm *vm, uint32_t mask, const struct vcpu *self)
{
	(void)self;
	assert_false(seen.marked); /* a lock may be taken */
	seen.notifications += mask && vm == &box.vm[THERE];
	return false;
}

void turn_want(void)
{
	assert_false(seen.marked); /* the hypervisor's own */
	seen.turns++;
}

uint32_t timer_take_passed(void)
{
	return 0;
}

void timer_continue(void) {}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	(void)vcpu;
	return 0;
}

void guest_timer_update(struct vcpu *vcpu)
{
	(void)vcpu;
}

void alarm_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void ring_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void mute_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void direct_begin(const struct vcpu *vcpu)
{
	(void)vcpu;
}

void direct_end(const struct vcpu *vcpu)
{
	(void)vcpu;
}

static void make_vm(unsigned n)
{
	struct vcpu *vcpu = &vcpus[n];
	struct vm *vm = &box.vm[n];

	*vcpu = (struct vcpu){.vm = vm, .number = n, .pcpu = n, .irq_tag = IRQ_TAG_NEVER};
	vm->vcpu[0] = box.vcpu[n] = box.pcpu[n].vcpu = vcpu;
	vm->vcpu_count = 1;
	vgic_init(&vm->vgic, 96, 5);
	vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	fake_cpu_select(n);
	assert_int_equal(gic_init_pcpu(), OK);
}

/* A device raises it, for this pCPU. */
static inline void come(uint32_t intid, bool edge)
{
	gic_set_edge(0, intid, edge);
	gic_route(intid, HERE);
	gic_enable(0, intid);
	fake_gic_set_line(intid, true);
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&seen, 0, sizeof(seen));
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &box.gic), OK);
	make_vm(HERE);
	make_vm(THERE);
	for (unsigned n = HERE; n <= THERE; n++)
		if (n == THERE)
			vgic_link(&box.vm[n].vgic, 0, SPI, SPI, true);
		else
			vgic_expect(&box.vm[n].vgic, SPI, true);
	for (unsigned n = HERE; n <= THERE; n++)
		vgic_reset(&box.vm[n].vgic);
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI), OK);
	assert_int_equal(irq_give_hypervisor(shared_word(CONSOLE)), OK);
	box.host.uart_intid = CONSOLE;
	fake_cpu_select(HERE);
	return 0;
}

static inline bool is_raised(unsigned n)
{
	return vcpus[n].vgic.raised[SPI / 32] & BIT_OF(SPI);
}

static inline uint64_t take_in_guest(void)
{
	return irq_from_guest_group0(&vcpus[HERE].frame, gic_acknowledge_group0());
}

/* Its vCPU is on this pCPU, too, in a queue in which nothing runs: whatever wakes is chosen. */
static inline void live_here(unsigned n, bool sleeps)
{
	struct queue *queue = &box.pcpu[HERE].queue;

	vcpus[n].pcpu = HERE;
	vcpus[n].sleeps = sleeps;
	vcpus[HERE].shares = true;
	if (queue->count == 0) {
		queue_init(queue);
		queue_add(queue, &vcpus[HERE].turn);
	}
	queue_add(queue, &vcpus[n].turn);
}

#endif
