/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the distributor with a bit for each of 32 interrupts: one access, which nothing interrupts. */
#include "base/bits.h"
#include "hardware.h"
#include "world.h"

static struct hardware_source *source(unsigned pcpu, unsigned bank, uint32_t intids)
{
	return hardware_source(pcpu, bank * 32 + bits_lowest(intids));
}

void gic_enable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	hardware_touch();
	for (; intids; intids &= intids - 1)
		source(pcpu, bank, intids)->enabled = true;
}

enum err gic_disable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	hardware_touch();
	for (; intids; intids &= intids - 1)
		source(pcpu, bank, intids)->enabled = false;
	return hardware.fails ? ERR_TIMEOUT : OK;
}

void gic_unpend_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	hardware_touch();
	for (; intids; intids &= intids - 1)
		source(pcpu, bank, intids)->latch = false;
}

void gic_set_group1_many(unsigned pcpu, unsigned bank, uint32_t intids, bool group1)
{
	for (; intids; intids &= intids - 1) {
		if (source(pcpu, bank, intids)->enabled)
			fault("an interrupt changes its group while it is enabled");
		source(pcpu, bank, intids)->group1 = group1;
	}
}

static uint32_t all(bool (*is_so)(unsigned pcpu, uint32_t intid), unsigned pcpu, unsigned bank)
{
	uint32_t found = 0;

	for (unsigned n = 0; n < 32 && bank * 32 + n < HARDWARE_SHARED_MAX; n++)
		found |= is_so(pcpu, bank * 32 + n) ? 1u << n : 0;
	return found;
}

uint32_t gic_pending_of(unsigned pcpu, unsigned bank)
{
	return all(gic_is_pending, pcpu, bank);
}

uint32_t gic_active_of(unsigned pcpu, unsigned bank)
{
	return all(gic_is_active, pcpu, bank);
}
