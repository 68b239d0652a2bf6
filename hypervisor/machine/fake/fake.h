/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steers the machine that tests run on: the same api as machine/arm64 on the host. Registers are
 * arrays, time is a counter, memory has VA = PA. The interrupt controller follows IHI 0069 where flow/ and
 * the rooms can tell the difference; it has one security state. Each thread is the pCPU that it selected;
 * apart from that nothing here is safe between threads.
 */
#ifndef MACHINE_FAKE_FAKE_H
#define MACHINE_FAKE_FAKE_H

#include "machine/api/cpu.h"
#include "machine/api/gic.h"
#include "machine/api/guest.h"
#include "machine/api/mmu.h"

/* As after power-on; this thread is pCPU 0 and the counter 0. */
void fake_reset(void);

/* Processors. */
#define FAKE_COUNTER_FREQUENCY 62500000
void fake_cpu_select(unsigned pcpu);
void fake_counter_advance(uint64_t ticks);
/*
 * What others do while this pCPU waits: called by each cpu_relax() and guest_wait_for_interrupt() until the
 * next reset.
 */
void fake_cpu_set_others(void (*others)(void));
/* What comes during the next cpu_wait_for_interrupt(), which then ends. */
void fake_cpu_set_wake(void (*wake)(void));
/* The deadline of this pCPU's hypervisor timer; UINT64_MAX when it is off. */
uint64_t fake_timer_deadline(void);
enum fake_power { FAKE_POWER_ON, FAKE_POWER_OFF, FAKE_POWER_RESET };
enum fake_power fake_power(void);

/* The physical interrupt controller. Lines of INTIDs below 32 are this pCPU's. */
void fake_gic_set_lr_count(unsigned count); /* 4 after a reset */
/* gic_disable() answers ERR_TIMEOUT from now on. */
void fake_gic_set_stuck(bool stuck);
/* The next but `call` - 1 does, and no other; 0: none does. */
void fake_gic_set_stuck_once(unsigned call);
/* A rising edge pends an edge-triggered interrupt; a level-sensitive one is pending while the line is up. */
void fake_gic_set_line(uint32_t intid, bool up);
/* Would this pCPU's interface signal an interrupt to EL2 now? */
bool fake_gic_signals(void);
bool fake_gic_is_enabled(unsigned pcpu, uint32_t intid);
bool fake_gic_is_group1(unsigned pcpu, uint32_t intid);
uint8_t fake_gic_priority(unsigned pcpu, uint32_t intid);
unsigned fake_gic_route(uint32_t intid);
unsigned fake_gic_kick_count(unsigned pcpu);

/* The guest on this pCPU at its virtual interface: ICV_IAR, ICV_EOIR, ICV_DIR. `group` is 0 or 1. */
uint32_t fake_guest_acknowledge(unsigned group); /* 1023 when there is none */
void fake_guest_end(unsigned group, uint32_t vintid);
void fake_guest_deactivate(uint32_t vintid);
uint32_t fake_vif_eisr(void);
/* ICH_HCR_EL2.En and a reason in ICH_MISR_EL2. */
bool fake_vif_wants_maintenance(void);

/* The registers of the guest on this pCPU. */
#define FAKE_TIMER_AT_ZERO UINT64_MAX
struct fake_guest {
	uint64_t pc, pstate, sp_el0, sp_el1;
	struct guest_translation translation;
	struct guest_exception exception;
	uint64_t timer; /* the deadline of its virtual timer; 0: off; FAKE_TIMER_AT_ZERO: 0 */
};
struct fake_guest *fake_guest(void);
/* guest_take_irqs() */
bool fake_guest_takes_irqs(void);
void fake_guest_set_syndrome(struct guest_syndrome syndrome);

/* How often stage 2 of this VMID was flushed. */
unsigned fake_stage2_flush_count(uint16_t vmid);
/* mmu_forget_translations(), of all pCPUs */
unsigned fake_forget_count(void);

#endif
