/* SPDX-License-Identifier: Apache-2.0 */
/* Several vCPUs on one pCPU: what is under way for a vCPU at EL2 as another one gets the pCPU. */
#include "flow/deliver/sample.h"
#include "shared_vms.h"

/* Its maintenance interrupt is active from its list registers' state until they are filled again. */
static void its_maintenance_interrupt_ends_as_it_leaves(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	fake_cpu_select(HERE);
	gic_pend(HERE, MAINTENANCE);
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_false(gic_is_active(HERE, MAINTENANCE)); /* the next one is of B */
	assert_false(vcpus[A0].refold);
	handle(SOFTWARE);
	assert_int_equal(wait(B), A0);
	handle(SOFTWARE);
}

static void other_one_waits(void)
{
	fail(); /* nothing here is worth a wait */
}

/* Whichever of them is resident, and sleeps: others run, and their interrupts are taken. */
static void a_hold_keeps_nobody_else(void **state)
{
	(void)state;
	for (unsigned held = 0; held < VCPUS; held++) {
		struct vcpu *vcpu = &vcpus[held];
		unsigned other = held == B ? A0 : B;

		assert_int_equal(raise(held, SOFTWARE), held);
		handle(SOFTWARE);
		assert_int_equal(wait(held), -1);
		assert_false(vcpu->away);
		fake_cpu_select(ELSEWHERE);
		fake_cpu_set_others(other_one_waits);
		assert_true(sync_hold(vcpu->vm, 1u << vcpu->index, 1000));
		assert_int_equal(go_on(), -1);
		assert_int_equal(raise(other, SOFTWARE), other);
		handle(SOFTWARE);
		assert_int_equal(raise(held, SOFTWARE), other);
		expect_nothing();
		assert_int_equal(wait(other), -1);
		fake_cpu_select(ELSEWHERE);
		sync_release(vcpu->vm, 1u << vcpu->index);
		fake_cpu_set_others(NULL);
		assert_int_equal(go_on(), held);
		handle(SOFTWARE);
		assert_int_equal(wait(held), -1);
	}
}

/* The kick of a hold has not come yet, but an exit. */
static void a_hold_keeps_nobody_else_at_an_exit(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_cpu_set_others(other_one_waits);
	for (unsigned others = 0; others < 2; others++) {
		if (others)
			assert_int_equal(raise(B, SOFTWARE), A0);
		atomic_store(&vcpus[A0].hold, 1);
		entered = run_attend(entered);
		assert_int_equal(vcpus[A0].live, 0);
		assert_int_equal(go_on(), others ? B : -1);
		if (others)
			handle(SOFTWARE);
		fake_cpu_select(ELSEWHERE);
		sync_release(&box.vm[0], 1u << 0);
		fake_cpu_select(HERE);
		assert_int_equal(others ? wait(B) : go_on(), A0);
	}
	fake_cpu_set_others(NULL);
}

/* What its guest has pended at the physical GIC comes to EL2 only when its pCPU may take it. */
static void what_is_pended_as_it_sleeps_wakes_it(void **state)
{
	const unsigned b = B;

	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	write(B, &b, GIC_ISPENDR, 1u << TIMER);
	assert_int_equal(wait(B), B); /* before the interrupt is taken */
	handle(TIMER);
	expect_nothing();
}

/* A deadline of 0 is one that has passed. */
static void a_timer_at_zero_wakes_it(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	fake_guest()->timer = FAKE_TIMER_AT_ZERO;
	assert_int_equal(wait(B), B); /* before the interrupt is taken */
	handle(TIMER);
	assert_int_equal(wait(B), A0);
}

/* Another vCPU asks whether its timer's interrupt is pending: it is its own that counts. */
static void a_timer_that_is_away_is_pending_in_time(void **state)
{
	uint64_t now;

	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter() + 1000;
	assert_int_equal(raise(A1, SOFTWARE), A0);
	vcpus[A1].turn.priority = 20;
	assert_int_equal(go_on(), A0);
	assert_int_equal(raise(A1, SOFTWARE + 1), A1);
	now = cpu_counter();
	fake_guest()->timer = now; /* its own is up */
	set_lines();
	assert_int_equal(sample_pending(&box.vm[0], 0, 0, 1u << TIMER), 0);
	assert_int_equal(sample_pending(&box.vm[0], 1, 0, 1u << TIMER), 1u << TIMER);
	fake_guest()->timer = 0;
	fake_counter_advance(1000);
	set_lines();
	assert_int_equal(sample_pending(&box.vm[0], 0, 0, 1u << TIMER), 1u << TIMER);
	assert_int_equal(sample_pending(&box.vm[0], 1, 0, 1u << TIMER), 0);
}

/* Between the steps of its VM's end another one runs: nothing of the old life comes back to the
 * redistributor. */
static void a_vm_that_ends_leaves_nothing_behind(void **state)
{
	for (unsigned handled = 0; handled < 2; handled++) {
		const unsigned b = B;

		set_up(state);
		vcpus[A0].turn.priority = 20;
		assert_int_equal(raise(B, SOFTWARE), B);
		handle(SOFTWARE);
		if (handled) {
			fake_guest()->timer = cpu_counter();
			assert_int_equal(go_on(), B);
			assert_int_equal(fake_guest_acknowledge(1), TIMER);
		} else {
			write(B, &b, GIC_ISPENDR, 1u << TIMER);
		}
		assert_int_equal(raise(A0, SOFTWARE), A0);
		fake_cpu_select(ELSEWHERE);
		assert_true(life_stop(&box.vm[1], VM_THEN_STOPPED));
		fake_cpu_select(HERE);
		handle(SOFTWARE);
		share_sleep(&vcpus[A0]);
		assert_ptr_equal(share_next(), &vcpus[B]);
		life_stop_vcpu(&vcpus[B]); /* as the idle loop does */
		entered = NULL;
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		assert_int_equal(wait(A0), -1);
		assert_int_equal(box.vm[1].state, VM_STOPPED);
		assert_false(vcpus[B].away);
		assert_false(gic_is_active(HERE, TIMER));
		assert_false(fake_gic_is_enabled(HERE, TIMER));
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		fake_guest()->timer = cpu_counter();
		assert_int_equal(go_on(), A0);
		handle(TIMER);
	}
}

/* Below one that never waits. */
static void a_stop_does_not_wait_for_its_turn(void **state)
{
	(void)state;
	vcpus[A0].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(&box.vm[1], VM_THEN_STOPPED));
	assert_int_equal(go_on(), A0);
	assert_int_equal(box.vm[1].parked, 1);
	assert_int_equal(box.vm[1].state, VM_STOPPING); /* its memory is zeroed when A0 waits */
	assert_int_equal(wait(A0), -1);
	assert_int_equal(box.vm[1].state, VM_STOPPED);
}

/* It was acknowledged before it was disabled: its model is not touched, and it is not active for ever. */
static void what_comes_after_its_vm_has_ended_is_dropped(void **state)
{
	const uint32_t bit = 1u << DEVICE % 32;

	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	for (unsigned ended = 0; ended < 2; ended++) {
		atomic_store(&box.vm[1].ended, ended);
		gic_pend(HERE, DEVICE);
		go_on();
		assert_int_equal((atomic_load(&vcpus[B].vgic.raised[DEVICE / 32]) & bit) != 0, !ended);
		assert_int_equal(gic_is_active(HERE, DEVICE), !ended);
		if (!ended) {
			gic_clear_active(HERE, DEVICE);
			atomic_store(&vcpus[B].vgic.raised[DEVICE / 32], 0);
		}
	}
}

/* The doorbells that rang for one that turned off meanwhile are told when their time has come. */
static void doorbells_of_one_that_is_off_are_told_in_time(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	vcpus[B].entered = false;
	atomic_store(&vcpus[B].rung, 1);
	atomic_store(&vcpus[B].rings, true);
	fake_cpu_select(ELSEWHERE);
	gic_kick(HERE);
	assert_int_equal(go_on(), A0);
	assert_false(vcpus[B].rings);
	assert_true(vcpus[B].deadline[TIMER_RING] - 1 < TIMER_NEVER - 1);
}

/* One that is active is pended once more: only at the GIC, or, while its vCPU is away, beside its model. */
static void what_is_pended_while_active_comes_after_its_end(void **state)
{
	const unsigned a0 = A0;

	for (unsigned by = A0; by <= A1; by++) {
		set_up(state);
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		fake_guest()->timer = cpu_counter();
		assert_int_equal(go_on(), A0);
		assert_int_equal(fake_guest_acknowledge(1), TIMER);
		fake_guest()->timer = 0;
		set_lines();
		if (by == A0)
			write(A0, &a0, GIC_ISPENDR, 1u << TIMER);
		vcpus[A1].turn.priority = 20;
		assert_int_equal(raise(A1, SOFTWARE), A1);
		handle(SOFTWARE);
		if (by == A1)
			write(A1, &a0, GIC_ISPENDR, 1u << TIMER);
		assert_int_equal(sample_pending(&box.vm[0], 0, 0, 1u << TIMER), 1u << TIMER);
		assert_int_equal(wait(A1), A0);
		assert_true(gic_is_active(HERE, TIMER));
		expect_nothing();
		fake_guest_end(1, TIMER);
		assert_int_equal(go_on(), A0);
		handle(TIMER);
		assert_int_equal(raise(A1, SOFTWARE), A1); /* it comes once */
		handle(SOFTWARE);
		assert_int_equal(wait(A1), A0);
		expect_nothing();
	}
}

/* It sleeps in the handler, its timer's line up: another vCPU's GICR_ICACTIVER0 lets the interrupt come
 * again. */
static void one_whose_interrupt_is_deactivated_looks_again(void **state)
{
	const unsigned a0 = A0;

	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), A0);
	assert_int_equal(fake_guest_acknowledge(1), TIMER);
	assert_int_equal(wait(A0), -1);
	assert_int_equal(raise(A1, SOFTWARE), A1);
	handle(SOFTWARE);
	write(A1, &a0, GIC_ICACTIVER, 1u << TIMER);
	assert_int_equal(wait(A1), A0);
	fake_guest_end(1, TIMER); /* its priority alone */
	assert_int_equal(go_on(), A0);
	handle(TIMER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_maintenance_interrupt_ends_as_it_leaves),
		TEST(a_hold_keeps_nobody_else),
		TEST(a_hold_keeps_nobody_else_at_an_exit),
		TEST(what_is_pended_as_it_sleeps_wakes_it),
		TEST(a_timer_at_zero_wakes_it),
		TEST(a_timer_that_is_away_is_pending_in_time),
		TEST(a_vm_that_ends_leaves_nothing_behind),
		TEST(a_stop_does_not_wait_for_its_turn),
		TEST(what_comes_after_its_vm_has_ended_is_dropped),
		TEST(doorbells_of_one_that_is_off_are_told_in_time),
		TEST(what_is_pended_while_active_comes_after_its_end),
		TEST(one_whose_interrupt_is_deactivated_looks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
