/* SPDX-License-Identifier: Apache-2.0 */
/* Several vCPUs on one pCPU: sleep and wake, and whose interrupt comes to whom. */
#include "shared_vms.h"

static void all_sleep_until_one_is_raised(void **state)
{
	(void)state;
	for (unsigned v = 0; v < VCPUS; v++) {
		assert_int_equal(raise(v, SOFTWARE), v);
		handle(SOFTWARE);
		expect_nothing();
		assert_int_equal(wait(v), -1);
	}
}

/* Whether the sleeper is the resident one, or another one has run since. */
static void its_timer_wakes_it(void **state)
{
	for (unsigned away = 0; away < 2; away++) {
		set_up(state);
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		fake_guest()->timer = cpu_counter() + 1000;
		assert_int_equal(wait(A0), -1);
		if (away) {
			assert_int_equal(raise(B, SOFTWARE), B);
			handle(SOFTWARE);
			assert_int_equal(wait(B), -1);
		}
		assert_int_equal(vcpus[A0].away, away);
		assert_int_equal(pass_time(900), -1);
		assert_int_equal(pass_time(100), A0);
		handle(TIMER);
		expect_nothing();
		assert_int_equal(wait(A0), -1);
	}
}

/* Its guest has masked the interrupt, and then turns the timer off. */
static void a_fallen_line_wakes_nobody(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), A0);
	fake_guest()->timer = 0;
	set_lines();
	assert_int_equal(wait(A0), -1);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	expect_nothing();
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), A0);
	handle(TIMER);
}

/* It would not on a processor of its own; and those that are less urgent must have their turn. */
static void a_timer_whose_interrupt_is_disabled_wakes_nobody(void **state)
{
	const unsigned a0 = A0;

	(void)state;
	vcpus[A0].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	write(A0, &a0, GIC_ICENABLER, 1u << TIMER);
	fake_guest()->timer = cpu_counter() + 100;
	assert_int_equal(raise(B, SOFTWARE), A0);
	assert_int_equal(wait(A0), B);
	assert_int_equal(pass_time(1000), B);
	handle(SOFTWARE);
	assert_int_equal(wait(B), -1);
	assert_int_equal(raise(A1, SOFTWARE), A1);
	handle(SOFTWARE);
	write(A1, &a0, GIC_ISENABLER, 1u << TIMER); /* another one enables it */
	assert_int_equal(go_on(), A0);
	handle(TIMER);
}

static void its_emulated_timer_wakes_it(void **state)
{
	for (unsigned away = 0; away < 2; away++) {
		set_up(state);
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		ptimer_write(&vcpus[A0].timer, PTIMER_CVAL, cpu_counter() + 1000, cpu_counter());
		ptimer_write(&vcpus[A0].timer, PTIMER_CTL, 1, cpu_counter());
		guest_timer_update(&vcpus[A0]);
		assert_int_equal(wait(A0), -1);
		if (away) {
			assert_int_equal(raise(B, SOFTWARE), B);
			handle(SOFTWARE);
			assert_int_equal(wait(B), -1);
		}
		assert_int_equal(pass_time(900), -1);
		assert_int_equal(pass_time(100), A0);
		assert_int_equal(fake_guest_acknowledge(1), EMULATED_TIMER);
		ptimer_write(&vcpus[A0].timer, PTIMER_CTL, 0, cpu_counter());
		guest_timer_update(&vcpus[A0]);
		fake_guest_end(1, EMULATED_TIMER);
		assert_int_equal(wait(A0), -1);
	}
}

/* It waits in its owner's model, whatever runs here meanwhile. */
static void an_interrupt_comes_to_its_owner_alone(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(go_on(), A0);
	assert_int_equal(raise(A1, SOFTWARE), A0);
	expect_nothing();
	assert_int_equal(wait(A0), B); /* in the order in which they woke */
	assert_int_equal(fake_guest_acknowledge(1), DEVICE);
	expect_nothing();
	fake_gic_set_line(DEVICE, false);
	fake_guest_end(1, DEVICE);
	assert_false(gic_is_active(HERE, DEVICE));
	assert_int_equal(wait(B), A1);
	handle(SOFTWARE);
	expect_nothing();
}

/* An interrupt whose handler is at work stands in the way of no other vCPU's, and is active again later. */
static void an_active_interrupt_leaves_and_comes_back(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), A0);
	assert_int_equal(fake_guest_acknowledge(1), TIMER);
	assert_true(gic_is_active(HERE, TIMER));
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_false(gic_is_active(HERE, TIMER));
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), B);
	handle(TIMER);
	assert_int_equal(wait(B), A0);
	assert_true(gic_is_active(HERE, TIMER));
	expect_nothing(); /* its handler is still at work */
	assert_int_equal(gic_vif_running_priority(), 0);
	fake_guest()->timer = 0;
	set_lines();
	fake_guest_end(1, TIMER);
	assert_false(gic_is_active(HERE, TIMER));
	assert_int_equal(wait(A0), -1);
}

/* The redistributor has the private interrupts of the vCPU that runs, and no other's. */
static void private_interrupts_are_enabled_for_their_own(void **state)
{
	const unsigned b = B, a0 = A0;

	(void)state;
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	write(B, &b, GIC_ICENABLER, 1u << TIMER);
	assert_false(fake_gic_is_enabled(HERE, TIMER));
	assert_int_equal(wait(B), -1);
	assert_int_equal(raise(A1, SOFTWARE), A1);
	handle(SOFTWARE);
	assert_true(fake_gic_is_enabled(HERE, TIMER));
	write(A1, &a0, GIC_ICENABLER, 1u << TIMER); /* of one that is away */
	assert_true(fake_gic_is_enabled(HERE, TIMER));
	assert_int_equal(wait(A1), -1);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_false(fake_gic_is_enabled(HERE, TIMER));
	handle(SOFTWARE);
	write(A0, &a0, GIC_ISENABLER, 1u << TIMER);
	assert_true(fake_gic_is_enabled(HERE, TIMER));
}

/* What its guest enables before the group comes when the group is enabled, whoever ran between. */
static void a_group_is_enabled_later(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	write(A0, NULL, GICD_CTLR, 0);
	assert_int_equal(wait(A0), A1); /* it looks at the change */
	assert_int_equal(wait(A1), -1);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_equal(wait(B), -1);
	vcpus[A0].sleeps = false; /* an event */
	assert_int_equal(go_on(), A0);
	write(A0, NULL, GICD_CTLR, GICD_CTLR_ENABLE_GRP1);
	fake_guest()->timer = cpu_counter();
	assert_int_equal(go_on(), A0);
	handle(TIMER);
}

/* Pended by its guest while it is away, or just before it leaves. */
static void a_pended_private_interrupt_is_its_own(void **state)
{
	const unsigned a0 = A0;

	for (unsigned away = 0; away < 2; away++) {
		unsigned by = away ? A1 : A0;

		set_up(state);
		assert_int_equal(raise(by, SOFTWARE), by);
		handle(SOFTWARE);
		vcpus[B].turn.priority = 20;
		write(by, &a0, GIC_ISPENDR, 1u << TIMER);
		assert_int_equal(raise(B, SOFTWARE), B);
		handle(SOFTWARE);
		expect_nothing();
		if (wait(B) == A1)
			wait(A1);
		assert_ptr_equal(entered, &vcpus[A0].frame);
		handle(TIMER);
		expect_nothing();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_sleep_until_one_is_raised),
		TEST(its_timer_wakes_it),
		TEST(a_fallen_line_wakes_nobody),
		TEST(a_timer_whose_interrupt_is_disabled_wakes_nobody),
		TEST(its_emulated_timer_wakes_it),
		TEST(an_interrupt_comes_to_its_owner_alone),
		TEST(an_active_interrupt_leaves_and_comes_back),
		TEST(private_interrupts_are_enabled_for_their_own),
		TEST(a_group_is_enabled_later),
		TEST(a_pended_private_interrupt_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
