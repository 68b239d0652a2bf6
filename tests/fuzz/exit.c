/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that does anything: loads and stores at any address of its devices, system registers, calls, exits
 * with any syndrome, its interrupt interface in any state, while its devices go on and a person stops and
 * starts it. Nothing of it may reach the neighbour or a foreign interrupt, or be a crash or a hang; and when
 * the guest then sets its GIC up, each of its interrupts comes once (board.h).
 *
 * Input: vCPUs, list registers, size of the distributor; then a byte for each step that says what and on
 * which vCPU, and what that step needs.
 */
#include <string.h>

#include "base/bits.h"
#include "board.h"
#include "input.h"
#include "machine/api/mmu.h"
#include "signalbox/hypercall.h"
#include "vm/layout.h"
#include "vm/smccc.h"

#define VMCR_KNOWN (BITS(31, 18) | BIT(9) | BIT(4) | BITS(1, 0))

static struct input input;

/* `may_change`: registers that the exit may give a value, a bit each. */
static void take_exit(unsigned v, struct guest_syndrome syndrome, uint32_t may_change)
{
	struct vcpu *vcpu = board_guest()->vcpu[v];
	struct frame before = vcpu->frame;
	uint32_t reloaded = board_exit(v, syndrome);

	for (unsigned n = 0; n < 31 && board_runs(v); n++) {
		if (vcpu->frame.x[n] == before.x[n])
			continue;
		if (!(may_change >> n & 1))
			board_fail("x%u of vCPU %u is not preserved: 0x%llx, 0x%llx before", n, v,
					   (unsigned long long)vcpu->frame.x[n], (unsigned long long)before.x[n]);
		if (!(reloaded >> n & 1))
			board_fail("x%u of vCPU %u has a new value that the vectors do not load", n, v);
	}
}

static void step_mmio(unsigned v)
{
	static const uint64_t bases[] = {GUEST_GICD_BASE, GUEST_GICR_BASE,   GUEST_GICR_BASE + GICR_SGI_BASE,
									 GUEST_UART_BASE, GUEST_SHARED_BASE, GUEST_RTC_BASE,
									 GUEST_GPIO_BASE, GUEST_FWCFG_BASE};
	uint8_t place = input_byte(&input), how = input_byte(&input), rt = input_byte(&input) % 32;
	uint64_t ipa = bases[place % ARRAY_COUNT(bases)], esr;

	if (place % ARRAY_COUNT(bases) == 1 || place % ARRAY_COUNT(bases) == 2)
		ipa += place / ARRAY_COUNT(bases) % (BOARD_VCPUS + 1) * GUEST_GICR_STRIDE;
	ipa += input_number(&input, 2);
	/* SAS, SSE, SF and WnR as they come. */
	esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV | FIELD_PUT(ESR_SRT, rt) |
		  FIELD_PUT(ESR_SAS, how) | (how & 4 ? ESR_SSE : 0) | (how & 8 ? ESR_SF : 0) |
		  (how & 16 ? ESR_WNR : 0) | 7;
	if (how & 16 && rt < 31)
		board_guest()->vcpu[v]->frame.x[rt] = input_value(&input);
	take_exit(v, (struct guest_syndrome){esr, ipa, ipa >> 12 << 4}, how & 16 || rt == 31 ? 0 : 1u << rt);
}

/* Tables that map its memory where it is, or any. */
static void set_up_tables(struct guest_translation *state, uint8_t *ram)
{
	uint64_t descriptor = BOARD_RAM_IPA | 1;

	state->sctlr |= 1;
	state->tcr = 25; /* 39 bits: a block of 1 GiB */
	state->ttbr[0] = state->ttbr[1] = BOARD_RAM_IPA + 0x800;
	if (input_byte(&input) & 1) {
		state->tcr = input_value(&input);
		state->ttbr[0] += input_byte(&input) * 8u;
		descriptor = input_value(&input);
	}
	memcpy(ram + 0x808, &descriptor, sizeof(descriptor));
}

/* The instruction at the PC, of EL0 or EL1 and in either byte order. Returns it. */
static uint32_t set_up_instruction(struct fake_guest *state, uint8_t *ram, uint8_t how)
{
	static const uint32_t words[] = {0x29400000, 0x28c00000, 0xa9000000, 0xa9bf0000, 0x69400000, 0xb8400400,
									 0xf8000c00, 0x38206800, 0x78c00400, 0x885f7c00, 0x18000000, 0x3dc00000};
	static const uint64_t pstates[] = {0x3c5, 0x3c5, 0x3c0, 0x3c4, 0x3c0, 0x3c5, 0x1d0, 0x3d0};
	uint32_t word =
		words[input_byte(&input) % ARRAY_COUNT(words)] | (uint32_t)input_number(&input, 2) % 0x8000;

	if (how & 0x80)
		word = (uint32_t)input_number(&input, 4);
	memcpy(ram + 0x400, &word, sizeof(word));
	state->pc = BOARD_RAM_IPA + 0x400;
	state->pstate = pstates[how % ARRAY_COUNT(pstates)];
	state->translation.sctlr = (state->translation.sctlr & ~BITS(25, 24)) | FIELD_PUT(BITS(25, 24), how >> 4);
	if (how & 0x40)
		set_up_tables(&state->translation, ram);
	return word;
}

/* An abort that does not say what was meant: by an instruction with more than one register, or on a walk. */
static void step_instruction(unsigned v)
{
	static const uint64_t bases[] = {GUEST_GICD_BASE, GUEST_GICR_BASE, GUEST_UART_BASE, BOARD_RAM_IPA,
									 GUEST_RTC_BASE,  GUEST_GPIO_BASE, GUEST_FWCFG_BASE};
	uint8_t how = input_byte(&input), place = input_byte(&input);
	uint64_t ipa = bases[place % ARRAY_COUNT(bases)] + input_number(&input, 2), esr = ESR_IL | 7;
	uint32_t faults = board_guest()->faults, word;
	struct fake_guest saved, *state;

	fake_cpu_select(v);
	state = fake_guest();
	saved = *state;
	word = set_up_instruction(state, mmu_pointer(board_guest()->memory), how);
	for (unsigned n = 0; n < 31; n++)
		board_guest()->vcpu[v]->frame.x[n] = ipa;
	state->sp_el0 = state->sp_el1 = ipa;
	esr |= FIELD_PUT(ESR_EC, place & 0x7c ? EC_DATA_ABORT : EC_INSTRUCTION_ABORT);
	esr |= (word >> 22 & 1) == place >> 7 ? ESR_WNR : 0;
	esr |= (place & 0x78) == 8 ? ESR_S1PTW : 0;
	esr |= (place & 0x78) == 16 ? ESR_ISV | FIELD_PUT(ESR_SAS, word) : 0;
	take_exit(v, (struct guest_syndrome){esr, ipa, ipa >> 12 << 4}, UINT32_MAX);
	if (board_guest()->faults != faults)
		board_fail("an instruction of vCPU %u has stopped its VM", v);
	saved.pc = state->pc;
	*state = saved;
}

static void step_register(unsigned v)
{
	static const uint32_t known[] = {
		ICC_SGI1R_EL1, ICC_SGI0R_EL1, ICC_ASGI1R_EL1, SYSREG(3, 0, 12, 11, 1),  /* ICC_DIR_EL1 */
		CNTP_TVAL_EL0, CNTP_CTL_EL0,  CNTP_CVAL_EL0,  SYSREG(3, 0, 12, 12, 5)}; /* ICC_SRE_EL1 */
	uint8_t which = input_byte(&input), rt = input_byte(&input);
	uint64_t id = which & 0x80 ? input_number(&input, 3) & ESR_SYSREG_ID : known[which % ARRAY_COUNT(known)];
	bool read = rt & 0x80;

	rt %= 32;
	if (!read && rt < 31)
		board_guest()->vcpu[v]->frame.x[rt] = input_value(&input);
	take_exit(v,
			  (struct guest_syndrome){.esr = FIELD_PUT(ESR_EC, EC_SYSREG) | ESR_IL | id |
											 FIELD_PUT(ESR_SYSREG_RT, rt) | (read ? ESR_SYSREG_READ : 0)},
			  read && rt < 31 ? 1u << rt : 0);
}

static void step_call(unsigned v)
{
	static const uint32_t functions[] = {SIGNALBOX_CALL_RING, SIGNALBOX_CALL_UID, SMCCC_VERSION};
	uint8_t which = input_byte(&input);
	uint64_t *x = board_guest()->vcpu[v]->frame.x;

	x[0] = which & 0x40 ? input_number(&input, 4)
		   : which & 0x20
			   ? functions[which % ARRAY_COUNT(functions)]
			   : PSCI_FUNCTION_BASE | (which & 0x80 ? PSCI_FUNCTION_64 : 0) | (which % PSCI_FUNCTION_COUNT);
	x[1] = input_value(&input);
	x[2] = BOARD_RAM_IPA + input_byte(&input);
	take_exit(v,
			  (struct guest_syndrome){.esr = FIELD_PUT(ESR_EC, which & 1 ? EC_SMC64 : EC_HVC64) | ESR_IL |
											 (which == 0xff)},
			  0xf);
}

static void step_raw(unsigned v)
{
	struct guest_syndrome syndrome;

	syndrome.esr = input_number(&input, 4);
	syndrome.far = input_value(&input);
	syndrome.hpfar = input_value(&input);
	take_exit(v, syndrome, UINT32_MAX);
}

static void step_device(unsigned v)
{
	static const uint32_t intids[] = {GUEST_VIRTUAL_TIMER_INTID, BOARD_LEVEL_INTID, BOARD_EDGE_INTID};
	uint8_t what = input_byte(&input);

	fake_cpu_select(v);
	if (what & 0x40)
		pl011_type(&board_guest()->uart, what);
	else
		fake_gic_set_line(intids[what % ARRAY_COUNT(intids)], what & 0x80);
}

/* The virtual interface, which the guest reaches without an exit. */
static void step_interface(unsigned v)
{
	uint8_t what = input_byte(&input);
	unsigned group = what >> 7;

	fake_cpu_select(v);
	switch (what % 8) {
	case 0:
	case 1:
		fake_guest_acknowledge(group);
		break;
	case 2:
	case 3:
		fake_guest_end(group, input_byte(&input));
		break;
	case 4:
		fake_guest_deactivate(input_byte(&input));
		break;
	case 5:
		gic_vif_set_vmcr(input_number(&input, 4) & VMCR_KNOWN);
		break;
	case 6:
		gic_vif_set_vmcr(FIELD_PUT(BITS(31, 24), 0xf8) | (what >> 3 & 3));
		break;
	default:
		gic_vif_priorities_load(
			&(struct gic_vif_priorities){{input_byte(&input)}, {(uint32_t)input_value(&input)}});
	}
}

static void step_person(unsigned v)
{
	(void)v;
	board_switch(input_byte(&input) & 1 ? VM_THEN_RESTART : VM_THEN_STOPPED);
}

static void step_time(unsigned v)
{
	(void)v;
	board_pass_time(input_value(&input) & 0xffffff);
}

/* What a guest does itself needs that it runs. */
static const struct {
	void (*act)(unsigned vcpu);
	bool by_guest;
} steps[16] = {
	{step_mmio, true},        {step_mmio, true},      {step_mmio, true},      {step_mmio, true},
	{step_instruction, true}, {step_register, true},  {step_register, true},  {step_call, true},
	{step_raw, true},         {step_interface, true}, {step_interface, true}, {step_device, false},
	{board_take, false},      {board_take, false},    {step_time, false},     {step_person, false},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board_setup setup = {.movable = false};

	input = (struct input){data, size};
	setup.vcpu_count = 1 + input_byte(&input) % BOARD_VCPUS;
	setup.lr_count = 1 + input_byte(&input) % GIC_LR_MAX;
	setup.intid_count = input_byte(&input);
	setup.intid_count = 64 + (setup.intid_count & 0x80 ? setup.intid_count % 31 * 32 : 0);
	board_begin(&setup);
	while (input.left) {
		uint8_t what = input_byte(&input);
		unsigned vcpu = (what >> 4) % setup.vcpu_count;

		if (steps[what % 16].by_guest && !board_runs(vcpu))
			continue;
		steps[what % 16].act(vcpu);
		board_check();
	}
	board_check_at_end();
	return 0;
}
