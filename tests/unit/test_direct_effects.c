/* SPDX-License-Identifier: Apache-2.0 */
/* The physical interrupts of a VM follow its delivery: virtual, direct, and virtual again. */
#include "direct_vm.h"

static const struct {
	uint32_t vintid;
	bool reserved;
} subjects[] = {{SGI, true},   {VIRTUAL_TIMER, false}, {TIMER, true},
				{EDGE, false}, {LEVEL, false},         {RESERVED, true}};

static unsigned pcpu_of(uint32_t vintid, unsigned v)
{
	return vintid < GIC_PRIVATE_COUNT ? vcpus[v].pcpu : 0;
}

static bool is_ready(uint32_t vintid, unsigned v)
{
	return *irq_word(&box.irqs, &vcpus[v].irqs, vintid) & IRQ_WORD_READY;
}

static void expect_direct(uint32_t vintid, unsigned v, bool enabled, uint8_t priority)
{
	unsigned pcpu = pcpu_of(vintid, v);

	assert_true(fake_gic_is_group1(pcpu, vintid));
	assert_int_equal(fake_gic_is_enabled(pcpu, vintid), enabled);
	assert_int_equal(fake_gic_priority(pcpu, vintid), irq_direct_priority(priority));
	assert_false(is_ready(vintid, v));
}

static void expect_virtual(uint32_t vintid, unsigned v, bool enabled, bool ready)
{
	unsigned pcpu = pcpu_of(vintid, v);

	assert_false(fake_gic_is_group1(pcpu, vintid));
	assert_int_equal(fake_gic_is_enabled(pcpu, vintid), enabled);
	assert_int_equal(fake_gic_priority(pcpu, vintid), GIC_PRIORITY_GUEST);
	assert_int_equal(is_ready(vintid, v), ready);
}

/* Each combination of what decides whether an interrupt comes. */
enum { ENABLED = 1, GROUP1 = 2, FORWARDED = 4, OTHER_VCPU = 8, COMBINATIONS = 16 };

static void check_subject(unsigned i, unsigned what)
{
	uint32_t vintid = subjects[i].vintid;
	unsigned v = what & OTHER_VCPU ? 1 : 0;
	bool comes = what & ENABLED && what & FORWARDED, linked = !subjects[i].reserved;

	set_up(NULL);
	guest_write(GICD_CTLR, 4, what & FORWARDED ? 3 : 0);
	if (what & GROUP1)
		guest_set_group1(v, vintid);
	guest_set_priority(v, vintid, 0x50);
	if (v && vintid >= GIC_PRIVATE_COUNT)
		guest_write(GICD_IROUTER + vintid * 8, 8, v);
	if (what & ENABLED)
		guest_write_bit(v, GIC_ISENABLER, vintid);
	for (unsigned times = 0; times < 2; times++) {
		expect_virtual(vintid, v, what & ENABLED && linked, comes && linked);
		regroup_all(&box.vm[0], true);
		expect_direct(vintid, v, comes && what & GROUP1, 0x50);
		if (vintid >= GIC_PRIVATE_COUNT)
			assert_int_equal(fake_gic_route(vintid), vcpus[v].pcpu);
		regroup_all(&box.vm[0], false);
	}
	expect_virtual(vintid, v, what & ENABLED && linked, comes && linked);
}

static void there_and_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(subjects); i++)
		for (unsigned what = 0; what < COMBINATIONS; what++)
			check_subject(i, what);
}

/* EL2's own interrupts, and those without an owner, do not change. */
static void others_are_not_touched(void **state)
{
	(void)state;
	gic_enable(1, gic_kick_attend(false));
	gic_set_priority(1, gic_kick_attend(false), GIC_PRIORITY_HYPERVISOR);
	regroup_all(&box.vm[0], true);
	for (uint32_t intid = 0; intid < INTID_COUNT; intid++) {
		bool reserved = intid < gic_kick_notify(false);

		for (unsigned i = 0; i < ARRAY_COUNT(subjects); i++)
			reserved |= subjects[i].vintid == intid;
		assert_int_equal(fake_gic_is_group1(1, intid), reserved);
		assert_int_equal(fake_gic_is_enabled(1, intid), intid == gic_kick_attend(false));
	}
	assert_int_equal(fake_gic_priority(1, gic_kick_attend(false)), GIC_PRIORITY_HYPERVISOR);
}

/* The guest's own interface takes it, with the guest's own end. */
static void delivered_to_the_guest(uint32_t vintid)
{
	assert_int_equal(gic_direct_acknowledge(), vintid);
	gic_direct_end(vintid);
	assert_int_equal(gic_direct_acknowledge(), GIC_SPURIOUS);
}

static bool waits_in_the_model(uint32_t vintid)
{
	const struct vgic_bank *bank = vgic_bank(model(), &vcpus[0].vgic, vintid / 32);

	return (bank->pending | (bank->line & ~bank->edge)) & BIT_OF(vintid);
}

static void pending_goes_along(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(subjects); i++)
		for (unsigned back = 0; back < 2; back++) {
			uint32_t vintid = subjects[i].vintid;

			set_up(state);
			guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
			guest_prepare(0, vintid, 0x50);
			guest_write_bit(0, GIC_ISPENDR, vintid);
			regroup_all(&box.vm[0], true);
			direct_refresh(&vcpus[0], true);
			assert_true(gic_is_pending(1, vintid));
			if (!back) {
				delivered_to_the_guest(vintid);
				continue;
			}
			regroup_all(&box.vm[0], false);
			assert_int_equal(gic_is_pending(1, vintid), !subjects[i].reserved);
			assert_int_equal(waits_in_the_model(vintid), subjects[i].reserved);
		}
}

/*
 * EL2 has taken it, it is in no list register, and the guest has not seen it: an edge is pended; for a level
 * its line counts.
 */
static void taken_goes_along(void **state)
{
	for (unsigned level = 0; level < 2; level++) {
		uint32_t vintid = level ? LEVEL : EDGE;

		set_up(state);
		guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
		guest_prepare(0, vintid, 0x50);
		fake_gic_set_line(vintid, true);
		assert_int_equal(gic_acknowledge_group0(), vintid);
		gic_drop_group0(vintid);
		vgic_raise_at(model(), 0, vintid);
		regroup_all(&box.vm[0], true);
		assert_false(gic_is_active(0, vintid));
		assert_true(gic_is_pending(0, vintid));
		direct_refresh(&vcpus[0], true);
		assert_int_equal(gic_direct_acknowledge(), vintid);
		fake_gic_set_line(vintid, false);
		assert_false(gic_is_pending(0, vintid));
		assert_true(sample_has_active(&box.vm[0]));
		gic_direct_end(vintid);
		assert_false(sample_has_active(&box.vm[0]));
	}
}

/* A trigger that the guest chose for an interrupt of its own is its physical one's. */
static void triggers_follow(void **state)
{
	(void)state;
	guest_write(GIC_ICFGR + RESERVED / 16 * 4, 4, UINT64_C(2) << RESERVED % 16 * 2);
	regroup_all(&box.vm[0], true);
	assert_true(gic_is_edge(0, RESERVED));
	assert_true(gic_is_edge(0, EDGE));
	assert_false(gic_is_edge(0, LEVEL));
	guest_write(GIC_ICFGR + RESERVED / 16 * 4, 4, 0);
	assert_false(gic_is_edge(0, RESERVED));
}

/* Changes that the guest makes while delivery is direct take effect at once. */
static void changes_follow(void **state)
{
	(void)state;
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0x50);
	regroup_all(&box.vm[0], true);
	for (unsigned priority = 0; priority < 256; priority++) {
		guest_set_priority(0, EDGE, (uint8_t)priority);
		expect_direct(EDGE, 0, true, priority & 0xf0);
	}
	guest_write_bit(0, GIC_ICENABLER, EDGE);
	expect_direct(EDGE, 0, false, 0xf0);
	guest_write_bit(0, GIC_ISENABLER, EDGE);
	guest_write(GICD_IROUTER + EDGE * 8, 8, 1);
	expect_direct(EDGE, 1, true, 0xf0);
	assert_int_equal(fake_gic_route(EDGE), 2);
	guest_write(GICD_CTLR, 4, 0);
	expect_direct(EDGE, 1, false, 0xf0);
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	expect_direct(EDGE, 1, true, 0xf0);
	guest_write(GIC_IGROUPR + EDGE / 32 * 4, 4, 0); /* Group 0 is EL2's: it never comes */
	expect_direct(EDGE, 1, false, 0xf0);
	guest_write_bit(0, GIC_ISACTIVER, EDGE);
	assert_true(gic_is_active(0, EDGE));
	assert_int_equal(sample_active(&box.vm[0], 0, EDGE / 32, BIT_OF(EDGE)), BIT_OF(EDGE));
	guest_write_bit(0, GIC_ICACTIVER, EDGE);
	assert_false(gic_is_active(0, EDGE));
}

/* Raised by other VMs or by EL2, from any pCPU, for any vCPU. */
static void raised_by_others(void **state)
{
	(void)state;
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(1, SGI, 0x50);
	guest_prepare(0, RESERVED, 0x50);
	regroup_all(&box.vm[0], true);
	notify_directly(&box.vm[0], 3);
	fake_cpu_select(0);
	notify_directly(&box.vm[0], vgic_send_sgi(model(), 2, SGI, true));
	assert_true(gic_is_pending(2, SGI));
	assert_false(gic_is_pending(1, SGI));
	notify_directly(&box.vm[0], vgic_set_line_shared(model(), RESERVED, true));
	assert_true(gic_is_pending(0, RESERVED));
	notify_directly(&box.vm[0], vgic_set_line_shared(model(), RESERVED, false));
	assert_false(gic_is_pending(0, RESERVED));
}

static void quiesced(void **state)
{
	(void)state;
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0x50);
	guest_prepare(0, VIRTUAL_TIMER, 0x50);
	regroup_all(&box.vm[0], true);
	gic_pend(0, EDGE);
	gic_activate(1, VIRTUAL_TIMER);
	effects_quiesce_private(&vcpus[0]);
	regroup_all(&box.vm[0], false); /* delivery_end() */
	effects_quiesce_shared(&box.vm[0]);
	expect_virtual(EDGE, 0, false, false);
	assert_false(gic_is_pending(0, EDGE));
	assert_false(gic_is_active(1, VIRTUAL_TIMER));
	assert_false(fake_gic_is_group1(1, VIRTUAL_TIMER));
}

/*
 * A distributor that does not answer: logged, once for each interrupt, and nothing arrives in the wrong way.
 */
static void disable_that_is_not_confirmed(void **state)
{
	struct log_entry entry;

	(void)state;
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0x50);
	skip_log();
	fake_gic_set_stuck(true);
	regroup_all(&box.vm[0], true);
	assert_true(log_read(seen.log_next, &entry));
	assert_int_equal(entry.level, LOG_ERROR);
	expect_direct(EDGE, 0, true, 0x50);
	skip_log();
	regroup_all(&box.vm[0], false);
	assert_true(log_read(seen.log_next, &entry));
	assert_int_equal(entry.level, LOG_ERROR);
	expect_virtual(EDGE, 0, true, true);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(others_are_not_touched),
		TEST(pending_goes_along),
		TEST(taken_goes_along),
		TEST(triggers_follow),
		TEST(changes_follow),
		TEST(raised_by_others),
		TEST(quiesced),
		TEST(disable_that_is_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
