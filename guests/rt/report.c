/* SPDX-License-Identifier: Apache-2.0 */
#include "rt/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/timer.h"
#include "lib/tree.h"

void report_add(struct report *report, uint64_t late_ticks)
{
	unsigned bucket = late_ticks ? 64 - (unsigned)__builtin_clzll(late_ticks) : 0;

	if (report->releases++ == 0 || late_ticks < report->late_min)
		report->late_min = late_ticks;
	if (late_ticks > report->late_max)
		report->late_max = late_ticks;
	report->late[bucket < REPORT_BUCKETS ? bucket : REPORT_BUCKETS - 1]++;
}

static uint64_t to_ns(uint64_t ticks)
{
	return ticks * 1000000000 / timer_frequency();
}

/* A time with two decimals. */
static void print_us(uint64_t ticks)
{
	uint64_t hundredths = to_ns(ticks) / 10;

	printf("%" PRIu64 ".%02" PRIu64 " us", hundredths / 100, hundredths % 100);
}

static void print_histogram(const struct report *report)
{
	printf("rt:   late");
	for (unsigned i = 0; i < REPORT_BUCKETS; i++) {
		if (report->late[i] == 0)
			continue;
		printf(" <");
		print_us(UINT64_C(1) << i);
		printf(": %" PRIu64, report->late[i]);
	}
	printf("\n");
}

static const char *report_state(const struct report *report)
{
	return report->lost || report->strangers ? "LOST" : "ok";
}

static void print_words(const struct report *report, uint64_t number)
{
	printf("rt: report %" PRIu64 ": %" PRIu64 " releases, %" PRIu64 " missed, worst ", number,
		   report->releases, report->missed);
	print_us(report->late_max);
	printf(" late, %" PRIu64 " interrupts, state: %s\n", report->interrupts, report_state(report));
	print_histogram(report);
	if (argument_given("exact"))
		printf("rt:   exact: late min %" PRIu64 " max %" PRIu64 " ticks\n", report->late_min,
			   report->late_max);
}

static void print_json(const struct report *report, uint64_t number)
{
	const char *separator = "";

	printf("{\"guest\": \"rt\", \"report\": %" PRIu64 ", \"frequency_hz\": %" PRIu64, number,
		   timer_frequency());
	printf(", \"releases\": %" PRIu64 ", \"missed\": %" PRIu64, report->releases, report->missed);
	printf(", \"late_ticks_min\": %" PRIu64 ", \"late_ticks_max\": %" PRIu64, report->late_min,
		   report->late_max);
	printf(", \"interrupts\": %" PRIu64 ", \"spurious\": %" PRIu64 ", \"strangers\": %" PRIu64,
		   report->interrupts, report->spurious, report->strangers);
	printf(", \"state\": \"%s\", \"late_below_ticks\": {", report_state(report));
	for (unsigned i = 0; i < REPORT_BUCKETS; i++) {
		if (report->late[i] == 0)
			continue;
		printf("%s\"%" PRIu64 "\": %" PRIu64, separator, UINT64_C(1) << i, report->late[i]);
		separator = ", ";
	}
	printf("}}\n");
}

void report_print(const struct report *report, uint64_t number)
{
	if (argument_given("json"))
		print_json(report, number);
	else
		print_words(report, number);
}
