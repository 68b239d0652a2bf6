/* SPDX-License-Identifier: Apache-2.0 */
/* A VM with direct delivery that is told to stop, and does not. */
#include "seizure_vm.h"

/* A vCPU that is told to stop is watched, since nothing waits for it. */
static void who_is_told_to_stop_is_watched(void **state)
{
	struct vm *vm = &box.vm[0];
	uint64_t told;

	(void)state;
	assert_int_equal(seize_watch(), TIMER_NEVER);
	fake_counter_advance(77);
	life_stop(vm, VM_THEN_RESTART);
	assert_int_equal(vm->state, VM_STOPPING);
	assert_true(vcpu.stopping);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 1);
	assert_int_equal(housekeeping_kicks, 1);
	told = vm->asked_at;
	assert_int_equal(seize_watch(), told + deadline() + 1);
	fake_counter_advance(deadline());
	assert_int_equal(seize_watch(), told + deadline() + 1);
	assert_true(has_stage2());
	fake_counter_advance(1);
	assert_int_equal(seize_watch(), cpu_counter() + deadline() + 1);
	assert_false(has_stage2());
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	seize_end(vm);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

static void others_that_stop_are_not_watched(void **state)
{
	(void)state;
	box.vm[0].vgic.direct = false;
	life_stop(&box.vm[0], VM_THEN_STOPPED);
	assert_int_equal(housekeeping_kicks, 0);
	fake_counter_advance(2 * deadline());
	assert_int_equal(seize_watch(), TIMER_NEVER);
	assert_true(has_stage2());
}

/* The vCPU has stopped in time, but the end of its VM takes long. */
static void who_ends_slowly_has_stage2_again(void **state)
{
	static uint8_t ram[64]; /* all the memory of the VM */
	struct vm *vm = &box.vm[0];

	(void)state;
	config.memory_size = sizeof(ram);
	vm->memory = mmu_address(ram);
	vm->vgic.lock.rank = LOCK_VGIC;
	life_stop(vm, VM_THEN_RESTART);
	vm->parked = 1;
	vcpu.live = 0;
	fake_cpu_select(GUEST_PCPU);
	assert_int_equal(life_step(&vcpu), LIFE_GOES_ON);
	assert_int_equal(vm->state, VM_STARTING);
	assert_false(vm->seized);
	assert_true(has_stage2());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_told_to_stop_is_watched),
		TEST(others_that_stop_are_not_watched),
		TEST(who_ends_slowly_has_stage2_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
