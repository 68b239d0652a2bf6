/* SPDX-License-Identifier: Apache-2.0 */
/* When delivery is direct, when it is not, and what the log says about it. */
#include <stdio.h>

#include "direct_vm.h"
#include "flow/own/pause.h"

static const char directly[] = "[guest] its interrupts come directly now";

static void expect_through_signalbox(const char *why)
{
	char line[LOG_LINE_MAX];

	snprintf(line, sizeof(line), "[guest] its interrupts come through Signalbox now: %s", why);
	expect_line(line);
}

/* Obstacles that last as long as the VM runs, and their messages. */
static const struct {
	enum obstacle result;
	const char *why;
} standing[] = {
	{OBSTACLE_DENIED, "its description does not permit it (permissions = \"direct\")"},
	{OBSTACLE_TWO_STATES,
	 "the machine has two security states, where a guest could mask the interrupts of Signalbox"},
	{OBSTACLE_MACHINE,
	 "the interrupt controller has too few priorities, or the virtual timer has another number "
	 "than guests expect"},
	{OBSTACLE_HOUSEKEEPING, "one of its processors also does the console's work; give it another "
							"processor, or name another housekeeping-cpu"},
};

static void put_in_the_way(enum obstacle result, unsigned variant)
{
	if (result == OBSTACLE_DENIED)
		config.permissions = ~CONFIG_MAY_BE_DIRECT;
	else if (result == OBSTACLE_TWO_STATES)
		box.gic.two_security_states = true;
	else if (result == OBSTACLE_MACHINE && variant)
		box.gic.physical_priority_bits = IRQ_DIRECT_BITS_MIN - 1;
	else if (result == OBSTACLE_MACHINE)
		box.host.timer_virtual_intid = VIRTUAL_TIMER + 1;
	else
		box.config.housekeeping = 1 + variant;
}

static void standing_obstacles(void **state)
{
	struct vm *vm = &box.vm[0];

	for (unsigned i = 0; i < ARRAY_COUNT(standing); i++)
		for (unsigned variant = 0; variant < 2; variant++) {
			set_up(state);
			put_in_the_way(standing[i].result, variant);
			delivery_begin(vm); /* not asked for: no message */
			expect_silence();
			vm->delivery = CONFIG_DELIVERY_DIRECT;
			delivery_begin(vm);
			expect_through_signalbox(standing[i].why);
			assert_false(vm->vgic.direct);
			vm->delivery = CONFIG_DELIVERY_VIRTUAL;
			assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_AUTO, NULL), standing[i].result);
			assert_int_equal(vm->delivery, CONFIG_DELIVERY_VIRTUAL);
			expect_silence();
			assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, NULL), OBSTACLE_NONE);
			assert_int_equal(seen.holds, seen.releases);
			assert_int_equal(fake_gic_is_group1(0, EDGE), false);
		}
}

static void begin_and_end(void **state)
{
	static const enum config_delivery wishes[] = {CONFIG_DELIVERY_VIRTUAL, CONFIG_DELIVERY_DIRECT,
												  CONFIG_DELIVERY_AUTO};
	struct vm *vm = &box.vm[0];

	for (unsigned i = 0; i < ARRAY_COUNT(wishes); i++) {
		bool direct = wishes[i] != CONFIG_DELIVERY_VIRTUAL;

		set_up(state);
		vm->delivery = wishes[i];
		delivery_begin(vm);
		if (direct)
			expect_line(directly);
		else
			expect_silence();
		assert_int_equal(vm->vgic.direct, direct);
		assert_int_equal(fake_gic_is_group1(0, EDGE), direct);
		delivery_end(vm);
		expect_silence();
		assert_false(vm->vgic.direct || fake_gic_is_group1(0, EDGE));
		assert_int_equal(vm->delivery, wishes[i]);
	}
}

/* Asked for while the VM runs; and if it is off, only its wish changes. */
static void changed_while_it_runs(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_NONE);
	expect_line(directly);
	assert_true(vm->vgic.direct && vm->delivery == CONFIG_DELIVERY_DIRECT);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_AUTO, NULL), OBSTACLE_NONE);
	expect_silence();
	assert_int_equal(vm->delivery, CONFIG_DELIVERY_AUTO);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, NULL), OBSTACLE_NONE);
	expect_line("[guest] its interrupts come through Signalbox now: as was asked for");
	assert_false(vm->vgic.direct);
	assert_int_equal(seen.holds, 3);
	assert_int_equal(seen.releases, 3);
	vm->state = VM_STOPPED;
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_NONE);
	expect_silence();
	assert_false(vm->vgic.direct);
	assert_int_equal(vm->delivery, CONFIG_DELIVERY_DIRECT);
	assert_int_equal(seen.holds, 3);
}

/* A handler is running: in the model, at the physical GIC, or by a priority that it has not dropped. */
static void not_while_a_handler_is_at_work(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	guest_write_bit(0, GIC_ISACTIVER, RESERVED);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_ACTIVE);
	guest_write_bit(0, GIC_ICACTIVER, RESERVED);
	vcpus[1].busy = true;
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_ACTIVE);
	assert_int_equal(vm->delivery, CONFIG_DELIVERY_VIRTUAL);
	expect_silence();
	vm->psci.on = 1; /* off: its handler is over */
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_NONE);
	expect_line(directly);
	gic_activate(2, VIRTUAL_TIMER);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, NULL), OBSTACLE_ACTIVE);
	gic_clear_active(2, VIRTUAL_TIMER);
	gic_activate(0, LEVEL);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, NULL), OBSTACLE_ACTIVE);
	gic_clear_active(0, LEVEL);
	gic_activate(0, OTHERS_SPI);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, NULL), OBSTACLE_NONE);
}

static void what_the_guest_does_stands_in_the_way(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	guest_write(GICD_CTLR, 4, 3);
	guest_prepare(0, UNLINKED, 0xa0);
	vgic_set_line_shared(model(), UNLINKED, true);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_STRANGER);
	guest_write_bit(0, GIC_ICENABLER, UNLINKED);
	guest_write_bit(1, GIC_ISENABLER, SGI);
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_GROUP0);
	guest_set_group1(1, SGI);
	assert_false(vm->vgic.direct);
	expect_silence();
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_NONE);
}

static const struct {
	enum obstacle why;
	const char *words;
} reasons[] = {
	{OBSTACLE_STRANGER, "interrupt 60 was raised, which has no physical interrupt to come by"},
	{OBSTACLE_GROUP0, "it uses Group 0 interrupts, which are reserved for Signalbox"},
	{OBSTACLE_PRIORITY,
	 "it masks interrupts of priority 0xf0 alone (ICC_PMR_EL1), which are one level with those of 0xe0"},
	{OBSTACLE_TWO_ENDS,
	 "it ends its interrupts in two steps (ICC_DIR_EL1) so often that virtual delivery is faster"},
	{OBSTACLE_TRAPS, "it changes its priority mask so often that virtual delivery is faster"},
};

/* At once; or, while a handler is running, soon. */
static void it_must_leave(void **state)
{
	struct vm *vm = &box.vm[0];

	for (unsigned i = 0; i < ARRAY_COUNT(reasons); i++)
		for (unsigned busy = 0; busy < 2; busy++) {
			set_up_direct(state);
			vcpus[0].busy = busy;
			obstacle_met(&vcpus[0], reasons[i].why, UNLINKED);
			assert_true(vcpus[0].due); /* run_attend() sees it */
			delivery_end_direct(&vcpus[0]);
			assert_false(vcpus[0].ends_direct);
			assert_int_equal(vm->vgic.direct, busy);
			assert_int_equal(seen.retry, busy ? cpu_counter() + cpu_us_to_ticks(1000) : TIMER_NEVER);
			if (busy) {
				expect_silence();
				vcpus[0].busy = false;
				delivery_end_direct(&vcpus[0]);
			}
			expect_through_signalbox(reasons[i].words);
			assert_false(vm->vgic.direct);
			assert_int_equal(vm->refused, reasons[i].why);
			assert_int_equal(vm->refused_vintid, UNLINKED);
			assert_int_equal(seen.retry, TIMER_NEVER);
			delivery_end_direct(&vcpus[1]); /* the other vCPU had a reason, too */
			expect_silence();
		}
}

/* The vCPUs that come wait for the one that does not. That is charged, too, even if the request fails. */
static void who_asks_in_vain_pays(void **state)
{
	static const struct vm caller = {.number = 1};
	struct vm *vm = &box.vm[0];

	set_up_direct(state);
	config.disturbance_percent = BUDGET_SHARE_DEFAULT;
	seen.deaf = 1000;
	for (unsigned n = 0; n < 100; n++)
		assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, &caller), OBSTACLE_BUSY);
	assert_in_range(1000 - seen.deaf, 1, BUDGET_HOLDS_FREE);
	seen.deaf = 0;
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, &caller), OBSTACLE_BUSY);
	assert_int_equal(seen.holds, seen.releases);
	fake_counter_advance(cpu_us_to_ticks(2 * BUDGET_WINDOW_US));
	assert_int_equal(delivery_change(vm, CONFIG_DELIVERY_VIRTUAL, &caller), OBSTACLE_NONE);
}

/* A request may need several holds, one after another: it is one request, and pays for the time of all. */
static void holds_of_one_request(void **state)
{
	static const struct vm caller = {.number = 1};
	struct pause pause = {.vm = {&box.vm[0]}, .caller = &caller};

	(void)state;
	config.disturbance_percent = 1;
	assert_true(pause_prepare(&pause));
	for (unsigned n = 1; n <= 3; n++) {
		assert_true(pause_begin(&pause));
		fake_counter_advance(1000);
		pause_end(&pause);
		assert_int_equal(box.vm[0].budget.total.holds, 1);
		assert_true(box.vm[0].budget.total.ticks >= n * 1000);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(standing_obstacles),
		TEST(begin_and_end),
		TEST(changed_while_it_runs),
		TEST(not_while_a_handler_is_at_work),
		TEST(what_the_guest_does_stands_in_the_way),
		TEST(it_must_leave),
		TEST(who_asks_in_vain_pays),
		TEST(holds_of_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
