/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fair spin lock (tickets). EL2 runs with interrupts masked, so a lock is never taken twice by one
 * pCPU. Locks have ranks: a pCPU that holds one may only take one of a higher rank.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/types.h"

enum lock_rank {
	LOCK_VM,      /* a VM's life: start, stop, which vCPUs are on */
	LOCK_VGIC,    /* a VM's interrupt model */
	LOCK_DEVICE,  /* one emulated device */
	LOCK_CONSOLE, /* what the console shows */
	LOCK_LOG,     /* the ring of log lines */
};

struct lock {
	uint16_t next;    /* the ticket the next comer draws; any pCPU, atomically */
	uint16_t serving; /* the ticket that may enter; the holder alone writes it */
};

static inline void lock_acquire(struct lock *lock)
{
	uint16_t mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Acquire: pairs with the release in lock_release(). */
	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != mine) {
#ifdef __aarch64__
		__asm__ volatile("yield");
#endif
	}
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->serving, (uint16_t)(lock->serving + 1), __ATOMIC_RELEASE);
}

#endif
