/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree_own.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"

/* Where a function of libfdt failed, the rest is not tried. */
#define TRY(call) \
	do { \
		int result_ = (call); \
		if (result_ < 0) \
			return result_; \
	} while (0)

/* libfdt wants a tree aligned to 8 bytes, and one within a description is aligned to 4: so copy, then look.
 */
static int open_copy(const struct blob *tree, void *out, uint64_t size)
{
	if (tree->size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	if (size > INT32_MAX)
		size = INT32_MAX;
	if (tree->size > size)
		return -FDT_ERR_NOSPACE;
	memset(out, 0, size);
	memmove(out, tree->data, tree->size);
	TRY(fdt_check_full(out, tree->size));
	return fdt_open_into(out, out, (int)size);
}

/* One node with the VM's memory, in place of all that the tree has. */
static int set_memory(void *tree, uint64_t base, uint64_t memory_size)
{
	char name[sizeof("memory@") + 16];
	int node;

	while ((node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", sizeof("memory"))) >= 0)
		TRY(fdt_del_node(tree, node));
	format_text(name, sizeof(name), "memory@%llx", (unsigned long long)base);
	TRY(node = fdt_add_subnode(tree, 0, name));
	TRY(fdt_setprop_string(tree, node, "device_type", "memory"));
	return fdt_appendprop_addrrange(tree, 0, node, "reg", base, memory_size);
}

static int set_ramdisk(void *tree, int chosen, uint64_t start, uint64_t ramdisk_size)
{
	if (ramdisk_size == 0) {
		(void)fdt_delprop(tree, chosen, "linux,initrd-start");
		(void)fdt_delprop(tree, chosen, "linux,initrd-end");
		return 0;
	}
	TRY(fdt_setprop_u64(tree, chosen, "linux,initrd-start", start));
	return fdt_setprop_u64(tree, chosen, "linux,initrd-end", start + ramdisk_size);
}

int tree_own_complete(const struct tree_source *source, void *out, uint64_t size)
{
	const struct config_vm *vm = source->vm;
	int chosen;

	TRY(open_copy(&vm->tree, out, size));
	TRY(set_memory(out, source->ram_ipa, vm->memory_size));
	chosen = fdt_path_offset(out, "/chosen");
	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(out, 0, "chosen");
	TRY(chosen);
	if (vm->bootargs[0] != '\0')
		TRY(fdt_setprop_string(out, chosen, "bootargs", vm->bootargs));
	TRY(set_ramdisk(out, chosen, source->placement->ramdisk, vm->ramdisk.size));
	return fdt_pack(out);
}
