/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/show.h"

#include "base/log.h"
#include "flow/box/system.h"
#include "flow/housekeeping/show_irq.h"
#include "flow/housekeeping/show_sched.h"
#include "flow/own/obstacle.h"
#include "vm/exit.h"

static const char *state_text(enum vm_state state)
{
	static const char *const text[] = {
		[VM_BROKEN] = "broken",   [VM_STOPPED] = "off",       [VM_STARTING] = "starting",
		[VM_RUNNING] = "running", [VM_STOPPING] = "stopping",
	};

	return text[state];
}

static uint64_t exits_of(const struct vcpu *vcpu)
{
	uint64_t exits = 0;

	for (unsigned ec = 0; ec < ARRAY_COUNT(vcpu->counters.exits); ec++)
		exits += vcpu->counters.exits[ec];
	return exits;
}

/* Why the VM's delivery is not direct though it was asked for so, or NULL. Until the next call. */
static const char *refusal_of(const struct vm *vm)
{
	static char text[OBSTACLE_TEXT_MAX];

	if (vm->state != VM_RUNNING || vm_is_direct(vm) || vm->refused == OBSTACLE_NONE)
		return NULL;
	obstacle_text(vm->refused, vm->refused_vintid, text);
	return text;
}

/* A row of the table has no room for that; JSON has it in the row. */
static void explain(struct answer *answer, const struct vm *vm)
{
	const char *why = refusal_of(vm);

	if (why)
		answer_line(answer, "%s has virtual delivery: %s", vm->config->name, why);
	show_turn(answer, vm);
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
		.mode = show_mode_text(vm),
		.refused = refusal_of(vm),
		.priority = vm->config->turn.priority,
		.budget_us = show_limit(vm->config->turn.budget_us),
		.period_us = show_limit(vm->config->turn.period_us),
		.budget_hard = vm->config->turn.budget_hard,
	};

	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		if (vm->vcpu[v]->shares)
			row.shared_pcpus |= BIT(vm->vcpu[v]->pcpu);
		row.pcpus |= BIT(vm->vcpu[v]->pcpu);
		row.exits += exits_of(vm->vcpu[v]);
		row.interrupts += show_fate_of(vm->vcpu[v]).taken;
	}
	answer_row(answer, &row);
}

static void show_vms(struct answer *answer, int only)
{
	answer_begin(answer);
	for (unsigned i = 0; i < box.vm_count; i++)
		if (only < 0 || (unsigned)only == i)
			show_vm(answer, &box.vm[i]);
	answer_end(answer);
	for (unsigned i = 0; i < box.vm_count; i++)
		if (only < 0 || (unsigned)only == i)
			explain(answer, &box.vm[i]);
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
	CAUSE_AVOIDED, /* and in the order of enum signalbox_avoided */
	CAUSE_COUNT = CAUSE_AVOIDED + SIGNALBOX_AVOIDED_COUNT
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
	[CAUSE_AVOIDED + SIGNALBOX_AVOIDED_INJECTION] = "closed: not listed",
	[CAUSE_AVOIDED + SIGNALBOX_AVOIDED_KICK] = "closed: not notified",
	[CAUSE_AVOIDED + SIGNALBOX_AVOIDED_PREEMPTION] = "closed: no other interrupted",
};

static uint64_t avoided(const struct vcpu *vcpu, unsigned what)
{
	return vcpu->pages ? atomic_load(&vcpu->pages->avoided[what]) : 0;
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
		return show_fate_of(vcpu).listed;
	case CAUSE_QUEUED:
		return show_fate_of(vcpu).queued;
	case CAUSE_SPILLED:
		return show_fate_of(vcpu).spilled;
	case CAUSE_NOTIFY:
		return vcpu->irqs.slot[gic_kick_notify(box.gic.two_security_states)].count;
	case CAUSE_ATTEND:
		return vcpu->irqs.slot[gic_kick_attend(box.gic.two_security_states)].count;
	case CAUSE_MAINTENANCE:
		return vcpu->irqs.slot[box.host.maintenance_intid].count;
	case CAUSE_TIMER:
		return vcpu->irqs.slot[box.host.timer_hypervisor_intid].count;
	case CAUSE_LOOKS:
		return counters->attends;
	case CAUSE_CHOICES:
		return counters->refills;
	case CAUSE_OVERFLOWS:
		return counters->overflows;
	default:
		return cause < CAUSE_AVOIDED ? counters->exits[cause] : avoided(vcpu, cause - CAUSE_AVOIDED);
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
		answer_row(answer, &row);
}

/* What has happened on the vCPUs of one VM. */
static void show_causes(struct answer *answer, const struct vm *vm)
{
	struct tables_answer *table = &answer->table;
	unsigned abreast = table->json ? vm->vcpu_count : ANSWER_VCPUS_ABREAST;

	answer_next(answer, TABLES_CAUSES, false);
	for (unsigned first = 0; first < vm->vcpu_count; first += abreast) {
		table->vcpu_first = first;
		table->vcpu_count = vm->vcpu_count - first < abreast ? vm->vcpu_count - first : abreast;
		answer_begin(answer);
		for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
			show_cause(answer, vm, cause);
		answer_end(answer);
	}
}

/* Where vCPUs share the pCPU, each has counted while it was the resident one. */
static uint64_t taken_at(unsigned pcpu, uint32_t intid)
{
	const struct pcpu *at = &box.pcpu[pcpu];
	uint64_t taken = 0;
	struct vcpu *vcpu;

	if (!at->vcpu)
		return at->irqs.slot[intid].count;
	for (unsigned n = 0; (vcpu = pcpu_vcpu(at, n)); n++)
		taken += vcpu->irqs.slot[intid].count;
	return taken;
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
		.shared_by = box.pcpu[pcpu].queue.count,
	};

	if (vcpu) {
		row.vm = vcpu->vm->config->name;
		row.vcpu = (int)vcpu->index;
		if (vcpu->vm->psci.on >> vcpu->index & 1)
			row.state = "running";
	}
	for (unsigned n = 0; (vcpu = pcpu_vcpu(&box.pcpu[pcpu], n)); n++)
		row.exits += exits_of(vcpu);
	answer_row(answer, &row);
}

static void show_cpus(struct answer *answer)
{
	answer_begin(answer);
	for (unsigned pcpu = 0; pcpu < box.host.cpus.pcpu_count; pcpu++)
		show_cpu(answer, pcpu);
	answer_end(answer);
	for (unsigned pcpu = 0; pcpu < box.host.cpus.pcpu_count; pcpu++)
		show_sharers(answer, pcpu);
}

void show_answer(struct console *console, const struct monitor_command *command)
{
	static const enum table_kind kinds[] = {
		[MONITOR_VM] = TABLES_VM,
		[MONITOR_IRQ] = TABLES_IRQ,
		[MONITOR_CPU] = TABLES_CPU,
		[MONITOR_SCHED] = TABLES_PCPUS,
	};
	static struct answer answer; /* housekeeping pCPU alone */
	bool causes_too = command->verb == MONITOR_VM && command->vm >= 0;

	answer.console = console;
	answer.table = (struct tables_answer){.kind = kinds[command->verb],
										  .json = command->json,
										  .more = causes_too || command->verb == MONITOR_SCHED};
	if (command->verb == MONITOR_IRQ)
		show_irqs(&answer, command);
	else if (command->verb == MONITOR_CPU)
		show_cpus(&answer);
	else if (command->verb == MONITOR_SCHED)
		show_sched(&answer, command->vm);
	else
		show_vms(&answer, command->vm);
	if (causes_too)
		show_causes(&answer, &box.vm[command->vm]);
}
