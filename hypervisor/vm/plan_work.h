/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files that plan a VM: plan.c, the order and all RAM; plan_stage2.c, what the VM reaches. Boot
 * CPU, or the tool; no locks.
 */
#ifndef VM_PLAN_WORK_H
#define VM_PLAN_WORK_H

#include "vm/plan.h"

#define PLAN_PATH_MAX 96

/* Which VM or memory wants it, and by which of its properties. */
struct plan_wish {
	const char *path, *property;
	enum plan_use use;
	uint64_t size, align;
};

/* A VM while it is planned. */
struct plan_work {
	struct plan *plan;
	const struct config_vm *config;
	unsigned index;
	char path[PLAN_PATH_MAX];
	struct plan_vm *out;
};

/* RAM of that size. On an error, which is reported, `out` is unchanged. */
MUST_USE enum err plan_take(struct plan *plan, const struct plan_wish *wish, pa_t *out);
/* Makes the VM's table of stage 2; its memory is taken. Errors are reported. */
MUST_USE enum err plan_make_stage2(struct plan_work *work);

#endif
