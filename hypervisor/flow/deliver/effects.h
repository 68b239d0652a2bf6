/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Performs at the physical GIC the effects of a guest's access to its GIC, and makes the owner words that
 * follow from the model. On the pCPU of the vCPU that accessed.
 */
#ifndef FLOW_DELIVER_EFFECTS_H
#define FLOW_DELIVER_EFFECTS_H

#include "flow/box/system.h"
#include "vgic/lr.h"

struct link;

/* Performs everything but `hold` and `fold`, which come before (flow/exits/mmio.c). The vgic lock is held. */
void effects_perform(struct vcpu *vcpu, const struct vgic_effects *effects);

/*
 * A shared interrupt that has come to the VM, disabled: gets trigger, route, owner word and enable from its
 * model.
 */
void effects_adopt(struct vm *vm, uint32_t vintid);

/*
 * Disables a shared interrupt at the distributor for a while, and then pends it if it is to come `again`; or
 * enables it there again, if its owner has it enabled (flow/deliver/mute.h). The vgic lock is held.
 */
void effects_mute(struct vm *vm, uint32_t vintid, bool again);
void effects_unmute(struct vm *vm, uint32_t vintid);

/*
 * Sets a VM's interrupts as after power-on: disabled, not pending, not active, words spoiled, shared ones
 * with their wired trigger and routed to vCPU 0. Those of one vCPU (on its pCPU), or the shared ones (vCPUs
 * parked).
 */
void effects_quiesce_private(struct vcpu *vcpu);
/* The same for one shared interrupt, or for all of them, with the lock held. */
void effects_quiesce_one(struct vm *vm, uint32_t vintid);
void effects_quiesce_shared(struct vm *vm);

/* Parts of these: at the distributor, with a log line if that does not answer; owner words of a bank. */
void effects_set_enabled(const struct link *link, bool enabled);
void effects_deactivate(const struct link *link);
void effects_relink(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask);

#endif
