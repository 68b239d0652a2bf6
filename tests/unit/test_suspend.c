/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_SUSPEND ends with an interrupt of the vCPU's own, and with no other; EL2's work is done meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/deliver/irq.h"
#include "flow/deliver/present.h"
#include "flow/life/life.h"
#include "flow/run/run.h"
#include "flow/run/share.h"
#include "flow/run/suspend.h"
#include "machine/fake/fake.h"

#define GUEST_SPI 40
#define KICKS 5

struct box box;
static struct vm vm;
static struct vcpu vcpu;
static struct {
	unsigned waits, attends;
	unsigned kicks;         /* this many waits end by a kick alone */
	bool has_stopped;       /* and it did */
	bool stops;             /* in the last of them, the VM is stopped */
	bool blocked;           /* the answer of life_stop_if_blocked() */
	bool folded;            /* present_fold() was called, before anything is attended to */
	bool model_has_one;     /* that waits */
	struct gic_direct open; /* the interface during the last wait */
} seen;

static void list(unsigned n, uint64_t state)
{
	gic_lr_write(n, state | GUEST_SPI);
}

/* An interrupt that comes while this pCPU waits. */
static void comes(void)
{
	gic_direct_save(&seen.open);
	if (++seen.waits <= seen.kicks)
		gic_kick(pcpu_this());
	else
		fake_gic_set_line(GUEST_SPI, true);
}

uint64_t irq_take_waiting(struct vcpu *self)
{
	uint32_t intid = gic_acknowledge_group0();

	assert_ptr_equal(self, &vcpu);
	if (intid == GIC_SPURIOUS)
		return 0;
	gic_drop_group0(intid);
	if (intid == GUEST_SPI) {
		list(0, LR_PENDING);
		return 0;
	}
	gic_deactivate(intid);
	return 1;
}

void present_fold(struct vcpu *self)
{
	assert_ptr_equal(self, &vcpu);
	assert_int_equal(seen.attends, 0);
	seen.folded = true;
	for (unsigned n = 0; n < box.gic.lr_count; n++)
		if ((gic_lr_read(n) & (LR_PENDING | LR_ACTIVE)) == LR_PENDING)
			gic_lr_write(n, 0);
}

struct frame *run_attend(struct frame *frame)
{
	assert_ptr_equal(frame, &vcpu.frame);
	assert_false(seen.has_stopped);
	assert_true(seen.folded);
	vcpu.vgic.attend = 0;
	if (seen.model_has_one)
		list(1, LR_PENDING);
	seen.has_stopped = seen.stops && seen.attends == seen.kicks;
	seen.attends++;
	return seen.has_stopped ? NULL : frame;
}

/* A vCPU that shares its pCPU sleeps otherwise (tests/unit/test_share.c). */
void share_suspend(struct vcpu *self)
{
	(void)self;
	fail();
}

bool life_stop_if_blocked(struct vcpu *self)
{
	assert_ptr_equal(self, &vcpu);
	return seen.blocked;
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&seen, 0, sizeof(seen));
	fake_reset();
	assert_int_equal(gic_init_distributor(&box.host.gic, &box.gic), OK);
	assert_int_equal(gic_init_pcpu(), OK);
	gic_enable(0, gic_kick_attend(false));
	gic_set_priority(0, gic_kick_attend(false), GIC_PRIORITY_HYPERVISOR);
	gic_enable(0, GUEST_SPI);
	fake_cpu_set_others(comes);
	vcpu.vm = &vm;
	return 0;
}

static void expect_back(unsigned waits, unsigned attends)
{
	suspend_until_woken(&vcpu);
	assert_int_equal(seen.waits, waits);
	assert_int_equal(seen.attends, attends);
}

static void its_own_interrupt_ends_it(void **state)
{
	(void)state;
	expect_back(1, 1);
	assert_int_equal(gic_lr_read(0), LR_PENDING | GUEST_SPI);
}

static void what_is_el2s_is_attended_to_and_it_waits_on(void **state)
{
	(void)state;
	seen.kicks = KICKS;
	expect_back(KICKS + 1, KICKS + 1);
	assert_int_equal(gic_lr_read(0), LR_PENDING | GUEST_SPI);
}

static void what_is_there_already_ends_it_at_once(void **state)
{
	(void)state;
	seen.model_has_one = true;
	expect_back(0, 1);
	set_up(state);
	fake_gic_set_line(GUEST_SPI, true);
	expect_back(1, 1);
}

/* The model of a level has it only as long as its line is up. */
static void what_is_listed_and_has_fallen_does_not(void **state)
{
	(void)state;
	list(3, LR_PENDING);
	expect_back(1, 1);
}

/* It is pending again while active: no GIC would signal it before its handler ends it. */
static void what_its_handlers_are_at_does_not(void **state)
{
	(void)state;
	list(1, LR_ACTIVE);
	list(2, LR_ACTIVE | LR_PENDING);
	expect_back(1, 1);
}

/* The caller attends once more, and parks there. */
static void who_is_stopped_meanwhile_waits_no_longer(void **state)
{
	(void)state;
	seen.kicks = KICKS;
	seen.stops = true;
	expect_back(KICKS, KICKS + 1);
	assert_true(seen.has_stopped);
}

static void who_keeps_el2_out_does_not_wait(void **state)
{
	(void)state;
	seen.blocked = true;
	expect_back(0, 1);
}

/* Even a masked interrupt wakes it, and it finds its interface as it left it. */
static void direct_delivery(void **state)
{
	const struct gic_direct closed = {.binary_point = 2, .mask = 0xa0};
	struct gic_direct after;

	(void)state;
	vcpu.direct = true;
	gic_set_group1(0, GUEST_SPI, true);
	gic_direct_load(&closed);
	guest_take_irqs(true);
	gic_set_split_eoi(true);
	seen.kicks = KICKS;
	expect_back(KICKS + 1, KICKS + 1);
	assert_true(gic_is_pending(0, GUEST_SPI));
	assert_true(seen.open.enabled && seen.open.mask == 0xff && seen.open.binary_point == 2);
	gic_direct_save(&after);
	assert_true(!after.enabled && after.mask == 0xa0 && after.binary_point == 2);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_own_interrupt_ends_it),
		TEST(what_is_el2s_is_attended_to_and_it_waits_on),
		TEST(what_is_there_already_ends_it_at_once),
		TEST(what_is_listed_and_has_fallen_does_not),
		TEST(what_its_handlers_are_at_does_not),
		TEST(who_is_stopped_meanwhile_waits_no_longer),
		TEST(who_keeps_el2_out_does_not_wait),
		TEST(direct_delivery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
