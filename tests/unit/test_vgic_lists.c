/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers, queues and effects. Among the tests are the mistakes that hypervisors have made in this
 * place; tests/model/ explores the rest.
 */
#include "vgic_guest.h"

#define LR_STATE (LR_PENDING | LR_ACTIVE)

/* What the hardware holds for each vCPU. */
static struct {
	struct vgic_lrs lrs;
	unsigned eoi_count;
} here[2];
static struct vgic_folded folded;

static int set_up_lists(void **state)
{
	memset(here, 0, sizeof(here));
	here[0].lrs.count = here[1].lrs.count = 4;
	set_up(state);
	write_size(0, true, GICD_CTLR, 4, 3);
	return 0;
}

static void fold(unsigned v)
{
	struct vgic_lrs *lrs = &here[v].lrs;

	lrs->occupied = 0;
	for (unsigned n = 0; n < lrs->count; n++)
		if (lrs->value[n] & LR_STATE || (lrs->value[n] & LR_EOI && !(lrs->value[n] & LR_HW)))
			lrs->occupied |= 1u << n;
	vgic_fold(&gic, &cpus[v], lrs, here[v].eoi_count, &folded);
	here[v].eoi_count = 0;
	memset(lrs->value, 0, sizeof(lrs->value));
}

static void enter_with(unsigned v, uint64_t vmcr)
{
	fold(v);
	vgic_refill(&gic, &cpus[v], vmcr, &here[v].lrs);
}

static void enter(unsigned v)
{
	enter_with(v, VMCR_BOTH);
}

static uint64_t *find(unsigned v, uint32_t vintid, uint64_t state)
{
	for (unsigned n = 0; n < here[v].lrs.count; n++)
		if (here[v].lrs.value[n] & state && FIELD_GET(LR_VINTID, here[v].lrs.value[n]) == vintid)
			return &here[v].lrs.value[n];
	return NULL;
}

/* ICC_IAR: the best that is listed; VGIC_NONE is 1023. */
static uint32_t acknowledge(unsigned v)
{
	uint64_t *best = NULL;

	for (unsigned n = 0; n < here[v].lrs.count; n++) {
		uint64_t *lr = &here[v].lrs.value[n];

		if ((*lr & LR_STATE) == LR_PENDING &&
		    (!best || FIELD_GET(LR_PRIORITY, *lr) < FIELD_GET(LR_PRIORITY, *best)))
			best = lr;
	}
	if (!best)
		return VGIC_NONE;
	*best = (*best & ~LR_PENDING) | LR_ACTIVE;
	return (uint32_t)FIELD_GET(LR_VINTID, *best);
}

/* ICC_EOIR with EOImode = 0. */
static void end(unsigned v, uint32_t vintid)
{
	uint64_t *lr = find(v, vintid, LR_ACTIVE);

	if (lr)
		*lr &= ~LR_ACTIVE;
	else
		here[v].eoi_count++;
}

/* As flow/irq.c when the owner is not simply running. */
static void take(unsigned v, uint32_t vintid)
{
	assert_int_equal(vgic_raise_at(&gic, v, vintid), 1u << v);
}

static void test_queue_is_a_priority_queue(void **state)
{
	static struct vgic_queue queue;
	static uint8_t priority[1024];
	uint32_t x = 1, last = 0;

	(void)state;
	memset(&queue, 0, sizeof(queue));
	for (uint32_t n = 0; n < 1024; n++) {
		x = x * 1664525 + 1013904223;
		priority[n] = (uint8_t)(x >> 24) & 0xf8;
		vgic_queue_add(&queue, priority[n], n);
		assert_true(vgic_queue_has(&queue, n));
	}
	for (uint32_t n = 0; n < 1024; n += 3)
		vgic_queue_remove(&queue, priority[n], n);
	for (uint32_t left = 1024 - 342; left; left--) {
		uint32_t best = vgic_queue_best(&queue);

		assert_int_not_equal(best, VGIC_NONE);
		assert_int_not_equal(best % 3, 0);
		assert_true(priority[best] >= last);
		last = priority[best];
		vgic_queue_remove(&queue, priority[best], best);
	}
	assert_int_equal(vgic_queue_best(&queue), VGIC_NONE);
	assert_int_equal(queue.levels, 0);
}

static void test_images(void **state)
{
	(void)state;
	prepare(0, LINKED_EDGE, 0xa0);
	assert_int_equal(vgic_lr_image(&gic.spi[0], LINKED_EDGE), LR_HW | LR_GROUP | FIELD_PUT(LR_PINTID, 140) |
	                                                              FIELD_PUT(LR_PRIORITY, 0xa0) | LINKED_EDGE);
	set_priority(0, SPI, 0x48);
	assert_int_equal(vgic_lr_image(&gic.spi[0], SPI), LR_EOI | FIELD_PUT(LR_PRIORITY, 0x48) | SPI);
	assert_int_equal(vgic_lr_image(&cpus[0].private, 3), 3);
}

static void test_best_first_and_all_in_the_end(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		prepare(0, 60 + n, (uint8_t)(0x80 + 8 * (7 - n)));
		vgic_raise_shared(&gic, 60 + n);
	}
	enter(0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_NPIE, ICH_HCR_NPIE);
	for (uint32_t n = 8; n--;) {
		assert_int_equal(acknowledge(0), 60 + n);
		end(0, 60 + n);
		if (n == 4)
			enter(0); /* NPIE */
	}
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_int_equal(cpus[0].hcr, ICH_HCR_EN);
}

/* All list registers hold active interrupts, and one is pending: it must be listed, or NPIE never stops. */
static void test_all_active_and_one_pending_is_no_storm(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 5; n++)
		prepare(0, 60 + n, (uint8_t)(0xc0 - 8 * n));
	for (uint32_t n = 0; n < 4; n++) {
		vgic_raise_shared(&gic, 60 + n);
		enter(0);
		assert_int_equal(acknowledge(0), 60 + n);
	}
	vgic_raise_shared(&gic, 64);
	enter(0);
	assert_non_null(find(0, 64, LR_PENDING));
	assert_int_equal(cpus[0].hcr & ICH_HCR_NPIE, 0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_LRENPIE, ICH_HCR_LRENPIE);
}

/* Which active interrupts are spilled, and what an ICC_EOIR that only counts has ended. */
static void test_spilled_active_is_completed_by_the_count(void **state)
{
	(void)state;
	here[0].lrs.count = 2;
	for (uint32_t n = 0; n < 4; n++)
		prepare(0, 60 + n, (uint8_t)(0xc0 - 8 * n));
	for (uint32_t n = 0; n < 4; n++) {
		vgic_raise_shared(&gic, 60 + n);
		enter(0);
		assert_int_equal(acknowledge(0), 60 + n);
	}
	enter(0);
	for (uint32_t n = 4; n--;)
		end(0, 60 + n); /* the two best are listed; the others are counted, best first */
	assert_int_equal(here[0].eoi_count, 2);
	enter(0);
	for (uint32_t n = 0; n < 4; n++)
		assert_false(read_bit(0, GIC_ISACTIVER, 60 + n));
}

static void test_overflow_deactivates_the_right_linked_one(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, LINKED_LEVEL, 0xc0);
	prepare(0, LINKED_EDGE, 0xb0);
	prepare(0, SPI, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	take(0, LINKED_EDGE);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_EDGE);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	end(0, LINKED_EDGE);
	fold(0);
	assert_int_equal(folded.deactivate_count, 1);
	assert_int_equal(folded.deactivate[0], PHYSICAL(LINKED_EDGE));
	assert_true(read_bit(0, GIC_ISACTIVER, LINKED_LEVEL));
}

static void test_trapped_dir_names_the_one(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, LINKED_LEVEL, 0xc0);
	prepare(0, SPI, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_TDIR, ICH_HCR_TDIR);
	assert_int_equal(acknowledge(0), SPI);
	fold(0);
	vgic_deactivate(&gic, &cpus[0], 1023, &folded);
	vgic_deactivate(&gic, &cpus[0], LINKED_EDGE, &folded);
	assert_int_equal(folded.deactivate_count, 0);
	vgic_deactivate(&gic, &cpus[0], LINKED_LEVEL, &folded);
	assert_int_equal(folded.deactivate_count, 1);
	assert_int_equal(folded.deactivate[0], PHYSICAL(LINKED_LEVEL));
	assert_true(read_bit(0, GIC_ISACTIVER, SPI));
}

static void test_linked_disabled_while_active_stays_the_guests(void **state)
{
	struct vgic_effects effects;
	uint32_t bit = 1u << (LINKED_LEVEL - 32);

	(void)state;
	prepare(0, LINKED_LEVEL, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	fold(0);
	effects = write_bit(0, GIC_ICENABLER, LINKED_LEVEL);
	assert_int_equal(effects.disable, bit);
	assert_int_equal(effects.deactivate | effects.pend, 0);
	enter(0);
	assert_non_null(find(0, LINKED_LEVEL, LR_ACTIVE));
	fold(0);
	effects = write_bit(0, GIC_ICACTIVER, LINKED_LEVEL);
	assert_int_equal(effects.deactivate, bit);
}

/* Acknowledged by EL2 alone: in the inbox, in the model or in a list register, it goes back. */
static void test_linked_disabled_while_taken_goes_back(void **state)
{
	(void)state;
	for (unsigned where = 0; where < 3; where++) {
		struct vgic_effects effects;

		set_up_lists(NULL);
		prepare(0, LINKED_EDGE, 0xa0);
		prepare(0, LINKED_LEVEL, 0xa0);
		write_bit(0, GIC_ISPENDR, LINKED_LEVEL);
		take(0, LINKED_EDGE);
		take(0, LINKED_LEVEL);
		if (where == 1)
			fold(0);
		if (where == 2)
			enter(0), fold(0);
		effects = write_bit(0, GIC_ICENABLER, LINKED_EDGE);
		assert_int_equal(effects.pend, 1u << (LINKED_EDGE - 32));
		assert_int_equal(effects.deactivate, effects.pend);
		effects = write_bit(0, GIC_ICENABLER, LINKED_LEVEL);
		assert_int_equal(effects.pend, 1u << (LINKED_LEVEL - 32)); /* ISPENDR did it, no line */
		assert_int_equal(effects.deactivate, effects.pend);
		enter(0);
		assert_int_equal(acknowledge(0), VGIC_NONE);
	}
}

static void test_unpend_reaches_the_inbox(void **state)
{
	struct vgic_effects effects;

	(void)state;
	prepare(0, SPI, 0xa0);
	prepare(0, LINKED_EDGE, 0xa0);
	vgic_raise_shared(&gic, SPI);
	take(0, LINKED_EDGE);
	assert_true(read_bit(0, GIC_ISPENDR, SPI));
	assert_true(read_bit(0, GIC_ISPENDR, LINKED_EDGE));
	vgic_raise_shared(&gic, SPI);
	write_bit(0, GIC_ICPENDR, SPI);
	effects = write_bit(0, GIC_ICPENDR, LINKED_EDGE);
	assert_int_equal(effects.unpend, 1u << (LINKED_EDGE - 32));
	assert_int_equal(effects.deactivate, effects.unpend);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

/* An SGI or PPI that was pending is enabled: the vCPU must come to look, or it waits for ever. */
static void test_private_enabled_while_pending_is_attended(void **state)
{
	(void)state;
	write_bit(0, GIC_ISPENDR, 3);
	enter(0);
	assert_int_equal(cpus[0].attend, 0);
	assert_int_equal(write_bit(0, GIC_ISENABLER, 3).attend, 1);
	assert_int_equal(cpus[0].attend, 1);
	enter(0);
	assert_int_equal(acknowledge(0), 3);
}

static void test_sgi_twice_and_from_two(void **state)
{
	(void)state;
	prepare(1, 5, 0xa0);
	assert_int_equal(vgic_send_sgi(&gic, 2, 5, true), 2);
	assert_int_equal(vgic_send_sgi(&gic, 2, 5, true), 2);
	enter(1);
	assert_int_equal(acknowledge(1), 5);
	vgic_send_sgi(&gic, 2, 5, true); /* while active: after it */
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
	end(1, 5);
	assert_int_equal(acknowledge(1), 5);
	end(1, 5);
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
}

static void test_sgi_of_the_other_group_is_dropped(void **state)
{
	(void)state;
	prepare(0, 5, 0xa0);
	write_bit(1, GIC_ISENABLER, 5);
	assert_int_equal(vgic_send_sgi(&gic, 3, 5, true), 1);
	assert_int_equal(vgic_send_sgi(&gic, 3, 5, false), 2);
}

static void test_edge_while_active_comes_after(void **state)
{
	(void)state;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4); /* 50: an edge */
	prepare(0, SPI, 0xa0);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	for (unsigned n = 0; n < 3; n++)
		vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	end(0, SPI);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

static void test_level_follows_its_line(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	vgic_set_line_shared(&gic, SPI, true);
	enter(0);
	assert_non_null(find(0, SPI, LR_PENDING));
	assert_int_equal(vgic_set_line_shared(&gic, SPI, true), 0);
	assert_int_equal(vgic_set_line_shared(&gic, SPI, false), 1); /* before it is taken */
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	vgic_set_line_shared(&gic, SPI, true);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0); /* LR.EOI: still up */
	assert_int_equal(acknowledge(0), SPI);
	vgic_set_line_shared(&gic, SPI, false);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

static void test_ispendr_on_a_level(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	fold(0); /* in and out of a list register: still pending, without a line */
	assert_true(read_bit(0, GIC_ISPENDR, SPI));
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	vgic_set_line_shared(&gic, SPI, true);
	write_bit(0, GIC_ICPENDR, SPI);
	assert_true(read_bit(0, GIC_ISPENDR, SPI)); /* the line says so */
}

/* A line that rises is an edge to a guest that configured it so: private, shared, and routed nowhere. */
static void test_rising_line_as_an_edge(void **state)
{
	(void)state;
	write_size(0, false, GICR_SGI_FRAME + GIC_ICFGR + 4, 4, 2 << 8); /* PPI 20 */
	prepare(0, 20, 0xa0);
	vgic_set_line_private(&gic, 0, 20, true);
	vgic_set_line_private(&gic, 0, 20, false);
	enter(0);
	assert_int_equal(acknowledge(0), 20);
	end(0, 20);
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4); /* 50 */
	prepare(0, SPI, 0xa0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 9);
	assert_int_equal(vgic_set_line_shared(&gic, SPI, true), 0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	enter(0);
	enter(1);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_int_equal(acknowledge(1), SPI);
}

static void test_reroute_while_pending(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	prepare(0, LINKED_EDGE, 0xa0);
	vgic_raise_shared(&gic, SPI);
	take(0, LINKED_EDGE);
	enter(0);
	fold(0);
	assert_int_equal(write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1).attend, 2);
	assert_int_equal(write_size(0, true, GICD_IROUTER + LINKED_EDGE * 8, 8, 1).reroute, 1u << (LINKED_EDGE - 32));
	enter(0);
	enter(1);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_non_null(find(1, SPI, LR_PENDING));
	assert_non_null(find(1, LINKED_EDGE, LR_PENDING));
}

/* Active on one, routed to another, pending again: not before the first has ended it, and then there. */
static void test_reroute_while_active_then_pending(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	fold(0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	enter(0);
	vgic_raise_shared(&gic, SPI);
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
	assert_int_equal(*find(0, SPI, LR_ACTIVE) & LR_EOI, LR_EOI);
	end(0, SPI);
	fold(0);
	assert_int_equal(folded.attend, 2);
	enter(1);
	assert_int_equal(acknowledge(1), SPI);
}

/* Who read the route before it changed raises it at the old vCPU: that one passes it on. */
static void test_raised_late_is_passed_on(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	vgic_raise_at(&gic, 0, SPI);
	fold(0);
	assert_int_equal(folded.attend, 2);
	enter(1);
	assert_int_equal(acknowledge(1), SPI);
}

/* Pending ones of a group that the interface has off must not keep others out of the list registers. */
static void test_disabled_group_does_not_fill_list_registers(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, SPI, 0xa0);
	set_priority(0, SPI + 1, 0x10); /* Group 0 */
	write_bit(0, GIC_ISENABLER, SPI + 1);
	write_bit(0, GIC_ISPENDR, SPI);
	write_bit(0, GIC_ISPENDR, SPI + 1);
	enter_with(0, ICH_VMCR_VENG1);
	assert_non_null(find(0, SPI, LR_PENDING));
	assert_int_equal(cpus[0].hcr & (ICH_HCR_VGRP0EIE | ICH_HCR_VGRP1DIE), ICH_HCR_VGRP0EIE | ICH_HCR_VGRP1DIE);
	enter(0);
	assert_non_null(find(0, SPI + 1, LR_PENDING));
}

/* It would turn pending in the list register at its end, and NPIE would not come for the better one. */
static void test_active_and_pending_does_not_outrank_what_waits(void **state)
{
	(void)state;
	here[0].lrs.count = 2;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4);
	prepare(0, SPI, 0xa0);
	prepare(0, SPI + 1, 0x80);
	prepare(0, SPI + 2, 0x88);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	vgic_raise_shared(&gic, SPI);
	write_bit(0, GIC_ISPENDR, SPI + 1);
	write_bit(0, GIC_ISPENDR, SPI + 2);
	enter(0);
	assert_int_equal(*find(0, SPI, LR_ACTIVE) & (LR_PENDING | LR_EOI), LR_EOI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI + 1);
}

/* Made active by the guest, not by ICC_IAR: the list registers are chosen anew, so that ICC_DIR finds it. */
static void test_isactiver_is_attended(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	enter(0);
	assert_int_equal(write_bit(0, GIC_ISACTIVER, SPI).attend, 1);
	here[0].lrs.occupied = here[0].lrs.given = 0;
	vgic_attend(&gic, &cpus[0], &here[0].lrs, &folded.attend);
	assert_false(vgic_place(&gic, &cpus[0], &here[0].lrs));
	enter(0);
	assert_non_null(find(0, SPI, LR_ACTIVE));
}

static void test_effects_of_configuration(void **state)
{
	uint32_t bit = 1u << (LINKED_EDGE - 32);

	(void)state;
	assert_int_equal(write_bit(0, GIC_ISENABLER, LINKED_EDGE).enable, bit);
	assert_int_equal(write_bit(0, GIC_ISENABLER, LINKED_EDGE).enable, 0); /* it is */
	assert_int_equal(write_bit(0, GIC_ISENABLER, SPI).enable, 0);        /* not linked */
	assert_int_equal(write_size(0, true, GIC_IPRIORITYR + LINKED_EDGE, 1, 0xa0).relink, bit);
	assert_int_equal(write_size(0, true, GIC_IGROUPR + 4, 4, bit).relink, bit);
	assert_int_equal(write_size(0, true, GIC_ICFGR + 2 * 4, 4, 0).retrigger, bit);
	assert_int_equal(write_bit(0, GIC_ISPENDR, LINKED_EDGE).pend, bit);
	assert_int_equal(write_bit(0, GIC_ISACTIVER, LINKED_EDGE).activate, bit);
	assert_int_equal(write_bit(0, GIC_ICACTIVER, LINKED_EDGE).deactivate, bit);
	assert_true(write_size(0, true, GICD_CTLR, 4, 1).relink_all);
	assert_int_equal(write_size(1, false, GICR_STRIDE + GICR_SGI_FRAME + GIC_ISENABLER, 4, 1u << LINKED_PPI).vcpu, 1);
}

static void test_place_uses_free_ones_only(void **state)
{
	struct vgic_lrs lrs = {.count = 4, .occupied = 0x5};

	(void)state;
	for (uint32_t n = 0; n < 2; n++) {
		prepare(0, 60 + n, 0xa0);
		vgic_raise_shared(&gic, 60 + n);
	}
	assert_true(vgic_attend(&gic, &cpus[0], &lrs, &folded.attend));
	assert_true(vgic_place(&gic, &cpus[0], &lrs));
	assert_int_equal(lrs.given, 0xa);
	prepare(0, 62, 0xa0);
	vgic_raise_shared(&gic, 62);
	lrs.occupied = 0xf;
	lrs.given = 0;
	assert_false(vgic_attend(&gic, &cpus[0], &lrs, &folded.attend) && vgic_place(&gic, &cpus[0], &lrs));
	assert_int_equal(lrs.given, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_queue_is_a_priority_queue),
		TEST(test_images),
		TEST(test_best_first_and_all_in_the_end),
		TEST(test_all_active_and_one_pending_is_no_storm),
		TEST(test_spilled_active_is_completed_by_the_count),
		TEST(test_overflow_deactivates_the_right_linked_one),
		TEST(test_trapped_dir_names_the_one),
		TEST(test_linked_disabled_while_active_stays_the_guests),
		TEST(test_linked_disabled_while_taken_goes_back),
		TEST(test_unpend_reaches_the_inbox),
		TEST(test_private_enabled_while_pending_is_attended),
		TEST(test_sgi_twice_and_from_two),
		TEST(test_sgi_of_the_other_group_is_dropped),
		TEST(test_edge_while_active_comes_after),
		TEST(test_level_follows_its_line),
		TEST(test_ispendr_on_a_level),
		TEST(test_rising_line_as_an_edge),
		TEST(test_reroute_while_pending),
		TEST(test_reroute_while_active_then_pending),
		TEST(test_raised_late_is_passed_on),
		TEST(test_disabled_group_does_not_fill_list_registers),
		TEST(test_active_and_pending_does_not_outrank_what_waits),
		TEST(test_isactiver_is_attended),
		TEST(test_effects_of_configuration),
		TEST(test_place_uses_free_ones_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
