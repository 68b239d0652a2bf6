/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For fuzzers of device trees: what was reported, and (in trees.c) a mutator that changes a tree as a tree,
 * so that the result is mostly still a tree.
 */
#ifndef FUZZ_TREES_H
#define FUZZ_TREES_H

#include "vm/config.h"

/* A machine, of tests/fuzz/seeds/machine/qemu.dts, as dtc makes it. */
extern const uint8_t dt_blob_start[], dt_blob_end[];

struct trees_said {
	struct report report;
	uint32_t vms_named; /* a bit for each VM of `system` that a line names by its node */
	const struct system_config *system;
};

void trees_said_init(struct trees_said *said, const struct system_config *system);
/* A copy that ends where its memory ends, 8-byte aligned; free() takes it. */
void *trees_copy(const void *data, size_t size);
/*
 * Reads a system description, and does with it what boot would do: placement, pieces of images, device trees.
 * Checks that each message names its node, and that nothing lies outside a VM's memory.
 */
void trees_check_system(const void *description, size_t size, const struct host *host);
_Noreturn void trees_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Names for the mutator; each list ends with NULL. */
extern const char *const trees_properties[], *const trees_texts[], *const trees_nodes[];

#endif
