/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Critical sections and ticks, as kernels have them: see struct manner (rtos.h). Three ways with the virtual
 * timer: masked and unmasked around each new deadline; switched off and on again; left on.
 */
#ifndef RTOS_TICKS_H
#define RTOS_TICKS_H

#include <stdint.h>

void enter_by_pstate(void);
void leave_by_pstate(void);
/* By ICC_PMR_EL1. */
void freertos_enter(void);
void freertos_leave(void);

void oneshot_start(uint64_t deadline);
void oneshot_begin(uint64_t next);
void oneshot_end(uint64_t next);
void interval_begin(uint64_t next);
void interval_end(uint64_t next);
void freertos_tick_begin(uint64_t next);
void freertos_tick_end(uint64_t next);
void unit_tests_begin(uint64_t next);
void unit_tests_end(uint64_t next);
/* The physical timer. */
void physical_start(uint64_t deadline);
void physical_begin(uint64_t next);
void nothing(uint64_t next);

#endif
