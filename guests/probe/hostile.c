/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest can do against a hypervisor that lets its interrupts come directly. Each case takes one
 * interrupt of its timer as a guest should, says so, does its worst, and goes on until somebody stops the VM.
 */
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define HYPERVISORS_SGI 14 /* and 15, where there is one security state */
#define SGIS 16
#define SGI_IRM (UINT64_C(1) << 40)
#define EOI_MODE_1 2

static void take_timer(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	timer_disarm();
}

/* Its timer's next interrupt, soon, to `handler`. */
static void arm_timer(gic_handler *handler)
{
	taken_start();
	gic_handle(handler);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
}

static _Noreturn void go_on(void)
{
	for (;;)
		;
}

/* A second CPU, if there is one, is merely busy. */
static void begin(void)
{
	arm_timer(take_timer);
	taken_wait(1);
	check(taken_count == 1 && taken_log[0] == TIMER_VIRTUAL_INTID, "its timer's interrupt has come");
	gic_disable(TIMER_VIRTUAL_INTID);
	boot_cpu(1, go_on);
}

static void deaf(void)
{
	begin();
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	note("hears nothing now");
	go_on();
}

static void mask(void)
{
	begin();
	note("its priority mask is 0 now");
	sysreg_write(s3_0_c4_c6_0, 0); /* ICC_PMR_EL1 */
	go_on();
}

static void group_off(void)
{
	begin();
	note("its group is off now");
	sysreg_write(s3_0_c12_c12_7, 0); /* ICC_IGRPEN1_EL1 */
	go_on();
}

/* As if the most urgent interrupt were active for ever. */
static void active_priority(void)
{
	begin();
	note("its active priority is the highest now");
	sysreg_write(s3_0_c12_c9_0, 1); /* ICC_AP1R0_EL1 */
	go_on();
}

/* Nothing would end that sleep, and the hypervisor could not either. */
static void asleep(void)
{
	begin();
	note("sleeps with the highest priority active now");
	sysreg_write(s3_0_c12_c9_0, 1); /* ICC_AP1R0_EL1 */
	for (;;)
		cpu_wfi();
}

static void suspended(void)
{
	begin();
	note("is suspended with the highest priority active now");
	sysreg_write(s3_0_c12_c9_0, 1); /* ICC_AP1R0_EL1 */
	for (;;)
		psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
}

static void keep(uint32_t intid, struct frame *frame)
{
	(void)intid;
	(void)frame;
	note("its handler does not end now");
	cpu_irq_open();
	go_on();
}

/* With no bit that preempts, the active priority of any interrupt is the highest. */
static void binary_point(void)
{
	begin();
	sysreg_write(s3_0_c12_c12_3, 7); /* ICC_BPR1_EL1 */
	arm_timer(keep);
	cpu_irq_open();
	go_on();
}

/* The line stays up, too. */
static void no_end(void)
{
	begin();
	arm_timer(keep);
	cpu_irq_open();
	go_on();
}

static void acknowledge_self(void)
{
	gic_send_sgi(1, 1);
	(void)sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
}

/* Each end takes a running priority that drops, so it acknowledges one of its own before; both modes of EOI.
 */
static void foreign_end(void)
{
	unsigned end = taken_spi_end();

	begin();
	gic_enable(1);
	note("ends interrupts of others now");
	for (unsigned mode = 0;; mode ^= EOI_MODE_1) {
		sysreg_write(s3_0_c12_c12_4, mode); /* ICC_CTLR_EL1 */
		for (unsigned intid = 0; intid < end; intid++) {
			acknowledge_self();
			sysreg_write(s3_0_c12_c12_1, intid); /* ICC_EOIR1_EL1 */
			sysreg_write(s3_0_c12_c11_1, intid); /* ICC_DIR_EL1 */
			gic_deactivate(1);
		}
	}
}

static void all_sgis(void)
{
	begin();
	note("has the hypervisor's SGIs now");
	for (;;)
		for (unsigned sgi = HYPERVISORS_SGI; sgi < SGIS; sgi++) {
			gic_enable(sgi);
			gic_send_sgi(sgi, 1);
			gic_unpend(sgi);
			gic_deactivate(sgi);
			gic_pend(sgi);
			gic_priority(sgi, 0);
			gic_disable(sgi);
		}
}

/* In the form of ICC_SGI1R_EL1: to all others, and to clusters and ranges that may not exist. */
static const uint64_t targets[] = {
	SGI_IRM,
	SGI_IRM | 0xffff,
	0xffff,
	0xffff | 1 << 16,
	0xffff | UINT64_C(1) << 32,
	0xffff | UINT64_C(1) << 48,
	0xffff | UINT64_C(1) << 44 /* RS */,
	0x00ff00ff00ffffff,
	~(UINT64_C(0xf) << 24),
};

static void broadcast(void)
{
	begin();
	note("sends SGIs to everybody now");
	for (unsigned i = 0;; i = (i + 1) % (sizeof(targets) / sizeof(targets[0])))
		for (uint64_t sgi = 0; sgi < SGIS; sgi++) {
			uint64_t value = targets[i] | sgi << 24;

			sysreg_write(s3_0_c12_c11_5, value); /* ICC_SGI1R_EL1 */
			sysreg_write(s3_0_c12_c11_6, value); /* ICC_ASGI1R_EL1 */
			sysreg_write(s3_0_c12_c11_7, value); /* ICC_SGI0R_EL1 */
		}
}

/* All that can be done to a word of 32 interrupts, but not enable them. */
static void disturb(uint64_t frame, unsigned bank)
{
	static const unsigned words[] = {GICD_ISPENDR,   GICD_ICPENDR,   GICD_ISACTIVER,
									 GICD_ICACTIVER, GICD_ICENABLER, GICD_IGROUPR};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		mmio_write32(frame + words[i] + 4 * bank, ~0u);
	for (unsigned i = 0; i < 8; i++)
		mmio_write32(frame + GICD_IPRIORITYR + 32 * bank + 4 * i, 0);
	mmio_write32(frame + GICD_ICFGR + 8 * bank, ~0u);
	mmio_write32(frame + GICD_ICFGR + 8 * bank + 4, 0);
}

static void disturb_all(bool enable)
{
	for (unsigned bank = 0; bank < taken_spi_end() / 32; bank++) {
		uint64_t frame = bank == 0 ? gic_redistributor() + GICR_SGI_BASE : gic_distributor;

		if (enable)
			mmio_write32(frame + GICD_ISENABLER + 4 * bank, ~0u);
		disturb(frame, bank);
	}
	for (uint32_t spi = GIC_SPI_FIRST; spi < taken_spi_end(); spi++)
		gic_route(spi, spi % 2 ? sysreg_read(mpidr_el1) : spi);
}

static void foreign(void)
{
	begin();
	note("writes to others' interrupts now");
	for (;;)
		disturb_all(false);
}

static void foreign_enabled(void)
{
	begin();
	note("enables others' interrupts now");
	for (;;)
		disturb_all(true);
}

/* Group 0 is the hypervisor's where there is one security state. */
static void group_0_interface(void)
{
	begin();
	note("writes to the registers of Group 0 now");
	for (;;) {
		sysreg_write(s3_0_c12_c8_4, 1);                          /* ICC_AP0R0_EL1 */
		sysreg_write(s3_0_c12_c8_3, 7);                          /* ICC_BPR0_EL1 */
		sysreg_write(s3_0_c12_c12_6, 0);                         /* ICC_IGRPEN0_EL1 */
		sysreg_write(s3_0_c12_c8_1, sysreg_read(s3_0_c12_c8_0)); /* ICC_EOIR0_EL1, ICC_IAR0_EL1 */
		for (unsigned intid = 0; intid < 32; intid++)
			sysreg_write(s3_0_c12_c8_1, intid);
	}
}

const struct probe_case hostile_cases[] = {
	{"hostile-deaf", deaf, true},
	{"hostile-mask", mask, true},
	{"hostile-group-off", group_off, true},
	{"hostile-active-priority", active_priority, true},
	{"hostile-asleep", asleep, true},
	{"hostile-suspended", suspended, true},
	{"hostile-binary-point", binary_point, true},
	{"hostile-no-end", no_end, true},
	{"hostile-foreign-end", foreign_end, true},
	{"hostile-sgis", all_sgis, true},
	{"hostile-broadcast", broadcast, true},
	{"hostile-foreign", foreign, true},
	{"hostile-foreign-enabled", foreign_enabled, true},
	{"hostile-group-0", group_0_interface, true},
	{0},
};
