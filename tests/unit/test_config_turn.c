/* SPDX-License-Identifier: Apache-2.0 */
/* System descriptions: processors that several vCPUs share. */
#include "config_world.h"

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"
#define ON_0 "/ { vms { rt { cpus = <0>; }; }; };\n"
#define SIXTEEN "cpus = <3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3>;"

static void what_is_not_given_has_a_default(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(world_read(""), OK);
	assert_int_equal(vm->turn.priority, 16);
	assert_int_equal(vm->turn.slice_us, 5000);
	assert_int_equal(vm->turn.budget_us, 0);
	assert_int_equal(vm->turn.period_us, 0);
	assert_false(vm->turn.budget_hard);
	assert_int_equal(vm->shares, 0);
}

static void all_is_read(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(
		world_read(LINUX("priority = <31>; slice-us = <100>; budget-us = <10000000>; period-us = /bits/ 64 "
						 "<10000000>; budget-hard;")),
		OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->turn.priority, 31);
	assert_int_equal(vm->turn.slice_us, 100);
	assert_int_equal(vm->turn.budget_us, 10000000);
	assert_int_equal(vm->turn.period_us, 10000000);
	assert_true(vm->turn.budget_hard);
	assert_int_equal(
		world_read(LINUX("priority = <0>; slice-us = <10000000>; budget-us = <100>; period-us = <100>;")),
		OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->turn.priority, 0);
	assert_int_equal(vm->turn.slice_us, 10000000);
	assert_int_equal(vm->turn.budget_us, 100);
	assert_false(vm->turn.budget_hard);
}

/* The housekeeping processor, too; and a budget may be all that the others leave. */
static void who_shares_is_known(void **state)
{
	(void)state;
	assert_int_equal(world_read("/ { housekeeping-cpu = <1>; };\n" LINUX("cpus = <0 1 2 2>;") SECOND("")
									THIRD("cpus = <3>;")),
					 OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm[0].shares, 0xe);
	assert_int_equal(world_system.vm[1].shares, 1);
	assert_int_equal(world_system.vm[2].shares, 0);
}

static void those_share_that_are_not_alone(void **state)
{
	static const struct {
		const char *changes;
		uint32_t linux_shares, rt_shares;
	} wanted[] = {
		{LINUX("cpus = <0 2>;") SECOND(""), 0, 0},
		{LINUX("cpus = <0 1>;") SECOND(""), 2, 1},
		{LINUX("cpus = <2 3 2>;") SECOND(""), 5, 0},
		{LINUX("cpus = <1 1>;") SECOND(""), 3, 1},
		{LINUX("cpus = <0 2>; budget-us = <500>; period-us = <1000>; budget-hard;") SECOND(""), 3, 0},
		{LINUX("cpus = <0 2>; budget-us = <500>; period-us = <1000>;") SECOND(""), 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
		assert_int_equal(world_read(wanted[i].changes), OK);
		assert_string_equal(world_said.text, "");
		assert_int_equal(world_system.vm[0].shares, wanted[i].linux_shares);
		assert_int_equal(world_system.vm[1].shares, wanted[i].rt_shares);
	}
}

/* By their permission: one, and two of them. */
static void direct_ones_may_share(void **state)
{
	(void)state;
	assert_int_equal(world_read(LINUX("cpus = <0>; permissions = \"direct-shared\";") SECOND("") ON_0), OK);
	assert_string_equal(world_said.text, "");
	assert_true(world_system.vm[0].permissions & CONFIG_MAY_BE_DIRECT);
	assert_int_equal(world_system.vm[0].shares, 1);
	assert_int_equal(world_read(LINUX("cpus = <0>; permissions = \"direct-shared\"; delivery = \"direct\";")
									SECOND("permissions = \"direct\", \"direct-shared\";") ON_0),
					 OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm[1].shares, 1);
}

/* It will not start, so the other has its processor alone. */
static void a_vm_with_a_mistake_shares_nothing(void **state)
{
	(void)state;
	assert_int_equal(world_read(SECOND("priority = <32>;") ON_0), OK);
	assert_false(world_system.vm[1].valid);
	assert_int_equal(world_system.vm[0].shares, 0);
}

static void all_of_a_processor_can_be_promised(void **state)
{
	(void)state;
	assert_int_equal(world_read(LINUX("cpus = <1 1>; budget-us = <1000>; period-us = <3000>;")
									SECOND("budget-us = <3333333>; period-us = <10000000>; budget-hard;")),
					 OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_read(LINUX("cpus = <0 2>; budget-us = <1000>; period-us = <1000>;")
									SECOND("budget-us = <1000>; period-us = <1000>;") THIRD("cpus = <0>;")),
					 OK);
	assert_string_equal(world_said.text, ""); /* the last has no budget, and gets what is left */
	/* One that will not start promises nothing. */
	assert_int_equal(world_read(LINUX("budget-us = <600>; period-us = <1000>;")
									SECOND("budget-us = <700>; period-us = <1000>;")
										ON_0 THIRD("cpus = <0>; budget-us = <400>; period-us = <1000>;")),
					 OK);
	assert_true(world_system.vm[2].valid);
	assert_int_equal(world_system.vm[2].shares, 1);
}

static const struct mistake mistakes[] = {
	{LINUX("priority = <32>;"), "/vms/linux: priority: 32 is not between 0 and 31\n"},
	{LINUX("priority = \"high\";"),
	 "/vms/linux: priority: has 5 bytes; give one number, as <0x10000000> or /bits/ 64 <0x10000000>\n"},
	{LINUX("slice-us = <99>;"), "/vms/linux: slice-us: 99 is not between 100 and 10000000\n"},
	{LINUX("slice-us = <10000001>;"), "/vms/linux: slice-us: 10000001 is not between 100 and 10000000\n"},
	{LINUX("budget-us = <1000>;"),
	 "/vms/linux: budget-us: has no period-us beside it; give both, or neither\n"},
	{LINUX("period-us = <1000>;"),
	 "/vms/linux: period-us: has no budget-us beside it; give both, or neither\n"},
	{LINUX("budget-us = <99>; period-us = <1000>;"),
	 "/vms/linux: budget-us: 99 is not between 100 and 1000\n"},
	{LINUX("budget-us = <1001>; period-us = <1000>;"),
	 "/vms/linux: budget-us: 1001 is not between 100 and 1000\n"},
	{LINUX("budget-us = <0xffffffff 0xffffffff>; period-us = <1000>;"),
	 "/vms/linux: budget-us: 18446744073709551615 is not between 100 and 1000\n"},
	{LINUX("budget-us = <0>; period-us = <0>;"),
	 "/vms/linux: period-us: 0 is not between 100 and 10000000\n"},
	{LINUX("budget-us = <100>; period-us = <10000001>;"),
	 "/vms/linux: period-us: 10000001 is not between 100 and 10000000\n"},
	{LINUX("budget-hard;"),
	 "/vms/linux: budget-hard: there is no budget; add budget-us and period-us, or leave it out\n"},
	{LINUX("budget-hard = <1>;"),
	 "/vms/linux: budget-hard: is a flag and takes no value; write `budget-hard;` or leave it out\n"},
	{LINUX("budget-ms = <1>;"),
	 "/vms/linux: budget-ms: there is no such property; did you mean budget-us?\n"},
	/* More than there is. */
	{LINUX("cpus = <2 3 3>; budget-us = <501>; period-us = <1000>;"),
	 "/vms/linux: budget-us: with the VMs before, 100.2 % of processor 3 is promised; lower a budget, or "
	 "take "
	 "another processor\n"},
	{LINUX("budget-us = <6000>; period-us = <10000>; priority = <3>;")
		 SECOND("budget-us = <500>; period-us = <1000>; priority = <4>; budget-hard;") ON_0,
	 "/vms/rt: budget-us: with the VMs before, 110.0 % of processor 0 is promised; lower a budget, or take "
	 "another processor\n"},
	{LINUX("budget-us = <9999999>; period-us = <10000000>;")
		 SECOND("budget-us = <101>; period-us = <10000000>;") ON_0,
	 "/vms/rt: budget-us: with the VMs before, 100.1 % of processor 0 is promised; lower a budget, or take "
	 "another processor\n"},
	{LINUX(SIXTEEN) SECOND("") "/ { vms { rt { " SIXTEEN " }; }; };\n" THIRD("cpus = <1 3>;"),
	 "/vms/last: cpus: processor 3 would have 33 vCPUs, at most 32 are possible; take another\n"},
	/* Direct VMs. */
	{LINUX("delivery = \"auto\";") SECOND("") ON_0,
	 "/vms/rt: cpus: processor 0 belongs to linux already; take another: linux may be direct (delivery, "
	 "permissions), and shares a processor only with the permission \"direct-shared\"\n"},
	{SECOND("permissions = \"direct\";") ON_0,
	 "/vms/rt: cpus: processor 0 belongs to linux already; take another: this VM may be direct (delivery, "
	 "permissions), and shares a processor only with the permission \"direct-shared\"\n"},
	{LINUX("cpus = <0 1 0>; delivery = \"direct\";"),
	 "/vms/linux: cpus: processor 0 is listed twice; a VM that may be direct (delivery, permissions) has one "
	 "for each vCPU\n"},
	{LINUX("delivery = \"auto\"; budget-us = <500>; period-us = <1000>; budget-hard;"),
	 "/vms/linux: budget-hard: a VM that may be direct (delivery, permissions) keeps its processor to the "
	 "end of "
	 "an interrupt handler; leave out one of them\n"},
	{LINUX("delivery = \"direct\";") SECOND("permissions = \"direct-shared\";") ON_0,
	 "/vms/rt: cpus: processor 0 belongs to linux already; take another: linux may be direct (delivery, "
	 "permissions), and shares a processor only with the permission \"direct-shared\"\n"},
	{SECOND("permissions = \"direct-shared\";") "/ { vms { rt { cpus = <2 3>; }; }; };\n",
	 "/vms/rt: permissions: \"direct-shared\" is for a VM of one vCPU: whenever it left its processor, all "
	 "others "
	 "of the VM would have to wait; give it one processor, or leave this out\n"},
	{LINUX("delivery = \"direct\";") SECOND("") ON_0 THIRD("cpus = <0>;"),
	 "/vms/rt: cpus: processor 0 belongs to linux already; take another: linux may be direct (delivery, "
	 "permissions), and shares a processor only with the permission \"direct-shared\"\n"
	 "/vms/last: cpus: processor 0 belongs to linux already; take another: linux may be direct (delivery, "
	 "permissions), and shares a processor only with the permission \"direct-shared\"\n"},
};

static void every_mistake_is_said(void **state)
{
	(void)state;
	world_expect_mistakes(mistakes, ARRAY_COUNT(mistakes));
}

/* From the monitor: linux has processors 0 and 1, rt has 1, and both have half of it. */
static const struct {
	unsigned vm;
	struct config_turn turn;
	const char *says; /* "": it is changed */
} changes[] = {
	{0, {.priority = 31}, ""},
	{0, {.priority = 32}, "linux: priority: 32 is not between 0 and 31\n"},
	{1, {.budget_us = 500, .period_us = 1000, .budget_hard = true}, ""},
	{1, {.budget_us = 100, .period_us = 10000000}, ""},
	{1,
	 {.budget_us = 501, .period_us = 1000},
	 "rt: budget-us: with the other VMs, 100.1 % of processor 1 would be promised; lower another budget "
	 "first\n"},
	{0,
	 {.budget_us = 501, .period_us = 1000},
	 "linux: budget-us: with the other VMs, 100.1 % of processor 1 would be promised; lower another budget "
	 "first\n"},
	{1, {.budget_us = 99, .period_us = 1000}, "rt: budget-us: 99 is not between 100 and 1000\n"},
	{1, {.budget_us = 1001, .period_us = 1000}, "rt: budget-us: 1001 is not between 100 and 1000\n"},
	{1, {.budget_us = 100, .period_us = 0}, "rt: period-us: 0 is not between 100 and 10000000\n"},
	{0,
	 {.budget_us = 500, .period_us = 1000, .budget_hard = true},
	 "linux: budget-hard: vCPU 0 has its processor alone; only the description can limit such a vCPU\n"},
	{2, {.priority = 3}, "last: shares no processor: priority and budget would do nothing\n"},
};

static void expect_change(unsigned vm, const struct config_turn *turn, const char *says)
{
	struct config_turn before = world_system.vm[vm].turn;
	bool changed;

	said_init(&world_said);
	changed = config_change_turn(&world_system, vm, turn, &world_said.report);
	assert_string_equal(world_said.text, says);
	assert_int_equal(changed, !*says);
	assert_memory_equal(&world_system.vm[vm].turn, changed ? turn : &before, sizeof(before));
}

static void a_change_is_checked_as_the_description_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
		assert_int_equal(world_read(LINUX("cpus = <0 1>; budget-us = <500>; period-us = <1000>;")
										SECOND("budget-us = <5000>; period-us = <10000>;")
											THIRD("cpus = <3>; budget-us = <100>; period-us = <100>;")),
						 OK);
		assert_string_equal(world_said.text, "");
		assert_int_equal(config_promised_permille(&world_system, 1), 1000);
		assert_int_equal(config_promised_permille(&world_system, 2), 0);
		expect_change(changes[i].vm, &changes[i].turn, changes[i].says);
	}
	/* What one gives up, another may have. */
	expect_change(0, &(struct config_turn){.budget_us = 100, .period_us = 1000}, "");
	expect_change(1, &(struct config_turn){.budget_us = 900, .period_us = 1000}, "");
	assert_int_equal(config_promised_permille(&world_system, 1), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_a_default),
		cmocka_unit_test(all_is_read),
		cmocka_unit_test(who_shares_is_known),
		cmocka_unit_test(those_share_that_are_not_alone),
		cmocka_unit_test(direct_ones_may_share),
		cmocka_unit_test(a_vm_with_a_mistake_shares_nothing),
		cmocka_unit_test(all_of_a_processor_can_be_promised),
		cmocka_unit_test(every_mistake_is_said),
		cmocka_unit_test(a_change_is_checked_as_the_description_is),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
