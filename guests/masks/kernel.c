/* SPDX-License-Identifier: Apache-2.0 */
#include "masks/kernel.h"

#include <string.h>

#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "signalbox/closed.h"

#define MASK_OPEN 0xff
#define MASK_LEAST 0xf0 /* reads of an open mask may lack bits */
#define SPSR_TASK 0x345 /* EL1 with SP_EL1; interrupts open, all else masked */
#define TASK_STACK 0x4000
#define SELF 1

struct task {
	struct frame *frame; /* while it does not run */
	unsigned priority;
	bool exists;
	volatile bool blocked;
};

uint64_t kernel_ceiling = KERNEL_CEILING;
struct signalbox_closed *kernel_pages;
volatile struct kernel_counts kernel_counts;
static struct task tasks[KERNEL_TASKS];
static _Alignas(16) uint8_t stacks[KERNEL_TASKS][TASK_STACK];
static volatile unsigned current;
static const struct kernel_handlers *handlers;
static uint64_t period, deadline;
static volatile unsigned sections; /* critical sections that the running task is in */
static volatile unsigned handling; /* handlers that are running, one in another */
static volatile bool switch_wanted;

static uint64_t mask_read(void)
{
	return sysreg_read(s3_0_c4_c6_0); /* ICC_PMR_EL1 */
}
static void mask_write(uint64_t mask)
{
	sysreg_write(s3_0_c4_c6_0, mask);
}

/* Masked first and unmasked last, as signalbox/closed.h wants it. */
static void close_to(uint64_t mask)
{
	mask_write(mask);
	if (kernel_pages)
		signalbox_closed_close(kernel_pages, SIGNALBOX_CLOSED_FROM((uint32_t)mask));
}

static void open_to(uint64_t mask)
{
	if (kernel_pages)
		signalbox_closed_open(kernel_pages, mask >= MASK_LEAST ? SIGNALBOX_CLOSED_NOTHING
															   : SIGNALBOX_CLOSED_FROM((uint32_t)mask));
	mask_write(mask);
}

void kernel_enter(void)
{
	close_to(kernel_ceiling);
	sections++;
}

void kernel_leave(void)
{
	if (--sections == 0)
		open_to(MASK_OPEN);
}

uint64_t kernel_mask(void)
{
	uint64_t before = mask_read();

	close_to(kernel_ceiling);
	sections++;
	return before;
}

void kernel_unmask(uint64_t before)
{
	sections--;
	open_to(before);
}

void kernel_yield(void)
{
	gic_send_sgi(KERNEL_SGI_YIELD, SELF);
}

void kernel_block(void)
{
	tasks[current].blocked = true;
	kernel_yield();
}

void kernel_wake(unsigned number)
{
	tasks[number].blocked = false;
	if (handling)
		switch_wanted = true;
	else
		kernel_yield();
}

/* The task to run: the one of the highest priority; of equals the next after the running one. */
static unsigned choose(void)
{
	unsigned best = 0;

	for (unsigned i = 1; i <= KERNEL_TASKS; i++) {
		unsigned number = (current + i) % KERNEL_TASKS;

		if (tasks[number].exists && !tasks[number].blocked && tasks[number].priority > tasks[best].priority)
			best = number;
	}
	return best;
}

/* Tasks are switched at the end of the outermost handler. */
static struct frame *go_on(struct frame *frame)
{
	unsigned next;

	if (handling > 0 || !switch_wanted)
		return frame;
	switch_wanted = false;
	next = choose();
	if (next == current)
		return frame;
	kernel_counts.switches++;
	tasks[current].frame = frame;
	current = next;
	return tasks[current].frame;
}

static void tick(void)
{
	uint64_t skipped = (timer_now() - deadline) / period;

	deadline += period * (1 + skipped);
	timer_arm(deadline);
	kernel_counts.ticks++;
	kernel_counts.missed += skipped;
	switch_wanted = true;
	handlers->tick();
}

/* Between acknowledge and EOI: the GIC lets only more urgent interrupts come. */
static void taken(uint32_t intid, struct frame *frame)
{
	(void)frame;
	kernel_counts.intruders += sections > 0 && intid != KERNEL_SGI_FAST;
	handling++;
	cpu_irq_open();
	if (intid == TIMER_VIRTUAL_INTID)
		tick();
	else if (intid == KERNEL_SGI_YIELD)
		switch_wanted = true;
	else
		handlers->interrupt(intid);
	cpu_irq_close();
	handling--;
}

void kernel_add_task(unsigned number, unsigned priority, void (*run)(void))
{
	struct frame *frame = (struct frame *)(void *)(stacks[number] + TASK_STACK) - 1;

	memset(frame, 0, sizeof(*frame));
	frame->elr = (uint64_t)run;
	frame->spsr = SPSR_TASK;
	tasks[number] = (struct task){frame, priority, true, false};
}

static void interrupt_set_up(uint32_t intid, uint8_t priority)
{
	gic_priority(intid, priority);
	gic_enable(intid);
}

void kernel_start(uint64_t period_ticks, const struct kernel_handlers *new_handlers)
{
	handlers = new_handlers;
	period = period_ticks;
	tasks[0].exists = true;
	gic_handle(taken);
	exception_after_interrupt = go_on;
	interrupt_set_up(KERNEL_SGI_YIELD, KERNEL_PRIORITY_YIELD);
	interrupt_set_up(KERNEL_SGI_DEVICE, KERNEL_PRIORITY_DEVICE);
	interrupt_set_up(KERNEL_SGI_FAST, KERNEL_PRIORITY_FAST);
	interrupt_set_up(TIMER_VIRTUAL_INTID, KERNEL_PRIORITY_TICK);
	deadline = timer_now() + period;
	timer_arm(deadline);
	cpu_irq_open();
}

void kernel_stop(void)
{
	timer_disarm();
	cpu_irq_close();
}
