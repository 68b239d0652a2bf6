/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 that a guest sees (Arm IHI 0069, one security state, affinity routing). This is the truth about a
 * VM's interrupts; list registers are a cache of it, filled and folded back by lr.h.
 *
 * Two kinds of interrupt. A *linked* one has a physical interrupt: the physical GIC keeps its pending state
 * until EL2 acknowledges it, the list register has HW = 1, and the guest's own EOI deactivates the physical
 * one. A *software* one exists only here: SGIs, emulated devices, doorbells, and SPIs that no device drives.
 *
 * With *direct* delivery (`direct`) every interrupt that can come is linked, including software interrupts
 * that have a physical one *reserved*, or are *translated* to one. All pending and active state is the
 * physical GIC's, and the guest acknowledges and ends them there. No list register is used, and the queues
 * are empty.
 *
 * Which code may write what:
 *  - Configuration and the words of SPIs: under the VM's `lock`. But `lr` of a software SPI belongs to the
 * vCPU that has the SPI in `listed`: only that vCPU's pCPU writes and reads it, on the short way without the
 * lock (vgic_short_list()).
 *  - What belongs to one vCPU (its private bank, queues, `listed`): its own pCPU; or another one while the
 *    vCPU is *held*, that is, has folded its list registers and waits (flow/hold/sync.c), with the lock.
 *  - `raised`, `review` and `attend` of a vCPU: any pCPU, atomically. The rest follows on its own pCPU.
 * So a state (pending, active, listed) has one writer at a time, and the short ways have no lock at all.
 */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include "base/lock.h"
#include "machine/api/gic_registers.h"
#include "vgic/closed.h"
#include "vgic/queue.h"

/* 32 interrupts: a bit each, as in the distributor's registers. */
struct vgic_bank {
	uint32_t group1;  /* GICD_IGROUPR */
	uint32_t enabled; /* GICD_ISENABLER */
	uint32_t edge;    /* GICD_ICFGR */
	uint32_t linked;
	uint32_t reserved;   /* software, and linked to the physical one of its number while delivery is direct */
	uint32_t translated; /* the same, with a physical one of another number (flow/deliver/translate.h) */
	uint32_t pending;    /* software: the latch (an edge, or GICD_ISPENDR); not while in a list register */
	uint32_t active;     /* and not in a list register */
	uint32_t stray;      /* routed elsewhere while active: its old vCPU may still have it listed, if it is a
							software one. Else it stays `active`, in no list register, until it ends */
	uint32_t taken;      /* linked: acknowledged at EL2, pending here; not while in a list register */
	uint32_t wired_edge; /* linked: the trigger that the machine describes, and that a reset brings back */
	uint32_t line;       /* software, level: the line as its device last set it */
	uint32_t forced;     /* active by GICD_ISACTIVER, listed or not: no EOI will come, since it was never
							acknowledged */
	uint32_t latched;    /* level: listed by the latch, not by the line; linked: GICD_ISPENDR pended it */
	uint32_t used;       /* enabled or made active since reset: only these can be in a list register */
	uint8_t priority[32];
	uint16_t intid[32]; /* linked or reserved: the physical interrupt */
	uint8_t lr[32];     /* software: the list register it was put into last */
};

struct vgic_cpu {
	uint32_t attend;                 /* banks with something in `raised` or `review`: any pCPU, atomically */
	struct vgic_bank private;        /* SGIs and PPIs */
	struct vgic_queue pending;       /* may be presented, and is in no list register */
	struct vgic_queue active;        /* active, and in no list register */
	uint32_t mine[VGIC_BANKS_MAX];   /* SPIs routed to this vCPU; bank 0: all */
	uint32_t listed[VGIC_BANKS_MAX]; /* software ones put into a list register, and not folded since */
	uint32_t listed_banks;
	uint32_t forced_banks; /* banks in which an interrupt of this vCPU was made active by GICD_ISACTIVER, and
							  may be still */
	uint32_t hcr;          /* ICH_HCR_EL2 as it should be; see vgic_is_simple() */
	bool sleeping;         /* GICR_WAKER.ProcessorSleep */
	struct vgic_closed closed; /* whether the guest wants what is raised */
	/*
	 * Written by any pCPU, atomically, then announced in `attend`; drained by vgic_attend(). In `raised` of
	 * vCPU 0 there waits, unannounced, what came while it was routed nowhere.
	 */
	uint32_t raised[VGIC_BANKS_MAX]; /* an edge came, or EL2 has acknowledged a linked interrupt */
	uint32_t review[VGIC_BANKS_MAX]; /* a line or the configuration changed */
};

struct vgic {
	struct lock lock; /* LOCK_VGIC */
	unsigned vcpu_count;
	unsigned bank_count; /* with the private bank */
	uint8_t priority_mask;
	uint32_t ctlr;             /* GICD_CTLR.EnableGrp0 and 1 */
	uint32_t typer;            /* GICD_TYPER */
	bool direct;               /* with all vCPUs held, and the lock; read anywhere */
	uint32_t translated_banks; /* those with translated interrupts; from boot on */
	struct vgic_cpu *cpu[VCPU_PER_VM_MAX];
	struct vgic_bank spi[VGIC_BANKS_MAX - 1]; /* bank n is spi[n - 1] */
	uint32_t router[GIC_INTID_MAX];           /* GICD_IROUTER: Aff3 in bits 31..24, Aff2, Aff1, Aff0 */
};

#define VGIC_ALL_HELD UINT32_MAX

/*
 * The effects of a guest's access that the model cannot perform itself. Masks: one access can touch 32
 * interrupts. If `hold` or `fold` is set, nothing has been changed: do that and ask again. The next answer
 * may name other vCPUs: routes may have changed while the lock was not held. It never names a vCPU that is
 * held.
 */
struct vgic_effects {
	uint32_t hold;   /* vCPUs whose list registers matter: hold them first */
	uint32_t attend; /* vCPUs that must look at something now (the caller among them perhaps) */
	bool fold;       /* the caller's own list registers matter: fold them first */
	bool relink_all; /* GICD_CTLR changed: make all owner words anew */
	bool reconsider; /* a reason against direct delivery may have changed: vgic_stranger() and the like */
	uint8_t vcpu;    /* of which vCPU the masks are, for bank 0 */
	unsigned bank;   /* of the masks below, which name linked interrupts only */
	uint32_t enable, disable;    /* at the physical distributor, with the owner word made or spoiled */
	uint32_t relink;             /* priority or group changed: make the owner word anew */
	uint32_t reroute, retrigger; /* by the model's route and `edge` */
	uint32_t pend, unpend, activate, deactivate; /* in this order, after `disable` */
	uint32_t ask_pending, ask_active;            /* a read: add the state at the physical GIC */
};

/* One access to a register of the distributor or of a redistributor. */
struct vgic_access {
	uint64_t offset;     /* in the distributor; or in the redistributors' region */
	unsigned size_bytes; /* 1, 2, 4 or 8 */
	bool write;
	uint32_t held;  /* vCPUs that have folded and are kept so, the caller among them when it has */
	uint64_t value; /* the value read; or the value to write, of which the lowest bytes count */
};

/*
 * `intid_count` is a multiple of 32 up to 1024; `priority_bits` are those of the virtual interface (4 or
 * more).
 */
void vgic_init(struct vgic *gic, unsigned intid_count, unsigned priority_bits);
void vgic_add_cpu(struct vgic *gic, struct vgic_cpu *cpu);
/* As at power-on; links stay. The VM's vCPUs are not running. */
void vgic_reset(struct vgic *gic);
void vgic_reset_cpu(struct vgic_cpu *cpu);

/* Links vINTID of the VM (of this vCPU, below 32) to a physical interrupt. At boot. */
void vgic_link(struct vgic *gic, unsigned vcpu, uint32_t vintid, uint32_t intid, bool edge);
/* The same for an interrupt that may come later: until then no device drives it. At boot. */
void vgic_expect(struct vgic *gic, uint32_t vintid, bool edge);

/* The physical interrupt by which a software interrupt comes while delivery is direct. At boot. */
void vgic_reserve(struct vgic *gic, unsigned vcpu, uint32_t vintid, uint32_t intid);

/*
 * Delivery becomes direct, or virtual again: changes one bank (of this vCPU, for bank 0). `effects` names the
 * interrupts to be pended, unpended and deactivated physically. The lock is held, and so are all vCPUs:
 * nothing is listed, and nothing is active (vgic_has_active()). vgic_set_direct() comes after the last
 * bank_to_direct(), and before the first bank_to_virtual(). `pending`: which of the reserved ones are pending
 * at the physical GIC.
 */
void vgic_bank_to_direct(struct vgic *gic, unsigned vcpu, unsigned bank, struct vgic_effects *effects);
void vgic_bank_to_virtual(struct vgic *gic, unsigned vcpu, unsigned bank, uint32_t pending,
						  struct vgic_effects *effects);
void vgic_set_direct(struct vgic *gic, bool direct);
/* Delivery becomes virtual next while handlers are at work: these are `active`, and in no list register. */
void vgic_take_active(struct vgic *gic, unsigned vcpu, unsigned bank, uint32_t active);
bool vgic_has_active(const struct vgic *gic);
/* A reason against direct delivery: an interrupt that should come, and has no physical one, or is in Group 0.
 */
uint32_t vgic_stranger(const struct vgic *gic); /* VGIC_NONE */
bool vgic_uses_group0(const struct vgic *gic);
/* Is one enabled whose priority is this, or less urgent? Of a bank's interrupts: which are? */
bool vgic_uses_priority(const struct vgic *gic, uint8_t priority);
uint32_t vgic_least(const struct vgic_bank *bank, uint32_t mask, uint8_t priority);
struct vgic_forwarded {
	uint32_t pend, unpend; /* at the physical GIC */
	uint32_t attend;       /* other vCPUs that must be told */
	bool left;             /* something is left to the vCPU, which must be told */
	bool stranger;         /* a reason against direct delivery: vgic_stranger() */
};
/*
 * With direct delivery: takes what was raised in one bank for a vCPU. `entering`: it runs here and is entered
 * next. Otherwise what is translated or has no physical interrupt is left to it.
 */
struct vgic_forwarded vgic_forward(struct vgic *gic, unsigned vcpu, unsigned bank, bool entering);

/*
 * A shared interrupt that moves. The lock is held, and so are all vCPUs of the VM: nothing is listed.
 * - vgic_is_latched(): the physical one, if it is pending, may be so by its latch (an edge, vgic_is_edge(),
 * or GICD_ISPENDR) and not by its line.
 * - vgic_leave(): the interrupt is no longer linked. True when the VM had it pending, and the physical one
 *   must be pended again (not a level, whose line is enough). `*known` when the VM had it, pending or active:
 *   the physical one is active for that. An active one stays active until the guest ends it, with no physical
 *   one.
 * - vgic_join(): the interrupt is linked from now on. True when it is `pending`, or the guest has pended it
 *   meanwhile. It is not active (vgic_is_active()).
 */
bool vgic_is_active(struct vgic *gic, uint32_t vintid);
bool vgic_leave(struct vgic *gic, uint32_t vintid, bool *known);
bool vgic_join(struct vgic *gic, uint32_t vintid, uint32_t intid, bool pending, bool latched);

static inline bool vgic_is_edge(const struct vgic *gic, uint32_t vintid)
{
	return gic->spi[vintid / 32 - 1].edge >> (vintid % 32) & 1;
}
static inline bool vgic_is_latched(const struct vgic *gic, uint32_t vintid)
{
	return vgic_is_edge(gic, vintid) || (gic->spi[vintid / 32 - 1].latched >> (vintid % 32) & 1);
}
/* The software interrupts that have a physical one, to which they are linked while delivery is direct. */
static inline uint32_t vgic_borrowed(const struct vgic_bank *bank)
{
	return bank->reserved | bank->translated;
}

static inline struct vgic_bank *vgic_bank(struct vgic *gic, struct vgic_cpu *cpu, unsigned bank)
{
	return bank ? &gic->spi[bank - 1] : &cpu->private;
}

/* The vCPU to which a shared interrupt is routed, or vcpu_count when its route names none. */
unsigned vgic_target(const struct vgic *gic, uint32_t vintid);
/* The same without the lock: the route may be written at this moment. */
unsigned vgic_target_now(const struct vgic *gic, uint32_t vintid);

/*
 * The guest's access at `access->offset`. The lock is held, until the effects are performed. False when there
 * is no such redistributor: the guest gets an external abort.
 */
void vgic_dist_access(struct vgic *gic, unsigned vcpu, struct vgic_access *access,
					  struct vgic_effects *effects);
bool vgic_redist_access(struct vgic *gic, unsigned vcpu, struct vgic_access *access,
						struct vgic_effects *effects);

static inline uint64_t vgic_redist_typer(const struct vgic *gic, unsigned vcpu)
{
	return FIELD_PUT(GICR_TYPER_AFFINITY, vcpu) | FIELD_PUT(GICR_TYPER_PROCESSOR_NUMBER, vcpu) |
		   (vcpu + 1 == gic->vcpu_count ? GICR_TYPER_LAST : 0);
}

/* For one vCPU, which is to be told. Like the others, any pCPU, any time, without locks. */
void vgic_raise_many(struct vgic_cpu *cpu, unsigned bank, uint32_t mask);
/*
 * Raising. Each returns the mask of vCPUs to be told (notified, or attended to if it is the caller's own).
 * Any pCPU, any time, without locks.
 */
uint32_t vgic_raise_at(struct vgic *gic, unsigned vcpu, uint32_t vintid);
uint32_t vgic_raise_shared(struct vgic *gic, uint32_t vintid);
/* The same with the target that was `seen` (vcpu_count: none), wherever the interrupt is routed by now. */
uint32_t vgic_raise_seen(struct vgic *gic, unsigned seen, uint32_t vintid);
uint32_t vgic_set_line_private(struct vgic *gic, unsigned vcpu, uint32_t vintid, bool level);
uint32_t vgic_set_line_shared(struct vgic *gic, uint32_t vintid, bool level);
/*
 * What was raised for a vCPU, of which it or its pCPU should be told: has its guest closed it
 * (vgic/closed.h)? Then nothing is done, and what is `avoided` is counted. With direct delivery everything
 * has to be closed for that.
 */
MUST_USE bool vgic_withholds(struct vgic *gic, unsigned vcpu, enum signalbox_avoided avoided);
/* ICC_SGI1R_EL1 (group1) or ICC_SGI0R_EL1: `targets` are vCPUs; those not in the group drop it. */
uint32_t vgic_send_sgi(struct vgic *gic, uint32_t targets, uint32_t sgi, bool group1);

#endif
