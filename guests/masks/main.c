/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks by priority, thousands of times a second, and checks that it holds: what critical sections protect is
 * never seen half changed; nothing below the ceiling is handled in one, and what is sent in one comes at its
 * end; what is above the ceiling comes at once; a queue from a handler to a task loses nothing.
 *
 * Two equal workers do `rate` critical sections a second, a tick's share at each tick, and take turns; a
 * consumer empties the queue; this program's first task prints a report when all of the report's are done.
 *
 * Where its tree has the pages of signalbox/closed.h, what it masks is closed there, too.
 *
 * Arguments: period_us=1000 rate=20000 reports=0 (power off after so many; 0: never)
 * ticks=1000 (of a report) idle=spin (default: WFI) json (one line a report)
 * ceiling=0xa0 (0xff masks nothing, 0x30 too much: both are noticed).
 *
 * No task but the first may use FP registers, which are not switched: so nothing of the C library.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "masks/kernel.h"
#include "signalbox/closed.h"

enum { WORKER_0 = 1, WORKER_1, CONSUMER };
#define WORKERS 2
#define PRIORITY_WORKER 1
#define PRIORITY_CONSUMER 2
#define QUEUE_SIZE 64
#define NEST_EVERY 4 /* sections */
#define DEVICE_EVERY 16
#define DEVICE_AT 5
#define FAST_AT 13
#define WORK 20         /* rounds in the middle of a change */
#define WAIT_US 1000000 /* an emulator on a busy machine may stop for a while */

/* All in critical sections, or in handlers below the ceiling. */
static struct {
	volatile uint64_t first, second, third; /* equal, unless a reader comes while they change */
} shared;
static volatile uint64_t queue[QUEUE_SIZE], queue_in, queue_out;
static volatile uint64_t released, due, done[WORKERS]; /* ticks: come; of this report; worked for */

static volatile uint64_t device_sent, device_came, consumed, fast_sent, fast_came;
static volatile uint64_t torn, lost, early, late; /* what must stay 0 */
static uint64_t share;                            /* critical sections of a worker in a tick */

static void look(void)
{
	torn += shared.first != shared.second || shared.second != shared.third;
}

/* Half done while the device's interrupt is sent, which must wait until the section ends. */
static void change(bool device)
{
	look();
	shared.first++;
	if (device) {
		device_sent++;
		gic_send_sgi(KERNEL_SGI_DEVICE, 1);
	}
	for (volatile unsigned i = 0; i < WORK; i++)
		;
	shared.second++;
	for (volatile unsigned i = 0; i < WORK; i++)
		;
	shared.third++;
	early += device && device_came == device_sent;
}

/* Has it come as often as it was sent? After a while without it, the answer is no. */
static bool wait_until_came(const volatile uint64_t *came, uint64_t sent)
{
	uint64_t end = timer_now() + timer_ticks(WAIT_US);

	while (*came < sent)
		if (timer_now() > end)
			return false;
	return true;
}

/* In a critical section: it is handled nevertheless. */
static void send_fast(void)
{
	fast_sent++;
	gic_send_sgi(KERNEL_SGI_FAST, 1);
	late += !wait_until_came(&fast_came, fast_sent);
}

static void section(uint64_t number)
{
	bool device = number % DEVICE_EVERY == DEVICE_AT;

	kernel_enter();
	change(device);
	if (number % NEST_EVERY == 0) {
		kernel_enter();
		change(false);
		kernel_leave();
		change(false);
	}
	if (number % DEVICE_EVERY == FAST_AT)
		send_fast();
	kernel_leave();
	if (device)
		late += !wait_until_came(&device_came, device_sent);
}

static void work(unsigned worker)
{
	for (uint64_t number = 0;;) {
		kernel_enter();
		while (done[worker] == (released < due ? released : due)) {
			kernel_block();
			kernel_leave();
			kernel_enter();
		}
		kernel_leave();
		for (uint64_t i = 0; i < share; i++) {
			section(number++);
			if (i == share / 2)
				kernel_yield();
		}
		done[worker]++;
	}
}

static void worker_0(void)
{
	work(0);
}
static void worker_1(void)
{
	work(1);
}

/* Numbers come in order, and none is left out. */
static void consume(void)
{
	for (;;) {
		kernel_enter();
		look();
		if (queue_out == queue_in) {
			kernel_block();
		} else {
			lost += queue[queue_out % QUEUE_SIZE] != consumed;
			queue_out++;
			consumed++;
		}
		kernel_leave();
	}
}

static void wake_workers(void)
{
	kernel_wake(WORKER_0);
	kernel_wake(WORKER_1);
}

static void tick(void)
{
	uint64_t before;

	look();
	before = kernel_mask();
	released++;
	wake_workers();
	kernel_unmask(before);
}

static void interrupt(uint32_t intid)
{
	uint64_t before;

	if (intid == KERNEL_SGI_FAST) {
		fast_came++;
		return;
	}
	look();
	before = kernel_mask();
	if (intid != KERNEL_SGI_DEVICE || queue_in - queue_out == QUEUE_SIZE)
		lost++;
	else
		queue[queue_in++ % QUEUE_SIZE] = device_came;
	device_came++;
	kernel_wake(CONSUMER);
	kernel_unmask(before);
}

static bool all_done(void)
{
	bool finished;

	kernel_enter();
	finished = done[0] == due && done[1] == due && consumed == device_sent;
	kernel_leave();
	return finished;
}

static const char *state(void)
{
	bool good = torn == 0 && lost == 0 && early == 0 && late == 0 && kernel_counts.intruders == 0 &&
				consumed == device_sent && fast_came == fast_sent;

	return good ? "ok" : "LOST";
}

static void print_words(uint64_t number)
{
	printf("masks: report %" PRIu64 ": %" PRIu64 " ticks, %" PRIu64 " sections, %" PRIu64 " queued, %" PRIu64
		   " fast, %" PRIu64 " switches, %" PRIu64 " missed, state: %s\n",
		   number, due, share * (done[0] + done[1]), consumed, fast_came, kernel_counts.switches,
		   kernel_counts.missed, state());
	if (strcmp(state(), "ok") != 0)
		printf("masks:   torn %" PRIu64 " lost %" PRIu64 " early %" PRIu64 " late %" PRIu64
			   " intruders %" PRIu64 " queued %" PRIu64 " of %" PRIu64 " fast %" PRIu64 " of %" PRIu64 "\n",
			   torn, lost, early, late, kernel_counts.intruders, consumed, device_sent, fast_came, fast_sent);
}

static void print_json(uint64_t number)
{
	printf("{\"guest\": \"masks\", \"report\": %" PRIu64 ", \"ticks\": %" PRIu64 ", \"sections\": %" PRIu64,
		   number, due, share * (done[0] + done[1]));
	printf(", \"queued\": %" PRIu64 ", \"fast\": %" PRIu64 ", \"switches\": %" PRIu64
		   ", \"missed\": %" PRIu64,
		   consumed, fast_came, kernel_counts.switches, kernel_counts.missed);
	printf(", \"torn\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"early\": %" PRIu64 ", \"late\": %" PRIu64
		   ", \"intruders\": %" PRIu64,
		   torn, lost, early, late, kernel_counts.intruders);
	printf(", \"state\": \"%s\"}\n", state());
}

static void report(uint64_t number, uint64_t ticks, bool spin)
{
	kernel_enter();
	due += ticks;
	wake_workers();
	kernel_leave();
	while (!all_done())
		if (!spin)
			cpu_wfi();
	if (argument_given("json"))
		print_json(number);
	else
		print_words(number);
}

static void find_pages(void)
{
	int node = tree_node("signalbox,closed-flag", 0);

	if (node < 0)
		return;
	boot_map_memory(tree_region(node, 0));
	kernel_pages = (struct signalbox_closed *)signalbox_closed_pages();
}

int main(void)
{
	static const struct kernel_handlers handlers = {tick, interrupt};
	uint64_t period_us = argument_number("period_us", 1000);
	uint64_t report_count = argument_number("reports", 0);
	bool spin = strcmp(argument_text("idle", "wfi"), "spin") == 0;
	uint64_t number = 0;

	share = argument_number("rate", 20000) * period_us / 1000000 / WORKERS;
	if (share == 0) {
		printf("masks: rate=%" PRIu64 " makes no sense; each worker has a section a tick at least\n",
			   argument_number("rate", 20000));
		return 1;
	}
	printf("masks: period %" PRIu64 " us, %" PRIu64 " critical sections a tick\n", period_us,
		   WORKERS * share);
	kernel_add_task(WORKER_0, PRIORITY_WORKER, worker_0);
	kernel_add_task(WORKER_1, PRIORITY_WORKER, worker_1);
	kernel_add_task(CONSUMER, PRIORITY_CONSUMER, consume);
	kernel_ceiling = argument_number("ceiling", KERNEL_CEILING);
	find_pages();
	kernel_start(timer_ticks(period_us), &handlers);
	do
		report(++number, argument_number("ticks", 1000), spin);
	while (number != report_count);
	kernel_stop();
	printf("masks: done\n");
	return 0;
}
