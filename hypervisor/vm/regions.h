/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated devices of a VM, by guest-physical address. A new one is a kind here, a row in regions.c, and
 * a case in flow/exits/mmio.c. The check of the description (at boot, and by the tool on a workstation), the
 * device tree, and exits read the same table.
 *
 * flow/boot/build.c keeps it in `struct vm`; it stands still from then on: no locks.
 */
#ifndef VM_REGIONS_H
#define VM_REGIONS_H

#include "vm/config.h"

enum region_kind {
	REGION_GICD,  /* the distributor */
	REGION_GICR,  /* the redistributors of all vCPUs, one behind the other */
	REGION_UART,  /* the PL011 that is the console */
	REGION_RTC,   /* the PL031 of machine = "virt" */
	REGION_FWCFG, /* its firmware configuration device */
	REGION_GPIO,  /* and its PL061 */
	REGION_KIND_COUNT,
	REGION_NONE = REGION_KIND_COUNT,
};

struct region {
	uint64_t base;
	uint32_t size; /* bytes at which the device answers: more than any access has */
	uint32_t kind; /* enum region_kind */
};

/* Sorted by base. The first is always the distributor; behind the last stands one at 0, where none is. */
struct regions {
	struct region region[REGION_KIND_COUNT + 1];
};

#define REGIONS_NOT_VIRT "leave machine out" /* the way out for all of machine = "virt" */

/* What the check of a description wants to know of a kind. */
struct region_facts {
	const char *name;    /* for messages */
	const char *way_out; /* how a person can do without it, for what is to be in its place; NULL: never */
	uint64_t reserved;   /* bytes from the base on where nothing else may be, answered or not */
	uint32_t intid;      /* of its interrupt in the guest, an SPI; 0: it has none */
};

void regions_make(struct regions *regions, const struct config_vm *vm);
const struct region_facts *regions_facts(enum region_kind kind);
/* NULL: the VM has none. */
const struct region *regions_of_kind(const struct regions *regions, enum region_kind kind);

/* A device, and a byte of it. REGION_NONE: no device. */
struct region_place {
	enum region_kind kind;
	uint64_t offset;
};

/*
 * The device that has all bytes of an access. For the long way of an exit it is inline, and does not look at
 * the kind of the first. No sum is formed, so that an access may end where addresses do.
 */
static inline struct region_place regions_look_up(const struct regions *regions, uint64_t address,
												  unsigned size_bytes)
{
	const struct region *region = &regions->region[0];
	uint64_t offset = address - region->base;

	if (offset <= region->size - size_bytes)
		return (struct region_place){REGION_GICD, offset};
	for (region = &regions->region[1]; region->base; region++) {
		offset = address - region->base;
		if (offset <= region->size - size_bytes)
			return (struct region_place){region->kind, offset};
	}
	return (struct region_place){REGION_NONE, 0};
}

#endif
