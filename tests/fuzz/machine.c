/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the device tree of the machine; and on what is understood of it a VM that asks for some of its
 * devices, whichever they are. Input: the tree.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "trees.h"

#define DEVICES_ASKED 6
#define DESCRIPTION_MAX 4096

const char *const trees_nodes[] = {
	"cpus",    "cpu@0",       "memory@40000000", "intc@8000000", "timer", "psci", "chosen",
	"aliases", "__symbols__", "reserved-memory", "soc",          "clock", NULL};
const char *const trees_properties[] = {"compatible",
										"reg",
										"ranges",
										"#address-cells",
										"#size-cells",
										"#interrupt-cells",
										"interrupts",
										"interrupts-extended",
										"interrupt-parent",
										"phandle",
										"status",
										"device_type",
										"method",
										"stdout-path",
										"#redistributor-regions",
										"redistributor-stride",
										"linux,initrd-start",
										"linux,initrd-end",
										"dma-coherent",
										"iommus",
										"clocks",
										"#clock-cells",
										"dma-ranges",
										"enable-method",
										"bootargs",
										"interrupt-controller",
										NULL};
const char *const trees_texts[] = {"arm,gic-v3",
								   "arm,armv8-timer",
								   "arm,psci-1.0",
								   "smc",
								   "hvc",
								   "psci",
								   "cpu",
								   "memory",
								   "okay",
								   "disabled",
								   "arm,pl011",
								   "arm,pl031",
								   "fixed-clock",
								   "/pl011@9000000",
								   NULL};

/* Asks everything that can be asked about any node. */
static void ask(struct host_walk *walk)
{
	struct host_interrupt interrupt;
	struct host_range range;
	uint32_t intid;
	bool edge;

	for (unsigned i = 0; host_walk_reg(walk, i, &range) == OK && i < 64; i++)
		;
	for (unsigned i = 0; host_walk_interrupt(walk, i, &interrupt) == OK && i < 64; i++)
		(void)!host_decode_interrupt(interrupt.cells, &intid, &edge);
	host_walk_does_dma(walk);
}

/* A text list of some of the machine's nodes: other ones for each machine. */
static int add_devices(void *description, const struct host *host)
{
	char texts[DEVICES_ASKED * 256];
	struct host_walk walk;
	unsigned skip = (unsigned)host->tree_size % 5, asked = 0;
	size_t used = 0;

	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk)) {
		ask(&walk);
		if (skip-- || asked == DEVICES_ASKED)
			continue;
		skip = (unsigned)host->tree_size % 3;
		if (fdt_get_path(host->tree, walk.node, texts + used, 256))
			continue;
		used += strlen(texts + used) + 1;
		asked++;
	}
	return used ? fdt_property(description, "devices", texts, (int)used) : 0;
}

static void describe(void *out, const struct host *host)
{
	static const uint8_t image[] = {0, 0, 0, 0x14};
	int e = fdt_create(out, DESCRIPTION_MAX);

	e |= fdt_finish_reservemap(out);
	e |= fdt_begin_node(out, "");
	e |= fdt_property_string(out, "compatible", "signalbox,system");
	e |= fdt_begin_node(out, "vms");
	e |= fdt_begin_node(out, "box");
	e |= fdt_property_u32(out, "cpus", 0);
	e |= fdt_property_u32(out, "memory-size", 0x400000);
	e |= fdt_property(out, "image", image, sizeof(image));
	e |= fdt_property(out, "memory-identity", NULL, 0);
	e |= fdt_property_string(out, "permissions", "dma");
	if (host->tree_size % 3)
		e |= fdt_property_string(out, "delivery", "auto");
	if (host->tree_size % 2)
		e |= fdt_property_string(out, "console", "physical");
	e |= add_devices(out, host);
	for (unsigned i = 0; i < 3; i++)
		e |= fdt_end_node(out);
	if (e | fdt_finish(out))
		trees_fail("the description for the machine is not made");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) char description[DESCRIPTION_MAX];
	struct trees_said said;
	struct host host;
	void *tree;

	/* A boot loader names the size in the header: see host_read(). */
	if (size < sizeof(struct fdt_header) || fdt_totalsize(data) > size)
		return 0;
	tree = trees_copy(data, size);
	trees_said_init(&said, NULL);
	if (host_read(tree, HOST_ANY_CPU, &host, &said.report) == OK) {
		describe(description, &host);
		trees_check_system(description, fdt_totalsize(description), &host);
	} else if (!said.report.line_count) {
		trees_fail("the machine is refused, and nothing says why");
	}
	free(tree);
	return 0;
}
