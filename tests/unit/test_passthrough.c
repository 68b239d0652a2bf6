/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of devices that go from one VM to another: one VM has all of them, and a move that changes
 * nothing flushes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/own/passthrough.h"
#include "machine/fake/fake.h"
#include "vm/stage2.h"

#define VM_COUNT 3
#define CLOCK 34
#define WIDE 64
#define POOL_PAGES 16

struct box box;
static _Alignas(2 * PAGE_SIZE) uint8_t root[VM_COUNT][2 * PAGE_SIZE];
static _Alignas(PAGE_SIZE) uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned pool_used;

static void *pool_take(void)
{
	return pool_used < POOL_PAGES ? pool[pool_used++] : NULL;
}

static const struct config_device clock_device = {
	.node = 100, .reg = {{0x9010000, PAGE_SIZE}}, .reg_count = 1, .irq = {{.intid = CLOCK}}, .irq_count = 1};
static const struct config_device wide = {.node = 200,
										  .reg = {{0xbc00000, PAGE_SIZE}, {0xbc01000, 2 * PAGE_SIZE}},
										  .reg_count = 2,
										  .irq = {{.intid = WIDE}},
										  .irq_count = 1};
/* In the last page of `wide`. */
static const struct config_device narrow = {.node = 300, .reg = {{0xbc02000, PAGE_SIZE}}, .reg_count = 1};

/* As boot does it: tables for all registers that a VM may be given. */
static void add(unsigned v, struct config_device device, bool received)
{
	struct config_vm *config = &box.config.vm[v];
	struct vm *vm = &box.vm[v];

	device.received = received;
	config->device[config->device_count++] = device;
	assert_int_equal(stage2_map_device(&vm->stage2, &device), OK);
	if (received)
		assert_int_equal(stage2_unmap_device(&vm->stage2, &device), OK);
	box.registers[v] = config_owned_devices(config);
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(root, 0, sizeof(root));
	memset(pool, 0, sizeof(pool));
	pool_used = 0;
	fake_reset();
	box.vm_count = box.config.vm_count = VM_COUNT;
	for (unsigned v = 0; v < VM_COUNT; v++) {
		struct vm *vm = &box.vm[v];

		vm->config = &box.config.vm[v];
		vm->number = v;
		vm->vmid = (uint16_t)(v + 1);
		vm->lock.rank = LOCK_VM;
		table_init(&vm->stage2, root[v], 40, true, pool_take);
	}
	return 0;
}

static unsigned mapped_pages(unsigned v, const struct config_device *device)
{
	unsigned count = 0, access;
	uint64_t to;

	for (unsigned r = 0; r < device->reg_count; r++)
		for (uint64_t at = 0; at < device->reg[r].size; at += PAGE_SIZE)
			count += table_look_up(&box.vm[v].stage2, device->reg[r].base + at, &to, &access) == OK;
	return count;
}

static unsigned flushes(void)
{
	unsigned count = 0;

	for (unsigned v = 0; v < VM_COUNT; v++)
		count += fake_stage2_flush_count(box.vm[v].vmid);
	return count;
}

static void one_vm_has_them(void **state)
{
	(void)state;
	add(0, wide, false);
	add(1, wide, true);
	add(2, wide, true);
	for (unsigned move = 1; move < 7; move++) {
		assert_int_equal(passthrough_carry(&box.vm[move % VM_COUNT], WIDE), OK);
		assert_ptr_equal(passthrough_holder(WIDE), &box.vm[move % VM_COUNT]);
		for (unsigned v = 0; v < VM_COUNT; v++)
			assert_int_equal(mapped_pages(v, &wide), v == move % VM_COUNT ? 3 : 0);
	}
}

static void what_changes_nothing_flushes_nothing(void **state)
{
	(void)state;
	add(0, clock_device, false);
	add(1, clock_device, true);
	add(2, wide, false);
	assert_int_equal(passthrough_carry(&box.vm[0], CLOCK), OK);
	assert_ptr_equal(passthrough_holder(CLOCK), &box.vm[0]);
	assert_false(passthrough_has(&box.vm[1], CLOCK));
	assert_false(passthrough_has(&box.vm[1], WIDE));
	assert_int_equal(flushes(), 0);
	assert_int_equal(passthrough_carry(&box.vm[1], CLOCK), OK);
	assert_int_equal(flushes(), 2);
	assert_int_equal(fake_stage2_flush_count(box.vm[2].vmid), 0);
}

/* If a VM is seized meanwhile, its stage 2 is as it should be when the seizure ends, and not before. */
static void who_is_seized_stays_so(void **state)
{
	(void)state;
	add(0, clock_device, false);
	add(1, clock_device, true);
	box.vm[0].seized = true;
	table_withhold(&box.vm[0].stage2);
	assert_ptr_equal(passthrough_holder(CLOCK), &box.vm[0]);
	assert_int_equal(passthrough_carry(&box.vm[1], CLOCK), OK);
	assert_int_equal(passthrough_carry(&box.vm[0], CLOCK), OK);
	assert_int_equal(mapped_pages(0, &clock_device), 0);
	table_restore(&box.vm[0].stage2);
	assert_int_equal(mapped_pages(0, &clock_device), 1);
}

static void a_page_has_one_owner(void **state)
{
	(void)state;
	add(0, wide, false);
	add(1, wide, true);
	assert_true(passthrough_may_have(&box.vm[1], &box.config.vm[1].device[0]));
	add(2, narrow, false);
	assert_false(passthrough_may_have(&box.vm[1], &box.config.vm[1].device[0]));
	assert_false(passthrough_may_have(&box.vm[0], &box.config.vm[0].device[0]));
	box.registers[2] = 0;
	assert_true(passthrough_may_have(&box.vm[1], &box.config.vm[1].device[0]));
}

/*
 * Something else is mapped at the new place of the second block: the VM that had the registers still has
 * them, and no other.
 */
static void who_cannot_take_them_leaves_them(void **state)
{
	(void)state;
	add(0, wide, false);
	add(1, wide, true);
	box.vm[1].stage2.input_bits = 32;
	box.config.vm[1].device[0].reg[1].base = UINT64_C(1) << 32;
	assert_int_not_equal(passthrough_carry(&box.vm[1], WIDE), OK);
	assert_ptr_equal(passthrough_holder(WIDE), &box.vm[0]);
	assert_int_equal(mapped_pages(0, &wide), 3);
	assert_int_equal(mapped_pages(1, &wide), 0);
}

/* The second block cannot be unmapped: the first one is as it was. */
static void who_keeps_a_block_keeps_all(void **state)
{
	(void)state;
	add(0, wide, false);
	add(1, wide, true);
	box.vm[0].stage2.input_bits = 32;
	box.config.vm[0].device[0].reg[1].base = UINT64_C(1) << 32;
	assert_int_not_equal(passthrough_carry(&box.vm[1], WIDE), OK);
	assert_ptr_equal(passthrough_holder(WIDE), &box.vm[0]);
	assert_int_equal(mapped_pages(0, &wide), 3);
	assert_int_equal(mapped_pages(1, &wide), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_vm_has_them, set_up),
		cmocka_unit_test_setup(what_changes_nothing_flushes_nothing, set_up),
		cmocka_unit_test_setup(who_is_seized_stays_so, set_up),
		cmocka_unit_test_setup(a_page_has_one_owner, set_up),
		cmocka_unit_test_setup(who_cannot_take_them_leaves_them, set_up),
		cmocka_unit_test_setup(who_keeps_a_block_keeps_all, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
