/* SPDX-License-Identifier: Apache-2.0 */
/* The test VM where direct delivery is allowed, and a physical GIC of four words a bank. */
#ifndef UNIT_VGIC_DIRECT_H
#define UNIT_VGIC_DIRECT_H

#include "base/atomic.h"
#include "vgic_lists.h"

#define BIT_OF(vintid) (1u << ((vintid) % 32))
#define SGI 3
#define SGI_OF_EL2 15 /* is the hypervisor's: no physical one for the guest */
#define TIMER 30      /* emulated, level */
#define RESERVED 50   /* a spare SPI */
#define UNLINKED 60   /* no device drives it */
#define PRIORITY 0xa0
#define BANKS (INTID_COUNT / 32)

struct physical {
	uint32_t latch, line, edge, active;
};
static struct physical private_bank[2], shared_bank[BANKS];

static inline struct physical *physical_bank(unsigned v, unsigned b)
{
	return b ? &shared_bank[b] : &private_bank[v];
}

static inline struct physical *physical(unsigned v, uint32_t vintid)
{
	return physical_bank(v, vintid / 32);
}

static inline uint32_t pending_in(const struct physical *p)
{
	return p->latch | (p->line & ~p->edge);
}

static inline struct vgic_bank *bank_of(unsigned v, uint32_t vintid)
{
	return vgic_bank(&gic, &cpus[v], vintid / 32);
}

static inline int set_up_direct(void **state)
{
	memset(private_bank, 0, sizeof(private_bank));
	memset(shared_bank, 0, sizeof(shared_bank));
	set_up_lists(state);
	for (unsigned v = 0; v < 2; v++) {
		for (uint32_t sgi = 0; sgi < 14; sgi++)
			vgic_reserve(&gic, v, sgi, sgi);
		vgic_reserve(&gic, v, TIMER, TIMER);
		private_bank[v].edge = 0xffff;
	}
	vgic_reserve(&gic, 0, RESERVED, RESERVED);
	physical(0, LINKED_EDGE)->edge |= BIT_OF(LINKED_EDGE);
	return 0;
}

/* As flow/deliver/effects.c, as far as this test looks. Only linked interrupts are named. */
static inline void perform(const struct vgic_effects *effects, uint32_t allowed)
{
	struct physical *p = physical_bank(effects->vcpu, effects->bank);

	assert_int_equal((effects->pend | effects->unpend | effects->activate | effects->deactivate) & ~allowed,
					 0);
	p->latch |= effects->pend;
	p->latch &= ~effects->unpend;
	p->active |= effects->activate;
	p->active &= ~effects->deactivate;
}

static inline void perform_linked(const struct vgic_effects *effects)
{
	perform(effects, vgic_bank(&gic, &cpus[effects->vcpu], effects->bank)->linked);
}

/* As notify_entering(). */
static inline void forward(unsigned v)
{
	for (uint32_t banks = atomic_swap(&cpus[v].attend, 0); banks; banks &= banks - 1) {
		struct vgic_forwarded forwarded = vgic_forward(&gic, v, bits_lowest(banks), true);

		assert_false(forwarded.left);
		perform_linked(&(struct vgic_effects){.bank = bits_lowest(banks),
											  .vcpu = (uint8_t)v,
											  .pend = forwarded.pend,
											  .unpend = forwarded.unpend});
	}
}

static inline void bank_to_direct(unsigned v, unsigned b)
{
	struct vgic_effects effects;

	vgic_bank_to_direct(&gic, v, b, &effects);
	/* flow/deliver/effects.c sets the trigger of what is linked from now on. */
	if (b)
		physical_bank(v, b)->edge = vgic_bank(&gic, &cpus[v], b)->edge;
	perform(&(struct vgic_effects){.bank = b, .vcpu = v, .deactivate = effects.deactivate}, UINT32_MAX);
	perform_linked(&effects);
}

static inline void bank_to_virtual(unsigned v, unsigned b)
{
	struct vgic_effects effects;
	uint32_t reserved = vgic_bank(&gic, &cpus[v], b)->reserved;

	vgic_bank_to_virtual(&gic, v, b, pending_in(physical_bank(v, b)) & reserved, &effects);
	perform(&effects, reserved);
	assert_int_equal(vgic_bank(&gic, &cpus[v], b)->linked & reserved, 0);
	assert_int_equal(physical_bank(v, b)->latch & reserved, 0);
}

/* Nothing of the model is queued or listed while delivery is direct. */
static inline void check_direct(void)
{
	for (unsigned v = 0; v < 2; v++) {
		assert_int_equal(cpus[v].pending.count, 0);
		assert_int_equal(cpus[v].active.count, 0);
		assert_int_equal(cpus[v].listed_banks, 0);
		for (unsigned b = 0; b < BANKS; b++) {
			const struct vgic_bank *bank = vgic_bank(&gic, &cpus[v], b);

			assert_int_equal(bank->taken, 0);
			assert_int_equal(bank->pending & bank->linked, 0);
			assert_int_equal(bank->reserved & ~bank->linked, 0);
			assert_int_equal(physical_bank(v, b)->active, 0);
		}
	}
}

static inline void go_direct(void)
{
	for (unsigned v = 0; v < 2; v++)
		bank_to_direct(v, 0);
	for (unsigned b = 1; b < BANKS; b++)
		bank_to_direct(0, b);
	vgic_set_direct(&gic, true);
	forward(0);
	forward(1);
	check_direct();
}

static inline void go_virtual(void)
{
	vgic_set_direct(&gic, false);
	for (unsigned v = 0; v < 2; v++)
		bank_to_virtual(v, 0);
	for (unsigned b = 1; b < BANKS; b++)
		bank_to_virtual(0, b);
}

/* What ISPENDR reads, as flow/exits/mmio.c completes it. */
static inline bool reads_pending(unsigned v, uint32_t vintid)
{
	bool dist = vintid >= GIC_PRIVATE_COUNT;
	struct vgic_access access = {
		.offset = GIC_ISPENDR + vintid / 32 * 4, .size_bytes = 4, .held = VGIC_ALL_HELD};
	struct vgic_effects effects = {.vcpu = v};

	if (dist)
		vgic_dist_access(&gic, v, &access, &effects);
	else
		access.offset += v * GICR_STRIDE + GICR_SGI_BASE;
	if (!dist)
		assert_true(vgic_redist_access(&gic, v, &access, &effects));
	access.value |= effects.ask_pending & pending_in(physical(v, vintid));
	return access.value & BIT_OF(vintid);
}

/* Writes a bit, and does what follows at the physical GIC. */
static inline void act(unsigned v, uint32_t offset, uint32_t vintid)
{
	struct vgic_effects effects = write_bit(v, offset, vintid);

	perform_linked(&effects);
}

/* EL2 takes a linked interrupt that the physical GIC signals. */
static inline void take_linked(unsigned v, uint32_t vintid)
{
	struct physical *p = physical(v, vintid);
	const struct vgic_bank *bank = bank_of(v, vintid);

	if (!(bank->linked & bank->enabled & pending_in(p) & ~p->active & BIT_OF(vintid)))
		return;
	p->latch &= ~BIT_OF(vintid);
	p->active |= BIT_OF(vintid);
	take(v, vintid);
}

static inline void set_line(unsigned v, uint32_t vintid, bool up)
{
	if (bank_of(v, vintid)->linked & ~bank_of(v, vintid)->reserved & BIT_OF(vintid)) {
		struct physical *p = physical(v, vintid);

		p->latch |= up ? p->edge & ~p->line & BIT_OF(vintid) : 0;
		p->line = up ? p->line | BIT_OF(vintid) : p->line & ~BIT_OF(vintid);
	} else if (vintid < GIC_PRIVATE_COUNT) {
		vgic_set_line_private(&gic, v, vintid, up);
	} else {
		vgic_set_line_shared(&gic, vintid, up);
	}
}

/* What can have happened to an interrupt: bits of a number, so that each of them can be counted up. */
enum happening {
	ENABLED = 1,
	GROUP1 = 2,
	PENDED = 4,   /* by GICD_ISPENDR */
	HAPPENED = 8, /* an edge, an SGI, or the line is up */
	TAKEN = 16,   /* linked: EL2 has acknowledged it */
	LISTED = 32,  /* it has been in a list register, and the guest has not seen it */
	OTHER_TRIGGER = 64,
	HAPPENINGS = 128,
};

static inline void make_happen(unsigned v, uint32_t vintid, unsigned what)
{
	bool is_line, software = !(bank_of(v, vintid)->linked & BIT_OF(vintid));

	if (what & OTHER_TRIGGER && vintid >= GIC_PRIVATE_COUNT && software)
		write_size(v, true, GIC_ICFGR + vintid / 16 * 4, 4, UINT64_C(2) << vintid % 16 * 2);
	prepare(v, vintid, PRIORITY);
	if (!(what & GROUP1))
		write_size(v, vintid >= GIC_PRIVATE_COUNT,
				   vintid >= GIC_PRIVATE_COUNT ? GIC_IGROUPR + vintid / 32 * 4
											   : v * GICR_STRIDE + GICR_SGI_BASE + GIC_IGROUPR,
				   4, 0);
	is_line = !software || !(bank_of(v, vintid)->edge & BIT_OF(vintid));
	if (what & PENDED)
		act(v, GIC_ISPENDR, vintid);
	if (what & HAPPENED && is_line)
		set_line(v, vintid, true);
	else if (what & HAPPENED)
		vgic_raise_at(&gic, v, vintid);
	if (what & TAKEN)
		take_linked(v, vintid);
	if (what & LISTED)
		enter(v);
	fold(v);
	/* Raised, and not attended to. (A fold attends.) */
	if (what & HAPPENED && !(what & LISTED) && software && !is_line) {
		bank_of(v, vintid)->pending &= ~BIT_OF(vintid);
		fold(v);
		vgic_raise_at(&gic, v, vintid);
	}
	if (!(what & ENABLED))
		act(v, GIC_ICENABLER, vintid);
}

static inline bool latched(unsigned v, uint32_t vintid)
{
	return physical(v, vintid)->latch & BIT_OF(vintid);
}

#endif
