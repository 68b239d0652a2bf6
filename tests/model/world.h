/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world: one VM of one or two vCPUs with a few interrupts, run by the hypervisor's own code (vgic/, and the
 * parts of flow/ that deliver interrupts) on the model of the hardware. The reference gets the same steps.
 * Each operation is one step of a device, of a guest or of a processor; after each, oracle.h compares.
 *
 * Or two VMs of one vCPU each: then an interrupt of the plan belongs to one VM, and those with the same
 * number are one interrupt at the distributor, which goes from VM to VM (moves.h). VMs stop and start
 * (lives.h).
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "flow/box/system.h"
#include "hardware.h"
#include "reference.h"

#define WORLD_IRQS REFERENCE_IRQS
#define WORLD_CPUS 2
#define WORLD_NOBODY 0xff
/* The two priorities that a guest uses here, and the two masks: all pass, or only the higher. */
#define WORLD_PRIORITY_HIGH 0x80
#define WORLD_PRIORITY_LOW 0x90
#define WORLD_MASK_OPEN 0xf8
#define WORLD_MASK_HIGH 0x88

enum operation {
	/* devices */
	OP_EDGE,
	OP_RISE,
	OP_FALL,
	OP_LATE_LOOK,
	OP_LATE_RAISE,
	/* a guest at its distributor and redistributors, and SGIs */
	OP_SGI,
	OP_SGI_OTHER, /* by the register of the other group: no effect */
	OP_PEND,
	OP_UNPEND,
	OP_ENABLE,
	OP_DISABLE,
	OP_PRIORITY,
	OP_ROUTE,
	OP_GROUP,
	OP_TRIGGER,
	OP_ACTIVATE,
	OP_DEACTIVATE,
	OP_FORWARD,
	OP_READ_PENDING,
	OP_READ_ACTIVE,
	/* a guest at its CPU interface */
	OP_ACKNOWLEDGE,
	OP_END,
	OP_DIR,
	OP_SPLIT,
	OP_MASK,
	OP_GROUP_ENABLE,
	/* the processor: interrupts taken to EL2; the end of an exit; another holder of the vCPU */
	OP_TAKE,
	OP_REFRESH,
	OP_HOLD,
	/* two VMs: an interrupt goes to the vCPU's VM, asked for by a third processor */
	OP_MOVE,
	OP_MOVE_FORCE,
	OP_GIVE,        /* asked for by the VM that has it */
	OP_FETCH,       /* by the one that gets it, with force */
	OP_MOVE_SIGNAL, /* while it moves with force, its device has an edge, or its line changes */
	OP_MOVE_STOP,   /* while it moves with force, the VM that gets it stops */
	OP_MOVE_FAIL,   /* the distributor does not answer meanwhile */
	/* two VMs: the vCPU's VM is stopped, or starts again */
	OP_STOP,
	OP_START,
	/* the vCPU's VM has direct delivery from now on, or virtual again */
	OP_MODE,
	OP_SAMPLE,      /* an emulated device is accessed: its line counts again */
	OP_RETRY,       /* the timer of a vCPU whose direct delivery should have ended before */
	OP_MODE_SIGNAL, /* while delivery changes, a device has an edge, or its line changes */
	/* a third VM, with direct delivery: it ends the physical interrupt of a linked one of this VM */
	OP_FOREIGN,
	OP_UNMUTE, /* the timer of a vCPU that muted one which came again so */
	/* vCPUs that share a processor */
	OP_TURN,   /* another one is preferred from now on */
	OP_WAIT,   /* WFI */
	OP_CATCH,  /* it is held from now on, by another processor */
	OP_LET_GO, /* and no longer */
	OP_COUNT
};
#define OPS(op) (UINT64_C(1) << (op))
#define OPS_ALL (OPS(OP_MOVE) - 1) /* of one VM */
/*
 * All except those of the route, which one vCPU does not have, and of the trigger, which decides what a
 * signal means.
 */
#define OPS_MODES (OPS(OP_MODE) | OPS(OP_SAMPLE) | OPS(OP_RETRY) | OPS(OP_MODE_SIGNAL))
#define OPS_FOREIGN (OPS(OP_FOREIGN) | OPS(OP_UNMUTE))
#define OPS_SHARES (OPS(OP_TURN) | OPS(OP_WAIT) | OPS(OP_CATCH) | OPS(OP_LET_GO))
#define OPS_ALL_OF_TWO \
	((OPS(OP_COUNT) - 1) & ~(OPS(OP_ROUTE) | OPS(OP_LATE_LOOK) | OPS(OP_LATE_RAISE) | OPS(OP_TRIGGER) | \
							 OPS_MODES | OPS_FOREIGN | OPS_SHARES))
#define OPS_DEVICES (OPS(OP_EDGE) | OPS(OP_RISE) | OPS(OP_FALL) | OPS(OP_SGI))
#define OPS_PROCESSOR (OPS(OP_TAKE) | OPS(OP_REFRESH))
#define OPS_HANDLER (OPS(OP_ACKNOWLEDGE) | OPS(OP_END) | OPS(OP_DIR))
#define OPS_CORE (OPS_DEVICES | OPS_PROCESSOR | OPS_HANDLER)

struct world_irq {
	uint16_t vintid;
	uint8_t vcpu; /* of which vCPU, below 32 or with two VMs; else the vCPU to which it is routed first */
	bool linked, edge;          /* linked: as the world begins */
	bool reserved;              /* a software one with a physical one for direct delivery */
	bool translated;            /* which has another number */
	bool low, disabled, group0; /* as the world begins; else high, enabled, Group 1 */
};

struct world_plan {
	const char *name;
	unsigned lr_count, vcpu_count, irq_count;
	struct world_irq irq[WORLD_IRQS];
	uint64_t ops;
	unsigned bound; /* states in the bounded part of exploration; 0: as many as of any */
	bool two_vms;   /* of one vCPU each */
	bool shares;    /* all vCPUs are on processor 0 */
	bool split;     /* the guest begins with EOImode = 1 */
	bool lags;      /* ICH_ELRSR_EL2 changes only at context synchronisations */
	bool quirk;     /* EOIcount as QEMU has it */
};

struct step {
	uint8_t op, vcpu, irq; /* `irq` is the group in OP_FORWARD and OP_GROUP_ENABLE */
	uint8_t point;         /* of OP_MOVE_*: which access to the distributor it comes before */
};

/* The state of a guest's handlers. */
struct guest {
	bool at_el2; /* an exit is not over: OP_REFRESH ends it */
	bool off;    /* it does not run: its processor is idle, and OP_REFRESH is a turn of its loop */
	unsigned running_count;
	uint8_t running[WORLD_IRQS]; /* acknowledged, priority not dropped; the latest last */
	uint8_t running_group[WORLD_IRQS];
	uint32_t dropped; /* EOImode = 1: to be deactivated */
};

struct world {
	const struct world_plan *plan;
	struct reference reference;
	uint32_t linked; /* interrupts of the plan that have a physical one now */
	uint8_t direct;  /* VMs with direct delivery, in the reference */
	uint8_t retry;   /* vCPUs whose timer is set, to try again to end that */
	struct guest guest[WORLD_CPUS];
	uint8_t late_irq, late_vcpu; /* a pCPU has read the route and will raise it */
	/* vCPUs that share a processor (shares.h): */
	uint8_t runs;                             /* whose guest runs, or is at EL2; or WORLD_NOBODY */
	uint8_t prefers;                          /* the more urgent one */
	uint8_t armed;                            /* EL2's timer is set for the timers of these */
	uint8_t reset;                            /* about to be entered for the first time */
	bool turn;                                /* the timer of their turns has passed */
	bool idle_sleeps;                         /* the idle loop waits for an interrupt */
	struct hardware_source timer[WORLD_CPUS]; /* of one that is away, its line alone */
};
extern struct world world;

/* Makes the world as the plan says, its guest's set-up done. */
void world_begin(const struct world_plan *plan);
/* All steps that the plan allows; whether one is possible now is world_step()'s answer. */
unsigned world_steps(const struct world_plan *plan, struct step *out, unsigned room);
bool world_step(const struct step *step);
void world_print(const struct step *step);
/* The physical INTID of a linked interrupt. */
uint32_t world_intid(const struct world_irq *irq);
/* The first accesses of a VM's guest. */
void world_set_up_guest(unsigned first_vcpu, unsigned vcpu_count);

static inline struct vcpu *world_vcpu(unsigned v)
{
	return box.vcpu[v];
}

/* Its processor, by which the hardware knows it. */
static inline unsigned world_pcpu(unsigned v)
{
	return box.vcpu[v]->pcpu;
}

static inline struct vm *world_vm(const struct world_irq *irq)
{
	return box.vcpu[irq->vcpu]->vm;
}

/* Is it private to a vCPU that shares its processor, and is away? */
static inline bool world_is_away(const struct world_irq *irq)
{
	return irq->vintid < GIC_PRIVATE_COUNT && box.vcpu[irq->vcpu]->away;
}

static inline struct vgic_bank *world_bank(const struct world_irq *irq)
{
	return vgic_bank(&world_vm(irq)->vgic, &box.vcpu[irq->vcpu]->vgic, irq->vintid / 32);
}

static inline bool world_is_linked(const struct world_irq *irq)
{
	return world.linked >> (irq - world.plan->irq) & 1;
}

/* Can it be in this vCPU's list registers? */
static inline bool world_concerns(const struct world_irq *irq, unsigned v)
{
	return irq->vcpu == v || (irq->vintid >= GIC_PRIVATE_COUNT && !world.plan->two_vms);
}

/* Has the plan VMs whose interrupts may come directly? */
static inline bool world_has_modes(void)
{
	return world.plan->ops & OPS(OP_MODE);
}

/* Are there VMs that stop and start? */
static inline bool world_has_lives(void)
{
	return world.plan->ops & (OPS(OP_STOP) | OPS(OP_MOVE_STOP));
}

/* May a third VM end an interrupt of this one? */
static inline bool world_has_foreign_ends(void)
{
	return world.plan->ops & OPS(OP_FOREIGN);
}

/* The same interrupt in the other VM. */
static inline unsigned world_peer(unsigned i)
{
	const struct world_plan *plan = world.plan;

	if (!plan->two_vms || plan->irq[i].vintid < GIC_PRIVATE_COUNT)
		return HARDWARE_NONE;
	for (unsigned other = 0; other < plan->irq_count; other++)
		if (other != i && plan->irq[other].vintid == plan->irq[i].vintid)
			return other;
	return HARDWARE_NONE;
}

static inline unsigned world_index(unsigned v, uint32_t vintid)
{
	for (unsigned i = 0; i < world.plan->irq_count; i++)
		if (world.plan->irq[i].vintid == vintid && world_concerns(&world.plan->irq[i], v))
			return i;
	return HARDWARE_NONE;
}

/* The physical interrupt behind it. */
static inline struct hardware_source *world_source(const struct world_irq *irq)
{
	return world_is_away(irq) ? &world.timer[irq->vcpu]
							  : hardware_source(world_pcpu(irq->vcpu), world_intid(irq));
}

/* The first thing that went wrong; NULL. */
extern const char *world_fault;
void fault(const char *what);

#endif
