/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake machine of the tests: a mistake in it would hide a mistake of Signalbox. IHI 0069 in small steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/bits.h"
#include "machine/fake/fake.h"

#define SPI 40
#define VMCR (BITS(31, 24) | BITS(1, 0)) /* nothing masked, both groups on */
#define LR(vintid, priority) (BIT(62) | BIT(60) | (uint64_t)(priority) << 48 | (vintid))
#define LR_LINKED(vintid, intid, priority) (LR(vintid, priority) | BIT(61) | (uint64_t)(intid) << 32)
#define HCR_EOICOUNT BITS(31, 27)

static int set_up(void **state)
{
	struct gic_facts facts;

	(void)state;
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &facts), OK);
	assert_int_equal(gic_init_pcpu(), OK);
	assert_int_equal(facts.lr_count, 4);
	gic_vif_set_vmcr(VMCR);
	gic_vif_set_control(1);
	return 0;
}

/*
 * A level interrupt is pending while its line is up, is not taken again while active, and is again
 * afterwards.
 */
static void level_line(void **state)
{
	(void)state;
	fake_gic_set_line(SPI, true);
	assert_int_equal(gic_acknowledge_group0(), GIC_SPURIOUS); /* disabled */
	gic_enable(0, SPI);
	assert_int_equal(gic_acknowledge_group1(), GIC_SPURIOUS); /* not that group */
	assert_int_equal(gic_acknowledge_group0(), SPI);
	assert_int_equal(gic_acknowledge_group0(), GIC_SPURIOUS);
	gic_drop_group0(SPI);
	assert_int_equal(gic_acknowledge_group0(), GIC_SPURIOUS);
	gic_deactivate(SPI);
	assert_int_equal(gic_acknowledge_group0(), SPI);
	gic_drop_group0(SPI);
	fake_gic_set_line(SPI, false);
	gic_deactivate(SPI);
	assert_false(fake_gic_signals());
}

static void edge_line_and_route(void **state)
{
	(void)state;
	gic_set_edge(0, SPI, true);
	gic_enable(0, SPI);
	gic_route(SPI, 1);
	fake_gic_set_line(SPI, true);
	fake_gic_set_line(SPI, false);
	assert_false(fake_gic_signals());
	fake_cpu_select(1);
	assert_int_equal(gic_acknowledge_group0(), SPI);
	assert_false(gic_is_pending(1, SPI));
	fake_gic_set_line(SPI, true); /* once more while active: kept */
	assert_true(gic_is_pending(1, SPI));
}

/* A kick outranks a guest's interrupt that is active. */
static void kick_preempts(void **state)
{
	(void)state;
	gic_set_priority(0, gic_kick_attend(false), GIC_PRIORITY_HYPERVISOR);
	gic_enable(0, gic_kick_attend(false));
	gic_enable(0, SPI);
	gic_pend(0, SPI);
	assert_int_equal(gic_acknowledge_group0(), SPI);
	gic_kick(0);
	assert_int_equal(fake_gic_kick_count(0), 1);
	assert_int_equal(gic_acknowledge_group0(), gic_kick_attend(false));
}

/* The guest's EOI of a linked interrupt deactivates the physical one. */
static void linked_list_register(void **state)
{
	(void)state;
	gic_activate(0, SPI);
	gic_lr_write(2, LR_LINKED(50, SPI, 0x80));
	assert_int_equal(gic_lr_empty(), 0xb);
	assert_int_equal(fake_guest_acknowledge(0), GIC_SPURIOUS);
	assert_int_equal(fake_guest_acknowledge(1), 50);
	assert_true(gic_is_active(0, SPI));
	fake_guest_end(1, 50);
	assert_false(gic_is_active(0, SPI));
	assert_int_equal(gic_lr_empty(), 0xf);
}

static void guest_priorities(void **state)
{
	(void)state;
	gic_lr_write(0, LR(50, 0x80));
	gic_lr_write(1, LR(51, 0x40));
	assert_int_equal(fake_guest_acknowledge(1), 51);
	assert_int_equal(fake_guest_acknowledge(1), GIC_SPURIOUS); /* 0x80 does not preempt 0x40 */
	fake_guest_end(1, 51);
	gic_vif_set_vmcr((VMCR & ~BITS(31, 24)) | UINT64_C(0x80) << 24);
	assert_int_equal(fake_guest_acknowledge(1), GIC_SPURIOUS); /* masked */
	gic_vif_set_vmcr(VMCR);
	assert_int_equal(fake_guest_acknowledge(1), 50);
}

static void maintenance(void **state)
{
	const uint64_t en = BIT(0), uie = BIT(1), lrenpie = BIT(2), npie = BIT(3);

	(void)state;
	gic_vif_set_control(en | npie | uie);
	assert_int_equal(gic_vif_status(), 2 | 8);
	gic_lr_write(0, LR(50, 0x80) | BIT(41));
	gic_lr_write(1, LR(51, 0x80));
	assert_int_equal(gic_vif_status(), 0);
	assert_int_equal(fake_guest_acknowledge(1), 50);
	fake_guest_end(1, 50); /* asked to be told */
	assert_int_equal(fake_vif_eisr(), 1);
	assert_int_equal(gic_lr_empty(), 0xc);
	assert_int_equal(gic_vif_status(), 1 | 2);
	gic_lr_write(0, 0);
	assert_int_equal(fake_guest_acknowledge(1), 51);
	gic_lr_write(1, 0); /* evicted while active: EOIcount counts its end, once */
	gic_vif_set_control(en | lrenpie);
	assert_false(fake_vif_wants_maintenance());
	fake_guest_end(1, 51);
	fake_guest_end(1, 51);
	assert_int_equal(FIELD_GET(HCR_EOICOUNT, gic_vif_control()), 1);
	assert_int_equal(gic_vif_status(), 4);
}

/* With EOImode = 1 the EOI drops the priority, and ICC_DIR ends the interrupt and is counted. */
static void separate_deactivation(void **state)
{
	(void)state;
	gic_vif_set_vmcr(VMCR | BIT(9));
	gic_lr_write(0, LR(50, 0x80));
	assert_int_equal(fake_guest_acknowledge(1), 50);
	fake_guest_end(1, 50);
	assert_int_equal(gic_lr_empty(), 0xe);
	fake_guest_deactivate(50);
	assert_int_equal(gic_lr_empty(), 0xf);
	fake_guest_deactivate(60);
	assert_int_equal(FIELD_GET(HCR_EOICOUNT, gic_vif_control()), 1);
}

/* Group 1 goes to a guest that has the interface, and EL2's Group 0 comes first, whatever the guest masks. */
static void direct_guest(void **state)
{
	const struct gic_direct mine = {.enabled = true, .mask = 0xc8};

	(void)state;
	for (uint32_t intid = SPI; intid < SPI + 3; intid++) {
		gic_set_group1(0, intid, true);
		gic_set_priority(0, intid, intid == SPI ? 0xc0 : 0xc8);
		gic_enable(0, intid);
		gic_pend(0, intid);
	}
	assert_false(fake_gic_signals());
	assert_int_equal(gic_direct_acknowledge(), GIC_SPURIOUS);
	gic_direct_load(&mine);
	gic_enable(0, SPI + 9);
	gic_pend(0, SPI + 9);
	assert_int_equal(gic_direct_acknowledge(), GIC_SPURIOUS); /* EL2's first */
	assert_int_equal(gic_acknowledge_group0(), SPI + 9);
	gic_deactivate(SPI + 9); /* EOImode = 0: ignored */
	assert_true(gic_is_active(0, SPI + 9));
	gic_drop_group0(SPI + 9);
	assert_false(gic_is_active(0, SPI + 9));
	assert_int_equal(gic_direct_acknowledge(), SPI);
	assert_true(gic_direct_is_busy());
	assert_int_equal(gic_running_priority(), 0xc0);
	gic_direct_end(SPI);
	assert_false(gic_direct_is_busy());
	assert_false(gic_is_active(0, SPI));
	assert_int_equal(gic_direct_acknowledge(), GIC_SPURIOUS); /* 0xc8 is masked */
	gic_set_mask(0xff);
	gic_set_split_eoi(true);
	assert_int_equal(gic_direct_acknowledge(), SPI + 1);
	assert_int_equal(gic_direct_acknowledge(), GIC_SPURIOUS); /* no other interrupt has a higher priority */
	gic_direct_end(SPI + 1);
	assert_true(gic_is_active(0, SPI + 1));
	assert_true(gic_direct_set_priorities(0, 1));
	gic_pend(0, SPI + 9);
	assert_false(fake_gic_signals()); /* all that such a guest can do to EL2 */
	gic_direct_close();
	assert_true(fake_gic_signals());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(level_line, set_up),
		cmocka_unit_test_setup(edge_line_and_route, set_up),
		cmocka_unit_test_setup(kick_preempts, set_up),
		cmocka_unit_test_setup(linked_list_register, set_up),
		cmocka_unit_test_setup(guest_priorities, set_up),
		cmocka_unit_test_setup(maintenance, set_up),
		cmocka_unit_test_setup(separate_deactivation, set_up),
		cmocka_unit_test_setup(direct_guest, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
