/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the image, the ramdisk and the device tree go in a VM's memory: as QEMU's `virt` machine places them,
 * so that what boots there boots here.
 */
#include <libfdt.h>

#include "base/bits.h"
#include "vm/config_image.h"

#define RAMDISK_OFFSET_MAX (UINT64_C(128) << 20)

static bool is_inside(uint64_t ram_ipa, uint64_t ram_size, uint64_t base, uint64_t size)
{
	return base >= ram_ipa && base - ram_ipa <= ram_size && size <= ram_size - (base - ram_ipa);
}

/* Bytes that the image takes, with what it wants zeroed behind it. */
static uint64_t image_size(const struct config_vm *vm)
{
	struct linux_header header;

	if (vm->image_kind == CONFIG_IMAGE_ELF)
		return config_elf_span(vm->image).size;
	if (config_linux_header(vm->image, &header) && header.image_size > vm->image.size)
		return header.image_size;
	return vm->image.size;
}

/* A part of what is to be placed. */
struct part {
	const char *property;
	uint64_t base, size;
};

static bool fits(const struct config_vm *vm, uint64_t ram_ipa, struct part part, struct report *report)
{
	if (is_inside(ram_ipa, vm->memory_size, part.base, part.size))
		return true;
	report_line(report,
				"/vms/%s: %s: 0x%llx bytes at 0x%llx do not fit the VM's memory, 0x%llx bytes from 0x%llx; "
				"give it more memory%s",
				vm->name, part.property, (unsigned long long)part.size, (unsigned long long)part.base,
				(unsigned long long)vm->memory_size, (unsigned long long)ram_ipa,
				vm->image_relative ? "" : " or another address");
	return false;
}

enum err config_place(const struct config_vm *vm, uint64_t ram_ipa, uint64_t tree_size,
					  struct config_placement *out, struct report *report)
{
	uint64_t base = vm->image_relative ? ram_ipa : 0;
	uint64_t half = vm->memory_size / 2 < RAMDISK_OFFSET_MAX ? vm->memory_size / 2 : RAMDISK_OFFSET_MAX;
	struct config_placement place = {
		.image = base + vm->image_load,
		.image_size = image_size(vm),
		.entry = base + vm->image_entry,
		.ramdisk = ram_ipa + half,
	};
	uint64_t image_end = place.image + place.image_size;

	if (!fits(vm, ram_ipa, (struct part){"image", place.image, place.image_size}, report))
		return ERR_NO_MEMORY;
	if (place.ramdisk < image_end)
		place.ramdisk = align_up(image_end, PAGE_SIZE);
	if (!fits(vm, ram_ipa, (struct part){"ramdisk", place.ramdisk, vm->ramdisk.size}, report))
		return ERR_NO_MEMORY;
	/* An ELF program looks for its device tree at the start of memory, if there is room. */
	if (vm->image_kind == CONFIG_IMAGE_ELF && place.image - ram_ipa >= tree_size)
		place.tree = ram_ipa;
	else
		place.tree = align_up(place.ramdisk + vm->ramdisk.size, BLOCK_SIZE);
	if (!fits(vm, ram_ipa, (struct part){"device tree", place.tree, tree_size}, report))
		return ERR_NO_MEMORY;
	if (vm->ramdisk.size == 0)
		place.ramdisk = 0;
	*out = place;
	return OK;
}

bool config_segment(const struct config_vm *vm, const struct config_placement *placement, unsigned n,
					struct config_segment *out)
{
	struct elf_segment elf;

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
