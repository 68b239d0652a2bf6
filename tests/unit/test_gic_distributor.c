/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's distributor (machine/gic/gic.c) as two pCPUs use it at once: GICD_CTLR.RWP is one bit for all
 * of them (Arm IHI 0069), so a pCPU that waits for it must not wait for the writes of others: one that writes
 * in a loop would starve the others. The registers are this file's.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/atomic.h"
#include "base/log.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/gic/internal.h"
#include "machine/mmio.h"

#define DISTRIBUTOR UINT64_C(0x8000000)
#define READS_UNTIL_DONE 3 /* of RWP, until a write has reached all pCPUs */
#define TIMES 20
#define SPI 40

static struct {
	uint32_t under_way; /* writes of GICD_ICENABLER, atomic */
	uint32_t reads_left;
	uint32_t overlaps; /* writes that began while another one was under way */
	bool stuck;        /* RWP does not clear, whatever is read */
	uint32_t looks;    /* at RWP while it is stuck */
} distributor;
static uint64_t now;

void mmio_write32(uint64_t address, uint32_t value)
{
	if (value == 0 || address < DISTRIBUTOR + GIC_ICENABLER || address >= DISTRIBUTOR + GIC_ISPENDR)
		return;
	if (atomic_add(&distributor.under_way, 1) != 0)
		atomic_add(&distributor.overlaps, 1);
	atomic_store(&distributor.reads_left, READS_UNTIL_DONE);
}

uint32_t mmio_read32(uint64_t address)
{
	uint32_t left = atomic_load(&distributor.reads_left);

	if (address == DISTRIBUTOR + GICD_PIDR2)
		return (uint32_t)FIELD_PUT(GICD_PIDR2_ARCH_REV, 3);
	if (address == DISTRIBUTOR + GICD_TYPER)
		return (uint32_t)FIELD_PUT(GICD_TYPER_IT_LINES_NUMBER, 1);
	if (address != DISTRIBUTOR + GICD_CTLR)
		return 0;
	sched_yield(); /* the other pCPU acts while the bit is waited for */
	distributor.looks += distributor.stuck;
	if (distributor.stuck)
		return (uint32_t)(GICD_CTLR_DS | GICD_CTLR_RWP);
	if (left == 0)
		return (uint32_t)GICD_CTLR_DS;
	atomic_store(&distributor.reads_left, left - 1);
	if (left == 1)
		atomic_store(&distributor.under_way, 0);
	return (uint32_t)(GICD_CTLR_DS | GICD_CTLR_RWP);
}

void mmio_write8(uint64_t address, uint8_t value)
{
	(void)address;
	(void)value;
}

void mmio_write64(uint64_t address, uint64_t value)
{
	(void)address;
	(void)value;
}

/* The rest of the machine, as far as gic.c needs it. Time passes while RWP is stuck. */
unsigned pcpu_this(void)
{
	return 0;
}

uint64_t cpu_counter(void)
{
	now += distributor.stuck ? 1000 : 0;
	return now;
}

uint64_t cpu_us_to_ticks(uint64_t us)
{
	return us;
}

void cpu_relax(void) {}

enum err mmu_map_device(pa_t start, uint64_t size)
{
	(void)start;
	(void)size;
	return OK;
}

bool log_admit(struct log_source *source, enum log_level level, unsigned count)
{
	(void)source;
	(void)level;
	(void)count;
	assert_true(distributor.stuck);
	return false;
}

void log_line(enum log_level level, const char *format, ...)
{
	(void)level;
	fail_msg("%s", format);
}

void log_of(struct log_source *source, enum log_level level, const char *format, ...)
{
	(void)source;
	(void)level;
	(void)format;
}

const struct cpu_place *cpu_place(void)
{
	static struct cpu_place place;

	return &place;
}

uint64_t redistributor_of(unsigned pcpu)
{
	(void)pcpu;
	return 0;
}

enum err redistributor_find_all(const struct gic_place *place)
{
	(void)place;
	return OK;
}

enum err redistributor_init_pcpu(void)
{
	return OK;
}

bool mmu_can_read(uint64_t address)
{
	return address >= DISTRIBUTOR;
}

void interface_init_pcpu(void) {}

void interface_plan_kicks(void) {}

void interface_describe(struct gic_facts *facts)
{
	(void)facts;
}

static void *disable_again_and_again(void *intid)
{
	for (unsigned i = 0; i < TIMES; i++)
		if (gic_disable(0, *(const uint32_t *)intid) != OK)
			abort();
	return NULL;
}

static void one_write_at_a_time(void **state)
{
	static uint32_t intids[] = {SPI, SPI + 1};
	struct gic_facts facts;
	pthread_t other;

	(void)state;
	assert_int_equal(
		gic_init_distributor(&(struct gic_place){.dist = {DISTRIBUTOR}, .dist_size = 0x10000}, &facts), OK);
	distributor.overlaps = 0;
	assert_int_equal(pthread_create(&other, NULL, disable_again_and_again, &intids[1]), 0);
	disable_again_and_again(&intids[0]);
	pthread_join(other, NULL);
	assert_int_equal(distributor.overlaps, 0);
}

/*
 * It is waited for once; afterwards it is only read, so that no pCPU waits behind others that wait in vain.
 */
static void who_waits_in_vain_does_so_once(void **state)
{
	uint32_t looks;

	(void)state;
	distributor.stuck = true;
	assert_int_equal(gic_disable(0, SPI), ERR_TIMEOUT);
	looks = distributor.looks;
	assert_true(looks > 50);
	for (unsigned n = 1; n <= 10; n++)
		assert_int_equal(gic_disable(0, SPI), ERR_TIMEOUT);
	assert_true(distributor.looks <= looks + 20);
	distributor.stuck = false;
	distributor.reads_left = 0;
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(gic_disable(0, SPI), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_write_at_a_time),
		cmocka_unit_test(who_waits_in_vain_does_so_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
