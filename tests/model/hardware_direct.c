/* SPDX-License-Identifier: Apache-2.0 */
/* The physical interface while it is a guest's: nothing here chooses direct delivery. */
#include "hardware.h"

void gic_set_group1(unsigned pcpu, uint32_t intid, bool group1)
{
	(void)pcpu;
	(void)intid;
	(void)group1;
}

void gic_set_priority(unsigned pcpu, uint32_t intid, uint8_t priority)
{
	(void)pcpu;
	(void)intid;
	(void)priority;
}

void gic_direct_load(const struct gic_direct *in)
{
	(void)in;
}

void gic_direct_save(struct gic_direct *out)
{
	*out = (struct gic_direct){.enabled = false};
}

void gic_direct_close(void) {}

bool gic_direct_is_busy(void)
{
	return false;
}

void gic_set_mask(uint8_t mask)
{
	(void)mask;
}

void gic_set_split_eoi(bool split)
{
	(void)split;
}

uint8_t gic_running_priority(void)
{
	return 0xff;
}

uint32_t gic_vif_features(void)
{
	return 0;
}

bool gic_is_active(unsigned pcpu, uint32_t intid)
{
	return hardware_source(pcpu, intid)->active;
}

void gic_vif_priorities_save(struct gic_vif_priorities *out)
{
	const struct hardware_vif *vif = &hardware.vif[hardware.here];

	*out = (struct gic_vif_priorities){.ap0r[0] = vif->active[0], .ap1r[0] = vif->active[1]};
}
