/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/timer.h"

#include "machine/api/cpu.h"

/* In all deadlines 0, as at boot, is TIMER_NEVER too. */
static struct {
	uint64_t deadline[TIMER_SLOT_COUNT];
	uint64_t soonest;    /* of these */
	uint64_t programmed; /* none of the pCPU's deadlines, or of its vCPUs', is earlier */
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

static uint64_t soonest_of(const uint64_t *deadline, unsigned count)
{
	uint64_t soonest = TIMER_NEVER;

	for (unsigned i = 0; i < count; i++)
		if (is_earlier(deadline[i], soonest))
			soonest = deadline[i];
	return soonest;
}

static __attribute__((noinline)) void program_soonest(void)
{
	uint64_t soonest = timers[pcpu_this()].soonest;
	const struct pcpu *pcpu = pcpu_here();
	struct vcpu *vcpu;

	for (unsigned n = 0; (vcpu = pcpu_vcpu(pcpu, n)); n++)
		if (is_earlier(vcpu->soonest, soonest))
			soonest = vcpu->soonest;
	if (soonest != timers[pcpu_this()].programmed)
		program(soonest);
}

/* `of`: all deadlines of this kind, and `soonest` the first of them. */
static void set(uint64_t *of, unsigned count, uint64_t *soonest, unsigned slot, uint64_t deadline)
{
	uint64_t before = *soonest;

	if (of[slot] == deadline)
		return;
	if (is_earlier(deadline, before)) {
		of[slot] = *soonest = deadline;
		if (is_earlier(deadline, timers[pcpu_this()].programmed))
			program(deadline);
	} else if (of[slot] != before) {
		of[slot] = deadline;
	} else if (deadline != before) {
		of[slot] = deadline;
		*soonest = soonest_of(of, count);
		if (before == timers[pcpu_this()].programmed)
			program_soonest();
	}
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	unsigned here = pcpu_this();

	set(timers[here].deadline, TIMER_SLOT_COUNT, &timers[here].soonest, slot, deadline);
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	set(vcpu->deadline, TIMER_OF_VCPU_COUNT, &vcpu->soonest, slot, deadline);
}

static uint32_t take_passed(uint64_t *deadline, unsigned count, uint64_t *soonest)
{
	uint64_t after = cpu_counter() + 1;
	uint32_t passed = 0;

	if (!is_earlier(*soonest, after))
		return 0;
	for (unsigned slot = 0; slot < count; slot++) {
		if (!is_earlier(deadline[slot], after))
			continue;
		deadline[slot] = TIMER_NEVER;
		passed |= 1u << slot;
	}
	*soonest = soonest_of(deadline, count);
	return passed;
}

uint32_t timer_take_passed(void)
{
	unsigned here = pcpu_this();

	return take_passed(timers[here].deadline, TIMER_SLOT_COUNT, &timers[here].soonest);
}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	return take_passed(vcpu->deadline, TIMER_OF_VCPU_COUNT, &vcpu->soonest);
}

void timer_continue(void)
{
	program_soonest();
}
