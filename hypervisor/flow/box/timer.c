/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/timer.h"

#include "machine/api/cpu.h"

static uint64_t deadlines[PCPU_MAX][TIMER_SLOT_COUNT]; /* 0, as at boot, is TIMER_NEVER too */

static uint64_t earliest_of(const uint64_t *deadline, unsigned count, uint64_t earliest)
{
	for (unsigned i = 0; i < count; i++)
		if (deadline[i] - 1 < earliest - 1) /* 0, which is none, too, is the largest then */
			earliest = deadline[i];
	return earliest;
}

static void set_earliest(void)
{
	uint64_t earliest = earliest_of(deadlines[pcpu_this()], TIMER_SLOT_COUNT, TIMER_NEVER);
	const struct pcpu *pcpu = pcpu_here();
	struct vcpu *vcpu;

	for (unsigned n = 0; (vcpu = pcpu_vcpu(pcpu, n)); n++)
		earliest = earliest_of(vcpu->deadline, TIMER_OF_VCPU_COUNT, earliest);
	if (earliest == TIMER_NEVER)
		cpu_timer_stop();
	else
		cpu_timer_set(earliest);
}

static void set(uint64_t *slot, uint64_t deadline)
{
	if (*slot == deadline)
		return;
	*slot = deadline;
	set_earliest();
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	set(&deadlines[pcpu_this()][slot], deadline);
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	set(&vcpu->deadline[slot], deadline);
}

static uint32_t take_passed(uint64_t *deadline, unsigned count)
{
	uint64_t now = cpu_counter();
	uint32_t passed = 0;

	for (unsigned slot = 0; slot < count; slot++) {
		if (!deadline[slot] || deadline[slot] > now)
			continue;
		deadline[slot] = TIMER_NEVER;
		passed |= 1u << slot;
	}
	set_earliest();
	return passed;
}

uint32_t timer_take_passed(void)
{
	return take_passed(deadlines[pcpu_this()], TIMER_SLOT_COUNT);
}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	return take_passed(vcpu->deadline, TIMER_OF_VCPU_COUNT);
}
