/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system register that MRS and MSR can name (op0 = 2 and 3), reached by instructions that are made
 * while the guest runs; and the list of those that a guest has.
 */
#ifndef REGISTERS_REGISTERS_H
#define REGISTERS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define ENCODING_FIRST ENCODING(2, 0, 0, 0, 0)
#define ENCODING_LAST ENCODING(3, 7, 15, 15, 7)

enum kind {
	STATE = 1, /* what was written stays, or nothing can be written */
	MOVES,     /* changes by itself */
	START, /* the library's start writes it, or cannot go on without it: entry.S looks at it, and leaves it */
	WRITTEN, /* can only be written */
	REMAINS, /* part of what is hidden, and nothing traps it (see known.c) */
};

/* Announced by 4 bits of an ID register; `least` 0: always there, or nothing announces it. */
struct announced {
	uint8_t crm, op2, shift, least;
};

struct known {
	uint16_t first, last; /* ENCODING(), with steps of one in CRm */
	uint8_t kind;         /* enum kind */
	struct announced by;
};

/* NULL: a guest has no such register. */
const struct known *known_find(unsigned encoding);
bool known_is_announced(const struct known *known);

/* False when the instruction was undefined. */
bool register_read(unsigned encoding, uint64_t *value);
bool register_write(unsigned encoding, uint64_t value);

/* entry.S: what the registers of kind START, and others, were at the very first instruction. */
struct entry_state {
	uint64_t sctlr, cpacr, tcr, ttbr0, ttbr1, mair, vbar, tpidr, tpidr_el0, sp_el0, elr, spsr, esr, far;
	uint64_t pstate, general; /* as in SPSR_EL1; x1 to x30, ored */
};
extern struct entry_state entry_state;

/* Leaves garbage in all registers of kind START, and calls PSCI by HVC with `function` and no arguments. */
_Noreturn void entry_leave(uint64_t function);

/* `case=keep`: how much was lost? */
unsigned keep(void);

#endif
