/* SPDX-License-Identifier: Apache-2.0 */
#include "foreign.h"

#include "flow/deliver/mute.h"

static bool end(const struct world_irq *irq)
{
	struct hardware_source *source = world_source(irq);
	bool was_active = source->active;

	if (!world_is_linked(irq) || irq->vintid < GIC_PRIVATE_COUNT)
		return false;
	source->active = false;
	return was_active;
}

static bool unmute(unsigned v)
{
	if (!world_vcpu(v)->muted_banks || world.guest[v].at_el2)
		return false; /* no timer is set; or it is taken when the guest runs again */
	hardware.here = v;
	hardware_enter_el2(v);
	mute_expired(world_vcpu(v));
	world.guest[v].at_el2 = true;
	return true;
}

bool foreign_step(const struct step *step)
{
	return step->op == OP_FOREIGN ? end(&world.plan->irq[step->irq]) : unmute(step->vcpu);
}

bool foreign_is_muted(const struct world_irq *irq)
{
	bool muted = false;

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		muted |= world_concerns(irq, v) && world_vcpu(v)->muted[irq->vintid / 32] >> (irq->vintid % 32) & 1;
	return muted;
}
