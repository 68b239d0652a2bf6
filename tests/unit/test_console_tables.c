/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's answers: tables as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "console/tables.h"

static char table[8192];

static void add_row(struct tables_answer *answer, const void *row)
{
	size_t used = strlen(table);

	assert_true(tables_row(answer, row, table + used, sizeof(table) - used) < TABLES_TEXT_MAX);
}

static void print(enum table_kind kind, bool json, const void *rows, size_t row_size, unsigned count)
{
	struct tables_answer answer = {.kind = kind, .json = json};

	tables_head(&answer, table, sizeof(table));
	for (unsigned i = 0; i < count; i++)
		add_row(&answer, (const char *)rows + i * row_size);
	tables_tail(&answer, table + strlen(table), sizeof(table) - strlen(table));
}

static void expect_100_columns(void)
{
	for (const char *line = table; *line; line = strchr(line, '\n') + 1)
		if (strcspn(line, "\n") > 100)
			fail_msg("too wide: %s", line);
}

static const struct monitor_vm_row vms[] = {
	{0, "linux", "running", 6, 512 << 20, UINT64_C(3725000000), 123456, 2345, 1, "auto", "direct", NULL,
	 BIT(1), 20, 200, 1000, true},
	{1, "a-name-of-thirty-one-characters", "stopped", BIT(0) | BIT(2) | BIT(3) | BIT(63), UINT64_C(3) << 30,
	 0, 99999999999, 99999999999, 12, "auto", "virtual", "it is so", 0, 16, -1, -1, false},
	{2, "q\"\\\001", NULL, 0, 4097, 59999999, 0, 0, 0, NULL, NULL, NULL, 0, 0, -1, -1, false},
};
static const struct monitor_irq_row irqs[] = {
	{33, "level", 1, "linux", 0, 33, "direct", true, "active", 1234, 1200, 34, 3, 0, 2, 77},
	{1019, "edge", 63, "a-name-of-thirty-one-characters", 15, 1019, "virtual", true, "pending", 9999999999,
	 9999999999, 99999999, 9999999, 9999999, 0, 0},
	{40, "edge", -1, NULL, -1, -1, NULL, false, NULL, 1, 0, 0, 0, 1, 5, 99},
};
static const struct monitor_cpu_row cpus[] = {
	{0, 0x80000000, NULL, -1, "idle", 0, 17, 4, 1, 0, true, 0},
	{63, 0xff00ffffff, "linux", 15, "running", 99999999999, 9999999999, 9999999999, 9999999, 9999, false, 3},
};

static void tables_fit_100_columns(void **state)
{
	(void)state;
	print(TABLES_VM, false, vms, sizeof(vms[0]), 3);
	expect_100_columns();
	assert_string_equal(table, " # name             state     pcpus       memory      uptime       exits  "
							   "interrupts starts delivery\n"
							   " 0 linux            running   1-2        512 MiB     1:02:05      123456     "
							   "   2345      1 auto    \n"
							   " 1 a-name-of-thirt~ stopped   0,2-3,63     3 GiB     0:00:00 99999999999 "
							   "99999999999     12 auto    \n"
							   " 2 q\"\\\001             -         -           4097 B     0:00:59           "
							   "0           0      0 -       \n");
	print(TABLES_IRQ, false, irqs, sizeof(irqs[0]), 3);
	expect_100_columns();
	assert_string_equal(table, "intid type  pcpu owner       vcpu mode     on state        taken     listed  "
							   " queued spilled dropped\n"
							   "   33 level    1 linux          0 direct  yes active        1234       1200  "
							   "     34       3       0\n"
							   " 1019 edge    63 a-name-of-~   15 virtual yes pending 9999999999 9999999999 "
							   "99999999 9999999 9999999\n"
							   "   40 edge     - -              - -         - -                1          0  "
							   "      0       0       1\n");
	print(TABLES_CPU, false, cpus, sizeof(cpus[0]), 2);
	expect_100_columns();
	print(TABLES_CPU, false, cpus, sizeof(cpus[0]), 0);
	assert_non_null(strstr(table, "\nnone\n"));
}

static void json_says_the_same(void **state)
{
	struct tables_answer answer = {.kind = TABLES_VM};
	char small[10];

	(void)state;
	print(TABLES_VM, true, vms, sizeof(vms[0]), 3);
	assert_string_equal(
		table,
		"{\"vm\":[{\"index\":0,\"name\":\"linux\",\"state\":\"running\",\"pcpus\":[1,2],"
		"\"memory_bytes\":536870912,\"uptime_us\":3725000000,\"exits\":123456,\"interrupts\":2345,"
		"\"starts\":1,\"delivery\":\"auto\",\"mode\":\"direct\",\"refused\":null,"
		"\"shared_pcpus\":[1],\"priority\":20,\"budget_us\":200,\"period_us\":1000,\"budget_hard\":true},"
		"{\"index\":1,\"name\":\"a-name-of-thirty-one-characters\",\"state\":\"stopped\","
		"\"pcpus\":[0,2,3,63],\"memory_bytes\":3221225472,\"uptime_us\":0,\"exits\":99999999999,"
		"\"interrupts\":99999999999,\"starts\":12,\"delivery\":\"auto\",\"mode\":\"virtual\","
		"\"refused\":\"it is so\",\"shared_pcpus\":[],\"priority\":16,\"budget_us\":null,"
		"\"period_us\":null,\"budget_hard\":false},"
		"{\"index\":2,\"name\":\"q\\\"\\\\\\u0001\",\"state\":null,\"pcpus\":[],\"memory_bytes\":4097,"
		"\"uptime_us\":59999999,\"exits\":0,\"interrupts\":0,"
		"\"starts\":0,\"delivery\":null,\"mode\":null,\"refused\":null,\"shared_pcpus\":[],"
		"\"priority\":0,\"budget_us\":null,\"period_us\":null,\"budget_hard\":false}]}\n");
	print(TABLES_IRQ, true, irqs + 2, sizeof(irqs[0]), 1);
	assert_string_equal(
		table, "{\"irq\":[{\"intid\":40,\"trigger\":\"edge\",\"pcpu\":null,\"owner\":null,\"vcpu\":null,"
			   "\"vintid\":null,\"mode\":null,\"enabled\":false,\"state\":null,\"taken\":1,\"listed\":0,"
			   "\"queued\":0,"
			   "\"spilled\":0,\"dropped\":1,\"moves\":5,\"moved_us\":99}]}\n");
	print(TABLES_CPU, true, cpus, sizeof(cpus[0]), 0);
	assert_string_equal(table, "{\"cpu\":[]}\n");
	/* Too small a buffer is filled, closed, and not passed. */
	assert_true(tables_row(&answer, &vms[0], small, sizeof(small)) > sizeof(small));
	assert_int_equal(strlen(small), sizeof(small) - 1);
}

static const struct monitor_pcpu_row pcpus[] = {{0, 3, 200, 1000, UINT64_C(12345678), 77},
												{63, 32, 1000, 0, UINT64_C(86400000000), 9999999999}};
static const struct monitor_sched_row scheds[] = {
	{0, "rt", 0, 20, 200, 1000, true, 195, 12345678, 999, 8, 7, 6, 5},
	{63, "a-name-of-thirty-one-characters", 15, 31, 10000000, 10000000, false, 1000, UINT64_C(86400000000),
	 UINT64_C(99999999999), 99999999, 99999999, 9999999, 1},
	{0, "linux", 1, 10, -1, -1, false, 0, 0, 0, 0, 0, 0, 0}};

static void shares_of_a_processor(void **state)
{
	static const uint64_t numbers[] = {1, 2};
	static const struct monitor_wait_row wait = {"below 1.024 us", 1024, 3, numbers};
	struct tables_answer answer = {.kind = TABLES_WAITS, .vcpu_count = 2};

	(void)state;
	print(TABLES_PCPUS, false, pcpus, sizeof(pcpus[0]), 2);
	assert_string_equal(table, "pcpu vcpus promised% idle%     idle/s   switches\n"
							   "   0     3      20.0 100.0     12.345         77\n"
							   "  63    32     100.0   0.0  86400.000 9999999999\n");
	print(TABLES_SCHED, false, scheds, sizeof(scheds[0]), 3);
	expect_100_columns();
	assert_string_equal(table, "pcpu vm       vcpu prio   budget   period hard used%      ran/s   stolen/s "
							   "switches preempts   worst\n"
							   "   0 rt          0   20      200     1000  yes  19.5     12.345      0.000   "
							   "     8        7       6\n"
							   "  63 a-name-~   15   31 10000000 10000000    - 100.0  86400.000  99999.999 "
							   "99999999 99999999 9999999\n"
							   "   0 linux       1   10        -        -    -   0.0      0.000      0.000   "
							   "     0        0       0\n");
	print(TABLES_SCHED, true, scheds, sizeof(scheds[0]), 1);
	assert_string_equal(table,
						"{\"sched\":[{\"pcpu\":0,\"vm\":\"rt\",\"vcpu\":0,\"priority\":20,\"budget_us\":200,"
						"\"period_us\":1000,\"budget_hard\":true,\"used_permille\":195,\"ran_us\":12345678,"
						"\"stolen_us\":999,\"switches\":8,\"preemptions\":7,\"wait_worst_us\":6,"
						"\"wakes\":5}]}\n");
	tables_head(&answer, table, sizeof(table));
	add_row(&answer, &wait);
	assert_string_equal(table, "from wake until it ran               total      vcpu 0      vcpu 1\n"
							   "below 1.024 us                           3           1           2\n");
}

/* A number for each vCPU, some at a time, after another table of the same answer. */
static void vcpus_stand_side_by_side(void **state)
{
	static const uint64_t numbers[] = {1, 2, 3, 99999999999, 5, 6};
	static const struct monitor_cause_row cause = {"system register or instruction", 100000000016, numbers};
	struct tables_answer answer = {.kind = TABLES_CAUSES, .vcpu_first = 2, .vcpu_count = 4};

	(void)state;
	tables_head(&answer, table, sizeof(table));
	add_row(&answer, &cause);
	expect_100_columns();
	assert_string_equal(
		table,
		"cause                                total      vcpu 2      vcpu 3      vcpu 4      vcpu 5\n"
		"system register or instruction 100000000016           3 99999999999           5           6\n");
	answer = (struct tables_answer){.kind = TABLES_VM, .json = true, .more = true};
	tables_head(&answer, table, sizeof(table));
	tables_tail(&answer, table + strlen(table), sizeof(table) - strlen(table));
	answer = (struct tables_answer){.kind = TABLES_CAUSES, .json = true, .follows = true, .vcpu_count = 6};
	tables_head(&answer, table + strlen(table), sizeof(table) - strlen(table));
	add_row(&answer, &cause);
	tables_tail(&answer, table + strlen(table), sizeof(table) - strlen(table));
	assert_string_equal(table, "{\"vm\":[],\"causes\":[{\"cause\":\"system register or instruction\","
							   "\"total\":100000000016,\"vcpus\":[1,2,3,99999999999,5,6]}]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_fit_100_columns),
		cmocka_unit_test(json_says_the_same),
		cmocka_unit_test(vcpus_stand_side_by_side),
		cmocka_unit_test(shares_of_a_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
