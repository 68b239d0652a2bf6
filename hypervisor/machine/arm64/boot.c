/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/boot.h"
#include "base/log.h"
#include "machine/arm64/arm64.h"

static uint64_t
	boot_counter; /* CNTPCT_EL0 when C began; the boot CPU alone writes it, before the others run */

static unsigned entry_level; /* the same */

void boot_start(pa_t tree, pa_t image, unsigned level)
{
	boot_counter = cpu_counter();
	entry_level = level;
	mmu_start(image);
	if (level != 1)
		el2_set_up();
	boot_main(tree);
}

unsigned cpu_entry_level(void)
{
	return entry_level;
}

uint64_t log_time_us(void)
{
	return cpu_ticks_to_us(cpu_counter() - boot_counter);
}

unsigned log_pcpu(void)
{
	return entry_level == 1 ? 0 : pcpu_this();
}
