/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU with direct delivery that does not answer: its holder gives up, and the housekeeping pCPU withholds
 * its VM's stage 2 when that lasts too long.
 */
#include "seizure_vm.h"

static bool hold(void)
{
	return sync_hold(&box.vm[0], 1, SYNC_PATIENCE_US);
}

static void expect_held(void)
{
	assert_int_equal(vcpu.live, 0);
	assert_int_equal(vcpu.hold, 1);
	sync_release(&box.vm[0], 1);
	assert_int_equal(vcpu.hold, 0);
}

static void expect_let_go_of(void)
{
	assert_false(hold());
	assert_int_equal(vcpu.hold, 0);
	assert_int_equal(vcpu.live, 1);
	assert_true(vcpu.asked);
	assert_int_equal(housekeeping_kicks, 1);
	assert_true(cpu_counter() < deadline() / 2);
	assert_true(has_stage2());
}

static void who_answers_keeps_stage2(void **state)
{
	(void)state;
	guest.deaf_until = cpu_us_to_ticks(SYNC_PATIENCE_US) / 2;
	assert_true(hold());
	expect_held();
	assert_false(guest.seized);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 1);
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

static void who_is_not_live_is_not_waited_for(void **state)
{
	(void)state;
	vcpu.live = 0;
	assert_true(hold());
	expect_held();
	assert_int_equal(cpu_counter(), 0);
	assert_int_equal(fake_gic_kick_count(GUEST_PCPU), 0);
}

/* Too late for the holder that waited, and in time to keep stage 2. */
static void who_answers_late_keeps_stage2(void **state)
{
	(void)state;
	guest.deaf_until = deadline() / 2;
	expect_let_go_of();
	watch_until(2 * deadline());
	assert_int_equal(vcpu.live, 0);
	assert_false(vcpu.asked);
	assert_false(guest.seized);
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

/* It was live at the last look, and turned off before it was asked: it would never answer. */
static void who_is_off_is_not_asked(void **state)
{
	(void)state;
	guest.kicks_ignored = UINT32_MAX;
	box.vm[0].psci.on = 0;
	assert_false(hold());
	assert_int_equal(vcpu.hold, 0);
	assert_false(vcpu.asked);
	assert_int_equal(housekeeping_kicks, 0);
	watch_until(2 * deadline());
	assert_true(has_stage2());
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

static void who_blocks_its_interface_is_stopped(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	does_not_answer(1); /* running priority 0 */
	expect_let_go_of();
	watch_until(deadline() * 3 / 2);
	assert_true(guest.seized);
	assert_in_range(guest.answered, deadline(), deadline() * 5 / 4);
	assert_int_equal(fake_stage2_flush_count(VMID), 1);
	assert_true(
		has_line("[guest] stopped: it kept interrupts away from Signalbox, by a running priority that guests "
				 "must not have (ICC_AP1R0_EL1)"));
	assert_int_equal(vm->state, VM_STOPPING);
	assert_int_equal(vm->after, VM_THEN_STOPPED);
	assert_int_equal(vm->faults, 1);
	assert_true(vcpu.stopping);
	assert_false(has_stage2()); /* it does not run on */
	assert_int_equal(vm->seized, 1);
	seize_end(vm); /* when all vCPUs are off */
	assert_true(has_stage2());
	assert_int_equal(vm->seized, 0);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

/* Every running priority that could keep a kick away, and each that cannot: then the pCPU was slow. */
static void who_was_slow_goes_on(void **state)
{
	for (unsigned group = 0; group <= 32; group++) {
		bool blocks = group < IRQ_DIRECT_FIRST / 8;

		set_up(state);
		does_not_answer(group < 32 ? 1u << group : 0);
		expect_let_go_of();
		watch_until(deadline() * 3 / 2);
		assert_true(guest.seized);
		assert_int_equal(
			has_line("[guest] stopped: it kept interrupts away from Signalbox, by a running priority "
					 "that guests must not have (ICC_AP1R0_EL1)"),
			blocks);
		assert_int_equal(box.vm[0].state, blocks ? VM_STOPPING : VM_RUNNING);
		assert_int_equal(has_stage2(), !blocks);
		assert_int_equal(box.vm[0].seized, blocks);
	}
}

/* Its stage 2 stays away until it answers. */
static void whose_pcpu_stands_still_is_watched_on(void **state)
{
	(void)state;
	does_not_answer(0);
	guest.deaf_until = 5 * deadline();
	expect_let_go_of();
	watch_until(4 * deadline());
	assert_false(has_stage2());
	assert_false(hold()); /* nothing waits for it meanwhile */
	watch_until(6 * deadline());
	assert_true(guest.answered >= 5 * deadline());
	assert_true(has_stage2());
	assert_int_equal(box.vm[0].seized, 0);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

/* Without direct delivery it cannot keep a kick away. */
static void virtual_delivery_needs_no_seizure(void **state)
{
	(void)state;
	vcpu.direct = false;
	guest.deaf_until = 3 * deadline();
	assert_true(hold());
	expect_held();
	assert_false(guest.seized);
	assert_int_equal(fake_stage2_flush_count(VMID), 0);
}

/* A request to a VM that has ended meanwhile, or has started again, has no effect on its next life. */
static void who_ends_is_asked_nothing(void **state)
{
	static const enum vm_state states[] = {VM_BROKEN, VM_STOPPED, VM_STARTING, VM_STOPPING};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(states); i++) {
		box.vm[0].state = states[i];
		seize_ask(&box.vm[0], 1);
		assert_false(vcpu.asked);
	}
	box.vm[0].state = VM_RUNNING;
	box.vm[0].vgic.direct = false;
	seize_ask(&box.vm[0], 1);
	assert_false(vcpu.asked);
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

/* Between the read of the time and the lock, the VM ends and starts again: hooked into the lock. */
static void who_starts_again_is_not_seized(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	does_not_answer(1);
	expect_let_go_of();
	fake_counter_advance(deadline() + 1);
	vm->state = VM_STOPPING;
	seize_end(vm);
	vm->state = VM_RUNNING; /* again, and direct */
	seize_watch();
	assert_true(has_stage2());
	assert_int_equal(vm->seized, 0);
}

/* Of several vCPUs, all that were asked must have come. */
static void stage2_is_back_when_all_have_answered(void **state)
{
	static struct vcpu other;
	struct vm *vm = &box.vm[0];

	(void)state;
	memset(&other, 0, sizeof(other));
	other = (struct vcpu){.vm = vm, .index = 1, .pcpu = 2, .direct = true, .live = 1};
	vm->vcpu[1] = &other;
	vm->vcpu_count = 2;
	seize_ask(vm, 3);
	fake_counter_advance(deadline() + 2);
	seize_watch();
	assert_false(has_stage2());
	seize_answer(&other);
	assert_false(has_stage2());
	assert_true(seize_watch() != TIMER_NEVER);
	seize_answer(&vcpu);
	assert_true(has_stage2());
	assert_int_equal(seize_watch(), TIMER_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_answers_keeps_stage2),
		TEST(who_is_not_live_is_not_waited_for),
		TEST(who_blocks_its_interface_is_stopped),
		TEST(who_was_slow_goes_on),
		TEST(who_answers_late_keeps_stage2),
		TEST(who_is_off_is_not_asked),
		TEST(whose_pcpu_stands_still_is_watched_on),
		TEST(who_ends_is_asked_nothing),
		TEST(who_starts_again_is_not_seized),
		TEST(stage2_is_back_when_all_have_answered),
		TEST(virtual_delivery_needs_no_seizure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
