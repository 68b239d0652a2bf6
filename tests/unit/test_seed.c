/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds in generated device trees: different for each life of each VM, and only where there is room for them.
 */
#include "description.h"

#include "flow/life/seed.h"
#include "vm/tree.h"

struct box box;
static _Alignas(8) char tree[TREE_SIZE_MAX];
static struct config_vm config = {.name = "box", .memory_size = 0x10000000, .bootargs = "", .vcpu_count = 1};

static void build(bool seeded)
{
	struct tree_source source = {
		.system = &box.config, .vm = &config, .ram_ipa = 0x40000000, .seeded = seeded};
	struct said said;
	uint64_t length;

	said_init(&said);
	assert_int_equal(tree_build(&source, tree, sizeof(tree), &length, &said.report), OK);
}

static const uint8_t *seed(const char *property, int wanted)
{
	int size;
	const uint8_t *value = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), property, &size);

	assert_true(!value || size == wanted);
	return value;
}

static void only_where_there_is_room(void **state)
{
	struct tree_seeds places;

	(void)state;
	build(false);
	assert_null(seed("kaslr-seed", 8));
	assert_null(seed("rng-seed", 32));
	places = tree_find_seeds(tree);
	assert_true(places.kaslr == 0 && places.rng == 0);
	build(true);
	places = tree_find_seeds(tree);
	assert_ptr_equal(seed("kaslr-seed", 8), tree + places.kaslr);
	assert_ptr_equal(seed("rng-seed", 32), tree + places.rng);
}

static void randomness_is_of_the_machine(void **state)
{
	(void)state;
	box.host.seed_size = 0;
	assert_false(seed_gather());
	box.host.seed_size = 8;
	assert_true(seed_gather());
}

#define VMS 3
#define LIVES 4

static void each_life_has_others(void **state)
{
	static uint8_t seen[VMS * LIVES][5][8];
	unsigned count = 0;

	(void)state;
	(void)!seed_gather();
	build(true);
	for (unsigned v = 0; v < VMS; v++) {
		struct vm *vm = &box.vm[v];

		vm->config = &config;
		vm->number = v;
		vm->seeds = tree_find_seeds(tree);
		for (vm->starts = 0; vm->starts < LIVES; vm->starts++, count++) {
			uint64_t planted = 0;

			while (seed_plant(vm, planted, (uint8_t *)tree))
				planted++;
			assert_int_equal(planted, 2);
			memcpy(seen[count][0], seed("kaslr-seed", 8), 8);
			memcpy(seen[count][1], seed("rng-seed", 32), 32);
		}
	}
	for (unsigned a = 0; a < count * 5; a++)
		for (unsigned b = 0; b < a; b++)
			assert_memory_not_equal(seen[a / 5][a % 5], seen[b / 5][b % 5], 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_where_there_is_room),
		cmocka_unit_test(randomness_is_of_the_machine),
		cmocka_unit_test(each_life_has_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
