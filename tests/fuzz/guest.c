/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest and its devices, within what the manual defines: the input chooses a world (tests/model/world.h)
 * and each step in it, and the reference and its oracle are asked after every one. An interrupt that is lost,
 * doubled or misattributed is a crash.
 *
 * Input: list registers; flags; how many interrupts; a byte for each of them; then two bytes a step.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../model/oracle.h"
#include "base/bits.h"
#include "flow/run/run.h"
#include "input.h"

#define STEPS_TOLD 40

enum { FLAG_TWO_VCPUS = 1, FLAG_SPLIT = 2, FLAG_LAGS = 4, FLAG_QUIRK = 8 };
enum { IRQ_LINKED = 1, IRQ_EDGE = 2, IRQ_LOW = 4, IRQ_DISABLED = 8, IRQ_GROUP0 = 16, IRQ_VCPU1 = 32 };

/* All kinds among the first few. A private one may stand here once for each vCPU. */
static const uint16_t vintids[] = {41, 40, 1, 27, 42, 20, 43, 2, 44, 27, 45, 1, 46, 47};

static void choose_irq(struct world_plan *plan, uint16_t vintid, uint8_t flags)
{
	struct world_irq irq = {
		.vintid = vintid,
		.vcpu = flags & IRQ_VCPU1 && plan->vcpu_count > 1,
		.linked = flags & IRQ_LINKED && vintid >= GIC_SGI_COUNT,
		.edge = flags & IRQ_EDGE && vintid >= GIC_SGI_COUNT,
		.low = flags & IRQ_LOW,
		.disabled = flags & IRQ_DISABLED,
		.group0 = flags & IRQ_GROUP0,
	};

	for (unsigned i = 0; i < plan->irq_count; i++)
		if (plan->irq[i].vintid == vintid && plan->irq[i].vcpu == irq.vcpu)
			return;
	plan->irq[plan->irq_count++] = irq;
}

static struct world_plan choose_world(struct input *input)
{
	struct world_plan plan = {.name = "fuzzed", .ops = OPS_ALL};
	unsigned flags, count;

	plan.lr_count = 1 + input_byte(input) % GIC_LR_MAX;
	flags = input_byte(input);
	plan.vcpu_count = flags & FLAG_TWO_VCPUS ? 2 : 1;
	plan.split = flags & FLAG_SPLIT;
	plan.lags = flags & FLAG_LAGS;
	plan.quirk = plan.split && flags & FLAG_QUIRK;
	count = 1 + input_byte(input) % ARRAY_COUNT(vintids);
	for (unsigned i = 0; i < count; i++)
		choose_irq(&plan, vintids[i], input_byte(input));
	if (plan.vcpu_count == 1)
		plan.ops &= ~(OPS(OP_ROUTE) | OPS(OP_HOLD));
	if (plan.quirk)
		plan.ops &= ~OPS(OP_SPLIT);
	return plan;
}

static struct step choose_step(struct input *input, const struct world_plan *plan)
{
	uint8_t op = input_byte(input) % OP_MOVE, who = input_byte(input);
	unsigned irqs = op == OP_FORWARD || op == OP_GROUP_ENABLE ? 2 : plan->irq_count;

	hardware.spurious = who >> 6 & 1;
	return (struct step){.op = op, .vcpu = (who >> 7) % plan->vcpu_count, .irq = (who & 0x3f) % irqs};
}

static _Noreturn void tell(const struct world_plan *plan, const struct step *last, unsigned done)
{
	printf("# %u list registers, %u vCPUs%s%s%s; %u steps: %s\n", plan->lr_count, plan->vcpu_count,
		   plan->split ? ", EOImode 1" : "", plan->lags ? ", ELRSR lags" : "",
		   plan->quirk ? ", EOIcount as QEMU's" : "", done, world_fault);
	for (unsigned i = 0; i < plan->irq_count; i++) {
		const struct world_irq *irq = &plan->irq[i];

		printf("#   INTID %u of vCPU %u:%s%s%s%s%s\n", irq->vintid, irq->vcpu, irq->linked ? " linked" : "",
			   irq->edge ? " edge" : " level", irq->low ? " low" : "", irq->disabled ? " disabled" : "",
			   irq->group0 ? " Group 0" : "");
	}
	for (unsigned n = done > STEPS_TOLD ? done - STEPS_TOLD : 0; n < done; n++)
		world_print(&last[n % STEPS_TOLD]);
	fflush(stdout);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct world_plan plan = choose_world(&input);
	struct step last[STEPS_TOLD];
	unsigned done = 0;

	world_fault = NULL;
	world_begin(&plan);
	while (input.left && !world_fault) {
		struct step step = choose_step(&input, &plan);

		if (!(plan.ops & OPS(step.op)) || !world_step(&step))
			continue;
		last[done++ % STEPS_TOLD] = step;
		if (!world_fault)
			oracle_check();
	}
	if (world_fault)
		tell(&plan, last, done);
	return 0;
}
