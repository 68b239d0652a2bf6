/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/hold/mark.h"

#include "machine/api/cpu.h"

void mark_set(void)
{
	atomic_store(&box.marked[pcpu_this()], 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with those in mark_wait_all() and sync_hold() */
}

void mark_clear(void)
{
	atomic_store_release(&box.marked[pcpu_this()], 0); /* pairs with mark_wait() */
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
	while (atomic_load_acquire(&box.marked[pcpu])) /* pairs with mark_clear() */
		cpu_relax();
}

void mark_wait_all(const struct vm *vm)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in mark_set() */
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		mark_wait(vm->vcpu[v]->pcpu);
}
