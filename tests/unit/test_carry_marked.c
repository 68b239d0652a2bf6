/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pCPU is between the acknowledgement of an interrupt and what follows from its owner word while the
 * interrupt moves, or while its VM stops (flow/hold/mark.h).
 */
#include "carry_vms.h"
#include "flow/hold/mark.h"

/* Of the device that moves: a level, which leaves first; two more. */
#define FIRST 34
#define LEVEL 36
#define EDGE 40

static unsigned waits; /* for the mark */

/* A guest pends it, no line is up, and the pCPU of the giver's first vCPU acknowledges it. */
static void acknowledge(uint32_t intid)
{
	fake_cpu_select(vm_of(GIVER)->vcpu[0]->pcpu);
	assert_int_equal(gic_init_pcpu(), OK);
	for (unsigned i = 0; i < IRQS; i++)
		fake_gic_set_line(intids[i], false);
	gic_unpend(0, intids[1]);
	write_bit(GIVER, GIC_ISPENDR, intid);
	assert_int_equal(gic_acknowledge_group0(), intid);
	assert_true(gic_is_active(0, intid) && !gic_is_pending(0, intid));
	fake_cpu_select(0);
}

/* What the owner's model does not know stays active: the pCPU will raise it for the new owner. */
static void what_is_not_marked_yet_stays_active(void **state)
{
	static const uint32_t rows[] = {EDGE, LEVEL};

	for (unsigned n = 0; n < ARRAY_COUNT(rows); n++) {
		set_up(state);
		acknowledge(rows[n]);
		assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
		assert_ptr_equal(link_owner(rows[n]), vm_of(RECEIVER));
		assert_true(gic_is_active(0, rows[n]));
		assert_false(gic_is_pending(0, rows[n]));
		assert_true(vgic_is_latched(&vm_of(RECEIVER)->vgic, rows[n])); /* else a level would be lost */
	}
}

/* A level that its line makes pending, or that was pended and seen long ago. */
static void nothing_else_is_latched(void **state)
{
	(void)state;
	bank_of(GIVER, LEVEL)->latched |= BIT_OF(LEVEL);
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
	for (unsigned i = 0; i < IRQS; i += 2)
		assert_false(vgic_is_latched(&vm_of(RECEIVER)->vgic, intids[i]));
}

/* As irq_away_take_marked() does, while it is waited for. */
static void raise_while_waited_for(void)
{
	unsigned pcpu = vm_of(GIVER)->vcpu[0]->pcpu;

	if (!(box.marked[pcpu] & 1))
		return;
	assert_true(waits++ < 100);
	assert_false(fake_gic_is_enabled(0, FIRST));
	assert_true(gic_is_active(0, FIRST));
	vgic_raise_at(&vm_of(GIVER)->vgic, 0, FIRST);
	fake_cpu_select(pcpu);
	mark_clear();
	fake_cpu_select(0);
}

static void mark_and_acknowledge(void)
{
	waits = 0;
	acknowledge(FIRST);
	fake_cpu_select(vm_of(GIVER)->vcpu[0]->pcpu);
	mark_set();
	fake_cpu_select(0);
	fake_cpu_set_others(raise_while_waited_for);
}

/* What a marked pCPU raises by the old word goes along. */
static void a_move_waits_for_the_mark(void **state)
{
	(void)state;
	mark_and_acknowledge();
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
	assert_int_equal(waits, 1);
	assert_true(gic_is_pending(0, FIRST));
	assert_false(gic_is_active(0, FIRST));
}

/* The end of a VM forgets it. */
static void a_stop_waits_for_the_mark(void **state)
{
	(void)state;
	mark_and_acknowledge();
	effects_quiesce_shared(vm_of(GIVER));
	assert_int_equal(waits, 1);
	assert_false(gic_is_pending(0, FIRST) || gic_is_active(0, FIRST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_marked_yet_stays_active),
		TEST(nothing_else_is_latched),
		TEST(a_move_waits_for_the_mark),
		TEST(a_stop_waits_for_the_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
