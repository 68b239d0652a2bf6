/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM with machine = "virt" reads where nothing is, page by page; devices take their pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "vm/blank.h"
#include "vm/layout.h"

#define POOL_PAGES 16
#define FLASH_END (GUEST_FLASH_BASE + GUEST_FLASH_SIZE)
#define TRANSPORTS_END (GUEST_TRANSPORTS_BASE + GUEST_TRANSPORTS_SIZE)
#define MEMORY UINT64_C(0x60000000)

static _Alignas(2 * PAGE_SIZE) uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned pool_used, pool_size;
static uint8_t *memory;

static void *take_page(void)
{
	return pool_used < pool_size ? memset(pool[pool_used++], 0, PAGE_SIZE) : NULL;
}

static struct table make_table(void)
{
	struct table table;

	memset(pool, 0, sizeof(pool));
	pool_used = 2;
	pool_size = POOL_PAGES;
	table_init(&table, pool[0], 40, true, take_page);
	return table;
}

static int set_up(void **state)
{
	(void)state;
	memory = malloc(BLANK_MEMORY_SIZE);
	memset(memory, 0x5a, BLANK_MEMORY_SIZE);
	blank_fill(memory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static bool is_blank_page(uint64_t page)
{
	return page < FLASH_END || (page >= GUEST_TRANSPORTS_BASE && page < TRANSPORTS_END);
}

static bool is_registers(const struct config_vm *vm, uint64_t page)
{
	for (unsigned d = 0; d < vm->device_count; d++)
		for (unsigned r = 0; r < vm->device[d].reg_count; r++)
			if (ranges_overlap(page, PAGE_SIZE, vm->device[d].reg[r].base, vm->device[d].reg[r].size))
				return true;
	return false;
}

/* A word of a page, as QEMU's machine has it. */
static uint32_t expected(uint64_t address)
{
	static const uint32_t transport[] = {0x74726976, 1, 0, 0x554d4551};
	uint64_t offset = address % GUEST_TRANSPORT_STRIDE;

	if (address < FLASH_END)
		return UINT32_MAX;
	return offset < sizeof(transport) ? transport[offset / 4] : 0;
}

static void check_page(const struct table *table, const struct config_vm *vm, uint64_t page)
{
	bool blank = is_blank_page(page) && !is_registers(vm, page);
	uint64_t to;
	unsigned access;

	assert_int_equal(blank_has(vm, (ipa_t){page}), blank);
	assert_int_equal(blank_has(vm, (ipa_t){page + PAGE_SIZE - 1}), blank);
	assert_int_equal(table_look_up(table, page, &to, &access), blank ? OK : ERR_NOT_FOUND);
	for (uint64_t at = 0; blank && at < PAGE_SIZE; at += 4) {
		assert_int_equal(access, TABLE_READ);
		assert_in_range(to, MEMORY, MEMORY + BLANK_MEMORY_SIZE - PAGE_SIZE);
		assert_int_equal(*(uint32_t *)(memory + (to - MEMORY) + at), expected(page + at));
	}
}

/* All pages up to the one behind the last transport. */
static void check_all(const struct config_vm *vm)
{
	struct table table = make_table();

	assert_int_equal(blank_map(&table, vm, (pa_t){MEMORY}), OK);
	for (uint64_t page = 0; page <= TRANSPORTS_END; page += PAGE_SIZE)
		check_page(&table, vm, page);
}

static void what_is_there_is_as_in_qemu(void **state)
{
	const struct config_vm vm = {.machine = CONFIG_MACHINE_VIRT};

	(void)state;
	check_all(&vm);
	assert_int_equal(blank_of(&vm, BLANK_FLASH)->size, 0x8000000);
	assert_int_equal(blank_of(&vm, BLANK_TRANSPORTS)->base, 0xa000000);
}

static void a_plain_vm_has_nothing(void **state)
{
	const struct config_vm vm = {.machine = CONFIG_MACHINE_PLAIN};
	struct table table = make_table();

	(void)state;
	assert_int_equal(blank_map(&table, &vm, (pa_t){MEMORY}), OK);
	assert_int_equal(pool_used, 2);
	for (enum blank_kind kind = 0; kind < BLANK_KIND_COUNT; kind++)
		assert_null(blank_of(&vm, kind));
	assert_false(blank_has(&vm, (ipa_t){0}));
}

static void devices_take_their_pages(void **state)
{
	static const struct config_device devices[] = {
		/* a page of transports, the first and the last */
		{.reg = {{GUEST_TRANSPORTS_BASE + 2 * PAGE_SIZE, PAGE_SIZE}}, .reg_count = 1},
		{.reg = {{GUEST_TRANSPORTS_BASE, PAGE_SIZE}, {TRANSPORTS_END - PAGE_SIZE, 3 * PAGE_SIZE}},
		 .reg_count = 2},
		/* a bank of flash, a piece of one, and one from below it to beyond it */
		{.reg = {{GUEST_FLASH_BASE, GUEST_FLASH_SIZE / 2}}, .reg_count = 1},
		{.reg = {{5 * BLOCK_SIZE + PAGE_SIZE, 2 * BLOCK_SIZE}, {5 * BLOCK_SIZE, PAGE_SIZE}}, .reg_count = 2},
		{.reg = {{FLASH_END - PAGE_SIZE, 2 * PAGE_SIZE}}, .reg_count = 1, .received = true},
		{.reg = {{GUEST_FLASH_BASE, GUEST_TRANSPORTS_BASE + BLOCK_SIZE}}, .reg_count = 1},
	};
	struct config_vm vm = {.machine = CONFIG_MACHINE_VIRT};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(devices); i++) {
		vm.device[0] = devices[i];
		vm.device_count = 1;
		check_all(&vm);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(devices); i++) {
		vm.device[i] = devices[i];
		vm.device_count = i + 1;
		check_all(&vm);
	}
}

/* At the start of flash, to the end of its last page. */
static void firmware_is_executed_and_what_follows_is_erased(void **state)
{
	static char image[PAGE_SIZE + 8], copy[2 * PAGE_SIZE];
	const struct config_vm vm = {
		.machine = CONFIG_MACHINE_VIRT, .image_kind = CONFIG_IMAGE_FIRMWARE, .image = {image, sizeof(image)}};
	struct table table = make_table();
	uint64_t to;
	unsigned access;

	(void)state;
	memset(image, 0x5a, sizeof(image));
	blank_fill_firmware(copy, &vm);
	assert_memory_equal(copy, image, sizeof(image));
	for (unsigned at = sizeof(image); at < sizeof(copy); at++)
		assert_int_equal((uint8_t)copy[at], 0xff);
	assert_int_equal(blank_map_firmware(&table, &vm, (pa_t){2 * MEMORY}), OK);
	assert_int_equal(blank_map(&table, &vm, (pa_t){MEMORY}), OK);
	for (uint64_t page = 0; page < FLASH_END; page += PAGE_SIZE) {
		bool firmware = page < sizeof(copy);

		assert_int_equal(table_look_up(&table, page, &to, &access), OK);
		assert_int_equal(access, firmware ? TABLE_READ | TABLE_EXECUTE : TABLE_READ);
		assert_int_equal(to, firmware ? 2 * MEMORY + page : MEMORY + page % BLOCK_SIZE);
		assert_true(blank_has(&vm, (ipa_t){page}));
	}
}

static void without_tables_it_is_an_error(void **state)
{
	const struct config_vm vm = {.machine = CONFIG_MACHINE_VIRT};

	(void)state;
	for (unsigned pages = 0; pages < 3; pages++) { /* a table for each GiB, and one for the transports */
		struct table table = make_table();

		pool_size = pool_used + pages;
		assert_int_equal(blank_map(&table, &vm, (pa_t){MEMORY}), pages < 2 ? ERR_NO_MEMORY : OK);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_as_in_qemu),   TEST(a_plain_vm_has_nothing),
		TEST(devices_take_their_pages),      TEST(firmware_is_executed_and_what_follows_is_erased),
		TEST(without_tables_it_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
