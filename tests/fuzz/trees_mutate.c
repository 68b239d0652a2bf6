/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "input.h"
#include "trees.h"

#define TREE_MAX 65536
#define VALUE_MAX 512

/* Of libFuzzer, and for it. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

static _Alignas(8) char tree[TREE_MAX];
static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(state >> 33) % below;
}

static const char *draw_text(const char *const texts[])
{
	uint32_t count = 0;

	while (texts[count])
		count++;
	return texts[draw(count)];
}

static int draw_node(void)
{
	int count = 0, node = 0;

	for (int n = 0; n >= 0; n = fdt_next_node(tree, n, NULL))
		count++;
	for (uint32_t n = draw((uint32_t)count); n; n--)
		node = fdt_next_node(tree, node, NULL);
	return node;
}

/* Its offset; negative when the node has none. */
static int draw_property(int node)
{
	int property, chosen = -1;
	uint32_t count = 0;

	fdt_for_each_property_offset(property, tree, node) if (draw(++count) == 0) chosen = property;
	return chosen;
}

static void change_value(int node)
{
	uint8_t value[VALUE_MAX];
	const char *name;
	int size, property = draw_property(node);
	const void *old = property < 0 ? NULL : fdt_getprop_by_offset(tree, property, &name, &size);
	char copy[64];

	if (!old || size > VALUE_MAX || strlen(name) >= sizeof(copy))
		return;
	memcpy(value, old, (size_t)size);
	strcpy(copy, name);
	fdt_setprop(tree, node, copy, value, (int)LLVMFuzzerMutate(value, (size_t)size, VALUE_MAX));
}

/* One number in a value, of 4 or 8 bytes in either order: cells, fields of an ELF header. */
static void change_number(int node)
{
	static const uint64_t numbers[] = {0, 1, 8, 0x1000, 0x200000, UINT64_MAX};
	int size, property = draw_property(node);
	const uint8_t *old = property < 0 ? NULL : fdt_getprop_by_offset(tree, property, NULL, &size);
	unsigned width = draw(2) ? 4 : 8, at;
	uint64_t number = numbers[draw(ARRAY_COUNT(numbers))];

	if (!old || size < (int)width)
		return;
	at = draw((unsigned)size / width) * width;
	if (draw(2)) {
		memcpy(&number, old + at, width);
		number += draw(2) ? UINT64_C(1) << draw(8 * width) : -(UINT64_C(1) << draw(8 * width));
	}
	if (draw(2))
		number = width == 4 ? fdt32_to_cpu((fdt32_t)number) : fdt64_to_cpu(number);
	memcpy((void *)(old + at), &number, width);
}

static void set_property(int node)
{
	const char *name = draw_text(trees_properties), *text = draw_text(trees_texts);

	switch (draw(5)) {
	case 0:
		fdt_setprop_empty(tree, node, name);
		break;
	case 1:
		fdt_setprop_u32(tree, node, name, draw(2) ? draw(0x400) : 1u << draw(32));
		break;
	case 2:
		fdt_setprop_u64(tree, node, name, UINT64_C(1) << draw(64));
		break;
	case 3:
		fdt_setprop_string(tree, node, name, text);
		break;
	default:
		fdt_appendprop_string(tree, node, name, text);
	}
}

/* What stands elsewhere in the tree, or one more cell of it. */
static void copy_property(int node)
{
	char value[VALUE_MAX], copy[64];
	const char *name;
	int size, property = draw_property(draw_node());
	const void *old = property < 0 ? NULL : fdt_getprop_by_offset(tree, property, &name, &size);

	if (!old || size > VALUE_MAX || strlen(name) >= sizeof(copy))
		return;
	memcpy(value, old, (size_t)size);
	strcpy(copy, name);
	fdt_setprop(tree, node, draw(2) ? copy : draw_text(trees_properties), value, size);
}

static void delete_property(int node)
{
	const char *name;
	int property = draw_property(node);

	if (property >= 0 && fdt_getprop_by_offset(tree, property, &name, NULL))
		fdt_delprop(tree, node, name);
}

static void change_nodes(int node)
{
	uint8_t name[40] = {0};
	const char *old = fdt_get_name(tree, node, NULL);

	switch (draw(4)) {
	case 0:
		fdt_add_subnode(tree, node, draw_text(trees_nodes));
		break;
	case 1:
		fdt_set_name(tree, node, draw_text(trees_nodes));
		break;
	case 2:
		if (node)
			fdt_del_node(tree, node);
		break;
	default:
		strncpy((char *)name, old ? old : "", sizeof(name) - 1);
		LLVMFuzzerMutate(name, strlen((char *)name), sizeof(name) - 1);
		name[sizeof(name) - 1] = 0;
		if (node && name[0])
			fdt_set_name(tree, node, (char *)name);
	}
}

static void change(void)
{
	static void (*const changes[])(int node) = {change_value,  change_number,   set_property, set_property,
												copy_property, delete_property, change_nodes};

	changes[draw(ARRAY_COUNT(changes))](draw_node());
}

/* A file that is no tree, and sometimes one that is, is changed as bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
	state = seed;
	if (draw(12) == 0 || size < sizeof(struct fdt_header) || fdt_check_full(data, size) ||
		fdt_open_into(data, tree, sizeof(tree)))
		return LLVMFuzzerMutate(data, size, size_max);
	for (unsigned count = 1 + draw(4); count; count--)
		change();
	if (fdt_pack(tree) || fdt_totalsize(tree) > size_max)
		return LLVMFuzzerMutate(data, size, size_max);
	memcpy(data, tree, fdt_totalsize(tree));
	return fdt_totalsize(tree);
}
