/* SPDX-License-Identifier: Apache-2.0 */
/* `victim=left`, `victim=right`, or `vm=` of an attacker, with `pauses` if that is what it is after; `seed=`.
 */
#include <string.h>

#include "attack/attack.h"
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/tree.h"

void *attack_share(unsigned index)
{
	struct region region = tree_region(tree_node("signalbox,shared-memory", index), 0);

	boot_map_memory(region);
	return (void *)region.base;
}

void attack_publish(uint64_t *magics, uint64_t magic)
{
	magics[1] = ~magic;
	cpu_barrier();
	magics[0] = magic;
}

int main(void)
{
	if (argument_given("victim"))
		victim_run();
	attacker_run();
}
