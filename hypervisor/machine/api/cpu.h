/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: which one this is, starting others, waiting, time. No locks. */
#ifndef MACHINE_API_CPU_H
#define MACHINE_API_CPU_H

#include "base/error.h"
#include "base/types.h"

/* Index of this pCPU: its place in the host device tree's /cpus, the boot CPU included. */
unsigned pcpu_this(void);
/* The affinity fields of MPIDR_EL1 (bits 39..32 and 23..0) of this pCPU. */
uint64_t pcpu_mpidr_this(void);

/*
 * The exception level at which the boot loader entered. 2 is right. Entered at 1, Signalbox runs at EL1, and
 * may only use the UART, time, machine_power_off() and pure code; entered at 3, it runs at EL2 without
 * firmware.
 */
unsigned cpu_entry_level(void);

enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

struct cpu_place {
	unsigned pcpu_count;
	uint64_t mpidr[PCPU_MAX];
	enum psci_conduit conduit;
};

/*
 * Tells the machine room about the processors, of which the boot CPU is one. Of the functions below, only
 * those for time and the ID registers may be called before this. With no processor (the first call, at boot),
 * it tells about the conduit alone. Until then pcpu_this() is 0.
 */
void cpu_init(const struct cpu_place *place);

/*
 * Starts a secondary through PSCI CPU_ON: it sets itself up and calls `entry` on a stack of its own. Returns
 * once PSCI has accepted; `entry` tells the caller when the secondary runs.
 */
MUST_USE enum err cpu_start(unsigned pcpu, void (*entry)(void));

/* Waits until an interrupt is pending or an event arrives; may return for no reason. */
void cpu_wait_for_interrupt(void);
/* Ends WFE on all pCPUs. */
void cpu_wake_all(void);
/* One step of a poll: tells the core (and an emulator) that this is a spin. */
void cpu_relax(void);

uint64_t cpu_counter(void);           /* CNTPCT_EL0, ticks */
uint64_t cpu_counter_frequency(void); /* ticks a second */
uint64_t cpu_ticks_to_us(uint64_t ticks);
uint64_t cpu_us_to_ticks(uint64_t us);
/* The ticks in which the boot CPU executes about this many instructions, as cpu_init() has measured it. */
uint64_t cpu_instructions_to_ticks(uint64_t count);

/* The hypervisor's own timer (CNTHP) of this pCPU fires when the counter reaches `deadline`. */
void cpu_timer_set(uint64_t deadline);
void cpu_timer_stop(void);

/* The machine's power, through PSCI SYSTEM_OFF and SYSTEM_RESET. Return only if the firmware refuses. */
void machine_power_off(void);
void machine_reset(void);

/* Values of the ID registers of this pCPU: op0=3, op1=0, CRn=0; crm 0..7, op2 0..7. */
uint64_t cpu_id_register(unsigned crm, unsigned op2);
uint64_t cpu_midr(void);
uint64_t cpu_cache_type(void);   /* CTR_EL0 of this pCPU */
uint64_t cpu_cache_levels(void); /* CLIDR_EL1 of this pCPU */

/* A random number of the processor's own (DDI 0487 RNDR). False: it has none, or none now. */
MUST_USE bool cpu_random(uint64_t *out);

#endif
