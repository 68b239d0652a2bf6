/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/boot.h"

#include <stdio.h>

#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/layout.h"
#include "lib/psci.h"

#define BLOCK_NORMAL 0x701
#define GIB 0x40000000
#define BLOCK_2MIB 0x200000

extern uint64_t table_1[], table_2[];
extern char secondary_start[];
int main(void);
_Noreturn void boot_start(uint64_t tree);
void boot_secondary(void);

static void (*volatile secondary_work[CPU_MAX])(void);

__attribute__((weak)) void boot_interrupts(void)
{
	gic_init();
}

/* Called by start.S. */
void boot_start(uint64_t tree)
{
	if (tree_open(tree)) {
		console_init();
		boot_interrupts();
		main();
	}
	psci_system_off();
}

void boot_secondary(void)
{
	gic_cpu_init();
	secondary_work[cpu_number()]();
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

int32_t boot_cpu(unsigned number, void (*work)(void))
{
	uint64_t mpidr[CPU_MAX];

	if (number >= tree_cpus(mpidr))
		return PSCI_INVALID_PARAMETERS;
	secondary_work[number] = work;
	cpu_barrier();
	return psci_call(PSCI_CPU_ON, mpidr[number], (uint64_t)secondary_start, number);
}

static void boot_map_block(uint64_t *entry, uint64_t base)
{
	*entry = 0;
	cpu_barrier();
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	cpu_barrier();
	*entry = base | BLOCK_NORMAL;
	cpu_barrier();
}

void boot_map_memory(struct region region)
{
	uint64_t end = region.base + region.size;
	uint64_t at = region.base;

	while (at < end) {
		uint64_t block = at < GIB ? BLOCK_2MIB : GIB;
		uint64_t base = at & ~(block - 1);

		if (base < GIB)
			boot_map_block(&table_2[base / BLOCK_2MIB], base);
		else if (base != GIB)
			boot_map_block(&table_1[base / GIB], base);
		at = base + block;
	}
}
