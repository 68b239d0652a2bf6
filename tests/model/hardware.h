/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt hardware as exploration sees it: what machine/api/gic.h promises, by IHI 0069 alone, in a
 * state small enough to be packed into a few words. Two processors; physical interrupts with their pending
 * latch, line, active state, enable and route; the virtual CPU interface over list registers. One security
 * state.
 */
#ifndef MODEL_HARDWARE_H
#define MODEL_HARDWARE_H

#include "machine/api/gic.h"

#define HARDWARE_PCPUS 2
#define HARDWARE_SHARED_MAX 160
#define HARDWARE_EOI_COUNT_MAX 7 /* of 31: enough for as many interrupts as there are here */
#define HARDWARE_NONE UINT32_MAX
#define HARDWARE_IDLE 0x100 /* running priority when nothing is */

struct hardware_source {
	bool latch, line, active, enabled, edge, group1;
	uint8_t pcpu, priority;
};

/* Group 1 of the physical CPU interface of one processor; what EL2 takes is Group 0, and always enabled. */
struct hardware_pif {
	bool direct;     /* HCR_EL2.IMO = 0: Group 1 is the guest's */
	bool enabled;    /* ICC_IGRPEN1_EL1 */
	bool split_eoi;  /* ICC_CTLR_EL1.EOImode, of both groups */
	uint8_t mask;    /* ICC_PMR_EL1, of both */
	uint32_t active; /* ICC_AP1R0_EL1 */
};

/* The virtual CPU interface of one processor. */
struct hardware_vif {
	uint64_t lr[GIC_LR_MAX], hcr, vmcr;
	uint32_t active[2]; /* ICH_AP0R0_EL2, ICH_AP1R0_EL2 */
	uint32_t empty;     /* ICH_ELRSR_EL2 at the last context synchronisation, where it lags */
};

struct hardware {
	unsigned here; /* pcpu_this() */
	unsigned lr_count;
	struct hardware_source shared[HARDWARE_SHARED_MAX];
	struct hardware_source private[HARDWARE_PCPUS][GIC_PRIVATE_COUNT];
	struct hardware_vif vif[HARDWARE_PCPUS];
	struct hardware_pif pif[HARDWARE_PCPUS + 1]; /* and of a processor without a guest */
	uint32_t watched; /* numbers of physical interrupts that exist: bit n is watch[n] */
	uint16_t watch[32];
	bool lags;     /* ICH_ELRSR_EL2 does not know what was written since the last context synchronisation */
	bool spurious; /* the next acknowledgement answers 1023, whatever is pending */
	bool fails;    /* RWP never clears */
	unsigned countdown; /* before so many accesses to the distributor, `event` happens */
	void (*event)(void);
	bool quirk_count_drop; /* EOIcount counts ICC_EOIR with EOImode = 1 too, as QEMU does */
};
extern struct hardware hardware;

struct hardware_source *hardware_source(unsigned pcpu, uint32_t intid);
/* From now on this number can be acknowledged. */
void hardware_watch(uint32_t intid);
/* Something is about to change at the distributor. */
void hardware_touch(void);
/* An exception is taken to EL2: a context synchronisation. */
void hardware_enter_el2(unsigned pcpu);
/* What the short way reads, without a synchronisation of its own. */
uint32_t hardware_short_lr_empty(void);
bool hardware_is_pending(unsigned pcpu, uint32_t intid);
/* Do the guest's accesses to Group 1 registers trap (ICH_HCR_EL2.TALL1)? */
bool hardware_traps_group1(unsigned pcpu);
/* ICC_SGI1R_EL1. */
void hardware_send_group1(unsigned pcpu, uint32_t sgi);
/* Would an interrupt of this number be taken to EL2 on this processor now? */
bool hardware_signals(unsigned pcpu, uint32_t intid);
/* ICH_MISR_EL2, by the reasons of ICH_HCR_EL2. */
uint32_t hardware_misr(unsigned pcpu);
unsigned hardware_eoi_count(unsigned pcpu);

/* The guest: what its ICC_IAR would answer; acknowledging it; ICC_EOIR; ICC_DIR; true when that traps. */
uint32_t hardware_peek(unsigned pcpu, unsigned *group);
uint32_t hardware_acknowledge(unsigned pcpu, unsigned group);
void hardware_end(unsigned pcpu, unsigned group, uint32_t vintid);
bool hardware_deactivate(unsigned pcpu, uint32_t vintid);
/* The same while its interrupts come directly: these go there (hardware_direct.c). */
uint32_t hardware_direct_peek(unsigned pcpu);
uint32_t hardware_direct_acknowledge(unsigned pcpu);
void hardware_direct_end(unsigned pcpu, uint32_t intid);

#endif
