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

static bool are_budget_and_period_good(struct config_check *check, const struct config_turn *turn)
{
	return in_range(check, "period-us", turn->period_us, SLICE_US_MIN, TIME_US_MAX) &&
		   in_range(check, "budget-us", turn->budget_us, SLICE_US_MIN, turn->period_us);
}

static bool is_budget_good(struct config_check *check, bool budget, bool period)
{
	const struct config_turn *turn = &check->vm->turn;

	if (budget != period) {
		config_mistake(check, budget ? "budget-us" : "period-us",
					   "has no %s beside it; give both, or neither", budget ? "period-us" : "budget-us");
		return false;
	}
	if (budget)
		return are_budget_and_period_good(check, turn);
	if (turn->budget_hard)
		config_mistake(check, "budget-hard",
					   "there is no budget; add budget-us and period-us, or leave it out");
	return !turn->budget_hard;
}

static void read_budget(struct config_check *check)
{
	struct config_turn *turn = &check->vm->turn;
	bool budget = config_number(check, "budget-us", &turn->budget_us);
	bool period = config_number(check, "period-us", &turn->period_us);

	turn->budget_hard = config_flag(check, "budget-hard");
	if (!is_budget_good(check, budget, period))
		turn->budget_us = turn->period_us = 0;
}

static bool is_priority_good(struct config_check *check, uint64_t priority)
{
	return in_range(check, "priority", priority, 0, QUEUE_PRIORITIES - 1);
}

void config_read_turn(struct config_check *check)
{
	uint64_t priority = PRIORITY_DEFAULT, slice = SLICE_US_DEFAULT;

	if (config_number(check, "priority", &priority) && !is_priority_good(check, priority))
		priority = PRIORITY_DEFAULT;
	if (config_number(check, "slice-us", &slice) &&
		!in_range(check, "slice-us", slice, SLICE_US_MIN, TIME_US_MAX))
		slice = SLICE_US_DEFAULT;
	check->vm->turn.priority = (uint8_t)priority;
	check->vm->turn.slice_us = slice;
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

/* A vCPU of such a VM has its processor alone. */
static bool must_be_alone(const struct config_vm *vm)
{
	return may_be_direct(vm) && !(vm->permissions & CONFIG_MAY_SHARE_DIRECTLY);
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
	while (other < vm && !(count_vcpus(other, pcpu) > 0 && (must_be_alone(other) || must_be_alone(vm))))
		other++;
	if (other < vm)
		config_mistake(check, "cpus",
					   "processor %u belongs to %s already; take another: %s may be direct (delivery, "
					   "permissions), and shares a processor only with the permission \"direct-shared\"",
					   pcpu, other->name, must_be_alone(vm) ? "this VM" : other->name);
}

/* What vCPUs want of a pCPU. */
struct demand {
	unsigned vcpu_count;
	uint64_t share;
};

/* A budget's share of its period is rounded down by less than a tick of any counter is of a second. */
static void add_demand(struct demand *demand, const struct config_vm *vm, const struct config_turn *turn,
					   unsigned pcpu)
{
	unsigned count = count_vcpus(vm, pcpu);

	demand->vcpu_count += count;
	if (turn->budget_us)
		demand->share += count * (turn->budget_us * SHARE_ALL / turn->period_us);
}

/* Rounded up: more than all is never shown as all. */
static unsigned permille_of(const struct demand *demand)
{
	return (unsigned)((demand->share * 125 + SHARE_ALL / 8 - 1) / (SHARE_ALL / 8));
}

static bool check_promise(struct config_check *check, const struct demand *demand, unsigned pcpu,
						  bool is_change)
{
	unsigned permille = permille_of(demand);

	if (demand->share <= SHARE_ALL)
		return true;
	config_mistake(check, "budget-us", "with the %s, %u.%u %% of processor %u %s",
				   is_change ? "other VMs" : "VMs before", permille / 10, permille % 10, pcpu,
				   is_change ? "would be promised; lower another budget first"
							 : "is promised; lower a budget, or take another processor");
	return false;
}

/* Is the pCPU enough for the vCPUs of this VM and of those before it that start? */
static void check_load(struct config_check *check, unsigned pcpu)
{
	const struct config_vm *vm = check->vm;
	struct demand demand = {0};

	for (const struct config_vm *v = check->out->vm; v <= vm; v++)
		if (v->valid || v == vm)
			add_demand(&demand, v, &v->turn, pcpu);
	if (demand.vcpu_count > QUEUE_MAX)
		config_mistake(check, "cpus",
					   "processor %u would have %u vCPUs, at most %d are possible; take another", pcpu,
					   demand.vcpu_count, QUEUE_MAX);
	(void)check_promise(check, &demand, pcpu, false);
}

/* Of the VMs that start; one of them with other properties than it has. */
static struct demand demand_of_all(const struct system_config *system, unsigned pcpu, unsigned changed,
								   const struct config_turn *turn)
{
	struct demand demand = {0};

	for (unsigned v = 0; v < system->vm_count; v++)
		if (system->vm[v].valid)
			add_demand(&demand, &system->vm[v], v == changed ? turn : &system->vm[v].turn, pcpu);
	return demand;
}

unsigned config_promised_permille(const struct system_config *system, unsigned pcpu)
{
	struct demand demand = demand_of_all(system, pcpu, VM_MAX, NULL);

	return permille_of(&demand);
}

static bool is_hard_good(struct config_check *check, const struct config_vm *vm,
						 const struct config_turn *turn)
{
	if (!turn->budget_hard || !may_be_direct(vm))
		return true;
	config_mistake(check, "budget-hard",
				   "a VM that may be direct (delivery, permissions) keeps its processor to the end of an "
				   "interrupt handler; leave out one of them");
	return false;
}

void config_check_turns(struct config_check *check)
{
	uint64_t seen = 0; /* pCPUs */

	(void)is_hard_good(check, check->vm, &check->vm->turn);
	if ((check->vm->permissions & CONFIG_MAY_SHARE_DIRECTLY) && check->vm->vcpu_count > 1)
		config_mistake(
			check, "permissions",
			"\"direct-shared\" is for a VM of one vCPU: whenever it left its processor, all others of "
			"the VM would have to wait; give it one processor, or leave this out");
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
			if (system->vm[v].turn.budget_hard || count_on(system, system->vm[v].pcpu[i]) > 1)
				system->vm[v].shares |= 1u << i;
}

/* A change from the monitor. */
static bool may_change(struct config_check *check, const struct config_vm *vm, const struct config_turn *turn)
{
	uint32_t all = (uint32_t)(BIT(vm->vcpu_count) - 1);

	if (!vm->shares)
		config_mistake(check, NULL, "shares no processor: priority and budget would do nothing");
	else if (turn->budget_hard && vm->shares != all)
		config_mistake(check, "budget-hard",
					   "vCPU %u has its processor alone; only the description can limit such a vCPU",
					   bits_lowest(all & ~vm->shares));
	else
		return is_hard_good(check, vm, turn) && is_priority_good(check, turn->priority) &&
			   (!turn->budget_us || are_budget_and_period_good(check, turn));
	return false;
}

bool config_change_turn(struct system_config *system, unsigned vm, const struct config_turn *turn,
						struct report *report)
{
	struct config_vm *changed = &system->vm[vm];
	struct config_check check = {.out = system, .report = report, .path = changed->name};

	if (!may_change(&check, changed, turn))
		return false;
	for (unsigned v = 0; v < changed->vcpu_count; v++) {
		struct demand demand = demand_of_all(system, changed->pcpu[v], vm, turn);

		if (!check_promise(&check, &demand, changed->pcpu[v], true))
			return false;
	}
	changed->turn = *turn;
	return true;
}
