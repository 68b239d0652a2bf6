/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/notify.h"

#include "flow/deliver/link.h"

void notify_directly(struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		unsigned v = bits_lowest(vcpus);
		/* Acquire: pairs with the release in notify() of vgic/vgic.c. */
		uint32_t banks = atomic_swap(&vm->vgic.cpu[v]->attend, 0);

		for (; banks; banks &= banks - 1) {
			struct vgic_effects effects;

			vgic_forward(&vm->vgic, v, bits_lowest(banks), &effects);
			link_for_each(vm, v, effects.bank, effects.pend, link_pend);
			link_for_each(vm, v, effects.bank, effects.unpend, link_unpend);
		}
	}
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

	if (vcpus && atomic_load(&vm->vgic.direct) && forward(vm, vcpus))
		return false;
	for (; vcpus; vcpus &= vcpus - 1) {
		const struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		if (vcpu == self)
			own = true;
		else
			gic_notify(vcpu->pcpu);
	}
	return own;
}

void notify_from_outside(const struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1)
		gic_notify(vm->vcpu[bits_lowest(vcpus)]->pcpu);
}
