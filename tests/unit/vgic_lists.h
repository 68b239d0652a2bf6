/* SPDX-License-Identifier: Apache-2.0 */
/* The list registers of the test VM's two vCPUs, and a guest that works on them. */
#ifndef UNIT_VGIC_LISTS_H
#define UNIT_VGIC_LISTS_H

#include "vgic_guest.h"

/* What the hardware holds for each vCPU. */
static struct {
	struct vgic_lrs lrs;
	unsigned eoi_count;
} here[2];
static struct vgic_folded folded;

static inline int set_up_lists(void **state)
{
	memset(here, 0, sizeof(here));
	here[0].lrs.count = here[1].lrs.count = 4;
	set_up(state);
	write_size(0, true, GICD_CTLR, 4, 3);
	return 0;
}

static inline void fold(unsigned v)
{
	struct vgic_lrs *lrs = &here[v].lrs;

	lrs->occupied = 0;
	for (unsigned n = 0; n < lrs->count; n++)
		if (lrs->value[n] & LR_STATE || (lrs->value[n] & LR_EOI && !(lrs->value[n] & LR_HW)))
			lrs->occupied |= 1u << n;
	vgic_fold(&gic, &cpus[v], lrs, here[v].eoi_count, &folded);
	here[v].eoi_count = 0;
	memset(lrs->value, 0, sizeof(lrs->value));
}

static inline void enter_with(unsigned v, uint64_t vmcr)
{
	fold(v);
	vgic_refill(&gic, &cpus[v], vmcr, &here[v].lrs);
}

static inline void enter(unsigned v)
{
	enter_with(v, VMCR_BOTH);
}

static inline uint64_t *find(unsigned v, uint32_t vintid, uint64_t state)
{
	for (unsigned n = 0; n < here[v].lrs.count; n++)
		if (here[v].lrs.value[n] & state && FIELD_GET(LR_VINTID, here[v].lrs.value[n]) == vintid)
			return &here[v].lrs.value[n];
	return NULL;
}

/* ICC_IAR: the listed one of the highest priority; VGIC_NONE is 1023. */
static inline uint32_t acknowledge(unsigned v)
{
	uint64_t *best = NULL;

	for (unsigned n = 0; n < here[v].lrs.count; n++) {
		uint64_t *lr = &here[v].lrs.value[n];

		if ((*lr & LR_STATE) == LR_PENDING &&
			(!best || FIELD_GET(LR_PRIORITY, *lr) < FIELD_GET(LR_PRIORITY, *best)))
			best = lr;
	}
	if (!best)
		return VGIC_NONE;
	*best = (*best & ~LR_PENDING) | LR_ACTIVE;
	return (uint32_t)FIELD_GET(LR_VINTID, *best);
}

/* ICC_EOIR with EOImode = 0. */
static inline void end(unsigned v, uint32_t vintid)
{
	uint64_t *lr = find(v, vintid, LR_ACTIVE);

	if (lr)
		*lr &= ~LR_ACTIVE;
	else
		here[v].eoi_count++;
}

/* As flow/deliver/irq.c when the owner does not simply run here. */
static inline void take(unsigned v, uint32_t vintid)
{
	assert_int_equal(vgic_raise_at(&gic, v, vintid), 1u << v);
}

#endif
