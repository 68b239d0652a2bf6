/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's calls: PSCI 1.1 (DEN 0022) and the rest of the calling convention (DEN 0028). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "signalbox/hypercall.h"
#include "vm/smccc.h"

#define RAM UINT64_C(0x40000000)
#define HIGH UINT64_C(0xdead000000000000) /* bits that a 32-bit call must ignore */
#define CODE(x) ((uint64_t)(int64_t)(x))
#define PSCI(n) (PSCI_FUNCTION_BASE + (n))
#define PSCI64(n) (PSCI_FUNCTION_BASE + PSCI_FUNCTION_64 + (n))

/* vCPU 0 runs, 1 is off, 2 is about to start. */
static const struct psci_view view = {
	.vcpu_count = 3, .on = 5, .pending = 4, .ram_ipa = RAM, .ram_size = 0x1000000};

struct call_row {
	uint64_t x[4];
	uint32_t action;
	uint64_t value;
};

static void expect_rows(const struct call_row *row, unsigned row_count)
{
	for (unsigned i = 0; i < row_count; i++) {
		struct call_answer answer = smccc_decide(&view, 0, row[i].x);

		if (answer.action != row[i].action || answer.value != row[i].value)
			fail_msg("row %u, function 0x%llx: action %u, value %lld", i, (unsigned long long)row[i].x[0],
					 (unsigned)answer.action, (long long)answer.value);
	}
}

static const struct call_row call_rows[] = {
	/* PSCI_VERSION; the upper half of x0 means nothing */
	{.x = {PSCI(0)}, .value = 0x10001},
	{.x = {PSCI(0) | HIGH}, .value = 0x10001},
	{.x = {PSCI64(0)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	/* CPU_SUSPEND: standby; power-down with a good and bad entry points; reserved bits; a cluster */
	{.x = {PSCI(1), 0}, .action = CALL_SUSPEND},
	{.x = {PSCI64(1), HIGH | 0xffff}, .action = CALL_SUSPEND},
	{.x = {PSCI64(1), 0x10000, RAM}, .action = CALL_SUSPEND},
	{.x = {PSCI64(1), 0x10000, RAM - 4}, .value = CODE(PSCI_INVALID_ADDRESS)},
	{.x = {PSCI64(1), 0x10000, RAM + 0xfffffc}, .action = CALL_SUSPEND},
	{.x = {PSCI64(1), 0x10000, RAM + 0x1000000}, .value = CODE(PSCI_INVALID_ADDRESS)},
	{.x = {PSCI64(1), 0x10000, RAM | HIGH}, .value = CODE(PSCI_INVALID_ADDRESS)},
	{.x = {PSCI(1), 0x10000, RAM | HIGH}, .action = CALL_SUSPEND},
	{.x = {PSCI64(1), 0x20000, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(1), 0x01000000, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	/* CPU_OFF */
	{.x = {PSCI(2)}, .action = CALL_CPU_OFF},
	{.x = {PSCI64(2)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	/* CPU_ON */
	{.x = {PSCI64(3), 1, RAM + 0x80000, 7}, .action = CALL_CPU_ON, .value = 1},
	{.x = {PSCI(3), HIGH | 1, HIGH | RAM, 7}, .action = CALL_CPU_ON, .value = 1},
	{.x = {PSCI64(3), 0, RAM}, .value = CODE(PSCI_ALREADY_ON)},
	{.x = {PSCI64(3), 2, RAM}, .value = CODE(PSCI_ON_PENDING)},
	{.x = {PSCI64(3), 3, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(3), 0x101, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(3), BIT(32) | 1, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(3), BIT(31) | 1, RAM}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(3), 1, RAM + 2}, .value = CODE(PSCI_INVALID_ADDRESS)},
	{.x = {PSCI64(3), 1, RAM + 0x1000000}, .value = CODE(PSCI_INVALID_ADDRESS)},
	{.x = {PSCI64(3), 1, RAM + 0xfffffc}, .action = CALL_CPU_ON, .value = 1},
	{.x = {PSCI64(3), 1, 0}, .value = CODE(PSCI_INVALID_ADDRESS)},
	/* AFFINITY_INFO: on, off, on pending */
	{.x = {PSCI64(4), 0, 0}, .value = 0},
	{.x = {PSCI64(4), 1, 0}, .value = 1},
	{.x = {PSCI64(4), 2, 0}, .value = 2},
	{.x = {PSCI(4), HIGH | 1, HIGH}, .value = 1},
	{.x = {PSCI64(4), 3, 0}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(4), UINT64_MAX, 0}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(4), 0, 1}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	/* MIGRATE, MIGRATE_INFO_TYPE, MIGRATE_INFO_UP_CPU */
	{.x = {PSCI(5)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	{.x = {PSCI(6)}, .value = 2},
	{.x = {PSCI64(7)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	/* SYSTEM_OFF, SYSTEM_RESET, SYSTEM_RESET2 */
	{.x = {PSCI(8)}, .action = CALL_SYSTEM_OFF},
	{.x = {PSCI(9)}, .action = CALL_SYSTEM_RESET},
	{.x = {PSCI64(9)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	{.x = {PSCI(0x12), HIGH, 99}, .action = CALL_SYSTEM_RESET},
	{.x = {PSCI64(0x12), 0}, .action = CALL_SYSTEM_RESET},
	{.x = {PSCI64(0x12), 1}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	{.x = {PSCI64(0x12), BIT(31)}, .value = CODE(PSCI_INVALID_PARAMETERS)},
	/* CPU_FREEZE, SYSTEM_SUSPEND, MEM_PROTECT */
	{.x = {PSCI(0x0b)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	{.x = {PSCI64(0x0e)}, .value = CODE(PSCI_NOT_SUPPORTED)},
	{.x = {PSCI(0x13)}, .value = CODE(PSCI_NOT_SUPPORTED)},
};

static void test_psci_answers(void **state)
{
	(void)state;
	expect_rows(call_rows, ARRAY_COUNT(call_rows));
}

static void test_entry_and_context_of_both_variants(void **state)
{
	const uint64_t wide[] = {PSCI64(3), 1, HIGH | 4, HIGH | 5}, narrow[] = {PSCI(3), 1, HIGH | 4, HIGH | 5};

	(void)state;
	assert_int_equal(psci_entry(wide), HIGH | 4);
	assert_int_equal(psci_context(wide), HIGH | 5);
	assert_int_equal(psci_entry(narrow), 4);
	assert_int_equal(psci_context(narrow), 5);
}

/* Firmware in flash starts other vCPUs in flash. */
static void test_entry_in_firmware(void **state)
{
	struct psci_view with = view;

	(void)state;
	with.firmware_size = 0x1000;
	assert_int_equal(smccc_decide(&with, 0, (uint64_t[]){PSCI64(3), 1, 0, 0}).action, CALL_CPU_ON);
	assert_int_equal(smccc_decide(&with, 0, (uint64_t[]){PSCI64(3), 1, 0xffc, 0}).action, CALL_CPU_ON);
	assert_int_equal(smccc_decide(&with, 0, (uint64_t[]){PSCI64(3), 1, 0x1000, 0}).value,
					 CODE(PSCI_INVALID_ADDRESS));
}

/* PSCI_FEATURES answers "supported" for exactly those functions that do not answer NOT_SUPPORTED. */
static void test_features_agree_with_calls(void **state)
{
	unsigned supported_count = 0;

	(void)state;
	for (uint64_t n = 0; n < 0x200; n++) {
		uint64_t function = n < 0x100 ? PSCI(n) : PSCI64(n - 0x100);
		const uint64_t call[4] = {function, 1, RAM}, features[4] = {PSCI(0x0a), function};
		struct call_answer answer = smccc_decide(&view, 0, call);
		bool supported = answer.action != CALL_RETURN || answer.value != CALL_NOT_SUPPORTED;
		uint64_t at_once;

		if (function == PSCI(0x0a)) /* asked about function 1, which does not exist */
			supported = true;
		assert_int_equal(smccc_decide(&view, 0, features).value, supported ? 0 : CALL_NOT_SUPPORTED);
		if (psci_owns((uint32_t)function) && psci_answer_at_once(call, &at_once))
			assert_int_equal(at_once, answer.value);
		if (psci_answer_at_once(features, &at_once))
			assert_int_equal(at_once, smccc_decide(&view, 0, features).value);
		supported_count += supported;
	}
	assert_int_equal(supported_count, 14);
}

static void test_features_of_others(void **state)
{
	static const struct call_row rows[] = {
		{.x = {PSCI(0x0a), SMCCC_VERSION}, .value = 0},
		{.x = {PSCI(0x0a), 0}, .value = CALL_NOT_SUPPORTED},
		{.x = {PSCI(0x0a), SIGNALBOX_CALL_RING}, .value = CALL_NOT_SUPPORTED},
	};

	(void)state;
	expect_rows(rows, ARRAY_COUNT(rows));
}

static void test_smccc_answers(void **state)
{
	static const struct call_row rows[] = {
		{.x = {SMCCC_VERSION}, .value = 0x10001},
		{.x = {HIGH | SMCCC_VERSION}, .value = 0x10001},
		{.x = {SMCCC_ARCH_FEATURES, SMCCC_VERSION}, .value = 0},
		{.x = {SMCCC_ARCH_FEATURES, HIGH | SMCCC_ARCH_FEATURES}, .value = 0},
		{.x = {SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_FEATURES, SIGNALBOX_CALL_RING}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_SOC_ID}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_WORKAROUND_1}, .value = CALL_NOT_SUPPORTED},
		{.x = {SIGNALBOX_CALL_COUNT}, .value = 9},
		{.x = {SIGNALBOX_CALL_UID}, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_UID},
		{.x = {SIGNALBOX_CALL_REVISION}, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_REVISION},
		{.x = {SIGNALBOX_CALL_RING, 3}, .action = CALL_RING},
		{.x = {SIGNALBOX_CALL_IRQ_MOVE, 40, 1}, .action = CALL_MOVE, .value = false},
		{.x = {SIGNALBOX_CALL_DEVICE_MOVE, 40, 1}, .action = CALL_MOVE, .value = true},
		{.x = {SIGNALBOX_CALL_DELIVERY, 0, 1}, .action = CALL_DELIVER},
		{.x = {SIGNALBOX_CALL_OPENED + 1}, .value = CALL_NOT_SUPPORTED},
		{.x = {0}, .value = CALL_NOT_SUPPORTED},
		{.x = {UINT64_MAX}, .value = CALL_NOT_SUPPORTED},
		{.x = {PSCI(0) - BIT(31)}, .value = CALL_NOT_SUPPORTED}, /* a yielding call */
		{.x = {PSCI(0x20)}, .value = CALL_NOT_SUPPORTED},
		{.x = {PSCI(0) | BIT(16)}, .value = CALL_NOT_SUPPORTED},
	};

	(void)state;
	expect_rows(rows, ARRAY_COUNT(rows));
}

static void test_calls_of_vms_that_have_pages(void **state)
{
	static const struct call_row rows[] = {
		{.x = {SIGNALBOX_CALL_CLOSED_PAGES}, .action = CALL_PAGES, .value = 0},
		{.x = {SIGNALBOX_CALL_OPENED}, .action = CALL_OPENED},
		{.x = {PV_TIME_ST}, .action = CALL_PAGES, .value = 0x1080},
		{.x = {PV_TIME_FEATURES, HIGH | PV_TIME_FEATURES}, .value = 0},
		{.x = {PV_TIME_FEATURES, PV_TIME_ST}, .value = 0},
		{.x = {PV_TIME_FEATURES, PV_TIME_ST + 1}, .value = CALL_NOT_SUPPORTED},
		{.x = {PV_TIME_FEATURES, SMCCC_VERSION}, .value = CALL_NOT_SUPPORTED},
		{.x = {SMCCC_ARCH_FEATURES, PV_TIME_FEATURES}, .value = 0},
		{.x = {SMCCC_ARCH_FEATURES, PV_TIME_ST}, .value = CALL_NOT_SUPPORTED},
	};
	struct psci_view with = view;

	(void)state;
	for (unsigned has = 0; has < 4; has++) {
		with.has_closed_flag = has & 1;
		with.has_stolen_time = has & 2;
		for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
			struct call_answer answer = smccc_decide(&with, 0, rows[i].x);
			bool known = i < 2 ? with.has_closed_flag : with.has_stolen_time;

			assert_int_equal(answer.action, known ? rows[i].action : CALL_RETURN);
			assert_int_equal(answer.value, known ? rows[i].value : CALL_NOT_SUPPORTED);
		}
	}
}

static void test_other_immediates_mean_nothing(void **state)
{
	const uint64_t x[4] = {PSCI(8)};

	(void)state;
	for (uint32_t immediate = 1; immediate <= 0xffff; immediate <<= 1) {
		struct call_answer answer = smccc_decide(&view, immediate, x);

		assert_int_equal(answer.action, CALL_RETURN);
		assert_int_equal(answer.value, CALL_NOT_SUPPORTED);
	}
}

static void test_words_are_the_published_uuid(void **state)
{
	static const uint8_t uuid[16] = {0x7c, 0x1f, 0x6a, 0x52, 0x3f, 0x0e, 0x4b, 0x0d,
									 0x9d, 0x0a, 0x53, 0x42, 0x4f, 0x58, 0x00, 0x01};
	const uint32_t *words = smccc_words(SMCCC_WORDS_UID);

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(words[i / 4] >> (8 * (i % 4)) & 0xff, uuid[i]);
	assert_int_equal(smccc_words(SMCCC_WORDS_REVISION)[0], SIGNALBOX_REVISION_MAJOR);
	assert_int_equal(smccc_words(SMCCC_WORDS_REVISION)[1], SIGNALBOX_REVISION_MINOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_psci_answers),
		cmocka_unit_test(test_entry_and_context_of_both_variants),
		cmocka_unit_test(test_entry_in_firmware),
		cmocka_unit_test(test_features_agree_with_calls),
		cmocka_unit_test(test_features_of_others),
		cmocka_unit_test(test_smccc_answers),
		cmocka_unit_test(test_calls_of_vms_that_have_pages),
		cmocka_unit_test(test_other_immediates_mean_nothing),
		cmocka_unit_test(test_words_are_the_published_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
