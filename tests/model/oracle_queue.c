/* SPDX-License-Identifier: Apache-2.0 */
#include "oracle.h"

void oracle_check_queue(const struct vgic_queue *queue, unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	unsigned level = world.reference.irq[i].priority >> 3, bank = irq->vintid / 32;
	uint32_t bit = 1u << (irq->vintid % 32);

	for (unsigned l = WORLD_PRIORITY_HIGH >> 3; l <= WORLD_PRIORITY_LOW >> 3; l++) {
		bool in = queue->bits[l][bank] & bit;

		if (in != (l == level && (queue->members[bank] & bit)))
			fault("a queue holds an interrupt under another priority");
		if ((queue->bits[l][bank] != 0) != (queue->banks[l] >> bank & 1) ||
			(queue->banks[l] != 0) != (queue->levels >> l & 1))
			fault("a queue's summary is wrong");
	}
}
