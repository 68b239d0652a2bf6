/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"

void measure_cross(uint64_t other_mpidr)
{
	(void)other_mpidr;
}
