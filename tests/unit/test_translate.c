/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that come directly by physical ones of other numbers: Group 1 registers, and when they trap. */
#include "direct_guest.h"
#include "flow/deliver/translate.h"
#include "flow/exits/group1.h"

#define ICC_HPPIR1 SYSREG(3, 0, 12, 12, 2)
#define ICC_AP1R0 SYSREG(3, 0, 12, 9, 0)
#define ICC_AP1R1 SYSREG(3, 0, 12, 9, 1)
#define CONSOLE 33
#define CONSOLE_SPARE 80
#define DOORBELL 34
#define DOORBELL_SPARE 81

static bool traps(void)
{
	return gic_vif_control() & ICH_HCR_TALL1;
}

static void reserve(uint32_t vintid, uint32_t intid)
{
	vgic_reserve(model(), 0, vintid, intid);
	assert_int_equal(irq_give(shared_word(intid), 0, vintid), OK);
}

static int set_up_translated(void **state)
{
	set_up(state);
	reserve(CONSOLE, CONSOLE_SPARE);
	reserve(DOORBELL, DOORBELL_SPARE);
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0x60);
	guest_prepare(0, CONSOLE, 0xa0);
	guest_prepare(0, DOORBELL, 0x80);
	guest_write(GIC_ICFGR + DOORBELL / 16 * 4, 4, 2u << DOORBELL % 16 * 2);
	regroup_all(&box.vm[0], true);
	direct_refresh(&vcpus[0], true);
	assert_false(traps());
	return 0;
}

static void set_console_line(bool up)
{
	notify_vcpus(&box.vm[0], vgic_set_line_shared(model(), CONSOLE, up), &vcpus[0]);
	direct_refresh(&vcpus[0], false);
}

static void ring_doorbell(void)
{
	notify_vcpus(&box.vm[0], vgic_raise_shared(model(), DOORBELL), &vcpus[0]);
	direct_refresh(&vcpus[0], false);
}

static void from_line_to_end(void **state)
{
	(void)state;
	set_console_line(true);
	assert_true(traps());
	assert_int_equal(guest_reads(ICC_HPPIR1), CONSOLE);
	assert_int_equal(guest_reads(ICC_IAR1_EL1), CONSOLE);
	assert_true(gic_is_active(0, CONSOLE_SPARE));
	set_console_line(false);
	assert_true(traps());
	guest_writes(ICC_EOIR1_EL1, CONSOLE);
	assert_false(gic_is_active(0, CONSOLE_SPARE));
	assert_false(traps());
	assert_int_equal(guest_reads(ICC_IAR1_EL1), GIC_SPURIOUS);
}

/* Also one that is not translated, in its handler. */
static void nested(void **state)
{
	(void)state;
	set_console_line(true);
	assert_int_equal(guest_reads(ICC_IAR1_EL1), CONSOLE);
	ring_doorbell();
	assert_int_equal(guest_reads(ICC_IAR1_EL1), DOORBELL);
	gic_pend(0, EDGE);
	assert_int_equal(guest_reads(ICC_IAR1_EL1), EDGE);
	guest_writes(ICC_EOIR1_EL1, EDGE);
	guest_writes(ICC_EOIR1_EL1, DOORBELL);
	assert_true(traps());
	set_console_line(false);
	guest_writes(ICC_EOIR1_EL1, CONSOLE);
	assert_false(traps());
	assert_false(sample_has_active(&box.vm[0]));
}

/* A kernel that is started in a handler, after a crash, ends nothing: it clears the active priorities. */
static void priorities_are_cleared(void **state)
{
	(void)state;
	set_console_line(true);
	assert_int_equal(guest_reads(ICC_IAR1_EL1), CONSOLE);
	set_console_line(false);
	guest_write_bit(0, GIC_ICACTIVER, CONSOLE);
	direct_refresh(&vcpus[0], true);
	assert_true(traps());
	guest_writes(ICC_AP1R0, guest_reads(ICC_AP1R0));
	assert_true(traps());
	assert_false(interface_direct_register(&vcpus[0], ICC_AP1R1, RT, true));
	guest_writes(ICC_AP1R0, 0);
	assert_false(traps());
	set_console_line(true);
	assert_true(traps());
	guest_writes(ICC_AP1R0, 0);
	assert_true(traps());
	assert_int_equal(guest_reads(ICC_IAR1_EL1), CONSOLE);
}

/* They are no reason to give up direct delivery: what traps without them counts. */
static void traps_of_translation_do_not_count(void **state)
{
	(void)state;
	box.vm[0].delivery = CONFIG_DELIVERY_AUTO;
	for (unsigned n = 0; n < 1000; n++) {
		ring_doorbell();
		assert_int_equal(guest_reads(ICC_IAR1_EL1), DOORBELL);
		guest_writes(ICC_EOIR1_EL1, DOORBELL);
	}
	assert_false(vcpus[0].ends_direct);
}

/* Raised by a route that was seen before the guest wrote another one: its pCPU may not have the trap on. */
static void raised_by_an_old_route(void **state)
{
	(void)state;
	guest_write(GICD_IROUTER + DOORBELL * 8, 8, 1);
	direct_refresh(&vcpus[0], true);
	gic_unpend(2, gic_kick_notify(false));
	vgic_raise_at(model(), 0, DOORBELL);
	direct_refresh(&vcpus[0], false);
	assert_true(gic_is_pending(2, gic_kick_notify(false)));
	assert_false(gic_is_pending(0, DOORBELL_SPARE));
	assert_false(traps());
	fake_cpu_select(2);
	direct_refresh(&vcpus[1], true);
	assert_true(gic_is_pending(0, DOORBELL_SPARE));
	assert_true(traps());
	assert_int_equal(vcpus[0].vgic.attend | vcpus[1].vgic.attend, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_translated)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_line_to_end),       TEST(nested),
		TEST(priorities_are_cleared), TEST(traps_of_translation_do_not_count),
		TEST(raised_by_an_old_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
