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
#define WINDOWS_END (GUEST_PCI_WINDOWS_BASE + GUEST_PCI_WINDOWS_SIZE)
#define CONFIG_END (GUEST_PCI_CONFIG_BASE + GUEST_PCI_CONFIG_SIZE)
#define MEMORY UINT64_C(0x60000000)

static _Alignas(2 * PAGE_SIZE) uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned pool_used, pool_size;
static uint8_t *memory;

static void *take_page(void)
{
	return pool_used < pool_size ? memset(pool[pool_used++], 0, PAGE_SIZE) : NULL;
}

static struct table make_table_of(unsigned bits)
{
	struct table table;

	memset(pool, 0, sizeof(pool));
	pool_used = 2;
	pool_size = POOL_PAGES;
	table_init(&table, pool[0], bits, true, take_page);
	return table;
}

static struct table make_table(void)
{
	return make_table_of(40);
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
	return page < FLASH_END || (page >= GUEST_TRANSPORTS_BASE && page < TRANSPORTS_END) ||
		   (page >= GUEST_PCI_WINDOWS_BASE && page < WINDOWS_END) ||
		   (page >= GUEST_PCI_CONFIG_BASE && page < CONFIG_END);
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
	static const uint32_t bridge[0x40] = {[0] = 0x00081b36, [2] = 0x06000000, [0x2c / 4] = 0x11001af4};
	uint64_t offset = address % GUEST_TRANSPORT_STRIDE;

	if (address - GUEST_PCI_CONFIG_BASE < sizeof(bridge))
		return bridge[(address - GUEST_PCI_CONFIG_BASE) / 4];
	if (address < FLASH_END || address >= GUEST_PCI_WINDOWS_BASE)
		return UINT32_MAX;
	return offset < sizeof(transport) ? transport[offset / 4] : 0;
}

/* Every word where a page differs from the next one, two words elsewhere. */
static uint64_t step(uint64_t page)
{
	bool differs = page < GUEST_PCI_WINDOWS_BASE || page == GUEST_PCI_CONFIG_BASE;

	return differs ? 4 : PAGE_SIZE - 4;
}

static void check_page(const struct table *table, const struct config_vm *vm, uint64_t page)
{
	bool blank = is_blank_page(page) && !is_registers(vm, page);
	uint64_t to;
	unsigned access;

	assert_int_equal(blank_ignores_store(vm, (ipa_t){page}), blank);
	assert_int_equal(blank_ignores_store(vm, (ipa_t){page + PAGE_SIZE - 1}), blank);
	assert_int_equal(table_look_up(table, page, &to, &access), blank ? OK : ERR_NOT_FOUND);
	for (uint64_t at = 0; blank && at < PAGE_SIZE; at += step(page)) {
		assert_int_equal(access, TABLE_READ);
		assert_in_range(to, MEMORY, MEMORY + BLANK_MEMORY_SIZE - PAGE_SIZE);
		assert_int_equal(*(uint32_t *)(memory + (to - MEMORY) + at), expected(page + at));
	}
}

static void check_range(const struct table *table, const struct config_vm *vm, uint64_t from, uint64_t to)
{
	for (uint64_t page = from; page <= to; page += PAGE_SIZE)
		check_page(table, vm, page);
}

/* All pages, and those around them. */
static void check_all(const struct config_vm *vm)
{
	struct table table = make_table();

	assert_int_equal(blank_map(&table, vm, (pa_t){MEMORY}), OK);
	check_range(&table, vm, 0, TRANSPORTS_END);
	check_range(&table, vm, GUEST_PCI_WINDOWS_BASE - PAGE_SIZE, WINDOWS_END);
	check_range(&table, vm, GUEST_PCI_CONFIG_BASE - PAGE_SIZE, CONFIG_END);
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
	assert_false(blank_ignores_store(&vm, (ipa_t){0}));
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
		/* PCI: the bridge and its neighbour, a piece of a window */
		{.reg = {{GUEST_PCI_CONFIG_BASE, 2 * PAGE_SIZE}, {WINDOWS_END - 3 * PAGE_SIZE, PAGE_SIZE}},
		 .reg_count = 2},
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
		assert_true(blank_ignores_store(&vm, (ipa_t){page}));
	}
}

/* What such addresses do not reach is not there; the rest is. */
static void small_addresses_are_no_error(void **state)
{
	const struct config_vm vm = {.machine = CONFIG_MACHINE_VIRT};
	struct table table = make_table_of(36);
	uint64_t to;
	unsigned access;

	(void)state;
	assert_int_equal(blank_map(&table, &vm, (pa_t){MEMORY}), OK);
	assert_int_equal(table_look_up(&table, GUEST_PCI_WINDOWS_BASE, &to, &access), OK);
	assert_int_equal(pool_used, 2 + 2);
}

static void without_tables_it_is_an_error(void **state)
{
	const struct config_vm vm = {.machine = CONFIG_MACHINE_VIRT};

	(void)state;
	/* a table for each GiB, one for the transports, one for the bridge */
	for (unsigned pages = 0; pages < 5; pages++) {
		struct table table = make_table();

		pool_size = pool_used + pages;
		assert_int_equal(blank_map(&table, &vm, (pa_t){MEMORY}), pages < 4 ? ERR_NO_MEMORY : OK);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_as_in_qemu),  TEST(a_plain_vm_has_nothing),
		TEST(devices_take_their_pages),     TEST(firmware_is_executed_and_what_follows_is_erased),
		TEST(small_addresses_are_no_error), TEST(without_tables_it_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
