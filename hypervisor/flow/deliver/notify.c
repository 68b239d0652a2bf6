/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/notify.h"

#include "flow/deliver/link.h"

static void tell(const struct vcpu *vcpu)
{
	gic_send(vcpu->notify);
}

/* What a notification would have cost. */
static enum signalbox_avoided cost_of(const struct vcpu *vcpu)
{
	return vcpu->shares && atomic_load(&box.pcpu[vcpu->pcpu].vcpu) != vcpu ? SIGNALBOX_AVOIDED_PREEMPTION
																		   : SIGNALBOX_AVOIDED_KICK;
}

/* Has the guest closed what was raised for it? */
static inline bool is_withheld(const struct vcpu *vcpu)
{
	return vcpu->vgic.closed.pages && vgic_withholds(&vcpu->vm->vgic, vcpu->index, cost_of(vcpu));
}

static __attribute__((noinline)) void tell_if_open(const struct vcpu *vcpu)
{
	if (!is_withheld(vcpu))
		tell(vcpu);
}

/* Of these vCPUs those whose guests have not closed what was raised for them. `self` is at EL2 anyway. */
static __attribute__((noinline)) uint32_t open_ones(struct vm *vm, uint32_t vcpus, const struct vcpu *self)
{
	uint32_t open = vcpus;

	for (; vcpus; vcpus &= vcpus - 1) {
		const struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		if (vcpu != self && is_withheld(vcpu))
			open &= ~(vcpus & -vcpus);
	}
	return open;
}

struct outcome {
	bool left, stranger; /* as in struct vgic_forwarded */
	bool translated;     /* something that is translated was pended */
};

static void tell_all(const struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1)
		tell(vm->vcpu[bits_lowest(vcpus)]);
}

void notify_from_outside(struct vm *vm, uint32_t vcpus)
{
	tell_all(vm, vm->psci.has_closed_flag ? open_ones(vm, vcpus, NULL) : vcpus);
}

static struct outcome forward_all(struct vm *vm, unsigned v, bool entering)
{
	struct vgic_cpu *cpu = vm->vgic.cpu[v];
	struct outcome outcome = {false, false, false};
	/* Acquire: pairs with the release in notify() of vgic/vgic.c. */
	uint32_t banks = atomic_swap(&cpu->attend, 0);

	for (; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		struct vgic_forwarded forwarded = vgic_forward(&vm->vgic, v, b, entering);

		link_for_each(vm, v, b, forwarded.pend, link_pend);
		link_for_each(vm, v, b, forwarded.unpend, link_unpend);
		tell_all(vm, forwarded.attend);
		outcome.left |= forwarded.left;
		outcome.stranger |= forwarded.stranger;
		outcome.translated |= forwarded.pend & vgic_bank(&vm->vgic, cpu, b)->translated;
	}
	return outcome;
}

void notify_directly(struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		const struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		/* On its own pCPU it attends to what is left before it is entered. */
		if (forward_all(vm, vcpu->index, false).left && vcpu->pcpu != pcpu_this())
			tell(vcpu);
	}
}

bool notify_entering(struct vcpu *vcpu)
{
	struct outcome outcome = forward_all(vcpu->vm, vcpu->index, true);

	if (outcome.stranger)
		vcpu->ends_direct = true;
	return outcome.translated;
}

/* False when delivery is not direct, or no longer. */
static bool forward(struct vm *vm, uint32_t vcpus)
{
	bool direct;

	lock_acquire(&vm->vgic.lock);
	direct = vm->vgic.direct;
	if (direct)
		notify_directly(vm, vcpus);
	lock_release(&vm->vgic.lock);
	return direct;
}

/*
 * A pCPU that does not see yet that delivery is direct kicks, and the vCPU forwards what it finds (present.c:
 * present_refresh()). A pCPU that does not see yet that delivery is no longer direct finds out with the lock.
 */
bool notify_vcpus(struct vm *vm, uint32_t vcpus, const struct vcpu *self)
{
	bool own = false;

	if (vcpus && atomic_load(&vm->vgic.direct) && forward(vm, open_ones(vm, vcpus, self)))
		return false;
	for (; vcpus; vcpus &= vcpus - 1) {
		const struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		if (vcpu == self)
			own = true;
		else
			tell_if_open(vcpu);
	}
	return own;
}
