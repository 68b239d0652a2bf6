/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/guest.h"

#include "machine/api/gic_registers.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"

void guest_set_big_endian(void)
{
	sysreg_write(SCTLR_EL1, sysreg_read(SCTLR_EL1) | SCTLR_EL1_EE);
}

struct guest_syndrome guest_syndrome_read(void)
{
	return (struct guest_syndrome){
		.esr = sysreg_read(ESR_EL2),
		.far = sysreg_read(FAR_EL2),
		.hpfar = sysreg_read(HPFAR_EL2),
	};
}

uint64_t guest_esr(void)
{
	return sysreg_read(ESR_EL2);
}

uint64_t guest_far(void)
{
	return sysreg_read(FAR_EL2);
}

uint64_t guest_hpfar(void)
{
	return sysreg_read(HPFAR_EL2);
}

uint64_t guest_pc(void)
{
	return sysreg_read(ELR_EL2);
}

uint64_t guest_pstate(void)
{
	return sysreg_read(SPSR_EL2);
}

bool guest_is_aarch32(void)
{
	return guest_pstate() & SPSR_AARCH32;
}

/* EL0 and EL1t use SP_EL0. */
uint64_t guest_stack_pointer(void)
{
	return FIELD_GET(SPSR_M, guest_pstate()) == SPSR_M_EL1H ? sysreg_read(SP_EL1) : sysreg_read(SP_EL0);
}

void guest_set_stack_pointer(uint64_t value)
{
	if (FIELD_GET(SPSR_M, guest_pstate()) == SPSR_M_EL1H)
		sysreg_write(SP_EL1, value);
	else
		sysreg_write(SP_EL0, value);
}

bool guest_is_big_endian(void)
{
	uint64_t spsr = guest_pstate();

	if (spsr & SPSR_AARCH32)
		return spsr & SPSR_E;
	return sysreg_read(SCTLR_EL1) & (FIELD_GET(SPSR_M, spsr) ? SCTLR_EL1_EE : SCTLR_EL1_E0E);
}

struct guest_translation guest_translation_read(void)
{
	return (struct guest_translation){
		.sctlr = sysreg_read(SCTLR_EL1),
		.tcr = sysreg_read(TCR_EL1),
		.ttbr = {sysreg_read(TTBR0_EL1), sysreg_read(TTBR1_EL1)},
	};
}

struct guest_exception guest_exception_read(void)
{
	return (struct guest_exception){
		.elr = sysreg_read(ELR_EL1),
		.esr = sysreg_read(ESR_EL1),
		.vbar = sysreg_read(VBAR_EL1),
	};
}

/* ITSTATE of the next instruction (DDI 0487, AArch32.ITAdvance); EL0 of a guest may run T32. */
static uint64_t advance_it(uint64_t spsr)
{
	uint64_t it = FIELD_GET(SPSR_IT_HIGH, spsr) << 2 | FIELD_GET(SPSR_IT_LOW, spsr);

	it = it & 7 ? (it & BITS(7, 5)) | (it << 1 & BITS(4, 0)) : 0;
	spsr &= ~(SPSR_IT_HIGH | SPSR_IT_LOW);
	return spsr | FIELD_PUT(SPSR_IT_HIGH, it >> 2) | FIELD_PUT(SPSR_IT_LOW, it);
}

/* A guest that runs T32, that comes from an indirect branch, or that steps itself. */
static __attribute__((noinline)) void skip_with_state(uint64_t spsr)
{
	spsr = spsr & SPSR_AARCH32 ? advance_it(spsr) : spsr & ~SPSR_BTYPE;
	sysreg_write(SPSR_EL2, spsr & ~SPSR_SS); /* a guest that steps itself has stepped past it */
	sysreg_write(ELR_EL2, sysreg_read(ELR_EL2) + (sysreg_read(ESR_EL2) & ESR_IL ? 4 : 2));
}

#define SPSR_NOT_PLAIN (SPSR_AARCH32 | SPSR_BTYPE | SPSR_SS)

bool guest_is_plain(void)
{
	return !(sysreg_read(SPSR_EL2) & SPSR_NOT_PLAIN) &&
		   !(sysreg_read(SCTLR_EL1) & (SCTLR_EL1_EE | SCTLR_EL1_E0E));
}

void guest_skip_plainly(void)
{
	sysreg_write(ELR_EL2, sysreg_read(ELR_EL2) + 4);
}

void guest_skip_instruction(void)
{
	uint64_t spsr = sysreg_read(SPSR_EL2);

	if (__builtin_expect((spsr & SPSR_NOT_PLAIN) != 0, 0))
		skip_with_state(spsr);
	else
		guest_skip_plainly();
}

static uint64_t vector_offset(uint64_t spsr)
{
	if (spsr & SPSR_AARCH32)
		return 0x600;
	switch (FIELD_GET(SPSR_M, spsr)) {
	case SPSR_M_EL1T:
		return 0x000;
	case SPSR_M_EL1H:
		return 0x200;
	default:
		return 0x400;
	}
}

/*
 * PSTATE after an exception to EL1 (DDI 0487, AArch64.TakeException), for the features that the processor
 * has, hidden or not: UAO, BTYPE, IL, SS and the bits of AArch32 alone are 0.
 */
static uint64_t exception_pstate(uint64_t spsr)
{
	uint64_t sctlr = sysreg_read(SCTLR_EL1);
	uint64_t pstate = (spsr & (SPSR_NZCV | SPSR_DIT | SPSR_PAN)) | SPSR_DAIF | SPSR_M_EL1H;

	if (ID_FIELD(ID_AA64MMFR1_EL1, 20) && !(sctlr & SCTLR_EL1_SPAN)) /* PAN */
		pstate |= SPSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= SPSR_SSBS;
	if (ID_FIELD(ID_AA64PFR1_EL1, 8)) /* MTE */
		pstate |= SPSR_TCO;
	if (ID_FIELD(ID_AA64PFR1_EL1, 36) && !(sctlr & SCTLR_EL1_SPINTMASK)) /* NMI */
		pstate |= SPSR_ALLINT;
	return pstate;
}

void guest_inject_exception(uint64_t esr, uint64_t far, bool far_valid)
{
	uint64_t spsr = sysreg_read(SPSR_EL2);

	sysreg_write(ELR_EL1, sysreg_read(ELR_EL2));
	sysreg_write(SPSR_EL1, spsr);
	sysreg_write(ESR_EL1, esr);
	if (far_valid)
		sysreg_write(FAR_EL1, far);
	sysreg_write(ELR_EL2, sysreg_read(VBAR_EL1) + vector_offset(spsr));
	sysreg_write(SPSR_EL2, exception_pstate(spsr));
}
