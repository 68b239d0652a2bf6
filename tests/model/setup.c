/* SPDX-License-Identifier: Apache-2.0 */
/* How a world begins, and the steps it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "flow/run.h"
#include "stubs.h"
#include "vgic/lr.h"
#include "world.h"

#define INTID_COUNT 64
#define MAINTENANCE 25
#define VMCR_PMR BITS(31, 24)

static struct vcpu vcpus[WORLD_CPUS];

static void link_irq(const struct world_irq *irq)
{
	uint32_t intid = world_intid(irq);
	struct hardware_source *source = hardware_source(irq->vcpu, intid);
	unsigned number = vcpus[irq->vcpu].number;

	source->edge = irq->edge;
	source->pcpu = irq->vcpu;
	vgic_link(&world.vm->vgic, irq->vcpu, irq->vintid, intid, irq->edge);
	if (irq_give(&box.irqs, irq->vcpu, intid, number, irq->vintid) != OK)
		fault("an interrupt has two owners");
	hardware_watch(intid);
}

static void begin_machine(const struct world_plan *plan)
{
	memset(&hardware, 0, sizeof(hardware));
	memset(&box.irqs, 0, sizeof(box.irqs));
	hardware.lr_count = plan->lr_count;
	hardware.lags = plan->lags;
	hardware.quirk_count_drop = plan->quirk;
	if (!plan->lags)
		hardware_watch(gic_kick_notify(false));
	hardware_watch(MAINTENANCE);
	box.host.maintenance_intid = MAINTENANCE;
	box.gic.lr_count = plan->lr_count;
	box.gic.intid_count = 256;
	for (unsigned v = 0; v < plan->vcpu_count; v++) {
		gic_enable(v, gic_kick_notify(false));
		gic_enable(v, MAINTENANCE);
		hardware.private[v][gic_kick_notify(false)].edge = true;
		if (irq_give_hypervisor(&box.irqs, v, gic_kick_notify(false)) != OK ||
			irq_give_hypervisor(&box.irqs, v, MAINTENANCE) != OK)
			abort();
	}
}

static void begin_vm(const struct world_plan *plan)
{
	struct vm *vm = &box.vm[0];

	memset(vm, 0, sizeof(*vm));
	vgic_init(&vm->vgic, INTID_COUNT, 5);
	vm->state = VM_RUNNING;
	for (unsigned v = 0; v < plan->vcpu_count; v++) {
		memset(&vcpus[v], 0, sizeof(vcpus[v]));
		vcpus[v].vm = vm;
		vcpus[v].folded = true;
		vcpus[v].index = vcpus[v].number = vcpus[v].pcpu = v;
		vcpus[v].notify = v;
		vcpus[v].private_slots = box.irqs.per_pcpu[v];
		vm->vcpu[vm->vcpu_count++] = &vcpus[v];
		box.vcpu[v] = &vcpus[v];
		box.pcpu[v].vcpu = &vcpus[v];
		vgic_add_cpu(&vm->vgic, &vcpus[v].vgic);
	}
	world.vm = vm;
	for (unsigned i = 0; i < plan->irq_count; i++)
		if (plan->irq[i].linked)
			link_irq(&plan->irq[i]);
	vgic_reset(&vm->vgic);
}

/* The reference begins as the guest's set-up will leave it; the guest's set-up then follows it. */
static void begin_reference(const struct world_plan *plan)
{
	struct reference *reference = &world.reference;

	reference->irq_count = plan->irq_count;
	for (unsigned i = 0; i < plan->irq_count; i++) {
		const struct world_irq *irq = &plan->irq[i];

		reference->irq[i] = (struct reference_irq){
			.private = irq->vintid < VGIC_PRIVATE_COUNT,
			.enabled = !irq->disabled,
			.edge = irq->edge || irq->vintid < VGIC_SGI_COUNT,
			.group = !irq->group0,
			.priority = irq->low ? WORLD_PRIORITY_LOW : WORLD_PRIORITY_HIGH,
			.route = irq->vcpu,
		};
	}
	reference->group_forwarded[0] = reference->group_forwarded[1] = true;
	for (unsigned v = 0; v < plan->vcpu_count; v++)
		reference->cpu[v] = (struct reference_cpu){
			.group_enabled = {true, true}, .split_eoi = plan->split, .mask = WORLD_MASK_OPEN};
}

static void configure(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	const struct reference_irq *r = &world.reference.irq[i];

	world_set_priority(0, irq, r->priority);
	world_set_group(0, irq, r->group);
	if (irq->edge && !irq->linked && irq->vintid >= VGIC_SGI_COUNT)
		world_change_trigger(0, irq);
	if (!r->private)
		world_set_route(0, irq, r->route);
	if (r->enabled)
		world_write_bit(0, irq, GIC_ISENABLER);
}

void world_begin(const struct world_plan *plan)
{
	memset(&world, 0, sizeof(world));
	world.plan = plan;
	world.late_irq = world.late_vcpu = WORLD_NOBODY;
	begin_machine(plan);
	begin_vm(plan);
	if (plan->lags)
		hardware_watch(gic_kick_notify(false)); /* as if it arrived after the first acknowledgement */
	begin_reference(plan);
	for (unsigned v = 0; v < plan->vcpu_count; v++) {
		hardware.here = v;
		hardware.vif[v].vmcr = FIELD_PUT(VMCR_PMR, WORLD_MASK_OPEN) | ICH_VMCR_VENG0 | ICH_VMCR_VENG1 |
							   (plan->split ? ICH_VMCR_VEOIM : 0);
		run_attend(&vcpus[v].frame);
	}
	world_write_forward(0, 3);
	for (unsigned i = 0; i < plan->irq_count; i++)
		configure(i);
	for (unsigned v = 0; v < plan->vcpu_count; v++) {
		hardware.here = v;
		stubs_take(&vcpus[v]);
		run_attend(&vcpus[v].frame);
		world.guest[v].at_el2 = false;
	}
}

enum use { PER_IRQ = 1, PER_VCPU = 2, PER_GROUP = 4 };
static const struct {
	const char *name;
	uint8_t uses;
} operations[OP_COUNT] = {
	[OP_EDGE] = {"edge", PER_IRQ},
	[OP_RISE] = {"line rises", PER_IRQ},
	[OP_FALL] = {"line falls", PER_IRQ},
	[OP_LATE_LOOK] = {"somebody reads the route", PER_IRQ},
	[OP_LATE_RAISE] = {"and raises it there", PER_IRQ},
	[OP_SGI] = {"ICC_SGIR", PER_IRQ | PER_VCPU},
	[OP_SGI_OTHER] = {"ICC_SGIR of the other group", PER_IRQ | PER_VCPU},
	[OP_PEND] = {"ISPENDR", PER_IRQ | PER_VCPU},
	[OP_UNPEND] = {"ICPENDR", PER_IRQ | PER_VCPU},
	[OP_ENABLE] = {"ISENABLER", PER_IRQ | PER_VCPU},
	[OP_DISABLE] = {"ICENABLER", PER_IRQ | PER_VCPU},
	[OP_PRIORITY] = {"IPRIORITYR: the other", PER_IRQ | PER_VCPU},
	[OP_ROUTE] = {"IROUTER: the other", PER_IRQ | PER_VCPU},
	[OP_GROUP] = {"IGROUPR: the other", PER_IRQ | PER_VCPU},
	[OP_TRIGGER] = {"ICFGR: the other", PER_IRQ | PER_VCPU},
	[OP_ACTIVATE] = {"ISACTIVER", PER_IRQ | PER_VCPU},
	[OP_DEACTIVATE] = {"ICACTIVER", PER_IRQ | PER_VCPU},
	[OP_FORWARD] = {"GICD_CTLR: group on or off", PER_GROUP | PER_VCPU},
	[OP_READ_PENDING] = {"reads ISPENDR", PER_IRQ | PER_VCPU},
	[OP_READ_ACTIVE] = {"reads ISACTIVER", PER_IRQ | PER_VCPU},
	[OP_ACKNOWLEDGE] = {"ICC_IAR", PER_VCPU},
	[OP_END] = {"ICC_EOIR", PER_VCPU},
	[OP_DIR] = {"ICC_DIR", PER_IRQ | PER_VCPU},
	[OP_SPLIT] = {"EOImode: the other", PER_VCPU},
	[OP_MASK] = {"ICC_PMR: the other", PER_VCPU},
	[OP_GROUP_ENABLE] = {"ICC_IGRPEN: on or off", PER_GROUP | PER_VCPU},
	[OP_TAKE] = {"EL2 takes what is pending", PER_VCPU},
	[OP_REFRESH] = {"EL2 attends and goes back", PER_VCPU},
	[OP_HOLD] = {"another holds it", PER_VCPU},
};

unsigned world_steps(const struct world_plan *plan, struct step *out, unsigned room)
{
	unsigned count = 0;

	for (unsigned op = 0; op < OP_COUNT; op++) {
		uint8_t uses = operations[op].uses;
		unsigned irqs = uses & PER_IRQ ? plan->irq_count : uses & PER_GROUP ? 2 : 1;
		unsigned cpus = uses & PER_VCPU ? plan->vcpu_count : 1;

		for (unsigned n = 0; plan->ops >> op & 1 && n < irqs * cpus && count < room; n++)
			out[count++] =
				(struct step){.op = (uint8_t)op, .vcpu = (uint8_t)(n / irqs), .irq = (uint8_t)(n % irqs)};
	}
	return count;
}

void world_print(const struct step *step)
{
	uint8_t uses = operations[step->op].uses;

	printf("#   ");
	if (uses & PER_VCPU)
		printf("vCPU %u ", step->vcpu);
	printf("%s", operations[step->op].name);
	if (uses & PER_IRQ)
		printf(" [INTID %u]", world.plan->irq[step->irq].vintid);
	if (uses & PER_GROUP)
		printf(" [group %u]", step->irq);
	printf("\n");
}
