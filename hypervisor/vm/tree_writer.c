/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree_writer.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "machine/api/gic_registers.h"

#define NODE_NAME_MAX 64

int tree_fault_at(struct tree_fault *fault, const char *node, const char *property, int error)
{
	format_text(fault->node, sizeof(fault->node), "%s", node);
	format_text(fault->property, sizeof(fault->property), "%s", property);
	return error;
}

static void note(struct tree_writer *w, int result)
{
	if (w->error == 0 && result < 0)
		w->error = result;
}

void tree_writer_begin(struct tree_writer *w, void *out, uint64_t size)
{
	int limit = size > INT32_MAX ? INT32_MAX : (int)size;

	*w = (struct tree_writer){.fdt = out, .interrupt_cells = 3};
	/* libfdt does not write the bytes that pad a property: no guest may read what was here before. */
	memset(out, 0, (size_t)limit);
	note(w, fdt_create(out, limit));
	if (w->error == 0)
		note(w, fdt_finish_reservemap(out));
	tree_open_node(w, "");
}

void tree_writer_end(struct tree_writer *w)
{
	tree_close_node(w);
	if (w->error == 0)
		note(w, fdt_finish(w->fdt));
}

void tree_open_node(struct tree_writer *w, const char *name)
{
	if (w->error == 0)
		note(w, tree_fault_at(&w->fault, name, "", fdt_begin_node(w->fdt, name)));
}

void tree_open_node_at(struct tree_writer *w, const char *name, uint64_t address)
{
	char full[NODE_NAME_MAX];

	format_text(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
	tree_open_node(w, full);
}

void tree_close_node(struct tree_writer *w)
{
	if (w->error == 0)
		note(w, fdt_end_node(w->fdt));
}

void tree_put_bytes(struct tree_writer *w, const char *property, const void *data, size_t size)
{
	if (w->error != 0)
		return;
	note(w, size > INT32_MAX ? -FDT_ERR_NOSPACE : fdt_property(w->fdt, property, data, (int)size));
	if (w->error != 0)
		format_text(w->fault.property, sizeof(w->fault.property), "%s", property);
}

void tree_put_flag(struct tree_writer *w, const char *property)
{
	tree_put_bytes(w, property, "", 0);
}

void tree_put_u32(struct tree_writer *w, const char *property, uint32_t value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	tree_put_bytes(w, property, &cell, sizeof(cell));
}

void tree_put_u64(struct tree_writer *w, const char *property, uint64_t value)
{
	tree_put_u64_list(w, property, &value, 1);
}

void tree_put_string(struct tree_writer *w, const char *property, const char *value)
{
	tree_put_bytes(w, property, value, strlen(value) + 1);
}

void tree_put_u64_list(struct tree_writer *w, const char *property, const uint64_t *value, unsigned count)
{
	fdt64_t number[4];

	if (count > ARRAY_COUNT(number)) {
		note(w, -FDT_ERR_INTERNAL);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		number[i] = cpu_to_fdt64(value[i]);
	tree_put_bytes(w, property, number, count * sizeof(number[0]));
}

void tree_put_interrupts(struct tree_writer *w, const struct tree_interrupt *list, unsigned count)
{
	enum {
		SPI = 0,
		PPI = 1,
		FIRST_SPI = GIC_PRIVATE_COUNT,
		FIRST_PPI = GIC_SGI_COUNT,
		EDGE_RISING = 1,
		LEVEL_HIGH = 4
	};
	fdt32_t cell[TREE_INTERRUPTS_MAX][4] = {0};
	unsigned stride = w->interrupt_cells;

	if (count > TREE_INTERRUPTS_MAX || stride < 3 || stride > 4) {
		note(w, -FDT_ERR_INTERNAL);
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		bool spi = list[i].intid >= FIRST_SPI;
		fdt32_t *out = &cell[0][0] + i * stride;

		out[0] = cpu_to_fdt32(spi ? SPI : PPI);
		out[1] = cpu_to_fdt32(list[i].intid - (spi ? FIRST_SPI : FIRST_PPI));
		out[2] = cpu_to_fdt32(list[i].edge ? EDGE_RISING : LEVEL_HIGH);
	}
	tree_put_bytes(w, "interrupts", cell, count * stride * sizeof(fdt32_t));
}
