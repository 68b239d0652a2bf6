/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/table.h"

#include "base/atomic.h"
#include "base/bits.h"

/* Descriptors (DDI 0487, "VMSAv8-64 translation table format descriptors"). */
#define DESC_VALID BIT(0)
#define DESC_TABLE BIT(1) /* levels 0 to 2: a table and not a block; level 3: a page, always set */
#define DESC_TYPE BITS(1, 0)
#define DESC_SH_INNER FIELD_PUT(BITS(9, 8), 3)
#define DESC_AF BIT(10)
#define DESC_ADDRESS BITS(47, 12)
#define DESC_XN BIT(54)
#define S1_ATTRINDX BITS(4, 2)
#define S1_AP1 BIT(6) /* RES1 where a regime has one VA range, as EL2's has */
#define S1_AP2_READ_ONLY BIT(7)
#define S2_MEMATTR BITS(5, 2)
#define S2_MEMATTR_NORMAL 15 /* outer and inner write-back */
#define S2_MEMATTR_UNCACHED 5
#define S2_MEMATTR_DEVICE 1 /* Device-nGnRE */
#define S2AP_READ BIT(6)
#define S2AP_WRITE BIT(7)

#define LEVEL_LAST 3
#define LEVEL_BLOCK_FIRST 1 /* level 0 has no blocks with a 4 KiB granule */
#define ENTRY_COUNT 512
#define OUTPUT_BITS 48

/* One descriptor in a table, and the level of that table. */
struct place {
	uint64_t *entry;
	unsigned level;
};

static unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (LEVEL_LAST - level);
}

static uint64_t level_size(unsigned level)
{
	return BIT(level_shift(level));
}

static bool place_is_mapped(struct place place)
{
	return (*place.entry & DESC_VALID) != 0;
}

static bool place_is_table(struct place place)
{
	return place.level < LEVEL_LAST && (*place.entry & DESC_TYPE) == DESC_TYPE;
}

/* The input address after the range that the descriptor for `input` covers. */
static uint64_t place_next(struct place place, uint64_t input)
{
	return align_down(input, level_size(place.level)) + level_size(place.level);
}

/* One level down; the descriptor is a table. */
static struct place place_child(struct place place, uint64_t input)
{
	uint64_t *child = (uint64_t *)(uintptr_t)(*place.entry & DESC_ADDRESS);
	unsigned level = place.level + 1;

	return (struct place){.entry = child + ((input >> level_shift(level)) % ENTRY_COUNT), .level = level};
}

/* The descriptor that decides about `input`: a page, a block or an invalid one, never a table. */
static struct place place_find(const struct table *table, uint64_t input)
{
	struct place place = {.entry = table->root + (input >> level_shift(table->first_level)),
						  .level = table->first_level};

	while (place_is_table(place))
		place = place_child(place, input);
	return place;
}

/*
 * Puts a table in the place of a block or an invalid descriptor: 512 descriptors that together mean the
 * same.
 */
static enum err place_divide(const struct table *table, struct place place)
{
	uint64_t *child = table->page_alloc();
	uint64_t desc = *place.entry;

	if (!child)
		return ERR_NO_MEMORY;
	if (place_is_mapped(place)) {
		desc |= place.level + 1 == LEVEL_LAST ? DESC_TABLE : 0;
		for (unsigned i = 0; i < ENTRY_COUNT; i++)
			child[i] = desc + i * level_size(place.level + 1);
	}
	/* Release: a table walk that finds the new table, on any pCPU, finds its contents. */
	atomic_store_release(place.entry, (uint64_t)(uintptr_t)child | DESC_TYPE);
	return OK;
}

/* Divides the block that `input` lies inside, if any, until a block or page begins at `input`. */
static enum err table_cut(const struct table *table, uint64_t input)
{
	struct place place;

	if (input >> table->input_bits)
		return OK;
	place = place_find(table, input);
	while (place.level < LEVEL_LAST && place_is_mapped(place) &&
		   !is_aligned(input, level_size(place.level))) {
		if (place_divide(table, place) != OK)
			return ERR_NO_MEMORY;
		place = place_child(place, input);
	}
	return OK;
}

/* Forgets what is mapped; blocks begin and end at both borders. */
static void table_clear(const struct table *table, uint64_t input, uint64_t end)
{
	while (input < end) {
		struct place place = place_find(table, input);

		atomic_store(place.entry, 0);
		input = place_next(place, input);
	}
}

static bool table_is_clear(const struct table *table, uint64_t input, uint64_t end)
{
	while (input < end) {
		struct place place = place_find(table, input);

		if (place_is_mapped(place))
			return false;
		input = place_next(place, input);
	}
	return true;
}

/* The highest level, that is the largest mapping, with which a mapping may begin here. */
static unsigned level_choose(uint64_t input, uint64_t output, uint64_t size)
{
	unsigned level = LEVEL_BLOCK_FIRST;

	while (level < LEVEL_LAST && (!is_aligned(input | output, level_size(level)) || size < level_size(level)))
		level++;
	return level;
}

static uint64_t stage2_type(unsigned access)
{
	if (access & TABLE_DEVICE)
		return S2_MEMATTR_DEVICE;
	return access & TABLE_UNCACHED ? S2_MEMATTR_UNCACHED : S2_MEMATTR_NORMAL;
}

/* Attributes and permissions of a block or page. */
static uint64_t desc_attributes(const struct table *table, unsigned access)
{
	bool device = access & TABLE_DEVICE;
	uint64_t desc = DESC_VALID | DESC_AF | DESC_SH_INNER | (access & TABLE_EXECUTE ? 0 : DESC_XN);

	if (table->stage2) {
		return desc | S2AP_READ | (access & TABLE_WRITE ? S2AP_WRITE : 0) |
			   FIELD_PUT(S2_MEMATTR, stage2_type(access));
	}
	return desc | S1_AP1 | (access & TABLE_WRITE ? 0 : S1_AP2_READ_ONLY) |
		   FIELD_PUT(S1_ATTRINDX, device ? TABLE_MAIR_DEVICE : TABLE_MAIR_NORMAL);
}

/* The inverse of desc_attributes(). */
static unsigned desc_access(const struct table *table, uint64_t desc)
{
	bool writable = table->stage2 ? desc & S2AP_WRITE : !(desc & S1_AP2_READ_ONLY);
	bool device = table->stage2 ? FIELD_GET(S2_MEMATTR, desc) == S2_MEMATTR_DEVICE
								: FIELD_GET(S1_ATTRINDX, desc) == TABLE_MAIR_DEVICE;

	bool uncached = table->stage2 && FIELD_GET(S2_MEMATTR, desc) == S2_MEMATTR_UNCACHED;

	return TABLE_READ | (writable ? TABLE_WRITE : 0) | (desc & DESC_XN ? 0 : TABLE_EXECUTE) |
		   (device ? TABLE_DEVICE : 0) | (uncached ? TABLE_UNCACHED : 0);
}

static bool range_fits(uint64_t start, uint64_t size, unsigned bits)
{
	return size <= BIT(bits) && start <= BIT(bits) - size;
}

/* Maps one block or page and tells how much it covers. */
static enum err table_map_step(const struct table *table, uint64_t input, uint64_t desc, uint64_t *size)
{
	unsigned wanted = level_choose(input, desc & DESC_ADDRESS, *size);
	struct place place = place_find(table, input);

	for (; place.level < wanted; place = place_child(place, input)) {
		if (place_divide(table, place) != OK)
			return ERR_NO_MEMORY;
	}
	atomic_store(place.entry, desc | (place.level == LEVEL_LAST ? DESC_TABLE : 0));
	*size = level_size(place.level);
	return OK;
}

void table_init(struct table *table, void *root, unsigned input_bits, bool stage2, void *(*page_alloc)(void))
{
	*table = (struct table){
		.root = root,
		.first_level = stage2 || input_bits <= level_shift(0) ? 1 : 0,
		.input_bits = input_bits,
		.stage2 = stage2,
		.page_alloc = page_alloc,
	};
}

enum err table_map(struct table *table, uint64_t input, uint64_t output, uint64_t size, unsigned access)
{
	uint64_t attributes = desc_attributes(table, access);

	if (!is_aligned(input | output | size, PAGE_SIZE) || !(access & TABLE_READ))
		return ERR_INVALID;
	if (!range_fits(input, size, table->input_bits) || !range_fits(output, size, OUTPUT_BITS))
		return ERR_RANGE;
	if (!table_is_clear(table, input, input + size))
		return ERR_CONFLICT;
	for (uint64_t done = 0, step; done < size; done += step) {
		step = size - done;
		if (table_map_step(table, input + done, (output + done) | attributes, &step) != OK) {
			table_clear(table, input, input + done);
			return ERR_NO_MEMORY;
		}
	}
	return OK;
}

enum err table_unmap(struct table *table, uint64_t input, uint64_t size)
{
	if (!is_aligned(input | size, PAGE_SIZE))
		return ERR_INVALID;
	if (!range_fits(input, size, table->input_bits))
		return ERR_RANGE;
	if (size == 0)
		return OK;
	if (table_cut(table, input) != OK || table_cut(table, input + size) != OK)
		return ERR_NO_MEMORY;
	table_clear(table, input, input + size);
	return OK;
}

enum err table_look_up(const struct table *table, uint64_t input, uint64_t *output, unsigned *access)
{
	struct place place;

	if (input >> table->input_bits)
		return ERR_NOT_FOUND;
	place = place_find(table, input);
	if (!place_is_mapped(place))
		return ERR_NOT_FOUND;
	*output = align_down(*place.entry & DESC_ADDRESS, level_size(place.level)) |
			  (input & (level_size(place.level) - 1));
	*access = desc_access(table, *place.entry);
	return OK;
}

static unsigned root_entry_count(const struct table *table)
{
	return 1u << (table->input_bits - level_shift(table->first_level));
}

/* An entry that is not valid may hold anything else (DDI 0487, "Invalid descriptors"). */
void table_withhold(struct table *table)
{
	for (unsigned i = 0; i < root_entry_count(table); i++)
		atomic_store(&table->root[i], table->root[i] & ~DESC_VALID);
}

void table_restore(struct table *table)
{
	for (unsigned i = 0; i < root_entry_count(table); i++)
		if (table->root[i])
			atomic_store(&table->root[i], table->root[i] | DESC_VALID);
}
