/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effects of a guest's accesses on the physical interrupt of a linked one (flow/deliver/effects.c), on a
 * fake machine that also does what no emulator would: a distributor whose RWP never clears.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/sample.h"
#include "machine/fake/fake.h"
#include "vgic/lr.h"

#define SPI 40
#define BIT_OF_SPI (1u << SPI % 32)
#define REGISTER(name) ((name) + SPI / 32 * 4)

struct box box;
static struct config_vm config = {.name = "guest"};
static struct vcpu vcpu;

static int set_up(void **state)
{
	struct vm *vm = &box.vm[0];

	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&vcpu, 0, sizeof(vcpu));
	fake_reset();
	vcpu.vm = vm;
	vm->config = &config;
	vm->log.name = config.name;
	vm->vcpu_count = 1;
	vm->vcpu[0] = &vcpu;
	vgic_init(&vm->vgic, 96, 5);
	vgic_add_cpu(&vm->vgic, &vcpu.vgic);
	vgic_link(&vm->vgic, 0, SPI, SPI, true);
	vgic_reset(&vm->vgic);
	assert_int_equal(irq_give(shared_word(SPI), 0, SPI), OK);
	return 0;
}

static void write(uint32_t offset, unsigned size_bytes, uint64_t value)
{
	struct vgic_access access = {
		.offset = offset, .size_bytes = size_bytes, .write = true, .held = VGIC_ALL_HELD, .value = value};
	struct vgic_effects effects = {.vcpu = 0};

	vgic_dist_access(&vcpu.vm->vgic, 0, &access, &effects);
	effects_perform(&vcpu, &effects);
}

static uint64_t word(void)
{
	return *shared_word(SPI);
}

static void enable(void)
{
	write(GICD_CTLR, 4, 3);
	write(REGISTER(GIC_IGROUPR), 4, BIT_OF_SPI);
	write(REGISTER(GIC_ISENABLER), 4, BIT_OF_SPI);
}

/* Enabled: its owner word presents it. Each change of a part of the word makes the word anew. */
static void word_follows_the_model(void **state)
{
	(void)state;
	assert_false(word() & IRQ_WORD_READY);
	enable();
	assert_true(fake_gic_is_enabled(0, SPI));
	assert_int_equal(word() & ~IRQ_WORD_TAG, LR_PENDING | LR_HW | LR_GROUP | FIELD_PUT(LR_PINTID, SPI) | SPI);
	write(GIC_IPRIORITYR + SPI, 1, 0x88);
	assert_int_equal(FIELD_GET(LR_PRIORITY, word()), 0x88);
	write(REGISTER(GIC_IGROUPR), 4, 0);
	assert_false(word() & LR_GROUP);
	write(GICD_CTLR, 4, 2);
	assert_false(word() & IRQ_WORD_READY);
	write(GICD_CTLR, 4, 1);
	assert_true(word() & IRQ_WORD_READY);
	write(GICD_IROUTER + SPI * 8, 8, 1); /* no such vCPU */
	assert_false(word() & IRQ_WORD_READY);
}

/*
 * The word is spoiled, so that an interrupt that still arrives does not go straight into a list register. The
 * log reports it.
 */
static void disable_that_is_not_confirmed(void **state)
{
	struct log_entry entry;

	(void)state;
	enable();
	fake_gic_set_stuck(true);
	write(REGISTER(GIC_ICENABLER), 4, BIT_OF_SPI);
	assert_false(word() & IRQ_WORD_READY);
	assert_true(log_read(0, &entry));
	assert_string_equal(entry.text, "[guest] the distributor does not confirm that interrupt 40 is disabled");
	assert_int_equal(entry.level, LOG_ERROR);
	fake_gic_set_stuck(false);
	write(REGISTER(GIC_ISENABLER), 4, BIT_OF_SPI);
	assert_true(word() & IRQ_WORD_READY);
	assert_true(fake_gic_is_enabled(0, SPI));
}

/* Pended and unpended where its pending state is: at the physical GIC. */
static void pending_state_is_the_physical_one(void **state)
{
	(void)state;
	write(REGISTER(GIC_ISPENDR), 4, BIT_OF_SPI);
	assert_true(gic_is_pending(0, SPI));
	assert_int_equal(sample_pending(&box.vm[0], 0, 1, BIT_OF_SPI), BIT_OF_SPI);
	write(REGISTER(GIC_ICPENDR), 4, BIT_OF_SPI);
	assert_false(gic_is_pending(0, SPI));
	assert_int_equal(sample_pending(&box.vm[0], 0, 1, BIT_OF_SPI), 0);
}

static void quiesced(void **state)
{
	(void)state;
	enable();
	gic_pend(0, SPI);
	effects_quiesce_shared(vcpu.vm);
	assert_false(fake_gic_is_enabled(0, SPI));
	assert_false(gic_is_pending(0, SPI));
	assert_false(word() & IRQ_WORD_READY);
	assert_int_equal(irq_kind(word()), IRQ_GUEST);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(word_follows_the_model),
		TEST(disable_that_is_not_confirmed),
		TEST(pending_state_is_the_physical_one),
		TEST(quiesced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
