/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the log while there is no console yet: each is printed by the pCPU that wrote it, at once. From
 * turn_open() on, housekeeping prints them.
 */
#ifndef FLOW_HOUSEKEEPING_PRINT_H
#define FLOW_HOUSEKEEPING_PRINT_H

#include "base/types.h"

/* The UART is known: prints the lines that were written before. Boot CPU. */
void print_begin(void);
/* How many lines were printed. */
uint64_t print_count(void);

#endif
