/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world: one VM of one or two vCPUs with a few interrupts, run by the hypervisor's own code (vgic/, and of
 * flow/ what carries interrupts) on the model of the hardware, beside the reference that is told the same.
 * Each operation is one step of a device, of a guest or of a processor; after each, oracle.h compares.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include "flow/system.h"
#include "hardware.h"
#include "reference.h"

#define WORLD_IRQS REFERENCE_IRQS
#define WORLD_CPUS 2
#define WORLD_NOBODY 0xff
/* The two priorities that a guest gives here, and the two masks: all pass, or the higher alone. */
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
	OP_SGI_OTHER, /* by the register of the group that it is not in: nothing comes of it */
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
	/* the processor: interrupts taken to EL2; the end of an exit; somebody else who holds the vCPU */
	OP_TAKE,
	OP_REFRESH,
	OP_HOLD,
	OP_COUNT
};
#define OPS(op) (1u << (op))
#define OPS_ALL (OPS(OP_COUNT) - 1)
#define OPS_DEVICES (OPS(OP_EDGE) | OPS(OP_RISE) | OPS(OP_FALL) | OPS(OP_SGI))
#define OPS_PROCESSOR (OPS(OP_TAKE) | OPS(OP_REFRESH))
#define OPS_HANDLER (OPS(OP_ACKNOWLEDGE) | OPS(OP_END) | OPS(OP_DIR))
#define OPS_CORE (OPS_DEVICES | OPS_PROCESSOR | OPS_HANDLER)

struct world_irq {
	uint16_t vintid;
	uint8_t vcpu; /* whose, below 32; to whom it is routed first, above */
	bool linked, edge;
	bool low, disabled, group0; /* as the world begins; else high, enabled, Group 1 */
};

struct world_plan {
	const char *name;
	unsigned lr_count, vcpu_count, irq_count;
	struct world_irq irq[WORLD_IRQS];
	uint32_t ops;
	bool split; /* the guest begins with EOImode = 1 */
	bool lags;  /* ICH_ELRSR_EL2 learns at context synchronisations alone */
	bool quirk; /* EOIcount as QEMU has it */
};

struct step {
	uint8_t op, vcpu, irq; /* `irq` is the group in OP_FORWARD and OP_GROUP_ENABLE */
};

/* What a guest remembers of its handlers. */
struct guest {
	bool at_el2; /* an exit is not over: OP_REFRESH ends it */
	unsigned running_count;
	uint8_t running[WORLD_IRQS]; /* acknowledged, priority not dropped; the latest last */
	uint8_t running_group[WORLD_IRQS];
	uint32_t dropped; /* EOImode = 1: to be deactivated */
};

struct world {
	const struct world_plan *plan;
	struct vm *vm;
	struct reference reference;
	struct guest guest[WORLD_CPUS];
	uint8_t late_irq, late_vcpu; /* somebody has looked at the route and will raise it */
};
extern struct world world;

/* Makes the world as the plan says, its guest's set-up done. */
void world_begin(const struct world_plan *plan);
/* All steps that the plan allows; whether one is possible now is world_step()'s answer. */
unsigned world_steps(const struct world_plan *plan, struct step *out, unsigned room);
bool world_step(const struct step *step);
void world_print(const struct step *step);
/* The physical INTID behind a linked interrupt. */
uint32_t world_intid(const struct world_irq *irq);

/* The first thing that went wrong; NULL. */
extern const char *world_fault;
void fault(const char *what);

#endif
