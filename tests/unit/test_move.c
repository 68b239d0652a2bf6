/* SPDX-License-Identifier: Apache-2.0 */
/* Moves that are refused: no vCPU is held for them, so a caller cannot ask for them to take a VM's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/deliver/effects.h"
#include "flow/deliver/link.h"
#include "flow/own/move.h"
#include "flow/own/passthrough.h"
#include "flow/own/pause.h"

#define CLOCK 34

enum { GIVER, RECEIVER, HOLDER, VM_COUNT };

struct box box;
static struct vcpu vcpu[VM_COUNT];
static struct vm *holder;        /* of the registers */
static const struct vm *handles; /* one of its vCPUs has a running handler */
static unsigned pauses;

bool passthrough_has(const struct vm *vm, uint32_t intid)
{
	return intid == CLOCK && vm == holder;
}

struct vm *passthrough_holder(uint32_t intid)
{
	return intid == CLOCK ? holder : NULL;
}

bool passthrough_may_have(const struct vm *vm, const struct config_device *device)
{
	return vm && device;
}

enum err passthrough_carry(struct vm *to, uint32_t intid)
{
	assert_int_equal(intid, CLOCK);
	holder = to;
	return OK;
}

bool pause_disturb(struct pause *pause, struct vm *third)
{
	(void)pause;
	(void)third;
	return true;
}

bool pause_prepare(struct pause *pause)
{
	(void)pause;
	pauses++;
	return true;
}

bool pause_begin(struct pause *pause)
{
	(void)pause;
	pauses++;
	return true;
}

void pause_end(struct pause *pause)
{
	(void)pause;
}

bool pause_has_handler(const struct vm *vm)
{
	return vm == handles;
}

void effects_perform(struct vcpu *self, const struct vgic_effects *effects)
{
	(void)self;
	(void)effects;
}

void effects_adopt(struct vm *vm, uint32_t vintid)
{
	(void)vm;
	(void)vintid;
}

void effects_quiesce_one(struct vm *vm, uint32_t vintid)
{
	(void)vm;
	(void)vintid;
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(vcpu, 0, sizeof(vcpu));
	pauses = 0;
	holder = &box.vm[HOLDER];
	handles = NULL;
	box.gic.intid_count = 64;
	box.vm_count = box.config.vm_count = VM_COUNT;
	for (unsigned v = 0; v < VM_COUNT; v++) {
		struct config_vm *config = &box.config.vm[v];
		struct vm *vm = &box.vm[v];

		config->device[0] = (struct config_device){.irq = {{.intid = CLOCK}}, .irq_count = 1};
		config->device_count = 1;
		*vm = (struct vm){
			.config = config, .number = v, .state = VM_RUNNING, .vcpu_count = 1, .vcpu = {&vcpu[v]}};
		vcpu[v].vm = vm;
		vcpu[v].number = v;
		box.vcpu[v] = &vcpu[v];
		vgic_init(&vm->vgic, 64, 5);
		vgic_add_cpu(&vm->vgic, &vcpu[v].vgic);
		vgic_link(&vm->vgic, 0, CLOCK, CLOCK, false);
	}
	assert_int_equal(irq_give(shared_word(CLOCK), GIVER, CLOCK), OK);
	return 0;
}

/* Refusals that depend on the owner of the interrupt. */
static struct move_request whole_device(void)
{
	return (struct move_request){.intid = CLOCK,
								 .to = &box.vm[RECEIVER],
								 .vcpu = MOVE_AS_ROUTED,
								 .device = true,
								 .giver = &box.vm[GIVER],
								 .caller = &box.vm[GIVER]};
}

/* The giver owns the interrupt, and another VM has the registers. */
static void who_has_not_the_registers_holds_nobody(void **state)
{
	const struct move_request request = whole_device();

	(void)state;
	assert_int_equal(move_interrupt(&request), MOVE_DENIED);
	assert_int_equal(pauses, 0);
	assert_ptr_equal(holder, &box.vm[HOLDER]);
	assert_ptr_equal(link_owner(CLOCK), &box.vm[GIVER]);
}

static void refusals_hold_nobody(void **state)
{
	struct move_request request = {.intid = CLOCK,
								   .to = &box.vm[RECEIVER],
								   .vcpu = MOVE_AS_ROUTED,
								   .giver = &box.vm[HOLDER],
								   .caller = &box.vm[HOLDER]};

	(void)state;
	assert_int_equal(move_interrupt(&request), MOVE_DENIED);
	request.giver = &box.vm[GIVER];
	request.vcpu = 1;
	assert_int_equal(move_interrupt(&request), MOVE_NO_VCPU);
	request.vcpu = MOVE_AS_ROUTED;
	request.to = &box.vm[GIVER];
	assert_int_equal(move_interrupt(&request), MOVE_OWN);
	request.to = &box.vm[RECEIVER];
	box.vm[RECEIVER].state = VM_STOPPING;
	assert_int_equal(move_interrupt(&request), MOVE_NOT_RUNNING);
	assert_int_equal(pauses, 0);
}

/* A move that is permitted works as before. */
static void the_holder_of_both_gives_both(void **state)
{
	const struct move_request request = whole_device();

	(void)state;
	holder = &box.vm[GIVER];
	assert_int_equal(move_interrupt(&request), MOVE_DONE);
	assert_int_equal(pauses, 4); /* prepared; the receiver is asked; the interrupt leaves; it arrives */
	assert_ptr_equal(holder, &box.vm[RECEIVER]);
	assert_ptr_equal(link_owner(CLOCK), &box.vm[RECEIVER]);
}

/*
 * With direct delivery an interrupt that is not active may still be in its handler, which has yet to end it.
 */
static void a_direct_handler_is_waited_for(void **state)
{
	struct move_request request = {
		.intid = CLOCK, .to = &box.vm[RECEIVER], .vcpu = MOVE_AS_ROUTED, .force = true};

	(void)state;
	box.vm[GIVER].vgic.direct = true;
	handles = &box.vm[GIVER];
	assert_int_equal(move_interrupt(&request), MOVE_ACTIVE);
	assert_ptr_equal(link_owner(CLOCK), &box.vm[GIVER]);
	handles = NULL;
	assert_int_equal(move_interrupt(&request), MOVE_DONE);
	assert_ptr_equal(link_owner(CLOCK), &box.vm[RECEIVER]);
}

/* With virtual delivery this does not matter, since the handler's end reaches no physical interrupt. */
static void a_virtual_handler_is_not(void **state)
{
	const struct move_request request = {.intid = CLOCK, .to = &box.vm[RECEIVER], .vcpu = MOVE_AS_ROUTED};

	(void)state;
	handles = &box.vm[GIVER];
	assert_int_equal(move_interrupt(&request), MOVE_DONE);
	assert_ptr_equal(link_owner(CLOCK), &box.vm[RECEIVER]);
}

/* Whatever number a guest or a person names. */
static void what_is_no_shared_interrupt_has_no_owner(void **state)
{
	const uint32_t numbers[] = {0, 27, 31, 63, 64, 1019, 1020, 8192, UINT32_MAX};
	struct move_request request = {.to = &box.vm[RECEIVER], .vcpu = MOVE_AS_ROUTED};

	(void)state;
	assert_int_equal(irq_give(shared_word(27), GIVER, 27), OK); /* a slot that nothing uses */
	for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
		request.intid = numbers[i];
		assert_null(link_owner(numbers[i]));
		assert_false(link_is_moving(numbers[i]));
		assert_int_equal(move_interrupt(&request), MOVE_UNKNOWN);
	}
	assert_int_equal(pauses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_no_shared_interrupt_has_no_owner, set_up),
		cmocka_unit_test_setup(who_has_not_the_registers_holds_nobody, set_up),
		cmocka_unit_test_setup(refusals_hold_nobody, set_up),
		cmocka_unit_test_setup(the_holder_of_both_gives_both, set_up),
		cmocka_unit_test_setup(a_direct_handler_is_waited_for, set_up),
		cmocka_unit_test_setup(a_virtual_handler_is_not, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
