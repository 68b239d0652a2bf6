/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines that are recognised without a device tree, so that a message can say that there is none. Not
 * enough to start anything. Boot CPU, at boot, with the boot tables.
 */
#ifndef MACHINE_API_KNOWN_H
#define MACHINE_API_KNOWN_H

#include "machine/api/cpu.h"
#include "machine/api/uart.h"

struct known_machine {
	const char *name;
	struct uart_place uart;
	enum psci_conduit conduit;
};

/* NULL when the machine is none of them. */
const struct known_machine *machine_recognise(void);

#endif
