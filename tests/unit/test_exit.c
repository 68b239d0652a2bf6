/* SPDX-License-Identifier: Apache-2.0 */
/* Syndromes of exits, decoded. Numbers are written as the manual prints the fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vm/exit.h"

#define EC(n) ((uint64_t)(n) << 26)
#define IL BIT(25)
#define ISV BIT(24)
#define SAS(n) ((uint64_t)(n) << 22)
#define SSE BIT(21)
#define SRT(n) ((uint64_t)(n) << 16)
#define SF BIT(15)
#define FNV BIT(10)
#define CM BIT(8)
#define S1PTW BIT(7)
#define WNR BIT(6)

#define FAR UINT64_C(0xffff800009000abc)
#define HPFAR UINT64_C(0x12345670) /* page 0x1234567 of the intermediate address */
#define IPA UINT64_C(0x1234567abc)

static void test_every_class_has_a_kind_and_a_name(void **state)
{
	static const enum exit_kind kinds[64] = {
		[0x00] = EXIT_UNDEFINED,  [0x01] = EXIT_WAIT,
		[0x03] = EXIT_UNDEFINED,  [0x04] = EXIT_UNDEFINED,
		[0x05] = EXIT_DEBUG_32,   [0x06] = EXIT_DEBUG_32,
		[0x07] = EXIT_FP,         [0x08] = EXIT_UNDEFINED,
		[0x09] = EXIT_UNDEFINED,  [0x0a] = EXIT_UNDEFINED,
		[0x0c] = EXIT_DEBUG_32,   [0x14] = EXIT_UNDEFINED,
		[0x16] = EXIT_CALL,       [0x17] = EXIT_CALL,
		[0x18] = EXIT_SYSREG,     [0x19] = EXIT_UNDEFINED,
		[0x1a] = EXIT_UNDEFINED,  [0x1b] = EXIT_UNDEFINED,
		[0x1d] = EXIT_UNDEFINED,  [0x20] = EXIT_INSTRUCTION_ABORT,
		[0x24] = EXIT_DATA_ABORT, [0x27] = EXIT_UNDEFINED,
		[0x2d] = EXIT_UNDEFINED,  [0x2f] = EXIT_SERROR,
		[0x30] = EXIT_DEBUG,      [0x32] = EXIT_DEBUG,
		[0x34] = EXIT_DEBUG,      [0x38] = EXIT_DEBUG,
		[0x3c] = EXIT_DEBUG,
	};

	(void)state;
	for (unsigned ec = 0; ec < 64; ec++) {
		struct vm_exit zero = exit_decode(EC(ec), 0, 0);
		struct vm_exit ones = exit_decode(EC(ec) | BITS(25, 0), UINT64_MAX, UINT64_MAX);

		assert_int_equal(zero.kind, kinds[ec]);
		assert_int_equal(ones.kind, kinds[ec]);
		assert_int_equal(zero.ec, ec);
		assert_int_equal(zero.instruction_size, 2);
		assert_int_equal(ones.instruction_size, 4);
		assert_true(strlen(exit_class_name(ec)) > 2);
	}
	assert_string_equal(exit_class_name(0x24), "data abort");
	assert_string_equal(exit_class_name(0x3f), "reserved exception class");
	assert_string_equal(exit_class_name(64), "reserved exception class");
}

static void test_upper_syndrome_bits_are_no_class(void **state)
{
	(void)state;
	assert_int_equal(exit_decode(EC(0x16) | BITS(63, 32), 0, 0).kind, EXIT_CALL);
}

static void test_calls_and_waits(void **state)
{
	struct vm_exit hvc = exit_decode(EC(0x16) | IL | 0xbeef, 0, 0);
	struct vm_exit smc = exit_decode(EC(0x17) | IL, 0, 0);

	(void)state;
	assert_int_equal(hvc.immediate, 0xbeef);
	assert_false(hvc.is_smc);
	assert_int_equal(smc.immediate, 0);
	assert_true(smc.is_smc);
	for (unsigned ti = 0; ti < 4; ti++)
		assert_int_equal(exit_decode(EC(1) | IL | ti, 0, 0).is_event, ti & 1);
}

struct abort_row {
	uint64_t esr;
	struct exit_abort abort;
	bool mmio;
};

static const struct abort_row abort_rows[] = {
	/* ldrsb x7: translation fault, level 3 */
	{.esr = EC(0x24) | IL | ISV | SAS(0) | SSE | SRT(7) | SF | 0x07,
	 .mmio = true,
	 .abort = {.fault = FAULT_TRANSLATION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA},
			   .decoded = true,
			   .size_bytes = 1,
			   .reg = 7,
			   .sign_extend = true,
			   .is_64bit = true}},
	/* str wzr, level 0 */
	{.esr = EC(0x24) | IL | ISV | SAS(2) | SRT(31) | WNR | 0x04,
	 .mmio = true,
	 .abort = {.fault = FAULT_TRANSLATION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA},
			   .decoded = true,
			   .size_bytes = 4,
			   .reg = 31,
			   .write = true}},
	/* stp: nothing but the address */
	{.esr = EC(0x24) | IL | SAS(3) | SRT(9) | WNR | 0x06,
	 .abort = {.fault = FAULT_TRANSLATION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA},
			   .write = true}},
	/* dc ivac */
	{.esr = EC(0x24) | IL | ISV | CM | WNR | 0x06,
	 .abort = {.fault = FAULT_TRANSLATION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA},
			   .write = true,
			   .cache_maintenance = true,
			   .decoded = true,
			   .size_bytes = 1}},
	/* the guest's table walk: the page alone */
	{.esr = EC(0x24) | IL | S1PTW | 0x05,
	 .abort = {.fault = FAULT_TRANSLATION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA & ~UINT64_C(0xfff)},
			   .table_walk = true}},
	/* permission: HPFAR_EL2 is not valid, except for a table walk */
	{.esr = EC(0x24) | IL | ISV | SAS(3) | SF | WNR | 0x0f,
	 .abort = {.fault = FAULT_PERMISSION,
			   .far_valid = true,
			   .va = {FAR},
			   .write = true,
			   .decoded = true,
			   .size_bytes = 8,
			   .is_64bit = true}},
	{.esr = EC(0x24) | IL | S1PTW | 0x0d,
	 .abort = {.fault = FAULT_PERMISSION,
			   .far_valid = true,
			   .va = {FAR},
			   .ipa_valid = true,
			   .ipa = {IPA & ~UINT64_C(0xfff)},
			   .table_walk = true}},
	{.esr = EC(0x24) | IL | 0x00,
	 .abort = {.fault = FAULT_ADDRESS_SIZE, .far_valid = true, .va = {FAR}, .ipa_valid = true, .ipa = {IPA}}},
	{.esr = EC(0x24) | IL | 0x0b,
	 .abort = {.fault = FAULT_ACCESS_FLAG, .far_valid = true, .va = {FAR}, .ipa_valid = true, .ipa = {IPA}}},
	/* external, with an address and without */
	{.esr = EC(0x24) | IL | 0x10, .abort = {.fault = FAULT_EXTERNAL, .far_valid = true, .va = {FAR}}},
	{.esr = EC(0x24) | IL | FNV | 0x10, .abort = {.fault = FAULT_EXTERNAL}},
	{.esr = EC(0x24) | IL | 0x14, .abort = {.fault = FAULT_EXTERNAL, .far_valid = true, .va = {FAR}}},
	{.esr = EC(0x24) | IL | 0x11, .abort = {.fault = FAULT_OTHER, .far_valid = true, .va = {FAR}}},
	{.esr = EC(0x24) | IL | 0x21, .abort = {.fault = FAULT_OTHER, .far_valid = true, .va = {FAR}}},
	/* instruction abort: the bits of a data access mean nothing */
	{.esr = EC(0x20) | IL | ISV | SAS(3) | WNR | CM | 0x06,
	 .abort = {.fault = FAULT_TRANSLATION, .far_valid = true, .va = {FAR}, .ipa_valid = true, .ipa = {IPA}}},
};

static void test_aborts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(abort_rows); i++) {
		struct exit_abort got = exit_decode(abort_rows[i].esr, FAR, HPFAR).abort, want = abort_rows[i].abort;

		assert_int_equal(got.fault, want.fault);
		assert_int_equal(got.far_valid, want.far_valid);
		assert_int_equal(got.va.v, want.va.v);
		assert_int_equal(got.ipa_valid, want.ipa_valid);
		assert_int_equal(got.ipa.v, want.ipa.v);
		assert_int_equal(got.table_walk, want.table_walk);
		assert_int_equal(got.cache_maintenance, want.cache_maintenance);
		assert_int_equal(got.write, want.write);
		assert_int_equal(got.decoded, want.decoded);
		assert_int_equal(got.size_bytes, want.size_bytes);
		assert_int_equal(got.reg, want.reg);
		assert_int_equal(got.sign_extend, want.sign_extend);
		assert_int_equal(got.is_64bit, want.is_64bit);
		if (exit_class(abort_rows[i].esr) == EC_DATA_ABORT)
			assert_int_equal(exit_is_mmio(abort_rows[i].esr), abort_rows[i].mmio);
	}
}

static void test_ipa_of_the_whole_range(void **state)
{
	(void)state;
	assert_int_equal(exit_ipa(0, BITS(47, 4)).v, BITS(55, 12));
	assert_int_equal(exit_ipa(0, BIT(63) | BITS(3, 0)).v, 0); /* NS, and what is reserved */
	assert_int_equal(exit_ipa(UINT64_MAX, 0).v, 0xfff);
}

static void test_mmio_values(void **state)
{
	static const struct {
		uint64_t esr, read, loaded;
	} rows[] = {
		{.esr = SAS(0), .read = 0xfedcba9876543281, .loaded = 0x81},
		{.esr = SAS(0) | SSE, .read = 0xfedcba9876543281, .loaded = 0xffffff81},
		{.esr = SAS(0) | SSE | SF, .read = 0x81, .loaded = 0xffffffffffffff81},
		{.esr = SAS(0) | SSE | SF, .read = 0xff71, .loaded = 0x71},
		{.esr = SAS(1) | SF, .read = 0xabcd8123, .loaded = 0x8123},
		{.esr = SAS(1) | SSE, .read = 0xabcd8123, .loaded = 0xffff8123},
		{.esr = SAS(2), .read = 0x1ffffffff, .loaded = 0xffffffff},
		{.esr = SAS(2) | SSE | SF, .read = 0x80000000, .loaded = 0xffffffff80000000},
		{.esr = SAS(3) | SF, .read = 0xfedcba9876543210, .loaded = 0xfedcba9876543210},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(exit_mmio_result(rows[i].esr, rows[i].read), rows[i].loaded);
	}
}

static void test_system_registers(void **state)
{
	/* msr icc_sgi1r_el1, x13: Op0 3, Op2 5, Op1 0, CRn 12, Rt 13, CRm 11 */
	uint64_t esr = EC(0x18) | IL | 3 << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 13 << 5 | 11 << 1;
	struct exit_sysreg sysreg = exit_decode(esr, 0, 0).sysreg;

	(void)state;
	assert_int_equal(sysreg.id, SYSREG(3, 0, 12, 11, 5));
	assert_int_equal(sysreg.op0, 3);
	assert_int_equal(sysreg.op1, 0);
	assert_int_equal(sysreg.crn, 12);
	assert_int_equal(sysreg.crm, 11);
	assert_int_equal(sysreg.op2, 5);
	assert_int_equal(sysreg.reg, 13);
	assert_true(sysreg.write);
	assert_int_equal(esr & ~ESR_SYSREG_RT, ESR_OF_WRITE(SYSREG(3, 0, 12, 11, 5)));
	assert_false(exit_decode(esr | 1, 0, 0).sysreg.write);
	assert_int_equal(exit_decode(EC(0x18) | BITS(24, 0), 0, 0).sysreg.id, SYSREG(3, 7, 15, 15, 7));
}

static void test_what_is_no_plain_access(void **state)
{
	const uint64_t load = EC(0x24) | IL | ISV | SAS(2) | SRT(31) | SF | 0x07;
	const uint64_t other[] = {EC(4), EC(0x20), IL, ISV, SAS(1), SSE, CM, S1PTW, WNR, 0x04, 0x08, 0x10, 0x20};

	(void)state;
	assert_true(exit_is_plain_mmio(load, 2, false));
	assert_true(
		exit_is_plain_mmio(load | BITS(63, 32) | FNV, 2, false)); /* further description of the access */
	assert_true(exit_is_plain_mmio(load | WNR, 2, true));
	assert_true(exit_is_plain_mmio(load | SAS(1), 3, false));
	for (unsigned i = 0; i < ARRAY_COUNT(other); i++) {
		assert_false(exit_is_plain_mmio(load ^ other[i], 2, false));
		assert_false(exit_is_plain_mmio((load | WNR) ^ other[i], 2, true));
	}
}

/*
 * The syndrome that the guest gets: DDI 0487, ESR_EL1, "ISS encoding for an exception from a Data Abort",
 * "... Instruction".
 */
static void test_aborts_of_the_guest(void **state)
{
	static const struct {
		uint64_t esr;
		bool from_el1;
		uint64_t want;
	} rows[] = {
		/*
		 * of the access: read, write, by T32 of EL0; a syndrome that describes the access has no such meaning
		 * at EL1
		 */
		{EC(0x24) | IL | ISV | SAS(3) | SSE | SRT(7) | SF | 0x07, true, EC(0x25) | IL | 0x10},
		{EC(0x24) | IL | WNR | 0x06, true, EC(0x25) | IL | WNR | 0x10},
		{EC(0x24) | ISV | SAS(2) | 0x07, false, EC(0x24) | 0x10},
		{EC(0x24) | IL | WNR | 0x0f, false, EC(0x24) | IL | WNR | 0x10},
		{EC(0x20) | IL | 0x07, true, EC(0x21) | IL | 0x10},
		{EC(0x20) | IL | 0x0f, false, EC(0x20) | IL | 0x10},
		/* on the guest's walk: by a load, a store, a fetch, and AT, which counts as a write */
		{EC(0x24) | IL | S1PTW | 0x05, true, EC(0x25) | IL | 0x16},
		{EC(0x24) | IL | S1PTW | WNR | 0x07, true, EC(0x25) | IL | WNR | 0x16},
		{EC(0x24) | IL | S1PTW | CM | WNR | 0x07, true, EC(0x25) | IL | CM | WNR | 0x16},
		{EC(0x24) | IL | S1PTW | WNR | 0x0f, true, EC(0x25) | IL | WNR | 0x16},
		{EC(0x20) | IL | S1PTW | 0x06, true, EC(0x21) | IL | 0x16},
		/* an external abort of the machine: what it is, and whether there is an address */
		{EC(0x24) | IL | BIT(9) | 0x10, true, EC(0x25) | IL | 0x10},
		{EC(0x24) | IL | FNV | 0x10, true, EC(0x25) | IL | FNV | 0x10},
		{EC(0x24) | IL | 0x15, true, EC(0x25) | IL | 0x10},
		/* alignment, an exclusive or atomic access that the memory does not support */
		{EC(0x24) | IL | WNR | 0x21, true, EC(0x25) | IL | WNR | 0x21},
		{EC(0x24) | IL | 0x35, false, EC(0x24) | IL | 0x35},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(exit_abort_syndrome(rows[i].esr, rows[i].from_el1, 2), rows[i].want);
		assert_int_equal(exit_abort_syndrome(rows[i].esr | BITS(63, 32), rows[i].from_el1, 2), rows[i].want);
	}
	for (unsigned level = 0; level < 4; level++)
		assert_int_equal(exit_abort_syndrome(rows[6].esr, true, level) & 0x3f, 0x14 | level);
}

static void test_fault_names(void **state)
{
	(void)state;
	assert_string_equal(exit_fault_name(FAULT_PERMISSION), "permission fault");
	assert_string_equal(exit_fault_name((enum exit_fault)99), "unknown fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_class_has_a_kind_and_a_name),
		cmocka_unit_test(test_upper_syndrome_bits_are_no_class),
		cmocka_unit_test(test_calls_and_waits),
		cmocka_unit_test(test_aborts),
		cmocka_unit_test(test_ipa_of_the_whole_range),
		cmocka_unit_test(test_mmio_values),
		cmocka_unit_test(test_what_is_no_plain_access),
		cmocka_unit_test(test_aborts_of_the_guest),
		cmocka_unit_test(test_system_registers),
		cmocka_unit_test(test_fault_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
