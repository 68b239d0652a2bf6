/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 that a guest should see, written from Arm IHI 0069 alone (one security state, affinity routing):
 * for each interrupt its configuration, its latch, its line and whether it is active; for each vCPU its CPU
 * interface. No list registers, no queues, no speed.
 */
#ifndef MODEL_REFERENCE_H
#define MODEL_REFERENCE_H

#include "base/types.h"

#define REFERENCE_IRQS 16
#define REFERENCE_CPUS 2
#define REFERENCE_IDLE 0x100

struct reference_irq {
	bool private; /* an SGI or PPI: it stays with the vCPU `route` */
	bool enabled, edge, latch, line, active;
	bool sampled;     /* a level whose line counts only when somebody looks at it: then it is latched */
	bool unreachable; /* nothing can bring it to the guest now */
	uint8_t group, priority, route, active_on;
	uint8_t distributor; /* whose: VMs have one each */
};

struct reference_cpu {
	bool group_enabled[2], split_eoi;
	uint8_t mask; /* ICC_PMR_EL1 */
	unsigned running_count;
	uint8_t running[REFERENCE_IRQS]; /* priorities acknowledged and not dropped, the latest last */
};

struct reference {
	unsigned irq_count;
	bool group_forwarded[REFERENCE_CPUS][2]; /* GICD_CTLR.EnableGrp0 and 1 of each distributor */
	struct reference_irq irq[REFERENCE_IRQS];
	struct reference_cpu cpu[REFERENCE_CPUS];
};

bool reference_pending(const struct reference_irq *irq);
/* Is it presented to this vCPU's interface, and would the interface signal it if it were alone? */
bool reference_deliverable(const struct reference *gic, unsigned vcpu, unsigned irq);
/* May ICC_IAR answer with this one? It must be the best there is; among equals any. */
bool reference_allows(const struct reference *gic, unsigned vcpu, unsigned irq);
/* Must ICC_IAR answer with an interrupt? */
bool reference_signals(const struct reference *gic, unsigned vcpu);

void reference_acknowledge(struct reference *gic, unsigned vcpu, unsigned irq);
/* ICC_EOIR of the latest acknowledged; ICC_DIR. */
void reference_end(struct reference *gic, unsigned vcpu, unsigned irq);
void reference_deactivate(struct reference *gic, unsigned irq);
void reference_set_line(struct reference_irq *irq, bool level);

/*
 * An interrupt that two distributors have goes from one to the other: false when it may not. Its pending
 * state and its line go along; a handler that runs at the old one stays there until it ends the interrupt.
 */
bool reference_may_move(const struct reference *gic, unsigned from, unsigned to, bool force);
void reference_move(struct reference *gic, unsigned from, unsigned to);

#endif
