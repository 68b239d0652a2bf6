/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats for boot loaders: a description as U-Boot's legacy ramdisk, or with all that it needs as a FIT.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "sbx.h"

#define FIT_OVERHEAD 65536 /* bytes beside the files' own, generously */

/* U-Boot's legacy header; numbers are big-endian. */
struct uimage_header {
	fdt32_t magic, header_crc, time, size, load, entry, data_crc;
	uint8_t os, arch, type, compression;
	char name[32];
};
_Static_assert(sizeof(struct uimage_header) == 64, "U-Boot knows it");
#define UIMAGE_MAGIC 0x27051956
#define UIMAGE_OS_LINUX 5
#define UIMAGE_ARCH_ARM64 22
#define UIMAGE_TYPE_RAMDISK 3

/* IEEE 802.3, as zlib and U-Boot use it. */
static uint32_t crc32(const void *data, size_t size)
{
	uint32_t crc = ~0u;

	for (const uint8_t *byte = data; size > 0; byte++, size--) {
		crc ^= *byte;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* The time is left out: the same files make the same image. */
static bool wrap_uimage(const struct sbx_file *description, struct sbx_file *out)
{
	struct uimage_header *header;

	if (description->size > UINT32_MAX) {
		sbx_say("a description of %zu bytes is too large for a legacy image; try --format fit",
				description->size);
		return false;
	}
	header = malloc(sizeof(*header) + description->size);
	if (header == NULL)
		return false;
	*header = (struct uimage_header){
		.magic = cpu_to_fdt32(UIMAGE_MAGIC),
		.size = cpu_to_fdt32((uint32_t)description->size),
		.data_crc = cpu_to_fdt32(crc32(description->data, description->size)),
		.os = UIMAGE_OS_LINUX,
		.arch = UIMAGE_ARCH_ARM64,
		.type = UIMAGE_TYPE_RAMDISK,
		.name = "Signalbox system description",
	};
	header->header_crc = cpu_to_fdt32(crc32(header, sizeof(*header)));
	memcpy(header + 1, description->data, description->size);
	*out = (struct sbx_file){.data = header, .size = sizeof(*header) + description->size};
	return true;
}

/* The tree is written from its beginning to its end; fdt_finish() then fails if one of these calls failed. */
static void put_text(void *fit, const char *name, const char *text)
{
	(void)fdt_property_string(fit, name, text);
}

static void put_hash(void *fit, const struct sbx_file *file)
{
	(void)fdt_begin_node(fit, "hash-1");
	put_text(fit, "algo", "crc32");
	(void)fdt_property_u32(fit, "value", crc32(file->data, file->size));
	(void)fdt_end_node(fit);
}

/* Data that is used in place should be at a multiple of 8; an empty property takes 12 bytes. */
static void align_next(void *fit)
{
	if ((fdt_off_dt_struct(fit) + fdt_size_dt_struct(fit) + sizeof(struct fdt_property)) % 8)
		(void)fdt_property(fit, "alignment", NULL, 0);
}

/* Names and types are U-Boot's. */
enum fit_part { FIT_KERNEL, FIT_RAMDISK, FIT_TREE };
static const struct {
	const char *name, *type, *description;
} fit_parts[] = {
	[FIT_KERNEL] = {"kernel", "kernel_noload", "the hypervisor Signalbox"},
	[FIT_RAMDISK] = {"ramdisk", "ramdisk", "the system description"},
	[FIT_TREE] = {"fdt", "flat_dt", "the machine's device tree"},
};

static void put_image(void *fit, enum fit_part part, const struct sbx_file *file)
{
	if (file->data == NULL)
		return;
	(void)fdt_begin_node(fit, fit_parts[part].name);
	put_text(fit, "description", fit_parts[part].description);
	put_text(fit, "type", fit_parts[part].type);
	put_text(fit, "arch", "arm64");
	put_text(fit, "compression", "none");
	if (part != FIT_TREE)
		put_text(fit, "os", "linux");
	if (part == FIT_KERNEL) { /* the boot loader chooses where: an arm64 Image may be anywhere */
		(void)fdt_property_u32(fit, "load", 0);
		(void)fdt_property_u32(fit, "entry", 0);
	}
	align_next(fit);
	(void)fdt_property(fit, "data", file->data, (int)file->size);
	put_hash(fit, file);
	(void)fdt_end_node(fit);
}

static void put_configuration(void *fit, bool has_tree)
{
	(void)fdt_begin_node(fit, "configurations");
	put_text(fit, "default", "signalbox");
	(void)fdt_begin_node(fit, "signalbox");
	put_text(fit, "description", "Signalbox and a system");
	put_text(fit, "kernel", "kernel");
	put_text(fit, "ramdisk", "ramdisk");
	if (has_tree)
		put_text(fit, "fdt", "fdt");
	(void)fdt_end_node(fit);
	(void)fdt_end_node(fit);
}

static bool make_fit(const struct sbx_file *description, const struct sbx_file *image,
					 const struct sbx_file *tree, struct sbx_file *out)
{
	size_t room = description->size + image->size + tree->size + FIT_OVERHEAD;
	void *fit = room <= INT32_MAX ? malloc(room) : NULL;

	if (fit == NULL || fdt_create(fit, (int)room) != 0) {
		sbx_say("a FIT of %zu bytes is too large", room);
		return false;
	}
	(void)fdt_finish_reservemap(fit);
	(void)fdt_begin_node(fit, "");
	put_text(fit, "description", "Signalbox");
	(void)fdt_property_u32(fit, "timestamp", 0); /* the same files make the same image */
	(void)fdt_property_u32(fit, "#address-cells", 1);
	(void)fdt_begin_node(fit, "images");
	put_image(fit, FIT_KERNEL, image);
	put_image(fit, FIT_RAMDISK, description);
	put_image(fit, FIT_TREE, tree);
	(void)fdt_end_node(fit);
	put_configuration(fit, tree->data != NULL);
	(void)fdt_end_node(fit);
	if (fdt_finish(fit) != 0) {
		sbx_say("the FIT cannot be finished");
		return false;
	}
	*out = (struct sbx_file){.data = fit, .size = fdt_totalsize(fit)};
	return true;
}

static bool wrap_fit(const struct sbx_file *description, const char *tree_path, struct sbx_file *out)
{
	struct sbx_file image, tree = {0};

	if (!sbx_read_file(sbx_image_path(), &image))
		return false;
	if (tree_path != NULL && !sbx_read_file(tree_path, &tree))
		return false;
	if (tree_path != NULL && !sbx_is_compiled(&tree)) {
		sbx_say("%s: is not a compiled device tree", tree_path);
		return false;
	}
	return make_fit(description, &image, &tree, out);
}

bool sbx_wrap(const char *format, const struct sbx_file *description, const char *tree_path,
			  struct sbx_file *out)
{
	if (format != NULL && strcmp(format, "fit") == 0)
		return wrap_fit(description, tree_path, out);
	if (tree_path != NULL) {
		sbx_say("build: --fdt needs --format fit; the other formats have no room for it");
		return false;
	}
	if (format != NULL && strcmp(format, "uimage") == 0)
		return wrap_uimage(description, out);
	*out = *description;
	if (format == NULL || strcmp(format, "dtb") == 0)
		return true;
	sbx_say("build: there is no format \"%s\"; use dtb, uimage or fit", format);
	return false;
}
