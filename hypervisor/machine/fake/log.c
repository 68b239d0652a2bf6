/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "machine/api/cpu.h"

uint64_t log_time_us(void)
{
	return cpu_ticks_to_us(cpu_counter());
}

unsigned log_pcpu(void)
{
	return pcpu_this();
}

/* Tests look at the log with log_read(). */
void log_wrote(void) {}
