/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/housekeeping.h"

#include <string.h>

#include "base/log.h"
#include "console/console.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/notify.h"
#include "flow/hold/seize.h"
#include "flow/housekeeping/monitor.h"
#include "flow/housekeeping/print.h"
#include "flow/life/life.h"
#include "machine/api/cpu.h"
#include "machine/api/uart.h"
#include "vm/layout.h"

#define KEYS_A_PIECE 64
#define POLL_US 5000 /* a UART without an interrupt */

#define COMMAND_RETRY_US 500
/* Longer than SEIZE_ANSWER_US: a VM that does not answer is stopped by then. */
#define COMMAND_DEADLINE_US 1000000

static struct console console;
static struct {
	struct monitor_command command;
	uint64_t since; /* counter value */
	bool waits;
} asked;            /* the command that was typed last */
static bool polled; /* set once by the boot CPU: no interrupt */

/* Does Signalbox emulate its console? */
static bool has_uart(const struct vm *vm)
{
	return regions_of_kind(&vm->regions, REGION_UART) != NULL;
}

void housekeeping_init(bool is_polled)
{
	static struct console_setup setup;

	polled = is_polled;
	setup.vm_count = box.vm_count;
	setup.view = box.config.console_vm;
	setup.colour = !strstr(box.host.bootargs, "console.colour=0");
	setup.whole_lines = strstr(box.host.bootargs, "console.whole-lines=1");
	setup.log_next = print_count();
	for (unsigned i = 0; i < box.vm_count; i++) {
		struct vm *vm = &box.vm[i];

		setup.source[i].name = vm->config->name;
		setup.source[i].output = has_uart(vm) ? &vm->uart.output : NULL;
		setup.source[i].dropped = &vm->uart.output_dropped;
	}
	console_init(&console, &setup);
	console_banner(&console);
	turn_open();
}

static void uart_line_follows(struct vm *vm)
{
	bool level;

	lock_acquire(&vm->uart_lock);
	level = pl011_refresh(&vm->uart);
	notify_vcpus(vm, vgic_set_line_shared(&vm->vgic, GUEST_UART_INTID, level), NULL);
	lock_release(&vm->uart_lock);
}

/* Prints everything that waits, as long as the UART takes it. */
static void flush(void)
{
	struct console_news news;
	unsigned attempts = 100000;
	bool left;

	do {
		news = console_collect(&console, UINT64_MAX);
		left = console_transmit(&console, uart_put);
		if (left)
			cpu_relax();
	} while ((left || news.more) && --attempts);
}

static _Noreturn void power_off(void)
{
	for (unsigned i = 0; i < box.vm_count; i++)
		log_forgive(&box.vm[i].log); /* reports the lines that were left out */
	flush();
	machine_power_off();
	log_error("the firmware does not switch the machine off");
	flush();
	for (;;)
		cpu_wait_for_interrupt();
}

/*
 * A command that waits for a handler is tried again, and no key is read meanwhile: one thing after the other.
 */
static void perform_command(void)
{
	uint64_t now = cpu_counter();
	bool last = now - asked.since >= cpu_us_to_ticks(COMMAND_DEADLINE_US);

	asked.waits = !monitor_perform(&console, &asked.command, last);
	if (asked.waits)
		timer_set(TIMER_COMMAND, now + cpu_us_to_ticks(COMMAND_RETRY_US));
	else
		console_prompt(&console);
}

static void perform(const struct console_action *action)
{
	if (action->kind == CONSOLE_TYPE) {
		struct vm *vm = &box.vm[action->vm];

		if (!has_uart(vm))
			return;
		if (vm->state == VM_STOPPED || vm->state == VM_BROKEN) {
			console_key_lost(&console, action->vm);
			return;
		}
		pl011_type(&vm->uart, action->byte);
		uart_line_follows(vm);
	} else if (action->kind == CONSOLE_COMMAND) {
		if (action->command.verb == MONITOR_QUIT)
			power_off();
		asked.command = action->command;
		asked.since = cpu_counter();
		perform_command();
	}
}

static void take_keys(void)
{
	uint8_t byte;

	for (unsigned i = 0; !asked.waits && uart_get(&byte); i++) {
		struct console_action action = console_key(&console, byte);

		perform(&action);
		if (i == KEYS_A_PIECE) {
			turn_want();
			return;
		}
	}
}

static void show(void)
{
	struct console_news news = console_collect(&console, log_time_us());
	uint64_t now = log_time_us();
	bool left;

	for (; news.drained; news.drained &= news.drained - 1)
		uart_line_follows(&box.vm[bits_lowest(news.drained)]);
	left = console_transmit(&console, uart_put);
	uart_enable_interrupts(!asked.waits, left); /* keys wait while a command waits */
	if (polled && news.next_us > now + POLL_US)
		news.next_us = now + POLL_US;
	if (news.next_us == UINT64_MAX)
		timer_set(TIMER_CONSOLE, TIMER_NEVER);
	else if (news.next_us <= now || (news.more && !left))
		turn_want();
	else
		timer_set(TIMER_CONSOLE, cpu_counter() + cpu_us_to_ticks(news.next_us - now));
}

/* Logs how many lines of VMs were left out; returns when to look again. */
static uint64_t settle_logs(void)
{
	uint64_t next_us = UINT64_MAX, now_us = log_time_us();

	for (unsigned i = 0; i < box.vm_count; i++) {
		uint64_t again_us = log_settle(&box.vm[i].log);

		next_us = again_us < next_us ? again_us : next_us;
	}
	if (next_us == UINT64_MAX)
		return TIMER_NEVER;
	return cpu_counter() + cpu_us_to_ticks(next_us > now_us ? next_us - now_us + 1 : 1);
}

static void watch(void)
{
	uint64_t stops = seize_watch(), logs = settle_logs();

	timer_set(TIMER_WATCH, stops < logs ? stops : logs);
}

void housekeeping_work(void)
{
	if (!turn_take())
		return;
	if (asked.waits)
		perform_command();
	take_keys();
	show();
	watch();
	if (!box.config.stay && life_all_off())
		power_off();
}
