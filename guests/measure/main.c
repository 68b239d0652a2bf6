/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures what an engineer asks of a hypervisor, in ticks of CNTVCT_EL0; the machine is run so that one tick
 * is one instruction. The same program runs natively, where the figures calibrate it, and in a VM. Each
 * metric: WARM_UP samples for nobody, then SAMPLES; a line of JSON each, printed when all is measured, so
 * that printing disturbs nothing. With two CPUs, the SGIs between them come instead.
 *
 * Arguments: only=METRIC (one metric) samples=1000 alone (as with one CPU) idle (sleeps for ever instead)
 * closed (interrupts closed without a call alone)
 * intid=N (moves interrupt N between VMs; enables it, if idle) shares, partner=, batches (share.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "measure/measure.h"

#define RTC_DR 0x00 /* PL031 (Arm DDI 0224) */
#define RTC_MR 0x04
#define RTC_IMSC 0x10
#define RTC_RIS 0x14
#define SOFT_SPI 200 /* no device has it */
#define TIMER_LEAD 1000
#define FIGURES_MAX 64

struct figure {
	char metric[32];
	const char *unit;
	uint64_t count, min, median, p99, max;
};

static uint64_t rtc;
static uint32_t rtc_intid;
static uint64_t values[SAMPLES_MAX];
static uint64_t sample_count;
static struct figure figures[FIGURES_MAX];
static unsigned figure_count;

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void measure_note(const char *metric, const char *unit, uint64_t *samples, uint64_t count)
{
	struct figure *figure = &figures[figure_count++];

	qsort(samples, count, sizeof(*samples), compare);
	snprintf(figure->metric, sizeof(figure->metric), "%s", metric);
	figure->unit = unit;
	figure->count = count;
	figure->min = samples[0];
	figure->median = samples[count / 2];
	figure->p99 = samples[count * 99 / 100];
	figure->max = samples[count - 1];
}

bool measure_wanted(const char *metric)
{
	const char *only = argument_text("only", metric);

	return strcmp(only, metric) == 0;
}

uint64_t measure_nothing(void)
{
	static uint64_t nothing;

	return (uint64_t)&nothing;
}

uint64_t measure_samples(void)
{
	return sample_count;
}

/* The timer is armed well before, so that its deadline finds the guest waiting. */
static void arm(struct sample *sample)
{
	sample->start = timer_now() + TIMER_LEAD;
	timer_arm(sample->start);
}

static void take_timer(struct sample *sample)
{
	arm(sample);
	path_timer(sample);
}

static void take_timer_wfi(struct sample *sample)
{
	arm(sample);
	path_wfi(sample);
}

static void wake_masked(struct sample *sample)
{
	arm(sample);
	path_wfi_masked(sample);
}

static void take_sgi(struct sample *sample)
{
	path_sgi(sample, SGI << 24 | 1); /* to Aff0 0, which is this CPU */
}

/* A match is in RTC_RIS; unmasking it in the device raises the line at once. */
static void take_spi(struct sample *sample)
{
	sample->quiet = rtc + RTC_IMSC;
	path_raise(sample, rtc + RTC_IMSC, 1);
}

static void take_soft_spi(struct sample *sample)
{
	path_raise(sample, gic_distributor + GICD_ISPENDR + SOFT_SPI / 32 * 4, 1u << SOFT_SPI % 32);
}

/* Two functions in turn, so that a hypervisor cannot make one a special case. */
static void call(struct sample *sample)
{
	static unsigned turn;

	if (turn++ & 1)
		(void)path_call(sample, PSCI_FEATURES, PSCI_CPU_ON, 0);
	else
		(void)path_call(sample, PSCI_VERSION, 0, 0);
}

static void read_typer(struct sample *sample)
{
	path_load32(sample, gic_distributor + GICD_TYPER);
}

static void read_redistributor_typer(struct sample *sample)
{
	path_load64(sample, gic_redistributor() + GICR_TYPER);
}

static void read_isenabler(struct sample *sample)
{
	path_load32(sample, gic_distributor + GICD_ISENABLER + 4);
}

static void write_isenabler(struct sample *sample)
{
	path_store32(sample, gic_redistributor() + GICR_SGI_BASE + GICD_ISENABLER, 1u << SGI);
}

static void write_mask(struct sample *sample)
{
	path_mask_write(sample, 0xff);
}

static const struct metric {
	const char *name;
	void (*take)(struct sample *sample);
	size_t from, to;
} metrics[] = {
#define ENTRY offsetof(struct sample, start), offsetof(struct sample, entry)
#define EOI offsetof(struct sample, eoi_start), offsetof(struct sample, eoi_end)
	{"timer_entry", take_timer, ENTRY},
	{"timer_eoi_end", take_timer, offsetof(struct sample, start), offsetof(struct sample, eoi_end)},
	{"timer_wfi_entry", take_timer_wfi, ENTRY},
	{"wfi_masked_wake", wake_masked, ENTRY},
	{"spi_entry", take_spi, ENTRY},
	{"spi_eoi", take_spi, EOI},
	{"soft_spi_entry", take_soft_spi, ENTRY},
	{"soft_spi_eoi", take_soft_spi, EOI},
	{"sgi_self_entry", take_sgi, ENTRY},
	{"hvc_null", call, ENTRY},
	{"gicd_typer_read", read_typer, ENTRY},
	{"gicr_typer_read", read_redistributor_typer, ENTRY},
	{"gicd_isenabler1_read", read_isenabler, ENTRY},
	{"gicr_isenabler0_write", write_isenabler, ENTRY},
	{"pmr_write", write_mask, ENTRY},
	{"pmr_read", path_mask_read, ENTRY},
	{"rpr_read", path_running_priority, ENTRY},
	{"daif_pair_x10", path_daif, ENTRY},
};

static uint64_t field(const struct sample *sample, size_t offset)
{
	return *(const uint64_t *)((const char *)sample + offset);
}

static void measure(const struct metric *metric)
{
	for (uint64_t i = 0; i < WARM_UP + sample_count; i++) {
		struct sample sample = {.quiet = measure_nothing()};

		metric->take(&sample);
		if (i >= WARM_UP)
			values[i - WARM_UP] = field(&sample, metric->to) - field(&sample, metric->from);
	}
	measure_note(metric->name, "instructions", values, sample_count);
}

/* The clock's match register, until a match stands; its interrupt stays masked in the device. */
static bool prepare_rtc(void)
{
	int node = tree_node("arm,pl031", 0);

	if (node < 0)
		return false;
	rtc = tree_region(node, 0).base;
	rtc_intid = tree_intid(node, 0);
	mmio_write32(rtc + RTC_IMSC, 0);
	while (!mmio_read32(rtc + RTC_RIS))
		mmio_write32(rtc + RTC_MR, mmio_read32(rtc + RTC_DR));
	gic_enable(rtc_intid);
	return true;
}

static void measure_alone(void)
{
	bool rtc_found = prepare_rtc();

	gic_edge(SOFT_SPI, true);
	gic_route(SOFT_SPI, sysreg_read(mpidr_el1));
	gic_enable(SOFT_SPI);
	for (unsigned i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		if (measure_wanted(metrics[i].name) && (metrics[i].take != take_spi || rtc_found))
			measure(&metrics[i]);
	measure_bursts();
}

/* The machine's counter began when it was switched on. */
static void note_boot(void)
{
	if (measure_wanted("boot_to_guest"))
		measure_note("boot_to_guest", "instructions", &path_first_instruction, 1);
}

static _Noreturn void sleep_for_ever(void)
{
	if (argument_given("intid"))
		gic_enable((uint32_t)argument_number("intid", 0));
	for (;;)
		cpu_wfi();
}

int main(void)
{
	uint64_t mpidr[CPU_MAX];

	sample_count = argument_number("samples", SAMPLES_MAX);
	if (sample_count == 0 || sample_count > SAMPLES_MAX) {
		printf("measure: samples=%" PRIu64 ": 1 to %u can be taken\n", sample_count, SAMPLES_MAX);
		return 1;
	}
	if (argument_given("idle"))
		sleep_for_ever();
	sysreg_write(vbar_el1, path_vectors);
	gic_enable(TIMER_VIRTUAL_INTID);
	gic_enable(SGI);
	measure_partner();
	if (measure_wanted("vm_reset"))
		measure_reset();
	if (argument_given("intid"))
		measure_moves();
	note_boot();
	if (argument_given("closed"))
		measure_closed();
	else if (argument_given("shares"))
		measure_sharing();
	else if (tree_cpus(mpidr) > 1 && !argument_given("alone"))
		measure_cross();
	else
		measure_alone();
	for (unsigned i = 0; i < figure_count; i++)
		printf("{\"metric\": \"%s\", \"unit\": \"%s\", \"count\": %" PRIu64 ", \"min\": %" PRIu64
			   ", \"median\": %" PRIu64 ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}\n",
			   figures[i].metric, figures[i].unit, figures[i].count, figures[i].min, figures[i].median,
			   figures[i].p99, figures[i].max);
	printf("measure: done\n");
	return 0;
}
