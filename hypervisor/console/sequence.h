/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the terminal in the middle of a control sequence or a character, after what an attached VM sent it?
 * Terminals differ; in doubt the answer is yes. ECMA-48 leaves open what a control character does inside of a
 * sequence: here it does not end the sequence. CAN and SUB end a sequence that is not a string, for not all
 * terminals heed them in a string; ESC begins a new sequence. Pure; no lock.
 */
#ifndef CONSOLE_SEQUENCE_H
#define CONSOLE_SEQUENCE_H

#include "console/utf8.h"

enum sequence_state {
	SEQUENCE_NONE,
	SEQUENCE_ESCAPE,
	SEQUENCE_CONTROL, /* CSI */
	SEQUENCE_COMMAND, /* OSC, which BEL ends, too */
	SEQUENCE_STRING,  /* DCS, SOS, PM, APC; or bytes that terminals treat differently */
};

/* Begins as zeros. */
struct sequence {
	uint8_t state; /* enum sequence_state */
	struct utf8 utf8;
};

/* Ends any sequence that a terminal may be in: CAN, and ST for terminals that do not heed CAN in a string. */
#define SEQUENCE_CANCEL "\030\033\\"

void sequence_take(struct sequence *sequence, uint8_t byte);

static inline bool sequence_is_open(const struct sequence *sequence)
{
	return sequence->state != SEQUENCE_NONE || sequence->utf8.length > 0;
}

#endif
