/* SPDX-License-Identifier: Apache-2.0 */
/* The second CPU, in step with the first: it works while the first waits. */
#include <stddef.h>

#include "differential/differential.h"
#include "lib/boot.h"
#include "lib/cpu.h"

static void (*volatile wanted)(void);

static void settle(void)
{
	cpu_barrier();
	__asm__ volatile("yield");
}

static void second(void)
{
	sysreg_write(vbar_el1, window_vectors);
	interface_init();
	for (;;) {
		settle();
		if (wanted) {
			cpu_barrier();
			wanted();
			cpu_barrier();
			wanted = NULL;
		}
	}
}

void pair_start(void)
{
	boot_cpu(1, second);
}

void pair_run(unsigned cpu, void (*work)(void))
{
	if (cpu == 0) {
		work();
		return;
	}
	cpu_barrier();
	wanted = work;
	while (wanted)
		settle();
	cpu_barrier();
}
