/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/mmu.h"

#include <string.h>

#include "machine/arm64/arm64.h"
#include "machine/arm64/layout.h"
#include "machine/arm64/sysregs.h"
#include "memory/table.h"

/*
 * Enough for 16 pieces of RAM, 16 devices and the stacks of 64 vCPUs: pieces that are aligned to 2 MiB or 1
 * GiB take few tables.
 */
#define POOL_PAGES 96

static uint64_t pool[POOL_PAGES][PAGE_SIZE / sizeof(uint64_t)] __attribute__((aligned(4096)));
static unsigned pool_used;
static struct table tables;
static pa_t image_pa;
static bool is_final; /* the tables are in force: mmu_init() was called */
static uint64_t stack_next = STACK_WINDOW_VA;
struct stack stacks[STACK_COUNT] __attribute__((section(".bss.stacks"), aligned(4096)));

void *mmu_pointer(pa_t pa)
{
	return (void *)pa.v;
}

static pa_t image_address(const char *place)
{
	return (pa_t){image_pa.v + (uint64_t)(place - image_start)};
}

pa_t mmu_address(const void *pointer)
{
	uint64_t va = (uint64_t)pointer, pa;
	unsigned access;

	if (va < DIRECT_MAP_END)
		return (pa_t){va};
	if (va < (uint64_t)image_end)
		return image_address(pointer);
	if (table_look_up(&tables, va, &pa, &access) == OK)
		return (pa_t){pa};
	return (pa_t){va};
}

/* A table's page is named by its address in the direct map, as memory/table.h needs it. */
static void *pool_take(void)
{
	if (pool_used == POOL_PAGES)
		return NULL;
	return mmu_pointer(mmu_address(pool[pool_used++]));
}

void mmu_start(pa_t image)
{
	image_pa = image;
	table_init(&tables, pool_take(), 48, false, pool_take);
}

uint64_t mmu_root(void)
{
	return (uint64_t)tables.root;
}

void mmu_image(pa_t *base, uint64_t *size)
{
	*base = image_pa;
	*size = (uint64_t)(image_end - image_start);
}

void mmu_table_written(void)
{
	barrier_dsb(ishst);
	barrier_isb();
}

static bool is_direct(pa_t pa, uint64_t size)
{
	return pa.v < DIRECT_MAP_END && size <= DIRECT_MAP_END - pa.v;
}

static enum err map_direct(uint64_t base, uint64_t end)
{
	base = align_up(base, PAGE_SIZE);
	end = align_down(end, PAGE_SIZE);
	return base < end ? table_map(&tables, base, base, end - base, TABLE_READ | TABLE_WRITE) : OK;
}

/* RAM without the image, whose parts have permissions of their own. */
static enum err map_ram(const struct mmu_ram *ram)
{
	uint64_t from = image_pa.v, to = image_address(image_end).v;
	uint64_t base = ram->base.v, end = base + ram->size;
	enum err err = is_direct(ram->base, ram->size) ? OK : ERR_RANGE;

	if (err == OK)
		err = map_direct(base, end < from ? end : from);
	return err == OK ? map_direct(base > to ? base : to, end) : err;
}

/* One part of the image at its link address and, with the permissions `direct`, in the direct map. */
static enum err map_part(const char *start, const char *end, unsigned access, unsigned direct)
{
	uint64_t pa = image_address(start).v, size = (uint64_t)(end - start);
	enum err err = table_map(&tables, pa, pa, size, direct);

	if (err == OK && access)
		err = table_map(&tables, (uint64_t)start, pa, size, access);
	return err;
}

static enum err map_image(void)
{
	const unsigned rw = TABLE_READ | TABLE_WRITE, rx = TABLE_READ | TABLE_EXECUTE;
	const struct {
		const char *start, *end;
		unsigned access, direct;
	} part[] = {
		{image_start, head_end, rx, rx}, /* turns the MMU on: at its physical address too */
		{head_end, text_end, rx, TABLE_READ}, {text_end, rodata_end, TABLE_READ, TABLE_READ},
		{rodata_end, stacks_start, rw, rw},   {stacks_start, stacks_end, 0, rw},
		{stacks_end, image_end, rw, rw},
	};
	enum err err = OK;

	for (unsigned i = 0; i < ARRAY_COUNT(part) && err == OK; i++)
		if (part[i].start < part[i].end)
			err = map_part(part[i].start, part[i].end, part[i].access, part[i].direct);
	for (unsigned i = 0; i < STACK_COUNT && err == OK; i++)
		err = table_map(&tables, (uint64_t)stacks[i].bytes, mmu_address(stacks[i].bytes).v, STACK_BYTES, rw);
	return err;
}

enum err mmu_init(const struct mmu_ram *ram, unsigned ram_count)
{
	enum err err = map_image();

	for (unsigned i = 0; i < ram_count && err == OK; i++)
		err = map_ram(&ram[i]);
	if (err != OK)
		return err;
	mmu_table_written();
	mmu_switch(mmu_root(), image_pa.v - (uint64_t)image_start);
	is_final = true;
	return OK;
}

static bool is_mapped(uint64_t va, uint64_t *pa, unsigned *access)
{
	return table_look_up(&tables, va, pa, access) == OK;
}

enum err mmu_map_device(pa_t pa, uint64_t size)
{
	uint64_t end = align_up(pa.v + size, PAGE_SIZE), output, run;
	enum err err = is_direct(pa, size) && (is_final || mmu_early_device(pa, size)) ? OK : ERR_RANGE;
	unsigned access;

	for (uint64_t at = align_down(pa.v, PAGE_SIZE); at < end && err == OK; at = run) {
		for (run = at; run < end && !is_mapped(run, &output, &access); run += PAGE_SIZE)
			continue;
		if (run > at) {
			err = table_map(&tables, at, at, run - at, TABLE_READ | TABLE_WRITE | TABLE_DEVICE);
		} else {
			err = access & TABLE_DEVICE ? OK : ERR_CONFLICT;
			run += PAGE_SIZE;
		}
	}
	mmu_table_written();
	return err;
}

enum err mmu_map_stack(pa_t memory, uint64_t size, void **top)
{
	uint64_t va = stack_next + GUARD_BYTES;
	enum err err = table_map(&tables, va, memory.v, size, TABLE_READ | TABLE_WRITE);

	if (err != OK)
		return err;
	mmu_table_written();
	stack_next = va + size;
	*top = (void *)stack_next;
	return OK;
}

bool mmu_is_guard(uint64_t va)
{
	if (va >= (uint64_t)stacks_start && va < (uint64_t)stacks_end)
		return (va - (uint64_t)stacks_start) % sizeof(struct stack) < GUARD_BYTES;
	return va >= STACK_WINDOW_VA && va < stack_next;
}

static uint64_t cache_line(void)
{
	return UINT64_C(4) << FIELD_GET(BITS(19, 16), sysreg_read(CTR_EL0)); /* DminLine: words */
}

void mmu_clean(const void *start, uint64_t size)
{
	uint64_t line = cache_line();
	uint64_t end = (uint64_t)start + size;

	for (uint64_t at = align_down((uint64_t)start, line); at < end; at += line)
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	barrier_dsb(sy);
}

/* On most processors, DC ZVA zeroes as many bytes as the lines that are cleaned have. */
void mmu_zero(void *start, uint64_t size)
{
	uint64_t zva = sysreg_read(DCZID_EL0), line = cache_line();
	uint64_t end = (uint64_t)start + size;

	if (zva & DCZID_DZP || line != UINT64_C(4) << FIELD_GET(DCZID_BS, zva)) {
		memset(start, 0, size);
		mmu_clean(start, size);
		return;
	}
	for (uint64_t at = (uint64_t)start; at < end; at += line)
		__asm__ volatile("dc zva, %0\n\tdc civac, %0" : : "r"(at) : "memory");
	barrier_dsb(sy);
}

void mmu_invalidate_instructions(void)
{
	__asm__ volatile("ic ialluis" : : : "memory");
	barrier_dsb(ish);
	barrier_isb();
}
