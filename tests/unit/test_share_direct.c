/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU with direct delivery (B) that shares its pCPU with virtual ones. */
#include "shared_direct.h"

/* While it runs nothing of its own comes to EL2; while it is away all does, and wakes it by its priority. */
static void its_interrupts_come_to_el2_while_it_is_away(void **state)
{
	(void)state;
	fake_gic_set_line(DEVICE, true);
	assert_false(fake_gic_signals());
	take(B, DEVICE);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	expect_direct(false);
	take(A0, SOFTWARE);
	fake_gic_set_line(DEVICE, true);
	assert_true(fake_gic_signals());
	assert_int_equal(go_on(), A0); /* which is more urgent */
	assert_int_equal(wait(A0), B);
	expect_direct(true);
	assert_false(gic_is_active(HERE, DEVICE));
	take(B, DEVICE);
	assert_int_equal(acknowledge(), GIC_SPURIOUS);
	expect_silence();
}

static void it_preempts_by_its_interrupt(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 30;
	assert_int_equal(wait(B), -1);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	take(A0, SOFTWARE);
	fake_gic_set_line(EDGE, true);
	fake_gic_set_line(EDGE, false);
	assert_int_equal(go_on(), B);
	take(B, EDGE);
	assert_int_equal(acknowledge(), GIC_SPURIOUS);
}

/* Its ICC_IGRPEN1_EL1. */
static void let_come(bool enabled)
{
	struct gic_direct interface;

	gic_direct_save(&interface);
	assert_int_equal(interface.enabled, !enabled);
	interface.enabled = enabled;
	gic_direct_load(&interface);
}

/* A bit for each that comes; none comes twice. */
static uint32_t take_all(void)
{
	uint32_t seen = 0, vintid;

	while ((vintid = acknowledge()) != GIC_SPURIOUS) {
		assert_false(seen & BIT_OF(vintid));
		seen |= BIT_OF(vintid);
		quiet(vintid);
		end(vintid);
	}
	return seen;
}

/* All kinds at once, pending when it leaves, or raised while it is away; its timer is its own to set. */
static void what_is_pending_goes_with_it(void **state)
{
	const uint32_t all = BIT_OF(SOFTWARE) | BIT_OF(EMULATED_TIMER) | BIT_OF(DEVICE) | BIT_OF(EDGE);

	(void)state;
	for (unsigned away = 0; away < 2; away++) {
		let_come(false);
		if (away)
			assert_int_equal(raise(A0, SOFTWARE), A0);
		else
			fake_guest()->timer = cpu_counter();
		fake_gic_set_line(DEVICE, true);
		fake_gic_set_line(EDGE, true);
		fake_gic_set_line(EDGE, false);
		raise(B, SOFTWARE);
		fake_cpu_select(HERE);
		set_emulated_timer(true);
		assert_int_equal(away ? go_on() : raise(A0, SOFTWARE), A0);
		take(A0, SOFTWARE);
		assert_int_equal(wait(A0), B);
		expect_direct(true);
		let_come(true);
		assert_int_equal(take_all(), all | (away ? 0 : BIT_OF(TIMER)));
	}
}

/* Its virtual timer is off in the machine while it is away. */
static void its_timer_wakes_it(void **state)
{
	for (unsigned away = 0; away < 2; away++) {
		set_up_direct(state);
		fake_guest()->timer = cpu_counter() + 1000;
		assert_int_equal(wait(B), -1);
		assert_true(vcpus[B].direct);
		if (away) {
			assert_int_equal(raise(A0, SOFTWARE), A0);
			take(A0, SOFTWARE);
			assert_int_equal(wait(A0), -1);
		}
		assert_int_equal(pass_time(900), -1);
		assert_int_equal(pass_time(100), B);
		expect_direct(true);
		take(B, TIMER);
		assert_int_equal(wait(B), -1);
	}
}

/* Mask, groups, binary point and EOImode are its own when it is back, and EL2's meanwhile. */
static void its_interface_comes_back(void **state)
{
	const struct gic_direct own = {.enabled = true, .split_eoi = true, .binary_point = 3, .mask = 0xb0};
	struct gic_direct now;

	(void)state;
	direct_change_interface(&vcpus[B], ICH_VMCR_VEOIM, ICH_VMCR_VEOIM);
	gic_direct_load(&own);
	gic_vif_set_vmcr((gic_vif_vmcr() & ~ICH_VMCR_VPMR) | FIELD_PUT(ICH_VMCR_VPMR, 0x60));
	assert_int_equal(raise(A0, SOFTWARE), A0);
	gic_direct_save(&now);
	assert_false(now.enabled);
	assert_int_equal(now.mask, 0xff);
	assert_int_equal(gic_vif_vmcr(), VMCR_OPEN);
	take(A0, SOFTWARE);
	assert_int_equal(wait(A0), B);
	gic_direct_save(&now);
	assert_memory_equal(&now, &own, sizeof(own));
}

/* No switch in the middle of a handler: its end is an exit then, and the switch comes with it. */
static void others_wait_for_the_end_of_a_handler(void **state)
{
	(void)state;
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(acknowledge(), DEVICE);
	assert_false(vcpus[B].translates);
	assert_int_equal(raise(A0, SOFTWARE), B);
	assert_int_equal(box.pcpu[HERE].queue.runs, B);
	assert_true(vcpus[B].translates);
	assert_int_equal(pass_time(cpu_us_to_ticks(CONFIG_HANDLER_US) - 1), B);
	quiet(DEVICE);
	assert_int_equal(end(DEVICE), A0);
	expect_direct(false);
	take(A0, SOFTWARE);
	assert_int_equal(wait(A0), B);
	expect_direct(true);
	assert_false(vcpus[B].translates);
	expect_silence();
}

/* Ends that are two, and those that no one waits for any more. */
static void a_handler_ends_with_the_second_end(void **state)
{
	(void)state;
	direct_change_interface(&vcpus[B], ICH_VMCR_VEOIM, ICH_VMCR_VEOIM);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(acknowledge(), DEVICE);
	quiet(DEVICE);
	assert_int_equal(raise(A0, SOFTWARE), B);
	assert_int_equal(end(DEVICE), B);
	gic_deactivate(DEVICE);
	vcpu_handler_ends(&vcpus[B]);
	entered = run_attend(entered);
	assert_int_equal(go_on(), A0);
	expect_direct(false);
}

/* In vain: the handler goes on with virtual delivery, and all is as it would be. */
static void a_long_handler_goes_on_virtually(void **state)
{
	static const uint32_t started[] = {SOFTWARE, DEVICE, EDGE, TIMER};

	for (unsigned i = 0; i < ARRAY_COUNT(started); i++) {
		set_up_direct(state);
		if (started[i] == SOFTWARE)
			raise(B, SOFTWARE);
		if (started[i] == TIMER)
			fake_guest()->timer = cpu_counter();
		if (started[i] >= 32)
			fake_gic_set_line(started[i], true);
		assert_int_equal(acknowledge(), started[i]);
		assert_int_equal(raise(A0, SOFTWARE), B);
		assert_int_equal(wait(B), B); /* no sleep in a handler meanwhile */
		assert_int_equal(pass_time(cpu_us_to_ticks(CONFIG_HANDLER_US)), A0);
		expect_line(
			"[b] its interrupts come through Signalbox now: an interrupt handler kept its processor for "
			"more than 50 us while another VM waited for it");
		assert_false(vm_is_direct(vm));
		take(A0, SOFTWARE);
		assert_int_equal(wait(A0), B);
		assert_false(vcpus[B].direct);
		assert_int_equal(gic_vif_running_priority(), 0);
		assert_int_equal(acknowledge(), GIC_SPURIOUS); /* the same priority */
		quiet(started[i]);
		end(started[i]);
		assert_int_equal(gic_vif_running_priority(), 0xff);
		assert_false(gic_is_active(HERE, started[i]));
		if (started[i] >= 32) {
			fake_gic_set_line(started[i], false);
			fake_gic_set_line(started[i], true);
			assert_int_equal(go_on(), B);
			take(B, started[i]);
		}
		assert_int_equal(acknowledge(), GIC_SPURIOUS);
		assert_int_equal(change(CONFIG_DELIVERY_DIRECT), OBSTACLE_NONE);
		assert_int_equal(go_on(), B);
		expect_direct(true);
		skip_log();
	}
}

/* Nothing is to be done at the machine then, and it finds out when it comes back. */
static void delivery_changes_while_it_is_away(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	take(A0, SOFTWARE);
	assert_int_equal(change(CONFIG_DELIVERY_VIRTUAL), OBSTACLE_NONE);
	expect_line("[b] its interrupts come through Signalbox now: as was asked for");
	assert_false(vm_is_direct(vm));
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), B);
	assert_false(vcpus[B].direct || fake_gic_is_group1(HERE, DEVICE));
	assert_int_equal(raise(A0, SOFTWARE), A0);
	take(A0, SOFTWARE);
	assert_int_equal(change(CONFIG_DELIVERY_DIRECT), OBSTACLE_NONE);
	expect_line("[b] its interrupts come directly now");
	expect_direct(false);
	assert_int_equal(change(CONFIG_DELIVERY_DIRECT), OBSTACLE_NONE);
	expect_silence();
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), B);
	expect_direct(true);
}

/* Something was raised meanwhile that cannot come directly. */
static void an_obstacle_is_met_when_it_comes_back(void **state)
{
	const uint32_t stranger = 60;

	(void)state;
	write(B, NULL, GIC_ISENABLER + 4, BIT_OF(stranger));
	assert_int_equal(raise(A0, SOFTWARE), A0);
	take(A0, SOFTWARE);
	fake_cpu_select(ELSEWHERE);
	notify_from_outside(vm, vgic_raise_shared(&vm->vgic, stranger));
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), B);
	expect_line(
		"[b] its interrupts come through Signalbox now: interrupt 60 was raised, which has no physical "
		"interrupt to come by");
	assert_false(vm_is_direct(vm));
	take(B, stranger);
}

static void its_vm_stops_while_it_is_away(void **state)
{
	(void)state;
	assert_int_equal(raise(A0, SOFTWARE), A0);
	take(A0, SOFTWARE);
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(vm, VM_THEN_STOPPED));
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), -1);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_false(vm_is_direct(vm) || vcpus[B].direct);
	assert_false(fake_gic_is_enabled(HERE, DEVICE) || fake_gic_is_group1(HERE, DEVICE));
}

/* In a handler, while others wait: it is not waited for. */
static void its_vm_stops_in_a_handler(void **state)
{
	(void)state;
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(acknowledge(), DEVICE);
	assert_int_equal(raise(A0, SOFTWARE), B);
	fake_cpu_select(ELSEWHERE);
	assert_true(life_stop(vm, VM_THEN_STOPPED));
	assert_int_equal(go_on(), A0);
	take(A0, SOFTWARE);
	assert_int_equal(wait(A0), -1);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_false(vm_is_direct(vm) || gic_is_active(HERE, DEVICE) || gic_direct_is_busy());
	skip_log();
}

/* It may have closed its interface before (PSCI CPU_SUSPEND). */
static void a_suspended_one_wakes_by_what_it_masks(void **state)
{
	struct gic_direct interface;

	(void)state;
	gic_direct_save(&interface);
	interface.enabled = false;
	gic_direct_load(&interface);
	share_suspend(&vcpus[B]);
	entered = run_attend(entered);
	assert_int_equal(go_on(), -1);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(go_on(), B);
	expect_direct(true);
	gic_direct_save(&interface);
	assert_false(interface.enabled);
	interface.enabled = true;
	gic_direct_load(&interface);
	take(B, DEVICE);
}

/* A holder that asks while it is the resident one, asleep, changes its delivery in place. */
static void delivery_changes_while_it_sleeps(void **state)
{
	(void)state;
	assert_int_equal(wait(B), -1);
	assert_true(vcpus[B].direct);
	assert_int_equal(change(CONFIG_DELIVERY_VIRTUAL), OBSTACLE_NONE);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	assert_false(vcpus[B].direct || fake_guest_takes_irqs());
	take(A0, SOFTWARE);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(go_on(), A0);
	assert_int_equal(wait(A0), B);
	take(B, DEVICE);
}

/* It sleeps, the resident one, with virtual delivery: what wakes it must still come to EL2. */
static void one_that_sleeps_becomes_direct_as_it_wakes(void **state)
{
	(void)state;
	assert_int_equal(wait(B), -1);
	assert_int_equal(change(CONFIG_DELIVERY_VIRTUAL), OBSTACLE_NONE);
	assert_int_equal(go_on(), -1);
	assert_int_equal(change(CONFIG_DELIVERY_DIRECT), OBSTACLE_NONE);
	assert_int_equal(go_on(), -1);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(go_on(), B);
	expect_direct(true);
	take(B, DEVICE);
}

/* Suspended, it is away in all but its place: what was asked for last holds. */
static void a_suspended_one_stays_virtual_if_asked_so(void **state)
{
	(void)state;
	share_suspend(&vcpus[B]);
	entered = run_attend(entered);
	assert_int_equal(go_on(), -1);
	assert_int_equal(change(CONFIG_DELIVERY_VIRTUAL), OBSTACLE_NONE);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(go_on(), B);
	assert_false(vm_is_direct(vcpus[B].vm));
	assert_false(vcpus[B].direct);
	take(B, DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_interrupts_come_to_el2_while_it_is_away),
		TEST(it_preempts_by_its_interrupt),
		TEST(what_is_pending_goes_with_it),
		TEST(its_timer_wakes_it),
		TEST(its_interface_comes_back),
		TEST(others_wait_for_the_end_of_a_handler),
		TEST(a_handler_ends_with_the_second_end),
		TEST(a_long_handler_goes_on_virtually),
		TEST(delivery_changes_while_it_is_away),
		TEST(an_obstacle_is_met_when_it_comes_back),
		TEST(its_vm_stops_while_it_is_away),
		TEST(its_vm_stops_in_a_handler),
		TEST(a_suspended_one_wakes_by_what_it_masks),
		TEST(delivery_changes_while_it_sleeps),
		TEST(one_that_sleeps_becomes_direct_as_it_wakes),
		TEST(a_suspended_one_stays_virtual_if_asked_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
