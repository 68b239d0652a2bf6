/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/obstacle.h"

enum obstacle obstacle_of_vm(const struct vm *vm)
{
	enum obstacle foreseen = obstacle_foresee(vm->config, box.config.housekeeping, &box.host);

	if (foreseen == OBSTACLE_DENIED)
		return OBSTACLE_DENIED;
	if (box.gic.two_security_states)
		return OBSTACLE_TWO_STATES;
	if (box.gic.physical_priority_bits < IRQ_DIRECT_BITS_MIN)
		return OBSTACLE_MACHINE;
	return foreseen;
}

static bool divides(const struct vm *vm)
{
	bool found = false;

	for (unsigned v = 0; v < vm->vcpu_count; v++)
		found |= vm->vcpu[v]->divides;
	return found;
}

enum obstacle obstacle_of_guest(const struct vm *vm, uint32_t *stranger)
{
	*stranger = vgic_stranger(&vm->vgic);
	if (*stranger != VGIC_NONE)
		return OBSTACLE_STRANGER;
	if (vgic_uses_group0(&vm->vgic))
		return OBSTACLE_GROUP0;
	if (divides(vm) && vgic_uses_priority(&vm->vgic, IRQ_DIRECT_LOWEST))
		return OBSTACLE_PRIORITY;
	return OBSTACLE_NONE;
}

bool obstacle_is_sought(const struct vcpu *vcpu)
{
	bool ends_in_one_step = !(gic_vif_vmcr() & ICH_VMCR_VEOIM);

	return vcpu->obstacle == OBSTACLE_NONE || (ends_in_one_step && gic_running_priority() == IRQ_DIRECT_IDLE);
}

void obstacle_met(struct vcpu *vcpu, enum obstacle why, uint32_t vintid)
{
	vcpu->obstacle = (uint8_t)why;
	vcpu->obstacle_vintid = vintid;
	vcpu->ends_direct = true;
}

void obstacle_check(struct vcpu *vcpu)
{
	uint32_t stranger;
	enum obstacle why = obstacle_of_guest(vcpu->vm, &stranger);

	if (why != OBSTACLE_NONE)
		obstacle_met(vcpu, why, stranger);
}
