/* SPDX-License-Identifier: Apache-2.0 */
/* The distributor and the redistributors as a guest reads and writes them (IHI 0069, chapter 12). */
#include "vgic_guest.h"

#include "vgic/words.h"

#define RD(vcpu) ((vcpu) * (uint64_t)GICR_STRIDE)
#define SGI_FRAME(vcpu) (RD(vcpu) + GICR_SGI_BASE)

static const struct {
	bool dist;
	uint64_t offset;
	unsigned size;
	uint64_t value;
} after_reset[] = {
	{true, GICD_CTLR, 4, 0x50}, /* ARE, DS */
	{true, GICD_CTLR, 1, 0},
	{true, GICD_CTLR, 8, 0},
	{true, GICD_TYPER, 4, 1 << 25 | 9 << 19 | 2},
	{true, GICD_TYPER, 2, 0},
	{true, GICD_IIDR, 4, 0},
	{true, 0x0040, 4, 0},                /* GICD_SETSPI_NSR */
	{true, GIC_IGROUPR, 4, 0},           /* bank 0 is the redistributors' */
	{true, GIC_ISENABLER + 3 * 4, 4, 0}, /* beyond the last */
	{true, GIC_ISENABLER + 31 * 4, 4, 0},
	{true, GIC_ISENABLER + 4, 2, 0},
	{true, GIC_ISENABLER + 5, 4, 0}, /* not aligned */
	{true, GIC_IPRIORITYR, 4, 0},
	{true, GIC_IPRIORITYR + 96, 4, 0},
	{true, GIC_IPRIORITYR + 1020, 4, 0},
	{true, GIC_ICFGR, 4, 0},
	{true, GIC_ICFGR + 2 * 4, 4, 1 << 17}, /* INTID 40 is an edge, by the machine */
	{true, 0x0d00, 4, 0},                  /* GICD_IGRPMODR: RAZ with DS */
	{true, 0x0f10, 4, 0},                  /* GICD_CPENDSGIR: reserved with ARE */
	{true, GICD_IROUTER + 31 * 8, 8, 0},
	{true, GICD_IROUTER + 96 * 8, 8, 0},
	{true, GICD_IROUTER + 1019 * 8, 8, 0},
	{true, 0xffd0, 4, 0x44},
	{true, 0xffe0, 4, 0x92},
	{true, 0xffe4, 4, 0xb4},
	{true, 0xffe8, 4, 0x3b}, /* PIDR2: GICv3 */
	{true, 0xffe8, 1, 0},
	{true, 0xfff0, 4, 0x0d},
	{true, 0xfff4, 4, 0xf0},
	{true, 0xfff8, 4, 0x05},
	{true, 0xfffc, 4, 0xb1},
	{false, RD(0) + GICR_CTLR, 4, 0},
	{false, RD(0) + GICR_IIDR, 4, 0},
	{false, RD(0) + GICR_TYPER, 8, 0},
	{false, RD(1) + GICR_TYPER, 8, 1ull << 32 | 1 << 8 | 1 << 4},
	{false, RD(1) + GICR_TYPER, 4, 1 << 8 | 1 << 4},
	{false, RD(1) + GICR_TYPER + 4, 4, 1},
	{false, RD(1) + GICR_TYPER, 2, 0},
	{false, RD(0) + GICR_WAKER, 4, 6},
	{false, RD(0) + GICR_WAKER, 8, 0},
	{false, RD(0) + 0xffe0, 4, 0x93},
	{false, RD(0) + 0xffe8, 4, 0x3b},
	{false, SGI_FRAME(0) + GIC_IGROUPR, 4, 0},
	{false, SGI_FRAME(0) + GIC_IGROUPR + 4, 4, 0},
	{false, SGI_FRAME(0) + GIC_ICFGR, 4, 0xaaaaaaaa}, /* SGIs are edges */
	{false, SGI_FRAME(0) + GIC_ICFGR + 4, 4, 0},
	{false, SGI_FRAME(0) + GIC_ICFGR + 8, 4, 0},
	{false, SGI_FRAME(0) + 0xffe8, 4, 0},
};

static void test_what_reads_after_reset(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(after_reset); i++)
		assert_int_equal(read_size(0, after_reset[i].dist, after_reset[i].offset, after_reset[i].size),
						 after_reset[i].value);
}

/* What may be written, all ones first and then all zeros, and what is read back. */
static const struct {
	bool dist;
	uint64_t offset;
	unsigned size;
	uint64_t ones, zeros;
} kept[] = {
	{true, GICD_CTLR, 4, 0x53, 0x50},
	{true, GICD_CTLR, 2, 0, 0},
	{true, GICD_TYPER, 4, 1 << 25 | 9 << 19 | 2, 1 << 25 | 9 << 19 | 2},
	{true, GIC_IGROUPR, 4, 0, 0},
	{true, GIC_IGROUPR + 4, 4, 0xffffffff, 0},
	{true, GIC_IGROUPR + 4, 2, 0, 0},
	{true, GIC_IGROUPR + 12, 4, 0, 0},
	{true, GIC_IPRIORITYR + 44, 1, 0xf8, 0},
	{true, GIC_IPRIORITYR + 44, 2, 0, 0},
	{true, GIC_IPRIORITYR + 44, 4, 0xf8f8f8f8, 0},
	{true, GIC_IPRIORITYR + 44, 8, 0, 0},
	{true, GIC_IPRIORITYR + 4, 4, 0, 0},
	{true, GIC_IPRIORITYR + 96, 1, 0, 0},
	{true, GIC_ICFGR + 8, 4, 0xaaaaaaaa, 0},
	{true, GIC_ICFGR + 8, 8, 0, 0},
	{true, GIC_ICFGR + 6 * 4, 4, 0, 0},
	{true, GICD_IROUTER + 50 * 8, 8, 0xff00ffffff, 0}, /* Interrupt_Routing_Mode is RES0 */
	{true, GICD_IROUTER + 50 * 8, 4, 0xffffff, 0},
	{true, GICD_IROUTER + 50 * 8 + 4, 4, 0xff, 0},
	{true, GICD_IROUTER + 50 * 8, 2, 0, 0},
	{true, GICD_IROUTER + 20 * 8, 8, 0, 0},
	{true, 0xffe0, 4, 0x92, 0x92},
	{false, RD(1) + GICR_WAKER, 4, 6, 0},
	{false, RD(1) + GICR_CTLR, 4, 0, 0},
	{false, SGI_FRAME(1) + GIC_IGROUPR, 4, 0xffffffff, 0},
	{false, SGI_FRAME(1) + GIC_IPRIORITYR + 31, 1, 0xf8, 0},
	{false, SGI_FRAME(1) + GIC_IPRIORITYR + 32, 1, 0, 0},
	{false, SGI_FRAME(1) + GIC_ICFGR, 4, 0xaaaaaaaa, 0xaaaaaaaa},
	{false, SGI_FRAME(1) + GIC_ICFGR + 4, 4, 0xaa2aaaaa, 0}, /* PPI 27 as the machine has it */
};

static void test_what_is_kept(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(kept); i++) {
		write_size(0, kept[i].dist, kept[i].offset, kept[i].size, UINT64_MAX);
		assert_int_equal(read_size(0, kept[i].dist, kept[i].offset, kept[i].size), kept[i].ones);
		write_size(0, kept[i].dist, kept[i].offset, kept[i].size, 0);
		assert_int_equal(read_size(0, kept[i].dist, kept[i].offset, kept[i].size), kept[i].zeros);
	}
}

/* Set by one register, cleared by its pair, read by both. */
static void test_pairs_of_registers(void **state)
{
	static const struct {
		uint32_t set, clear;
		uint32_t vintid;
	} rows[] = {
		{GIC_ISENABLER, GIC_ICENABLER, SPI},
		{GIC_ISENABLER, GIC_ICENABLER, 3},
		{GIC_ISENABLER, GIC_ICENABLER, LINKED_LEVEL},
		{GIC_ISPENDR, GIC_ICPENDR, SPI},
		{GIC_ISPENDR, GIC_ICPENDR, 3},
		{GIC_ISACTIVER, GIC_ICACTIVER, SPI},
		{GIC_ISACTIVER, GIC_ICACTIVER, 3},
		{GIC_ISACTIVER, GIC_ICACTIVER, LINKED_EDGE},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		write_bit(0, rows[i].set, rows[i].vintid);
		assert_true(read_bit(0, rows[i].set, rows[i].vintid));
		assert_true(read_bit(0, rows[i].clear, rows[i].vintid));
		assert_false(read_bit(0, rows[i].set, rows[i].vintid + 1));
		write_bit(0, rows[i].clear, rows[i].vintid);
		assert_false(read_bit(0, rows[i].set, rows[i].vintid));
		assert_false(read_bit(0, rows[i].clear, rows[i].vintid));
	}
}

/* INTIDs 1020 to 1023 are no interrupts, in a distributor that has all others. */
static void test_special_intids(void **state)
{
	static const uint32_t words[] = {GIC_IGROUPR, GIC_ISENABLER, GIC_ISPENDR, GIC_ISACTIVER};

	(void)state;
	vgic_init(&gic, 1024, 5);
	vgic_add_cpu(&gic, &cpus[0]);
	vgic_reset(&gic);
	assert_int_equal(read_size(0, true, GICD_TYPER, 4) & 31, 31);
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		write_size(0, true, words[i] + 31 * 4, 4, UINT32_MAX);
		assert_int_equal(read_size(0, true, words[i] + 31 * 4, 4), 0x0fffffff);
	}
	write_size(0, true, GIC_IPRIORITYR + 1016, 4, UINT32_MAX);
	assert_int_equal(read_size(0, true, GIC_IPRIORITYR + 1016, 4), 0xf8f8f8f8);
	write_size(0, true, GIC_IPRIORITYR + 1020, 4, UINT32_MAX);
	assert_int_equal(read_size(0, true, GIC_IPRIORITYR + 1020, 4), 0);
	write_size(0, true, GICD_IROUTER + 1019 * 8, 8, 7);
	assert_int_equal(read_size(0, true, GICD_IROUTER + 1019 * 8, 8), 7);
	write_size(0, true, GICD_IROUTER + 1020 * 8, 8, 7);
	assert_int_equal(read_size(0, true, GICD_IROUTER + 1020 * 8, 8), 0);
}

/* Any offset, size and direction: each has an answer, which is 0 where there is no register. */
static void test_every_offset_answers(void **state)
{
	struct vgic_access access;
	struct vgic_effects effects;

	(void)state;
	for (uint64_t offset = 0; offset < 0x10000; offset++)
		for (unsigned size = 1; size <= 8; size *= 2)
			write_size(0, true, offset, size, UINT64_MAX), read_size(0, true, offset, size);
	for (uint64_t offset = 0; offset < 2 * GICR_STRIDE; offset++)
		for (unsigned size = 1; size <= 8; size *= 2)
			write_size(1, false, offset, size, UINT64_MAX), read_size(1, false, offset, size);
	access = (struct vgic_access){.offset = 2 * GICR_STRIDE, .size_bytes = 4};
	assert_false(vgic_redist_access(&gic, 0, &access, &effects));
}

static void test_priority_bits(void **state)
{
	static const struct {
		unsigned bits;
		uint8_t mask;
	} rows[] = {{4, 0xf0}, {5, 0xf8}, {6, 0xf8}, {7, 0xf8}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		vgic_init(&gic, INTID_COUNT, rows[i].bits);
		vgic_add_cpu(&gic, &cpus[0]);
		vgic_reset(&gic);
		set_priority(0, SPI, 0xff);
		assert_int_equal(read_size(0, true, GIC_IPRIORITYR + SPI, 1), rows[i].mask);
	}
}

/* What the first try of a write to vCPU 1's private interrupts asks for. */
static uint32_t first_holds(unsigned vcpu, uint32_t offset)
{
	struct vgic_access access = {
		.offset = GICR_STRIDE + GICR_SGI_BASE + offset, .size_bytes = 4, .write = true, .value = UINT32_MAX};
	struct vgic_effects effects = {.vcpu = vcpu};

	assert_true(vgic_redist_access(&gic, vcpu, &access, &effects));
	return effects.hold;
}

/*
 * Whatever the access is, and even if no interrupt was ever used: the other vCPU is held first, but only with
 * virtual delivery.
 */
static void test_private_interrupts_change_while_their_vcpu_is_held(void **state)
{
	static struct vgic_cpu before;

	for (uint32_t offset = GIC_IGROUPR; offset < 0x1000; offset += 4) {
		set_up(state);
		before = cpus[1];
		assert_int_equal(first_holds(0, offset), 1u << 1);
		assert_memory_equal(&cpus[1], &before, sizeof(before));
		assert_int_equal(first_holds(1, offset), 0);
		set_up(state);
		vgic_set_direct(&gic, true);
		assert_int_equal(first_holds(0, offset), 0);
	}
}

/*
 * What an access asks for before anything changes: other vCPUs to be held, its own list registers to be
 * folded.
 */
static void test_list_registers_come_first(void **state)
{
	static const struct {
		bool write;
		uint64_t offset;
		uint64_t value;
		bool comes_first;
	} rows[] = {
		{true, GIC_ICENABLER + 4, 1 << 18, true},
		{true, GIC_ISENABLER + 4, 1 << 19, false},
		{true, GIC_ICPENDR + 4, 1 << 18, true},
		{true, GIC_ICPENDR + 4, 1 << 19, false},
		{true, GIC_ISPENDR + 4, 1 << 18, false},
		{true, GIC_ISACTIVER + 4, 1 << 18, true},
		{true, GIC_ICACTIVER + 4, 1 << 18, true},
		{true, GIC_IGROUPR + 4, 1 << 18, true},
		{true, GIC_IGROUPR + 4, 0, false},
		{false, GIC_ISPENDR + 4, 0, true},
		{false, GIC_ISACTIVER + 4, 0, true},
		{false, GIC_ISENABLER + 4, 0, false},
		{true, GICD_CTLR, 3, true},
		{true, GICD_CTLR, 0, false},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct vgic_access access = {
			.offset = rows[i].offset, .size_bytes = 4, .write = rows[i].write, .value = rows[i].value};
		struct vgic_effects effects = {.vcpu = 0};

		set_up(NULL);
		write_bit(0, GIC_ISENABLER, SPI); /* vINTID 50: bit 18 of bank 1 */
		write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
		vgic_dist_access(&gic, 0, &access, &effects);
		assert_int_equal(effects.fold || effects.hold, rows[i].comes_first);
		if (rows[i].comes_first)
			assert_int_equal(effects.hold, 2);
		assert_int_equal(effects.attend && rows[i].comes_first, 0);
	}
}

static void test_effects_of_configuration(void **state)
{
	uint32_t bit = 1u << (LINKED_EDGE - 32);

	(void)state;
	assert_int_equal(write_bit(0, GIC_ISENABLER, LINKED_EDGE).enable, bit);
	assert_int_equal(write_bit(0, GIC_ISENABLER, LINKED_EDGE).enable, 0); /* it is */
	assert_int_equal(write_bit(0, GIC_ISENABLER, SPI).enable, 0);         /* not linked */
	assert_int_equal(write_size(0, true, GIC_IPRIORITYR + LINKED_EDGE, 1, 0xa0).relink, bit);
	assert_int_equal(write_size(0, true, GIC_IGROUPR + 4, 4, bit).relink, bit);
	assert_int_equal(write_size(0, true, GIC_ICFGR + 2 * 4, 4, 0).retrigger, bit);
	assert_int_equal(write_bit(0, GIC_ISPENDR, LINKED_EDGE).pend, bit);
	assert_int_equal(write_bit(0, GIC_ISACTIVER, LINKED_EDGE).activate, bit);
	assert_int_equal(write_bit(0, GIC_ICACTIVER, LINKED_EDGE).deactivate, bit);
	assert_true(write_size(0, true, GICD_CTLR, 4, 1).relink_all);
	assert_int_equal(
		write_size(1, false, GICR_STRIDE + GICR_SGI_BASE + GIC_ISENABLER, 4, 1u << LINKED_PPI).vcpu, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_reads_after_reset, set_up),
		cmocka_unit_test_setup(test_what_is_kept, set_up),
		cmocka_unit_test_setup(test_pairs_of_registers, set_up),
		cmocka_unit_test_setup(test_special_intids, set_up),
		cmocka_unit_test_setup(test_every_offset_answers, set_up),
		cmocka_unit_test_setup(test_priority_bits, set_up),
		cmocka_unit_test_setup(test_private_interrupts_change_while_their_vcpu_is_held, set_up),
		cmocka_unit_test_setup(test_list_registers_come_first, set_up),
		cmocka_unit_test_setup(test_effects_of_configuration, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
