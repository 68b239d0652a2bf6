/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/show.h"

#include "base/format.h"
#include "base/log.h"
#include "console/tables.h"
#include "flow/box/system.h"
#include "flow/own/obstacle.h"
#include "vm/exit.h"

/* An answer that is being printed, row by row. */
struct answer {
	struct console *console;
	struct tables_answer table;
	char text[TABLES_TEXT_MAX];
};

static void begin(struct answer *answer)
{
	tables_head(&answer->table, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

static void put_row(struct answer *answer, const void *row)
{
	tables_row(&answer->table, row, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

static void end(struct answer *answer)
{
	tables_tail(&answer->table, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

static const char *state_text(enum vm_state state)
{
	static const char *const text[] = {
		[VM_BROKEN] = "broken",   [VM_STOPPED] = "off",       [VM_STARTING] = "starting",
		[VM_RUNNING] = "running", [VM_STOPPING] = "stopping",
	};

	return text[state];
}

/* The counts of an interrupt, or of all interrupts of a vCPU. */
struct fate {
	uint64_t taken, listed, queued, spilled, dropped;
};

static void add_fate(struct fate *fate, struct irq_bank *bank, uint32_t intid)
{
	const struct irq_detours *detours = irq_detours(&box.irqs, bank, intid);
	uint64_t queued = atomic_load(&detours->queued), dropped = atomic_load(&detours->dropped);
	uint64_t taken =
		atomic_load(&irq_slot(&box.irqs, bank, intid)->count); /* read last, since it is counted first */

	fate->taken += taken;
	fate->listed += taken - queued - dropped;
	fate->queued += queued;
	fate->spilled += detours->spilled;
	fate->dropped += dropped;
}

static struct fate fate_of(struct vcpu *vcpu)
{
	struct fate fate = {0};

	for (uint32_t intid = 0; intid < box.gic.intid_count && intid < GIC_INTID_MAX; intid++) {
		uint64_t word = atomic_load(irq_word(&box.irqs, &vcpu->irqs, intid));

		if (irq_kind(word) == IRQ_GUEST && irq_vcpu(word) == vcpu->number)
			add_fate(&fate, &vcpu->irqs, intid);
	}
	return fate;
}

static uint64_t exits_of(const struct vcpu *vcpu)
{
	uint64_t exits = 0;

	for (unsigned ec = 0; ec < ARRAY_COUNT(vcpu->counters.exits); ec++)
		exits += vcpu->counters.exits[ec];
	return exits;
}

/* How interrupts reach the VM now. */
static const char *mode_text(const struct vm *vm)
{
	return monitor_delivery_text(vm->vgic.direct ? CONFIG_DELIVERY_DIRECT : CONFIG_DELIVERY_VIRTUAL);
}

/* Why the VM's delivery is not direct though it was asked for so, or NULL. Until the next call. */
static const char *refusal_of(const struct vm *vm)
{
	static char text[OBSTACLE_TEXT_MAX];

	if (vm->state != VM_RUNNING || vm->vgic.direct || vm->refused == OBSTACLE_NONE)
		return NULL;
	obstacle_text(vm->refused, vm->refused_vintid, text);
	return text;
}

/* JSON has this in the row; a line of the table has no room for it. */
static void explain_delivery(struct answer *answer, const struct vm *vm)
{
	const char *why = refusal_of(vm);

	if (!why)
		return;
	format_text(answer->text, sizeof(answer->text), "%s has virtual delivery: %s\n", vm->config->name, why);
	console_print(answer->console, answer->text);
}

static void show_vm(struct answer *answer, const struct vm *vm)
{
	struct monitor_vm_row row = {
		.index = vm->number,
		.name = vm->config->name,
		.state = state_text(vm->state),
		.memory_bytes = vm->config->memory_size,
		.uptime_us = vm->state == VM_RUNNING ? log_time_us() - vm->started_us : 0,
		.starts = vm->starts,
		.delivery = monitor_delivery_text(vm->delivery),
		.mode = mode_text(vm),
		.refused = refusal_of(vm),
	};

	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		row.pcpus |= BIT(vm->vcpu[v]->pcpu);
		row.exits += exits_of(vm->vcpu[v]);
		row.interrupts += fate_of(vm->vcpu[v]).taken;
	}
	put_row(answer, &row);
}

static void show_vms(struct answer *answer, int only)
{
	begin(answer);
	for (unsigned i = 0; i < box.vm_count; i++)
		if (only < 0 || (unsigned)only == i)
			show_vm(answer, &box.vm[i]);
	end(answer);
	for (unsigned i = 0; i < box.vm_count && !answer->table.json; i++)
		if (only < 0 || (unsigned)only == i)
			explain_delivery(answer, &box.vm[i]);
}

enum {
	CAUSE_SGI = 64,
	CAUSE_LISTED,
	CAUSE_QUEUED,
	CAUSE_SPILLED,
	CAUSE_NOTIFY,
	CAUSE_ATTEND,
	CAUSE_MAINTENANCE,
	CAUSE_TIMER,
	CAUSE_LOOKS,
	CAUSE_CHOICES,
	CAUSE_OVERFLOWS,
	CAUSE_COUNT
};

/* Below 64: synchronous exits, by class. */
static const char *const causes[CAUSE_COUNT] = {
	[CAUSE_SGI] = "SGI sent (ICC_SGI1R_EL1)",
	[CAUSE_LISTED] = "interrupts: listed",
	[CAUSE_QUEUED] = "interrupts: queued",
	[CAUSE_SPILLED] = "interrupts: spilled",
	[CAUSE_NOTIFY] = "notified",
	[CAUSE_ATTEND] = "told to attend",
	[CAUSE_MAINTENANCE] = "maintenance interrupts",
	[CAUSE_TIMER] = "hypervisor timer",
	[CAUSE_LOOKS] = "attended",
	[CAUSE_CHOICES] = "list registers chosen anew",
	[CAUSE_OVERFLOWS] = "list registers did not suffice",
};

static uint64_t taken_at(unsigned pcpu, uint32_t intid)
{
	return pcpu_bank(&box.pcpu[pcpu])->slot[intid].count;
}

static uint64_t count_cause(struct vcpu *vcpu, unsigned cause)
{
	const struct vcpu_counters *counters = &vcpu->counters;
	uint64_t registers = atomic_load(&counters->registers); /* read before the exits, which include it */

	switch (cause) {
	case EC_SYSREG:
		return registers;
	case CAUSE_SGI:
		return atomic_load(&counters->exits[EC_SYSREG]) - registers;
	case CAUSE_LISTED:
		return fate_of(vcpu).listed;
	case CAUSE_QUEUED:
		return fate_of(vcpu).queued;
	case CAUSE_SPILLED:
		return fate_of(vcpu).spilled;
	case CAUSE_NOTIFY:
		return taken_at(vcpu->pcpu, gic_kick_notify(box.gic.two_security_states));
	case CAUSE_ATTEND:
		return taken_at(vcpu->pcpu, gic_kick_attend(box.gic.two_security_states));
	case CAUSE_MAINTENANCE:
		return taken_at(vcpu->pcpu, box.host.maintenance_intid);
	case CAUSE_TIMER:
		return taken_at(vcpu->pcpu, box.host.timer_hypervisor_intid);
	case CAUSE_LOOKS:
		return counters->attends;
	case CAUSE_CHOICES:
		return counters->refills;
	case CAUSE_OVERFLOWS:
		return counters->overflows;
	default:
		return counters->exits[cause];
	}
}

static void show_cause(struct answer *answer, const struct vm *vm, unsigned cause)
{
	uint64_t vcpus[VCPU_PER_VM_MAX];
	struct monitor_cause_row row = {
		.cause = causes[cause] ? causes[cause] : exit_class_name(cause),
		.vcpus = vcpus,
	};

	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		vcpus[v] = count_cause(vm->vcpu[v], cause);
		row.total += vcpus[v];
	}
	if (row.total)
		put_row(answer, &row);
}

#define VCPUS_ABREAST 4 /* how many fit in a line */

/* What has happened on the vCPUs of one VM. */
static void show_causes(struct answer *answer, const struct vm *vm)
{
	struct tables_answer *table = &answer->table;
	unsigned abreast = table->json ? vm->vcpu_count : VCPUS_ABREAST;

	table->kind = TABLES_CAUSES;
	table->follows = true;
	table->more = false;
	for (unsigned first = 0; first < vm->vcpu_count; first += abreast) {
		table->vcpu_first = first;
		table->vcpu_count = vm->vcpu_count - first < abreast ? vm->vcpu_count - first : abreast;
		begin(answer);
		for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
			show_cause(answer, vm, cause);
		end(answer);
	}
}

/* Has it been taken, and is in no list register yet? */
static bool waits(struct vcpu *vcpu, uint32_t vintid)
{
	const struct vgic_bank *bank = vgic_bank(&vcpu->vm->vgic, &vcpu->vgic, vintid / 32);

	return (atomic_load(&bank->taken) | atomic_load(&vcpu->vgic.raised[vintid / 32])) >> vintid % 32 & 1;
}

static const char *irq_state_text(unsigned pcpu, uint32_t intid, uint64_t word)
{
	bool pending = gic_is_pending(pcpu, intid), active = gic_is_active(pcpu, intid);

	if (irq_kind(word) == IRQ_GUEST && waits(box.vcpu[irq_vcpu(word)], irq_vintid(word)))
		return "waits";
	if (active)
		return pending ? "both" : "active";
	return pending ? "pending" : NULL;
}

/* Shows an interrupt, unless a VM is named and does not own it. */
static void show_irq(struct answer *answer, int vm, unsigned pcpu, uint32_t intid)
{
	struct irq_bank *bank = pcpu_bank(&box.pcpu[pcpu]);
	uint64_t word = atomic_load(irq_word(&box.irqs, bank, intid));
	enum irq_owner_kind kind = irq_kind(word);
	const struct vcpu *vcpu = kind == IRQ_GUEST ? box.vcpu[irq_vcpu(word)] : NULL;
	struct fate fate = {0};

	add_fate(&fate, bank, intid);
	if ((kind == IRQ_NOBODY && !fate.taken) || (vm >= 0 && (!vcpu || vcpu->vm->number != (unsigned)vm)))
		return;
	put_row(answer, &(struct monitor_irq_row){
						.intid = intid,
						.trigger = gic_is_edge(pcpu, intid) ? "edge" : "level",
						.pcpu = (int)(vcpu ? vcpu->pcpu : pcpu),
						.owner = vcpu                     ? vcpu->vm->config->name
								 : kind == IRQ_HYPERVISOR ? "signalbox"
														  : NULL,
						.vcpu = vcpu ? (int)vcpu->index : -1,
						.vintid = vcpu ? (int)irq_vintid(word) : -1,
						.mode = vcpu ? mode_text(vcpu->vm) : NULL,
						.enabled = gic_is_enabled(pcpu, intid),
						.state = irq_state_text(pcpu, intid, word),
						.taken = fate.taken,
						.listed = fate.listed,
						.queued = fate.queued,
						.spilled = fate.spilled,
						.dropped = fate.dropped,
						.moves = box.irqs.history[intid].move_count,
						.moved_us = box.irqs.history[intid].moved_us,
					});
}

/* JSON has this in the row; a line of the table has no room for it. */
static void show_moves(struct answer *answer, uint32_t intid)
{
	const struct irq_history *history = &box.irqs.history[intid];

	if (!history->move_count)
		return;
	format_text(answer->text, sizeof(answer->text),
				"interrupt %u has moved %u time%s, last %llu.%06llu s after boot\n", intid,
				history->move_count, history->move_count == 1 ? "" : "s",
				(unsigned long long)(history->moved_us / 1000000),
				(unsigned long long)(history->moved_us % 1000000));
	console_print(answer->console, answer->text);
}

/* A shared interrupt of Signalbox's own is taken on the housekeeping pCPU. */
static void show_irqs(struct answer *answer, const struct monitor_command *command)
{
	int only = command->intid;

	begin(answer);
	for (uint32_t intid = 0; intid < box.gic.intid_count && intid < GIC_INTID_MAX; intid++) {
		if (only >= 0 && intid != (uint32_t)only)
			continue;
		if (intid >= GIC_PRIVATE_COUNT)
			show_irq(answer, command->vm, box.config.housekeeping, intid);
		for (unsigned pcpu = 0; intid < GIC_PRIVATE_COUNT && pcpu < box.host.cpus.pcpu_count; pcpu++)
			show_irq(answer, command->vm, pcpu, intid);
	}
	end(answer);
	for (uint32_t intid = GIC_PRIVATE_COUNT; intid < GIC_INTID_MAX && !answer->table.json; intid++)
		if (only < 0 || intid == (uint32_t)only)
			show_moves(answer, intid);
}

static void show_cpu(struct answer *answer, unsigned pcpu)
{
	const struct vcpu *vcpu = box.pcpu[pcpu].vcpu;
	struct monitor_cpu_row row = {
		.pcpu = pcpu,
		.mpidr = box.host.cpus.mpidr[pcpu],
		.vcpu = -1,
		.state = !box.pcpu[pcpu].online ? "off" : "idle",
		.notify = taken_at(pcpu, gic_kick_notify(box.gic.two_security_states)),
		.attend = taken_at(pcpu, gic_kick_attend(box.gic.two_security_states)),
		.unowned = box.pcpu[pcpu].unowned_interrupts,
		.long_batches = box.pcpu[pcpu].long_batches,
		.housekeeping = pcpu == box.config.housekeeping,
	};

	if (vcpu) {
		row.vm = vcpu->vm->config->name;
		row.vcpu = (int)vcpu->index;
		row.exits = exits_of(vcpu);
		if (vcpu->vm->psci.on >> vcpu->index & 1)
			row.state = "running";
	}
	put_row(answer, &row);
}

static void show_cpus(struct answer *answer)
{
	begin(answer);
	for (unsigned pcpu = 0; pcpu < box.host.cpus.pcpu_count; pcpu++)
		show_cpu(answer, pcpu);
	end(answer);
}

void show_answer(struct console *console, const struct monitor_command *command)
{
	static const enum table_kind kinds[] = {
		[MONITOR_VM] = TABLES_VM,
		[MONITOR_IRQ] = TABLES_IRQ,
		[MONITOR_CPU] = TABLES_CPU,
	};
	static struct answer answer; /* housekeeping pCPU alone */
	bool causes_too = command->verb == MONITOR_VM && command->vm >= 0;

	answer.console = console;
	answer.table =
		(struct tables_answer){.kind = kinds[command->verb], .json = command->json, .more = causes_too};
	if (command->verb == MONITOR_IRQ)
		show_irqs(&answer, command);
	else if (command->verb == MONITOR_CPU)
		show_cpus(&answer);
	else
		show_vms(&answer, command->vm);
	if (causes_too)
		show_causes(&answer, &box.vm[command->vm]);
}
