/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the log while there is no console yet: each is printed as soon as it is written, by whoever wrote
 * it. From turn_open() on, housekeeping prints them.
 */
#ifndef FLOW_HOUSEKEEPING_PRINT_H
#define FLOW_HOUSEKEEPING_PRINT_H

#include "base/types.h"

/* The UART is known: now those that were written before. Boot CPU. */
void print_begin(void);
/* How many were printed. */
uint64_t print_count(void);

#endif
