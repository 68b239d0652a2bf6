/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical interface while Group 1 is a guest's (HCR_EL2.IMO = 0), by IHI 0069: ICC_IAR1, ICC_EOIR1, and
 * what EL2 reads and writes of it.
 */
#include "base/bits.h"
#include "hardware.h"
#include "irq/direct.h"
#include "machine/api/gic_registers.h"
#include "machine/api/guest.h"
#include "world.h"

static struct hardware_pif *here(void)
{
	return &hardware.pif[hardware.here];
}

static unsigned running_priority(const struct hardware_pif *pif)
{
	return pif->active ? bits_lowest(pif->active) * 8 : HARDWARE_IDLE;
}

static bool is_signalled(unsigned pcpu, uint32_t intid)
{
	const struct hardware_source *source = hardware_source(pcpu, intid);
	const struct hardware_pif *pif = &hardware.pif[pcpu];

	return source->group1 && pif->enabled && source->enabled && !source->active &&
		   hardware_is_pending(pcpu, intid) && (intid < GIC_PRIVATE_COUNT || source->pcpu == pcpu) &&
		   source->priority < pif->mask && source->priority < running_priority(pif);
}

uint32_t hardware_direct_peek(unsigned pcpu)
{
	unsigned best_priority = HARDWARE_IDLE;
	uint32_t best = HARDWARE_NONE;

	for (unsigned n = 0; hardware.watched >> n & 1; n++) {
		uint32_t intid = hardware.watch[n];

		if (hardware_signals(pcpu, intid))
			return HARDWARE_NONE; /* Group 0 comes first, and ICC_IAR1 says that nothing is there */
		if (!is_signalled(pcpu, intid) || hardware_source(pcpu, intid)->priority >= best_priority)
			continue;
		best = intid;
		best_priority = hardware_source(pcpu, intid)->priority;
	}
	return best;
}

uint32_t hardware_direct_acknowledge(unsigned pcpu)
{
	uint32_t intid = hardware_direct_peek(pcpu);
	struct hardware_source *source;

	if (intid == HARDWARE_NONE)
		return intid;
	source = hardware_source(pcpu, intid);
	source->latch = false;
	source->active = true;
	hardware.pif[pcpu].active |= 1u << source->priority / 8;
	return intid;
}

void hardware_direct_end(unsigned pcpu, uint32_t intid)
{
	struct hardware_pif *pif = &hardware.pif[pcpu];

	if (!pif->active)
		return;
	pif->active &= pif->active - 1;
	if (!pif->split_eoi)
		hardware_source(pcpu, intid)->active = false;
}

bool hardware_traps_group1(unsigned pcpu)
{
	return hardware.vif[pcpu].hcr & ICH_HCR_TALL1;
}

void hardware_send_group1(unsigned pcpu, uint32_t sgi)
{
	struct hardware_source *source = hardware_source(pcpu, sgi);

	source->latch |= source->group1; /* of another group: dropped */
}

void gic_set_priority(unsigned pcpu, uint32_t intid, uint8_t priority)
{
	hardware_source(pcpu, intid)->priority = priority;
}

void gic_set_mask(uint8_t mask)
{
	if (mask <= IRQ_DIRECT_FIRST - 8)
		fault("EL2 masks its own interrupts");
	here()->mask = mask;
}

void gic_set_split_eoi(bool split)
{
	here()->split_eoi = split;
}

void gic_direct_load(const struct gic_direct *in)
{
	gic_set_mask(in->mask);
	here()->split_eoi = in->split_eoi;
	here()->enabled = in->enabled;
}

void gic_direct_save(struct gic_direct *out)
{
	*out =
		(struct gic_direct){.enabled = here()->enabled, .split_eoi = here()->split_eoi, .mask = here()->mask};
}

void gic_direct_close(void)
{
	*here() = (struct hardware_pif){.split_eoi = true, .mask = 0xff, .direct = here()->direct};
}

void gic_settle(void) {}

uint32_t gic_direct_acknowledge(void)
{
	return hardware_direct_acknowledge(hardware.here);
}

uint32_t gic_direct_highest(void)
{
	return hardware_direct_peek(hardware.here);
}

void gic_direct_end(uint32_t intid)
{
	hardware_direct_end(hardware.here, intid);
}

bool gic_direct_priorities(unsigned n, uint32_t *active)
{
	*active = here()->active;
	return n == 0;
}

bool gic_direct_set_priorities(unsigned n, uint32_t active)
{
	if (n == 0)
		here()->active = active;
	return n == 0;
}

bool gic_direct_is_busy(void)
{
	return here()->active;
}

uint8_t gic_vif_running_priority(void)
{
	unsigned running = running_priority(here());

	return (uint8_t)(running == HARDWARE_IDLE ? 0xff : running);
}

uint8_t gic_running_priority(void)
{
	unsigned running = running_priority(here());

	return (uint8_t)(running == HARDWARE_IDLE ? IRQ_DIRECT_IDLE : running);
}

void guest_take_irqs(bool direct)
{
	here()->direct = direct;
}

uint32_t gic_vif_features(void)
{
	return 0;
}

bool gic_is_active(unsigned pcpu, uint32_t intid)
{
	return hardware_source(pcpu, intid)->active;
}

bool gic_is_edge(unsigned pcpu, uint32_t intid)
{
	return hardware_source(pcpu, intid)->edge;
}

bool gic_vif_is_busy(void)
{
	const struct hardware_vif *vif = &hardware.vif[hardware.here];

	return vif->active[0] | vif->active[1];
}

/* None sleeps that shares its processor. */
void guest_wait_for_interrupt(void) {}

bool guest_has_interrupt(void)
{
	return false;
}
