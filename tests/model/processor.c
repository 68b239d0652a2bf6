/* SPDX-License-Identifier: Apache-2.0 */
#include "processor.h"

#include "flow/deliver/irq.h"
#include "flow/hold/sync.h"
#include "flow/run/run.h"
#include "lives.h"
#include "oracle.h"
#include "shares.h"
#include "stubs.h"

static bool take(unsigned v)
{
	struct guest *guest = &world.guest[v];
	struct vcpu *self = world_vcpu(v);
	bool signals = false;

	for (unsigned n = 0; hardware.watched >> n & 1; n++)
		signals |= hardware_signals(v, hardware.watch[n]);
	if (guest->at_el2 || !(signals || (self->stopping && !guest->off)))
		return false;
	hardware.here = v;
	if (guest->off)
		irq_take_idle(self);
	else
		guest->at_el2 = stubs_take(self) != 0 || self->stopping;
	return true;
}

static bool refresh(unsigned v)
{
	struct guest *guest = &world.guest[v];
	bool maintained = world_vcpu(v)->refold;

	if (guest->off)
		return lives_turn(v);
	if (!guest->at_el2)
		return false;
	lives_attend(v);
	if (!guest->off)
		oracle_after_refresh(v, maintained);
	return true;
}

static bool hold(unsigned v)
{
	struct vcpu *self = world_vcpu(v);

	if (!self->live)
		return false;
	hardware.here = (v + 1) % WORLD_CPUS;
	if (!sync_hold(self->vm, 1u << self->index, SYNC_PATIENCE_US))
		fault("a vCPU does not let itself be held");
	sync_release(self->vm, 1u << self->index);
	return true;
}

bool processor_step(const struct step *step)
{
	bool shares = world.plan->shares;

	switch (step->op) {
	case OP_TAKE:
		return shares ? shares_take(step->vcpu) : take(step->vcpu);
	case OP_REFRESH:
		return shares ? shares_refresh(step->vcpu) : refresh(step->vcpu);
	default:
		return hold(step->vcpu);
	}
}
