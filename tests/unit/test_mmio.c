/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's access to its GIC while another of its vCPUs changes a route: the vCPUs that may have the
 * interrupt in a list register at that moment are held. And accesses as guests make them: in either byte
 * order, of pairs, with write-back. Impossible accesses are aborts, and change nothing.
 */
#include "direct_vm.h"
#include "flow/box/turn.h"
#include "flow/exits/instruction.h"
#include "flow/exits/mmio.h"
#include "machine/api/mmu.h"
#include "vm/layout.h"

#define ROUTE(vintid) (GICD_IROUTER + (vintid)*8u)
#define RT 3

void turn_want(void) {}
void turn_want_at_once(void) {}

static void prepare(void)
{
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0xa0);
	guest_prepare(0, LEVEL, 0xa0);
}

/* By vCPU 0. */
static void access_gic(uint32_t offset, unsigned size_log2, bool write, uint64_t value)
{
	uint64_t ipa = GUEST_GICD_BASE + offset;
	uint64_t esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV | FIELD_PUT(ESR_SAS, size_log2) |
				   ESR_SF | FIELD_PUT(ESR_SRT, RT) | (write ? ESR_WNR : 0);

	fake_guest_set_syndrome(
		(struct guest_syndrome){.esr = esr, .far = ipa & (PAGE_SIZE - 1), .hpfar = ipa >> 12 << 4});
	vcpus[0].frame.x[RT] = value;
	seen.holds = seen.released = 0;
	assert_int_equal(mmio_access(&vcpus[0], esr), EXIT_SKIP);
	assert_int_equal(seen.held, 0);
}

static void route_to(uint64_t vcpu)
{
	guest_write(ROUTE(EDGE), 8, vcpu);
	guest_write(ROUTE(LEVEL), 8, vcpu);
}

static void route_to_other(void)
{
	route_to(1);
}

static void route_to_self(void)
{
	route_to(0);
}

/* The state of EDGE and LEVEL that cannot be seen or changed while a list register may hold them. */
static const struct {
	uint32_t offset;
	unsigned size_log2;
	bool write;
	uint64_t value;
} accesses[] = {
	{GIC_IGROUPR + 4, 2, true, 0},
	{GIC_ICENABLER + 4, 2, true, BIT_OF(EDGE) | BIT_OF(LEVEL)},
	{GIC_ISPENDR + 4, 2, true, BIT_OF(EDGE)},
	{GIC_ICPENDR + 4, 2, true, BIT_OF(EDGE)},
	{GIC_ISACTIVER + 4, 2, true, BIT_OF(LEVEL)},
	{GIC_ICACTIVER + 4, 2, true, BIT_OF(LEVEL)},
	{GIC_IPRIORITYR + EDGE, 0, true, 0x40},
	{GIC_ICFGR + EDGE / 16 * 4, 2, true, 0},
	{ROUTE(EDGE), 3, true, 7},
	{GIC_ISPENDR + 4, 2, false, 0},
	{GIC_ISACTIVER + 4, 2, false, 0},
};

/* The caller's own list registers matter, then those of the other. */
static void route_is_written_while_it_folds(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		seen.elsewhere = route_to_other;
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 2);
		assert_int_equal(seen.released, BIT(1));
	}
}

/* Those of the other vCPU, then the caller's own, which it has folded by then. */
static void route_is_written_while_the_other_folds(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		route_to_other();
		seen.elsewhere = route_to_self;
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 1);
		assert_int_equal(seen.released, BIT(1));
	}
}

/* No route changes meanwhile; and GICD_CTLR, for which all are held, whatever the routes. */
static void nobody_is_held_twice(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(accesses); i++) {
		set_up(state);
		prepare();
		access_gic(accesses[i].offset, accesses[i].size_log2, accesses[i].write, accesses[i].value);
		assert_int_equal(seen.holds, 1);
		assert_int_equal(seen.released, 0);
	}
	seen.elsewhere = route_to_other;
	access_gic(GICD_CTLR, 2, true, 0);
	assert_int_equal(seen.holds, 1);
	assert_int_equal(seen.released, BIT(1));
}

#define PRIORITY(vintid) (GIC_IPRIORITYR + (vintid))
#define PSTATE_EL1H 0x3c5
#define PSTATE_EL0 0x3c0
#define PSTATE_AARCH32 0x1d0
#define E0E BIT(24)
#define EE BIT(25)

static uint64_t guest_read(uint32_t offset, unsigned size_bytes)
{
	struct vgic_access access = {.offset = offset, .size_bytes = size_bytes, .held = VGIC_ALL_HELD};
	struct vgic_effects effects = {.vcpu = 0};

	vgic_dist_access(model(), 0, &access, &effects);
	return access.value;
}

static enum exit_next access_any(uint64_t ipa, unsigned size_log2, bool write)
{
	uint64_t esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV | FIELD_PUT(ESR_SAS, size_log2) |
				   ESR_SF | FIELD_PUT(ESR_SRT, RT) | (write ? ESR_WNR : 0);

	fake_guest_set_syndrome(
		(struct guest_syndrome){.esr = esr, .far = ipa & (PAGE_SIZE - 1), .hpfar = ipa >> 12 << 4});
	return mmio_access_rarely(&vcpus[0], esr);
}

static void data_is_in_the_byte_order_of_the_guest(void **state)
{
	static const struct {
		uint64_t pstate, sctlr;
		bool reversed;
	} rows[] = {
		{PSTATE_EL1H, 0, false},   {PSTATE_EL1H, EE, true}, {PSTATE_EL1H, E0E, false},
		{PSTATE_EL0, E0E, true},   {PSTATE_EL0, EE, false}, {PSTATE_AARCH32, E0E | EE, false},
		{0x1d0 | BIT(9), 0, true},
	};
	uint64_t *x = vcpus[0].frame.x, at = GUEST_GICD_BASE + PRIORITY(40);

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		fake_guest()->pstate = rows[i].pstate;
		fake_guest()->translation.sctlr = rows[i].sctlr;
		assert_int_equal(guest_is_plain(), !rows[i].sctlr && rows[i].pstate != (PSTATE_AARCH32 | BIT(9)));
		x[RT] = 0xffffffff10203040;
		assert_int_equal(access_any(at, 2, true), EXIT_SKIP);
		assert_int_equal(guest_read(PRIORITY(40), 4), rows[i].reversed ? 0x40302010 : 0x10203040);
		assert_int_equal(access_any(at, 2, false), EXIT_SKIP);
		assert_int_equal(x[RT], 0x10203040);
		x[RT] = 0xffffffffffffff50;
		assert_int_equal(access_any(at + 1, 0, true), EXIT_SKIP); /* a byte is a byte */
		assert_int_equal(guest_read(PRIORITY(41), 1), 0x50);
	}
}

/* The rest of the page belongs to no device. */
static void an_access_across_the_end_of_a_device_is_an_abort(void **state)
{
	uint64_t gicr_end = GUEST_GICR_BASE + box.vm[0].vcpu_count * GUEST_GICR_STRIDE;

	(void)state;
	assert_int_equal(access_any(GUEST_GICD_BASE + GUEST_GICD_SIZE - 4, 3, false), EXIT_NO_DEVICE);
	assert_int_equal(access_any(GUEST_GICD_BASE + GUEST_GICD_SIZE - 1, 1, true), EXIT_NO_DEVICE);
	assert_int_equal(access_any(GUEST_GICD_BASE + GUEST_GICD_SIZE - 8, 3, false), EXIT_SKIP);
	assert_int_equal(access_any(gicr_end - 2, 2, false), EXIT_NO_DEVICE);
	assert_int_equal(access_any(gicr_end - 4, 2, false), EXIT_SKIP);
}

/* The instruction at the PC with the MMU off, and x1 as its base. */
static void put_instruction(uint32_t word, uint64_t base)
{
	static _Alignas(8) uint32_t ram[2];

	box.vm[0].memory = mmu_address(ram);
	box.vm[0].psci.ram_ipa = 0x40000000;
	box.vm[0].psci.ram_size = sizeof(ram);
	ram[1] = word;
	fake_guest()->pc = 0x40000004;
	fake_guest()->pstate = PSTATE_EL1H;
	vcpus[0].frame.x[1] = fake_guest()->sp_el1 = base;
}

static bool access_by(uint32_t word, uint64_t base, uint64_t met, bool write)
{
	struct exit_abort abort = {.fault = FAULT_TRANSLATION, .ipa_valid = true, .write = write};

	put_instruction(word, base);
	abort.va.v = abort.ipa.v = met;
	return instruction_access(&vcpus[0], &abort);
}

static void pairs_and_write_back_are_done(void **state)
{
	uint64_t *x = vcpus[0].frame.x, at = GUEST_GICD_BASE + PRIORITY(40);

	(void)state;
	x[2] = 0x10203040;
	x[20] = 0x50607080;
	assert_true(access_by(0x2901d022, at - 12, at, true)); /* stp w2, w20, [x1, #12] */
	assert_int_equal(guest_read(PRIORITY(40), 4), 0x10203040);
	assert_int_equal(guest_read(PRIORITY(44), 4), 0x50607080);
	x[2] = x[20] = 0;
	vcpus[0].frame.callee_changed = 0;
	assert_true(access_by(0x68c15022, at, at + 4,
						  false)); /* ldpsw x2, x20, [x1], #8: the second register caused the abort */
	assert_int_equal(x[2], 0x10203040);
	assert_int_equal(x[20], 0x50607080);
	assert_int_equal(x[1], at + 8);
	assert_true(vcpus[0].frame.callee_changed);
	assert_true(access_by(0xb85fcfe2, at + 8, at + 4, false)); /* ldr w2, [sp, #-4]! */
	assert_int_equal(x[2], 0x50607080);
	assert_int_equal(fake_guest()->sp_el1, at + 4);
	fake_guest()->translation.sctlr = EE;
	assert_true(access_by(0x29405022, at, at, false)); /* ldp w2, w20, [x1] */
	assert_int_equal(x[2], 0x40302010);
	assert_int_equal(x[20], 0x80706050);
	assert_true(access_by(0x29005022, at | 0x5a00000000000000, at, true)); /* stp, by an address with a tag */
	assert_int_equal(guest_read(PRIORITY(40), 4), 0x10203040);
}

/* The code may have changed meanwhile: nothing is done. */
static void another_instruction_than_the_one_that_aborted_does_nothing(void **state)
{
	static const struct {
		uint32_t word;
		int base, met;
		bool write;
	} rows[] = {
		{0x29005022, 0, 0, false},      /* stp, but a read caused the abort */
		{0x29405022, 0, 0, true},       /* ldp, but a write did */
		{0x29005022, 8, 0, true},       /* elsewhere in the page */
		{0x29005022, -8, 0, true},      /* behind it */
		{0x29005022, 0x10000, 0, true}, /* in another */
		{0x29005022, -4, 0, true},      /* across the border; the upper part caused the abort */
		{0x885f7c22, 0, 0, false},      /* ldxr */
		{0x6d000c22, 0, 0, true},       /* stp of d registers */
		{0x29000821, 0, 0, true},       /* stp w1, w2, [x1]: this is permitted */
		{0x28c10821, 0, 0, false},      /* ldp w1, w2, [x1], #8: this is unpredictable */
		{0, 0, 0, false},
	};
	uint64_t at = GUEST_GICD_BASE + 0x1000;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t base = at + (uint64_t)(int64_t)rows[i].base;

		assert_int_equal(access_by(rows[i].word, base, at + (uint64_t)rows[i].met, rows[i].write), i == 8);
		assert_int_equal(vcpus[0].frame.x[1], base);
	}
	box.vm[0].psci.ram_size = 4; /* the PC is not in the guest's own memory */
	assert_false(instruction_access(&vcpus[0], &(struct exit_abort){.va = {at}, .ipa = {at}}));
}

/* The same, of a store that stage 2 does not permit; HPFAR_EL2 has nothing. */
static bool ignored(uint32_t word, uint64_t base, uint64_t met, bool decoded)
{
	struct exit_abort abort = {
		.fault = FAULT_PERMISSION, .far_valid = true, .va = {met}, .write = true, .decoded = decoded};

	put_instruction(word, base);
	return instruction_ignore_store(&vcpus[0], &abort);
}

static void stores_to_what_is_blank_do_nothing(void **state)
{
	static const struct {
		uint32_t word;
		int moves; /* the base register */
		bool decoded, fails;
	} rows[] = {
		{0xb9000022, 0, true, false},   /* str w2, [x1] */
		{0x29005022, 0, false, false},  /* stp w2, w20, [x1] */
		{0xa8810c22, 16, false, false}, /* stp x2, x3, [x1], #16 */
		{0x38001422, 1, false, false},  /* strb w2, [x1], #1 */
		{0xf81f8c22, -8, false, true},  /* str x2, [x1, #-8]!: not there */
		{0x6d000c22, 0, false, false},  /* stp d2, d3, [x1] */
		{0xac810c22, 32, false, false}, /* stp q2, q3, [x1], #32 */
		{0xd50b7421, 0, false, false},  /* dc zva, x1 */
		{0x88037c22, 0, false, true},   /* stxr w3, w2, [x1] */
		{0xf8220023, 0, false, true},   /* ldadd x2, x3, [x1] */
		{0x29405022, 0, false, true},   /* ldp: another instruction than the one that aborted */
	};
	static struct config_vm virt;
	const uint64_t at[] = {GUEST_FLASH_BASE + 0x1000, GUEST_TRANSPORTS_BASE + 0x50};

	(void)state;
	virt = *box.vm[0].config;
	virt.machine = CONFIG_MACHINE_VIRT;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		for (unsigned n = 0; n < ARRAY_COUNT(at); n++) {
			box.vm[0].config = &virt;
			assert_int_equal(ignored(rows[i].word, at[n], at[n], rows[i].decoded), !rows[i].fails);
			if (!rows[i].fails)
				assert_int_equal(vcpus[0].frame.x[1], at[n] + (uint64_t)(int64_t)rows[i].moves);
			virt.machine = CONFIG_MACHINE_PLAIN;
			assert_false(ignored(rows[i].word, at[n], at[n], rows[i].decoded));
			virt.machine = CONFIG_MACHINE_VIRT;
		}
	assert_false(ignored(0xb9000022, 0xb000000, 0xb000000, true)); /* read-only shared memory */
	fake_guest()->translation.sctlr = BIT(0);                      /* its tables are not in its memory */
	assert_false(ignored(0xb9000022, at[0], at[0], true));
}

/* The instruction is read where it is. */
static void firmware_stores_to_flash(void **state)
{
	static _Alignas(8) uint32_t firmware[] = {0, 0x29005022, 0, 0};
	const struct exit_abort abort = {.fault = FAULT_PERMISSION, .va = {0x1000}, .write = true};
	static struct config_vm virt;

	(void)state;
	virt = *box.vm[0].config;
	virt.machine = CONFIG_MACHINE_VIRT;
	box.vm[0].config = &virt;
	put_instruction(0x29405022, 0x1000); /* ldp, in memory; stp, in firmware */
	fake_guest()->pc = GUEST_FLASH_BASE + 4;
	assert_false(instruction_ignore_store(&vcpus[0], &abort));
	box.vm[0].firmware = mmu_address(firmware);
	box.vm[0].psci.firmware_size = sizeof(firmware);
	assert_true(instruction_ignore_store(&vcpus[0], &abort));
	fake_guest()->pc += sizeof(firmware);
	assert_false(instruction_ignore_store(&vcpus[0], &abort));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(route_is_written_while_it_folds),
		TEST(route_is_written_while_the_other_folds),
		TEST(nobody_is_held_twice),
		TEST(data_is_in_the_byte_order_of_the_guest),
		TEST(an_access_across_the_end_of_a_device_is_an_abort),
		TEST(pairs_and_write_back_are_done),
		TEST(another_instruction_than_the_one_that_aborted_does_nothing),
		TEST(stores_to_what_is_blank_do_nothing),
		TEST(firmware_stores_to_flash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
