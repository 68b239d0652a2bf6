/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/vgic.h"

#include <string.h>

#include "base/assert.h"
#include "base/atomic.h"
#include "vgic/lr.h"

#define SGIS UINT32_C(0x0000ffff)

void vgic_init(struct vgic *gic, unsigned intid_count, unsigned priority_bits)
{
	ensure(intid_count % 32 == 0 && intid_count >= 64 && intid_count <= 1024,
		   "the GIC has SPIs in whole banks");
	memset(gic, 0, sizeof(*gic));
	gic->lock.rank = LOCK_VGIC;
	gic->bank_count = intid_count / 32;
	/* IDbits = 9: INTIDs of 10 bits. */
	gic->typer = (uint32_t)(FIELD_PUT(GICD_TYPER_IT_LINES_NUMBER, gic->bank_count - 1) |
							FIELD_PUT(GICD_TYPER_ID_BITS, 9) | GICD_TYPER_NO_1_OF_N);
	gic->priority_mask = (uint8_t)(0xff00u >> (priority_bits < 5 ? priority_bits : 5));
}

void vgic_add_cpu(struct vgic *gic, struct vgic_cpu *cpu)
{
	ensure(gic->vcpu_count < VCPU_PER_VM_MAX, "a VM has at most VCPU_PER_VM_MAX vCPUs");
	memset(cpu, 0, sizeof(*cpu));
	gic->cpu[gic->vcpu_count++] = cpu;
}

/* Registers get their reset values; links are not registers. */
static void reset_bank(struct vgic_bank *bank, uint32_t always_edge)
{
	bank->edge = bank->wired_edge | always_edge;
	bank->group1 = bank->enabled = bank->line = bank->pending = bank->taken = 0;
	bank->active = bank->forced = bank->latched = bank->used = bank->stray = 0;
	memset(bank->priority, 0, sizeof(bank->priority));
}

void vgic_reset_cpu(struct vgic_cpu *cpu)
{
	reset_bank(&cpu->private, SGIS);
	vgic_queue_reset(&cpu->pending);
	vgic_queue_reset(&cpu->active);
	memset(cpu->listed, 0, sizeof(cpu->listed));
	memset(cpu->raised, 0, sizeof(cpu->raised));
	memset(cpu->review, 0, sizeof(cpu->review));
	memset(cpu->mine, 0, sizeof(cpu->mine));
	cpu->mine[0] = UINT32_MAX;
	cpu->listed_banks = cpu->forced_banks = cpu->attend = 0;
	cpu->hcr = ICH_HCR_EN;
	cpu->sleeping = true;
	vgic_closed_end_wait(&cpu->closed);
}

void vgic_reset(struct vgic *gic)
{
	gic->ctlr = 0;
	for (unsigned v = 0; v < gic->vcpu_count; v++)
		vgic_reset_cpu(gic->cpu[v]);
	for (unsigned b = 1; b < gic->bank_count; b++) {
		reset_bank(&gic->spi[b - 1], 0);
		gic->cpu[0]->mine[b] = UINT32_MAX; /* GICD_IROUTER resets to affinity 0 */
	}
	memset(gic->router, 0, sizeof(gic->router));
}

/* vCPU n has Aff0 = n and the other fields 0. */
static unsigned named_by(const struct vgic *gic, uint32_t router)
{
	return router < gic->vcpu_count ? router : gic->vcpu_count;
}

unsigned vgic_target(const struct vgic *gic, uint32_t vintid)
{
	return named_by(gic, gic->router[vintid]);
}

unsigned vgic_target_now(const struct vgic *gic, uint32_t vintid)
{
	return named_by(gic, atomic_load(&gic->router[vintid]));
}

static inline void notify_many(struct vgic_cpu *cpu, uint32_t *words, unsigned bank, uint32_t mask)
{
	atomic_or(&words[bank], mask);
	/* Release: pairs with the swap in vgic_attend(). */
	atomic_or(&cpu->attend, 1u << bank);
}

static uint32_t notify(struct vgic_cpu *cpu, uint32_t *words, unsigned vcpu, uint32_t vintid)
{
	notify_many(cpu, words, vintid / 32, 1u << (vintid % 32));
	return 1u << vcpu;
}

void vgic_raise_many(struct vgic_cpu *cpu, unsigned bank, uint32_t mask)
{
	notify_many(cpu, cpu->raised, bank, mask);
}

uint32_t vgic_raise_at(struct vgic *gic, unsigned vcpu, uint32_t vintid)
{
	return notify(gic->cpu[vcpu], gic->cpu[vcpu]->raised, vcpu, vintid);
}

/* Routed nowhere: it waits at vCPU 0, unannounced, until it is collected (vgic_op_collect()). */
static uint32_t raise_or_set_aside(struct vgic *gic, unsigned target, uint32_t vintid)
{
	if (target < gic->vcpu_count)
		return vgic_raise_at(gic, target, vintid);
	atomic_or(&gic->cpu[0]->raised[vintid / 32], 1u << (vintid % 32));
	return 0;
}

/* False: it was collected by another pCPU, which handles it. */
static bool take_back(struct vgic *gic, unsigned target, uint32_t vintid)
{
	struct vgic_cpu *cpu = gic->cpu[target < gic->vcpu_count ? target : 0];
	uint32_t bit = 1u << (vintid % 32);

	return atomic_and(&cpu->raised[vintid / 32], ~bit) & bit;
}

uint32_t vgic_raise_seen(struct vgic *gic, unsigned seen, uint32_t vintid)
{
	for (;;) {
		uint32_t attend = raise_or_set_aside(gic, seen, vintid);
		unsigned target;

		/* Pairs with the one in write_route(): either it collects what is raised here, or its route shows. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		target = vgic_target_now(gic, vintid);
		if (target == seen || !take_back(gic, seen, vintid))
			return attend;
		seen = target; /* each turn takes another write of the route, which is far slower */
	}
}

uint32_t vgic_raise_shared(struct vgic *gic, uint32_t vintid)
{
	return vgic_raise_seen(gic, vgic_target_now(gic, vintid), vintid);
}

static void set_line(struct vgic_bank *bank, uint32_t vintid, bool level)
{
	if (level)
		atomic_or(&bank->line, 1u << (vintid % 32));
	else
		atomic_and(&bank->line, ~(1u << (vintid % 32)));
}

/*
 * With direct delivery EL2 does not learn when the guest ends an interrupt, unless it is translated: a line
 * that is still up is pended again whenever its device is accessed.
 */
static bool is_sampled_now(const struct vgic *gic, const struct vgic_bank *bank, uint32_t vintid)
{
	return gic->direct && !((bank->edge | bank->translated) >> (vintid % 32) & 1);
}

uint32_t vgic_set_line_private(struct vgic *gic, unsigned vcpu, uint32_t vintid, bool level)
{
	struct vgic_cpu *cpu = gic->cpu[vcpu];

	if ((cpu->private.line >> vintid & 1) == level && !is_sampled_now(gic, &cpu->private, vintid))
		return 0;
	set_line(&cpu->private, vintid, level);
	if (level && (cpu->private.edge >> vintid & 1))
		return vgic_raise_at(gic, vcpu, vintid);
	return notify(cpu, cpu->review, vcpu, vintid);
}

uint32_t vgic_set_line_shared(struct vgic *gic, uint32_t vintid, bool level)
{
	struct vgic_bank *bank = &gic->spi[vintid / 32 - 1];
	unsigned target;

	if ((bank->line >> (vintid % 32) & 1) == level && !is_sampled_now(gic, bank, vintid))
		return 0;
	set_line(bank, vintid, level);
	/* A rising line is an edge to a guest that configured it so. */
	if (level && (bank->edge >> (vintid % 32) & 1))
		return vgic_raise_shared(gic, vintid);
	/* Pairs with the one in write_route(): either its new vCPU sees the line, or the new route shows here. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	target = vgic_target_now(gic, vintid);
	return target < gic->vcpu_count ? notify(gic->cpu[target], gic->cpu[target]->review, target, vintid) : 0;
}

/* Of what was raised for a vCPU, and not collected yet. Those that are less urgent wait with it. */
static uint8_t most_urgent(struct vgic *gic, struct vgic_cpu *cpu)
{
	uint8_t best = UINT8_MAX;

	for (uint32_t banks = atomic_load(&cpu->attend); banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		const struct vgic_bank *bank = vgic_bank(gic, cpu, b);
		uint32_t news = atomic_load(&cpu->raised[b]) | atomic_load(&cpu->review[b]);

		for (; news; news &= news - 1) {
			uint8_t priority = atomic_load(&bank->priority[bits_lowest(news)]);

			best = priority < best ? priority : best;
		}
	}
	return best;
}

bool vgic_withholds(struct vgic *gic, unsigned vcpu, enum signalbox_avoided avoided)
{
	struct vgic_cpu *cpu = gic->cpu[vcpu];

	return cpu->closed.pages &&
		   vgic_closed_withholds(&cpu->closed, atomic_load(&gic->direct) ? 0 : most_urgent(gic, cpu),
								 avoided);
}

uint32_t vgic_send_sgi(struct vgic *gic, uint32_t targets, uint32_t sgi, bool group1)
{
	uint32_t attend = 0;

	for (; targets; targets &= targets - 1) {
		unsigned v = bits_lowest(targets);

		if ((atomic_load(&gic->cpu[v]->private.group1) >> sgi & 1) == group1)
			attend |= notify(gic->cpu[v], gic->cpu[v]->raised, v, sgi);
	}
	return attend;
}
