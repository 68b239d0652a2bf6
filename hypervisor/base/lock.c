/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include "base/assert.h"
#include "base/log.h"

static uint32_t held[PCPU_MAX]; /* a bit for each rank; its own pCPU alone */

void lock_order_acquire(const struct lock *lock)
{
	uint32_t *mine = &held[log_pcpu()];

	ensure(lock->rank != LOCK_UNRANKED, "every lock has a rank");
	ensure(*mine >> lock->rank == 0, "locks are taken in the order of their ranks");
	*mine |= 1u << lock->rank;
}

void lock_order_release(const struct lock *lock)
{
	held[log_pcpu()] &= ~(1u << lock->rank);
}
