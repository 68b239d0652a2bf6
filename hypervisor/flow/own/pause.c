/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/pause.h"

#include "flow/deliver/present.h"
#include "flow/hold/sync.h"
#include "machine/api/cpu.h"

static uint64_t slice_ticks(void)
{
	return cpu_us_to_ticks(BUDGET_WINDOW_US / BUDGET_SLICES_A_WINDOW);
}

/* Coming to EL2 and going back is in no other figure: it is charged as it was counted. */
#define WAY_INSTRUCTIONS 1000

static bool is_disturbed(const struct pause *pause, const struct vm *vm)
{
	return vm && pause->caller && vm != pause->caller;
}

static bool ask_budget(const struct pause *pause, struct vm *vm)
{
	bool granted;

	if (!is_disturbed(pause, vm))
		return true;
	lock_acquire(&vm->lock);
	granted = budget_ask(&vm->budget, pause->caller->number, cpu_counter(), slice_ticks(),
						 vm->config->disturbance_percent);
	lock_release(&vm->lock);
	return granted;
}

static void charge(struct pause *pause, struct vm *vm, uint64_t ticks)
{
	uint32_t bit;

	if (!is_disturbed(pause, vm))
		return;
	bit = 1u << vm->number;
	lock_acquire(&vm->lock);
	budget_charge(&vm->budget, pause->caller->number, ticks + cpu_instructions_to_ticks(WAY_INSTRUCTIONS),
				  pause->counted & bit);
	lock_release(&vm->lock);
	pause->counted |= bit;
}

/* The other VM of the pause, if there are two. */
static struct vm *second(const struct pause *pause)
{
	return pause->vm[1] != pause->vm[0] ? pause->vm[1] : NULL;
}

/* Nothing is held now, but those of its vCPUs that came have waited for the one that did not. */
static __attribute__((noinline, cold)) bool give_up(struct pause *pause, struct vm *vm, unsigned patience_us)
{
	charge(pause, vm, cpu_us_to_ticks(patience_us));
	return false;
}

/* A VM with virtual delivery always answers, whatever its guest does. */
static bool reach(struct pause *pause, struct vm *vm, struct vcpu *self)
{
	uint64_t since = cpu_counter();

	if (!vm || !may_ignore_kicks(vm))
		return true;
	if (!sync_hold_all(vm, self, SYNC_PATIENCE_US))
		return give_up(pause, vm, SYNC_PATIENCE_US);
	sync_release_all(vm, self);
	charge(pause, vm, cpu_counter() - since);
	return true;
}

bool pause_prepare(struct pause *pause)
{
	struct vcpu *self = pcpu_here()->vcpu;

	if (self)
		present_fold(self); /* others may hold it meanwhile */
	return ask_budget(pause, pause->vm[0]) && ask_budget(pause, second(pause)) &&
		   reach(pause, pause->vm[0], self) && reach(pause, second(pause), self);
}

bool pause_disturb(struct pause *pause, struct vm *third)
{
	if (third == pause->vm[0] || third == pause->vm[1])
		return true;
	if (!ask_budget(pause, third))
		return false;
	charge(pause, third, 0);
	return true;
}

/* How long it may take until its vCPUs come: a change of delivery is longer than any other exit. */
static unsigned slowness(const struct vm *vm)
{
	return may_ignore_kicks(vm) ? 2 : !!(vm->config->permissions & CONFIG_MAY_BE_DIRECT);
}

bool pause_begin(struct pause *pause)
{
	struct vcpu *self = pcpu_here()->vcpu;
	struct vm *other = second(pause);
	/* The slower one goes first: then the other is not held in vain. */
	bool swap = other && slowness(other) > slowness(pause->vm[0]);
	struct vm *first = swap ? other : pause->vm[0], *last = swap ? pause->vm[0] : other;

	pause->since = cpu_counter();
	if (!sync_hold_all(first, self, SYNC_HURRY_US))
		return give_up(pause, first, SYNC_HURRY_US);
	if (!last || sync_hold_all(last, self, SYNC_HURRY_US))
		return true;
	sync_release_all(first, self);
	charge(pause, first, cpu_counter() - pause->since);
	return give_up(pause, last, SYNC_HURRY_US);
}

void pause_end(struct pause *pause)
{
	struct vcpu *self = pcpu_here()->vcpu;
	struct vm *other = second(pause);
	uint64_t ticks;

	if (other)
		sync_release_all(other, self);
	sync_release_all(pause->vm[0], self);
	ticks = cpu_counter() - pause->since;
	charge(pause, pause->vm[0], ticks);
	charge(pause, other, ticks);
}

bool pause_has_handler(const struct vm *vm)
{
	bool busy = false;

	for (unsigned v = 0; v < vm->vcpu_count; v++)
		busy |= (vm->psci.on >> v & 1) && vm->vcpu[v]->busy;
	return busy;
}
