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

#define HOST_RAM_MAX 16
#define HOST_RESERVED_MAX 32

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
	pa_t uart; /* 0 when there is no PL011 at /chosen/stdout-path */
	uint64_t uart_size;
	uint32_t uart_intid;
	char uart_path[64]; /* node path of the console UART, "" when none */
	uint32_t timer_virtual_intid, timer_hypervisor_intid, maintenance_intid;
	pa_t initrd; /* /chosen linux,initrd-start: the system description */
	uint64_t initrd_size;
	char model[64];
	char bootargs[256];
};

/* Every problem is said through `report` with node and property. */
MUST_USE enum err host_read(const void *tree, uint64_t boot_mpidr, struct host *out, struct report *report);

/*
 * The node of a device, by path ("/pl031@9010000") or by label or alias ("rtc": looked up in __symbols__,
 * then in /aliases). Negative libfdt error when there is none.
 */
int host_find_device(const struct host *host, const char *name);

/* One interrupt specifier of a GIC: type (0 SPI, 1 PPI), number, flags → INTID and trigger. */
MUST_USE enum err host_decode_interrupt(const uint32_t cells[3], uint32_t *intid, bool *edge);

#endif
