/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EL2 can reach before mmu_init(), by the boot tables of head.S: blocks of 1 GiB with VA = PA, of which
 * the image's are memory and the others below 512 GiB are Device. Here blocks change, one at a time.
 */
#include "base/bits.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/layout.h"
#include "machine/arm64/sysregs.h"
#include "memory/table.h"

#define GIB (UINT64_C(1) << 30)
#define ENTRIES 512
#define ENTRY_ADDRESS BITS(47, 12)
#define ENTRY_ATTRINDX BITS(4, 2)

/* Made by head.S. A table of level 1 for the device tree and one for the UART: they may be beyond 512 GiB. */
extern uint64_t boot_l0[ENTRIES], boot_l1_far[BOOT_FAR_TABLES][ENTRIES];
static unsigned far_used;

_Static_assert(PAGE_SIZE == 4096 && ENTRIES * sizeof(uint64_t) == PAGE_SIZE && DIRECT_MAP_END > ENTRIES * GIB,
			   "head.S lays the tables out, and maps a GiB by each entry of level 1");
_Static_assert(FIELD_GET(ENTRY_ATTRINDX, BOOT_BLOCK_NORMAL) == TABLE_MAIR_NORMAL &&
				   FIELD_GET(ENTRY_ATTRINDX, BOOT_BLOCK_DEVICE) == TABLE_MAIR_DEVICE,
			   "head.S makes entries of these");
_Static_assert((MAIR_VALUE >> 8 * TABLE_MAIR_NORMAL & 0xff) == 0xff &&
				   (MAIR_VALUE >> 8 * TABLE_MAIR_DEVICE & 0xff) == 0x04,
			   "head.S writes it into MAIR_EL2 and MAIR_EL1");

static void forget_translations(void)
{
	barrier_dsb(ishst);
	if (cpu_entry_level() == 1)
		__asm__ volatile("tlbi vmalle1" : : : "memory");
	else
		__asm__ volatile("tlbi alle2" : : : "memory");
	barrier_dsb(ish);
	barrier_isb();
}

/* The entry for the block at `pa`; NULL when no table is left for it. */
static uint64_t *block_entry(uint64_t pa)
{
	uint64_t *top = &boot_l0[(pa >> 39) % ENTRIES], *table;

	if (pa >= DIRECT_MAP_END)
		return NULL;
	if (!*top && far_used < BOOT_FAR_TABLES)
		*top = mmu_address(boot_l1_far[far_used++]).v | BOOT_TABLE;
	if (!*top)
		return NULL;
	table = mmu_pointer((pa_t){*top & ENTRY_ADDRESS});
	return &table[(pa >> 30) % ENTRIES];
}

/* Break before make (DDI 0487): the kind of memory changes. The image's own blocks stay as they are. */
static bool set_block(uint64_t pa, uint64_t attributes)
{
	uint64_t *entry = block_entry(pa), wanted = align_down(pa, GIB) | attributes, image_base, image_size;
	pa_t image;

	if (!entry)
		return false;
	mmu_image(&image, &image_size);
	image_base = align_down(image.v, GIB);
	if (*entry == wanted || (pa >= image_base && pa < align_up(image.v + image_size, GIB)))
		return true;
	*entry = 0;
	forget_translations();
	*entry = wanted;
	forget_translations();
	return true;
}

static bool set_blocks(pa_t pa, uint64_t size, uint64_t attributes)
{
	uint64_t end = pa.v + size;

	for (uint64_t at = align_down(pa.v, GIB); at < end; at += GIB)
		if (!set_block(at, attributes))
			return false;
	return pa.v < end;
}

/* AP[1] is RES1 at EL2, and at EL1 opens memory to EL0, which forbids EL1 to execute it. */
static uint64_t for_level(uint64_t attributes)
{
	return cpu_entry_level() == 1 ? attributes & ~(uint64_t)BOOT_BLOCK_AP1 : attributes;
}

bool mmu_reveal(pa_t pa, uint64_t size)
{
	if (set_blocks(pa, size, for_level(BOOT_BLOCK_NORMAL)) && mmu_can_read(pa.v))
		return true;
	mmu_hide(pa, size);
	return false;
}

void mmu_hide(pa_t pa, uint64_t size)
{
	(void)set_blocks(pa, size, for_level(BOOT_BLOCK_DEVICE));
}

bool mmu_early_device(pa_t pa, uint64_t size)
{
	return set_blocks(pa, size, for_level(BOOT_BLOCK_DEVICE));
}
