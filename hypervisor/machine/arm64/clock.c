/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/clock.h"

#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/mmio.h"

#define RTCDR 0x000
#define RTCPeriphID0 0xfe0

/* Part number, designer, and the class of PrimeCells; the rest of RTCPeriphID is the revision. */
static bool is_pl031(uint64_t base)
{
	static const struct {
		uint8_t mask, value;
	} id[] = {{0xff, 0x31}, {0xff, 0x10}, {0x0f, 0x04}, {0, 0},
			  {0xff, 0x0d}, {0xff, 0xf0}, {0xff, 0x05}, {0xff, 0xb1}};
	bool same = true;

	for (unsigned i = 0; i < sizeof(id) / sizeof(id[0]); i++)
		same &= (mmio_read32(base + RTCPeriphID0 + 4 * i) & id[i].mask) == id[i].value;
	return same;
}

bool clock_read(pa_t pl031, uint32_t *seconds)
{
	if (mmu_map_device(pl031, PAGE_SIZE) != OK || !mmu_can_read(pl031.v + RTCPeriphID0) || !is_pl031(pl031.v))
		return false;
	*seconds = mmio_read32(pl031.v + RTCDR);
	return true;
}
