/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel's start, critical sections, ticks and console, in the manner of one that people use: what its GIC
 * driver and its timer driver do to the machine, and nothing else of it. It counts what it does where a
 * hypervisor may have to help, so that exits can be compared with it. Between two PSCI_VERSION calls there
 * are the ticks alone.
 *
 * Arguments: manner=zephyr (lk, zephyr, nuttx, freertos, rtthread, kvm-unit-tests) ticks=1000 period_us=100
 * sections=4 (critical sections a tick) priority=N (of the tick) ceiling=0x90 (freertos: what critical
 * sections mask, with all that is less urgent) idle=spin (default: WFI) split (EOI drops the priority,
 * ICC_DIR deactivates) busy (prints the average time from a deadline to the end of the tick's sections, in
 * ticks of the counter; no section outlasts a deadline then) echo (after the ticks: sends keys back, until
 * `q`).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/console.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "rtos/rtos.h"
#include "rtos/steps.h"

#define UART_INT_RX (1u << 4 | 1u << 6) /* receive, and receive timeout */
#define UART_FR_RXFE (1u << 4)
#define KEY_END 'q'
#define SGIS 10
#define CONTROL_EOI_MODE 2
#define SECTION_LONG 16 /* each so many'th outlasts a deadline */
#define SECTION_SLACK 64
#define SECTION_WORK 20

struct counts counts;
uint8_t tick_priority, ceiling;
static const struct manner *manner;
static bool split, spin, weighs;
static uint64_t period;
static volatile uint64_t deadline, fired; /* the next one, and the one before it */
static uint64_t busy, weighed;            /* of the second half of the ticks */
static volatile uint64_t ticks, sgis, keys, spurious, strangers, sections;
static volatile uint64_t first, second; /* equal, but in a critical section */
static volatile uint64_t torn;
static volatile bool ended;

static void idle(void)
{
	if (!spin)
		cpu_wfi();
}

/* A deadline that has passed meanwhile is left out, as a kernel does that counts time by its counter. */
static uint64_t next_deadline(void)
{
	uint64_t now = timer_now();

	fired = deadline;
	do
		deadline += period;
	while (deadline <= now);
	return deadline;
}

static void tick(void)
{
	uint64_t next = next_deadline();

	manner->tick_begin(next);
	torn += first != second;
	ticks++;
	manner->tick_end(next);
}

static uint32_t uart_read(uint64_t offset)
{
	counts.uart++;
	return mmio_read32(console_base + offset);
}

static void uart_write(uint64_t offset, uint32_t value)
{
	counts.uart++;
	mmio_write32(console_base + offset, value);
}

/* Reads until the FIFO is empty, and sends each byte back. */
static void take_keys(void)
{
	torn += first != second;
	uart_write(UART_ICR, UART_INT_RX);
	while (!(uart_read(UART_FR) & UART_FR_RXFE)) {
		uint32_t key = uart_read(UART_DR) & 0xff;

		uart_write(UART_DR, key);
		keys++;
		ended = ended || key == KEY_END;
	}
}

static void handle(uint32_t intid)
{
	if (intid == manner->timer_intid)
		tick();
	else if (intid == console_intid)
		take_keys();
	else if (intid == manner->sgi)
		sgis++;
	else
		strangers++;
}

static void end(uint32_t intid)
{
	cpu_barrier();
	sysreg_write(s3_0_c12_c12_1, intid); /* ICC_EOIR1_EL1 */
}

static void interrupt(struct frame *frame)
{
	uint32_t intid = (uint32_t)sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */

	(void)frame;
	cpu_barrier();
	if (intid == GIC_SPURIOUS) {
		spurious++;
		if (manner->ends_spurious)
			end(intid);
		return;
	}
	if (split)
		end(intid);
	if (manner->nests)
		cpu_irq_open();
	handle(intid);
	cpu_irq_close();
	if (split)
		deactivate(intid);
	else
		end(intid);
}

static void work(void)
{
	for (volatile unsigned i = 0; i < SECTION_WORK; i++)
		;
}

/* The tick's deadline may pass in it: the tick waits. */
static void section(void)
{
	manner->enter();
	first++;
	work();
	if (!weighs && sections % SECTION_LONG == 0)
		while (timer_now() < deadline + SECTION_SLACK)
			;
	second++;
	sections++;
	manner->leave();
}

static void run_ticks(uint64_t wanted, uint64_t sections_a_tick)
{
	uint64_t worked = ticks, end_at = wanted;

	deadline = timer_now() + period;
	psci_call(PSCI_VERSION, 0, 0, 0);
	manner->timer_start(deadline);
	cpu_irq_open();
	while (ticks < end_at) {
		if (worked == ticks) {
			idle();
			continue;
		}
		worked = ticks;
		for (uint64_t i = 0; i < sections_a_tick; i++)
			section();
		if (ticks > end_at / 2) {
			busy += timer_now() - fired;
			weighed++;
		}
	}
	cpu_irq_close();
	psci_call(PSCI_VERSION, 0, 0, 0);
}

static bool wait_for_bit(uint32_t intid, bool pending)
{
	uint64_t give_up = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while ((mmio_read32(private_frame + GICD_ISPENDR) >> intid & 1) != pending)
		if (timer_now() > give_up)
			return false;
	return true;
}

/* The timer's line, seen at the redistributor: it comes and goes, while the interrupt is disabled. */
static void poll(void)
{
	step_set_bit(TIMER_VIRTUAL_INTID, GICD_ICENABLER);
	timer_arm(timer_now());
	surprise_unless(wait_for_bit(TIMER_VIRTUAL_INTID, true));
	timer_disarm();
	surprise_unless(wait_for_bit(TIMER_VIRTUAL_INTID, false));
	step_set_bit(TIMER_VIRTUAL_INTID, GICD_ISENABLER);
}

static void send_sgis(void)
{
	if (manner->sgi == NO_SGI)
		return;
	for (unsigned i = 0; i < SGIS; i++)
		sysreg_write(s3_0_c12_c11_5, (uint64_t)manner->sgi << 24 | 1); /* ICC_SGI1R_EL1, to Aff0 0 */
	cpu_irq_open();
	cpu_irq_close();
}

/* Called by boot, instead of the library's driver. */
void boot_interrupts(void)
{
	int node = tree_node("arm,gic-v3", 0);

	distributor = tree_region(node, 0).base;
	redistributor = tree_region(node, 1).base;
	exception_interrupt = interrupt;
}

static const struct manner *find_manner(const char *name)
{
	const struct manner *found = manners;

	while (found->name && strcmp(found->name, name) != 0)
		found++;
	return found->name ? found : NULL;
}

static void start(void)
{
	manner->start();
	if (split)
		control_write(control_read() | CONTROL_EOI_MODE);
	if (manner->sgi != NO_SGI)
		step_set_bit(manner->sgi, GICD_ISENABLER);
	manner->connect(manner->timer_intid, tick_priority);
	manner->connect(console_intid, manner->console_priority);
	if (manner->polls)
		poll();
	send_sgis();
}

static const char *state(void)
{
	bool good = torn == 0 && strangers == 0 && surprises == 0 && first == second &&
				(manner->sgi == NO_SGI || sgis > 0);

	return good ? "ok" : "LOST";
}

static void report(const struct counts *of)
{
	printf("rtos: %s: %" PRIu64 " ticks, %" PRIu64 " sections, pmr %" PRIu64 ", rpr %" PRIu64
		   ", ctlr %" PRIu64 ", dir %" PRIu64 ", timer %" PRIu64 ", state: %s\n",
		   manner->name, ticks, sections, of->mask, of->running, of->control, of->deactivate, of->timer,
		   state());
	if (strcmp(state(), "ok") != 0)
		printf("rtos:   torn %" PRIu64 ", strangers %" PRIu64 ", surprises %" PRIu64 ", SGIs %" PRIu64 "\n",
			   torn, strangers, surprises, sgis);
}

/* Without ticks, so that all that happens is a key's. */
static void echo(void)
{
	step_set_bit(manner->timer_intid, GICD_ICENABLER);
	printf("rtos: type, q ends\n");
	uart_write(UART_IMSC, UART_INT_RX);
	while (!ended) {
		cpu_irq_close();
		if (!ended)
			idle();
		cpu_irq_open();
	}
	cpu_irq_close();
	printf("\nrtos: %" PRIu64 " keys, uart %" PRIu64 "\n", keys, counts.uart);
}

int main(void)
{
	struct counts before;

	manner = find_manner(argument_text("manner", "zephyr"));
	if (!manner) {
		printf("rtos: there is no such manner; this source's first lines name them\n");
		return 1;
	}
	split = argument_given("split");
	weighs = argument_given("busy");
	spin = strcmp(argument_text("idle", "wfi"), "spin") == 0;
	period = timer_ticks(argument_number("period_us", 100));
	tick_priority = (uint8_t)argument_number("priority", manner->tick_priority);
	ceiling = (uint8_t)argument_number("ceiling", 0x90);
	start();
	before = counts;
	run_ticks(argument_number("ticks", 1000), argument_number("sections", 4));
	counts.mask -= before.mask;
	counts.running -= before.running;
	counts.control -= before.control;
	counts.deactivate -= before.deactivate;
	counts.timer -= before.timer;
	report(&counts);
	if (weighs)
		printf("rtos: busy %" PRIu64 " a tick\n", busy / weighed);
	if (argument_given("echo"))
		echo();
	printf("rtos: done\n");
	return 0;
}
