/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: verdicts, the ID registers that guests see, and SGI requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/ptimer.h"
#include "vm/sysreg.h"

static struct sysreg_view view;

static const struct {
	uint32_t id;
	enum sysreg_verdict read, write;
	uint64_t value;
} verdicts[] = {
	{.id = ICC_SGI1R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP1},
	{.id = ICC_ASGI1R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP0},
	{.id = ICC_SGI0R_EL1, .write = SYSREG_SGI, .value = SYSREG_SGI_GROUP0},
	{.id = CNTP_TVAL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_TVAL},
	{.id = CNTP_CTL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_CTL},
	{.id = CNTPCT_EL0, .read = SYSREG_COUNTER},
	{.id = CNTP_CVAL_EL0, .read = SYSREG_TIMER, .write = SYSREG_TIMER, .value = PTIMER_CVAL},
	{.id = SYSREG(3, 0, 1, 0, 1), .read = SYSREG_VALUE, .write = SYSREG_IGNORE}, /* ACTLR_EL1 */
	{.id = SYSREG(3, 0, 12, 12, 5), .read = SYSREG_VALUE, .write = SYSREG_IGNORE, .value = 7},
	{.id = SYSREG(1, 0, 7, 6, 2), .write = SYSREG_IGNORE},                             /* DC ISW */
	{.id = SYSREG(1, 0, 7, 10, 2), .write = SYSREG_IGNORE},                            /* DC CSW */
	{.id = SYSREG(1, 0, 7, 14, 2), .write = SYSREG_IGNORE},                            /* DC CISW */
	{.id = SYSREG(2, 0, 1, 0, 0), .read = SYSREG_VALUE},                               /* MDRAR_EL1 */
	{.id = SYSREG(2, 0, 1, 0, 4), .write = SYSREG_OS_LOCK},                            /* OSLAR_EL1 */
	{.id = SYSREG(2, 0, 1, 1, 4), .read = SYSREG_OS_LOCK},                             /* OSLSR_EL1 */
	{.id = SYSREG(2, 0, 1, 3, 4), .read = SYSREG_VALUE, .write = SYSREG_IGNORE},       /* OSDLR_EL1 */
	{.id = SYSREG(2, 0, 1, 4, 4), .read = SYSREG_VALUE, .write = SYSREG_IGNORE},       /* DBGPRCR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 0), .read = SYSREG_CACHE, .value = SYSREG_CACHE_SIZE},   /* CCSIDR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 1), .read = SYSREG_CACHE, .value = SYSREG_CACHE_LEVELS}, /* CLIDR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 2), .read = SYSREG_VALUE},                               /* CCSIDR2_EL1 */
	{.id = SYSREG(3, 2, 0, 0, 0),
	 .read = SYSREG_CACHE,
	 .write = SYSREG_CACHE,
	 .value = SYSREG_CACHE_SELECTED},
	{.id = SYSREG(3, 3, 0, 0, 1), .read = SYSREG_CACHE, .value = SYSREG_CACHE_TYPE}, /* CTR_EL0 */
	{.id = SYSREG(3, 0, 0, 0, 6), .read = SYSREG_VALUE},                             /* REVIDR_EL1 */
	{.id = SYSREG(3, 1, 0, 0, 7), .read = SYSREG_VALUE},                             /* AIDR_EL1 */
	{.id = SYSREG(1, 0, 7, 6, 4)},  /* DC IGSW: memory tagging */
	{.id = SYSREG(3, 3, 9, 12, 0)}, /* PMCR_EL0 */
	{.id = SYSREG(3, 0, 1, 2, 0)},  /* ZCR_EL1 */
	{.id = SYSREG(3, 0, 10, 4, 7)}, /* LORID_EL1 */
	{.id = SYSREG(3, 0, 0, 8, 0)},  /* behind the ID space */
	{.id = SYSREG(3, 0, 0, 0, 0)},  /* MIDR_EL1 does not trap */
	{.id = 0},
	{.id = SYSREG(3, 7, 15, 15, 7)},
};

static void test_verdicts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(verdicts); i++) {
		struct sysreg_answer read = sysreg_decide(&view, verdicts[i].id, false);
		struct sysreg_answer write = sysreg_decide(&view, verdicts[i].id, true);

		if (read.verdict != verdicts[i].read || write.verdict != verdicts[i].write)
			fail_msg("row %u: read %u, write %u", i, read.verdict, write.verdict);
		assert_int_equal(read.value, verdicts[i].value);
		assert_int_equal(write.value, verdicts[i].value);
	}
}

/* Of the 65536 encodings only those above and the ID space have a meaning. */
static void test_all_else_is_undefined(void **state)
{
	unsigned known_count = 0;

	(void)state;
	for (uint32_t n = 0; n < 65536; n++) {
		uint32_t id = SYSREG(n >> 14, n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7);

		known_count += sysreg_decide(&view, id, false).verdict != SYSREG_UNDEFINED ||
					   sysreg_decide(&view, id, true).verdict != SYSREG_UNDEFINED;
	}
	assert_int_equal(known_count, 24 + 7 * 8);
}

/* The guest's view of a register, for the processor in the row's column. */
struct id_row {
	uint8_t crm, op2;
	uint64_t of_sevens, of_ones; /* every field 7; every bit set, so that signed fields mean "absent" */
};

static const struct id_row id_rows[] = {
	{.crm = 4, .op2 = 0, .of_sevens = 0x1101000001111112, .of_ones = 0x1101000001ff1112}, /* AA64PFR0 */
	{.crm = 4, .op2 = 1, .of_sevens = 0x21, .of_ones = 0x21},                             /* AA64PFR1 */
	{.crm = 5, .op2 = 0, .of_sevens = 0x000000f070707007, .of_ones = 0x000000f0f0f0f009}, /* AA64DFR0 */
	{.crm = 6, .op2 = 0, .of_sevens = 0x1221111110212120, .of_ones = 0x1221111110212120}, /* AA64ISAR0 */
	{.crm = 6, .op2 = 1, .of_sevens = 0x0011121111311552, .of_ones = 0x0011121111311552}, /* AA64ISAR1 */
	{.crm = 6, .op2 = 2, .of_sevens = 0x0011000011105110, .of_ones = 0x0011000011105110}, /* AA64ISAR2 */
	{.crm = 7, .op2 = 0, .of_sevens = 0x1000000000110122, .of_ones = 0x10000000ff110122}, /* AA64MMFR0 */
	{.crm = 7, .op2 = 1, .of_sevens = 0x1001102001302002, .of_ones = 0x1001102001302002}, /* AA64MMFR1 */
	{.crm = 7, .op2 = 2, .of_sevens = 0x1001000110110111, .of_ones = 0x1001000110110111}, /* AA64MMFR2 */
};

static void view_of(uint64_t host_value)
{
	uint64_t host[SYSREG_ID_COUNT];

	for (unsigned i = 0; i < SYSREG_ID_COUNT; i++)
		host[i] = host_value;
	sysreg_view_init(&view, host, 40);
}

static uint64_t id_read(unsigned crm, unsigned op2)
{
	struct sysreg_answer answer = sysreg_decide(&view, SYSREG(3, 0, 0, crm, op2), false);

	assert_int_equal(answer.verdict, SYSREG_VALUE);
	assert_int_equal(sysreg_decide(&view, SYSREG(3, 0, 0, crm, op2), true).verdict, SYSREG_UNDEFINED);
	return answer.value;
}

static void expect_id_rows(bool ones)
{
	uint64_t want[SYSREG_ID_COUNT] = {0};

	for (unsigned i = 0; i < ARRAY_COUNT(id_rows); i++)
		want[id_rows[i].crm * 8 + id_rows[i].op2] = ones ? id_rows[i].of_ones : id_rows[i].of_sevens;
	for (unsigned i = 4 * 8; i < SYSREG_ID_COUNT; i++) {
		if (id_read(i / 8, i % 8) != want[i])
			fail_msg("CRm %u, op2 %u: 0x%llx", i / 8, i % 8, (unsigned long long)id_read(i / 8, i % 8));
	}
}

static void test_id_registers_show_what_is_known_alone(void **state)
{
	(void)state;
	view_of(0x7777777777777777);
	expect_id_rows(false);
	view_of(UINT64_MAX);
	expect_id_rows(true);
	/* AArch32: no more than 32 bits; no RAS, monitors, security or virtualisation. */
	for (unsigned crm = 1; crm < 4; crm++) {
		for (unsigned op2 = 0; op2 < 8; op2++)
			assert_int_equal(id_read(crm, op2) >> 32, 0);
	}
	assert_int_equal(id_read(1, 0) & (BITS(31, 28) | BITS(23, 20)), 0);
	assert_int_equal(id_read(1, 1), 0xf0000);
	assert_int_equal(id_read(1, 2), 0xf);
	assert_int_equal(id_read(1, 3), 0);
	assert_int_equal(id_read(2, 5), 0xff0fffff);
}

static void test_id_registers_of_a_plain_processor(void **state)
{
	/* A Cortex-A72: fields are not reduced, except those that say that something is absent. */
	uint64_t host[SYSREG_ID_COUNT] = {
		[4 * 8] = 0x01002222, [5 * 8] = 0x10305106, [6 * 8] = 0x00011120, [7 * 8] = 0x00001124};

	(void)state;
	sysreg_view_init(&view, host, 44);
	assert_int_equal(id_read(4, 0), 0x01001112);
	assert_int_equal(id_read(5, 0), 0xf010305006); /* no double lock */
	assert_int_equal(id_read(6, 0), 0x00011120);
	assert_int_equal(id_read(7, 0), 0x00000124);
}

static void test_physical_range_is_what_stage_2_offers(void **state)
{
	static const struct {
		unsigned ipa_bits;
		uint64_t host, want;
	} rows[] = {
		{.ipa_bits = 32, .host = 5, .want = 0}, {.ipa_bits = 36, .host = 5, .want = 1},
		{.ipa_bits = 39, .host = 5, .want = 1}, {.ipa_bits = 40, .host = 5, .want = 2},
		{.ipa_bits = 40, .host = 1, .want = 1}, {.ipa_bits = 42, .host = 6, .want = 3},
		{.ipa_bits = 48, .host = 6, .want = 5}, {.ipa_bits = 64, .host = 15, .want = 5},
	};
	uint64_t host[SYSREG_ID_COUNT] = {0};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		host[7 * 8] = rows[i].host;
		sysreg_view_init(&view, host, rows[i].ipa_bits);
		assert_int_equal(id_read(7, 0), rows[i].want);
	}
}

static void test_caches_have_one_set_and_one_way(void **state)
{
	static const struct {
		enum sysreg_cache what;
		uint64_t type, levels, selected, want;
	} rows[] = {
		{SYSREG_CACHE_TYPE, .type = 0x9444c004, .want = 0x9444c004},
		{SYSREG_CACHE_LEVELS, .levels = BITS(63, 0), .want = BITS(32, 0)}, /* no tags */
		{SYSREG_CACHE_SELECTED, .selected = 5, .want = 5},
		{SYSREG_CACHE_SIZE, .type = 0x00040005, .selected = 0, .want = 2}, /* data: 64 bytes */
		{SYSREG_CACHE_SIZE, .type = 0x00040005, .selected = 1, .want = 3}, /* instructions: 128 */
		{SYSREG_CACHE_SIZE, .type = 0x00040005, .selected = 2, .want = 2},
		{SYSREG_CACHE_SIZE, .type = 0, .want = 0},
		{SYSREG_CACHE_SIZE, .type = UINT64_MAX, .levels = UINT64_MAX, .selected = UINT64_MAX, .want = 7},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(sysreg_cache(rows[i].what, rows[i].type, rows[i].levels, rows[i].selected),
						 rows[i].want);
}

static void test_families_are_named(void **state)
{
	(void)state;
	assert_string_equal(sysreg_family(SYSREG(3, 3, 9, 12, 0)), "performance monitors"); /* PMCR_EL0 */
	assert_string_equal(sysreg_family(SYSREG(3, 0, 5, 4, 0)), "error records (RAS)");   /* ERXFR_EL1 */
	assert_string_equal(sysreg_family(SYSREG(3, 0, 10, 4, 7)), "limited-ordering regions");
	assert_string_equal(sysreg_family(SYSREG(3, 1, 15, 2, 0)), "implementation defined");
	assert_string_equal(sysreg_family(SYSREG(2, 0, 11, 0, 0)), "unknown");
	assert_string_equal(sysreg_family(SYSREG(3, 5, 1, 1, 1)), "unknown");
}

static void test_sgi_requests(void **state)
{
	static const struct {
		uint64_t sgir;
		unsigned self, vcpu_count;
		uint32_t vintid, targets;
	} rows[] = {
		{.sgir = 7 << 24 | 0x0005, .vcpu_count = 4, .vintid = 7, .targets = 5},
		{.sgir = 15 << 24 | 0xffff, .self = 1, .vcpu_count = 3, .vintid = 15, .targets = 7},
		{.sgir = 0xfff0, .vcpu_count = 4, .targets = 0},
		{.sgir = 0xffff, .vcpu_count = 16, .targets = 0xffff},
		{.sgir = BIT(16) | 1, .vcpu_count = 4}, /* Aff1 */
		{.sgir = BIT(32) | 1, .vcpu_count = 4}, /* Aff2 */
		{.sgir = BIT(48) | 1, .vcpu_count = 4}, /* Aff3 */
		{.sgir = BIT(44) | 1, .vcpu_count = 4}, /* RS: vCPU 16 */
		{.sgir = BIT(40) | 3 << 24, .self = 2, .vcpu_count = 4, .vintid = 3, .targets = 0xb},
		{.sgir = BIT(40) | BIT(48) | 0xffff, .self = 15, .vcpu_count = 16, .targets = 0x7fff},
		{.sgir = BIT(40), .vcpu_count = 1},
		{.sgir = BITS(63, 56) | BITS(43, 41) | BITS(31, 28) | 1, .vcpu_count = 1, .targets = 1}, /* RES0 */
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(sgi_vintid(rows[i].sgir), rows[i].vintid);
		assert_int_equal(sgi_targets(rows[i].sgir, rows[i].self, rows[i].vcpu_count), rows[i].targets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_all_else_is_undefined),
		cmocka_unit_test(test_id_registers_show_what_is_known_alone),
		cmocka_unit_test(test_id_registers_of_a_plain_processor),
		cmocka_unit_test(test_physical_range_is_what_stage_2_offers),
		cmocka_unit_test(test_caches_have_one_set_and_one_way),
		cmocka_unit_test(test_families_are_named),
		cmocka_unit_test(test_sgi_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
