/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of worlds whose VMs change between direct and virtual delivery (flow/own/delivery.c), asked for by a
 * third processor. The guest must not notice: the reference changes almost nothing.
 */
#ifndef MODEL_MODES_H
#define MODEL_MODES_H

#include "world.h"

/* OP_MODE, OP_SAMPLE, OP_RETRY, OP_MODE_SIGNAL. */
bool modes_step(const struct step *step);
/* After each step: the reference follows the delivery that the VMs have now. */
void modes_follow(void);
/* An interrupt of the plan was linked, or is no longer. */
void modes_moved(unsigned irq);
/* Is a handler of the VM running, by its priorities? */
bool modes_has_handler(const struct vm *vm);
static inline bool modes_is_direct(const struct world_irq *irq)
{
	return world_vm(irq)->vgic.direct;
}

#endif
