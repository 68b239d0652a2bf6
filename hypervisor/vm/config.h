/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system description, read and checked: which VMs, with which processors, memory, images and devices. Pure;
 * the same code runs at boot and in the workstation tool, with the same messages. Every mistake is reported
 * with its node, property and value and what would be right. A VM with a mistake is marked and does not
 * start, the others do. docs/system-description.md and systems/signalbox.yaml describe the source.
 */
#ifndef VM_CONFIG_H
#define VM_CONFIG_H

#include "base/error.h"
#include "base/report.h"
#include "base/types.h"
#include "vm/host.h"

#define CONFIG_NAME_MAX 32
#define CONFIG_DEVICES_MAX 32    /* of one VM */
#define CONFIG_DEVICE_REGS_MAX 4 /* of one device */
#define CONFIG_DEVICE_IRQS_MAX 8
#define CONFIG_SHARED_MAX 8     /* shared memories of the system */
#define CONFIG_TREE_MAX 0x20000 /* bytes of a VM's own device tree */
#define CONFIG_IPA_BITS 40      /* a guest's addresses end here */

/* A piece of the description (or of an embedded file) in memory; NULL and 0 when absent. */
struct blob {
	const void *data;
	uint64_t size;
};

enum config_permission {
	CONFIG_MAY_DMA = 1u << 0,          /* owns devices that do DMA without an SMMU: trusted with all memory */
	CONFIG_MAY_CONTROL_IRQS = 1u << 1, /* moves interrupts of other VMs too */
	CONFIG_MAY_BE_DIRECT = 1u << 2,    /* its delivery may be direct; `delivery` can give this, too */
	CONFIG_MAY_SHARE_DIRECTLY =
		1u << 3, /* the same, and it shares its processor; gives the one before, too */
};

/* The vCPUs that share its processor wait so long for the end of an interrupt handler. */
#define CONFIG_HANDLER_US 50

/* How a VM's interrupts reach it. */
enum config_delivery {
	CONFIG_DELIVERY_VIRTUAL, /* through Signalbox and list registers; the default */
	CONFIG_DELIVERY_DIRECT,  /* by the physical interrupt controller, without Signalbox */
	CONFIG_DELIVERY_AUTO,    /* directly while that costs little */
};

/* Which seeds for random numbers a VM's generated device tree has. */
enum config_seeds {
	CONFIG_SEEDS_RANDOM, /* where the machine has random numbers; the default */
	CONFIG_SEEDS_NONE,
	CONFIG_SEEDS_WEAK, /* where it has none, too: then they can be guessed */
};

/* What a VM has of a machine for which its image was made, beside what its description gives it. */
enum config_machine {
	CONFIG_MACHINE_PLAIN, /* nothing; the default */
	CONFIG_MACHINE_VIRT,  /* what QEMU's `virt` has without devices: vm/blank.h */
};

enum config_console {
	CONFIG_CONSOLE_EMULATED, /* a PL011 that Signalbox emulates; the default */
	CONFIG_CONSOLE_NONE,
	CONFIG_CONSOLE_PHYSICAL, /* owns the machine's UART, passed through */
};

/* Where a VM's device tree goes in its memory. */
enum config_tree_spot {
	CONFIG_TREE_ANYWHERE, /* as QEMU places it; the default */
	CONFIG_TREE_AT_START, /* of memory */
	CONFIG_TREE_AT,       /* an address that the description gives */
};

enum config_image_kind {
	CONFIG_IMAGE_LINUX,
	CONFIG_IMAGE_ELF,
	CONFIG_IMAGE_RAW,
	CONFIG_IMAGE_FIRMWARE, /* raw, in flash, where QEMU's -bios puts it */
};

struct config_reg {
	uint64_t base, size;
}; /* physical, page-aligned as it is mapped */
struct config_irq {
	uint32_t intid;
	bool edge;
};

struct config_device {
	const char *path; /* as the description names it: a path or a label of the host tree */
	int node;         /* its offset in the host tree */
	int node_end;     /* offset after all nodes below it */
	bool does_dma;
	bool is_memory; /* flash or SRAM: its guest may map it as memory, and execute from it */
	bool is_flash;  /* of memory: no cache keeps its commands back */
	bool received;  /* another VM owns it first: this one may be given it at run time */
	bool refused;   /* an earlier VM has it, or its interrupt */
	struct config_reg reg[CONFIG_DEVICE_REGS_MAX];
	unsigned reg_count;
	struct config_irq irq[CONFIG_DEVICE_IRQS_MAX];
	unsigned irq_count;
};

/* How one VM sees one shared memory. */
struct config_share {
	unsigned shared;   /* index into system_config.shared */
	uint64_t ipa;      /* page-aligned */
	uint64_t size;     /* of the shared memory */
	uint32_t doorbell; /* vINTID (an SPI) that this VM gets when another one rings; 0: none */
	bool read_only;
};

/* How each vCPU of a VM shares its pCPU. After boot the monitor may change it: the housekeeping pCPU alone.
 */
struct config_turn {
	uint8_t priority;
	bool budget_hard;
	uint64_t budget_us, period_us, slice_us; /* a budget of 0 is no limit */
};

struct config_vm {
	char name[CONFIG_NAME_MAX];
	bool valid;     /* no mistake was found */
	bool autostart; /* default true; false: waits for `start` in the monitor */
	unsigned vcpu_count;
	uint8_t pcpu[VCPU_PER_VM_MAX];
	uint32_t shares; /* a bit for each vCPU whose pCPU has others, or whose budget is hard */
	struct config_turn turn;
	uint64_t memory_size, memory_ipa;
	bool memory_identity; /* IPA = PA; memory_ipa is then chosen at boot, or fixed by the description */
	bool memory_ipa_given;
	struct blob image, ramdisk, tree; /* tree: the VM's own device tree */
	enum config_image_kind image_kind;
	uint64_t image_load, image_entry; /* IPA; relative to memory_ipa when `image_relative` */
	bool image_relative;
	enum config_tree_spot tree_spot;
	uint64_t tree_ipa;    /* of CONFIG_TREE_AT */
	const char *bootargs; /* "" when absent */
	enum config_machine machine;
	enum config_console console;
	unsigned permissions; /* enum config_permission */
	enum config_delivery delivery;
	bool closed_flag; /* it may close its interrupts without a call (vm/vcpu_pages.h) */
	enum config_seeds seeds;
	unsigned disturbance_percent; /* how much of its time the requests of other VMs may take (vm/budget.h) */
	struct config_device device[CONFIG_DEVICES_MAX];
	unsigned device_count; /* with console = "physical" the UART is the last of them */
	struct config_share share[CONFIG_SHARED_MAX];
	unsigned share_count;
};

struct config_shared {
	char name[CONFIG_NAME_MAX];
	uint64_t size;
};

struct system_config {
	struct config_vm vm[VM_MAX];
	unsigned vm_count;
	struct config_shared shared[CONFIG_SHARED_MAX];
	unsigned shared_count;
	unsigned housekeeping;  /* pCPU that does console work; the boot CPU unless described */
	int console_vm;         /* VM attached to at boot, or -1: the output of all */
	bool stay;              /* do not power off when all VMs are off */
	unsigned mistake_count; /* each was reported in a line */
};

/*
 * Reads and checks. `host` may be NULL in the tool: then what needs the machine (device paths, pCPUs,
 * amount of memory) is not checked, and one line says so. Returns ERR_INVALID when the file is no system
 * description at all (nothing can start); OK otherwise, with `valid` of each VM as found. The description
 * must be 8-byte aligned and stays in memory: `out` points into it. One call at a time.
 */
MUST_USE enum err config_read(const void *description, uint64_t size, const struct host *host,
							  struct system_config *out, struct report *report);

/*
 * Physical interrupts that no device of the machine has, for interrupts of emulated devices that come
 * directly (config_spare.c). A bit each.
 */
struct config_intids {
	uint32_t word[(GIC_INTID_MAX + 31) / 32];
};
struct config_spares {
	unsigned intid_count;       /* of the GIC; 0: there are none */
	struct config_intids taken; /* by devices of the machine, or by config_take_spare() */
	struct config_intids kept;  /* for doorbells that have these numbers */
};

/*
 * All of a GIC with so many INTIDs that the host tree connects to nothing. None if no VM may be direct. Boot,
 * after config_read().
 */
void config_find_spares(struct config_spares *spares, const struct system_config *system,
						const struct host *host, unsigned intid_count);
/* Takes one: the physical interrupt `vintid` if it is spare, else another; 0 when none is left. */
MUST_USE uint32_t config_take_spare(struct config_spares *spares, uint32_t vintid);

/* Has the device registers in a page with one of these bytes? */
bool config_device_is_at(const struct config_device *device, uint64_t base, uint64_t size);
/* The device of the VM that has this interrupt, or NULL. */
const struct config_device *config_device_of(const struct config_vm *vm, uint32_t intid);

/*
 * A page of registers has one owner. Finds the owner: another VM's device, other than this one, with
 * registers in one of the pages of all blocks of this one. `held`: for each VM, a bit for each of its devices
 * whose registers it has. config_read() and boot ask for what VMs own from the start; each move asks for what
 * they have then.
 */
struct config_rival {
	unsigned vm;
	const struct config_device *device;
	uint64_t page;
};
MUST_USE bool config_find_rival(const struct system_config *system, const uint32_t held[VM_MAX], unsigned vm,
								const struct config_device *device, struct config_rival *out);
/* A bit for each of the VM's devices that it has from the start. */
uint32_t config_owned_devices(const struct config_vm *vm);

/*
 * Where the parts of a VM go in its memory, as `qemu -M virt -kernel` would place them, or closer together
 * where that does not fit; the device tree where the description wants it. `tree_size`: of the tree, which
 * takes whole pages. ERR_NO_MEMORY, with a report, when they do not fit.
 */
struct config_placement {
	uint64_t image, ramdisk, tree; /* IPAs; that of the ramdisk means nothing when there is none */
	uint64_t image_size;           /* with the memory after it that the image wants zeroed */
	uint64_t entry;
};
MUST_USE enum err config_place(const struct config_vm *vm, uint64_t ram_ipa, uint64_t tree_size,
							   struct config_placement *out, struct report *report);

/* Bytes of a VM's flash that its firmware takes, in whole pages; 0 when it has none. */
uint64_t config_firmware_size(const struct config_vm *vm);

/*
 * The pieces of the image to copy, n = 0, 1, ...; false after the last; none of firmware. Memory after
 * file_size, up to memory_size, is to read as zero. The VM is valid and `placement` is its own.
 */
struct config_segment {
	uint64_t ipa;
	const void *data;
	uint64_t file_size, memory_size;
};
MUST_USE bool config_segment(const struct config_vm *vm, const struct config_placement *placement, unsigned n,
							 struct config_segment *out);

/*
 * Is the VM's guest address space free of overlaps with its RAM at `ram_ipa`? config_read() has asked already
 * unless the address is chosen at boot (memory-identity without memory-address). ERR_CONFLICT, with a report.
 */
MUST_USE enum err config_check_space(const struct system_config *system, const struct config_vm *vm,
									 uint64_t ram_ipa, struct report *report);

/* What of a pCPU's time is promised by the budgets of the VMs that start. */
unsigned config_promised_permille(const struct system_config *system, unsigned pcpu);
/*
 * Gives a VM other properties, as if its description had them; its slice and its processors stay. False, with
 * a report and nothing changed, if they are refused: what is promised of a processor must be there. After
 * boot, on the housekeeping pCPU.
 */
MUST_USE bool config_change_turn(struct system_config *system, unsigned vm, const struct config_turn *turn,
								 struct report *report);

#endif
