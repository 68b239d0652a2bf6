/* SPDX-License-Identifier: Apache-2.0 */
#include "lives.h"

#include "flow/life/life.h"
#include "flow/run/run.h"
#include "modes.h"

void lives_park(unsigned v)
{
	world.guest[v] = (struct guest){.off = true};
	world.reference.cpu[v] = (struct reference_cpu){.mask = WORLD_MASK_OPEN};
}

void lives_attend(unsigned v)
{
	struct vcpu *vcpu = world_vcpu(v);

	hardware.here = v;
	world.guest[v].at_el2 = false;
	if (run_attend(&vcpu->frame))
		return;
	life_stop_vcpu(vcpu);
	lives_park(v);
}

/* The VM is off: as after power-on, but for what comes to its interrupts from now on. */
void lives_finish(unsigned v)
{
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		struct reference_irq *r = &world.reference.irq[i];

		if (world.plan->irq[i].vcpu != v)
			continue;
		r->latch = r->active = r->enabled = r->sampled = false;
		r->line &= world_is_linked(&world.plan->irq[i]);
		r->group = 0;
		r->priority = 0;
	}
	world.reference.group_forwarded[v][0] = world.reference.group_forwarded[v][1] = false;
}

bool lives_turn(unsigned v)
{
	enum vm_state before = world_vcpu(v)->vm->state;
	enum life_next next;

	hardware.here = v;
	next = life_step(world_vcpu(v));
	if (next == LIFE_ENTERS) {
		if (!run_start(world_vcpu(v)))
			fault("who is turned on is not entered");
		modes_follow();
		world_set_up_guest(v, 1);
		return true;
	}
	if (before == VM_STOPPING && world_vcpu(v)->vm->state == VM_STOPPED)
		lives_finish(v);
	return next == LIFE_GOES_ON;
}

bool lives_step(const struct step *step)
{
	struct vm *vm = world_vcpu(step->vcpu)->vm;

	hardware.here = WORLD_CPUS;
	if (step->op == OP_START)
		return vm->state == VM_STOPPED && life_start(vm) == OK;
	if (vm->state != VM_RUNNING && vm->state != VM_STARTING)
		return false;
	life_stop(vm, VM_THEN_STOPPED);
	return true;
}

void lives_stop(unsigned v)
{
	unsigned caller = hardware.here;

	life_stop(world_vcpu(v)->vm, VM_THEN_STOPPED);
	if (!world.guest[v].off && !world.plan->shares)
		lives_attend(v);
	hardware.here = caller;
}
