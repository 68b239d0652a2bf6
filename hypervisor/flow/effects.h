/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest's access to its GIC wants done at the physical one, and the owner words that follow from the
 * model. On the pCPU of the vCPU that accessed.
 */
#ifndef FLOW_EFFECTS_H
#define FLOW_EFFECTS_H

#include "flow/system.h"
#include "vgic/lr.h"

/* Performs everything but `hold` and `fold`, which come before (flow/mmio.c). The vgic lock is held. */
void effects_perform(struct vcpu *vcpu, const struct vgic_effects *effects);

/* The linked ones of `mask` that are pending, or active, at the physical GIC. */
uint32_t effects_pending(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask);
uint32_t effects_active(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask);

/*
 * Looks at `lines` again, which may have fallen since EL2 took them: then the list register stays free, and
 * true is returned. On the vCPU's pCPU, with the vgic lock.
 */
bool effects_sample(struct vcpu *vcpu, struct vgic_lrs *lrs);

/*
 * All of the VM's interrupts are delivered directly from now on, or through EL2 again: group, priority and
 * pending state move with them. The vgic lock is held, all vCPUs are held or off, and nothing is active
 * (effects_has_active(), which wants the same).
 */
void effects_deliver(struct vm *vm, bool direct);
bool effects_has_active(struct vm *vm);
/* With direct delivery: what others raised for these vCPUs is pended physically. The vgic lock is held. */
void effects_forward(struct vm *vm, uint32_t vcpus);

/* A shared interrupt that has come to the VM, disabled: trigger, route, owner's word and enable as its model
 * says. */
void effects_adopt(struct vm *vm, uint32_t vintid);

/*
 * A shared interrupt is disabled at the distributor for a while, and pended behind that if it is to come
 * `again`; then it is enabled there, if its owner has it so (flow/mute.h). The vgic lock is held.
 */
void effects_mute(struct vm *vm, uint32_t vintid, bool again);
void effects_unmute(struct vm *vm, uint32_t vintid);

/*
 * A VM's interrupts as after power-on: disabled, not pending, not active, words spoiled, shared ones with
 * their wired trigger and routed to vCPU 0. Those of one vCPU (on its pCPU), or the shared ones (vCPUs
 * parked).
 */
void effects_quiesce_private(struct vcpu *vcpu);
/* One of these, with the lock held. */
void effects_quiesce_one(struct vm *vm, uint32_t vintid);
void effects_quiesce_shared(struct vm *vm);

#endif
