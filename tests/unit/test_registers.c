/* SPDX-License-Identifier: Apache-2.0 */
/* ICC_DIR_EL1 where it traps: an interrupt ends in its list register, as the hardware ends it, or else in the
 * model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/deliver/guest_timer.h"
#include "flow/deliver/notify.h"
#include "flow/exits/interface.h"
#include "flow/exits/mmio.h"
#include "flow/exits/registers.h"
#include "machine/fake/fake.h"
#include "vgic/lr.h"

#define LISTED 40
#define LINKED 41
#define UNLISTED 42
#define RT 3

struct box box;
static struct vm vm;
static struct vcpu vcpu = {.vm = &vm};
static struct {
	unsigned count;
	uint32_t vintid;
} model; /* what ended there */

void mmio_deactivate(struct vcpu *self, uint32_t vintid)
{
	assert_ptr_equal(self, &vcpu);
	model.count++;
	model.vintid = vintid;
}

void guest_timer_update(struct vcpu *self)
{
	(void)self;
	fail();
}

bool notify_vcpus(struct vm *of, uint32_t mask, const struct vcpu *self)
{
	(void)of;
	(void)mask;
	(void)self;
	fail();
	return false;
}

bool interface_register(struct vcpu *self, uint32_t id, unsigned rt, bool write)
{
	(void)self;
	(void)id;
	(void)rt;
	(void)write;
	return false;
}

bool interface_direct_register(struct vcpu *self, uint32_t id, unsigned rt, bool write)
{
	return interface_register(self, id, rt, write);
}

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	memset(&model, 0, sizeof(model));
	box.gic.lr_count = 4;
	gic_vif_set_vmcr(ICH_VMCR_VEOIM | ICH_VMCR_VENG1);
	gic_lr_write(0, LR_ACTIVE | LR_GROUP | FIELD_PUT(LR_VINTID, LISTED));
	gic_lr_write(2, LR_ACTIVE | LR_PENDING | LR_GROUP | LR_HW | FIELD_PUT(LR_VINTID, LINKED) |
						FIELD_PUT(LR_PINTID, LINKED));
	gic_lr_write(3, LR_PENDING | LR_GROUP | FIELD_PUT(LR_VINTID, UNLISTED));
	gic_activate(0, LINKED);
	return 0;
}

static void deactivate(uint32_t vintid)
{
	vcpu.frame.x[RT] = vintid;
	assert_int_equal(register_access(&vcpu, ESR_OF_WRITE(ICC_DIR_EL1) | FIELD_PUT(ESR_SYSREG_RT, RT)),
					 EXIT_SKIP);
}

static void listed_ends_there(void **state)
{
	(void)state;
	deactivate(LISTED);
	assert_int_equal(gic_lr_read(0) & LR_STATE, 0);
	assert_int_equal(gic_lr_read(2) & LR_STATE, LR_STATE);
	assert_int_equal(model.count, 0);
	assert_true(gic_is_active(0, LINKED));
}

static void linked_ends_physically(void **state)
{
	(void)state;
	deactivate(LINKED);
	assert_int_equal(gic_lr_read(2) & LR_STATE, LR_PENDING);
	assert_false(gic_is_active(0, LINKED));
	assert_int_equal(model.count, 0);
}

/* One that is listed as pending alone is no active one. */
static void unlisted_ends_in_the_model(void **state)
{
	(void)state;
	deactivate(UNLISTED);
	assert_int_equal(model.count, 1);
	assert_int_equal(model.vintid, UNLISTED);
	assert_int_equal(gic_lr_read(3) & LR_STATE, LR_PENDING);
}

static void ignored_with_eoimode_0(void **state)
{
	(void)state;
	gic_vif_set_vmcr(ICH_VMCR_VENG1);
	deactivate(LISTED);
	deactivate(UNLISTED);
	assert_int_equal(gic_lr_read(0) & LR_STATE, LR_ACTIVE);
	assert_int_equal(model.count, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listed_ends_there),
		TEST(linked_ends_physically),
		TEST(unlisted_ends_in_the_model),
		TEST(ignored_with_eoimode_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
