/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers as a cache of the model: pure arithmetic on their values, flow/run.c reads and writes
 * the real ones. All of it runs on the vCPU's own pCPU with the VM's vgic lock taken.
 *
 * Presenting without a fold is possible as long as free list registers suffice. Otherwise everything is
 * folded into the model and the best are chosen anew: the highest active one, then pending ones by
 * priority, then the other active ones. With more than fit, the maintenance interrupt brings EL2 back:
 * when no pending one is listed (NPIE), and when the guest ends one that is active but not listed
 * (LRENPIE, EOIcount). A pending one always gets a list register, so NPIE cannot storm.
 */
#ifndef VGIC_LR_H
#define VGIC_LR_H

#include "vgic/vgic.h"

#define VGIC_LR_MAX 16

struct vgic_lrs {
	uint64_t value[VGIC_LR_MAX];
	unsigned count;    /* that the machine has */
	uint32_t occupied; /* bit n: value[n] stands (or shall stand) in list register n */
};

/* The value that presents this interrupt as pending. */
uint64_t vgic_lr_image(const struct vgic_bank *bank, uint32_t vintid);

/*
 * Drains what others raised into the queues. False when a list register must be folded first, for it
 * holds one of them; nothing was drained then.
 */
MUST_USE bool vgic_attend(struct vgic *gic, struct vgic_cpu *cpu);

/*
 * Presents queued interrupts in free list registers: `lrs->occupied` says which hold something, and on
 * return which were given a value. False when they do not suffice: fold and refill.
 */
MUST_USE bool vgic_place(struct vgic *gic, struct vgic_cpu *cpu, struct vgic_lrs *lrs);

/* What a fold leaves to be done. */
struct vgic_folded {
	uint32_t deactivate[32]; /* physical interrupts that the guest ended while they were not listed */
	unsigned deactivate_count;
	uint32_t attend; /* vCPUs to be told: an interrupt that waits is routed to them by now */
};

/*
 * Takes all list registers back into the model. `lrs` holds what the occupied ones contain, ended ones
 * with a maintenance request included. `eoi_count` is ICH_HCR_EL2.EOIcount, which the caller clears, or 0
 * with ICH_VMCR_EL2.VEOIM = 1: ICC_DIR is trapped then and says which one was meant.
 */
void vgic_fold(struct vgic *gic, struct vgic_cpu *cpu, const struct vgic_lrs *lrs, unsigned eoi_count,
			   struct vgic_folded *folded);

/* Chooses anew after a fold: sets value[] and occupied, and cpu->hcr. */
void vgic_refill(struct vgic *gic, struct vgic_cpu *cpu, bool eoimode1, struct vgic_lrs *lrs);

/* Recomputes whether interrupts of a bank belong in the pending queue. The lock is held. */
void vgic_update(struct vgic *gic, struct vgic_cpu *cpu, unsigned bank, uint32_t mask);

#endif
