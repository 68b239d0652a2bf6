/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "machine/fake/internal.h"

static unsigned flush_counts[VM_MAX + 1], forget_count;

void fake_mmu_reset(void)
{
	memset(flush_counts, 0, sizeof(flush_counts));
	forget_count = 0;
}

unsigned fake_stage2_flush_count(uint16_t vmid)
{
	return flush_counts[vmid % ARRAY_COUNT(flush_counts)];
}

void *mmu_pointer(pa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

pa_t mmu_address(const void *pointer)
{
	return (pa_t){(uintptr_t)pointer};
}

bool mmu_reveal(pa_t pa, uint64_t size)
{
	return pa.v && size;
}

void mmu_hide(pa_t pa, uint64_t size)
{
	(void)pa;
	(void)size;
}

enum err mmu_map_device(pa_t pa, uint64_t size)
{
	(void)pa;
	(void)size;
	return OK;
}

enum err mmu_init(const struct mmu_ram *ram, unsigned ram_count)
{
	(void)ram;
	(void)ram_count;
	return OK;
}

enum err mmu_map_stack(pa_t memory, uint64_t size, void **top)
{
	*top = mmu_pointer((pa_t){memory.v + size});
	return OK;
}

/* The test program is not in its own memory. */
void mmu_image(pa_t *base, uint64_t *size)
{
	*base = (pa_t){0};
	*size = 0;
}

void mmu_zero(void *start, uint64_t size)
{
	memset(start, 0, size);
}

void mmu_clean(const void *start, uint64_t size)
{
	(void)start;
	(void)size;
}

void mmu_invalidate_instructions(void) {}

void mmu_stage2_enter(pa_t root, uint16_t vmid)
{
	(void)root;
	(void)vmid;
}

void mmu_stage2_flush(pa_t root, uint16_t vmid)
{
	(void)root;
	flush_counts[vmid % ARRAY_COUNT(flush_counts)]++;
}

unsigned mmu_stage2_ipa_bits(void)
{
	return 40;
}

void mmu_table_written(void) {}

void mmu_forget_translations(void)
{
	forget_count++;
}

unsigned fake_forget_count(void)
{
	return forget_count;
}
