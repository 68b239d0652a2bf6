/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one machine that Signalbox runs, as one structure: filled at boot; after that only the parts change
 * that say so. Only flow/ sees it; the pure rooms get the parts that they work on.
 */
#ifndef FLOW_BOX_SYSTEM_H
#define FLOW_BOX_SYSTEM_H

#include "channel/doorbell.h"
#include "irq/owner.h"
#include "machine/api/boot.h"
#include "vm/sysreg.h"
#include "vm/vm.h"

struct pcpu {
	struct vcpu *vcpu;        /* the resident one of this pCPU (flow/run/share.h), or NULL */
	struct queue queue;       /* the vCPUs that share this pCPU, if several do */
	uint32_t reshared;        /* a bit for each of them whose word vcpu.reshared is to be taken; atomic */
	uint32_t private_enabled; /* where they share: the private interrupts of guests that the redistributor has
								 enabled */
	struct irq_bank irqs;     /* the hypervisor's own SGIs and PPIs, on a pCPU without a vCPU: pcpu_bank() */
	bool online;              /* set by the pCPU itself, read by the boot CPU (release, acquire) */
	/* Counters, written by the pCPU alone. */
	uint64_t unowned_interrupts, long_batches;
};

struct box {
	struct irq_table irqs; /* first: the short way of an interrupt needs no addition to reach it */
	struct gic_facts gic;
	/* A VM may be direct, and end the physical interrupts of others: flow/deliver/mute.h. */
	bool has_foreign_ends;
	bool has_closed_flag; /* a VM may close its interrupts; from boot on */
	struct host host;
	struct system_config config;
	struct lock moving; /* LOCK_MOVE: the owners */
	struct pcpu pcpu[PCPU_MAX];
	uint32_t marked[PCPU_MAX]; /* odd: a pCPU uses an owner word (flow/hold/mark.h) */
	struct vm vm[VM_MAX];
	unsigned vm_count;
	struct vcpu *vcpu[VCPU_MAX]; /* by number */
	unsigned vcpu_count;
	struct doorbell doorbell[CONFIG_SHARED_MAX]; /* of each shared memory */
	uint32_t registers[VM_MAX]; /* of each VM, a bit for each device whose registers it has; LOCK_MOVE */
	struct sysreg_view id_registers;
	struct pl031_time time; /* which VMs' clocks begin with */
	uint64_t boot_counter;  /* of the first instructions in C */
};
extern struct box box;

static inline struct pcpu *pcpu_here(void)
{
	return &box.pcpu[pcpu_this()];
}

static inline struct vcpu *vcpu_of_turn(struct queue_vcpu *turn)
{
	return (struct vcpu *)((char *)turn - offsetof(struct vcpu, turn));
}

/* The n-th vCPU of a pCPU; NULL: there are no more. */
static inline struct vcpu *pcpu_vcpu(const struct pcpu *pcpu, unsigned n)
{
	if (n < pcpu->queue.count)
		return vcpu_of_turn(pcpu->queue.vcpu[n]);
	return n == 0 ? pcpu->vcpu : NULL;
}

/* The SGIs and PPIs that come to a pCPU. */
static inline struct irq_bank *pcpu_bank(struct pcpu *pcpu)
{
	return pcpu->vcpu ? &pcpu->vcpu->irqs : &pcpu->irqs;
}

/* Of a shared interrupt. */
static inline uint64_t *shared_word(uint32_t intid)
{
	return &box.irqs.shared[intid].word;
}

/* With direct delivery a guest can keep a kick away: its vCPUs are waited for with patience only. */
static inline bool may_ignore_kicks(const struct vm *vm)
{
	return atomic_load(&vm->vgic.direct);
}

/* A bit for each list register of this pCPU that holds something. */
static inline uint32_t occupied_list_registers(void)
{
	return ~gic_lr_empty() & (uint32_t)(BIT(box.gic.lr_count) - 1);
}

/* The guest has ended an interrupt, by a trap: it attends, if others wait for that (flow/own/away.h). */
static inline void vcpu_handler_ends(struct vcpu *vcpu)
{
	if (vcpu->lingers)
		vcpu->chooses = vcpu->folded = true;
}

static inline struct vcpu *vcpu_of_frame(struct frame *frame)
{
	return (struct vcpu *)frame;
}

#endif
