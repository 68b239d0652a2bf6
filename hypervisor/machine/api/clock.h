/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own clock of seconds. Boot CPU only, before guests run. */
#ifndef MACHINE_API_CLOCK_H
#define MACHINE_API_CLOCK_H

#include "base/types.h"

/*
 * The seconds that a PL031 shows (Arm DDI 0224, RTCDR). Reading has no effect on it, whichever VM owns it.
 * False: there is none at this address.
 */
MUST_USE bool clock_read(pa_t pl031, uint32_t *seconds);

#endif
