/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/fake/internal.h"

static _Thread_local unsigned selected;
static uint64_t counter;
static uint64_t deadlines[PCPU_MAX];
static bool started[PCPU_MAX];
static struct cpu_place places;
static enum fake_power power;
static void (*others_act)(void), (*wake)(void);

void fake_reset(void)
{
	fake_cpu_reset();
	fake_gic_reset();
	fake_vif_reset();
	fake_guest_reset();
	fake_mmu_reset();
}

void fake_cpu_reset(void)
{
	selected = 0;
	counter = 0;
	power = FAKE_POWER_ON;
	others_act = wake = NULL;
	places = (struct cpu_place){.pcpu_count = PCPU_MAX, .conduit = PSCI_SMC};
	for (unsigned i = 0; i < PCPU_MAX; i++) {
		places.mpidr[i] = i / 16 << 8 | i % 16;
		deadlines[i] = UINT64_MAX;
		started[i] = false;
	}
}

void fake_cpu_select(unsigned pcpu)
{
	selected = pcpu;
}

void fake_counter_advance(uint64_t ticks)
{
	counter += ticks;
}

void fake_cpu_set_others(void (*others)(void))
{
	others_act = others;
}

void fake_others_act(void)
{
	if (others_act)
		others_act();
}

uint64_t fake_timer_deadline(void)
{
	return deadlines[selected];
}

enum fake_power fake_power(void)
{
	return power;
}

unsigned pcpu_this(void)
{
	return selected;
}

uint64_t pcpu_mpidr_this(void)
{
	return places.mpidr[selected];
}

void cpu_init(const struct cpu_place *place)
{
	places = *place;
}

unsigned cpu_entry_level(void)
{
	return 2;
}

enum err cpu_start(unsigned pcpu, void (*entry)(void))
{
	if (pcpu >= places.pcpu_count)
		return ERR_RANGE;
	if (places.conduit != PSCI_SMC)
		return ERR_UNSUPPORTED;
	(void)entry;
	if (pcpu == selected || started[pcpu])
		return ERR_CONFLICT;
	started[pcpu] = true;
	return OK;
}

void fake_cpu_set_wake(void (*what)(void))
{
	wake = what;
}

void cpu_wait_for_interrupt(void)
{
	void (*comes)(void) = wake;

	counter++; /* time passes, or a test that waits would wait for ever */
	wake = NULL;
	if (comes)
		comes();
}

void cpu_relax(void)
{
	counter++;
	fake_others_act();
}

uint64_t cpu_counter(void)
{
	return counter;
}

uint64_t cpu_counter_frequency(void)
{
	return FAKE_COUNTER_FREQUENCY;
}

uint64_t cpu_ticks_to_us(uint64_t ticks)
{
	return ticks * 2 / 125;
}

uint64_t cpu_us_to_ticks(uint64_t us)
{
	return us * 125 / 2;
}

/* As with -icount shift=4: see docs/measuring.md. */
uint64_t cpu_instructions_to_ticks(uint64_t count)
{
	return count;
}

void cpu_timer_set(uint64_t deadline)
{
	deadlines[selected] = deadline;
}

void cpu_timer_stop(void)
{
	deadlines[selected] = UINT64_MAX;
}

void machine_power_off(void)
{
	power = FAKE_POWER_OFF;
}

void machine_reset(void)
{
	power = FAKE_POWER_RESET;
}

uint64_t cpu_id_register(unsigned crm, unsigned op2)
{
	(void)crm;
	(void)op2;
	return 0;
}

/* Lines of 64 bytes; two levels. */
uint64_t cpu_cache_type(void)
{
	return 0x8444c004;
}

uint64_t cpu_cache_levels(void)
{
	return 0xa200023;
}

uint64_t cpu_midr(void)
{
	return 0;
}

void cpu_wake_all(void) {}

bool cpu_random(uint64_t *out)
{
	(void)out;
	return false;
}
