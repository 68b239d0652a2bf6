/* SPDX-License-Identifier: Apache-2.0 */
/* Several vCPUs on one pCPU: sleep and wake, whose interrupt comes to whom, holds, ends, priorities, budgets. */
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

/* A vCPU that is held is not chosen; others run. */
static void a_hold_of_one_that_is_away_waits_for_nobody(void **state)
{
	uint64_t now;

	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_cpu_select(ELSEWHERE);
	now = cpu_counter();
	assert_true(sync_hold(&box.vm[1], 1, 1000));
	assert_int_equal(cpu_counter(), now);
	assert_int_equal(raise(B, SOFTWARE), A0);
	expect_nothing();
	fake_cpu_select(ELSEWHERE);
	sync_release(&box.vm[1], 1);
	assert_int_equal(go_on(), B);
	handle(SOFTWARE);
	assert_int_equal(wait(B), A0);
}

static struct vcpu *held;

static void release(void)
{
	fake_cpu_select(ELSEWHERE);
	sync_release(held->vm, 1u << held->index);
	held = NULL;
}

/* The holder waits; then, perhaps, the vCPU's pCPU waits for the hold's end. */
static void other_one_acts(void)
{
	assert_true(cpu_counter() < 1000000); /* else for ever */
	if (pcpu_this() == ELSEWHERE) {
		go_on();
		fake_cpu_select(ELSEWHERE);
	} else {
		assert_int_equal(held->live, 0); /* else each waits for the other */
		longjmp(stays_idle, 1);
	}
}

static void hold(unsigned v)
{
	held = &vcpus[v];
	fake_cpu_select(ELSEWHERE);
	fake_cpu_set_others(other_one_acts);
	assert_true(sync_hold(held->vm, 1u << held->index, 1000));
	fake_cpu_set_others(NULL);
}

/* One that runs, or would if it were not for the hold. */
static void a_hold_of_the_resident_one_is_answered(void **state)
{
	for (unsigned others = 0; others < 2; others++) {
		set_up(state);
		assert_int_equal(raise(A0, SOFTWARE), A0);
		handle(SOFTWARE);
		if (others)
			assert_int_equal(raise(B, SOFTWARE), A0);
		hold(A0);
		if (others) {
			assert_int_equal(go_on(), B);
			handle(SOFTWARE);
		}
		release();
		assert_int_equal(go_on(), others ? B : A0);
	}
}

/* One that has spent its budget stays resident. */
static void a_hold_of_one_without_budget_is_answered(void **state)
{
	(void)state;
	vcpus[B].turn.hard = true;
	server_start(&vcpus[B].turn.server, 5000, 100000, 100, cpu_counter());
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_equal(pass_time(6000), -1);
	hold(B);
	release();
	assert_int_equal(go_on(), -1);
	assert_int_equal(pass_time(100000), B);
}

/* Its VM is stopped while it is away, in the middle of a handler; the other one's timer is not lost. */
static void a_vm_stops_while_it_is_away(void **state)
{
	(void)state;
	vcpus[A0].turn.priority = 20;
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_int_equal(fake_guest_acknowledge(1), SOFTWARE);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	memset(memory, 1, sizeof(memory));
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(&box.vm[1], VM_THEN_STOPPED));
	assert_int_equal(go_on(), A0); /* more urgent than the end of the other */
	fake_guest()->timer = cpu_counter() + 1000;
	assert_int_equal(wait(A0), -1);
	assert_int_equal(box.vm[1].state, VM_STOPPED);
	assert_int_equal(memory[1][MEMORY - 1], 0);
	assert_int_equal(memory[0][0], 1);
	assert_int_equal(pass_time(1000), A0);
	handle(TIMER);
	assert_int_equal(raise(B, SOFTWARE), A0);
	assert_int_equal(wait(A0), -1);
}

/* In each step of the end of a VM that was resident, the more urgent one may come: its timer is its own. */
static void a_more_urgent_one_runs_while_a_vm_stops(void **state)
{
	(void)state;
	vcpus[A0].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = cpu_counter() + 1000;
	assert_int_equal(wait(A0), -1);
	assert_int_equal(raise(B, SOFTWARE), B);
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(&box.vm[1], VM_THEN_STOPPED));
	fake_cpu_select(HERE);
	life_stop_vcpu(&vcpus[B]); /* as the idle loop does, in which the timer comes */
	entered = NULL;
	assert_int_equal(pass_time(1000), A0);
	assert_true(fake_gic_is_enabled(HERE, TIMER));
	handle(TIMER);
	assert_int_equal(wait(A0), -1);
	assert_int_equal(box.vm[1].state, VM_STOPPED);
}

static void one_turns_off_and_on(void **state)
{
	(void)state;
	assert_int_equal(raise(A1, SOFTWARE), A1);
	handle(SOFTWARE);
	life_want_off(&vcpus[A1]);
	entered = run_attend(entered);
	assert_int_equal(go_on(), -1);
	assert_int_equal(box.vm[0].psci.on, 1u << 0);
	assert_int_equal(raise(A1, SOFTWARE), -1); /* it is off */
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	lock_acquire(&box.vm[0].lock);
	life_cpu_on(&vcpus[A1], 0x1000, 7, false);
	lock_release(&box.vm[0].lock);
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), A1);
	assert_int_equal(guest_pc(), 0x1000);
	assert_int_equal(vcpus[A1].frame.x[0], 7);
	assert_int_equal(wait(A1), A1); /* what came while it was off is pending, though its interface is closed */
	gic_vif_set_vmcr(VMCR_OPEN);
	handle(SOFTWARE);
	assert_int_equal(wait(A1), -1);
}

static void a_more_urgent_one_preempts_at_once(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 11;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	fake_guest()->pc = 0x1234;
	assert_int_equal(raise(A1, SOFTWARE), A0); /* as urgent as the one that runs */
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_not_equal(fake_guest()->pc, 0x1234);
	assert_int_equal(wait(B), A0);
	assert_int_equal(fake_guest()->pc, 0x1234);
	handle(SOFTWARE); /* it was listed when it was preempted */
	assert_int_equal(pass_time(cpu_us_to_ticks(SLICE_US)), A1);
	handle(SOFTWARE);
	assert_int_equal(pass_time(cpu_us_to_ticks(SLICE_US)), A0);
	assert_int_equal(wait(A0), A1);
}

/* A hard budget: no more than it in any period. Another one runs then, or nothing. */
static void a_budget_ends_its_turn(void **state)
{
	const uint64_t budget = cpu_us_to_ticks(200), period = cpu_us_to_ticks(1000);
	uint64_t begin, now;

	(void)state;
	vcpus[B].turn.priority = 20;
	vcpus[B].turn.hard = true;
	begin = cpu_counter();
	server_start(&vcpus[B].turn.server, budget, period, 100, begin);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_int_equal(raise(B, SOFTWARE), B);
	begin = cpu_counter();
	assert_int_equal(pass_time(budget - 1), B);
	assert_int_equal(pass_time(1), A0);
	now = cpu_counter();
	assert_int_equal(wait(A0), A0); /* its interrupt is still pending */
	assert_int_equal(pass_time(period - (now - begin) - 1), A0);
	assert_int_equal(pass_time(1), B);
}

/* Two vCPUs of a VM have one VMID. Each believes that its TLB is its own, whatever ran between. */
static void translations_are_forgotten_between_vcpus_of_a_vm(void **state)
{
	unsigned before;

	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	wait(A0);
	before = fake_forget_count();
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	wait(B);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	wait(A0);
	assert_int_equal(fake_forget_count(), before); /* no other of its VM ran */
	assert_int_equal(raise(A1, SOFTWARE), A1);
	handle(SOFTWARE);
	wait(A1);
	assert_int_equal(fake_forget_count(), before + 1);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	wait(B);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_int_equal(fake_forget_count(), before + 2);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_sleep_until_one_is_raised),
		TEST(its_timer_wakes_it),
		TEST(a_fallen_line_wakes_nobody),
		TEST(its_emulated_timer_wakes_it),
		TEST(an_interrupt_comes_to_its_owner_alone),
		TEST(an_active_interrupt_leaves_and_comes_back),
		TEST(private_interrupts_are_enabled_for_their_own),
		TEST(a_group_is_enabled_later),
		TEST(a_pended_private_interrupt_is_its_own),
		TEST(a_hold_of_one_that_is_away_waits_for_nobody),
		TEST(a_hold_of_the_resident_one_is_answered),
		TEST(a_hold_of_one_without_budget_is_answered),
		TEST(a_vm_stops_while_it_is_away),
		TEST(a_more_urgent_one_runs_while_a_vm_stops),
		TEST(one_turns_off_and_on),
		TEST(a_more_urgent_one_preempts_at_once),
		TEST(a_budget_ends_its_turn),
		TEST(translations_are_forgotten_between_vcpus_of_a_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
