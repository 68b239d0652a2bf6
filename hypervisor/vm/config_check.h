/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files that read a system description, one for each question. Boot CPU, or the workstation
 * tool; no locks.
 */
#ifndef VM_CONFIG_CHECK_H
#define VM_CONFIG_CHECK_H

#include "base/bits.h"
#include "vm/config.h"

/* The context of every question: the description, and the node that is being read. */
struct config_check {
	const void *tree;
	const struct host *host; /* NULL: no machine to check against */
	struct system_config *out;
	struct report *report;
	struct config_vm *vm; /* whose node it is, or NULL */
	int node;
	const char *path; /* of the node, for messages */
};

/*
 * Reports "path: property: what is wrong; what would be right" and marks the VM, if there is one. `property`
 * may be NULL.
 */
void config_mistake(struct config_check *check, const char *property, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The multiple of a power of two that was probably meant: the next one, or the last that there is. */
static inline uint64_t config_multiple(uint64_t value, uint64_t of)
{
	uint64_t next = align_up(value, of);

	return next >= value ? next : align_down(value, of);
}

/* Property values (config_value.c). A malformed value is a mistake, is reported, and reads as absent. */
bool config_flag(struct config_check *check, const char *property);
/* One cell, or two, or 64 bits. False when absent or malformed. */
bool config_number(struct config_check *check, const char *property, uint64_t *out);
/* Text; NULL when absent or malformed. */
const char *config_text(struct config_check *check, const char *property);
/* The bytes of a file; size 0 when absent. An empty file is a mistake. */
struct blob config_file(struct config_check *check, const char *property);
/* Which of the words the text is; -1, and a report, when none. */
int config_word(struct config_check *check, const char *property, const char *text,
				const char *const words[]);

/* Names (config_names.c). Lists of names end with NULL. */
/* Reads each node below the node `name`, which has no properties of its own, with `read`. */
void config_read_nodes(const struct config_check *check, const char *name,
					   void (*read)(struct config_check *check, const char *name));
/* Properties and child nodes that the node must not have. */
void config_check_names(struct config_check *check, const char *const properties[],
						const char *const nodes[]);
/* The name of the list that was probably meant, or NULL. */
const char *config_nearest_name(const char *name, const char *const names[]);
/* How many letters must change (at most 255 counted), for callers with a list of their own. */
unsigned config_name_distance(const char *a, const char *b);
/* Would a person who wrote a name at that distance have meant the other? */
bool config_is_near(const char *name, unsigned distance);
/* May it name a VM or a shared memory? If not, that is reported. */
bool config_check_name(struct config_check *check, const char *name);

/* The questions. Each reads `check->node` into `check->vm` or `check->out`, and reports mistakes. */
void config_read_vm(struct config_check *check);         /* config_vm.c */
void config_read_image(struct config_check *check);      /* config_image.c */
void config_read_devices(struct config_check *check);    /* config_device.c */
void config_check_devices(struct config_check *check);   /* config_owner.c: DMA */
void config_read_regions(struct config_check *check);    /* config_share.c: of the system */
void config_read_shares(struct config_check *check);     /* config_share.c: of a VM */
void config_check_vintids(struct config_check *check);   /* config_space.c */
void config_check_conflicts(struct config_check *check); /* config_conflict.c: with the VMs before it */

/* Of a VM, when all VMs have been read. */
void config_check_received(struct config_check *check); /* config_conflict.c: another one must own it first */
void config_check_pages(struct config_check *check); /* config_owner.c: a page of registers has one owner */
void config_check_stolen_time(
	struct config_check *check); /* config_space.c: once config_find_sharers() was called */

/* The property that lists a device, for messages. */
static inline const char *config_device_property(const struct config_device *device)
{
	return device->received ? "receives" : "devices";
}

/* Is the node of the host tree one of the VM's devices, or below one? (config_device.c) */
bool config_owns_node(const struct config_vm *vm, int node);

/* config_turn.c */
void config_read_turn(struct config_check *check);
void config_check_turns(struct config_check *check); /* with the VMs before it */
/* The vCPUs that have not all of their pCPU: it has others, or their budget is hard. When all VMs have been
 * read. */
void config_find_sharers(struct system_config *system);

#endif
