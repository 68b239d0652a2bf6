/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the interrupt controller with a bit for each of 32 interrupts. */
#include "base/bits.h"
#include "machine/fake/internal.h"

void gic_enable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	for (; intids; intids &= intids - 1)
		gic_enable(pcpu, bank * 32 + bits_lowest(intids));
}

enum err gic_disable_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	enum err result = OK;

	for (; intids; intids &= intids - 1)
		if (gic_disable(pcpu, bank * 32 + bits_lowest(intids)) != OK)
			result = ERR_TIMEOUT;
	return result;
}

void gic_unpend_many(unsigned pcpu, unsigned bank, uint32_t intids)
{
	for (; intids; intids &= intids - 1)
		gic_unpend(pcpu, bank * 32 + bits_lowest(intids));
}

static uint32_t all(bool (*is_so)(unsigned pcpu, uint32_t intid), unsigned pcpu, unsigned bank)
{
	uint32_t found = 0;

	for (unsigned n = 0; n < 32 && bank * 32 + n < GIC_INTID_MAX; n++)
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

void gic_set_group1_many(unsigned pcpu, unsigned bank, uint32_t intids, bool group1)
{
	for (; intids; intids &= intids - 1)
		fake_gic_set_group1(pcpu, bank * 32 + bits_lowest(intids), group1);
}
