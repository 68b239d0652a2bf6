/* SPDX-License-Identifier: Apache-2.0 */
/* The SGIs that EL2 sends. */
#include <string.h>

#include "machine/fake/internal.h"

static unsigned kick_counts[PCPU_MAX];

void fake_sgi_reset(void)
{
	memset(kick_counts, 0, sizeof(kick_counts));
}

unsigned fake_gic_kick_count(unsigned pcpu)
{
	return kick_counts[pcpu];
}

/* The SGI, and the pCPU. */
static uint64_t word_of(uint32_t intid, unsigned pcpu)
{
	return intid << 8 | pcpu;
}

uint64_t gic_notify_word(unsigned pcpu)
{
	return word_of(gic_kick_notify(false), pcpu);
}

uint64_t gic_kick_word(unsigned pcpu)
{
	return word_of(gic_kick_attend(false), pcpu);
}

void gic_send(uint64_t word)
{
	unsigned pcpu = word & 0xff;

	kick_counts[pcpu] += word >> 8 == gic_kick_attend(false);
	gic_pend(pcpu, (uint32_t)(word >> 8));
}

void gic_kick(unsigned pcpu)
{
	gic_send(gic_kick_word(pcpu));
}
