/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/cpu.h"

#include "machine/api/guest.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/layout.h"
#include "machine/arm64/sysregs.h"

/* What a secondary needs before its MMU is on; cpu_start() writes it. */
struct launch {
	uint64_t root;
	void *stack_top;
	uint64_t pcpu;
	void (*entry)(void);
};
_Static_assert(offsetof(struct launch, root) == 0 && offsetof(struct launch, stack_top) == 8 &&
				   offsetof(struct launch, pcpu) == 16 && offsetof(struct launch, entry) == 24,
			   "head.S loads them there");

static struct cpu_place places;
static struct launch launches[PCPU_MAX];

#define PACE_INSTRUCTIONS 4096
static uint64_t pace_ticks; /* ticks of PACE_INSTRUCTIONS, measured at boot */

unsigned pcpu_this(void)
{
	return (unsigned)sysreg_read(TPIDR_EL2);
}

uint64_t pcpu_mpidr_this(void)
{
	return sysreg_read(MPIDR_EL1) & MPIDR_AFFINITY;
}

const struct cpu_place *cpu_place(void)
{
	return &places;
}

/* The fastest of some runs: an emulator may have been away in the others. */
static void measure_pace(void)
{
	uint64_t began, ticks;

	pace_ticks = UINT64_MAX;
	for (unsigned run = 0; run < 4; run++) {
		began = cpu_counter();
		for (unsigned n = 0; n < PACE_INSTRUCTIONS / 2; n++) /* a subtraction and a branch */
			__asm__ volatile("" ::: "memory");
		ticks = cpu_counter() - began;
		pace_ticks = ticks < pace_ticks ? ticks : pace_ticks;
	}
}

void cpu_init(const struct cpu_place *place)
{
	measure_pace();
	places = *place;
	for (unsigned i = 0; i < places.pcpu_count; i++)
		if (places.mpidr[i] == pcpu_mpidr_this())
			sysreg_write(TPIDR_EL2, i);
}

enum err cpu_start(unsigned pcpu, void (*entry)(void))
{
	struct launch *launch;

	if (pcpu >= places.pcpu_count)
		return ERR_RANGE;
	launch = &launches[pcpu];
	*launch = (struct launch){
		.root = mmu_root(),
		.stack_top = stacks[STACK_PCPU + pcpu].bytes + STACK_BYTES,
		.pcpu = pcpu,
		.entry = entry,
	};
	mmu_clean(launch, sizeof(*launch)); /* the secondary reads it with its caches off */
	return psci_cpu_on(places.mpidr[pcpu], mmu_address(secondary_entry).v, mmu_address(launch).v);
}

void cpu_enter(void (*entry)(void))
{
	el2_set_up();
	entry();
	halt();
}

uint8_t *cpu_own_stack(void)
{
	return stacks[STACK_PCPU + pcpu_this()].bytes + STACK_BYTES;
}

void cpu_wait_for_interrupt(void)
{
	barrier_dsb(sy); /* what was asked of devices and other pCPUs has been sent */
	__asm__ volatile("wfi" : : : "memory");
}

void cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

uint64_t cpu_counter(void)
{
	barrier_isb(); /* or it may be read early */
	return sysreg_read(CNTPCT_EL0);
}

uint64_t cpu_counter_frequency(void)
{
	uint64_t frequency = sysreg_read(CNTFRQ_EL0);

	return frequency ? frequency : 1; /* firmware that forgot to set it */
}

/* In two steps: a product of ticks and a million overflows within hours. */
uint64_t cpu_ticks_to_us(uint64_t ticks)
{
	uint64_t frequency = cpu_counter_frequency();

	return ticks / frequency * 1000000 + ticks % frequency * 1000000 / frequency;
}

uint64_t cpu_us_to_ticks(uint64_t us)
{
	uint64_t frequency = cpu_counter_frequency();

	return us / 1000000 * frequency + us % 1000000 * frequency / 1000000;
}

uint64_t cpu_instructions_to_ticks(uint64_t count)
{
	return count * pace_ticks / PACE_INSTRUCTIONS + 1;
}

void cpu_timer_set(uint64_t deadline)
{
	sysreg_write(CNTHP_CVAL_EL2, deadline);
	sysreg_write(CNTHP_CTL_EL2, CNT_CTL_ENABLE);
	barrier_isb();
}

void cpu_timer_stop(void)
{
	sysreg_write(CNTHP_CTL_EL2, 0);
	barrier_isb();
}

void machine_power_off(void)
{
	psci_system(false);
}

void machine_reset(void)
{
	psci_system(true);
}

uint64_t cpu_id_register(unsigned crm, unsigned op2)
{
	if (crm > 7 || op2 > 7)
		return 0;
	if (crm > 0)
		return id_register(crm * 8 + op2);
	switch (op2) { /* the others of this row have no name and would be undefined */
	case 0:
		return sysreg_read(MIDR_EL1);
	case 5:
		return sysreg_read(MPIDR_EL1);
	case 6:
		return sysreg_read(REVIDR_EL1);
	default:
		return 0;
	}
}

uint64_t cpu_midr(void)
{
	return sysreg_read(MIDR_EL1);
}

uint64_t cpu_cache_type(void)
{
	return sysreg_read(CTR_EL0);
}

uint64_t cpu_cache_levels(void)
{
	return sysreg_read(CLIDR_EL1);
}

void cpu_wake_all(void)
{
	__asm__ volatile("sev");
}

#define RNDR_TRIES 16 /* it may have none for a moment, and sets PSTATE.Z then */

bool cpu_random(uint64_t *out)
{
	bool good = false;

	if (FIELD_GET(BITS(63, 60), cpu_id_register(6, 0)) == 0) /* ID_AA64ISAR0_EL1.RNDR */
		return false;
	for (unsigned i = 0; i < RNDR_TRIES && !good; i++) {
		uint64_t value, had;

		__asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, ne" : "=r"(value), "=r"(had) : : "cc");
		good = had;
		if (good)
			*out = value;
	}
	return good;
}
