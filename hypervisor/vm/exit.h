/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a synchronous exit from a guest means: the syndrome registers (Arm DDI 0487, ESR_EL2, FAR_EL2,
 * HPFAR_EL2) as values. Pure. exit_decode() decodes everything, for the exits that are rare and for reports.
 * The frequent ones (calls, emulated accesses, trapped registers) use the accessors below on the raw syndrome
 * and decode nothing else.
 */
#ifndef VM_EXIT_H
#define VM_EXIT_H

#include "base/bits.h"
#include "base/types.h"

/* ESR_EL2 */
#define ESR_EC BITS(31, 26)
#define ESR_IL BIT(25) /* the instruction was 32 bits long */
#define ESR_IMMEDIATE BITS(15, 0)
/* Data aborts */
#define ESR_ISV BIT(24) /* size, register and direction below are valid */
#define ESR_SAS BITS(23, 22)
#define ESR_SSE BIT(21)
#define ESR_SRT BITS(20, 16)
#define ESR_SF BIT(15)
#define ESR_FNV BIT(10)
#define ESR_CM BIT(8)
#define ESR_S1PTW BIT(7)
#define ESR_WNR BIT(6)
#define ESR_FSC BITS(5, 0)
#define FSC_EXTERNAL 0x10         /* of the access itself: the only one for which FnV may be set */
#define FSC_EXTERNAL_ON_WALK 0x14 /* plus the level of the lookup */
/* MSR, MRS and System instructions */
#define ESR_SYSREG_ID (BITS(21, 10) | BITS(4, 1)) /* op0, op2, op1, CRn and CRm: see SYSREG() */
#define ESR_SYSREG_RT BITS(9, 5)
#define ESR_SYSREG_READ BIT(0)
/* WFI and WFE */
#define ESR_WAIT_TI BITS(1, 0) /* 0 WFI, 1 WFE, 2 WFIT, 3 WFET */

enum exit_class {
	EC_UNKNOWN = 0x00,
	EC_WAIT = 0x01,
	EC_FP = 0x07,
	EC_HVC64 = 0x16,
	EC_SMC64 = 0x17,
	EC_SYSREG = 0x18,
	EC_SVE = 0x19,
	EC_INSTRUCTION_ABORT = 0x20, /* from a lower Exception level, as all here */
	EC_DATA_ABORT = 0x24,
	EC_SERROR = 0x2f,
	EC_BREAKPOINT = 0x30,
	EC_STEP = 0x32,
	EC_WATCHPOINT = 0x34,
	EC_BKPT32 = 0x38,
	EC_BRK64 = 0x3c,
};
_Static_assert((FIELD_PUT(ESR_EC, EC_HVC64) | ESR_IL) == 0x5a000000 && EC_SYSREG == 0x18 &&
				   ESR_EC == BITS(31, 26) && ESR_WNR == BIT(6),
			   "vectors.S chooses the short way by them");

/* A system register or instruction, by its five numbers where the syndrome has them. */
#define SYSREG(op0, op1, crn, crm, op2) \
	((uint32_t)(op0) << 20 | (uint32_t)(op2) << 17 | (uint32_t)(op1) << 14 | (uint32_t)(crn) << 10 | \
	 (uint32_t)(crm) << 1)
/* The whole syndrome of a trapped `MSR register, Xt` except Rt: one compare recognises the register. */
#define ESR_OF_WRITE(sysreg) ((uint64_t)EC_SYSREG << 26 | ESR_IL | (sysreg))

static inline unsigned exit_class(uint64_t esr)
{
	return (unsigned)FIELD_GET(ESR_EC, esr);
}
/* Bytes of the instruction: 2 only for T32 at EL0. */
static inline unsigned exit_instruction_size(uint64_t esr)
{
	return esr & ESR_IL ? 4 : 2;
}

static inline uint32_t exit_sysreg_id(uint64_t esr)
{
	return (uint32_t)(esr & ESR_SYSREG_ID);
}
/* Rt, like SRT below: 31 is XZR, which reads 0 and ignores writes. */
static inline unsigned exit_sysreg_register(uint64_t esr)
{
	return (unsigned)FIELD_GET(ESR_SYSREG_RT, esr);
}

/*
 * Data aborts. Is it an access that can be emulated: one register (ISV), at an address where nothing is
 * mapped, not by a table walk, and not a cache maintenance instruction?
 */
static inline bool exit_is_mmio(uint64_t esr)
{
	return (esr & ESR_ISV) && (esr & (ESR_CM | ESR_S1PTW | BITS(5, 2))) == FIELD_PUT(BITS(5, 2), 1);
}
/*
 * The same, for a read or a write of 1 << `size_log2` bytes without sign extension, by an instruction of 4
 * bytes: compares the fields above SRT, and those between EA and the level.
 */
static inline bool exit_is_plain_mmio(uint64_t esr, unsigned size_log2, bool write)
{
	uint32_t above = EC_DATA_ABORT << 5 | 1 << 4 | 1 << 3 | size_log2 << 1; /* EC, IL, ISV, SAS, SSE */
	uint32_t below = (write ? 1 << 4 : 0) | 1;                              /* CM, S1PTW, WnR, FSC[5:2] */

	return (uint32_t)esr >> 21 == above && FIELD_GET(BITS(8, 2), esr) == below;
}
static inline unsigned exit_mmio_size(uint64_t esr)
{
	return 1u << FIELD_GET(ESR_SAS, esr);
}
static inline unsigned exit_mmio_register(uint64_t esr)
{
	return (unsigned)FIELD_GET(ESR_SRT, esr);
}
static inline bool exit_mmio_is_write(uint64_t esr)
{
	return (esr & ESR_WNR) != 0;
}
/* The address of a translation fault that is not of a table walk. HPFAR_EL2.FIPA, from bit 4 on, is the page.
 */
static inline ipa_t exit_ipa(uint64_t far, uint64_t hpfar)
{
	return (ipa_t){hpfar >> 4 << PAGE_SHIFT | (far & (PAGE_SIZE - 1))};
}
/*
 * ESR_EL1 of the abort that a guest gets instead of one that was taken to EL2, whose ESR_EL2 this is. An
 * address that stage 2 does not map has no memory: a synchronous External abort of the access or, with the
 * level of that lookup, of the guest's own table walk. A fault that has nothing to do with stage 2's
 * addresses stays what it is.
 */
uint64_t exit_abort_syndrome(uint64_t esr, bool from_el1, unsigned walk_level);
/*
 * The value that a load writes to its register: the value read, cut to the access, extended as SSE and SF
 * say.
 */
uint64_t exit_mmio_result(uint64_t esr, uint64_t value);

enum exit_kind {
	EXIT_UNEXPECTED, /* no guest should be able to cause it as Signalbox sets EL2 up: stop the VM */
	EXIT_UNDEFINED,  /* the guest gets an Undefined Instruction exception */
	EXIT_WAIT,
	EXIT_CALL,
	EXIT_SYSREG,
	EXIT_FP,       /* FP and SIMD, trapped */
	EXIT_DEBUG_32, /* debug registers from AArch32, trapped */
	EXIT_DATA_ABORT,
	EXIT_INSTRUCTION_ABORT,
	EXIT_DEBUG, /* breakpoints, watchpoints, steps */
	EXIT_SERROR,
};

enum exit_fault {
	FAULT_OTHER, /* alignment, TLB conflict, unsupported exclusive or atomic ... */
	FAULT_ADDRESS_SIZE,
	FAULT_TRANSLATION,
	FAULT_ACCESS_FLAG,
	FAULT_PERMISSION,
	FAULT_EXTERNAL,
};

/* EXIT_DATA_ABORT and EXIT_INSTRUCTION_ABORT. */
struct exit_abort {
	enum exit_fault fault;
	bool far_valid;  /* `va` is the address */
	bool ipa_valid;  /* `ipa` is: to the byte, or to the page when `table_walk` */
	bool table_walk; /* the guest's own stage-1 walk met the fault */
	bool cache_maintenance;
	bool write;
	bool decoded; /* size_bytes to is_64bit are valid; never of an instruction abort */
	uint8_t size_bytes;
	uint8_t reg; /* 31: XZR */
	bool sign_extend;
	bool is_64bit;
	va_t va;
	ipa_t ipa;
};

/* EXIT_SYSREG */
struct exit_sysreg {
	uint32_t id; /* as SYSREG() */
	uint8_t op0, op1, crn, crm, op2;
	uint8_t reg; /* 31: XZR */
	bool write;
};

struct vm_exit {
	enum exit_kind kind;
	uint8_t ec;
	uint8_t instruction_size;
	uint16_t immediate; /* EXIT_CALL */
	bool is_smc;        /* EXIT_CALL: by SMC, after which ELR_EL2 still points at the instruction */
	bool is_event;      /* EXIT_WAIT: WFE or WFET */
	struct exit_abort abort;
	struct exit_sysreg sysreg;
};

/* Fields that do not belong to the kind are 0. */
struct vm_exit exit_decode(uint64_t esr, uint64_t far, uint64_t hpfar);

/* Names for reports; never NULL, whatever the number. */
const char *exit_class_name(unsigned ec);
const char *exit_fault_name(enum exit_fault fault);

#endif
