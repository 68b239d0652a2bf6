/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/hold/sync.h"

#include "flow/hold/mark.h"
#include "flow/hold/seize.h"
#include "machine/api/cpu.h"

/* An emulator may give the other processors no turn while this one only looks at the clock. */
#define LOOKS_MIN 64

struct patience {
	uint64_t until; /* counter value */
	unsigned looks;
};

/*
 * A guest with virtual delivery cannot keep a kick away, and EL2 is never busy for long: it is waited for.
 * False: a guest with direct delivery has not answered in time.
 */
static bool answers(const struct vcpu *vcpu, struct patience *patience)
{
	while (atomic_load_acquire(&vcpu->live)) { /* pairs with sync_end_live() */
		if (++patience->looks > LOOKS_MIN && atomic_load(&vcpu->direct) && cpu_counter() > patience->until)
			return false;
		cpu_relax();
	}
	mark_wait(vcpu->pcpu); /* it may be off, and an interrupt under way to it */
	return true;
}

static void call_in(struct vm *vm, uint32_t vcpus)
{
	for (uint32_t left = vcpus; left; left &= left - 1)
		atomic_add(&vm->vcpu[bits_lowest(left)]->hold, 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with those in sync_go_live() and mark_set() */
	for (uint32_t left = vcpus; left; left &= left - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(left)];

		if (atomic_load(&vcpu->live))
			gic_kick(vcpu->pcpu);
	}
}

bool sync_hold(struct vm *vm, uint32_t vcpus, unsigned patience_us)
{
	struct patience patience = {.until = cpu_counter() + cpu_us_to_ticks(patience_us)};
	uint32_t missing = 0;

	call_in(vm, vcpus);
	for (uint32_t left = vcpus; left; left &= left - 1)
		if (!answers(vm->vcpu[bits_lowest(left)], &patience))
			missing |= left & -left;
	if (!missing)
		return true;
	sync_release(vm, vcpus);
	seize_ask(vm, missing);
	return false;
}

/* It was not ready while it was held. */
static __attribute__((noinline)) void make_ready(const struct vcpu *vcpu)
{
	gic_kick(vcpu->pcpu);
}

void sync_release(struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

		atomic_add(&vcpu->hold, -1);
		if (vcpu->shares)
			make_ready(vcpu);
	}
}

/* A function by itself in what was built, too: bench/holds.py ends an exit here. */
__attribute__((noinline)) void sync_go_live(struct vcpu *vcpu)
{
	for (;;) {
		atomic_store(&vcpu->live, 1);
		__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in call_in() */
		if (!atomic_load_acquire(&vcpu->hold))
			return;
		atomic_store_release(&vcpu->live, 0);
		while (atomic_load_acquire(&vcpu->hold))
			cpu_relax();
	}
}

void sync_end_live(struct vcpu *vcpu)
{
	atomic_store_release(&vcpu->live, 0); /* pairs with the acquire in sync_hold() */
}
