/* SPDX-License-Identifier: Apache-2.0 */
/* Direct delivery from the guest's side, and the registers that EL2 emulates for it. */
#include "direct_guest.h"

#define ICC_IAR0 SYSREG(3, 0, 12, 8, 0)
#define ICC_EOIR0 SYSREG(3, 0, 12, 8, 1)
#define ICC_HPPIR0 SYSREG(3, 0, 12, 8, 2)
#define ICC_BPR0 SYSREG(3, 0, 12, 8, 3)
#define ICC_BPR1 SYSREG(3, 0, 12, 12, 3)
#define ICC_IGRPEN0 SYSREG(3, 0, 12, 12, 6)
#define ICC_IAR1 SYSREG(3, 0, 12, 12, 0)
#define CTLR_CBPR 1u
#define CTLR_EOIMODE 2u

static struct gic_direct interface(void)
{
	struct gic_direct now;

	gic_direct_save(&now);
	return now;
}

/* The state of the guest's virtual interface goes to the physical one, and comes back. */
static void interface_there_and_back(void **state)
{
	struct vcpu *vcpu = &vcpus[0];
	struct gic_direct closed;

	(void)state;
	assert_true(vcpu->direct && fake_guest_takes_irqs());
	assert_int_equal(vcpu->irq_tag, IRQ_TAG_NEVER);
	assert_int_equal(gic_vif_control(), ICH_HCR_EN | ICH_HCR_TC);
	assert_true(interface().enabled && !interface().split_eoi);
	assert_int_equal(interface().mask, irq_direct_mask(0xf8));
	closed = interface();
	closed.enabled = false;
	gic_direct_load(&closed);
	direct_close(vcpu);
	assert_false(vcpu->direct || fake_guest_takes_irqs());
	assert_int_equal(gic_vif_vmcr(), VMCR_OPEN & ~ICH_VMCR_VENG1);
	assert_true(!interface().enabled && interface().split_eoi);
	assert_int_equal(interface().mask, 0xff);
	gic_vif_set_vmcr(ICH_VMCR_VENG1 | ICH_VMCR_VEOIM | FIELD_PUT(ICH_VMCR_VBPR1, 5));
	direct_refresh(vcpu, true);
	assert_true(interface().enabled && interface().split_eoi);
	assert_int_equal(interface().binary_point, 5);
	assert_int_equal(interface().mask, IRQ_DIRECT_FIRST);
	direct_close(vcpu);
	assert_int_equal(gic_vif_vmcr(), ICH_VMCR_VENG1 | ICH_VMCR_VEOIM | FIELD_PUT(ICH_VMCR_VBPR1, 5));
}

/* EL2's own EOIs in a batch only drop priorities, even if the guest's EOIs deactivate. */
static void ends_of_the_hypervisor(void **state)
{
	(void)state;
	direct_begin(&vcpus[0]);
	assert_true(interface().split_eoi);
	direct_end(&vcpus[0]);
	assert_false(interface().split_eoi);
	guest_writes(ICC_CTLR, CTLR_EOIMODE);
	direct_begin(&vcpus[0]);
	assert_true(interface().split_eoi);
	direct_end(&vcpus[0]);
	assert_true(interface().split_eoi);
	direct_end(&vcpus[1]); /* is not direct */
	assert_true(interface().split_eoi);
}

static void priority_mask(void **state)
{
	(void)state;
	for (unsigned value = 0; value < 0x200; value++) {
		guest_writes(ICC_PMR, value);
		assert_int_equal(guest_reads(ICC_PMR), value & 0xf8);
		assert_int_equal(interface().mask, irq_direct_mask(value & 0xf8));
		gic_pend(0, EDGE);
		assert_int_equal(gic_direct_acknowledge(), (value & 0xf8) > 0xa0 ? EDGE : GIC_SPURIOUS);
		if ((value & 0xf8) > 0xa0)
			gic_direct_end(EDGE);
	}
}

static void running_priority(void **state)
{
	(void)state;
	assert_int_equal(guest_reads(ICC_RPR), 0xff);
	gic_pend(0, EDGE);
	assert_int_equal(gic_direct_acknowledge(), EDGE);
	assert_int_equal(guest_reads(ICC_RPR), 0xa0);
	gic_direct_end(EDGE);
	assert_int_equal(guest_reads(ICC_RPR), 0xff);
	assert_false(interface_direct_register(&vcpus[0], ICC_RPR, RT, true));
}

/* Where ICC_DIR_EL1 cannot be trapped alone, they trap in a VM whose interrupts do not come directly, too. */
static void the_same_registers_of_a_virtual_interface(void **state)
{
	struct vcpu *vcpu = &vcpus[0];
	uint64_t *x = &vcpu->frame.x[RT];

	(void)state;
	direct_close(vcpu);
	gic_vif_set_vmcr(VMCR_OPEN);
	for (*x = 0; *x < 0x200; ++*x) {
		uint64_t value = *x;

		assert_true(interface_register(vcpu, ICC_PMR, RT, true));
		assert_int_equal(FIELD_GET(ICH_VMCR_VPMR, gic_vif_vmcr()), value & 0xf8);
		assert_true(interface_register(vcpu, ICC_PMR, RT, false));
		assert_int_equal(*x, value & 0xf8);
		*x = value;
	}
	*x = UINT64_MAX;
	assert_true(interface_register(vcpu, ICC_CTLR, RT, true));
	assert_int_equal(gic_vif_vmcr() & (ICH_VMCR_VCBPR | ICH_VMCR_VEOIM), ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);
	assert_true(interface_register(vcpu, ICC_CTLR, RT, false));
	assert_int_equal(*x, gic_vif_features() | CTLR_CBPR | CTLR_EOIMODE);
	*x = 0;
	assert_true(interface_register(vcpu, ICC_CTLR, RT, true));
	assert_int_equal(gic_vif_vmcr() & (ICH_VMCR_VCBPR | ICH_VMCR_VEOIM), 0);
	assert_true(interface_register(vcpu, ICC_RPR, RT, false));
	assert_int_equal(*x, 0xff);
	gic_lr_write(0, LR_PENDING | LR_GROUP | FIELD_PUT(LR_PRIORITY, 0x98) | FIELD_PUT(LR_VINTID, EDGE));
	gic_vif_set_control(ICH_HCR_EN);
	assert_int_equal(fake_guest_acknowledge(1), EDGE);
	assert_true(interface_register(vcpu, ICC_RPR, RT, false));
	assert_int_equal(*x, 0x98);
	assert_false(interface_register(vcpu, ICC_RPR, RT, true) ||
				 interface_register(vcpu, ICC_IAR1, RT, false));
}

static void control(void **state)
{
	(void)state;
	assert_int_equal(guest_reads(ICC_CTLR), gic_vif_features());
	guest_writes(ICC_CTLR, UINT64_MAX & ~CTLR_CBPR);
	assert_int_equal(guest_reads(ICC_CTLR), gic_vif_features() | CTLR_EOIMODE);
	assert_true(interface().split_eoi);
	guest_writes(ICC_CTLR, 0);
	assert_int_equal(guest_reads(ICC_CTLR), gic_vif_features());
	assert_false(interface().split_eoi);
	assert_false(vcpus[0].ends_direct);
}

/* The guest's binary points, by which the physical one of Group 1 follows. */
static void one_binary_point_for_both_groups(void **state)
{
	struct gic_direct own = interface();

	(void)state;
	own.binary_point = 6; /* by the guest, without a trap */
	gic_direct_load(&own);
	gic_vif_set_vmcr((gic_vif_vmcr() & ~ICH_VMCR_VBPR0) | FIELD_PUT(ICH_VMCR_VBPR0, 4));
	guest_writes(ICC_CTLR, CTLR_CBPR);
	assert_int_equal(guest_reads(ICC_CTLR), gic_vif_features() | CTLR_CBPR);
	assert_false(vcpus[0].ends_direct);
	assert_int_equal(gic_vif_control(), ICH_HCR_EN | ICH_HCR_TC | ICH_HCR_TALL0);
	assert_int_equal(interface().binary_point, 4);
	guest_writes(ICC_BPR0, 5);
	assert_int_equal(guest_reads(ICC_BPR0), 5);
	assert_int_equal(interface().binary_point, 5);
	assert_int_equal(guest_reads(ICC_BPR1), 6); /* while it traps: one more, and */
	guest_writes(ICC_BPR1, 2);                  /* ignored */
	assert_int_equal(interface().binary_point, 5);
	guest_writes(ICC_BPR0, 7);
	assert_int_equal(guest_reads(ICC_BPR1), 7);
	direct_close(&vcpus[0]);
	assert_int_equal(FIELD_GET(ICH_VMCR_VBPR1, gic_vif_vmcr()), 6);
	direct_refresh(&vcpus[0], true);
	assert_int_equal(interface().binary_point, 7);
	guest_writes(ICC_CTLR, 0);
	assert_int_equal(interface().binary_point, 6);
	assert_int_equal(gic_vif_control(), ICH_HCR_EN | ICH_HCR_TC);
}

/* There is nothing in Group 0. */
static void group0_registers(void **state)
{
	static const uint32_t priorities[] = {SYSREG(3, 0, 12, 8, 4), SYSREG(3, 0, 12, 8, 5)};

	(void)state;
	assert_int_equal(guest_reads(ICC_IAR0), GIC_SPURIOUS);
	assert_int_equal(guest_reads(ICC_HPPIR0), GIC_SPURIOUS);
	guest_writes(ICC_EOIR0, EDGE);
	guest_writes(ICC_IGRPEN0, 1);
	assert_int_equal(guest_reads(ICC_IGRPEN0), 1);
	guest_writes(ICC_IGRPEN0, 0);
	assert_int_equal(guest_reads(ICC_IGRPEN0), 0);
	guest_writes(priorities[0], UINT32_MAX);
	assert_int_equal(guest_reads(priorities[0]), 0);
	assert_false(interface_direct_register(&vcpus[0], priorities[1], RT, false));
	assert_false(interface_direct_register(&vcpus[0], priorities[1], RT, true));
	assert_false(interface_direct_register(&vcpus[0], ICC_IAR0, RT, true));
	assert_false(interface_direct_register(&vcpus[0], ICC_EOIR0, RT, false));
}

/*
 * ICC_DIR_EL1, for every INTID, each of which is active on this pCPU: with EOImode = 1, the guest's own are
 * deactivated.
 */
static void deactivation(void **state)
{
	(void)state;
	gic_activate(2, VIRTUAL_TIMER);
	for (unsigned split = 0; split < 2; split++) {
		guest_writes(ICC_CTLR, split ? CTLR_EOIMODE : 0);
		for (uint32_t intid = 0; intid < 0x1000; intid++) {
			const struct vgic_bank *bank =
				intid < INTID_COUNT ? vgic_bank(model(), &vcpus[0].vgic, intid / 32) : NULL;
			bool own = bank && bank->linked & BIT_OF(intid);

			vcpus[0].trapped.count = 0;
			if (gic_is_interrupt(intid))
				gic_activate(1, intid);
			guest_writes(ICC_DIR_EL1, BIT(40) | intid); /* the bits above 23 are ignored */
			if (gic_is_interrupt(intid))
				assert_int_equal(gic_is_active(1, intid), !(own && split));
		}
	}
	guest_writes(ICC_DIR_EL1, 0xffffff);
	assert_true(gic_is_active(0, OTHERS_SPI));
	assert_true(gic_is_active(2, VIRTUAL_TIMER)); /* another pCPU's */
	assert_false(gic_is_active(1, VIRTUAL_TIMER));
}

static void nothing_else_is_emulated(void **state)
{
	(void)state;
	assert_false(interface_direct_register(&vcpus[0], ICC_DIR_EL1, RT, false));
	assert_false(interface_direct_register(&vcpus[0], ICC_IAR1, RT, true));
	assert_false(interface_direct_register(&vcpus[0], SYSREG(3, 0, 12, 11, 5), RT, true)); /* ICC_SGI1R */
	assert_int_equal(vcpus[0].trapped.count, 0);
	assert_true(interface_direct_register(&vcpus[0], ICC_PMR, 31, true)); /* XZR */
	assert_int_equal(interface().mask, IRQ_DIRECT_FIRST);
	assert_true(interface_direct_register(&vcpus[0], ICC_PMR, 31, false));
}

/* Only with `auto` it matters how often. */
static void too_many_traps(void **state)
{
	static const enum config_delivery wishes[] = {CONFIG_DELIVERY_DIRECT, CONFIG_DELIVERY_AUTO};

	for (unsigned i = 0; i < ARRAY_COUNT(wishes); i++) {
		unsigned count = 0;

		set_up_direct(state);
		box.vm[0].delivery = wishes[i];
		for (; !vcpus[0].ends_direct && count < 1000; count++) {
			guest_writes(ICC_PMR, 0xf0);
			fake_counter_advance(cpu_us_to_ticks(2000)); /* 50 in 100 ms */
		}
		assert_int_equal(count, 1000);
		for (count = 0; !vcpus[0].ends_direct && count < 1000; count++)
			guest_writes(ICC_PMR, 0xf0);
		if (wishes[i] == CONFIG_DELIVERY_DIRECT) {
			assert_int_equal(count, 1000);
			continue;
		}
		assert_true(count >= 50 && count <= 101);
		assert_int_equal(vcpus[0].obstacle, OBSTACLE_TRAPS);
	}
}

/* There, tries follow each other by time, and not by each access; behind it, at once. */
static void too_many_traps_in_a_handler(void **state)
{
	uint64_t retry;

	(void)state;
	box.vm[0].delivery = CONFIG_DELIVERY_AUTO;
	vcpus[0].busy = true;
	gic_pend(0, EDGE);
	assert_int_equal(gic_direct_acknowledge(), EDGE);
	while (!vcpus[0].ends_direct)
		guest_writes(ICC_PMR, 0xf0);
	delivery_end_direct(&vcpus[0]);
	retry = seen.retry;
	assert_true(retry != TIMER_NEVER);
	for (unsigned i = 0; i < 1000; i++)
		guest_writes(ICC_PMR, 0xf0);
	assert_false(vcpus[0].ends_direct);
	assert_int_equal(seen.retry, retry);
	vcpus[0].busy = false;
	gic_direct_end(EDGE);
	guest_writes(ICC_PMR, 0xf0);
	assert_true(vcpus[0].ends_direct);
	delivery_end_direct(&vcpus[0]);
	assert_false(box.vm[0].vgic.direct);
}

/* With several vCPUs it traps with virtual delivery, too. */
static void too_many_ends_in_two_steps(void **state)
{
	struct vm *vm = &box.vm[0];

	for (unsigned vcpu_count = VCPUS; vcpu_count > 0; vcpu_count--) {
		unsigned count = 0;

		set_up_direct(state);
		vm->delivery = CONFIG_DELIVERY_AUTO;
		vm->vcpu_count = vcpu_count;
		for (; !vcpus[0].ends_direct && count < 1000; count++)
			guest_writes(ICC_DIR_EL1, EDGE);
		assert_int_equal(count, vcpu_count > 1 ? 1000 : 101);
		assert_int_equal(vcpus[0].obstacle, vcpu_count > 1 ? OBSTACLE_NONE : OBSTACLE_TWO_ENDS);
	}
}

static void what_the_guest_may_not_have(void **state)
{
	(void)state;
	obstacle_check(&vcpus[0]);
	assert_false(vcpus[0].ends_direct);
	guest_write_bit(0, GIC_ISENABLER, UNLINKED);
	obstacle_check(&vcpus[0]);
	assert_false(vcpus[0].ends_direct);
	guest_set_group1(0, UNLINKED);
	guest_write_bit(0, GIC_ISPENDR, UNLINKED);
	direct_refresh(&vcpus[0], false);
	assert_true(vcpus[0].ends_direct);
	obstacle_check(&vcpus[0]);
	assert_int_equal(vcpus[0].obstacle, OBSTACLE_STRANGER);
	assert_int_equal(vcpus[0].obstacle_vintid, UNLINKED);
	vcpus[0].ends_direct = false;
	guest_write_bit(0, GIC_ICENABLER, UNLINKED);
	guest_write(GICD_CTLR, 4, 3);
	obstacle_check(&vcpus[0]);
	assert_false(vcpus[0].ends_direct);
	guest_write_bit(1, GIC_ISENABLER, SGI); /* in Group 0, where a reset puts it */
	obstacle_check(&vcpus[0]);
	assert_true(vcpus[0].ends_direct);
	assert_int_equal(vcpus[0].obstacle, OBSTACLE_GROUP0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interface_there_and_back),
		TEST(ends_of_the_hypervisor),
		TEST(priority_mask),
		TEST(running_priority),
		TEST(the_same_registers_of_a_virtual_interface),
		TEST(control),
		TEST(one_binary_point_for_both_groups),
		TEST(group0_registers),
		TEST(deactivation),
		TEST(nothing_else_is_emulated),
		TEST(too_many_traps),
		TEST(too_many_traps_in_a_handler),
		TEST(too_many_ends_in_two_steps),
		TEST(what_the_guest_may_not_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
