/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree_own.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"

/* If a function of libfdt failed, the rest is not tried, and `fault` says at which node and property. */
#define TRY(call, node, property) \
	do { \
		int result_ = (call); \
		if (result_ < 0) \
			return tree_fault_at(fault, node, property, result_); \
	} while (0)

/*
 * libfdt needs a tree aligned to 8 bytes, and one within a description is aligned to 4: so copy, then check.
 */
static int open_copy(const struct blob *tree, void *out, uint64_t size)
{
	int broken;

	if (tree->size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	if (size > INT32_MAX)
		size = INT32_MAX;
	if (tree->size > size)
		return -FDT_ERR_NOSPACE;
	memset(out, 0, size);
	memmove(out, tree->data, tree->size);
	broken = fdt_check_full(out, tree->size);
	return broken < 0 ? broken : fdt_open_into(out, out, (int)size);
}

/* Can `reg` below the root name the VM's memory? */
static int check_cells(const void *tree, uint64_t base, uint64_t size, struct tree_fault *fault)
{
	int address = fdt_address_cells(tree, 0), sizes = fdt_size_cells(tree, 0);

	if (address < 1 || address > 2 || (address == 1 && base + size > UINT64_C(1) << 32)) {
		fault->why =
			address == 1 ? "is 1, and the VM's memory ends beyond 4 GiB; 2 would be right" : "must be 1 or 2";
		return tree_fault_at(fault, "/", "#address-cells", -FDT_ERR_BADNCELLS);
	}
	if (sizes < 1 || sizes > 2 || (sizes == 1 && size > UINT32_MAX)) {
		fault->why =
			sizes == 1 ? "is 1, and the VM has 4 GiB of memory or more; 2 would be right" : "must be 1 or 2";
		return tree_fault_at(fault, "/", "#size-cells", -FDT_ERR_BADNCELLS);
	}
	return 0;
}

/* One node with the VM's memory, in place of all memory nodes of the tree. */
static int set_memory(void *tree, uint64_t base, uint64_t memory_size, struct tree_fault *fault)
{
	char name[sizeof("/memory@") + 16];
	int node, error = check_cells(tree, base, memory_size, fault);

	if (error < 0)
		return error;
	while ((node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", sizeof("memory"))) >= 0)
		TRY(fdt_del_node(tree, node), "/memory", "");
	format_text(name, sizeof(name), "/memory@%llx", (unsigned long long)base);
	node = fdt_add_subnode(tree, 0, name + 1);
	if (node == -FDT_ERR_EXISTS)
		fault->why = "is not \"memory\", and the VM's memory belongs here; make it \"memory\", and the node "
					 "is replaced";
	TRY(node, name, node == -FDT_ERR_EXISTS ? "device_type" : "");
	TRY(fdt_setprop_string(tree, node, "device_type", "memory"), name, "device_type");
	TRY(fdt_appendprop_addrrange(tree, 0, node, "reg", base, memory_size), name, "reg");
	return 0;
}

/* From 0 on: tree_place_ramdisk() follows. */
static int set_ramdisk(void *tree, int chosen, uint64_t ramdisk_size, struct tree_fault *fault)
{
	if (ramdisk_size == 0) {
		(void)fdt_delprop(tree, chosen, "linux,initrd-start");
		(void)fdt_delprop(tree, chosen, "linux,initrd-end");
		return 0;
	}
	TRY(fdt_setprop_u64(tree, chosen, "linux,initrd-start", 0), "/chosen", "linux,initrd-start");
	TRY(fdt_setprop_u64(tree, chosen, "linux,initrd-end", ramdisk_size), "/chosen", "linux,initrd-end");
	return 0;
}

int tree_own_complete(const struct tree_source *source, void *out, uint64_t size, struct tree_fault *fault)
{
	const struct config_vm *vm = source->vm;
	int chosen, error = open_copy(&vm->tree, out, size);

	if (error == 0)
		error = set_memory(out, source->ram_ipa, vm->memory_size, fault);
	if (error < 0)
		return error;
	chosen = fdt_path_offset(out, "/chosen");
	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(out, 0, "chosen");
	TRY(chosen, "/chosen", "");
	if (vm->bootargs[0] != '\0')
		TRY(fdt_setprop_string(out, chosen, "bootargs", vm->bootargs), "/chosen", "bootargs");
	error = set_ramdisk(out, chosen, vm->ramdisk.size, fault);
	return error < 0 ? error : fdt_pack(out);
}
