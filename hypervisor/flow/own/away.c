/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/away.h"

#include "flow/deliver/direct.h"
#include "flow/deliver/present.h"
#include "flow/deliver/regroup.h"
#include "flow/deliver/sample.h"
#include "flow/hold/sync.h"
#include "flow/own/delivery.h"
#include "machine/api/cpu.h"

/* Handlers of one that is not entered again end with its VM. */
static bool must_stay(struct vcpu *vcpu)
{
	uint64_t now = cpu_counter();

	if (!vcpu->entered)
		return false;
	if (!vcpu->lingers)
		vcpu->lingers = now + cpu_us_to_ticks(CONFIG_HANDLER_US);
	return now < vcpu->lingers;
}

/*
 * The handler goes on with virtual delivery. The active priorities of one interface were never read from the
 * other, so the manual does not promise that the guest's next interrupts preempt it, or each other, as they
 * should (IHI 0069, ICH_AP1R<n>_EL2). Nothing else depends on them.
 */
static void carry_handler(struct vcpu *vcpu)
{
	unsigned bits = box.gic.physical_priority_bits, shift = bits < 7 ? 8 - bits : 1;
	struct gic_vif_priorities priorities = {{0}, {0}};
	uint32_t active;

	for (unsigned n = 0; gic_direct_priorities(n, &active); n++)
		for (; active; active &= active - 1)
			gic_vif_priorities_add(&priorities,
								   irq_direct_running((uint8_t)((n * 32 + bits_lowest(active)) << shift)));
	gic_vif_priorities_load(&priorities);
	regroup_take_active(vcpu->vm);
}

/* The vgic lock is held. False: it must stay. */
static bool leave(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool handler = gic_direct_is_busy() || sample_has_active(vm);

	if (handler && must_stay(vcpu))
		return false;
	if (handler)
		carry_handler(vcpu);
	regroup_all(vm, false);
	if (handler && vcpu->entered)
		delivery_is_virtual(vm, OBSTACLE_HANDLER, 0);
	else
		vm->direct_away = true;
	return true;
}

/* Live meanwhile, as one that runs: whoever holds it waits, and finds it folded. */
bool away_leave_directly(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool left;

	sync_go_live(vcpu);
	lock_acquire(&vm->vgic.lock);
	left = !vm->vgic.direct || leave(vcpu);
	if (left && vcpu->direct)
		direct_close(vcpu);
	lock_release(&vm->vgic.lock);
	present_fold(vcpu);
	if (left && vcpu->sleeps && atomic_load(&vcpu->vgic.attend)) /* what cannot come wakes nobody */
		present_sample(vcpu);
	if (left)
		vcpu->lingers = 0;
	else
		vcpu->sleeps = false;
	return left;
}

/*
 * An interrupt that cannot come directly may have been raised meanwhile; what the vCPU has not attended to
 * yet is looked at before it is entered (deliver/notify.h). The vgic lock is held.
 */
static void enter(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	uint32_t stranger = 0;
	enum obstacle why = vcpu->vgic.pending.count ? obstacle_of_guest(vm, &stranger) : OBSTACLE_NONE;

	vm->direct_away = false;
	if (why == OBSTACLE_NONE)
		regroup_all(vm, true);
	else
		delivery_is_virtual(vm, why, stranger);
}

void away_enter_directly(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	sync_go_live(vcpu);
	lock_acquire(&vm->vgic.lock);
	if (vm->direct_away && atomic_load_acquire(&vm->state) == VM_RUNNING) /* pairs with life_stop() */
		enter(vcpu);
	lock_release(&vm->vgic.lock);
	sync_end_live(vcpu);
}
