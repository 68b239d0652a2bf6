/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts for vCPUs that do not run here: they go into the models of these, which are told. Of those that
 * share this pCPU, and are away from it, many at once. Called by the long way, irq.c, without a lock.
 */
#ifndef FLOW_DELIVER_IRQ_AWAY_H
#define FLOW_DELIVER_IRQ_AWAY_H

#include "flow/box/system.h"

enum group { GROUP0, GROUP1 };

static inline uint32_t acknowledge(enum group group)
{
	return group == GROUP0 ? gic_acknowledge_group0() : gic_acknowledge_group1();
}

static inline void drop(enum group group, uint32_t intid)
{
	if (group == GROUP0)
		gic_drop_group0(intid);
	else
		gic_drop_group1(intid);
}

/*
 * `intid`, which is acknowledged, shared, and for another vCPU than the one that runs here; and those that
 * follow, as long as they are for vCPUs that are away. The result was acknowledged after these.
 */
MUST_USE uint32_t irq_away_take(struct vcpu *here, enum group group, uint32_t intid);

/*
 * This pCPU is marked (flow/hold/mark.h), which ends here. Of a VM that does not run here (`here`: what runs,
 * or NULL), perhaps moving to another one; its priority is dropped. The interrupt goes back when it came
 * while its owner changed, or when EL2 acknowledged it for its last owner and delivery to the new one is
 * direct. Not 0: `here` attends.
 */
uint64_t irq_away_take_marked(struct vcpu *here, uint32_t intid);

/* The owner's model has something new: `attend` as it was raised. Not 0: `here` attends. */
uint64_t irq_away_announce(const struct vcpu *owner, uint32_t attend, struct vcpu *here);

#endif
