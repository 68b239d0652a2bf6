/* SPDX-License-Identifier: Apache-2.0 */
/* How the vCPUs of a VM share their pCPUs with others: priority, slice, budget. */
#include "base/bits.h"
#include "sched/queue.h"
#include "vm/config_check.h"

#define PRIORITY_DEFAULT 16
#define SLICE_US_DEFAULT 5000
#define SLICE_US_MIN 100
#define TIME_US_MAX 10000000 /* times SHARE_ALL fits 64 bits */
#define SHARE_ALL (UINT64_C(1) << 39)

static bool in_range(struct config_check *check, const char *property, uint64_t value, uint64_t least,
					 uint64_t most)
{
	if (value >= least && value <= most)
		return true;
	config_mistake(check, property, "%llu is not between %llu and %llu", (unsigned long long)value,
				   (unsigned long long)least, (unsigned long long)most);
	return false;
}

static bool are_budget_and_period_good(struct config_check *check, bool budget, bool period)
{
	const struct config_vm *vm = check->vm;

	if (budget != period) {
		config_mistake(check, budget ? "budget-us" : "period-us",
					   "has no %s beside it; give both, or neither", budget ? "period-us" : "budget-us");
		return false;
	}
	if (budget)
		return in_range(check, "period-us", vm->period_us, SLICE_US_MIN, TIME_US_MAX) &&
			   in_range(check, "budget-us", vm->budget_us, SLICE_US_MIN, vm->period_us);
	if (vm->budget_hard)
		config_mistake(check, "budget-hard",
					   "there is no budget; add budget-us and period-us, or leave it out");
	return !vm->budget_hard;
}

static void read_budget(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	bool budget = config_number(check, "budget-us", &vm->budget_us);
	bool period = config_number(check, "period-us", &vm->period_us);

	vm->budget_hard = config_flag(check, "budget-hard");
	if (!are_budget_and_period_good(check, budget, period))
		vm->budget_us = vm->period_us = 0;
}

void config_read_turn(struct config_check *check)
{
	uint64_t priority = PRIORITY_DEFAULT, slice = SLICE_US_DEFAULT;

	if (config_number(check, "priority", &priority) &&
		!in_range(check, "priority", priority, 0, QUEUE_PRIORITIES - 1))
		priority = PRIORITY_DEFAULT;
	if (config_number(check, "slice-us", &slice) &&
		!in_range(check, "slice-us", slice, SLICE_US_MIN, TIME_US_MAX))
		slice = SLICE_US_DEFAULT;
	check->vm->priority = (uint8_t)priority;
	check->vm->slice_us = slice;
	read_budget(check);
}

static unsigned count_vcpus(const struct config_vm *vm, unsigned pcpu)
{
	unsigned count = 0;

	for (unsigned i = 0; i < vm->vcpu_count; i++)
		count += vm->pcpu[i] == pcpu;
	return count;
}

static bool may_be_direct(const struct config_vm *vm)
{
	return vm->permissions & CONFIG_MAY_BE_DIRECT;
}

/* Of two VMs the earlier one has what both want. */
static void check_alone(struct config_check *check, unsigned pcpu)
{
	const struct config_vm *vm = check->vm, *other = check->out->vm;

	if (may_be_direct(vm) && count_vcpus(vm, pcpu) > 1)
		config_mistake(
			check, "cpus",
			"processor %u is listed twice; a VM that may be direct (delivery, permissions) has one "
			"for each vCPU",
			pcpu);
	while (other < vm && !(count_vcpus(other, pcpu) > 0 && (may_be_direct(other) || may_be_direct(vm))))
		other++;
	if (other < vm)
		config_mistake(check, "cpus",
					   "processor %u belongs to %s already; take another: %s may be direct (delivery, "
					   "permissions), and such a VM shares no processor",
					   pcpu, other->name, may_be_direct(vm) ? "this VM" : other->name);
}

/* A budget's share of its period, rounded down by less than a tick of any counter is of a second. */
static uint64_t share_of(const struct config_vm *vm)
{
	return vm->budget_us == 0 ? 0 : vm->budget_us * SHARE_ALL / vm->period_us;
}

/* Is the pCPU enough for the vCPUs of this VM and of those before it that start? */
static void check_load(struct config_check *check, unsigned pcpu)
{
	const struct config_vm *vm = check->vm;
	uint64_t share = 0, permille;
	unsigned count = 0;

	for (const struct config_vm *v = check->out->vm; v <= vm; v++) {
		if (!v->valid && v != vm)
			continue;
		count += count_vcpus(v, pcpu);
		share += count_vcpus(v, pcpu) * share_of(v);
	}
	permille = (share * 125 + SHARE_ALL / 8 - 1) / (SHARE_ALL / 8);
	if (count > QUEUE_MAX)
		config_mistake(check, "cpus",
					   "processor %u would have %u vCPUs, at most %d are possible; take another", pcpu, count,
					   QUEUE_MAX);
	if (share > SHARE_ALL)
		config_mistake(
			check, "budget-us",
			"with the VMs before, %llu.%llu %% of processor %u is promised; lower a budget, or take "
			"another processor",
			(unsigned long long)(permille / 10), (unsigned long long)(permille % 10), pcpu);
}

void config_check_turns(struct config_check *check)
{
	uint64_t seen = 0; /* pCPUs */

	if (check->vm->budget_hard && may_be_direct(check->vm))
		config_mistake(
			check, "budget-hard",
			"a VM that may be direct (delivery, permissions) has all of its processors' time; leave "
			"out one of them");
	for (unsigned i = 0; i < check->vm->vcpu_count; i++) {
		unsigned pcpu = check->vm->pcpu[i];

		if (seen >> pcpu & 1)
			continue;
		seen |= BIT(pcpu);
		check_alone(check, pcpu);
		check_load(check, pcpu);
	}
}

/* How many vCPUs of the VMs that start are on this pCPU? */
static unsigned count_on(const struct system_config *system, unsigned pcpu)
{
	unsigned count = 0;

	for (unsigned v = 0; v < system->vm_count; v++)
		if (system->vm[v].valid)
			count += count_vcpus(&system->vm[v], pcpu);
	return count;
}

void config_find_sharers(struct system_config *system)
{
	for (unsigned v = 0; v < system->vm_count; v++)
		for (unsigned i = 0; i < system->vm[v].vcpu_count; i++)
			if (system->vm[v].budget_hard || count_on(system, system->vm[v].pcpu[i]) > 1)
				system->vm[v].shares |= 1u << i;
}
