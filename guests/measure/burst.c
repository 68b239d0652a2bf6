/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts raised together, of different priorities, the least urgent first by number: from the first write
 * that pends them, masked, to the vector of the first and of the last one taken. Those that were taken after
 * one of lesser priority count as in disorder.
 */
#include <stdio.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "measure/measure.h"

#define BURST_MAX 64
#define BURST_SPI 160 /* no device has this one, or the 63 after it */
#define PRIORITY_FIRST 0x20
#define PRIORITY_STEP 8 /* five bits of priority; with fewer, some levels are one */
#define PRIORITY_LEVELS 16

static struct taken taken[BURST_MAX];
static uint8_t kept[BURST_MAX]; /* their priorities, as the GIC has them */
static uint64_t first[SAMPLES_MAX], last[SAMPLES_MAX], disorder[SAMPLES_MAX];

static void prepare(void)
{
	for (uint32_t n = 0; n < BURST_MAX; n++) {
		uint32_t spi = BURST_SPI + n, level = PRIORITY_LEVELS - 1 - n % PRIORITY_LEVELS;

		gic_edge(spi, true);
		gic_route(spi, sysreg_read(mpidr_el1));
		gic_priority(spi, (uint8_t)(PRIORITY_FIRST + PRIORITY_STEP * level));
		kept[n] = mmio_read8(gic_distributor + GICD_IPRIORITYR + spi);
		gic_enable(spi);
	}
}

static void take_burst(unsigned count, uint64_t i)
{
	uint64_t all = count == 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
	uint32_t words[2] = {(uint32_t)all, (uint32_t)(all >> 32)};
	struct sample sample = {.burst = taken};

	path_burst(&sample, gic_distributor + GICD_ISPENDR + BURST_SPI / 32 * 4, words, count);
	first[i] = taken[0].entry - sample.start;
	last[i] = taken[count - 1].entry - sample.start;
	disorder[i] = 0;
	for (unsigned n = 1; n < count; n++)
		disorder[i] += kept[taken[n].intid - BURST_SPI] < kept[taken[n - 1].intid - BURST_SPI];
}

static void note(const char *burst, const char *what, const char *unit, uint64_t *samples)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_%s", burst, what);
	measure_note(name, unit, samples, measure_samples());
}

static void measure_burst(unsigned count)
{
	char name[16];

	snprintf(name, sizeof(name), "burst%u", count);
	if (!measure_wanted("burst") && !measure_wanted(name))
		return;
	for (unsigned i = 0; i < WARM_UP; i++)
		take_burst(count, 0);
	for (uint64_t i = 0; i < measure_samples(); i++)
		take_burst(count, i);
	note(name, "first", "instructions", first);
	note(name, "last", "instructions", last);
	note(name, "disorder", "interrupts", disorder);
}

void measure_bursts(void)
{
	static const unsigned sizes[] = {1, 4, 16, 64};

	prepare();
	sysreg_write(vbar_el1, path_burst_vectors);
	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
		measure_burst(sizes[s]);
	sysreg_write(vbar_el1, path_vectors);
}
