/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/present.h"

#include "flow/deliver/direct.h"
#include "flow/deliver/lists.h"
#include "flow/deliver/notify.h"
#include "flow/hold/sync.h"

void present_fold(struct vcpu *vcpu)
{
	struct vgic_folded folded = {.attend = 0};

	if (!vcpu->live)
		return;
	if (vcpu->direct)
		gic_settle(); /* an SGI that is under way would arrive after the look at what is pending
						 (flow/own/delivery.c) */
	vcpu->busy = vcpu->direct ? gic_direct_is_busy() : gic_vif_is_busy();
	if (!vcpu->direct) {
		lock_acquire(&vcpu->vm->vgic.lock);
		lists_fold(vcpu, &folded);
		lock_release(&vcpu->vm->vgic.lock);
	}
	vcpu->folded = true;
	sync_end_live(vcpu);
	notify_vcpus(vcpu->vm, folded.attend, vcpu);
}

/*
 * Has it nothing listed, and nothing to list? Its own pCPU reads that without the lock while it is live: who
 * changes what may be listed holds it, or announces it in `attend`.
 */
static bool is_still(const struct vcpu *vcpu)
{
	return !vcpu->direct && !box.has_foreign_ends && vgic_is_still(&vcpu->vgic) && !occupied_list_registers();
}

void present_rest(struct vcpu *vcpu)
{
	if (!vcpu->live || !is_still(vcpu)) {
		present_fold(vcpu);
		return;
	}
	vcpu->irq_tag = IRQ_TAG_NEVER;
	vcpu->busy = gic_vif_is_busy();
	vcpu->folded = true;
	sync_end_live(vcpu);
}

bool present_begin(struct vcpu *vcpu)
{
	if (!vcpu->folded)
		return true;
	sync_go_live(vcpu);
	if (atomic_load(&vcpu->vm->vgic.direct) || !is_still(vcpu))
		return false;
	vcpu->folded = false;
	gic_vif_set_control(vcpu->vgic.hcr);
	vcpu->irq_tag = irq_tag(vcpu->number);
	lists_end_maintenance(vcpu);
	return true;
}

void present_end(struct vcpu *vcpu)
{
	present_fold(vcpu);
	vcpu->busy = false;
	if (vcpu->direct)
		direct_close(vcpu);
	gic_vif_set_control(0);
	lists_end_maintenance(vcpu);
}

void present_sample(struct vcpu *vcpu)
{
	uint32_t others;

	sync_go_live(vcpu);
	lock_acquire(&vcpu->vm->vgic.lock);
	others = lists_choose_anew(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
	notify_vcpus(vcpu->vm, others, vcpu);
	present_fold(vcpu);
}

void present_refresh(struct vcpu *vcpu)
{
	struct vgic *gic = &vcpu->vm->vgic;
	bool folded = vcpu->folded;
	uint32_t others = 0;

	if (folded)
		sync_go_live(vcpu);
	vcpu->folded = false;
	lock_acquire(&gic->lock);
	if (gic->direct) {
		/* While EL2 still owns ICC_DIR: nothing is listed that could ask for maintenance. */
		lists_end_maintenance(vcpu);
		direct_refresh(vcpu, folded);
	} else if (folded || !lists_place(vcpu, &others)) {
		if (vcpu->direct)
			direct_close(vcpu);
		others |= lists_choose_anew(vcpu);
	}
	lists_end_maintenance(vcpu);
	lock_release(&gic->lock);
	notify_vcpus(vcpu->vm, others, vcpu);
}
