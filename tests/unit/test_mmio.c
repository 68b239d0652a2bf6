/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's access to its GIC while another of its vCPUs changes a route: who may have the interrupt in a
 * list register is held when the access happens, whoever that is by then.
 */
#include "direct_vm.h"
#include "flow/exit.h"
#include "flow/housekeeping.h"
#include "flow/report.h"
#include "vm/layout.h"

#define ROUTE(vintid) (GICD_IROUTER + (vintid)*8u)
#define RT 3

bool exit_is_seizure(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)vcpu;
	(void)exit;
	return false;
}

void housekeeping_kick(void) {}

void report_guest_mistake(struct vcpu *vcpu, const struct guest_syndrome *met, const char *what)
{
	(void)vcpu;
	(void)met;
	fail_msg("%s", what);
}

static void prepare(void)
{
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0xa0);
	guest_prepare(0, LEVEL, 0xa0);
}

/* By vCPU 0. */
static void access_gic(uint32_t offset, unsigned size_log2, bool write, uint64_t value)
{
	uint64_t ipa = GUEST_GICD_BASE + offset;
	uint64_t esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV | FIELD_PUT(ESR_SAS, size_log2) |
				   ESR_SF | FIELD_PUT(ESR_SRT, RT) | (write ? ESR_WNR : 0);

	fake_guest_set_syndrome(
		(struct guest_syndrome){.esr = esr, .far = ipa & (PAGE_SIZE - 1), .hpfar = ipa >> 12 << 4});
	vcpus[0].frame.x[RT] = value;
	seen.holds = seen.released = 0;
	assert_int_equal(mmio_access(&vcpus[0], esr), EXIT_SKIP);
	assert_int_equal(seen.held, 0);
}

static void route_to(uint64_t vcpu)
{
	guest_write(ROUTE(EDGE), 8, vcpu);
	guest_write(ROUTE(LEVEL), 8, vcpu);
}

static void route_to_other(void)
{
	route_to(1);
}

static void route_to_self(void)
{
	route_to(0);
}

/* Of EDGE and LEVEL: what cannot be seen or changed while a list register may hold them. */
static const struct {
	uint32_t offset;
	unsigned size_log2;
	bool write;
	uint64_t value;
} accesses[] = {
	{GIC_IGROUPR + 4, 2, true, 0},
	{GIC_ICENABLER + 4, 2, true, BIT_OF(EDGE) | BIT_OF(LEVEL)},
	{GIC_ISPENDR + 4, 2, true, BIT_OF(EDGE)},
	{GIC_ICPENDR + 4, 2, true, BIT_OF(EDGE)},
	{GIC_ISACTIVER + 4, 2, true, BIT_OF(LEVEL)},
	{GIC_ICACTIVER + 4, 2, true, BIT_OF(LEVEL)},
	{GIC_IPRIORITYR + EDGE, 0, true, 0x40},
	{GIC_ICFGR + EDGE / 16 * 4, 2, true, 0},
	{ROUTE(EDGE), 3, true, 7},
	{GIC_ISPENDR + 4, 2, false, 0},
	{GIC_ISACTIVER + 4, 2, false, 0},
};

/* The caller's own list registers matter, then those of the other. */
static void route_is_written_while_it_folds(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		seen.elsewhere = route_to_other;
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 2);
		assert_int_equal(seen.released, BIT(1));
	}
}

/* Those of the other, then the caller's own, which it has folded by then. */
static void route_is_written_while_the_other_folds(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		route_to_other();
		seen.elsewhere = route_to_self;
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 1);
		assert_int_equal(seen.released, BIT(1));
	}
}

/* Nothing changes meanwhile; and GICD_CTLR, which wants all, whatever the routes. */
static void nobody_is_held_twice(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 1);
		assert_int_equal(seen.released, 0);
	}
	seen.elsewhere = route_to_other;
	access_gic(GICD_CTLR, 2, true, 0);
	assert_int_equal(seen.holds, 1);
	assert_int_equal(seen.released, BIT(1));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(route_is_written_while_it_folds),
		TEST(route_is_written_while_the_other_folds),
		TEST(nobody_is_held_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
