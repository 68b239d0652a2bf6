/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All RAM that boot takes, what for, and in which order: the hypervisor's own, fixed places, shared memories,
 * then each VM. Pure: boot builds with it, and `sbx check` runs it for the machine of its device tree, with
 * the same messages. What does not fit is reported with how much is missing; the VMs that want it do not
 * start. One plan at a time; boot CPU, or the tool.
 */
#ifndef VM_PLAN_H
#define VM_PLAN_H

#include "memory/pages.h"
#include "memory/table.h"
#include "vm/vm.h"

enum plan_use {
	PLAN_OWN,    /* of Signalbox, with the description, the machine's tree, and what it reserves */
	PLAN_MEMORY, /* of VMs */
	PLAN_SHARED,
	PLAN_REST, /* what EL2 needs for each VM: tables, device tree, vCPUs */
	PLAN_USE_COUNT,
};

struct plan {
	struct ram ram; /* the RAM that is left; first, for bench/footprint.py */
	/* Set by the caller. `host` may be NULL, in the tool: then there is any amount of RAM. */
	const struct system_config *system;
	const struct host *host;
	struct report *report;
	unsigned ipa_bits; /* that stage 2 translates */
	bool random;       /* the machine has random numbers for seeds */
	void *(*reach)(
		pa_t pa,
		uint64_t size); /* memory at an address: the address itself, or in the tool any memory of this size */

	uint64_t total;                  /* of the machine */
	uint64_t wanted[PLAN_USE_COUNT]; /* bytes, whether there was room or not */
	bool lacking;                    /* there was no room for something */
	struct ram_grant shared[CONFIG_SHARED_MAX];
	struct ram_grant blank;         /* what VMs with machine = "virt" read where nothing is: vm/blank.h */
	struct ram_grant fixed[VM_MAX]; /* RAM of VMs that the description places */
	uint32_t registers[VM_MAX];     /* for config_find_rival(): of the VMs planned so far */
};

/* What one VM gets. */
struct plan_vm {
	pa_t memory;
	pa_t firmware;   /* config_firmware_size() bytes, if it has any */
	pa_t vcpu_pages; /* vcpu_pages_size() bytes, if it has any */
	uint64_t ram_ipa;
	struct table stage2;
	pa_t stage2_root;
	struct config_placement placement;
	struct blob tree;
	bool seeded;                /* it has room for seeds */
	pa_t vcpu[VCPU_PER_VM_MAX]; /* plan_vcpu_size() bytes each, for the stack and `struct vcpu` at its top */
};

uint64_t plan_vcpu_size(void);

/*
 * RAM without the ranges that are taken when boot begins: `image` of the hypervisor, `tree` of the machine.
 * ERR_RANGE: too many pieces.
 */
MUST_USE enum err plan_machine(struct plan *plan, struct host_range image, pa_t tree);
/*
 * RAM that belongs to no VM alone, or must be at a fixed place. What does not fit is missing from the plan.
 */
void plan_common(struct plan *plan);
/* A valid VM, by its index. On an error, which is reported, nothing stays taken, and `out` is unchanged. */
MUST_USE enum err plan_vm(struct plan *plan, unsigned index, struct plan_vm *out);

#endif
