/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/guest.h"

#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"

#define SCTLR_EL1_RESET UINT64_C(0x30d00800) /* its RES1 bits: MMU and caches off */
#define PSTATE_RESET (SPSR_DAIF | SPSR_M_EL1H)

/* Each field of struct guest_state that is a register as it stands. */
#define FOR_EACH_REGISTER(X) \
	X(pc, ELR_EL2) \
	X(pstate, SPSR_EL2) \
	X(sctlr, SCTLR_EL1) \
	X(actlr, ACTLR_EL1) \
	X(cpacr, CPACR_EL1) \
	X(ttbr0, TTBR0_EL1) \
	X(ttbr1, TTBR1_EL1) \
	X(tcr, TCR_EL1) \
	X(mair, MAIR_EL1) \
	X(amair, AMAIR_EL1) \
	X(vbar, VBAR_EL1) \
	X(contextidr, CONTEXTIDR_EL1) \
	X(esr, ESR_EL1) \
	X(far, FAR_EL1) \
	X(afsr0, AFSR0_EL1) \
	X(afsr1, AFSR1_EL1) \
	X(par, PAR_EL1) \
	X(elr, ELR_EL1) \
	X(spsr, SPSR_EL1) \
	X(sp_el0, SP_EL0) \
	X(sp_el1, SP_EL1) \
	X(tpidr_el0, TPIDR_EL0) \
	X(tpidrro_el0, TPIDRRO_EL0) \
	X(tpidr_el1, TPIDR_EL1) \
	X(csselr, CSSELR_EL1) \
	X(mdscr, MDSCR_EL1) \
	X(cntkctl, CNTKCTL_EL1) \
	X(cntv_ctl, CNTV_CTL_EL0) \
	X(cntv_cval, CNTV_CVAL_EL0) \
	X(vmpidr, VMPIDR_EL2) \
	X(vpidr, VPIDR_EL2)

#define FOR_EACH_KEY(X) \
	X(pointer_key[0], APIAKEYLO_EL1) \
	X(pointer_key[1], APIAKEYHI_EL1) \
	X(pointer_key[2], APIBKEYLO_EL1) \
	X(pointer_key[3], APIBKEYHI_EL1) \
	X(pointer_key[4], APDAKEYLO_EL1) \
	X(pointer_key[5], APDAKEYHI_EL1) \
	X(pointer_key[6], APDBKEYLO_EL1) \
	X(pointer_key[7], APDBKEYHI_EL1) \
	X(pointer_key[8], APGAKEYLO_EL1) \
	X(pointer_key[9], APGAKEYHI_EL1)

#define LOAD(field, reg) sysreg_write(reg, state->field);
#define SAVE(field, reg) state->field = sysreg_read(reg);

static bool has_pointer_authentication(void)
{
	return sysreg_read(HCR_EL2) & HCR_APK;
}

void guest_state_reset(struct guest_state *state, uint64_t pc, uint64_t vmpidr)
{
	*state = (struct guest_state){
		.pc = pc,
		.pstate = PSTATE_RESET,
		.sctlr = SCTLR_EL1_RESET,
		.actlr = sysreg_read(ACTLR_EL1),
		.vmpidr = vmpidr | BIT(31), /* RES1 */
		.vpidr = sysreg_read(MIDR_EL1),
	};
}

void guest_state_load(const struct guest_state *state)
{
	FOR_EACH_REGISTER(LOAD)
	if (has_pointer_authentication()) {
		FOR_EACH_KEY(LOAD)
	}
}

void guest_state_save(struct guest_state *state)
{
	FOR_EACH_REGISTER(SAVE)
	if (has_pointer_authentication()) {
		FOR_EACH_KEY(SAVE)
	}
}

void guest_scrub_pcpu(void)
{
	sysreg_write(CNTV_CTL_EL0, 0); /* a timer of a guest that is gone */
	clear_fp();
	sysreg_write(MDSCR_EL1, 0);
	clear_breakpoints(ID_FIELD(ID_AA64DFR0_EL1, 12) + 1);
	clear_watchpoints(ID_FIELD(ID_AA64DFR0_EL1, 20) + 1);
	barrier_isb();
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
	sysreg_write(SPSR_EL2, spsr & ~SPSR_SS); /* a guest that steps itself steps past it */
	sysreg_write(ELR_EL2, sysreg_read(ELR_EL2) + (sysreg_read(ESR_EL2) & ESR_IL ? 4 : 2));
}

void guest_skip_instruction(void)
{
	uint64_t spsr = sysreg_read(SPSR_EL2);

	if (__builtin_expect((spsr & (SPSR_AARCH32 | SPSR_BTYPE | SPSR_SS)) != 0, 0))
		skip_with_state(spsr);
	else
		sysreg_write(ELR_EL2, sysreg_read(ELR_EL2) + 4);
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

void guest_inject_exception(uint64_t esr, uint64_t far, bool far_valid)
{
	uint64_t spsr = sysreg_read(SPSR_EL2), sctlr = sysreg_read(SCTLR_EL1);
	uint64_t pstate = (spsr & (SPSR_NZCV | SPSR_DIT | SPSR_PAN)) | SPSR_DAIF | SPSR_M_EL1H;

	if (!(sctlr & SCTLR_EL1_SPAN))
		pstate |= SPSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= SPSR_SSBS;
	sysreg_write(ELR_EL1, sysreg_read(ELR_EL2));
	sysreg_write(SPSR_EL1, spsr);
	sysreg_write(ESR_EL1, esr);
	if (far_valid)
		sysreg_write(FAR_EL1, far);
	sysreg_write(ELR_EL2, sysreg_read(VBAR_EL1) + vector_offset(spsr));
	sysreg_write(SPSR_EL2, pstate);
}
