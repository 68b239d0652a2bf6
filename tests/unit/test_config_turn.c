/* SPDX-License-Identifier: Apache-2.0 */
/* How vCPUs share a processor, as the description says it: which may, their turns and budgets. */
#include "config_world.h"

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"
#define RT_ON(cpus, properties) SECOND("") "/ { vms { rt { cpus = <" cpus ">; " properties " }; }; };\n"
#define DIRECT "permissions = \"direct\";"
#define BELONGS " belongs to linux already; take another, since a VM that may be direct shares none\n"

static const struct mistake mistakes[] = {
	{LINUX("cpus = <1 2 1>; " DIRECT),
	 "/vms/linux: cpus: processor 1 is listed twice; a VM that may be direct shares none\n"},
	{LINUX("cpus = <0 1>; " DIRECT) RT_ON("1", ""), "/vms/rt: cpus: processor 1" BELONGS},
	{LINUX("cpus = <0 1>;") RT_ON("1", DIRECT), "/vms/rt: cpus: processor 1" BELONGS},
	{LINUX("cpus = <0 1>;") RT_ON("1", "delivery = \"direct\";"), "/vms/rt: cpus: processor 1" BELONGS},
	{LINUX("cpus = <0 1>; " DIRECT) RT_ON("0", "") THIRD("cpus = <1>;"),
	 "/vms/rt: cpus: processor 0" BELONGS "/vms/last: cpus: processor 1" BELONGS},
	{LINUX("priority = <32>;"), "/vms/linux: priority: 32 is not between 0 and 31\n"},
	{LINUX("slice-us = <99>;"), "/vms/linux: slice-us: 99 is not between 100 and 10000000\n"},
	{LINUX("budget-us = <1000>;"), "/vms/linux: budget-us: budget-us and period-us belong together\n"},
	{LINUX("period-us = <1000>;"), "/vms/linux: period-us: budget-us and period-us belong together\n"},
	{LINUX("budget-hard;"), "/vms/linux: budget-hard: there is no budget: add budget-us and period-us\n"},
	{LINUX("budget-us = <2001>; period-us = <2000>;"),
	 "/vms/linux: budget-us: 2001 is not between 100 and 2000\n"},
	{LINUX("budget-us = <99>; period-us = <2000>;"), "/vms/linux: budget-us: 99 is not between 100 and 2000\n"},
	{LINUX("budget-us = <200>; period-us = <10000001>;"),
	 "/vms/linux: period-us: 10000001 is not between 100 and 10000000\n"},
};

static void test_mistakes(void **state)
{
	(void)state;
	world_expect_mistakes(mistakes, ARRAY_COUNT(mistakes));
}

/* Only those share that are not alone, whichever VMs they are of. */
static void test_who_shares(void **state)
{
	static const struct {
		const char *changes;
		uint32_t linux_shares, rt_shares;
	} wanted[] = {
		{LINUX("cpus = <0 1>;") RT_ON("2", ""), 0, 0},
		{LINUX("cpus = <0 1>;") RT_ON("1", ""), 2, 1},
		{LINUX("cpus = <1 2 1>;") RT_ON("3", ""), 5, 0},
		{LINUX("cpus = <0 0>;") RT_ON("0", ""), 3, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
		assert_int_equal(world_read(wanted[i].changes), OK);
		assert_string_equal(world_said.text, "");
		assert_int_equal(world_system.vm[0].shares, wanted[i].linux_shares);
		assert_int_equal(world_system.vm[1].shares, wanted[i].rt_shares);
	}
}

static void test_turns(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(world_read(LINUX("")), OK);
	assert_int_equal(vm->priority, 16);
	assert_int_equal(vm->slice_us, 5000);
	assert_int_equal(vm->budget_us | vm->period_us | vm->budget_hard, 0);
	assert_int_equal(world_read(LINUX("priority = <31>; slice-us = <100>; budget-us = <2000>; period-us = <2000>;"
									  "budget-hard;")),
					 OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->priority, 31);
	assert_int_equal(vm->slice_us, 100);
	assert_int_equal(vm->budget_us, 2000);
	assert_int_equal(vm->period_us, 2000);
	assert_true(vm->budget_hard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_who_shares),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
