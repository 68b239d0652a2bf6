/* SPDX-License-Identifier: Apache-2.0 */
/* Several vCPUs on one pCPU: which of them runs, while others are held, stop, or are more urgent. */
#include "shared_vms.h"

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

/* One that was not chosen before comes first. */
static void work_waits_for_one_that_has_just_come(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	work_wanted = true;
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_equal(work_done, 0);
	work_put_off = false;
	assert_int_equal(wait(B), A0);
	assert_int_equal(work_done, 0);
	work_put_off = false;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_int_equal(work_done, 1);
}

/* Nothing ran: the resident one has just come, too. */
static void work_waits_for_one_that_wakes_an_idle_processor(void **state)
{
	(void)state;
	work_wanted = true;
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_equal(work_done, 0);
	assert_true(work_put_off);
	assert_int_equal(wait(B), -1);
	assert_int_equal(work_done, 1);
}

/* The end of a VM may have many steps: work has its turns among them. */
static void work_is_done_while_a_vm_stops(void **state)
{
	(void)state;
	assert_int_equal(raise(B, SOFTWARE), B);
	work_wanted = true;
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(&box.vm[1], VM_THEN_STOPPED));
	assert_int_equal(go_on(), -1);
	assert_int_equal(work_done, 1);
	assert_int_equal(work_state, VM_STOPPING);
	assert_int_equal(box.vm[1].state, VM_STOPPED);
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
	assert_int_equal(wait(A1),
					 A1); /* what came while it was off is pending, though its interface is closed */
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

/* From its timer's deadline on, whatever EL2 or another vCPU does meanwhile. */
static void its_wait_is_counted_from_its_deadline(void **state)
{
	const struct account *account = &vcpus[B].turn.account;
	uint64_t deadline = cpu_counter() + 1000, wakes;

	(void)state;
	vcpus[B].turn.priority = 20;
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	wakes = account->wakes;
	fake_guest()->timer = deadline;
	assert_int_equal(raise(A0, SOFTWARE), B);
	assert_int_equal(wait(B), A0);
	assert_int_equal(pass_time(1300), B);
	assert_int_equal(account->wakes, wakes + 1);
	assert_int_equal(account->wait_worst, 300);
	assert_int_equal(vcpus[A0].turn.account.preemptions, 1);
	assert_int_equal(queue_stolen(&box.pcpu[HERE].queue, B, cpu_counter()), 300);
}

/* By the pCPU itself, at its next choice; the last of several changes counts. */
static void a_change_from_another_pcpu_is_made_at_once(void **state)
{
	(void)state;
	assert_int_equal(raise(B, SOFTWARE), B);
	assert_int_equal(raise(A0, SOFTWARE), B);
	fake_cpu_select(ELSEWHERE);
	config[0].turn = (struct config_turn){.priority = 30};
	reshare_ask(&vcpus[A0]);
	config[0].turn =
		(struct config_turn){.priority = 11, .budget_us = 300, .period_us = 1000, .budget_hard = true};
	reshare_ask(&vcpus[A0]);
	assert_int_equal(vcpus[A0].turn.priority, 10);
	assert_int_equal(go_on(), A0);
	assert_int_equal(vcpus[A0].turn.priority, 11);
	assert_int_equal(vcpus[A1].turn.priority, 10);
	handle(SOFTWARE);
	assert_int_equal(pass_time(cpu_us_to_ticks(300)), B);
	handle(SOFTWARE);
	assert_int_equal(wait(B), -1); /* A0 has spent its budget, and waits */
	assert_int_equal(box.pcpu[HERE].reshared, 0);
	assert_int_equal(vcpus[A0].reshared, 0);
	assert_int_equal(pass_time(cpu_us_to_ticks(700)), A0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(work_waits_for_one_that_has_just_come),
		TEST(work_waits_for_one_that_wakes_an_idle_processor),
		TEST(work_is_done_while_a_vm_stops),
		TEST(a_hold_of_one_that_is_away_waits_for_nobody),
		TEST(a_hold_of_the_resident_one_is_answered),
		TEST(a_hold_of_one_without_budget_is_answered),
		TEST(a_vm_stops_while_it_is_away),
		TEST(a_more_urgent_one_runs_while_a_vm_stops),
		TEST(one_turns_off_and_on),
		TEST(a_more_urgent_one_preempts_at_once),
		TEST(a_budget_ends_its_turn),
		TEST(translations_are_forgotten_between_vcpus_of_a_vm),
		TEST(its_wait_is_counted_from_its_deadline),
		TEST(a_change_from_another_pcpu_is_made_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
