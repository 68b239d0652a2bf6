/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers as a cache of the model: pure arithmetic on their values; flow/deliver/lists.c reads and
 * writes the real ones. All of it runs on the vCPU's own pCPU with the VM's vgic lock taken.
 *
 * Presenting without a fold is possible while free list registers suffice, or while those in use hold active
 * interrupts only and no active one is left out. Otherwise everything is folded into the model and the best
 * are chosen anew: the highest active one, then pending ones by priority (those of a group that the vCPU's
 * interface has enabled before the others), then the other active ones. With more than fit, the maintenance
 * interrupt brings EL2 back: when no pending one is listed (NPIE), when the guest enables or disables a group
 * (VGrp*IE), and when it ends one that is active but not listed (LRENPIE, EOIcount). A pending one always
 * gets a list register, so NPIE cannot storm.
 */
#ifndef VGIC_LR_H
#define VGIC_LR_H

#include "base/atomic.h"
#include "vgic/vgic.h"

struct vgic_lrs {
	uint64_t value[GIC_LR_MAX];
	unsigned count;    /* that the machine has */
	uint32_t occupied; /* list registers that hold something */
	uint32_t given;    /* list registers into which value[] is to be written */
	uint32_t lines;    /* of these: only its line said so when EL2 took it (a linked level) */
};

/* The value that presents this interrupt as pending. */
uint64_t vgic_lr_image(const struct vgic_bank *bank, uint32_t vintid);

/*
 * Queues what was raised for the vCPU. False when all must be folded and chosen anew, because one of the
 * `occupied` list registers may hold an interrupt that changed. Adds to `*elsewhere` the vCPUs that must be
 * told of an interrupt that came here but is routed to them by now.
 */
bool vgic_attend(struct vgic *gic, struct vgic_cpu *cpu, uint32_t occupied, uint32_t *elsewhere);

/* Is there a free list register for each waiting interrupt, and was there one the last time? */
bool vgic_fits(const struct vgic_cpu *cpu, const struct vgic_lrs *lrs);

/*
 * Lists waiting interrupts in the free list registers, the best first, and sets cpu->hcr. If they do not fit,
 * none of the occupied ones may be pending: the caller ensures that. False, with nothing done: fold and
 * refill.
 */
MUST_USE bool vgic_place(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs);

/* The same when some that were given a list register do not need it. */
void vgic_fill(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs);

/* What is left to do after a fold. */
struct vgic_folded {
	uint32_t deactivate[32]; /* physical interrupts that the guest ended while they were not listed */
	unsigned deactivate_count;
	uint32_t relink_banks; /* where one has ended that was routed elsewhere: make owner words anew */
	uint32_t attend;       /* vCPUs to be told: a waiting interrupt is routed to them by now */
};

/*
 * Takes into the model what was raised, and all list registers. `lrs` has the values of the occupied ones,
 * ended ones with a maintenance request included. `eoi_count` is ICH_HCR_EL2.EOIcount, which the caller
 * clears, or 0 with ICH_VMCR_EL2.VEOIM = 1: ICC_DIR is trapped then and names the interrupt.
 */
void vgic_fold(struct vgic *gic, struct vgic_cpu *cpu, const struct vgic_lrs *lrs, unsigned eoi_count,
			   struct vgic_folded *folded);

/* Chooses anew after a fold, knowing ICH_VMCR_EL2: sets value[] and `given`, and cpu->hcr. */
void vgic_refill(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs);

/*
 * Is everything that is pending or active listed, with nothing for a fold to tell apart? Then an interrupt
 * may be listed without a look at the model.
 */
MUST_USE bool vgic_is_simple(const struct vgic_cpu *cpu);
/*
 * Is nothing pending, active or raised, but for what list registers hold? Then with none in use there is
 * nothing to fold, and nothing to list. On the vCPU's own pCPU.
 */
MUST_USE static inline bool vgic_is_still(const struct vgic_cpu *cpu)
{
	return (cpu->hcr & (ICH_HCR_EN | ICH_HCR_NPIE | ICH_HCR_LRENPIE)) == ICH_HCR_EN &&
		   !(atomic_load(&cpu->attend) | cpu->pending.levels | cpu->active.levels | cpu->listed_banks |
			 cpu->forced_banks);
}
/* Before that: banks in which nothing is left that was made active by GICD_ISACTIVER count no more. */
void vgic_forget_forced(struct vgic *gic, struct vgic_cpu *cpu);

/* Recomputes whether interrupts of a bank belong in the pending queue. The lock is held. */
void vgic_update(struct vgic *gic, struct vgic_cpu *cpu, unsigned bank, uint32_t mask);

#endif
