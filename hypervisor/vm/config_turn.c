/* SPDX-License-Identifier: Apache-2.0 */
/* How the vCPUs of a VM share their pCPUs with others: priority, slice, budget. */
#include "sched/queue.h"
#include "vm/config_check.h"

#define PRIORITY_DEFAULT 16
#define SLICE_US_DEFAULT 5000
#define SLICE_US_MIN 100
#define TIME_US_MAX 10000000

static bool in_range(struct config_check *check, const char *property, uint64_t value, uint64_t least, uint64_t most)
{
	if (value >= least && value <= most)
		return true;
	config_mistake(check, property, "%llu is not between %llu and %llu", (unsigned long long)value,
				   (unsigned long long)least, (unsigned long long)most);
	return false;
}

static void read_budget(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	bool budget = config_number(check, "budget-us", &vm->budget_us);
	bool period = config_number(check, "period-us", &vm->period_us);

	vm->budget_hard = config_flag(check, "budget-hard");
	if (budget != period)
		config_mistake(check, budget ? "budget-us" : "period-us", "budget-us and period-us belong together");
	else if (vm->budget_hard && !budget)
		config_mistake(check, "budget-hard", "there is no budget: add budget-us and period-us");
	else if (budget && in_range(check, "period-us", vm->period_us, SLICE_US_MIN, TIME_US_MAX))
		in_range(check, "budget-us", vm->budget_us, SLICE_US_MIN, vm->period_us);
}

void config_read_turn(struct config_check *check)
{
	uint64_t priority = PRIORITY_DEFAULT, slice = SLICE_US_DEFAULT;

	if (config_number(check, "priority", &priority))
		in_range(check, "priority", priority, 0, QUEUE_PRIORITIES - 1);
	if (config_number(check, "slice-us", &slice))
		in_range(check, "slice-us", slice, SLICE_US_MIN, TIME_US_MAX);
	check->vm->priority = (uint8_t)priority;
	check->vm->slice_us = slice;
	read_budget(check);
}

/* How many vCPUs of all VMs are on this pCPU? */
static unsigned count_on(const struct system_config *system, unsigned pcpu)
{
	unsigned count = 0;

	for (unsigned v = 0; v < system->vm_count; v++)
		for (unsigned i = 0; i < system->vm[v].vcpu_count; i++)
			count += system->vm[v].pcpu[i] == pcpu;
	return count;
}

void config_find_sharers(struct system_config *system)
{
	for (unsigned v = 0; v < system->vm_count; v++)
		for (unsigned i = 0; i < system->vm[v].vcpu_count; i++)
			if (count_on(system, system->vm[v].pcpu[i]) > 1)
				system->vm[v].shares |= 1u << i;
}
