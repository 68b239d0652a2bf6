/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the image, the ramdisk and the device tree go in a VM's memory: as QEMU's `virt` machine places them,
 * so that an image that boots there boots here; closer together where memory is too small for that. The
 * description may say where the device tree goes.
 */
#include <libfdt.h>

#include "base/bits.h"
#include "vm/config_image.h"
#include "vm/layout.h"

#define RAMDISK_OFFSET_MAX (UINT64_C(128) << 20)

static bool is_inside(uint64_t ram_ipa, uint64_t ram_size, uint64_t base, uint64_t size)
{
	return base >= ram_ipa && base - ram_ipa <= ram_size && size <= ram_size - (base - ram_ipa);
}

/* Bytes of memory that the image takes, with what it wants zeroed after it. */
static uint64_t image_size(const struct config_vm *vm)
{
	struct linux_header header;

	if (vm->image_kind == CONFIG_IMAGE_FIRMWARE)
		return 0;
	if (vm->image_kind == CONFIG_IMAGE_ELF)
		return config_elf_span(vm->image).size;
	if (config_linux_header(vm->image, &header) && header.image_size > vm->image.size)
		return header.image_size;
	return vm->image.size;
}

/* One of the things that are placed. */
struct part {
	const char *property;
	uint64_t base, size;
	bool is_movable; /* by the description */
};

static bool check_fit(const struct config_vm *vm, uint64_t ram_ipa, struct part part, struct report *report)
{
	if (is_inside(ram_ipa, vm->memory_size, part.base, part.size))
		return true;
	report_line(report,
				"/vms/%s: %s: 0x%llx bytes at 0x%llx do not fit the VM's memory, 0x%llx bytes from 0x%llx; "
				"give it more memory%s",
				vm->name, part.property, (unsigned long long)part.size, (unsigned long long)part.base,
				(unsigned long long)vm->memory_size, (unsigned long long)ram_ipa,
				part.is_movable ? " or another address" : "");
	return false;
}

/* All that is placed, and where. */
struct room {
	uint64_t ram, ram_size;
	uint64_t image, image_end;
	uint64_t ramdisk_size, tree_size;
	uint64_t tree_given; /* unless the tree may be anywhere */
};

enum spot {
	SPOT_MIDDLE, /* of memory, or after the image if that reaches further */
	SPOT_BLOCK,  /* after the part before it, at the next 2 MiB */
	SPOT_BEHIND, /* at the next page */
	SPOT_BEFORE, /* the image, from the start of memory on */
	SPOT_LAST,   /* after the device tree, where the description places that */
	SPOT_GIVEN,
};

static uint64_t ramdisk_at(const struct room *room, enum spot spot)
{
	uint64_t half = room->ram_size / 2 < RAMDISK_OFFSET_MAX ? room->ram_size / 2 : RAMDISK_OFFSET_MAX;

	if (spot == SPOT_BEFORE)
		return room->ram;
	if (spot == SPOT_LAST)
		return align_up(room->tree_given + room->tree_size, PAGE_SIZE);
	if (spot == SPOT_MIDDLE && room->ram + half >= room->image_end)
		return room->ram + half;
	return align_up(room->image_end, PAGE_SIZE);
}

static uint64_t tree_at(const struct room *room, enum spot spot, uint64_t ramdisk)
{
	uint64_t ramdisk_end = ramdisk + room->ramdisk_size;
	bool ramdisk_is_before = ramdisk < room->image;

	if (spot == SPOT_GIVEN)
		return room->tree_given;
	if (spot == SPOT_BEFORE)
		return ramdisk_is_before ? align_up(ramdisk_end, PAGE_SIZE) : room->ram;
	return align_up(ramdisk_is_before ? room->image_end : ramdisk_end,
					spot == SPOT_BLOCK ? BLOCK_SIZE : PAGE_SIZE);
}

static bool is_free(const struct room *room, uint64_t base, uint64_t size)
{
	return is_inside(room->ram, room->ram_size, base, size) &&
		   (size == 0 || !ranges_overlap(base, size, room->image, room->image_end - room->image));
}

static bool try_way(const struct room *room, enum spot ramdisk, enum spot tree,
					struct config_placement *place)
{
	place->ramdisk = ramdisk_at(room, ramdisk);
	place->tree = tree_at(room, tree, place->ramdisk);
	return is_free(room, place->ramdisk, room->ramdisk_size) && is_free(room, place->tree, room->tree_size) &&
		   (!room->ramdisk_size ||
			!ranges_overlap(place->tree, room->tree_size, place->ramdisk, room->ramdisk_size));
}

/* Tries the ways to place the parts: QEMU's first, the one that needs the least room last. */
static bool arrange(const struct config_vm *vm, const struct room *room, struct config_placement *place)
{
	static const struct {
		enum spot ramdisk, tree;
	} ways[] = {
		{SPOT_MIDDLE, SPOT_BEFORE}, /* an ELF program looks for its device tree at the start of memory */
		{SPOT_MIDDLE, SPOT_BLOCK},  {SPOT_BEHIND, SPOT_BLOCK},  {SPOT_MIDDLE, SPOT_BEHIND},
		{SPOT_BEHIND, SPOT_BEHIND}, /* a Linux before 4.6 has no use for the memory below it */
		{SPOT_BEHIND, SPOT_BEFORE}, {SPOT_BEFORE, SPOT_BEHIND}, {SPOT_BEFORE, SPOT_BEFORE},
	};
	unsigned first = vm->image_kind == CONFIG_IMAGE_ELF ? 0 : 1;
	unsigned count = vm->image_kind == CONFIG_IMAGE_LINUX ? 5 : ARRAY_COUNT(ways);

	for (unsigned i = first; i < count; i++)
		if (try_way(room, ways[i].ramdisk, ways[i].tree, place))
			return true;
	return false;
}

/* The same for a tree whose place is given. */
static bool arrange_ramdisk(const struct config_vm *vm, const struct room *room,
							struct config_placement *place)
{
	static const enum spot spots[] = {SPOT_MIDDLE, SPOT_BEHIND, SPOT_LAST, SPOT_BEFORE};
	unsigned count = vm->image_kind == CONFIG_IMAGE_LINUX ? 3 : ARRAY_COUNT(spots);

	for (unsigned i = 0; i < count; i++)
		if (try_way(room, spots[i], SPOT_GIVEN, place))
			return true;
	return false;
}

/* Reports why, for the way that needs the least room after the image. */
static void say_what_lacks_room(const struct config_vm *vm, const struct room *room, struct report *report)
{
	uint64_t ramdisk = ramdisk_at(room, SPOT_BEHIND);
	bool is_movable = !vm->image_relative;

	if (check_fit(vm, room->ram, (struct part){"ramdisk", ramdisk, room->ramdisk_size, is_movable}, report))
		(void)check_fit(
			vm, room->ram,
			(struct part){"device tree", tree_at(room, SPOT_BEHIND, ramdisk), room->tree_size, is_movable},
			report);
}

/* The tree's place is given, or else the ramdisk would have been placed beside image and tree. */
static void say_what_is_in_the_way(const struct config_vm *vm, const struct room *room, struct report *report)
{
	const char *property = vm->tree_spot == CONFIG_TREE_AT ? "tree-address" : "tree-at-start";
	struct part tree = {property, room->tree_given, room->tree_size, vm->tree_spot == CONFIG_TREE_AT};

	if (!check_fit(vm, room->ram, tree, report))
		return;
	if (!is_free(room, tree.base, tree.size))
		report_line(
			report,
			"/vms/%s: %s: the device tree, 0x%llx bytes at 0x%llx, overlaps the image, 0x%llx bytes at "
			"0x%llx; give the tree another address",
			vm->name, property, (unsigned long long)tree.size, (unsigned long long)tree.base,
			(unsigned long long)(room->image_end - room->image), (unsigned long long)room->image);
	else
		report_line(report,
					"/vms/%s: ramdisk: 0x%llx bytes have no room in the VM's memory beside the image and the "
					"device tree, 0x%llx bytes at 0x%llx; give it more memory, or the tree another address",
					vm->name, (unsigned long long)room->ramdisk_size, (unsigned long long)tree.size,
					(unsigned long long)tree.base);
}

enum err config_place(const struct config_vm *vm, uint64_t ram_ipa, uint64_t tree_size,
					  struct config_placement *out, struct report *report)
{
	uint64_t base = vm->image_relative ? ram_ipa : 0;
	struct config_placement place = {
		.image = base + vm->image_load,
		.image_size = image_size(vm),
		.entry = vm->image_kind == CONFIG_IMAGE_FIRMWARE ? GUEST_FLASH_BASE : base + vm->image_entry,
	};
	const struct room room = {
		.ram = ram_ipa,
		.ram_size = vm->memory_size,
		.image = place.image,
		.image_end = place.image + place.image_size,
		.ramdisk_size = vm->ramdisk.size,
		.tree_size = align_up(tree_size, PAGE_SIZE),
		.tree_given = vm->tree_spot == CONFIG_TREE_AT ? vm->tree_ipa : ram_ipa,
	};
	bool is_given = vm->tree_spot != CONFIG_TREE_ANYWHERE;
	struct part image = {"image", place.image, place.image_size, !vm->image_relative};

	if (!check_fit(vm, ram_ipa, image, report))
		return ERR_NO_MEMORY;
	if (!(is_given ? arrange_ramdisk : arrange)(vm, &room, &place)) {
		(is_given ? say_what_is_in_the_way : say_what_lacks_room)(vm, &room, report);
		return ERR_NO_MEMORY;
	}
	if (vm->ramdisk.size == 0)
		place.ramdisk = 0;
	*out = place;
	return OK;
}

bool config_segment(const struct config_vm *vm, const struct config_placement *placement, unsigned n,
					struct config_segment *out)
{
	struct elf_segment elf;

	if (vm->image_kind == CONFIG_IMAGE_FIRMWARE)
		return false;
	if (vm->image_kind != CONFIG_IMAGE_ELF) {
		*out =
			(struct config_segment){placement->image, vm->image.data, vm->image.size, placement->image_size};
		return n == 0;
	}
	if (!config_elf_segment(vm->image, n, &elf))
		return false;
	*out = (struct config_segment){elf.physical, (const uint8_t *)vm->image.data + elf.offset, elf.file_size,
								   elf.memory_size};
	return true;
}
