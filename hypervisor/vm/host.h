/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host device tree says of the machine. Pure: reads the tree with libfdt and fills a struct.
 * Called once at boot, and by the workstation tool to check a description against a machine.
 */
#ifndef VM_HOST_H
#define VM_HOST_H

#include "base/error.h"
#include "base/report.h"
#include "machine/api/cpu.h"
#include "machine/api/gic.h"
#include "machine/api/uart.h"

#define HOST_TREE_MAX UINT64_C(0x400000) /* Linux takes half of it; QEMU doubles the size of its own */
#define HOST_RAM_MAX 16
#define HOST_RESERVED_MAX 32
#define HOST_SEED_MAX 128
#define HOST_DEPTH_MAX 16 /* deeper nodes are not devices */

struct host_range {
	uint64_t base, size;
};

struct host {
	const void *tree; /* the flattened tree itself; stays in memory */
	uint64_t tree_size;
	struct cpu_place cpus; /* only CPUs whose status is okay */
	unsigned boot_pcpu;    /* index of the CPU with the MPIDR given to host_read() */
	struct gic_place gic;
	struct host_range ram[HOST_RAM_MAX];
	unsigned ram_count;
	struct host_range reserved[HOST_RESERVED_MAX]; /* /memreserve/ and /reserved-memory */
	unsigned reserved_count;
	struct uart_place uart;
	uint32_t uart_intid; /* 0 when there is none */
	bool uart_edge;
	char uart_path[64]; /* node path of the console UART, "" when none */
	int uart_node;      /* its offset in the tree, negative when none */
	int gic_node, timer_node;
	uint32_t timer_virtual_intid, timer_hypervisor_intid, maintenance_intid;
	pa_t rtc;    /* a clock, PL031; 0: there is none */
	pa_t initrd; /* /chosen linux,initrd-start: the system description */
	uint64_t initrd_size;
	uint8_t seed[HOST_SEED_MAX]; /* /chosen rng-seed and kaslr-seed: the random bytes of the boot loader */
	unsigned seed_size;
	char model[64];
	char bootargs[256];
};

/* Is there a device tree of at most `size` bytes here, by its header? */
bool host_has_tree(const void *memory, uint64_t size);

/*
 * What is needed before the rest is checked: fills `tree`, `tree_size`, `model`, `bootargs`, seeds and the
 * conduit of PSCI; all else is 0. ERR_INVALID when it is no valid tree.
 */
MUST_USE enum err host_open(const void *tree, struct host *out, struct report *report);

/*
 * Finds the console UART, on which all other problems are reported, without its interrupt: the first whose
 * place the tree gives, that is not in memory, and that `probe` finds (NULL: not asked). Others are reported.
 */
void host_find_uart(struct host *host, bool (*probe)(const struct uart_place *place), struct report *report);

/*
 * The rest, of a host that is open. Every problem is reported through `report` with node and property.
 * `boot_mpidr`: affinity fields of the CPU that runs this (a tool gives HOST_ANY_CPU: the first one). The
 * tree must be readable for the total size that its header names, and 8-byte aligned. What the machine can
 * work without (a UART, further CPUs) is reported, and left out; ERR_UNSUPPORTED when it lacks something that
 * Signalbox needs, ERR_INVALID when the tree is broken, ERR_RANGE beyond a limit above.
 */
#define HOST_ANY_CPU UINT64_MAX
MUST_USE enum err host_judge(struct host *host, uint64_t boot_mpidr, struct report *report);

/* All three, for a tool. */
MUST_USE enum err host_read(const void *tree, uint64_t boot_mpidr, struct host *out, struct report *report);

/* host_judge()'s part for the UART's interrupt, which is known with the GIC. */
void host_read_uart_interrupt(struct host *host, struct report *report);
/* Is it a UART of a kind that Signalbox has a driver for? */
bool host_is_uart(const void *tree, int node);

/* host_read()'s part for the GIC, its maintenance interrupt and the timers. */
MUST_USE enum err host_read_gic(struct host *host, struct report *report);

/*
 * The node of a device, by path ("/pl031@9010000", with its unit address) or by label or alias ("rtc":
 * looked up in __symbols__, then in /aliases). Negative libfdt error when there is none.
 */
int host_find_device(const struct host *host, const char *name);

/*
 * One interrupt specifier of a GIC: type (0 SPI, 1 PPI), number, flags → INTID and trigger. ERR_INVALID for
 * another type, ERR_RANGE for a number that the type does not have.
 */
MUST_USE enum err host_decode_interrupt(const uint32_t cells[3], uint32_t *intid, bool *edge);

/* A position in the tree: a node and those above it (libfdt cannot go up without starting over). */
struct host_walk {
	const void *tree;
	int node;
	int depth;                 /* of `node`; the root's is 0 */
	int above[HOST_DEPTH_MAX]; /* above[0]: the root ... above[depth]: the node itself */
	struct {
		uint32_t phandle;
		int node;
	} found; /* by host_walk_find() */
};

/* Starts at the root. host_walk_next() continues in the order of the tree; false at its end. */
void host_walk_start(struct host_walk *walk, const void *tree);
MUST_USE bool host_walk_next(struct host_walk *walk);
/*
 * The node that has a phandle; negative when none has. Going through the tree for each reference would be
 * most of a boot, and nearly all are to the interrupt controller: the last answer is kept.
 */
int host_walk_find(struct host_walk *walk, uint32_t phandle);
/* Goes to a node; false when there is none at that offset. */
MUST_USE bool host_walk_to(struct host_walk *walk, const void *tree, int node);

/*
 * The register block `index` of the node, as physical addresses, through the `ranges` of the buses above.
 * ERR_NOT_FOUND after the last; ERR_INVALID when `reg` or a `ranges` is malformed; ERR_UNSUPPORTED when the
 * processor has no address for it (for example a device on I2C).
 */
MUST_USE enum err host_walk_reg(const struct host_walk *walk, unsigned index, struct host_range *out);

/* An interrupt as its node writes it. */
struct host_interrupt {
	int controller; /* node */
	uint32_t cells[3];
};

/*
 * The interrupt `index` of the node, from interrupts-extended or interrupts with the interrupt-parent here or
 * above. ERR_NOT_FOUND after the last; ERR_INVALID when malformed or without a controller.
 */
MUST_USE enum err host_walk_interrupt(struct host_walk *walk, unsigned index, struct host_interrupt *out);

/*
 * May the device read or write memory by itself? True unless it has no registers, or is of a kind known not
 * to (and its node has neither dma-coherent nor iommus): an unknown device is assumed to do DMA.
 */
bool host_walk_does_dma(const struct host_walk *walk);
/* Is its `reg` memory, flash or SRAM, from which a processor may execute? */
bool host_walk_is_memory(const struct host_walk *walk);
/* Is it memory that takes commands, which are writes? */
bool host_walk_is_flash(const struct host_walk *walk);

/* Reports "host device tree: PATH: what", with the path of the node, and returns ERR_INVALID. */
enum err host_mistake(const void *tree, int node, struct report *report, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Is the node's status absent or okay? */
bool host_is_enabled(const void *tree, int node);
/* A property that is text; "" when there is none or it does not end. */
const char *host_text(const void *tree, int node, const char *name);
/* Is all of this memory of the machine, in one piece or in neighbouring ones? */
bool host_is_ram(const struct host *host, uint64_t base, uint64_t size);
/* One or two cells at `property`, as a number. */
uint64_t host_cells(const void *property, int cell_count);

#endif
