/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of worlds whose VMs change between direct delivery and delivery through EL2 (flow/own/delivery.c),
 * asked for by a third processor. The guest is not to notice: what the reference does is next to nothing.
 */
#ifndef MODEL_MODES_H
#define MODEL_MODES_H

#include "world.h"

/* OP_MODE, OP_SAMPLE, OP_RETRY, OP_MODE_SIGNAL. */
bool modes_step(const struct step *step);
/* After each step: the reference follows what has become of the VMs' delivery. */
void modes_follow(void);
/* An interrupt of the plan was linked, or is no more. */
void modes_moved(unsigned irq);
/* Is a handler of the VM running, as its priorities have it? */
bool modes_has_handler(const struct vm *vm);
static inline bool modes_is_direct(const struct world_irq *irq)
{
	return world_vm(irq)->vgic.direct;
}

#endif
