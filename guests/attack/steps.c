/* SPDX-License-Identifier: Apache-2.0 */
/* What a CPU does with its own registers and instructions. */
#include "attack/attack.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"

#define SGIS 16
#define SGIS_OF_GUESTS 6 /* the others are of the hypervisor, in one configuration or the other */
#define MRS 0xd5200000u
#define MSR 0xd5000000u
#define RET 0xd65f03c0u
#define ENCODING(op0, op1, crn, crm, op2) \
	((uint32_t)(op0) << 14 | (uint32_t)(op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096

static uint32_t code[CPU_MAX][16];
static uint8_t scratch[CPU_MAX][PAGE] __attribute__((aligned(PAGE)));

/* One instruction, with a value in x0 and an address in x1. */
static void run(uint32_t instruction, uint64_t value, uint64_t address)
{
	uint32_t *place = code[cpu_number() % CPU_MAX];
	uint64_t (*call)(uint64_t, uint64_t) = (uint64_t(*)(uint64_t, uint64_t))(uintptr_t)place;

	place[0] = instruction;
	place[1] = place[2] = RET; /* an SVC has gone on already when it is skipped */
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(place) : "memory");
	call(value, address);
}

static uint64_t own_page(void)
{
	return (uint64_t)scratch[cpu_number() % CPU_MAX];
}

static void write_register(uint32_t encoding, uint64_t value)
{
	/* QEMU ends with an assertion when the virtual one is written a multiple of 8, which is more than it has.
	 */
	bool binary_point = encoding == ENCODING(3, 0, 12, 12, 3) || encoding == ENCODING(3, 0, 12, 8, 3);

	run(MSR | encoding << 5, binary_point ? value & 7 : value, 0);
}

static void access_register(uint32_t encoding, uint64_t value)
{
	if (random_once_in(2))
		run(MRS | encoding << 5, 0, 0);
	else
		write_register(encoding, value);
}

void step_interface(void)
{
	static const uint32_t registers[] = {
		ENCODING(3, 0, 4, 6, 0), /* ICC_PMR_EL1 */
		ENCODING(3, 0, 12, 8, 0),  ENCODING(3, 0, 12, 8, 1),  ENCODING(3, 0, 12, 8, 2),
		ENCODING(3, 0, 12, 8, 3),  ENCODING(3, 0, 12, 8, 4), /* IAR0, EOIR0, HPPIR0, BPR0, AP0R0 */
		ENCODING(3, 0, 12, 9, 0),  ENCODING(3, 0, 12, 9, 1), /* AP1R0, AP1R1 */
		ENCODING(3, 0, 12, 11, 1), ENCODING(3, 0, 12, 11, 1), ENCODING(3, 0, 12, 11, 3), /* DIR, RPR */
		ENCODING(3, 0, 12, 12, 0), ENCODING(3, 0, 12, 12, 0),                            /* IAR1 */
		ENCODING(3, 0, 12, 12, 1), ENCODING(3, 0, 12, 12, 1),                            /* EOIR1 */
		ENCODING(3, 0, 12, 12, 2), ENCODING(3, 0, 12, 12, 3), ENCODING(3, 0, 12, 12, 4),
		ENCODING(3, 0, 12, 12, 5), ENCODING(3, 0, 12, 12, 6), ENCODING(3, 0, 12, 12, 7),
	};
	uint32_t encoding = registers[random_below(COUNT_OF(registers))];

	if (random_once_in(4)) { /* as a guest has it */
		sysreg_write(s3_0_c4_c6_0, 0xff);
		sysreg_write(s3_0_c12_c12_7, 1);
	}
	access_register(encoding, random_once_in(2) ? random_below(128) : random_value());
}

/*
 * As if the interrupt of the highest priority were active: with direct delivery nothing reaches this CPU
 * then.
 */
void step_block(void)
{
	static const uint32_t longest_us[] = {20, 200, 1500, 3000, 20000};
	uint32_t us =
		longest_us[random_below(random_once_in(8) ? COUNT_OF(longest_us) : COUNT_OF(longest_us) - 1)];

	sysreg_write(s3_0_c12_c9_0, UINT64_C(1) << random_below(32)); /* ICC_AP1R0_EL1 */
	random_spin(random_once_in(2000) ? 1000000 : us);
	if (random_once_in(64))
		cpu_wfi();
	sysreg_write(s3_0_c12_c9_0, 0);
}

void step_sgi(void)
{
	uint64_t sgi = random_below(SGIS) << 24;

	gic_enable(random_below(SGIS_OF_GUESTS));
	switch (random_below(4)) {
	case 0:
		sysreg_write(s3_0_c12_c11_5, random_bits()); /* ICC_SGI1R_EL1 */
		break;
	case 1:
		sysreg_write(s3_0_c12_c11_7, sgi | random_below(4)); /* ICC_SGI0R_EL1 */
		break;
	case 2:
		sysreg_write(s3_0_c12_c11_5, sgi | UINT64_C(1) << 40); /* to all others */
		break;
	default:
		sysreg_write(s3_0_c12_c11_5, sgi | random_below(16));
	}
}

/* Soon; the physical one is emulated. */
void step_timer(void)
{
	uint64_t deadline = timer_now() + random_below(100000);

	if (random_once_in(2)) {
		gic_enable(TIMER_VIRTUAL_INTID);
		timer_arm(deadline);
	} else {
		gic_enable(TIMER_PHYSICAL_INTID);
		sysreg_write(cntp_cval_el0, deadline);
		sysreg_write(cntp_ctl_el0, random_below(4));
	}
	cpu_irq_open();
	if (random_once_in(4) && sysreg_read(cntv_ctl_el0) == TIMER_ENABLE)
		cpu_wfi();
}

/* Registers that this guest needs to run. */
static bool is_own(uint32_t encoding)
{
	static const uint32_t own[] = {
		ENCODING(3, 0, 1, 0, 0), ENCODING(3, 0, 2, 0, 0),  ENCODING(3, 0, 2, 0, 1),
		ENCODING(3, 0, 2, 0, 2), ENCODING(3, 0, 10, 2, 0), ENCODING(3, 0, 12, 0, 0),
		ENCODING(3, 0, 4, 2, 0), ENCODING(3, 0, 13, 0, 4), ENCODING(3, 3, 13, 0, 2),
	};

	for (unsigned i = 0; i < COUNT_OF(own); i++)
		if (own[i] == encoding)
			return true;
	return false;
}

/* Any system register, or nearly. */
void step_register(void)
{
	static const uint8_t classes[] = {0, 0, 0, 3, 3, 4, 5, 6, 7};
	uint32_t op0 = random_once_in(4) ? 2 : 3;
	uint32_t encoding = ENCODING(op0, classes[random_below(COUNT_OF(classes))], random_below(16),
								 random_below(random_once_in(2) ? 16 : 4), random_below(8));

	if (!is_own(encoding))
		access_register(encoding, random_value());
}

/* Maintenance of caches and TLBs, translation of addresses: any encoding. Addresses are its own, or wild. */
void step_instruction(void)
{
	uint32_t encoding = ENCODING(1, random_below(8), 7 + random_below(2), random_below(16), random_below(8));

	if (random_once_in(16)) /* SVC, HVC, SMC, BRK, HLT with any immediate; an instruction that is none */
		run(random_once_in(3)
				? (uint32_t)random_bits() & 0xffff
				: 0xd4000000u | random_below(4) << 21 | random_below(0x10000) << 5 | random_below(4),
			0, 0);
	else
		run(MSR | encoding << 5, random_once_in(2) ? own_page() : random_value() | UINT64_C(1) << 38, 0);
}

/* Loads and stores at addresses without memory, or of other VMs. */
void step_memory(void)
{
	static const uint64_t places[] = {0,          0x40200000, 0x80000000, 0x08000000, 0x080a0000,
									  0x09000000, 0x09010000, 0x09030000, 0x0a000000, UINT64_C(1) << 33};
	uint64_t at = places[random_below(COUNT_OF(places))] + (random_below(0x20000) & ~7u);

	if (at >= 0x40000000 && at < 0x80000000)
		(void)mmio_read64(at); /* some of it is its own */
	else if (random_once_in(2))
		(void)mmio_read32(at);
	else
		mmio_write32(at, (uint32_t)random_value());
	if (random_once_in(64))
		run(0xd61f0000u | 1 << 5 /* BR x1 */, 0, random_value() & ~UINT64_C(0xffffffff));
}

/*
 * Accesses to emulated registers that EL2's syndrome does not describe: pairs, write-back, exclusives,
 * atomics, SIMD, DC ZVA.
 */
void step_odd(void)
{
	static const uint32_t instructions[] = {
		0x29400c20, 0x29000c20, /* ldp w0, w3, [x1]; stp */
		0xa9400c20, 0xa9000c20, /* the same of x registers */
		0xb8404420, 0xb8004420, /* ldr w0, [x1], #4; str */
		0x885f7c20, 0x88037c20, /* ldxr w0, [x1]; stxr w3, w0, [x1] */
		0xb8200023, 0xbd400020, /* ldadd w0, w3, [x1]; ldr s0, [x1] */
		0xd50b7421, 0x08dffc20, /* dc zva, x1; ldarb */
	};
	static const uint64_t places[] = {0x08000000, 0x080a0000, 0x080b0000, 0x09000000, 0x09010000, 0x30000000};

	run(instructions[random_below(COUNT_OF(instructions))], random_value(),
		places[random_below(COUNT_OF(places))] + (random_below(0x1000) & ~3u));
}

/* It destroys what it needs to run. */
void step_ruin(void)
{
	switch (random_below(4)) {
	case 0:
		sysreg_write(vbar_el1, random_once_in(2) ? 0 : random_value());
		break;
	case 1:
		sysreg_write(sctlr_el1, random_value());
		break;
	case 2:
		sysreg_write(ttbr0_el1, random_value());
		break;
	default:
		__asm__ volatile("msr daifset, #15");
		for (;;)
			__asm__ volatile("wfi");
	}
	__asm__ volatile("brk #0");
}
