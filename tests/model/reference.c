/* SPDX-License-Identifier: Apache-2.0 */
#include "reference.h"

bool reference_pending(const struct reference_irq *irq)
{
	return irq->latch || (!irq->edge && irq->line && !irq->sampled);
}

static unsigned running_priority(const struct reference_cpu *cpu)
{
	return cpu->running_count ? cpu->running[cpu->running_count - 1] : REFERENCE_IDLE;
}

bool reference_deliverable(const struct reference *gic, unsigned vcpu, unsigned i)
{
	const struct reference_irq *irq = &gic->irq[i];
	const struct reference_cpu *cpu = &gic->cpu[vcpu];

	return irq->route == vcpu && reference_pending(irq) && !irq->active && !irq->unreachable &&
		   irq->enabled && gic->group_forwarded[irq->distributor][irq->group] &&
		   cpu->group_enabled[irq->group] && irq->priority < cpu->mask &&
		   irq->priority < running_priority(cpu);
}

bool reference_allows(const struct reference *gic, unsigned vcpu, unsigned i)
{
	if (!reference_deliverable(gic, vcpu, i))
		return false;
	for (unsigned other = 0; other < gic->irq_count; other++)
		if (gic->irq[other].priority < gic->irq[i].priority && reference_deliverable(gic, vcpu, other))
			return false;
	return true;
}

bool reference_signals(const struct reference *gic, unsigned vcpu)
{
	for (unsigned i = 0; i < gic->irq_count; i++)
		if (reference_deliverable(gic, vcpu, i))
			return true;
	return false;
}

void reference_acknowledge(struct reference *gic, unsigned vcpu, unsigned i)
{
	struct reference_cpu *cpu = &gic->cpu[vcpu];

	gic->irq[i].latch = false;
	gic->irq[i].active = true;
	gic->irq[i].active_on = (uint8_t)vcpu;
	cpu->running[cpu->running_count++] = gic->irq[i].priority;
}

void reference_end(struct reference *gic, unsigned vcpu, unsigned i)
{
	struct reference_cpu *cpu = &gic->cpu[vcpu];

	cpu->running_count--;
	if (!cpu->split_eoi)
		reference_deactivate(gic, i);
}

void reference_deactivate(struct reference *gic, unsigned i)
{
	gic->irq[i].active = false;
}

void reference_set_line(struct reference_irq *irq, bool level)
{
	if (irq->edge && level && !irq->line)
		irq->latch = true;
	if (irq->sampled)
		irq->latch = level;
	irq->line = level;
}

bool reference_may_move(const struct reference *gic, unsigned from, unsigned to, bool force)
{
	return !gic->irq[to].active && (force || !gic->irq[from].active);
}

void reference_move(struct reference *gic, unsigned from, unsigned to)
{
	struct reference_irq *old = &gic->irq[from], *new = &gic->irq[to];

	new->latch |= old->latch;
	new->line = old->line;
	old->latch = old->line = false;
}
