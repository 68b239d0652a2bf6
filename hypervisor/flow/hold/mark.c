/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/hold/mark.h"

#include "machine/api/cpu.h"

static struct lock order = {.rank = LOCK_MARK}; /* for its rank alone */

static void count(void)
{
	uint32_t *mark = &box.marked[pcpu_this()];

	asm volatile("" : "+r"(mark));         /* one address, for the load and for the store */
	atomic_store_release(mark, *mark + 1); /* pairs with mark_wait() */
}

void mark_set(void)
{
	if (LOCKS_CHECKED)
		lock_order_acquire(&order);
	count();
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with those in mark_wait_all() and sync_hold() */
}

void mark_clear(void)
{
	count();
	if (LOCKS_CHECKED)
		lock_order_release(&order);
}

void mark_idle(const struct vcpu *vcpu)
{
	mark_set();
	while (vcpu && atomic_load_acquire(&vcpu->hold)) { /* pairs with sync_release() */
		mark_clear();
		while (atomic_load_acquire(&vcpu->hold))
			cpu_relax();
		mark_set();
	}
}

void mark_wait(unsigned pcpu)
{
	uint32_t seen = atomic_load_acquire(&box.marked[pcpu]);

	if (LOCKS_CHECKED) {
		lock_order_acquire(&order);
		lock_order_release(&order);
	}
	while ((seen & 1) && atomic_load_acquire(&box.marked[pcpu]) == seen)
		cpu_relax();
}

void mark_wait_all(const struct vm *vm)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in mark_set() */
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		mark_wait(vm->vcpu[v]->pcpu);
}
