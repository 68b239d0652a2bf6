/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a VM's emulated devices: its rows, and which device an access at every edge belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "vm/layout.h"
#include "vm/regions.h"

#define AROUND 9 /* bytes on both sides of an edge: more than an access has */

static const enum config_console consoles[] = {CONFIG_CONSOLE_EMULATED, CONFIG_CONSOLE_NONE,
											   CONFIG_CONSOLE_PHYSICAL};

static struct regions made(unsigned vcpu_count, enum config_console console)
{
	struct config_vm vm = {.vcpu_count = vcpu_count, .console = console};
	struct regions regions;

	memset(&regions, 0xa5, sizeof(regions)); /* nothing is left of an earlier table */
	regions_make(&regions, &vm);
	return regions;
}

static void check_table(const struct regions *regions, unsigned expected, bool has_uart)
{
	const struct region *region = regions->region;
	uint64_t end = 1; /* end of the last range that is reserved */
	unsigned count = 0;

	assert_int_equal(region->kind, REGION_GICD);
	for (; region->base; region++, count++) {
		const struct region_facts *facts = regions_facts(region->kind);

		assert_true(region->base >= end);
		assert_true(region->size >= 8 && region->size <= facts->reserved);
		assert_non_null(facts->name);
		assert_true((region->kind == REGION_GICD || region->kind == REGION_GICR) == !facts->way_out);
		assert_ptr_equal(regions_of_kind(regions, region->kind), region);
		end = region->base + facts->reserved;
		assert_true(end <= BIT(CONFIG_IPA_BITS));
	}
	assert_int_equal(count, expected);
	assert_int_equal(regions_of_kind(regions, REGION_UART) != NULL, has_uart);
}

static void the_table_is_sorted_and_its_devices_are_apart(void **state)
{
	(void)state;
	for (unsigned c = 0; c < ARRAY_COUNT(consoles); c++)
		for (unsigned vcpus = 1; vcpus <= VCPU_PER_VM_MAX; vcpus++) {
			struct regions regions = made(vcpus, consoles[c]);

			check_table(&regions, consoles[c] == CONFIG_CONSOLE_EMULATED ? 3 : 2,
						consoles[c] == CONFIG_CONSOLE_EMULATED);
		}
}

/* A device of the machine takes the place of an emulated one by its pages or by its interrupt. */
static void a_machine_like_qemus_has_a_clock_and_a_gpio(void **state)
{
	static const struct {
		struct config_device device;
		bool has_rtc, has_gpio, has_fwcfg;
	} rows[] = {
		{{.reg_count = 0}, true, true, true},
		{{.reg = {{0xa000000, PAGE_SIZE}}, .reg_count = 1, .irq = {{48, true}}, .irq_count = 1},
		 true,
		 true,
		 true},
		{{.reg = {{0x9010000, PAGE_SIZE}}, .reg_count = 1, .irq = {{34, false}}, .irq_count = 1},
		 false,
		 true,
		 true},
		{{.reg = {{0x9030000, PAGE_SIZE}}, .reg_count = 1, .received = true}, true, false, true},
		{{.reg = {{0x9020000, PAGE_SIZE}}, .reg_count = 1}, true, true, false},
		{{.reg = {{0xc000000, PAGE_SIZE}}, .reg_count = 1, .irq = {{48, true}, {39, true}}, .irq_count = 2},
		 true,
		 false,
		 true},
		{{.reg = {{0xc000000, PAGE_SIZE}, {0x9000000, 0x100000}}, .reg_count = 2}, false, false, false},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct config_vm vm = {
			.vcpu_count = 1, .machine = CONFIG_MACHINE_VIRT, .console = CONFIG_CONSOLE_NONE};
		struct regions regions;

		vm.device[0] = rows[i].device;
		vm.device_count = 1;
		regions_make(&regions, &vm);
		check_table(&regions, 2 + rows[i].has_rtc + rows[i].has_gpio + rows[i].has_fwcfg, false);
		assert_int_equal(regions_of_kind(&regions, REGION_RTC) != NULL, rows[i].has_rtc);
		assert_int_equal(regions_of_kind(&regions, REGION_GPIO) != NULL, rows[i].has_gpio);
		assert_int_equal(regions_of_kind(&regions, REGION_FWCFG) != NULL, rows[i].has_fwcfg);
	}
	assert_int_equal(regions_facts(REGION_RTC)->intid, 34);
	assert_int_equal(regions_facts(REGION_GPIO)->intid, 39);
}

/* As guests know it: QEMU's `virt` machine. */
static void each_device_is_where_guests_expect_it(void **state)
{
	static const struct {
		unsigned vcpu_count;
		enum config_console console;
		uint64_t address;
		unsigned size_bytes;
		struct region_place place;
	} rows[] = {
		{1, CONFIG_CONSOLE_EMULATED, 0x7ffffff, 1, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x7ffffff, 2, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x8000000, 1, {REGION_GICD, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x800fff8, 8, {REGION_GICD, 0xfff8}},
		{1, CONFIG_CONSOLE_EMULATED, 0x800fffc, 8, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x800ffff, 1, {REGION_GICD, 0xffff}},
		{1, CONFIG_CONSOLE_EMULATED, 0x8010000, 1, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x80a0000, 4, {REGION_GICR, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x80bffff, 1, {REGION_GICR, 0x1ffff}},
		{1, CONFIG_CONSOLE_EMULATED, 0x80bffff, 2, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x80c0000, 4, {REGION_NONE, 0}},
		{2, CONFIG_CONSOLE_EMULATED, 0x80bffff, 2, {REGION_GICR, 0x1ffff}}, /* across two redistributors */
		{16, CONFIG_CONSOLE_EMULATED, 0x829fff8, 8, {REGION_GICR, 0x1ffff8}},
		{16, CONFIG_CONSOLE_EMULATED, 0x82a0000, 1, {REGION_NONE, 0}},
		{16, CONFIG_CONSOLE_EMULATED, 0x8ffffff, 2, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x9000000, 1, {REGION_UART, 0}},
		{1, CONFIG_CONSOLE_EMULATED, 0x9000ffc, 4, {REGION_UART, 0xffc}},
		{1, CONFIG_CONSOLE_EMULATED, 0x9000ffc, 8, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_NONE, 0x9000000, 1, {REGION_NONE, 0}},
		{1, CONFIG_CONSOLE_PHYSICAL, 0x9000000, 1, {REGION_NONE, 0}},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct regions regions = made(rows[i].vcpu_count, rows[i].console);
		struct region_place place = regions_look_up(&regions, rows[i].address, rows[i].size_bytes);

		assert_int_equal(place.kind, rows[i].place.kind);
		assert_int_equal(place.offset, rows[i].place.offset);
	}
}

/* The short ways do not use the table (flow/exits/exit_short.c). */
static void constants_say_the_same_as_the_table(void **state)
{
	struct regions regions = made(1, CONFIG_CONSOLE_NONE);
	const struct region *dist = regions_of_kind(&regions, REGION_GICD);
	const struct region *redist = regions_of_kind(&regions, REGION_GICR);

	(void)state;
	assert_int_equal(dist->base, GUEST_GICD_BASE);
	assert_int_equal(dist->size, GUEST_GICD_SIZE);
	assert_int_equal(redist->base, GUEST_GICR_BASE);
	assert_int_equal(redist->size, GUEST_GICR_STRIDE);
	assert_int_equal(regions_facts(REGION_GICR)->reserved, GUEST_GICR_RESERVED_SIZE);
}

/* The device of each byte, one after the other. */
static enum region_kind owner_of_all(const struct regions *regions, uint64_t address, unsigned size_bytes)
{
	enum region_kind owner = REGION_NONE;

	for (unsigned i = 0; i < size_bytes; i++) {
		const struct region *region = regions->region;

		while (region->base && (address + i < region->base || address + i >= region->base + region->size))
			region++;
		if (!region->base || address + i < address || (i && region->kind != owner))
			return REGION_NONE;
		owner = region->kind;
	}
	return owner;
}

static void check_around(const struct regions *regions, uint64_t edge)
{
	for (uint64_t address = edge - AROUND; address != edge + AROUND; address++)
		for (unsigned size = 1; size <= 8; size++) {
			struct region_place place = regions_look_up(regions, address, size);
			enum region_kind kind = owner_of_all(regions, address, size);

			assert_int_equal(place.kind, kind);
			assert_int_equal(place.offset,
							 kind == REGION_NONE ? 0 : address - regions_of_kind(regions, kind)->base);
		}
}

static void an_access_belongs_to_the_device_that_has_all_bytes(void **state)
{
	static const unsigned vcpu_counts[] = {1, 2, VCPU_PER_VM_MAX};

	(void)state;
	for (unsigned v = 0; v < ARRAY_COUNT(vcpu_counts); v++)
		for (unsigned c = 0; c < ARRAY_COUNT(consoles); c++) {
			struct regions regions = made(vcpu_counts[v], consoles[c]);

			for (const struct region *region = regions.region; region->base; region++) {
				check_around(&regions, region->base);
				check_around(&regions, region->base + region->size);
				check_around(&regions, region->base + regions_facts(region->kind)->reserved);
			}
			for (unsigned bit = 16; bit < 64; bit++) /* an address that is truncated would be found */
				check_around(&regions, regions.region[0].base + BIT(bit));
			check_around(&regions, BIT(63));
			check_around(&regions, 0); /* and the last possible addresses */
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_its_devices_are_apart),
		cmocka_unit_test(a_machine_like_qemus_has_a_clock_and_a_gpio),
		cmocka_unit_test(each_device_is_where_guests_expect_it),
		cmocka_unit_test(constants_say_the_same_as_the_table),
		cmocka_unit_test(an_access_belongs_to_the_device_that_has_all_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
