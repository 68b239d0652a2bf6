/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may prevent direct delivery to a VM, in words; and which of it is known before the VM runs, so that
 * the tool can tell. flow/own/obstacle.h decides. Pure, no locks.
 */
#ifndef VM_OBSTACLE_H
#define VM_OBSTACLE_H

#include "vm/config.h"

enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_ACTIVE,       /* one of its handlers is running: ask again */
	OBSTACLE_BUSY,         /* a vCPU does not answer, or the caller has asked too often: ask again */
	OBSTACLE_TWO_STATES,   /* EL2 has no Group 0 here */
	OBSTACLE_MACHINE,      /* priorities or numbers of this machine's GIC do not allow it */
	OBSTACLE_DENIED,       /* the description does not permit it */
	OBSTACLE_HOUSEKEEPING, /* a vCPU runs on the housekeeping pCPU */
	OBSTACLE_STRANGER,     /* it has an interrupt enabled that has no physical one of its own */
	OBSTACLE_GROUP0,       /* it uses Group 0 */
	OBSTACLE_PRIORITY,     /* it tells two priorities apart by its mask that are one physically */
	OBSTACLE_TRAPS,        /* `auto`, and it accesses what EL2 emulates too often */
	OBSTACLE_TWO_ENDS,     /* the same: ICC_DIR_EL1 */
	OBSTACLE_HANDLER,      /* others waited too long for the end of a handler (flow/own/away.h) */
};

/* For messages; the text, with the number of an interrupt that OBSTACLE_STRANGER is about. */
#define OBSTACLE_TEXT_MAX 128
const char *obstacle_words(enum obstacle obstacle);
void obstacle_text(enum obstacle obstacle, uint32_t vintid, char text[OBSTACLE_TEXT_MAX]);
/* Is the obstacle temporary? Ask again. */
static inline bool obstacle_may_pass(enum obstacle obstacle)
{
	return obstacle == OBSTACLE_ACTIVE || obstacle == OBSTACLE_BUSY;
}

/* An obstacle that the description and the machine's tree tell of. */
enum obstacle obstacle_foresee(const struct config_vm *vm, unsigned housekeeping, const struct host *host);

#endif
