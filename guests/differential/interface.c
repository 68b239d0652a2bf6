/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interface: what it shows after each operation, and the operations on it. */
#include <stddef.h>

#include "differential/differential.h"
#include "lib/cpu.h"
#include "lib/gic.h"

#define ICC_IAR0 s3_0_c12_c8_0
#define ICC_EOIR0 s3_0_c12_c8_1
#define ICC_HPPIR0 s3_0_c12_c8_2
#define ICC_BPR0 s3_0_c12_c8_3
#define ICC_AP0R0 s3_0_c12_c8_4
#define ICC_AP1R0 s3_0_c12_c9_0
#define ICC_DIR s3_0_c12_c11_1
#define ICC_RPR s3_0_c12_c11_3
#define ICC_IAR1 s3_0_c12_c12_0
#define ICC_EOIR1 s3_0_c12_c12_1
#define ICC_HPPIR1 s3_0_c12_c12_2
#define ICC_BPR1 s3_0_c12_c12_3
#define ICC_CTLR s3_0_c12_c12_4
#define ICC_IGRPEN0 s3_0_c12_c12_6
#define ICC_IGRPEN1 s3_0_c12_c12_7
#define ICC_PMR s3_0_c4_c6_0
#define CTLR_CBPR 1
#define CTLR_EOIMODE 2
#define CTLR_SHARED 0x3f83 /* A3V and SEIS aside: IDbits, PRIbits, EOImode, CBPR */
#define ISR_FIQ 0x40
#define ISR_SIGNALS 0xc0 /* I and F */
#define INTID_FIRST_SPECIAL 1020

/* By the names above, not by the macro's argument. */
#define sysreg_read_of(name) sysreg_read_named(name)
#define sysreg_read_named(name) sysreg_read(name)
#define sysreg_write_of(name, value) sysreg_write_named(name, value)
#define sysreg_write_named(name, value) sysreg_write(name, value)

static struct interface interfaces[CPUS_MAX];

struct interface *interface_here(void)
{
	return &interfaces[cpu_number()];
}

void interface_init(void)
{
	sysreg_write_of(ICC_PMR, 0xff);
	sysreg_write_of(ICC_IGRPEN0, 1);
	sysreg_write_of(ICC_IGRPEN1, 1);
	interface_here()->open[0] = interface_here()->open[1] = true;
}

/*
 * While one group is closed, QEMU's physical GIC lets a pending interrupt of it hide those of the other. List
 * registers do not, and should not (IHI 0069, ICC_IGRPEN0_EL1: what is pending in the CPU interface then must
 * be released). So signalled interrupts are read, and acknowledged in the group that is open, only while both
 * groups are open.
 */
static bool is_plain(const struct interface *interface)
{
	return interface->open[0] && interface->open[1];
}

void interface_observe(void)
{
	const struct interface *interface = interface_here();

	cpu_barrier();
	log_saw("rpr", sysreg_read_of(ICC_RPR));
	log_saw("ap0", sysreg_read_of(ICC_AP0R0));
	log_saw("ap1", sysreg_read_of(ICC_AP1R0));
	if (!is_plain(interface))
		return;
	log_saw("isr", sysreg_read(isr_el1) & ISR_SIGNALS);
	log_saw("hpp0", sysreg_read_of(ICC_HPPIR0));
	log_saw("hpp1", sysreg_read_of(ICC_HPPIR1));
}

bool interface_acknowledge(bool group1)
{
	struct interface *interface = interface_here();
	uint32_t intid;
	struct interrupt *interrupt;

	if (!is_plain(interface) && interface->open[group1])
		return false;
	intid = (uint32_t)(group1 ? sysreg_read_of(ICC_IAR1) : sysreg_read_of(ICC_IAR0));
	cpu_barrier();
	log_saw(group1 ? "iar1" : "iar0", intid);
	interrupt = interrupt_find(intid);
	if (!interrupt || interface->running_count == RUNNING_MAX)
		return true;
	interrupt->active = true;
	interrupt->half_ended = false;
	interrupt->holder = cpu_number();
	interrupt->running++;
	interface->running[interface->running_count] = interrupt;
	interface->running_group1[interface->running_count++] = group1;
	return true;
}

/* With nothing signalled there is little to see: such operations are mostly left out. */
static bool is_idle(void)
{
	return is_plain(interface_here()) && !(sysreg_read(isr_el1) & ISR_SIGNALS) && !random_one_in(8);
}

bool play_acknowledge(void)
{
	bool group1 = random_one_in(2);

	if (is_idle())
		return false;
	if (is_plain(interface_here()) && !random_one_in(4))
		group1 = !(sysreg_read(isr_el1) & ISR_FIQ);
	return interface_acknowledge(group1);
}

bool play_window(void)
{
	uint64_t came;

	if (!is_plain(interface_here()) || is_idle())
		return false;
	came = window_open();
	log_saw("came", came);
	if (came)
		interface_acknowledge(came == 1);
	return true;
}

/*
 * Ends the last one acknowledged: another order is unpredictable (IHI 0069, ICC_EOIR1_EL1). Special INTIDs
 * are ignored.
 */
bool play_end(void)
{
	struct interface *interface = interface_here();
	struct interrupt *interrupt;
	bool group1 = random_one_in(2);
	uint32_t intid = INTID_FIRST_SPECIAL + random_below(4);

	if (!random_one_in(16)) {
		if (!interface->running_count)
			return false;
		interrupt = interface->running[--interface->running_count];
		group1 = interface->running_group1[interface->running_count];
		intid = interrupt->intid;
		interrupt->running--;
		interrupt->half_ended = interrupt->active && interface->split && !interrupt->half_ended;
		interrupt->active &= interface->split;
	}
	log_chose(group1 ? "eoir1" : "eoir0", intid);
	if (group1)
		sysreg_write_of(ICC_EOIR1, intid);
	else
		sysreg_write_of(ICC_EOIR0, intid);
	return true;
}

/*
 * Also before its EOI, which then drops the priority only; and with EOImode = 0, where it is ignored (IHI
 * 0069, ICC_DIR_EL1). One that is active on another CPU is left alone (CAVEATS.md).
 */
bool play_deactivate(void)
{
	bool split = interface_here()->split;
	unsigned first = random_below(interrupt_count);

	for (unsigned i = 0; i < interrupt_count; i++) {
		struct interrupt *interrupt = &interrupts[(first + i) % interrupt_count];

		if (!interrupt->active || interrupt->holder != cpu_number() || (!split && !random_one_in(4)))
			continue;
		log_chose("dir", interrupt->intid);
		interrupt->active &= !split;
		interrupt->half_ended = split ? interrupt->running : interrupt->half_ended;
		sysreg_write_of(ICC_DIR, interrupt->intid);
		return true;
	}
	return false;
}

bool play_mask(void)
{
	uint32_t mask = random_one_in(4) ? random_below(32) * 8 : 0xff;

	log_chose("pmr", mask);
	sysreg_write_of(ICC_PMR, mask);
	log_saw("pmr", sysreg_read_of(ICC_PMR) & 0xf8);
	return true;
}

/* Not while an interrupt runs: its active priority is where the old binary point put it (CAVEATS.md). */
bool play_binary_point(void)
{
	uint32_t point = random_one_in(2) ? 0 : random_below(8);

	if (interface_here()->running_count)
		return false;
	log_chose("bpr", point);
	if (random_one_in(2))
		sysreg_write_of(ICC_BPR0, point);
	else
		sysreg_write_of(ICC_BPR1, point);
	log_saw("bpr0", sysreg_read_of(ICC_BPR0));
	log_saw("bpr1", sysreg_read_of(ICC_BPR1));
	return true;
}

/* ICC_EOIR and ICC_DIR of one interrupt are written in one mode (CAVEATS.md). */
bool play_mode(void)
{
	struct interface *interface = interface_here();
	uint32_t mode = random_below(4);

	for (unsigned i = 0; i < interrupt_count; i++)
		if (interrupts[i].half_ended && interrupts[i].holder == cpu_number())
			return false;
	if (interface->running_count) /* ICC_CTLR_EL1.CBPR changes a binary point */
		mode = (mode & CTLR_EOIMODE) | (sysreg_read_of(ICC_CTLR) & CTLR_CBPR);
	log_chose("ctlr", mode);
	interface->split = mode & CTLR_EOIMODE;
	sysreg_write_of(ICC_CTLR, mode);
	log_saw("ctlr", sysreg_read_of(ICC_CTLR) & CTLR_SHARED);
	log_saw("bpr1", sysreg_read_of(ICC_BPR1));
	return true;
}

bool play_open(void)
{
	struct interface *interface = interface_here();
	unsigned group = random_below(2);
	bool open = !interface->open[group];

	if (!open && !random_one_in(4))
		return false; /* mostly open: then more can be seen */
	log_chose(group ? "igrpen1" : "igrpen0", open);
	interface->open[group] = open;
	if (group)
		sysreg_write_of(ICC_IGRPEN1, open);
	else
		sysreg_write_of(ICC_IGRPEN0, open);
	log_saw("igrpen0", sysreg_read_of(ICC_IGRPEN0));
	log_saw("igrpen1", sysreg_read_of(ICC_IGRPEN1));
	return true;
}

/* To the CPUs of a list, or to all others; by Aff3, Aff2 and Aff1 of a CPU that there is, or not. */
bool play_sgi(void)
{
	static const uint8_t sgis[] = {0, 1, 7, 15};
	uint64_t value = (uint64_t)sgis[random_below(4)] << 24;
	unsigned which = random_below(4);

	value |= random_one_in(8) ? UINT64_C(1) << 40 : random_below(1 << cpu_count);
	if (random_one_in(16))
		value |= UINT64_C(1) << (16 + 16 * random_below(3));
	log_chose("register", which);
	log_chose("sgi", value);
	if (which == 0)
		sysreg_write(s3_0_c12_c11_7, value); /* ICC_SGI0R_EL1 */
	else if (which == 1)
		sysreg_write(s3_0_c12_c11_6, value); /* ICC_ASGI1R_EL1 */
	else
		sysreg_write(s3_0_c12_c11_5, value); /* ICC_SGI1R_EL1 */
	return true;
}
