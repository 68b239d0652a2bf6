/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can a VM's image start, and where does it go? A Linux Image, an ELF file, or raw: any file that is neither,
 * and is not of a kind known to be something else. Or firmware, which is raw, too.
 */
#include "vm/config_image.h"

#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "vm/layout.h"

/* QEMU loads a kernel without a size here, and a kernel that asks for less than 4 KiB 2 MiB higher. */
#define RAW_OFFSET UINT64_C(0x80000)
#define BOOT_CODE_SIZE UINT64_C(0x1000)

#define LINUX_BIG_ENDIAN BIT(0)

static uint64_t little_endian(struct blob image, uint64_t offset, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)image.data + offset, size);
	return value;
}

bool config_linux_header(struct blob image, struct linux_header *out)
{
	if (image.size < 64 || little_endian(image, 56, 4) != 0x644d5241) /* "ARM\x64" */
		return false;
	*out = (struct linux_header){
		.text_offset = little_endian(image, 8, 8),
		.image_size = little_endian(image, 16, 8),
		.flags = little_endian(image, 24, 8),
	};
	return true;
}

static void read_linux(struct config_check *check, const struct linux_header *header)
{
	struct config_vm *vm = check->vm;

	vm->image_kind = CONFIG_IMAGE_LINUX;
	vm->image_relative = true;
	vm->image_load = header->image_size ? header->text_offset : RAW_OFFSET;
	if (header->image_size && vm->image_load < BOOT_CODE_SIZE)
		vm->image_load += BLOCK_SIZE;
	vm->image_entry = vm->image_load;
	if (header->flags & LINUX_BIG_ENDIAN)
		config_mistake(check, "image", "is a big-endian Linux kernel; a little-endian one is needed");
	if (vm->image_load > BIT(CONFIG_IPA_BITS) || header->image_size > BIT(CONFIG_IPA_BITS))
		config_mistake(check, "image",
					   "is a Linux kernel with a broken header: its size or offset is beyond reason");
}

static void read_elf(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	struct host_range span;

	vm->image_kind = CONFIG_IMAGE_ELF;
	vm->image_relative = false;
	if (!config_check_elf(check, vm->image))
		return;
	span = config_elf_span(vm->image);
	vm->image_load = span.base;
	vm->image_entry = config_elf_entry(vm->image);
	if (vm->image_entry < span.base || vm->image_entry - span.base >= span.size)
		config_mistake(check, "image", "is an ELF file that starts at 0x%llx, outside its segments",
					   (unsigned long long)vm->image_entry);
}

/* Kinds of file that may be given by mistake, and that no processor can execute. */
static bool refuse_other_kinds(struct config_check *check, const char *property)
{
	static const struct {
		const char *magic, *kind;
		unsigned length;
	} known[] = {
		{.magic = "\x1f\x8b", .length = 2, .kind = "compressed with gzip; unpack it first"},
		{.magic = "\xfd"
				  "7zXZ",
		 .length = 5,
		 .kind = "compressed with xz; unpack it first"},
		{.magic = "\x28\xb5\x2f\xfd", .length = 4, .kind = "compressed with zstd; unpack it first"},
		{.magic = "\x27\x05\x19\x56", .length = 4, .kind = "a U-Boot uImage; give the kernel that is in it"},
		{.magic = "\xd0\x0d\xfe\xed", .length = 4, .kind = "a device tree; give a kernel"},
		{.magic = "MZ",
		 .length = 2,
		 .kind = "an EFI program, no arm64 Linux Image; give the kernel that is in it"},
		{.magic = "070701", .length = 6, .kind = "a cpio archive; give it as ramdisk"},
	};
	struct blob image = check->vm->image;

	for (unsigned i = 0; i < ARRAY_COUNT(known); i++) {
		if (image.size < known[i].length || memcmp(image.data, known[i].magic, known[i].length))
			continue;
		config_mistake(check, property, "is %s", known[i].kind);
		return true;
	}
	return false;
}

static void read_raw(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	uint64_t load = RAW_OFFSET, entry;

	vm->image_kind = CONFIG_IMAGE_RAW;
	if (refuse_other_kinds(check, "image"))
		return;
	vm->image_relative = !config_number(check, "load-address", &load);
	entry = load;
	if (config_number(check, "entry-address", &entry) && vm->image_relative) {
		config_mistake(check, "entry-address",
					   "needs a load-address: the image has no fixed place without one");
		return;
	}
	if (load % 4 || entry % 4)
		config_mistake(check, load % 4 ? "load-address" : "entry-address", "0x%llx is not a multiple of 4",
					   (unsigned long long)(load % 4 ? load : entry));
	else if (!vm->image_relative && vm->machine == CONFIG_MACHINE_VIRT &&
			 load - GUEST_FLASH_BASE < GUEST_FLASH_SIZE)
		config_mistake(check, "load-address",
					   "0x%llx is in flash; a file that runs from there is firmware, not image",
					   (unsigned long long)load);
	else if (entry < load || entry - load >= vm->image.size)
		config_mistake(
			check, "entry-address", "0x%llx is outside the image, which has 0x%llx bytes from 0x%llx",
			(unsigned long long)entry, (unsigned long long)vm->image.size, (unsigned long long)load);
	vm->image_load = load;
	vm->image_entry = entry;
}

/* What `qemu -bios` takes: any raw binary that runs from the start of flash. */
static void read_firmware(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	struct linux_header header;

	vm->image_kind = CONFIG_IMAGE_FIRMWARE;
	vm->image_relative = true; /* as all that is in memory */
	if (vm->tree_spot == CONFIG_TREE_ANYWHERE)
		vm->tree_spot = CONFIG_TREE_AT_START;
	if (vm->machine != CONFIG_MACHINE_VIRT)
		config_mistake(check, "firmware",
					   "goes to the flash that a VM has with machine = \"virt\"; add that");
	if (config_linux_header(vm->image, &header))
		config_mistake(check, "firmware", "is a Linux Image; name it as image");
	else if (config_is_elf(vm->image))
		config_mistake(check, "firmware", "is an ELF file; name it as image, or give the raw binary");
	else if (!refuse_other_kinds(check, "firmware") && vm->image.size > GUEST_FLASH_BANK_SIZE)
		config_mistake(check, "firmware", "has 0x%llx bytes; there is flash for 0x%llx",
					   (unsigned long long)vm->image.size, (unsigned long long)GUEST_FLASH_BANK_SIZE);
}

uint64_t config_firmware_size(const struct config_vm *vm)
{
	return vm->image_kind == CONFIG_IMAGE_FIRMWARE ? align_up(vm->image.size, PAGE_SIZE) : 0;
}

/* Only raw images need to be told where they go. */
static void refuse_addresses(struct config_check *check)
{
	static const char *const properties[] = {"load-address", "entry-address"};
	static const char *const why[] = {
		[CONFIG_IMAGE_LINUX] = "this one is a Linux Image and says itself where it goes",
		[CONFIG_IMAGE_ELF] = "this one is an ELF file and says itself where it goes",
		[CONFIG_IMAGE_FIRMWARE] = "firmware is in flash, at address 0",
	};

	for (unsigned i = 0; i < ARRAY_COUNT(properties); i++)
		if (fdt_getprop(check->tree, check->node, properties[i], NULL))
			config_mistake(check, properties[i], "is for raw images; %s", why[check->vm->image_kind]);
}

/* Where the device tree goes, if that is not left to config_place(). */
static void read_tree_spot(struct config_check *check)
{
	struct config_vm *vm = check->vm;

	if (config_flag(check, "tree-at-start"))
		vm->tree_spot = CONFIG_TREE_AT_START;
	if (!config_number(check, "tree-address", &vm->tree_ipa))
		return;
	if (vm->tree_spot == CONFIG_TREE_AT_START)
		config_mistake(check, "tree-address",
					   "is one place, and tree-at-start another; leave one of them out");
	else if (vm->tree_ipa % 8)
		config_mistake(check, "tree-address", "0x%llx is not a multiple of 8; 0x%llx would be right",
					   (unsigned long long)vm->tree_ipa,
					   (unsigned long long)config_multiple(vm->tree_ipa, 8));
	else if (vm->memory_identity && !vm->memory_ipa_given)
		config_mistake(
			check, "tree-address",
			"needs a memory-address: where memory is, is chosen at boot; tree-at-start needs none");
	else
		vm->tree_spot = CONFIG_TREE_AT;
}

static void read_image_of_its_kind(struct config_check *check)
{
	struct linux_header header;

	if (config_linux_header(check->vm->image, &header))
		read_linux(check, &header);
	else if (config_is_elf(check->vm->image))
		read_elf(check);
	else
		read_raw(check);
}

void config_read_image(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	bool is_image = fdt_getprop(check->tree, check->node, "image", NULL),
		 is_firmware = fdt_getprop(check->tree, check->node, "firmware", NULL);

	read_tree_spot(check);
	if (!is_image && !is_firmware)
		config_mistake(check, "image", "is missing; name a kernel, as /incbin/(\"Image\")");
	else if (is_image && is_firmware)
		config_mistake(check, "firmware", "starts in place of an image; leave one of them out");
	else
		vm->image = config_file(check, is_firmware ? "firmware" : "image");
	if (!vm->image.data)
		return;
	if (is_firmware)
		read_firmware(check);
	else
		read_image_of_its_kind(check);
	if (vm->image_kind != CONFIG_IMAGE_RAW)
		refuse_addresses(check);
}
