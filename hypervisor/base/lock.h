/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fair spin lock (tickets). EL2 runs with interrupts masked, so a lock is never taken twice by one pCPU.
 * Locks have ranks: a pCPU that holds one may only take one of a higher rank. A build with LOCKS_CHECKED
 * (meson -Dlocks_checked=true) panics where that order is broken.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/types.h"

#ifndef LOCKS_CHECKED
#define LOCKS_CHECKED 0
#endif

enum lock_rank {
	LOCK_UNRANKED, /* of a lock that was not initialised */
	LOCK_MOVE,     /* which VM owns a shared interrupt or a device */
	LOCK_VM,       /* a VM's life: start, stop, which vCPUs are on */
	LOCK_DEVICE,   /* one emulated device */
	LOCK_VGIC,     /* a VM's interrupt model */
	LOCK_CONSOLE,  /* what the console shows */
	LOCK_MARK,     /* no lock: marks, which are waited for like locks (flow/hold/mark.h) */
	LOCK_GIC,      /* words of the physical distributor with interrupts of several VMs */
	LOCK_LOG,      /* the ring of log lines */
};

struct lock {
	uint16_t next;    /* the ticket for the next that waits; any pCPU, atomically */
	uint16_t serving; /* the ticket that may enter; the holder alone writes it */
	uint8_t rank;     /* enum lock_rank */
};

/* Checks the order of locks on this pCPU, in builds with LOCKS_CHECKED. A breach is a broken invariant. */
void lock_order_acquire(const struct lock *lock);
void lock_order_release(const struct lock *lock);

static inline void lock_acquire(struct lock *lock)
{
	uint16_t mine;

	if (LOCKS_CHECKED)
		lock_order_acquire(lock);
	mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Acquire: pairs with the release in lock_release(). */
	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != mine) {
#ifdef __aarch64__
		__asm__ volatile("yield");
#endif
	}
}

static inline void lock_release(struct lock *lock)
{
	if (LOCKS_CHECKED)
		lock_order_release(lock);
	__atomic_store_n(&lock->serving, (uint16_t)(lock->serving + 1), __ATOMIC_RELEASE);
}

#endif
