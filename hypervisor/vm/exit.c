/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/exit.h"

#define EC_COUNT 64

/*
 * Every exception class (DDI 0487, ESR_EL2.EC). A class without a row is reserved: unexpected. Classes that
 * are taken only from EL2 itself never come here. AArch32 exists at EL0 alone.
 */
static const struct class_row {
	enum exit_kind kind;
	const char *name;
} classes[EC_COUNT] = {
	[EC_UNKNOWN] = {.kind = EXIT_UNDEFINED, .name = "undefined instruction"},
	[EC_WAIT] = {.kind = EXIT_WAIT, .name = "WFI or WFE"},
	[0x03] = {.kind = EXIT_UNDEFINED, .name = "AArch32 MCR or MRC, CP15"},
	[0x04] = {.kind = EXIT_UNDEFINED, .name = "AArch32 MCRR or MRRC, CP15"},
	[0x05] = {.kind = EXIT_DEBUG_32, .name = "AArch32 MCR or MRC, CP14"},
	[0x06] = {.kind = EXIT_DEBUG_32, .name = "AArch32 LDC or STC"},
	[EC_FP] = {.kind = EXIT_FP, .name = "FP or SIMD access"},
	[0x08] = {.kind = EXIT_UNDEFINED, .name = "AArch32 VMRS"},
	[0x09] = {.kind = EXIT_UNDEFINED, .name = "pointer authentication"},
	[0x0a] = {.kind = EXIT_UNDEFINED, .name = "LD64B or ST64B"},
	[0x0c] = {.kind = EXIT_DEBUG_32, .name = "AArch32 MRRC, CP14"},
	[0x0d] = {.kind = EXIT_UNEXPECTED, .name = "branch target"},
	[0x0e] = {.kind = EXIT_UNEXPECTED, .name = "illegal execution state"},
	[0x11] = {.kind = EXIT_UNEXPECTED, .name = "AArch32 SVC"},
	[0x12] = {.kind = EXIT_UNEXPECTED, .name = "AArch32 HVC"},
	[0x13] = {.kind = EXIT_UNEXPECTED, .name = "AArch32 SMC"},
	[0x14] = {.kind = EXIT_UNDEFINED, .name = "MSRR or MRRS"},
	[0x15] = {.kind = EXIT_UNEXPECTED, .name = "SVC"},
	[EC_HVC64] = {.kind = EXIT_CALL, .name = "HVC"},
	[EC_SMC64] = {.kind = EXIT_CALL, .name = "SMC"},
	[EC_SYSREG] = {.kind = EXIT_SYSREG, .name = "system register or instruction"},
	[EC_SVE] = {.kind = EXIT_UNDEFINED, .name = "SVE"},
	[0x1a] = {.kind = EXIT_UNDEFINED, .name = "ERET"},
	[0x1b] = {.kind = EXIT_UNDEFINED, .name = "transactional memory"},
	[0x1c] = {.kind = EXIT_UNEXPECTED, .name = "pointer authentication failure"},
	[0x1d] = {.kind = EXIT_UNDEFINED, .name = "SME"},
	[0x1e] = {.kind = EXIT_UNEXPECTED, .name = "granule protection check"},
	[EC_INSTRUCTION_ABORT] = {.kind = EXIT_INSTRUCTION_ABORT, .name = "instruction abort"},
	[0x21] = {.kind = EXIT_UNEXPECTED, .name = "instruction abort, same level"},
	[0x22] = {.kind = EXIT_UNEXPECTED, .name = "PC alignment"},
	[EC_DATA_ABORT] = {.kind = EXIT_DATA_ABORT, .name = "data abort"},
	[0x25] = {.kind = EXIT_UNEXPECTED, .name = "data abort, same level"},
	[0x26] = {.kind = EXIT_UNEXPECTED, .name = "SP alignment"},
	[0x27] = {.kind = EXIT_UNDEFINED, .name = "memory copy or set"},
	[0x28] = {.kind = EXIT_UNEXPECTED, .name = "AArch32 floating point"},
	[0x2c] = {.kind = EXIT_UNEXPECTED, .name = "floating point"},
	[0x2d] = {.kind = EXIT_UNDEFINED, .name = "guarded control stack"},
	[EC_SERROR] = {.kind = EXIT_SERROR, .name = "SError"},
	[EC_BREAKPOINT] = {.kind = EXIT_DEBUG, .name = "breakpoint"},
	[0x31] = {.kind = EXIT_UNEXPECTED, .name = "breakpoint, same level"},
	[EC_STEP] = {.kind = EXIT_DEBUG, .name = "software step"},
	[0x33] = {.kind = EXIT_UNEXPECTED, .name = "software step, same level"},
	[EC_WATCHPOINT] = {.kind = EXIT_DEBUG, .name = "watchpoint"},
	[0x35] = {.kind = EXIT_UNEXPECTED, .name = "watchpoint, same level"},
	[EC_BKPT32] = {.kind = EXIT_DEBUG, .name = "AArch32 BKPT"},
	[0x3a] = {.kind = EXIT_UNEXPECTED, .name = "AArch32 vector catch"},
	[EC_BRK64] = {.kind = EXIT_DEBUG, .name = "BRK"},
	[0x3d] = {.kind = EXIT_UNEXPECTED, .name = "profiling"},
};

/* Fault status codes by FSC[5:2]; the low bits are the level. */
static const enum exit_fault faults[16] = {
	[0x0] = FAULT_ADDRESS_SIZE, [0x1] = FAULT_TRANSLATION, [0x2] = FAULT_ACCESS_FLAG,
	[0x3] = FAULT_PERMISSION,   [0x4] = FAULT_EXTERNAL, /* 0x10; 0x11 is a tag check fault, see fault_of() */
	[0x5] = FAULT_EXTERNAL,                             /* on a table walk */
	[0x6] = FAULT_EXTERNAL,                             /* parity or ECC */
	[0x7] = FAULT_EXTERNAL,                             /* parity or ECC on a table walk */
};

#define FSC_TAG_CHECK 0x11

static enum exit_fault fault_of(uint64_t esr)
{
	uint64_t fsc = FIELD_GET(ESR_FSC, esr);

	return fsc == FSC_TAG_CHECK ? FAULT_OTHER : faults[fsc >> 2];
}

/*
 * HPFAR_EL2 is written for translation, access flag and address size faults of stage 2, and for every
 * fault of stage 2 on the guest's table walk; it is UNKNOWN after a permission fault of the access itself.
 */
static bool ipa_is_valid(uint64_t esr, enum exit_fault fault)
{
	return (fault >= FAULT_ADDRESS_SIZE && fault <= FAULT_ACCESS_FLAG) ||
		   (fault == FAULT_PERMISSION && esr & ESR_S1PTW);
}

static struct exit_abort decode_abort(uint64_t esr, uint64_t far, uint64_t hpfar)
{
	struct exit_abort abort = {.fault = fault_of(esr)};

	abort.far_valid = FIELD_GET(ESR_FSC, esr) != FSC_EXTERNAL || !(esr & ESR_FNV);
	abort.table_walk = (esr & ESR_S1PTW) != 0;
	abort.ipa_valid = ipa_is_valid(esr, abort.fault);
	if (abort.far_valid)
		abort.va.v = far;
	if (abort.ipa_valid)
		abort.ipa = exit_ipa(abort.table_walk ? 0 : far, hpfar);
	return abort;
}

static struct exit_abort decode_data_abort(uint64_t esr, uint64_t far, uint64_t hpfar)
{
	struct exit_abort abort = decode_abort(esr, far, hpfar);

	abort.cache_maintenance = (esr & ESR_CM) != 0;
	abort.write = exit_mmio_is_write(esr);
	abort.decoded = (esr & ESR_ISV) != 0;
	if (abort.decoded) {
		abort.size_bytes = (uint8_t)exit_mmio_size(esr);
		abort.reg = (uint8_t)exit_mmio_register(esr);
		abort.sign_extend = (esr & ESR_SSE) != 0;
		abort.is_64bit = (esr & ESR_SF) != 0;
	}
	return abort;
}

static struct exit_sysreg decode_sysreg(uint64_t esr)
{
	return (struct exit_sysreg){
		.id = exit_sysreg_id(esr),
		.op0 = (uint8_t)FIELD_GET(BITS(21, 20), esr),
		.op1 = (uint8_t)FIELD_GET(BITS(16, 14), esr),
		.crn = (uint8_t)FIELD_GET(BITS(13, 10), esr),
		.crm = (uint8_t)FIELD_GET(BITS(4, 1), esr),
		.op2 = (uint8_t)FIELD_GET(BITS(19, 17), esr),
		.reg = (uint8_t)exit_sysreg_register(esr),
		.write = !(esr & ESR_SYSREG_READ),
	};
}

struct vm_exit exit_decode(uint64_t esr, uint64_t far, uint64_t hpfar)
{
	unsigned ec = exit_class(esr);
	struct vm_exit vm_exit = {
		.kind = classes[ec].kind,
		.ec = (uint8_t)ec,
		.instruction_size = (uint8_t)exit_instruction_size(esr),
	};

	if (vm_exit.kind == EXIT_CALL) {
		vm_exit.immediate = (uint16_t)FIELD_GET(ESR_IMMEDIATE, esr);
		vm_exit.is_smc = ec == EC_SMC64;
	}
	if (vm_exit.kind == EXIT_WAIT)
		vm_exit.is_event = (FIELD_GET(ESR_WAIT_TI, esr) & 1) != 0;
	if (vm_exit.kind == EXIT_SYSREG)
		vm_exit.sysreg = decode_sysreg(esr);
	if (vm_exit.kind == EXIT_DATA_ABORT)
		vm_exit.abort = decode_data_abort(esr, far, hpfar);
	if (vm_exit.kind == EXIT_INSTRUCTION_ABORT)
		vm_exit.abort = decode_abort(esr, far, hpfar);
	return vm_exit;
}

static uint64_t fault_status(uint64_t esr, unsigned walk_level)
{
	if (esr & ESR_S1PTW)
		return FSC_EXTERNAL_ON_WALK + walk_level;
	return fault_of(esr) == FAULT_OTHER ? FIELD_GET(ESR_FSC, esr) : FSC_EXTERNAL;
}

/* SET, EA and S1PTW of ESR_EL1 are 0: nothing implementation defined, and no other stage. */
uint64_t exit_abort_syndrome(uint64_t esr, bool from_el1, unsigned walk_level)
{
	uint64_t kept = ESR_IL | (exit_class(esr) == EC_DATA_ABORT ? ESR_CM | ESR_WNR : 0);
	uint64_t status = fault_status(esr, walk_level);

	if (status == FSC_EXTERNAL)
		kept |= ESR_FNV; /* set only where EL2 has no address either */
	return FIELD_PUT(ESR_EC, exit_class(esr) + (from_el1 ? 1 : 0)) | (esr & kept) | status;
}

uint64_t exit_mmio_result(uint64_t esr, uint64_t value)
{
	unsigned unused_bits = 64 - 8 * exit_mmio_size(esr);

	value <<= unused_bits;
	value = esr & ESR_SSE ? (uint64_t)((int64_t)value >> unused_bits) : value >> unused_bits;
	return esr & ESR_SF ? value : (uint32_t)value;
}

const char *exit_class_name(unsigned ec)
{
	return ec < EC_COUNT && classes[ec].name ? classes[ec].name : "reserved exception class";
}

const char *exit_fault_name(enum exit_fault fault)
{
	static const char *const names[] = {
		[FAULT_OTHER] = "other fault",
		[FAULT_ADDRESS_SIZE] = "address size fault",
		[FAULT_TRANSLATION] = "translation fault",
		[FAULT_ACCESS_FLAG] = "access flag fault",
		[FAULT_PERMISSION] = "permission fault",
		[FAULT_EXTERNAL] = "external abort",
	};

	return (unsigned)fault < ARRAY_COUNT(names) ? names[fault] : "unknown fault";
}
