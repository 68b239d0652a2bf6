/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM is while the machine runs: its states, its vCPUs, its devices. Made by flow/boot/build.c from the
 * description; its life is in flow/life/life.c:
 *
 *   BROKEN    its description has a mistake, or it did not fit: never starts
 *   STOPPED   -> STARTING   life_start(): the monitor, or boot
 *   STARTING  -> RUNNING    life_step() on the pCPU of vCPU 0: memory from pristine images, vCPU 0 on
 *   RUNNING   -> STOPPING   life_stop(): the guest's PSCI call, its fault, or the monitor
 *   STARTING  -> STOPPING   the same, before it ran
 *   STOPPING  -> STOPPED    life_step(): when all vCPUs are parked, memory is zeroed
 *   STOPPING  -> STARTING   life_step(): instead, when a reset was asked for
 *
 * `state`, `after`, `psci` and `parked` are written under `lock` (LOCK_VM) and read anywhere.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "base/lock.h"
#include "base/log.h"
#include "device/fwcfg.h"
#include "device/pl011.h"
#include "device/pl031.h"
#include "device/pl061.h"
#include "device/ptimer.h"
#include "irq/direct.h"
#include "irq/owner.h"
#include "machine/api/frame.h"
#include "machine/api/gic.h"
#include "machine/api/guest.h"
#include "memory/table.h"
#include "sched/queue.h"
#include "vgic/vgic.h"
#include "vm/budget.h"
#include "vm/config.h"
#include "vm/psci.h"
#include "vm/regions.h"
#include "vm/tree.h"

enum vm_state { VM_BROKEN, VM_STOPPED, VM_STARTING, VM_RUNNING, VM_STOPPING };
enum vm_after { VM_THEN_STOPPED, VM_THEN_RESTART };

/* Counters of one vCPU, by its pCPU; interrupts are counted with their owner words (irq/owner.h). */
struct vcpu_counters {
	uint64_t exits[64]; /* synchronous ones, by exception class (ESR_EL2.EC) */
	uint64_t registers; /* of EC_SYSREG, those that do not write ICC_SGI1R_EL1 */
	uint64_t attends;   /* times run_attend() looked */
	uint64_t refills;   /* times all list registers were folded and chosen anew */
	uint64_t overflows; /* times some that were pending got no list register */
};

/* How far a start is with the files that it copies; behind them, with its seeds (flow/life/load.c). */
struct vm_loading {
	unsigned file;
	uint64_t offset; /* or the number of seeds that are planted */
};

/* Deadlines of a vCPU (flow/box/timer.h). */
enum timer_of_vcpu {
	TIMER_VCPU,
	TIMER_AWAY,
	TIMER_DELIVERY,
	TIMER_RING,
	TIMER_MUTE,
	TIMER_ALARM,
	TIMER_OF_VCPU_COUNT
};

/* Why a vCPU is not entered again. */
enum vcpu_end {
	VCPU_GOES_ON,
	VCPU_PARKS,     /* its VM stops */
	VCPU_TURNS_OFF, /* by PSCI CPU_OFF */
};

struct vcpu {
	struct frame frame; /* first: SP_EL2 points here while the guest runs, and its EL2 stack is below */

	/* The interrupt path reads these. */
	uint64_t irq_tag;     /* irq_tag() while EL2 may list without a look at the model, else IRQ_TAG_NEVER */
	struct irq_bank irqs; /* its SGIs and PPIs, and the hypervisor's own of its pCPU */
	struct vcpu_counters counters;

	struct vm *vm;
	unsigned index;  /* in its VM: the Aff0 that the guest sees */
	unsigned number; /* in the system */
	unsigned pcpu;
	uint64_t notify; /* the word that sends it an SGI: gic_notify_word() of its pCPU, or of one that it shares
						gic_kick_word() */

	/*
	 * Reasons to attend (flow/run/run.c) beside vgic.attend: a byte each, so that each has one kind of
	 * writer. They read as one word.
	 */
	union {
		struct {
			uint8_t refold; /* the maintenance interrupt came; its own pCPU */
			uint8_t folded; /* list registers are to be filled; its own pCPU */
			union {
				struct {
					uint8_t stopping;    /* enum vcpu_end: its own pCPU, and the pCPU that stops the VM */
					uint8_t ends_direct; /* direct delivery is to end (flow/own/delivery.c); its VM's pCPUs */
					uint8_t
						rings; /* rings that wait need a timer (flow/deliver/ring.c); the pCPU that rings */
					uint8_t
						asked; /* a holder waited for it in vain (flow/hold/seize.c); under the VM's lock */
				};
				uint32_t seldom;
			};
		};
		uint64_t due;
	};

	/* Holding (flow/hold/sync.c). */
	uint32_t live; /* list registers may hold what the model has not: its own pCPU writes, holders read */
	union {
		struct {
			uint32_t hold;    /* how many pCPUs hold it; atomic */
			uint32_t chooses; /* another vCPU of its pCPU may be more urgent (flow/run/share.c); that pCPU */
		};
		uint64_t kept; /* it must not simply go on */
	};

	struct vgic_cpu vgic;

	/* Which ways of an interrupt are longer than the common one; its own pCPU. */
	union {
		struct {
			bool direct; /* Group 1 of the physical interface is this vCPU's */
			bool shares; /* its pCPU with others, from boot on */
		};
		uint16_t special;
	};

	/* Direct delivery (flow/deliver/direct.c): its own pCPU, but `busy`, which holders read. */
	bool busy;           /* when it was folded last, the priority of an active interrupt was not dropped */
	bool divides;        /* its mask divides two priorities that are one physically (irq_direct_divides()) */
	bool translates;     /* Group 1 registers trap (flow/deliver/translate.h) */
	uint32_t unfinished; /* translated interrupts that the guest has acknowledged, and not dropped since */
	uint8_t
		obstacle; /* enum obstacle: why it must end; OBSTACLE_NONE: it need not, or by what its guest does */
	uint32_t obstacle_vintid;
	struct irq_rate trapped; /* accesses to registers that EL2 emulates for it */

	/* Doorbells that wait (flow/deliver/ring.c); atomic. */
	uint32_t rung;    /* a bit for each shared memory that the VM sees */
	uint64_t ring_at; /* counter value */

	/* Shared interrupts that are disabled for a while (flow/deliver/mute.c): its own pCPU. */
	uint32_t muted[VGIC_BANKS_MAX], muted_banks;

	/* Where several vCPUs share the pCPU (flow/run/share.c): that pCPU, but `away`, with the vgic lock. */
	bool away;          /* its registers are here, and its private interrupts in its model alone */
	bool entered;       /* since it was turned on */
	bool sleeps;        /* in WFI, and on */
	uint32_t pended;    /* while it is away: its private interrupts that are active, and pended once more */
	bool has_siblings;  /* other vCPUs of its VM share its pCPU */
	bool tlb_is_others; /* another vCPU of the VM ran since: the TLB has that one's translations */
	bool pages_are_new; /* since its VM started, what is stolen has not been told; set while it is off */
	uint64_t lingers;   /* a handler of its is at work, and others wait until then at most; 0: none does */
	struct queue_vcpu turn;
	uint64_t stolen_before; /* ticks, when its VM started */
	uint64_t reshared; /* what its turn is to become (flow/box/reshare.c); the housekeeping pCPU, and its own;
						  atomic */
	struct guest_context saved;
	struct gic_vif_priorities priorities;
	uint64_t vmcr;

	uint64_t deadline[TIMER_OF_VCPU_COUNT]; /* its own pCPU, as is the soonest of them */
	uint64_t soonest;
	struct ptimer timer;
	struct signalbox_closed *pages; /* those that the guest sees (vm/vcpu_pages.h), or NULL */
	uint64_t cache_selected;        /* CSSELR_EL1 */
	bool os_locked;                 /* OSLSR_EL1.OSLK */
	uint64_t entry, context;        /* of the CPU_ON that is pending */
	bool big_endian;                /* like its caller's data (DEN 0022, "Initial core configuration") */
};
_Static_assert(offsetof(struct vcpu, frame) == 0, "vcpu_of_frame() takes the one for the other");

struct vm {
	const struct config_vm *config;
	struct regions regions; /* its emulated devices, by address */
	unsigned number;
	uint16_t vmid;
	struct lock lock; /* LOCK_VM */
	enum vm_state state;
	enum vm_after after;
	struct psci_view psci;     /* which vCPUs are on, among others */
	uint32_t parked;           /* vCPUs that have left the guest for good, while STOPPING */
	struct vm_loading loading; /* while STARTING; the pCPU of vCPU 0 */
	bool ended;                /* its interrupts were taken away, until it starts anew; atomic */
	uint64_t scrubbed;         /* bytes of its memory, while STOPPING; the pCPU of vCPU 0 */
	uint64_t started_us;
	uint32_t starts;
	uint32_t faults;       /* that stopped it; atomic */
	uint64_t asked_at;     /* when vCPUs were expected at EL2, 0: none is (flow/hold/seize.c) */
	struct budget budget;  /* how much of its time others may take; under `lock` */
	bool seized;           /* a vCPU has not come, and stage 2 is withheld (flow/hold/seize.c) */
	bool blamed;           /* the log has said that it blocked its interface; atomic */
	uint32_t mistakes;     /* those that it survived, since its start; any pCPU, atomically */
	struct log_source log; /* lines that it causes */

	pa_t memory;
	pa_t firmware; /* psci.firmware_size bytes */
	pa_t vcpu_pages;
	struct table stage2;
	pa_t stage2_root;
	struct config_placement placement;
	struct blob tree;        /* the generated device tree, as each start copies it */
	struct tree_seeds seeds; /* each start plants them (flow/life/seed.c) */

	struct vgic vgic;
	enum config_delivery delivery; /* as it was asked for; as it is: vm_is_direct() */
	bool direct_away; /* its delivery is direct, and its vCPU is away (flow/own/away.h); with the vgic lock */
	uint8_t refused;  /* enum obstacle: why it is not direct though it was asked for so */
	uint32_t refused_vintid; /* the interrupt that it is about, if it is about one */
	struct lock uart_lock;   /* LOCK_DEVICE */
	struct pl011 uart;       /* if `regions` has one */

	unsigned vcpu_count;
	struct vcpu *vcpu[VCPU_PER_VM_MAX];

	/* Of machine = "virt", if `regions` has them. */
	struct lock virt_lock; /* LOCK_DEVICE */
	struct pl031 rtc;
	struct pl061 gpio;
	struct fwcfg fwcfg;
};

/* As people and other VMs see its delivery: a vCPU that is away has its interrupts in the model meanwhile. */
static inline bool vm_is_direct(const struct vm *vm)
{
	return atomic_load(&vm->vgic.direct) || atomic_load(&vm->direct_away);
}

/* Has it left the guest for good, in a VM that ends? Its private interrupts are quiesced then. */
static inline bool vcpu_is_parked(const struct vcpu *vcpu)
{
	return atomic_load(&vcpu->vm->parked) >> vcpu->index & 1;
}

#endif
