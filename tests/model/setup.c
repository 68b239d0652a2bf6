/* SPDX-License-Identifier: Apache-2.0 */
/* How a world begins, and the steps it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "base/log.h"
#include "flow/run/run.h"
#include "modes.h"
#include "moves.h"
#include "shares.h"
#include "stubs.h"
#include "vgic/lr.h"
#include "vm/layout.h"
#include "world.h"

#define INTID_COUNT 64
#define MAINTENANCE 25
#define EL2_TIMER 26

static struct vcpu vcpus[WORLD_CPUS];
static struct config_vm configs[WORLD_CPUS];

/* A physical number that no device has, for a software interrupt. */
static void reserve_irq(const struct world_irq *irq)
{
	uint32_t intid = world_intid(irq);
	struct hardware_source *source = hardware_source(world_pcpu(irq->vcpu), intid);

	source->edge = irq->edge || irq->vintid < GIC_SGI_COUNT;
	source->pcpu = (uint8_t)world_pcpu(irq->vcpu);
	source->priority = GIC_PRIORITY_GUEST;
	vgic_reserve(&world_vm(irq)->vgic, vcpus[irq->vcpu].index, irq->vintid, intid);
	if (intid >= GIC_PRIVATE_COUNT &&
		irq_give(shared_word(intid), vcpus[irq->vcpu].number, irq->vintid) != OK)
		fault("an interrupt has two owners");
	hardware_watch(intid);
}

static void link_irq(const struct world_irq *irq)
{
	uint32_t intid = world_intid(irq);
	struct hardware_source *source = hardware_source(world_pcpu(irq->vcpu), intid);
	unsigned number = vcpus[irq->vcpu].number;

	source->edge = irq->edge;
	source->pcpu = (uint8_t)world_pcpu(irq->vcpu);
	source->priority = GIC_PRIORITY_GUEST;
	vgic_link(&world_vm(irq)->vgic, vcpus[irq->vcpu].index, irq->vintid, intid, irq->edge);
	world.linked |= 1u << (irq - world.plan->irq);
	if (irq_give(irq_word(&box.irqs, &vcpus[irq->vcpu].irqs, intid), number, irq->vintid) != OK)
		fault("an interrupt has two owners");
	hardware_watch(intid);
}

/* The description's entry for an interrupt that moves: a device that has it. */
static void expect_irq(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	struct config_vm *config = &configs[irq->vcpu];
	struct config_device *device = &config->device[config->device_count++];

	device->irq[device->irq_count++] = (struct config_irq){.intid = irq->vintid, .edge = irq->edge};
	if (!irq->linked)
		vgic_expect(&world_vm(irq)->vgic, irq->vintid, irq->edge);
}

/* The hypervisor's own. */
static void begin_own(unsigned pcpu, uint32_t intid, bool edge)
{
	gic_enable(pcpu, intid);
	hardware.private[pcpu][intid].edge = edge;
	if (irq_give_hypervisor(&box.pcpu[pcpu].irqs.slot[intid].word) != OK)
		abort();
}

static void begin_machine(const struct world_plan *plan)
{
	memset(&hardware, 0, sizeof(hardware));
	memset(&box.irqs, 0, sizeof(box.irqs));
	memset(&box.pcpu, 0, sizeof(box.pcpu));
	hardware.lr_count = plan->lr_count;
	hardware.lags = plan->lags;
	hardware.quirk_count_drop = plan->quirk;
	if (!plan->lags)
		hardware_watch(gic_kick_notify(false));
	hardware_watch(MAINTENANCE);
	box.host.maintenance_intid = MAINTENANCE;
	box.gic.lr_count = plan->lr_count;
	box.gic.intid_count = 256;
	box.gic.priority_bits = box.gic.physical_priority_bits = 5;
	box.host.timer_virtual_intid = GUEST_VIRTUAL_TIMER_INTID;
	box.config.housekeeping = WORLD_CPUS;
	box.has_foreign_ends = world_has_foreign_ends();
	box.moving = (struct lock){.rank = LOCK_MOVE};
	for (unsigned p = 0; p <= WORLD_CPUS; p++)
		hardware.pif[p] = (struct hardware_pif){.split_eoi = true, .mask = 0xff};
	for (unsigned v = 0; v < (plan->shares ? 1 : plan->vcpu_count); v++) {
		begin_own(v, gic_kick_notify(false), true);
		begin_own(v, MAINTENANCE, false);
		if (world_has_modes() || plan->shares)
			begin_own(v, gic_kick_attend(false), true);
		if (plan->shares)
			begin_own(v, EL2_TIMER, false);
	}
	if (world_has_modes() || plan->shares)
		hardware_watch(gic_kick_attend(false));
}

static void add_vcpu(struct vm *vm, unsigned v)
{
	memset(&vcpus[v], 0, sizeof(vcpus[v]));
	vcpus[v].vm = vm;
	vcpus[v].folded = vcpus[v].os_locked = true; /* as life_step() leaves it */
	vcpus[v].number = v;
	vcpus[v].pcpu = world.plan->shares ? 0 : v;
	vcpus[v].index = vm->vcpu_count++;
	vcpus[v].notify = v;
	vcpus[v].irqs = box.pcpu[vcpus[v].pcpu].irqs;
	vm->vcpu[vcpus[v].index] = &vcpus[v];
	box.vcpu[v] = &vcpus[v];
	box.pcpu[vcpus[v].pcpu].vcpu = &vcpus[v];
	vgic_add_cpu(&vm->vgic, &vcpus[v].vgic);
}

static void begin_vm(unsigned n, unsigned first_vcpu, unsigned vcpu_count)
{
	struct vm *vm = &box.vm[n];

	memset(vm, 0, sizeof(*vm));
	memset(&configs[n], 0, sizeof(configs[n]));
	configs[n].image.data = vm->tree.data = ""; /* the model does not have it */
	vm->config = &configs[n];
	configs[n].vcpu_count = vcpu_count;
	regions_make(&vm->regions, vm->config);
	vm->number = n;
	configs[n].permissions = world_has_modes() ? CONFIG_MAY_BE_DIRECT : 0;
	vm->delivery = CONFIG_DELIVERY_VIRTUAL;
	vgic_init(&vm->vgic, INTID_COUNT, world_has_modes() ? 4 : 5);
	vm->state = VM_RUNNING;
	for (unsigned v = 0; v < vcpu_count; v++)
		add_vcpu(vm, first_vcpu + v);
	vm->psci.on = (uint32_t)(BIT(vcpu_count) - 1);
}

static void begin_vms(const struct world_plan *plan)
{
	box.vm_count = plan->two_vms ? plan->vcpu_count : 1;
	for (unsigned n = 0; n < box.vm_count; n++)
		begin_vm(n, n, plan->two_vms ? 1 : plan->vcpu_count);
	for (unsigned i = 0; i < plan->irq_count; i++) {
		if (plan->irq[i].linked)
			link_irq(&plan->irq[i]);
		if (plan->irq[i].reserved)
			reserve_irq(&plan->irq[i]);
		if (world_peer(i) != HARDWARE_NONE)
			expect_irq(i);
	}
	for (unsigned n = 0; n < box.vm_count; n++)
		vgic_reset(&box.vm[n].vgic);
}

/* The reference in the state after the guest's set-up. */
static void begin_irq(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];

	world.reference.irq[i] = (struct reference_irq){
		.private = irq->vintid < GIC_PRIVATE_COUNT || world.plan->two_vms,
		.enabled = !irq->disabled,
		.edge = irq->edge || irq->vintid < GIC_SGI_COUNT,
		.group = !irq->group0,
		.priority = irq->low ? WORLD_PRIORITY_LOW : WORLD_PRIORITY_HIGH,
		.route = irq->vcpu,
		.active_on = irq->vcpu,
		.distributor = world.plan->two_vms ? irq->vcpu : 0,
		.latch = world.reference.irq[i].latch,
		.line = world.reference.irq[i].line,
	};
}

static void configure(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	const struct reference_irq *r = &world.reference.irq[i];
	unsigned v = world.plan->two_vms ? irq->vcpu : 0;
	bool wired = world_is_linked(irq) || world_peer(i) != HARDWARE_NONE;

	world_set_priority(v, irq, r->priority);
	world_set_group(v, irq, r->group);
	if (irq->edge && !wired && irq->vintid >= GIC_SGI_COUNT)
		world_change_trigger(v, irq);
	if (!r->private)
		world_set_route(v, irq, r->route);
	if (r->enabled)
		world_write_bit(v, irq, GIC_ISENABLER);
}

static void begin_vcpu(unsigned v)
{
	hardware.vif[world_pcpu(v)].vmcr = FIELD_PUT(ICH_VMCR_VPMR, WORLD_MASK_OPEN) | ICH_VMCR_VENG0 |
									   ICH_VMCR_VENG1 | (world.plan->split ? ICH_VMCR_VEOIM : 0);
	if (hardware.pif[v].direct) {
		hardware.pif[v].enabled = true;
		hardware.pif[v].mask = irq_direct_mask(WORLD_MASK_OPEN);
		hardware.pif[v].split_eoi = world.plan->split;
	}
	world.reference.cpu[v] = (struct reference_cpu){
		.group_enabled = {true, true}, .split_eoi = world.plan->split, .mask = WORLD_MASK_OPEN};
}

static bool is_in(unsigned v, unsigned first_vcpu, unsigned vcpu_count)
{
	return v >= first_vcpu && v < first_vcpu + vcpu_count;
}

/* With what its set-up has led to. */
static void enter_anew(unsigned v)
{
	if (world.plan->shares) {
		shares_run(v);
		return;
	}
	stubs_take(&vcpus[v]);
	if (!run_attend(&vcpus[v].frame))
		fault("a guest that runs is not entered");
	world.guest[v] = (struct guest){0};
}

void world_set_up_guest(unsigned first_vcpu, unsigned vcpu_count)
{
	bool *forwarded = world.reference.group_forwarded[world.plan->two_vms ? first_vcpu : 0];

	forwarded[0] = forwarded[1] = true;
	for (unsigned v = first_vcpu + vcpu_count; v-- > first_vcpu;) {
		if (world.plan->shares)
			shares_run(v);
		begin_vcpu(v);
	}
	world_write_forward(first_vcpu, 3);
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		if (!is_in(world.plan->irq[i].vcpu, first_vcpu, vcpu_count))
			continue;
		begin_irq(i);
		modes_moved(i); /* if delivery is direct already */
		configure(i);
	}
	for (unsigned v = first_vcpu; v < first_vcpu + vcpu_count; v++)
		enter_anew(v);
}

void world_begin(const struct world_plan *plan)
{
	memset(&world, 0, sizeof(world));
	world.plan = plan;
	world.late_irq = world.late_vcpu = WORLD_NOBODY;
	world.reference.irq_count = plan->irq_count;
	log_set_level(LOG_ERROR);
	begin_machine(plan);
	begin_vms(plan);
	if (plan->lags)
		hardware_watch(gic_kick_notify(false)); /* as if it arrived after the first acknowledgement */
	if (plan->shares)
		shares_begin();
	for (unsigned v = 0; v < plan->vcpu_count && !plan->shares; v++) {
		hardware.here = v;
		begin_vcpu(v);
		if (!run_attend(&vcpus[v].frame))
			fault("a guest that runs is not entered");
	}
	for (unsigned n = 0; n < box.vm_count; n++)
		world_set_up_guest(plan->two_vms ? n : 0, plan->two_vms ? 1 : plan->vcpu_count);
}

enum use { PER_IRQ = 1, PER_VCPU = 2, PER_GROUP = 4, PER_POINT = 8 };
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
	[OP_MOVE] = {"a move", PER_IRQ},
	[OP_MOVE_FORCE] = {"a move by force", PER_IRQ},
	[OP_GIVE] = {"a move, asked for by who has it", PER_IRQ},
	[OP_FETCH] = {"a move by force, asked for by who gets it", PER_IRQ},
	[OP_MOVE_SIGNAL] = {"a move by force, and a signal meanwhile", PER_IRQ | PER_POINT},
	[OP_MOVE_STOP] = {"a move by force, and its new owner stops meanwhile", PER_IRQ | PER_POINT},
	[OP_MOVE_FAIL] = {"a move that the distributor does not confirm", PER_IRQ},
	[OP_STOP] = {"its VM is stopped", PER_VCPU},
	[OP_START] = {"its VM is started", PER_VCPU},
	[OP_MODE] = {"its VM's delivery changes", PER_VCPU},
	[OP_SAMPLE] = {"its device is looked at", PER_IRQ},
	[OP_MODE_SIGNAL] = {"its VM's delivery changes, and a signal meanwhile", PER_IRQ | PER_POINT},
	[OP_FOREIGN] = {"a third VM ends it", PER_IRQ},
	[OP_UNMUTE] = {"its timer: what it has muted comes again", PER_VCPU},
	[OP_RETRY] = {"its timer: direct delivery is to end", PER_VCPU},
	[OP_TURN] = {"the other vCPU is more urgent", 0},
	[OP_WAIT] = {"WFI", PER_VCPU},
	[OP_CATCH] = {"another holds it from now on", PER_VCPU},
	[OP_LET_GO] = {"and releases it", PER_VCPU},
};

/* Is there such a step? A guest knows the interrupts of its own VM, and not all move. */
static bool has_step(const struct world_plan *plan, const struct step *step)
{
	unsigned same = 0;

	if (!plan->two_vms || !(operations[step->op].uses & PER_IRQ))
		return true;
	if (operations[step->op].uses & PER_VCPU)
		return plan->irq[step->irq].vcpu == step->vcpu;
	for (unsigned i = 0; i < plan->irq_count; i++)
		same += plan->irq[i].vintid == plan->irq[step->irq].vintid;
	return step->op < OP_MOVE || step->op >= OP_STOP ||
		   (same > 1 && plan->irq[step->irq].vintid >= GIC_PRIVATE_COUNT);
}

unsigned world_steps(const struct world_plan *plan, struct step *out, unsigned room)
{
	unsigned count = 0;

	for (unsigned op = 0; op < OP_COUNT; op++) {
		uint8_t uses = operations[op].uses;
		unsigned irqs = uses & PER_IRQ ? plan->irq_count : uses & PER_GROUP ? 2 : 1;
		unsigned cpus = uses & PER_VCPU ? plan->vcpu_count : 1;
		unsigned points = uses & PER_POINT ? MOVES_POINTS * (op == OP_MOVE_STOP ? 2 : 1) : 1;

		for (unsigned n = 0; plan->ops >> op & 1 && n < irqs * cpus * points && count < room; n++) {
			out[count] = (struct step){.op = (uint8_t)op,
									   .vcpu = (uint8_t)(n / irqs % cpus),
									   .irq = (uint8_t)(n % irqs),
									   .point = (uint8_t)(n / irqs / cpus)};
			count += has_step(plan, &out[count]);
		}
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
	if (uses & PER_IRQ && world.plan->two_vms)
		printf(" %s VM %u",
			   uses & PER_VCPU      ? "of"
			   : step->op < OP_MOVE ? "with"
									: "to",
			   world.plan->irq[step->irq].vcpu);
	if (uses & PER_GROUP)
		printf(" [group %u]", step->irq);
	if (uses & PER_POINT)
		printf(" [before access %u%s]", step->point % MOVES_POINTS,
			   step->point >= MOVES_POINTS ? ", and parks" : "");
	printf("\n");
}
