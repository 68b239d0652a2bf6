/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The VM's reset: from the call to the first instruction after it. What must outlive the VM's memory stands
 * in memory that it shares; without that there is nothing to measure.
 */
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/psci.h"
#include "lib/tree.h"
#include "measure/measure.h"

struct kept {
	uint64_t asked_at; /* CNTPCT_EL0 before the call; 0 before the first */
	uint64_t count;
	uint64_t ticks[SAMPLES_MAX];
};

void measure_reset(void)
{
	int node = tree_node("signalbox,shared-memory", 0);
	struct kept *kept;

	if (node < 0)
		return;
	boot_map_memory(tree_region(node, 0));
	kept = (struct kept *)tree_region(node, 0).base;
	if (kept->asked_at)
		kept->ticks[kept->count++] = path_first_instruction - kept->asked_at;
	if (kept->count < measure_samples()) {
		kept->asked_at = sysreg_read(cntpct_el0);
		hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	measure_note("vm_reset", "instructions", kept->ticks, kept->count);
}
