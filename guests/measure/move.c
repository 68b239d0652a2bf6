/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt that goes from VM 1 to VM 2 and back, moved by this one: from the call to its answer. The
 * clock counts what all processors do for it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/boot.h"
#include "lib/timer.h"
#include "measure/measure.h"
#include "signalbox/hypercall.h"

#define SETTLE_TICKS 4000000 /* both have gone to sleep long before */

static uint64_t ticks[SAMPLES_MAX];

void measure_moves(void)
{
	uint64_t intid = argument_number("intid", 0), until = timer_now() + SETTLE_TICKS, to = 2;

	if (!measure_wanted("irq_move"))
		return;
	while (timer_now() < until)
		;
	for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++) {
		struct sample sample = {0};
		int64_t answer = path_call(&sample, SIGNALBOX_CALL_IRQ_MOVE, intid, to);

		if (answer != SIGNALBOX_OK) {
			printf("measure: the answer to a move is %" PRId64 "\n", answer);
			return;
		}
		ticks[i < WARM_UP ? 0 : i - WARM_UP] = sample.entry - sample.start;
		to ^= 1 ^ 2;
	}
	measure_note("irq_move", "instructions", ticks, measure_samples());
}
