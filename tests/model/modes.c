/* SPDX-License-Identifier: Apache-2.0 */
#include "modes.h"

#include "dump.h"
#include "flow/deliver/notify.h"
#include "flow/hold/sync.h"
#include "flow/own/delivery.h"
#include "flow/run/run.h"

/* While it is direct, what has no physical interrupt does not come. */
void modes_moved(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];

	world.reference.irq[i].unreachable = modes_is_direct(irq) && !world_is_linked(irq);
}

static void follow(struct vm *vm, bool direct)
{
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		const struct world_irq *irq = &world.plan->irq[i];
		struct reference_irq *r = &world.reference.irq[i];

		if (world_vm(irq) != vm)
			continue;
		if (irq->reserved) {
			world.linked ^= 1u << i;
			r->latch = r->edge  ? r->latch
					   : direct ? r->latch || (r->line && !irq->translated)
								: r->latch && !r->line;
			r->sampled = direct && !r->edge && !irq->translated;
		}
		modes_moved(i);
	}
}

void modes_follow(void)
{
	for (unsigned n = 0; n < box.vm_count; n++) {
		bool direct = box.vm[n].vgic.direct;

		if (direct == (world.direct >> n & 1))
			continue;
		world.direct ^= (uint8_t)(1u << n);
		follow(&box.vm[n], direct);
	}
	/* A level that is up may be latched at any look; it must be when its device is looked at. */
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		struct reference_irq *r = &world.reference.irq[i];
		const struct world_irq *irq = &world.plan->irq[i];

		if (r->sampled && r->line)
			r->latch |= world_source(irq)->latch;
	}
}

bool modes_has_handler(const struct vm *vm)
{
	bool found = false;

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		found |= world_vcpu(v)->vm == vm && world.guest[v].running_count;
	return found;
}

static bool has_active(const struct vm *vm)
{
	bool found = false;

	for (unsigned i = 0; i < world.plan->irq_count; i++)
		found |= world_vm(&world.plan->irq[i]) == vm && world.reference.irq[i].active;
	return found | modes_has_handler(vm);
}

/* It should come, unless the vCPU masks it. */
static bool is_awaited(const struct reference_irq *r)
{
	return r->enabled && reference_pending(r) && world.reference.group_forwarded[r->distributor][r->group];
}

/* Nothing of Group 0 can come directly, nor what is raised and has no physical interrupt. */
static enum obstacle obstacle(const struct vm *vm)
{
	enum obstacle result = OBSTACLE_NONE;

	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		const struct world_irq *irq = &world.plan->irq[i];
		const struct reference_irq *r = &world.reference.irq[i];

		if (world_vm(irq) != vm || !r->enabled)
			continue;
		if (!world_is_linked(irq) && !irq->reserved && is_awaited(r))
			return OBSTACLE_STRANGER;
		if (!r->group && world.reference.group_forwarded[r->distributor][0])
			result = OBSTACLE_GROUP0;
	}
	return result;
}

static enum obstacle expect(const struct vm *vm, bool direct)
{
	enum obstacle result = direct ? obstacle(vm) : OBSTACLE_NONE;

	if (vm->state == VM_STOPPED)
		return OBSTACLE_NONE; /* the next life begins so */
	if (vm->state != VM_RUNNING)
		return OBSTACLE_ACTIVE;
	if (vm->vgic.direct == direct)
		return OBSTACLE_NONE;
	return result == OBSTACLE_NONE && has_active(vm) ? OBSTACLE_ACTIVE : result;
}

static bool change(struct vm *vm)
{
	bool direct = vm->delivery == CONFIG_DELIVERY_VIRTUAL;
	enum config_delivery wanted = direct ? CONFIG_DELIVERY_DIRECT : CONFIG_DELIVERY_VIRTUAL;
	enum obstacle expected = expect(vm, direct);

	hardware.here = WORLD_CPUS;
	if (expected != OBSTACLE_NONE) {
		dump_begin();
		if (vm->state == VM_RUNNING && sync_hold_all(vm, NULL, SYNC_PATIENCE_US))
			sync_release_all(vm, NULL);
		dump_allowed();
	}
	if (delivery_change(vm, wanted, NULL) != expected)
		fault("a change of delivery has not the result that it should have");
	else if (expected != OBSTACLE_NONE)
		dump_compare();
	else if (vm->state == VM_RUNNING && vm->vgic.direct != direct)
		fault("delivery is not what it was to be");
	return true;
}

/* The device of a linked interrupt does not wait for anything. */
static struct {
	unsigned irq;
	bool happened;
} signal;

static void happen(void)
{
	struct hardware_source *source = hardware_source(0, world_intid(&world.plan->irq[signal.irq]));

	signal.happened = true;
	if (source->edge)
		source->latch = true;
	else
		source->line = !source->line;
}

static bool change_with_signal(const struct step *step)
{
	const struct world_irq *irq = &world.plan->irq[step->irq];
	struct reference_irq *r = &world.reference.irq[step->irq];
	struct vm *vm = world_vm(irq);

	if (!world_is_linked(irq) || irq->reserved || irq->vintid < GIC_PRIVATE_COUNT ||
		vm->state != VM_RUNNING || expect(vm, !vm->vgic.direct) != OBSTACLE_NONE)
		return false;
	signal.irq = step->irq;
	signal.happened = false;
	hardware.event = happen;
	hardware.countdown = 1u + step->point;
	change(vm);
	hardware.countdown = 0;
	if (!signal.happened)
		happen();
	if (r->edge)
		r->latch = true;
	else
		reference_set_line(r, !r->line);
	return true;
}

bool modes_step(const struct step *step)
{
	const struct world_irq *irq = &world.plan->irq[step->irq];
	struct reference_irq *r = &world.reference.irq[step->irq];
	struct vcpu *vcpu = world_vcpu(step->vcpu);

	switch (step->op) {
	case OP_MODE_SIGNAL:
		return change_with_signal(step);
	case OP_MODE:
		return vcpu->index == 0 && change(vcpu->vm);
	case OP_SAMPLE:
		if (!irq->reserved || !r->sampled)
			return false;
		r->latch |= r->line;
		notify_vcpus(world_vm(irq), vgic_set_line_shared(&world_vm(irq)->vgic, irq->vintid, r->line), NULL);
		return true;
	default: /* OP_RETRY */
		if (!(world.retry >> step->vcpu & 1) || world.guest[step->vcpu].off)
			return false;
		world.retry &= (uint8_t) ~(1u << step->vcpu);
		vcpu->ends_direct = true;
		world.guest[step->vcpu].at_el2 = true;
		return true;
	}
}
