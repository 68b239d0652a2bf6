/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/monitor.h"

#include "base/format.h"
#include "base/log.h"
#include "console/tables.h"
#include "flow/life.h"

/* An answer on its way to the console, row by row. */
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

static uint64_t exits_of(const struct vcpu *vcpu)
{
	uint64_t exits = vcpu->counters.slow;

	for (unsigned ec = 0; ec < ARRAY_COUNT(vcpu->counters.exits); ec++)
		exits += vcpu->counters.exits[ec];
	return exits;
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
	};

	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		row.pcpus |= BIT(vm->vcpu[v]->pcpu);
		row.exits += exits_of(vm->vcpu[v]);
	}
	put_row(answer, &row);
}

/* Unless a VM is named, and the interrupt is not that VM's. */
static void show_irq(struct answer *answer, int vm, unsigned pcpu, uint32_t intid)
{
	const struct irq_slot *slot = irq_slot(&box.irqs, pcpu, intid);
	uint64_t word = atomic_load(&slot->word);
	struct monitor_irq_row row = {
		.intid = intid,
		.kind = intid < GIC_SGI_COUNT       ? "SGI"
				: intid < GIC_PRIVATE_COUNT ? "PPI"
											: "SPI",
		.trigger = gic_is_edge(pcpu, intid) ? "edge" : "level",
		.owner = "signalbox",
		.vcpu = -1,
		.vintid = -1,
		.enabled = gic_is_enabled(pcpu, intid),
		.pending = gic_is_pending(pcpu, intid),
		.active = gic_is_active(pcpu, intid),
		.count = slot->count,
	};

	if (irq_kind(word) == IRQ_NOBODY)
		return;
	if (vm >= 0 && (irq_kind(word) != IRQ_GUEST || box.vcpu[irq_vcpu(word)]->vm->number != (unsigned)vm))
		return;
	if (irq_kind(word) == IRQ_GUEST) {
		row.owner = box.vcpu[irq_vcpu(word)]->vm->config->name;
		row.vcpu = (int)box.vcpu[irq_vcpu(word)]->index;
		row.vintid = (int)irq_vintid(word);
	}
	put_row(answer, &row);
}

static void show_irqs(struct answer *answer, const struct monitor_command *command)
{
	int only = command->intid;

	for (uint32_t intid = 0; intid < box.gic.intid_count && intid < GIC_INTID_MAX; intid++) {
		if (only >= 0 && intid != (uint32_t)only)
			continue;
		for (unsigned pcpu = 0; pcpu < (intid < GIC_PRIVATE_COUNT ? box.host.cpus.pcpu_count : 1); pcpu++)
			show_irq(answer, command->vm, pcpu, intid);
	}
}

static void show_cpu(struct answer *answer, unsigned pcpu)
{
	const struct vcpu *vcpu = box.pcpu[pcpu].vcpu;
	struct monitor_cpu_row row = {
		.pcpu = pcpu,
		.mpidr = box.host.cpus.mpidr[pcpu],
		.vcpu = -1,
		.state = !box.pcpu[pcpu].online ? "off" : "idle",
		.interrupts = box.pcpu[pcpu].hypervisor_interrupts,
		.kicks = irq_slot(&box.irqs, pcpu, GIC_KICK_NOTIFY)->count +
				 irq_slot(&box.irqs, pcpu, GIC_KICK_ATTEND)->count,
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

static void show(struct console *console, const struct monitor_command *command)
{
	static struct answer answer; /* housekeeping pCPU alone */

	answer.console = console;
	answer.table = (struct tables_answer){
		.kind = command->verb == MONITOR_VM    ? TABLES_VM
				: command->verb == MONITOR_IRQ ? TABLES_IRQ
											   : TABLES_CPU,
		.json = command->json,
	};
	begin(&answer);
	if (command->verb == MONITOR_IRQ)
		show_irqs(&answer, command);
	for (unsigned i = 0; command->verb == MONITOR_VM && i < box.vm_count; i++)
		if (command->vm < 0 || (unsigned)command->vm == i)
			show_vm(&answer, &box.vm[i]);
	for (unsigned i = 0; command->verb == MONITOR_CPU && i < box.host.cpus.pcpu_count; i++)
		show_cpu(&answer, i);
	end(&answer);
}

static void say(struct console *console, const struct vm *vm, const char *words)
{
	char text[160];

	format_text(text, sizeof(text), "%s %s\n", vm->config->name, words);
	console_print(console, text);
}

static void start(struct console *console, struct vm *vm)
{
	enum err result = life_start(vm);

	if (result == ERR_INVALID)
		say(console, vm, "has a mistake in its description and cannot start; the log says which");
	else if (result == ERR_CONFLICT)
		say(console, vm, "is not off: stop it first, or reset it");
}

static void stop(struct console *console, struct vm *vm, enum vm_after after)
{
	if (vm->state == VM_STOPPED || vm->state == VM_BROKEN)
		say(console, vm, "is off already");
	else
		life_stop(vm, after);
}

void monitor_perform(struct console *console, const struct monitor_command *command)
{
	switch (command->verb) {
	case MONITOR_VM:
	case MONITOR_IRQ:
	case MONITOR_CPU:
		show(console, command);
		break;
	case MONITOR_START:
		start(console, &box.vm[command->vm]);
		break;
	case MONITOR_STOP:
		stop(console, &box.vm[command->vm], VM_THEN_STOPPED);
		break;
	case MONITOR_RESET:
		stop(console, &box.vm[command->vm], VM_THEN_RESTART);
		break;
	default:
		break; /* the console has done it */
	}
}
