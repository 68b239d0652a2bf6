/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/timer.h"

#include "machine/api/cpu.h"

/* Of a pCPU. In all deadlines 0, as at boot, is TIMER_NEVER too. */
static struct {
	uint64_t deadline[TIMER_SLOT_COUNT];
	uint64_t programmed; /* none of its deadlines, or of its vCPUs', is earlier */
} timers[PCPU_MAX];

static bool is_earlier(uint64_t a, uint64_t b)
{
	return a - 1 < b - 1; /* 0 is the largest then */
}

static void program(uint64_t deadline)
{
	timers[pcpu_this()].programmed = deadline;
	if (is_earlier(deadline, TIMER_NEVER))
		cpu_timer_set(deadline);
	else
		cpu_timer_stop();
}

static uint64_t earliest_of(const uint64_t *deadline, unsigned count, uint64_t earliest)
{
	for (unsigned i = 0; i < count; i++)
		if (is_earlier(deadline[i], earliest))
			earliest = deadline[i];
	return earliest;
}

static void program_earliest(void)
{
	uint64_t earliest = earliest_of(timers[pcpu_this()].deadline, TIMER_SLOT_COUNT, TIMER_NEVER);
	const struct pcpu *pcpu = pcpu_here();
	struct vcpu *vcpu;

	for (unsigned n = 0; (vcpu = pcpu_vcpu(pcpu, n)); n++)
		earliest = earliest_of(vcpu->deadline, TIMER_OF_VCPU_COUNT, earliest);
	program(earliest);
}

static void set(uint64_t *slot, uint64_t deadline)
{
	uint64_t before = *slot, programmed = timers[pcpu_this()].programmed;

	*slot = deadline;
	if (is_earlier(deadline, programmed))
		program(deadline);
	else if (before == programmed && before != deadline)
		program_earliest();
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	set(&timers[pcpu_this()].deadline[slot], deadline);
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	set(&vcpu->deadline[slot], deadline);
}

static uint32_t take_passed(uint64_t *deadline, unsigned count, uint64_t now)
{
	uint32_t passed = 0;

	for (unsigned slot = 0; slot < count; slot++) {
		if (!is_earlier(deadline[slot], now + 1))
			continue;
		deadline[slot] = TIMER_NEVER;
		passed |= 1u << slot;
	}
	return passed;
}

uint32_t timer_take_passed(void)
{
	return take_passed(timers[pcpu_this()].deadline, TIMER_SLOT_COUNT, cpu_counter());
}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	return take_passed(vcpu->deadline, TIMER_OF_VCPU_COUNT, cpu_counter());
}

void timer_continue(void)
{
	program_earliest();
}
