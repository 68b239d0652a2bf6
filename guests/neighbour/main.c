/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A victim and its culprits: what may one VM take of another one's time by what it asks of Signalbox? The
 * argument case= says what this guest does, on all its processors, from `begin` milliseconds on:
 *
 * - victim: counts turns of a loop, and interrupts of a timer of 1 kHz, and reports them each half second
 * - spin: nothing; the control
 * - exits: does what takes Signalbox long, to its own interrupt controller: every register, with all bits and
 * none
 * - print: prints without end
 * - ring: rings the doorbell of its first shared memory
 * - route: moves interrupt intid= to VM to=, where it is already, from one vCPU to the other and back
 * - gentle: the same a hundred times a second, and reports how many were refused
 * - ferry: moves interrupt intid= between the VMs to= and and=; with device=1 its device
 * - flush: moves the device of interrupt intid= to itself
 * - deliver: changes how the interrupts of VM to= are delivered
 * - block: keeps Signalbox from its processor (with direct delivery) for some time, lets go, again; its other
 *   processors ask for a change of delivery of their own VM, to=
 * - naps: sleeps for 5 us at a time
 * - past: sleeps with a timer whose deadline has passed, its interrupt masked
 * - self: sends itself an SGI
 * - calls: calls the firmware
 * - power: its first processor turns the second on, which turns itself off
 * - ones: writes all ones to every register of its interrupt controller, then resets its VM
 * - notes, jobs: see notes.h; they begin at once, and end
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "neighbour/notes.h"
#include "signalbox/hypercall.h"

#define REPORT_US 500000
#define BLOCKED_US 300000
#define LET_GO_US 20

static volatile uint64_t ticks;

static void take(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid != TIMER_VIRTUAL_INTID)
		return;
	ticks++;
	timer_arm(timer_now() + timer_ticks(1000));
}

static void victim(void)
{
	uint64_t reports = argument_number("reports", 6), next = timer_now() + timer_ticks(REPORT_US), turns = 0;

	gic_handle(take);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
	cpu_irq_open();
	for (uint64_t n = 1; n <= reports; turns++) {
		if (timer_now() < next)
			continue;
		printf("victim: report %" PRIu64 ": %" PRIu64 " turns, %" PRIu64 " ticks\n", n++, turns, ticks);
		turns = ticks = 0;
		next = timer_now() + timer_ticks(REPORT_US);
	}
}

static void spin(void)
{
	timer_spin(1000);
}

/*
 * GICD_CTLR, and the registers that both distributor and redistributor have; interrupts that others move stay
 * inactive.
 */
static void exits(void)
{
	static const uint32_t rows[] = {0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0xc00};
	static uint32_t turn;
	uint32_t n = turn++, row = rows[n % (sizeof(rows) / sizeof(rows[0]))];
	uint32_t bank = 1 + n / 64 % 8, value = n & 16 ? 0 : UINT32_MAX;
	uint64_t shared = gic_distributor + row + 4 * (row == 0x300 && bank == 1 ? 2 : bank);
	uint64_t private = gic_redistributor() + 0x10000 + row;

	if (row == 0x080 && !(n & 32)) {
		mmio_write32(gic_distributor, n & 1 ? 3 : 0);
		mmio_write32(gic_distributor, 3);
	}
	mmio_write32(shared, value);
	mmio_write32(private, value & 0xffff0000);
	(void)mmio_read32(shared);
	(void)mmio_read32(private);
	gic_send_sgi(3, (uint16_t)(n >> 3));
}

/* Each word of a page that has registers, also where there is none. */
static void write_ones(uint64_t base, unsigned from, unsigned below)
{
	for (unsigned at = from; at < below; at += 4)
		mmio_write32(base + at, UINT32_MAX);
}

static void write_ones_to_interface(void)
{
	sysreg_write(s3_0_c4_c6_0, UINT64_MAX);   /* ICC_PMR_EL1 */
	sysreg_write(s3_0_c12_c8_3, UINT64_MAX);  /* ICC_BPR0_EL1 */
	sysreg_write(s3_0_c12_c8_4, UINT64_MAX);  /* ICC_AP0R0_EL1 */
	sysreg_write(s3_0_c12_c9_0, UINT64_MAX);  /* ICC_AP1R0_EL1 */
	sysreg_write(s3_0_c12_c11_5, UINT64_MAX); /* ICC_SGI1R_EL1 */
	sysreg_write(s3_0_c12_c11_6, UINT64_MAX); /* ICC_ASGI1R_EL1 */
	sysreg_write(s3_0_c12_c11_7, UINT64_MAX); /* ICC_SGI0R_EL1 */
	sysreg_write(s3_0_c12_c12_3, UINT64_MAX); /* ICC_BPR1_EL1 */
	sysreg_write(s3_0_c12_c12_4, UINT64_MAX); /* ICC_CTLR_EL1 */
	sysreg_write(s3_0_c12_c12_5, UINT64_MAX); /* ICC_SRE_EL1 */
	sysreg_write(s3_0_c12_c12_6, UINT64_MAX); /* ICC_IGRPEN0_EL1 */
	sysreg_write(s3_0_c12_c12_7, UINT64_MAX); /* ICC_IGRPEN1_EL1 */
	sysreg_write(s3_0_c12_c8_1, UINT64_MAX);  /* ICC_EOIR0_EL1 */
	sysreg_write(s3_0_c12_c12_1, UINT64_MAX); /* ICC_EOIR1_EL1 */
	sysreg_write(s3_0_c12_c11_1, UINT64_MAX); /* ICC_DIR_EL1 */
}

static void ones(void)
{
	uint64_t redistributor = gic_redistributor();

	write_ones(gic_distributor, 0, 0x1000);
	write_ones(gic_distributor, GICD_IROUTER, GICD_IROUTER + 0x2000);
	write_ones(gic_distributor, 0xff00, 0x10000);
	write_ones(redistributor, 0, 0x200);
	write_ones(redistributor, 0xff00, 0x10000 + 0x1000);
	write_ones_to_interface();
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static void print(void)
{
	printf("culprit: a line that nobody needs, as fast as it can be printed\n");
}

static void ring(void)
{
	hvc_call(SIGNALBOX_CALL_RING, 0, 0, 0);
}

static int64_t reroute(void)
{
	static uint64_t turn;

	return hvc_call(SIGNALBOX_CALL_IRQ_MOVE, argument_number("intid", 34), argument_number("to", 0),
					(1 + (turn++ & 1)) << SIGNALBOX_MOVE_VCPU_SHIFT);
}

static void route(void)
{
	reroute();
}

static void gentle(void)
{
	static unsigned calls, refused;

	timer_spin(10000);
	refused += reroute() != SIGNALBOX_OK;
	if (++calls % 100 == 0)
		printf("gentle: %u moves, %u refused\n", calls, refused);
}

static void ferry(void)
{
	static uint64_t turn;

	hvc_call(argument_number("device", 0) ? SIGNALBOX_CALL_DEVICE_MOVE : SIGNALBOX_CALL_IRQ_MOVE,
			 argument_number("intid", 34), turn++ & 1 ? argument_number("to", 0) : argument_number("and", 0),
			 0);
}

static void flush(void)
{
	hvc_call(SIGNALBOX_CALL_DEVICE_MOVE, argument_number("intid", 39), argument_number("me", 0), 0);
}

static void deliver(void)
{
	static uint64_t turn;

	hvc_call(SIGNALBOX_CALL_DELIVERY, argument_number("to", 0),
			 turn++ & 1 ? SIGNALBOX_DELIVERY_VIRTUAL : SIGNALBOX_DELIVERY_DIRECT, 0);
}

static void block(void)
{
	if (cpu_number() != 0) {
		hvc_call(SIGNALBOX_CALL_DELIVERY, argument_number("to", 0), SIGNALBOX_DELIVERY_VIRTUAL, 0);
		return;
	}
	sysreg_write(s3_0_c12_c9_0, 1); /* ICC_AP1R0_EL1 */
	timer_spin(BLOCKED_US);
	sysreg_write(s3_0_c12_c9_0, 0);
	timer_spin(LET_GO_US);
}

static void naps(void)
{
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now() + timer_ticks(5));
	cpu_wfi();
}

static void past(void)
{
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(0);
	cpu_wfi();
}

static void self(void)
{
	gic_handle(take);
	gic_enable(3);
	cpu_irq_open();
	gic_send_sgi(3, 1);
}

static void calls(void)
{
	smc_call(PSCI_VERSION, 0, 0, 0);
	smc_call(0, 0, 0, 0);
}

static _Noreturn void act_for_ever(void);

static void power(void)
{
	if (cpu_number() == 0)
		boot_cpu(1, act_for_ever);
	else
		psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

static const struct culprit {
	const char *name;
	void (*act)(void);
} culprits[] = {{"spin", spin},       {"exits", exits},   {"print", print}, {"ring", ring},
				{"route", route},     {"gentle", gentle}, {"ferry", ferry}, {"flush", flush},
				{"deliver", deliver}, {"block", block},   {"naps", naps},   {"past", past},
				{"self", self},       {"calls", calls},   {"power", power}, {"ones", ones}};
static void (*act)(void);

static _Noreturn void act_for_ever(void)
{
	for (;;)
		act();
}

int main(void)
{
	const char *name = argument_text("case", "victim");
	uint64_t mpidr[8];
	unsigned cpus = tree_cpus(mpidr);

	for (unsigned i = 0; i < sizeof(culprits) / sizeof(culprits[0]); i++)
		if (strncmp(name, culprits[i].name, strlen(culprits[i].name)) == 0)
			act = culprits[i].act;
	if (!act) {
		if (strcmp(name, "notes") == 0)
			notes_write();
		else if (strcmp(name, "jobs") == 0)
			notes_jobs();
		else
			victim();
		return 0;
	}
	timer_spin(argument_number("begin", 1000) * 1000);
	printf("culprit: begins\n");
	for (unsigned n = 1; n < cpus; n++)
		boot_cpu(n, act_for_ever);
	act_for_ever();
}
