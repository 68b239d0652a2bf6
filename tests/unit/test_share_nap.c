/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU that waits, with nothing else ready on its pCPU: what comes meanwhile, and who runs then. */
#include "shared_vms.h"

static void nothing_comes(void) {}

static bool has_napped;

/* In the idle loop it is folded. */
static void note_nap(void)
{
	has_napped = vcpus[A0].live;
}

static void its_interrupt_comes(void)
{
	notify_from_outside(vcpus[A0].vm, vgic_raise_at(&vcpus[A0].vm->vgic, vcpus[A0].index, SOFTWARE));
}

static void another_ones_interrupt_comes(void)
{
	notify_from_outside(vcpus[B].vm, vgic_raise_at(&vcpus[B].vm->vgic, vcpus[B].index, SOFTWARE));
}

static void both_interrupts_come(void)
{
	its_interrupt_comes();
	another_ones_interrupt_comes();
}

static void its_timer_expires(void)
{
	fake_counter_advance(1000);
	set_lines();
}

static void its_vm_is_stopped(void)
{
	assert_true(life_stop(vcpus[A0].vm, VM_THEN_STOPPED));
}

/* The holder waits until it has let go of its list registers. */
static void it_is_held(void)
{
	atomic_store(&vcpus[A0].hold, 1);
	gic_kick(HERE);
}

/* A0 runs, and waits; `comes` meanwhile. Which vCPU runs then? */
static int nap(void (*comes)(void))
{
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	fake_guest()->timer = comes == its_timer_expires ? cpu_counter() + 1000 : 0;
	fake_cpu_set_wake(comes);
	return wait(A0);
}

static void it_runs_on_for_its_own(void **state)
{
	(void)state;
	assert_int_equal(nap(its_interrupt_comes), A0);
	handle(SOFTWARE);
	expect_nothing();
	assert_int_equal(nap(its_timer_expires), A0);
	handle(TIMER);
	expect_nothing();
	assert_int_equal(box.pcpu[HERE].queue.runs, A0);
	has_napped = false;
	fake_cpu_set_wake(note_nap);
	assert_int_equal(wait(A0), -1);
	assert_true(has_napped);
}

/* Its own pCPU is all the time at rest, by the accounts. */
static void one_that_naps_does_not_run(void **state)
{
	const struct queue *queue = &box.pcpu[HERE].queue;
	uint64_t ran, idle, wakes;

	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	wakes = vcpus[A0].turn.account.wakes;
	ran = queue_ran(queue, A0, cpu_counter());
	idle = queue_idle(queue, cpu_counter());
	fake_guest()->timer = cpu_counter() + 1000;
	fake_cpu_set_wake(its_timer_expires);
	assert_int_equal(wait(A0), A0);
	assert_in_range(queue_ran(queue, A0, cpu_counter()), ran, ran + 10);
	assert_in_range(queue_idle(queue, cpu_counter()), idle + 1000, idle + 1010);
	assert_int_equal(queue_stolen(queue, A0, cpu_counter()), 0);
	assert_int_equal(vcpus[A0].turn.account.wakes, wakes + 1);
}

static void it_sleeps_on_for_another_one(void **state)
{
	(void)state;
	assert_int_equal(nap(another_ones_interrupt_comes), B);
	handle(SOFTWARE);
	assert_true(vcpus[A0].sleeps);
	assert_int_equal(wait(B), -1);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
}

/* The more urgent one first. */
static void both_wake(void **state)
{
	for (unsigned urgent = 0; urgent < 2; urgent++) {
		set_up(state);
		vcpus[urgent ? B : A0].turn.priority = 20;
		assert_int_equal(nap(both_interrupts_come), urgent ? B : A0);
		handle(SOFTWARE);
		assert_int_equal(wait(urgent ? B : A0), urgent ? A0 : B);
		handle(SOFTWARE);
		expect_nothing();
	}
}

static void it_naps_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(nap(nothing_comes), -1);
	assert_int_equal(box.pcpu[HERE].queue.runs, QUEUE_NONE);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
}

static void a_stop_ends_its_nap(void **state)
{
	(void)state;
	assert_int_equal(nap(its_vm_is_stopped), -1);
	assert_true(vcpu_is_parked(&vcpus[A0]));
}

static void a_hold_ends_its_nap(void **state)
{
	(void)state;
	assert_int_equal(nap(it_is_held), -1);
	assert_int_equal(vcpus[A0].live, 0);
	fake_cpu_select(ELSEWHERE);
	sync_release(vcpus[A0].vm, 1u << vcpus[A0].index);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
}

/* Another vCPU is ready, though its budget is spent: its time comes while this one waits. */
static void it_does_not_nap_while_another_one_is_ready(void **state)
{
	uint64_t budget = cpu_us_to_ticks(100), period = cpu_us_to_ticks(1000);

	(void)state;
	vcpus[A0].turn.priority = 20;
	vcpus[B].turn.hard = true;
	server_start(&vcpus[B].turn.server, budget, period, 1, cpu_counter());
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_int_equal(pass_time(budget), -1); /* it runs on without a wait, and its budget is spent */
	has_napped = false;
	assert_int_equal(nap(note_nap), -1);
	assert_false(has_napped);
	assert_int_equal(pass_time(period), B);
}

/* Another one may be ready, and no interrupt is left that says so. */
static void it_does_not_nap_before_a_choice(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	vcpus[A0].chooses = true;
	has_napped = false;
	fake_cpu_set_wake(note_nap);
	assert_int_equal(wait(A0), -1);
	assert_false(has_napped);
}

static void it_does_not_nap_with_an_interrupt_listed(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0); /* masked: it is not acknowledged */
	has_napped = false;
	fake_cpu_set_wake(note_nap);
	assert_int_equal(wait(A0), A0);
	assert_false(has_napped);
	handle(SOFTWARE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_runs_on_for_its_own),
		TEST(one_that_naps_does_not_run),
		TEST(it_sleeps_on_for_another_one),
		TEST(both_wake),
		TEST(it_naps_for_nothing),
		TEST(a_stop_ends_its_nap),
		TEST(a_hold_ends_its_nap),
		TEST(it_does_not_nap_while_another_one_is_ready),
		TEST(it_does_not_nap_before_a_choice),
		TEST(it_does_not_nap_with_an_interrupt_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
