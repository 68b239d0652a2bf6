/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long random walks through worlds that are too large to explore: many interrupts of all kinds on two vCPUs
 * of one VM or of two, 1 to 16 list registers, a physical interface that sometimes answers 1023. `walk [STEPS
 * [SEED]]`; a fault is printed with the seed and the last steps before it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"
#include "seeds.h"

#define STEPS_MAX 512
#define LAST 40

static const struct world_irq irqs[] = {
	{.vintid = 1},
	{.vintid = 1, .vcpu = 1},
	{.vintid = 2, .low = true},
	{.vintid = 20, .low = true},
	{.vintid = 27, .linked = true},
	{.vintid = 27, .vcpu = 1, .linked = true, .low = true},
	{.vintid = 40, .linked = true, .edge = true},
	{.vintid = 41, .linked = true, .low = true},
	{.vintid = 42, .linked = true, .vcpu = 1},
	{.vintid = 43, .edge = true},
	{.vintid = 44, .low = true, .vcpu = 1},
	{.vintid = 45, .edge = true, .low = true, .group0 = true},
	{.vintid = 46, .group0 = true, .disabled = true},
};

/* Two VMs: interrupts that both have, and interrupts that one has. */
static const struct world_irq moving_irqs[] = {
	{.vintid = 1},
	{.vintid = 1, .vcpu = 1, .low = true},
	{.vintid = 20, .low = true},
	{.vintid = 40, .linked = true, .edge = true},
	{.vintid = 40, .vcpu = 1, .edge = true, .low = true},
	{.vintid = 41, .low = true},
	{.vintid = 41, .vcpu = 1, .linked = true},
	{.vintid = 42, .edge = true, .disabled = true},
	{.vintid = 42, .vcpu = 1, .linked = true, .edge = true, .low = true},
	{.vintid = 43, .linked = true},
	{.vintid = 44, .vcpu = 1, .linked = true, .edge = true, .low = true},
	{.vintid = 45, .edge = true, .low = true},
	{.vintid = 46, .vcpu = 1},
};

/* One VM whose delivery changes: all have a number at the machine, except one that is off. */
static const struct world_irq moded_irqs[] = {
	{.vintid = 1, .reserved = true},
	{.vintid = 1, .vcpu = 1, .reserved = true, .low = true},
	{.vintid = 2, .reserved = true, .low = true},
	{.vintid = 27, .linked = true},
	{.vintid = 40, .linked = true, .edge = true},
	{.vintid = 41, .linked = true, .low = true},
	{.vintid = 42, .linked = true, .vcpu = 1},
	{.vintid = 43, .reserved = true, .edge = true},
	{.vintid = 44, .reserved = true, .low = true},
	{.vintid = 45, .linked = true, .edge = true, .group0 = true, .disabled = true},
	{.vintid = 46, .edge = true, .disabled = true},
};

enum kind { ONE_VM, FOREIGN_ENDS, TWO_VMS, MODES, MOVES_AND_MODES, KIND_COUNT };
static const struct {
	const char *name;
	const struct world_irq *irq;
	unsigned irq_count;
	bool two_vms;
	uint64_t ops;
} kinds[KIND_COUNT] = {
	[ONE_VM] = {"one VM", irqs, ARRAY_COUNT(irqs), false, OPS_ALL},
	[FOREIGN_ENDS] = {"one VM, foreign ends", irqs, ARRAY_COUNT(irqs), false, OPS_ALL | OPS_FOREIGN},
	[TWO_VMS] = {"two VMs", moving_irqs, ARRAY_COUNT(moving_irqs), true, OPS_ALL_OF_TWO},
	/* Without ISPENDR of what has a line: liberty 4 of oracle.h goes further than a level that is sampled. */
	[MODES] = {"one VM, modes", moded_irqs, ARRAY_COUNT(moded_irqs), false,
			   (OPS_ALL | OPS_MODES) &
				   ~(OPS(OP_TRIGGER) | OPS(OP_PEND) | OPS(OP_LATE_LOOK) | OPS(OP_LATE_RAISE))},
	[MOVES_AND_MODES] = {"two VMs, modes", moving_irqs, ARRAY_COUNT(moving_irqs), true,
						 (OPS_ALL_OF_TWO | OPS_MODES) & ~OPS(OP_PEND)},
};

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* Devices and configuration sometimes; handlers and processors mostly, so that interrupts are handled. */
static bool is_wanted(const struct step *step)
{
	bool often = OPS(step->op) & (OPS_HANDLER | OPS_PROCESSOR);
	bool rare = OPS(step->op) &
				(OPS(OP_FORWARD) | OPS(OP_GROUP_ENABLE) | OPS(OP_MASK) | OPS(OP_DISABLE) | OPS(OP_ACTIVATE) |
				 OPS(OP_SPLIT) | OPS(OP_STOP) | OPS(OP_MOVE_STOP) | OPS(OP_GROUP) | OPS(OP_MODE_SIGNAL));

	return often || draw(rare ? 40 : 4) == 0;
}

static bool walk(const struct world_plan *plan, uint64_t step_count)
{
	struct step steps[STEPS_MAX], last[LAST];
	unsigned count = world_steps(plan, steps, STEPS_MAX);
	uint64_t done = 0;

	world_fault = NULL;
	world_begin(plan);
	while (done < step_count && !world_fault) {
		const struct step *step = &steps[draw(count)];

		if (!is_wanted(step))
			continue;
		hardware.spurious = draw(16) == 0;
		seeds_look(step);
		if (!world_step(step))
			continue;
		seeds_count();
		last[done++ % LAST] = *step;
		if (!world_fault)
			oracle_check();
	}
	if (!world_fault)
		return true;
	printf("# %s: after %llu steps: %s\n", plan->name, (unsigned long long)done, world_fault);
	for (uint64_t n = done > LAST ? done - LAST : 0; n < done; n++)
		world_print(&last[n % LAST]);
	return false;
}

static unsigned number; /* of the test, in TAP */

static bool walk_with(unsigned lr_count, enum kind kind, bool split, uint64_t step_count)
{
	struct world_plan plan = {.name = "large world",
							  .lr_count = lr_count,
							  .vcpu_count = 2,
							  .irq_count = kinds[kind].irq_count,
							  .two_vms = kinds[kind].two_vms,
							  .split = split,
							  .lags = true,
							  .ops = kinds[kind].ops};
	bool good;

	if (split)
		plan.ops &= ~OPS(OP_SPLIT);
	for (unsigned i = 0; i < plan.irq_count; i++)
		plan.irq[i] = kinds[kind].irq[i];
	good = walk(&plan, step_count);
	printf("%sok %u - %s, %u list registers, EOImode %s\n", good ? "" : "not ", ++number, kinds[kind].name,
		   lr_count, split ? "1" : "0 and 1");
	return good;
}

int main(int argc, char **argv)
{
	uint64_t step_count = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	static const unsigned lr_counts[] = {1, 2, 3, 4, 8, 16};
	bool good = true;

	state = seed * 0x9e3779b97f4a7c15 | 1;
	for (unsigned i = 0; i < ARRAY_COUNT(lr_counts); i++)
		for (unsigned kind = 0; kind < KIND_COUNT && good; kind++)
			good = walk_with(lr_counts[i], kind, false, step_count) &&
				   walk_with(lr_counts[i], kind, true, step_count);
	good &= seeds_tell(++number);
	printf("# seed %llu, %llu steps a walk\n1..%u\n", (unsigned long long)seed,
		   (unsigned long long)step_count, number);
	return good ? 0 : 1;
}
