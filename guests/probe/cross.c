/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts between CPUs. With one CPU only, these cases say so and pass. */
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define PING 1
#define ANSWER 2
#define ROUNDS 1000

static volatile unsigned received[CPU_MAX][16], spis[CPU_MAX], ready, leave;
static uint64_t mpidr[CPU_MAX];
static unsigned cpus;

/* On every CPU: counts; another CPU than the first answers PING. */
static void cross_handler(uint32_t intid, struct frame *frame)
{
	unsigned cpu = cpu_number();

	(void)frame;
	if (intid >= 16) {
		spis[cpu]++;
		return;
	}
	received[cpu][intid]++;
	if (intid == PING && cpu != 0)
		gic_send_sgi(ANSWER, 1);
}

static void cross_wait(void)
{
	gic_enable(PING);
	gic_enable(ANSWER);
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	cpu_irq_open();
	while (!leave)
		cpu_wfi();
	cpu_irq_close();
}

static bool wait_until(volatile unsigned *word, unsigned value)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while (*word < value)
		if (timer_now() > end)
			return false;
	return true;
}

/* Starts the others; false when there are none. */
static bool cross_start(void)
{
	cpus = tree_cpus(mpidr);
	if (cpus < 2) {
		note("one CPU only");
		return false;
	}
	ready = leave = 0;
	for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
		spis[cpu] = 0;
		for (unsigned sgi = 0; sgi < 16; sgi++)
			received[cpu][sgi] = 0;
	}
	gic_handle(cross_handler);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		check(boot_cpu(cpu, cross_wait) == 0, "CPU %u starts", cpu);
	check(wait_until(&ready, cpus - 1), "%u CPUs wait", ready);
	gic_enable(PING);
	gic_enable(ANSWER);
	cpu_irq_open();
	return true;
}

static void cross_stop(void)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	leave = 1;
	gic_send_sgi_others(ANSWER);
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		while (psci_call(PSCI_AFFINITY_INFO, mpidr[cpu], 0, 0) != 1 && timer_now() < end)
			;
	check(timer_now() < end, "the others are off again");
	cpu_irq_close();
}

static void sgi_cross(void)
{
	bool good = true;

	if (!cross_start())
		return;
	for (unsigned round = 0; round < ROUNDS && good; round++) {
		unsigned target = 1 + round % (cpus - 1);

		gic_send_sgi(PING, (uint16_t)(1u << (mpidr[target] & 0xf)));
		good = wait_until(&received[0][ANSWER], round + 1);
	}
	check(received[0][ANSWER] == ROUNDS, "%u round trips of %u", received[0][ANSWER], ROUNDS);
	cross_stop();
}

static void sgi_broadcast(void)
{
	bool good = true;

	if (!cross_start())
		return;
	for (unsigned round = 1; round <= ROUNDS && good; round++) {
		gic_send_sgi_others(PING);
		for (unsigned cpu = 1; cpu < cpus; cpu++)
			good &= wait_until(&received[cpu][PING], round);
	}
	for (unsigned cpu = 1; cpu < cpus; cpu++)
		check(received[cpu][PING] == ROUNDS, "CPU %u got %u of %u", cpu, received[cpu][PING], ROUNDS);
	check(received[0][PING] == 0, "the sender got none");
	cross_stop();
}

/* An SPI pending for a CPU that does not take it is routed to another, which does. */
static void reroute(void)
{
	unsigned on_others = 0;
	uint32_t spi = taken_one();

	if (!cross_start())
		return;
	taken_spi(spi, true, 0xa0);
	cpu_irq_close();
	gic_pend(spi);
	cpu_barrier();
	check(gic_is_pending(spi), "pending for the first CPU, which is masked");
	gic_route(spi, mpidr[1]);
	check(wait_until(&spis[1], 1), "routed to the second CPU: taken there");
	cpu_irq_open();
	timer_spin(1000);
	check(spis[0] == 0 && spis[1] == 1, "and only there, once");
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned target = round % cpus;
		unsigned before = spis[target];

		gic_route(spi, mpidr[target]);
		gic_pend(spi);
		on_others += !wait_until(&spis[target], before + 1);
	}
	check(on_others == 0, "%u routed elsewhere each time: %u not taken by the right CPU", ROUNDS, on_others);
	gic_disable(spi);
	cross_stop();
}

/* SGIs, without those that an earlier case left pending. */
static void enable_sgis(void)
{
	uint64_t own = gic_redistributor() + GICR_SGI_BASE;

	mmio_write32(own + GICD_ICPENDR, 0xffff);
	mmio_write32(own + GICD_ISENABLER, 0xffff);
}

/* Takes all that there is: boot code writes ones to every enable register. */
static void all_wait(void)
{
	enable_sgis();
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	cpu_irq_open();
	while (!leave)
		cpu_wfi();
	cpu_irq_close();
	mmio_write32(gic_redistributor() + GICR_SGI_BASE + GICD_ICENABLER, 0xffff);
}

static void count_sgis(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid < 16)
		received[cpu_number()][intid]++;
}

/* Each of 16 SGIs, from the first CPU to itself and to another, some times. */
static void all_sgis(void)
{
	unsigned wrong = 0, targets = cpus < 2 ? 1 : 2;

	for (unsigned round = 1; round <= 3; round++)
		for (unsigned cpu = 0; cpu < targets; cpu++)
			for (unsigned sgi = 0; sgi < 16; sgi++) {
				gic_send_sgi(sgi, (uint16_t)(1u << (mpidr[cpu] & 0xf)));
				wrong += !wait_until(&received[cpu][sgi], round);
			}
	for (unsigned cpu = 0; cpu < targets; cpu++)
		for (unsigned sgi = 0; sgi < 16; sgi++)
			wrong += received[cpu][sgi] != 3;
	check(wrong == 0, "16 SGIs to %u CPUs, 3 times: %u not taken, or too often", targets, wrong);
}

static void all_enabled(void)
{
	uint64_t own = gic_redistributor() + GICR_SGI_BASE;

	cpus = tree_cpus(mpidr);
	ready = leave = 0;
	__builtin_memset((void *)received, 0, sizeof(received));
	gic_handle(count_sgis);
	enable_sgis();
	for (unsigned word = 1; word < taken_spi_end() / 32; word++)
		mmio_write32(gic_distributor + GICD_ISENABLER + 4 * word, ~0u);
	if (cpus > 1)
		check(boot_cpu(1, all_wait) == 0 && wait_until(&ready, 1), "the second CPU waits");
	cpu_irq_open();
	all_sgis();
	if (cpus > 1)
		cross_stop();
	cpu_irq_close();
	for (unsigned word = 1; word < taken_spi_end() / 32; word++)
		mmio_write32(gic_distributor + GICD_ICENABLER + 4 * word, ~0u);
	mmio_write32(own + GICD_ICENABLER, 0xffff);
}

static volatile uint32_t to_deactivate;

static void deactivate_for_another(void)
{
	gic_eoi_mode(1);
	while (!leave) {
		if (!to_deactivate)
			continue;
		sysreg_write(s3_0_c12_c11_1, to_deactivate); /* ICC_DIR_EL1 */
		cpu_barrier();
		to_deactivate = 0;
	}
}

/* Acknowledged here, and its priority dropped: it stays active. */
static bool handle_first_half(uint32_t intid)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US), got;

	gic_pend(intid);
	do
		got = sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
	while (got != intid && timer_now() < end);
	sysreg_write(s3_0_c12_c12_1, got); /* ICC_EOIR1_EL1 */
	return got == intid && gic_is_active(intid);
}

static bool have_deactivated(uint32_t intid)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	to_deactivate = intid;
	while (to_deactivate && timer_now() < end)
		;
	return !gic_is_active(intid);
}

/* EOImode = 1: two SPIs are active at once, and another CPU deactivates both, in either order. */
static void deactivate_cross(void)
{
	unsigned good = 0;

	cpus = tree_cpus(mpidr);
	if (cpus < 2) {
		note("one CPU only");
		return;
	}
	leave = 0;
	check(boot_cpu(1, deactivate_for_another) == 0, "the second CPU starts");
	gic_eoi_mode(1);
	taken_spi(TAKEN_SPI, true, 0xa0);
	taken_spi(TAKEN_SPI + 1, true, 0xa0);
	for (unsigned round = 0; round < ROUNDS / 10 && good == round; round++)
		good += handle_first_half(TAKEN_SPI) && handle_first_half(TAKEN_SPI + 1) &&
				have_deactivated(TAKEN_SPI + round % 2) && gic_is_active(TAKEN_SPI + (round + 1) % 2) &&
				have_deactivated(TAKEN_SPI + (round + 1) % 2);
	check(good == ROUNDS / 10, "%u times of %u it deactivates what is active here", good, ROUNDS / 10);
	gic_eoi_mode(0);
	gic_disable(TAKEN_SPI);
	gic_disable(TAKEN_SPI + 1);
	cross_stop();
}

const struct probe_case cross_cases[] = {
	{"sgi-cross", sgi_cross, false},     {"sgi-broadcast", sgi_broadcast, false},
	{"reroute", reroute, false},         {"deactivate-cross", deactivate_cross, false},
	{"all-enabled", all_enabled, false}, {0},
};
