/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/exception.h"
#include "registers/registers.h"

#define MRS_X0 0xd5200000u
#define MSR_X0 0xd5000000u
#define ISB 0xd5033fdfu
#define RET 0xd65f03c0u

static __attribute__((aligned(64))) uint32_t code[3];

/* MRS or MSR of x0, with x0 = value; its answer is x0. */
static bool run(uint32_t instruction, uint64_t value, uint64_t *answer)
{
	uint64_t (*call)(uint64_t) = (uint64_t(*)(uint64_t))(uintptr_t)code;
	struct fault fault;

	code[0] = instruction;
	code[1] = ISB;
	code[2] = RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code) : "memory");
	fault_expect();
	*answer = call(value);
	fault = fault_caught();
	return !fault.taken;
}

bool register_read(unsigned encoding, uint64_t *value)
{
	return run(MRS_X0 | encoding << 5, 0, value);
}

bool register_write(unsigned encoding, uint64_t value)
{
	return run(MSR_X0 | encoding << 5, value, &value);
}
