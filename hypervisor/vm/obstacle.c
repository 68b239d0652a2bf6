/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/obstacle.h"

#include "base/format.h"
#include "vm/layout.h"

const char *obstacle_words(enum obstacle obstacle)
{
	static const char *const words[] = {
		[OBSTACLE_NONE] = "as was asked for",
		[OBSTACLE_ACTIVE] =
			"one of its interrupt handlers is running, or the VM is starting or stopping; ask again",
		[OBSTACLE_BUSY] = ("one of its processors does not answer, or other VMs have used up their share of "
						   "its time; ask again"),
		[OBSTACLE_TWO_STATES] =
			"the machine has two security states, where a guest could mask the interrupts of Signalbox",
		[OBSTACLE_MACHINE] = ("the interrupt controller has too few priorities, or the virtual timer has "
							  "another number than guests expect"),
		[OBSTACLE_DENIED] = "its description does not permit it (permissions = \"direct\")",
		[OBSTACLE_HOUSEKEEPING] = ("one of its processors also does the console's work; give it another "
								   "processor, or name another housekeeping-cpu"),
		[OBSTACLE_STRANGER] = "an interrupt was raised that has no physical interrupt to come by",
		[OBSTACLE_GROUP0] = "it uses Group 0 interrupts, which are reserved for Signalbox",
		[OBSTACLE_PRIORITY] =
			("it masks interrupts of priority 0xf0 alone (ICC_PMR_EL1), which are one level "
			 "with those of 0xe0"),
		[OBSTACLE_TWO_ENDS] =
			"it ends its interrupts in two steps (ICC_DIR_EL1) so often that virtual delivery is faster",
		[OBSTACLE_HANDLER] = ("an interrupt handler kept its processor for more than 50 us while another VM "
							  "waited for it"),
		[OBSTACLE_TRAPS] = "it changes its priority mask so often that virtual delivery is faster",
	};

	return words[obstacle];
}

void obstacle_text(enum obstacle obstacle, uint32_t vintid, char text[OBSTACLE_TEXT_MAX])
{
	if (obstacle == OBSTACLE_STRANGER)
		format_text(text, OBSTACLE_TEXT_MAX,
					"interrupt %u was raised, which has no physical interrupt to come by", vintid);
	else
		format_text(text, OBSTACLE_TEXT_MAX, "%s", obstacle_words(obstacle));
}

enum obstacle obstacle_foresee(const struct config_vm *vm, unsigned housekeeping, const struct host *host)
{
	if (!(vm->permissions & CONFIG_MAY_BE_DIRECT))
		return OBSTACLE_DENIED;
	if (host->timer_virtual_intid != GUEST_VIRTUAL_TIMER_INTID)
		return OBSTACLE_MACHINE;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		if (vm->pcpu[v] == housekeeping)
			return OBSTACLE_HOUSEKEEPING;
	return OBSTACLE_NONE;
}
