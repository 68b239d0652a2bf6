/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU that is not entered again: it turns off, or parks because its VM stops, once, whichever comes first.
 */
#include "seizure_vm.h"

static struct vm *vm(void)
{
	return &box.vm[0];
}

static int set_up_leaving(void **state)
{
	set_up(state);
	leaves = true;
	vm()->vgic.direct = vcpu.direct = false;
	vm()->vgic.lock.rank = LOCK_VGIC;
	fake_cpu_select(GUEST_PCPU);
	return 0;
}

static void expect_off(bool parked)
{
	assert_int_equal(vcpu.live, 0);
	assert_int_equal(vm()->psci.on, 0);
	assert_int_equal(vm()->parked, parked);
	assert_int_equal(quiesced, parked);
}

static void turns_off(void **state)
{
	(void)state;
	life_want_off(&vcpu);
	assert_int_equal(vm()->psci.on, 1); /* until it has turned off or parked */
	life_stop_vcpu(&vcpu);
	expect_off(false);
	vm()->psci.on = 1;
	life_stop_vcpu(&vcpu); /* it was turned on again, and wants nothing */
	assert_int_equal(vm()->psci.on, 1);
	assert_int_equal(life_step(&vcpu), LIFE_WAITS);
}

static void parks(void **state)
{
	(void)state;
	assert_true(life_stop(vm(), VM_THEN_STOPPED));
	life_stop_vcpu(&vcpu);
	expect_off(true);
	life_stop_vcpu(&vcpu);
	expect_off(true);
}

/* Both write `stopping`; neither overwrites what the other one has written. */
static void turns_off_while_its_vm_stops(void **state)
{
	for (unsigned stop_first = 0; stop_first < 2; stop_first++) {
		set_up_leaving(state);
		if (!stop_first)
			life_want_off(&vcpu);
		assert_true(life_stop(vm(), VM_THEN_STOPPED));
		if (stop_first)
			life_want_off(&vcpu);
		assert_true(vcpu.seldom);
		life_stop_vcpu(&vcpu);
		life_stop_vcpu(&vcpu);
		expect_off(true);
		life_stop_vcpu(&vcpu);
		expect_off(true);
	}
}

static void starts_where_it_was_turned_on(void **state)
{
	(void)state;
	life_want_off(&vcpu);
	life_stop_vcpu(&vcpu);
	lock_acquire(&vm()->lock);
	life_cpu_on(&vcpu, 0x1000, 7, false);
	lock_release(&vm()->lock);
	assert_int_equal(life_step(&vcpu), LIFE_ENTERS);
	assert_int_equal(guest_pc(), 0x1000);
	assert_int_equal(vcpu.frame.x[0], 7);
	assert_int_equal(life_step(&vcpu), LIFE_WAITS);
}

/* Of its VM's clock, whose timer this pCPU has: it comes while the vCPU is off. */
static void keeps_an_alarm(void **state)
{
	uint64_t soon = cpu_counter() + 1;

	(void)state;
	timer_set_of(&vcpu, TIMER_ALARM, soon);
	timer_set_of(&vcpu, TIMER_DELIVERY, soon);
	life_want_off(&vcpu);
	life_stop_vcpu(&vcpu);
	expect_off(false);
	fake_counter_advance(1);
	assert_int_equal(timer_take_passed_of(&vcpu), 1u << TIMER_ALARM);
}

#define LEAVING(name) cmocka_unit_test_setup(name, set_up_leaving)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEAVING(turns_off),
		LEAVING(parks),
		LEAVING(turns_off_while_its_vm_stops),
		LEAVING(keeps_an_alarm),
		LEAVING(starts_where_it_was_turned_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
