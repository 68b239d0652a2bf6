/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's libraries are built with stack protection: what they expect to find. */
#include <stdint.h>
#include <stdio.h>

#include "lib/psci.h"

extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

uintptr_t __stack_chk_guard = (uintptr_t)0x595e9fbd94fda766;

void __stack_chk_fail(void)
{
	printf("guest: the stack is broken\n");
	psci_system_off();
}
