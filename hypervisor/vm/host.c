/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine, from its device tree: processors, memory, console UART, what the boot loader passed. The
 * interrupt controller and the timers are in host_gic.c.
 */
#include "vm/host.h"

#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "base/format.h"

/* A CPU other than the one that runs needs PSCI to be started. */
static bool can_start(const struct host *host, int node)
{
	const char *method = fdt_getprop(host->tree, node, "enable-method", NULL);

	return host->cpus.conduit != PSCI_NONE && method && !strcmp(method, "psci");
}

static void read_cpu(struct host *host, int node, int cells, uint64_t boot_mpidr, struct report *report)
{
	const char *type = fdt_getprop(host->tree, node, "device_type", NULL);
	struct cpu_place *cpus = &host->cpus;
	uint64_t mpidr;
	bool boots;
	int length;
	const void *reg = fdt_getprop(host->tree, node, "reg", &length);

	if (!type || strcmp(type, "cpu") || !host_is_enabled(host->tree, node))
		return;
	if (!reg || length != cells * 4) {
		host_mistake(host->tree, node, report, "reg: must be %d cells; this CPU is left out", cells);
		return;
	}
	mpidr = host_cells(reg, cells);
	boots = mpidr == boot_mpidr || (boot_mpidr == HOST_ANY_CPU && cpus->pcpu_count == 0);
	if (!boots && !can_start(host, node)) {
		host_mistake(
			host->tree, node, report,
			"enable-method: only \"psci\", with a node for PSCI, can start it; this CPU is left out");
		return;
	}
	if (cpus->pcpu_count == PCPU_MAX) {
		host_mistake(host->tree, node, report, "is one too many: at most %u are used", PCPU_MAX);
		return;
	}
	if (boots)
		host->boot_pcpu = cpus->pcpu_count;
	cpus->mpidr[cpus->pcpu_count++] = mpidr;
}

static enum err read_cpus(struct host *host, uint64_t boot_mpidr, struct report *report)
{
	int node, cpus = fdt_path_offset(host->tree, "/cpus");
	int cells = cpus < 0 ? 0 : fdt_address_cells(host->tree, cpus);

	if (cells != 1 && cells != 2) {
		report_line(report, "host device tree: /cpus: #address-cells: must be there, and be 1 or 2");
		return ERR_INVALID;
	}
	host->boot_pcpu = PCPU_MAX;
	fdt_for_each_subnode(node, host->tree, cpus) read_cpu(host, node, cells, boot_mpidr, report);
	if (host->boot_pcpu < PCPU_MAX)
		return OK;
	report_line(report, "host device tree: /cpus: no CPU has reg = 0x%llx, the MPIDR of the one that boots",
				(unsigned long long)boot_mpidr);
	return ERR_INVALID;
}

static void read_psci(struct host *host, struct report *report)
{
	int node = fdt_node_offset_by_compatible(host->tree, -1, "arm,psci-1.0");
	const char *method;

	if (node < 0)
		node = fdt_node_offset_by_compatible(host->tree, -1, "arm,psci-0.2");
	if (node < 0) {
		report_line(report,
					"host device tree: no node is compatible with \"arm,psci-1.0\" or \"arm,psci-0.2\": "
					"other CPUs cannot be started, nor the machine powered off");
		return;
	}
	method = fdt_getprop(host->tree, node, "method", NULL);
	if (method && !strcmp(method, "smc"))
		host->cpus.conduit = PSCI_SMC;
	else if (method && !strcmp(method, "hvc"))
		host->cpus.conduit = PSCI_HVC;
	else
		host_mistake(host->tree, node, report, "method: must be \"smc\" or \"hvc\"; PSCI is not used");
}

static enum err add_range(struct host_range *ranges, unsigned *count, unsigned max, struct host_range range)
{
	if (*count == max)
		return ERR_RANGE;
	ranges[(*count)++] = range;
	return OK;
}

/* Every register block of the node goes into the list. */
static enum err add_regs(const struct host_walk *walk, struct host_range *ranges, unsigned *count,
						 unsigned max)
{
	for (unsigned i = 0;; i++) {
		struct host_range range;
		enum err e = host_walk_reg(walk, i, &range);

		if (e == ERR_NOT_FOUND)
			return OK;
		if (!e)
			e = add_range(ranges, count, max, range);
		if (e)
			return e;
	}
}

/* A node of memory, or of a part of it that is reserved. */
static enum err read_memory_node(struct host *host, const struct host_walk *walk)
{
	const char *type = fdt_getprop(host->tree, walk->node, "device_type", NULL);

	if (!host_is_enabled(host->tree, walk->node))
		return OK;
	if (walk->depth == 1 && type && !strcmp(type, "memory"))
		return add_regs(walk, host->ram, &host->ram_count, HOST_RAM_MAX);
	if (walk->depth == 2 && !strcmp(fdt_get_name(host->tree, walk->above[1], NULL), "reserved-memory"))
		return add_regs(walk, host->reserved, &host->reserved_count, HOST_RESERVED_MAX);
	return OK;
}

/* /memreserve/ entries. */
static enum err read_reservations(struct host *host)
{
	int count = fdt_num_mem_rsv(host->tree);

	for (int i = 0; i < count; i++) {
		struct host_range range;
		enum err e = ERR_INVALID;

		if (fdt_get_mem_rsv(host->tree, i, &range.base, &range.size) == 0)
			e = add_range(host->reserved, &host->reserved_count, HOST_RESERVED_MAX, range);
		if (e)
			return e;
	}
	return OK;
}

static enum err read_memory(struct host *host, struct report *report)
{
	struct host_walk walk;
	enum err e = read_reservations(host);

	if (e) {
		report_line(report, "host device tree: /memreserve/: %s; at most %u reserved ranges", err_text(e),
					HOST_RESERVED_MAX);
		return e;
	}
	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk)) {
		e = read_memory_node(host, &walk);
		if (!e)
			continue;
		host_mistake(host->tree, walk.node, report,
					 "reg: %s; addresses of 1 or 2 cells, at most %u ranges of memory and %u reserved ones",
					 err_text(e), HOST_RAM_MAX, HOST_RESERVED_MAX);
		return e;
	}
	if (host->ram_count)
		return OK;
	report_line(report, "host device tree: no node has device_type = \"memory\"");
	return ERR_INVALID;
}

bool host_is_ram(const struct host *host, uint64_t base, uint64_t size)
{
	uint64_t covered = 0;

	if (size == 0 || base > UINT64_MAX - size)
		return false;
	for (unsigned i = 0; i < host->ram_count; i++) {
		const struct host_range *ram = &host->ram[i];
		uint64_t from = base > ram->base ? base : ram->base;
		uint64_t to = base + size < ram->base + ram->size ? base + size : ram->base + ram->size;

		if (from < to)
			covered += to - from;
	}
	return covered >= size;
}

/* An address of one cell or two. */
static bool read_address(const void *tree, int node, const char *name, uint64_t *out, struct report *report)
{
	int length;
	const void *cells = fdt_getprop(tree, node, name, &length);

	if (cells && (length == 4 || length == 8)) {
		*out = host_cells(cells, length / 4);
		return true;
	}
	if (cells)
		host_mistake(tree, node, report, "%s: is %d bytes long; an address has 4 or 8", name, length);
	else
		host_mistake(tree, node, report, "%s: is missing, although the other one of the pair is there", name);
	return false;
}

/* If something is wrong with it, that is reported, and there is no ramdisk. */
static void read_initrd(struct host *host, struct report *report)
{
	static const char first[] = "linux,initrd-start", last[] = "linux,initrd-end";
	int chosen = fdt_path_offset(host->tree, "/chosen");
	uint64_t from, to;

	if (!fdt_getprop(host->tree, chosen, first, NULL) && !fdt_getprop(host->tree, chosen, last, NULL))
		return;
	if (!read_address(host->tree, chosen, first, &from, report) ||
		!read_address(host->tree, chosen, last, &to, report))
		return;
	if (to <= from) {
		host_mistake(host->tree, chosen, report, "%s: 0x%llx is not above the start, 0x%llx", last,
					 (unsigned long long)to, (unsigned long long)from);
	} else if (!host_is_ram(host, from, to - from)) {
		host_mistake(host->tree, chosen, report, "%s: 0x%llx to 0x%llx is not within this machine's memory",
					 first, (unsigned long long)from, (unsigned long long)to);
	} else {
		host->initrd = (pa_t){from};
		host->initrd_size = to - from;
	}
}

const char *host_text(const void *tree, int node, const char *name)
{
	int length;
	const char *value = fdt_getprop(tree, node, name, &length);

	return value && length > 0 && value[length - 1] == 0 ? value : "";
}

bool host_has_tree(const void *memory, uint64_t size)
{
	return fdt_check_header(memory) == 0 && fdt_totalsize(memory) <= size;
}

/* As many bytes as there is room for. A seed of zeros is one that has been used already. */
static void read_seed(struct host *host, int chosen, const char *property)
{
	int size;
	const uint8_t *value = fdt_getprop(host->tree, chosen, property, &size);
	uint8_t any = 0;

	for (int i = 0; value && i < size; i++)
		any |= value[i];
	for (int i = 0; any && i < size && host->seed_size < HOST_SEED_MAX; i++)
		host->seed[host->seed_size++] = value[i];
}

enum err host_open(const void *tree, struct host *out, struct report *report)
{
	struct host *host = out;
	int chosen, broken = fdt_check_header(tree);

	if (!broken)
		broken = fdt_check_full(tree, fdt_totalsize(tree));
	if (broken) {
		report_line(report, "host device tree: not a valid tree (%s)", fdt_strerror(broken));
		return ERR_INVALID;
	}
	*host = (struct host){.tree = tree, .tree_size = fdt_totalsize(tree), .uart_node = -1};
	chosen = fdt_path_offset(tree, "/chosen");
	format_text(host->bootargs, sizeof host->bootargs, "%s", host_text(tree, chosen, "bootargs"));
	read_seed(host, chosen, "rng-seed");
	read_seed(host, chosen, "kaslr-seed");
	format_text(host->model, sizeof host->model, "%s", host_text(tree, 0, "model"));
	format_plain(host->model);
	read_psci(host, report);
	return OK;
}

/* The first one that Signalbox may read. */
static void find_rtc(struct host *host)
{
	int node = -1;

	while (!host->rtc.v && (node = fdt_node_offset_by_compatible(host->tree, node, "arm,pl031")) >= 0) {
		struct host_range range;
		struct host_walk walk;

		if (host_is_enabled(host->tree, node) && host_walk_to(&walk, host->tree, node) &&
			host_walk_reg(&walk, 0, &range) == OK && range.base % PAGE_SIZE == 0 && range.size >= PAGE_SIZE &&
			!host_is_ram(host, range.base, PAGE_SIZE))
			host->rtc = (pa_t){range.base};
	}
}

enum err host_judge(struct host *host, uint64_t boot_mpidr, struct report *report)
{
	enum err e = read_cpus(host, boot_mpidr, report);

	if (!e)
		e = host_read_gic(host, report);
	if (!e)
		e = read_memory(host, report);
	if (e)
		return e;
	host_read_uart_interrupt(host, report);
	find_rtc(host);
	read_initrd(host, report);
	return OK;
}

enum err host_read(const void *tree, uint64_t boot_mpidr, struct host *out, struct report *report)
{
	enum err e = host_open(tree, out, report);

	if (e)
		return e;
	host_find_uart(out, NULL, report);
	return host_judge(out, boot_mpidr, report);
}

/* A path must name the node in full: libfdt would take "/virtio_mmio" for the first of them. */
static int find_path(const void *tree, const char *path)
{
	int node = fdt_path_offset(tree, path);
	const char *name = node < 0 ? NULL : fdt_get_name(tree, node, NULL);
	const char *last = strrchr(path, '/');

	if (name && last && !strcmp(name, last + 1))
		return node;
	return node < 0 ? node : -FDT_ERR_NOTFOUND;
}

int host_find_device(const struct host *host, const char *name)
{
	int symbols = fdt_path_offset(host->tree, "/__symbols__");
	const char *path = name;

	if (name[0] != '/') {
		path = host_text(host->tree, symbols, name);
		if (!path[0])
			path = host_text(host->tree, fdt_path_offset(host->tree, "/aliases"), name);
	}
	return path[0] == '/' ? find_path(host->tree, path) : -FDT_ERR_NOTFOUND;
}
