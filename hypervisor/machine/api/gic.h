/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's interrupt controller, a GICv3 (Arm IHI 0069): the physical distributor and redistributors,
 * this pCPU's physical interface, and its virtual interface (list registers). flow/ calls it. Functions that
 * name an INTID below 32 act on the redistributor of `pcpu`; above, `pcpu` is ignored. Every function may be
 * called on any pCPU at any time, without a lock: the registers are write-one-to-act or owned by one pCPU;
 * exceptions say so.
 *
 * In a machine with one security state all interrupts that EL2 takes are Group 0 and arrive as FIQ, and Group
 * 1 are those of guests with direct delivery. With two, EL2 is Non-secure, has Group 1 only, and interrupts
 * arrive as IRQ. The callers name the group by the vector that was taken.
 */
#ifndef MACHINE_API_GIC_H
#define MACHINE_API_GIC_H

#include "base/error.h"
#include "base/types.h"
#include "machine/api/gic_registers.h"

/*
 * SGIs that the hypervisor sends to itself: those that guests use least, which may have the others directly.
 * With two security states firmware leaves 0 to 7 to the Non-secure side.
 */
enum gic_kick {
	GIC_NOTIFY_TWO_STATES = 6,
	GIC_ATTEND_TWO_STATES = 7,
	GIC_NOTIFY_ONE_STATE = 14,
	GIC_ATTEND_ONE_STATE = 15,
};
_Static_assert(GIC_NOTIFY_ONE_STATE == 14 && GIC_NOTIFY_TWO_STATES == 6,
			   "vectors.S recognises them, in Group 0 and in Group 1");
/* "Your vCPU's model has news": vgic.attend, nothing else. */
static inline uint32_t gic_kick_notify(bool two_security_states)
{
	return two_security_states ? GIC_NOTIFY_TWO_STATES : GIC_NOTIFY_ONE_STATE;
}
/* "Look at your requests", of any kind: see flow/run/run.c. */
static inline uint32_t gic_kick_attend(bool two_security_states)
{
	return two_security_states ? GIC_ATTEND_TWO_STATES : GIC_ATTEND_ONE_STATE;
}

/* Physical priorities: the hypervisor's own interrupts before the guests'. All below 0x80. */
#define GIC_PRIORITY_HYPERVISOR 0x20
#define GIC_PRIORITY_GUEST 0x60

struct gic_redist_region {
	pa_t base;
	uint64_t size;
};

/* Where the controller is: from the host device tree. */
struct gic_place {
	pa_t dist;
	uint64_t dist_size;
	struct gic_redist_region redist[8];
	unsigned redist_region_count;
	uint64_t redist_stride; /* 0: GICR_TYPER says it */
};

/* The properties that were found. */
struct gic_facts {
	unsigned version;       /* 3 or 4: GICD_PIDR2.ArchRev */
	unsigned intid_count;   /* highest INTID the distributor implements, plus 1 */
	unsigned lr_count;      /* list registers of each pCPU */
	unsigned priority_bits; /* of the virtual interface */
	unsigned physical_priority_bits;
	bool two_security_states; /* GICD_CTLR.DS = 0 as seen from Non-secure */
	uint32_t implementer;     /* GICD_IIDR */
};

MUST_USE enum err gic_init_distributor(const struct gic_place *place, struct gic_facts *facts);
/* This pCPU's redistributor and both CPU interfaces; all its PPIs and SGIs disabled. */
MUST_USE enum err gic_init_pcpu(void);

/* Acknowledges: the INTID, or one of 1020..1023 when nothing is left. ICC_IAR0_EL1 / ICC_IAR1_EL1. */
uint32_t gic_acknowledge_group0(void);
uint32_t gic_acknowledge_group1(void);
/* Priority drop only (EOImode = 1 at EL2). ICC_EOIR0_EL1 / ICC_EOIR1_EL1. */
void gic_drop_group0(uint32_t intid);
void gic_drop_group1(uint32_t intid);
/* ICC_DIR_EL1. On the pCPU that acknowledged, or any for an SPI. */
void gic_deactivate(uint32_t intid);

/*
 * gic_enable(), gic_pend() and gic_clear_active() let an interrupt come: earlier writes to memory are visible
 * to the pCPU that takes it. If the distributor does not give this security state the interrupt, it stays
 * disabled: gic_is_enabled().
 */
void gic_enable(unsigned pcpu, uint32_t intid);
bool gic_is_enabled(unsigned pcpu, uint32_t intid);
/*
 * Waits for RWP: from then on the interrupt is not signalled. ERR_TIMEOUT when the distributor does not
 * answer. Takes LOCK_GIC, after those that asked before; for a private interrupt, the caller ensures that the
 * VM has one at a time.
 */
MUST_USE enum err gic_disable(unsigned pcpu, uint32_t intid);
/* The same for several of 32 interrupts at once, a bit each; those of bank 0 are private ones. */
void gic_enable_many(unsigned pcpu, unsigned bank, uint32_t intids);
MUST_USE enum err gic_disable_many(unsigned pcpu, unsigned bank, uint32_t intids);
void gic_pend(unsigned pcpu, uint32_t intid);
void gic_unpend(unsigned pcpu, uint32_t intid);
void gic_unpend_many(unsigned pcpu, unsigned bank, uint32_t intids);
bool gic_is_pending(unsigned pcpu, uint32_t intid);
uint32_t gic_pending_of(unsigned pcpu, unsigned bank);
void gic_activate(unsigned pcpu, uint32_t intid);
void gic_clear_active(unsigned pcpu, uint32_t intid);
bool gic_is_active(unsigned pcpu, uint32_t intid);
uint32_t gic_active_of(unsigned pcpu, unsigned bank);
void gic_set_priority(unsigned pcpu, uint32_t intid, uint8_t priority);
/* One security state, and only while disabled (IHI 0069 GICD_IGROUPR). */
void gic_set_group1_many(unsigned pcpu, unsigned bank, uint32_t intids, bool group1);
static inline void gic_set_group1(unsigned pcpu, uint32_t intid, bool group1)
{
	gic_set_group1_many(pcpu, intid / 32, 1u << (intid % 32), group1);
}
/* Only while disabled (IHI 0069 GICD_ICFGR). */
void gic_set_edge(unsigned pcpu, uint32_t intid, bool edge);
bool gic_is_edge(unsigned pcpu, uint32_t intid);
/* SPIs only. */
void gic_route(uint32_t intid, unsigned pcpu);

/*
 * Send gic_kick_attend(), gic_kick_notify() to a pCPU. Earlier writes are visible to that pCPU when it takes
 * the SGI: the function has a dsb ishst, which pairs with the acquire loads in run_attend() and, for a
 * notification, in vgic_attend() and vgic_short_news(), which come after a DSB or a context synchronisation
 * after the ICC_IAR.
 */
void gic_kick(unsigned pcpu);
void gic_send(uint64_t word);
/* What gic_send() writes into ICC_SGI0R_EL1, or with two security states ICC_SGI1R_EL1. */
uint64_t gic_notify_word(unsigned pcpu);
uint64_t gic_kick_word(unsigned pcpu);

/* The virtual interface of this pCPU. */
uint64_t gic_lr_read(unsigned n);
void gic_lr_write(unsigned n, uint64_t value);
/* ICH_ELRSR_EL2: bit n set: list register n holds nothing. With what was written before. */
uint32_t gic_lr_empty(void);
uint64_t gic_vif_control(void); /* ICH_HCR_EL2 */
/* Where ICC_DIR_EL1 cannot be trapped alone (ICH_HCR_EL2.TDIR), PMR, RPR and CTLR trap with it (TC). */
void gic_vif_set_control(uint64_t hcr);
/* By ICH_VTR_EL2.TDS; or by a boot argument, to try it. The boot CPU, before VMs run. */
void gic_trap_dir_alone(bool alone);
bool gic_traps_dir_alone(void);
/* ICC_RPR_EL1 of the guest. */
uint8_t gic_vif_running_priority(void);
uint32_t gic_vif_status(void); /* ICH_MISR_EL2 */
uint64_t gic_vif_vmcr(void);   /* ICH_VMCR_EL2 */
void gic_vif_set_vmcr(uint64_t vmcr);

/*
 * Direct delivery, with one security state: Group 1 of this pCPU's physical interface is a guest's. The guest
 * writes `enabled` and `binary_point` without a trap.
 */
struct gic_direct {
	bool enabled;         /* ICC_IGRPEN1_EL1 */
	bool split_eoi;       /* ICC_CTLR_EL1.EOImode */
	uint8_t binary_point; /* ICC_BPR1_EL1 */
	uint8_t mask;         /* ICC_PMR_EL1: 0x80 or more, or EL2's own interrupts would be masked too */
};
void gic_direct_load(const struct gic_direct *in);
void gic_direct_save(struct gic_direct *out);
/* The interface is EL2's alone again: no Group 1, nothing active in it, no mask, EOImode = 1. */
void gic_direct_close(void);
/* Has the guest acknowledged an interrupt without dropping its priority yet? ICC_AP1R<n>_EL1. */
bool gic_direct_is_busy(void);
/*
 * What the guest does itself, done for it: ICC_IAR1_EL1, ICC_HPPIR1_EL1 (INTIDs, or one of 1020..1023),
 * ICC_EOIR1_EL1 and ICC_AP1R<n>_EL1. The priorities are false when there is no such register.
 */
uint32_t gic_direct_acknowledge(void);
uint32_t gic_direct_highest(void);
void gic_direct_end(uint32_t intid);
MUST_USE bool gic_direct_priorities(unsigned n, uint32_t *active);
MUST_USE bool gic_direct_set_priorities(unsigned n, uint32_t active);
/*
 * The acknowledgements, the SGIs and the ends of interrupts of this pCPU have reached the GIC when it
 * returns, and what it has stored is visible. What follows is acknowledged after that.
 */
void gic_settle(void);
void gic_set_mask(uint8_t mask);
/* gic_drop_group0() deactivates too, and gic_deactivate() is ignored, unless this was set. */
void gic_set_split_eoi(bool split);
uint8_t gic_running_priority(void); /* ICC_RPR_EL1 */
/* ICC_CTLR_EL1 as the virtual interface shows it, except CBPR and EOImode, which ICH_VMCR_EL2 holds. */
uint32_t gic_vif_features(void);

/* The active priorities of the virtual interface, as a vCPU keeps them. */
struct gic_vif_priorities {
	uint32_t ap0r[4], ap1r[4];
};
/*
 * Has the guest acknowledged an interrupt without dropping its priority yet? ICH_AP0R<n>_EL2,
 * ICH_AP1R<n>_EL2.
 */
bool gic_vif_is_busy(void);
void gic_vif_priorities_save(struct gic_vif_priorities *out);
void gic_vif_priorities_load(const struct gic_vif_priorities *in);
/* And a Group 1 interrupt of this priority. */
void gic_vif_priorities_add(struct gic_vif_priorities *priorities, uint8_t priority);

#endif
