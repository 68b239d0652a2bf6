/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/psci.h"

#include <stdio.h>
#include <string.h>

#include "lib/cpu.h"
#include "lib/tree.h"

#define DEFINE_CALL(name, instruction) \
	int64_t name(uint64_t function, uint64_t a, uint64_t b, uint64_t c) \
	{ \
		register uint64_t x0 __asm__("x0") = function; \
		register uint64_t x1 __asm__("x1") = a; \
		register uint64_t x2 __asm__("x2") = b; \
		register uint64_t x3 __asm__("x3") = c; \
		__asm__ volatile(instruction " #0" \
						 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", \
						   "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory"); \
		return (int64_t)x0; \
	}
DEFINE_CALL(hvc_call, "hvc")
DEFINE_CALL(smc_call, "smc")

int32_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	const char *method = tree_string("/psci", "method");

	if (method && strcmp(method, "smc") == 0)
		return (int32_t)smc_call(function, a, b, c);
	return (int32_t)hvc_call(function, a, b, c);
}

void psci_system_off(void)
{
	fflush(stdout);
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		cpu_wfi();
}
