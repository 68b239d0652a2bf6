/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/ring.h"

#include "flow/box/timer.h"
#include "flow/deliver/notify.h"
#include "machine/api/cpu.h"
#include "signalbox/hypercall.h"

#define WATCHED (1u << 31) /* in `rung`: its pCPU has a timer for the others */

static uint64_t interval(void)
{
	return cpu_instructions_to_ticks(RING_INTERVAL_INSTRUCTIONS);
}

/*
 * Counts a ring, if the vCPU may be told of it now; false: it is too early for that.
 * `ring_at` is when the next ring would be due if rings came at even intervals; a ring may come up to
 * RING_BURST - 1 intervals earlier. Rings of several pCPUs are counted one after the other.
 */
static bool admit_ring(struct vcpu *vcpu, uint64_t now)
{
	uint64_t at = atomic_load(&vcpu->ring_at), next;

	do {
		if (at > now + (RING_BURST - 1) * interval())
			return false;
		next = (at > now ? at : now) + interval();
	} while (!atomic_replace(&vcpu->ring_at, &at, next));
	return true;
}

static uint32_t doorbell_of(const struct vm *vm, unsigned share)
{
	return vm->config->share[share].doorbell;
}

/* The vCPU that is to be told; NULL: none now, and no pCPU is disturbed. */
static struct vcpu *hearer(struct vm *vm, uint32_t vintid)
{
	unsigned target = vgic_target_now(&vm->vgic, vintid);

	return target < vm->vcpu_count && (atomic_load(&vm->psci.on) >> target & 1) ? vm->vcpu[target] : NULL;
}

static void ring_at(struct vm *vm, unsigned share)
{
	uint32_t vintid = doorbell_of(vm, share), attend;
	struct vcpu *vcpu = hearer(vm, vintid);

	if (vcpu && !admit_ring(vcpu, cpu_counter())) {
		if (atomic_or(&vcpu->rung, 1u << share))
			return;                               /* there is a timer, or it was told to set one */
		atomic_store_release(&vcpu->rings, true); /* pairs with attend_seldom() */
		gic_kick(vcpu->pcpu);
		return;
	}
	attend = vgic_raise_shared(&vm->vgic, vintid); /* with a barrier after what it raises */
	/*
	 * A vCPU that is off finds it when it is turned on; one that was turned on meanwhile has looked already.
	 */
	notify_from_outside(vm, attend & atomic_load(&vm->psci.on));
}

static unsigned share_of(const struct vm *vm, unsigned shared)
{
	unsigned n = 0;

	while (vm->config->share[n].shared != shared)
		n++;
	return n;
}

uint64_t ring(struct vm *vm, uint64_t index)
{
	struct doorbell_peer peer[VM_MAX];
	unsigned count, shared;

	if (index >= vm->config->share_count)
		return (uint64_t)SIGNALBOX_INVALID;
	shared = vm->config->share[index].shared;
	if (doorbell_listeners(&box.doorbell[shared], vm->number, peer, &count) != OK)
		return (uint64_t)SIGNALBOX_DENIED;
	for (unsigned i = 0; i < count; i++) {
		struct vm *other = &box.vm[peer[i].vm];

		if (atomic_load_acquire(&other->state) == VM_RUNNING) /* pairs with life_step() */
			ring_at(other, share_of(other, shared));
	}
	return SIGNALBOX_OK;
}

void ring_wait(struct vcpu *vcpu)
{
	atomic_store(&vcpu->rings, false);
	atomic_or(&vcpu->rung, WATCHED);
	timer_set_of(vcpu, TIMER_RING, cpu_counter() + interval());
}

void ring_expired(struct vcpu *vcpu)
{
	uint32_t rung = atomic_swap(&vcpu->rung, WATCHED), watched = WATCHED;
	struct vm *vm = vcpu->vm;

	/* There was no ring for an interval: the next one is told at once, or has a timer set again. */
	if (rung == WATCHED && atomic_replace(&vcpu->rung, &watched, 0))
		return;
	for (rung &= ~WATCHED; rung; rung &= rung - 1)
		notify_vcpus(vm, vgic_raise_shared(&vm->vgic, doorbell_of(vm, bits_lowest(rung))), vcpu);
	atomic_store(&vcpu->ring_at, cpu_counter() + RING_BURST * interval());
	timer_set_of(vcpu, TIMER_RING, cpu_counter() + interval());
}

void ring_reset(struct vcpu *vcpu)
{
	atomic_store(&vcpu->rings, false);
	atomic_store(&vcpu->rung, 0);
	atomic_store(&vcpu->ring_at, 0);
}
