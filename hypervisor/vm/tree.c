/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/layout.h"
#include "vm/regions.h"
#include "vm/tree_copy.h"
#include "vm/tree_own.h"
#include "vm/tree_writer.h"
#include "vm/vcpu_pages.h"

#define CLOCK_HZ 24000000
#define PATH_MAX_BYTES 128

/* `compatible` and other lists of strings: the closing 0 of the last is the literal's own. */
#define PUT_STRINGS(w, property, literal) tree_put_bytes(w, property, literal, sizeof(literal))

/* The phandles of what is generated. */
struct own_phandles {
	uint32_t gic, clock;
};

static uint32_t phandle_unused(const void *host, uint32_t from)
{
	while (host != NULL && fdt_node_offset_by_phandle(host, from) >= 0)
		from++;
	return from;
}

/* Copied nodes keep the host's phandles: the GIC has the host GIC's, the others are free in the host tree. */
static struct own_phandles choose_phandles(const struct tree_picks *picks)
{
	uint32_t gic = picks->host != NULL && picks->gic >= 0 ? fdt_get_phandle(picks->host, picks->gic) : 0;

	if (gic == 0)
		gic = phandle_unused(picks->host, 1);
	return (struct own_phandles){.gic = gic, .clock = phandle_unused(picks->host, gic + 1)};
}

static void put_root(struct tree_writer *w, const struct tree_source *source, struct own_phandles own)
{
	char model[CONFIG_NAME_MAX + sizeof("Signalbox VM ")];

	format_text(model, sizeof(model), "Signalbox VM %s", source->vm->name);
	tree_put_string(w, "model", model);
	PUT_STRINGS(w, "compatible", "signalbox,guest\0linux,dummy-virt");
	tree_put_u32(w, "#address-cells", 2);
	tree_put_u32(w, "#size-cells", 2);
	tree_put_u32(w, "interrupt-parent", own.gic);
}

/* The host's node of a pCPU, or negative. */
static int host_cpu_node(const struct host *host, unsigned pcpu)
{
	int cpus = fdt_path_offset(host->tree, "/cpus"), node;

	if (cpus < 0 || pcpu >= host->cpus.pcpu_count)
		return -FDT_ERR_NOTFOUND;
	fdt_for_each_subnode(node, host->tree, cpus)
	{
		int size;
		const fdt32_t *reg = fdt_getprop(host->tree, node, "reg", &size);
		uint64_t mpidr = 0;

		if (reg == NULL || size < (int)sizeof(*reg))
			continue;
		for (int i = 0; i < size / (int)sizeof(*reg); i++)
			mpidr = mpidr << 32 | fdt32_to_cpu(reg[i]);
		if (mpidr == host->cpus.mpidr[pcpu])
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static void put_cpu(struct tree_writer *w, const struct tree_source *source, unsigned vcpu)
{
	const void *compatible = NULL;
	int size = 0;

	if (source->host != NULL) {
		int node = host_cpu_node(source->host, source->vm->pcpu[vcpu]);

		compatible = node < 0 ? NULL : fdt_getprop(source->host->tree, node, "compatible", &size);
	}
	tree_open_node_at(w, "cpu", vcpu);
	tree_put_string(w, "device_type", "cpu");
	if (compatible != NULL)
		tree_put_bytes(w, "compatible", compatible, (size_t)size);
	else
		tree_put_string(w, "compatible", "arm,armv8");
	tree_put_u32(w, "reg", vcpu);
	tree_put_string(w, "enable-method", "psci");
	tree_close_node(w);
}

static void put_processors(struct tree_writer *w, const struct tree_source *source)
{
	tree_open_node(w, "cpus");
	tree_put_u32(w, "#address-cells", 1);
	tree_put_u32(w, "#size-cells", 0);
	for (unsigned vcpu = 0; vcpu < source->vm->vcpu_count; vcpu++)
		put_cpu(w, source, vcpu);
	tree_close_node(w);

	tree_open_node(w, "psci");
	PUT_STRINGS(w, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	tree_put_string(w, "method", "hvc");
	tree_close_node(w);
}

static void put_timer(struct tree_writer *w)
{
	/* In the binding's order: secure and non-secure EL1 physical, EL1 virtual, EL2 physical. */
	static const struct tree_interrupt interrupt[] = {{.intid = 29},
													  {.intid = GUEST_PHYSICAL_TIMER_INTID},
													  {.intid = GUEST_VIRTUAL_TIMER_INTID},
													  {.intid = 26}};

	tree_open_node(w, "timer");
	tree_put_string(w, "compatible", "arm,armv8-timer");
	tree_put_interrupts(w, interrupt, ARRAY_COUNT(interrupt));
	tree_put_flag(w, "always-on");
	tree_close_node(w);
}

static void put_gic(struct tree_writer *w, const struct regions *regions, struct own_phandles own)
{
	const struct region *dist = regions_of_kind(regions, REGION_GICD);
	const struct region *redists = regions_of_kind(regions, REGION_GICR);
	const uint64_t reg[] = {dist->base, dist->size, redists->base, redists->size};

	tree_open_node_at(w, "intc", dist->base);
	tree_put_string(w, "compatible", "arm,gic-v3");
	tree_put_u64_list(w, "reg", reg, ARRAY_COUNT(reg));
	tree_put_flag(w, "interrupt-controller");
	tree_put_u32(w, "#interrupt-cells", w->interrupt_cells);
	tree_put_u32(w, "#address-cells", 0);
	tree_put_u32(w, "phandle", own.gic);
	tree_close_node(w);
}

static void put_memory(struct tree_writer *w, const struct tree_source *source)
{
	const uint64_t reg[] = {source->ram_ipa, source->vm->memory_size};

	tree_open_node_at(w, "memory", source->ram_ipa);
	tree_put_string(w, "device_type", "memory");
	tree_put_u64_list(w, "reg", reg, ARRAY_COUNT(reg));
	tree_close_node(w);
}

/* Of the emulated PrimeCells. */
static void put_clock(struct tree_writer *w, struct own_phandles own)
{
	tree_open_node(w, "primecell-clock");
	tree_put_string(w, "compatible", "fixed-clock");
	tree_put_u32(w, "#clock-cells", 0);
	tree_put_u32(w, "clock-frequency", CLOCK_HZ);
	tree_put_u32(w, "phandle", own.clock);
	tree_close_node(w);
}

static void put_primecell(struct tree_writer *w, const struct region *region)
{
	const uint64_t reg[] = {region->base, region->size};
	const struct tree_interrupt interrupt = {.intid = regions_facts(region->kind)->intid};

	tree_put_u64_list(w, "reg", reg, ARRAY_COUNT(reg));
	tree_put_interrupts(w, &interrupt, 1);
}

static void put_uart(struct tree_writer *w, const struct region *uart, struct own_phandles own)
{
	const fdt32_t clocks[] = {cpu_to_fdt32(own.clock), cpu_to_fdt32(own.clock)};

	tree_open_node_at(w, "pl011", uart->base);
	PUT_STRINGS(w, "compatible", "arm,pl011\0arm,primecell");
	put_primecell(w, uart);
	tree_put_bytes(w, "clocks", clocks, sizeof(clocks));
	PUT_STRINGS(w, "clock-names", "uartclk\0apb_pclk");
	tree_close_node(w);
}

static void put_rtc(struct tree_writer *w, const struct region *rtc, struct own_phandles own)
{
	tree_open_node_at(w, "pl031", rtc->base);
	PUT_STRINGS(w, "compatible", "arm,pl031\0arm,primecell");
	put_primecell(w, rtc);
	tree_put_u32(w, "clocks", own.clock);
	tree_put_string(w, "clock-names", "apb_pclk");
	tree_close_node(w);
}

static void put_primecells(struct tree_writer *w, const struct regions *regions, struct own_phandles own)
{
	const struct region *uart = regions_of_kind(regions, REGION_UART);
	const struct region *rtc = regions_of_kind(regions, REGION_RTC);

	if (uart || rtc)
		put_clock(w, own);
	if (uart)
		put_uart(w, uart, own);
	if (rtc)
		put_rtc(w, rtc, own);
}

static void put_shared_memories(struct tree_writer *w, const struct tree_source *source)
{
	for (unsigned i = 0; i < source->vm->share_count; i++) {
		const struct config_share *share = &source->vm->share[i];
		const struct config_shared *shared = &source->system->shared[share->shared];
		const uint64_t reg[] = {share->ipa, shared->size};
		const struct tree_interrupt doorbell = {.intid = share->doorbell, .edge = true};

		tree_open_node_at(w, "shared-memory", share->ipa);
		tree_put_string(w, "compatible", "signalbox,shared-memory");
		tree_put_u64_list(w, "reg", reg, ARRAY_COUNT(reg));
		tree_put_u32(w, "signalbox,index", i);
		tree_put_string(w, "signalbox,name", shared->name);
		if (share->doorbell != 0)
			tree_put_interrupts(w, &doorbell, 1);
		if (share->read_only)
			tree_put_flag(w, "signalbox,read-only");
		tree_close_node(w);
	}
}

static void put_closed_flag(struct tree_writer *w, const struct config_vm *vm)
{
	const uint64_t reg[] = {vcpu_pages_ipa(0), vcpu_pages_size(vm)};

	if (!vm->closed_flag)
		return;
	tree_open_node_at(w, "closed-flag", reg[0]);
	tree_put_string(w, "compatible", "signalbox,closed-flag");
	tree_put_u64_list(w, "reg", reg, ARRAY_COUNT(reg));
	tree_close_node(w);
}

/* /chosen and /aliases; `console` is the path of the node that the guest's console is on, or "". */
static void put_chosen(struct tree_writer *w, const struct tree_source *source, const char *console)
{
	static const uint8_t no_seed[TREE_RNG_SEED_BYTES]; /* a start of the VM fills them */
	const struct config_vm *vm = source->vm;

	tree_open_node(w, "chosen");
	tree_put_string(w, "bootargs", vm->bootargs);
	if (source->seeded) {
		tree_put_bytes(w, "kaslr-seed", no_seed, TREE_KASLR_SEED_BYTES);
		tree_put_bytes(w, "rng-seed", no_seed, TREE_RNG_SEED_BYTES);
	}
	if (console[0] != '\0')
		tree_put_string(w, "stdout-path", console);
	if (vm->ramdisk.size != 0) {
		tree_put_u64(w, "linux,initrd-start", 0); /* until tree_place_ramdisk() */
		tree_put_u64(w, "linux,initrd-end", vm->ramdisk.size);
	}
	tree_close_node(w);

	if (console[0] == '\0')
		return;
	tree_open_node(w, "aliases");
	tree_put_string(w, "serial0", console);
	tree_close_node(w);
}

/* `uart`: the emulated one, or NULL. */
static void console_path(char *out, size_t size, const struct region *uart, const struct tree_source *source,
						 const struct tree_picks *picks)
{
	out[0] = '\0';
	if (uart)
		format_text(out, size, "/pl011@%llx", (unsigned long long)uart->base);
	else if (source->vm->console == CONFIG_CONSOLE_PHYSICAL && source->host != NULL)
		tree_copy_path(picks, source->host->uart_node, out, size);
}

/* A host GIC with PPI partitions has a fourth cell, and copied nodes too; 0 there means "no partition". */
static unsigned interrupt_cells(const struct tree_picks *picks)
{
	int size;
	const fdt32_t *cells =
		picks->gic < 0 ? NULL : fdt_getprop(picks->host, picks->gic, "#interrupt-cells", &size);

	return cells != NULL && size == (int)sizeof(*cells) && fdt32_to_cpu(*cells) == 4 ? 4 : 3;
}

static int generate(const struct tree_source *source, void *out, uint64_t size, struct tree_fault *fault,
					struct report *report)
{
	struct tree_picks picks = {.gic = -FDT_ERR_NOTFOUND};
	struct own_phandles own;
	struct regions regions;
	struct tree_writer w;
	char console[PATH_MAX_BYTES];

	regions_make(&regions, source->vm);
	if (source->host != NULL)
		tree_copy_choose(&picks, source);
	own = choose_phandles(&picks);
	console_path(console, sizeof(console), regions_of_kind(&regions, REGION_UART), source, &picks);

	tree_writer_begin(&w, out, size);
	w.interrupt_cells = interrupt_cells(&picks);
	put_root(&w, source, own);
	put_chosen(&w, source, console);
	put_memory(&w, source);
	put_processors(&w, source);
	put_timer(&w);
	put_gic(&w, &regions, own);
	put_primecells(&w, &regions, own);
	put_shared_memories(&w, source);
	put_closed_flag(&w, source->vm);
	if (source->host != NULL)
		tree_copy_write(&picks, source, &w, report);
	tree_writer_end(&w);
	*fault = w.fault;
	return w.error;
}

enum err tree_build(const struct tree_source *source, void *out, uint64_t size, uint64_t *length,
					struct report *report)
{
	struct tree_fault fault = {.why = NULL};
	bool own = source->vm->tree.data != NULL;
	int error =
		own ? tree_own_complete(source, out, size, &fault) : generate(source, out, size, &fault, report);

	if (error == -FDT_ERR_NOSPACE) {
		report_line(report,
					"/vms/%s: its device tree needs more than the %llu bytes kept for it; shorten bootargs",
					source->vm->name, (unsigned long long)size);
		return ERR_NO_MEMORY;
	}
	if (error != 0) {
		report_line(report, "/vms/%s: %s: %s%s%s%s%s", source->vm->name,
					own ? "device-tree" : "no device tree can be made for it", fault.node,
					fault.node[0] ? ": " : "", fault.property, fault.property[0] ? ": " : "",
					fault.why ? fault.why : fdt_strerror(error));
		return ERR_INVALID;
	}
	*length = fdt_totalsize(out);
	return OK;
}

void tree_place_ramdisk(void *tree, uint64_t start)
{
	static const char *const ends[] = {"linux,initrd-start", "linux,initrd-end"};
	int chosen = fdt_path_offset(tree, "/chosen"), size;

	for (unsigned i = 0; i < ARRAY_COUNT(ends) && chosen >= 0; i++) {
		const fdt64_t *end = fdt_getprop(tree, chosen, ends[i], &size);

		if (end != NULL && size == sizeof(*end))
			(void)fdt_setprop_inplace_u64(tree, chosen, ends[i], fdt64_ld(end) + start);
	}
}

/* The offset of a value of that size, or 0. */
static uint32_t find_value(const void *tree, int node, const char *property, int wanted)
{
	int size;
	const char *value = fdt_getprop(tree, node, property, &size);

	return value && size == wanted ? (uint32_t)(value - (const char *)tree) : 0;
}

struct tree_seeds tree_find_seeds(const void *tree)
{
	int chosen = fdt_path_offset(tree, "/chosen");
	struct tree_seeds seeds = {find_value(tree, chosen, "kaslr-seed", TREE_KASLR_SEED_BYTES),
							   find_value(tree, chosen, "rng-seed", TREE_RNG_SEED_BYTES)};

	return seeds.kaslr && seeds.rng ? seeds : (struct tree_seeds){0};
}
