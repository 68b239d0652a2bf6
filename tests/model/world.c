/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "access.h"
#include "flow/deliver/notify.h"
#include "flow/exits/group1.h"
#include "flow/exits/handler.h"
#include "foreign.h"
#include "lives.h"
#include "modes.h"
#include "moves.h"
#include "oracle.h"
#include "processor.h"
#include "shares.h"
#include "stubs.h"
#include "vgic/lr.h"

#define LINK_OFFSET 64 /* between a linked SPI's vINTID and its physical INTID */
#define ICC_PMR SYSREG(3, 0, 4, 6, 0)
#define ICC_CTLR SYSREG(3, 0, 12, 12, 4)

struct world world;
const char *world_fault;

void fault(const char *what)
{
	if (!world_fault)
		world_fault = what;
}

uint32_t world_intid(const struct world_irq *irq)
{
	bool same = irq->vintid < GIC_PRIVATE_COUNT || world.plan->two_vms || world_has_modes();

	return same && !irq->translated ? irq->vintid : irq->vintid + LINK_OFFSET;
}

static void raise_irq(const struct world_irq *irq)
{
	struct hardware_source *source = world_source(irq);
	struct vgic *gic = &world_vm(irq)->vgic;

	if (world_is_linked(irq) && !irq->reserved)
		source->latch = true;
	else if (irq->vintid < GIC_PRIVATE_COUNT)
		notify_vcpus(world_vm(irq), vgic_raise_at(gic, irq->vcpu, irq->vintid), NULL);
	else
		notify_vcpus(world_vm(irq), vgic_raise_shared(gic, irq->vintid), NULL);
}

static void set_line(const struct world_irq *irq, bool level)
{
	struct hardware_source *source = world_source(irq);
	struct vgic *gic = &world_vm(irq)->vgic;

	if (world_is_linked(irq) && !irq->reserved) {
		source->latch |= source->edge && level && !source->line;
		source->line = level;
	} else if (irq->vintid < GIC_PRIVATE_COUNT) {
		notify_vcpus(world_vm(irq), vgic_set_line_private(gic, irq->vcpu, irq->vintid, level), NULL);
	} else {
		notify_vcpus(world_vm(irq), vgic_set_line_shared(gic, irq->vintid, level), NULL);
	}
}

static bool is_in_guest(unsigned v)
{
	return !world.guest[v].off && !world.guest[v].at_el2;
}

/* Devices. The reference gets the same change at the same moment. */
static bool step_device(const struct step *step, const struct world_irq *irq, struct reference_irq *r)
{
	bool edge = r->edge, moves = world_peer(step->irq) != HARDWARE_NONE;
	bool shared_software = !world_is_linked(irq) && irq->vintid >= GIC_PRIVATE_COUNT;

	if (moves ? !world_is_linked(irq) : world_vm(irq)->state != VM_RUNNING)
		return false; /* its device is with the other VM; or is emulated, and off like its own */
	switch (step->op) {
	case OP_EDGE:
		if (!edge || irq->vintid < GIC_SGI_COUNT)
			return false;
		r->latch = true;
		raise_irq(irq);
		return true;
	case OP_RISE:
	case OP_FALL:
		if ((edge && !(world.plan->ops & OPS(OP_TRIGGER))) || r->line == (step->op == OP_RISE) ||
			irq->vintid < GIC_SGI_COUNT)
			return false;
		if (world.plan->shares && irq->vintid < GIC_PRIVATE_COUNT && step->op == OP_FALL &&
			!is_in_guest(irq->vcpu))
			return false; /* its timer, which only it turns off */
		reference_set_line(r, step->op == OP_RISE);
		set_line(irq, step->op == OP_RISE);
		return true;
	case OP_LATE_LOOK:
		if (!edge || !shared_software || world.late_irq != WORLD_NOBODY)
			return false;
		world.late_irq = step->irq;
		world.late_vcpu = (uint8_t)vgic_target(&world_vm(irq)->vgic, irq->vintid);
		return true;
	default: /* OP_LATE_RAISE */
		if (world.late_irq != step->irq)
			return false;
		r->latch = true;
		notify_vcpus(world_vm(irq), vgic_raise_at(&world_vm(irq)->vgic, world.late_vcpu, irq->vintid), NULL);
		world.late_irq = WORLD_NOBODY;
		return true;
	}
}

static void send_sgi(const struct step *step, const struct world_irq *irq, bool group1)
{
	struct vcpu *self = world_vcpu(step->vcpu);

	self->frame.x[0] = FIELD_PUT(ICC_SGIR_INTID, irq->vintid) | BIT(world_vcpu(irq->vcpu)->index);
	stubs_access(self, ESR_OF_WRITE(group1 ? ICC_SGI1R_EL1 : ICC_SGI0R_EL1), &world.guest[step->vcpu].at_el2);
}

/* Registers that change something else than configuration. */
static bool step_state(const struct step *step, const struct world_irq *irq, struct reference_irq *r)
{
	bool mine = false;

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		for (unsigned n = 0; n < world.guest[v].running_count; n++)
			mine |= world.guest[v].running[n] == step->irq;
	switch (step->op) {
	case OP_SGI:
	case OP_SGI_OTHER:
		if (irq->vintid >= GIC_SGI_COUNT)
			return false;
		send_sgi(step, irq, r->group ^ (step->op == OP_SGI_OTHER));
		r->latch |= step->op == OP_SGI;
		return true;
	case OP_PEND:
		if (r->sampled)
			return false; /* the model of what is sampled has one latch */
		r->latch = true;
		world_write_bit(step->vcpu, irq, GIC_ISPENDR);
		return true;
	case OP_UNPEND:
		r->latch = r->sampled && r->line;
		world_write_bit(step->vcpu, irq, GIC_ICPENDR);
		return true;
	case OP_ACTIVATE:
		if (r->active || r->route >= world.plan->vcpu_count || r->unreachable)
			return false; /* an interrupt that does not exist is not active either */
		r->active = true;
		r->active_on = r->route;
		if (!mine) /* it was not acknowledged: in EOImode = 1, ICC_DIR may end it */
			world.guest[r->route].dropped |= 1u << step->irq;
		world_write_bit(step->vcpu, irq, GIC_ISACTIVER);
		return true;
	default: /* OP_DEACTIVATE: assumption 2 in oracle.h */
		if (mine || !r->active)
			return false;
		r->active = false;
		world.guest[r->active_on].dropped &= ~(1u << step->irq);
		world_write_bit(step->vcpu, irq, GIC_ICACTIVER);
		return true;
	}
}

static bool step_configuration(const struct step *step, const struct world_irq *irq, struct reference_irq *r)
{
	switch (step->op) {
	case OP_ENABLE:
	case OP_DISABLE:
		if (r->enabled == (step->op == OP_ENABLE))
			return false;
		r->enabled = step->op == OP_ENABLE;
		world_write_bit(step->vcpu, irq, r->enabled ? GIC_ISENABLER : GIC_ICENABLER);
		return true;
	case OP_PRIORITY:
		if (r->active)
			return false; /* assumption 1 in oracle.h */
		r->priority ^= WORLD_PRIORITY_HIGH ^ WORLD_PRIORITY_LOW;
		world_set_priority(step->vcpu, irq, r->priority);
		return true;
	case OP_GROUP:
		r->group ^= 1;
		world_set_group(step->vcpu, irq, r->group);
		return true;
	case OP_ROUTE:
		if (r->private || world.plan->vcpu_count < 2)
			return false;
		r->route ^= 1;
		world_set_route(step->vcpu, irq, r->route);
		return true;
	default: /* OP_TRIGGER: while enabled or pending the manual leaves the outcome open */
		if (r->enabled || reference_pending(r) || r->line || r->active || irq->vintid < GIC_SGI_COUNT ||
			(world_is_linked(irq) && world_source(irq)->latch) ||
			(irq->vintid < GIC_PRIVATE_COUNT && world_is_linked(irq)))
			return false;
		r->edge = !r->edge;
		world_change_trigger(step->vcpu, irq);
		return true;
	}
}

static void step_forward(const struct step *step)
{
	bool *forwarded = world.reference.group_forwarded[world.plan->two_vms ? step->vcpu : 0];

	forwarded[step->irq] ^= 1;
	world_write_forward(step->vcpu, forwarded[0] | (uint32_t)forwarded[1] << 1);
}

/* ICC_EOIR, which traps while an interrupt that is translated is outstanding. */
static void guest_ends(unsigned v, unsigned group, uint32_t vintid)
{
	world_vcpu(v)->frame.x[0] = vintid;
	if (!hardware_traps_group1(world_pcpu(v)))
		hardware_end(world_pcpu(v), group, vintid);
	else if (!stubs_access(world_vcpu(v), ESR_OF_WRITE(ICC_EOIR1_EL1), &world.guest[v].at_el2))
		fault("ICC_EOIR1_EL1 is undefined");
}

static bool end(unsigned v)
{
	struct guest *guest = &world.guest[v];
	unsigned n = guest->running_count - 1;

	if (!guest->running_count)
		return false;
	guest_ends(v, guest->running_group[n], world.plan->irq[guest->running[n]].vintid);
	reference_end(&world.reference, v, guest->running[n]);
	if (world.reference.cpu[v].split_eoi)
		guest->dropped |= 1u << guest->running[n];
	guest->running_count--;
	return true;
}

/* The guest whose handler dropped its priority: any vCPU of the VM may deactivate a shared interrupt. */
static struct guest *dropper(const struct step *step)
{
	const struct world_irq *irq = &world.plan->irq[step->irq];

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		if ((world.guest[v].dropped >> step->irq & 1) &&
			(v == step->vcpu ||
			 (irq->vintid >= GIC_PRIVATE_COUNT && world_vcpu(v)->vm == world_vcpu(step->vcpu)->vm)))
			return &world.guest[v];
	return NULL;
}

static bool deactivate(const struct step *step)
{
	struct guest *guest = &world.guest[step->vcpu], *other = dropper(step);
	struct vcpu *self = world_vcpu(step->vcpu);
	uint32_t vintid = world.plan->irq[step->irq].vintid;

	if (!other || !world.reference.cpu[step->vcpu].split_eoi)
		return false;
	other->dropped &= ~(1u << step->irq);
	reference_deactivate(&world.reference, step->irq);
	if (!hardware_deactivate(self->pcpu, vintid))
		return true;
	self->frame.x[0] = vintid;
	stubs_access(self, ESR_OF_WRITE(ICC_DIR_EL1), &guest->at_el2);
	return true;
}

/* ICC_PMR and ICC_CTLR, which trap while interrupts come directly; `virtual` is what changes without. */
static void write_interface(unsigned v, uint32_t id, uint64_t value, uint64_t virtual)
{
	struct vcpu *self = world_vcpu(v);

	if (!(hardware.vif[self->pcpu].hcr & ICH_HCR_TC)) {
		hardware.vif[self->pcpu].vmcr ^= virtual;
		return;
	}
	self->frame.x[0] = value;
	if (!stubs_access(self, ESR_OF_WRITE(id), &world.guest[v].at_el2))
		fault("an access to the CPU interface is refused");
}

static void enable_group(unsigned v, unsigned group)
{
	if (group == 1 && hardware.pif[world_pcpu(v)].direct)
		hardware.pif[world_pcpu(v)].enabled = !hardware.pif[world_pcpu(v)].enabled;
	else
		hardware.vif[world_pcpu(v)].vmcr ^= BIT(group);
}

/* The guest at its CPU interface, mostly without an exit. */
static bool step_interface(const struct step *step)
{
	struct guest *guest = &world.guest[step->vcpu];
	struct reference_cpu *cpu = &world.reference.cpu[step->vcpu];

	switch (step->op) {
	case OP_ACKNOWLEDGE:
		return oracle_acknowledge(step->vcpu);
	case OP_END:
		return end(step->vcpu);
	case OP_DIR:
		return deactivate(step);
	case OP_SPLIT: /* assumption 3 in oracle.h */
		if (guest->running_count || guest->dropped || hardware_eoi_count(world_pcpu(step->vcpu)))
			return false;
		cpu->split_eoi = !cpu->split_eoi;
		write_interface(step->vcpu, ICC_CTLR, cpu->split_eoi ? ICC_CTLR_EOIMODE : 0, ICH_VMCR_VEOIM);
		return true;
	case OP_MASK:
		cpu->mask ^= WORLD_MASK_OPEN ^ WORLD_MASK_HIGH;
		write_interface(step->vcpu, ICC_PMR, cpu->mask,
						FIELD_PUT(ICH_VMCR_VPMR, WORLD_MASK_OPEN ^ WORLD_MASK_HIGH));
		return true;
	default: /* OP_GROUP_ENABLE */
		cpu->group_enabled[step->irq] ^= 1;
		enable_group(step->vcpu, step->irq);
		return true;
	}
}

bool world_step(const struct step *step)
{
	const struct world_irq *irq = &world.plan->irq[step->irq];
	struct reference_irq *r = &world.reference.irq[step->irq];
	bool done;

	if (step->op >= OP_TAKE && step->op <= OP_HOLD)
		done = processor_step(step);
	else if (step->op >= OP_TURN)
		done = shares_step(step);
	else if (step->op >= OP_FOREIGN)
		done = foreign_step(step);
	else if (step->op >= OP_MODE)
		done = modes_step(step);
	else if (step->op >= OP_STOP)
		done = lives_step(step);
	else if (step->op >= OP_MOVE)
		done = moves_step(step);
	else if (step->op <= OP_LATE_RAISE)
		done = step_device(step, irq, r);
	else if (!is_in_guest(step->vcpu))
		done = false;
	else if (step->op == OP_FORWARD)
		done = (step_forward(step), true);
	else if (step->op == OP_READ_PENDING)
		done = (oracle_read_pending(step->irq, world_read_bit(step->vcpu, irq, GIC_ISPENDR)), true);
	else if (step->op == OP_READ_ACTIVE)
		done = (oracle_read_active(step->irq, world_read_bit(step->vcpu, irq, GIC_ISACTIVER)), true);
	else if (step->op >= OP_ACKNOWLEDGE)
		done = step_interface(step);
	else if (step->op >= OP_ENABLE && step->op <= OP_TRIGGER)
		done = step_configuration(step, irq, r);
	else
		done = step_state(step, irq, r);
	if (done && world_has_modes())
		modes_follow();
	if (done && world.plan->shares)
		shares_follow();
	for (unsigned v = 0; done && v < world.plan->vcpu_count; v++)
		world.guest[v].at_el2 |= !world.guest[v].off && !world_vcpu(v)->live; /* those that were held */
	return done;
}
