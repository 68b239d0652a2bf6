/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface: list registers, and what a guest does with them (Arm IHI 0069, chapter 6). */
#include <string.h>

#include "base/bits.h"
#include "machine/api/gic_registers.h"
#include "machine/fake/internal.h"

enum misr {
	MISR_EOI = 1,
	MISR_U = 2,
	MISR_LRENP = 4,
	MISR_NP = 8,
	MISR_VGRP0E = 16,
	MISR_VGRP0D = 32,
	MISR_VGRP1E = 64,
	MISR_VGRP1D = 128,
};

#define NO_LR GIC_LR_MAX

struct interface {
	uint64_t lr[GIC_LR_MAX], hcr, vmcr;
	uint32_t active[2]; /* ICH_AP0R0_EL2, ICH_AP1R0_EL2: PREbits = 5 */
};
static struct interface interfaces[PCPU_MAX];
static unsigned lr_count;

void fake_vif_reset(void)
{
	memset(interfaces, 0, sizeof(interfaces));
	lr_count = 4;
}

unsigned fake_vif_lr_count(void)
{
	return lr_count;
}

void fake_gic_set_lr_count(unsigned count)
{
	lr_count = count;
}

static struct interface *here(void)
{
	return &interfaces[pcpu_this()];
}

static unsigned running_priority(const struct interface *vif)
{
	uint32_t active = vif->active[0] | vif->active[1];

	return active ? (unsigned)__builtin_ctz(active) * 8 : FAKE_PRIORITY_IDLE;
}

uint8_t gic_vif_running_priority(void)
{
	unsigned priority = running_priority(here());

	return priority == FAKE_PRIORITY_IDLE ? 0xff : (uint8_t)priority;
}

/* The part of a priority that preempts: Group 0 by VBPR0 (0 means bits 7..1), Group 1 by VBPR1 - 1. */
static unsigned group_priority(const struct interface *vif, unsigned group, unsigned priority)
{
	unsigned point = (unsigned)FIELD_GET(group ? ICH_VMCR_VBPR1 : ICH_VMCR_VBPR0, vif->vmcr);

	if (!group)
		point++;
	return priority & 0xf8u & (0xffu << point);
}

/* The highest-priority pending list register of an enabled group, NO_LR when there is none. */
static unsigned highest_pending(const struct interface *vif)
{
	unsigned best = NO_LR;

	for (unsigned n = 0; n < lr_count; n++) {
		uint64_t lr = vif->lr[n];
		bool enabled = vif->vmcr & (lr & LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);

		if ((lr & LR_STATE) != LR_PENDING || !enabled)
			continue;
		if (best == NO_LR || FIELD_GET(LR_PRIORITY, lr) < FIELD_GET(LR_PRIORITY, vif->lr[best]))
			best = n;
	}
	return best;
}

/* The list register whose interrupt is signalled to the guest as one of this group. */
static unsigned signalled(const struct interface *vif, unsigned group)
{
	unsigned n = highest_pending(vif), priority;

	if (!(vif->hcr & ICH_HCR_EN) || n == NO_LR || !(vif->lr[n] & LR_GROUP) != !group)
		return NO_LR;
	priority = (unsigned)FIELD_GET(LR_PRIORITY, vif->lr[n]);
	if (priority >= (FIELD_GET(ICH_VMCR_VPMR, vif->vmcr) & 0xf8) || /* five bits of priority */
		group_priority(vif, group, priority) >= running_priority(vif))
		return NO_LR;
	return n;
}

uint32_t fake_guest_acknowledge(unsigned group)
{
	struct interface *vif = here();
	unsigned n = signalled(vif, group);

	if (n == NO_LR)
		return GIC_SPURIOUS;
	vif->lr[n] = (vif->lr[n] & ~LR_PENDING) | LR_ACTIVE;
	vif->active[group] |=
		1u << (group_priority(vif, group, (unsigned)FIELD_GET(LR_PRIORITY, vif->lr[n])) / 8);
	return (uint32_t)FIELD_GET(LR_VINTID, vif->lr[n]);
}

static void deactivate(struct interface *vif, uint32_t vintid)
{
	for (unsigned n = 0; n < lr_count; n++) {
		if (!(vif->lr[n] & LR_ACTIVE) || FIELD_GET(LR_VINTID, vif->lr[n]) != vintid)
			continue;
		vif->lr[n] &= ~LR_ACTIVE;
		if (vif->lr[n] & LR_HW)
			gic_clear_active(pcpu_this(), (uint32_t)FIELD_GET(LR_PINTID, vif->lr[n]));
		return;
	}
	if (gic_is_interrupt(vintid))
		vif->hcr = (vif->hcr & ~ICH_HCR_EOICOUNT) |
				   FIELD_PUT(ICH_HCR_EOICOUNT, FIELD_GET(ICH_HCR_EOICOUNT, vif->hcr) + 1);
}

/* An EOI that clears no active priority ends nothing and is not counted (ICH_HCR_EL2.EOIcount). */
void fake_guest_end(unsigned group, uint32_t vintid)
{
	struct interface *vif = here();
	unsigned running = running_priority(vif);

	if (running == FAKE_PRIORITY_IDLE || !(vif->active[group] & 1u << running / 8))
		return;
	vif->active[group] &= vif->active[group] - 1;
	if (!(vif->vmcr & ICH_VMCR_VEOIM))
		deactivate(vif, vintid);
}

void fake_guest_deactivate(uint32_t vintid)
{
	if (here()->vmcr & ICH_VMCR_VEOIM)
		deactivate(here(), vintid);
}

uint64_t gic_lr_read(unsigned n)
{
	return n < lr_count ? here()->lr[n] : 0;
}

void gic_lr_write(unsigned n, uint64_t value)
{
	if (n < lr_count)
		here()->lr[n] = value;
}

static bool wants_eoi_maintenance(uint64_t lr)
{
	return !(lr & LR_STATE) && !(lr & LR_HW) && lr & LR_EOI;
}

uint32_t gic_lr_empty(void)
{
	uint32_t empty = 0;

	for (unsigned n = 0; n < lr_count; n++)
		if (!(here()->lr[n] & LR_STATE) && !wants_eoi_maintenance(here()->lr[n]))
			empty |= 1u << n;
	return empty;
}

uint32_t fake_vif_eisr(void)
{
	uint32_t ended = 0;

	for (unsigned n = 0; n < lr_count; n++)
		if (wants_eoi_maintenance(here()->lr[n]))
			ended |= 1u << n;
	return ended;
}

uint64_t gic_vif_control(void)
{
	return here()->hcr;
}

void gic_vif_set_control(uint64_t hcr)
{
	here()->hcr = hcr;
}

uint32_t gic_vif_status(void)
{
	const struct interface *vif = here();
	unsigned valid = 0, pending = 0;

	for (unsigned n = 0; n < lr_count; n++) {
		valid += (vif->lr[n] & LR_STATE) != 0;
		pending += (vif->lr[n] & LR_STATE) == LR_PENDING;
	}
	const struct {
		uint64_t enable;
		bool holds;
		enum misr bit;
	} reason[] = {
		{ICH_HCR_EN, fake_vif_eisr() != 0, MISR_EOI}, /* enabled by the list register itself */
		{ICH_HCR_UIE, valid <= 1, MISR_U},
		{ICH_HCR_LRENPIE, (vif->hcr & ICH_HCR_EOICOUNT) != 0, MISR_LRENP},
		{ICH_HCR_NPIE, pending == 0, MISR_NP},
		{ICH_HCR_VGRP0EIE, (vif->vmcr & ICH_VMCR_VENG0) != 0, MISR_VGRP0E},
		{ICH_HCR_VGRP0DIE, !(vif->vmcr & ICH_VMCR_VENG0), MISR_VGRP0D},
		{ICH_HCR_VGRP1EIE, (vif->vmcr & ICH_VMCR_VENG1) != 0, MISR_VGRP1E},
		{ICH_HCR_VGRP1DIE, !(vif->vmcr & ICH_VMCR_VENG1), MISR_VGRP1D},
	};
	uint32_t status = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(reason); i++)
		if (vif->hcr & ICH_HCR_EN && vif->hcr & reason[i].enable && reason[i].holds)
			status |= reason[i].bit;
	return status;
}

bool fake_vif_wants_maintenance(void)
{
	return gic_vif_status() != 0;
}

uint64_t gic_vif_vmcr(void)
{
	return here()->vmcr;
}

void gic_vif_set_vmcr(uint64_t vmcr)
{
	here()->vmcr = vmcr;
}

bool gic_vif_is_busy(void)
{
	return here()->active[0] | here()->active[1];
}

void gic_vif_priorities_save(struct gic_vif_priorities *out)
{
	*out = (struct gic_vif_priorities){{here()->active[0]}, {here()->active[1]}};
}

void gic_vif_priorities_load(const struct gic_vif_priorities *in)
{
	here()->active[0] = in->ap0r[0];
	here()->active[1] = in->ap1r[0];
}

void gic_vif_priorities_add(struct gic_vif_priorities *priorities, uint8_t priority)
{
	priorities->ap1r[0] |= 1u << (priority / 8);
}

uint32_t gic_vif_features(void)
{
	return 4u << 8; /* ICC_CTLR_EL1.PRIbits: five */
}
